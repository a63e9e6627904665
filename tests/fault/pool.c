/* SPDX-License-Identifier: MIT */
/* The worker pool: threads and memory that are not to be had. */
#include "fault/scenario.h"

#include "support/allocator.h"
#include "support/thread.h"

#include <reactor/work.h>

#define WORKERS 3

/* What is refused half-way leaves neither memory nor a thread behind. */
static struct reactor_pool *open_pool(void)
{
    struct reactor_pool_options options = REACTOR_POOL_OPTIONS_INIT;
    struct reactor_pool *const untouched = (void *)&tried;
    struct reactor_pool *pool = untouched;
    size_t allocations = live_allocations();
    int threads = fault_threads();
    int result;

    options.workers = WORKERS;
    result = reactor_pool_open(&pool, &options);
    if (was_refused(result)) {
        assert_ptr_equal(pool, untouched);
        assert_int_equal(live_allocations(), allocations);
        assert_int_equal(fault_threads(), threads);
        result = reactor_pool_open(&pool, &options);
    }
    assert_ok(result);
    assert_int_equal(fault_threads(), threads + WORKERS);
    return pool;
}

/* ---- Open and close ---- */

static void open_and_close_pools(void)
{
    struct reactor_pool *first = open_pool();
    struct reactor_pool *second = open_pool();

    reactor_pool_close(first);
    reactor_pool_drain_and_close(second);
    assert_int_equal(fault_threads(), 0);
}

/* ---- Jobs ---- */

struct task {
    struct reactor_job job;
    _Atomic unsigned runs;
    unsigned completions;
    int status;
};

static void run(void *user_data)
{
    struct task *task = user_data;

    atomic_fetch_add(&task->runs, 1);
}

static void complete(void *user_data, int status)
{
    struct task *task = user_data;

    task->completions++;
    task->status = status;
}

static bool is_under_way(const struct task *task)
{
    return task->completions == 0;
}

/* It is done before the loop looks, so there is nobody to be woken. */
static void submit(struct reactor_pool *pool, struct reactor_loop *loop,
                   struct task *task)
{
    *task = (struct task){.status = 1};
    reactor_job_init(&task->job, loop, run, complete, task);
    TRY_OK(reactor_pool_submit(pool, &task->job));
    while (atomic_load(&task->runs) == 0)
        thread_yield();
}

static void expect_done(const struct task *task)
{
    assert_int_equal(task->completions, 1);
    assert_int_equal(task->status, 0);
    assert_int_equal(atomic_load(&task->runs), 1);
}

static void jobs_of_two_loops(void)
{
    struct reactor_loop *loops[] = {open_one_loop(), open_one_loop()};
    struct reactor_pool *pool = open_pool();
    struct task tasks[6];
    size_t i;

    for (i = 0; i < COUNT_OF(tasks); i++)
        submit(pool, loops[i % 2], &tasks[i]);
    for (i = 0; i < COUNT_OF(tasks); i++) {
        while (is_under_way(&tasks[i]))
            assert_true(TRY(reactor_loop_turn(loops[i % 2], 0)) >= 0);
        expect_done(&tasks[i]);
    }
    reactor_loop_close(loops[0]);
    reactor_pool_close(pool);
    reactor_loop_close(loops[1]);
}

/* Whatever fails, all completions come. */
static void closing_with_jobs_under_way(void)
{
    struct reactor_loop *loop = open_one_loop();
    struct reactor_pool *pool = open_pool();
    struct task tasks[4];
    size_t i;

    for (i = 0; i < COUNT_OF(tasks) / 2; i++)
        submit(pool, loop, &tasks[i]);
    reactor_loop_close(loop);
    loop = open_one_loop();
    for (; i < COUNT_OF(tasks); i++)
        submit(pool, loop, &tasks[i]);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
    for (i = 0; i < COUNT_OF(tasks); i++)
        expect_done(&tasks[i]);
}

const struct scenario scenarios[] = {
    SCENARIO(open_and_close_pools),
    SCENARIO(jobs_of_two_loops),
    SCENARIO(closing_with_jobs_under_way),
};

const size_t scenario_count = COUNT_OF(scenarios);
