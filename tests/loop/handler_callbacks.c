/* SPDX-License-Identifier: MIT */
/* What may be done in a callback, and to whoever has it. */
#include "support/loops.h"

#include <stdlib.h>
#include <string.h>

/* ---- Freed ---- */

static void free_self(struct probe *self)
{
    struct watch *watch = (struct watch *)self;

    watch_end(watch);
    memset(watch, 0xa5, sizeof(*watch));
    free(watch);
}

static void
a_handler_can_stop_and_free_itself_though_there_is_more(void **state)
{
    struct reactor_loop *loop = open_loop();
    int i;

    (void)state;
    for (i = 0; i < TRIGGER_COUNT; i++) {
        struct watch *watch;

        if (!is_supported(triggers[i]))
            continue;
        watch = malloc(sizeof(*watch));
        assert_non_null(watch);
        watch_start(watch, loop, 'a', DIRECTIONS | triggers[i]);
        watch->probe.then = free_self;
        send_byte(watch->pair.peer);
        shut_writing(&watch->pair);
        assert_int_equal(await_calls(loop), 1);
        assert_nobody(loop);
    }
    assert_int_equal(reactor_loop_alive(loop), 0);
    reactor_loop_close(loop);
}

#define CROWD 64

static struct watch *victims[CROWD];

static void free_all(struct probe *self)
{
    size_t i;

    (void)self;
    for (i = 0; i < CROWD; i++) {
        free_self(&victims[i]->probe);
        victims[i] = NULL;
    }
}

static void a_handler_can_free_itself_and_all_the_others(void **state)
{
    struct reactor_loop *loop = open_loop();
    size_t i;

    (void)state;
    for (i = 0; i < CROWD; i++) {
        victims[i] = malloc(sizeof(*victims[i]));
        assert_non_null(victims[i]);
        watch_start(victims[i], loop, 'x', REACTOR_READABLE);
        victims[i]->probe.then = free_all;
        send_byte(victims[i]->pair.peer);
    }
    assert_int_equal(await_calls(loop), 1);
    assert_nobody(loop);
    reactor_loop_close(loop);
}

static void stop_and_start_self(struct probe *self)
{
    struct watch *watch = (struct watch *)self;

    reactor_handler_stop(&watch->handler);
    assert_ok(reactor_handler_start(&watch->handler, watch->pair.mine,
                                    REACTOR_READABLE));
}

static void a_handler_can_stop_and_start_itself(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch a;
    int i;

    (void)state;
    watch_start(&a, loop, 'a', REACTOR_READABLE);
    a.probe.then = stop_and_start_self;
    send_byte(a.pair.peer);
    for (i = 0; i < 10; i++)
        assert_int_equal(await_calls(loop), 1);
    assert_int_equal(reactor_loop_alive(loop), 1);
    watch_end(&a);
    reactor_loop_close(loop);
}

/* ---- From every kind of callback ---- */

static struct watch caller;
static struct reactor_post post;
static struct reactor_timer timer;
static struct reactor_hook hook;

static void call_handler(struct reactor_loop *loop, struct probe *probe)
{
    watch_init(&caller, loop, 0);
    reactor_handler_init(&caller.handler, loop, on_ready, probe);
    assert_ok(reactor_handler_start(&caller.handler, caller.pair.mine,
                                    REACTOR_READABLE));
    send_byte(caller.pair.peer);
}

static void end_handler(void)
{
    watch_end(&caller);
}

/* Its change is refused, which it is told. */
static void call_refused(struct reactor_loop *loop, struct probe *probe)
{
    call_handler(loop, probe);
    close_handle(caller.pair.mine);
    assert_ok(reactor_handler_update(&caller.handler, DIRECTIONS));
}

static void end_refused(void)
{
    reactor_handler_stop(&caller.handler);
    close_handle(caller.pair.peer);
}

static void call_post(struct reactor_loop *loop, struct probe *probe)
{
    reactor_post_init(&post, loop, on_post, probe);
    assert_ok(reactor_post_send(&post));
}

static void call_timer(struct reactor_loop *loop, struct probe *probe)
{
    reactor_timer_init(&timer, loop, on_time, probe);
    reactor_timer_start(&timer, 0, 0);
}

static void end_timer(void)
{
    reactor_timer_stop(&timer);
}

static void call_before_wait(struct reactor_loop *loop, struct probe *probe)
{
    reactor_hook_init(&hook, loop, on_hook, probe);
    assert_ok(reactor_hook_start(&hook, REACTOR_BEFORE_WAIT));
}

static void call_after_wait(struct reactor_loop *loop, struct probe *probe)
{
    reactor_hook_init(&hook, loop, on_hook, probe);
    assert_ok(reactor_hook_start(&hook, REACTOR_AFTER_WAIT));
}

static void end_hook(void)
{
    reactor_hook_stop(&hook);
}

static void end_nothing(void)
{
}

static const struct kind {
    void (*call)(struct reactor_loop *loop, struct probe *probe);
    void (*end)(void);
} kinds[] = {
    {call_handler, end_handler},  {call_refused, end_refused},
    {call_post, end_nothing},     {call_timer, end_timer},
    {call_before_wait, end_hook}, {call_after_wait, end_hook},
};

/* What the callback does to `target`, once. */
static struct watch target;

static void start_target(struct probe *self)
{
    self->then = NULL;
    assert_ok(reactor_handler_start(&target.handler, target.pair.mine,
                                    REACTOR_READABLE));
}

static void widen_target(struct probe *self)
{
    self->then = NULL;
    assert_ok(reactor_handler_update(&target.handler, DIRECTIONS));
}

static void stop_target(struct probe *self)
{
    self->then = NULL;
    reactor_handler_stop(&target.handler);
}

static void close_loop(struct probe *self)
{
    self->then = NULL;
    reactor_loop_close(self->loop);
    reactor_loop_close(self->loop);
}

static void try_to_run(struct probe *self)
{
    int64_t deadline_ns = -2;

    self->then = NULL;
    assert_error(reactor_loop_run(self->loop), -EBUSY);
    assert_error(reactor_loop_turn(self->loop, 0), -EBUSY);
    assert_error(reactor_loop_prepare(self->loop, &deadline_ns), -EBUSY);
    assert_int_equal(deadline_ns, -2);
}

static struct probe prepare(struct reactor_loop *loop,
                            void (*then)(struct probe *))
{
    struct probe probe;

    memset(&probe, 0, sizeof(probe));
    probe.loop = loop;
    probe.then = then;
    return probe;
}

/* The kind of callback has been, and what it did is in force. */
static void turn_until_done(struct reactor_loop *loop,
                            const struct probe *probe)
{
    int i;

    for (i = 0; i < 10 && probe->then != NULL; i++)
        reactor_loop_turn(loop, SILENCE_NS);
    assert_null(probe->then);
}

static void every_callback_can_start_a_handler(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(kinds); i++) {
        struct reactor_loop *loop = open_loop();
        struct probe probe = prepare(loop, start_target);

        watch_init(&target, loop, 't');
        send_byte(target.pair.peer);
        kinds[i].call(loop, &probe);
        turn_until_done(loop, &probe);
        kinds[i].end();
        while (target.probe.calls == 0)
            await_calls(loop);
        assert_int_equal(target.probe.readiness, REACTOR_READABLE);
        watch_end(&target);
        reactor_loop_close(loop);
    }
}

static void every_callback_can_update_a_handler(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(kinds); i++) {
        struct reactor_loop *loop = open_loop();
        struct probe probe = prepare(loop, widen_target);

        watch_start(&target, loop, 't', REACTOR_READABLE);
        kinds[i].call(loop, &probe);
        turn_until_done(loop, &probe);
        kinds[i].end();
        while (target.probe.calls == 0)
            await_calls(loop);
        assert_int_equal(target.probe.readiness, REACTOR_WRITABLE);
        watch_end(&target);
        reactor_loop_close(loop);
    }
}

/* But for those that come after handlers, not even in the same turn. */
static void every_callback_can_stop_a_handler(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(kinds); i++) {
        struct reactor_loop *loop = open_loop();
        struct probe probe = prepare(loop, stop_target);
        unsigned calls;

        watch_start(&target, loop, 't', REACTOR_WRITABLE);
        kinds[i].call(loop, &probe);
        turn_until_done(loop, &probe);
        kinds[i].end();
        calls = target.probe.calls;
        if (kinds[i].end == end_hook)
            assert_int_equal(calls, 0);
        assert_nobody(loop);
        assert_int_equal(target.probe.calls, calls);
        watch_end(&target);
        reactor_loop_close(loop);
    }
}

/* R1: the rest of the turn is not to be, and then all is idle. */
static void every_callback_can_close_the_loop(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < 2 * COUNT_OF(kinds); i++) {
        const struct kind *kind = &kinds[i / 2];
        struct reactor_loop *loop = open_loop();
        struct probe probe = prepare(loop, close_loop);

        watch_start(&target, loop, 't', REACTOR_WRITABLE);
        kind->call(loop, &probe);
        if (i % 2 == 0)
            assert_int_equal(reactor_loop_run(loop), 1);
        else
            assert_true(reactor_loop_turn(loop, PATIENCE_NS) >= 0);
        assert_int_equal(probe.calls, 1);
        assert_int_equal(reactor_handler_is_active(&target.handler), 0);
        if (kind->end == end_hook)
            assert_int_equal(target.probe.calls, 0);
        else
            kind->end();
        watch_end(&target);
    }
}

/* Nothing is ready: a wait would not end. */
static void a_close_before_the_wait_leaves_it_out(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct probe probe = prepare(loop, close_loop);

    (void)state;
    watch_start(&target, loop, 't', REACTOR_READABLE);
    call_before_wait(loop, &probe);
    assert_is_stopped(loop);
    watch_end(&target);
    loop = open_loop();
    probe = prepare(loop, close_loop);
    watch_start(&target, loop, 't', REACTOR_READABLE);
    call_before_wait(loop, &probe);
    assert_int_equal(reactor_loop_turn(loop, -1), 0);
    watch_end(&target);
}

static void a_close_before_a_wait_from_outside_is_told(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct probe probe = prepare(loop, close_loop);
    int64_t deadline_ns = -2;

    (void)state;
    call_before_wait(loop, &probe);
    assert_error(reactor_loop_prepare(loop, &deadline_ns), -ECANCELED);
    assert_int_equal(deadline_ns, -2);
}

static struct watch witnesses[10];

static void the_rest_of_a_batch_is_not_called_after_a_close(void **state)
{
    struct reactor_loop *loop = open_loop();
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(witnesses); i++) {
        watch_start(&witnesses[i], loop, 'x', REACTOR_WRITABLE);
        witnesses[i].probe.then = close_loop;
    }
    assert_int_equal(await_calls(loop), 1);
    assert_string_equal(journal, "x");
    for (i = 0; i < COUNT_OF(witnesses); i++) {
        assert_int_equal(reactor_handler_is_active(&witnesses[i].handler), 0);
        watch_end(&witnesses[i]);
    }
}

static void no_callback_can_run_the_loop(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(kinds); i++) {
        struct reactor_loop *loop = open_loop();
        struct probe probe = prepare(loop, try_to_run);

        kinds[i].call(loop, &probe);
        turn_until_done(loop, &probe);
        kinds[i].end();
        assert_nobody(loop);
        reactor_loop_close(loop);
    }
}

/* ---- R8 ---- */

static struct watch relay[2];

/* Stops itself, and starts the other one, which is ready. */
static void pass_on(struct probe *self)
{
    struct watch *other =
        (struct watch *)self == &relay[0] ? &relay[1] : &relay[0];

    reactor_handler_stop(&((struct watch *)self)->handler);
    assert_ok(reactor_handler_start(&other->handler, other->pair.mine,
                                    REACTOR_WRITABLE));
}

static void send_again(struct probe *self)
{
    if (self->calls == 10)
        assert_ok(reactor_loop_stop(self->loop));
    else
        assert_ok(reactor_post_send(&post));
}

static void handlers_that_start_each_other_for_ever_starve_nobody(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct probe probe = prepare(loop, send_again);
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(relay); i++) {
        watch_init(&relay[i], loop, 'r');
        relay[i].probe.then = pass_on;
    }
    pass_on(&relay[0].probe);
    call_post(loop, &probe);
    assert_is_stopped(loop);
    assert_int_equal(probe.calls, 10);
    assert_in_range(relay[0].probe.calls + relay[1].probe.calls, 1, 11);
    for (i = 0; i < COUNT_OF(relay); i++)
        watch_end(&relay[i]);
    reactor_loop_close(loop);
}

/* ---- The budget ---- */

static void a_turn_calls_no_more_handlers_than_its_budget(void **state)
{
    struct reactor_loop_options options = REACTOR_LOOP_OPTIONS_INIT;
    struct reactor_loop *loop;
    int turn;
    size_t i;

    (void)state;
    options.budget = 3;
    loop = open_loop_with(&options);
    for (i = 0; i < COUNT_OF(witnesses); i++)
        watch_start(&witnesses[i], loop, 'x', REACTOR_WRITABLE);
    for (turn = 0; turn < 8; turn++) /* 2 * ceil(10 / 3) */
        assert_in_range(await_calls(loop), 1, 3);
    for (i = 0; i < COUNT_OF(witnesses); i++) {
        assert_true(witnesses[i].probe.calls > 0);
        watch_end(&witnesses[i]);
    }
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(
            a_handler_can_stop_and_free_itself_though_there_is_more),
        CLAIM_WITHOUT_REACTOR(a_handler_can_free_itself_and_all_the_others),
        CLAIM_WITHOUT_REACTOR(a_handler_can_stop_and_start_itself),
        CLAIM_WITHOUT_REACTOR(every_callback_can_start_a_handler),
        CLAIM_WITHOUT_REACTOR(every_callback_can_update_a_handler),
        CLAIM_WITHOUT_REACTOR(every_callback_can_stop_a_handler),
        CLAIM_WITHOUT_REACTOR(every_callback_can_close_the_loop),
        CLAIM_WITHOUT_REACTOR(a_close_before_the_wait_leaves_it_out),
        CLAIM_WITHOUT_REACTOR(a_close_before_a_wait_from_outside_is_told),
        CLAIM_WITHOUT_REACTOR(the_rest_of_a_batch_is_not_called_after_a_close),
        CLAIM_WITHOUT_REACTOR(no_callback_can_run_the_loop),
        CLAIM_WITHOUT_REACTOR(
            handlers_that_start_each_other_for_ever_starve_nobody),
        CLAIM_WITHOUT_REACTOR(a_turn_calls_no_more_handlers_than_its_budget),
    };

    return run_claims_both_ways(claims);
}
