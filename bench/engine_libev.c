/* SPDX-License-Identifier: MIT */
/*
 * libev on epoll, deaf to the environment. An idle timeout is restarted by
 * ev_timer_again(), as its manual advises; stopping and starting a watcher is
 * netted by the library until it waits.
 */
#include "engine.h"

#include <errno.h>
#include <ev.h>
#include <stdlib.h>

const char engine_name[] = "libev";

struct engine {
    struct ev_loop *loop;
    int64_t left; /* calls to make */
};

struct watcher {
    struct channel channel;
    struct engine *engine;
    ev_io native;
};

struct alarm {
    struct timer timer;
    struct engine *engine;
    ev_timer native;
};

struct letter {
    struct post post;
    struct engine *engine;
    ev_async native;
};

const size_t engine_channel_size = sizeof(struct watcher);
const size_t engine_timer_size = sizeof(struct alarm);
const size_t engine_post_size = sizeof(struct letter);
const bool engine_has_messages = false;

static const struct allocator *memory;

/* As realloc(), but that a size of 0 releases. */
static void *take_memory(void *block, long size)
{
    if (size != 0)
        return memory->reallocate(block, (size_t)size);
    memory->release(block);
    return NULL;
}

int engine_open(struct engine **out, const struct allocator *allocator,
                bool has_threads)
{
    struct engine *engine = calloc(1, sizeof(*engine));

    (void)has_threads;
    if (engine == NULL)
        return -ENOMEM;
    memory = allocator;
    ev_set_allocator(take_memory);
    engine->loop = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
    if (engine->loop == NULL) {
        free(engine);
        return -ENOTSUP;
    }
    *out = engine;
    return 0;
}

void engine_close(struct engine *engine)
{
    ev_loop_destroy(engine->loop);
    free(engine);
}

int64_t engine_run(struct engine *engine, int64_t calls)
{
    engine->left = calls;
    ev_run(engine->loop, 0);
    return calls - engine->left;
}

void engine_stop(struct engine *engine)
{
    ev_break(engine->loop, EVBREAK_ONE);
}

static void count(struct engine *engine)
{
    if (--engine->left == 0)
        engine_stop(engine);
}

static void on_ready(struct ev_loop *loop, ev_io *native, int readiness)
{
    struct watcher *watcher = native->data;

    (void)loop;
    (void)readiness;
    watcher->channel.handle(&watcher->channel);
    count(watcher->engine);
}

int engine_watch(struct engine *engine, struct channel *channel)
{
    struct watcher *watcher = (struct watcher *)channel;

    watcher->engine = engine;
    ev_io_init(&watcher->native, on_ready, channel->read, EV_READ);
    watcher->native.data = watcher;
    ev_io_start(engine->loop, &watcher->native);
    return 0;
}

int engine_unwatch(struct channel *channel)
{
    return engine_pause(channel);
}

int engine_ask(struct channel *channel, bool for_writing)
{
    struct watcher *watcher = (struct watcher *)channel;

    ev_io_stop(watcher->engine->loop, &watcher->native);
    ev_io_modify(&watcher->native, for_writing ? EV_READ | EV_WRITE : EV_READ);
    ev_io_start(watcher->engine->loop, &watcher->native);
    return 0;
}

int engine_pause(struct channel *channel)
{
    struct watcher *watcher = (struct watcher *)channel;

    ev_io_stop(watcher->engine->loop, &watcher->native);
    return 0;
}

int engine_resume(struct channel *channel)
{
    struct watcher *watcher = (struct watcher *)channel;

    ev_io_start(watcher->engine->loop, &watcher->native);
    return 0;
}

static void on_time(struct ev_loop *loop, ev_timer *native, int readiness)
{
    struct alarm *alarm = native->data;

    (void)readiness;
    if (native->repeat != 0) /* it was for ev_timer_again() */
        ev_timer_stop(loop, native);
    alarm->timer.call(&alarm->timer);
    count(alarm->engine);
}

int engine_timer_init(struct engine *engine, struct timer *timer)
{
    struct alarm *alarm = (struct alarm *)timer;

    alarm->engine = engine;
    ev_init(&alarm->native, on_time);
    alarm->native.data = alarm;
    return 0;
}

int engine_timer_start(struct timer *timer, int64_t delay_ns)
{
    struct alarm *alarm = (struct alarm *)timer;

    ev_timer_set(&alarm->native, (double)delay_ns / 1e9, 0.);
    ev_timer_start(alarm->engine->loop, &alarm->native);
    return 0;
}

int engine_timer_touch(struct timer *timer, int64_t delay_ns)
{
    struct alarm *alarm = (struct alarm *)timer;

    alarm->native.repeat = (double)delay_ns / 1e9;
    ev_timer_again(alarm->engine->loop, &alarm->native);
    return 0;
}

int engine_timer_stop(struct timer *timer)
{
    struct alarm *alarm = (struct alarm *)timer;

    ev_timer_stop(alarm->engine->loop, &alarm->native);
    return 0;
}

static void on_post(struct ev_loop *loop, ev_async *native, int readiness)
{
    struct letter *letter = native->data;

    (void)loop;
    (void)readiness;
    letter->post.call(&letter->post);
    count(letter->engine);
}

int engine_post_init(struct engine *engine, struct post *post)
{
    struct letter *letter = (struct letter *)post;

    letter->engine = engine;
    ev_async_init(&letter->native, on_post);
    letter->native.data = letter;
    ev_async_start(engine->loop, &letter->native);
    return 0;
}

int engine_post_send(struct post *post)
{
    struct letter *letter = (struct letter *)post;

    ev_async_send(letter->engine->loop, &letter->native);
    return 0;
}
