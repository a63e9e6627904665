/* SPDX-License-Identifier: MIT */
#ifndef LOOP_DEEDS_H
#define LOOP_DEEDS_H

/*
 * All that may be done to others in a callback, whatever calls it: starts and
 * stops of every kind of object that all systems have, an update, a send and a
 * cancel. What is stopped is called in every turn until then.
 */

#include "support/loops.h"

enum deed { TO_START, TO_STOP, DEEDS };

struct deeds {
    struct reactor_loop *loop;
    struct watch watches[DEEDS];
    struct watch to_update;
    struct probe times[DEEDS], hooks[DEEDS], posts[DEEDS];
    struct reactor_timer timer[DEEDS];
    struct reactor_hook hook[DEEDS];
    struct reactor_post post[DEEDS]; /* the second one is cancelled */
    unsigned calls[3];               /* of what was stopped, at that moment */
    unsigned times_done;
};

void deeds_begin(struct deeds *deeds, struct reactor_loop *loop);

/* In the callback; only once, however often it is called. */
void deeds_do(struct deeds *deeds);

/* Awaits what follows from them. The loop can be closed then. */
void deeds_end(struct deeds *deeds);

#endif /* LOOP_DEEDS_H */
