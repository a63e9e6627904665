/* SPDX-License-Identifier: MIT */
/*
 * Turns: hooks, changes, wait, hooks, handlers, posts, timers; each of them
 * bounded, so that none keeps the others waiting.
 */
#include "loop/loop_state.h"

#include <errno.h>

/* ---- Who runs it ---- */

/* Makes the calling thread the runner. */
static int enter(struct reactor_loop *loop)
{
    uintptr_t nobody = 0;

    if (ri_is_inherited(loop->reactor))
        return -ECHILD;
    ri_loop_expect_no_jump(loop, RI_FRAME_ADDRESS());
    if (!atomic_compare_exchange_strong_explicit(
            &loop->runner, &nobody, ri_thread_self(), memory_order_acquire,
            memory_order_relaxed))
        return -EBUSY;
    loop->frame = RI_FRAME_ADDRESS();
    loop->posts.is_prepared = false;
    loop->now_turn = UINT64_MAX; /* what was read is of long ago */
    ri_posts_collect(&loop->posts);
    return 0;
}

static void leave(struct reactor_loop *loop)
{
    if (loop->is_closing)
        ri_loop_destroy(loop);
    else
        atomic_store_explicit(&loop->runner, 0, memory_order_release);
}

/* ---- The turn ---- */

/* Something is to be done without waiting. */
static bool has_work(struct reactor_loop *loop)
{
    return loop->handlers.refused != NULL || loop->posts.first != NULL ||
           ri_is_stopping(loop);
}

static void consider_timers(struct reactor_loop *loop, int64_t *deadline_ns)
{
    int64_t next_ns;

    ri_timers_settle(loop);
    next_ns = ri_timers_next_ns(loop);
    if (next_ns < *deadline_ns)
        *deadline_ns = next_ns;
}

/*
 * The last things before a wait; *deadline_ns is brought forward to the next
 * timer, or to 0 if there is something to do at once.
 */
static int prepare(struct reactor_loop *loop, int64_t *deadline_ns)
{
    int error;

    ri_hooks_run(loop, REACTOR_BEFORE_WAIT);
    if (ri_turn_is_over(loop))
        return loop->is_closing ? 0 : -ECHILD;
    error = ri_handlers_flush(loop);
    if (error != 0)
        return error;
    if (loop->active_timers > 0)
        consider_timers(loop, deadline_ns);
    if (has_work(loop))
        *deadline_ns = 0;
    return 0;
}

/* From here on a sender rings; unless it has been there already. */
static void fall_asleep(struct reactor_loop *loop, int64_t *deadline_ns)
{
    if (loop->posts.is_used && *deadline_ns != 0 &&
        !ri_posts_fall_asleep(&loop->posts))
        *deadline_ns = 0;
}

static int wait_for_events(struct reactor_loop *loop, int64_t deadline_ns)
{
    struct reactor *reactor = loop->reactor;
    int room = (int)loop->budget;
    int count;

    fall_asleep(loop, &deadline_ns);
    if (loop->measures_lag)
        ri_lag_measure(loop);
    if (deadline_ns == REACTOR_FOREVER)
        count = reactor_wait(reactor, loop->events, room, -1);
    else if (deadline_ns <= 0)
        count = reactor_wait(reactor, loop->events, room, 0);
    else
        count = reactor_wait_until(reactor, loop->events, room, deadline_ns);
    ri_posts_collect(&loop->posts);
    if (loop->measures_lag)
        loop->woke_ns = ri_clock_now_ns();
    return count;
}

/* What is left of the batch, and what else there is to call; how many. */
static uint32_t dispatch(struct reactor_loop *loop)
{
    uint32_t called = ri_handlers_dispatch(loop);

    if (RI_UNLIKELY(loop->handlers.refused != NULL) && !ri_turn_is_over(loop))
        called += ri_handlers_tell_refused(loop);
    if (loop->posts.first != NULL && !ri_turn_is_over(loop))
        called += ri_posts_run(loop);
    if (loop->active_timers > 0 && !ri_turn_is_over(loop))
        called += ri_timers_expire(loop);
    loop->numbers.callbacks += called;
    return called;
}

/* One turn, which waits until the deadline at most; how many were called. */
static int turn(struct reactor_loop *loop, int64_t deadline_ns)
{
    uint32_t called = 0;
    int count;
    int error = prepare(loop, &deadline_ns);

    if (error != 0 || loop->is_closing)
        return error;
    count = wait_for_events(loop, deadline_ns);
    if (count < 0)
        return count;
    loop->numbers.turns++;
    loop->numbers.events += (unsigned)count;
    loop->inner_calls = 0;
    loop->event = loop->events;
    loop->events_end = loop->events + count;
    ri_hooks_run(loop, REACTOR_AFTER_WAIT);
    if (!ri_turn_is_over(loop))
        called = dispatch(loop);
    /* A callback may have forked: this may be the child. */
    return ri_is_inherited(loop->reactor) ? -ECHILD
                                          : (int)called + loop->inner_calls;
}

/* ---- Run ---- */

static bool take_stop(struct reactor_loop *loop)
{
    return ri_is_stopping(loop) && atomic_exchange(&loop->stopping, 0) != 0;
}

/*
 * Turns of which nothing is asked but to call handlers, and the rest of the
 * last one, in which more was asked.
 */
static int run_simply(struct reactor_loop *loop)
{
    int error = ri_handlers_run(loop);

    if (error == 0 && !ri_turn_is_over(loop))
        (void)dispatch(loop);
    return error == 0 && ri_is_inherited(loop->reactor) ? -ECHILD : error;
}

static bool is_simple(const struct reactor_loop *loop)
{
    return loop->active > 0 && loop->active_timers == 0 &&
           loop->handlers.refused == NULL && !loop->posts.is_used &&
           loop->hooks.first[REACTOR_BEFORE_WAIT] == NULL &&
           loop->hooks.first[REACTOR_AFTER_WAIT] == NULL &&
           !loop->measures_lag && loop->slow_ns == 0;
}

static int run(struct reactor_loop *loop)
{
    int result = 0;

    while (result >= 0) {
        if (loop->is_closing || take_stop(loop))
            return 1;
        if (reactor_loop_alive(loop) == 0)
            return 0;
        loop->is_simple = is_simple(loop);
        result =
            loop->is_simple ? run_simply(loop) : turn(loop, REACTOR_FOREVER);
    }
    return result;
}

int reactor_loop_run(struct reactor_loop *loop)
{
    int result;

    if (loop == NULL)
        return -EINVAL;
    result = enter(loop);
    if (result != 0)
        return result;
    result = run(loop);
    leave(loop);
    return result;
}

/* A turn may end without a call: a wake, or a timer that has been restarted. */
static int turn_until(struct reactor_loop *loop, int64_t deadline_ns)
{
    int called;

    do
        called = turn(loop, deadline_ns);
    while (called == 0 && !loop->is_closing && !ri_is_stopping(loop) &&
           deadline_ns > 0 &&
           (deadline_ns == REACTOR_FOREVER || ri_clock_now_ns() < deadline_ns));
    return called;
}

static int64_t deadline_after(int64_t timeout_ns)
{
    int64_t now;

    if (timeout_ns <= 0)
        return timeout_ns < 0 ? REACTOR_FOREVER : 0;
    now = ri_clock_now_ns();
    if (now < 0)
        return now;
    return timeout_ns < REACTOR_FOREVER - now ? now + timeout_ns
                                              : REACTOR_FOREVER;
}

int reactor_loop_turn(struct reactor_loop *loop, int64_t timeout_ns)
{
    int64_t deadline_ns;
    int result;

    if (loop == NULL || timeout_ns < -1)
        return -EINVAL;
    result = enter(loop);
    if (result != 0)
        return result;
    deadline_ns = deadline_after(timeout_ns);
    result = deadline_ns < 0 ? (int)deadline_ns : turn_until(loop, deadline_ns);
    leave(loop);
    return result;
}

int reactor_loop_prepare(struct reactor_loop *loop, int64_t *deadline_ns)
{
    int64_t next_ns = REACTOR_FOREVER;
    int error;

    if (loop == NULL || deadline_ns == NULL)
        return -EINVAL;
    error = enter(loop);
    if (error != 0)
        return error;
    error = prepare(loop, &next_ns);
    if (error == 0 && loop->is_closing)
        error = -ECANCELED;
    if (error == 0) {
        loop->posts.is_prepared = true;
        fall_asleep(loop, &next_ns);
        *deadline_ns = next_ns;
    }
    leave(loop);
    return error;
}

reactor_handle reactor_loop_backend_handle(struct reactor_loop *loop)
{
    return loop != NULL ? reactor_backend_handle(loop->reactor)
                        : REACTOR_INVALID_HANDLE;
}
