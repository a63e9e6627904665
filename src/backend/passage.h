/* SPDX-License-Identifier: MIT */
#ifndef BACKEND_PASSAGE_H
#define BACKEND_PASSAGE_H

/*
 * The waiting thread's stay in the kernel, where that holds references to
 * handles: a change that ends one makes the thread come out (the backend's
 * business), and waits until it has. All with the sources' lock held.
 */

#include "platform/platform.h"

#include <stdbool.h>
#include <stdint.h>

struct ri_passage {
    bool is_taken;
    bool is_awaited; /* by somebody, since it was left last */
    uint32_t count;  /* how often it has been left; wraps */
    struct ri_condition left;
};

int ri_passage_init(struct ri_passage *passage);

/* Nobody may be waiting for it. */
void ri_passage_destroy(struct ri_passage *passage);

void ri_passage_enter(struct ri_passage *passage);
void ri_passage_leave(struct ri_passage *passage);

/* As if it were left and entered again at once. */
void ri_passage_pass(struct ri_passage *passage);

/*
 * Returns when whoever is in it now has left it; releases the lock until then.
 */
void ri_passage_await(struct ri_passage *passage, struct ri_mutex *lock);

#endif /* BACKEND_PASSAGE_H */
