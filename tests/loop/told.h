/* SPDX-License-Identifier: MIT */
#ifndef LOOP_TOLD_H
#define LOOP_TOLD_H

/*
 * What the backend is told: the linker has the core's calls of it come by here
 * (ld(1), --wrap), to be counted, and refused. And what claims about that have
 * in common.
 */

#include "support/loops.h"

/* Calls so far. */
extern unsigned adds;
extern unsigned modifies;
extern unsigned removes;

/* So many modifications are refused, with this error. */
void refuse(unsigned count, int error);

/* A loop with one handler to look at, and one that keeps it going. */
extern struct reactor_loop *loop;
extern struct watch a;
extern struct watch ticker;

void begin(uint32_t interest); /* and nothing counted */
void end(void);

void update(uint32_t interest);
void go(unsigned turns);

/* So many calls the handler has had since the beginning. */
void assert_calls(unsigned calls);

/* So many changes, and no more, were told since it was asked last. */
void assert_cost(unsigned changes);

#endif /* LOOP_TOLD_H */
