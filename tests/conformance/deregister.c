/* SPDX-License-Identifier: MIT */
/* Rule 7: when deregister has returned, it is over. */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"
#include "support/scale.h"
#include "support/thread.h"

#include <stdlib.h>

static void what_was_pending_is_not_reported(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    int i;

    for (i = 0; i < TRIGGER_COUNT; i++) {
        uint32_t interest = DIRECTIONS | triggers[i];

        if (!is_supported(interest))
            continue;
        assert_ok(reactor_register(reactor, pair.mine, interest, NULL));
        send_byte(pair.peer);
        assert_ok(reactor_deregister(reactor, pair.mine));
        assert_silent(reactor);
    }
    close_pair(&pair);
}

static void the_first_of_a_batch_can_deregister_the_others(void **state)
{
    struct reactor *reactor = *state;
    struct pair pairs[64];
    struct reactor_event event;
    size_t i;

    for (i = 0; i < COUNT_OF(pairs); i++) {
        pairs[i] = stream_pair();
        send_byte(pairs[i].peer);
        assert_ok(
            reactor_register(reactor, pairs[i].mine, DIRECTIONS, &pairs[i]));
    }
    assert_int_equal(reactor_wait(reactor, &event, 1, PATIENCE_MS), 1);
    for (i = 0; i < COUNT_OF(pairs); i++)
        if (event.user_data != &pairs[i])
            retire_pair(reactor, &pairs[i]);
    assert_int_equal(await_readiness(reactor, event.handle), DIRECTIONS);
    retire_pair(reactor, event.user_data);
    assert_silent(reactor);
}

static void what_is_deregistered_and_registered_again_is_new(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    char tags[10];
    int i;

    send_byte(pair.peer);
    for (i = 0; i < 10; i++) {
        assert_ok(reactor_register(
            reactor, pair.mine, REACTOR_READABLE | REACTOR_ONESHOT, &tags[i]));
        assert_ptr_equal(await_event(reactor, pair.mine).user_data, &tags[i]);
        assert_silent(reactor);
        assert_ok(reactor_deregister(reactor, pair.mine));
    }
    close_pair(&pair);
}

static void other_registrations_are_left_alone(void **state)
{
    struct reactor *reactor = *state;
    struct pair pairs[3];
    size_t i;

    for (i = 0; i < COUNT_OF(pairs); i++) {
        pairs[i] = stream_pair();
        assert_ok(reactor_register(reactor, pairs[i].mine, REACTOR_READABLE,
                                   &pairs[i]));
    }
    retire_pair(reactor, &pairs[1]);
    send_byte(pairs[0].peer);
    assert_ptr_equal(await_event(reactor, pairs[0].mine).user_data, &pairs[0]);
    retire_pair(reactor, &pairs[0]);
    send_byte(pairs[2].peer);
    assert_ptr_equal(await_event(reactor, pairs[2].mine).user_data, &pairs[2]);
    retire_pair(reactor, &pairs[2]);
}

/* A wait that came later with the freed memory would be seen by ASan too. */
static void the_memory_behind_user_data_may_be_freed(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    int i;

    send_byte(pair.peer);
    for (i = 0; i < 100; i++) {
        int *mine = malloc(sizeof(*mine));

        assert_non_null(mine);
        *mine = i;
        assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, mine));
        if (i % 2 == 0)
            assert_int_equal(*(int *)await_event(reactor, pair.mine).user_data,
                             i);
        assert_ok(reactor_deregister(reactor, pair.mine));
        free(mine);
    }
    assert_silent(reactor);
    close_pair(&pair);
}

static void the_peer_sees_the_end_at_once(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_silent(reactor);
    assert_ok(reactor_deregister(reactor, pair.mine));
    close_handle(pair.mine);
    assert_true(is_at_end(pair.peer));
    close_handle(pair.peer);
}

/* The kernel's reference must be gone, although a wait goes on. */
static void the_peer_sees_the_end_at_once_during_a_wait(void **state)
{
    struct reactor *reactor = *state;
    unsigned rounds = scaled(100, 2000);
    struct waiter waiter;

    waiter_start(&waiter, reactor);
    while (rounds-- > 0) {
        struct pair pair = stream_pair();

        assert_ok(reactor_register(
            reactor, pair.mine, rounds % 3 == 0 ? 0 : REACTOR_READABLE, NULL));
        thread_yield(); /* so that, mostly, it is waited for */
        assert_ok(reactor_deregister(reactor, pair.mine));
        close_handle(pair.mine);
        assert_true(is_at_end(pair.peer));
        close_handle(pair.peer);
    }
    assert_ok(reactor_wake(reactor));
    assert_int_equal(waiter_join(&waiter), 1);
    assert_int_equal(waiter.event.readiness, REACTOR_WAKE);
}

static void a_closed_handle_can_be_deregistered(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    send_byte(pair.peer);
    close_handle(pair.mine);
    assert_ok(reactor_deregister(reactor, pair.mine));
    assert_error(reactor_deregister(reactor, pair.mine), -EBADF);
    assert_idle(reactor);
    close_handle(pair.peer);
}

static void a_reactor_can_be_closed_over_closed_handles(void **state)
{
    struct reactor *other = open_reactor();
    struct pair pair = stream_pair();
    reactor_handle twin = duplicate(pair.mine);

    (void)state;
    assert_ok(reactor_register(other, pair.mine, REACTOR_READABLE, NULL));
    send_byte(pair.peer);
    close_pair(&pair);
    reactor_close(other);
    close_handle(twin);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(what_was_pending_is_not_reported),
        CLAIM(the_first_of_a_batch_can_deregister_the_others),
        CLAIM(what_is_deregistered_and_registered_again_is_new),
        CLAIM(other_registrations_are_left_alone),
        CLAIM(the_memory_behind_user_data_may_be_freed),
        CLAIM(the_peer_sees_the_end_at_once),
        CLAIM(the_peer_sees_the_end_at_once_during_a_wait),
        CLAIM(a_closed_handle_can_be_deregistered),
        CLAIM(a_reactor_can_be_closed_over_closed_handles),
    };

    return run_claims(claims);
}
