/* SPDX-License-Identifier: MIT */
/* The loop's life: opened, stopped, inherited, closed. */
#include "loop/loop_state.h"

#include "base/versioned.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define DEFAULT_BUDGET 256u

/* ---- Open ---- */

static int check_options(const struct reactor_loop_options *options)
{
    if (options->budget > REACTOR_BUDGET_MAX ||
        (options->flags & ~(uint32_t)REACTOR_MEASURE_LAG) != 0 ||
        options->slow_ns < 0 || (options->slow_ns > 0 && options->slow == NULL))
        return -EINVAL;
    return 0;
}

/* The caller's options, or an earlier version's, on top of the defaults. */
static int read_options(const struct reactor_loop_options *given,
                        struct reactor_loop_options *out)
{
    int error;

    *out = (struct reactor_loop_options)REACTOR_LOOP_OPTIONS_INIT;
    error = ri_read_versioned(out, sizeof(*out), given);
    if (error != 0)
        return error;
    if (out->budget == 0)
        out->budget = DEFAULT_BUDGET;
    return check_options(out);
}

static int init(struct reactor_loop *loop,
                const struct reactor_loop_options *options)
{
    int error = ri_slots_init(&loop->handlers.slots);

    if (error != 0)
        return error;
    error = reactor_open(&loop->reactor);
    if (error != 0) {
        ri_slots_destroy(&loop->handlers.slots);
        return error;
    }
    loop->budget = options->budget;
    loop->unsupported = ~ri_backend_supported_interest;
    loop->measures_lag = (options->flags & REACTOR_MEASURE_LAG) != 0;
    loop->slow_ns = options->slow_ns;
    loop->slow = options->slow;
    loop->slow_data = options->user_data;
    ri_posts_init(&loop->posts);
    atomic_init(&loop->runner, 0);
    atomic_init(&loop->stopping, 0);
    atomic_init(&loop->stop_calls, 0);
    return 0;
}

int reactor_loop_open(struct reactor_loop **out,
                      const struct reactor_loop_options *options)
{
    struct reactor_loop_options wanted;
    struct reactor_loop *loop;
    int error;

    if (out == NULL)
        return -EINVAL;
    error = read_options(options, &wanted);
    if (error != 0)
        return error;
    loop = ri_allocate(sizeof(*loop) +
                       wanted.budget * sizeof(struct reactor_event));
    if (loop == NULL)
        return -ENOMEM;
    memset(loop, 0, sizeof(*loop));
    error = init(loop, &wanted);
    if (error != 0) {
        ri_release(loop);
        return error;
    }
    *out = loop;
    return 0;
}

/* ---- Close ---- */

/* What was accepted is called; then no other thread is inside. */
static void finish(struct reactor_loop *loop)
{
    ri_posts_refuse(&loop->posts);
    ri_posts_run_last(loop);
    ri_hooks_run(loop, REACTOR_BEFORE_CLOSE);
    if (ri_is_inherited(loop->reactor)) /* since a moment ago */
        return;
    ri_posts_wait_for_senders(&loop->posts);
    while (atomic_load_explicit(&loop->stop_calls, memory_order_acquire) != 0)
        ri_thread_yield();
}

void ri_loop_destroy(struct reactor_loop *loop)
{
    if (!ri_is_inherited(loop->reactor))
        finish(loop);
    ri_hooks_run(loop, REACTOR_ON_RELEASE);
    ri_hooks_stop_all(loop);
    ri_timers_stop_all(loop);
    ri_children_stop_all(loop);
    ri_signals_destroy(loop);
    ri_handlers_destroy(loop);
    reactor_close(loop->reactor);
    if (loop->is_default)
        ri_default_forget();
    ri_release(loop);
}

void reactor_loop_close(struct reactor_loop *loop)
{
    if (loop == NULL || loop->is_closing)
        return;
    ri_loop_expect_no_jump(loop, RI_FRAME_ADDRESS());
    loop->is_closing = true;
    loop->is_simple = false;
    if (ri_is_own_turn(loop)) { /* who runs the turn goes on from here */
        ri_posts_refuse(&loop->posts);
        return;
    }
    assert(ri_is_inherited(loop->reactor) || atomic_load(&loop->runner) == 0);
    loop->frame = 0; /* no turn's */
    atomic_store(&loop->runner, ri_thread_self());
    ri_loop_destroy(loop);
}

int reactor_loop_status(struct reactor_loop *loop)
{
    if (loop == NULL)
        return -EINVAL;
    if (ri_is_inherited(loop->reactor))
        return -ECHILD;
    return loop->is_closing ? -ECANCELED : 0;
}

/* ---- Stop ---- */

/* The count is taken first: close waits for who is still about to wake. */
int reactor_loop_stop(struct reactor_loop *loop)
{
    uint32_t rung = RI_STOP_RUNG;
    int error = 0;

    if (loop == NULL)
        return -EINVAL;
    if (ri_is_inherited(loop->reactor))
        return -ECHILD;
    atomic_fetch_add(&loop->stop_calls, 1);
    if (atomic_exchange(&loop->stopping, RI_STOP_RUNG) != RI_STOP_RUNG) {
        error = reactor_wake(loop->reactor);
        if (error != 0) /* the next one has to ring again */
            atomic_compare_exchange_strong(&loop->stopping, &rung,
                                           RI_STOP_ASKED);
    }
    atomic_fetch_sub(&loop->stop_calls, 1);
    return error;
}

int reactor_loop_is_stopping(struct reactor_loop *loop)
{
    return loop != NULL ? ri_is_stopping(loop) : -EINVAL;
}

/* ---- Alive ---- */

void reactor_loop_retain(struct reactor_loop *loop)
{
    if (loop != NULL)
        loop->active++;
}

void reactor_loop_release(struct reactor_loop *loop)
{
    if (loop == NULL)
        return;
    loop->active--;
    loop->is_simple = false;
}

int64_t reactor_loop_alive(struct reactor_loop *loop)
{
    int64_t active;

    if (loop == NULL)
        return -EINVAL;
    active = loop->active + (int64_t)loop->active_timers;
    return (active > 0 ? active : 0) + ri_posts_are_pending(&loop->posts);
}

int64_t reactor_loop_now_ns(struct reactor_loop *loop)
{
    if (loop == NULL)
        return -EINVAL;
    if (loop->now_turn != loop->numbers.turns || !ri_is_own_turn(loop))
        ri_set_now(loop, ri_clock_now_ns());
    return loop->now_ns;
}

/* ---- Fork ---- */

/*
 * The runner may be a thread that is the parent's only; then so was its turn.
 */
static void forget_runner(struct reactor_loop *loop)
{
    if (ri_is_own_turn(loop))
        return;
    atomic_store(&loop->runner, 0);
    loop->event = loop->events_end;
    loop->hooks.next = NULL;
}

int reactor_loop_after_fork(struct reactor_loop *loop)
{
    bool was_inherited;
    int error;

    if (loop == NULL)
        return -EINVAL;
    was_inherited = ri_is_inherited(loop->reactor);
    error = reactor_after_fork(loop->reactor);
    if (error != 0 || !was_inherited)
        return error;
    forget_runner(loop);
    atomic_store(&loop->stop_calls, 0);
    ri_posts_after_fork(&loop->posts);
    ri_children_after_fork(loop);
    ri_signals_after_fork(loop);
    return 0;
}
