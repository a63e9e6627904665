/* SPDX-License-Identifier: MIT */
/* Rules 9 and 10: what is ready is reported in turn, and so is a wake. */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"
#include "support/scale.h"
#include "support/thread.h"

#include <stdatomic.h>
#include <string.h>

#define READY_MAX 40

struct crowd {
    struct pair pairs[READY_MAX];
    int last_seen[READY_MAX]; /* the number of the wait */
    int wake_seen;
    int count;
    int wait;
};

static void gather(struct crowd *crowd, struct reactor *reactor, int count,
                   uint32_t interest)
{
    int i;

    memset(crowd, 0, sizeof(*crowd));
    crowd->count = count;
    for (i = 0; i < count; i++) {
        crowd->pairs[i] = stream_pair();
        send_byte(crowd->pairs[i].peer);
        assert_ok(reactor_register(reactor, crowd->pairs[i].mine, interest,
                                   &crowd->last_seen[i]));
    }
}

static void disperse(struct crowd *crowd, struct reactor *reactor)
{
    int i;

    for (i = 0; i < crowd->count; i++)
        retire_pair(reactor, &crowd->pairs[i]);
}

static void wait_once(struct crowd *crowd, struct reactor *reactor,
                      int capacity)
{
    struct reactor_event events[READY_MAX + 1];
    int count = reactor_wait(reactor, events, capacity, PATIENCE_MS);

    assert_in_range(count, 1, capacity);
    crowd->wait++;
    while (count-- > 0)
        if (events[count].readiness & REACTOR_WAKE)
            crowd->wake_seen = crowd->wait;
        else
            *(int *)events[count].user_data = crowd->wait;
}

/* The promise for `ready` things that are ready at the same time. */
static int bound(int ready, int capacity)
{
    return 2 * ((ready + capacity - 1) / capacity);
}

static void assert_nobody_starves(const struct crowd *crowd, int waits)
{
    int i;

    for (i = 0; i < crowd->count; i++)
        assert_in_range(crowd->wait - crowd->last_seen[i], 0, waits);
}

static void each_ready_handle_is_reported_within_the_bound(void **state)
{
    static const int capacities[] = {1, 2, 3, 7, 16, 39, 40, 41};
    struct reactor *reactor = *state;
    struct crowd crowd;
    size_t k;
    int i;

    for (k = 0; k < COUNT_OF(capacities); k++) {
        int waits = bound(READY_MAX, capacities[k]);

        gather(&crowd, reactor, READY_MAX, DIRECTIONS);
        for (i = 0; i < 10 * waits; i++) {
            wait_once(&crowd, reactor, capacities[k]);
            assert_nobody_starves(&crowd, waits);
        }
        disperse(&crowd, reactor);
    }
}

static void the_bound_holds_when_the_capacity_changes(void **state)
{
    struct reactor *reactor = *state;
    struct crowd crowd;
    int i;

    gather(&crowd, reactor, READY_MAX, REACTOR_READABLE);
    for (i = 0; i < 400; i++) {
        wait_once(&crowd, reactor, 3 + i % 5);
        assert_nobody_starves(&crowd, bound(READY_MAX, 3));
    }
    disperse(&crowd, reactor);
}

/* Each change touches another handle than those that have waited longest. */
static void the_bound_holds_while_others_come_and_go(void **state)
{
    struct reactor *reactor = *state;
    struct crowd crowd;
    int i;

    gather(&crowd, reactor, 10, REACTOR_READABLE);
    for (i = 0; i < 200; i++) {
        struct pair idle = stream_pair();

        assert_ok(reactor_register(reactor, idle.mine, REACTOR_READABLE, NULL));
        wait_once(&crowd, reactor, 2);
        assert_nobody_starves(&crowd, bound(10, 2));
        retire_pair(reactor, &idle);
    }
    disperse(&crowd, reactor);
}

/* The place of what changes is before theirs in whatever order there is. */
static void changes_before_them_starve_nobody(void **state)
{
    struct reactor *reactor = *state;
    struct pair first = stream_pair();
    struct crowd crowd;
    int i;

    assert_ok(reactor_register(reactor, first.mine, REACTOR_READABLE, NULL));
    gather(&crowd, reactor, 4, REACTOR_READABLE);
    for (i = 0; i < 100; i++) {
        assert_ok(reactor_reregister(reactor, first.mine,
                                     i % 2 == 0 ? 0 : REACTOR_READABLE, NULL));
        wait_once(&crowd, reactor, 1);
        assert_nobody_starves(&crowd, bound(4, 1));
    }
    for (i = 0; i < 100; i++) {
        if (i % 2 == 0)
            assert_ok(reactor_deregister(reactor, first.mine));
        else
            assert_ok(
                reactor_register(reactor, first.mine, REACTOR_READABLE, NULL));
        wait_once(&crowd, reactor, 1);
        assert_nobody_starves(&crowd, bound(4, 1));
    }
    retire_pair(reactor, &first);
    disperse(&crowd, reactor);
}

static void ready_handles_do_not_starve_a_wake(void **state)
{
    struct reactor *reactor = *state;
    struct crowd crowd;
    int capacity;
    int i;

    gather(&crowd, reactor, 10, DIRECTIONS);
    for (capacity = 1; capacity <= 11; capacity++)
        for (i = 0; i < 20; i++) {
            int start = crowd.wait;

            assert_ok(reactor_wake(reactor));
            while (crowd.wake_seen <= start) {
                wait_once(&crowd, reactor, capacity);
                assert_in_range(crowd.wait - start, 1, bound(11, capacity));
            }
        }
    disperse(&crowd, reactor);
}

static void wakes_do_not_starve_ready_handles(void **state)
{
    struct reactor *reactor = *state;
    struct crowd crowd;
    int i;

    gather(&crowd, reactor, 3, REACTOR_READABLE);
    for (i = 0; i < 200; i++) {
        assert_ok(reactor_wake(reactor));
        wait_once(&crowd, reactor, 1);
        assert_nobody_starves(&crowd, bound(4, 1));
    }
    disperse(&crowd, reactor);
}

struct storm {
    struct reactor *reactor;
    _Atomic bool is_over;
};

static int wake_all_the_time(void *context)
{
    struct storm *storm = context;

    while (!atomic_load(&storm->is_over))
        if (reactor_wake(storm->reactor) != 0)
            return 1;
    return 0;
}

static void an_endless_storm_of_wakes_does_not_starve_handles(void **state)
{
    struct reactor *reactor = *state;
    struct storm storm = {reactor, false};
    struct crowd crowd;
    struct thread *threads[2];
    int waits = (int)scaled(2000, 50000);

    gather(&crowd, reactor, 3, REACTOR_READABLE);
    threads[0] = thread_start(wake_all_the_time, &storm);
    threads[1] = thread_start(wake_all_the_time, &storm);
    /* The storm may take its time to rise. */
    while (crowd.wait < waits || crowd.wake_seen == 0) {
        wait_once(&crowd, reactor, 1);
        assert_nobody_starves(&crowd, bound(4, 1));
    }
    atomic_store(&storm.is_over, true);
    assert_ok(thread_join(threads[0]));
    assert_ok(thread_join(threads[1]));
    disperse(&crowd, reactor);
}

/* Each was reported within twice as many waits as they take at best. */
static void assert_all_have_turns(const struct crowd *crowd, int capacity)
{
    int rounds = (crowd->count + capacity - 1) / capacity;
    int i;

    for (i = 0; i < crowd->count; i++)
        assert_in_range(crowd->wait - crowd->last_seen[i], 0, 2 * rounds);
}

static void what_is_reregistered_before_each_wait_has_its_turn(void **state)
{
    struct reactor *reactor = *state;
    struct crowd crowd;

    gather(&crowd, reactor, 2, REACTOR_READABLE);
    while (crowd.wait < 40) {
        assert_ok(reactor_reregister(reactor, crowd.pairs[1].mine,
                                     REACTOR_READABLE, &crowd.last_seen[1]));
        wait_once(&crowd, reactor, 1);
        assert_all_have_turns(&crowd, 1);
    }
    disperse(&crowd, reactor);
}

/* Makes what the last wait has reported ready once more. */
static void renew(struct crowd *crowd, struct reactor *reactor,
                  const uint32_t *interests)
{
    int i;

    for (i = 0; i < crowd->count; i++) {
        const struct pair *pair = &crowd->pairs[i];

        if (crowd->last_seen[i] != crowd->wait)
            continue;
        if (interests[i] & REACTOR_EDGE) {
            drain(pair->mine);
            send_byte(pair->peer);
        } else if (interests[i] & REACTOR_ONESHOT) {
            assert_ok(reactor_reregister(reactor, pair->mine, interests[i],
                                         &crowd->last_seen[i]));
        }
    }
}

static void edges_oneshots_and_levels_take_turns(void **state)
{
    static const uint32_t interests[] = {
        REACTOR_READABLE | REACTOR_EDGE,
        REACTOR_READABLE | REACTOR_EDGE,
        REACTOR_READABLE | REACTOR_ONESHOT,
        REACTOR_READABLE | REACTOR_ONESHOT,
        REACTOR_READABLE,
    };
    struct reactor *reactor = *state;
    struct crowd crowd;
    int capacity;
    int i;

    if (!is_supported(REACTOR_EDGE))
        skip_because("this backend says that it cannot do edge");
    for (capacity = 1; capacity <= (int)COUNT_OF(interests); capacity++) {
        gather(&crowd, reactor, COUNT_OF(interests), 0);
        for (i = 0; i < crowd.count; i++)
            assert_ok(reactor_reregister(reactor, crowd.pairs[i].mine,
                                         interests[i], &crowd.last_seen[i]));
        while (crowd.wait < 100) {
            wait_once(&crowd, reactor, capacity);
            assert_all_have_turns(&crowd, capacity);
            renew(&crowd, reactor, interests);
        }
        disperse(&crowd, reactor);
    }
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(each_ready_handle_is_reported_within_the_bound),
        CLAIM(the_bound_holds_when_the_capacity_changes),
        CLAIM(the_bound_holds_while_others_come_and_go),
        CLAIM(changes_before_them_starve_nobody),
        CLAIM(what_is_reregistered_before_each_wait_has_its_turn),
        CLAIM(edges_oneshots_and_levels_take_turns),
        CLAIM(ready_handles_do_not_starve_a_wake),
        CLAIM(wakes_do_not_starve_ready_handles),
        CLAIM(an_endless_storm_of_wakes_does_not_starve_handles),
    };

    return run_claims(claims);
}
