/* SPDX-License-Identifier: MIT */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

/*
 * An engine is one file with these functions: it watches channels and calls
 * the handlers of those that can be read, calls timers that are due, and posts
 * that other threads have sent. A program links exactly one, so that what is
 * measured is the engine and nothing that chooses between engines.
 *
 * Functions return 0 or a count, or a negative errno value; what an engine does
 * not have is -ENOTSUP. An engine is used as the manual of its library advises.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct engine;

/*
 * These are what the driver knows of a channel, a timer and a post; each is the
 * first member of a struct of the engine's, of the size that it states.
 */
struct channel {
    void (*handle)(struct channel *channel);
    struct channel *next; /* in its ring */
    int read;             /* the descriptor that is watched */
    int write;            /* where the handler writes what it has read */
};

struct timer {
    void (*call)(struct timer *timer);
};

struct post {
    void (*call)(struct post *post);
};

struct allocator {
    void *(*allocate)(size_t size);
    void *(*reallocate)(void *memory, size_t size);
    void (*release)(void *memory);
};

extern const char engine_name[];

/*
 * All memory that the engine takes comes from the allocator, unless it does not
 * let itself be told. With threads, posts may be sent by any.
 */
int engine_open(struct engine **out, const struct allocator *allocator,
                bool has_threads);
void engine_close(struct engine *engine);

/* Waits and calls until so many calls were made, or a bit more. */
int64_t engine_run(struct engine *engine, int64_t calls);

/* Ends it, from a call. */
void engine_stop(struct engine *engine);

/* At most so many handlers are called in a turn, where that can be chosen. */
#define ENGINE_BATCH 256

/* ---- Channels; all are watched in the same engine ---- */

extern const size_t engine_channel_size;

int engine_watch(struct engine *engine, struct channel *channel);
int engine_unwatch(struct channel *channel);

/* Of a watched channel: asks for writing as well as for reading, or not. */
int engine_ask(struct channel *channel, bool for_writing);

/* Of a watched channel: asks for nothing, or for reading again. */
int engine_pause(struct channel *channel);
int engine_resume(struct channel *channel);

/* ---- Timers ---- */

extern const size_t engine_timer_size;

int engine_timer_init(struct engine *engine, struct timer *timer);
int engine_timer_start(struct timer *timer, int64_t delay_ns);

/* Of a timer that is running: it starts anew. */
int engine_timer_touch(struct timer *timer, int64_t delay_ns);
int engine_timer_stop(struct timer *timer);

/* ---- Posts ---- */

extern const size_t engine_post_size;

/* Whether a post is cheap enough to be a message of its own. */
extern const bool engine_has_messages;

int engine_post_init(struct engine *engine, struct post *post);

/* Has it called, soon; sends until then are one. From any thread. */
int engine_post_send(struct post *post);

#endif /* BENCH_ENGINE_H */
