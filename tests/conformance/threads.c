/* SPDX-License-Identifier: MIT */
/* Rule 11: what other threads may do during a wait, and what comes of it. */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"
#include "support/thread.h"

/* The waiter reports the handle, which became ready by what was done. */
static void assert_woken_by(struct waiter *waiter, const struct pair *pair)
{
    assert_int_equal(waiter_join(waiter), 1);
    assert_true(waiter->event.handle == pair->mine);
    assert_ptr_equal(waiter->event.user_data, pair);
    assert_int_equal(waiter->event.readiness, REACTOR_READABLE);
}

static void a_second_wait_is_ebusy(void **state)
{
    struct reactor *reactor = *state;
    struct reactor_event event;
    struct waiter waiter;
    int i;

    waiter_start(&waiter, reactor);
    for (i = 0; i < 100; i++) {
        assert_error(reactor_wait(reactor, &event, 1, 0), -EBUSY);
        assert_error(reactor_wait(reactor, &event, 1, -1), -EBUSY);
        assert_error(reactor_wait(reactor, &event, 1, 10), -EBUSY);
        assert_error(reactor_wait_until(reactor, &event, 1, REACTOR_FOREVER),
                     -EBUSY);
    }
    assert_error(reactor_wait(reactor, &event, 0, 0), -EINVAL);
    assert_ok(reactor_wake(reactor));
    assert_int_equal(waiter_join(&waiter), 1);
    assert_silent(reactor);
}

static void data_that_arrives_ends_the_running_wait(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct waiter waiter;

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, &pair));
    waiter_start(&waiter, reactor);
    send_byte(pair.peer);
    assert_woken_by(&waiter, &pair);
    retire_pair(reactor, &pair);
}

static void what_is_registered_takes_effect_in_the_running_wait(void **state)
{
    struct reactor *reactor = *state;
    struct waiter waiter;
    int i;

    for (i = 0; i < TRIGGER_COUNT; i++) {
        struct pair pair;
        uint32_t interest = REACTOR_READABLE | triggers[i];

        if (!is_supported(interest))
            continue;
        pair = stream_pair();
        send_byte(pair.peer);
        waiter_start(&waiter, reactor);
        assert_ok(reactor_register(reactor, pair.mine, interest, &pair));
        assert_woken_by(&waiter, &pair);
        retire_pair(reactor, &pair);
    }
}

static void
what_becomes_ready_after_a_late_registration_ends_the_wait(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct waiter waiter;

    waiter_start(&waiter, reactor);
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, &pair));
    send_byte(pair.peer);
    assert_woken_by(&waiter, &pair);
    retire_pair(reactor, &pair);
}

static void a_changed_interest_takes_effect_in_the_running_wait(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct waiter waiter;

    send_byte(pair.peer);
    fill(pair.mine);
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_WRITABLE, NULL));
    waiter_start(&waiter, reactor);
    assert_ok(reactor_reregister(reactor, pair.mine, REACTOR_READABLE, &pair));
    assert_woken_by(&waiter, &pair);
    retire_pair(reactor, &pair);
}

static void a_oneshot_can_be_armed_again_during_a_wait(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct waiter waiter;
    int i;

    send_byte(pair.peer);
    assert_ok(reactor_register(reactor, pair.mine,
                               REACTOR_READABLE | REACTOR_ONESHOT, NULL));
    (void)await_event(reactor, pair.mine);
    for (i = 0; i < 20; i++) {
        waiter_start(&waiter, reactor);
        assert_ok(reactor_reregister(
            reactor, pair.mine, REACTOR_READABLE | REACTOR_ONESHOT, &pair));
        assert_woken_by(&waiter, &pair);
    }
    assert_silent(reactor);
    retire_pair(reactor, &pair);
}

static void a_paused_handle_can_be_resumed_during_a_wait(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct waiter waiter;

    send_byte(pair.peer);
    assert_ok(reactor_register(reactor, pair.mine, 0, NULL));
    waiter_start(&waiter, reactor);
    assert_ok(reactor_reregister(reactor, pair.mine, REACTOR_READABLE, &pair));
    assert_woken_by(&waiter, &pair);
    retire_pair(reactor, &pair);
}

/* Only the wake, which comes after, may end the wait. */
static void what_is_deregistered_during_a_wait_does_not_end_it(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct waiter waiter;

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    waiter_start(&waiter, reactor);
    assert_ok(reactor_deregister(reactor, pair.mine));
    send_byte(pair.peer);
    assert_ok(reactor_wake(reactor));
    assert_int_equal(waiter_join(&waiter), 1);
    assert_int_equal(waiter.event.readiness, REACTOR_WAKE);
    close_pair(&pair);
}

static void what_is_paused_during_a_wait_does_not_end_it(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct waiter waiter;

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    waiter_start(&waiter, reactor);
    assert_ok(reactor_reregister(reactor, pair.mine, 0, NULL));
    close_peer(&pair);
    assert_ok(reactor_wake(reactor));
    assert_int_equal(waiter_join(&waiter), 1);
    assert_int_equal(waiter.event.readiness, REACTOR_WAKE);
    assert_silent(reactor);
    retire_pair(reactor, &pair);
}

/* The table of registrations must be able to grow under the waiting thread. */
static void many_handles_can_be_registered_during_a_wait(void **state)
{
    struct reactor *reactor = *state;
    struct pair pairs[300];
    struct waiter waiter;
    size_t i;

    waiter_start(&waiter, reactor);
    for (i = 0; i < COUNT_OF(pairs); i++) {
        pairs[i] = stream_pair();
        assert_ok(reactor_register(reactor, pairs[i].mine, REACTOR_READABLE,
                                   &pairs[i]));
    }
    send_byte(pairs[COUNT_OF(pairs) - 1].peer);
    assert_woken_by(&waiter, &pairs[COUNT_OF(pairs) - 1]);
    for (i = 0; i < COUNT_OF(pairs); i++)
        retire_pair(reactor, &pairs[i]);
}

static int open_elsewhere(void *context)
{
    return reactor_open(context);
}

static int close_elsewhere(void *context)
{
    reactor_close(context);
    return 0;
}

static void a_reactor_belongs_to_no_thread(void **state)
{
    struct pair pair = stream_pair();
    struct reactor *reactor = NULL;
    struct waiter waiter;
    int i;

    (void)state;
    assert_ok(thread_join(thread_start(open_elsewhere, &reactor)));
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, &pair));
    for (i = 0; i < 20; i++) {
        waiter_start(&waiter, reactor);
        send_byte(pair.peer);
        assert_woken_by(&waiter, &pair);
        (void)await_event(reactor, pair.mine);
        drain(pair.mine);
    }
    assert_ok(reactor_deregister(reactor, pair.mine));
    assert_ok(thread_join(thread_start(close_elsewhere, reactor)));
    close_pair(&pair);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(a_second_wait_is_ebusy),
        CLAIM(data_that_arrives_ends_the_running_wait),
        CLAIM(what_is_registered_takes_effect_in_the_running_wait),
        CLAIM(what_becomes_ready_after_a_late_registration_ends_the_wait),
        CLAIM(a_changed_interest_takes_effect_in_the_running_wait),
        CLAIM(a_oneshot_can_be_armed_again_during_a_wait),
        CLAIM(a_paused_handle_can_be_resumed_during_a_wait),
        CLAIM(what_is_deregistered_during_a_wait_does_not_end_it),
        CLAIM(what_is_paused_during_a_wait_does_not_end_it),
        CLAIM(many_handles_can_be_registered_during_a_wait),
        CLAIM_WITHOUT_REACTOR(a_reactor_belongs_to_no_thread),
    };

    return run_claims(claims);
}
