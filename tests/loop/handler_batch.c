/* SPDX-License-Identifier: MIT */
/*
 * What callbacks do to others whose events have been fetched already, and to
 * themselves. Which of several ready handlers is the first is the system's
 * business: each is prepared to be it, and does to all others what is tried.
 */
#include "support/loops.h"

#include <string.h>

#define CROWD 64

static struct watch crowd[CROWD];

/* What the first one does to each of the others, and to itself. */
static void (*deed)(struct watch *watch);
static struct watch *first;

static void do_to_others(struct probe *self)
{
    size_t i;

    if (first != NULL)
        return;
    first = (struct watch *)self;
    for (i = 0; i < CROWD; i++)
        if (&crowd[i] != first)
            deed(&crowd[i]);
}

/* All are readable; the others have the same coming. */
static struct reactor_loop *open_with_crowd(uint32_t interest,
                                            void (*what)(struct watch *))
{
    struct reactor_loop *loop = open_loop();
    size_t i;

    first = NULL;
    deed = what;
    for (i = 0; i < CROWD; i++) {
        watch_start(&crowd[i], loop, 'x', interest);
        crowd[i].probe.then = do_to_others;
        send_byte(crowd[i].pair.peer);
    }
    return loop;
}

static void close_with_crowd(struct reactor_loop *loop)
{
    size_t i;

    for (i = 0; i < CROWD; i++)
        watch_end(&crowd[i]);
    reactor_loop_close(loop);
}

/* Every one of the others has had so many calls. */
static void assert_others_called(unsigned calls)
{
    size_t i;

    for (i = 0; i < CROWD; i++)
        if (&crowd[i] != first)
            assert_int_equal(crowd[i].probe.calls, calls);
}

/* ---- Others ---- */

static void stop(struct watch *watch)
{
    reactor_handler_stop(&watch->handler);
}

static void the_first_of_a_batch_can_stop_the_others(void **state)
{
    struct reactor_loop *loop = open_with_crowd(REACTOR_READABLE, stop);

    (void)state;
    assert_int_equal(await_calls(loop), 1);
    assert_others_called(0);
    assert_int_equal(reactor_loop_alive(loop), 1);
    assert_int_equal(await_calls(loop), 1);
    assert_int_equal(first->probe.calls, 2);
    assert_others_called(0);
    close_with_crowd(loop);
}

/* Its slot is given away, too: what was fetched must not go to the new one. */
static void stop_and_start(struct watch *watch)
{
    reactor_handler_stop(&watch->handler);
    assert_ok(reactor_handler_start(&watch->handler, watch->pair.mine,
                                    REACTOR_READABLE));
}

static void restart(struct watch *watch)
{
    assert_ok(reactor_handler_start(&watch->handler, watch->pair.mine,
                                    REACTOR_READABLE));
}

static void stop_and_start_at_the_other_end(struct watch *watch)
{
    reactor_handler_stop(&watch->handler);
    assert_ok(reactor_handler_start(&watch->handler, watch->pair.peer,
                                    REACTOR_READABLE));
}

static void restart_at_the_other_end(struct watch *watch)
{
    assert_ok(reactor_handler_start(&watch->handler, watch->pair.peer,
                                    REACTOR_READABLE));
}

/* What was fetched is of the past; level and oneshot are looked at anew. */
static void assert_called_by_the_next_turn(uint32_t trigger,
                                           void (*what)(struct watch *))
{
    struct reactor_loop *loop =
        open_with_crowd(REACTOR_READABLE | trigger, what);

    assert_int_equal(await_calls(loop), 1);
    assert_others_called(0);
    while (crowd[CROWD - 1].probe.calls + crowd[0].probe.calls < 2)
        await_calls(loop);
    assert_others_called(1);
    close_with_crowd(loop);
}

static void the_first_of_a_batch_can_stop_and_start_the_others(void **state)
{
    (void)state;
    assert_called_by_the_next_turn(0, stop_and_start);
    assert_called_by_the_next_turn(REACTOR_ONESHOT, stop_and_start);
}

static void the_first_of_a_batch_can_restart_the_others(void **state)
{
    (void)state;
    assert_called_by_the_next_turn(0, restart);
    assert_called_by_the_next_turn(REACTOR_ONESHOT, restart);
}

static void
who_watches_another_handle_now_is_not_called_for_the_old(void **state)
{
    struct reactor_loop *loop =
        open_with_crowd(REACTOR_READABLE, stop_and_start_at_the_other_end);

    (void)state;
    assert_int_equal(await_calls(loop), 1);
    assert_int_equal(await_calls(loop), 1);
    assert_others_called(0);
    close_with_crowd(loop);
    loop = open_with_crowd(REACTOR_READABLE, restart_at_the_other_end);
    assert_int_equal(await_calls(loop), 1);
    assert_int_equal(await_calls(loop), 1);
    assert_others_called(0);
    close_with_crowd(loop);
}

static void ask_for_nothing(struct watch *watch)
{
    assert_ok(reactor_handler_update(&watch->handler, 0));
}

static void the_first_of_a_batch_can_pause_the_others(void **state)
{
    struct reactor_loop *loop =
        open_with_crowd(REACTOR_READABLE, ask_for_nothing);
    size_t i;

    (void)state;
    assert_int_equal(await_calls(loop), 1);
    assert_int_equal(await_calls(loop), 1);
    assert_others_called(0);
    reactor_handler_stop(&first->handler);
    assert_nobody(loop);
    for (i = 0; i < CROWD; i++)
        if (&crowd[i] != first)
            assert_ok(
                reactor_handler_update(&crowd[i].handler, REACTOR_READABLE));
    assert_int_equal(await_calls(loop), CROWD - 1);
    assert_others_called(1);
    close_with_crowd(loop);
}

static void pause_and_resume(struct watch *watch)
{
    assert_ok(reactor_handler_update(&watch->handler, 0));
    assert_ok(reactor_handler_update(&watch->handler, REACTOR_READABLE));
}

static void who_is_paused_and_resumed_is_called_as_if_nothing_was(void **state)
{
    struct reactor_loop *loop =
        open_with_crowd(REACTOR_READABLE, pause_and_resume);

    (void)state;
    assert_int_equal(await_calls(loop), CROWD);
    assert_others_called(1);
    close_with_crowd(loop);
}

static void ask_for_writable(struct watch *watch)
{
    assert_ok(reactor_handler_update(&watch->handler, REACTOR_WRITABLE));
}

static void ask_for_both(struct watch *watch)
{
    assert_ok(reactor_handler_update(&watch->handler, DIRECTIONS));
}

/* Only what is asked for now is told, though the batch has more. */
static void the_first_of_a_batch_can_narrow_the_others(void **state)
{
    struct reactor_loop *loop = open_with_crowd(DIRECTIONS, ask_for_writable);
    size_t i;

    (void)state;
    assert_int_equal(await_calls(loop), CROWD);
    assert_others_called(1);
    for (i = 0; i < CROWD; i++)
        assert_int_equal(crowd[i].probe.readiness,
                         &crowd[i] == first ? DIRECTIONS : REACTOR_WRITABLE);
    close_with_crowd(loop);
}

/* What the batch has is told; what it can't have, by the next turn. */
static void the_first_of_a_batch_can_widen_the_others(void **state)
{
    struct reactor_loop *loop = open_with_crowd(REACTOR_READABLE, ask_for_both);
    size_t i;

    (void)state;
    assert_int_equal(await_calls(loop), CROWD);
    for (i = 0; i < CROWD; i++)
        assert_int_equal(crowd[i].probe.readiness, REACTOR_READABLE);
    assert_int_equal(await_calls(loop), CROWD);
    for (i = 0; i < CROWD; i++)
        assert_int_equal(crowd[i].probe.readiness,
                         &crowd[i] == first ? REACTOR_READABLE : DIRECTIONS);
    close_with_crowd(loop);
}

static void ask_for_the_other_direction(struct watch *watch)
{
    assert_ok(reactor_handler_update(&watch->handler, REACTOR_WRITABLE));
}

static void who_asks_for_the_other_direction_is_told_of_it_alone(void **state)
{
    struct reactor_loop *loop =
        open_with_crowd(REACTOR_READABLE, ask_for_the_other_direction);
    size_t i;

    (void)state;
    assert_int_equal(await_calls(loop), 1);
    assert_others_called(0);
    assert_int_equal(await_calls(loop), CROWD);
    for (i = 0; i < CROWD; i++)
        if (&crowd[i] != first)
            assert_int_equal(crowd[i].probe.readiness, REACTOR_WRITABLE);
    close_with_crowd(loop);
}

static uint32_t new_trigger;

static void arm(struct watch *watch)
{
    assert_ok(reactor_handler_update(&watch->handler,
                                     REACTOR_READABLE | new_trigger));
}

/* An update re-arms: what was fetched before is told once, not twice. */
static void what_is_armed_again_in_a_batch_is_told_once(void **state)
{
    int from;
    int to;

    (void)state;
    for (from = 0; from < TRIGGER_COUNT; from++)
        for (to = 0; to < TRIGGER_COUNT; to++) {
            struct reactor_loop *loop;

            new_trigger = triggers[to];
            if (!is_supported(triggers[from] | new_trigger))
                continue;
            loop = open_with_crowd(REACTOR_READABLE | triggers[from], arm);
            await_calls(loop);
            if (triggers[from] != 0 || new_trigger != 0)
                assert_others_called(0);
            if (triggers[from] == 0)
                reactor_handler_stop(&first->handler);
            if (triggers[from] != 0 || new_trigger != 0)
                assert_int_equal(await_calls(loop), CROWD - 1);
            assert_others_called(1);
            if (new_trigger & REACTOR_ONESHOT)
                assert_nobody(loop);
            close_with_crowd(loop);
        }
}

/* ---- Numbers that change hands (D3) ---- */

/* Closes B, and opens C with B's number: which is not readable. */
static void close_and_open(struct watch *watch)
{
    struct pair fresh = stream_pair();

    reactor_handler_stop(&watch->handler);
    if (!move_to_number(fresh.mine, watch->pair.mine)) {
        close_pair(&fresh);
        return; /* it stays stopped */
    }
    fresh.mine = watch->pair.mine;
    close_handle(watch->pair.peer);
    watch->pair = fresh;
    assert_ok(reactor_handler_start(&watch->handler, watch->pair.mine,
                                    REACTOR_READABLE));
}

static void
the_new_owner_of_a_number_does_not_get_the_old_ones_event(void **state)
{
    struct reactor_loop *loop =
        open_with_crowd(REACTOR_READABLE, close_and_open);
    struct watch *other;

    (void)state;
    assert_int_equal(await_calls(loop), 1);
    reactor_handler_stop(&first->handler);
    assert_nobody(loop);
    assert_others_called(0);
    other = first == crowd ? &crowd[1] : &crowd[0];
    if (reactor_handler_is_active(&other->handler)) {
        send_byte(other->pair.peer);
        assert_int_equal(await_calls(loop), 1);
        assert_int_equal(other->probe.calls, 1);
    }
    close_with_crowd(loop);
}

/* Without a stop: it is the start with the same number that replaces. */
static void close_and_open_unstopped(struct watch *watch)
{
    struct pair fresh = stream_pair();

    if (!move_to_number(fresh.mine, watch->pair.mine)) {
        close_pair(&fresh);
        reactor_handler_stop(&watch->handler);
        return;
    }
    fresh.mine = watch->pair.mine;
    close_handle(watch->pair.peer);
    watch->pair = fresh;
    assert_ok(reactor_handler_start(&watch->handler, watch->pair.mine,
                                    REACTOR_READABLE));
}

static void nor_does_it_if_the_old_one_was_not_stopped(void **state)
{
    struct reactor_loop *loop =
        open_with_crowd(REACTOR_READABLE, close_and_open_unstopped);

    (void)state;
    assert_int_equal(await_calls(loop), 1);
    reactor_handler_stop(&first->handler);
    assert_nobody(loop);
    assert_others_called(0);
    close_with_crowd(loop);
}

/* ---- Growth ---- */

/* Linux takes 500 of one file into a set that is in another, as the shim's. */
#define NEWCOMERS 400

static struct reactor_handler newcomers[NEWCOMERS];
static reactor_handle handles[NEWCOMERS];
static struct probe newcomer;
static struct pair source;
static bool has_grown;

static void start_many(struct probe *self)
{
    size_t i;

    if (has_grown)
        return;
    has_grown = true;
    for (i = 0; i < NEWCOMERS; i++) {
        reactor_handler_init(&newcomers[i], self->loop, on_ready, &newcomer);
        handles[i] = duplicate(source.mine);
        assert_ok(
            reactor_handler_start(&newcomers[i], handles[i], REACTOR_WRITABLE));
    }
}

/* The memory of all slots moves while a batch is being dispatched. */
static void a_callback_can_start_hundreds_of_others(void **state)
{
    struct reactor_loop *loop =
        open_with_crowd(REACTOR_READABLE, ask_for_nothing);
    size_t i;

    (void)state;
    if (usable_handles() < NEWCOMERS + 10) {
        close_with_crowd(loop);
        skip_because("too few handles");
    }
    has_grown = false;
    source = stream_pair();
    memset(&newcomer, 0, sizeof(newcomer));
    for (i = 0; i < CROWD; i++)
        crowd[i].probe.then = start_many;
    assert_int_equal(await_calls(loop), CROWD);
    assert_int_equal(newcomer.calls, 0);
    for (i = 0; i < CROWD; i++)
        assert_int_equal(crowd[i].probe.calls, 1);
    assert_int_equal(await_calls(loop), 256);
    assert_true(newcomer.calls > 0);
    for (i = 0; i < NEWCOMERS; i++) {
        reactor_handler_stop(&newcomers[i]);
        close_handle(handles[i]);
    }
    close_pair(&source);
    close_with_crowd(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(the_first_of_a_batch_can_stop_the_others),
        CLAIM_WITHOUT_REACTOR(
            the_first_of_a_batch_can_stop_and_start_the_others),
        CLAIM_WITHOUT_REACTOR(the_first_of_a_batch_can_restart_the_others),
        CLAIM_WITHOUT_REACTOR(
            who_watches_another_handle_now_is_not_called_for_the_old),
        CLAIM_WITHOUT_REACTOR(the_first_of_a_batch_can_pause_the_others),
        CLAIM_WITHOUT_REACTOR(
            who_is_paused_and_resumed_is_called_as_if_nothing_was),
        CLAIM_WITHOUT_REACTOR(the_first_of_a_batch_can_narrow_the_others),
        CLAIM_WITHOUT_REACTOR(the_first_of_a_batch_can_widen_the_others),
        CLAIM_WITHOUT_REACTOR(
            who_asks_for_the_other_direction_is_told_of_it_alone),
        CLAIM_WITHOUT_REACTOR(what_is_armed_again_in_a_batch_is_told_once),
        CLAIM_WITHOUT_REACTOR(
            the_new_owner_of_a_number_does_not_get_the_old_ones_event),
        CLAIM_WITHOUT_REACTOR(nor_does_it_if_the_old_one_was_not_stopped),
        CLAIM_WITHOUT_REACTOR(a_callback_can_start_hundreds_of_others),
    };

    return run_claims_both_ways(claims);
}
