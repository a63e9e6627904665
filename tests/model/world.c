/* SPDX-License-Identifier: MIT */
#include "model/world.h"

#include "support/allocator.h"
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"

#include <stdarg.h>
#include <stdio.h>

/*
 * High numbers, so that they are ours alone: whatever else is opened gets the
 * lowest that is free.
 */
#define HIGHEST_NUMBER 639

reactor_handle world_number(size_t handle)
{
    return nth_number(HIGHEST_NUMBER - handle);
}

void world_complain(struct world *world, const char *format, ...)
{
    va_list arguments;

    if (world->disagrees)
        return;
    world->disagrees = true;
    va_start(arguments, format);
    (void)vsnprintf(world->complaint, sizeof(world->complaint), format,
                    arguments);
    va_end(arguments);
}

static void compare(struct world *world, const char *call, int returned,
                    int expected)
{
    if (returned != expected)
        world_complain(world, "%s returns %d (%s) instead of %d (%s)", call,
                       returned, reactor_strerror(returned), expected,
                       reactor_strerror(expected));
}

/* ---- Calls ---- */

/* Most are mixes that the backend supports, some are not, few are nonsense. */
static uint32_t interest_from(unsigned argument)
{
    uint32_t interest = argument & INTEREST_ALL;

    if (argument >> 5 & 7)
        interest &= reactor_supported_interest();
    if ((argument >> 8 & 31) == 0)
        interest |= REACTOR_WAKE;
    return interest;
}

/* An address of its own for each registration, now and then none. */
static void *user_data_for(struct world *world)
{
    static char tags[UINT16_MAX + 1];
    uint16_t tag = world->next_user_data++;

    return tag % 8 == 0 ? NULL : &tags[tag];
}

void apply_register(struct world *world, size_t i, unsigned argument)
{
    uint32_t interest = interest_from(argument);
    void *user_data = user_data_for(world);

    compare(
        world, "register",
        reactor_register(world->reactor, world_number(i), interest, user_data),
        model_register(&world->model, &world->model.handles[i], interest,
                       user_data));
}

void apply_reregister(struct world *world, size_t i, unsigned argument)
{
    uint32_t interest = interest_from(argument);
    void *user_data = user_data_for(world);

    compare(world, "reregister",
            reactor_reregister(world->reactor, world_number(i), interest,
                               user_data),
            model_reregister(&world->model, &world->model.handles[i], interest,
                             user_data));
}

void apply_deregister(struct world *world, size_t i, unsigned argument)
{
    (void)argument;
    compare(world, "deregister",
            reactor_deregister(world->reactor, world_number(i)),
            model_deregister(&world->model.handles[i]));
}

void apply_retire(struct world *world, size_t i, unsigned argument)
{
    apply_deregister(world, i, argument);
    apply_close(world, i, argument);
}

void apply_wake(struct world *world, size_t i, unsigned argument)
{
    (void)i;
    (void)argument;
    compare(world, "wake", reactor_wake(world->reactor), 0);
    world->model.wake_owed = true;
}

/* It is for good: rarer than the rarest of the others. */
void apply_shut_down(struct world *world, size_t i, unsigned argument)
{
    (void)i;
    if (argument % 8 != 0)
        return;
    compare(world, "shutdown", reactor_shutdown(world->reactor), 0);
    world->model.shut_down = true;
}

void apply_reopen(struct world *world, size_t i, unsigned argument)
{
    (void)i;
    if (argument % 8 != 0 && !world->model.shut_down)
        return;
    reactor_close(world->reactor);
    world->reactor = open_reactor();
    world->most_registered = 0;
    model_reopen(&world->model);
}

/* ---- All of it ---- */

/* Where there is a handle for nesting, it knows before a wait does. */
static void check_nesting(struct world *world)
{
    reactor_handle handle = reactor_backend_handle(world->reactor);

    if (handle != REACTOR_INVALID_HANDLE && model_owed(&world->model) > 0 &&
        !is_readable(handle))
        world_complain(world, "the backend handle isn't readable");
}

/* Memory is for more registrations than ever before, and for nothing else. */
static void check_memory(struct world *world, size_t registered_before)
{
    size_t registered = model_registered(&world->model);

    if (allocation_calls() != world->allocation_calls &&
        registered_before < world->most_registered)
        world_complain(world, "memory is taken for nothing");
    world->allocation_calls = allocation_calls();
    if (world->most_registered < registered)
        world->most_registered = registered;
}

void world_apply(struct world *world, const struct operation *operation)
{
    static void (*const apply[])(struct world *, size_t, unsigned) = {
#define APPLY(name, weight) [OPERATION_##name] = apply_##name,
        OPERATIONS(APPLY)
#undef APPLY
    };

    size_t registered = model_registered(&world->model);

    apply[operation->kind](world, operation->handle, operation->argument);
    check_nesting(world);
    check_memory(world, registered);
}

void world_begin(struct world *world)
{
    model_init(&world->model);
    world->reactor = open_reactor();
    world->next_user_data = 0;
    world->most_registered = 0;
    world->allocation_calls = allocation_calls();
    world->disagrees = false;
}

void world_end(struct world *world)
{
    size_t i;

    for (i = 0; i < MODEL_HANDLES; i++)
        apply_close(world, i, 0);
    while (world->model.ghosts > 0)
        apply_lay(world, 0, 0);
    reactor_close(world->reactor);
}

void world_deregister_lost(struct world *world)
{
    size_t i;

    for (i = 0; i < MODEL_HANDLES; i++)
        if (world->model.handles[i].lost)
            apply_deregister(world, i, 0);
}

void world_inherit(struct world *world)
{
    compare(world, "after_fork", reactor_after_fork(world->reactor), 0);
    model_inherit(&world->model);
    world->allocation_calls = allocation_calls();
}
