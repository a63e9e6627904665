/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_DOORS_H
#define SUPPORT_DOORS_H

/*
 * What tests of net share besides talks: listeners, connectors, look-ups and
 * datagram sockets that write down what they are told.
 */

#include "support/talks.h"

/* ---- Listeners ---- */

#define GUESTS_MAX 64
#define TOLD_MAX   8

/* The user data of a listener, which keeps whom it lets in. */
struct door {
    struct reactor_listener listener;
    struct reactor_loop *loop;
    struct reactor_address address;
    reactor_handle guests[GUESTS_MAX]; /* the later ones are closed at once */
    unsigned count;
    int told[TOLD_MAX]; /* what it was told */
    unsigned told_count;
    void (*then)(struct door *self);      /* somebody is let in */
    void (*then_told)(struct door *self); /* NULL: nothing */
    void *context;
};

void door_let_in(void *user_data, reactor_handle handle,
                 const struct reactor_address *peer);
void door_tell(void *user_data, int error);

/* Options that call a door; the rest is as by default. */
struct reactor_listener_options door_options(void);

/* At a port of 127.0.0.1, with options that may be NULL. */
void door_open(struct door *door, struct reactor_loop *loop,
               const struct reactor_listener_options *options);
void door_open_at(struct door *door, struct reactor_loop *loop,
                  const char *address,
                  const struct reactor_listener_options *options);

/* Stops it, and closes whom it has let in. */
void door_close(struct door *door);

/* Connected, without a session. */
void knock(const struct door *door, reactor_handle *clients, int count);
void leave(const reactor_handle *clients, int count);

/* ---- Addresses ---- */

struct reactor_address address_from(const char *text);
struct reactor_address local_address(int port); /* of IPv4's loopback */

/* Where nobody listens. */
struct reactor_address deserted_address(void);

/* ---- Connectors and look-ups ---- */

struct errand {
    unsigned calls;
    int error;
    reactor_handle handle;
    struct reactor_address peer;
    struct reactor_address first; /* that was found */
    size_t found;
    void (*then)(struct errand *self); /* NULL: nothing */
    void *context;
};

/* The functions to be called with an errand as user data. */
void on_over(void *user_data, int error, reactor_handle handle,
             const struct reactor_address *peer);
void on_found(void *user_data, int error,
              const struct reactor_address *addresses, size_t count);

/* ---- Datagrams ---- */

#define KEPT_MAX 64

enum box_call { BOX_RECEIVED, BOX_FAILED, BOX_DRAINED, BOX_CLOSED };

/* The user data of a datagram socket. */
struct box {
    struct reactor_loop *loop;
    struct reactor_datagram *datagram; /* NULL once it is closed */
    struct reactor_address address;
    unsigned received; /* datagrams */
    unsigned calls;    /* of `received` */
    size_t most;       /* by one call */
    size_t sizes[KEPT_MAX];
    char first[KEPT_MAX][16]; /* bytes of each */
    bool truncated[KEPT_MAX];
    struct reactor_address from;
    unsigned failed, drained, closed;
    int error;
    bool knows_peer;
    struct reactor_address peer;                        /* of the error */
    void (*then)(struct box *self, enum box_call call); /* NULL: nothing */
    void *context;
};

#define BOX_HERE "127.0.0.1:0"

/* Options that call a box; the rest is as by default. */
struct reactor_datagram_options box_options(void);

void box_open(struct box *box, struct reactor_loop *loop, const char *local,
              const struct reactor_address *peer,
              const struct reactor_datagram_options *options);
void box_send(const struct box *from, const struct box *to, const char *text);

#endif /* SUPPORT_DOORS_H */
