/* SPDX-License-Identifier: MIT */
/* Handlers one at a time: started, updated, stopped, and called. */
#include "support/loops.h"

/* ---- Called ---- */

static void a_handler_is_called_when_its_handle_is_ready(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch a;

    (void)state;
    watch_start(&a, loop, 'a', REACTOR_READABLE);
    assert_nobody(loop);
    send_byte(a.pair.peer);
    assert_int_equal(await_calls(loop), 1);
    assert_string_equal(journal, "a");
    assert_int_equal(a.probe.readiness, REACTOR_READABLE);
    drain(a.pair.mine);
    assert_nobody(loop);
    watch_end(&a);
    reactor_loop_close(loop);
}

/* Not started; all that can be asked for is ready. */
static void init_ready(struct watch *watch, struct reactor_loop *loop)
{
    watch_init(watch, loop, 'a');
    close_pair(&watch->pair);
    watch->pair = tcp_pair();
    send_byte(watch->pair.peer);
    send_priority(watch->pair.peer);
}

/* Whatever bits are asked for: supported, or refused and without effect. */
static void every_mix_of_interest_is_honoured_or_refused(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch a;
    uint32_t mix;

    (void)state;
    init_ready(&a, loop);
    for (mix = 0; mix < INTEREST_MIXES; mix++) {
        int error = reactor_handler_start(&a.handler, a.pair.mine, mix);
        uint32_t expected = mix & READINESS_ALL;

        assert_error(error, is_supported(mix) ? 0 : -ENOTSUP);
        assert_int_equal(reactor_handler_is_active(&a.handler), error == 0);
        assert_int_equal(turn_once(loop), error == 0 && expected != 0);
        if (error == 0 && expected != 0)
            assert_int_equal(a.probe.readiness, expected);
        reactor_handler_stop(&a.handler);
    }
    watch_end(&a);
    reactor_loop_close(loop);
}

/* The same, by an update from every mix to every other one. */
static void every_mix_can_be_updated_to_every_other_one(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch a;
    uint32_t from;
    uint32_t to;

    (void)state;
    init_ready(&a, loop);
    for (from = 0; from < INTEREST_MIXES; from++)
        for (to = 0; to < INTEREST_MIXES; to++) {
            uint32_t expected = to & READINESS_ALL;

            if (!is_supported(from) || !is_supported(to))
                continue;
            assert_ok(reactor_handler_start(&a.handler, a.pair.mine, from));
            turn_once(loop);
            assert_ok(reactor_handler_update(&a.handler, to));
            a.probe.readiness = 0;
            assert_int_equal(turn_once(loop), expected != 0);
            assert_int_equal(a.probe.readiness, expected);
        }
    watch_end(&a);
    reactor_loop_close(loop);
}

static void level_is_told_as_long_as_it_lasts(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch a;
    int i;

    (void)state;
    watch_start(&a, loop, 'a', REACTOR_READABLE);
    send_byte(a.pair.peer);
    for (i = 0; i < 5; i++)
        assert_int_equal(await_calls(loop), 1);
    drain(a.pair.mine);
    assert_nobody(loop);
    watch_end(&a);
    reactor_loop_close(loop);
}

static void edge_is_told_once_for_each_change(void **state)
{
    struct reactor_loop *loop;
    struct watch a;
    int i;

    (void)state;
    if (!is_supported(REACTOR_EDGE))
        skip_because("no edges here");
    loop = open_loop();
    watch_start(&a, loop, 'a', REACTOR_READABLE | REACTOR_EDGE);
    for (i = 0; i < 5; i++) {
        send_byte(a.pair.peer);
        assert_int_equal(await_calls(loop), 1);
        drain(a.pair.mine);
        turn_once(loop); /* a repeat is allowed */
        assert_nobody(loop);
    }
    watch_end(&a);
    reactor_loop_close(loop);
}

static void oneshot_is_told_once_for_each_update(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch a;
    int i;

    (void)state;
    watch_start(&a, loop, 'a', REACTOR_READABLE | REACTOR_ONESHOT);
    send_byte(a.pair.peer);
    for (i = 0; i < 5; i++) {
        assert_int_equal(await_calls(loop), 1);
        assert_int_equal(a.probe.readiness, REACTOR_READABLE);
        assert_nobody(loop);
        assert_ok(reactor_handler_update(&a.handler,
                                         REACTOR_READABLE | REACTOR_ONESHOT));
    }
    watch_end(&a);
    reactor_loop_close(loop);
}

static void a_hang_up_comes_with_the_directions_asked_for(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch a;

    (void)state;
    watch_start(&a, loop, 'a', REACTOR_READABLE);
    close_peer(&a.pair);
    assert_int_equal(await_calls(loop), 1);
    assert_int_equal(a.probe.readiness & READINESS_ALL, REACTOR_READABLE);
    assert_true(a.probe.readiness & REACTOR_READ_CLOSED);
    watch_end(&a);
    reactor_loop_close(loop);
}

static void a_paused_handler_is_not_even_told_of_a_hang_up(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch a;

    (void)state;
    watch_start(&a, loop, 'a', 0);
    close_peer(&a.pair);
    assert_nobody(loop);
    assert_nobody(loop);
    assert_ok(reactor_handler_update(&a.handler, REACTOR_READABLE));
    assert_int_equal(await_calls(loop), 1);
    watch_end(&a);
    reactor_loop_close(loop);
}

/* ---- What it is ---- */

static void getters_tell_what_was_asked_for_last(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch a;

    (void)state;
    watch_init(&a, loop, 'a');
    assert_int_equal(reactor_handler_is_active(&a.handler), 0);
    assert_int_equal(reactor_handler_interest(&a.handler), 0);
    assert_int_equal(reactor_handler_handle(&a.handler),
                     REACTOR_INVALID_HANDLE);
    assert_ok(reactor_handler_start(&a.handler, a.pair.mine, DIRECTIONS));
    assert_int_equal(reactor_handler_is_active(&a.handler), 1);
    assert_int_equal(reactor_handler_interest(&a.handler), DIRECTIONS);
    assert_int_equal(reactor_handler_handle(&a.handler), a.pair.mine);
    assert_ok(reactor_handler_update(&a.handler, REACTOR_READABLE));
    assert_int_equal(reactor_handler_interest(&a.handler), REACTOR_READABLE);
    assert_ok(reactor_handler_update(&a.handler, 0));
    assert_int_equal(reactor_handler_interest(&a.handler), 0);
    assert_int_equal(reactor_handler_is_active(&a.handler), 1);
    reactor_handler_stop(&a.handler);
    assert_int_equal(reactor_handler_is_active(&a.handler), 0);
    assert_int_equal(reactor_handler_handle(&a.handler),
                     REACTOR_INVALID_HANDLE);
    watch_end(&a);
    reactor_loop_close(loop);
}

static void null_is_answered_and_does_no_harm(void **state)
{
    (void)state;
    assert_error(reactor_handler_start(NULL, 0, REACTOR_READABLE), -EINVAL);
    assert_error(reactor_handler_update(NULL, REACTOR_READABLE), -EINVAL);
    reactor_handler_stop(NULL);
    assert_int_equal(reactor_handler_handle(NULL), REACTOR_INVALID_HANDLE);
    assert_int_equal(reactor_handler_interest(NULL), 0);
    assert_int_equal(reactor_handler_is_active(NULL), 0);
}

static void active_handlers_keep_the_loop_alive(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch a;
    struct watch b;

    (void)state;
    assert_int_equal(reactor_loop_alive(loop), 0);
    watch_start(&a, loop, 'a', REACTOR_READABLE);
    assert_int_equal(reactor_loop_alive(loop), 1);
    watch_start(&b, loop, 'b', 0);
    assert_int_equal(reactor_loop_alive(loop), 2);
    assert_ok(reactor_handler_update(&a.handler, 0));
    assert_ok(reactor_handler_start(&a.handler, a.pair.mine, DIRECTIONS));
    assert_ok(reactor_handler_start(&a.handler, a.pair.peer, 0));
    assert_int_equal(reactor_loop_alive(loop), 2);
    reactor_handler_stop(&b.handler);
    reactor_handler_stop(&b.handler);
    assert_int_equal(reactor_loop_alive(loop), 1);
    watch_end(&a);
    assert_int_equal(reactor_loop_alive(loop), 0);
    assert_runs_out(loop);
    watch_end(&b);
    reactor_loop_close(loop);
}

static void closing_the_loop_makes_handlers_idle(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch watches[40];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(watches); i++)
        watch_start(&watches[i], loop, 'a', i % 2 ? REACTOR_READABLE : 0);
    for (i = 0; i < COUNT_OF(watches); i += 3)
        assert_ok(reactor_handler_update(&watches[i].handler, DIRECTIONS));
    for (i = 0; i < COUNT_OF(watches); i += 7)
        reactor_handler_stop(&watches[i].handler);
    reactor_loop_close(loop);
    for (i = 0; i < COUNT_OF(watches); i++) {
        assert_int_equal(reactor_handler_is_active(&watches[i].handler), 0);
        assert_int_equal(reactor_handler_interest(&watches[i].handler), 0);
        watch_end(&watches[i]);
    }
}

/* ---- Stopped ---- */

static void the_peer_sees_the_end_at_once_after_a_stop(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch a;

    (void)state;
    watch_start(&a, loop, 'a', REACTOR_READABLE);
    assert_nobody(loop); /* the kernel holds it */
    reactor_handler_stop(&a.handler);
    close_handle(a.pair.mine);
    assert_true(is_at_end(a.pair.peer));
    close_handle(a.pair.peer);
    assert_nobody(loop);
    reactor_loop_close(loop);
}

static void a_stopped_handler_is_not_called(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch a;

    (void)state;
    watch_start(&a, loop, 'a', REACTOR_READABLE);
    send_byte(a.pair.peer);
    assert_int_equal(await_calls(loop), 1);
    reactor_handler_stop(&a.handler);
    assert_nobody(loop);
    watch_end(&a);
    reactor_loop_close(loop);
}

static void changes_before_a_stop_are_forgotten(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch a;
    struct watch b;

    (void)state;
    watch_start(&a, loop, 'a', REACTOR_READABLE);
    watch_start(&b, loop, 'b', REACTOR_READABLE);
    assert_ok(reactor_handler_update(&a.handler, DIRECTIONS));
    reactor_handler_stop(&a.handler);
    assert_ok(reactor_handler_update(&b.handler, DIRECTIONS));
    assert_ok(reactor_handler_start(&a.handler, a.pair.mine, 0));
    assert_int_equal(await_calls(loop), 1);
    assert_string_equal(journal, "b");
    watch_end(&a);
    watch_end(&b);
    assert_nobody(loop);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_handler_is_called_when_its_handle_is_ready),
        CLAIM_WITHOUT_REACTOR(every_mix_of_interest_is_honoured_or_refused),
        CLAIM_WITHOUT_REACTOR(every_mix_can_be_updated_to_every_other_one),
        CLAIM_WITHOUT_REACTOR(level_is_told_as_long_as_it_lasts),
        CLAIM_WITHOUT_REACTOR(edge_is_told_once_for_each_change),
        CLAIM_WITHOUT_REACTOR(oneshot_is_told_once_for_each_update),
        CLAIM_WITHOUT_REACTOR(a_hang_up_comes_with_the_directions_asked_for),
        CLAIM_WITHOUT_REACTOR(a_paused_handler_is_not_even_told_of_a_hang_up),
        CLAIM_WITHOUT_REACTOR(getters_tell_what_was_asked_for_last),
        CLAIM_WITHOUT_REACTOR(null_is_answered_and_does_no_harm),
        CLAIM_WITHOUT_REACTOR(active_handlers_keep_the_loop_alive),
        CLAIM_WITHOUT_REACTOR(closing_the_loop_makes_handlers_idle),
        CLAIM_WITHOUT_REACTOR(the_peer_sees_the_end_at_once_after_a_stop),
        CLAIM_WITHOUT_REACTOR(a_stopped_handler_is_not_called),
        CLAIM_WITHOUT_REACTOR(changes_before_a_stop_are_forgotten),
    };

    return run_claims_both_ways(claims);
}
