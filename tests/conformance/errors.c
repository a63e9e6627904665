/* SPDX-License-Identifier: MIT */
/* Every NULL and every range, and which error is first if several apply. */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"

#include <limits.h>

#define UNKNOWN_BIT 0x80000000u

static void null_where_it_is_not_allowed_is_einval(void **state)
{
    struct reactor *reactor = *state;
    struct reactor_event event;

    assert_error(reactor_open(NULL), -EINVAL);
    assert_error(reactor_register(NULL, 0, REACTOR_READABLE, NULL), -EINVAL);
    assert_error(reactor_reregister(NULL, 0, REACTOR_READABLE, NULL), -EINVAL);
    assert_error(reactor_deregister(NULL, 0), -EINVAL);
    assert_error(reactor_wait(NULL, &event, 1, 0), -EINVAL);
    assert_error(reactor_wait(NULL, &event, 1, -1), -EINVAL);
    assert_error(reactor_wait(NULL, &event, 1, 10), -EINVAL);
    assert_error(reactor_wait_until(NULL, &event, 1, 0), -EINVAL);
    assert_error(reactor_wait(reactor, NULL, 1, 0), -EINVAL);
    assert_error(reactor_wait(reactor, NULL, 1, -1), -EINVAL);
    assert_error(reactor_wait(reactor, NULL, 1, 10), -EINVAL);
    assert_error(reactor_wait_until(reactor, NULL, 1, 0), -EINVAL);
    assert_error(reactor_wait_until(reactor, NULL, 1, REACTOR_FOREVER),
                 -EINVAL);
    assert_error(reactor_wake(NULL), -EINVAL);
    assert_error(reactor_shutdown(NULL), -EINVAL);
    assert_error(reactor_after_fork(NULL), -EINVAL);
    assert_works(reactor);
}

static void a_capacity_below_one_is_einval(void **state)
{
    static const int capacities[] = {0, -1, INT_MIN};
    struct reactor *reactor = *state;
    struct reactor_event event;
    size_t i;

    for (i = 0; i < COUNT_OF(capacities); i++) {
        int capacity = capacities[i];

        assert_error(reactor_wait(reactor, &event, capacity, 0), -EINVAL);
        assert_error(reactor_wait(reactor, &event, capacity, -1), -EINVAL);
        assert_error(reactor_wait(reactor, &event, capacity, 10), -EINVAL);
        assert_error(reactor_wait_until(reactor, &event, capacity, 0), -EINVAL);
        assert_error(
            reactor_wait_until(reactor, &event, capacity, REACTOR_FOREVER),
            -EINVAL);
    }
    assert_works(reactor);
}

static void a_timeout_below_minus_one_is_einval(void **state)
{
    struct reactor *reactor = *state;
    struct reactor_event event;

    assert_error(reactor_wait(reactor, &event, 1, -2), -EINVAL);
    assert_error(reactor_wait(reactor, &event, 1, INT_MIN), -EINVAL);
    assert_works(reactor);
}

static void einval_comes_before_ecanceled(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct reactor_event event;

    assert_ok(reactor_shutdown(reactor));
    assert_error(reactor_register(reactor, pair.mine, UNKNOWN_BIT, NULL),
                 -EINVAL);
    assert_error(reactor_register(reactor, pair.mine, REACTOR_ERROR, NULL),
                 -EINVAL);
    assert_error(reactor_reregister(reactor, pair.mine, UNKNOWN_BIT, NULL),
                 -EINVAL);
    assert_error(reactor_wait(reactor, NULL, 1, 0), -EINVAL);
    assert_error(reactor_wait(reactor, &event, 0, 0), -EINVAL);
    assert_error(reactor_wait(reactor, &event, 1, -2), -EINVAL);
    assert_error(reactor_wait_until(reactor, &event, 0, 0), -EINVAL);
    close_pair(&pair);
}

static void einval_comes_before_enotsup_and_ebadf(void **state)
{
    struct reactor *reactor = *state;

    assert_error(reactor_register(reactor, REACTOR_INVALID_HANDLE,
                                  INTEREST_ALL | UNKNOWN_BIT, NULL),
                 -EINVAL);
    assert_error(reactor_reregister(reactor, REACTOR_INVALID_HANDLE,
                                    INTEREST_ALL | UNKNOWN_BIT, NULL),
                 -EINVAL);
}

static void ecanceled_comes_before_enotsup_and_ebadf(void **state)
{
    struct reactor *reactor = *state;

    assert_ok(reactor_shutdown(reactor));
    assert_error(
        reactor_register(reactor, REACTOR_INVALID_HANDLE, INTEREST_ALL, NULL),
        -ECANCELED);
    assert_error(
        reactor_reregister(reactor, closed_handle(), INTEREST_ALL, NULL),
        -ECANCELED);
}

static void ecanceled_comes_before_eexist_and_enoent(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_ok(reactor_shutdown(reactor));
    assert_error(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL),
                 -ECANCELED);
    assert_error(reactor_reregister(reactor, pair.peer, REACTOR_READABLE, NULL),
                 -ECANCELED);
    retire_pair(reactor, &pair);
}

static void enotsup_comes_before_ebadf_and_enoent(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair;

    if (is_supported(INTEREST_ALL))
        skip_because("this backend honours every bit");
    pair = stream_pair();
    assert_error(reactor_register(reactor, closed_handle(), INTEREST_ALL, NULL),
                 -ENOTSUP);
    assert_error(
        reactor_reregister(reactor, REACTOR_INVALID_HANDLE, INTEREST_ALL, NULL),
        -ENOTSUP);
    assert_error(reactor_reregister(reactor, pair.mine, INTEREST_ALL, NULL),
                 -ENOTSUP);
    close_pair(&pair);
}

static void enotsup_comes_before_eexist(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_error(reactor_register(reactor, pair.mine, INTEREST_ALL, NULL),
                 is_supported(INTEREST_ALL) ? -EEXIST : -ENOTSUP);
    retire_pair(reactor, &pair);
}

static void ebadf_comes_before_eexist(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    close_handle(pair.mine);
    assert_error(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL),
                 -EBADF);
    assert_error(reactor_reregister(reactor, pair.mine, REACTOR_READABLE, NULL),
                 -EBADF);
    assert_ok(reactor_deregister(reactor, pair.mine));
    assert_error(reactor_deregister(reactor, pair.mine), -EBADF);
    close_handle(pair.peer);
}

static void enoent_comes_before_what_the_kernel_says(void **state)
{
    struct reactor *reactor = *state;
    struct named_handle unpollable[8];
    size_t count = open_unpollable(unpollable, COUNT_OF(unpollable));

    while (count-- > 0) {
        assert_error(reactor_reregister(reactor, unpollable[count].handle,
                                        REACTOR_READABLE, NULL),
                     -ENOENT);
        close_handle(unpollable[count].handle);
    }
}

static void after_fork_without_a_fork_does_nothing(void **state)
{
    struct reactor *reactor = *state;
    struct reactor_event events[4];
    struct pair pair;

    if (reactor_after_fork(reactor) == -ENOTSUP)
        skip_because("no fork() here");
    pair = stream_pair();
    send_byte(pair.peer);
    assert_ok(reactor_register(reactor, pair.mine,
                               REACTOR_READABLE | REACTOR_ONESHOT, NULL));
    assert_ok(reactor_wake(reactor));
    assert_ok(reactor_after_fork(reactor));
    assert_int_equal(reactor_wait(reactor, events, 4, PATIENCE_MS), 2);
    assert_ok(reactor_after_fork(reactor));
    assert_silent(reactor);
    retire_pair(reactor, &pair);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(null_where_it_is_not_allowed_is_einval),
        CLAIM(a_capacity_below_one_is_einval),
        CLAIM(a_timeout_below_minus_one_is_einval),
        CLAIM(einval_comes_before_ecanceled),
        CLAIM(einval_comes_before_enotsup_and_ebadf),
        CLAIM(ecanceled_comes_before_enotsup_and_ebadf),
        CLAIM(ecanceled_comes_before_eexist_and_enoent),
        CLAIM(enotsup_comes_before_ebadf_and_enoent),
        CLAIM(enotsup_comes_before_eexist),
        CLAIM(ebadf_comes_before_eexist),
        CLAIM(enoent_comes_before_what_the_kernel_says),
        CLAIM(after_fork_without_a_fork_does_nothing),
    };

    return run_claims(claims);
}
