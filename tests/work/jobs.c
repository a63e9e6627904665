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

void take_place(void *user_data)
{
    struct ordered *ordered = user_data;

    ordered->place = atomic_fetch_add(ordered->order, 1);
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
