/* SPDX-License-Identifier: MIT */
/* A child of fork() has a copy of the pool, but none of its workers. */
#include "work/jobs.h"

#include "support/allocator.h"
#include "support/process.h"
#include "support/scale.h"

#include <unistd.h>

/* A pool with one job that runs, one that waits and one that is over. */
struct family {
    struct reactor_loop *loop;
    struct reactor_pool *pool;
    struct gate gate;
    struct task running;
    struct task waiting;
    struct task done;
    size_t allocations; /* before loop and pool */
};

static void found(struct family *family)
{
    *family = (struct family){.allocations = live_allocations()};
    family->loop = open_loop();
    family->pool = open_pool(1, 0);
    task_init(&family->done, family->loop, NULL);
    task_init(&family->running, family->loop, &family->gate);
    task_init(&family->waiting, family->loop, NULL);
    assert_ok(reactor_pool_submit(family->pool, &family->done.job));
    assert_ok(reactor_pool_submit(family->pool, &family->running.job));
    gate_await(&family->gate, 1);
    assert_ok(reactor_pool_submit(family->pool, &family->waiting.job));
}

static void dissolve(struct family *family)
{
    gate_open(&family->gate);
    run_to_end(family->loop);
    assert_done(&family->done);
    assert_done(&family->running);
    assert_done(&family->waiting);
    reactor_pool_close(family->pool);
    reactor_loop_close(family->loop);
}

static void assert_child_of(struct family *family, int (*run)(void *context))
{
    found(family);
    assert_child(run, family);
    dissolve(family);
}

static int use_inherited(void *context)
{
    struct family *family = context;
    struct task task;

    task_init(&task, family->loop, NULL);
    CHILD_EXPECT(reactor_pool_submit(family->pool, &task.job) == -ECHILD);
    CHILD_EXPECT(reactor_pool_submit(family->pool, NULL) == -EINVAL);
    CHILD_EXPECT(reactor_job_cancel(&family->waiting.job) == -ECHILD);
    CHILD_EXPECT(reactor_loop_after_fork(family->loop) == 0);
    CHILD_EXPECT(reactor_pool_submit(family->pool, &task.job) == -ECHILD);
    CHILD_EXPECT(reactor_job_cancel(&family->waiting.job) == -ECHILD);
    return 0;
}

static void an_inherited_pool_accepts_nothing(void **state)
{
    struct family family;

    (void)state;
    assert_child_of(&family, use_inherited);
}

static int close_pool_first(void *context)
{
    struct family *family = context;

    reactor_pool_close(family->pool);
    reactor_loop_close(family->loop);
    CHILD_EXPECT(live_allocations() == family->allocations);
    CHILD_EXPECT(family->waiting.completions == 0);
    return 0;
}

static int drain_pool_first(void *context)
{
    struct family *family = context;

    reactor_pool_drain_and_close(family->pool);
    CHILD_EXPECT(reactor_loop_after_fork(family->loop) == 0);
    CHILD_EXPECT(reactor_loop_run(family->loop) == 0);
    CHILD_EXPECT(family->done.completions == 0);
    reactor_loop_close(family->loop);
    CHILD_EXPECT(live_allocations() == family->allocations);
    return 0;
}

static int close_loop_first(void *context)
{
    struct family *family = context;

    CHILD_EXPECT(reactor_loop_after_fork(family->loop) == 0);
    CHILD_EXPECT(reactor_loop_turn(family->loop, 0) >= 0);
    reactor_loop_close(family->loop);
    reactor_pool_close(family->pool);
    CHILD_EXPECT(live_allocations() == family->allocations);
    CHILD_EXPECT(family->done.completions == 0);
    return 0;
}

static void a_child_can_close_what_it_has_inherited(void **state)
{
    struct family family;

    (void)state;
    assert_child_of(&family, close_pool_first);
    assert_child_of(&family, drain_pool_first);
    assert_child_of(&family, close_loop_first);
}

static int open_its_own(void *context)
{
    struct family *family = context;
    struct reactor_pool *pool;
    struct task task;

    reactor_pool_close(family->pool);
    CHILD_EXPECT(reactor_loop_after_fork(family->loop) == 0);
    CHILD_EXPECT(reactor_pool_open(&pool, NULL) == 0);
    task_init(&task, family->loop, NULL);
    CHILD_EXPECT(reactor_pool_submit(pool, &task.job) == 0);
    CHILD_EXPECT(reactor_loop_run(family->loop) == 0);
    CHILD_EXPECT(task.completions == 1 && task.status == 0);
    task_init(&family->waiting, family->loop, NULL); /* the parent's job */
    CHILD_EXPECT(reactor_pool_submit(pool, &family->waiting.job) == 0);
    CHILD_EXPECT(reactor_loop_run(family->loop) == 0);
    CHILD_EXPECT(family->waiting.completions == 1);
    reactor_pool_close(pool);
    reactor_loop_close(family->loop);
    CHILD_EXPECT(live_allocations() == family->allocations);
    return 0;
}

static void a_child_can_have_a_pool_of_its_own(void **state)
{
    struct family family;

    (void)state;
    if (IS_SANITIZED)
        skip_because("one sanitizer has no threads after such a fork");
    assert_child_of(&family, open_its_own);
}

static int submit_to_it(void *context)
{
    struct reactor_pool *pool = context;
    struct reactor_loop *loop;
    struct task task;

    CHILD_EXPECT(reactor_loop_open(&loop, NULL) == 0);
    task_init(&task, loop, NULL);
    CHILD_EXPECT(reactor_pool_submit(pool, &task.job) == -ECHILD);
    reactor_loop_close(loop);
    reactor_pool_close(pool);
    return 0;
}

/* It is the first thing of this library that the process has opened. */
static void a_fork_is_noticed_though_there_is_no_loop_yet(void **state)
{
    struct reactor_pool *pool = open_pool(1, 0);

    (void)state;
    assert_child(submit_to_it, pool);
    reactor_pool_close(pool);
}

/* Orphans: what is left of a pool that was closed before the fork. */
static int use_loop_of_closed_pool(void *context)
{
    struct family *family = context;

    CHILD_EXPECT(reactor_loop_after_fork(family->loop) == 0);
    CHILD_EXPECT(reactor_loop_run(family->loop) == 0);
    reactor_loop_close(family->loop);
    CHILD_EXPECT(live_allocations() == family->allocations);
    return 0;
}

static void
what_a_closed_pool_owes_the_parent_does_not_keep_a_child(void **state)
{
    struct family family;

    (void)state;
    found(&family);
    assert_ok(reactor_job_cancel(&family.waiting.job));
    gate_open(&family.gate);
    reactor_pool_close(family.pool);
    assert_child(use_loop_of_closed_pool, &family);
    run_to_end(family.loop);
    assert_done(&family.running);
    assert_cancelled(&family.waiting);
    reactor_loop_close(family.loop);
}

/* In the child of a completion that forks it is the last one. */
static void fork_here(struct task *task)
{
    pid_t *child = task->data;

    *child = fork();
}

static pid_t forked = -1;

static void a_completion_may_fork(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(1, 0);
    struct task tasks[3];
    size_t i;
    int result;

    (void)state;
    for (i = 0; i < COUNT_OF(tasks); i++) {
        task_init(&tasks[i], loop, NULL);
        assert_ok(reactor_pool_submit(pool, &tasks[i].job));
        task_await_run(&tasks[i], 1);
    }
    tasks[1].then = fork_here;
    tasks[1].data = &forked;
    result = reactor_loop_run(loop);
    if (forked == 0)
        _exit(result != -ECHILD || tasks[1].completions != 1 ||
              tasks[2].completions != 0);
    assert_ok(result);
    assert_int_equal(child_finish(forked), 0);
    for (i = 0; i < COUNT_OF(tasks); i++)
        assert_done(&tasks[i]);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

/* ---- Without workers ---- */

static int abandon_pool_on_loop(void *context)
{
    struct family *family = context;
    struct task task;

    task_init(&task, family->loop, NULL);
    CHILD_EXPECT(reactor_pool_submit(family->pool, &task.job) == -ECHILD);
    CHILD_EXPECT(reactor_job_cancel(&family->waiting.job) == -ECHILD);
    reactor_pool_close(family->pool);
    CHILD_EXPECT(reactor_loop_after_fork(family->loop) == 0);
    CHILD_EXPECT(reactor_loop_run(family->loop) == 0);
    CHILD_EXPECT(family->waiting.runs == 0);
    CHILD_EXPECT(family->waiting.completions == 0);
    reactor_loop_close(family->loop);
    CHILD_EXPECT(live_allocations() == family->allocations);
    return 0;
}

static void what_waits_for_an_inherited_loop_is_the_parents(void **state)
{
    struct family family = {.allocations = live_allocations()};

    (void)state;
    family.loop = open_loop();
    family.pool = open_pool_on_loop(0);
    task_init(&family.waiting, family.loop, NULL);
    assert_ok(reactor_pool_submit(family.pool, &family.waiting.job));
    assert_child(abandon_pool_on_loop, &family);
    run_to_end(family.loop);
    assert_done(&family.waiting);
    reactor_pool_close(family.pool);
    reactor_loop_close(family.loop);
}

struct forker {
    struct reactor_job job;
    pid_t child;
    unsigned runs, completions;
};

static void fork_in_first_job(void *user_data)
{
    struct forker *forker = user_data;

    if (forker->runs++ == 0)
        forker->child = fork();
}

static void count_completion(void *user_data, int status)
{
    struct forker *forker = user_data;

    forker->completions += status == 0;
}

/* In its child nothing else is called; it goes on behind the loop. */
static void a_job_on_the_loop_may_fork(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool_on_loop(0);
    struct forker forkers[2] = {{.child = -1}, {.runs = 1}};
    size_t i;
    int result;

    (void)state;
    for (i = 0; i < COUNT_OF(forkers); i++) {
        reactor_job_init(&forkers[i].job, loop, fork_in_first_job,
                         count_completion, &forkers[i]);
        assert_ok(reactor_pool_submit(pool, &forkers[i].job));
    }
    result = reactor_loop_run(loop);
    if (forkers[0].child == 0) {
        bool is_well = result == -ECHILD && forkers[0].completions == 0 &&
                       forkers[1].runs == 1 && forkers[1].completions == 0;

        reactor_pool_close(pool);
        reactor_loop_close(loop);
        _exit(!is_well);
    }
    assert_ok(result);
    assert_int_equal(child_finish(forkers[0].child), 0);
    for (i = 0; i < COUNT_OF(forkers); i++)
        assert_int_equal(forkers[i].completions, 1);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_fork_is_noticed_though_there_is_no_loop_yet),
        CLAIM_WITHOUT_REACTOR(an_inherited_pool_accepts_nothing),
        CLAIM_WITHOUT_REACTOR(a_child_can_close_what_it_has_inherited),
        CLAIM_WITHOUT_REACTOR(a_child_can_have_a_pool_of_its_own),
        CLAIM_WITHOUT_REACTOR(
            what_a_closed_pool_owes_the_parent_does_not_keep_a_child),
        CLAIM_WITHOUT_REACTOR(a_completion_may_fork),
        CLAIM_WITHOUT_REACTOR(what_waits_for_an_inherited_loop_is_the_parents),
        CLAIM_WITHOUT_REACTOR(a_job_on_the_loop_may_fork),
    };

    return run_claims(claims);
}
