/* SPDX-License-Identifier: MIT */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

/*
 * An engine is one file with these functions: it watches channels and calls
 * the handlers of those that can be read. A program links exactly one, so that
 * what is measured is the engine and nothing that chooses between engines.
 *
 * Functions return 0 or a count, or a negative errno value.
 */

#include <stddef.h>
#include <stdint.h>

struct channel {
    void (*handle)(struct channel *channel);
    int read;  /* the descriptor that is watched */
    int write; /* where the handler writes what it has read */
};

struct allocator {
    void *(*allocate)(size_t size);
    void *(*reallocate)(void *memory, size_t size);
    void (*release)(void *memory);
};

extern const char engine_name[];

/* All memory that the engine takes comes from the allocator. */
int engine_open(const struct allocator *allocator);
void engine_close(void);

int engine_watch(struct channel *channel);
int engine_unwatch(struct channel *channel);

/* Waits and dispatches until so many handlers were called, or a bit more. */
int64_t engine_run(int64_t events);

/* At most so many handlers are called in a turn: the same for all engines. */
#define ENGINE_BATCH 256

#endif /* BENCH_ENGINE_H */
