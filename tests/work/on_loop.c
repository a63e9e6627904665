/* SPDX-License-Identifier: MIT */
/* A pool without workers: jobs are run by the loop that submits them. */
#include "work/jobs.h"

/* ---- Where jobs are run ---- */

static _Thread_local char place[1];

struct places {
    struct reactor_job job;
    void *of_job;
    void *of_completion;
};

static void note_place_of_job(void *user_data)
{
    struct places *places = user_data;

    places->of_job = place;
}

static void note_place_of_completion(void *user_data, int status)
{
    struct places *places = user_data;

    places->of_completion = status == 0 ? place : NULL;
}

static void a_job_is_run_on_the_loop_and_not_in_the_submit(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool_on_loop(0);
    struct places places = {.of_job = NULL};

    (void)state;
    reactor_job_init(&places.job, loop, note_place_of_job,
                     note_place_of_completion, &places);
    assert_ok(reactor_pool_submit(pool, &places.job));
    assert_null(places.of_job);
    assert_int_equal(reactor_loop_alive(loop) > 0, 1);
    run_to_end(loop);
    assert_ptr_equal(places.of_job, place);
    assert_ptr_equal(places.of_completion, place);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

static void all_are_run_in_their_order(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool_on_loop(0);

    (void)state;
    assert_begun_in_order(pool, loop);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

static void count_call(void *user_data)
{
    unsigned *calls = user_data;

    ++*calls;
}

/* They are not all run in one turn. */
static void jobs_do_not_starve_others(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool_on_loop(0);
    struct task tasks[100];
    struct reactor_hook hook;
    unsigned turns = 0, i;

    (void)state;
    reactor_hook_init(&hook, loop, count_call, &turns);
    assert_ok(reactor_hook_start(&hook, REACTOR_AFTER_WAIT));
    for (i = 0; i < COUNT_OF(tasks); i++) {
        task_init(&tasks[i], loop, NULL);
        assert_ok(reactor_pool_submit(pool, &tasks[i].job));
    }
    run_to_end(loop);
    assert_true(turns >= 5);
    for (i = 0; i < COUNT_OF(tasks); i++)
        assert_done(&tasks[i]);
    reactor_hook_stop(&hook);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

static void submit_again(struct task *task)
{
    if (task->completions < 5)
        assert_ok(reactor_pool_submit(task->data, &task->job));
}

static void a_completion_may_submit_again(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool_on_loop(0);
    struct task task;

    (void)state;
    task_init(&task, loop, NULL);
    task.then = submit_again;
    task.data = pool;
    assert_ok(reactor_pool_submit(pool, &task.job));
    run_to_end(loop);
    assert_int_equal(task.completions, 5);
    assert_int_equal(task.runs, 5);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

/* ---- Lanes ---- */

/* Of a worker's pool they are the same: lanes.c. */
static void lanes_take_turns(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool_on_loop(0);
    struct turns turns;

    (void)state;
    turns_submit(&turns, pool, loop);
    run_to_end(loop);
    assert_taken_in_turns(&turns);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

struct chain {
    struct reactor_pool *pool;
    struct task *next;
    uint32_t lane;
};

static void submit_next(struct task *task)
{
    const struct chain *chain = task->data;

    assert_int_equal(atomic_load(&chain->next->runs), 0);
    assert_ok(reactor_job_set_lane(&chain->next->job, chain->lane));
    assert_ok(reactor_pool_submit(chain->pool, &chain->next->job));
    assert_int_equal(atomic_load(&chain->next->runs), 0);
}

/* Lane 0 has jobs for some turns still. */
static void a_completion_may_submit_on_another_lane(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool_on_loop(0);
    struct task tasks[200], links[REACTOR_POOL_LANES];
    struct chain chains[REACTOR_POOL_LANES];
    uint32_t i;

    (void)state;
    for (i = 0; i < REACTOR_POOL_LANES; i++) {
        task_init(&links[i], loop, NULL);
        chains[i] = (struct chain){pool, &links[i], i};
        if (i > 0) {
            links[i - 1].then = submit_next;
            links[i - 1].data = &chains[i];
        }
    }
    assert_ok(reactor_pool_submit(pool, &links[0].job));
    for (i = 0; i < COUNT_OF(tasks); i++) {
        task_init(&tasks[i], loop, NULL);
        assert_ok(reactor_pool_submit(pool, &tasks[i].job));
    }
    while (links[1].completions == 0)
        (void)await_calls(loop);
    assert_int_equal(tasks[COUNT_OF(tasks) - 1].completions, 0);
    run_to_end(loop);
    for (i = 0; i < REACTOR_POOL_LANES; i++)
        assert_done(&links[i]);
    for (i = 0; i < COUNT_OF(tasks); i++)
        assert_done(&tasks[i]);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

/* ---- Limits ---- */

static void it_serves_one_loop_at_a_time(void **state)
{
    struct reactor_loop *one = open_loop();
    struct reactor_loop *other = open_loop();
    struct reactor_pool *pool = open_pool_on_loop(0);
    struct task first, second;

    (void)state;
    task_init(&first, one, NULL);
    task_init(&second, other, NULL);
    assert_ok(reactor_pool_submit(pool, &first.job));
    assert_error(reactor_pool_submit(pool, &second.job), -EINVAL);
    run_to_end(one);
    reactor_loop_close(one);
    assert_ok(reactor_pool_submit(pool, &second.job));
    run_to_end(other);
    assert_done(&first);
    assert_done(&second);
    reactor_pool_close(pool);
    reactor_loop_close(other);
}

static void its_capacity_is_kept(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool_on_loop(2);
    struct task tasks[3];
    unsigned i;

    (void)state;
    for (i = 0; i < COUNT_OF(tasks); i++) {
        task_init(&tasks[i], loop, NULL);
        assert_error(reactor_pool_submit(pool, &tasks[i].job),
                     i < 2 ? 0 : -EAGAIN);
    }
    run_to_end(loop);
    assert_done(&tasks[0]);
    assert_done(&tasks[1]);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

static void the_number_of_workers_plays_no_part(void **state)
{
    static const uint32_t workers[] = {0, 1, 3, REACTOR_POOL_WORKERS_MAX};
    struct reactor_pool_options options = REACTOR_POOL_OPTIONS_INIT;
    struct reactor_loop *loop = open_loop();
    size_t i;

    (void)state;
    options.flags = REACTOR_POOL_ON_LOOP;
    for (i = 0; i < COUNT_OF(workers); i++) {
        struct places places = {.of_job = NULL};
        struct reactor_pool *pool;

        options.workers = workers[i];
        assert_ok(reactor_pool_open(&pool, &options));
        reactor_job_init(&places.job, loop, note_place_of_job,
                         note_place_of_completion, &places);
        assert_ok(reactor_pool_submit(pool, &places.job));
        run_to_end(loop);
        assert_ptr_equal(places.of_job, place);
        assert_ptr_equal(places.of_completion, place);
        reactor_pool_close(pool);
    }
    reactor_loop_close(loop);
}

static void unknown_flags_are_refused(void **state)
{
    struct reactor_pool_options options = REACTOR_POOL_OPTIONS_INIT;
    struct reactor_pool *pool;

    (void)state;
    options.flags = 0x80;
    assert_error(reactor_pool_open(&pool, &options), -EINVAL);
}

/* ---- The end ---- */

static void what_waits_can_be_cancelled(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool_on_loop(0);
    struct task task;

    (void)state;
    task_init(&task, loop, NULL);
    assert_ok(reactor_pool_submit(pool, &task.job));
    assert_ok(reactor_job_cancel(&task.job));
    run_to_end(loop);
    assert_cancelled(&task);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

static void a_closed_pool_cancels_what_waits(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool_on_loop(0);
    struct task task;

    (void)state;
    task_init(&task, loop, NULL);
    assert_ok(reactor_pool_submit(pool, &task.job));
    reactor_pool_close(pool);
    run_to_end(loop);
    assert_cancelled(&task);
    reactor_loop_close(loop);
}

static void a_drained_pool_runs_what_waits(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool_on_loop(0);
    struct task tasks[40];
    unsigned i;

    (void)state;
    for (i = 0; i < COUNT_OF(tasks); i++) {
        task_init(&tasks[i], loop, NULL);
        assert_ok(reactor_pool_submit(pool, &tasks[i].job));
    }
    reactor_pool_drain_and_close(pool);
    for (i = 0; i < COUNT_OF(tasks); i++)
        assert_int_equal(tasks[i].completions, 0);
    run_to_end(loop);
    for (i = 0; i < COUNT_OF(tasks); i++)
        assert_done(&tasks[i]);
    reactor_loop_close(loop);
}

static void a_closed_loop_cancels_what_waits(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool_on_loop(0);
    struct task task;

    (void)state;
    task_init(&task, loop, NULL);
    assert_ok(reactor_pool_submit(pool, &task.job));
    reactor_loop_close(loop);
    assert_int_equal(task.completions, 1);
    reactor_pool_close(pool);
}

struct closer {
    struct reactor_job job;
    struct reactor_loop *loop;
    int status;
    unsigned completions;
};

static void close_loop(void *user_data)
{
    struct closer *closer = user_data;

    reactor_loop_close(closer->loop);
}

static void note_status(void *user_data, int status)
{
    struct closer *closer = user_data;

    closer->status = status;
    closer->completions++;
}

static void a_job_may_close_its_loop(void **state)
{
    struct closer closer = {.loop = open_loop(), .status = 1};
    struct reactor_pool *pool = open_pool_on_loop(0);
    struct task behind;

    (void)state;
    reactor_job_init(&closer.job, closer.loop, close_loop, note_status,
                     &closer);
    task_init(&behind, closer.loop, NULL);
    assert_ok(reactor_pool_submit(pool, &closer.job));
    assert_ok(reactor_pool_submit(pool, &behind.job));
    assert_int_equal(reactor_loop_run(closer.loop), 1);
    assert_int_equal(closer.completions, 1);
    assert_ok(closer.status);
    assert_int_equal(behind.completions, 1);
    reactor_pool_close(pool);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_job_is_run_on_the_loop_and_not_in_the_submit),
        CLAIM_WITHOUT_REACTOR(all_are_run_in_their_order),
        CLAIM_WITHOUT_REACTOR(jobs_do_not_starve_others),
        CLAIM_WITHOUT_REACTOR(a_completion_may_submit_again),
        CLAIM_WITHOUT_REACTOR(lanes_take_turns),
        CLAIM_WITHOUT_REACTOR(a_completion_may_submit_on_another_lane),
        CLAIM_WITHOUT_REACTOR(it_serves_one_loop_at_a_time),
        CLAIM_WITHOUT_REACTOR(its_capacity_is_kept),
        CLAIM_WITHOUT_REACTOR(the_number_of_workers_plays_no_part),
        CLAIM_WITHOUT_REACTOR(unknown_flags_are_refused),
        CLAIM_WITHOUT_REACTOR(what_waits_can_be_cancelled),
        CLAIM_WITHOUT_REACTOR(a_closed_pool_cancels_what_waits),
        CLAIM_WITHOUT_REACTOR(a_drained_pool_runs_what_waits),
        CLAIM_WITHOUT_REACTOR(a_closed_loop_cancels_what_waits),
        CLAIM_WITHOUT_REACTOR(a_job_may_close_its_loop),
    };

    return run_claims(claims);
}
