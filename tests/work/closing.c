/* SPDX-License-Identifier: MIT */
/* A loop or a pool is closed with jobs under way. */
#include "work/jobs.h"

#include "support/allocator.h"

static void submit_held(struct reactor_pool *pool, struct reactor_loop *loop,
                        struct task *tasks, size_t count, struct gate *gate)
{
    size_t i;

    for (i = 0; i < count; i++) {
        task_init(&tasks[i], loop, gate);
        assert_ok(reactor_pool_submit(pool, &tasks[i].job));
    }
}

/*
 * A thread that opens a gate when what waits in a full queue was cancelled: it
 * submits a job of its own until that is accepted.
 */
struct porter {
    struct reactor_pool *pool;
    struct gate *gate;
    struct thread *thread;
};

static int open_when_cancelled(void *context)
{
    struct porter *porter = context;
    struct reactor_loop *loop;
    struct task probe;
    int error = reactor_loop_open(&loop, NULL);

    if (error == 0) {
        task_init(&probe, loop, NULL);
        while ((error = reactor_pool_submit(porter->pool, &probe.job)) ==
               -EAGAIN)
            thread_yield();
        gate_open(porter->gate);
        if (error == 0)
            error = reactor_loop_run(loop);
        reactor_loop_close(loop);
    }
    return error;
}

static void porter_start(struct porter *porter, struct reactor_pool *pool,
                         struct gate *gate)
{
    porter->pool = pool;
    porter->gate = gate;
    porter->thread = thread_start(open_when_cancelled, porter);
}

static void open_other(struct task *task)
{
    gate_open(task->data);
}

/* ---- The loop ---- */

static void
closing_a_loop_cancels_what_waits_and_waits_for_what_runs(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(2, 3);
    struct gate gate = {false, 0};
    struct porter porter;
    struct task tasks[5];
    size_t i;

    (void)state;
    submit_held(pool, loop, tasks, 2, &gate);
    gate_await(&gate, 2);
    submit_held(pool, loop, tasks + 2, 3, &gate);
    porter_start(&porter, pool, &gate);
    reactor_loop_close(loop);
    for (i = 0; i < COUNT_OF(tasks); i++) {
        if (i < 2)
            assert_done(&tasks[i]);
        else
            assert_cancelled(&tasks[i]);
    }
    assert_ok(thread_join(porter.thread));
    reactor_pool_close(pool);
}

static void closing_a_loop_completes_what_is_done(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(2, 0);
    struct task tasks[200];
    size_t i;

    (void)state;
    submit_held(pool, loop, tasks, COUNT_OF(tasks), NULL);
    for (i = 0; i < COUNT_OF(tasks); i++)
        task_await_run(&tasks[i], 1);
    reactor_loop_close(loop);
    for (i = 0; i < COUNT_OF(tasks); i++)
        assert_done(&tasks[i]);
    reactor_pool_close(pool);
}

static void a_loop_that_is_closed_leaves_the_jobs_of_others_alone(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_loop *other = open_loop();
    struct reactor_pool *pool = open_pool(1, 0);
    struct gate gate = {false, 0};
    struct task first;
    struct task mine[3];
    struct task others[3];
    size_t i;

    (void)state;
    submit_held(pool, other, &first, 1, &gate);
    gate_await(&gate, 1);
    for (i = 0; i < COUNT_OF(mine); i++) {
        submit_held(pool, loop, &mine[i], 1, NULL);
        submit_held(pool, other, &others[i], 1, NULL);
    }
    reactor_loop_close(loop);
    for (i = 0; i < COUNT_OF(mine); i++)
        assert_cancelled(&mine[i]);
    gate_open(&gate);
    run_to_end(other);
    for (i = 0; i < COUNT_OF(others); i++)
        assert_done(&others[i]);
    reactor_loop_close(other);
    reactor_pool_close(pool);
}

static void close_loop(struct task *task)
{
    reactor_loop_close(task->job.loop);
}

static void a_loop_may_be_closed_in_a_completion(void **state)
{
    struct reactor_pool *pool = open_pool(1, 0);
    size_t closer;

    (void)state;
    for (closer = 0; closer < 5; closer++) {
        struct reactor_loop *loop = open_loop();
        struct task tasks[5];
        size_t i;

        submit_held(pool, loop, tasks, COUNT_OF(tasks), NULL);
        tasks[closer].then = close_loop;
        assert_int_equal(reactor_loop_run(loop), 1);
        for (i = 0; i < COUNT_OF(tasks); i++)
            assert_int_equal(tasks[i].completions, 1);
        assert_done(&tasks[closer]);
    }
    reactor_pool_close(pool);
}

static void submit_in_vain(struct task *task)
{
    assert_int_equal(task->status, -ECANCELED);
    assert_error(reactor_pool_submit(task->data, &task->job), -ECANCELED);
}

/* To the pool that has cancelled it, and to one the loop has not used yet. */
static void who_submits_while_the_loop_is_closed_is_refused(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(1, 2);
    struct reactor_pool *unused = open_pool(1, 0);
    struct gate gate = {false, 0};
    struct porter porter;
    struct task tasks[3];

    (void)state;
    submit_held(pool, loop, tasks, 1, &gate);
    gate_await(&gate, 1);
    submit_held(pool, loop, tasks + 1, 2, &gate);
    tasks[1].then = submit_in_vain;
    tasks[1].data = pool;
    tasks[2].then = submit_in_vain;
    tasks[2].data = unused;
    porter_start(&porter, pool, &gate);
    reactor_loop_close(loop);
    assert_done(&tasks[0]);
    assert_cancelled(&tasks[1]);
    assert_cancelled(&tasks[2]);
    assert_error(reactor_job_cancel(&tasks[1].job), -ENOENT);
    assert_ok(thread_join(porter.thread));
    reactor_pool_close(pool);
    reactor_pool_close(unused);
}

static void cancel_other(void *user_data)
{
    struct task *task = user_data;

    assert_ok(reactor_job_cancel(&task->job));
}

static void a_job_can_be_cancelled_while_the_loop_is_closed(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(1, 1);
    struct gate gate = {false, 0};
    struct reactor_hook hook;
    struct porter porter;
    struct task tasks[2];

    (void)state;
    reactor_hook_init(&hook, loop, cancel_other, &tasks[1]);
    assert_ok(reactor_hook_start(&hook, REACTOR_BEFORE_CLOSE));
    submit_held(pool, loop, tasks, 1, &gate);
    gate_await(&gate, 1);
    submit_held(pool, loop, tasks + 1, 1, &gate);
    porter_start(&porter, pool, &gate);
    reactor_loop_close(loop);
    assert_done(&tasks[0]);
    assert_cancelled(&tasks[1]);
    assert_ok(thread_join(porter.thread));
    reactor_pool_close(pool);
}

/* ---- The pool ---- */

static void
closing_a_pool_cancels_what_waits_and_waits_for_what_runs(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(2, 0);
    struct gate gate = {false, 0};
    struct task tasks[5];
    size_t i;

    (void)state;
    submit_held(pool, loop, tasks, COUNT_OF(tasks), &gate);
    gate_await(&gate, 2);
    gate_open(&gate);
    reactor_pool_close(pool);
    for (i = 0; i < COUNT_OF(tasks); i++)
        assert_int_equal(tasks[i].completions, 0);
    assert_int_equal(atomic_load(&tasks[0].runs), 1);
    assert_int_equal(atomic_load(&tasks[1].runs), 1);
    run_to_end(loop);
    for (i = 0; i < COUNT_OF(tasks); i++) {
        assert_int_equal(tasks[i].completions, 1);
        assert_int_equal(tasks[i].status,
                         atomic_load(&tasks[i].runs) == 1 ? 0 : -ECANCELED);
    }
    reactor_loop_close(loop);
}

struct closer {
    struct reactor_pool *pool;
    void (*close)(struct reactor_pool *pool);
};

static int close_elsewhere(void *context)
{
    struct closer *closer = context;

    closer->close(closer->pool);
    return 0;
}

static void
what_a_closed_pool_cancels_is_told_before_its_last_job_ends(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct closer closer = {open_pool(1, 0), reactor_pool_close};
    struct gate gate = {false, 0};
    struct thread *thread;
    struct task tasks[2];

    (void)state;
    submit_held(closer.pool, loop, tasks, COUNT_OF(tasks), &gate);
    gate_await(&gate, 1);
    tasks[1].then = open_other;
    tasks[1].data = &gate;
    thread = thread_start(close_elsewhere, &closer);
    run_to_end(loop);
    assert_done(&tasks[0]);
    assert_cancelled(&tasks[1]);
    assert_ok(thread_join(thread));
    reactor_loop_close(loop);
}

static void draining_a_pool_runs_all_that_was_accepted(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(2, 0);
    struct task tasks[500];
    size_t i;

    (void)state;
    submit_held(pool, loop, tasks, COUNT_OF(tasks), NULL);
    reactor_pool_drain_and_close(pool);
    for (i = 0; i < COUNT_OF(tasks); i++)
        assert_int_equal(atomic_load(&tasks[i].runs), 1);
    run_to_end(loop);
    for (i = 0; i < COUNT_OF(tasks); i++)
        assert_done(&tasks[i]);
    reactor_loop_close(loop);
}

static void a_pool_that_is_being_closed_accepts_nothing(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct closer closer = {open_pool(1, 0), reactor_pool_drain_and_close};
    struct gate gate = {false, 0};
    struct thread *thread;
    struct task held;
    struct task probe;
    int error;

    (void)state;
    submit_held(closer.pool, loop, &held, 1, &gate);
    gate_await(&gate, 1);
    thread = thread_start(close_elsewhere, &closer);
    do {
        task_init(&probe, loop, NULL);
        error = reactor_pool_submit(closer.pool, &probe.job);
        if (error == 0) {
            assert_ok(reactor_job_cancel(&probe.job));
            while (probe.completions == 0)
                assert_in_range(reactor_loop_turn(loop, 0), 0, 1);
        }
    } while (error == 0);
    assert_error(error, -ECANCELED);
    gate_open(&gate);
    assert_ok(thread_join(thread));
    run_to_end(loop);
    assert_done(&held);
    reactor_loop_close(loop);
}

static void close_pool(struct task *task)
{
    reactor_pool_close(task->data);
}

static void a_pool_may_be_closed_in_a_completion(void **state)
{
    size_t closer;

    (void)state;
    for (closer = 0; closer < 5; closer++) {
        struct reactor_loop *loop = open_loop();
        struct reactor_pool *pool = open_pool(1, 0);
        struct task tasks[5];
        size_t i;

        submit_held(pool, loop, tasks, COUNT_OF(tasks), NULL);
        tasks[closer].then = close_pool;
        tasks[closer].data = pool;
        run_to_end(loop);
        for (i = 0; i < COUNT_OF(tasks); i++)
            assert_int_equal(tasks[i].completions, 1);
        assert_done(&tasks[closer]);
        reactor_loop_close(loop);
    }
}

static void close_both(struct task *task)
{
    reactor_loop_close(task->job.loop);
    reactor_pool_close(task->data);
}

static void both_may_be_closed_in_a_completion(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(1, 0);
    struct task tasks[5];
    size_t i;

    (void)state;
    submit_held(pool, loop, tasks, COUNT_OF(tasks), NULL);
    tasks[1].then = close_both;
    tasks[1].data = pool;
    assert_int_equal(reactor_loop_run(loop), 1);
    for (i = 0; i < COUNT_OF(tasks); i++)
        assert_int_equal(tasks[i].completions, 1);
}

/* In the one that the closing of the loop has brought about. */
static void a_pool_may_be_closed_while_its_loop_is(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(1, 0);
    struct task tasks[3];
    size_t i;

    (void)state;
    submit_held(pool, loop, tasks, COUNT_OF(tasks), NULL);
    tasks[0].then = close_pool;
    tasks[0].data = pool;
    reactor_loop_close(loop);
    for (i = 0; i < COUNT_OF(tasks); i++)
        assert_int_equal(tasks[i].completions, 1);
}

static void a_pool_and_its_loops_are_closed_in_any_order(void **state)
{
    unsigned order;

    (void)state;
    for (order = 0; order < 3; order++) {
        struct reactor_loop *first = open_loop();
        struct reactor_loop *second = open_loop();
        struct reactor_pool *pool = open_pool(2, 0);
        struct task tasks[2];

        submit_held(pool, first, &tasks[0], 1, NULL);
        submit_held(pool, second, &tasks[1], 1, NULL);
        if (order == 0)
            reactor_pool_close(pool);
        reactor_loop_close(first);
        if (order == 1)
            reactor_pool_close(pool);
        reactor_loop_close(second);
        if (order == 2)
            reactor_pool_close(pool);
        assert_int_equal(tasks[0].completions, 1);
        assert_int_equal(tasks[1].completions, 1);
    }
}

/* What a loop had with it goes with its next turn. */
static void
a_closed_pool_leaves_nothing_behind_in_a_loop_that_runs(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct task task;
    size_t before;
    int round;

    (void)state;
    before = live_allocations();
    for (round = 0; round < 10; round++) {
        struct reactor_pool *pool = open_pool(1, 0);

        submit_held(pool, loop, &task, 1, NULL);
        if (round % 2 == 0)
            run_to_end(loop);
        reactor_pool_close(pool);
        run_to_end(loop);
        assert_int_equal(live_allocations(), before);
        assert_int_equal(reactor_loop_alive(loop), 0);
    }
    reactor_loop_close(loop);
}

static void a_pool_without_jobs_can_be_closed(void **state)
{
    (void)state;
    reactor_pool_close(open_pool(REACTOR_POOL_WORKERS_MAX / 8, 0));
    reactor_pool_drain_and_close(open_pool(1, 0));
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(
            closing_a_loop_cancels_what_waits_and_waits_for_what_runs),
        CLAIM_WITHOUT_REACTOR(closing_a_loop_completes_what_is_done),
        CLAIM_WITHOUT_REACTOR(
            a_loop_that_is_closed_leaves_the_jobs_of_others_alone),
        CLAIM_WITHOUT_REACTOR(a_loop_may_be_closed_in_a_completion),
        CLAIM_WITHOUT_REACTOR(who_submits_while_the_loop_is_closed_is_refused),
        CLAIM_WITHOUT_REACTOR(a_job_can_be_cancelled_while_the_loop_is_closed),
        CLAIM_WITHOUT_REACTOR(
            closing_a_pool_cancels_what_waits_and_waits_for_what_runs),
        CLAIM_WITHOUT_REACTOR(
            what_a_closed_pool_cancels_is_told_before_its_last_job_ends),
        CLAIM_WITHOUT_REACTOR(draining_a_pool_runs_all_that_was_accepted),
        CLAIM_WITHOUT_REACTOR(a_pool_that_is_being_closed_accepts_nothing),
        CLAIM_WITHOUT_REACTOR(a_pool_may_be_closed_in_a_completion),
        CLAIM_WITHOUT_REACTOR(both_may_be_closed_in_a_completion),
        CLAIM_WITHOUT_REACTOR(a_pool_may_be_closed_while_its_loop_is),
        CLAIM_WITHOUT_REACTOR(a_pool_and_its_loops_are_closed_in_any_order),
        CLAIM_WITHOUT_REACTOR(
            a_closed_pool_leaves_nothing_behind_in_a_loop_that_runs),
        CLAIM_WITHOUT_REACTOR(a_pool_without_jobs_can_be_closed),
    };

    return run_claims(claims);
}
