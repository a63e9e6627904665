/* SPDX-License-Identifier: MIT */
/* Many jobs, each accounted for. */
#include "work/jobs.h"

#include "support/scale.h"

#include <stdlib.h>

/* ---- A million, some of them cancelled ---- */

#define LOOPS     4
#define IN_FLIGHT 256

/* One loop's share; in the end all these have to agree. */
struct share {
    struct reactor_pool *pool;
    struct reactor_loop *loop;
    struct task *tasks;
    unsigned quota;
    unsigned submitted;
    unsigned taken_back;
    unsigned done;
    unsigned cancelled;
    unsigned wrong;
    uint32_t random;
};

static uint32_t draw(struct share *share)
{
    share->random = share->random * 1664525 + 1013904223;
    return share->random >> 16;
}

static void submit_next(struct share *share, struct task *task)
{
    if (share->submitted == share->quota)
        return;
    if (reactor_job_set_lane(&task->job, draw(share) % 3) != 0 ||
        reactor_pool_submit(share->pool, &task->job) != 0)
        share->wrong++;
    else
        share->submitted++;
}

static void cancel_any(struct share *share)
{
    struct task *task = &share->tasks[draw(share) % IN_FLIGHT];
    int error = reactor_job_cancel(&task->job);

    if (error == 0)
        share->taken_back++;
    else if (error != -EBUSY && error != -ENOENT)
        share->wrong++;
}

static void count_and_go_on(struct task *task)
{
    struct share *share = task->data;

    if (task->status == 0)
        share->done++;
    else if (task->status == -ECANCELED)
        share->cancelled++;
    else
        share->wrong++;
    submit_next(share, task);
    if (draw(share) % 4 == 0)
        cancel_any(share);
}

static unsigned count_runs(const struct share *share)
{
    unsigned runs = 0;
    size_t i;

    for (i = 0; i < IN_FLIGHT; i++)
        runs += atomic_load(&share->tasks[i].runs);
    return runs;
}

/* The line that went wrong, or 0. */
static int work_off(void *context)
{
    struct share *share = context;
    size_t i;

    share->tasks = calloc(IN_FLIGHT, sizeof(*share->tasks));
    if (share->tasks == NULL || reactor_loop_open(&share->loop, NULL) != 0)
        return __LINE__;
    for (i = 0; i < IN_FLIGHT; i++) {
        task_init(&share->tasks[i], share->loop, NULL);
        share->tasks[i].then = count_and_go_on;
        share->tasks[i].data = share;
        submit_next(share, &share->tasks[i]);
    }
    if (reactor_loop_run(share->loop) != 0)
        return __LINE__;
    if (share->wrong != 0 || share->submitted != share->quota ||
        share->done + share->cancelled != share->submitted ||
        share->cancelled != share->taken_back ||
        share->done != count_runs(share))
        return __LINE__;
    reactor_loop_close(share->loop);
    free(share->tasks);
    return 0;
}

static void every_job_is_done_or_cancelled_and_nothing_else(void **state)
{
    struct reactor_pool_options options = REACTOR_POOL_OPTIONS_INIT;
    struct reactor_pool *pool = NULL;
    struct share shares[LOOPS] = {{0}};
    struct thread *threads[LOOPS];
    unsigned taken_back = 0;
    uint32_t i;

    (void)state;
    options.workers = 3;
    options.capacity = LOOPS * IN_FLIGHT;
    options.lane_limit[1] = 1;
    assert_ok(reactor_pool_open(&pool, &options));
    for (i = 0; i < LOOPS; i++) {
        shares[i].pool = pool;
        shares[i].quota = scaled(1000000, 20000000) / LOOPS;
        shares[i].random = i + 1;
        threads[i] = thread_start(work_off, &shares[i]);
    }
    for (i = 0; i < LOOPS; i++) {
        assert_int_equal(thread_join(threads[i]), 0);
        taken_back += shares[i].taken_back;
    }
    assert_true(taken_back > 0);
    reactor_pool_close(pool);
}

/* ---- Ten thousand in the queue ---- */

#define QUEUED 10000

static int open_at_once(void *context)
{
    gate_open(context);
    return 0;
}

static void a_pool_is_closed_with_ten_thousand_in_the_queue(void **state)
{
    struct task *tasks = calloc(QUEUED, sizeof(*tasks));
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(2, QUEUED);
    struct gate gate = {false, 0};
    struct thread *thread;
    size_t i;

    (void)state;
    assert_non_null(tasks);
    for (i = 0; i < QUEUED; i++) {
        task_init(&tasks[i], loop, &gate);
        assert_ok(reactor_pool_submit(pool, &tasks[i].job));
    }
    gate_await(&gate, 2);
    thread = thread_start(open_at_once, &gate);
    reactor_pool_close(pool);
    assert_ok(thread_join(thread));
    run_to_end(loop);
    for (i = 0; i < QUEUED; i++) {
        if (atomic_load(&tasks[i].runs) == 1)
            assert_done(&tasks[i]);
        else
            assert_cancelled(&tasks[i]);
    }
    assert_done(&tasks[0]);
    reactor_loop_close(loop);
    free(tasks);
}

static void a_loop_is_closed_with_ten_thousand_in_the_queue(void **state)
{
    struct task *tasks = calloc(QUEUED, sizeof(*tasks));
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(2, QUEUED);
    struct gate gate = {false, 0};
    struct thread *thread;
    size_t i;

    (void)state;
    assert_non_null(tasks);
    for (i = 0; i < QUEUED; i++) {
        task_init(&tasks[i], loop, &gate);
        assert_ok(reactor_pool_submit(pool, &tasks[i].job));
    }
    thread = thread_start(open_at_once, &gate);
    reactor_loop_close(loop);
    assert_ok(thread_join(thread));
    for (i = 0; i < QUEUED; i++) {
        if (atomic_load(&tasks[i].runs) == 1)
            assert_done(&tasks[i]);
        else
            assert_cancelled(&tasks[i]);
    }
    reactor_pool_close(pool);
    free(tasks);
}

/* ---- Those that come and go ---- */

#define VISITS 20

struct visitor {
    struct reactor_pool *pool;
    unsigned rounds;
};

static bool is_accounted_for(const struct task *task)
{
    return task->completions == 1 &&
           task->status == (atomic_load(&task->runs) == 1 ? 0 : -ECANCELED);
}

/* Closes its loop at any time: before, between and after the completions. */
static int visit(struct visitor *visitor, unsigned round)
{
    struct task tasks[VISITS];
    struct reactor_loop *loop;
    size_t i;

    if (reactor_loop_open(&loop, NULL) != 0)
        return __LINE__;
    for (i = 0; i < VISITS; i++) {
        task_init(&tasks[i], loop, NULL);
        if (reactor_pool_submit(visitor->pool, &tasks[i].job) != 0)
            return __LINE__;
    }
    for (i = 0; i < round % 4; i++)
        if (reactor_loop_turn(loop, 0) < 0)
            return __LINE__;
    reactor_loop_close(loop);
    for (i = 0; i < VISITS; i++)
        if (!is_accounted_for(&tasks[i]))
            return __LINE__;
    return 0;
}

static int visit_again_and_again(void *context)
{
    struct visitor *visitor = context;
    unsigned round;
    int line = 0;

    for (round = 0; round < visitor->rounds && line == 0; round++)
        line = visit(visitor, round);
    return line;
}

static void loops_come_and_go_with_jobs_under_way(void **state)
{
    struct visitor visitor = {open_pool(2, LOOPS * VISITS),
                              scaled(1000, 20000)};
    struct thread *threads[LOOPS];
    size_t i;

    (void)state;
    for (i = 0; i < LOOPS; i++)
        threads[i] = thread_start(visit_again_and_again, &visitor);
    for (i = 0; i < LOOPS; i++)
        assert_int_equal(thread_join(threads[i]), 0);
    reactor_pool_close(visitor.pool);
}

static int close_elsewhere(void *context)
{
    reactor_pool_close(context);
    return 0;
}

/* Another thread closes the pool while the loop runs, or is closed. */
static void pools_are_closed_while_their_loops_run(void **state)
{
    unsigned rounds = scaled(1000, 20000);
    unsigned round;

    (void)state;
    for (round = 0; round < rounds; round++) {
        struct reactor_pool *pool = open_pool(2, VISITS);
        struct reactor_loop *loop = open_loop();
        struct thread *thread;
        struct task tasks[VISITS];
        size_t i;

        for (i = 0; i < VISITS; i++) {
            task_init(&tasks[i], loop, NULL);
            assert_ok(reactor_pool_submit(pool, &tasks[i].job));
        }
        thread = thread_start(close_elsewhere, pool);
        if (round % 2 == 0)
            run_to_end(loop);
        reactor_loop_close(loop);
        assert_ok(thread_join(thread));
        for (i = 0; i < VISITS; i++)
            assert_true(is_accounted_for(&tasks[i]));
    }
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(every_job_is_done_or_cancelled_and_nothing_else),
        CLAIM_WITHOUT_REACTOR(a_pool_is_closed_with_ten_thousand_in_the_queue),
        CLAIM_WITHOUT_REACTOR(a_loop_is_closed_with_ten_thousand_in_the_queue),
        CLAIM_WITHOUT_REACTOR(loops_come_and_go_with_jobs_under_way),
        CLAIM_WITHOUT_REACTOR(pools_are_closed_while_their_loops_run),
    };

    return run_claims(claims);
}
