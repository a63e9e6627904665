/* SPDX-License-Identifier: MIT */
/*
 * Children: each is told by a handle of its own that is readable when it has
 * ended, or, where the system has none, by something like a signal, after which
 * the loop looks at all of these.
 */
#include "loop/signal_state.h"

#include <assert.h>
#include <errno.h>

enum child_state {
    IDLE,
    BY_HANDLE, /* which child->handler watches */
    BY_SIGNAL, /* child->native is what floor 1 wants to have back */
};

/* ---- Dispatch ---- */

static void call(struct reactor_loop *loop, const struct reactor_child *child,
                 const struct ri_child_end *end)
{
    void *user_data = child->user_data;
    int64_t began = ri_call_begin(loop);

    ri_count_inner_calls(loop, 1);
    child->function(user_data, end->exit_code, end->signal);
    ri_call_end(loop, "child", user_data, began);
}

/* If it has ended the watch is idle, and its own again, in the call. */
static void look(struct reactor_child *child)
{
    struct ri_child_end end;

    if (!ri_child_collect(child->process, &end))
        return;
    reactor_child_stop(child);
    call(child->loop, child, &end);
}

static void on_readable(void *user_data, uint32_t readiness)
{
    struct reactor_child *child = user_data;

    (void)readiness;
    ri_count_inner_calls(child->loop, -1);
    look(child);
}

void ri_children_look(struct reactor_loop *loop)
{
    struct ri_signals *signals = loop->signals;
    uint32_t arrived = ri_signals_arrived(signals, ri_child_signal);

    if (arrived == signals->children_seen)
        return;
    signals->children_seen = arrived;
    signals->next_child = loop->children;
    while (signals->next_child != NULL && !ri_turn_is_over(loop)) {
        struct reactor_child *child = signals->next_child;

        signals->next_child = child->next;
        if (child->state == BY_SIGNAL)
            look(child);
    }
    signals->next_child = NULL;
}

/* ---- By a handle ---- */

/* The handler is a part of the watch: the two are active as one. */
static int start_handler(struct reactor_child *child, reactor_handle handle)
{
    int64_t active = child->loop->active;
    int error =
        reactor_handler_start(&child->handler, handle, REACTOR_READABLE);

    child->loop->active = active;
    return error;
}

static void stop_handler(struct reactor_child *child)
{
    int64_t active = child->loop->active;

    reactor_handler_stop(&child->handler);
    child->loop->active = active;
}

static int watch_by_handle(struct reactor_child *child, intptr_t process)
{
    reactor_handle handle;
    int error = ri_child_open(process, &handle);

    if (error != 0)
        return error;
    error = start_handler(child, handle);
    if (error != 0)
        ri_child_close(handle);
    return error;
}

/* ---- By a signal ---- */

static void unwatch_by_signal(const struct reactor_child *child, void *native)
{
    ri_child_unwatch(native);
    ri_signals_ignore(child->loop->signals, ri_child_signal);
}

static int watch_by_signal(const struct reactor_child *child, intptr_t process,
                           void **native)
{
    struct reactor_loop *loop = child->loop;
    int error = ri_signals_reserve(loop);

    if (error != 0)
        return error;
    ri_signals_expect(loop->signals, ri_child_signal);
    error = ri_child_watch(process, &loop->signals->port, native);
    if (error != 0)
        ri_signals_ignore(loop->signals, ri_child_signal);
    return error;
}

/* ---- Start and stop ---- */

void reactor_child_init(struct reactor_child *child, struct reactor_loop *loop,
                        reactor_child_fn *function, void *user_data)
{
    assert(child != NULL && loop != NULL);
    assert(function != NULL);
    *child = (struct reactor_child){.loop = loop,
                                    .function = function,
                                    .user_data = user_data,
                                    .state = IDLE};
    reactor_handler_init(&child->handler, loop, on_readable, child);
    child->handler.flags = RI_INTERNAL;
}

static int check(const struct reactor_child *child, intptr_t process)
{
    if (child == NULL || process <= 0)
        return -EINVAL;
    return ri_is_inherited(child->loop->reactor) ? -ECHILD
                                                 : ri_child_check(process);
}

/* Ends a way to be told; a handler that has taken another handle goes on. */
static void leave(struct reactor_child *child, uint32_t state,
                  reactor_handle handle, void *native)
{
    switch ((enum child_state)state) {
    case IDLE:
        break;
    case BY_HANDLE:
        if (reactor_handler_handle(&child->handler) == handle)
            stop_handler(child);
        ri_child_close(handle);
        break;
    case BY_SIGNAL:
        unwatch_by_signal(child, native);
        break;
    }
}

static void link_child(struct reactor_child *child)
{
    struct reactor_loop *loop = child->loop;

    child->previous = NULL;
    child->next = loop->children;
    if (child->next != NULL)
        child->next->previous = child;
    loop->children = child;
    loop->active++;
}

static void unlink_child(const struct reactor_child *child)
{
    struct reactor_loop *loop = child->loop;

    if (loop->signals != NULL && loop->signals->next_child == child)
        loop->signals->next_child = child->next;
    if (child->previous != NULL)
        child->previous->next = child->next;
    else
        loop->children = child->next;
    if (child->next != NULL)
        child->next->previous = child->previous;
    loop->active--;
}

/* What is watched so far is so until the new one is. */
int reactor_child_start(struct reactor_child *child, intptr_t process)
{
    enum child_state state = BY_HANDLE;
    reactor_handle former;
    void *native = NULL;
    int error = check(child, process);

    if (error != 0)
        return error;
    former = reactor_handler_handle(&child->handler);
    error = watch_by_handle(child, process);
    if (error == -ENOSYS || error == -EPERM) { /* there is none, or denied */
        state = BY_SIGNAL;
        error = watch_by_signal(child, process, &native);
    }
    if (error != 0)
        return error;
    leave(child, child->state, former, child->native);
    if (child->state == IDLE)
        link_child(child);
    child->process = process;
    child->native = native;
    child->state = (uint32_t)state;
    return 0;
}

void reactor_child_stop(struct reactor_child *child)
{
    if (child == NULL || child->state == IDLE)
        return;
    leave(child, child->state, reactor_handler_handle(&child->handler),
          child->native);
    unlink_child(child);
    child->state = IDLE;
}

void ri_children_stop_all(struct reactor_loop *loop)
{
    while (loop->children != NULL)
        reactor_child_stop(loop->children);
}

/* They are the parent's, and have ended as far as this process knows. */
void ri_children_after_fork(struct reactor_loop *loop)
{
    ri_children_stop_all(loop);
}
