/* SPDX-License-Identifier: MIT */
/* Forks inside of completions and jobs. */
#include "work/jobs.h"

#include "support/process.h"

#include <stdatomic.h>
#include <sys/mman.h>
#include <unistd.h>

static struct reactor_loop *loop;
static struct reactor_pool *pool;
static pid_t forked;

/* A child that does not end would keep child_finish() waiting. */
static void divide(void)
{
    forked = fork();
    if (forked == 0)
        alarm(PATIENCE_MS / 1000);
}

/* Three jobs that are over; what the second one does is the claim's. */
static void begin(struct task tasks[3], void (*then)(struct task *task))
{
    int i;

    forked = -1;
    loop = open_loop();
    pool = open_pool(1, 0);
    for (i = 0; i < 3; i++) {
        task_init(&tasks[i], loop, NULL);
        assert_ok(reactor_pool_submit(pool, &tasks[i].job));
        task_await_run(&tasks[i], 1);
    }
    tasks[1].then = then;
}

static void fork_and_close_the_pool(struct task *task)
{
    (void)task;
    divide();
    if (forked == 0)
        reactor_pool_close(pool);
}

static void the_child_of_a_completion_can_close_the_pool_in_it(void **state)
{
    struct task tasks[3];
    int result;

    (void)state;
    begin(tasks, fork_and_close_the_pool);
    result = reactor_loop_run(loop);
    if (forked == 0) {
        reactor_loop_close(loop);
        _exit(result != -ECHILD || tasks[2].completions != 0);
    }
    assert_ok(result);
    assert_ok(child_finish(forked));
    assert_done(&tasks[2]);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

static void close_the_pool(struct task *task)
{
    (void)task;
    reactor_pool_close(pool);
}

static void fork_here(struct task *task)
{
    (void)task;
    divide();
}

/* Nothing keeps its loop alive: it has no jobs. */
static int use_loop_again(void)
{
    if (reactor_loop_after_fork(loop) != 0 || reactor_loop_alive(loop) != 0 ||
        reactor_loop_run(loop) != 0)
        return 1;
    reactor_loop_close(loop);
    return 0;
}

static void
the_child_of_a_completion_is_rid_of_a_pool_that_was_closed(void **state)
{
    struct task tasks[3];
    int result;

    (void)state;
    begin(tasks, fork_here);
    tasks[0].then = close_the_pool;
    result = reactor_loop_run(loop);
    if (forked == 0)
        _exit(result != -ECHILD || use_loop_again());
    assert_ok(result);
    assert_ok(child_finish(forked));
    assert_done(&tasks[2]);
    reactor_loop_close(loop);
}

/* ---- Jobs ---- */

static struct {
    _Atomic unsigned runs;
} * shared; /* with the child */

static void fork_in_job(void *user_data)
{
    (void)user_data;
    divide();
}

static void count_run(void *user_data)
{
    (void)user_data;
    atomic_fetch_add(&shared->runs, 1);
}

static void the_child_of_a_job_runs_no_other_job(void **state)
{
    struct reactor_job jobs[2];

    (void)state;
    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(shared != MAP_FAILED);
    loop = open_loop();
    pool = open_pool(1, 0);
    reactor_job_init(&jobs[0], loop, fork_in_job, ignore_completion, NULL);
    reactor_job_init(&jobs[1], loop, count_run, ignore_completion, NULL);
    assert_ok(reactor_pool_submit(pool, &jobs[0]));
    assert_ok(reactor_pool_submit(pool, &jobs[1]));
    assert_ok(reactor_loop_run(loop));
    /* With its only thread the child ends, whatever a sanitizer says of it. */
    (void)child_finish(forked);
    assert_int_equal(atomic_load(&shared->runs), 1);
    assert_ok(munmap(shared, sizeof(*shared)));
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(
            the_child_of_a_completion_can_close_the_pool_in_it),
        CLAIM_WITHOUT_REACTOR(
            the_child_of_a_completion_is_rid_of_a_pool_that_was_closed),
        CLAIM_WITHOUT_REACTOR(the_child_of_a_job_runs_no_other_job),
    };

    return run_claims(claims);
}
