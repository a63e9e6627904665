/* SPDX-License-Identifier: MIT */
/* reactor/loop.h: handlers, timers and posts in the structs of the driver. */
#include "stream.h"

#include <errno.h>
#include <reactor/loop.h>
#include <stdlib.h>

#ifndef ENGINE_TRIGGER
#define ENGINE_TRIGGER 0 /* level; or REACTOR_EDGE */
#endif

const char engine_name[] = "loop";

struct engine {
    struct reactor_loop *loop;
    int64_t left; /* calls to make */
};

struct watcher {
    struct channel channel;
    struct engine *engine;
    struct reactor_handler handler;
};

struct alarm {
    struct timer timer;
    struct engine *engine;
    struct reactor_timer native;
};

struct letter {
    struct post post;
    struct engine *engine;
    struct reactor_post native;
};

const size_t engine_channel_size = sizeof(struct watcher);
const size_t engine_timer_size = sizeof(struct alarm);
const size_t engine_post_size = sizeof(struct letter);
const bool engine_has_messages = true;

int engine_open(struct engine **out, const struct allocator *allocator,
                bool has_threads)
{
    static bool is_told; /* while a reactor is open it is too late */
    struct engine *engine = calloc(1, sizeof(*engine));
    int error = 0;

    (void)has_threads;
    if (engine == NULL)
        return -ENOMEM;
    if (!is_told)
        error = reactor_set_allocator(
            allocator->allocate, allocator->reallocate, allocator->release);
    is_told = true;
    if (error == 0)
        error = reactor_loop_open(&engine->loop, NULL);
    if (error != 0) {
        free(engine);
        return error;
    }
    reactor_loop_retain(engine->loop); /* posts alone keep no loop running */
    *out = engine;
    return 0;
}

void engine_close(struct engine *engine)
{
    reactor_loop_close(engine->loop);
    free(engine);
}

void *engine_native(struct engine *engine)
{
    return engine->loop;
}

int64_t engine_run(struct engine *engine, int64_t calls)
{
    int result;

    engine->left = calls;
    result = reactor_loop_run(engine->loop);
    return result < 0 ? result : calls - engine->left;
}

void engine_stop(struct engine *engine)
{
    (void)reactor_loop_stop(engine->loop);
}

static void count(struct engine *engine)
{
    if (--engine->left == 0)
        engine_stop(engine);
}

static void on_ready(void *user_data, uint32_t readiness)
{
    struct watcher *watcher = user_data;

    (void)readiness;
    watcher->channel.handle(&watcher->channel);
    count(watcher->engine);
}

int engine_watch(struct engine *engine, struct channel *channel)
{
    struct watcher *watcher = (struct watcher *)channel;

    watcher->engine = engine;
    reactor_handler_init(&watcher->handler, engine->loop, on_ready, watcher);
    return reactor_handler_start(&watcher->handler, channel->read,
                                 REACTOR_READABLE | ENGINE_TRIGGER);
}

int engine_unwatch(struct channel *channel)
{
    reactor_handler_stop(&((struct watcher *)channel)->handler);
    return 0;
}

static int update(struct channel *channel, uint32_t directions)
{
    return reactor_handler_update(&((struct watcher *)channel)->handler,
                                  directions | ENGINE_TRIGGER);
}

int engine_ask(struct channel *channel, bool for_writing)
{
    return update(channel, for_writing ? REACTOR_READABLE | REACTOR_WRITABLE
                                       : REACTOR_READABLE);
}

int engine_pause(struct channel *channel)
{
    return update(channel, 0);
}

int engine_resume(struct channel *channel)
{
    return update(channel, REACTOR_READABLE);
}

static void on_time(void *user_data, uint64_t missed)
{
    struct alarm *alarm = user_data;

    (void)missed;
    alarm->timer.call(&alarm->timer);
    count(alarm->engine);
}

int engine_timer_init(struct engine *engine, struct timer *timer)
{
    struct alarm *alarm = (struct alarm *)timer;

    alarm->engine = engine;
    reactor_timer_init(&alarm->native, engine->loop, on_time, alarm);
    return 0;
}

int engine_timer_start(struct timer *timer, int64_t delay_ns)
{
    reactor_timer_start(&((struct alarm *)timer)->native, delay_ns, 0);
    return 0;
}

int engine_timer_touch(struct timer *timer, int64_t delay_ns)
{
    return engine_timer_start(timer, delay_ns);
}

int engine_timer_stop(struct timer *timer)
{
    reactor_timer_stop(&((struct alarm *)timer)->native);
    return 0;
}

static void on_post(void *user_data)
{
    struct letter *letter = user_data;

    letter->post.call(&letter->post);
    count(letter->engine);
}

int engine_post_init(struct engine *engine, struct post *post)
{
    struct letter *letter = (struct letter *)post;

    letter->engine = engine;
    reactor_post_init(&letter->native, engine->loop, on_post, letter);
    return 0;
}

int engine_post_send(struct post *post)
{
    return reactor_post_send(&((struct letter *)post)->native);
}
