/* SPDX-License-Identifier: MIT */
/*
 * The way of a job back to its loop. What is over is put into the account, and
 * the account's one post is sent: many completions cost one wake, and a job may
 * be freed in its completion, as nobody else has a hand on it by then.
 *
 * An account ends in one of two ways, both on the loop's thread:
 *
 * - The loop is closed: leave(), a hook. Posts are refused by then, so nobody
 *   counts on them: what no worker has begun is cancelled, workers that are
 *   busy with the account are waited for, and all that the account has is
 *   completed there and then. A send that was accepted earlier has been called,
 *   or is one that finds the account's list empty: the list, not the post, says
 *   what is due.
 * - The pool is closed: it sends the post for the last time, and with its call
 *   the account goes; if the loop refuses the post, it is being closed.
 */
#include "work/pool_state.h"

#include <assert.h>
#include <errno.h>

/* So many completions at most are called by one call of the post. */
#define COMPLETIONS_MAX 64

/* So many jobs at most are run by it where there are no workers. */
#define JOBS_MAX 16

static void deliver(void *user_data);
static void leave(void *user_data);

/* ---- Open ---- */

static int open_account(struct reactor_pool *pool, struct reactor_loop *loop,
                        struct ri_account **out)
{
    struct ri_account *account;
    int error = reactor_loop_status(loop);

    if (error != 0)
        return error;
    account = ri_allocate(sizeof(*account));
    if (account == NULL)
        return -ENOMEM;
    *account = (struct ri_account){.pool = pool, .loop = loop};
    reactor_post_init(&account->post, loop, deliver, account);
    reactor_hook_init(&account->hook, loop, leave, account);
    (void)reactor_hook_start(&account->hook, REACTOR_BEFORE_CLOSE);
    atomic_fetch_add(&pool->references, 1);
    account->next = pool->accounts;
    pool->accounts = account;
    *out = account;
    return 0;
}

int ri_account_find(struct reactor_pool *pool, struct reactor_loop *loop,
                    struct ri_account **out)
{
    struct ri_account *account = pool->accounts;

    while (account != NULL && account->loop != loop)
        account = account->next;
    if (account == NULL)
        return open_account(pool, loop, out);
    *out = account;
    return 0;
}

/* ---- Close ---- */

static void unlink_account(struct reactor_pool *pool,
                           const struct ri_account *account)
{
    struct ri_account **link = &pool->accounts;

    while (*link != account)
        link = &(*link)->next;
    *link = account->next;
}

static void close_account(struct ri_account *account)
{
    struct reactor_pool *pool = account->pool;

    reactor_hook_stop(&account->hook);
    (void)reactor_post_cancel(&account->post);
    ri_release(account);
    ri_pool_drop(pool);
}

/*
 * In a child of fork(): the jobs are the parent's. Who is in the middle of a
 * completion finds afterwards that nobody else will end the account.
 */
static void abandon(struct ri_account *account)
{
    if (!account->is_orphan)
        unlink_account(account->pool, account);
    account->is_orphan = true;
    for (; account->under_way > 0; account->under_way--)
        reactor_loop_release(account->loop);
    if (!account->is_delivering)
        close_account(account);
}

void ri_accounts_abandon(struct reactor_pool *pool)
{
    while (pool->accounts != NULL)
        abandon(pool->accounts);
}

void ri_accounts_orphan(struct reactor_pool *pool)
{
    while (pool->accounts != NULL) {
        struct ri_account *account = pool->accounts;

        pool->accounts = account->next;
        account->is_orphan = true;
        ri_account_tell(account);
    }
}

/* ---- Jobs that are over ---- */

bool ri_account_add(struct ri_account *account, struct reactor_job *job,
                    enum ri_job_state state)
{
    bool was_told = account->is_told;

    job->state = state;
    ri_job_list_append(&account->over, job);
    account->is_told = true;
    return !was_told;
}

/*
 * Whatever the loop answers, the job is not lost: a post that is refused is
 * pending nevertheless, or the loop is being closed, and leave() comes.
 */
void ri_account_tell(struct ri_account *account)
{
    (void)reactor_post_send(&account->post);
}

void ri_account_tell_once(struct ri_account *account)
{
    if (account->is_told)
        return;
    account->is_told = true;
    ri_account_tell(account);
}

static void complete_first(struct ri_account *account)
{
    struct reactor_job *job = ri_job_list_take(&account->due);
    reactor_completion_fn *completion = job->completion;
    void *user_data = job->user_data;
    int status = job->state == RI_JOB_CANCELLED ? -ECANCELED : 0;

    job->state = RI_JOB_IDLE;
    job->account = NULL;
    account->under_way--;
    reactor_loop_release(account->loop);
    completion(user_data, status); /* may free the job, or submit it again */
}

/* A completion may fork: in the child that is the last one. */
static void complete(struct ri_account *account, uint32_t most)
{
    while (most-- > 0 && account->due.first != NULL &&
           !ri_pool_is_inherited(account->pool))
        complete_first(account);
}

/* What is over becomes due; true if the pool is, too. */
static bool take_over(struct ri_account *account)
{
    struct reactor_pool *pool = account->pool;
    bool is_last;

    ri_mutex_lock(&pool->lock);
    ri_job_list_move(&account->due, &account->over);
    account->is_told = false;
    if (pool->is_on_loop && pool->waiting > 0)
        ri_account_tell_once(account);
    is_last = account->is_orphan;
    ri_mutex_unlock(&pool->lock);
    return is_last;
}

static void deliver(void *user_data)
{
    struct ri_account *account = user_data;
    struct reactor_pool *pool = account->pool;
    bool is_last;

    if (ri_pool_is_inherited(pool)) {
        if (account->is_orphan)
            abandon(account);
        return;
    }
    account->is_delivering = true;
    if (pool->is_on_loop)
        ri_pool_run_jobs(pool, JOBS_MAX);
    is_last = !ri_pool_is_inherited(pool) && take_over(account);
    complete(account, COMPLETIONS_MAX);
    account->is_delivering = false;
    if (ri_pool_is_inherited(pool)) { /* since one of them */
        if (account->is_orphan)
            abandon(account);
        return;
    }
    if (account->due.first != NULL)
        ri_account_tell(account);
    else if (is_last)
        close_account(account);
}

static void leave(void *user_data)
{
    struct ri_account *account = user_data;
    struct reactor_pool *pool = account->pool;

    if (ri_pool_is_inherited(pool)) {
        abandon(account);
        return;
    }
    ri_mutex_lock(&pool->lock);
    account->is_leaving = true;
    ri_pool_cancel_waiting(pool, account);
    while (account->workers > 0)
        ri_condition_wait(&pool->quiet, &pool->lock);
    if (!account->is_orphan)
        unlink_account(pool, account);
    ri_job_list_move(&account->due, &account->over);
    ri_mutex_unlock(&pool->lock);

    complete(account, UINT32_MAX);
    close_account(account);
}
