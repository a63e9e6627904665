/* SPDX-License-Identifier: MIT */
/*
 * What the IOCP backend does about facts that no other kernel has, seen from
 * above; they are lettered in src/backend/iocp.h.
 */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"

/* Fact (e): the poll was pending when the byte came. */
static void what_was_drained_before_the_wait_is_not_reported(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    int i;

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    for (i = 0; i < 20; i++) {
        assert_silent(reactor);
        send_byte(pair.peer);
        while (drain(pair.mine) == 0)
            continue;
    }
    assert_silent(reactor);
    retire_pair(reactor, &pair);
}

/* Fact (d): once it was told that the old one was closed. */
static void a_number_that_was_closed_is_left_alone(void **state)
{
    struct reactor *reactor = *state;
    struct pair old = stream_pair();
    struct pair fresh = stream_pair();

    assert_ok(reactor_register(reactor, old.mine, REACTOR_READABLE, &old));
    assert_silent(reactor);
    if (!move_to_number(fresh.mine, old.mine))
        skip_because("no handle has a number of our choice here");
    send_byte(fresh.peer);
    assert_silent(reactor);
    assert_ok(reactor_register(reactor, old.mine, REACTOR_READABLE, &fresh));
    assert_ptr_equal(await_event(reactor, old.mine).user_data, &fresh);
    assert_ok(reactor_deregister(reactor, old.mine));
    close_handle(old.mine);
    close_handle(old.peer);
    close_handle(fresh.peer);
}

/* Fact (c): the poll in flight is for less, and something else is ready. */
static void a_larger_interest_is_due_in_the_next_wait(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct reactor_event events[4];
    int i;

    assert_ok(reactor_register(reactor, pair.mine, 0, NULL));
    for (i = 0; i < 20; i++) {
        assert_silent(reactor);
        assert_ok(
            reactor_reregister(reactor, pair.mine, REACTOR_WRITABLE, NULL));
        assert_ok(reactor_wake(reactor));
        assert_int_equal(reactor_wait(reactor, events, 4, 0), 2);
        assert_ok(reactor_reregister(reactor, pair.mine, 0, NULL));
    }
    retire_pair(reactor, &pair);
}

/* Fact (b): a source's next registration comes before its last packet. */
static void a_source_outlives_the_poll_of_its_former_registration(void **state)
{
    struct reactor *reactor = *state;
    struct pair first = stream_pair();
    struct pair second = stream_pair();
    int i;

    for (i = 0; i < 20; i++) {
        assert_ok(
            reactor_register(reactor, first.mine, REACTOR_READABLE, &first));
        assert_silent(reactor);
        send_byte(first.peer);
        assert_ok(reactor_deregister(reactor, first.mine));
        assert_ok(
            reactor_register(reactor, second.mine, REACTOR_READABLE, &second));
        assert_silent(reactor);
        send_byte(second.peer);
        assert_ptr_equal(await_event(reactor, second.mine).user_data, &second);
        assert_ok(reactor_deregister(reactor, second.mine));
        (void)drain(first.mine);
        (void)drain(second.mine);
    }
    close_pair(&first);
    close_pair(&second);
}

/* Fact (f): more than one chunk of sources has. Some polls are in flight. */
static void every_chunk_of_sources_has_a_helper(void **state)
{
    enum { COUNT = 300 };
    struct reactor *reactor = open_reactor();
    static struct pair pairs[COUNT];
    static struct reactor_event events[COUNT];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT; i++) {
        pairs[i] = stream_pair();
        assert_ok(reactor_register(reactor, pairs[i].mine, REACTOR_READABLE,
                                   &pairs[i]));
    }
    assert_silent(reactor);
    for (i = 0; i < COUNT; i += 100) {
        send_byte(pairs[i].peer);
        assert_ptr_equal(await_event(reactor, pairs[i].mine).user_data,
                         &pairs[i]);
        assert_ok(reactor_deregister(reactor, pairs[i].mine));
    }
    for (i = 0; i < COUNT; i++)
        if (i % 100 != 0)
            assert_ok(reactor_reregister(reactor, pairs[i].mine,
                                         REACTOR_WRITABLE, &pairs[i]));
    assert_int_equal(reactor_wait(reactor, events, COUNT, 0), COUNT - 3);
    reactor_close(reactor);
    for (i = 0; i < COUNT; i++)
        close_pair(&pairs[i]);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(what_was_drained_before_the_wait_is_not_reported),
        CLAIM(a_number_that_was_closed_is_left_alone),
        CLAIM(a_larger_interest_is_due_in_the_next_wait),
        CLAIM(a_source_outlives_the_poll_of_its_former_registration),
        CLAIM_WITHOUT_REACTOR(every_chunk_of_sources_has_a_helper),
    };

    return run_claims(claims);
}
