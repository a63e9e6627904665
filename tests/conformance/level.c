/* SPDX-License-Identifier: MIT */
/* Rules 4 and 6: level, and one event per registration. */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"

static void level_reports_data_as_long_as_it_is_unread(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    int i;

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    send_byte(pair.peer);
    for (i = 0; i < 5; i++)
        assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_READABLE);
    drain(pair.mine);
    assert_silent(reactor);
    send_byte(pair.peer);
    assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_READABLE);
    retire_pair(reactor, &pair);
}

static void level_reports_room_as_long_as_there_is_some(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    int i;

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_WRITABLE, NULL));
    for (i = 0; i < 5; i++)
        assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_WRITABLE);
    fill(pair.mine);
    assert_silent(reactor);
    drain(pair.peer);
    assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_WRITABLE);
    retire_pair(reactor, &pair);
}

static void both_directions_come_in_one_event(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    int i;

    send_byte(pair.peer);
    for (i = 0; i < TRIGGER_COUNT; i++) {
        if (!is_supported(triggers[i]))
            continue;
        assert_ok(reactor_register(reactor, pair.mine, DIRECTIONS | triggers[i],
                                   NULL));
        assert_int_equal(await_readiness(reactor, pair.mine), DIRECTIONS);
        assert_ok(reactor_deregister(reactor, pair.mine));
    }
    close_pair(&pair);
}

static void a_direction_that_was_not_asked_for_is_never_set(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    send_byte(pair.peer);
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_READABLE);
    assert_ok(reactor_reregister(reactor, pair.mine, REACTOR_WRITABLE, NULL));
    assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_WRITABLE);
    drain(pair.mine);
    assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_WRITABLE);
    retire_pair(reactor, &pair);
}

static void only_what_is_ready_is_reported(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, DIRECTIONS, NULL));
    assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_WRITABLE);
    send_byte(pair.peer);
    assert_int_equal(await_readiness(reactor, pair.mine), DIRECTIONS);
    fill(pair.mine);
    assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_READABLE);
    drain(pair.mine);
    assert_silent(reactor);
    retire_pair(reactor, &pair);
}

static void several_arrivals_come_in_one_event(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    int i;

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    for (i = 0; i < 10; i++)
        send_byte(pair.peer);
    assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_READABLE);
    retire_pair(reactor, &pair);
}

static void each_of_many_is_reported_once_a_wait(void **state)
{
    struct reactor *reactor = *state;
    struct pair pairs[50];
    struct reactor_event events[COUNT_OF(pairs) * 2];
    unsigned seen[COUNT_OF(pairs)] = {0};
    size_t i;
    int count;

    for (i = 0; i < COUNT_OF(pairs); i++) {
        pairs[i] = stream_pair();
        send_byte(pairs[i].peer);
        assert_ok(
            reactor_register(reactor, pairs[i].mine, DIRECTIONS, &seen[i]));
    }
    count = reactor_wait(reactor, events, (int)COUNT_OF(events), PATIENCE_MS);
    assert_int_equal(count, COUNT_OF(pairs));
    while (count-- > 0)
        ++*(unsigned *)events[count].user_data;
    for (i = 0; i < COUNT_OF(pairs); i++) {
        assert_int_equal(seen[i], 1);
        retire_pair(reactor, &pairs[i]);
    }
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(level_reports_data_as_long_as_it_is_unread),
        CLAIM(level_reports_room_as_long_as_there_is_some),
        CLAIM(both_directions_come_in_one_event),
        CLAIM(a_direction_that_was_not_asked_for_is_never_set),
        CLAIM(only_what_is_ready_is_reported),
        CLAIM(several_arrivals_come_in_one_event),
        CLAIM(each_of_many_is_reported_once_a_wait),
    };

    return run_claims(claims);
}
