/* SPDX-License-Identifier: MIT */
/* Rule 10: a wake ends one wait; many coalesce; none is lost. */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"
#include "support/scale.h"
#include "support/thread.h"

#include <stdatomic.h>

static void a_wake_ends_the_next_wait(void **state)
{
    struct reactor *reactor = *state;

    assert_ok(reactor_wake(reactor));
    await_wake(reactor);
    assert_silent(reactor);
}

static void a_wake_ends_the_running_wait(void **state)
{
    struct reactor *reactor = *state;
    struct waiter waiter;

    waiter_start(&waiter, reactor);
    assert_ok(reactor_wake(reactor));
    assert_int_equal(waiter_join(&waiter), 1);
    assert_int_equal(waiter.event.readiness, REACTOR_WAKE);
    assert_true(waiter.event.handle == REACTOR_INVALID_HANDLE);
    assert_null(waiter.event.user_data);
    assert_silent(reactor);
}

static void many_wakes_coalesce_into_one(void **state)
{
    struct reactor *reactor = *state;
    int i;

    for (i = 0; i < 100000; i++)
        assert_ok(reactor_wake(reactor));
    await_wake(reactor);
    assert_silent(reactor);
}

static void a_wake_after_a_delivered_one_is_a_new_one(void **state)
{
    struct reactor *reactor = *state;
    int i;

    for (i = 0; i < 1000; i++) {
        assert_ok(reactor_wake(reactor));
        await_wake(reactor);
    }
    assert_silent(reactor);
}

static void a_wake_is_reported_beside_what_is_ready(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct reactor_event events[4];
    uint32_t readiness;

    send_byte(pair.peer);
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_ok(reactor_wake(reactor));
    assert_int_equal(reactor_wait(reactor, events, 4, PATIENCE_MS), 2);
    readiness = events[0].readiness | events[1].readiness;
    assert_int_equal(readiness, REACTOR_WAKE | REACTOR_READABLE);
    assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_READABLE);
    retire_pair(reactor, &pair);
}

static void a_wake_waits_until_it_fits(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct reactor_event event;
    uint32_t seen = 0;
    int i;

    send_byte(pair.peer);
    assert_ok(reactor_register(reactor, pair.mine,
                               REACTOR_READABLE | REACTOR_ONESHOT, NULL));
    assert_ok(reactor_wake(reactor));
    for (i = 0; i < 2; i++) {
        assert_int_equal(reactor_wait(reactor, &event, 1, PATIENCE_MS), 1);
        seen |= event.readiness;
    }
    assert_int_equal(seen, REACTOR_WAKE | REACTOR_READABLE);
    assert_silent(reactor);
    retire_pair(reactor, &pair);
}

static void a_wake_goes_to_the_reactor_it_was_meant_for(void **state)
{
    struct reactor *reactor = *state;
    struct reactor *other = open_reactor();

    assert_ok(reactor_wake(other));
    assert_silent(reactor);
    await_wake(other);
    reactor_close(other);
}

static void a_wake_that_was_not_delivered_does_no_harm_to_close(void **state)
{
    struct reactor *other = open_reactor();

    (void)state;
    assert_ok(reactor_wake(other));
    reactor_close(other);
}

static void wake_and_shutdown_preserve_errno(void **state)
{
    struct reactor *reactor = *state;

    errno = ENOTTY;
    assert_ok(reactor_wake(reactor));
    assert_int_equal(errno, ENOTTY);
    assert_ok(reactor_wake(reactor));
    assert_int_equal(errno, ENOTTY);
    assert_ok(reactor_shutdown(reactor));
    assert_int_equal(errno, ENOTTY);
}

static void register_and_deregister_are_not_mistaken_for_a_wake(void **state)
{
    struct reactor *reactor = *state;
    struct waiter waiter;
    int i;

    waiter_start(&waiter, reactor);
    for (i = 0; i < 100; i++) {
        struct pair pair = stream_pair();

        assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
        assert_ok(reactor_reregister(reactor, pair.mine, 0, NULL));
        retire_pair(reactor, &pair);
    }
    assert_ok(reactor_wake(reactor));
    assert_int_equal(waiter_join(&waiter), 1);
    assert_int_equal(waiter.event.readiness, REACTOR_WAKE);
    assert_silent(reactor);
}

/* What was written before a wake is read after it: no atomics here, so that a
 * thread sanitizer sees whether the wake itself orders the two. */
struct rally {
    struct reactor *sides[2];
    unsigned ball;
    unsigned rounds;
};

static int play(struct rally *rally, unsigned side)
{
    unsigned round;

    for (round = 0; round < rally->rounds; round++) {
        struct reactor_event event;

        if (reactor_wait(rally->sides[side], &event, 1, PATIENCE_MS) != 1 ||
            event.readiness != REACTOR_WAKE || rally->ball != 2 * round + side)
            return 1;
        rally->ball++;
        if (reactor_wake(rally->sides[1 - side]) != 0)
            return 1;
    }
    return 0;
}

static int play_second(void *context)
{
    return play(context, 1);
}

static void a_wake_carries_what_was_written_before_it(void **state)
{
    struct rally rally = {
        .sides = {*state, open_reactor()},
        .rounds = scaled(5000, 1000000),
    };
    struct thread *second = thread_start(play_second, &rally);

    assert_ok(reactor_wake(rally.sides[0]));
    assert_ok(play(&rally, 0));
    assert_ok(thread_join(second));
    await_wake(rally.sides[0]);
    reactor_close(rally.sides[1]);
}

/* Of the two wakes, the second finds the first one pending. */
struct message {
    struct reactor *reactor;
    unsigned text;
    _Atomic bool is_sent; /* orders nothing */
};

static int send_message(void *context)
{
    struct message *message = context;
    int error;

    message->text = 1;
    error = reactor_wake(message->reactor);
    atomic_store_explicit(&message->is_sent, true, memory_order_relaxed);
    return error;
}

static void a_wake_that_coalesced_carries_it_too(void **state)
{
    struct message message = {.reactor = *state};
    struct thread *thread;

    assert_ok(reactor_wake(message.reactor));
    thread = thread_start(send_message, &message);
    while (!atomic_load_explicit(&message.is_sent, memory_order_relaxed))
        thread_yield();
    await_wake(message.reactor);
    assert_int_equal(message.text, 1);
    assert_ok(thread_join(thread));
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(a_wake_ends_the_next_wait),
        CLAIM(a_wake_ends_the_running_wait),
        CLAIM(many_wakes_coalesce_into_one),
        CLAIM(a_wake_after_a_delivered_one_is_a_new_one),
        CLAIM(a_wake_is_reported_beside_what_is_ready),
        CLAIM(a_wake_waits_until_it_fits),
        CLAIM(a_wake_goes_to_the_reactor_it_was_meant_for),
        CLAIM(a_wake_that_was_not_delivered_does_no_harm_to_close),
        CLAIM(wake_and_shutdown_preserve_errno),
        CLAIM(register_and_deregister_are_not_mistaken_for_a_wake),
        CLAIM(a_wake_carries_what_was_written_before_it),
        CLAIM(a_wake_that_coalesced_carries_it_too),
    };

    return run_claims(claims);
}
