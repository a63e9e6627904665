/* SPDX-License-Identifier: MIT */
/* A loop inside another one: its handle, its deadline, and what is between. */
#include "support/callbacks.h"
#include "support/loops.h"
#include "support/thread.h"

#include <stdatomic.h>

/* ---- The nest ---- */

/*
 * The outer loop watches the handle of the inner one, prepares it before each
 * wait, and has a timer for its deadline.
 */
struct nest {
    struct reactor_loop *outer;
    struct reactor_loop *inner;
    struct reactor_hook hook;
    struct reactor_handler handler;
    struct reactor_timer timer;
    unsigned turns; /* of the inner loop */
};

static void turn_inner(struct nest *nest)
{
    assert_in_range(reactor_loop_turn(nest->inner, 0), 0, 100);
    nest->turns++;
    if (reactor_loop_is_stopping(nest->inner))
        assert_ok(reactor_loop_stop(nest->outer));
}

static void on_inner(void *user_data, uint32_t readiness)
{
    assert_int_equal(readiness, REACTOR_READABLE);
    turn_inner(user_data);
}

static void on_deadline(void *user_data, uint64_t missed)
{
    (void)missed;
    turn_inner(user_data);
}

static void prepare_inner(void *user_data)
{
    struct nest *nest = user_data;
    int64_t deadline_ns = -1;

    assert_ok(reactor_loop_prepare(nest->inner, &deadline_ns));
    assert_true(deadline_ns >= 0);
    if (deadline_ns == REACTOR_FOREVER)
        reactor_timer_stop(&nest->timer);
    else
        reactor_timer_start(&nest->timer, deadline_ns - reactor_now_ns(), 0);
}

static void nest_open(struct nest *nest)
{
    reactor_handle handle;

    nest->inner = open_loop();
    nest->turns = 0;
    handle = reactor_loop_backend_handle(nest->inner);
    if (handle == REACTOR_INVALID_HANDLE) {
        reactor_loop_close(nest->inner);
        skip_because("this backend has no handle of its own");
    }
    nest->outer = open_loop();
    reactor_hook_init(&nest->hook, nest->outer, prepare_inner, nest);
    reactor_handler_init(&nest->handler, nest->outer, on_inner, nest);
    reactor_timer_init(&nest->timer, nest->outer, on_deadline, nest);
    assert_ok(reactor_hook_start(&nest->hook, REACTOR_BEFORE_WAIT));
    assert_ok(reactor_handler_start(&nest->handler, handle, REACTOR_READABLE));
}

static void nest_close(struct nest *nest)
{
    reactor_loop_close(nest->outer);
    reactor_loop_close(nest->inner);
}

/* Turns of the outer loop until the probe of the inner one was called. */
static void await_inner(struct nest *nest, const struct probe *probe,
                        unsigned calls)
{
    while (probe->calls < calls)
        await_calls(nest->outer);
    assert_int_equal(probe->calls, calls);
}

/* ---- What comes through ---- */

static void handlers_are_called(void **state)
{
    struct nest nest;
    struct watch watch;

    (void)state;
    nest_open(&nest);
    watch_start(&watch, nest.inner, 'h', REACTOR_READABLE);
    assert_nobody(nest.outer);
    send_byte(watch.pair.peer);
    await_inner(&nest, &watch.probe, 1);
    drain(watch.pair.mine);
    (void)turn_once(nest.outer); /* may look once more */
    assert_nobody(nest.outer);
    assert_int_equal(watch.probe.calls, 1);
    watch_end(&watch);
    nest_close(&nest);
}

/* Updates wait for the kernel until prepare. */
static void changes_reach_the_kernel(void **state)
{
    struct nest nest;
    struct watch watch;

    (void)state;
    nest_open(&nest);
    watch_start(&watch, nest.inner, 'h', 0);
    send_byte(watch.pair.peer);
    assert_nobody(nest.outer);
    assert_ok(reactor_handler_update(&watch.handler, REACTOR_READABLE));
    await_inner(&nest, &watch.probe, 1);
    watch_end(&watch);
    nest_close(&nest);
}

static void timers_are_called_and_not_early(void **state)
{
    struct nest nest;
    struct probe probe = {.name = 't'};
    struct reactor_timer timer;
    int64_t began = monotonic_ns();

    (void)state;
    nest_open(&nest);
    reactor_timer_init(&timer, nest.inner, on_time, &probe);
    reactor_timer_start(&timer, 5000000, 5000000);
    await_inner(&nest, &probe, 1);
    assert_true(monotonic_ns() - began >= 5000000);
    while (probe.calls < 3)
        await_calls(nest.outer);
    assert_true(monotonic_ns() - began >= 15000000);
    reactor_timer_stop(&timer);
    nest_close(&nest);
}

struct sender {
    struct reactor_post post;
    struct probe probe;
    _Atomic unsigned received;
    unsigned times;
};

static void receive(struct probe *probe)
{
    atomic_store(&((struct sender *)probe->context)->received, probe->calls);
}

static int send_them(void *context)
{
    struct sender *sender = context;

    return send_one_by_one(&sender->post, &sender->received, sender->times);
}

static void posts_of_other_threads_are_called(void **state)
{
    struct sender sender = {.probe = {.then = receive}, .times = 200};
    struct nest nest;
    struct thread *thread;

    (void)state;
    nest_open(&nest);
    sender.probe.context = &sender;
    reactor_post_init(&sender.post, nest.inner, on_post, &sender.probe);
    thread = thread_start(send_them, &sender);
    while (sender.probe.calls < sender.times)
        await_calls(nest.outer);
    assert_ok(thread_join(thread));
    assert_nobody(nest.outer);
    nest_close(&nest);
}

static int stop_it(void *loop)
{
    return reactor_loop_stop(loop);
}

static void a_stop_comes_through(void **state)
{
    struct nest nest;
    struct thread *thread;

    (void)state;
    nest_open(&nest);
    thread = thread_start(stop_it, nest.inner);
    assert_is_stopped(nest.outer);
    assert_ok(thread_join(thread));
    assert_is_stopped(nest.inner);
    nest_close(&nest);
}

/* ---- Prepare, on any backend ---- */

static void the_deadline_says_when_a_turn_is_due(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct probe probe = {.name = 'x'};
    struct reactor_timer timer;
    struct reactor_post post;
    int64_t deadline_ns = -1;

    (void)state;
    assert_ok(reactor_loop_prepare(loop, &deadline_ns));
    assert_true(deadline_ns == REACTOR_FOREVER);
    reactor_timer_init(&timer, loop, on_time, &probe);
    reactor_timer_start(&timer, PATIENCE_NS, 0);
    assert_ok(reactor_loop_prepare(loop, &deadline_ns));
    assert_true(deadline_ns == reactor_timer_deadline_ns(&timer));
    reactor_post_init(&post, loop, on_post, &probe);
    assert_ok(reactor_post_send(&post));
    assert_ok(reactor_loop_prepare(loop, &deadline_ns));
    assert_true(deadline_ns == 0);
    assert_int_equal(turn_once(loop), 1);
    assert_ok(reactor_loop_stop(loop));
    assert_ok(reactor_loop_prepare(loop, &deadline_ns));
    assert_true(deadline_ns == 0);
    assert_is_stopped(loop);
    assert_ok(reactor_loop_prepare(loop, &deadline_ns));
    assert_true(deadline_ns == reactor_timer_deadline_ns(&timer));
    reactor_loop_close(loop);
}

static void prepare_calls_the_hooks_before_a_wait(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct caller before;
    struct caller after;
    int64_t deadline_ns;

    (void)state;
    caller_start(&before, loop, IN_HOOK_BEFORE_WAIT, 'b', NULL);
    caller_start(&after, loop, IN_HOOK_AFTER_WAIT, 'a', NULL);
    assert_ok(reactor_loop_prepare(loop, &deadline_ns));
    assert_string_equal(journal, "b");
    assert_int_equal(turn_once(loop), 0);
    assert_string_equal(journal, "bba");
    caller_end(&before);
    caller_end(&after);
    reactor_loop_close(loop);
}

static void close_it(struct probe *probe)
{
    reactor_loop_close(probe->loop);
}

static void a_hook_that_closes_it_has_prepare_canceled(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct caller closer;
    int64_t deadline_ns = 1;

    (void)state;
    caller_start(&closer, loop, IN_HOOK_BEFORE_WAIT, 'b', close_it);
    assert_error(reactor_loop_prepare(loop, &deadline_ns), -ECANCELED);
    assert_int_equal(deadline_ns, 1);
    caller_end(&closer);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(handlers_are_called),
        CLAIM_WITHOUT_REACTOR(changes_reach_the_kernel),
        CLAIM_WITHOUT_REACTOR(timers_are_called_and_not_early),
        CLAIM_WITHOUT_REACTOR(posts_of_other_threads_are_called),
        CLAIM_WITHOUT_REACTOR(a_stop_comes_through),
        CLAIM_WITHOUT_REACTOR(the_deadline_says_when_a_turn_is_due),
        CLAIM_WITHOUT_REACTOR(prepare_calls_the_hooks_before_a_wait),
        CLAIM_WITHOUT_REACTOR(a_hook_that_closes_it_has_prepare_canceled),
    };

    return run_claims(claims);
}
