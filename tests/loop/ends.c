/* SPDX-License-Identifier: MIT */
/* Ends that come with nothing that was asked for. */
#include "support/loops.h"

#define ENDS (REACTOR_READ_CLOSED | REACTOR_WRITE_CLOSED | REACTOR_ERROR)

/* Priority is no direction that the end could set. */
static void who_asked_for_priority_alone_hears_of_a_reset(void **state)
{
    struct reactor_loop *loop;
    struct watch watch;

    (void)state;
    if (!is_supported(REACTOR_PRIORITY))
        skip_because("there is no priority here");
    loop = open_loop();
    watch_init(&watch, loop, 'x');
    close_pair(&watch.pair);
    watch.pair = tcp_pair();
    assert_ok(reactor_handler_start(&watch.handler, watch.pair.mine,
                                    REACTOR_PRIORITY));
    assert_nobody(loop);
    reset_by_peer(&watch.pair);
    assert_true(await_calls(loop) >= 1);
    assert_int_not_equal(watch.probe.readiness & ENDS, 0);
    assert_int_equal(watch.probe.readiness & DIRECTIONS, 0);
    watch_end(&watch);
    reactor_loop_close(loop);
}

/* The kernel still had the direction, and told of it. */
static void who_has_lost_interest_does_not_hear_of_a_half_close(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch watch;

    (void)state;
    watch_start(&watch, loop, 'x', REACTOR_READABLE | REACTOR_WRITABLE);
    fill(watch.pair.mine);
    assert_nobody(loop);
    assert_ok(reactor_handler_update(&watch.handler, REACTOR_WRITABLE));
    shut_writing(&watch.pair);
    assert_nobody(loop);
    watch_end(&watch);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(who_asked_for_priority_alone_hears_of_a_reset),
        CLAIM_WITHOUT_REACTOR(
            who_has_lost_interest_does_not_hear_of_a_half_close),
    };

    return run_claims_both_ways(claims);
}
