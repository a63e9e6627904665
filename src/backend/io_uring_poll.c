/* SPDX-License-Identifier: MIT */
/* io_uring(7): polls, and queues of what to poll. Facts: io_uring.h. */
#include "backend/io_uring.h"
#include "backend/poll_events.h"

#include <string.h>

/* ---- Queues ---- */

static void append(struct ri_backend *backend, struct ri_source *source,
                   uint32_t place, enum ri_uring_queue queue)
{
    struct ri_uring_ends *ends = &backend->queues[queue];

    source->backend.previous = ends->last;
    source->backend.next = 0;
    source->backend.queue = (uint8_t)queue;
    if (ends->last == 0)
        ends->first = place;
    else
        ri_uring_at(backend, ends->last)->backend.next = place;
    ends->last = place;
    ends->count++;
}

void ri_uring_dequeue(struct ri_backend *backend, struct ri_source *source)
{
    struct ri_uring_ends *ends = &backend->queues[source->backend.queue];
    uint32_t previous = source->backend.previous;
    uint32_t next = source->backend.next;

    if (source->backend.queue == RI_URING_IN_NONE)
        return;
    if (previous == 0)
        ends->first = next;
    else
        ri_uring_at(backend, previous)->backend.next = next;
    if (next == 0)
        ends->last = previous;
    else
        ri_uring_at(backend, next)->backend.previous = previous;
    ends->count--;
    source->backend.queue = RI_URING_IN_NONE;
}

void ri_uring_enqueue(struct ri_backend *backend, uint32_t place,
                      enum ri_uring_queue queue)
{
    struct ri_source *source = ri_uring_at(backend, place);

    if (source->backend.queue == queue)
        return;
    ri_uring_dequeue(backend, source);
    append(backend, source, place, queue);
}

/* ---- Polls ---- */

uint32_t ri_uring_events_of(uint32_t interest)
{
    uint32_t events = ri_poll_events_of(interest);

    return (events & POLLPRI) ? events | POLLRDBAND : events; /* fact (i) */
}

static struct ri_token token_of(uint32_t place, uint32_t generation)
{
    struct ri_token token = ri_uring_token_of(place);

    token.generation = generation;
    return token;
}

static void cancel(struct ri_backend *backend, const struct ri_source *source,
                   uint32_t place)
{
    struct ri_token cancelled = token_of(place, source->backend.armed);
    struct io_uring_sqe *submission = ri_ring_submission(&backend->ring);

    io_uring_prep_cancel64(submission, ri_uring_data_of(cancelled), 0);
    submission->flags = IOSQE_CQE_SKIP_SUCCESS;
    submission->user_data = RI_RING_IGNORED;
}

static void disown(struct ri_backend *backend, struct ri_source *source)
{
    source->backend.armed = 0;
    backend->ending++;
}

static void arm(struct ri_backend *backend, struct ri_source *source,
                uint32_t place, uint32_t generation)
{
    struct io_uring_sqe *submission = ri_ring_submission(&backend->ring);
    uint32_t interest =
        atomic_load_explicit(&source->interest, memory_order_relaxed);

    if (source->backend.has_spare_bit)
        generation |= RI_GENERATION_SPARE_BIT;
    io_uring_prep_poll_add(
        submission, atomic_load_explicit(&source->handle, memory_order_relaxed),
        ri_uring_events_of(interest));
    if (source->backend.wants_multishot || ri_uring_is_edge(interest))
        submission->len = IORING_POLL_ADD_MULTI;
    submission->user_data = ri_uring_data_of(token_of(place, generation));
    source->backend.wants_multishot = false;
    source->backend.armed = generation;
}

static bool is_wanted(struct ri_source *source)
{
    uint32_t interest =
        atomic_load_explicit(&source->interest, memory_order_relaxed);

    return (interest & RI_INTEREST_READINESS) != 0 &&
           ri_source_is_registered(source) && !ri_source_is_disarmed(source);
}

void ri_uring_poll(struct ri_backend *backend, uint32_t place)
{
    struct ri_source *source = ri_uring_at(backend, place);
    uint32_t generation =
        atomic_load_explicit(&source->generation, memory_order_relaxed);
    uint32_t armed = source->backend.armed;

    if (armed != 0) {
        cancel(backend, source, place);
        if (is_wanted(source) &&
            (armed & ~RI_GENERATION_SPARE_BIT) == generation) {
            if (backend->overdue > 0) /* fact (h) */
                return;
            source->backend.has_spare_bit = !source->backend.has_spare_bit;
        }
        disown(backend, source);
    }
    if (is_wanted(source))
        arm(backend, source, place, generation);
}

void ri_uring_forget_polls(struct ri_backend *backend)
{
    uint32_t index;

    memset(backend->queues, 0, sizeof(backend->queues));
    backend->ending = 0;
    backend->overdue = 0;
    backend->is_bell_armed = false;
    for (index = 0; index < backend->sources->used; index++) {
        struct ri_source *source = ri_sources_at(backend->sources, index);

        source->backend.armed = 0;
        source->backend.queue = RI_URING_IN_NONE;
    }
}
