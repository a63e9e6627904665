/* SPDX-License-Identifier: MIT */
#ifndef BACKEND_POLL_EVENTS_H
#define BACKEND_POLL_EVENTS_H

/*
 * The events of poll(2), which on Linux are those of epoll(7) and of
 * io_uring(7)'s polls as well.
 *
 * Half-close is POLLRDHUP (Linux 2.6.17, FreeBSD 14); elsewhere it is POLLIN
 * and a read of 0. It is asked for with POLLIN only: a level-triggered interest
 * in writing would report it for ever.
 */

#include "backend/source.h"

#include <poll.h>

#ifndef POLLRDHUP
#define POLLRDHUP 0
#endif

static inline uint32_t ri_poll_events_of(uint32_t interest)
{
    uint32_t events = 0;

    if (interest & REACTOR_READABLE)
        events |= POLLIN | POLLRDHUP;
    if (interest & REACTOR_WRITABLE)
        events |= POLLOUT;
    if (interest & REACTOR_PRIORITY)
        events |= POLLPRI;
    return events;
}

static inline uint32_t ri_poll_readiness_of(uint32_t events, uint32_t interest)
{
    uint32_t readiness = 0;

    if (events & POLLIN)
        readiness |= REACTOR_READABLE;
    if (events & POLLOUT)
        readiness |= REACTOR_WRITABLE;
    if (events & POLLPRI)
        readiness |= REACTOR_PRIORITY;
    if (events & POLLRDHUP)
        readiness |= REACTOR_READ_CLOSED;
    if (events & POLLHUP)
        readiness |= REACTOR_READ_CLOSED | REACTOR_WRITE_CLOSED;
    if (events & POLLERR)
        readiness |= REACTOR_ERROR;
    return ri_readiness_complete(readiness, interest);
}

#endif /* BACKEND_POLL_EVENTS_H */
