/* SPDX-License-Identifier: MIT */
#ifndef PLATFORM_SOCKET_H
#define PLATFORM_SOCKET_H

/*
 * What a port owes besides platform.h: how bytes come in and go out. Nothing
 * here blocks but ri_names_look_up(); what would have to says -EAGAIN, and the
 * handle is waited for. Every handle that is opened here is non-blocking and
 * close-on-exec. An EINTR is seen by nobody.
 *
 * Addresses are the system's struct sockaddr in a place of RI_NAME_SIZE bytes,
 * aligned for any.
 */

#include <reactor.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RI_NAME_SIZE 128u

enum ri_socket_type { RI_SOCKET_STREAM, RI_SOCKET_DATAGRAM };

/* ---- Names ---- */

/* What an address says, whatever the system's struct looks like. */
enum ri_name_family { RI_NAME_OTHER, RI_NAME_IPV4, RI_NAME_IPV6, RI_NAME_UNIX };

struct ri_name_parts {
    enum ri_name_family family;
    uint16_t port;
    uint32_t zone;        /* of IPv6, or 0 */
    unsigned char ip[16]; /* in the order of the network; of IPv4 four */
    const char *path;     /* of Unix: abstract if it begins with a zero */
    size_t path_size;     /* without a zero at its end; 0: no name */
};

/*
 * The size of the system's struct; -ENAMETOOLONG for a path, -ENOTSUP for what
 * the system does not have.
 */
int ri_name_make(const struct ri_name_parts *parts, void *name);

/* 0, or -EINVAL if it can't be one of its family; another family is no error.
   The path lies within `name`. */
int ri_name_read(const void *name, uint32_t size, struct ri_name_parts *out);

/* Asks by connecting whether somebody listens to it. */
int ri_name_is_listened_to(const void *name, uint32_t size, bool *out);

/* As inet_pton(3) and inet_ntop(3): whether it is an address. The text has room
   for 46 bytes. */
bool ri_ip_parse(enum ri_name_family family, const char *text,
                 unsigned char *ip);
void ri_ip_format(enum ri_name_family family, const unsigned char *ip,
                  char *text);

/* The number of an interface, or 0. */
uint32_t ri_zone_parse(const char *text);

/* So many bytes has the longest name of an interface, with its zero. */
#define RI_ZONE_SIZE 256

/* The name of an interface, or its number if it is gone. */
void ri_zone_format(uint32_t zone, char *text);

/*
 * Blocks: getaddrinfo(3) for streams. `found` is called with each address, its
 * port 0, in the order of RFC 6724. -ENOENT, -EAGAIN, -EIO: see net.h.
 */
int ri_names_look_up(const char *host,
                     void (*found)(void *context, const void *name,
                                   uint32_t size),
                     void *context);

/* ---- Sockets ---- */

/* For the family of `name`. */
int ri_socket_open(const void *name, enum ri_socket_type type,
                   reactor_handle *out);

/* Makes one of elsewhere non-blocking. */
int ri_socket_make_ours(reactor_handle handle);

/* Of any handle that a session may have. Cannot fail. */
void ri_socket_close(reactor_handle handle);

int ri_socket_bind(reactor_handle handle, const void *name, uint32_t size);

/* backlog 0: what the system allows at most. */
int ri_socket_listen(reactor_handle handle, uint32_t backlog);

/* 0, or -EINVAL for what is no listening stream socket, or -ENOTSOCK. */
int ri_socket_is_listening(reactor_handle handle);

/*
 * *size is RI_NAME_SIZE before, and 0 afterwards if the peer has no name.
 * -ECONNABORTED is for what concerns this connection only: the next call may
 * have the next one. -EMFILE, -ENFILE, -ENOBUFS and -ENOMEM mean that none
 * can be had for now.
 */
int ri_socket_accept(reactor_handle handle, reactor_handle *out, void *name,
                     uint32_t *size);

/* -EINPROGRESS: it is writable when it is over, and ri_socket_error() says how.
 */
int ri_socket_connect(reactor_handle handle, const void *name, uint32_t size);

/* What has happened to the socket since it was last asked; 0 if nothing. */
int ri_socket_error(reactor_handle handle);

enum ri_socket_option {
    RI_SOCKET_REUSE_ADDRESS, /* a listener's, while old connections linger */
    RI_SOCKET_SHARED,        /* the system spreads what comes among several */
    RI_SOCKET_IPV6_ONLY,
    RI_SOCKET_NO_DELAY,
    RI_SOCKET_KEEP_ALIVE,
    RI_SOCKET_BROADCAST,
    RI_SOCKET_RESET_AT_CLOSE,
    RI_SOCKET_TELL_ERRORS /* see ri_datagram_error() */
};

/* -ENOTSUP where there is no such thing; what the system answers else. */
int ri_socket_set(reactor_handle handle, enum ri_socket_option option,
                  bool value);

/* *size is RI_NAME_SIZE before, and 0 afterwards if there is no name. */
int ri_socket_name(reactor_handle handle, void *name, uint32_t *size);
int ri_socket_peer(reactor_handle handle, void *name, uint32_t *size);

/* Takes a Unix path away that nobody listens to; -EADDRINUSE if somebody does.
 */
int ri_socket_remove_path(const void *name, uint32_t size);

/* ---- Streams ---- */

struct ri_stream_traits {
    bool is_socket;
    bool can_read;
    bool can_write;
    bool was_blocking; /* of what is no socket: to be restored */
};

/*
 * What a handle can do; it is made non-blocking. -EPERM for what can't be a
 * stream, -ENOTCONN for a socket without a peer, -EBADF.
 */
int ri_stream_adopt(reactor_handle handle, struct ri_stream_traits *out);

/* The same for what ri_socket_accept() has given, or ri_socket_connect() has
   connected: it is not asked what it is. */
void ri_stream_adopt_own(reactor_handle handle, struct ri_stream_traits *out);

/* Takes that back. */
void ri_stream_give_back(reactor_handle handle,
                         const struct ri_stream_traits *traits);

/* So many bytes at most are read or written by one call. */
#define RI_STREAM_SIZE_MAX ((size_t)1 << 30)

/* A piece of what is written; the same as struct reactor_piece. */
struct ri_piece {
    const void *bytes;
    size_t size;
};

/* So many pieces at most are written by one call. */
#define RI_PIECES_MAX 64

/* Bytes, 0 at the end, or an error. size is not 0. */
ptrdiff_t ri_stream_read(reactor_handle handle, bool is_socket, void *bytes,
                         size_t size);

/* Bytes, or an error; no SIGPIPE. */
ptrdiff_t ri_stream_write(reactor_handle handle, bool is_socket,
                          const void *bytes, size_t size);
ptrdiff_t ri_stream_write_pieces(reactor_handle handle, bool is_socket,
                                 const struct ri_piece *pieces, int count);

/* Ends the direction to the peer, of a socket. */
int ri_stream_finish(reactor_handle handle);

/* ---- Datagrams ---- */

struct ri_message {
    void *bytes;
    size_t size;        /* before a receive, the room */
    void *name;         /* of the peer; NULL: whom it is connected to */
    uint32_t name_size; /* before a receive RI_NAME_SIZE; 0: none */
    bool is_truncated;
};

/* So many at most go by one call. */
#define RI_MESSAGES_MAX 64

/*
 * How many were received or sent, 1 or more; or an error, of the first. An
 * error that a receive has met behind them, and that is told only once, is
 * *behind; else that is 0.
 */
int ri_messages_receive(reactor_handle handle, struct ri_message *messages,
                        int count, int *behind);
int ri_messages_send(reactor_handle handle, const struct ri_message *messages,
                     int count);

/*
 * The next error that RI_SOCKET_TELL_ERRORS has kept, and whose datagram has
 * met it; 0 if there is none. *size is RI_NAME_SIZE before, and may be 0
 * afterwards.
 */
int ri_message_error(reactor_handle handle, void *name, uint32_t *size);

#endif /* PLATFORM_SOCKET_H */
