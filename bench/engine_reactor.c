/* SPDX-License-Identifier: MIT */
/* reactor.h as it is meant to be used: wait, then dispatch by user_data. */
#include "engine.h"

#include <errno.h>
#include <reactor.h>
#include <stdlib.h>

#ifndef ENGINE_TRIGGER
#define ENGINE_TRIGGER 0 /* level; or REACTOR_EDGE */
#endif

const char engine_name[] = "reactor";

struct engine {
    struct reactor *reactor;
    int64_t wanted; /* calls */
    struct reactor_event events[ENGINE_BATCH];
};

struct watcher {
    struct channel channel;
    struct reactor *reactor;
};

const size_t engine_channel_size = sizeof(struct watcher);

int engine_open(struct engine **out, const struct allocator *allocator,
                bool has_threads)
{
    struct engine *engine = calloc(1, sizeof(*engine));
    int error;

    (void)has_threads;
    if (engine == NULL)
        return -ENOMEM;
    error = reactor_set_allocator(allocator->allocate, allocator->reallocate,
                                  allocator->release);
    if (error == 0)
        error = reactor_open(&engine->reactor);
    if (error != 0) {
        free(engine);
        return error;
    }
    *out = engine;
    return 0;
}

void engine_close(struct engine *engine)
{
    reactor_close(engine->reactor);
    free(engine);
}

int64_t engine_run(struct engine *engine, int64_t calls)
{
    int64_t done = 0;

    engine->wanted = calls;
    while (done < engine->wanted) {
        int count =
            reactor_wait(engine->reactor, engine->events, ENGINE_BATCH, -1);
        int i;

        if (count < 0)
            return count;
        for (i = 0; i < count; i++) {
            struct channel *channel = engine->events[i].user_data;

            channel->handle(channel);
        }
        done += count;
    }
    return done;
}

void engine_stop(struct engine *engine)
{
    engine->wanted = 0;
}

int engine_watch(struct engine *engine, struct channel *channel)
{
    ((struct watcher *)channel)->reactor = engine->reactor;
    return reactor_register(engine->reactor, channel->read,
                            REACTOR_READABLE | ENGINE_TRIGGER, channel);
}

int engine_unwatch(struct channel *channel)
{
    return reactor_deregister(((struct watcher *)channel)->reactor,
                              channel->read);
}

static int reregister(struct channel *channel, uint32_t directions)
{
    return reactor_reregister(((struct watcher *)channel)->reactor,
                              channel->read, directions | ENGINE_TRIGGER,
                              channel);
}

int engine_ask(struct channel *channel, bool for_writing)
{
    return reregister(channel, for_writing ? REACTOR_READABLE | REACTOR_WRITABLE
                                           : REACTOR_READABLE);
}

int engine_pause(struct channel *channel)
{
    return reregister(channel, 0);
}

int engine_resume(struct channel *channel)
{
    return reregister(channel, REACTOR_READABLE);
}
