/* SPDX-License-Identifier: MIT */
/* Lanes: their turns, and their limits. */
#include "work/jobs.h"

static struct reactor_pool *open_limited(uint32_t workers, uint32_t lane,
                                         uint32_t limit)
{
    struct reactor_pool_options options = REACTOR_POOL_OPTIONS_INIT;
    struct reactor_pool *pool = NULL;

    options.workers = workers;
    options.lane_limit[lane] = limit;
    assert_ok(reactor_pool_open(&pool, &options));
    return pool;
}

static void submit(struct reactor_pool *pool, struct task *task, uint32_t lane)
{
    assert_ok(reactor_job_set_lane(&task->job, lane));
    assert_ok(reactor_pool_submit(pool, &task->job));
}

/* ---- Limits ---- */

/* What a lane has at once, and has had at most. */
struct census {
    _Atomic unsigned now;
    _Atomic unsigned most;
    _Atomic unsigned total;
};

struct counted {
    struct reactor_job job;
    struct census *census;
};

static void count_oneself(void *user_data)
{
    struct census *census = ((struct counted *)user_data)->census;
    unsigned now = atomic_fetch_add(&census->now, 1) + 1;
    unsigned most = atomic_load(&census->most);

    while (most < now &&
           !atomic_compare_exchange_weak(&census->most, &most, now))
        continue;
    thread_yield();
    atomic_fetch_sub(&census->now, 1);
    atomic_fetch_add(&census->total, 1);
}

#define COUNTED 300

static void a_lane_never_runs_more_jobs_at_once_than_its_limit(void **state)
{
    static struct counted jobs[COUNTED];
    struct reactor_loop *loop = open_loop();
    uint32_t limit;
    size_t i;

    (void)state;
    for (limit = 1; limit <= 3; limit++) {
        struct reactor_pool *pool = open_limited(4, 2, limit);
        struct census censuses[4] = {{0, 0, 0}};

        for (i = 0; i < COUNTED; i++) {
            jobs[i].census = &censuses[i % 4];
            reactor_job_init(&jobs[i].job, loop, count_oneself,
                             ignore_completion, &jobs[i]);
            assert_ok(reactor_job_set_lane(&jobs[i].job, i % 4));
            assert_ok(reactor_pool_submit(pool, &jobs[i].job));
        }
        run_to_end(loop);
        assert_in_range(atomic_load(&censuses[2].most), 1, limit);
        for (i = 0; i < 4; i++)
            assert_int_equal(atomic_load(&censuses[i].total), COUNTED / 4);
        reactor_pool_close(pool);
    }
    reactor_loop_close(loop);
}

static void a_lane_that_is_held_up_leaves_the_others_workers(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_limited(2, 1, 1);
    struct gate gate = {false, 0};
    struct task slow[3];
    struct task quick[20];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(slow); i++) {
        task_init(&slow[i], loop, &gate);
        submit(pool, &slow[i], 1);
    }
    gate_await(&gate, 1);
    for (i = 0; i < COUNT_OF(quick); i++) {
        task_init(&quick[i], loop, NULL);
        submit(pool, &quick[i], 0);
    }
    for (i = 0; i < COUNT_OF(quick); i++)
        task_await_run(&quick[i], 1);
    assert_int_equal(atomic_load(&gate.held), 1);
    assert_ok(reactor_job_cancel(&slow[2].job));

    gate_open(&gate);
    run_to_end(loop);
    assert_done(&slow[0]);
    assert_done(&slow[1]);
    assert_cancelled(&slow[2]);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

/* The worker that could have begun it was asleep, and nobody woke it. */
static void a_lane_uses_all_it_may_however_its_jobs_come(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_limited(4, 3, 3);
    int round;

    (void)state;
    for (round = 0; round < 50; round++) {
        struct gate gate = {false, 0};
        struct task tasks[3];
        size_t i;

        for (i = 0; i < COUNT_OF(tasks); i++) {
            task_init(&tasks[i], loop, &gate);
            submit(pool, &tasks[i], 3);
            if (round % 2 == 0)
                gate_await(&gate, (unsigned)i + 1);
        }
        gate_await(&gate, COUNT_OF(tasks));
        gate_open(&gate);
        run_to_end(loop);
    }
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

static void a_limit_above_the_number_of_workers_is_none(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_limited(2, 0, UINT32_MAX);
    struct gate gate = {false, 0};
    struct task tasks[4];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(tasks); i++) {
        task_init(&tasks[i], loop, &gate);
        submit(pool, &tasks[i], 0);
    }
    gate_await(&gate, 2);
    gate_open(&gate);
    run_to_end(loop);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

static void draining_runs_what_a_limit_holds_back(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_limited(4, 7, 1);
    struct task tasks[100];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(tasks); i++) {
        task_init(&tasks[i], loop, NULL);
        submit(pool, &tasks[i], 7);
    }
    reactor_pool_drain_and_close(pool);
    run_to_end(loop);
    for (i = 0; i < COUNT_OF(tasks); i++)
        assert_done(&tasks[i]);
    reactor_loop_close(loop);
}

/* ---- Turns ---- */

static void lanes_take_turns(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(1, 0);
    struct gate gate = {false, 0};
    struct turns turns;
    struct task first;

    (void)state;
    task_init(&first, loop, &gate);
    submit(pool, &first, REACTOR_POOL_LANES - 1);
    gate_await(&gate, 1);
    turns_submit(&turns, pool, loop);
    gate_open(&gate);
    run_to_end(loop);
    assert_taken_in_turns(&turns);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(
            a_lane_never_runs_more_jobs_at_once_than_its_limit),
        CLAIM_WITHOUT_REACTOR(a_lane_that_is_held_up_leaves_the_others_workers),
        CLAIM_WITHOUT_REACTOR(a_lane_uses_all_it_may_however_its_jobs_come),
        CLAIM_WITHOUT_REACTOR(a_limit_above_the_number_of_workers_is_none),
        CLAIM_WITHOUT_REACTOR(draining_runs_what_a_limit_holds_back),
        CLAIM_WITHOUT_REACTOR(lanes_take_turns),
    };

    return run_claims(claims);
}
