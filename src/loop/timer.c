/* SPDX-License-Identifier: MIT */
/*
 * Timers: the queue and the clock. A start does not read the clock; what was
 * started is stamped with one look at it before the loop waits, or when too
 * much has gathered. The look comes after the start, so no timer is early.
 */
#include "loop/loop_state.h"

/* A clock that fails, which none is known to do, stands still. */
static int64_t read_clock(const struct reactor_loop *loop)
{
    int64_t now = ri_clock_now_ns();

    return now >= 0 ? now : loop->timers.now_ns;
}

/* ---- One timer ---- */

void reactor_timer_init(struct reactor_timer *timer, struct reactor_loop *loop,
                        reactor_timer_fn *function, void *user_data)
{
    if (timer == NULL)
        return;
    *timer = (struct reactor_timer){
        .loop = loop,
        .function = function,
        .user_data = user_data,
        .place = RI_TIMER_IDLE,
    };
}

void reactor_timer_start(struct reactor_timer *timer, int64_t delay_ns,
                         int64_t period_ns)
{
    struct reactor_loop *loop;

    if (timer == NULL || timer->loop == NULL || timer->function == NULL)
        return;
    loop = timer->loop;
    if (RI_UNLIKELY(ri_timer_queue_is_full_of_fresh(&loop->timers)))
        ri_timer_queue_stamp(&loop->timers, read_clock(loop));
    if (ri_timer_state(timer) == RI_TIMER_IDLE) {
        loop->active_timers++;
        loop->is_simple = false;
    }
    timer->period_ns = period_ns;
    ri_timer_queue_start(&loop->timers, timer, delay_ns);
}

void reactor_timer_stop(struct reactor_timer *timer)
{
    if (timer == NULL || ri_timer_state(timer) == RI_TIMER_IDLE)
        return;
    timer->loop->active_timers--;
    ri_timer_queue_remove(&timer->loop->timers, timer);
}

int reactor_timer_is_active(const struct reactor_timer *timer)
{
    return timer != NULL && ri_timer_state(timer) != RI_TIMER_IDLE;
}

int64_t reactor_timer_deadline_ns(struct reactor_timer *timer)
{
    if (!reactor_timer_is_active(timer))
        return REACTOR_FOREVER;
    if (ri_timer_state(timer) == RI_TIMER_FRESH)
        ri_timer_queue_stamp(&timer->loop->timers, read_clock(timer->loop));
    return timer->deadline_ns;
}

int64_t reactor_timer_remaining_ns(struct reactor_timer *timer)
{
    int64_t deadline_ns = reactor_timer_deadline_ns(timer);
    int64_t now;

    if (!reactor_timer_is_active(timer))
        return -1;
    if (deadline_ns == REACTOR_FOREVER)
        return REACTOR_FOREVER;
    now = read_clock(timer->loop);
    return deadline_ns > now ? deadline_ns - now : 0;
}

/* ---- A turn's share ---- */

/*
 * Puts a periodic timer where it is due next, the first time after now; so
 * many times have gone by.
 */
static uint64_t requeue(struct reactor_timer *timer, int64_t now)
{
    int64_t late = now - timer->deadline_ns;
    int64_t rest = timer->period_ns - late % timer->period_ns;

    timer->deadline_ns =
        rest < REACTOR_FOREVER - now ? now + rest : REACTOR_FOREVER;
    ri_timer_queue_add(&timer->loop->timers, timer);
    return (uint64_t)(late / timer->period_ns);
}

/* The timer is as it will be before its function is called, and may be gone
 * after it. */
static void call(struct reactor_loop *loop, struct reactor_timer *timer,
                 int64_t now)
{
    reactor_timer_fn *function = timer->function;
    void *user_data = timer->user_data;
    uint64_t missed = 0;
    int64_t began;

    ri_timer_queue_remove(&loop->timers, timer);
    if (timer->period_ns > 0)
        missed = requeue(timer, now);
    else
        loop->active_timers--;
    began = ri_call_begin(loop);
    function(user_data, missed);
    ri_call_end(loop, "timer", user_data, began);
}

uint32_t ri_timers_expire(struct reactor_loop *loop)
{
    uint32_t count = 0;
    int64_t now;

    if (ri_timer_queue_is_idle(&loop->timers))
        return 0;
    now = ri_clock_now_ns();
    if (now < 0)
        return 0;
    ri_set_now(loop, now);
    while (count < loop->budget) {
        struct reactor_timer *timer = ri_timer_queue_due(&loop->timers, now);

        /*
         * What was started in this turn, and stamped already, waits for the
         * next one, and what is due after it too: it is due no earlier.
         */
        if (timer == NULL || timer->order > loop->timers.settled)
            break;
        call(loop, timer, now);
        count++;
        if (ri_turn_is_over(loop))
            break;
    }
    return count;
}

void ri_timers_settle(struct reactor_loop *loop)
{
    struct ri_timer_queue *queue = &loop->timers;
    int64_t now;

    queue->settled = queue->started;
    if (queue->fresh_count == 0)
        return;
    now = ri_clock_now_ns();
    if (now >= 0)
        ri_timer_queue_stamp(queue, now);
}

int64_t ri_timers_next_ns(const struct reactor_loop *loop)
{
    int64_t next_ns = ri_timer_queue_next_ns(&loop->timers);

    return next_ns > loop->timers.now_ns ? next_ns : 0;
}

void ri_timers_stop_all(struct reactor_loop *loop)
{
    struct reactor_timer *timer;

    while ((timer = ri_timer_queue_walk(&loop->timers, NULL)) != NULL)
        reactor_timer_stop(timer);
}

const struct reactor_timer *ri_timers_walk(const struct reactor_loop *loop,
                                           const struct reactor_timer *previous)
{
    return ri_timer_queue_walk(&loop->timers, previous);
}

int64_t ri_timers_left_ns(const struct reactor_timer *timer, int64_t now_ns)
{
    int64_t deadline_ns = timer->deadline_ns;

    if (ri_timer_state(timer) == RI_TIMER_FRESH) /* the delay still */
        return deadline_ns;
    if (deadline_ns == REACTOR_FOREVER)
        return REACTOR_FOREVER;
    return deadline_ns > now_ns ? deadline_ns - now_ns : 0;
}
