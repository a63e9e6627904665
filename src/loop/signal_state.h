/* SPDX-License-Identifier: MIT */
#ifndef LOOP_SIGNAL_STATE_H
#define LOOP_SIGNAL_STATE_H

/*
 * What a loop has once it watches signals, or children whose end is told like
 * one.
 */

#include "loop/loop_state.h"

/* Of a signal. */
struct ri_signal_count {
    _Atomic uint32_t watches; /* of this loop; the handler only looks */
    _Atomic uint32_t arrived; /* while there were some */
};

struct ri_signals {
    struct ri_signal_port port; /* first: the handler knows no more */
    struct reactor_loop *loop;

    /* In the order of their starts, and where a walk along them is. */
    struct reactor_signal *first;
    struct reactor_signal *last;
    struct reactor_signal *next;
    struct reactor_signal *end; /* the first that was started since it began */
    bool is_walking;

    struct reactor_child *next_child; /* of a walk */
    uint32_t children_seen;

    /* The one that handlers send; a child of fork() takes the other. */
    struct reactor_post posts[2];
    _Atomic unsigned post;

    struct ri_signal_count counts[]; /* by number */
};

/* Makes sure that loop->signals is there. */
int ri_signals_reserve(struct reactor_loop *loop);

/* Counts a number from now on, as often as the former is called. */
void ri_signals_expect(struct ri_signals *signals, int number);
void ri_signals_ignore(struct ri_signals *signals, int number);

uint32_t ri_signals_arrived(const struct ri_signals *signals, int number);

/* Calls the children's watches that are not told by a handle. */
void ri_children_look(struct reactor_loop *loop);

#endif /* LOOP_SIGNAL_STATE_H */
