/* SPDX-License-Identifier: MIT */
/* reactor.h as it is meant to be used: wait, then dispatch by user_data. */
#include "engine.h"

#include <reactor.h>

#ifndef ENGINE_TRIGGER
#define ENGINE_TRIGGER 0 /* level; or REACTOR_EDGE */
#endif

const char engine_name[] = "reactor";

static struct reactor *reactor;
static struct reactor_event events[ENGINE_BATCH];

int engine_open(const struct allocator *allocator)
{
    int error = reactor_set_allocator(
        allocator->allocate, allocator->reallocate, allocator->release);

    return error != 0 ? error : reactor_open(&reactor);
}

void engine_close(void)
{
    reactor_close(reactor);
}

int engine_watch(struct channel *channel)
{
    return reactor_register(reactor, channel->read,
                            REACTOR_READABLE | ENGINE_TRIGGER, channel);
}

int engine_unwatch(struct channel *channel)
{
    return reactor_deregister(reactor, channel->read);
}

int64_t engine_run(int64_t events_wanted)
{
    int64_t done = 0;

    while (done < events_wanted) {
        int count = reactor_wait(reactor, events, ENGINE_BATCH, -1);
        int i;

        if (count < 0)
            return count;
        for (i = 0; i < count; i++) {
            struct channel *channel = events[i].user_data;

            channel->handle(channel);
        }
        done += count;
    }
    return done;
}
