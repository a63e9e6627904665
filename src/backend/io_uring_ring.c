/* SPDX-License-Identifier: MIT */
/* The rings; the facts are in io_uring_ring.h. */
#include "backend/io_uring_ring.h"

#include "platform/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define LONGEST_END_MS 1000

/* In liburing from 2.4 on, and in the kernel's header. */
#ifndef IORING_SETUP_DEFER_TASKRUN
#define IORING_SETUP_DEFER_TASKRUN (1U << 13)
#endif

/* ---- Open and close ---- */

static int open_rings(struct io_uring *rings)
{
    struct io_uring_params params = {
        .flags = IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER |
                 IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE,
        .cq_entries = RI_RING_COMPLETIONS,
    };
    int error = io_uring_queue_init_params(RI_RING_SUBMISSIONS, rings, &params);

    /* Linux before 6.1 does not know the flags. */
    return error == -EINVAL ? -ENOSYS : error;
}

/* The order of the entries is that of the queue, once and for all. */
static void order_submissions(struct io_uring_sq *queue)
{
    unsigned i;

    if (queue->array == NULL)
        return;
    for (i = 0; i < queue->ring_entries; i++)
        queue->array[i] = i;
}

/* Fact (d): afterwards the ring holds the only write end. */
static int register_end(struct io_uring *rings, int *end)
{
    int ends[2];
    int error;

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return -errno;
    error = io_uring_register_files(rings, &ends[1], 1);
    close(ends[1]);
    if (error != 0)
        close(ends[0]);
    else
        *end = ends[0];
    return error;
}

int ri_ring_open(struct ri_ring *ring)
{
    int error;

    memset(ring, 0, sizeof(*ring));
    error = open_rings(&ring->native);
    if (error != 0)
        return error;
    order_submissions(&ring->native.sq);
    error = register_end(&ring->native, &ring->end);
    if (error != 0)
        io_uring_queue_exit(&ring->native);
    return error;
}

void ri_ring_close(struct ri_ring *ring, bool wait_for_end)
{
    struct pollfd end = {.fd = ring->end, .events = 0};

    io_uring_queue_exit(&ring->native);
    if (wait_for_end)
        (void)poll(&end, 1, LONGEST_END_MS);
    close(ring->end);
}

/* ---- Enter ---- */

/* Fact (b): how many completions the kernel believes to be new. */
static unsigned ballast_of(const struct ri_ring *ring)
{
    return ring->taken - *ring->native.cq.khead;
}

int ri_ring_enter(struct ri_ring *ring, unsigned count, int64_t timeout_ns)
{
    struct io_uring_sq *queue = &ring->native.sq;
    struct __kernel_timespec timeout;
    struct io_uring_getevents_arg wait = {.sigmask_sz = _NSIG / 8};
    unsigned flags = IORING_ENTER_GETEVENTS;
    unsigned new;
    int result;

    if (timeout_ns >= 0) {
        timeout.tv_sec = timeout_ns / RI_NS_PER_S;
        timeout.tv_nsec = timeout_ns % RI_NS_PER_S;
        wait.ts = (uint64_t)(uintptr_t)&timeout;
        flags |= IORING_ENTER_EXT_ARG;
    }
    io_uring_smp_store_release(queue->ktail, queue->sqe_tail);
    new = queue->sqe_tail - IO_URING_READ_ONCE(*queue->khead);
    count += ri_ring_completions(ring) + ballast_of(ring);
    result = io_uring_enter2((unsigned)ring->native.ring_fd, new, count, flags,
                             timeout_ns >= 0 ? (void *)&wait : NULL,
                             timeout_ns >= 0 ? sizeof(wait) : _NSIG / 8);
    return result < 0 ? result : 0;
}

void ri_ring_take(struct ri_ring *ring, unsigned count)
{
    struct io_uring_cq *queue = &ring->native.cq;
    unsigned ballast = RI_RING_BALLAST;

    ring->taken += count;
    if (ballast > queue->ring_entries / 4)
        ballast = queue->ring_entries / 4;
    if (ballast_of(ring) > ballast)
        io_uring_smp_store_release(queue->khead, ring->taken - ballast);
}

int ri_ring_enable(struct ri_ring *ring)
{
    unsigned i;
    int error = io_uring_register((unsigned)ring->native.ring_fd,
                                  IORING_REGISTER_ENABLE_RINGS, NULL, 0);

    if (error != 0)
        return error;
    ring->is_enabled = true;
    for (i = 0; i < RI_RING_BALLAST && ri_ring_room(ring) > 0; i++) {
        struct io_uring_sqe *submission = ri_ring_submission(ring);

        io_uring_prep_nop(submission);
        submission->user_data = RI_RING_IGNORED;
    }
    error = ri_ring_enter(ring, 0, -1);
    ri_ring_take(ring, ri_ring_completions(ring));
    return error;
}
