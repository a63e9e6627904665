/* SPDX-License-Identifier: MIT */
/* Rule 12: shutdown ends the running wait and every later one. */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"
#include "support/thread.h"

static void assert_shut(struct reactor *reactor)
{
    struct reactor_event event;

    assert_error(reactor_wait(reactor, &event, 1, -1), -ECANCELED);
    assert_error(reactor_wait(reactor, &event, 1, 0), -ECANCELED);
    assert_error(reactor_wait(reactor, &event, 1, 5), -ECANCELED);
    assert_error(reactor_wait_until(reactor, &event, 1, REACTOR_FOREVER),
                 -ECANCELED);
    assert_error(reactor_wait_until(reactor, &event, 1, 0), -ECANCELED);
}

static void shutdown_ends_every_later_wait(void **state)
{
    struct reactor *reactor = *state;

    assert_ok(reactor_shutdown(reactor));
    assert_shut(reactor);
    assert_shut(reactor);
}

static void shutdown_ends_the_running_wait(void **state)
{
    struct reactor *reactor = *state;
    struct waiter waiter;

    waiter_start(&waiter, reactor);
    assert_ok(reactor_shutdown(reactor));
    assert_error(waiter_join(&waiter), -ECANCELED);
    assert_shut(reactor);
}

static void shutdown_may_be_repeated(void **state)
{
    struct reactor *reactor = *state;
    int i;

    for (i = 0; i < 100; i++)
        assert_ok(reactor_shutdown(reactor));
    assert_shut(reactor);
    assert_ok(reactor_shutdown(reactor));
    assert_shut(reactor);
}

static void shutdown_comes_before_pending_events(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    send_byte(pair.peer);
    assert_ok(reactor_register(reactor, pair.mine, DIRECTIONS, NULL));
    assert_ok(reactor_wake(reactor));
    assert_ok(reactor_shutdown(reactor));
    assert_shut(reactor);
    retire_pair(reactor, &pair);
}

static void a_shut_reactor_takes_no_registrations(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_ok(reactor_shutdown(reactor));
    assert_error(reactor_register(reactor, pair.peer, REACTOR_READABLE, NULL),
                 -ECANCELED);
    assert_error(reactor_reregister(reactor, pair.mine, REACTOR_READABLE, NULL),
                 -ECANCELED);
    retire_pair(reactor, &pair);
}

static void a_shut_reactor_still_deregisters_and_wakes(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_ok(reactor_shutdown(reactor));
    assert_ok(reactor_wake(reactor));
    assert_ok(reactor_deregister(reactor, pair.mine));
    assert_error(reactor_deregister(reactor, pair.mine), -ENOENT);
    close_handle(pair.mine);
    assert_error(reactor_deregister(reactor, pair.mine), -EBADF);
    close_handle(pair.peer);
    assert_shut(reactor);
}

static void shutdown_after_a_pending_wake_ends_the_running_wait(void **state)
{
    int round;

    (void)state;
    for (round = 0; round < 50; round++) {
        struct reactor *other = open_reactor();
        struct waiter waiter;
        int count;

        waiter_start(&waiter, other);
        assert_ok(reactor_wake(other));
        assert_ok(reactor_shutdown(other));
        count = waiter_join(&waiter);
        assert_true(count == 1 || count == -ECANCELED);
        assert_shut(other);
        reactor_close(other);
    }
}

static void shutdown_leaves_other_reactors_alone(void **state)
{
    struct reactor *reactor = *state;
    struct reactor *other = open_reactor();

    assert_ok(reactor_shutdown(other));
    assert_silent(reactor);
    assert_ok(reactor_wake(reactor));
    await_wake(reactor);
    reactor_close(other);
}

/* For those who wait for it from outside, with another reactor or poll(2). */
static void the_backend_handle_tells_of_a_shutdown(void **state)
{
    struct reactor *reactor = *state;
    reactor_handle handle = reactor_backend_handle(reactor);

    if (handle == REACTOR_INVALID_HANDLE)
        skip_because("this backend has no handle of its own");
    assert_false(is_readable(handle));
    assert_ok(reactor_shutdown(reactor));
    assert_true(is_readable(handle));
    assert_shut(reactor);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(shutdown_ends_every_later_wait),
        CLAIM(shutdown_ends_the_running_wait),
        CLAIM(shutdown_may_be_repeated),
        CLAIM(shutdown_comes_before_pending_events),
        CLAIM(a_shut_reactor_takes_no_registrations),
        CLAIM(a_shut_reactor_still_deregisters_and_wakes),
        CLAIM(shutdown_after_a_pending_wake_ends_the_running_wait),
        CLAIM(shutdown_leaves_other_reactors_alone),
        CLAIM(the_backend_handle_tells_of_a_shutdown),
    };

    return run_claims(claims);
}
