/* SPDX-License-Identifier: MIT */
/*
 * The yardstick: the loop that one writes by hand around epoll(7). It has none
 * of what a library is for: a stale event is a wild pointer here, a change goes
 * to the kernel at once, and a post is a watched eventfd(2).
 */
#include "engine_raw.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

const char engine_name[] = "raw";

struct engine {
    int set;
    int64_t wanted; /* calls */
    struct epoll_event events[ENGINE_BATCH];
};

struct bell {
    struct post post;
    struct channel channel; /* watched, and written to */
};

const size_t engine_channel_size = sizeof(struct watcher);
const size_t engine_post_size = sizeof(struct bell);
const bool engine_has_messages = false;

int engine_open(struct engine **out, const struct allocator *allocator,
                bool has_threads)
{
    struct engine *engine = calloc(1, sizeof(*engine));
    int error;

    (void)allocator;
    (void)has_threads;
    if (engine == NULL)
        return -ENOMEM;
    engine->set = epoll_create1(EPOLL_CLOEXEC);
    if (engine->set < 0) {
        error = -errno;
        free(engine);
        return error;
    }
    *out = engine;
    return 0;
}

void engine_close(struct engine *engine)
{
    close(engine->set);
    free(engine);
}

int64_t engine_run(struct engine *engine, int64_t calls)
{
    int64_t done = 0;

    engine->wanted = calls;
    while (done < engine->wanted) {
        int count = epoll_wait(engine->set, engine->events, ENGINE_BATCH, -1);
        int i;

        if (count < 0)
            return -errno;
        for (i = 0; i < count; i++) {
            struct channel *channel = engine->events[i].data.ptr;

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

static int change(int set, int operation, struct channel *channel,
                  uint32_t events)
{
    struct epoll_event event = {.events = events, .data = {.ptr = channel}};

    return epoll_ctl(set, operation, channel->read, &event) != 0 ? -errno : 0;
}

int engine_watch(struct engine *engine, struct channel *channel)
{
    ((struct watcher *)channel)->engine = engine;
    return change(engine->set, EPOLL_CTL_ADD, channel, EPOLLIN);
}

static int change_watched(struct channel *channel, int operation,
                          uint32_t events)
{
    int set = ((struct watcher *)channel)->engine->set;

    return change(set, operation, channel, events);
}

int engine_unwatch(struct channel *channel)
{
    return change_watched(channel, EPOLL_CTL_DEL, 0);
}

int engine_ask(struct channel *channel, bool for_writing)
{
    return change_watched(channel, EPOLL_CTL_MOD,
                          for_writing ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

int engine_pause(struct channel *channel)
{
    return change_watched(channel, EPOLL_CTL_MOD, 0);
}

int engine_resume(struct channel *channel)
{
    return change_watched(channel, EPOLL_CTL_MOD, EPOLLIN);
}

static void answer(struct channel *channel)
{
    struct bell *bell =
        (void *)((char *)channel - offsetof(struct bell, channel));
    uint64_t count;

    if (read(channel->read, &count, sizeof(count)) == sizeof(count))
        bell->post.call(&bell->post);
}

int engine_post_init(struct engine *engine, struct post *post)
{
    struct channel *channel = &((struct bell *)post)->channel;

    channel->read = channel->write = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (channel->read < 0)
        return -errno;
    channel->handle = answer;
    return change(engine->set, EPOLL_CTL_ADD, channel, EPOLLIN);
}

int engine_post_send(struct post *post)
{
    const uint64_t one = 1;
    const struct bell *bell = (const struct bell *)post;

    return write(bell->channel.write, &one, sizeof(one)) < 0 ? -errno : 0;
}
