/* SPDX-License-Identifier: MIT */
/* io_uring(7): waiting for what the polls report. Facts: io_uring.h. */
#include "backend/io_uring.h"

#include <errno.h>
#include <poll.h>

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

static inline void poll_first(struct ri_backend *backend,
                              enum ri_uring_queue queue)
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

static bool fits(const struct ri_uring_turn *turn, uint32_t polls)
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
static void submit(struct ri_backend *backend, struct ri_uring_turn *turn)
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

static int take_ring(struct ri_backend *backend, struct ri_uring_turn *turn)
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
                          const struct ri_uring_turn *turn, unsigned count,
                          int filled)
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
static int fill(struct ri_backend *backend, struct ri_uring_turn *turn,
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
        count = ri_uring_report(backend, turn);
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
static void end_polls(struct ri_backend *backend, struct ri_uring_turn *turn)
{
    int error = 0;

    turn->again = 0;
    while (error == 0 && (has_changed(backend) || backend->ending > 0)) {
        submit(backend, turn);
        error = ri_ring_enter(&backend->ring, 0, -1);
        ri_uring_report(backend, turn);
    }
}

int ri_backend_wait(struct ri_backend *backend, struct reactor_event *events,
                    int capacity, int64_t timeout_ns)
{
    struct ri_uring_turn turn = {
        .events = events, .capacity = capacity, .is_old = true};
    int error = 0;

    ri_mutex_lock(&backend->sources->lock);
    if (!backend->ring.is_enabled)
        error = ri_ring_enable(&backend->ring);
    if (error == 0) {
        if (!backend->has_had_wake)
            ri_uring_report_bell(backend, &turn);
        if (ri_ring_completions(&backend->ring) > 0)
            ri_uring_report(backend, &turn);
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
