/* SPDX-License-Identifier: MIT */
/* Row T5 of the robustness plan: time that was lost. */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"
#include "support/process.h"

#define NS_PER_MS INT64_C(1000000)
#define WAIT_MS   60

struct sleeper {
    struct reactor *reactor;
    struct pair pair;
};

static int wait_in_child(void *context)
{
    struct sleeper *sleeper = context;
    struct reactor_event event;
    int64_t start;
    int count;

    CHILD_EXPECT(reactor_after_fork(sleeper->reactor) == 0);
    send_byte(sleeper->pair.peer);
    start = reactor_now_ns();
    count = reactor_wait(sleeper->reactor, &event, 1, WAIT_MS);
    CHILD_EXPECT(count == 0);
    CHILD_EXPECT(reactor_now_ns() - start >= WAIT_MS * NS_PER_MS);
    reactor_close(sleeper->reactor);
    return 0;
}

/* Stopped for longer than it waits, and for shorter, and often. */
static void being_stopped_does_not_end_a_wait_early(void **state)
{
    static const int stops_ms[] = {2 * WAIT_MS, 1, 0};
    struct reactor *clock = *state;
    size_t i;

    for (i = 0; i < COUNT_OF(stops_ms); i++) {
        struct sleeper sleeper = {open_reactor(), stream_pair()};
        struct reactor_event event;
        pid_t child = child_start(wait_in_child, &sleeper);
        int k;

        assert_true(child > 0);
        assert_ok(
            reactor_register(clock, sleeper.pair.mine, REACTOR_READABLE, NULL));
        (void)await_event(clock, sleeper.pair.mine);
        assert_ok(reactor_deregister(clock, sleeper.pair.mine));
        for (k = 0; k < 10 && child_stop(child); k++) {
            assert_int_equal(reactor_wait(clock, &event, 1, stops_ms[i]), 0);
            child_continue(child);
        }
        assert_ok(child_finish(child));
        close_pair(&sleeper.pair);
        reactor_close(sleeper.reactor);
    }
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(being_stopped_does_not_end_a_wait_early),
    };

    return run_claims(claims);
}
