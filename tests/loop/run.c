/* SPDX-License-Identifier: MIT */
/* Run and turn: when they begin, when they end, and who may not. */
#include "support/callbacks.h"
#include "support/loops.h"
#include "support/thread.h"

#include <limits.h>
#include <stdatomic.h>

/* ---- Run ---- */

static void a_loop_in_which_nothing_is_alive_ends_at_once(void **state)
{
    struct reactor_loop *loop = open_loop();

    (void)state;
    assert_runs_out(loop);
    assert_runs_out(loop);
    reactor_loop_close(loop);
}

static void stop_handler(struct probe *probe)
{
    reactor_handler_stop(&((struct watch *)probe)->handler);
}

static void it_runs_until_nothing_is_alive(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch a;
    struct watch b;

    (void)state;
    watch_start(&a, loop, 'a', REACTOR_READABLE);
    watch_start(&b, loop, 'b', REACTOR_READABLE);
    a.probe.then = b.probe.then = stop_handler;
    send_byte(a.pair.peer);
    send_byte(b.pair.peer);
    assert_runs_out(loop);
    assert_int_equal(a.probe.calls, 1);
    assert_int_equal(b.probe.calls, 1);
    watch_end(&a);
    watch_end(&b);
    reactor_loop_close(loop);
}

/* One post sends the next one; the last of them lets the loop end. */
static void send_another(struct probe *probe)
{
    if (probe->calls < 5)
        assert_ok(reactor_post_send(probe->context));
}

static void a_post_that_is_pending_keeps_it_alive(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_post post;
    struct probe probe = {.name = 'p', .then = send_another, .context = &post};

    (void)state;
    reactor_post_init(&post, loop, on_post, &probe);
    assert_ok(reactor_post_send(&post));
    assert_runs_out(loop);
    assert_string_equal(journal, "ppppp");
    reactor_loop_close(loop);
}

/* ---- Who may not ---- */

static void be_refused_in_callback(struct probe *probe)
{
    int64_t deadline_ns = 1;

    if (probe->calls > 1)
        return;
    assert_error(reactor_loop_run(probe->loop), -EBUSY);
    assert_error(reactor_loop_turn(probe->loop, 0), -EBUSY);
    assert_error(reactor_loop_turn(probe->loop, -1), -EBUSY);
    assert_error(reactor_loop_prepare(probe->loop, &deadline_ns), -EBUSY);
    assert_int_equal(deadline_ns, 1);
}

/* R2 of the robustness rows. */
static void to_run_it_in_a_callback_is_ebusy(void **state)
{
    int kind;

    (void)state;
    for (kind = 0; kind < CALLBACK_KINDS; kind++) {
        struct reactor_loop *loop = open_loop();
        struct caller caller;

        caller_start(&caller, loop, (enum callback_kind)kind, 'c',
                     be_refused_in_callback);
        (void)turn_once(loop);
        assert_int_equal(caller.probe.calls, 1);
        (void)turn_once(loop);
        caller_end(&caller);
        assert_runs_out(loop);
        reactor_loop_close(loop);
    }
}

/* Its frame lies below those of what is called later. */
static void turn_deep_down(struct reactor_loop *loop)
{
    volatile char room[4096];

    room[0] = 0;
    assert_int_equal(turn_once(loop), room[0]);
}

static void to_run_it_while_it_is_closed_is_ebusy(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_hook hook;
    struct probe probe = {.loop = loop, .then = be_refused_in_callback};

    (void)state;
    turn_deep_down(loop);
    reactor_hook_init(&hook, loop, on_hook, &probe);
    assert_ok(reactor_hook_start(&hook, REACTOR_BEFORE_CLOSE));
    reactor_loop_close(loop);
    assert_int_equal(probe.calls, 1);
}

/* A callback that does not return before it is let go. */
struct jam {
    struct reactor_loop *loop;
    _Atomic bool is_inside;
    _Atomic bool is_over;
};

static void be_stuck(void *user_data)
{
    struct jam *jam = user_data;

    atomic_store(&jam->is_inside, true);
    while (!atomic_load(&jam->is_over))
        thread_yield();
}

static int run_jammed(void *context)
{
    struct jam *jam = context;
    struct reactor_post post;

    reactor_post_init(&post, jam->loop, be_stuck, jam);
    if (reactor_post_send(&post) != 0)
        return -1;
    return reactor_loop_run(jam->loop);
}

static void to_run_what_another_thread_runs_is_ebusy(void **state)
{
    struct jam jam = {.loop = open_loop()};
    struct thread *thread = thread_start(run_jammed, &jam);
    int64_t deadline_ns = 1;

    (void)state;
    while (!atomic_load(&jam.is_inside))
        thread_yield();
    assert_error(reactor_loop_run(jam.loop), -EBUSY);
    assert_error(reactor_loop_turn(jam.loop, -1), -EBUSY);
    assert_error(reactor_loop_prepare(jam.loop, &deadline_ns), -EBUSY);
    assert_int_equal(deadline_ns, 1);
    atomic_store(&jam.is_over, true);
    assert_ok(thread_join(thread));
    assert_runs_out(jam.loop);
    reactor_loop_close(jam.loop);
}

/* ---- A turn ---- */

static void a_turn_says_how_many_it_has_called(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct caller callers[CALLBACK_KINDS];
    int kind;

    (void)state;
    for (kind = 0; kind < CALLBACK_KINDS; kind++)
        caller_start(&callers[kind], loop, (enum callback_kind)kind,
                     (char)('a' + kind), NULL);
    assert_int_equal(turn_once(loop), 3); /* hooks are not counted */
    assert_string_equal(journal, "deacb");
    for (kind = 0; kind < CALLBACK_KINDS; kind++)
        caller_end(&callers[kind]);
    reactor_loop_close(loop);
}

static void a_turn_of_zero_only_looks(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch watch;

    (void)state;
    watch_start(&watch, loop, 'h', REACTOR_READABLE);
    assert_int_equal(turn_once(loop), 0);
    send_byte(watch.pair.peer);
    assert_int_equal(turn_once(loop), 1);
    watch_end(&watch);
    reactor_loop_close(loop);
}

static void a_turn_lasts_until_somebody_is_called(void **state)
{
    const int64_t timeouts[] = {-1, PATIENCE_NS, INT64_MAX - 1, INT64_MAX};
    struct reactor_loop *loop = open_loop();
    struct probe probe = {.name = 't'};
    struct reactor_timer timer;
    size_t i;

    (void)state;
    reactor_timer_init(&timer, loop, on_time, &probe);
    for (i = 0; i < COUNT_OF(timeouts); i++) {
        int64_t began = monotonic_ns();

        reactor_timer_start(&timer, 3000000, 0);
        assert_int_equal(reactor_loop_turn(loop, timeouts[i]), 1);
        assert_true(monotonic_ns() - began >= 3000000);
    }
    reactor_loop_close(loop);
}

/* Sends a post that is taken back before it is called: wakes and no more. */
struct alarm_clock {
    struct reactor_post post;
    struct reactor_hook hook;
    _Atomic bool is_over;
    unsigned taken_back;
};

static int send_all_the_time(void *context)
{
    struct alarm_clock *clock = context;
    int error = 0;

    while (error == 0 && !atomic_load(&clock->is_over)) {
        error = reactor_post_send(&clock->post);
        thread_yield();
    }
    return error;
}

static void take_back(void *user_data)
{
    struct alarm_clock *clock = user_data;

    clock->taken_back += (unsigned)reactor_post_cancel(&clock->post);
}

static void a_turn_without_a_call_is_not_over_early(void **state)
{
    const int64_t timeouts[] = {1, 999999, 20000000, 50000000};
    struct reactor_loop *loop = open_loop();
    struct alarm_clock clock = {.taken_back = 0};
    struct thread *thread;
    size_t i;

    (void)state;
    reactor_post_init(&clock.post, loop, on_post, NULL);
    reactor_hook_init(&clock.hook, loop, take_back, &clock);
    assert_ok(reactor_hook_start(&clock.hook, REACTOR_AFTER_WAIT));
    thread = thread_start(send_all_the_time, &clock);
    for (i = 0; i < COUNT_OF(timeouts); i++) {
        int64_t began = monotonic_ns();

        assert_int_equal(reactor_loop_turn(loop, timeouts[i]), 0);
        assert_true(monotonic_ns() - began >= timeouts[i]);
    }
    while (clock.taken_back == 0) /* the thread has not begun yet */
        assert_int_equal(reactor_loop_turn(loop, 1000000), 0);
    atomic_store(&clock.is_over, true);
    assert_ok(thread_join(thread));
    (void)reactor_post_cancel(&clock.post);
    reactor_loop_close(loop);
}

static void a_negative_timeout_but_minus_one_is_einval(void **state)
{
    struct reactor_loop *loop = open_loop();

    (void)state;
    assert_error(reactor_loop_turn(loop, -2), -EINVAL);
    assert_error(reactor_loop_turn(loop, INT64_MIN), -EINVAL);
    assert_int_equal(turn_once(loop), 0);
    reactor_loop_close(loop);
}

/* ---- L9 of the robustness rows ---- */

static int do_it_all(void *context)
{
    struct caller *callers = context;
    struct reactor_loop *loop = callers[0].probe.loop;
    int count = reactor_loop_turn(loop, 0);
    int64_t deadline_ns;

    if (count != 3)
        return -1;
    if (reactor_loop_prepare(loop, &deadline_ns) != 0)
        return -2;
    if (reactor_loop_stop(loop) != 0 || reactor_loop_run(loop) != 1)
        return -3;
    reactor_loop_close(loop);
    return 0;
}

static void sixty_four_kilobytes_of_stack_are_enough(void **state)
{
    struct caller callers[CALLBACK_KINDS];
    struct reactor_loop_options options = REACTOR_LOOP_OPTIONS_INIT;
    struct reactor_loop *loop;
    int kind;

    (void)state;
    options.budget = REACTOR_BUDGET_MAX;
    loop = open_loop_with(&options);
    for (kind = 0; kind < CALLBACK_KINDS; kind++)
        caller_start(&callers[kind], loop, (enum callback_kind)kind, 'c', NULL);
    assert_ok(thread_join(thread_start_small(do_it_all, callers)));
    for (kind = 0; kind < CALLBACK_KINDS; kind++)
        caller_end(&callers[kind]);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_loop_in_which_nothing_is_alive_ends_at_once),
        CLAIM_WITHOUT_REACTOR(it_runs_until_nothing_is_alive),
        CLAIM_WITHOUT_REACTOR(a_post_that_is_pending_keeps_it_alive),
        CLAIM_WITHOUT_REACTOR(to_run_it_in_a_callback_is_ebusy),
        CLAIM_WITHOUT_REACTOR(to_run_it_while_it_is_closed_is_ebusy),
        CLAIM_WITHOUT_REACTOR(to_run_what_another_thread_runs_is_ebusy),
        CLAIM_WITHOUT_REACTOR(a_turn_says_how_many_it_has_called),
        CLAIM_WITHOUT_REACTOR(a_turn_of_zero_only_looks),
        CLAIM_WITHOUT_REACTOR(a_turn_lasts_until_somebody_is_called),
        CLAIM_WITHOUT_REACTOR(a_turn_without_a_call_is_not_over_early),
        CLAIM_WITHOUT_REACTOR(a_negative_timeout_but_minus_one_is_einval),
        CLAIM_WITHOUT_REACTOR(sixty_four_kilobytes_of_stack_are_enough),
    };

    return run_claims(claims);
}
