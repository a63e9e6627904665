/* SPDX-License-Identifier: MIT */
#ifndef CORE_REACTOR_STATE_H
#define CORE_REACTOR_STATE_H

/* What a reactor consists of, for the files of this floor. */

#include "backend/backend.h"
#include "core/registry.h"

#include <stdatomic.h>
#include <stdbool.h>

/* Bits of a reactor's state; 0 is: it can be used. */
enum ri_state {
    RI_SHUT_DOWN = 1, /* for good */
    RI_INHERITED = 2, /* through fork(), until reactor_after_fork() */
};

struct reactor {
    _Atomic unsigned waiting; /* 1: a thread is in a wait */
    _Atomic unsigned state;
    struct ri_backend *backend;
    struct ri_registry registry;
    struct reactor *next; /* of those that are open */
    struct reactor **link;
};

static inline unsigned ri_state_of(const struct reactor *reactor)
{
    return atomic_load_explicit(&reactor->state, memory_order_acquire);
}

static inline bool ri_is_shut_down(const struct reactor *reactor)
{
    return (ri_state_of(reactor) & RI_SHUT_DOWN) != 0;
}

static inline bool ri_is_inherited(const struct reactor *reactor)
{
    return (ri_state_of(reactor) & RI_INHERITED) != 0;
}

static inline bool ri_is_waiting(const struct reactor *reactor)
{
    return atomic_load_explicit(&reactor->waiting, memory_order_relaxed) != 0;
}

/*
 * The reactors that are open, known to fork(): all with the process lock held.
 * Watching begins with the first call, and may fail.
 */
int ri_reactors_watch_fork(void);
void ri_reactors_add(struct reactor *reactor);
void ri_reactors_remove(struct reactor *reactor);

/* Or what else keeps the allocator: core/process.h. */
bool ri_reactors_exist(void);

#endif /* CORE_REACTOR_STATE_H */
