/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_CALLBACKS_H
#define SUPPORT_CALLBACKS_H

/* For what has to be so in a callback of whatever kind. */

#include "support/loops.h"

enum callback_kind {
    IN_HANDLER,
    IN_TIMER,
    IN_POST,
    IN_HOOK_BEFORE_WAIT,
    IN_HOOK_AFTER_WAIT,
    CALLBACK_KINDS
};

/* An object of each kind, of which one is active. */
struct caller {
    struct probe probe; /* first: a `then` may take it for the caller */
    struct reactor_handler handler;
    struct pair pair;
    struct reactor_timer timer;
    struct reactor_post post;
    struct reactor_hook hook;
};

/*
 * Any turn of the loop from now on calls the probe, a timer's and a post's only
 * once. The caller must not move.
 */
void caller_start(struct caller *caller, struct reactor_loop *loop,
                  enum callback_kind kind, char name,
                  void (*then)(struct probe *self));

/* Stops it; the loop may have been closed before. */
void caller_end(struct caller *caller);

#endif /* SUPPORT_CALLBACKS_H */
