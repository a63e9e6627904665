/* SPDX-License-Identifier: MIT */
/*
 * Signals: a handler of floor 1 counts them by number for each loop that has a
 * watch, and sends the loop a post. That compares the counts with what each
 * watch has seen, and calls those that have missed something.
 */
#include "loop/signal_state.h"

#include <assert.h>
#include <errno.h>

/* What `number` says of a watch that is idle; no signal has it. */
#define NO_SIGNAL 0

/* ---- In the handler of floor 1 ---- */

static void send_post(struct ri_signals *signals)
{
    unsigned which = atomic_load(&signals->post);

    (void)ri_post_send_from_signal(&signals->posts[which]);
}

static void on_arrival(struct ri_signal_port *port, int number)
{
    struct ri_signals *signals = (struct ri_signals *)port;
    struct ri_signal_count *count = &signals->counts[number];

    if (atomic_load(&count->watches) == 0)
        return;
    atomic_fetch_add(&count->arrived, 1);
    send_post(signals);
}

/* ---- What a loop has ---- */

void ri_signals_expect(struct ri_signals *signals, int number)
{
    atomic_fetch_add(&signals->counts[number].watches, 1);
}

void ri_signals_ignore(struct ri_signals *signals, int number)
{
    atomic_fetch_sub(&signals->counts[number].watches, 1);
}

uint32_t ri_signals_arrived(const struct ri_signals *signals, int number)
{
    return atomic_load(&signals->counts[number].arrived);
}

static void on_post(void *user_data);

static void init_post(struct ri_signals *signals, unsigned which)
{
    struct reactor_post *post = &signals->posts[which];

    reactor_post_init(post, signals->loop, on_post, signals);
    post->reserved = RI_INTERNAL;
}

int ri_signals_reserve(struct reactor_loop *loop)
{
    struct ri_signals *signals = loop->signals;
    size_t numbers = (size_t)ri_signal_numbers;
    size_t i;

    if (signals != NULL)
        return 0;
    signals = ri_allocate(sizeof(*signals) +
                          numbers * sizeof(struct ri_signal_count));
    if (signals == NULL)
        return -ENOMEM;
    *signals = (struct ri_signals){.port.arrived = on_arrival, .loop = loop};
    for (i = 0; i < numbers; i++) {
        atomic_init(&signals->counts[i].watches, 0);
        atomic_init(&signals->counts[i].arrived, 0);
    }
    init_post(signals, 0);
    init_post(signals, 1);
    ri_signal_port_add(&signals->port);
    loop->signals = signals;
    return 0;
}

void ri_signals_destroy(struct reactor_loop *loop)
{
    struct ri_signals *signals = loop->signals;

    if (signals == NULL)
        return;
    assert(loop->children == NULL);
    while (signals->first != NULL)
        reactor_signal_stop(signals->first);
    ri_signal_port_remove(&signals->port);
    loop->signals = NULL;
    ri_release(signals);
}

/*
 * A thread of the parent's may have been about to send the post, which then is
 * pending for good. The other one takes its place; should the former one be
 * run as well, it finds nothing to do.
 */
void ri_signals_after_fork(struct reactor_loop *loop)
{
    struct ri_signals *signals = loop->signals;
    unsigned other;

    if (signals == NULL)
        return;
    other = 1 - atomic_load(&signals->post);
    (void)reactor_post_cancel(&signals->posts[other]);
    init_post(signals, other);
    atomic_store(&signals->post, other);
    send_post(signals);
}

/* ---- Dispatch ---- */

static void call(struct reactor_loop *loop, struct reactor_signal *watch,
                 uint32_t count)
{
    void *user_data = watch->user_data;
    int64_t began = ri_call_begin(loop);

    ri_count_inner_calls(loop, 1);
    watch->function(user_data, watch->number, count);
    ri_call_end(loop, "signal", user_data, began);
}

static void visit(struct ri_signals *signals, struct reactor_signal *watch)
{
    uint32_t arrived = ri_signals_arrived(signals, watch->number);
    uint32_t count = arrived - (uint32_t)watch->seen;

    watch->seen = arrived;
    if (count > 0)
        call(signals->loop, watch, count);
}

/* Those who are started meanwhile are left out: it comes to an end. */
static void call_watches(struct ri_signals *signals)
{
    signals->is_walking = true;
    signals->next = signals->first;
    signals->end = NULL;
    while (signals->next != signals->end && !ri_turn_is_over(signals->loop)) {
        struct reactor_signal *visited = signals->next;

        signals->next = visited->next;
        visit(signals, visited);
    }
    signals->is_walking = false;
}

/*
 * A turn that is over goes on in nobody's call: the loop is being closed, or
 * was inherited and looks again in ri_signals_after_fork().
 */
static void on_post(void *user_data)
{
    struct ri_signals *signals = user_data;
    struct reactor_loop *loop = signals->loop;

    ri_count_inner_calls(loop, -1);
    call_watches(signals);
    if (!ri_turn_is_over(loop))
        ri_children_look(loop);
}

/* ---- Start and stop ---- */

static void append(struct ri_signals *signals, struct reactor_signal *watch)
{
    watch->next = NULL;
    watch->previous = signals->last;
    if (watch->previous != NULL)
        watch->previous->next = watch;
    else
        signals->first = watch;
    signals->last = watch;
    if (signals->is_walking && signals->end == NULL)
        signals->end = watch;
    if (signals->is_walking && signals->next == NULL)
        signals->next = watch;
}

static void unlink_watch(struct ri_signals *signals,
                         const struct reactor_signal *watch)
{
    if (signals->next == watch)
        signals->next = watch->next;
    if (signals->end == watch)
        signals->end = watch->next;
    if (watch->previous != NULL)
        watch->previous->next = watch->next;
    else
        signals->first = watch->next;
    if (watch->next != NULL)
        watch->next->previous = watch->previous;
    else
        signals->last = watch->previous;
}

void reactor_signal_init(struct reactor_signal *signal,
                         struct reactor_loop *loop, reactor_signal_fn *function,
                         void *user_data)
{
    assert(signal != NULL && loop != NULL);
    assert(function != NULL);
    *signal = (struct reactor_signal){.loop = loop,
                                      .function = function,
                                      .user_data = user_data,
                                      .number = NO_SIGNAL};
}

static int check(const struct reactor_signal *signal, int number)
{
    int error = signal != NULL ? ri_signal_check(number) : -EINVAL;

    if (error != 0)
        return error;
    return ri_is_inherited(signal->loop->reactor) ? -ECHILD : 0;
}

static int watch(struct reactor_loop *loop, int number, uint32_t *seen)
{
    int error = ri_signals_reserve(loop);

    if (error != 0)
        return error;
    *seen = ri_signals_arrived(loop->signals, number);
    ri_signals_expect(loop->signals, number);
    error = ri_signal_watch(number);
    if (error != 0)
        ri_signals_ignore(loop->signals, number);
    return error;
}

/* What is watched so far is so until the new one is: it may be the same. */
int reactor_signal_start(struct reactor_signal *signal, int number)
{
    uint32_t seen = 0;
    int error = check(signal, number);

    if (error == 0)
        error = watch(signal->loop, number, &seen);
    if (error != 0)
        return error;
    reactor_signal_stop(signal);
    signal->number = number;
    signal->seen = seen;
    append(signal->loop->signals, signal);
    signal->loop->active++;
    return 0;
}

void reactor_signal_stop(struct reactor_signal *signal)
{
    struct ri_signals *signals;

    if (signal == NULL || signal->number == NO_SIGNAL)
        return;
    signals = signal->loop->signals;
    ri_signal_unwatch(signal->number);
    ri_signals_ignore(signals, signal->number);
    unlink_watch(signals, signal);
    signal->number = NO_SIGNAL;
    signal->loop->active--;
}

const struct reactor_signal *
ri_signals_next(const struct reactor_loop *loop,
                const struct reactor_signal *previous)
{
    if (previous != NULL)
        return previous->next;
    return loop->signals != NULL ? loop->signals->first : NULL;
}
