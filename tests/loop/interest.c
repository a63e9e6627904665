/* SPDX-License-Identifier: MIT */
/* What an update costs: which changes the backend is told, and when. */
#include "loop/told.h"

#include <string.h>

/* ---- Netting ---- */

static void an_update_costs_one_change_in_the_next_turn(void **state)
{
    (void)state;
    begin(REACTOR_READABLE);
    update(DIRECTIONS);
    assert_cost(0);
    go(1);
    assert_cost(1);
    assert_calls(1);
    assert_int_equal(a.probe.readiness, REACTOR_WRITABLE);
    go(5);
    assert_cost(0);
    assert_calls(6);
    end();
}

static void what_cancels_out_costs_nothing(void **state)
{
    int i;

    (void)state;
    begin(REACTOR_READABLE);
    for (i = 0; i < 5; i++) {
        update(DIRECTIONS);
        update(REACTOR_READABLE);
        update(REACTOR_WRITABLE);
        update(0);
        update(REACTOR_READABLE);
        go(2);
        assert_cost(0);
    }
    assert_calls(0);
    send_byte(a.pair.peer);
    go(1);
    assert_calls(1);
    assert_cost(0);
    end();
}

static void an_update_to_what_is_already_costs_nothing(void **state)
{
    (void)state;
    begin(DIRECTIONS);
    update(DIRECTIONS);
    go(2);
    assert_cost(0);
    assert_calls(2);
    end();
}

static void of_many_updates_only_the_last_is_told(void **state)
{
    int i;

    (void)state;
    begin(0);
    for (i = 0; i < 10; i++) {
        update(REACTOR_READABLE);
        update(REACTOR_WRITABLE);
    }
    go(1);
    assert_cost(1);
    assert_calls(1);
    assert_int_equal(a.probe.readiness, REACTOR_WRITABLE);
    end();
}

/* In whichever order they come, and are taken back. */
static void others_are_told_nothing_of_it(void **state)
{
    struct watch others[8];
    size_t i;

    (void)state;
    begin(REACTOR_READABLE);
    for (i = 0; i < COUNT_OF(others); i++)
        watch_start(&others[i], loop, 'o', REACTOR_READABLE);
    adds = 0;
    for (i = 0; i < COUNT_OF(others); i++)
        assert_ok(reactor_handler_update(&others[i].handler, DIRECTIONS));
    for (i = 0; i < COUNT_OF(others); i += 2)
        assert_ok(reactor_handler_update(&others[i].handler, REACTOR_READABLE));
    update(DIRECTIONS);
    update(REACTOR_READABLE);
    assert_ok(reactor_handler_update(&others[7].handler, REACTOR_READABLE));
    go(1);
    assert_cost(3);
    for (i = 0; i < COUNT_OF(others); i++)
        assert_int_equal(others[i].probe.calls, i % 2 != 0 && i != 7);
    for (i = 0; i < COUNT_OF(others); i++)
        watch_end(&others[i]);
    end();
}

/* ---- Laziness ---- */

static void shrinking_costs_nothing_until_something_unwanted_comes(void **state)
{
    (void)state;
    begin(DIRECTIONS);
    update(REACTOR_READABLE);
    assert_int_equal(reactor_handler_interest(&a.handler), REACTOR_READABLE);
    go(1); /* it is writable, which is not told */
    assert_cost(0);
    assert_calls(0);
    go(1);
    assert_cost(1);
    go(3);
    assert_cost(0);
    assert_calls(0);
    send_byte(a.pair.peer);
    go(1);
    assert_calls(1);
    assert_int_equal(a.probe.readiness, REACTOR_READABLE);
    update(DIRECTIONS);
    go(1);
    assert_cost(1);
    assert_calls(2);
    assert_int_equal(a.probe.readiness, DIRECTIONS);
    end();
}

static void what_comes_with_something_wanted_costs_nothing(void **state)
{
    (void)state;
    begin(DIRECTIONS);
    send_byte(a.pair.peer);
    update(REACTOR_READABLE);
    go(5);
    assert_cost(0);
    assert_calls(5);
    assert_int_equal(a.probe.readiness, REACTOR_READABLE);
    end();
}

static void what_is_wanted_again_in_time_costs_nothing(void **state)
{
    (void)state;
    begin(DIRECTIONS);
    update(REACTOR_READABLE);
    go(1);
    update(DIRECTIONS);
    go(2);
    assert_cost(0);
    assert_calls(2);
    assert_int_equal(a.probe.readiness, REACTOR_WRITABLE);
    end();
}

static void pausing_and_resuming_costs_nothing(void **state)
{
    int i;

    (void)state;
    begin(REACTOR_READABLE);
    for (i = 0; i < 5; i++) {
        update(0);
        go(3);
        update(REACTOR_READABLE);
        go(1);
    }
    assert_cost(0);
    send_byte(a.pair.peer);
    go(1);
    assert_calls(1);
    update(0); /* now it costs one each time */
    go(3);
    assert_cost(1);
    assert_calls(1);
    update(REACTOR_READABLE);
    go(3);
    assert_cost(1);
    assert_calls(4);
    end();
}

static void a_paused_handler_costs_one_change_at_a_hang_up(void **state)
{
    (void)state;
    begin(REACTOR_READABLE);
    update(0);
    close_peer(&a.pair);
    go(5);
    assert_cost(1);
    assert_calls(0);
    update(REACTOR_READABLE);
    go(1);
    assert_cost(1);
    assert_calls(1);
    assert_true(a.probe.readiness & REACTOR_READ_CLOSED);
    end();
}

/* ---- Triggers ---- */

static void an_update_with_a_trigger_always_looks_again(void **state)
{
    int i;

    (void)state;
    for (i = 1; i < TRIGGER_COUNT; i++) {
        uint32_t interest = REACTOR_READABLE | triggers[i];
        unsigned n;

        if (!is_supported(interest))
            continue;
        begin(interest);
        send_byte(a.pair.peer);
        for (n = 1; n <= 5; n++) {
            go(1);
            assert_calls(n);
            assert_cost(n > 1);
            update(interest);
            update(interest);
        }
        end();
    }
}

static void a_trigger_given_up_is_told(void **state)
{
    int i;

    (void)state;
    for (i = 1; i < TRIGGER_COUNT; i++) {
        if (!is_supported(triggers[i]))
            continue;
        begin(REACTOR_READABLE | triggers[i]);
        send_byte(a.pair.peer);
        go(1);
        update(REACTOR_READABLE);
        go(3);
        assert_cost(1);
        assert_calls(4);
        update(REACTOR_READABLE | triggers[i]);
        go(1);
        assert_cost(1);
        assert_calls(5);
        end();
    }
}

/* A oneshot that has fired is armed again by whatever it is updated to. */
static void what_was_armed_and_paused_is_armed_again(void **state)
{
    (void)state;
    begin(REACTOR_READABLE | REACTOR_ONESHOT);
    update(0);
    send_byte(a.pair.peer);
    go(3);
    assert_calls(0);
    update(REACTOR_READABLE | REACTOR_ONESHOT);
    go(1);
    assert_calls(1);
    update(DIRECTIONS | REACTOR_ONESHOT);
    go(3);
    assert_calls(2);
    assert_int_equal(a.probe.readiness, DIRECTIONS);
    end();
}

/* ---- Starts and stops ---- */

static void starts_and_stops_are_told_at_once(void **state)
{
    struct watch b;

    (void)state;
    begin(REACTOR_READABLE);
    watch_init(&b, loop, 'b');
    update(DIRECTIONS);
    reactor_handler_stop(&a.handler);
    assert_int_equal(removes, 1);
    assert_ok(reactor_handler_start(&a.handler, a.pair.mine, REACTOR_READABLE));
    assert_int_equal(adds, 1);
    assert_int_equal(modifies, 0);
    update(DIRECTIONS);
    assert_ok(reactor_handler_start(&a.handler, a.pair.mine, REACTOR_READABLE));
    assert_int_equal(modifies, 1);
    assert_ok(reactor_handler_start(&a.handler, b.pair.mine, REACTOR_READABLE));
    assert_int_equal(adds, 2);
    assert_int_equal(removes, 2);
    go(3);
    assert_int_equal(modifies, 1);
    watch_end(&b);
    end();
}

static void a_failed_start_costs_the_backend_nothing_else(void **state)
{
    (void)state;
    begin(REACTOR_READABLE);
    assert_error(
        reactor_handler_start(&a.handler, ticker.pair.mine, REACTOR_READABLE),
        -EEXIST);
    adds = 0;
    refuse(1, -ENOMEM); /* the same handle again: it is a modification */
    assert_error(reactor_handler_start(&a.handler, a.pair.mine, DIRECTIONS),
                 -ENOMEM);
    assert_cost(1);
    assert_int_equal(reactor_handler_interest(&a.handler), REACTOR_READABLE);
    send_byte(a.pair.peer);
    go(1);
    assert_calls(1);
    assert_int_equal(a.probe.readiness, REACTOR_READABLE);
    end();
}

/* ---- Hooks ---- */

static void widen(struct probe *self)
{
    (void)self;
    update(DIRECTIONS);
}

static void what_a_hook_changes_before_the_wait_is_told_before_it(void **state)
{
    struct reactor_hook hook;
    struct probe probe;

    (void)state;
    memset(&probe, 0, sizeof(probe));
    probe.then = widen;
    begin(REACTOR_READABLE);
    reactor_hook_init(&hook, loop, on_hook, &probe);
    assert_ok(reactor_hook_start(&hook, REACTOR_BEFORE_WAIT));
    assert_int_equal(turn_once(loop), 2);
    assert_cost(1);
    assert_calls(1);
    reactor_hook_stop(&hook);
    end();
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(an_update_costs_one_change_in_the_next_turn),
        CLAIM_WITHOUT_REACTOR(what_cancels_out_costs_nothing),
        CLAIM_WITHOUT_REACTOR(an_update_to_what_is_already_costs_nothing),
        CLAIM_WITHOUT_REACTOR(of_many_updates_only_the_last_is_told),
        CLAIM_WITHOUT_REACTOR(others_are_told_nothing_of_it),
        CLAIM_WITHOUT_REACTOR(
            shrinking_costs_nothing_until_something_unwanted_comes),
        CLAIM_WITHOUT_REACTOR(what_comes_with_something_wanted_costs_nothing),
        CLAIM_WITHOUT_REACTOR(what_is_wanted_again_in_time_costs_nothing),
        CLAIM_WITHOUT_REACTOR(pausing_and_resuming_costs_nothing),
        CLAIM_WITHOUT_REACTOR(a_paused_handler_costs_one_change_at_a_hang_up),
        CLAIM_WITHOUT_REACTOR(an_update_with_a_trigger_always_looks_again),
        CLAIM_WITHOUT_REACTOR(a_trigger_given_up_is_told),
        CLAIM_WITHOUT_REACTOR(what_was_armed_and_paused_is_armed_again),
        CLAIM_WITHOUT_REACTOR(starts_and_stops_are_told_at_once),
        CLAIM_WITHOUT_REACTOR(a_failed_start_costs_the_backend_nothing_else),
        CLAIM_WITHOUT_REACTOR(
            what_a_hook_changes_before_the_wait_is_told_before_it),
    };

    return run_claims_both_ways(claims);
}
