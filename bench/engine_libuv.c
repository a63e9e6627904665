/* SPDX-License-Identifier: MIT */
/*
 * libuv: uv_poll_t, uv_timer_t (in milliseconds) and uv_async_t. It waits for
 * up to 1024 events at a time.
 */
#include "stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

const char engine_name[] = "libuv";

struct engine {
    uv_loop_t loop;
    int64_t left; /* calls to make */
};

struct watcher {
    struct channel channel;
    struct engine *engine;
    uv_poll_t native;
};

struct alarm {
    struct timer timer;
    struct engine *engine;
    uv_timer_t native;
};

struct letter {
    struct post post;
    struct engine *engine;
    uv_async_t native;
};

const size_t engine_channel_size = sizeof(struct watcher);
const size_t engine_timer_size = sizeof(struct alarm);
const size_t engine_post_size = sizeof(struct letter);
const bool engine_has_messages = false;

static const struct allocator *memory;

static void *allocate_zeros(size_t count, size_t size)
{
    void *block = memory->allocate(count * size);

    return block != NULL ? memset(block, 0, count * size) : NULL;
}

int engine_open(struct engine **out, const struct allocator *allocator,
                bool has_threads)
{
    struct engine *engine;
    int error = 0;

    (void)has_threads;
    if (memory == NULL) /* later is too late */
        error = uv_replace_allocator(allocator->allocate, allocator->reallocate,
                                     allocate_zeros, allocator->release);
    memory = allocator;
    if (error != 0)
        return error;
    engine = calloc(1, sizeof(*engine));
    if (engine == NULL)
        return -ENOMEM;
    error = uv_loop_init(&engine->loop);
    if (error != 0) {
        free(engine);
        return error;
    }
    *out = engine;
    return 0;
}

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void engine_close(struct engine *engine)
{
    uv_walk(&engine->loop, close_handle, NULL);
    (void)uv_run(&engine->loop, UV_RUN_DEFAULT);
    (void)uv_loop_close(&engine->loop);
    free(engine);
}

void *engine_native(struct engine *engine)
{
    return &engine->loop;
}

int64_t engine_run(struct engine *engine, int64_t calls)
{
    engine->left = calls;
    (void)uv_run(&engine->loop, UV_RUN_DEFAULT);
    return calls - engine->left;
}

void engine_stop(struct engine *engine)
{
    uv_stop(&engine->loop);
}

static void count(struct engine *engine)
{
    if (--engine->left == 0)
        engine_stop(engine);
}

static void on_ready(uv_poll_t *native, int status, int readiness)
{
    struct watcher *watcher = native->data;

    (void)status;
    (void)readiness;
    watcher->channel.handle(&watcher->channel);
    count(watcher->engine);
}

int engine_watch(struct engine *engine, struct channel *channel)
{
    struct watcher *watcher = (struct watcher *)channel;
    int error = 0;

    if (watcher->engine == NULL) /* once; then it is stopped and started */
        error = uv_poll_init(&engine->loop, &watcher->native, channel->read);
    if (error != 0)
        return error;
    watcher->engine = engine;
    watcher->native.data = watcher;
    return engine_resume(channel);
}

int engine_unwatch(struct channel *channel)
{
    return engine_pause(channel);
}

int engine_ask(struct channel *channel, bool for_writing)
{
    return uv_poll_start(&((struct watcher *)channel)->native,
                         for_writing ? UV_READABLE | UV_WRITABLE : UV_READABLE,
                         on_ready);
}

int engine_pause(struct channel *channel)
{
    return uv_poll_stop(&((struct watcher *)channel)->native);
}

int engine_resume(struct channel *channel)
{
    return engine_ask(channel, false);
}

static void on_time(uv_timer_t *native)
{
    struct alarm *alarm = native->data;

    alarm->timer.call(&alarm->timer);
    count(alarm->engine);
}

int engine_timer_init(struct engine *engine, struct timer *timer)
{
    struct alarm *alarm = (struct alarm *)timer;

    alarm->engine = engine;
    alarm->native.data = alarm;
    return uv_timer_init(&engine->loop, &alarm->native);
}

int engine_timer_start(struct timer *timer, int64_t delay_ns)
{
    const int64_t ns_per_ms = 1000000;

    return uv_timer_start(&((struct alarm *)timer)->native, on_time,
                          (uint64_t)((delay_ns + ns_per_ms - 1) / ns_per_ms),
                          0);
}

int engine_timer_touch(struct timer *timer, int64_t delay_ns)
{
    return engine_timer_start(timer, delay_ns);
}

int engine_timer_stop(struct timer *timer)
{
    return uv_timer_stop(&((struct alarm *)timer)->native);
}

static void on_post(uv_async_t *native)
{
    struct letter *letter = native->data;

    letter->post.call(&letter->post);
    count(letter->engine);
}

int engine_post_init(struct engine *engine, struct post *post)
{
    struct letter *letter = (struct letter *)post;

    letter->engine = engine;
    letter->native.data = letter;
    return uv_async_init(&engine->loop, &letter->native, on_post);
}

int engine_post_send(struct post *post)
{
    return uv_async_send(&((struct letter *)post)->native);
}
