/* SPDX-License-Identifier: MIT */
/* io_uring(7): what the polls report, and waiting for it. Facts: io_uring.h. */
#include "backend/io_uring.h"
#include "backend/poll_events.h"
#include "base/compiler.h"

#include <errno.h>

/* One wait: the caller's array, as far as it is filled, and what is to do. */
struct turn {
    struct reactor_event *events;
    int capacity;
    int filled;
    bool is_old;      /* what is taken now came before this wait */
    bool has_wake;    /* among what is filled */
    uint32_t again;   /* of those queues, as they were in the beginning, so */
    uint32_t changed; /* many are to be submitted yet */
};

/* ---- Submissions ---- */

static void arm_bell(struct ri_backend *backend)
{
    struct io_uring_sqe *submission = ri_ring_submission(&backend->ring);

    io_uring_prep_poll_add(submission, backend->doorbell, POLLIN);
    submission->len = IORING_POLL_ADD_MULTI;
    submission->user_data = ri_uring_data_of(RI_TOKEN_NOBODYS);
    backend->is_bell_armed = true;
}

static bool has_room(const struct ri_backend *backend)
{
    return ri_ring_room(&backend->ring) >= RI_URING_POLL_ROOM;
}

static void poll_first(struct ri_backend *backend, enum ri_uring_queue queue)
{
    uint32_t place = backend->queues[queue].first;
    struct ri_source *source = ri_uring_at(backend, place);

    ri_uring_dequeue(backend, source);
    source->backend.is_in_turn = queue == RI_URING_IN_AGAIN;
    ri_uring_poll(backend, place);
}

static bool has_changed(const struct ri_backend *backend)
{
    return backend->queues[RI_URING_IN_CHANGED].count > 0;
}

static bool fits(const struct turn *turn, uint32_t polls)
{
    return polls < (uint32_t)(turn->capacity - turn->filled);
}

/* How many of those are left that were in the queue when the wait began. */
static uint32_t left_of(const struct ri_backend *backend,
                        enum ri_uring_queue queue, uint32_t in_the_beginning)
{
    uint32_t count = backend->queues[queue].count;

    return count < in_the_beginning ? count : in_the_beginning;
}

/*
 * Those that are polled anew, so many that there is room for an event of each:
 * it is their turn. And every change.
 */
static void submit(struct ri_backend *backend, struct turn *turn)
{
    uint32_t polls;

    backend->overdue = backend->ending;
    turn->again = left_of(backend, RI_URING_IN_AGAIN, turn->again);
    turn->changed = left_of(backend, RI_URING_IN_CHANGED, turn->changed);
    if (!backend->is_bell_armed && has_room(backend))
        arm_bell(backend);
    for (polls = 0; turn->again > 0 && fits(turn, polls) && has_room(backend);
         polls++) {
        poll_first(backend, RI_URING_IN_AGAIN);
        turn->again--;
    }
    while (has_changed(backend) && has_room(backend)) {
        poll_first(backend, RI_URING_IN_CHANGED);
        turn->changed -= turn->changed > 0;
    }
}

/* ---- Completions ---- */

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

static void report_bell(struct ri_backend *backend, struct turn *turn)
{
    if (!backend->has_heard_bell || turn->filled == turn->capacity)
        return;
    backend->has_heard_bell = false;
    if (ri_wake_flag_deliver(&backend->wake, &turn->events[turn->filled])) {
        turn->filled++;
        turn->has_wake = true;
    }
}

/* Beyond it, positions are not kept. */
#define POSITION_MAX UINT16_MAX

/* The event that this wait has reported of the handle, or NULL. */
static inline struct reactor_event *reported(const struct turn *turn,
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
static inline bool report(struct turn *turn, struct ri_source *source,
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
    ri_source_disarm(source, atomic_load_explicit(&source->generation,
                                                  memory_order_relaxed));
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
                             int result, struct turn *turn)
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
        ri_source_disarm(source, atomic_load_explicit(&source->generation,
                                                      memory_order_relaxed));
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

/* Of no poll that is wanted: the doorbell's, one that was ended, or nobody's.*/
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
                            struct turn *turn)
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
                       struct turn *turn)
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

/* Returns how many there were. A wake comes last: it has its turn next time. */
static unsigned take_completions(struct ri_backend *backend, struct turn *turn)
{
    unsigned count = ri_ring_completions(&backend->ring);
    unsigned i;

    if (RI_UNLIKELY(count > (unsigned)(turn->capacity - turn->filled)))
        take_turns(backend, count, turn);
    for (i = 0; i < count; i++)
        take_one(backend, ri_ring_completion(&backend->ring, i), turn);
    ri_ring_take(&backend->ring, count);
    report_bell(backend, turn);
    return count;
}

void ri_uring_put_off(struct ri_backend *backend)
{
    struct turn none = {.capacity = 0, .is_old = true};

    (void)take_completions(backend, &none);
}

/* ---- Wait ---- */

/*
 * The lock is released only while it may block. Polls that are ending complete
 * without an event.
 */
static int enter(struct ri_backend *backend, bool blocks, int64_t timeout_ns)
{
    unsigned count = 1 + backend->ending;
    int error;

    if (!blocks)
        return ri_ring_enter(&backend->ring, 0, -1);
    ri_mutex_unlock(&backend->sources->lock);
    error = ri_ring_enter(&backend->ring, count, timeout_ns);
    ri_mutex_lock(&backend->sources->lock);
    return error;
}

static int take_ring(struct ri_backend *backend, struct turn *turn)
{
    int error = ri_uring_replace_ring(backend);

    if (error == 0)
        error = ri_ring_enable(&backend->ring);
    turn->again = 0;
    turn->changed = backend->queues[RI_URING_IN_CHANGED].count;
    return error;
}

/*
 * The last call has made `count` completions, and events beyond the first
 * `filled`: is there more to be had? Edges happen faster than they are taken,
 * perhaps: a call that has only told again what was known is the last one.
 */
static bool is_unfinished(const struct ri_backend *backend,
                          const struct turn *turn, unsigned count, int filled)
{
    bool is_news = turn->filled > filled || turn->filled == 0;

    if (turn->changed > 0 || ri_ring_pending(&backend->ring) > 0)
        return true;
    if (turn->filled == turn->capacity)
        return false;
    return turn->again > 0 ||
           (is_news && ri_ring_may_have_more(&backend->ring, count));
}

/* Blocks once, if there is nothing to report without. */
static int fill(struct ri_backend *backend, struct turn *turn,
                int64_t timeout_ns)
{
    turn->again = backend->queues[RI_URING_IN_AGAIN].count;
    turn->changed = backend->queues[RI_URING_IN_CHANGED].count;
    for (;;) {
        int filled = turn->filled;
        unsigned count;
        bool blocks;
        int error;

        submit(backend, turn);
        blocks = turn->filled == 0 && turn->again == 0 &&
                 !has_changed(backend) && !backend->has_heard_bell &&
                 timeout_ns != 0;
        error = enter(backend, blocks, timeout_ns);
        count = take_completions(backend, turn);
        if (error == -EEXIST) {
            error = take_ring(backend, turn);
            if (error == 0)
                continue;
        }
        if (error != 0)
            return error;
        if (blocks && turn->filled == 0)
            return -EINTR;
        if (is_unfinished(backend, turn, count, filled))
            continue;
        if (turn->filled > 0 || (timeout_ns == 0 && !has_changed(backend)))
            return 0;
    }
}

/* What another thread's remove waits for: fact (c). */
static void end_polls(struct ri_backend *backend, struct turn *turn)
{
    int error = 0;

    turn->again = 0;
    while (error == 0 && (has_changed(backend) || backend->ending > 0)) {
        submit(backend, turn);
        error = ri_ring_enter(&backend->ring, 0, -1);
        take_completions(backend, turn);
    }
}

int ri_backend_wait(struct ri_backend *backend, struct reactor_event *events,
                    int capacity, int64_t timeout_ns)
{
    struct turn turn = {.events = events, .capacity = capacity, .is_old = true};
    int error = 0;

    ri_mutex_lock(&backend->sources->lock);
    if (!backend->ring.is_enabled)
        error = ri_ring_enable(&backend->ring);
    if (error == 0) {
        if (!backend->has_had_wake)
            report_bell(backend, &turn);
        if (ri_ring_completions(&backend->ring) > 0)
            take_completions(backend, &turn);
        turn.is_old = false;
        ri_passage_enter(&backend->passage);
        error = fill(backend, &turn, timeout_ns);
        if (backend->passage.is_awaited)
            end_polls(backend, &turn);
        if (turn.filled == 0 && error == -EINTR) /* it comes back at once */
            ri_passage_pass(&backend->passage);
        else
            ri_passage_leave(&backend->passage);
        backend->has_had_wake = turn.has_wake;
    }
    ri_mutex_unlock(&backend->sources->lock);
    if (turn.filled > 0)
        return turn.filled;
    return error == -ETIME ? 0 : error;
}
