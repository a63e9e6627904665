/* SPDX-License-Identifier: MIT */
/* Stop: of a loop that runs, waits, or does neither; from anywhere. */
#include "support/loops.h"
#include "support/scale.h"
#include "support/thread.h"

#include <stdatomic.h>

#define STOPPERS 8

/* ---- R6 of the robustness rows ---- */

static void a_stop_before_a_run_is_for_that_run(void **state)
{
    struct reactor_loop *loop = open_loop();

    (void)state;
    reactor_loop_retain(loop);
    assert_int_equal(reactor_loop_is_stopping(loop), 0);
    assert_ok(reactor_loop_stop(loop));
    assert_int_equal(reactor_loop_is_stopping(loop), 1);
    assert_is_stopped(loop);
    assert_int_equal(reactor_loop_is_stopping(loop), 0);
    reactor_loop_release(loop);
    assert_runs_out(loop);
    reactor_loop_close(loop);
}

/* Also of a loop in which nothing is alive: it was asked for. */
static void a_stop_comes_before_the_end(void **state)
{
    struct reactor_loop *loop = open_loop();

    (void)state;
    assert_ok(reactor_loop_stop(loop));
    assert_is_stopped(loop);
    assert_runs_out(loop);
    reactor_loop_close(loop);
}

static void two_stops_are_one(void **state)
{
    struct reactor_loop *loop = open_loop();

    (void)state;
    assert_ok(reactor_loop_stop(loop));
    assert_ok(reactor_loop_stop(loop));
    assert_is_stopped(loop);
    assert_runs_out(loop);
    reactor_loop_close(loop);
}

static void stop_it(struct probe *probe)
{
    assert_ok(reactor_loop_stop(probe->loop));
    assert_int_equal(reactor_loop_is_stopping(probe->loop), 1);
}

static void a_stopped_loop_can_be_run_again(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch watch;
    unsigned i;

    (void)state;
    watch_start(&watch, loop, 'h', REACTOR_READABLE);
    watch.probe.then = stop_it;
    send_byte(watch.pair.peer);
    for (i = 1; i <= 3; i++) {
        assert_is_stopped(loop);
        assert_int_equal(watch.probe.calls, i);
    }
    watch_end(&watch);
    assert_runs_out(loop);
    reactor_loop_close(loop);
}

/* ---- What is still done ---- */

static void a_stop_lets_the_turn_end(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct probe probes[3] = {{.name = 'a', .loop = loop, .then = stop_it},
                              {.name = 'b'},
                              {.name = 't'}};
    struct reactor_post posts[2];
    struct reactor_timer timer;
    int i;

    (void)state;
    for (i = 0; i < 2; i++) {
        reactor_post_init(&posts[i], loop, on_post, &probes[i]);
        assert_ok(reactor_post_send(&posts[i]));
    }
    reactor_timer_init(&timer, loop, on_time, &probes[2]);
    reactor_timer_start(&timer, 0, 0);
    assert_is_stopped(loop);
    assert_string_equal(journal, "abt");
    reactor_loop_close(loop);
}

static void a_stop_in_a_hook_ends_the_run(void **state)
{
    const enum reactor_hook_place places[] = {REACTOR_BEFORE_WAIT,
                                              REACTOR_AFTER_WAIT};
    struct reactor_loop *loop = open_loop();
    size_t i;

    (void)state;
    reactor_loop_retain(loop);
    for (i = 0; i < COUNT_OF(places); i++) {
        struct probe probe = {.loop = loop, .then = stop_it};
        struct reactor_hook hook;

        reactor_hook_init(&hook, loop, on_hook, &probe);
        assert_ok(reactor_hook_start(&hook, places[i]));
        if (places[i] == REACTOR_AFTER_WAIT) { /* so that there is one */
            assert_ok(reactor_loop_stop(loop));
            assert_int_equal(turn_once(loop), 0);
        }
        assert_is_stopped(loop);
        assert_true(probe.calls > 0);
        reactor_hook_stop(&hook);
    }
    reactor_loop_close(loop);
}

/* ---- A turn ---- */

/* It ends, and leaves the stop to the next run. */
static void a_stop_ends_a_turn_without_a_call(void **state)
{
    struct reactor_loop *loop = open_loop();

    (void)state;
    assert_ok(reactor_loop_stop(loop));
    assert_int_equal(reactor_loop_turn(loop, -1), 0);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 0);
    assert_int_equal(reactor_loop_is_stopping(loop), 1);
    assert_is_stopped(loop);
    reactor_loop_close(loop);
}

/* ---- From other threads ---- */

struct run {
    struct reactor_loop *loop;
    _Atomic unsigned waits; /* begun */
    struct reactor_hook hook;
    struct thread *thread;
};

static void count_wait(void *user_data)
{
    atomic_fetch_add(&((struct run *)user_data)->waits, 1);
}

static int run_it(void *context)
{
    return reactor_loop_run(((struct run *)context)->loop);
}

static int turn_it(void *context)
{
    return reactor_loop_turn(((struct run *)context)->loop, -1);
}

/* Returns when the loop is about to wait. */
static void start(struct run *run, int (*function)(void *context))
{
    unsigned waits = atomic_load(&run->waits);

    run->thread = thread_start(function, run);
    while (atomic_load(&run->waits) == waits)
        thread_yield();
}

static void prepare_run(struct run *run)
{
    run->loop = open_loop();
    reactor_loop_retain(run->loop);
    atomic_init(&run->waits, 0);
    reactor_hook_init(&run->hook, run->loop, count_wait, run);
    assert_ok(reactor_hook_start(&run->hook, REACTOR_BEFORE_WAIT));
}

static void it_ends_the_wait_of_a_run(void **state)
{
    struct run run;
    unsigned i;

    (void)state;
    prepare_run(&run);
    for (i = scaled(300, 10000); i > 0; i--) {
        start(&run, run_it);
        assert_ok(reactor_loop_stop(run.loop));
        assert_int_equal(thread_join(run.thread), 1);
    }
    reactor_loop_close(run.loop);
}

static void it_ends_the_wait_of_a_turn(void **state)
{
    struct run run;

    (void)state;
    prepare_run(&run);
    start(&run, turn_it);
    assert_ok(reactor_loop_stop(run.loop));
    assert_int_equal(thread_join(run.thread), 0);
    assert_is_stopped(run.loop);
    reactor_loop_close(run.loop);
}

/*
 * R4 of the robustness rows: a callback that blocks for as long as it takes 8
 * threads to wake and stop the loop, over and over.
 */
struct siege {
    struct reactor_loop *loop;
    struct reactor_post gate;
    struct reactor_post posts[STOPPERS];
    struct probe probes[STOPPERS];
    _Atomic unsigned finished;
    _Atomic unsigned next;
    unsigned times;
};

static int besiege(void *context)
{
    struct siege *siege = context;
    unsigned me = atomic_fetch_add(&siege->next, 1);
    int error = 0;
    unsigned i;

    for (i = 0; i < siege->times && error == 0; i++) {
        error = reactor_post_send(&siege->posts[me]);
        if (error == 0)
            error = reactor_loop_stop(siege->loop);
    }
    atomic_fetch_add(&siege->finished, 1);
    return error;
}

static void hold_out(void *user_data)
{
    struct siege *siege = user_data;
    struct thread *threads[STOPPERS];
    int i;

    for (i = 0; i < STOPPERS; i++)
        threads[i] = thread_start(besiege, siege);
    while (atomic_load(&siege->finished) < STOPPERS)
        thread_yield();
    for (i = 0; i < STOPPERS; i++)
        assert_ok(thread_join(threads[i]));
}

static void a_callback_that_blocks_is_left_alone(void **state)
{
    struct siege siege = {.loop = open_loop(), .times = scaled(2000, 100000)};
    int i;

    (void)state;
    for (i = 0; i < STOPPERS; i++) {
        siege.probes[i].name = (char)('a' + i);
        reactor_post_init(&siege.posts[i], siege.loop, on_post,
                          &siege.probes[i]);
    }
    reactor_post_init(&siege.gate, siege.loop, hold_out, &siege);
    assert_ok(reactor_post_send(&siege.gate));
    assert_is_stopped(siege.loop);
    for (i = 0; i < STOPPERS; i++) /* they came during the turn */
        assert_int_equal(siege.probes[i].calls, 0);
    assert_runs_out(siege.loop);
    for (i = 0; i < STOPPERS; i++)
        assert_int_equal(siege.probes[i].calls, 1);
    reactor_loop_close(siege.loop);
}

/* C1 of the robustness rows. What each thread has sent last is called. */
static int wake_over_and_over(void *context)
{
    struct siege *siege = context;
    unsigned me = atomic_fetch_add(&siege->next, 1);
    unsigned *sent = siege->probes[me].context;
    int error = 0;

    for (*sent = 0; *sent < siege->times && error == 0; ++*sent)
        error = reactor_post_send(&siege->posts[me]);
    atomic_fetch_add(&siege->finished, 1);
    return error != 0 ? error : reactor_loop_stop(siege->loop);
}

static void wakes_and_stops_of_8_threads_are_not_lost(void **state)
{
    struct siege siege = {.loop = open_loop(),
                          .times = scaled(100000, 2000000)};
    struct thread *threads[STOPPERS];
    unsigned sent[STOPPERS];
    unsigned stops = 0;
    int i;

    (void)state;
    reactor_loop_retain(siege.loop);
    for (i = 0; i < STOPPERS; i++) {
        siege.probes[i].context = &sent[i];
        reactor_post_init(&siege.posts[i], siege.loop, on_post,
                          &siege.probes[i]);
    }
    for (i = 0; i < STOPPERS; i++)
        threads[i] = thread_start(wake_over_and_over, &siege);
    do {
        assert_is_stopped(siege.loop);
        stops++;
    } while (atomic_load(&siege.finished) < STOPPERS);
    for (i = 0; i < STOPPERS; i++)
        assert_ok(thread_join(threads[i]));
    reactor_loop_release(siege.loop);
    assert_in_range(reactor_loop_run(siege.loop), 0, 1);
    assert_in_range(stops, 1, STOPPERS);
    for (i = 0; i < STOPPERS; i++)
        assert_in_range(siege.probes[i].calls, 1, siege.times);
    reactor_loop_close(siege.loop);
}

static void it_preserves_errno(void **state)
{
    struct reactor_loop *loop = open_loop();

    (void)state;
    errno = E2BIG;
    assert_ok(reactor_loop_stop(loop));
    assert_int_equal(errno, E2BIG);
    assert_is_stopped(loop);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_stop_before_a_run_is_for_that_run),
        CLAIM_WITHOUT_REACTOR(a_stop_comes_before_the_end),
        CLAIM_WITHOUT_REACTOR(two_stops_are_one),
        CLAIM_WITHOUT_REACTOR(a_stopped_loop_can_be_run_again),
        CLAIM_WITHOUT_REACTOR(a_stop_lets_the_turn_end),
        CLAIM_WITHOUT_REACTOR(a_stop_in_a_hook_ends_the_run),
        CLAIM_WITHOUT_REACTOR(a_stop_ends_a_turn_without_a_call),
        CLAIM_WITHOUT_REACTOR(it_ends_the_wait_of_a_run),
        CLAIM_WITHOUT_REACTOR(it_ends_the_wait_of_a_turn),
        CLAIM_WITHOUT_REACTOR(a_callback_that_blocks_is_left_alone),
        CLAIM_WITHOUT_REACTOR(wakes_and_stops_of_8_threads_are_not_lost),
        CLAIM_WITHOUT_REACTOR(it_preserves_errno),
    };

    return run_claims(claims);
}
