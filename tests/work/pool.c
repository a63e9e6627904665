/* SPDX-License-Identifier: MIT */
/* Jobs and their completions, while pool and loop are open. */
#include "work/jobs.h"

#include "support/allocator.h"

#include <stdlib.h>

/* ---- What a job is ---- */

static void a_job_is_run_and_then_completed_on_the_loop(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(0, 0);
    struct task task;

    (void)state;
    task_init(&task, loop, NULL);
    assert_ok(reactor_pool_submit(pool, &task.job));
    task_await_run(&task, 1);
    assert_int_equal(task.completions, 0);
    run_to_end(loop);
    assert_done(&task);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

struct threads {
    struct reactor_job job;
    void *place_of_loop; /* of an object that each thread has */
    void *place_of_job;
    void *place_of_completion;
};

static _Thread_local char place[1];

static void note_thread_of_job(void *user_data)
{
    struct threads *threads = user_data;

    threads->place_of_job = place;
}

static void note_thread_of_completion(void *user_data, int status)
{
    struct threads *threads = user_data;

    (void)status;
    threads->place_of_completion = place;
}

static void
the_job_has_a_thread_of_its_own_and_the_completion_the_loops(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(0, 0);
    struct threads threads = {.place_of_loop = place};

    (void)state;
    reactor_job_init(&threads.job, loop, note_thread_of_job,
                     note_thread_of_completion, &threads);
    assert_ok(reactor_pool_submit(pool, &threads.job));
    run_to_end(loop);
    assert_ptr_equal(threads.place_of_completion, threads.place_of_loop);
    assert_ptr_not_equal(threads.place_of_job, threads.place_of_loop);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

static void expect_alive(struct task *task)
{
    const int64_t *expected = task->data;

    assert_int_equal(reactor_loop_alive(task->job.loop), *expected);
}

static void jobs_keep_their_loop_alive_until_they_are_completed(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(2, 0);
    struct gate gate = {false, 0};
    struct task tasks[3];
    int64_t none = 0;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(tasks); i++) {
        task_init(&tasks[i], loop, &gate);
        assert_ok(reactor_pool_submit(pool, &tasks[i].job));
        assert_int_equal(reactor_loop_alive(loop), i + 1);
    }
    assert_int_equal(reactor_loop_turn(loop, 0), 0);
    assert_int_equal(reactor_loop_alive(loop), COUNT_OF(tasks));
    gate_open(&gate);
    run_to_end(loop);

    task_init(&tasks[0], loop, NULL);
    tasks[0].then = expect_alive;
    tasks[0].data = &none;
    assert_ok(reactor_pool_submit(pool, &tasks[0].job));
    run_to_end(loop);
    assert_done(&tasks[0]);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

static void jobs_begin_in_the_order_of_their_submission(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(1, 0);

    (void)state;
    assert_begun_in_order(pool, loop);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

static void as_many_jobs_run_at_once_as_there_are_workers(void **state)
{
    static const uint32_t workers[] = {0, 1, 7};
    struct reactor_loop *loop = open_loop();
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(workers); i++) {
        struct reactor_pool *pool = open_pool(workers[i], 0);
        unsigned count = workers[i] == 0 ? 4 : workers[i];
        struct gate gate = {false, 0};
        struct task tasks[9];
        size_t j;

        for (j = 0; j < COUNT_OF(tasks); j++) {
            task_init(&tasks[j], loop, &gate);
            assert_ok(reactor_pool_submit(pool, &tasks[j].job));
        }
        gate_await(&gate, count);
        assert_int_equal(reactor_job_cancel(&tasks[count].job), 0);
        gate_open(&gate);
        run_to_end(loop);
        assert_cancelled(&tasks[count]);
        reactor_pool_close(pool);
    }
    reactor_loop_close(loop);
}

/* ---- The job afterwards ---- */

static void release(struct task *task)
{
    unsigned *released = task->data;

    ++*released;
    free(task);
}

static void a_job_may_be_freed_in_its_completion(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(0, 0);
    unsigned released = 0;
    int i;

    (void)state;
    for (i = 0; i < 100; i++) {
        struct task *task = malloc(sizeof(*task));

        assert_non_null(task);
        task_init(task, loop, NULL);
        task->then = release;
        task->data = &released;
        assert_ok(reactor_pool_submit(pool, &task->job));
        if (i % 3 == 0)
            (void)reactor_job_cancel(&task->job);
    }
    run_to_end(loop);
    assert_int_equal(released, 100);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

#define ROUNDS 1000

static void submit_again(struct task *task)
{
    assert_int_equal(task->status, 0);
    if (task->completions < ROUNDS)
        assert_ok(reactor_pool_submit(task->data, &task->job));
}

static void a_job_may_be_submitted_again_in_its_completion(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(0, 0);
    struct task task;

    (void)state;
    task_init(&task, loop, NULL);
    task.then = submit_again;
    task.data = pool;
    assert_ok(reactor_pool_submit(pool, &task.job));
    run_to_end(loop);
    assert_int_equal(task.completions, ROUNDS);
    assert_int_equal(atomic_load(&task.runs), ROUNDS);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

static void a_job_may_go_from_one_pool_to_another(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *first = open_pool(1, 0);
    struct reactor_pool *second = open_pool(1, 0);
    struct task task;

    (void)state;
    task_init(&task, loop, NULL);
    assert_ok(reactor_pool_submit(first, &task.job));
    assert_error(reactor_pool_submit(second, &task.job), -EBUSY);
    run_to_end(loop);
    assert_ok(reactor_pool_submit(second, &task.job));
    run_to_end(loop);
    assert_int_equal(task.completions, 2);
    reactor_pool_close(first);
    reactor_loop_close(loop);
    reactor_pool_close(second);
}

/* ---- Cancel ---- */

static void expect_not_under_way(struct task *task)
{
    assert_error(reactor_job_cancel(&task->job), -ENOENT);
    assert_ok(reactor_job_set_lane(&task->job, 1));
}

/* What is under way, in whatever state. */
static void expect_busy(struct reactor_pool *pool, struct task *task)
{
    assert_error(reactor_pool_submit(pool, &task->job), -EBUSY);
    assert_error(reactor_job_set_lane(&task->job, 1), -EBUSY);
}

static void a_job_can_be_cancelled_while_it_waits_and_only_then(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(1, 0);
    struct gate gate = {false, 0};
    struct task running;
    struct task waiting;

    (void)state;
    task_init(&running, loop, &gate);
    task_init(&waiting, loop, NULL);
    running.then = expect_not_under_way;
    waiting.then = expect_not_under_way;
    expect_not_under_way(&running);
    assert_ok(reactor_pool_submit(pool, &running.job));
    gate_await(&gate, 1);
    assert_error(reactor_job_cancel(&running.job), -EBUSY);
    expect_busy(pool, &running);

    assert_ok(reactor_pool_submit(pool, &waiting.job));
    expect_busy(pool, &waiting);
    assert_ok(reactor_job_cancel(&waiting.job));
    assert_error(reactor_job_cancel(&waiting.job), -EBUSY);
    expect_busy(pool, &waiting);
    assert_int_equal(waiting.completions, 0);

    gate_open(&gate);
    task_await_run(&running, 1);
    assert_error(reactor_job_cancel(&running.job), -EBUSY);
    expect_busy(pool, &running);
    run_to_end(loop);
    assert_done(&running);
    assert_cancelled(&waiting);
    expect_not_under_way(&running);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

static void any_job_of_a_queue_can_be_cancelled(void **state)
{
    static const size_t cancelled[] = {2, 0, 4, 1, 3};
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(1, 0);
    size_t count;

    (void)state;
    for (count = 0; count <= COUNT_OF(cancelled); count++) {
        struct gate gate = {false, 0};
        struct task first;
        struct task tasks[COUNT_OF(cancelled)];
        size_t i;

        task_init(&first, loop, &gate);
        assert_ok(reactor_pool_submit(pool, &first.job));
        gate_await(&gate, 1);
        for (i = 0; i < COUNT_OF(tasks); i++) {
            task_init(&tasks[i], loop, NULL);
            assert_ok(reactor_pool_submit(pool, &tasks[i].job));
        }
        for (i = 0; i < count; i++)
            assert_ok(reactor_job_cancel(&tasks[cancelled[i]].job));
        gate_open(&gate);
        run_to_end(loop);
        for (i = 0; i < COUNT_OF(tasks); i++) {
            if (i < count)
                assert_cancelled(&tasks[cancelled[i]]);
            else
                assert_done(&tasks[cancelled[i]]);
        }
    }
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

/* ---- Capacity ---- */

static void a_full_queue_is_an_error_until_a_job_has_begun(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(1, 2);
    struct gate gate = {false, 0};
    struct task tasks[4];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(tasks); i++)
        task_init(&tasks[i], loop, &gate);
    assert_ok(reactor_pool_submit(pool, &tasks[0].job));
    gate_await(&gate, 1); /* it does not count any more */
    assert_ok(reactor_pool_submit(pool, &tasks[1].job));
    assert_ok(reactor_pool_submit(pool, &tasks[2].job));
    assert_error(reactor_pool_submit(pool, &tasks[3].job), -EAGAIN);
    assert_error(reactor_job_cancel(&tasks[3].job), -ENOENT);
    assert_int_equal(reactor_loop_alive(loop), 3);

    assert_ok(reactor_job_cancel(&tasks[1].job));
    assert_ok(reactor_pool_submit(pool, &tasks[3].job));
    gate_open(&gate);
    run_to_end(loop);
    assert_cancelled(&tasks[1]);
    assert_done(&tasks[2]);
    assert_done(&tasks[3]);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

struct refused {
    struct reactor_pool *pool;
    struct task *task;
};

static void submit_refused(struct task *task)
{
    struct refused *refused = task->data;

    assert_ok(reactor_pool_submit(refused->pool, &refused->task->job));
}

static void what_was_refused_is_accepted_in_a_completion(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(1, 1);
    struct gate gate = {false, 0};
    struct task tasks[3];
    struct refused refused = {pool, &tasks[2]};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(tasks); i++)
        task_init(&tasks[i], loop, &gate);
    tasks[1].then = submit_refused;
    tasks[1].data = &refused;
    assert_ok(reactor_pool_submit(pool, &tasks[0].job));
    gate_await(&gate, 1);
    assert_ok(reactor_pool_submit(pool, &tasks[1].job));
    assert_error(reactor_pool_submit(pool, &tasks[2].job), -EAGAIN);
    gate_open(&gate);
    run_to_end(loop);
    assert_done(&tasks[2]);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

#define MANY 1500

static void by_default_1024_jobs_may_wait(void **state)
{
    static struct task tasks[MANY];
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = NULL;
    struct gate gate = {false, 0};
    size_t i;

    (void)state;
    assert_ok(reactor_pool_open(&pool, NULL));
    for (i = 0; i < 4; i++) {
        task_init(&tasks[i], loop, &gate);
        assert_ok(reactor_pool_submit(pool, &tasks[i].job));
    }
    gate_await(&gate, 4);
    for (i = 4; i < 4 + 1024; i++) {
        task_init(&tasks[i], loop, NULL);
        assert_ok(reactor_pool_submit(pool, &tasks[i].job));
    }
    task_init(&tasks[i], loop, NULL);
    assert_error(reactor_pool_submit(pool, &tasks[i].job), -EAGAIN);
    gate_open(&gate);
    run_to_end(loop);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

/* ---- The loop beside it ---- */

struct burst {
    struct reactor_hook hook;
    unsigned in_turn;
    unsigned most;
};

static void begin_turn(void *user_data)
{
    struct burst *burst = user_data;

    burst->in_turn = 0;
}

static void count_in_turn(struct task *task)
{
    struct burst *burst = task->data;

    burst->in_turn++;
    if (burst->most < burst->in_turn)
        burst->most = burst->in_turn;
}

static void a_burst_of_completions_leaves_the_loop_its_turns(void **state)
{
    static struct task tasks[MANY];
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(2, MANY);
    struct burst burst = {.in_turn = 0};
    size_t i;

    (void)state;
    reactor_hook_init(&burst.hook, loop, begin_turn, &burst);
    assert_ok(reactor_hook_start(&burst.hook, REACTOR_BEFORE_WAIT));
    for (i = 0; i < COUNT_OF(tasks); i++) {
        task_init(&tasks[i], loop, NULL);
        tasks[i].then = count_in_turn;
        tasks[i].data = &burst;
        assert_ok(reactor_pool_submit(pool, &tasks[i].job));
    }
    for (i = 0; i < COUNT_OF(tasks); i++)
        task_await_run(&tasks[i], 1);
    run_to_end(loop);
    for (i = 0; i < COUNT_OF(tasks); i++)
        assert_done(&tasks[i]);
    assert_in_range(burst.most, 2, MANY / 4);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

/* ---- Many loops ---- */

#define LOOPS 4
#define TASKS 200

/* The line that went wrong, or 0. */
static int use_pool(void *context)
{
    struct reactor_pool *pool = context;
    struct task tasks[TASKS];
    struct reactor_loop *loop;
    size_t i;

    if (reactor_loop_open(&loop, NULL) != 0)
        return __LINE__;
    for (i = 0; i < TASKS; i++) {
        task_init(&tasks[i], loop, NULL);
        if (reactor_pool_submit(pool, &tasks[i].job) != 0)
            return __LINE__;
    }
    if (reactor_loop_run(loop) != 0)
        return __LINE__;
    for (i = 0; i < TASKS; i++)
        if (tasks[i].completions != 1 || tasks[i].status != 0 ||
            atomic_load(&tasks[i].runs) != 1)
            return __LINE__;
    reactor_loop_close(loop);
    return 0;
}

static void loops_of_many_threads_share_a_pool(void **state)
{
    struct reactor_pool *pool = open_pool(3, LOOPS * TASKS);
    struct thread *threads[LOOPS];
    size_t i;

    (void)state;
    for (i = 0; i < LOOPS; i++)
        threads[i] = thread_start(use_pool, pool);
    for (i = 0; i < LOOPS; i++)
        assert_int_equal(thread_join(threads[i]), 0);
    reactor_pool_close(pool);
}

/* ---- Arguments ---- */

static void null_is_refused(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(1, 0);
    struct task task;

    (void)state;
    task_init(&task, loop, NULL);
    assert_error(reactor_pool_open(NULL, NULL), -EINVAL);
    assert_error(reactor_pool_submit(NULL, &task.job), -EINVAL);
    assert_error(reactor_pool_submit(pool, NULL), -EINVAL);
    assert_error(reactor_job_cancel(NULL), -EINVAL);
    assert_error(reactor_job_set_lane(NULL, 0), -EINVAL);
    assert_error(reactor_job_set_lane(&task.job, REACTOR_POOL_LANES), -EINVAL);
    reactor_pool_close(NULL);
    reactor_pool_drain_and_close(NULL);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

static void options_that_make_no_sense_are_refused(void **state)
{
    struct reactor_pool_options options = REACTOR_POOL_OPTIONS_INIT;
    struct reactor_pool *const untouched = (void *)&options;
    struct reactor_pool *pool = untouched;

    (void)state;
    options.workers = REACTOR_POOL_WORKERS_MAX + 1;
    assert_error(reactor_pool_open(&pool, &options), -EINVAL);
    options.workers = 1;
    options.size = 0;
    assert_error(reactor_pool_open(&pool, &options), -EINVAL);
    options.size = sizeof(options) + 1;
    assert_error(reactor_pool_open(&pool, &options), -EINVAL);
    assert_ptr_equal(pool, untouched);
}

/* Whose struct ended before the lanes' limits: they are not looked at. */
static void
options_of_an_earlier_version_have_defaults_for_the_rest(void **state)
{
    struct reactor_pool_options options = REACTOR_POOL_OPTIONS_INIT;
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = NULL;
    struct gate gate = {false, 0};
    struct task tasks[2];
    size_t i;

    (void)state;
    options.size = offsetof(struct reactor_pool_options, lane_limit);
    options.workers = 2;
    options.lane_limit[0] = 1;
    assert_ok(reactor_pool_open(&pool, &options));
    for (i = 0; i < COUNT_OF(tasks); i++) {
        task_init(&tasks[i], loop, &gate);
        assert_ok(reactor_pool_submit(pool, &tasks[i].job));
    }
    gate_await(&gate, 2);
    gate_open(&gate);
    run_to_end(loop);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

static void the_allocator_stays_while_a_pool_is_open(void **state)
{
    struct reactor_pool *pool = open_pool(1, 0);

    (void)state;
    assert_error(reactor_set_allocator(NULL, NULL, NULL), -EBUSY);
    reactor_pool_close(pool);
    assert_ok(
        reactor_set_allocator(count_allocate, count_reallocate, count_release));
}

static void without_memory_there_is_no_pool_and_no_account(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = NULL;
    struct task task;

    (void)state;
    limit_allocations(0);
    assert_error(reactor_pool_open(&pool, NULL), -ENOMEM);
    assert_null(pool);
    limit_allocations(SIZE_MAX);
    pool = open_pool(1, 0);
    task_init(&task, loop, NULL);
    limit_allocations(0);
    assert_error(reactor_pool_submit(pool, &task.job), -ENOMEM);
    limit_allocations(SIZE_MAX);
    assert_int_equal(reactor_loop_alive(loop), 0);
    assert_ok(reactor_pool_submit(pool, &task.job));
    run_to_end(loop);
    assert_done(&task);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_job_is_run_and_then_completed_on_the_loop),
        CLAIM_WITHOUT_REACTOR(
            the_job_has_a_thread_of_its_own_and_the_completion_the_loops),
        CLAIM_WITHOUT_REACTOR(
            jobs_keep_their_loop_alive_until_they_are_completed),
        CLAIM_WITHOUT_REACTOR(jobs_begin_in_the_order_of_their_submission),
        CLAIM_WITHOUT_REACTOR(as_many_jobs_run_at_once_as_there_are_workers),
        CLAIM_WITHOUT_REACTOR(a_job_may_be_freed_in_its_completion),
        CLAIM_WITHOUT_REACTOR(a_job_may_be_submitted_again_in_its_completion),
        CLAIM_WITHOUT_REACTOR(a_job_may_go_from_one_pool_to_another),
        CLAIM_WITHOUT_REACTOR(
            a_job_can_be_cancelled_while_it_waits_and_only_then),
        CLAIM_WITHOUT_REACTOR(any_job_of_a_queue_can_be_cancelled),
        CLAIM_WITHOUT_REACTOR(a_full_queue_is_an_error_until_a_job_has_begun),
        CLAIM_WITHOUT_REACTOR(what_was_refused_is_accepted_in_a_completion),
        CLAIM_WITHOUT_REACTOR(by_default_1024_jobs_may_wait),
        CLAIM_WITHOUT_REACTOR(a_burst_of_completions_leaves_the_loop_its_turns),
        CLAIM_WITHOUT_REACTOR(loops_of_many_threads_share_a_pool),
        CLAIM_WITHOUT_REACTOR(null_is_refused),
        CLAIM_WITHOUT_REACTOR(options_that_make_no_sense_are_refused),
        CLAIM_WITHOUT_REACTOR(
            options_of_an_earlier_version_have_defaults_for_the_rest),
        CLAIM_WITHOUT_REACTOR(the_allocator_stays_while_a_pool_is_open),
        CLAIM_WITHOUT_REACTOR(without_memory_there_is_no_pool_and_no_account),
    };

    return run_claims(claims);
}
