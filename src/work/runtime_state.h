/* SPDX-License-Identifier: MIT */
#ifndef WORK_RUNTIME_STATE_H
#define WORK_RUNTIME_STATE_H

/*
 * Runtimes: a loop on a thread of its own. Two things pass between that thread
 * and those who control it:
 *
 * - Commands: a stack that any thread pushes on and the loop empties, as posts
 *   are. Who pushes onto an empty one sends the runtime's post. He may still be
 *   about to do that when the loop has come by what he pushed, and is being
 *   closed: so the loop counts how often it found something, that many posts
 *   are sent in all, and closing it waits until they have been.
 * - The state, under the lock: that the service has started, and the end.
 *
 * To shut down is a command, too, of the runtime's own.
 */

#include <reactor/work.h>

#include "core/process.h"
#include "platform/platform.h"

#include <stdatomic.h>
#include <stdbool.h>

enum ri_runtime_state {
    RI_RUNTIME_STARTING,
    RI_RUNTIME_RUNNING,
    RI_RUNTIME_OVER
};

struct ri_command_list {
    struct reactor_command *first;
    struct reactor_command *last;
};

struct reactor_runtime {
    struct reactor_service service;
    const struct reactor_runtime_options *options; /* while it starts */
    void *user_data;
    uint32_t fork_count; /* when it was opened */
    struct ri_thread thread;

    /* Any thread. */
    _Atomic(struct reactor_command *) newest; /* or &ri_no_more_commands */
    _Atomic uint64_t rung;                    /* posts that were sent */
    _Atomic bool is_unwoken;                  /* the kernel has refused it */
    _Atomic uintptr_t self; /* the thread, as long as it lives; or 0 */

    struct ri_mutex lock;
    struct ri_condition changed; /* `state` has */

    /* Under the lock. */
    enum ri_runtime_state state;
    int result;
    bool was_asked;
    bool is_asked;       /* `ask` is under way */
    int64_t deadline_ns; /* of the shutdown; REACTOR_FOREVER: none */

    /* The loop's thread. The lock is needed only by others, and to close it. */
    struct reactor_loop *loop; /* NULL when it is closed */
    struct ri_command_list due;
    uint64_t owed; /* posts that were sent, or are about to be */
    struct reactor_command ask;
    struct reactor_post post;
    struct reactor_timer tick;
    struct reactor_timer deadline;
    struct reactor_hook hook;
    bool has_started;
    bool is_stopping;
    bool is_late;
};

/* In the place of the newest command: there will be none any more. */
extern struct reactor_command ri_no_more_commands;

static inline bool
ri_runtime_is_inherited(const struct reactor_runtime *runtime)
{
    return runtime->fork_count != ri_fork_count();
}

/* ---- runtime.c ---- */

/* Shuts it down in no time, and sees to it that its loop comes by that. */
void ri_runtime_end(struct reactor_runtime *runtime);

/* ---- runtime_command.c ---- */

/* Any thread; -ECANCELED if the loop is closed. */
int ri_runtime_push(struct reactor_runtime *runtime,
                    struct reactor_command *command);

/* The function of the runtime's post. */
void ri_runtime_deliver(void *user_data);

/* None is accepted any more, and those that were are called. */
void ri_runtime_deliver_last(struct reactor_runtime *runtime);

/* ---- runtime_shutdown.c ---- */

/* The loop has come by `ask`. */
void ri_runtime_shut_down(struct reactor_runtime *runtime);

/* Tells the service, if that has not been done. */
void ri_runtime_stop_service(struct reactor_runtime *runtime, int64_t drain_ns);

/* The function of the timer `deadline`. */
void ri_runtime_end_late(void *user_data, uint64_t missed);

/* A timer that keeps nothing alive. */
void ri_runtime_start_timer(struct reactor_timer *timer, int64_t delay_ns,
                            int64_t period_ns);

#endif /* WORK_RUNTIME_STATE_H */
