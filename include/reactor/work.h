/* SPDX-License-Identifier: MIT */
#ifndef REACTOR_WORK_H
#define REACTOR_WORK_H

/**
 * @file work.h
 * @brief Work beside the loop: a pool of threads that run jobs, whose
 *        completions run on the loop that submitted them.
 *
 * What would block a loop, or take long, is a **job**: it runs on a worker, and
 * its **completion** on the loop, like any other callback. A sketch without its
 * error checks (examples/offload.c is complete):
 *
 * @code
 *     static void compute(void *user_data) { ... }                  // worker
 *     static void finished(void *user_data, int status) { ... }     // loop
 *
 *     reactor_pool_open(&pool, NULL);
 *     reactor_job_init(&job, loop, compute, finished, work);
 *     reactor_pool_submit(pool, &job);
 *     reactor_loop_run(loop);
 *     reactor_pool_close(pool);
 * @endcode
 *
 * **Exactly once.** For each submit that has returned 0 the completion is
 * called exactly once, on the job's loop: with 0 if the job was run, with
 * -ECANCELED if it was not. A job is under way from its submission until its
 * completion is called. A loop with jobs under way is alive, and closing it
 * cancels those that no worker has begun and waits for the rest: all their
 * completions are called before it is gone.
 *
 * **Threads.** All calls for a job come from the thread of its loop; a pool may
 * have jobs of any number of loops and threads. Pools and loops are closed in
 * any order.
 *
 * **Fork.** A child of fork() has none of the workers: it can only close the
 * pool, and does so before it closes a loop for which it has not called
 * reactor_loop_after_fork(). Jobs that are under way are the parent's; in the
 * child no completion is called, they keep no loop alive once the pool is
 * closed, and have to be initialised again. So who forks in a completion closes
 * the pool in the child, and the loop or calls reactor_loop_after_fork(). The
 * child of a job ends with its worker's function. One that is forked while a
 * loop with jobs is being closed leaves both as they are (_exit(2), exec(2)).
 *
 * **Errors** are negative errno values, as in reactor.h; every function that
 * returns an error may also return -ENOSYS, from the stub.
 */

#include <reactor/loop.h>

#ifdef __cplusplus
extern "C" {
#endif

struct reactor_pool;

/** The work of a job; on a worker. @param user_data  as given to init */
typedef void reactor_job_fn(void *user_data);

/** A job is over; on its loop. It is not under way any more, and may be
 *  submitted again or freed.
 *  @param status  0: it was run; -ECANCELED: it was not */
typedef void reactor_completion_fn(void *user_data, int status);

/** The most lanes of a pool. */
#define REACTOR_POOL_LANES       8u
/** The most workers of a pool. */
#define REACTOR_POOL_WORKERS_MAX 1024u

/** How a pool is to be. Zeros, but for the size, are the defaults. */
struct reactor_pool_options {
    size_t size;       /**< sizeof(struct reactor_pool_options) */
    uint32_t workers;  /**< threads; 0: 4 */
    uint32_t capacity; /**< so many jobs may wait for a worker; 0: 1024 */
    /** So many workers at most run a lane's jobs at the same time; 0: all. A
     *  lane for slow jobs that is limited leaves the others workers. */
    uint32_t lane_limit[REACTOR_POOL_LANES];
};

/** The defaults. */
#define REACTOR_POOL_OPTIONS_INIT                                              \
    {                                                                          \
        sizeof(struct reactor_pool_options), 0, 0,                             \
        {                                                                      \
            0                                                                  \
        }                                                                      \
    }

/** A piece of work, yours, embedded in a struct of yours. Private fields. */
struct reactor_job {
    struct reactor_loop *loop;
    reactor_job_fn *function;
    reactor_completion_fn *completion;
    void *user_data;
    void *account;
    struct reactor_job *next;
    struct reactor_job *previous;
    uint32_t state;
    uint32_t lane;
};

/**
 * Opens a pool and starts its workers; all signals are blocked in them.
 *
 * @param[out] out  receives the pool; untouched on failure, when no thread is
 *                  left. The caller ends it with reactor_pool_close().
 * @param options   copied; NULL: the defaults. A size smaller than today's is
 *                  a program built for an earlier version.
 * @return 0; -EINVAL for NULL, a size of 0 or beyond what this version knows,
 *   or more than #REACTOR_POOL_WORKERS_MAX workers; -ENOMEM; or -EAGAIN, the
 *   system has no more threads (pthread_create(3)).
 */
REACTOR_API int reactor_pool_open(struct reactor_pool **out,
                                  const struct reactor_pool_options *options);

/**
 * Closes a pool: submits are refused, jobs that wait are cancelled, those that
 * run are waited for, and the workers are joined. Completions that are due
 * still come, on their loops, which may be closed meanwhile. Any thread, once,
 * but not in a job of this pool; in a completion, too. When it returns the pool
 * must not be used any more.
 *
 * @param pool  NULL is a no-op
 */
REACTOR_API void reactor_pool_close(struct reactor_pool *pool);

/**
 * As reactor_pool_close(), but all jobs that were accepted are run first.
 *
 * @param pool  NULL is a no-op
 */
REACTOR_API void reactor_pool_drain_and_close(struct reactor_pool *pool);

/**
 * Binds a job, which must not be under way, to a loop and to lane 0. Nothing
 * can fail.
 *
 * @param job         the job
 * @param loop        where the completion is to run
 * @param function    to be called on a worker
 * @param completion  to be called on the loop
 * @param user_data   for both
 */
REACTOR_API void reactor_job_init(struct reactor_job *job,
                                  struct reactor_loop *loop,
                                  reactor_job_fn *function,
                                  reactor_completion_fn *completion,
                                  void *user_data);

/**
 * Chooses the lane of a job that is not under way.
 *
 * @param job   the job
 * @param lane  0 to #REACTOR_POOL_LANES - 1
 * @return 0; -EINVAL for NULL or another lane; -EBUSY if it is under way.
 */
REACTOR_API int reactor_job_set_lane(struct reactor_job *job, uint32_t lane);

/**
 * Hands a job to the workers. Jobs of a lane begin in the order of their
 * submission; lanes take turns. What the caller wrote before is visible to the
 * job, and what that wrote to its completion. The thread of the job's loop.
 *
 * @param pool  the pool
 * @param job   the job; its memory has to stay until its completion is called
 * @return 0; or
 *   -EINVAL     NULL,
 *   -ECHILD     the pool or the loop was inherited through fork(),
 *   -EBUSY      the job is under way already,
 *   -ECANCELED  the pool is being closed, or the loop (while that is in
 *               progress a job may also be accepted, and is cancelled then),
 *   -EAGAIN     as many wait as the pool has capacity for: submit again after
 *               a completion,
 *   -ENOMEM     only with the first job of a loop.
 */
REACTOR_API int reactor_pool_submit(struct reactor_pool *pool,
                                    struct reactor_job *job);

/**
 * Takes a job back that no worker has begun; its completion is called with
 * -ECANCELED. The thread of the job's loop.
 *
 * @param job  the job
 * @return 0, and the completion is called later, not in here; -EBUSY if a
 *   worker has begun it, or it was cancelled before; -ENOENT if it is not under
 *   way; -EINVAL for NULL; -ECHILD as in reactor_pool_submit().
 */
REACTOR_API int reactor_job_cancel(struct reactor_job *job);

#ifdef __cplusplus
}
#endif

#endif /* REACTOR_WORK_H */
