/* SPDX-License-Identifier: MIT */
/* Many threads, many handles: rows C1, C2, C3, D15 of the robustness plan. */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"
#include "support/scale.h"
#include "support/thread.h"

#include <stdatomic.h>
#include <stdlib.h>

/* ---- C1: eight threads wake, and what they did before is seen ---- */

#define WAKER_COUNT 8

struct waker {
    struct reactor *reactor;
    unsigned goal;
    _Atomic unsigned reached;
};

static int wake_often(void *context)
{
    struct waker *waker = context;
    unsigned i;

    for (i = 1; i <= waker->goal; i++) {
        atomic_store_explicit(&waker->reached, i, memory_order_relaxed);
        if (reactor_wake(waker->reactor) != 0)
            return 1;
    }
    return 0;
}

static bool all_are_done(struct waker *wakers)
{
    size_t i;

    for (i = 0; i < WAKER_COUNT; i++)
        if (atomic_load_explicit(&wakers[i].reached, memory_order_relaxed) !=
            wakers[i].goal)
            return false;
    return true;
}

/* If the last wake were lost, the wait after it would end by its timeout. */
static void no_wake_of_eight_threads_is_lost(void **state)
{
    struct reactor *reactor = *state;
    struct waker wakers[WAKER_COUNT];
    struct thread *threads[WAKER_COUNT];
    struct reactor_event event;
    size_t i;

    for (i = 0; i < WAKER_COUNT; i++) {
        wakers[i].reactor = reactor;
        wakers[i].goal = scaled(100000, 1000000);
        atomic_init(&wakers[i].reached, 0);
        threads[i] = thread_start(wake_often, &wakers[i]);
    }
    while (!all_are_done(wakers)) {
        assert_int_equal(reactor_wait(reactor, &event, 1, PATIENCE_MS), 1);
        assert_int_equal(event.readiness, REACTOR_WAKE);
    }
    for (i = 0; i < WAKER_COUNT; i++)
        assert_ok(thread_join(threads[i]));
    assert_in_range(reactor_wait(reactor, &event, 1, 0), 0, 1);
    assert_silent(reactor);
}

/* ---- C2: four threads change registrations under a waiting one ---- */

#define CHANGER_COUNT    4
#define LIVES_PER_NUMBER 8

/* One registration; it begins alive. */
struct life {
    reactor_handle handle;
    _Atomic unsigned ended_in; /* the wait that was the newest; 0: alive */
};

struct arena {
    struct reactor *reactor;
    _Atomic unsigned waits; /* begun so far */
    _Atomic bool is_over;
    unsigned lives;      /* of each thread, at most, ... */
    int64_t deadline_ns; /* ... and for so long: they queue for one lock */
    unsigned late; /* events of a life that was over before the wait began */
    unsigned odd;  /* events that belong to no life */
    unsigned events;
};

struct share {
    struct arena *arena;
    struct life *lives;
};

static int watch_lives(void *context)
{
    struct arena *arena = context;
    struct reactor_event events[16];

    while (!atomic_load(&arena->is_over)) {
        unsigned wait = atomic_fetch_add(&arena->waits, 1) + 1;
        int count = reactor_wait(arena->reactor, events, 16, wait % 3 ? 0 : 1);
        int i;

        if (count < 0)
            return count;
        for (i = 0; i < count; i++) {
            struct life *life = events[i].user_data;
            unsigned ended_in;

            if (events[i].readiness == REACTOR_WAKE)
                continue;
            ended_in = atomic_load(&life->ended_in);
            if (ended_in != 0 && ended_in < wait)
                arena->late++;
            if (events[i].handle != life->handle || events[i].readiness == 0 ||
                (events[i].readiness & ~(uint32_t)DIRECTIONS) != 0)
                arena->odd++;
            arena->events++;
        }
    }
    return 0;
}

static int live(struct arena *arena, struct life *life, reactor_handle handle,
                unsigned number)
{
    uint32_t once = number % 2 ? REACTOR_ONESHOT : 0;

    life->handle = handle;
    if (reactor_register(arena->reactor, handle, DIRECTIONS | once, life) != 0)
        return 1;
    if (number % 4 == 0)
        thread_yield();
    if (reactor_reregister(arena->reactor, handle, REACTOR_READABLE | once,
                           life) != 0)
        return 2;
    if (number % 3 == 0)
        thread_yield();
    if (reactor_deregister(arena->reactor, handle) != 0)
        return 3;
    atomic_store(&life->ended_in, atomic_load(&arena->waits));
    return 0;
}

/* Numbers go from thread to thread, as they are closed and opened. */
static int change_often(void *context)
{
    struct share *share = context;
    unsigned i;
    int error = 0;

    for (i = 0; i < share->arena->lives && error == 0 &&
                reactor_now_ns() < share->arena->deadline_ns;) {
        struct pair pair = stream_pair();
        unsigned k;

        send_byte(pair.peer);
        for (k = 0; k < LIVES_PER_NUMBER && error == 0; k++, i++)
            error = live(share->arena, &share->lives[i], pair.mine, i);
        close_pair(&pair);
    }
    return error;
}

static void changes_by_four_threads_are_never_reported_too_late(void **state)
{
    struct arena arena = {.reactor = *state, .waits = 1};
    struct share shares[CHANGER_COUNT];
    struct thread *threads[CHANGER_COUNT];
    struct thread *waiter;
    size_t i;

    arena.lives = scaled(60000, 600000) / LIVES_PER_NUMBER * LIVES_PER_NUMBER;
    arena.deadline_ns = reactor_now_ns() + (int64_t)scaled(3, 300) * 1000000000;
    waiter = thread_start(watch_lives, &arena);
    for (i = 0; i < CHANGER_COUNT; i++) {
        shares[i].arena = &arena;
        shares[i].lives = calloc(arena.lives, sizeof(*shares[i].lives));
        assert_non_null(shares[i].lives);
        threads[i] = thread_start(change_often, &shares[i]);
    }
    for (i = 0; i < CHANGER_COUNT; i++)
        assert_ok(thread_join(threads[i]));
    atomic_store(&arena.is_over, true);
    assert_ok(reactor_wake(arena.reactor));
    assert_ok(thread_join(waiter));
    for (i = 0; i < CHANGER_COUNT; i++)
        free(shares[i].lives);
    assert_int_equal(arena.late, 0);
    assert_int_equal(arena.odd, 0);
    assert_true(arena.events > 0);
}

/* ---- C3: wakes against shutdown, join, close ---- */

struct closing {
    struct reactor *reactor;
    _Atomic bool is_over;
};

static int wait_until_shut(void *context)
{
    struct closing *closing = context;
    struct reactor_event event;
    int count;

    while ((count = reactor_wait(closing->reactor, &event, 1, -1)) > 0)
        continue;
    return count;
}

static int wake_until_over(void *context)
{
    struct closing *closing = context;

    while (!atomic_load(&closing->is_over))
        if (reactor_wake(closing->reactor) != 0)
            return 1;
    return 0;
}

static int register_until_shut(void *context)
{
    struct closing *closing = context;
    struct pair pair = stream_pair();
    int error;

    do {
        error = reactor_register(closing->reactor, pair.mine, 0, NULL);
        if (error == 0 && reactor_deregister(closing->reactor, pair.mine) != 0)
            error = 1;
    } while (error == 0);
    close_pair(&pair);
    return error;
}

static void shutdown_join_close_is_safe_among_wakes(void **state)
{
    unsigned rounds = scaled(200, 5000);

    (void)state;
    while (rounds-- > 0) {
        struct closing closing = {open_reactor(), false};
        struct thread *waiter = thread_start(wait_until_shut, &closing);
        struct thread *changer = thread_start(register_until_shut, &closing);
        struct thread *wakers[2];

        wakers[0] = thread_start(wake_until_over, &closing);
        wakers[1] = thread_start(wake_until_over, &closing);
        assert_ok(reactor_shutdown(closing.reactor));
        assert_error(thread_join(waiter), -ECANCELED);
        assert_error(thread_join(changer), -ECANCELED);
        atomic_store(&closing.is_over, true);
        assert_ok(thread_join(wakers[0]));
        assert_ok(thread_join(wakers[1]));
        reactor_close(closing.reactor);
    }
}

/* ---- D15: as many handles as there may be ---- */

/* Kept free for what the system may open for its own needs. */
#define SPARE_HANDLES 16

static void as_many_handles_as_the_limit_allows_can_be_registered(void **state)
{
    struct reactor *reactor = *state;
    size_t count = (usable_handles() - SPARE_HANDLES) / 2;
    struct pair *pairs = calloc(count, sizeof(*pairs));
    struct reactor_event *events = calloc(count, sizeof(*events));
    size_t i;

    assert_non_null(pairs);
    assert_non_null(events);
    for (i = 0; i < count; i++) {
        pairs[i] = stream_pair();
        assert_ok(reactor_register(reactor, pairs[i].mine, REACTOR_READABLE,
                                   &pairs[i]));
    }
    print_message("%u handles\n", (unsigned)count);
    for (i = 0; i < count; i++)
        send_byte(pairs[i].peer);
    assert_int_equal(reactor_wait(reactor, events, (int)count, PATIENCE_MS),
                     count);
    for (i = 0; i < count; i++)
        assert_int_equal(drain(((struct pair *)events[i].user_data)->mine), 1);
    assert_silent(reactor);
    send_byte(pairs[count / 2].peer);
    assert_ptr_equal(await_event(reactor, pairs[count / 2].mine).user_data,
                     &pairs[count / 2]);
    for (i = 0; i < count; i++)
        retire_pair(reactor, &pairs[i]);
    free(events);
    free(pairs);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(no_wake_of_eight_threads_is_lost),
        CLAIM(changes_by_four_threads_are_never_reported_too_late),
        CLAIM_WITHOUT_REACTOR(shutdown_join_close_is_safe_among_wakes),
        CLAIM(as_many_handles_as_the_limit_allows_can_be_registered),
    };

    return run_claims(claims);
}
