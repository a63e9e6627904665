/* SPDX-License-Identifier: MIT */
/*
 * The queue of timers does what a list does that is sorted by deadline and
 * start: whatever is started, restarted and stopped, and however time passes.
 */
#include "loop/timer_queue.h"

#include "support/claim.h"
#include "support/scale.h"

#include <stdlib.h>

#define NS_PER_S INT64_C(1000000000)
#define TICK_NS  (INT64_C(1) << RI_TICK_SHIFT)

/* ---- The queue beside its model ---- */

struct expected {
    int64_t deadline_ns; /* or the delay, while it is fresh */
    uint64_t order;
    bool is_active;
    bool is_fresh;
    bool was_seen; /* by a walk */
};

struct compared {
    struct ri_timer_queue *queue;
    struct reactor_timer *timers;
    struct expected *expected;
    uint32_t count;
    uint32_t active;
    int64_t now_ns;
    uint64_t started;
    uint64_t random;
};

static void begin(struct compared *both, uint32_t count, int64_t now_ns)
{
    *both = (struct compared){.count = count, .now_ns = now_ns, .random = 1};
    both->queue = calloc(1, sizeof(*both->queue));
    both->timers = calloc(count, sizeof(*both->timers));
    both->expected = calloc(count, sizeof(*both->expected));
    assert_non_null(both->queue);
    assert_non_null(both->timers);
    assert_non_null(both->expected);
}

static void end(struct compared *both)
{
    free(both->queue);
    free(both->timers);
    free(both->expected);
}

/* xorshift64 (Marsaglia 2003); the same numbers in every run. */
static uint64_t draw(struct compared *both)
{
    both->random ^= both->random << 13;
    both->random ^= both->random >> 7;
    both->random ^= both->random << 17;
    return both->random;
}

static uint32_t draw_below(struct compared *both, uint32_t limit)
{
    return (uint32_t)(draw(both) >> 32) % limit;
}

/* Any order of magnitude up to 2^bits is as likely as any other. */
static int64_t draw_duration(struct compared *both, uint32_t bits)
{
    uint64_t mask = (UINT64_C(1) << draw_below(both, bits + 1)) - 1;

    return (int64_t)(draw(both) >> 1 & mask);
}

static uint32_t index_of(const struct compared *both,
                         const struct reactor_timer *timer)
{
    return (uint32_t)(timer - both->timers);
}

static int64_t saturated_sum(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static void stamp(struct compared *both)
{
    uint32_t i;

    for (i = 0; i < both->queue->fresh_count; i++) {
        struct expected *expected =
            &both->expected[index_of(both, both->queue->fresh[i])];

        expected->deadline_ns =
            saturated_sum(expected->deadline_ns, both->now_ns);
        expected->is_fresh = false;
    }
    ri_timer_queue_stamp(both->queue, both->now_ns);
    assert_int_equal(both->queue->fresh_count, 0);
}

static void start(struct compared *both, uint32_t i, int64_t delay_ns)
{
    struct expected *expected = &both->expected[i];

    if (ri_timer_queue_is_full_of_fresh(both->queue))
        stamp(both);
    ri_timer_queue_start(both->queue, &both->timers[i], delay_ns);
    both->active += !expected->is_active;
    *expected = (struct expected){
        .deadline_ns = delay_ns > 0 ? delay_ns : 0,
        .order = ++both->started,
        .is_active = true,
        .is_fresh = true,
    };
}

static void stop(struct compared *both, uint32_t i)
{
    ri_timer_queue_remove(both->queue, &both->timers[i]);
    both->active -= both->expected[i].is_active;
    both->expected[i].is_active = false;
}

static bool has_to_fire(const struct compared *both, uint32_t i)
{
    const struct expected *expected = &both->expected[i];

    return expected->is_active && !expected->is_fresh &&
           expected->deadline_ns <= both->now_ns &&
           expected->deadline_ns != REACTOR_FOREVER;
}

static uint32_t count_due(const struct compared *both)
{
    uint32_t due = 0;
    uint32_t i;

    for (i = 0; i < both->count; i++)
        due += has_to_fire(both, i);
    return due;
}

static bool is_later(const struct expected *a, const struct expected *b)
{
    return a->deadline_ns > b->deadline_ns ||
           (a->deadline_ns == b->deadline_ns && a->order > b->order);
}

/* Takes out what is due at the present: how many, none of them wrong. */
static uint32_t fire(struct compared *both)
{
    struct expected last = {.deadline_ns = -1};
    struct reactor_timer *timer;
    uint32_t fired = 0;

    while ((timer = ri_timer_queue_due(both->queue, both->now_ns)) != NULL) {
        uint32_t i = index_of(both, timer);

        assert_true(has_to_fire(both, i));
        assert_true(is_later(&both->expected[i], &last));
        last = both->expected[i];
        stop(both, i);
        fired++;
    }
    return fired;
}

/* A walk comes by each active timer once, and by nothing else. */
static void assert_walk_is_complete(struct compared *both)
{
    const struct reactor_timer *timer = NULL;
    uint32_t seen = 0;
    uint32_t i;

    while ((timer = ri_timer_queue_walk(both->queue, timer)) != NULL) {
        i = index_of(both, timer);
        assert_true(both->expected[i].is_active);
        assert_false(both->expected[i].was_seen);
        both->expected[i].was_seen = true;
        seen++;
    }
    for (i = 0; i < both->count; i++)
        both->expected[i].was_seen = false;
    assert_int_equal(seen, both->active);
}

static int64_t first_deadline(const struct compared *both)
{
    int64_t first = REACTOR_FOREVER;
    uint32_t i;

    for (i = 0; i < both->count; i++)
        if (both->expected[i].is_active &&
            both->expected[i].deadline_ns < first)
            first = both->expected[i].deadline_ns;
    return first;
}

/* Nothing is fresh and nothing due: it says when to look again. */
static void assert_next_is_in_time(const struct compared *both)
{
    int64_t next_ns = ri_timer_queue_next_ns(both->queue);
    int64_t first_ns = first_deadline(both);

    assert_true(next_ns <= first_ns);
    assert_true(next_ns > both->now_ns);
    assert_int_equal(next_ns == REACTOR_FOREVER, first_ns == REACTOR_FOREVER);
}

/* ---- Claims ---- */

static void all_zeros_are_an_empty_queue(void **state)
{
    struct compared both;

    (void)state;
    begin(&both, 1, 0);
    assert_true(ri_timer_queue_is_idle(both.queue));
    assert_null(ri_timer_queue_due(both.queue, 0));
    assert_null(ri_timer_queue_due(both.queue, INT64_MAX));
    assert_null(ri_timer_queue_walk(both.queue, NULL));
    assert_true(ri_timer_queue_next_ns(both.queue) == REACTOR_FOREVER);
    ri_timer_queue_remove(both.queue, &both.timers[0]);
    end(&both);
}

static void what_is_fresh_has_no_deadline_yet(void **state)
{
    struct compared both;

    (void)state;
    begin(&both, 1, 1000);
    start(&both, 0, 5);
    assert_null(ri_timer_queue_due(both.queue, INT64_MAX - 1));
    assert_int_equal(ri_timer_queue_next_ns(both.queue), 0);
    assert_walk_is_complete(&both);
    both.now_ns = INT64_MAX - 10;
    stamp(&both);
    assert_true(ri_timer_queue_next_ns(both.queue) == INT64_MAX - 5);
    assert_int_equal(fire(&both), 0);
    both.now_ns = INT64_MAX - 6;
    assert_int_equal(fire(&both), 0);
    both.now_ns = INT64_MAX - 5;
    assert_int_equal(fire(&both), 1);
    end(&both);
}

/* Around every border of a tick, a slot and a level, from everywhere. */
static void a_timer_is_due_in_its_nanosecond(void **state)
{
    struct compared both;
    uint32_t from;
    uint32_t length;
    int64_t offset;

    (void)state;
    for (from = 0; from < 63; from++) {
        for (length = 0; length < 62; length++) {
            for (offset = -1; offset <= 1; offset++) {
                int64_t now_ns = (INT64_C(1) << from) - 1;
                int64_t delay_ns = (INT64_C(1) << length) + offset;

                if (delay_ns == 0 || delay_ns > INT64_MAX - 1 - now_ns)
                    continue;
                begin(&both, 1, now_ns);
                start(&both, 0, delay_ns);
                stamp(&both);
                both.now_ns = now_ns + delay_ns - 1;
                assert_int_equal(fire(&both), 0);
                assert_true(ri_timer_queue_next_ns(both.queue) ==
                            now_ns + delay_ns);
                both.now_ns = now_ns + delay_ns;
                assert_int_equal(fire(&both), 1);
                assert_true(ri_timer_queue_is_idle(both.queue));
                end(&both);
            }
        }
    }
}

/* T1: the clock is about to end. */
static void times_near_their_end_work(void **state)
{
    struct compared both;
    uint32_t i;

    (void)state;
    begin(&both, 100, INT64_MAX - 100 * TICK_NS);
    for (i = 0; i < 99; i++)
        start(&both, i, (int64_t)i * TICK_NS + 1);
    start(&both, 99, 100 * TICK_NS - 1); /* INT64_MAX - 1 */
    stamp(&both);
    for (i = 0; i < 99; i++) {
        assert_next_is_in_time(&both);
        both.now_ns = ri_timer_queue_next_ns(both.queue);
        assert_int_equal(fire(&both), 1);
        start(&both, i, 1000 * TICK_NS); /* beyond the end */
        stamp(&both);
    }
    assert_true(ri_timer_queue_next_ns(both.queue) == INT64_MAX - 1);
    both.now_ns = INT64_MAX - 1;
    assert_int_equal(fire(&both), 1);
    assert_true(ri_timer_queue_next_ns(both.queue) == REACTOR_FOREVER);
    both.now_ns = INT64_MAX;
    assert_int_equal(fire(&both), 0);
    assert_int_equal(both.active, 99);
    assert_walk_is_complete(&both);
    end(&both);
}

static void what_is_due_never_is_active_and_never_due(void **state)
{
    static const int64_t delays[] = {INT64_MAX, INT64_MAX - 1, INT64_MAX - 7};
    struct compared both;
    uint32_t i;

    (void)state;
    begin(&both, 4, 7);
    for (i = 0; i < 3; i++)
        start(&both, i, delays[i]);
    start(&both, 3, NS_PER_S);
    stamp(&both);
    assert_true(ri_timer_queue_next_ns(both.queue) == 7 + NS_PER_S);
    stop(&both, 3);
    assert_true(ri_timer_queue_is_idle(both.queue));
    assert_true(ri_timer_queue_next_ns(both.queue) == REACTOR_FOREVER);
    assert_null(ri_timer_queue_due(both.queue, INT64_MAX));
    assert_walk_is_complete(&both);
    for (i = 0; i < 3; i++) {
        stop(&both, i);
        assert_walk_is_complete(&both);
    }
    end(&both);
}

static void a_delay_below_zero_is_none(void **state)
{
    struct compared both;

    (void)state;
    begin(&both, 2, 5 * NS_PER_S);
    start(&both, 0, INT64_MIN);
    start(&both, 1, -1);
    stamp(&both);
    assert_true(both.timers[0].deadline_ns == 5 * NS_PER_S);
    assert_int_equal(fire(&both), 2);
    end(&both);
}

/* T6. Started in an order that has nothing to do with their addresses. */
static void equal_deadlines_are_due_in_start_order(void **state)
{
    static const uint32_t steps[] = {1, 7, 9999}; /* prime to COUNT */
    enum { COUNT = 10000 };
    struct compared both;
    size_t k;
    uint32_t i;

    (void)state;
    for (k = 0; k < COUNT_OF(steps); k++) {
        begin(&both, COUNT, NS_PER_S);
        for (i = 0; i < COUNT; i++)
            start(&both, i * steps[k] % COUNT, NS_PER_S);
        for (i = 0; i < COUNT / 2; i++) /* some once more */
            start(&both, i * steps[k] % COUNT, NS_PER_S);
        stamp(&both);
        both.now_ns = 2 * NS_PER_S - 1;
        assert_int_equal(fire(&both), 0);
        both.now_ns = 2 * NS_PER_S;
        assert_int_equal(fire(&both), COUNT);
        end(&both);
    }
}

static void a_restarted_timer_is_not_due_at_its_old_time(void **state)
{
    static const int64_t delays[] = {0, 100, TICK_NS, 300 * TICK_NS, NS_PER_S};
    struct compared both;
    size_t a;
    size_t b;

    (void)state;
    for (a = 0; a < COUNT_OF(delays); a++) {
        for (b = 0; b < COUNT_OF(delays); b++) {
            begin(&both, 1, NS_PER_S);
            start(&both, 0, delays[a]);
            stamp(&both);
            start(&both, 0, delays[b]);
            stamp(&both);
            if (delays[b] != 0) {
                both.now_ns = NS_PER_S + delays[b] - 1;
                assert_int_equal(fire(&both), 0);
            }
            both.now_ns = NS_PER_S + delays[b];
            assert_int_equal(fire(&both), 1);
            both.now_ns = 3 * NS_PER_S;
            assert_int_equal(fire(&both), 0);
            end(&both);
        }
    }
}

/* It is at most as many looks as there are levels, and a timer more. */
static void who_looks_when_told_to_sees_each_in_its_nanosecond(void **state)
{
    enum { COUNT = 2000 };
    struct compared both;
    uint32_t looks = 0;
    uint32_t i;

    (void)state;
    begin(&both, COUNT, 3 * NS_PER_S);
    for (i = 0; i < COUNT; i++)
        start(&both, i, draw_duration(&both, 50));
    stamp(&both);
    (void)fire(&both);
    while (both.active != 0) {
        assert_next_is_in_time(&both);
        both.now_ns = ri_timer_queue_next_ns(both.queue);
        assert_true(both.now_ns <= first_deadline(&both));
        (void)fire(&both);
        looks++;
    }
    assert_true(looks <= COUNT * (RI_TIMER_LEVELS + 1));
    end(&both);
}

static void a_few_timers_are_known_exactly(void **state)
{
    struct compared both;
    uint32_t i;

    (void)state;
    begin(&both, 8, NS_PER_S);
    for (i = 0; i < 8; i++)
        start(&both, i, 3600 * NS_PER_S + (int64_t)(i + 3) % 8);
    stamp(&both);
    assert_true(ri_timer_queue_next_ns(both.queue) == 3601 * NS_PER_S);
    end(&both);
}

/* ---- At random ---- */

static void act_at_random(struct compared *both, uint32_t bits)
{
    uint32_t i = draw_below(both, both->count);

    if (draw_below(both, 3) == 0)
        stop(both, i);
    else
        start(both, i, draw_duration(both, bits));
}

static void live_at_random(struct compared *both, uint32_t rounds,
                           uint32_t bits)
{
    uint32_t acts;
    uint32_t due;

    while (rounds-- != 0) {
        for (acts = draw_below(both, 80); acts != 0; acts--)
            act_at_random(both, bits);
        if (draw_below(both, 4) == 0)
            assert_walk_is_complete(both);
        if (draw_below(both, 4) != 0)
            stamp(both);
        both->now_ns =
            saturated_sum(both->now_ns, draw_duration(both, bits - 2));
        if (draw_below(both, 8) == 0) /* nobody looks for a while */
            continue;
        due = count_due(both);
        assert_int_equal(fire(both), due);
        if (both->queue->fresh_count == 0 && both->now_ns != INT64_MAX)
            assert_next_is_in_time(both);
    }
}

static void random_lives_are_those_of_a_sorted_list(void **state)
{
    static const int64_t beginnings[] = {0, 1, NS_PER_S, INT64_MAX / 3,
                                         INT64_MAX - 100000 * TICK_NS};
    static const uint32_t bits[] = {4, 14, 22, 30, 40};
    uint32_t rounds = scaled(300, 30000);
    size_t b;
    size_t k;

    (void)state;
    for (b = 0; b < COUNT_OF(beginnings); b++) {
        for (k = 0; k < COUNT_OF(bits); k++) {
            struct compared both;

            begin(&both, 300, beginnings[b]);
            both.random += b * 8 + k;
            live_at_random(&both, rounds, bits[k]);
            end(&both);
        }
    }
}

static int compare_expected(const void *a, const void *b)
{
    return is_later(a, b) ? 1 : -1;
}

/* The active ones, sorted; how many. */
static uint32_t sort_active(struct compared *both, struct expected *sorted)
{
    uint32_t count = 0;
    uint32_t i;

    for (i = 0; i < both->count; i++)
        if (both->expected[i].is_active)
            sorted[count++] = both->expected[i];
    qsort(sorted, count, sizeof(*sorted), compare_expected);
    return count;
}

/* T4. Time passes in steps, some short and some long. */
static void a_million_timers_are_due_in_sorted_order(void **state)
{
    uint32_t count = scaled(1000000, 1000000);
    struct expected *sorted = malloc(count * sizeof(*sorted));
    struct compared both;
    uint32_t active;
    uint32_t next = 0;
    uint32_t i;

    (void)state;
    assert_non_null(sorted);
    begin(&both, count, NS_PER_S);
    for (i = 0; i < count; i++)
        start(&both, i, (int64_t)(draw(&both) % (60 * NS_PER_S)));
    for (i = 0; i < count; i++)
        act_at_random(&both, 36);
    stamp(&both);
    active = sort_active(&both, sorted);
    assert_int_equal(active, both.active);
    while (next < active) {
        struct reactor_timer *timer;

        both.now_ns += draw_duration(&both, 28);
        while ((timer = ri_timer_queue_due(both.queue, both.now_ns)) != NULL) {
            assert_int_equal(timer->order, sorted[next].order);
            assert_true(timer->deadline_ns == sorted[next].deadline_ns);
            stop(&both, index_of(&both, timer));
            next++;
        }
        assert_true(next == active || sorted[next].deadline_ns > both.now_ns);
    }
    assert_int_equal(both.active, 0);
    end(&both);
    free(sorted);
}

/* As the loop does it when it is closed. */
static void all_can_be_stopped_one_after_the_other(void **state)
{
    uint32_t count = scaled(200000, 1000000);
    struct reactor_timer *timer;
    struct compared both;
    uint32_t i;

    (void)state;
    begin(&both, count, NS_PER_S);
    for (i = 0; i < count; i++)
        start(&both, i, draw_duration(&both, 63));
    stamp(&both);
    for (i = 0; i < RI_TIMERS_FRESH_MAX / 2; i++)
        start(&both, i, 0);
    assert_walk_is_complete(&both);
    while ((timer = ri_timer_queue_walk(both.queue, NULL)) != NULL)
        stop(&both, index_of(&both, timer));
    assert_int_equal(both.active, 0);
    assert_true(ri_timer_queue_is_idle(both.queue));
    end(&both);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(all_zeros_are_an_empty_queue),
        CLAIM_WITHOUT_REACTOR(what_is_fresh_has_no_deadline_yet),
        CLAIM_WITHOUT_REACTOR(a_timer_is_due_in_its_nanosecond),
        CLAIM_WITHOUT_REACTOR(times_near_their_end_work),
        CLAIM_WITHOUT_REACTOR(what_is_due_never_is_active_and_never_due),
        CLAIM_WITHOUT_REACTOR(a_delay_below_zero_is_none),
        CLAIM_WITHOUT_REACTOR(equal_deadlines_are_due_in_start_order),
        CLAIM_WITHOUT_REACTOR(a_restarted_timer_is_not_due_at_its_old_time),
        CLAIM_WITHOUT_REACTOR(
            who_looks_when_told_to_sees_each_in_its_nanosecond),
        CLAIM_WITHOUT_REACTOR(a_few_timers_are_known_exactly),
        CLAIM_WITHOUT_REACTOR(random_lives_are_those_of_a_sorted_list),
        CLAIM_WITHOUT_REACTOR(a_million_timers_are_due_in_sorted_order),
        CLAIM_WITHOUT_REACTOR(all_can_be_stopped_one_after_the_other),
    };

    return run_claims(claims);
}
