/* SPDX-License-Identifier: MIT */
#ifndef LOOP_TIMER_QUEUE_H
#define LOOP_TIMER_QUEUE_H

/*
 * The timers of a loop by deadline: no clock, no allocation, no callback. All
 * zeros is an empty queue. Times are not negative and never go back.
 *
 * A hierarchical timing wheel (Varghese and Lauck 1987) takes and gives back a
 * timer in constant time, however many there are. It knows ticks only, so what
 * is in the present tick, or overdue, is in a pairing heap (Fredman et al.
 * 1986), which knows nanoseconds and start order. docs/timers.md has the
 * measurements behind that.
 */

#include <reactor/loop.h>

#include <stdbool.h>
#include <stdint.h>

#define RI_TICK_SHIFT   12 /* a tick is 4.096 us */
#define RI_TIMER_LEVELS 7u
#define RI_TIMER_SLOTS  256u /* in each level */

/* The one slot above all levels: for deadlines of REACTOR_FOREVER. */
#define RI_TIMER_NEVER (RI_TIMER_LEVELS * RI_TIMER_SLOTS)

/* So many may wait for their deadline, which costs a look at the clock. */
#define RI_TIMERS_FRESH_MAX 64u

/*
 * Where a timer is: the low bits of reactor_timer::place. The others have the
 * number of its slot, or its position among the fresh.
 */
enum ri_timer_state {
    RI_TIMER_IDLE,
    RI_TIMER_FRESH, /* deadline_ns is the delay still */
    RI_TIMER_FILED, /* in a slot: next, previous are its list */
    RI_TIMER_SOON,  /* in the heap: child, next, previous are its tree */
};

struct ri_timer_queue {
    uint64_t tick;              /* later ones are filed, the rest is soon */
    struct reactor_timer *soon; /* the root of the heap */
    uint32_t levels;            /* a bit for each that has a filled slot */
    uint32_t fresh_count;       /* of `fresh` */
    uint64_t started;           /* the order of the last start */
    uint64_t settled;           /* the same when this turn began */
    int64_t now_ns;             /* the last time it has been told */
    uint64_t filled[RI_TIMER_LEVELS + 1][RI_TIMER_SLOTS / 64];
    struct reactor_timer *fresh[RI_TIMERS_FRESH_MAX];
    struct reactor_timer *slots[RI_TIMER_NEVER + 1];
};

static inline enum ri_timer_state
ri_timer_state(const struct reactor_timer *timer)
{
    return (enum ri_timer_state)(timer->place % 4);
}

/* Nothing will ever be due but what is fresh. */
static inline bool ri_timer_queue_is_idle(const struct ri_timer_queue *queue)
{
    return queue->soon == NULL && queue->levels % (1u << RI_TIMER_LEVELS) == 0;
}

static inline bool
ri_timer_queue_is_full_of_fresh(const struct ri_timer_queue *queue)
{
    return queue->fresh_count == RI_TIMERS_FRESH_MAX;
}

/*
 * Starts or restarts a timer, `delay_ns` after the next stamp; its order is
 * behind all others. There must be room among the fresh.
 */
void ri_timer_queue_start(struct ri_timer_queue *queue,
                          struct reactor_timer *timer, int64_t delay_ns);

/* Gives all that is fresh its deadline: `now_ns` and its delay. */
void ri_timer_queue_stamp(struct ri_timer_queue *queue, int64_t now_ns);

/* Adds an idle timer by its deadline and order. */
void ri_timer_queue_add(struct ri_timer_queue *queue,
                        struct reactor_timer *timer);

/* Makes a timer idle, which it may be already. */
void ri_timer_queue_remove(struct ri_timer_queue *queue,
                           struct reactor_timer *timer);

/*
 * The timer that is due by now and comes before all others, by deadline and
 * then order; NULL if there is none. It stays where it is.
 */
struct reactor_timer *ri_timer_queue_due(struct ri_timer_queue *queue,
                                         int64_t now_ns);

/*
 * When the next one is due, or somewhat earlier where many timers are close
 * together; REACTOR_FOREVER: never; 0: there are fresh ones.
 */
int64_t ri_timer_queue_next_ns(const struct ri_timer_queue *queue);

/* Walks all timers in no order: the one after `timer`, or the first (NULL). */
struct reactor_timer *ri_timer_queue_walk(const struct ri_timer_queue *queue,
                                          const struct reactor_timer *timer);

#endif /* LOOP_TIMER_QUEUE_H */
