/* SPDX-License-Identifier: MIT */
/* Every mix of interest bits, and every change from one mix to another. */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"

/* Both directions and priority are ready. */
static struct pair ready_pair(void)
{
    struct pair pair = tcp_pair();

    send_byte(pair.peer);
    send_priority(pair.peer);
    return pair;
}

/* What waits report of ready_pair() that is registered with this interest. */
static void assert_reported(struct reactor *reactor, reactor_handle handle,
                            uint32_t interest)
{
    uint32_t expected = interest & READINESS_ALL;

    if (expected == 0) {
        assert_silent(reactor);
        return;
    }
    assert_int_equal(await_readiness(reactor, handle), expected);
    if (interest & REACTOR_ONESHOT)
        assert_silent(reactor);
    else if ((interest & REACTOR_EDGE) == 0)
        assert_int_equal(await_readiness(reactor, handle), expected);
}

static void every_mix_is_honoured_or_enotsup(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = ready_pair();
    uint32_t interest;

    for (interest = 0; interest < INTEREST_MIXES; interest++) {
        if (!is_supported(interest)) {
            assert_error(reactor_register(reactor, pair.mine, interest, NULL),
                         -ENOTSUP);
            continue;
        }
        assert_ok(reactor_register(reactor, pair.mine, interest, NULL));
        assert_reported(reactor, pair.mine, interest);
        assert_ok(reactor_deregister(reactor, pair.mine));
    }
    close_pair(&pair);
}

static void every_mix_can_follow_every_other(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = ready_pair();
    uint32_t from;
    uint32_t to;

    for (from = 0; from < INTEREST_MIXES; from++)
        for (to = 0; to < INTEREST_MIXES; to++) {
            uint32_t expected = to & READINESS_ALL;
            struct reactor_event event;

            if (!is_supported(from | to))
                continue;
            assert_ok(reactor_register(reactor, pair.mine, from, NULL));
            assert_int_equal(reactor_wait(reactor, &event, 1, 0),
                             (from & READINESS_ALL) != 0);
            assert_ok(reactor_reregister(reactor, pair.mine, to, NULL));
            assert_int_equal(reactor_wait(reactor, &event, 1, 0),
                             expected != 0);
            if (expected != 0)
                assert_int_equal(event.readiness, expected);
            assert_ok(reactor_deregister(reactor, pair.mine));
        }
    close_pair(&pair);
}

static void an_unsupported_mix_leaves_the_registration_as_it_was(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair;
    uint32_t interest;

    if (is_supported(INTEREST_ALL))
        skip_because("this backend honours every bit");
    pair = ready_pair();
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, reactor));
    for (interest = 0; interest < INTEREST_MIXES; interest++)
        if (!is_supported(interest)) {
            struct reactor_event event;

            assert_error(reactor_reregister(reactor, pair.mine, interest, NULL),
                         -ENOTSUP);
            event = await_event(reactor, pair.mine);
            assert_int_equal(event.readiness, REACTOR_READABLE);
            assert_ptr_equal(event.user_data, reactor);
        }
    retire_pair(reactor, &pair);
}

/* Rule 1: readiness-only bits and unknown ones are no interest. */
static void any_other_bit_is_einval_and_changes_nothing(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct pair other = stream_pair();
    uint32_t bit;

    send_byte(pair.peer);
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, &pair));
    for (bit = INTEREST_MIXES; bit != 0; bit <<= 1) {
        uint32_t interest = REACTOR_READABLE | bit;
        struct reactor_event event;

        assert_error(reactor_register(reactor, other.mine, interest, NULL),
                     -EINVAL);
        assert_error(reactor_reregister(reactor, pair.mine, interest, NULL),
                     -EINVAL);
        event = await_event(reactor, pair.mine);
        assert_int_equal(event.readiness, REACTOR_READABLE);
        assert_ptr_equal(event.user_data, &pair);
    }
    assert_error(reactor_deregister(reactor, other.mine), -ENOENT);
    retire_pair(reactor, &pair);
    close_pair(&other);
}

static void priority_is_reported_when_it_arrives(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair;
    int i;

    if (!is_supported(REACTOR_PRIORITY))
        skip_because("this backend has no priority");
    pair = tcp_pair();
    for (i = 0; i < TRIGGER_COUNT; i++) {
        uint32_t interest = REACTOR_PRIORITY | triggers[i];

        if (!is_supported(interest))
            continue;
        assert_ok(reactor_register(reactor, pair.mine, interest, NULL));
        if (i == 0) {
            assert_silent(reactor);
            send_priority(pair.peer);
        }
        assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_PRIORITY);
        assert_ok(reactor_deregister(reactor, pair.mine));
    }
    close_pair(&pair);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(every_mix_is_honoured_or_enotsup),
        CLAIM(every_mix_can_follow_every_other),
        CLAIM(an_unsupported_mix_leaves_the_registration_as_it_was),
        CLAIM(any_other_bit_is_einval_and_changes_nothing),
        CLAIM(priority_is_reported_when_it_arrives),
    };

    return run_claims(claims);
}
