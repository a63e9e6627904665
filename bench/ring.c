/* SPDX-License-Identifier: MIT */
#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static bool lost_token;

bool ring_lost_token(void)
{
    return lost_token;
}

static void pass_token(struct channel *channel)
{
    uint64_t token;

    if (read(channel->read, &token, sizeof(token)) != sizeof(token) ||
        write(channel->write, &token, sizeof(token)) != sizeof(token))
        lost_token = true;
}

/* ends[0] is for reading, ends[1] for writing. */
static int open_ends(enum ring_kind kind, int ends[2])
{
    int result = -1;

    switch (kind) {
    case RING_EVENTFD:
        /* As a semaphore: tokens that meet stay two. */
        result = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
        ends[0] = ends[1] = result;
        break;
    case RING_SOCKETPAIR:
        result = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                            0, ends);
        break;
    case RING_PIPE:
        result = pipe2(ends, O_CLOEXEC | O_NONBLOCK);
        break;
    }
    return result < 0 ? -errno : 0;
}

int ring_open(struct ring *ring, enum ring_kind kind, int count)
{
    int i;

    ring->channels = calloc((size_t)count, sizeof(*ring->channels));
    if (ring->channels == NULL)
        return -ENOMEM;
    for (i = 0; i < count; i++) {
        struct channel *channel = &ring->channels[i];
        struct channel *previous = &ring->channels[(i + count - 1) % count];
        int ends[2];
        int error = open_ends(kind, ends);

        if (error != 0)
            return error;
        channel->handle = pass_token;
        channel->read = ends[0];
        previous->write = ends[1];
    }
    ring->count = count;
    return 0;
}

void ring_close(struct ring *ring)
{
    int i;

    for (i = 0; i < ring->count; i++) {
        struct channel *channel = &ring->channels[i];
        struct channel *next = &ring->channels[(i + 1) % ring->count];

        if (channel->write != next->read)
            close(channel->write);
    }
    for (i = 0; i < ring->count; i++)
        close(ring->channels[i].read);
    free(ring->channels);
}

int ring_put_tokens(struct ring *ring, int tokens)
{
    const uint64_t token = 1;
    int i;

    for (i = 0; i < tokens; i++) {
        int place = (int)((int64_t)i * ring->count / tokens);

        if (write(ring->channels[place].write, &token, sizeof(token)) < 0)
            return -errno;
    }
    return 0;
}
