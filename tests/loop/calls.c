/* SPDX-License-Identifier: MIT */
/*
 * What the loop asks of the floors below: wakes where somebody waits, and the
 * clock where a time is needed. The linker puts this file between them.
 */
#include "support/callbacks.h"
#include "support/loops.h"
#include "support/thread.h"

#include <stdatomic.h>

/* The names are the linker's choice: ld(1), --wrap. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
int64_t __real_ri_clock_now_ns(void);
int __real_reactor_wake(struct reactor *reactor);
int64_t __wrap_ri_clock_now_ns(void);
int __wrap_reactor_wake(struct reactor *reactor);

static _Atomic unsigned clock_reads;
static _Atomic unsigned wakes;
static _Atomic unsigned wakes_to_fail;

int64_t __wrap_ri_clock_now_ns(void)
{
    atomic_fetch_add(&clock_reads, 1);
    return __real_ri_clock_now_ns();
}

int __wrap_reactor_wake(struct reactor *reactor)
{
    atomic_fetch_add(&wakes, 1);
    if (atomic_load(&wakes_to_fail) > 0) {
        atomic_fetch_sub(&wakes_to_fail, 1);
        return -EIO;
    }
    return __real_reactor_wake(reactor);
}

/* NOLINTEND(bugprone-reserved-identifier) */

static void count_anew(void)
{
    atomic_store(&clock_reads, 0);
    atomic_store(&wakes, 0);
}

/* ---- Wakes ---- */

static void send_again(struct probe *probe)
{
    assert_ok(reactor_post_send(probe->context));
    if (probe->calls == 1000)
        assert_int_equal(reactor_post_cancel(probe->context), 1);
}

static void a_post_of_the_own_thread_wakes_nobody(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_post post;
    struct probe probe = {.then = send_again, .context = &post};

    (void)state;
    count_anew();
    reactor_post_init(&post, loop, on_post, &probe);
    assert_ok(reactor_post_send(&post));
    assert_runs_out(loop);
    assert_int_equal(probe.calls, 1000);
    assert_int_equal(wakes, 0);
    reactor_loop_close(loop);
}

static int send_it(void *post)
{
    return reactor_post_send(post);
}

static void one_wake_is_enough_for_many_posts(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct probe probe = {.calls = 0};
    struct reactor_post posts[8];
    struct thread *threads[8];
    int64_t deadline_ns;
    int i;

    (void)state;
    for (i = 0; i < 8; i++)
        reactor_post_init(&posts[i], loop, on_post, &probe);
    count_anew();
    assert_ok(reactor_loop_prepare(loop, &deadline_ns));
    for (i = 0; i < 8; i++)
        threads[i] = thread_start(send_it, &posts[i]);
    for (i = 0; i < 8; i++)
        assert_ok(thread_join(threads[i]));
    assert_int_equal(wakes, 1);
    assert_int_equal(turn_once(loop), 8);
    assert_ok(reactor_post_send(&posts[0])); /* nobody is asleep */
    assert_int_equal(wakes, 1);
    assert_int_equal(turn_once(loop), 1);
    reactor_loop_close(loop);
}

/* Also the first one that there is. */
static void a_post_that_begins_after_prepare_wakes(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct probe probe = {.name = 'p'};
    struct reactor_post post;
    int64_t deadline_ns;

    (void)state;
    assert_ok(reactor_loop_prepare(loop, &deadline_ns));
    assert_true(deadline_ns == REACTOR_FOREVER);
    reactor_post_init(&post, loop, on_post, &probe);
    count_anew();
    assert_ok(reactor_post_send(&post));
    assert_int_equal(wakes, 1);
    assert_int_equal(turn_once(loop), 1);
    reactor_post_init(&post, loop, on_post, &probe);
    assert_ok(reactor_post_send(&post)); /* prepared no more */
    assert_int_equal(wakes, 1);
    assert_int_equal(turn_once(loop), 1);
    reactor_loop_close(loop);
}

static void ignore_text(void *user_data, const char *text, size_t length)
{
    (void)user_data;
    (void)text;
    (void)length;
}

static void a_dump_leaves_it_asleep(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_loop_numbers numbers = {.size = sizeof(numbers)};
    struct probe probe = {.name = 'p'};
    struct reactor_post post;
    int64_t deadline_ns;

    (void)state;
    reactor_post_init(&post, loop, on_post, &probe);
    assert_ok(reactor_loop_prepare(loop, &deadline_ns));
    assert_ok(reactor_loop_dump(loop, ignore_text, NULL));
    assert_ok(reactor_loop_numbers(loop, &numbers));
    assert_int_equal(reactor_loop_alive(loop), 0);
    count_anew();
    assert_ok(thread_join(thread_start(send_it, &post)));
    assert_int_equal(wakes, 1);
    assert_int_equal(turn_once(loop), 1);
    reactor_loop_close(loop);
}

static void many_stops_are_one_wake(void **state)
{
    struct reactor_loop *loop = open_loop();
    int i;

    (void)state;
    count_anew();
    for (i = 0; i < 10; i++)
        assert_ok(reactor_loop_stop(loop));
    assert_int_equal(wakes, 1);
    assert_is_stopped(loop);
    reactor_loop_close(loop);
}

/* ---- The clock ---- */

static void stop_after_some(struct probe *probe)
{
    if (probe->calls == 100)
        assert_ok(reactor_loop_stop(probe->loop));
}

static unsigned reads_of_100_turns(const struct reactor_loop_options *options)
{
    struct reactor_loop *loop = open_loop_with(options);
    struct caller handler;
    struct reactor_hook hook;
    struct probe probe = {.calls = 0};

    caller_start(&handler, loop, IN_HANDLER, 0, stop_after_some);
    reactor_hook_init(&hook, loop, on_hook, &probe);
    assert_ok(reactor_hook_start(&hook, REACTOR_AFTER_WAIT));
    count_anew();
    assert_is_stopped(loop);
    assert_int_equal(probe.calls, 100);
    caller_end(&handler);
    reactor_loop_close(loop);
    return clock_reads;
}

static void ignore_slow(void *user_data, const char *kind, void *callback_data,
                        int64_t took_ns)
{
    (void)user_data;
    (void)kind;
    (void)callback_data;
    (void)took_ns;
}

/* Or nobody could ever end the wait. */
static void
a_stop_that_could_not_wake_is_noted_and_the_next_one_wakes(void **state)
{
    struct reactor_loop *loop = open_loop();

    (void)state;
    count_anew();
    atomic_store(&wakes_to_fail, 1);
    assert_error(reactor_loop_stop(loop), -EIO);
    assert_int_equal(reactor_loop_is_stopping(loop), 1);
    assert_ok(reactor_loop_stop(loop));
    assert_int_equal(wakes, 2);
    assert_ok(reactor_loop_stop(loop));
    assert_int_equal(wakes, 2);
    assert_is_stopped(loop);
    assert_int_equal(reactor_loop_is_stopping(loop), 0);
    reactor_loop_close(loop);
}

static void ask_the_time(struct probe *probe)
{
    assert_true(reactor_loop_now_ns(probe->loop) > 0);
}

/* What was read in the last turn may be of long ago. */
static void the_time_is_read_anew_for_a_hook_before_the_wait(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct probe probe = {.loop = loop, .then = ask_the_time};
    struct reactor_hook hook;

    (void)state;
    reactor_hook_init(&hook, loop, on_hook, &probe);
    assert_ok(reactor_hook_start(&hook, REACTOR_BEFORE_WAIT));
    assert_int_equal(turn_once(loop), 0);
    count_anew();
    assert_int_equal(turn_once(loop), 0);
    assert_int_equal(clock_reads, 1);
    reactor_loop_close(loop);
}

static void what_nobody_asked_for_is_not_measured(void **state)
{
    struct reactor_loop_options options = REACTOR_LOOP_OPTIONS_INIT;

    (void)state;
    options.slow = ignore_slow;
    assert_int_equal(reads_of_100_turns(&options), 0);
    options.flags = REACTOR_MEASURE_LAG;
    assert_int_equal(reads_of_100_turns(&options), 200);
    options.flags = 0;
    options.slow_ns = INT64_MAX; /* before and after two callbacks a turn */
    assert_int_equal(reads_of_100_turns(&options), 400);
}

static void a_turn_that_looks_reads_no_clock(void **state)
{
    struct reactor_loop *loop = open_loop();

    (void)state;
    count_anew();
    assert_int_equal(turn_once(loop), 0);
    assert_int_equal(clock_reads, 0);
    (void)reactor_loop_now_ns(loop);
    assert_int_equal(clock_reads, 1);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_post_of_the_own_thread_wakes_nobody),
        CLAIM_WITHOUT_REACTOR(one_wake_is_enough_for_many_posts),
        CLAIM_WITHOUT_REACTOR(a_post_that_begins_after_prepare_wakes),
        CLAIM_WITHOUT_REACTOR(a_dump_leaves_it_asleep),
        CLAIM_WITHOUT_REACTOR(many_stops_are_one_wake),
        CLAIM_WITHOUT_REACTOR(
            a_stop_that_could_not_wake_is_noted_and_the_next_one_wakes),
        CLAIM_WITHOUT_REACTOR(the_time_is_read_anew_for_a_hook_before_the_wait),
        CLAIM_WITHOUT_REACTOR(what_nobody_asked_for_is_not_measured),
        CLAIM_WITHOUT_REACTOR(a_turn_that_looks_reads_no_clock),
    };

    return run_claims(claims);
}
