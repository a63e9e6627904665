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
    struct channel *channels;
    int count;
};

/* Opens the channels; none is watched, and none has anything to read. */
int ring_open(struct ring *ring, enum ring_kind kind, int count);
void ring_close(struct ring *ring);

/* Makes `tokens` channels, evenly spread, readable. */
int ring_put_tokens(struct ring *ring, int tokens);

/* Whether a handler has failed to take a token or to pass it on. */
bool ring_lost_token(void);

#endif /* BENCH_RING_H */
