/* SPDX-License-Identifier: MIT */
#include "work/pool_state.h"

#include "base/versioned.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define WORKERS_DEFAULT  4
#define CAPACITY_DEFAULT 1024

/* ---- Workers ---- */

/* Waits for a job; NULL: there will be none. */
static struct reactor_job *await_job(struct reactor_pool *pool)
{
    struct reactor_job *job;

    while ((job = ri_pool_take_job(pool)) == NULL && !pool->is_closing) {
        pool->sleeping++;
        ri_condition_wait(&pool->work, &pool->lock);
        pool->sleeping--;
    }
    return job;
}

/*
 * The loop is told without the lock, which may take a system call. It can't go
 * meanwhile: it waits until no worker is busy with its account.
 */
static void finish(struct reactor_pool *pool, struct reactor_job *job)
{
    struct ri_account *account = job->account;

    pool->lanes[job->lane].running--;
    if (ri_account_add(account, job, RI_JOB_DONE)) {
        ri_mutex_unlock(&pool->lock);
        ri_account_tell(account);
        ri_mutex_lock(&pool->lock);
    }
    account->workers--;
    if (account->is_leaving && account->workers == 0)
        ri_condition_wake_all(&pool->quiet);
}

/* False in the child of the job: the pool is the parent's. Under the lock. */
static bool run_job(struct reactor_pool *pool, struct reactor_job *job)
{
    uint32_t forks = ri_fork_count();

    ri_mutex_unlock(&pool->lock);
    job->function(job->user_data);
    if (ri_fork_count() != forks)
        return false;
    ri_mutex_lock(&pool->lock);
    finish(pool, job);
    return true;
}

static void work(void *context)
{
    struct reactor_pool *pool = context;
    struct reactor_job *job;

    ri_mutex_lock(&pool->lock);
    while ((job = await_job(pool)) != NULL)
        if (!run_job(pool, job))
            return;
    ri_mutex_unlock(&pool->lock);
}

void ri_pool_run_jobs(struct reactor_pool *pool, uint32_t most)
{
    struct reactor_job *job;

    ri_mutex_lock(&pool->lock);
    while (most-- > 0 && (job = ri_pool_take_job(pool)) != NULL)
        if (!run_job(pool, job))
            return;
    ri_mutex_unlock(&pool->lock);
}

/* ---- Open ---- */

/* What the options are, with the defaults in the place of zeros. */
static int read_options(struct reactor_pool_options *out,
                        const struct reactor_pool_options *options)
{
    struct reactor_pool_options known = REACTOR_POOL_OPTIONS_INIT;
    int error = ri_read_versioned(&known, sizeof(known), options);
    uint32_t i;

    if (error != 0)
        return error;
    if ((known.flags & REACTOR_POOL_ON_LOOP) != 0)
        known.workers = 1; /* the loop, for the limits of lanes */
    if (known.workers > REACTOR_POOL_WORKERS_MAX ||
        (known.flags & ~REACTOR_POOL_ON_LOOP) != 0)
        return -EINVAL;
    if (known.workers == 0)
        known.workers = WORKERS_DEFAULT;
    if (known.capacity == 0)
        known.capacity = CAPACITY_DEFAULT;
    for (i = 0; i < REACTOR_POOL_LANES; i++)
        if (known.lane_limit[i] == 0)
            known.lane_limit[i] = known.workers;
    if ((known.flags & REACTOR_POOL_ON_LOOP) != 0)
        known.workers = 0;
    *out = known;
    return 0;
}

static int init_locks(struct reactor_pool *pool)
{
    int error = ri_mutex_init(&pool->lock);

    if (error != 0)
        return error;
    error = ri_condition_init(&pool->work);
    if (error != 0)
        goto destroy_lock;
    error = ri_condition_init(&pool->quiet);
    if (error != 0)
        goto destroy_work;
    return 0;

destroy_work:
    ri_condition_destroy(&pool->work);
destroy_lock:
    ri_mutex_destroy(&pool->lock);
    return error;
}

static void destroy_locks(struct reactor_pool *pool)
{
    ri_condition_destroy(&pool->quiet);
    ri_condition_destroy(&pool->work);
    ri_mutex_destroy(&pool->lock);
}

static int init(struct reactor_pool *pool,
                const struct reactor_pool_options *options)
{
    int error;
    uint32_t i;

    memset(pool, 0, sizeof(*pool));
    error = ri_process_hold();
    if (error != 0)
        return error;
    error = init_locks(pool);
    if (error != 0) {
        ri_process_release();
        return error;
    }
    atomic_init(&pool->references, 1);
    pool->fork_count = ri_fork_count();
    pool->capacity = options->capacity;
    pool->is_on_loop = (options->flags & REACTOR_POOL_ON_LOOP) != 0;
    for (i = 0; i < REACTOR_POOL_LANES; i++)
        pool->lanes[i].limit = options->lane_limit[i];
    return 0;
}

static int start_workers(struct reactor_pool *pool, uint32_t count)
{
    int error = 0;

    while (error == 0 && pool->worker_count < count) {
        error = ri_thread_start(&pool->workers[pool->worker_count], work, pool);
        if (error == 0)
            pool->worker_count++;
    }
    return error;
}

int reactor_pool_open(struct reactor_pool **out,
                      const struct reactor_pool_options *options)
{
    struct reactor_pool_options known;
    struct reactor_pool *pool;
    int error;

    if (out == NULL)
        return -EINVAL;
    error = read_options(&known, options);
    if (error != 0)
        return error;
    pool =
        ri_allocate(sizeof(*pool) + known.workers * sizeof(pool->workers[0]));
    if (pool == NULL)
        return -ENOMEM;
    error = init(pool, &known);
    if (error != 0) {
        ri_release(pool);
        return error;
    }
    error = start_workers(pool, known.workers);
    if (error != 0) {
        reactor_pool_close(pool);
        return error;
    }
    *out = pool;
    return 0;
}

/* ---- Close ---- */

/*
 * In a child of fork() the locks stay as they are: a condition that threads
 * wait for can't be destroyed, and those of the parent still seem to.
 */
void ri_pool_drop(struct reactor_pool *pool)
{
    if (atomic_fetch_sub(&pool->references, 1) > 1)
        return;
    if (!ri_pool_is_inherited(pool))
        destroy_locks(pool);
    ri_release(pool);
    ri_process_release();
}

static void end_workers(struct reactor_pool *pool, bool drains)
{
    uint32_t i;

    ri_mutex_lock(&pool->lock);
    pool->is_closing = true;
    if (!drains)
        ri_pool_cancel_waiting(pool, NULL);
    ri_condition_wake_all(&pool->work);
    ri_mutex_unlock(&pool->lock);
    if (pool->is_on_loop)
        ri_pool_run_jobs(pool, UINT32_MAX);
    for (i = 0; i < pool->worker_count; i++)
        ri_thread_join(&pool->workers[i]);
}

static void close_pool(struct reactor_pool *pool, bool drains)
{
    if (pool == NULL)
        return;
    if (ri_pool_is_inherited(pool)) {
        ri_accounts_abandon(pool);
    } else {
        end_workers(pool, drains);
        ri_mutex_lock(&pool->lock);
        assert(pool->waiting == 0);
        ri_accounts_orphan(pool);
        ri_mutex_unlock(&pool->lock);
    }
    ri_pool_drop(pool);
}

void reactor_pool_close(struct reactor_pool *pool)
{
    close_pool(pool, false);
}

void reactor_pool_drain_and_close(struct reactor_pool *pool)
{
    close_pool(pool, true);
}
