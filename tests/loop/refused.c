/* SPDX-License-Identifier: MIT */
/* Changes that the kernel refuses when the loop gets round to them. */
#include "loop/told.h"

#include <stdlib.h>

static void a_refused_change_is_told_once_and_can_be_tried_again(void **state)
{
    (void)state;
    begin(REACTOR_READABLE);
    refuse(1, -ENOMEM);
    update(DIRECTIONS);
    go(1);
    assert_cost(1);
    assert_calls(1);
    assert_int_equal(a.probe.readiness, REACTOR_ERROR | DIRECTIONS);
    go(3);
    assert_cost(0);
    assert_calls(1);
    update(DIRECTIONS);
    go(1);
    assert_cost(1);
    assert_calls(2);
    assert_int_equal(a.probe.readiness, REACTOR_WRITABLE);
    end();
}

static void a_refused_change_is_not_slept_on(void **state)
{
    int64_t deadline_ns = -1;

    (void)state;
    begin(REACTOR_READABLE);
    reactor_handler_stop(&ticker.handler);
    refuse(1, -ENOMEM);
    update(DIRECTIONS);
    assert_ok(reactor_loop_prepare(loop, &deadline_ns));
    assert_int_equal(deadline_ns, 0);
    assert_int_equal(await_calls(loop), 1);
    assert_calls(1);
    assert_ok(reactor_loop_prepare(loop, &deadline_ns));
    assert_true(deadline_ns == REACTOR_FOREVER);
    end();
}

static void try_again(struct probe *self)
{
    (void)self;
    update(DIRECTIONS);
}

static void who_is_told_of_a_refusal_can_try_again(void **state)
{
    (void)state;
    begin(REACTOR_READABLE);
    a.probe.then = try_again;
    refuse(3, -ENOMEM);
    update(DIRECTIONS);
    go(1);
    assert_calls(1);
    go(1);
    assert_calls(2);
    go(1);
    assert_calls(3);
    assert_cost(3);
    assert_int_equal(a.probe.readiness, REACTOR_ERROR | DIRECTIONS);
    go(1);
    assert_calls(4);
    assert_int_equal(a.probe.readiness, REACTOR_WRITABLE);
    end();
}

/* Each of many is told, and told once, whatever the first one does. */
static struct watch *refused[8];
static void (*deed)(size_t i);
static unsigned told;

static void do_to_others(struct probe *self)
{
    size_t i;

    if (told++ > 0 || deed == NULL)
        return;
    for (i = 0; i < COUNT_OF(refused); i++)
        if (&refused[i]->probe != self)
            deed(i);
}

static void begin_with_refused(void (*what)(size_t i))
{
    size_t i;

    begin(0);
    told = 0;
    deed = what;
    for (i = 0; i < COUNT_OF(refused); i++) {
        refused[i] = malloc(sizeof(*refused[i]));
        assert_non_null(refused[i]);
        watch_start(refused[i], loop, 'r', 0);
        refused[i]->probe.then = do_to_others;
        assert_ok(
            reactor_handler_update(&refused[i]->handler, REACTOR_READABLE));
    }
    refuse(COUNT_OF(refused), -ENOSPC);
}

static void free_refused(size_t i)
{
    if (refused[i] == NULL)
        return;
    watch_end(refused[i]);
    free(refused[i]);
    refused[i] = NULL;
}

static void end_with_refused(void)
{
    size_t i;

    for (i = 0; i < COUNT_OF(refused); i++)
        free_refused(i);
    end();
}

static void all_that_are_refused_are_told(void **state)
{
    size_t i;

    (void)state;
    begin_with_refused(NULL);
    go(3);
    for (i = 0; i < COUNT_OF(refused); i++) {
        assert_int_equal(refused[i]->probe.calls, 1);
        assert_int_equal(refused[i]->probe.readiness,
                         REACTOR_ERROR | REACTOR_READABLE);
    }
    end_with_refused();
}

static void who_is_told_of_a_refusal_can_stop_the_others(void **state)
{
    (void)state;
    begin_with_refused(free_refused);
    go(3);
    assert_int_equal(told, 1);
    assert_int_equal(reactor_loop_alive(loop), 3);
    end_with_refused();
}

static void update_refused(size_t i)
{
    assert_ok(reactor_handler_update(&refused[i]->handler, DIRECTIONS));
}

/* What was refused is of no interest any more. */
static void who_is_updated_before_it_was_told_is_not_told(void **state)
{
    size_t i;

    (void)state;
    begin_with_refused(update_refused);
    go(1);
    assert_int_equal(told, 1);
    go(1);
    assert_int_equal(told, COUNT_OF(refused));
    for (i = 0; i < COUNT_OF(refused); i++)
        if (refused[i]->probe.readiness != (REACTOR_ERROR | REACTOR_READABLE))
            assert_int_equal(refused[i]->probe.readiness, REACTOR_WRITABLE);
    end_with_refused();
}

static void pause_refused(size_t i)
{
    assert_ok(reactor_handler_update(&refused[i]->handler, 0));
}

/* A paused one hears nothing, not even of what it was refused. */
static void who_is_paused_before_it_was_told_is_not_told(void **state)
{
    (void)state;
    begin_with_refused(pause_refused);
    go(1);
    assert_int_equal(told, 1);
    go(2);
    assert_int_equal(told, 1);
    end_with_refused();
}

static void restart_refused(size_t i)
{
    assert_ok(reactor_handler_start(&refused[i]->handler, refused[i]->pair.mine,
                                    REACTOR_READABLE));
}

static void who_is_restarted_before_it_was_told_is_not_told(void **state)
{
    (void)state;
    begin_with_refused(restart_refused);
    go(3);
    assert_int_equal(told, 1);
    end_with_refused();
}

static void close_loop(size_t i)
{
    (void)i;
    reactor_loop_close(loop);
}

static void who_is_told_of_a_refusal_can_close_the_loop(void **state)
{
    size_t i;

    (void)state;
    begin_with_refused(close_loop);
    go(1);
    assert_int_equal(told, 1);
    for (i = 0; i < COUNT_OF(refused); i++)
        assert_int_equal(reactor_handler_is_active(&refused[i]->handler), 0);
    for (i = 0; i < COUNT_OF(refused); i++)
        free_refused(i);
    watch_end(&a);
    watch_end(&ticker);
}

/* The backend forgets it, and a number used again is left alone. */
static void a_handle_closed_without_a_stop_is_told_by_an_update(void **state)
{
    (void)state;
    begin(REACTOR_READABLE);
    close_handle(a.pair.mine);
    update(DIRECTIONS);
    go(3);
    assert_calls(1);
    assert_int_equal(a.probe.readiness, REACTOR_ERROR | DIRECTIONS);
    assert_int_equal(removes, 1);
    update(REACTOR_READABLE);
    go(3);
    assert_calls(2);
    assert_int_equal(a.probe.readiness, REACTOR_ERROR | REACTOR_READABLE);
    reactor_handler_stop(&a.handler);
    assert_int_equal(removes, 1);
    close_handle(a.pair.peer);
    a.pair = stream_pair();
    assert_ok(reactor_handler_start(&a.handler, a.pair.mine, REACTOR_WRITABLE));
    go(1);
    assert_calls(3);
    end();
}

static void who_was_refused_can_be_started_on_the_same_number(void **state)
{
    reactor_handle number;

    (void)state;
    begin(REACTOR_READABLE);
    number = a.pair.mine;
    close_handle(a.pair.peer);
    close_handle(a.pair.mine);
    update(DIRECTIONS);
    go(1);
    assert_calls(1);
    a.pair = stream_pair();
    if (move_to_number(duplicate(a.pair.mine), number)) {
        assert_ok(reactor_handler_start(&a.handler, number, REACTOR_READABLE));
        send_byte(a.pair.peer);
        go(1);
        assert_calls(2);
        assert_int_equal(reactor_loop_alive(loop), 2);
        reactor_handler_stop(&a.handler);
        if (number != a.pair.mine)
            close_handle(number);
    }
    end();
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(
            a_refused_change_is_told_once_and_can_be_tried_again),
        CLAIM_WITHOUT_REACTOR(a_refused_change_is_not_slept_on),
        CLAIM_WITHOUT_REACTOR(who_is_told_of_a_refusal_can_try_again),
        CLAIM_WITHOUT_REACTOR(all_that_are_refused_are_told),
        CLAIM_WITHOUT_REACTOR(who_is_told_of_a_refusal_can_stop_the_others),
        CLAIM_WITHOUT_REACTOR(who_is_updated_before_it_was_told_is_not_told),
        CLAIM_WITHOUT_REACTOR(who_is_paused_before_it_was_told_is_not_told),
        CLAIM_WITHOUT_REACTOR(who_is_restarted_before_it_was_told_is_not_told),
        CLAIM_WITHOUT_REACTOR(who_is_told_of_a_refusal_can_close_the_loop),
        CLAIM_WITHOUT_REACTOR(
            a_handle_closed_without_a_stop_is_told_by_an_update),
        CLAIM_WITHOUT_REACTOR(
            who_was_refused_can_be_started_on_the_same_number),
    };

    return run_claims_both_ways(claims);
}
