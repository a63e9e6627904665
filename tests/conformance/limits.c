/* SPDX-License-Identifier: MIT */
/* Rule 9: capacities, memory and stack. */
#include "support/allocator.h"
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"
#include "support/scale.h"
#include "support/thread.h"

#include <limits.h>
#include <string.h>

#define READY_COUNT 50

static void register_ready(struct reactor *reactor, struct pair *pairs)
{
    size_t i;

    for (i = 0; i < READY_COUNT; i++) {
        pairs[i] = stream_pair();
        assert_ok(reactor_register(reactor, pairs[i].mine, REACTOR_WRITABLE,
                                   &pairs[i]));
    }
}

static void retire_all(struct reactor *reactor, const struct pair *pairs)
{
    size_t i;

    for (i = 0; i < READY_COUNT; i++)
        retire_pair(reactor, &pairs[i]);
}

static void no_more_events_than_fit_are_written(void **state)
{
    struct reactor *reactor = *state;
    struct pair pairs[READY_COUNT];
    struct reactor_event events[READY_COUNT + 2];
    struct reactor_event untouched;
    int capacity;

    register_ready(reactor, pairs);
    memset(&untouched, 0xa5, sizeof(untouched));
    for (capacity = 1; capacity <= READY_COUNT; capacity++) {
        memset(events, 0xa5, sizeof(events));
        assert_int_equal(reactor_wait(reactor, &events[1], capacity, 0),
                         capacity);
        assert_memory_equal(&events[0], &untouched, sizeof(untouched));
        assert_memory_equal(&events[capacity + 1], &untouched,
                            sizeof(untouched));
    }
    retire_all(reactor, pairs);
}

/* As many as can be ready at once, and a wake, is all that is ever written. */
static void a_capacity_may_be_huge(void **state)
{
    static const int capacities[] = {READY_COUNT + 1, 4096,        4097,
                                     1 << 20,         INT_MAX - 1, INT_MAX};
    static struct reactor_event events[4096];
    struct reactor *reactor = *state;
    struct pair pairs[READY_COUNT];
    size_t i;

    register_ready(reactor, pairs);
    for (i = 0; i < COUNT_OF(capacities); i++) {
        assert_int_equal(reactor_wait(reactor, events, capacities[i], 0),
                         READY_COUNT);
        assert_ok(reactor_wake(reactor));
        assert_int_equal(reactor_wait(reactor, events, capacities[i], -1),
                         READY_COUNT + 1);
        assert_int_equal(reactor_wait_until(reactor, events, capacities[i], 0),
                         READY_COUNT);
    }
    retire_all(reactor, pairs);
    for (i = 0; i < COUNT_OF(capacities); i++)
        assert_int_equal(reactor_wait(reactor, events, capacities[i], 1), 0);
}

static void a_wait_allocates_nothing(void **state)
{
    static struct reactor_event events[4096];
    struct reactor *reactor = *state;
    struct pair pairs[READY_COUNT];
    size_t calls;
    int capacity;

    register_ready(reactor, pairs);
    calls = allocation_calls();
    for (capacity = 1; capacity <= 4096; capacity *= 4) {
        assert_true(reactor_wait(reactor, events, capacity, 0) > 0);
        assert_true(reactor_wait(reactor, events, capacity, 5) > 0);
        assert_true(
            reactor_wait_until(reactor, events, capacity, REACTOR_FOREVER) > 0);
        assert_ok(reactor_wake(reactor));
    }
    assert_int_equal(allocation_calls(), calls);
    retire_all(reactor, pairs);
}

static void a_reactor_with_nothing_registered_can_wait(void **state)
{
    struct reactor *reactor = *state;
    struct reactor_event event;

    assert_int_equal(reactor_wait(reactor, &event, 1, 0), 0);
    assert_int_equal(reactor_wait(reactor, &event, 1, 5), 0);
    assert_ok(reactor_wake(reactor));
    await_wake(reactor);
}

struct small_stack {
    struct pair pair;
    struct reactor_event events[64];
};

/* Everything once; the line that failed, or 0. */
#define EXPECT(condition)                                                      \
    do {                                                                       \
        if (!(condition))                                                      \
            return __LINE__;                                                   \
    } while (0)

static int use_everything(void *context)
{
    struct small_stack *use = context;
    struct reactor *reactor;
    reactor_handle mine = use->pair.mine;

    EXPECT(reactor_open(&reactor) == 0);
    EXPECT(reactor_register(reactor, mine, REACTOR_READABLE, NULL) == 0);
    EXPECT(reactor_reregister(reactor, mine, DIRECTIONS, NULL) == 0);
    EXPECT(reactor_wake(reactor) == 0);
    EXPECT(reactor_wait(reactor, use->events, 64, -1) == 2);
    EXPECT(reactor_wait(reactor, use->events, INT_MAX, 1000) == 1);
    EXPECT(reactor_wait_until(reactor, use->events, 64, REACTOR_FOREVER) == 1);
    EXPECT(reactor_deregister(reactor, mine) == 0);
    EXPECT(reactor_wait(reactor, use->events, 64, 1) == 0);
    EXPECT(reactor_shutdown(reactor) == 0);
    EXPECT(reactor_wait(reactor, use->events, 64, -1) == -ECANCELED);
    reactor_close(reactor);
    return 0;
}

static void a_stack_of_64_kib_is_enough(void **state)
{
    struct small_stack use = {.pair = stream_pair()};

    (void)state;
    if (IS_SANITIZED)
        assert_ok(thread_join(thread_start(use_everything, &use)));
    else
        assert_ok(thread_join(thread_start_small(use_everything, &use)));
    close_pair(&use.pair);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(no_more_events_than_fit_are_written),
        CLAIM(a_capacity_may_be_huge),
        CLAIM(a_wait_allocates_nothing),
        CLAIM(a_reactor_with_nothing_registered_can_wait),
        CLAIM_WITHOUT_REACTOR(a_stack_of_64_kib_is_enough),
    };

    return run_claims(claims);
}
