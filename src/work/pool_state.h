/* SPDX-License-Identifier: MIT */
#ifndef WORK_POOL_STATE_H
#define WORK_POOL_STATE_H

/*
 * What a pool consists of, for the files of work.h. worker_pool.c has the
 * workers, job.c the lanes in which jobs wait, account.c the way back to the
 * loops.
 *
 * A job goes from its lane to a worker, or is cancelled, and then to the
 * account that its loop has with the pool. Up to there it is under the pool's
 * lock; it comes back to the loop's thread when the loop takes over what the
 * account has. So `account` of a job, which says whether it is under way, is
 * read and written on the loop's thread alone.
 */

#include <reactor/work.h>

#include "core/process.h"
#include "platform/platform.h"

#include <stdatomic.h>
#include <stdbool.h>

enum ri_job_state {
    RI_JOB_IDLE,
    RI_JOB_WAITING,   /* in its lane */
    RI_JOB_RUNNING,   /* on a worker */
    RI_JOB_DONE,      /* the completion is due */
    RI_JOB_CANCELLED, /* the same */
};

struct ri_job_list {
    struct reactor_job *first;
    struct reactor_job *last;
};

struct ri_lane {
    struct ri_job_list waiting;
    uint32_t running;
    uint32_t limit;
};

/*
 * What a loop has with a pool, from its first submit until the loop is closed
 * or, if that is earlier, until the pool is and has told the loop so. It is
 * also what keeps the pool's memory.
 */
struct ri_account {
    struct reactor_pool *pool;
    struct reactor_loop *loop;

    /* Under the pool's lock. */
    struct ri_account *next;
    struct ri_job_list over; /* for the loop to take */
    uint32_t workers;        /* that are busy with it */
    bool is_told;            /* the post is on its way for what is in `over` */
    bool is_leaving;         /* the loop waits for the workers */
    bool is_orphan;          /* the pool is closed: not in its list any more */

    /* The loop's thread. */
    struct ri_job_list due; /* to be completed */
    bool is_delivering;     /* one of them */
    uint64_t under_way;
    struct reactor_post post;
    struct reactor_hook hook;
};

struct reactor_pool {
    _Atomic uint32_t references; /* the owner's, and each account's */
    uint32_t fork_count;         /* when it was opened */
    struct ri_mutex lock;
    struct ri_condition work;  /* there is some, or the pool is closing */
    struct ri_condition quiet; /* no worker is busy with an account */

    /* Under the lock. */
    struct ri_lane lanes[REACTOR_POOL_LANES];
    struct ri_account *accounts;
    uint32_t next_lane; /* whose turn it is */
    uint32_t waiting;   /* jobs, in all lanes */
    uint32_t capacity;
    uint32_t sleeping; /* workers */
    bool is_closing;

    bool is_on_loop; /* there are no workers: the account's post runs jobs */
    uint32_t worker_count;
    struct ri_thread workers[];
};

/* ---- worker_pool.c ---- */

/* In a child of fork(): there are no workers, and the lock may be held. */
static inline bool ri_pool_is_inherited(const struct reactor_pool *pool)
{
    return pool->fork_count != ri_fork_count();
}

/* One reference less. */
void ri_pool_drop(struct reactor_pool *pool);

/* Runs jobs that wait on the calling thread, in place of a worker. */
void ri_pool_run_jobs(struct reactor_pool *pool, uint32_t most);

/* ---- job.c ---- */

void ri_job_list_append(struct ri_job_list *list, struct reactor_job *job);

/* All of `from` goes to the end of `to`. */
void ri_job_list_move(struct ri_job_list *to, struct ri_job_list *from);

/* NULL if there is none. */
struct reactor_job *ri_job_list_take(struct ri_job_list *list);

/* The job that a worker is to run next, or NULL. Under the lock. */
struct reactor_job *ri_pool_take_job(struct reactor_pool *pool);

/* Cancels what waits, of one account or (NULL) of all. Under the lock. */
void ri_pool_cancel_waiting(struct reactor_pool *pool,
                            const struct ri_account *account);

/* ---- account.c ---- */

/* The account of a loop, opened if there is none. Under the lock. */
int ri_account_find(struct reactor_pool *pool, struct reactor_loop *loop,
                    struct ri_account **out);

/*
 * A job is over, done or cancelled. Under the lock. True if the loop does not
 * know that there is something: then call ri_account_tell().
 */
bool ri_account_add(struct ri_account *account, struct reactor_job *job,
                    enum ri_job_state state);

/* Under the lock, or on a worker that is busy with the account. */
void ri_account_tell(struct ri_account *account);

/* A job waits that the loop is to run itself. Under the lock. */
void ri_account_tell_once(struct ri_account *account);

/* The pool is closed, its workers are gone. Under the lock. */
void ri_accounts_orphan(struct reactor_pool *pool);

/* In a child of fork(), which has no other thread. */
void ri_accounts_abandon(struct reactor_pool *pool);

#endif /* WORK_POOL_STATE_H */
