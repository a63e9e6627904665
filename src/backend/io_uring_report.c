/* SPDX-License-Identifier: MIT */
/* io_uring(7): what completions tell becomes events. Facts: io_uring.h. */
#include "backend/io_uring.h"
#include "backend/poll_events.h"
#include "base/compiler.h"

#include <errno.h>

/* ---- Translation ---- */

/* A half-close comes unasked for: fact (d). */
static uint32_t readiness_of(uint32_t events, uint32_t interest)
{
    if (!(interest & REACTOR_READABLE))
        events &= ~(uint32_t)POLLRDHUP;
    return ri_poll_readiness_of(events, interest);
}

#define BOTH ((uint32_t)(POLLIN | POLLOUT))

/* Fact (j): may it be more, or less, than the poll has told? */
static bool is_doubtful(uint32_t events, uint32_t interest)
{
    if ((events & ~(BOTH | POLLRDHUP)) != 0)
        return true;
    return !ri_uring_is_edge(interest) && (events & BOTH) != BOTH &&
           (interest & RI_INTEREST_DIRECTIONS) == RI_INTEREST_DIRECTIONS;
}

static uint32_t events_now(reactor_handle handle, uint32_t interest,
                           uint32_t told)
{
    struct pollfd asked = {.fd = handle,
                           .events = (short)ri_uring_events_of(interest)};

    if (!is_doubtful(told, interest) || poll(&asked, 1, 0) < 0)
        return told;
    return (uint32_t)asked.revents;
}

/* ---- Events ---- */

/* Beyond it, positions are not kept. */
#define POSITION_MAX UINT16_MAX

/* The event that this wait has reported of the handle, or NULL. */
static inline struct reactor_event *reported(const struct ri_uring_turn *turn,
                                             const struct ri_source *source,
                                             reactor_handle handle)
{
    int position = source->backend.position;

    do {
        if (position >= turn->filled)
            return NULL;
        if (turn->events[position].handle == handle)
            return &turn->events[position];
    } while (position++ >= POSITION_MAX);
    return NULL;
}

/* True if the readiness could be reported. */
static inline bool report(struct ri_uring_turn *turn, struct ri_source *source,
                          uint32_t readiness)
{
    reactor_handle handle =
        atomic_load_explicit(&source->handle, memory_order_relaxed);
    struct reactor_event *event = reported(turn, source, handle);
    int position = turn->filled;

    if (event != NULL) {
        event->readiness |= readiness;
        return true;
    }
    if (position == turn->capacity)
        return false;
    source->backend.position =
        (uint16_t)(position < POSITION_MAX ? position : POSITION_MAX);
    event = &turn->events[position];
    turn->filled++;
    event->user_data =
        atomic_load_explicit(&source->user_data, memory_order_relaxed);
    event->handle = handle;
    event->readiness = readiness;
    return true;
}

static void disarm(struct ri_source *source)
{
    ri_source_disarm(source, atomic_load_explicit(&source->generation,
                                                  memory_order_relaxed));
}

/*
 * The readiness that a poll's completion tells; 0: nothing to report. What the
 * kernel refuses only now is an error, unless the handle was closed, and tried
 * again.
 */
RI_NEVER_INLINE
static uint32_t judge(struct ri_source *source, int result, uint32_t interest)
{
    if (result >= 0)
        return readiness_of(
            events_now(
                atomic_load_explicit(&source->handle, memory_order_relaxed),
                interest, (uint32_t)result),
            interest);
    if (result == -ECANCELED) /* to be polled anew: fact (h) */
        return 0;
    if (result != -EBADF)
        return ri_readiness_complete(REACTOR_ERROR, interest);
    disarm(source);
    source->backend.identity = RI_IDENTITY_NONE;
    return 0;
}

/* What becomes of a source that has nothing to report. */
static void pass_over(struct ri_backend *backend, struct ri_source *source,
                      uint32_t place, int result)
{
    source->backend.wants_multishot = result >= 0; /* fact (d) */
    if (source->backend.armed == 0)
        ri_uring_enqueue(backend, place, RI_URING_IN_CHANGED);
}

/*
 * A completion of a registration's present poll. Of what came before this wait
 * only edges are reported: the rest may have ceased to be.
 */
static inline void translate(struct ri_backend *backend,
                             struct ri_source *source, uint32_t place,
                             int result, struct ri_uring_turn *turn)
{
    uint32_t interest =
        atomic_load_explicit(&source->interest, memory_order_relaxed);
    uint32_t events = (uint32_t)result;
    bool is_edge = ri_uring_is_edge(interest);
    uint32_t readiness;

    if (RI_UNLIKELY((events & ~BOTH) != 0 || is_doubtful(events, interest)))
        readiness = judge(source, result, interest);
    else
        readiness = ((events & POLLIN) ? REACTOR_READABLE : 0u) |
                    ((events & POLLOUT) ? REACTOR_WRITABLE : 0u);
    if (RI_UNLIKELY(readiness == 0)) {
        pass_over(backend, source, place, result);
        return;
    }
    if (RI_UNLIKELY((turn->is_old && !is_edge) ||
                    !report(turn, source, readiness))) {
        ri_uring_enqueue(backend, place, RI_URING_IN_AGAIN);
        return;
    }
    if (interest & REACTOR_ONESHOT) {
        disarm(source);
        if (source->backend.armed != 0)
            ri_uring_enqueue(backend, place, RI_URING_IN_CHANGED);
    } else if (!is_edge) {
        ri_uring_enqueue(backend, place, RI_URING_IN_AGAIN);
    } else if (source->backend.armed == 0) {
        ri_uring_enqueue(backend, place, RI_URING_IN_CHANGED);
    } else if (RI_UNLIKELY(source->backend.queue != RI_URING_IN_NONE)) {
        ri_uring_dequeue(backend, source); /* it is told after all */
    }
}

/* ---- Completions ---- */

/* Of no poll that is wanted: the doorbell's, an ended one, or nobody's. */
RI_NEVER_INLINE
static void take_other(struct ri_backend *backend, struct ri_token token,
                       bool is_last)
{
    if (!ri_token_is_nobodys(token)) {
        backend->ending -= is_last;
    } else if (token.generation == RI_TOKEN_NOBODYS.generation) {
        backend->has_heard_bell = true;
        backend->is_bell_armed = !is_last;
    }
}

static inline void take_one(struct ri_backend *backend,
                            const struct io_uring_cqe *completion,
                            struct ri_uring_turn *turn)
{
    struct ri_token token = ri_uring_token_of(completion->user_data);
    bool is_last = (completion->flags & IORING_CQE_F_MORE) == 0;
    struct ri_source *source = ri_sources_find(backend->sources, token);

    if (RI_UNLIKELY(source->backend.armed != token.generation)) {
        take_other(backend, token, is_last);
        return;
    }
    if (is_last)
        source->backend.armed = 0;
    source->backend.is_in_turn = false;
    if (RI_UNLIKELY(
            atomic_load_explicit(&source->generation, memory_order_relaxed) !=
            (token.generation & ~RI_GENERATION_SPARE_BIT)))
        return; /* a change waits to be submitted */
    translate(backend, source, ri_place_of(token), completion->res, turn);
}

/* First those whose turn it is: they may have completed last: fact (k). */
RI_NEVER_INLINE
static void take_turns(struct ri_backend *backend, unsigned count,
                       struct ri_uring_turn *turn)
{
    unsigned i;

    for (i = 0; i < count; i++) {
        const struct io_uring_cqe *completion =
            ri_ring_completion(&backend->ring, i);
        struct ri_source *source = ri_sources_find(
            backend->sources, ri_uring_token_of(completion->user_data));

        if (source->backend.is_in_turn) {
            take_one(backend, completion, turn);
            ri_ring_ignore(&backend->ring, i);
        }
    }
}

void ri_uring_report_bell(struct ri_backend *backend,
                          struct ri_uring_turn *turn)
{
    if (!backend->has_heard_bell || turn->filled == turn->capacity)
        return;
    backend->has_heard_bell = false;
    if (ri_wake_flag_deliver(&backend->wake, &turn->events[turn->filled])) {
        turn->filled++;
        turn->has_wake = true;
    }
}

unsigned ri_uring_report(struct ri_backend *backend, struct ri_uring_turn *turn)
{
    unsigned count = ri_ring_completions(&backend->ring);
    unsigned i;

    if (RI_UNLIKELY(count > (unsigned)(turn->capacity - turn->filled)))
        take_turns(backend, count, turn);
    for (i = 0; i < count; i++)
        take_one(backend, ri_ring_completion(&backend->ring, i), turn);
    ri_ring_take(&backend->ring, count);
    ri_uring_report_bell(backend, turn);
    return count;
}

void ri_uring_put_off(struct ri_backend *backend)
{
    struct ri_uring_turn none = {.capacity = 0, .is_old = true};

    (void)ri_uring_report(backend, &none);
}
