/* SPDX-License-Identifier: MIT */
#ifndef NET_ADMISSION_H
#define NET_ADMISSION_H

/*
 * What a listener and the connections that it has let in have in common: how
 * many are open. It outlives the listener.
 */

#include "net/net_state.h"

/* Of a listener's `state`: why it does not accept. */
#define RI_LISTENER_PAUSED  0x01u
#define RI_LISTENER_STARVED 0x02u
#define RI_LISTENER_FULL    0x04u

struct ri_admission {
    struct ri_member member; /* the first: one is the other */
    struct ri_net *net;
    struct reactor_listener *listener; /* NULL when that has stopped */
    size_t references;                 /* the listener's is one */
    uint32_t open;
    uint32_t limit;              /* 0: none */
    struct reactor_address path; /* to be removed, or empty */
};

/* One more session holds it; NULL for a listener that is idle or NULL. */
struct ri_admission *ri_admission_of(struct reactor_listener *listener);

/* One that held it is no more open; NULL is a no-op. */
void ri_admission_release(struct ri_admission *admission);

/* One more connection is open. */
void ri_admission_add(struct ri_admission *admission);

/* One who only looked holds it no more. */
void ri_admission_drop(struct ri_admission *admission);

/* Sets or clears bits of `state`, and waits for connections or not. */
void ri_listener_set_state(struct reactor_listener *listener, uint32_t bit,
                           bool is_set);

/* It is active, and its user has not paused it. */
bool ri_listener_accepts(const struct reactor_listener *listener);

/* -EADDRINUSE if somebody else listens to it, although he would share it. */
int ri_listener_try(const struct reactor_address *address);

/* A listener without a socket: connections are given to it. */
int ri_listener_start_given(struct reactor_listener *listener,
                            const struct reactor_listener_options *options);

/* Calls its function with a connection, as if it had accepted it just now. */
void ri_listener_give(struct reactor_listener *listener, reactor_handle handle,
                      const struct reactor_address *peer);

#endif /* NET_ADMISSION_H */
