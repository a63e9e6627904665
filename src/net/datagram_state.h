/* SPDX-License-Identifier: MIT */
#ifndef NET_DATAGRAM_STATE_H
#define NET_DATAGRAM_STATE_H

/*
 * What a datagram socket consists of: datagram.c has its life and what comes
 * in, datagram_send.c what goes out.
 */

#include "net/net_state.h"

struct reactor_datagram {
    struct ri_member member; /* the first: one is the other */
    struct ri_net *net;
    struct reactor_datagram_options options;
    void *user_data;
    struct reactor_handler handler;
    struct ri_queue queue; /* its size is that of the bytes */
    unsigned count;        /* of what is in the queue */
    struct ri_gathered gathered;
    struct ri_later later;
    int error; /* to be told, or 0 */
    bool is_connected;
    bool is_paused;
    bool is_blocked;
    bool is_refused;
    bool is_drained;
    bool is_closed;
    unsigned char *room; /* of the batch */
    struct reactor_address *peers;
    struct reactor_message *messages;
};

/* ---- datagram.c ---- */

/* Has the handler wait for what the socket wants. */
void ri_datagram_want(struct reactor_datagram *datagram);

/* Tells an error in the next turn: it was met inside a call of the user's. */
void ri_datagram_tell_later(struct reactor_datagram *datagram, int error);

/* ---- datagram_send.c ---- */

void ri_datagram_init_send(struct reactor_datagram *datagram);

/* Sends what waits, as far as the system takes it. */
void ri_datagram_send_queue(struct reactor_datagram *datagram);

#endif /* NET_DATAGRAM_STATE_H */
