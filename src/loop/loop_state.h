/* SPDX-License-Identifier: MIT */
#ifndef LOOP_LOOP_STATE_H
#define LOOP_LOOP_STATE_H

/*
 * What a loop consists of, for the files of this floor. All of it belongs to
 * the thread that runs the loop, but for what is atomic.
 */

#include <reactor/loop.h>

#include "base/compiler.h"
#include "core/own.h"
#include "loop/slot.h"
#include "loop/timer_queue.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Interest whose change always goes to the kernel, as it re-arms. */
#define RI_TRIGGERS (REACTOR_EDGE | REACTOR_ONESHOT)

/*
 * Readiness that is told whatever the interest. The interests that a handler
 * keeps have these bits too, so that `wanted` is the mask of what it is told.
 */
#define RI_FLAGS (REACTOR_READ_CLOSED | REACTOR_WRITE_CLOSED | REACTOR_ERROR)

/* Where the kernel stands with a handler: reactor_handler::state. */
enum ri_handler_state {
    RI_HANDLER_SETTLED,  /* it has what is wanted, or more */
    RI_HANDLER_UNWANTED, /* queued: it has reported what nobody asked for */
    RI_HANDLER_CHANGED,  /* queued: it has to be told, unless that is undone */
    RI_HANDLER_REFUSED,  /* in a list: its refusal is to be told */
};

struct ri_handlers {
    struct ri_slots slots;           /* of all that are active */
    struct reactor_handler *queue;   /* changes for the reactor */
    struct reactor_handler *refused; /* changes that it refused */
};

/* What was sent; post.c explains it. */
struct ri_posts {
    _Atomic(uintptr_t) head;
    _Atomic uint32_t rung; /* senders that have rung */
    uint32_t owed;         /* senders that had, or have, to ring */
    uint32_t count;        /* in the list */
    struct reactor_post *first;
    struct reactor_post *last;
    bool is_used;     /* there is a post: others may send */
    bool is_asleep;   /* senders were told to ring */
    bool is_prepared; /* the loop is waited for from outside */
};

#define RI_HOOK_PLACES 4 /* of enum reactor_hook_place */

struct ri_hooks {
    struct reactor_hook *first[RI_HOOK_PLACES];
    struct reactor_hook *last[RI_HOOK_PLACES];
    struct reactor_hook *next; /* of the walk that is going on */
    uint32_t round;            /* walks begun; wraps */
};

struct ri_signals; /* signal.c */

enum ri_stop {
    RI_STOP_NONE,
    RI_STOP_RUNG,  /* asked for, and the loop was woken */
    RI_STOP_ASKED, /* and it could not be woken */
};

struct reactor_loop {
    struct reactor *reactor;
    struct ri_handlers handlers;

    /*
     * Nothing but active handlers, in agreement with the kernel, is there to be
     * looked after: turns are simple. Who adds anything else takes it back.
     */
    bool is_simple;
    bool is_closing; /* the running turn ends, and then the loop */
    bool is_default;
    bool measures_lag;
    uint32_t budget;      /* room for events, and the bound of all else */
    uint32_t unsupported; /* bits that are in no interest here */

    /* What is left of the batch that is being dispatched. */
    const struct reactor_event *event;
    const struct reactor_event *events_end;
    int inner_calls; /* see ri_count_inner_calls() */

    int64_t active; /* objects but timers, and retains less releases */
    uint64_t active_timers;
    int64_t now_ns;
    uint64_t now_turn; /* the turn that now_ns was read in */

    struct ri_timer_queue timers;
    struct ri_posts posts;
    struct ri_hooks hooks;
    struct ri_signals *signals; /* NULL: none is watched */
    struct reactor_child *children;

    int64_t slow_ns; /* 0: callbacks are not measured */
    reactor_slow_fn *slow;
    void *slow_data;
    int64_t woke_ns; /* when the last wait was over; 0: not measured */
    struct reactor_loop_numbers numbers;

    _Atomic(uintptr_t) runner;   /* the thread in a turn, or 0 */
    _Atomic uint32_t stopping;   /* enum ri_stop */
    _Atomic uint32_t stop_calls; /* that are in progress */
    uintptr_t frame;             /* of the function that runs the turn */

    struct reactor_event events[];
};

/* The thread that calls is in a turn of the loop. */
static inline bool ri_is_own_turn(const struct reactor_loop *loop)
{
    uintptr_t runner =
        atomic_load_explicit(&loop->runner, memory_order_relaxed);

    return runner != 0 && runner == ri_thread_self();
}

/* ---- Around a callback ---- */

/* Clock before a callback, if it is measured. */
static inline int64_t ri_call_begin(const struct reactor_loop *loop)
{
    return RI_UNLIKELY(loop->slow_ns != 0) ? ri_clock_now_ns() : 0;
}

void ri_call_was_slow(struct reactor_loop *loop, const char *kind,
                      void *user_data, int64_t began_ns);

/* After it. Objects that the callback had may be gone. */
static inline void ri_call_end(struct reactor_loop *loop, const char *kind,
                               void *user_data, int64_t began_ns)
{
    if (RI_UNLIKELY(began_ns != 0))
        ri_call_was_slow(loop, kind, user_data, began_ns);
}

/* Asked after each callback: whether the rest of the turn is not to be. */
static inline bool ri_turn_is_over(const struct reactor_loop *loop)
{
    return RI_UNLIKELY(loop->is_closing) ||
           RI_UNLIKELY(ri_is_inherited(loop->reactor));
}

/*
 * A function of the loop's own counts as one call like any other; for it, this
 * corrects the count to that of the calls it has made.
 */
static inline void ri_count_inner_calls(struct reactor_loop *loop, int calls)
{
    loop->inner_calls += calls;
    loop->numbers.callbacks += (uint64_t)(int64_t)calls;
}

/* ---- handler.c ---- */

/* Marks handlers and posts whose function is the loop's own. */
#define RI_INTERNAL UINT32_C(1)

/* Stops them, without a word to the reactor. */
void ri_handlers_destroy(struct reactor_loop *loop);

/* Tells the reactor what has changed. Only a fork makes it fail. */
int ri_handlers_flush_queue(struct reactor_loop *loop);

static inline int ri_handlers_flush(struct reactor_loop *loop)
{
    return loop->handlers.queue != NULL ? ri_handlers_flush_queue(loop) : 0;
}

/* Puts a handler that is settled into the list of its new state. */
static inline void ri_handler_enlist(struct reactor_handler **list,
                                     struct reactor_handler *handler,
                                     enum ri_handler_state state)
{
    handler->state = (uint8_t)state;
    handler->link = list;
    handler->next = *list;
    if (handler->next != NULL)
        handler->next->link = &handler->next;
    *list = handler;
}

/* Takes it out of the list it is in; it is settled then. */
static inline void ri_handler_delist(struct reactor_handler *handler)
{
    *handler->link = handler->next;
    if (handler->next != NULL)
        handler->next->link = handler->link;
    handler->state = RI_HANDLER_SETTLED;
}

/* With a trigger, before or after the change, a change re-arms. */
static inline bool ri_handler_is_rearmed(const struct reactor_handler *handler)
{
    return (((unsigned)handler->wanted | handler->known) & RI_TRIGGERS) != 0;
}

/* For the dump: the one after `previous`, or the first (NULL); NULL: no more.
 */
const struct reactor_handler *
ri_handlers_walk(const struct reactor_loop *loop,
                 const struct reactor_handler *previous);

/* ---- dispatch.c ---- */

/* Calls the handlers of the batch; how many. */
uint32_t ri_handlers_dispatch(struct reactor_loop *loop);

/*
 * Turns that have nothing but handlers to call, for as long as the loop is
 * simple and not to stop. Leaves what else there is to do in the last of them
 * undone. 0, or an error of the wait.
 */
int ri_handlers_run(struct reactor_loop *loop);

/* Calls those whose change was refused; how many. */
uint32_t ri_handlers_tell_refused(struct reactor_loop *loop);

/* ---- timer.c ---- */

/* Calls the timers that are due; how many. */
uint32_t ri_timers_expire(struct reactor_loop *loop);

/* Gives what was started its deadline; what is from here on isn't called in
 * this turn. */
void ri_timers_settle(struct reactor_loop *loop);

/* After ri_timers_settle(): when to look again, or REACTOR_FOREVER. */
int64_t ri_timers_next_ns(const struct reactor_loop *loop);

/* For the dump: the one after `previous`, or the first (NULL); NULL: no more.
 */
const struct reactor_timer *
ri_timers_walk(const struct reactor_loop *loop,
               const struct reactor_timer *previous);
int64_t ri_timers_left_ns(const struct reactor_timer *timer, int64_t now_ns);

/* Stops all of them. */
void ri_timers_stop_all(struct reactor_loop *loop);

/* ---- post.c ---- */

void ri_posts_init(struct ri_posts *posts);

/* Moves what others have sent to the list. */
void ri_posts_collect_sent(struct ri_posts *posts);

static inline void ri_posts_collect(struct ri_posts *posts)
{
    if (posts->is_used)
        ri_posts_collect_sent(posts);
}

/* From now on senders wake the reactor; false if something is there. */
bool ri_posts_fall_asleep(struct ri_posts *posts);

/* Calls as many as were in the list at its beginning; how many. */
uint32_t ri_posts_run(struct reactor_loop *loop);

/* The same for a loop that is being closed, until none is left. */
void ri_posts_run_last(struct reactor_loop *loop);

/* Refuses further ones; what was accepted is in the list. */
void ri_posts_refuse(struct ri_posts *posts);

/* Returns when no sender is inside the loop. */
void ri_posts_wait_for_senders(struct ri_posts *posts);

bool ri_posts_are_pending(const struct ri_posts *posts);

/* The newest of those that are not in the list yet; only to be looked at. */
const struct reactor_post *ri_posts_on_stack(const struct ri_posts *posts);

/* In a child of fork(). */
void ri_posts_after_fork(struct ri_posts *posts);

/*
 * As reactor_post_send(), but async-signal-safe, also on the loop's own thread.
 */
int ri_post_send_from_signal(struct reactor_post *post);

/* ---- hook.c ---- */

void ri_hooks_walk(struct reactor_loop *loop, enum reactor_hook_place place);
void ri_hooks_stop_all(struct reactor_loop *loop);

static inline void ri_hooks_run(struct reactor_loop *loop,
                                enum reactor_hook_place place)
{
    if (RI_UNLIKELY(loop->hooks.first[place] != NULL))
        ri_hooks_walk(loop, place);
}

/* ---- stats.c ---- */

/* The loop is about to wait. */
void ri_lag_measure(struct reactor_loop *loop);

/* ---- signal.c, child.c ---- */

/* When the loop is closed: children first. */
void ri_children_stop_all(struct reactor_loop *loop);
void ri_signals_destroy(struct reactor_loop *loop);
void ri_signals_after_fork(struct reactor_loop *loop);
void ri_children_after_fork(struct reactor_loop *loop);

/*
 * Walks the watches of a loop, for the dump: the one after `previous`, or the
 * first (NULL); NULL: no more.
 */
const struct reactor_signal *
ri_signals_next(const struct reactor_loop *loop,
                const struct reactor_signal *previous);

/*
 * A callback that was left by longjmp() has left a runner whose frame is no
 * more: one in a callback would lie below it (stacks grow downwards wherever
 * this library is built), and who calls again from the same place has the same.
 * What is far above is another stack, a coroutine's.
 */
#define RI_FRAMES_AWAY ((uintptr_t)64 * 1024)

static inline void ri_loop_expect_no_jump(const struct reactor_loop *loop,
                                          uintptr_t frame)
{
    if (ri_is_own_turn(loop) && loop->frame != 0)
        assert(frame < loop->frame || frame - loop->frame > RI_FRAMES_AWAY);
    (void)frame;
}

/* ---- default.c ---- */

/* The thread's loop is gone. */
void ri_default_forget(void);

/* ---- loop.c ---- */

/* Called by the thread that is its runner. */
void ri_loop_destroy(struct reactor_loop *loop);

static inline bool ri_is_stopping(struct reactor_loop *loop)
{
    return atomic_load_explicit(&loop->stopping, memory_order_acquire) !=
           RI_STOP_NONE;
}

static inline void ri_set_now(struct reactor_loop *loop, int64_t now_ns)
{
    loop->now_ns = now_ns;
    loop->now_turn = loop->numbers.turns;
}

#endif /* LOOP_LOOP_STATE_H */
