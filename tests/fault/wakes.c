/* SPDX-License-Identifier: MIT */
/* Wake, shutdown, and changes while another thread waits. */
#include "fault/scenario.h"

#include "support/thread.h"

#include <stdatomic.h>

/* ---- By the thread that waits ---- */

static void wakes(void)
{
    struct reactor *reactor = open_one();
    struct pair pair = stream_pair();
    struct reactor_event events[2];
    const uint32_t all = REACTOR_WRITABLE | REACTOR_WAKE;
    uint32_t seen = 0;

    TRY_OK(keeping_errno(reactor_wake, reactor));
    TRY_OK(keeping_errno(reactor_wake, reactor));
    expect_wake(reactor);
    expect_silence(reactor);

    register_pair(reactor, &pair, REACTOR_WRITABLE);
    TRY_OK(keeping_errno(reactor_wake, reactor));
    while ((seen & all) != all) {
        int count = TRY(reactor_wait(reactor, events, 2, PATIENCE_MS));

        assert_in_range(count, 1, 2);
        while (count > 0)
            seen |= events[--count].readiness;
    }
    finish_pair(reactor, &pair);
    reactor_close(reactor);
}

/* What a reactor opened for itself: beyond what was open before. */
static void fill_bells(const reactor_handle *before, size_t count)
{
    reactor_handle now[ROOM_FOR_HANDLES];
    size_t now_count = list_open_handles(now, ROOM_FOR_HANDLES);
    size_t i;
    size_t j = 0;

    for (i = 0; i < now_count; i++) {
        if (j < count && now[i] == before[j])
            j++;
        else
            fill_bell(now[i]);
    }
}

static void wakes_when_the_bell_is_full(void)
{
    reactor_handle before[ROOM_FOR_HANDLES];
    size_t count = list_open_handles(before, ROOM_FOR_HANDLES);
    struct reactor *reactor = open_one();

    fill_bells(before, count);
    expect_silence(reactor);
    fill_bells(before, count);
    TRY_OK(keeping_errno(reactor_wake, reactor));
    expect_wake(reactor);
    TRY_OK(keeping_errno(reactor_wake, reactor));
    expect_wake(reactor);
    expect_silence(reactor);
    reactor_close(reactor);
}

static void shutdowns(void)
{
    struct reactor *reactor = open_one();
    struct pair pair = stream_pair();
    struct reactor_event event;

    register_pair(reactor, &pair, REACTOR_WRITABLE);
    TRY_OK(keeping_errno(reactor_shutdown, reactor));
    TRY_OK(keeping_errno(reactor_shutdown, reactor));
    assert_error(TRY(reactor_wait(reactor, &event, 1, -1)), -ECANCELED);
    assert_error(TRY(reactor_wait(reactor, &event, 1, 1)), -ECANCELED);
    assert_error(TRY(reactor_reregister(reactor, pair.mine, 0, NULL)),
                 -ECANCELED);
    TRY_OK(keeping_errno(reactor_wake, reactor));
    finish_pair(reactor, &pair);
    reactor_close(reactor);
}

/* ---- While another thread waits ---- */

/* Returns when the thread is in the kernel, or about to be. */
static struct thread *start_waiting(int (*wait)(void *),
                                    struct reactor *reactor)
{
    unsigned before = count_waits();
    struct thread *thread = thread_start(wait, reactor);

    while (count_waits() == before)
        thread_yield();
    return thread;
}

static _Atomic bool is_over;

/* The readiness of the last event, or what went wrong. */
static int wait_until_over(void *context)
{
    struct reactor_event event;

    do {
        int count = TRY(reactor_wait(context, &event, 1, -1));

        if (count != 1)
            return count;
    } while (!atomic_load(&is_over));
    return (int)event.readiness;
}

static void changes_while_another_thread_waits(void)
{
    struct reactor *reactor = open_one();
    struct pair pair = stream_pair();
    struct thread *thread;

    atomic_store(&is_over, false);
    thread = start_waiting(wait_until_over, reactor);
    register_pair(reactor, &pair, REACTOR_READABLE);
    TRY_OK(reactor_reregister(reactor, pair.mine,
                              REACTOR_READABLE | REACTOR_ONESHOT, NULL));
    TRY_OK(reactor_deregister(reactor, pair.mine));
    close_handle(pair.mine);
    if (!may_keep_open())
        assert_true(is_at_end(pair.peer));
    close_handle(pair.peer);

    pair = stream_pair();
    register_pair(reactor, &pair, REACTOR_READABLE);
    finish_pair(reactor, &pair);
    atomic_store(&is_over, true);
    TRY_OK(keeping_errno(reactor_wake, reactor));
    assert_int_equal(thread_join(thread), REACTOR_WAKE);
    reactor_close(reactor);
}

/* What is registered while it waits is reported by that very wait. */
static int wait_once(void *context)
{
    struct reactor_event event;

    return TRY(reactor_wait(context, &event, 1, -1));
}

static void a_registration_while_another_thread_waits(void)
{
    struct reactor *reactor = open_one();
    struct pair pair = stream_pair();
    struct thread *thread = start_waiting(wait_once, reactor);

    register_pair(reactor, &pair, REACTOR_WRITABLE);
    assert_int_equal(thread_join(thread), 1);
    finish_pair(reactor, &pair);
    reactor_close(reactor);
}

static void a_reregistration_while_another_thread_waits(void)
{
    struct reactor *reactor = open_one();
    struct pair pair = stream_pair();
    struct thread *thread;

    register_pair(reactor, &pair, 0);
    thread = start_waiting(wait_once, reactor);
    TRY_OK(reactor_reregister(reactor, pair.mine, REACTOR_WRITABLE, NULL));
    assert_int_equal(thread_join(thread), 1);
    finish_pair(reactor, &pair);
    reactor_close(reactor);
}

static void shutdown_while_another_thread_waits(void)
{
    struct reactor *reactor = open_one();
    struct thread *thread = start_waiting(wait_once, reactor);

    TRY_OK(keeping_errno(reactor_shutdown, reactor));
    assert_error(thread_join(thread), -ECANCELED);
    reactor_close(reactor);
}

const struct scenario scenarios[] = {
    SCENARIO(wakes),
    SCENARIO(wakes_when_the_bell_is_full),
    SCENARIO(shutdowns),
    SCENARIO(changes_while_another_thread_waits),
    SCENARIO(a_registration_while_another_thread_waits),
    SCENARIO(a_reregistration_while_another_thread_waits),
    SCENARIO(shutdown_while_another_thread_waits),
};

const size_t scenario_count = COUNT_OF(scenarios);
