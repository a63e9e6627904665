/* SPDX-License-Identifier: MIT */
#ifndef BACKEND_IO_URING_RING_H
#define BACKEND_IO_URING_RING_H

/*
 * io_uring(7), as much of it as polls need, with liburing: a pair of rings that
 * belongs to the thread that enables it (IORING_SETUP_SINGLE_ISSUER, Linux 6.0)
 * and whose completions are made in that thread when it enters the kernel
 * (IORING_SETUP_DEFER_TASKRUN, Linux 6.1). What the kernel does, and what
 * follows from it:
 *
 * (a) Entering from another thread than the owner is refused with EEXIST. A
 *     ring that changes its thread has to be replaced.
 * (b) One io_uring_enter(2) makes at most as many deferred completions as it is
 *     told to wait for, or 20 if that is more; to wait for more than there are
 *     costs a sleep. What was completed and not taken counts as well: so the
 *     ring is never emptied, as far as the kernel is told. The last
 *     RI_RING_BALLAST entries taken stay in as **ballast**, and each time we
 *     wait for so many more. In the beginning they are no-operations.
 * (c) The completion queue can't overflow in a way that loses something
 *     (IORING_FEAT_NODROP); what is left over is handed out by later calls, as
 *     long as the queue is drained.
 * (d) When the last descriptor of a ring is closed, its polls, and with them
 *     the references to files, end some milliseconds later. Before them the
 *     files that were registered with it do not go, so a registered pipe tells
 *     when it is over.
 * (e) A child of fork(2) shares the rings with its parent and can disturb them:
 *     it only unmaps and closes. As long as it has not, the parent's ring is
 *     not gone when the parent has closed it.
 */

#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define RI_RING_SUBMISSIONS 256u
#define RI_RING_COMPLETIONS 1024u
#define RI_RING_BALLAST     255u

/*
 * What a submission carries whose completion is of no interest: as a token it
 * is nobody's, and not the doorbell's.
 */
#define RI_RING_IGNORED (UINT64_C(3) << 32)

struct ri_ring {
    struct io_uring native;
    unsigned taken; /* completions: the kernel is told of less: fact (b) */
    int end;        /* hangs up when the ring is gone: fact (d) */
    bool is_enabled;
};

/*
 * 0; -ENOSYS where the kernel lacks io_uring or what is used of it; -EPERM
 * where it is denied; or another negative errno value. Close-on-exec.
 */
int ri_ring_open(struct ri_ring *ring);

/*
 * Any thread. Polls in flight end after it (fact (d)); it waits for that if it
 * is told to, for a second at most (fact (e)).
 */
void ri_ring_close(struct ri_ring *ring, bool wait_for_end);

/* Makes the calling thread the owner. */
int ri_ring_enable(struct ri_ring *ring);

/* ---- Submissions: they go in with the next ri_ring_enter() ---- */

/* How many can be had. */
static inline unsigned ri_ring_room(const struct ri_ring *ring)
{
    return io_uring_sq_space_left(&ring->native);
}

/* How many the kernel has not taken. */
static inline unsigned ri_ring_pending(const struct ri_ring *ring)
{
    return io_uring_sq_ready(&ring->native);
}

/* There must be room. Zeroed: since liburing 2.6 no io_uring_prep_ does it. */
static inline struct io_uring_sqe *ri_ring_submission(struct ri_ring *ring)
{
    struct io_uring_sq *queue = &ring->native.sq;
    struct io_uring_sqe *submission =
        &queue->sqes[queue->sqe_tail++ & queue->ring_mask];

    memset(submission, 0, sizeof(*submission));
    return submission;
}

/*
 * Submits, and waits until so many completions more than ri_ring_completions()
 * tells have arrived, for at most timeout_ns (-1: for ever). Returns 0, or a
 * negative errno value: -ETIME, -EINTR, -EEXIST of fact (a), or a failure of
 * the kernel's; what was not submitted stays.
 */
int ri_ring_enter(struct ri_ring *ring, unsigned count, int64_t timeout_ns);

/* ---- Completions ---- */

/* How many there are. */
static inline unsigned ri_ring_completions(const struct ri_ring *ring)
{
    return io_uring_smp_load_acquire(ring->native.cq.ktail) - ring->taken;
}

/* The one at `position`, from 0, of those that there are. */
static inline const struct io_uring_cqe *
ri_ring_completion(const struct ri_ring *ring, unsigned position)
{
    const struct io_uring_cq *queue = &ring->native.cq;

    return &queue->cqes[(ring->taken + position) & queue->ring_mask];
}

/* The one at `position` has been dealt with before those in front of it. */
static inline void ri_ring_ignore(struct ri_ring *ring, unsigned position)
{
    struct io_uring_cq *queue = &ring->native.cq;

    queue->cqes[(ring->taken + position) & queue->ring_mask].user_data =
        RI_RING_IGNORED;
}

/* Has taken the first `count` of them. */
void ri_ring_take(struct ri_ring *ring, unsigned count);

/* The kernel has completions that did not fit. */
static inline bool ri_ring_has_overflown(const struct ri_ring *ring)
{
    return (IO_URING_READ_ONCE(*ring->native.sq.kflags) &
            IORING_SQ_CQ_OVERFLOW) != 0;
}

/* May the kernel have held back more than the `count` that it last made? */
static inline bool ri_ring_may_have_more(const struct ri_ring *ring,
                                         unsigned count)
{
    unsigned ballast = ring->taken - *ring->native.cq.khead;

    return (count > 0 && count >= ballast) || ri_ring_has_overflown(ring);
}

#endif /* BACKEND_IO_URING_RING_H */
