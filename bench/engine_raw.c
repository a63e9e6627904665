/* SPDX-License-Identifier: MIT */
/*
 * The yardstick: the loop that one writes by hand around epoll(7). It has none
 * of what a library is for: a stale event is a wild pointer here.
 */
#include "engine.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

const char engine_name[] = "raw";

static int set;
static struct epoll_event events[ENGINE_BATCH];

int engine_open(const struct allocator *allocator)
{
    (void)allocator;
    set = epoll_create1(EPOLL_CLOEXEC);
    return set < 0 ? -errno : 0;
}

void engine_close(void)
{
    close(set);
}

int engine_watch(struct channel *channel)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.ptr = channel}};

    return epoll_ctl(set, EPOLL_CTL_ADD, channel->read, &event) != 0 ? -errno
                                                                     : 0;
}

int engine_unwatch(struct channel *channel)
{
    return epoll_ctl(set, EPOLL_CTL_DEL, channel->read, NULL) != 0 ? -errno : 0;
}

int64_t engine_run(int64_t events_wanted)
{
    int64_t done = 0;

    while (done < events_wanted) {
        int count = epoll_wait(set, events, ENGINE_BATCH, -1);
        int i;

        if (count < 0)
            return -errno;
        for (i = 0; i < count; i++) {
            struct channel *channel = events[i].data.ptr;

            channel->handle(channel);
        }
        done += count;
    }
    return done;
}
