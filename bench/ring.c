/* SPDX-License-Identifier: MIT */
#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef BENCH_HAVE_EVENTFD
#include <sys/eventfd.h>
const enum ring_kind ring_leanest_kind = RING_EVENTFD;
#else
const enum ring_kind ring_leanest_kind = RING_PIPE;
#endif

static int failure;

void ring_fail(int error)
{
    failure = error;
}

int64_t ring_run(struct engine *engine, int64_t events)
{
    int64_t done = engine_run(engine, events);

    return done >= 0 && failure != 0 ? failure : done;
}

void ring_take_token(struct channel *channel)
{
    uint64_t token;

    if (read(channel->read, &token, sizeof(token)) != sizeof(token))
        ring_fail(-EIO);
}

void ring_pass_token(struct channel *channel)
{
    uint64_t token;

    if (read(channel->read, &token, sizeof(token)) != sizeof(token) ||
        write(channel->write, &token, sizeof(token)) != sizeof(token))
        ring_fail(-EIO);
}

/* As a semaphore: tokens that meet stay two. */
static int open_eventfd(int ends[2])
{
#ifdef BENCH_HAVE_EVENTFD
    ends[0] = ends[1] = eventfd(0, EFD_SEMAPHORE);
    return ends[0] < 0 ? -1 : 0;
#else
    (void)ends;
    errno = ENOTSUP;
    return -1;
#endif
}

/* ends[0] is for reading, ends[1] for writing. */
static int open_ends(enum ring_kind kind, int ends[2])
{
    int result = -1;
    int i;

    switch (kind) {
    case RING_EVENTFD:
        result = open_eventfd(ends);
        break;
    case RING_SOCKETPAIR:
        result = socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
        break;
    case RING_PIPE:
        result = pipe(ends);
        break;
    }
    for (i = 0; i < 2 && result == 0; i++)
        result = fcntl(ends[i], F_SETFL, fcntl(ends[i], F_GETFL) | O_NONBLOCK);
    return result < 0 ? -errno : 0;
}

struct channel *ring_channel(const struct ring *ring, int place)
{
    size_t index = (size_t)(place % ring->count);

    /* Through void *: calloc() has aligned it, and the sizes keep that. */
    return (void *)(ring->channels + index * engine_channel_size);
}

int ring_open(struct ring *ring, enum ring_kind kind, int count)
{
    int i;

    ring->channels = calloc((size_t)count, engine_channel_size);
    if (ring->channels == NULL)
        return -ENOMEM;
    ring->count = count;
    for (i = 0; i < count; i++) {
        struct channel *channel = ring_channel(ring, i);
        struct channel *previous = ring_channel(ring, i + count - 1);
        int ends[2];
        int error = open_ends(kind, ends);

        if (error != 0)
            return error;
        channel->handle = ring_pass_token;
        channel->read = ends[0];
        previous->write = ends[1];
        previous->next = channel;
    }
    return 0;
}

void ring_close(struct ring *ring)
{
    int i;

    for (i = 0; i < ring->count; i++) {
        struct channel *channel = ring_channel(ring, i);

        if (channel->write != channel->next->read)
            close(channel->write);
    }
    for (i = 0; i < ring->count; i++)
        close(ring_channel(ring, i)->read);
    free(ring->channels);
}

int ring_watch_all(const struct ring *ring, struct engine *engine)
{
    int error = 0;
    int i;

    for (i = 0; i < ring->count && error == 0; i++)
        error = engine_watch(engine, ring_channel(ring, i));
    return error;
}

int ring_unwatch_all(const struct ring *ring)
{
    int error = 0;
    int i;

    for (i = 0; i < ring->count && error == 0; i++)
        error = engine_unwatch(ring_channel(ring, i));
    return error;
}

int ring_put_tokens(struct ring *ring, int tokens)
{
    const uint64_t token = 1;
    int i;

    for (i = 0; i < tokens; i++) {
        int place = (int)((int64_t)i * ring->count / tokens);
        struct channel *previous = ring_channel(ring, place + ring->count - 1);

        if (write(previous->write, &token, sizeof(token)) < 0)
            return -errno;
    }
    return 0;
}
