/* SPDX-License-Identifier: MIT */
#ifndef BENCH_RING_H
#define BENCH_RING_H

/* Channels in a ring: what one has read it writes to the next. */

#include "engine.h"

#include <stdbool.h>

enum ring_kind {
    RING_EVENTFD,    /* one descriptor a channel; not everywhere */
    RING_SOCKETPAIR, /* two */
    RING_PIPE,       /* two */
};

/* Of those that the system has the one with the fewest descriptors. */
extern const enum ring_kind ring_leanest_kind;

struct ring {
    char *channels; /* engine_channel_size bytes each */
    int count;
};

/*
 * Opens the channels; none is watched, and none has anything to read. Handlers
 * pass tokens on, unless the caller gives them another function.
 */
int ring_open(struct ring *ring, enum ring_kind kind, int count);
void ring_close(struct ring *ring);

struct channel *ring_channel(const struct ring *ring, int place);

int ring_watch_all(const struct ring *ring, struct engine *engine);
int ring_unwatch_all(const struct ring *ring);

/* Makes `tokens` channels, evenly spread, readable. */
int ring_put_tokens(struct ring *ring, int tokens);

/* The handler's parts: it takes a token, and gives it to the next. */
void ring_take_token(struct channel *channel);
void ring_pass_token(struct channel *channel);

/* Says that a handler has failed; ring_run() will return it. */
void ring_fail(int error);

/* As engine_run(), but for the errors of handlers. */
int64_t ring_run(struct engine *engine, int64_t events);

#endif /* BENCH_RING_H */
