/* SPDX-License-Identifier: MIT */
/*
 * Signals: they neither end nor stretch a wait, their handlers may wake and
 * shut down, and the library raises none.
 */
#include "support/signals.h"

#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"
#include "support/scale.h"
#include "support/thread.h"

#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#define NS_PER_MS         1000000
#define STORM_INTERVAL_US 300

/* What handlers work on. */
static struct reactor *target;
static atomic_int count_of_signals;
static atomic_int errors_in_handlers;

static void count_signal(int number)
{
    (void)number;
    atomic_fetch_add(&count_of_signals, 1);
}

static void wake_target(int number)
{
    count_signal(number);
    if (reactor_wake(target) != 0)
        atomic_fetch_add(&errors_in_handlers, 1);
}

static void shut_target(int number)
{
    count_signal(number);
    if (reactor_shutdown(target) != 0)
        atomic_fetch_add(&errors_in_handlers, 1);
}

static void aim_at(struct reactor *reactor)
{
    target = reactor;
    atomic_store(&count_of_signals, 0);
    atomic_store(&errors_in_handlers, 0);
}

static void a_storm_of_signals_neither_ends_nor_stretches_a_wait(void **state)
{
    static const int timeouts_ms[] = {1, 5, 50, 200};
    struct reactor *reactor = *state;
    struct reactor_event event;
    size_t i;

    aim_at(reactor);
    alarm_storm_start(STORM_INTERVAL_US, count_signal);
    for (i = 0; i < COUNT_OF(timeouts_ms); i++) {
        int64_t span = (int64_t)timeouts_ms[i] * NS_PER_MS;
        int64_t start = reactor_now_ns();
        int64_t end;

        assert_int_equal(reactor_wait(reactor, &event, 1, timeouts_ms[i]), 0);
        end = reactor_now_ns();
        assert_true(end >= start + span);
        assert_true(end < start + span + (int64_t)PATIENCE_MS * NS_PER_MS);

        assert_int_equal(reactor_wait_until(reactor, &event, 1, end + span), 0);
        assert_true(reactor_now_ns() >= end + span);
    }
    alarm_storm_stop();
    assert_true(atomic_load(&count_of_signals) > 10);
}

static int wake_after_many_signals(void *context)
{
    while (atomic_load(&count_of_signals) < 100)
        thread_yield();
    return reactor_wake(context);
}

static void a_storm_of_signals_does_not_end_a_wait_for_ever(void **state)
{
    struct reactor *reactor = *state;
    struct reactor_event event;
    struct thread *thread;

    aim_at(reactor);
    alarm_storm_start(STORM_INTERVAL_US, count_signal);
    thread = thread_start(wake_after_many_signals, reactor);
    assert_int_equal(reactor_wait(reactor, &event, 1, -1), 1);
    assert_int_equal(event.readiness, REACTOR_WAKE);
    assert_true(atomic_load(&count_of_signals) >= 100);
    alarm_storm_stop();
    assert_ok(thread_join(thread));
}

static void a_handler_that_wakes_ends_the_wait_it_interrupts(void **state)
{
    struct reactor *reactor = *state;
    struct reactor_event event;
    int i;

    aim_at(reactor);
    alarm_storm_start(STORM_INTERVAL_US, wake_target);
    for (i = 0; i < 50; i++) {
        assert_int_equal(reactor_wait(reactor, &event, 1, -1), 1);
        assert_int_equal(event.readiness, REACTOR_WAKE);
    }
    alarm_storm_stop();
    assert_int_equal(atomic_load(&errors_in_handlers), 0);
}

static void a_handler_that_shuts_down_ends_the_wait_it_interrupts(void **state)
{
    struct reactor *reactor = *state;
    struct reactor_event event;

    aim_at(reactor);
    alarm_storm_start(20L * 1000, shut_target);
    assert_error(reactor_wait(reactor, &event, 1, -1), -ECANCELED);
    alarm_storm_stop();
    assert_int_equal(atomic_load(&errors_in_handlers), 0);
}

static void a_handler_that_wakes_leaves_errno_alone(void **state)
{
    aim_at(*state);
    signal_handle(SIGUSR1, wake_target);
    errno = ENOTTY;
    assert_ok(raise(SIGUSR1));
    assert_int_equal(errno, ENOTTY);
    await_wake(target);
    errno = ENOTTY;
    assert_ok(raise(SIGUSR1));
    assert_ok(raise(SIGUSR1));
    assert_int_equal(errno, ENOTTY);
    await_wake(target);
    signal_default(SIGUSR1);
}

/* Whatever it interrupts, also a change that holds a lock. */
static void a_handler_may_wake_in_the_middle_of_any_call(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct reactor_event event;
    unsigned i;

    aim_at(reactor);
    alarm_storm_start(STORM_INTERVAL_US, wake_target);
    for (i = scaled(20000, 1000000); i > 0; i--) {
        assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
        assert_ok(
            reactor_reregister(reactor, pair.mine, REACTOR_READABLE, NULL));
        assert_ok(reactor_wake(reactor));
        assert_int_equal(reactor_wait(reactor, &event, 1, 0), 1);
        assert_ok(reactor_deregister(reactor, pair.mine));
    }
    alarm_storm_stop();
    assert_int_equal(atomic_load(&errors_in_handlers), 0);
    assert_true(atomic_load(&count_of_signals) > 0);
    (void)reactor_wait(reactor, &event, 1, 0);
    close_pair(&pair);
}

/* ---- A thread that is kept inside its wait ---- */

static int hold[2];
static int held[2];

static void stay_in_the_wait(int number)
{
    char byte = 0;
    int saved = errno;

    (void)number;
    if (write(held[1], &byte, 1) != 1 || read(hold[0], &byte, 1) != 1)
        atomic_fetch_add(&errors_in_handlers, 1);
    errno = saved;
}

static void ebusy_comes_between_einval_and_ecanceled(void **state)
{
    struct reactor *reactor = *state;
    struct reactor_event event;
    struct waiter waiter;
    const char releases[2] = {0}; /* one more signal may be pending */

    aim_at(reactor);
    assert_ok(pipe(hold));
    assert_ok(pipe(held));
    signal_handle(SIGUSR1, stay_in_the_wait);
    waiter_start(&waiter, reactor);
    /* A thread sanitizer may hold one back: it is sent until heard. */
    while (!is_readable(held[0])) {
        thread_signal(waiter.thread, SIGUSR1);
        thread_yield();
    }

    assert_ok(reactor_shutdown(reactor));
    assert_error(reactor_wait(reactor, &event, 1, -1), -EBUSY);
    assert_error(reactor_wait(reactor, &event, 1, 0), -EBUSY);
    assert_error(reactor_wait_until(reactor, &event, 1, 0), -EBUSY);
    assert_error(reactor_wait(reactor, &event, 0, 0), -EINVAL);

    assert_int_equal(write(hold[1], releases, sizeof(releases)),
                     sizeof(releases));
    assert_error(waiter_join(&waiter), -ECANCELED);
    assert_error(reactor_wait(reactor, &event, 1, -1), -ECANCELED);
    assert_int_equal(atomic_load(&errors_in_handlers), 0);
    signal_default(SIGUSR1);
    close_handle(hold[0]);
    close_handle(hold[1]);
    close_handle(held[0]);
    close_handle(held[1]);
}

/* ---- SIGPIPE: its default action would end this program ---- */

static void nothing_raises_sigpipe(void **state)
{
    struct reactor *reactor = *state;
    struct pair pairs[3] = {stream_pair(), tcp_pair()};
    size_t i;

    signal_default(SIGPIPE);
    pipe_to_write(&pairs[2]);
    for (i = 0; i < COUNT_OF(pairs); i++)
        assert_ok(
            reactor_register(reactor, pairs[i].mine, REACTOR_WRITABLE, NULL));
    close_peer(&pairs[0]);
    reset_by_peer(&pairs[1]);
    close_handle(pairs[2].peer);
    pairs[2].peer = REACTOR_INVALID_HANDLE;
    for (i = 0; i < COUNT_OF(pairs); i++) {
        struct reactor_event events[8];

        assert_true(reactor_wait(reactor, events, 8, PATIENCE_MS) > 0);
        assert_ok(reactor_reregister(reactor, pairs[i].mine, DIRECTIONS, NULL));
        assert_ok(reactor_wake(reactor));
        retire_pair(reactor, &pairs[i]);
    }
    await_wake(reactor);
    assert_ok(reactor_shutdown(reactor));
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(a_storm_of_signals_neither_ends_nor_stretches_a_wait),
        CLAIM(a_storm_of_signals_does_not_end_a_wait_for_ever),
        CLAIM(a_handler_that_wakes_ends_the_wait_it_interrupts),
        CLAIM(a_handler_that_shuts_down_ends_the_wait_it_interrupts),
        CLAIM(a_handler_that_wakes_leaves_errno_alone),
        CLAIM(a_handler_may_wake_in_the_middle_of_any_call),
        CLAIM(ebusy_comes_between_einval_and_ecanceled),
        CLAIM(nothing_raises_sigpipe),
    };

    return run_claims(claims);
}
