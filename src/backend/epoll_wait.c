/* SPDX-License-Identifier: MIT */
/* epoll(7): what it reports, and waiting for it. The facts are in epoll.h. */
#include "backend/epoll.h"
#include "backend/poll_events.h"
#include "base/compiler.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>

/* So many reports of ghosts are put up with before the set is replaced. */
#define GHOST_REPORTS_MAX 8

/* ---- Translation ---- */

/* The readiness of events that tell of nothing but what was asked for. */
#define PLAIN_EVENTS 8
static const uint8_t plain_readiness[PLAIN_EVENTS] = {
    [EPOLLIN] = REACTOR_READABLE,
    [EPOLLOUT] = REACTOR_WRITABLE,
    [EPOLLIN | EPOLLOUT] = REACTOR_READABLE | REACTOR_WRITABLE,
    [EPOLLPRI] = REACTOR_PRIORITY,
    [EPOLLPRI | EPOLLIN] = REACTOR_PRIORITY | REACTOR_READABLE,
    [EPOLLPRI | EPOLLOUT] = REACTOR_PRIORITY | REACTOR_WRITABLE,
    [EPOLLPRI | EPOLLIN | EPOLLOUT] =
        REACTOR_PRIORITY | REACTOR_READABLE | REACTOR_WRITABLE,
};

/* ---- Ghosts: fact (a) ---- */

/*
 * Called for a batch with stale events. A change that is made while the batch
 * is on its way makes its event stale, once; with no change since the last
 * stale batch, this one was a ghost's.
 */
static int suspect_ghost(struct ri_backend *backend)
{
    uint32_t changes = ri_sources_changes(backend->sources);

    backend->has_stale = false;
    if (changes != backend->ghost_changes) {
        backend->ghost_changes = changes;
        backend->ghost_reports = 0;
    }
    if (backend->ghost_reports < GHOST_REPORTS_MAX) {
        backend->ghost_reports++;
        return 0;
    }
    return ri_epoll_exorcise(backend);
}

/* ---- Wait ---- */

static int milliseconds_of(int64_t timeout_ns)
{
    return (int)((timeout_ns + RI_NS_PER_MS - 1) / RI_NS_PER_MS);
}

/* A wait that ends by itself is not where speed is looked for. */
RI_NEVER_INLINE
static int wait_timed(struct ri_backend *backend, struct epoll_event *events,
                      int room, int64_t timeout_ns)
{
#ifdef RI_HAVE_EPOLL_PWAIT2
    if (backend->has_pwait2) {
        struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / RI_NS_PER_S),
                                   .tv_nsec = (long)(timeout_ns % RI_NS_PER_S)};
        int count = epoll_pwait2(backend->set, events, room, &timeout, NULL);

        if (count >= 0 || (errno != ENOSYS && errno != EPERM))
            return count;
        backend->has_pwait2 = false; /* fact (h) */
    }
#endif
    return epoll_wait(backend->set, events, room, milliseconds_of(timeout_ns));
}

static inline int wait_in_kernel(struct ri_backend *backend,
                                 struct epoll_event *events, int room,
                                 int64_t timeout_ns)
{
    if (RI_UNLIKELY(timeout_ns > 0))
        return wait_timed(backend, events, room, timeout_ns);
    return epoll_wait(backend->set, events, room, (int)timeout_ns);
}

/*
 * A batch lies in the end of the caller's array, where the kernel wrote it, and
 * is translated from front to back: what lies before an event is at least as
 * large as it, so none is overwritten before it has been translated; the last
 * ones lie under their own translation, which is therefore written at once,
 * when nothing of them has to be read again. This saves a buffer
 * that would have to grow with the registrations (fact (f)). The kernel's
 * events may be unaligned there, hence memcpy.
 */
#define EVENT_SIZE sizeof(struct epoll_event)

static uint32_t events_at(const char *place)
{
    uint32_t events;

    memcpy(&events, place + offsetof(struct epoll_event, events),
           sizeof(events));
    return events;
}

/* Field by field: compilers then load them so, too. */
static struct ri_token token_at(const char *place)
{
    const char *data = place + offsetof(struct epoll_event, data);
    struct ri_token token;

    memcpy(&token.generation, data + offsetof(struct ri_token, generation),
           sizeof(token.generation));
    memcpy(&token.offset, data + offsetof(struct ri_token, offset),
           sizeof(token.offset));
    memcpy(&token.chunk, data + offsetof(struct ri_token, chunk),
           sizeof(token.chunk));
    return token;
}

/*
 * The usual event: plain, and current. False if it is something else, and
 * nothing was done. The generation is compared with the spare bit as it is: an
 * event that is not plain looks stale.
 */
static inline bool translate_plain(struct ri_sources *sources,
                                   const char *place, struct reactor_event *out)
{
    uint32_t events = events_at(place);
    struct ri_token token = token_at(place);

    if (RI_UNLIKELY(events >= PLAIN_EVENTS) ||
        RI_UNLIKELY(!ri_source_read(ri_sources_find(sources, token),
                                    token.generation, out, NULL)))
        return false;
    out->readiness = plain_readiness[events];
    return true;
}

/* Any event; false if there is nothing to report. */
static bool translate(struct ri_backend *backend, const char *place,
                      struct reactor_event *out)
{
    uint32_t events = events_at(place);
    struct ri_token token = token_at(place);
    uint32_t generation = token.generation & ~RI_EPOLL_NOT_PLAIN;
    struct ri_source *source;
    uint32_t interest;

    if (ri_token_is_nobodys(token))
        return ri_wake_flag_deliver(&backend->wake, out);
    source = ri_sources_find(backend->sources, token);
    if (!ri_source_read(source, generation, out, &interest)) {
        /* It may be newer than what is published, its change in progress. */
        ri_sources_settle(backend->sources);
        if (!ri_source_read(source, generation, out, &interest)) {
            backend->has_stale = true;
            return false;
        }
    }
    if ((interest & RI_INTEREST_READINESS) == 0) /* fact (c) */
        return false;
    out->readiness = ri_poll_readiness_of(events, interest);
    if (interest & REACTOR_ONESHOT) {
        if (ri_source_is_disarmed(source)) /* the stray report of fact (c) */
            return false;
        ri_source_disarm(source, generation);
    }
    return out->readiness != 0;
}

/*
 * The `left` last events of a batch, the first of which is not plain; `filled`
 * are translated.
 */
RI_NEVER_INLINE
static int translate_rest(struct ri_backend *backend, const char *place,
                          int left, struct reactor_event *out, int filled)
{
    int error;

    for (; left > 0; left--, place += EVENT_SIZE) {
        if (translate(backend, place, out)) {
            filled++;
            out++;
        }
    }
    error = backend->has_stale ? suspect_ghost(backend) : 0;
    if (filled > 0)
        return filled;
    return error != 0 ? error : -EINTR;
}

static inline int translate_all(struct ri_backend *backend, const char *place,
                                int count, struct reactor_event *out)
{
    struct ri_sources *sources = backend->sources;
    int left;

    if (RI_UNLIKELY(count <= 0))
        return count < 0 ? -errno : 0;
    for (left = count; left > 0; left--) {
        if (!translate_plain(sources, place, out))
            return translate_rest(backend, place, left, out, count - left);
        place += EVENT_SIZE;
        out++;
    }
    return count;
}

/*
 * Where events are larger than ours (32-bit machines that align 64-bit
 * integers), fewer fit.
 */
RI_NEVER_INLINE
static int wait_for_fewer(struct ri_backend *backend,
                          struct reactor_event *events, int capacity,
                          int64_t timeout_ns)
{
    struct epoll_event single = {.events = 0};
    int room = (int)((size_t)capacity * sizeof(*events) / EVENT_SIZE);
    void *place = room > 0 ? (void *)events : &single;
    int count = wait_in_kernel(backend, place, room > 0 ? room : 1, timeout_ns);

    return translate_all(backend, place, count, events);
}

int ri_backend_wait(struct ri_backend *backend, struct reactor_event *events,
                    int capacity, int64_t timeout_ns)
{
    char *place = (char *)(events + capacity) - (size_t)capacity * EVENT_SIZE;
    int count;

    if (EVENT_SIZE > sizeof(*events))
        return wait_for_fewer(backend, events, capacity, timeout_ns);
    count = wait_in_kernel(backend, (void *)place, capacity, timeout_ns);
    return translate_all(backend, place, count, events);
}
