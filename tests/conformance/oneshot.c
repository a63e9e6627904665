/* SPDX-License-Identifier: MIT */
/* Rule 4: oneshot reports once and is disarmed until reregistered. */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"

#define ONCE_READABLE (REACTOR_READABLE | REACTOR_ONESHOT)

static void oneshot_stays_silent_until_reregistered(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    int i;

    assert_ok(reactor_register(reactor, pair.mine, ONCE_READABLE, NULL));
    assert_silent(reactor);
    send_byte(pair.peer);
    for (i = 0; i < 3; i++) {
        assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_READABLE);
        assert_silent(reactor);
        send_byte(pair.peer);
        assert_silent(reactor);
        assert_ok(reactor_reregister(reactor, pair.mine, ONCE_READABLE, NULL));
    }
    retire_pair(reactor, &pair);
}

static void one_direction_disarms_both(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, DIRECTIONS | REACTOR_ONESHOT,
                               NULL));
    assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_WRITABLE);
    send_byte(pair.peer);
    assert_silent(reactor);
    retire_pair(reactor, &pair);
}

static void a_disarmed_handle_is_still_registered(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    send_byte(pair.peer);
    assert_ok(reactor_register(reactor, pair.mine, ONCE_READABLE, NULL));
    (void)await_event(reactor, pair.mine);
    assert_error(reactor_register(reactor, pair.mine, ONCE_READABLE, NULL),
                 -EEXIST);
    assert_silent(reactor);
    assert_ok(reactor_deregister(reactor, pair.mine));
    assert_ok(reactor_register(reactor, pair.mine, ONCE_READABLE, NULL));
    (void)await_event(reactor, pair.mine);
    retire_pair(reactor, &pair);
}

static void a_disarmed_handle_does_not_report_a_hang_up(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    send_byte(pair.peer);
    assert_ok(reactor_register(reactor, pair.mine, ONCE_READABLE, NULL));
    (void)await_event(reactor, pair.mine);
    close_peer(&pair);
    assert_silent(reactor);
    drain(pair.mine);
    assert_silent(reactor);
    assert_ok(reactor_reregister(reactor, pair.mine, ONCE_READABLE, NULL));
    assert_int_equal(await_readiness(reactor, pair.mine) &
                         (READINESS_ALL | REACTOR_READ_CLOSED),
                     REACTOR_READABLE | REACTOR_READ_CLOSED);
    assert_silent(reactor);
    retire_pair(reactor, &pair);
}

static void a_oneshot_that_reported_nothing_stays_armed(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, ONCE_READABLE, NULL));
    send_byte(pair.peer);
    drain(pair.mine);
    assert_silent(reactor);
    assert_silent(reactor);
    send_byte(pair.peer);
    assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_READABLE);
    assert_silent(reactor);
    retire_pair(reactor, &pair);
}

static void a_oneshot_can_become_level_and_back(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    send_byte(pair.peer);
    assert_ok(reactor_register(reactor, pair.mine, ONCE_READABLE, NULL));
    (void)await_event(reactor, pair.mine);
    assert_ok(reactor_reregister(reactor, pair.mine, REACTOR_READABLE, NULL));
    (void)await_event(reactor, pair.mine);
    (void)await_event(reactor, pair.mine);
    assert_ok(reactor_reregister(reactor, pair.mine, ONCE_READABLE, NULL));
    (void)await_event(reactor, pair.mine);
    assert_silent(reactor);
    retire_pair(reactor, &pair);
}

static void every_oneshot_is_reported_exactly_once(void **state)
{
    static const int capacities[] = {1, 3, 7, 64};
    struct reactor *reactor = *state;
    struct pair pairs[20];
    struct reactor_event events[64];
    size_t i;
    size_t k;

    for (i = 0; i < COUNT_OF(pairs); i++) {
        pairs[i] = stream_pair();
        send_byte(pairs[i].peer);
    }
    for (k = 0; k < COUNT_OF(capacities); k++) {
        unsigned seen[COUNT_OF(pairs)] = {0};
        int count;

        for (i = 0; i < COUNT_OF(pairs); i++)
            assert_ok(reactor_register(reactor, pairs[i].mine, ONCE_READABLE,
                                       &seen[i]));
        while ((count = reactor_wait(reactor, events, capacities[k],
                                     SILENCE_MS)) > 0)
            while (count-- > 0)
                ++*(unsigned *)events[count].user_data;
        assert_int_equal(count, 0);
        for (i = 0; i < COUNT_OF(pairs); i++) {
            assert_int_equal(seen[i], 1);
            assert_ok(reactor_deregister(reactor, pairs[i].mine));
        }
    }
    for (i = 0; i < COUNT_OF(pairs); i++)
        close_pair(&pairs[i]);
}

static void let_others_come_and_go(struct reactor *reactor)
{
    int i;

    for (i = 0; i < 20; i++) {
        struct pair other = stream_pair();

        send_byte(other.peer);
        assert_ok(
            reactor_register(reactor, other.mine, REACTOR_READABLE, NULL));
        (void)await_event(reactor, other.mine);
        retire_pair(reactor, &other);
    }
}

/* The others' changes must not bring a disarmed one back. */
static void a_disarmed_handle_stays_so_while_others_come_and_go(void **state)
{
    struct reactor *reactor = *state;
    struct pair disarmed = stream_pair();

    send_byte(disarmed.peer);
    assert_ok(reactor_register(reactor, disarmed.mine, ONCE_READABLE, NULL));
    (void)await_event(reactor, disarmed.mine);
    let_others_come_and_go(reactor);
    assert_silent(reactor);
    retire_pair(reactor, &disarmed);
}

/* Nor must they take an armed one away. */
static void an_armed_handle_stays_so_while_others_come_and_go(void **state)
{
    struct reactor *reactor = *state;
    struct pair armed = stream_pair();

    assert_ok(reactor_register(reactor, armed.mine, ONCE_READABLE, NULL));
    let_others_come_and_go(reactor);
    send_byte(armed.peer);
    assert_int_equal(await_readiness(reactor, armed.mine), REACTOR_READABLE);
    assert_silent(reactor);
    retire_pair(reactor, &armed);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(oneshot_stays_silent_until_reregistered),
        CLAIM(one_direction_disarms_both),
        CLAIM(a_disarmed_handle_is_still_registered),
        CLAIM(a_disarmed_handle_does_not_report_a_hang_up),
        CLAIM(a_oneshot_that_reported_nothing_stays_armed),
        CLAIM(a_oneshot_can_become_level_and_back),
        CLAIM(every_oneshot_is_reported_exactly_once),
        CLAIM(a_disarmed_handle_stays_so_while_others_come_and_go),
        CLAIM(an_armed_handle_stays_so_while_others_come_and_go),
    };

    return run_claims(claims);
}
