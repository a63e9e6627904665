/* SPDX-License-Identifier: MIT */
/* Rule 2: without a direction or priority a registration is silent. */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"

static void a_paused_handle_reports_no_readiness(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    int i;

    send_byte(pair.peer);
    for (i = 0; i < TRIGGER_COUNT; i++) {
        if (!is_supported(triggers[i]))
            continue;
        assert_ok(reactor_register(reactor, pair.mine, triggers[i], NULL));
        assert_silent(reactor);
        assert_silent(reactor);
        assert_error(reactor_register(reactor, pair.mine, 0, NULL), -EEXIST);
        assert_ok(reactor_deregister(reactor, pair.mine));
    }
    close_pair(&pair);
}

static void a_paused_handle_reports_no_hang_up_and_costs_nothing(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, 0, NULL));
    close_peer(&pair);
    assert_silent(reactor);
    assert_idle(reactor);
    retire_pair(reactor, &pair);
}

static void a_paused_handle_reports_no_reset_and_costs_nothing(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = tcp_pair();

    assert_ok(reactor_register(reactor, pair.mine, 0, NULL));
    reset_by_peer(&pair);
    assert_silent(reactor);
    assert_idle(reactor);
    retire_pair(reactor, &pair);
}

static void what_hung_up_can_be_paused_after_it_was_reported(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    int i;

    close_peer(&pair);
    for (i = 0; i < TRIGGER_COUNT; i++) {
        if (!is_supported(triggers[i]))
            continue;
        assert_ok(reactor_register(reactor, pair.mine, DIRECTIONS | triggers[i],
                                   NULL));
        (void)await_event(reactor, pair.mine);
        assert_ok(reactor_reregister(reactor, pair.mine, triggers[i], NULL));
        assert_silent(reactor);
        assert_idle(reactor);
        assert_ok(reactor_deregister(reactor, pair.mine));
    }
    close_pair(&pair);
}

static void pausing_takes_back_what_was_pending(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    send_byte(pair.peer);
    assert_ok(reactor_reregister(reactor, pair.mine, 0, NULL));
    assert_silent(reactor);
    retire_pair(reactor, &pair);
}

static void resuming_reports_what_is_ready_by_then(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    int i;

    send_byte(pair.peer);
    for (i = 0; i < TRIGGER_COUNT; i++) {
        uint32_t interest = REACTOR_READABLE | triggers[i];

        if (!is_supported(interest))
            continue;
        assert_ok(reactor_register(reactor, pair.mine, 0, NULL));
        assert_silent(reactor);
        assert_ok(reactor_reregister(reactor, pair.mine, interest, &pair));
        assert_ptr_equal(await_event(reactor, pair.mine).user_data, &pair);
        assert_ok(reactor_deregister(reactor, pair.mine));
    }
    close_pair(&pair);
}

static void resuming_reports_a_hang_up_that_came_meanwhile(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, 0, NULL));
    close_peer(&pair);
    assert_silent(reactor);
    assert_ok(reactor_reregister(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_int_equal(await_readiness(reactor, pair.mine) &
                         (READINESS_ALL | REACTOR_READ_CLOSED),
                     REACTOR_READABLE | REACTOR_READ_CLOSED);
    retire_pair(reactor, &pair);
}

static void paused_handles_do_not_hide_others(void **state)
{
    struct reactor *reactor = *state;
    struct pair paused[30];
    struct pair pair = stream_pair();
    size_t i;

    for (i = 0; i < COUNT_OF(paused); i++) {
        paused[i] = stream_pair();
        assert_ok(reactor_register(reactor, paused[i].mine, 0, NULL));
        close_peer(&paused[i]);
    }
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    send_byte(pair.peer);
    for (i = 0; i < 5; i++)
        (void)await_event(reactor, pair.mine);
    for (i = 0; i < COUNT_OF(paused); i++)
        retire_pair(reactor, &paused[i]);
    retire_pair(reactor, &pair);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(a_paused_handle_reports_no_readiness),
        CLAIM(a_paused_handle_reports_no_hang_up_and_costs_nothing),
        CLAIM(a_paused_handle_reports_no_reset_and_costs_nothing),
        CLAIM(what_hung_up_can_be_paused_after_it_was_reported),
        CLAIM(pausing_takes_back_what_was_pending),
        CLAIM(resuming_reports_what_is_ready_by_then),
        CLAIM(resuming_reports_a_hang_up_that_came_meanwhile),
        CLAIM(paused_handles_do_not_hide_others),
    };

    return run_claims(claims);
}
