/* SPDX-License-Identifier: MIT */
/* work.h without a loop: see src/backend/stub.c. */
#include <reactor/work.h>

#include <errno.h>
#include <stdbool.h>

static int refuse(bool arguments_are_valid)
{
    return arguments_are_valid ? -ENOSYS : -EINVAL;
}

static bool are_valid(const struct reactor_pool_options *options)
{
    return options == NULL ||
           (options->size > 0 && options->size <= sizeof(*options) &&
            (options->size < sizeof(*options) ||
             options->workers <= REACTOR_POOL_WORKERS_MAX));
}

int reactor_pool_open(struct reactor_pool **out,
                      const struct reactor_pool_options *options)
{
    return refuse(out != NULL && are_valid(options));
}

void reactor_pool_close(struct reactor_pool *pool)
{
    (void)pool;
}

void reactor_pool_drain_and_close(struct reactor_pool *pool)
{
    (void)pool;
}

void reactor_job_init(struct reactor_job *job, struct reactor_loop *loop,
                      reactor_job_fn *function,
                      reactor_completion_fn *completion, void *user_data)
{
    (void)job;
    (void)loop;
    (void)function;
    (void)completion;
    (void)user_data;
}

int reactor_job_set_lane(struct reactor_job *job, uint32_t lane)
{
    return refuse(job != NULL && lane < REACTOR_POOL_LANES);
}

int reactor_pool_submit(struct reactor_pool *pool, struct reactor_job *job)
{
    return refuse(pool != NULL && job != NULL);
}

int reactor_job_cancel(struct reactor_job *job)
{
    return refuse(job != NULL);
}
