/* SPDX-License-Identifier: MIT */
#include "work/runtime_state.h"

#include <errno.h>

/* So many commands at most are called by one call of the post. */
#define COMMANDS_MAX 256

enum command_state { IDLE, UNDER_WAY };

struct reactor_command ri_no_more_commands;

_Static_assert(sizeof(_Atomic uint32_t) == sizeof(uint32_t),
               "a field of a public struct can be used as an atomic one");

/* ---- Commands, any thread ---- */

/* Not atomic in the header, for C++. */
static _Atomic uint32_t *state_of(struct reactor_command *command)
{
    return (_Atomic uint32_t *)&command->state;
}

/* Who has pushed onto nothing; a loop that is being closed looks itself. */
static int ring(struct reactor_runtime *runtime)
{
    int error = reactor_post_send(&runtime->post);

    if (error == -ECANCELED)
        error = 0;
    if (error != 0)
        atomic_store(&runtime->is_unwoken, true);
    atomic_fetch_add_explicit(&runtime->rung, 1, memory_order_release);
    return error; /* the loop may be gone by now */
}

int ri_runtime_push(struct reactor_runtime *runtime,
                    struct reactor_command *command)
{
    struct reactor_command *newest =
        atomic_load_explicit(&runtime->newest, memory_order_relaxed);

    do {
        if (newest == &ri_no_more_commands)
            return -ECANCELED;
        command->next = newest;
    } while (!atomic_compare_exchange_weak_explicit(
        &runtime->newest, &newest, command, memory_order_release,
        memory_order_relaxed));
    return newest == NULL ? ring(runtime) : 0;
}

int reactor_runtime_send(struct reactor_runtime *runtime,
                         struct reactor_command *command)
{
    int error;

    if (runtime == NULL || command == NULL)
        return -EINVAL;
    if (ri_runtime_is_inherited(runtime))
        return -ECHILD;
    if (atomic_exchange_explicit(state_of(command), UNDER_WAY,
                                 memory_order_acq_rel) == UNDER_WAY)
        return -EBUSY;
    error = ri_runtime_push(runtime, command);
    if (error == -ECANCELED)
        atomic_store_explicit(state_of(command), IDLE, memory_order_release);
    return error;
}

/* ---- Commands, the loop's thread ---- */

static void append(struct ri_command_list *list,
                   struct reactor_command *command)
{
    command->next = NULL;
    if (list->first == NULL)
        list->first = command;
    else
        list->last->next = command;
    list->last = command;
}

/* Puts `next` in the place of what was pushed, which is due now. */
static void take_pushed(struct reactor_runtime *runtime,
                        struct reactor_command *next)
{
    struct reactor_command *newest =
        atomic_exchange_explicit(&runtime->newest, next, memory_order_acquire);
    struct reactor_command *oldest = NULL;

    if (newest != NULL)
        runtime->owed++;
    while (newest != NULL) {
        struct reactor_command *older = newest->next;

        newest->next = oldest;
        oldest = newest;
        newest = older;
    }
    while (oldest != NULL) {
        struct reactor_command *newer = oldest->next;

        append(&runtime->due, oldest);
        oldest = newer;
    }
}

/*
 * There is one. It is idle by an exchange, after which nothing is read that was
 * there before: who is told that it is busy knows that it sees what he wrote.
 */
static void call_first(struct reactor_runtime *runtime)
{
    struct reactor_command *command = runtime->due.first;

    runtime->due.first = command->next;
    (void)atomic_exchange_explicit(state_of(command), IDLE,
                                   memory_order_acq_rel);
    if (command == &runtime->ask)
        ri_runtime_shut_down(runtime);
    else if (runtime->service.command != NULL)
        runtime->service.command(runtime->user_data, command);
}

/* The loop can be used, and the commands are not the parent's. */
static bool can_go_on(const struct reactor_runtime *runtime)
{
    return !ri_runtime_is_inherited(runtime) &&
           reactor_loop_status(runtime->loop) == 0;
}

/*
 * A command may close the loop, whose hook calls the rest; or fork: the child
 * may make the loop its own, but not what is under way.
 */
void ri_runtime_deliver(void *user_data)
{
    struct reactor_runtime *runtime = user_data;
    uint32_t left = COMMANDS_MAX;

    if (ri_runtime_is_inherited(runtime))
        return;
    take_pushed(runtime, NULL);
    while (runtime->due.first != NULL && can_go_on(runtime) && left-- > 0)
        call_first(runtime);
    if (runtime->due.first != NULL)
        (void)reactor_post_send(&runtime->post);
}

void ri_runtime_deliver_last(struct reactor_runtime *runtime)
{
    if (ri_runtime_is_inherited(runtime))
        return;
    take_pushed(runtime, &ri_no_more_commands);
    while (atomic_load_explicit(&runtime->rung, memory_order_acquire) !=
           runtime->owed)
        ri_thread_yield();
    while (runtime->due.first != NULL && !ri_runtime_is_inherited(runtime))
        call_first(runtime);
}
