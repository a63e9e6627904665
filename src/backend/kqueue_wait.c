/* SPDX-License-Identifier: MIT */
/* kqueue(2): what it reports, and waiting for it. The facts are in kqueue.h. */
#include "backend/kqueue.h"
#include "backend/poll_events.h"
#include "base/compiler.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

static const struct timespec at_once;

/* ---- Events ---- */

static uint32_t generation_of(const struct ri_source *source)
{
    return atomic_load_explicit(&source->generation, memory_order_relaxed);
}

/*
 * What the event's token belongs to, or belonged to; its generation, which of a
 * narrow token is the present one, or UINT32_MAX, nobody's.
 */
static struct ri_source *find_source(struct ri_backend *backend,
                                     const struct kevent *event,
                                     uint32_t *generation, bool *stands_in)
{
    struct ri_source *source;
    struct ri_token token;
    uint32_t narrow;

    if (!RI_UDATA_NARROW) {
        memcpy(&token, &event->udata, sizeof(token));
        *generation = token.generation & ~RI_KNOTE_STANDS_IN;
        *stands_in = (token.generation & RI_KNOTE_STANDS_IN) != 0;
        return ri_sources_find(backend->sources, token);
    }
    memcpy(&narrow, &event->udata, sizeof(narrow));
    source = ri_sources_at(backend->sources, narrow % RI_NARROW_INDEX_MAX);
    narrow -= narrow % RI_NARROW_INDEX_MAX;
    *stands_in = (narrow & ri_narrow_generation(RI_KNOTE_STANDS_IN)) != 0;
    narrow &= ~ri_narrow_generation(RI_KNOTE_STANDS_IN);
    /* As registered, also if the change that makes it so is in progress. */
    *generation = (generation_of(source) & ~UINT32_C(3)) + 1;
    if (ri_narrow_generation(*generation) != narrow)
        *generation = UINT32_MAX;
    return source;
}

/* Facts (g), (h) and (l). */
static uint32_t readiness_of(const struct kevent *event, bool stands_in,
                             uint32_t interest)
{
    bool is_end = (event->flags & EV_EOF) != 0;
    uint32_t readiness = REACTOR_READABLE;
    uint32_t closed = REACTOR_READ_CLOSED;

    if (RI_HAVE_EXCEPT && event->filter == EVFILT_EXCEPT)
        return REACTOR_PRIORITY & interest;
    if (event->filter == EVFILT_WRITE || stands_in) {
        readiness = REACTOR_WRITABLE;
        closed = REACTOR_WRITE_CLOSED;
        if (stands_in && (interest & REACTOR_READABLE))
            closed |= REACTOR_READ_CLOSED;
    }
    if (is_end ? event->fflags != 0 : (readiness & ~interest) != 0)
        readiness |= REACTOR_ERROR;
    if (is_end)
        readiness |= closed;
    return ri_readiness_complete(readiness, interest);
}

/*
 * Whether another knote may have more to tell: something that was asked for, or
 * how a direction has ended.
 */
static bool may_be_partial(uint32_t readiness, uint32_t interest)
{
    uint32_t asked = interest & RI_INTEREST_READINESS;
    bool is_single = (asked & (asked - 1)) == 0;

    return !is_single &&
           ((asked & ~readiness) != 0 || (readiness & ~asked) != 0);
}

static int count_knotes(uint32_t interest)
{
    uint8_t knotes = ri_knotes_of(interest);

    return ((knotes & RI_KNOTE_READ) != 0) + ((knotes & RI_KNOTE_WRITE) != 0) +
           ((knotes & RI_KNOTE_EXCEPT) != 0);
}

/* What a wait has so far. */
struct turn {
    struct reactor_event *events;
    int capacity;
    int filled;
    int fetched; /* knotes */
    int knotes;  /* that what is reported has */
    int spent;   /* knotes that have taken no room, and are not in line now */
    bool is_partial; /* something that was asked for was not told */
};

/* The event that reports the registration already, or NULL: fact (a). */
static struct reactor_event *reported(const struct turn *turn,
                                      const struct ri_source *source,
                                      const struct reactor_event *now)
{
    uint32_t position = source->backend.position;
    struct reactor_event *event;

    if (position >= (uint32_t)turn->filled)
        return NULL;
    event = &turn->events[position];
    return event->handle == now->handle && event->user_data == now->user_data
               ? event
               : NULL;
}

/* True if it was disarmed before: fact (e). */
static bool disarm(struct ri_source *source, uint32_t generation)
{
    uint32_t disarmed =
        atomic_load_explicit(&source->disarmed, memory_order_relaxed);

    ri_source_disarm(source, generation);
    return disarmed == generation;
}

static void translate(struct ri_backend *backend, const struct kevent *event,
                      struct turn *turn)
{
    struct reactor_event *out = &turn->events[turn->filled];
    struct reactor_event *earlier;
    struct ri_source *source;
    uint32_t generation;
    uint32_t interest;
    bool stands_in;
    bool is_over;

    source = find_source(backend, event, &generation, &stands_in);
    if (RI_UNLIKELY(!ri_source_read(source, generation, out, &interest))) {
        /* It may be newer than what is published, its change in progress. */
        ri_sources_settle(backend->sources);
        source = find_source(backend, event, &generation, &stands_in);
        if (!ri_source_read(source, generation, out, &interest))
            return;
    }
    if ((interest & RI_INTEREST_READINESS) == 0)
        return;
    out->readiness = readiness_of(event, stands_in, interest);
    is_over = (interest & REACTOR_ONESHOT) && disarm(source, generation);
    earlier = reported(turn, source, out);
    if (earlier != NULL)
        earlier->readiness |= out->readiness;
    if (earlier != NULL || is_over) {
        turn->spent += (interest & (REACTOR_EDGE | REACTOR_ONESHOT)) != 0;
        return;
    }
    source->backend.position = (uint32_t)turn->filled;
    turn->filled++;
    turn->knotes += count_knotes(interest);
    if (RI_UNLIKELY(may_be_partial(out->readiness, interest)))
        turn->is_partial = true;
}

static void translate_all(struct ri_backend *backend,
                          const struct kevent *batch, int count,
                          struct turn *turn)
{
    int i;

    for (i = 0; i < count; i++) {
        if (RI_UNLIKELY(ri_kqueue_is_bell(backend, &batch[i]))) {
            ri_kqueue_silence_bell(backend);
            if (ri_wake_flag_deliver(&backend->wake,
                                     &turn->events[turn->filled]))
                turn->filled++;
        } else {
            translate(backend, &batch[i], turn);
        }
    }
}

/* ---- Wait ---- */

#define BATCH 256

static int room_of(const struct turn *turn)
{
    int room = turn->capacity - turn->filled;

    return room < BATCH ? room : BATCH;
}

/*
 * There was no room for all that is ready, so another knote of a registration
 * may not have been fetched: what it would tell belongs into the same event.
 */
RI_NEVER_INLINE
static void complete(struct ri_backend *backend, const struct kevent *batch,
                     int count, struct turn *turn)
{
    struct pollfd polls[BATCH];
    struct reactor_event *told[BATCH];
    uint32_t interests[BATCH];
    nfds_t asked = 0;
    nfds_t i;

    for (; count > 0; count--, batch++) {
        uint32_t generation;
        bool stands_in;
        struct ri_source *source =
            find_source(backend, batch, &generation, &stands_in);
        struct reactor_event now;
        uint32_t *interest = &interests[asked];

        if (!ri_source_read(source, generation, &now, interest))
            continue;
        told[asked] = reported(turn, source, &now);
        if (told[asked] == NULL ||
            !may_be_partial(told[asked]->readiness, *interest))
            continue;
        polls[asked].fd = now.handle;
        polls[asked].events = (short)ri_poll_events_of(*interest);
        asked++;
    }
    if (asked == 0 || poll(polls, asked, 0) <= 0)
        return;
    for (i = 0; i < asked; i++)
        told[i]->readiness |=
            ri_poll_readiness_of((uint32_t)polls[i].revents, interests[i]);
}

/*
 * Knotes stand in line: what was reported goes to its end, or is spent. The
 * line has come round when more were fetched, less those spent, than what is
 * reported has; and edges may never end, so only so many are spent. What little
 * room is left would take a call for each knote that has nothing new to tell.
 */
static bool may_be_more(const struct turn *turn, const struct turn *before)
{
    bool has_news = turn->filled > before->filled;
    bool has_spent = turn->spent > before->spent;
    int room = turn->capacity - turn->filled;

    if (has_news && !has_spent)
        return room > 0;
    return room > turn->capacity / 8 && turn->spent <= 2 * turn->capacity &&
           (has_spent || turn->fetched - turn->spent <= turn->knotes);
}

/* No more is fetched than there is room for, as an edge is told once. */
int ri_backend_wait(struct ri_backend *backend, struct reactor_event *events,
                    int capacity, int64_t timeout_ns)
{
    struct kevent batch[BATCH];
    struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / RI_NS_PER_S),
                               .tv_nsec = (long)(timeout_ns % RI_NS_PER_S)};
    const struct timespec *until = timeout_ns < 0 ? NULL : &timeout;
    struct turn turn = {.events = events, .capacity = capacity};
    struct turn before;
    bool is_full;

    do {
        int room = room_of(&turn);
        int count = kevent(backend->queue, NULL, 0, batch,
                           (ri_kevent_count)room, until);

        if (count <= 0 && turn.filled == 0)
            return count < 0 ? -errno : 0;
        before = turn;
        turn.fetched += count > 0 ? count : 0;
        translate_all(backend, batch, count, &turn);
        is_full = count == room;
        if (is_full && turn.is_partial)
            complete(backend, batch, count, &turn);
        until = &at_once;
    } while (is_full && may_be_more(&turn, &before));
    return turn.filled > 0 ? turn.filled : -EINTR;
}
