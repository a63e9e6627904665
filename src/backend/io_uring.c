/* SPDX-License-Identifier: MIT */
/* io_uring(7): the backend, and every change. The facts are in io_uring.h. */
#include "backend/io_uring.h"

#include "backend/eventfd.h"

#include <errno.h>
#include <unistd.h>

const char ri_backend_name[] = "io_uring";
const uint32_t ri_backend_supported_interest = RI_INTEREST_ALL;

static uint32_t place_at(uint32_t index)
{
    struct ri_registration registration = {.index = index};

    return ri_place_of(ri_token_of(&registration));
}

static struct ri_backend_source *at(struct ri_backend *backend, uint32_t index)
{
    return &ri_sources_at(backend->sources, index)->backend;
}

/* ---- Open, close, fork ---- */

static int open_pair(struct ri_ring *ring, int *doorbell)
{
    int error = ri_eventfd_open(doorbell);

    if (error != 0)
        return error;
    error = ri_ring_open(ring);
    if (error != 0)
        close(*doorbell);
    return error;
}

int ri_backend_open(struct ri_backend **out, struct ri_sources *sources)
{
    struct ri_backend *backend = ri_allocate(sizeof(*backend));
    int error;

    if (backend == NULL)
        return -ENOMEM;
    error = ri_passage_init(&backend->passage);
    if (error != 0)
        goto release_backend;
    error = open_pair(&backend->ring, &backend->doorbell);
    if (error != 0)
        goto destroy_passage;
    backend->sources = sources;
    backend->has_heard_bell = false;
    backend->has_had_wake = false;
    ri_wake_flag_init(&backend->wake);
    ri_uring_forget_polls(backend);
    *out = backend;
    return 0;

destroy_passage:
    ri_passage_destroy(&backend->passage);
release_backend:
    ri_release(backend);
    return error;
}

/* The polls in flight. */
static uint32_t count_polls(struct ri_backend *backend)
{
    uint32_t count = backend->ending;
    uint32_t index;

    for (index = 0; index < backend->sources->used; index++)
        count += at(backend, index)->armed != 0;
    return count;
}

/* How many of the completions are the last of a poll. */
static uint32_t take_ends(struct ri_ring *ring)
{
    unsigned count = ri_ring_completions(ring);
    uint32_t ends = 0;
    unsigned i;

    for (i = 0; i < count; i++) {
        const struct io_uring_cqe *completion = ri_ring_completion(ring, i);

        ends += !(completion->flags & IORING_CQE_F_MORE) &&
                !ri_token_is_nobodys(ri_uring_token_of(completion->user_data));
    }
    ri_ring_take(ring, count);
    return ends;
}

/* Ends every poll, if this is the ring's thread; true if none is left. */
static bool cancel_all(struct ri_backend *backend)
{
    uint32_t left = count_polls(backend);
    struct io_uring_sqe *submission;
    int error = 0;

    if (left == 0)
        return true;
    if (ri_ring_room(&backend->ring) == 0)
        return false;
    submission = ri_ring_submission(&backend->ring);
    io_uring_prep_cancel64(submission, 0,
                           IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY);
    submission->user_data = RI_RING_IGNORED;
    while (left > 0 && error == 0) {
        error = ri_ring_enter(&backend->ring, 1, RI_NS_PER_S);
        left -= take_ends(&backend->ring);
    }
    return left == 0;
}

void ri_backend_close(struct ri_backend *backend, bool inherited)
{
    bool is_over = inherited || cancel_all(backend);

    if (!inherited) /* else those who waited for it did not come along */
        ri_passage_destroy(&backend->passage);
    ri_ring_close(&backend->ring, !is_over);
    close(backend->doorbell);
    ri_release(backend);
}

reactor_handle ri_backend_handle(const struct ri_backend *backend)
{
    (void)backend; /* the polls go in with a wait, and nothing before that */
    return REACTOR_INVALID_HANDLE;
}

int ri_backend_after_fork(struct ri_backend *backend)
{
    struct ri_ring ring;
    int doorbell = -1;
    int error = open_pair(&ring, &doorbell);

    if (error != 0)
        return error;
    error = ri_passage_init(&backend->passage);
    if (error != 0) {
        ri_ring_close(&ring, false);
        close(doorbell);
        return error;
    }
    ri_ring_close(&backend->ring, false);
    close(backend->doorbell);
    backend->ring = ring;
    backend->doorbell = doorbell;
    backend->has_heard_bell = false;
    backend->has_had_wake = false;
    ri_wake_flag_lower(&backend->wake);
    ri_uring_forget_polls(backend);
    return 0;
}

int ri_uring_replace_ring(struct ri_backend *backend)
{
    struct ri_ring ring;
    uint32_t index = 0;
    int error = ri_ring_open(&ring);

    if (error != 0)
        return error;
    ri_ring_close(&backend->ring, true);
    backend->ring = ring;
    ri_uring_forget_polls(backend);
    for (; ri_sources_next(backend->sources, &index) != NULL; index++)
        ri_uring_enqueue(backend, place_at(index), RI_URING_IN_CHANGED);
    return 0;
}

/* ---- Changes ---- */

/* Makes the waiting thread act on what has changed. */
static int interrupt(struct ri_backend *backend)
{
    return backend->passage.is_taken ? ri_eventfd_ring(backend->doorbell) : 0;
}

int ri_backend_add(struct ri_backend *backend,
                   const struct ri_registration *wanted,
                   const struct ri_registration *replaced)
{
    struct ri_backend_source *source = at(backend, wanted->index);
    uint32_t identity;
    int error = ri_handle_inspect(wanted->handle, &identity); /* fact (e) */

    if (error != 0)
        return error;
    if (wanted->handle == backend->doorbell ||
        wanted->handle == backend->ring.native.ring_fd ||
        wanted->handle == backend->ring.end)
        return -EINVAL;
    if (replaced != NULL && at(backend, replaced->index)->identity == identity)
        return -EEXIST;
    error = interrupt(backend);
    if (error != 0)
        return error;
    source->identity = identity;
    source->wants_multishot = false;
    ri_uring_enqueue(backend, place_at(wanted->index), RI_URING_IN_CHANGED);
    if (replaced != NULL)
        ri_uring_enqueue(backend, place_at(replaced->index),
                         RI_URING_IN_CHANGED);
    return 0;
}

int ri_backend_modify(struct ri_backend *backend,
                      const struct ri_registration *wanted)
{
    struct ri_backend_source *source = at(backend, wanted->index);
    uint32_t identity;
    int error = ri_handle_inspect(wanted->handle, &identity);

    if (error == -EPERM || (error == 0 && source->identity != identity))
        return -ENOENT;
    if (error == 0)
        error = interrupt(backend);
    if (error != 0)
        return error;
    source->wants_multishot = false;
    if (source->queue != RI_URING_IN_AGAIN) /* else it keeps its place there */
        ri_uring_enqueue(backend, place_at(wanted->index), RI_URING_IN_CHANGED);
    return 0;
}

/* True if the last completion of a poll is among those that there are. */
static bool has_ended(struct ri_backend *backend, uint64_t data)
{
    unsigned count = ri_ring_completions(&backend->ring);
    unsigned i;

    for (i = 0; i < count; i++) {
        const struct io_uring_cqe *completion =
            ri_ring_completion(&backend->ring, i);

        if (completion->user_data == data &&
            !(completion->flags & IORING_CQE_F_MORE))
            return true;
    }
    return false;
}

/*
 * Fact (c), while nobody waits. Each round takes at least one completion more.
 * If this is not the ring's thread, the next wait goes on.
 */
static void end_poll(struct ri_backend *backend, uint32_t place)
{
    struct ri_source *source = ri_uring_at(backend, place);
    struct ri_token token = ri_uring_token_of(place);
    int error;

    if (ri_ring_room(&backend->ring) < RI_URING_POLL_ROOM)
        return;
    token.generation = source->backend.armed;
    ri_uring_dequeue(backend, source);
    ri_uring_poll(backend, place);
    error = ri_ring_enter(&backend->ring, 0, -1);
    while (error == 0 && backend->ending > 0 &&
           !has_ended(backend, ri_uring_data_of(token))) {
        if (ri_ring_has_overflown(&backend->ring))
            ri_uring_put_off(backend);
        error = ri_ring_enter(&backend->ring, backend->ending > 0, -1);
    }
}

void ri_backend_remove(struct ri_backend *backend,
                       const struct ri_registration *retired)
{
    uint32_t place = place_at(retired->index);
    struct ri_source *source = ri_uring_at(backend, place);

    ri_uring_dequeue(backend, source);
    if (source->backend.armed == 0)
        return;
    ri_uring_enqueue(backend, place, RI_URING_IN_CHANGED);
    if (!backend->passage.is_taken)
        end_poll(backend, place);
    else if (interrupt(backend) == 0)
        ri_passage_await(&backend->passage, &backend->sources->lock);
}

int ri_backend_wake(struct ri_backend *backend)
{
    return ri_eventfd_wake(&backend->wake, backend->doorbell);
}
