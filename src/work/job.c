/* SPDX-License-Identifier: MIT */
/* Jobs, and the lanes in which they wait. */
#include "work/pool_state.h"

#include <assert.h>
#include <errno.h>

/* ---- Lists ---- */

void ri_job_list_append(struct ri_job_list *list, struct reactor_job *job)
{
    job->next = NULL;
    job->previous = list->last;
    if (list->first == NULL)
        list->first = job;
    else
        list->last->next = job;
    list->last = job;
}

void ri_job_list_move(struct ri_job_list *to, struct ri_job_list *from)
{
    if (from->first == NULL)
        return;
    from->first->previous = to->last;
    if (to->first == NULL)
        to->first = from->first;
    else
        to->last->next = from->first;
    to->last = from->last;
    from->first = NULL;
    from->last = NULL;
}

static void remove_job(struct ri_job_list *list, struct reactor_job *job)
{
    if (job->previous == NULL)
        list->first = job->next;
    else
        job->previous->next = job->next;
    if (job->next == NULL)
        list->last = job->previous;
    else
        job->next->previous = job->previous;
}

struct reactor_job *ri_job_list_take(struct ri_job_list *list)
{
    struct reactor_job *job = list->first;

    if (job != NULL)
        remove_job(list, job);
    return job;
}

/* ---- Lanes ---- */

static bool has_turn(const struct ri_lane *lane)
{
    return lane->waiting.first != NULL && lane->running < lane->limit;
}

static struct reactor_job *begin_job(struct reactor_pool *pool,
                                     struct ri_lane *lane)
{
    struct reactor_job *job = ri_job_list_take(&lane->waiting);
    struct ri_account *account = job->account;

    assert(job->state == RI_JOB_WAITING);
    job->state = RI_JOB_RUNNING;
    lane->running++;
    account->workers++;
    pool->waiting--;
    return job;
}

struct reactor_job *ri_pool_take_job(struct reactor_pool *pool)
{
    uint32_t i;

    if (pool->waiting == 0)
        return NULL;
    for (i = 0; i < REACTOR_POOL_LANES; i++) {
        struct ri_lane *lane = &pool->lanes[pool->next_lane];

        pool->next_lane = (pool->next_lane + 1) % REACTOR_POOL_LANES;
        if (has_turn(lane))
            return begin_job(pool, lane);
    }
    return NULL;
}

static void cancel(struct reactor_pool *pool, struct reactor_job *job)
{
    struct ri_account *account = job->account;

    remove_job(&pool->lanes[job->lane].waiting, job);
    pool->waiting--;
    if (ri_account_add(account, job, RI_JOB_CANCELLED))
        ri_account_tell(account);
}

void ri_pool_cancel_waiting(struct reactor_pool *pool,
                            const struct ri_account *account)
{
    uint32_t i;

    for (i = 0; i < REACTOR_POOL_LANES; i++) {
        struct reactor_job *job = pool->lanes[i].waiting.first;

        while (job != NULL) {
            struct reactor_job *next = job->next;

            if (account == NULL || job->account == account)
                cancel(pool, job);
            job = next;
        }
    }
}

/* ---- Jobs ---- */

void reactor_job_init(struct reactor_job *job, struct reactor_loop *loop,
                      reactor_job_fn *function,
                      reactor_completion_fn *completion, void *user_data)
{
    assert(job != NULL);
    assert(loop != NULL);
    assert(function != NULL);
    assert(completion != NULL);
    *job = (struct reactor_job){.loop = loop,
                                .function = function,
                                .completion = completion,
                                .user_data = user_data,
                                .state = RI_JOB_IDLE};
}

int reactor_job_set_lane(struct reactor_job *job, uint32_t lane)
{
    if (job == NULL || lane >= REACTOR_POOL_LANES)
        return -EINVAL;
    if (job->account != NULL)
        return -EBUSY;
    job->lane = lane;
    return 0;
}

/*
 * A worker is woken only if one sleeps and the lane lets it begin: else those
 * that are awake look for more when they have finished.
 */
static int enqueue(struct reactor_pool *pool, struct reactor_job *job)
{
    struct ri_lane *lane = &pool->lanes[job->lane];
    struct ri_account *account;
    int error;

    if (pool->is_closing)
        return -ECANCELED;
    if (pool->waiting == pool->capacity)
        return -EAGAIN;
    if (pool->is_on_loop && pool->accounts != NULL &&
        pool->accounts->loop != job->loop)
        return -EINVAL;
    error = ri_account_find(pool, job->loop, &account);
    if (error != 0)
        return error;
    account->under_way++;
    job->account = account;
    job->state = RI_JOB_WAITING;
    ri_job_list_append(&lane->waiting, job);
    pool->waiting++;
    if (pool->is_on_loop)
        ri_account_tell_once(account);
    else if (pool->sleeping > 0 && lane->running < lane->limit)
        ri_condition_wake_one(&pool->work);
    return 0;
}

int reactor_pool_submit(struct reactor_pool *pool, struct reactor_job *job)
{
    int error;

    if (pool == NULL || job == NULL)
        return -EINVAL;
    if (ri_pool_is_inherited(pool))
        return -ECHILD;
    if (job->account != NULL)
        return -EBUSY;
    ri_mutex_lock(&pool->lock);
    error = enqueue(pool, job);
    ri_mutex_unlock(&pool->lock);
    if (error == 0)
        reactor_loop_retain(job->loop);
    return error;
}

static int try_to_cancel(struct reactor_pool *pool, struct reactor_job *job)
{
    switch ((enum ri_job_state)job->state) {
    case RI_JOB_WAITING:
        cancel(pool, job);
        return 0;
    case RI_JOB_RUNNING:
    case RI_JOB_DONE:
    case RI_JOB_CANCELLED:
        return -EBUSY;
    case RI_JOB_IDLE:
        break;
    }
    return -ENOENT;
}

int reactor_job_cancel(struct reactor_job *job)
{
    struct ri_account *account;
    int error;

    if (job == NULL)
        return -EINVAL;
    account = job->account;
    if (account == NULL)
        return -ENOENT;
    if (ri_pool_is_inherited(account->pool))
        return -ECHILD;
    ri_mutex_lock(&account->pool->lock);
    error = try_to_cancel(account->pool, job);
    ri_mutex_unlock(&account->pool->lock);
    return error;
}
