/* SPDX-License-Identifier: MIT */
#include "check.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

int begin_claim(void **state)
{
    struct queue *queue = malloc(sizeof(*queue));

    if (queue == NULL)
        return -1;
    queue->descriptor = kqueue();
    *state = queue;
    return queue->descriptor < 0;
}

int end_claim(void **state)
{
    struct queue *queue = *state;
    int result = close(queue->descriptor);

    free(queue);
    return result;
}

int queue_of(void **state)
{
    const struct queue *queue = *state;

    return queue->descriptor;
}

struct pair socket_pair(void)
{
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends),
                     0);
    return (struct pair){.mine = ends[0], .peer = ends[1]};
}

struct pair tcp_pair(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct pair pair;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(
        bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size),
                     0);
    pair.peer = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(
        connect(pair.peer, (struct sockaddr *)&address, sizeof(address)), 0);
    pair.mine = accept(listener, NULL, NULL);
    assert_true(pair.mine >= 0);
    assert_int_equal(close(listener), 0);
    return pair;
}

struct pair pipe_pair(void)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    return (struct pair){.mine = ends[0], .peer = ends[1]};
}

void close_pair(struct pair pair)
{
    assert_int_equal(close(pair.mine), 0);
    assert_int_equal(close(pair.peer), 0);
}

void send_byte(int descriptor)
{
    assert_int_equal(write(descriptor, "x", 1), 1);
}

void drain(int descriptor)
{
    char buffer[4096];

    assert_true(read(descriptor, buffer, sizeof(buffer)) > 0);
}

uintptr_t udata_of(const struct kevent *event)
{
    uintptr_t udata;

    memcpy(&udata, &event->udata, sizeof(udata));
    return udata;
}

struct kevent change_of(int descriptor, int filter, unsigned flags,
                        uintptr_t udata)
{
    struct kevent change;

    memset(&change, 0, sizeof(change));
    change.ident = (uintptr_t)descriptor;
    change.filter = (KQUEUE_SHIM_FILTER)filter;
    change.flags = (KQUEUE_SHIM_FLAGS)flags;
    memcpy(&change.udata, &udata, sizeof(udata));
    return change;
}

int submit(int queue, const struct kevent *changes, int count)
{
    return kevent(queue, changes, (KQUEUE_SHIM_COUNT)count, NULL, 0, NULL) == 0
               ? 0
               : errno;
}

int change_one(int queue, int descriptor, int filter, unsigned flags)
{
    struct kevent one = change_of(descriptor, filter, flags, 0);

    return submit(queue, &one, 1);
}

int fetch(int queue, struct kevent *events, int capacity)
{
    static const struct timespec at_once;

    return kevent(queue, NULL, 0, events, (KQUEUE_SHIM_COUNT)capacity,
                  &at_once);
}

struct kevent await(int queue, int descriptor, int filter)
{
    struct timespec patience = {.tv_sec = PATIENCE_S};
    struct kevent events[4];

    assert_int_equal(kevent(queue, NULL, 0, events, 4, &patience), 1);
    assert_int_equal(events[0].ident, descriptor);
    assert_int_equal((int)events[0].filter, filter);
    assert_false(events[0].flags & EV_ERROR);
    return events[0];
}

void assert_silent(int queue)
{
    struct kevent event;

    assert_int_equal(fetch(queue, &event, 1), 0);
}

int64_t milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
