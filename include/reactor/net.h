/* SPDX-License-Identifier: MIT */
#ifndef REACTOR_NET_H
#define REACTOR_NET_H

/**
 * @file net.h
 * @brief Connections on a loop: listeners accept them, connectors make them,
 *        sessions read and write them; datagrams beside them.
 *
 * A session owns a connected stream: it reads when there is something to read,
 * calls a function with the bytes, writes in the order it was told to, keeps
 * what the peer does not take yet, and says once how it ended. A sketch without
 * its error checks (examples/echo_session.c is complete):
 *
 * @code
 *     static size_t echo(void *user_data, struct reactor_session *session,
 *                        const void *bytes, size_t size)
 *     {
 *         if (reactor_session_write(session, bytes, size) == 0)
 *             return size;
 *         reactor_session_pause(session); // too much waits: what is not
 *         return 0;                       // consumed comes again
 *     }
 *
 *     static void go_on(void *user_data, struct reactor_session *session)
 *     {
 *         reactor_session_resume(session);
 *     }
 *
 *     static void serve(void *user_data, reactor_handle handle,
 *                       const struct reactor_address *peer)
 *     {
 *         struct reactor_session_options options =
 *             REACTOR_SESSION_OPTIONS_INIT;
 *
 *         options.data = echo;
 *         options.drained = go_on;
 *         reactor_session_open(NULL, loop, handle, &options, NULL);
 *     }
 *
 *     reactor_address_parse(&address, "*:7007");
 *     reactor_listener_init(&listener, loop, serve, NULL);
 *     reactor_listener_start(&listener, &address, NULL);
 *     reactor_loop_run(loop);
 * @endcode
 *
 * **Objects.** Listeners, connectors and look-ups are structs that live in
 * yours, as those of loop.h do: all zeros is idle, stop is idempotent, and the
 * memory may go after it. Sessions and datagram sockets are the library's:
 * opened, and freed after their `closed` has returned.
 *
 * **Callbacks** run on the loop's thread, and never inside a call of yours but
 * reactor_loop_turn(), reactor_loop_run() and reactor_loop_close(). In one
 * every call is legal, for the object itself and for others, closing included.
 *
 * **Threads.** All calls come from the thread that uses the loop; another
 * thread posts (reactor_post_send()), and names a session by its id.
 *
 * **Writing never raises SIGPIPE**, on pipes neither.
 *
 * **Closing the loop** closes all that net has on it, and calls those who have
 * callbacks for it: `closed` with #REACTOR_CLOSED_LOOP, look-ups and connectors
 * with -ECANCELED. What was over before is told first.
 *
 * **Fork.** A child that closes what it inherited closes its copies of the
 * handles only; nothing is called and no connection is ended. Of what a
 * callback has written in which it was forked, it sends nothing.
 *
 * **Memory.** A session takes about 400 bytes and, while nothing waits to be
 * written or was left unconsumed, no buffer. A loop with sessions has 64 KiB to
 * read into, and keeps up to 4 MiB of what has waited for what will: nothing is
 * allocated for a message as long as less than that waits.
 *
 * **Errors** are negative errno values, as in reactor.h. NULL where it is not
 * allowed is -EINVAL. Every function that returns an error may also return
 * -ENOSYS, from the stub.
 */

#include <reactor/loop.h>

#ifdef __cplusplus
extern "C" {
#endif

struct reactor_pool;

/* ---- Addresses ---- */

/** What an address belongs to. */
enum reactor_family {
    REACTOR_FAMILY_NONE, /**< empty, or none of these */
    REACTOR_FAMILY_IPV4,
    REACTOR_FAMILY_IPV6,
    REACTOR_FAMILY_UNIX
};

/** An address of a socket, by value. Private fields; all zeros is empty. */
struct reactor_address {
    uint32_t size;
    uint32_t reserved;
    uint64_t storage[16];
};

/** So many bytes, the zero included, take all texts of addresses. */
#define REACTOR_ADDRESS_TEXT_MAX 384

/**
 * Reads an address. What it takes:
 *
 *     192.0.2.1:80        IPv4 (inet_pton(3): four decimal numbers)
 *     [2001:db8::1]:80    IPv6 (RFC 4291), in brackets
 *     [fe80::1%eth0]:80   with a zone (RFC 4007): an interface, or its number
 *     192.0.2.1, ::1      without a port, which is 0 then
 *     *:80                any of this machine: [::]:80, and IPv4 with it where
 *                         a listener takes both
 *     unix:/run/a.sock    a path (unix(7))
 *     unix:@name          an abstract name, of Linux
 *
 * In the last two %41 is the byte 0x41, and % itself is %25.
 *
 * @param[out] out  receives the address; untouched on failure
 * @param text      nothing may follow the address, nor stand before it
 * @return 0; -EINVAL for anything else, a port above 65535 included; -ENODEV
 *   for a zone that this machine does not have; -ENAMETOOLONG for a path longer
 *   than the system takes (107 bytes on Linux); -ENOTSUP for what it has not.
 */
REACTOR_API int reactor_address_parse(struct reactor_address *out,
                                      const char *text);

/**
 * Writes an address as reactor_address_parse() reads it, IPv6 in the form of
 * RFC 5952, with the port.
 *
 * @param address    the address
 * @param[out] text  receives the text and a zero; nothing on failure
 * @param capacity   bytes; #REACTOR_ADDRESS_TEXT_MAX are always enough
 * @return the length without the zero; -EINVAL for NULL, an empty address or a
 *   Unix one without a name; -ENOSPC if it does not fit; -EAFNOSUPPORT for
 *   another family.
 */
REACTOR_API int reactor_address_format(const struct reactor_address *address,
                                       char *text, size_t capacity);

/**
 * Takes a struct sockaddr of the system's.
 *
 * @param[out] out  receives a copy; untouched on failure
 * @param native    the address
 * @param size      its bytes
 * @return 0; -EINVAL for NULL, or a size that can't be one of its family;
 *   -ENAMETOOLONG for more than there is room for.
 */
REACTOR_API int reactor_address_from_native(struct reactor_address *out,
                                            const void *native, size_t size);

/**
 * @param address    the address
 * @param[out] size  receives its bytes; may be NULL
 * @return the struct sockaddr within it; NULL if it is empty or NULL.
 */
REACTOR_API const void *
reactor_address_native(const struct reactor_address *address, size_t *size);

/** @param address  the address; NULL is empty
 *  @return its family */
REACTOR_API enum reactor_family
reactor_address_family(const struct reactor_address *address);

/** @param address  the address
 *  @return its port, 0 to 65535; -EAFNOSUPPORT if its family has none */
REACTOR_API int reactor_address_port(const struct reactor_address *address);

/** @param address  the address
 *  @param port     its port from now on
 *  @return 0; -EINVAL outside 0 to 65535; -EAFNOSUPPORT if it has none */
REACTOR_API int reactor_address_set_port(struct reactor_address *address,
                                         int port);

/** Compares family, address, zone and port.
 *  @param a  one
 *  @param b  another
 *  @return 1 if they are the same, else 0; empty ones are */
REACTOR_API int reactor_address_is_equal(const struct reactor_address *a,
                                         const struct reactor_address *b);

/**
 * The address that a socket has (getsockname(2)).
 *
 * @param handle    a socket
 * @param[out] out  receives it; untouched on failure. A Unix socket without a
 *                  name has an empty one.
 * @return 0, or what the system answers: -EBADF, -ENOTSOCK ...
 */
REACTOR_API int reactor_address_of(reactor_handle handle,
                                   struct reactor_address *out);

/**
 * The address of whom a socket is connected to (getpeername(2)).
 *
 * @param handle    a socket
 * @param[out] out  receives it; untouched on failure
 * @return 0, or what the system answers: -EBADF, -ENOTCONN ...
 */
REACTOR_API int reactor_address_of_peer(reactor_handle handle,
                                        struct reactor_address *out);

/**
 * Closes a socket that is the caller's: one that a listener or a connector has
 * given away (close(2); on Windows closesocket()).
 *
 * @param handle  the socket, which no session or handler may have;
 *                #REACTOR_INVALID_HANDLE is a no-op
 */
REACTOR_API void reactor_handle_close(reactor_handle handle);

/* ---- Look-up of names ---- */

/** The lane of a pool in which names are looked up: limit it by
 *  reactor_pool_options::lane_limit. */
#define REACTOR_LOOKUP_LANE 7u

/** A look-up is over, and idle.
 *  @param error  0, or: -ENOENT, the name has no address; -EAGAIN, no server
 *                has answered, later one may; -EIO, one has failed; -ETIMEDOUT,
 *                the deadline; -ECANCELED, the pool or the loop is closed;
 *                -ENOMEM; or what the system answered
 *  @param addresses  `count` of them in the order in which to try them
 *                    (RFC 6724), 64 at most, for the time of the call; with
 *                    an error none */
typedef void reactor_lookup_fn(void *user_data, int error,
                               const struct reactor_address *addresses,
                               size_t count);

/** Looks the addresses of a name up, on a worker. Private fields. */
struct reactor_lookup {
    struct reactor_loop *loop;
    reactor_lookup_fn *function;
    void *user_data;
    void *state;
};

/**
 * Binds a look-up, which must not be active, to a loop. Nothing can fail.
 *
 * @param lookup     the look-up
 * @param loop       the loop
 * @param function   to be called
 * @param user_data  for the function
 */
REACTOR_API void reactor_lookup_init(struct reactor_lookup *lookup,
                                     struct reactor_loop *loop,
                                     reactor_lookup_fn *function,
                                     void *user_data);

/**
 * Starts to look a name up, in place of the one that was looked up:
 * getaddrinfo(3) on a worker in #REACTOR_LOOKUP_LANE. Numbers need no worker.
 *
 * Nothing can interrupt the worker: when a look-up is stopped, or its deadline
 * has passed, it goes on until it has its answer, which nobody is told.
 * Meanwhile it keeps no loop alive, but closing the loop or the pool waits.
 *
 * @param lookup      the look-up
 * @param pool        the workers; may be NULL if `host` is a number
 * @param host        copied; at most 255 bytes (RFC 1035)
 * @param port        of the addresses, 0 to 65535
 * @param timeout_ns  nanoseconds; -1: no deadline
 * @return 0; -EINVAL for NULL, an empty or too long name, another port or
 *   timeout; -ENOMEM; or an error of reactor_pool_submit(). It is as it was
 *   then.
 */
REACTOR_API int reactor_lookup_start(struct reactor_lookup *lookup,
                                     struct reactor_pool *pool,
                                     const char *host, int port,
                                     int64_t timeout_ns);

/** Stops it: its function is not called.
 *  @param lookup  NULL or idle is a no-op */
REACTOR_API void reactor_lookup_stop(struct reactor_lookup *lookup);

/* ---- Listeners ---- */

/** Somebody has connected.
 *  @param handle  the connection, non-blocking and close-on-exec; from now on
 *                 the callee's, who closes it or opens a session with it
 *  @param peer    who; for the time of the call, empty if it has no name */
typedef void reactor_accept_fn(void *user_data, reactor_handle handle,
                               const struct reactor_address *peer);

/** A listener does not accept for a while, or does again.
 *  @param error  why it pauses (-EMFILE, -ENFILE, -ENOBUFS, -ENOMEM); 0: it
 *                goes on. Once for each. */
typedef void reactor_listener_fn(void *user_data, int error);

/** Several sockets listen to one address, each of its own thread or process,
 *  and the system spreads connections (SO_REUSEPORT, Linux 3.9;
 *  SO_REUSEPORT_LB, FreeBSD 12). Elsewhere start says -ENOTSUP. */
#define REACTOR_LISTEN_SHARED    0x01u
/** An IPv6 address takes no IPv4 connections (IPV6_V6ONLY, RFC 3493). Without
 *  it, `*` and `[::]` take both, where the system has both. */
#define REACTOR_LISTEN_IPV6_ONLY 0x02u
/** A Unix path that nobody listens to any more, left by a process that has
 *  died, is replaced; stop removes the path. */
#define REACTOR_LISTEN_REPLACE   0x04u

/** How a listener is to be. Zeros, but for the size, are the defaults. */
struct reactor_listener_options {
    size_t size;      /**< sizeof(struct reactor_listener_options) */
    uint32_t flags;   /**< REACTOR_LISTEN_... */
    uint32_t backlog; /**< connections that wait to be accepted; 0: as many as
                           the system allows (SOMAXCONN) */
    uint32_t burst;   /**< so many are accepted in a turn at most; 0: 16 */
    uint32_t limit;   /**< so many may be open at the same time: see
                           reactor_listener_release(); 0: no limit */
    reactor_listener_fn *told; /**< of pauses for want of something; may be
                                    NULL */
};

/** The defaults. */
#define REACTOR_LISTENER_OPTIONS_INIT                                          \
    {                                                                          \
        sizeof(struct reactor_listener_options), 0, 0, 0, 0, NULL              \
    }

/** Accepts connections. Private fields. */
struct reactor_listener {
    struct reactor_loop *loop;
    reactor_accept_fn *function;
    void *user_data;
    reactor_listener_fn *told;
    void *admission;
    struct reactor_handler handler;
    struct reactor_timer again;
    uint32_t burst;
    uint32_t flags;
    uint32_t state;
    uint32_t reserved;
};

/**
 * Binds a listener, which must not be active, to a loop. Nothing can fail.
 *
 * @param listener   the listener
 * @param loop       the loop
 * @param function   to be called with each connection
 * @param user_data  for the function
 */
REACTOR_API void reactor_listener_init(struct reactor_listener *listener,
                                       struct reactor_loop *loop,
                                       reactor_accept_fn *function,
                                       void *user_data);

/**
 * Starts listening to an address, in place of the former one, whose
 * connections do not count towards the limit any more.
 *
 * The address may be one of which connections linger (SO_REUSEADDR, but on
 * Windows SO_EXCLUSIVEADDRUSE).
 *
 * @param listener  the listener
 * @param address   port 0: one that is free, see reactor_listener_address()
 * @param options   NULL: the defaults
 * @return 0; -EINVAL for NULL, an empty address, an unknown flag or size;
 *   -ENOTSUP; -ENOMEM; or what the system answers: -EADDRINUSE,
 *   -EADDRNOTAVAIL, -EACCES, -EMFILE ... It is as it was then.
 */
REACTOR_API int
reactor_listener_start(struct reactor_listener *listener,
                       const struct reactor_address *address,
                       const struct reactor_listener_options *options);

/**
 * Starts accepting on a socket that listens already: inherited, or handed over
 * by reactor_listener_hand_over(). It is the listener's from now on.
 *
 * @param listener  the listener
 * @param handle    a listening stream socket; made non-blocking
 * @param options   NULL: the defaults; address flags and backlog play no part
 * @return 0, or an error of reactor_listener_start(); -EINVAL also for a socket
 *   that does not listen. The handle stays the caller's then.
 */
REACTOR_API int
reactor_listener_start_handle(struct reactor_listener *listener,
                              reactor_handle handle,
                              const struct reactor_listener_options *options);

/**
 * Stops accepting and closes the socket: connections that nobody has accepted
 * are reset. Those that were accepted are not touched.
 *
 * @param listener  NULL or idle is a no-op
 */
REACTOR_API void reactor_listener_stop(struct reactor_listener *listener);

/**
 * Stops accepting without closing the socket, which goes on listening.
 *
 * @param listener  the listener; idle afterwards
 * @return the socket, the caller's; #REACTOR_INVALID_HANDLE if it was idle.
 */
REACTOR_API reactor_handle
reactor_listener_hand_over(struct reactor_listener *listener);

/**
 * Accepts nobody until reactor_listener_resume(); the system lets as many wait
 * as the backlog says. It keeps the loop alive.
 *
 * @param listener  the listener
 * @return 0; -ENOENT if it is idle.
 */
REACTOR_API int reactor_listener_pause(struct reactor_listener *listener);

/** Takes reactor_listener_pause() back.
 *  @param listener  the listener
 *  @return 0; -ENOENT if it is idle. */
REACTOR_API int reactor_listener_resume(struct reactor_listener *listener);

/**
 * Says that one of the connections of a listener with a limit is no more open,
 * so that it may accept another one: also one that the callee has closed at
 * once. Sessions that were opened with reactor_session_options::listener do so
 * themselves.
 *
 * @param listener  NULL or idle is a no-op
 */
REACTOR_API void reactor_listener_release(struct reactor_listener *listener);

/** @param listener  the listener
 *  @param[out] out  receives the address it listens to
 *  @return 0; -ENOENT if it is idle; or an error of reactor_address_of() */
REACTOR_API int
reactor_listener_address(const struct reactor_listener *listener,
                         struct reactor_address *out);

/** @param listener  the listener
 *  @return its socket, still the listener's; #REACTOR_INVALID_HANDLE if it is
 *    idle */
REACTOR_API reactor_handle
reactor_listener_handle(const struct reactor_listener *listener);

/** @param listener  the listener
 *  @return so many connections that it has let in are open, as far as it knows:
 *    see reactor_listener_release(); 0 if it is idle */
REACTOR_API uint32_t
reactor_listener_count(const struct reactor_listener *listener);

/* ---- Connectors ---- */

/** A connector is over, and idle.
 *  @param error   0, or why there is no connection: -ETIMEDOUT, the deadline;
 *                 of a look-up, or of the first address that was tried: what
 *                 the system answered (-ECONNREFUSED, -EHOSTUNREACH ...)
 *  @param handle  the connection, non-blocking and close-on-exec, the callee's;
 *                 with an error #REACTOR_INVALID_HANDLE
 *  @param peer    whom it has reached, or NULL; for the time of the call */
typedef void reactor_connect_fn(void *user_data, int error,
                                reactor_handle handle,
                                const struct reactor_address *peer);

/** Connects to whoever of several addresses answers. Private fields. */
struct reactor_connector {
    struct reactor_loop *loop;
    reactor_connect_fn *function;
    void *user_data;
    void *state;
};

/**
 * Binds a connector, which must not be active, to a loop. Nothing can fail.
 *
 * @param connector  the connector
 * @param loop       the loop
 * @param function   to be called
 * @param user_data  for the function
 */
REACTOR_API void reactor_connector_init(struct reactor_connector *connector,
                                        struct reactor_loop *loop,
                                        reactor_connect_fn *function,
                                        void *user_data);

/**
 * Starts connecting (RFC 8305, "Happy Eyeballs"): to the first address, 250 ms
 * later or as soon as that fails to the next one beside it, families in turn;
 * the first to answer wins and the others are closed.
 *
 * @param connector   the connector; a former attempt is stopped
 * @param addresses   copied; `count` of them, 1 to 64
 * @param count       how many
 * @param timeout_ns  nanoseconds for all of it; -1: no deadline but the
 *                    system's
 * @return 0, and the function is called, not in here; -EINVAL for NULL, another
 *   count or timeout, or an empty address; -ENOMEM; -ECANCELED, -ECHILD of the
 *   loop. It is as it was then.
 */
REACTOR_API int reactor_connector_start(struct reactor_connector *connector,
                                        const struct reactor_address *addresses,
                                        size_t count, int64_t timeout_ns);

/**
 * As reactor_connector_start(), after looking a name up: reactor_lookup_start()
 * says what of it is needed. The deadline is for both together.
 *
 * @param connector   the connector
 * @param pool        the workers; may be NULL if `host` is a number
 * @param host        copied
 * @param port        0 to 65535
 * @param timeout_ns  nanoseconds; -1: no deadline but the system's
 * @return 0, or an error of the two.
 */
REACTOR_API int
reactor_connector_start_host(struct reactor_connector *connector,
                             struct reactor_pool *pool, const char *host,
                             int port, int64_t timeout_ns);

/** Stops connecting: what was begun is closed, and the function not called.
 *  @param connector  NULL or idle is a no-op */
REACTOR_API void reactor_connector_stop(struct reactor_connector *connector);

/* ---- Sessions ---- */

struct reactor_session;

/** Why a session has ended. */
enum reactor_closed {
    REACTOR_CLOSED_FINISHED,    /**< both have ended, and all was written */
    REACTOR_CLOSED_CLOSED,      /**< reactor_session_close(), and all was
                                     written */
    REACTOR_CLOSED_LINGERED,    /**< the deadline of reactor_session_close() has
                                     passed, and not all was written;
                                     -ETIMEDOUT */
    REACTOR_CLOSED_ABORTED,     /**< reactor_session_abort(); -ECANCELED */
    REACTOR_CLOSED_HANDED_OVER, /**< reactor_session_hand_over() */
    REACTOR_CLOSED_CONNECT,     /**< it never was connected; the error */
    REACTOR_CLOSED_IDLE,        /**< idle_timeout_ns; -ETIMEDOUT */
    REACTOR_CLOSED_READ,        /**< read_timeout_ns; -ETIMEDOUT */
    REACTOR_CLOSED_WRITE,       /**< write_timeout_ns; -ETIMEDOUT */
    REACTOR_CLOSED_ERROR,       /**< what the system answered: -ECONNRESET,
                                     -EPIPE ...; or -EMSGSIZE, read_limit
                                     bytes were left unread; or -ENOMEM */
    REACTOR_CLOSED_LOOP         /**< the loop is closed; -ECANCELED */
};

/** A session that is opened by reactor_session_connect() is connected. */
typedef void reactor_session_fn(void *user_data,
                                struct reactor_session *session);

/** Bytes have arrived.
 *  @param bytes  all that has arrived and is not consumed; they lie in the
 *                library's memory for the time of the call
 *  @param size   1 or more
 *  @return how many are consumed, `size` at most. The rest is kept, and comes
 *    again with more behind it when more has arrived, or alone after
 *    reactor_session_resume(). */
typedef size_t reactor_data_fn(void *user_data, struct reactor_session *session,
                               const void *bytes, size_t size);

/** A session has ended: the last call, after which it is freed. Its handle is
 *  closed, unless it was handed over.
 *  @param error  0, or the error that goes with the reason */
typedef void reactor_closed_fn(void *user_data, struct reactor_session *session,
                               enum reactor_closed reason, int error);

/** Sends small writes when they are written together only, as TCP likes it
 *  (Nagle, RFC 896); without it TCP_NODELAY is set. */
#define REACTOR_SESSION_DELAY      0x01u
/** Has the system ask a silent peer whether it still lives (SO_KEEPALIVE). */
#define REACTOR_SESSION_KEEP_ALIVE 0x02u
/** Starts paused: see reactor_session_pause(). */
#define REACTOR_SESSION_PAUSED     0x04u

/** How sessions are to be. Zeros, but for the size, are the defaults. Sessions
 *  with the same options share one copy. */
struct reactor_session_options {
    size_t size; /**< sizeof(struct reactor_session_options) */

    reactor_session_fn *connected; /**< may be NULL */
    reactor_data_fn *data;         /**< NULL: what arrives is dropped */
    /** What waits to be written was more than `low`, and is no more; or, after
     *  -EAGAIN, nothing waits any more. May be NULL. */
    reactor_session_fn *drained;
    /** The peer writes no more (half-close). What was not consumed is kept for
     *  reactor_session_unread(). NULL: as if reactor_session_finish() were
     *  called. */
    reactor_session_fn *ended;
    reactor_closed_fn *closed; /**< may be NULL */

    uint32_t flags;       /**< REACTOR_SESSION_... */
    uint32_t high;        /**< so many bytes may wait to be written: the high
                               watermark; 0: 64 KiB */
    uint32_t low;         /**< the low watermark; 0: a quarter of `high` */
    uint32_t write_limit; /**< the largest single write; 0: 16 MiB */
    uint32_t read_limit;  /**< so many bytes may be kept unconsumed; 0: 1 MiB */
    uint32_t reserved;    /**< 0 */

    int64_t idle_timeout_ns;  /**< no byte in or out for so long; 0: never */
    int64_t read_timeout_ns;  /**< none in, though it reads; 0: never */
    int64_t write_timeout_ns; /**< none out, though some wait; 0: never */

    /** That has accepted the connection, which is as it was given then: so it
     *  need not be asked what it is. It is released when the session has ended
     *  (reactor_listener_release()), and may be stopped and freed before that.
     *  NULL: none. Of a session that connects it plays no part. */
    struct reactor_listener *listener;
};

/** The defaults. */
#define REACTOR_SESSION_OPTIONS_INIT                                           \
    {                                                                          \
        sizeof(struct reactor_session_options), NULL, NULL, NULL, NULL, NULL,  \
            0, 0, 0, 0, 0, 0, 0, 0, 0, NULL                                    \
    }

/** A piece of what is to be written together. */
struct reactor_piece {
    const void *bytes;
    size_t size;
};

/**
 * Opens a session with a connected stream socket, a pipe, a FIFO or a terminal.
 * A pipe's end is read or written only, as it was opened.
 *
 * On Windows it is a socket of Winsock's: of pipes and consoles the driver that
 * waits knows nothing, and they are -EPERM.
 *
 * @param[out] out   receives the session; may be NULL; untouched on failure
 * @param loop       the loop, which the session keeps alive
 * @param handle     the session's from now on, which closes it; made
 *                   non-blocking (of what is no socket, for as long as the
 *                   session has it)
 * @param options    copied; NULL: the defaults
 * @param user_data  for the callbacks
 * @return 0; -EINVAL for NULL, an unknown flag or size, a negative timeout, or
 *   a `low` above `high`; -ENOMEM; -EBADF; -EPERM for what can't be one;
 *   -ENOTCONN; -ECANCELED, the loop is being closed; -ECHILD; or an error of
 *   reactor_handler_start(). The handle stays the caller's then.
 */
REACTOR_API int
reactor_session_open(struct reactor_session **out, struct reactor_loop *loop,
                     reactor_handle handle,
                     const struct reactor_session_options *options,
                     void *user_data);

/**
 * Opens a session that is still to be connected: see reactor_connector_start().
 * `connected` is called, or `closed` with #REACTOR_CLOSED_CONNECT.
 *
 * @param[out] out    receives the session; may be NULL; untouched on failure
 * @param loop        the loop, which the session keeps alive
 * @param addresses   copied; `count` of them
 * @param count       how many
 * @param timeout_ns  nanoseconds; -1: no deadline but the system's
 * @param options     copied; NULL: the defaults
 * @param user_data   for the callbacks
 * @return 0, or an error of the two.
 */
REACTOR_API int reactor_session_connect(
    struct reactor_session **out, struct reactor_loop *loop,
    const struct reactor_address *addresses, size_t count, int64_t timeout_ns,
    const struct reactor_session_options *options, void *user_data);

/**
 * As reactor_session_connect(), by name: see reactor_connector_start_host().
 *
 * @param[out] out    receives the session; may be NULL; untouched on failure
 * @param loop        the loop, which the session keeps alive
 * @param pool        the workers; may be NULL if `host` is a number
 * @param host        copied
 * @param port        0 to 65535
 * @param timeout_ns  nanoseconds; -1: no deadline but the system's
 * @param options     copied; NULL: the defaults
 * @param user_data   for the callbacks
 * @return 0, or an error of the two.
 */
REACTOR_API int reactor_session_connect_host(
    struct reactor_session **out, struct reactor_loop *loop,
    struct reactor_pool *pool, const char *host, int port, int64_t timeout_ns,
    const struct reactor_session_options *options, void *user_data);

/**
 * Writes: all of it is accepted, behind what was accepted before, or nothing.
 *
 * Outside of net's callbacks it goes to the system at once, as far as that
 * takes it; what is written in one, to any session of the loop, goes together
 * when it has returned. The rest is copied and waits for the peer. From about 4
 * kB on a write is not kept back, but goes behind what was: a head and a body
 * go together by reactor_session_write_pieces().
 *
 * @param session  the session
 * @param bytes    may be NULL if size is 0
 * @param size     bytes; 0 does nothing
 * @return 0: accepted; or
 *   -EINVAL    NULL,
 *   -EMSGSIZE  more than `write_limit`,
 *   -ENOTCONN  it is not connected yet,
 *   -EPIPE     it is finished, closing or over, or its handle can't be written,
 *   -ECHILD    it is the parent's,
 *   -EAGAIN    it would be more than `high` bytes that wait, and some do:
 *              `drained` will be called. If none wait, one write of any size is
 *              accepted,
 *   -ENOMEM,
 *   or what the system answered, with which the session ends.
 */
REACTOR_API int reactor_session_write(struct reactor_session *session,
                                      const void *bytes, size_t size);

/**
 * As reactor_session_write() for all pieces together (writev(2)).
 *
 * @param session  the session
 * @param pieces   in their order; each may be empty
 * @param count    how many, 0 to 1024
 * @return as reactor_session_write(); -EINVAL for another count;
 *   -EMSGSIZE is for their sum.
 */
REACTOR_API int reactor_session_write_pieces(struct reactor_session *session,
                                             const struct reactor_piece *pieces,
                                             int count);

/** @param session  the session
 *  @return so many bytes were accepted and wait to be written */
REACTOR_API size_t
reactor_session_waiting(const struct reactor_session *session);

/**
 * Reads no more, until reactor_session_resume(): what the peer sends waits in
 * the system, which slows the peer down. `data` and `ended` are not called
 * meanwhile; that the connection has broken may be noticed by a write only.
 *
 * @param session  the session
 * @return 0; -EINVAL; -EPIPE if it is over.
 */
REACTOR_API int reactor_session_pause(struct reactor_session *session);

/**
 * Reads again. What was kept unconsumed is given to `data` again, in the next
 * turn.
 *
 * @param session  the session
 * @return 0; -EINVAL; -EPIPE if it is over.
 */
REACTOR_API int reactor_session_resume(struct reactor_session *session);

/**
 * What was read and is not consumed.
 *
 * @param session    the session
 * @param[out] size  receives how much; may be NULL
 * @return the bytes, until the next callback of the session or call for it;
 *   NULL if there are none, or inside `data`, whose bytes they are.
 */
REACTOR_API const void *
reactor_session_unread(const struct reactor_session *session, size_t *size);

/**
 * Writes what waits, and then ends the direction to the peer (half-close,
 * shutdown(2)), which goes on writing. A handle that can't be half-closed is
 * left open if it is read as well.
 *
 * @param session  the session
 * @return 0, also if it was called before; -EINVAL; -ENOTCONN; -EPIPE if it is
 *   closing or over; -ECHILD.
 */
REACTOR_API int reactor_session_finish(struct reactor_session *session);

/**
 * Reads no more, writes what waits, and then ends: `closed` is called, never in
 * here. What the peer sends until it has seen the end is thrown away, so that
 * it does not lose the end of what was written (RFC 1122, 4.2.2.13).
 *
 * @param session    NULL, or one that is over, is a no-op. One that is not
 *                   connected yet is aborted.
 * @param linger_ns  nanoseconds for all of it; -1: no deadline, and a peer that
 *                   never ends keeps it for ever; 0: what the system does not
 *                   take at once is lost
 */
REACTOR_API void reactor_session_close(struct reactor_session *session,
                                       int64_t linger_ns);

/**
 * Closes all sessions of a loop: reactor_session_close() for each.
 *
 * @param loop       the loop
 * @param linger_ns  nanoseconds for each; -1: no deadline
 */
REACTOR_API void reactor_session_close_all(struct reactor_loop *loop,
                                           int64_t linger_ns);

/**
 * Ends at once: what waits is lost, and the peer of a TCP connection sees a
 * reset (SO_LINGER with 0, RFC 9293 "ABORT"). `closed` is called, not in here.
 *
 * @param session  NULL, or one that is over, is a no-op
 */
REACTOR_API void reactor_session_abort(struct reactor_session *session);

/**
 * Ends without closing the handle, and gives it away. `closed` is called, not
 * in here.
 *
 * @param session    the session; nothing may wait to be written
 * @param[out] out   receives the handle, non-blocking; the caller's
 * @param bytes      receives what was read and not consumed; may be NULL if
 *                   capacity is 0. Inside `data` the caller has it already.
 * @param capacity   bytes
 * @param[out] size  receives how many bytes it was; may be NULL
 * @return 0; -EINVAL; -EAGAIN if something waits to be written; -ENOSPC if
 *   capacity is too small, and *size is set; -ENOTCONN; -EPIPE if it is closing
 *   or over.
 */
REACTOR_API int reactor_session_hand_over(struct reactor_session *session,
                                          reactor_handle *out, void *bytes,
                                          size_t capacity, size_t *size);

/**
 * Changes what a session is from now on: another protocol's callbacks, other
 * limits. The listener stays, and #REACTOR_SESSION_PAUSED is for the beginning
 * only. What is kept unconsumed is given to the new `data` when more arrives,
 * or after reactor_session_resume().
 *
 * @param session    the session
 * @param options    copied
 * @param user_data  for the callbacks
 * @return 0; -EINVAL as reactor_session_open(); -ENOMEM. It is as it was then.
 */
REACTOR_API int
reactor_session_set_options(struct reactor_session *session,
                            const struct reactor_session_options *options,
                            void *user_data);

/** @param session  the session
 *  @return its user data */
REACTOR_API void *
reactor_session_user_data(const struct reactor_session *session);

/** For socket options, reactor_address_of_peer() and the like.
 *  @param session  the session
 *  @return its handle, still the session's; #REACTOR_INVALID_HANDLE if it is
 *    not connected, or over */
REACTOR_API reactor_handle
reactor_session_handle(const struct reactor_session *session);

/** @param session  the session
 *  @return a number that no other session of this process has or will have;
 *    never 0 */
REACTOR_API uint64_t reactor_session_id(const struct reactor_session *session);

/**
 * Finds a session by its id: for answers that come when it may be gone.
 *
 * @param loop  its loop
 * @param id    any number
 * @return the session, if its `closed` has not been called; else NULL.
 */
REACTOR_API struct reactor_session *
reactor_session_find(struct reactor_loop *loop, uint64_t id);

/** What a session has counted. */
struct reactor_session_numbers {
    size_t size;       /**< sizeof(struct reactor_session_numbers) */
    uint64_t received; /**< bytes read from the system */
    uint64_t sent;     /**< bytes that the system has taken */
};

/** @param session      the session
 *  @param[in,out] out  its size says how much there is room for
 *  @return 0; -EINVAL for NULL, or a size of 0 or beyond what this version
 *    knows */
REACTOR_API int reactor_session_numbers(const struct reactor_session *session,
                                        struct reactor_session_numbers *out);

/** @param loop  the loop
 *  @return its sessions whose `closed` has not been called */
REACTOR_API size_t reactor_session_count(struct reactor_loop *loop);

/* ---- Datagrams ---- */

struct reactor_datagram;

/** A datagram that has arrived. */
struct reactor_message {
    const void *bytes;                  /**< in the library's memory */
    size_t size;                        /**< 0 is one, too */
    const struct reactor_address *peer; /**< from whom */
    int is_truncated;                   /**< it was longer: the rest is lost */
};

/** Datagrams have arrived.
 *  @param messages  `count` of them, 1 or more, in their order, for the time of
 *                   the call */
typedef void reactor_message_fn(void *user_data,
                                struct reactor_datagram *datagram,
                                const struct reactor_message *messages,
                                size_t count);

/** A datagram has met an error, or one that was accepted can't go:
 *  -ECONNREFUSED (ICMP), -EMSGSIZE ... Nothing ends because of it. Of several
 *  that can't go it may be the last only that is told.
 *  @param peer  to whom, where the system tells (Linux: IP_RECVERR); else
 *               NULL */
typedef void reactor_datagram_error_fn(void *user_data,
                                       struct reactor_datagram *datagram,
                                       int error,
                                       const struct reactor_address *peer);

/** Of a datagram socket. */
typedef void reactor_datagram_fn(void *user_data,
                                 struct reactor_datagram *datagram);

/** Lets datagrams go to a broadcast address (SO_BROADCAST). */
#define REACTOR_DATAGRAM_BROADCAST 0x01u
/** As #REACTOR_LISTEN_SHARED. */
#define REACTOR_DATAGRAM_SHARED    0x02u
/** As #REACTOR_LISTEN_IPV6_ONLY. */
#define REACTOR_DATAGRAM_IPV6_ONLY 0x04u

/** How a datagram socket is to be. Zeros, but for the size, are the
 *  defaults. */
struct reactor_datagram_options {
    size_t size; /**< sizeof(struct reactor_datagram_options) */

    reactor_message_fn *received;      /**< NULL: what arrives is dropped */
    reactor_datagram_error_fn *failed; /**< may be NULL */
    reactor_datagram_fn *drained;      /**< after -EAGAIN: no more than half of
                                            that waits; may be NULL */
    reactor_datagram_fn *closed;       /**< the last call, after which it is
                                            freed; may be NULL */

    uint32_t flags;   /**< REACTOR_DATAGRAM_... */
    uint32_t batch;   /**< so many are received at once, 1 to 64; 0: 32 */
    uint32_t longest; /**< bytes of the longest that is received whole, 1 to
                           65535; 0: 65535. There is memory for a batch of
                           these */
    uint32_t high;    /**< so many bytes may wait to be sent, and 1024
                           datagrams; 0: 1 MiB */
};

/** The defaults. */
#define REACTOR_DATAGRAM_OPTIONS_INIT                                          \
    {                                                                          \
        sizeof(struct reactor_datagram_options), NULL, NULL, NULL, NULL, 0, 0, \
            0, 0                                                               \
    }

/**
 * Opens a datagram socket.
 *
 * @param[out] out   receives it; untouched on failure
 * @param loop       the loop, which it keeps alive
 * @param local      where it receives; NULL: the system chooses
 * @param peer       whom it is connected to: it receives from nobody else, and
 *                   sends to nobody else; NULL: anybody
 * @param options    copied; NULL: the defaults
 * @param user_data  for the callbacks
 * @return 0; -EINVAL, also if there is neither local nor peer, their families
 *   differ, or a flag or the size is unknown; -ENOTSUP; -ENOMEM; -ECANCELED,
 *   -ECHILD of the loop; or what the system answers.
 */
REACTOR_API int reactor_datagram_open(
    struct reactor_datagram **out, struct reactor_loop *loop,
    const struct reactor_address *local, const struct reactor_address *peer,
    const struct reactor_datagram_options *options, void *user_data);

/**
 * Sends a datagram. In a callback of net they are gathered until it has
 * returned; outside they go at once. What the system does not take yet is
 * copied and waits.
 *
 * @param datagram  the socket
 * @param peer      to whom; NULL: whom it is connected to
 * @param bytes     may be NULL if size is 0
 * @param size      bytes; 0 is a datagram, too
 * @return 0: accepted (that it arrives nobody knows); -EINVAL; -EMSGSIZE, it is
 *   longer than a datagram may be; -EDESTADDRREQ or -EISCONN: a peer is
 *   missing, or one too many; -EAGAIN, it would be more than `high` bytes, or
 *   1024 datagrams, that wait; -EPIPE if it is closed; -ECHILD; -ENOMEM; or
 *   what the system answers.
 */
REACTOR_API int reactor_datagram_send(struct reactor_datagram *datagram,
                                      const struct reactor_address *peer,
                                      const void *bytes, size_t size);

/** Receives no more, until reactor_datagram_resume().
 *  @param datagram  the socket
 *  @return 0; -EINVAL; -EPIPE if it is closed */
REACTOR_API int reactor_datagram_pause(struct reactor_datagram *datagram);

/** Receives again.
 *  @param datagram  the socket
 *  @return 0; -EINVAL; -EPIPE if it is closed */
REACTOR_API int reactor_datagram_resume(struct reactor_datagram *datagram);

/** Closes it; what waits to be sent is lost. `closed` is called, not in here.
 *  @param datagram  NULL, or one that is closed, is a no-op */
REACTOR_API void reactor_datagram_close(struct reactor_datagram *datagram);

/** @param datagram  the socket
 *  @return its handle, still its own */
REACTOR_API reactor_handle
reactor_datagram_handle(const struct reactor_datagram *datagram);

/** @param datagram  the socket
 *  @return so many bytes wait to be sent */
REACTOR_API size_t
reactor_datagram_waiting(const struct reactor_datagram *datagram);

#ifdef __cplusplus
}
#endif

#endif /* REACTOR_NET_H */
