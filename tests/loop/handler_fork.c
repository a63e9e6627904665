/* SPDX-License-Identifier: MIT */
/* Handlers in a child of fork(). */
#include "support/loops.h"
#include "support/process.h"

static struct reactor_loop *loop;
static struct watch a;
static struct watch b;

static void found(void)
{
    loop = open_loop();
    watch_start(&a, loop, 'a', REACTOR_READABLE);
    watch_start(&b, loop, 'b', REACTOR_READABLE);
}

static void dissolve(void)
{
    watch_end(&a);
    watch_end(&b);
    reactor_loop_close(loop);
}

/* How many waits it takes until nobody is called for a while. */
static uint64_t count_waits(void)
{
    struct reactor_loop_numbers numbers = {.size = sizeof(numbers)};
    uint64_t before;

    if (reactor_loop_numbers(loop, &numbers) != 0)
        return 0;
    before = numbers.turns;
    if (reactor_loop_turn(loop, 5 * SILENCE_NS) != 0 ||
        reactor_loop_numbers(loop, &numbers) != 0)
        return 0;
    return numbers.turns - before;
}

static int use_inherited(void *context)
{
    (void)context;
    CHILD_EXPECT(reactor_handler_start(&a.handler, a.pair.mine, 0) == -ECHILD);
    CHILD_EXPECT(reactor_loop_turn(loop, 0) == -ECHILD);
    CHILD_EXPECT(reactor_loop_run(loop) == -ECHILD);
    CHILD_EXPECT(reactor_handler_interest(&a.handler) == REACTOR_READABLE);
    reactor_loop_close(loop);
    CHILD_EXPECT(!reactor_handler_is_active(&a.handler));
    CHILD_EXPECT(!reactor_handler_is_active(&b.handler));
    return 0;
}

static void what_is_inherited_is_refused_and_can_be_closed(void **state)
{
    (void)state;
    found();
    assert_child(use_inherited, NULL);
    send_byte(a.pair.peer);
    assert_int_equal(await_calls(loop), 1);
    assert_string_equal(journal, "a");
    dissolve();
}

static int take_over(void *context)
{
    (void)context;
    CHILD_EXPECT(reactor_loop_after_fork(loop) == 0);
    CHILD_EXPECT(reactor_loop_alive(loop) == 2);
    CHILD_EXPECT(reactor_loop_turn(loop, PATIENCE_NS) == 1);
    CHILD_EXPECT(a.probe.calls == 1 && b.probe.calls == 0);
    CHILD_EXPECT(reactor_handler_update(&b.handler, REACTOR_WRITABLE) == 0);
    reactor_handler_stop(&a.handler);
    CHILD_EXPECT(reactor_loop_turn(loop, PATIENCE_NS) == 1);
    CHILD_EXPECT(b.probe.calls == 1);
    reactor_loop_close(loop);
    return 0;
}

static void handlers_stay_active_in_a_child(void **state)
{
    (void)state;
    found();
    send_byte(a.pair.peer);
    assert_child(take_over, NULL);
    assert_int_equal(await_calls(loop), 1);
    assert_string_equal(journal, "a");
    dissolve();
}

/* Updates that were pending are told to the child's own reactor. */
static int flush(void *context)
{
    (void)context;
    CHILD_EXPECT(reactor_loop_after_fork(loop) == 0);
    CHILD_EXPECT(reactor_loop_turn(loop, PATIENCE_NS) == 1);
    CHILD_EXPECT(a.probe.readiness == REACTOR_WRITABLE);
    reactor_loop_close(loop);
    return 0;
}

static void updates_that_are_pending_are_made_in_both(void **state)
{
    (void)state;
    found();
    assert_ok(reactor_handler_update(&a.handler, DIRECTIONS));
    assert_child(flush, NULL);
    assert_int_equal(await_calls(loop), 1);
    assert_int_equal(a.probe.readiness, REACTOR_WRITABLE);
    dissolve();
}

/* The reactor was not to be told then. */
static int stop_early(void *context)
{
    (void)context;
    reactor_handler_stop(&a.handler);
    CHILD_EXPECT(reactor_loop_after_fork(loop) == 0);
    CHILD_EXPECT(reactor_loop_alive(loop) == 1);
    CHILD_EXPECT(count_waits() > 0);
    CHILD_EXPECT(count_waits() <= 5); /* it does not spin */
    CHILD_EXPECT(a.probe.calls == 0);
    CHILD_EXPECT(
        reactor_handler_start(&a.handler, a.pair.mine, REACTOR_READABLE) == 0);
    CHILD_EXPECT(reactor_loop_turn(loop, PATIENCE_NS) == 1);
    CHILD_EXPECT(a.probe.calls == 1);
    reactor_loop_close(loop);
    return 0;
}

static void a_stop_in_a_child_holds_when_the_loop_is_its_own(void **state)
{
    (void)state;
    found();
    send_byte(a.pair.peer);
    assert_child(stop_early, NULL);
    dissolve();
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(what_is_inherited_is_refused_and_can_be_closed),
        CLAIM_WITHOUT_REACTOR(handlers_stay_active_in_a_child),
        CLAIM_WITHOUT_REACTOR(updates_that_are_pending_are_made_in_both),
        CLAIM_WITHOUT_REACTOR(a_stop_in_a_child_holds_when_the_loop_is_its_own),
    };

    return run_claims_both_ways(claims);
}
