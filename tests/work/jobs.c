/* SPDX-License-Identifier: MIT */
#include "work/jobs.h"

void gate_open(struct gate *gate)
{
    atomic_store(&gate->is_open, true);
}

void gate_await(struct gate *gate, unsigned count)
{
    while (atomic_load(&gate->held) < count)
        thread_yield();
}

static void pass(struct gate *gate)
{
    atomic_fetch_add(&gate->held, 1);
    while (!atomic_load(&gate->is_open))
        thread_yield();
}

static void run(void *user_data)
{
    struct task *task = user_data;

    if (task->gate != NULL)
        pass(task->gate);
    atomic_fetch_add(&task->runs, 1);
}

static void complete(void *user_data, int status)
{
    struct task *task = user_data;

    task->completions++;
    task->status = status;
    if (task->then != NULL)
        task->then(task);
}

void task_init(struct task *task, struct reactor_loop *loop, struct gate *gate)
{
    *task = (struct task){.gate = gate, .status = 1};
    reactor_job_init(&task->job, loop, run, complete, task);
}

void task_await_run(struct task *task, unsigned count)
{
    while (atomic_load(&task->runs) < count)
        thread_yield();
}

void assert_done(const struct task *task)
{
    assert_int_equal(task->completions, 1);
    assert_int_equal(task->status, 0);
    assert_int_equal(atomic_load(&task->runs), 1);
}

void assert_cancelled(const struct task *task)
{
    assert_int_equal(task->completions, 1);
    assert_int_equal(task->status, -ECANCELED);
    assert_int_equal(atomic_load(&task->runs), 0);
}

void ignore_completion(void *user_data, int status)
{
    (void)user_data;
    (void)status;
}

struct reactor_pool *open_pool(uint32_t workers, uint32_t capacity)
{
    struct reactor_pool_options options = REACTOR_POOL_OPTIONS_INIT;
    struct reactor_pool *pool = NULL;

    options.workers = workers;
    options.capacity = capacity;
    assert_ok(reactor_pool_open(&pool, &options));
    return pool;
}

struct reactor_pool *open_pool_on_loop(uint32_t capacity)
{
    struct reactor_pool_options options = REACTOR_POOL_OPTIONS_INIT;
    struct reactor_pool *pool;

    options.flags = REACTOR_POOL_ON_LOOP;
    options.capacity = capacity;
    assert_ok(reactor_pool_open(&pool, &options));
    return pool;
}

void run_to_end(struct reactor_loop *loop)
{
    assert_int_equal(reactor_loop_run(loop), 0);
}

/* ---- Jobs that note in which order they are begun ---- */

static void take_place(void *user_data)
{
    struct ordered *ordered = user_data;

    ordered->place = atomic_fetch_add(ordered->order, 1);
}

static void submit_ordered(struct ordered *ordered, struct reactor_pool *pool,
                           struct reactor_loop *loop, uint32_t lane,
                           _Atomic unsigned *order)
{
    ordered->order = order;
    reactor_job_init(&ordered->job, loop, take_place, ignore_completion,
                     ordered);
    assert_ok(reactor_job_set_lane(&ordered->job, lane));
    assert_ok(reactor_pool_submit(pool, &ordered->job));
}

void turns_submit(struct turns *turns, struct reactor_pool *pool,
                  struct reactor_loop *loop)
{
    uint32_t lane;
    size_t i;

    atomic_init(&turns->order, 0);
    for (lane = 0; lane < REACTOR_POOL_LANES; lane++)
        for (i = 0; i < COUNT_OF(turns->jobs[lane]); i++)
            submit_ordered(&turns->jobs[lane][i], pool, loop, lane,
                           &turns->order);
}

void assert_taken_in_turns(const struct turns *turns)
{
    uint32_t lane;
    size_t i;

    for (lane = 0; lane < REACTOR_POOL_LANES; lane++)
        for (i = 0; i < COUNT_OF(turns->jobs[lane]); i++)
            assert_int_equal(turns->jobs[lane][i].place,
                             i * REACTOR_POOL_LANES + lane);
}

void assert_begun_in_order(struct reactor_pool *pool, struct reactor_loop *loop)
{
    struct ordered jobs[200];
    _Atomic unsigned order = 0;
    size_t i;

    for (i = 0; i < COUNT_OF(jobs); i++)
        submit_ordered(&jobs[i], pool, loop, 0, &order);
    run_to_end(loop);
    for (i = 0; i < COUNT_OF(jobs); i++)
        assert_int_equal(jobs[i].place, i);
}
