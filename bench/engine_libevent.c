/* SPDX-License-Identifier: MIT */
/*
 * libevent on epoll: persistent events in the caller's structs, one for each
 * direction, as their interest cannot be changed. Its changelist is left off,
 * as it is by default: its manual warns of descriptors that were duplicated.
 * The timers are of different durations, so that its common timeouts (queues
 * for many of one duration) are of no use here. Locks only with threads.
 */
#include "stream.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>
#include <stdlib.h>

const char engine_name[] = "libevent";

struct engine {
    struct event_base *base;
    int64_t left; /* calls to make */
};

struct watcher {
    struct channel channel;
    struct engine *engine;
    struct event reading;
    struct event writing;
};

struct alarm {
    struct timer timer;
    struct engine *engine;
    struct event native;
};

struct letter {
    struct post post;
    struct engine *engine;
    struct event native;
};

const size_t engine_channel_size = sizeof(struct watcher);
const size_t engine_timer_size = sizeof(struct alarm);
const size_t engine_post_size = sizeof(struct letter);
const bool engine_has_messages = false;

static struct event_base *open_base(void)
{
    struct event_config *config = event_config_new();
    struct event_base *base = NULL;

    if (config == NULL)
        return NULL;
    if (event_config_avoid_method(config, "poll") == 0 &&
        event_config_avoid_method(config, "select") == 0 &&
        event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV) == 0)
        base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

int engine_open(struct engine **out, const struct allocator *allocator,
                bool has_threads)
{
    static bool is_told;
    struct engine *engine = calloc(1, sizeof(*engine));

    if (engine == NULL)
        return -ENOMEM;
    if (!is_told)
        event_set_mem_functions(allocator->allocate, allocator->reallocate,
                                allocator->release);
    is_told = true;
    if (!has_threads || evthread_use_pthreads() == 0)
        engine->base = open_base();
    if (engine->base == NULL) {
        free(engine);
        return -ENOMEM;
    }
    *out = engine;
    return 0;
}

void engine_close(struct engine *engine)
{
    event_base_free(engine->base);
    free(engine);
}

void *engine_native(struct engine *engine)
{
    return engine->base;
}

int64_t engine_run(struct engine *engine, int64_t calls)
{
    engine->left = calls;
    if (event_base_loop(engine->base, EVLOOP_NO_EXIT_ON_EMPTY) < 0)
        return -EIO;
    return calls - engine->left;
}

void engine_stop(struct engine *engine)
{
    (void)event_base_loopbreak(engine->base);
}

static void count(struct engine *engine)
{
    if (--engine->left == 0)
        engine_stop(engine);
}

static int result_of(int answer)
{
    return answer != 0 ? -EIO : 0;
}

static void on_ready(evutil_socket_t descriptor, short readiness, void *context)
{
    struct watcher *watcher = context;

    (void)descriptor;
    (void)readiness;
    watcher->channel.handle(&watcher->channel);
    count(watcher->engine);
}

int engine_watch(struct engine *engine, struct channel *channel)
{
    struct watcher *watcher = (struct watcher *)channel;
    int answer = 0;

    if (watcher->engine == NULL) {
        watcher->engine = engine;
        answer = event_assign(&watcher->reading, engine->base, channel->read,
                              EV_READ | EV_PERSIST, on_ready, watcher);
        if (answer == 0)
            answer =
                event_assign(&watcher->writing, engine->base, channel->read,
                             EV_WRITE | EV_PERSIST, on_ready, watcher);
    }
    return answer != 0 ? -EIO : engine_resume(channel);
}

int engine_unwatch(struct channel *channel)
{
    return engine_pause(channel);
}

int engine_ask(struct channel *channel, bool for_writing)
{
    struct event *writing = &((struct watcher *)channel)->writing;

    return result_of(for_writing ? event_add(writing, NULL)
                                 : event_del(writing));
}

int engine_pause(struct channel *channel)
{
    return result_of(event_del(&((struct watcher *)channel)->reading));
}

int engine_resume(struct channel *channel)
{
    return result_of(event_add(&((struct watcher *)channel)->reading, NULL));
}

static void on_time(evutil_socket_t descriptor, short readiness, void *context)
{
    struct alarm *alarm = context;

    (void)descriptor;
    (void)readiness;
    alarm->timer.call(&alarm->timer);
    count(alarm->engine);
}

int engine_timer_init(struct engine *engine, struct timer *timer)
{
    struct alarm *alarm = (struct alarm *)timer;

    alarm->engine = engine;
    return result_of(
        evtimer_assign(&alarm->native, engine->base, on_time, alarm));
}

int engine_timer_start(struct timer *timer, int64_t delay_ns)
{
    const int64_t ns_per_s = 1000000000;
    const struct timeval delay = {
        .tv_sec = (time_t)(delay_ns / ns_per_s),
        .tv_usec = (suseconds_t)(delay_ns % ns_per_s / 1000),
    };

    return result_of(evtimer_add(&((struct alarm *)timer)->native, &delay));
}

int engine_timer_touch(struct timer *timer, int64_t delay_ns)
{
    return engine_timer_start(timer, delay_ns);
}

int engine_timer_stop(struct timer *timer)
{
    return result_of(evtimer_del(&((struct alarm *)timer)->native));
}

static void on_post(evutil_socket_t descriptor, short readiness, void *context)
{
    struct letter *letter = context;

    (void)descriptor;
    (void)readiness;
    letter->post.call(&letter->post);
    count(letter->engine);
}

int engine_post_init(struct engine *engine, struct post *post)
{
    struct letter *letter = (struct letter *)post;

    letter->engine = engine;
    return result_of(event_assign(&letter->native, engine->base, -1, EV_PERSIST,
                                  on_post, letter));
}

int engine_post_send(struct post *post)
{
    event_active(&((struct letter *)post)->native, EV_READ, 0);
    return 0;
}
