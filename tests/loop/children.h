/* SPDX-License-Identifier: MIT */
#ifndef LOOP_CHILDREN_H
#define LOOP_CHILDREN_H

/* Watches of children that note their calls, the same for every system. */

#include "loop/deeds.h"

struct note {
    struct reactor_child watch;
    void (*act)(struct note *note); /* in the call; NULL: nothing */
    struct note *other;
    unsigned calls;
    int exit_code;
    int signal;
    intptr_t next;       /* a process, for `act` */
    struct deeds *deeds; /* likewise */
};

void note_init(struct note *note, struct reactor_loop *loop);
void note_start(struct note *note, struct reactor_loop *loop, intptr_t process);

/* Its call does the deeds. */
void note_start_deeds(struct note *note, struct reactor_loop *loop,
                      intptr_t process, struct deeds *deeds);

/* It was called once, with these. */
void assert_told(const struct note *note, int exit_code, int signal);

#endif /* LOOP_CHILDREN_H */
