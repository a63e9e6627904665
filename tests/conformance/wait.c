/* SPDX-License-Identifier: MIT */
/* Rule 9: how long a wait takes. Early is a failure; late, only far out. */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"
#include "support/scale.h"
#include "support/thread.h"

#include <limits.h>

#define NS_PER_US 1000
#define NS_PER_MS 1000000

#define PATIENCE_NS ((int64_t)PATIENCE_MS * NS_PER_MS)

static void a_timeout_of_zero_only_looks(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct reactor_event event;
    int64_t start = reactor_now_ns();

    assert_int_equal(reactor_wait(reactor, &event, 1, 0), 0);
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_int_equal(reactor_wait(reactor, &event, 1, 0), 0);
    send_byte(pair.peer);
    assert_int_equal(reactor_wait(reactor, &event, 1, 0), 1);
    assert_true(reactor_now_ns() - start < PATIENCE_NS);
    retire_pair(reactor, &pair);
}

static void a_deadline_that_has_passed_only_looks(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct reactor_event event;
    int64_t start = reactor_now_ns();
    const int64_t deadlines[] = {start, start - 1, start / 2, 1,
                                 0,     -1,        INT64_MIN};
    size_t i;

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    for (i = 0; i < COUNT_OF(deadlines); i++)
        assert_int_equal(reactor_wait_until(reactor, &event, 1, deadlines[i]),
                         0);
    send_byte(pair.peer);
    for (i = 0; i < COUNT_OF(deadlines); i++)
        assert_int_equal(reactor_wait_until(reactor, &event, 1, deadlines[i]),
                         1);
    assert_true(reactor_now_ns() - start < PATIENCE_NS);
    retire_pair(reactor, &pair);
}

static void a_timeout_never_ends_early(void **state)
{
    static const int timeouts_ms[] = {1, 2, 3, 7, 25};
    struct reactor *reactor = *state;
    struct reactor_event event;
    size_t i;
    int k;

    for (i = 0; i < COUNT_OF(timeouts_ms); i++)
        for (k = 0; k < 5; k++) {
            int64_t start = reactor_now_ns();

            assert_int_equal(reactor_wait(reactor, &event, 1, timeouts_ms[i]),
                             0);
            assert_true(reactor_now_ns() - start >=
                        (int64_t)timeouts_ms[i] * NS_PER_MS);
        }
}

static void a_deadline_never_ends_early(void **state)
{
    static const int64_t delays_ns[] = {
        1, 999, 50 * NS_PER_US, 999999, NS_PER_MS, NS_PER_MS + 1, 3333333};
    struct reactor *reactor = *state;
    struct reactor_event event;
    size_t i;
    int k;

    for (i = 0; i < COUNT_OF(delays_ns); i++)
        for (k = 0; k < 10; k++) {
            int64_t deadline = reactor_now_ns() + delays_ns[i];

            assert_int_equal(reactor_wait_until(reactor, &event, 1, deadline),
                             0);
            assert_true(reactor_now_ns() >= deadline);
        }
}

/* The best of many: a timer that counts in milliseconds is never that good. */
static void a_deadline_is_kept_to_a_fraction_of_a_millisecond(void **state)
{
    struct reactor *reactor = *state;
    struct reactor_event event;
    int64_t least_late = INT64_MAX;
    int i;

    if (is_slow())
        skip_because("timing says nothing under a sanitizer or an emulator");
    for (i = 0; i < 100; i++) {
        int64_t deadline = reactor_now_ns() + 100 * NS_PER_US;
        int64_t late;

        assert_int_equal(reactor_wait_until(reactor, &event, 1, deadline), 0);
        late = reactor_now_ns() - deadline;
        if (late < least_late)
            least_late = late;
    }
    assert_in_range(least_late, 0, 500 * NS_PER_US);
}

/* In its own time, so that only what the waits burn themselves counts. */
static void a_timed_wait_leaves_the_processor_alone(void **state)
{
    struct reactor *reactor = *state;

    assert_idle(reactor);
}

/* Nor is the end of a wait spun for: here the end is all there is. */
static void short_waits_leave_the_processor_alone(void **state)
{
    struct reactor *reactor = *state;
    int64_t start = reactor_now_ns();
    int64_t used = thread_cpu_ns();
    int i;

    for (i = 0; i < (is_slow() ? 500 : 100); i++) {
        struct reactor_event event;

        assert_int_equal(reactor_wait_until(reactor, &event, 1,
                                            reactor_now_ns() + 900 * NS_PER_US),
                         0);
    }
    used = thread_cpu_ns() - used;
    assert_true(used < (reactor_now_ns() - start) / 2);
}

struct late_sender {
    struct reactor *reactor; /* whose wait is to be ended */
    struct pair pair;
    int (*wait)(struct reactor *reactor, struct reactor_event *event);
};

static int wait_minus_one(struct reactor *reactor, struct reactor_event *event)
{
    return reactor_wait(reactor, event, 1, -1);
}

static int wait_forever(struct reactor *reactor, struct reactor_event *event)
{
    return reactor_wait_until(reactor, event, 1, REACTOR_FOREVER);
}

static int wait_longest_timeout(struct reactor *reactor,
                                struct reactor_event *event)
{
    return reactor_wait(reactor, event, 1, INT_MAX);
}

static int wait_last_deadline(struct reactor *reactor,
                              struct reactor_event *event)
{
    return reactor_wait_until(reactor, event, 1, INT64_MAX - 1);
}

static int wait_overflowing_milliseconds(struct reactor *reactor,
                                         struct reactor_event *event)
{
    return reactor_wait_until(reactor, event, 1,
                              reactor_now_ns() +
                                  ((int64_t)INT_MAX + 1000) * NS_PER_MS);
}

static int wait_in_thread(void *context)
{
    struct late_sender *sender = context;
    struct reactor_event event;
    int count;

    do
        count = sender->wait(sender->reactor, &event);
    while (count == -EBUSY);
    return count == 1 && event.handle == sender->pair.mine ? 0 : 1;
}

/* Waits that could end only too early, as nothing lives as long as they. */
static void a_wait_without_an_end_is_ended_by_an_event(void **state)
{
    static int (*const waits[])(struct reactor *, struct reactor_event *) = {
        wait_minus_one, wait_forever, wait_longest_timeout, wait_last_deadline,
        wait_overflowing_milliseconds};
    size_t i;

    for (i = 0; i < COUNT_OF(waits); i++) {
        struct late_sender sender = {*state, stream_pair(), waits[i]};
        struct reactor *clock = open_reactor();
        struct thread *thread;

        assert_ok(reactor_register(sender.reactor, sender.pair.mine,
                                   REACTOR_READABLE, NULL));
        thread = thread_start(wait_in_thread, &sender);
        assert_silent(clock);
        send_byte(sender.pair.peer);
        assert_ok(thread_join(thread));
        retire_pair(sender.reactor, &sender.pair);
        reactor_close(clock);
    }
}

static void what_is_ready_is_reported_whatever_the_timeout(void **state)
{
    static const int timeouts_ms[] = {-1, 0, 1, 1000, INT_MAX};
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct reactor_event event;
    int64_t start = reactor_now_ns();
    size_t i;

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_WRITABLE, NULL));
    for (i = 0; i < COUNT_OF(timeouts_ms); i++)
        assert_int_equal(reactor_wait(reactor, &event, 1, timeouts_ms[i]), 1);
    assert_int_equal(reactor_wait_until(reactor, &event, 1, REACTOR_FOREVER),
                     1);
    assert_int_equal(reactor_wait_until(reactor, &event, 1, INT64_MAX - 1), 1);
    assert_true(reactor_now_ns() - start < PATIENCE_NS);
    retire_pair(reactor, &pair);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(a_timeout_of_zero_only_looks),
        CLAIM(a_deadline_that_has_passed_only_looks),
        CLAIM(a_timeout_never_ends_early),
        CLAIM(a_deadline_never_ends_early),
        CLAIM(a_deadline_is_kept_to_a_fraction_of_a_millisecond),
        CLAIM(a_timed_wait_leaves_the_processor_alone),
        CLAIM(short_waits_leave_the_processor_alone),
        CLAIM(a_wait_without_an_end_is_ended_by_an_event),
        CLAIM(what_is_ready_is_reported_whatever_the_timeout),
    };

    return run_claims(claims);
}
