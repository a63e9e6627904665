/* SPDX-License-Identifier: MIT */
/*
 * fork(2): what the parent does before it, so that the child finds every
 * reactor complete, and what the child does after it.
 */
#include "core/process.h"
#include "core/reactor_state.h"
#include "platform/platform.h"

#include <errno.h>

/* Under the process lock. */
static struct reactor *open_reactors;
static uint32_t holds; /* of things that are no reactors */

/* Changed only where there is no other thread. */
static uint32_t fork_count;

static void lock_reactors(void)
{
    struct reactor *reactor;

    for (reactor = open_reactors; reactor != NULL; reactor = reactor->next)
        ri_mutex_lock(&reactor->registry.sources.lock);
}

static void unlock_reactors(void)
{
    struct reactor *reactor;

    for (reactor = open_reactors; reactor != NULL; reactor = reactor->next)
        ri_mutex_unlock(&reactor->registry.sources.lock);
}

static void disown_reactors(void)
{
    struct reactor *reactor;

    fork_count++;
    for (reactor = open_reactors; reactor != NULL; reactor = reactor->next)
        atomic_fetch_or(&reactor->state, RI_INHERITED);
    unlock_reactors();
}

int ri_reactors_watch_fork(void)
{
    return ri_fork_watch(lock_reactors, unlock_reactors, disown_reactors);
}

void ri_reactors_add(struct reactor *reactor)
{
    reactor->next = open_reactors;
    reactor->link = &open_reactors;
    if (reactor->next != NULL)
        reactor->next->link = &reactor->next;
    open_reactors = reactor;
}

void ri_reactors_remove(struct reactor *reactor)
{
    *reactor->link = reactor->next;
    if (reactor->next != NULL)
        reactor->next->link = reactor->link;
}

bool ri_reactors_exist(void)
{
    return open_reactors != NULL || holds > 0;
}

int ri_process_hold(void)
{
    int error;

    ri_process_lock();
    error = ri_reactors_watch_fork();
    if (error == 0)
        holds++;
    ri_process_unlock();
    return error;
}

void ri_process_release(void)
{
    ri_process_lock();
    holds--;
    ri_process_unlock();
}

uint32_t ri_fork_count(void)
{
    return fork_count;
}

/* ---- In the child ---- */

/*
 * Before anything is opened: what is opened next may get the number of a handle
 * that was closed.
 */
static void drop_closed(struct ri_registry *registry)
{
    uint32_t index = 0;

    for (; ri_sources_next(&registry->sources, &index) != NULL; index++) {
        struct ri_registration found =
            ri_sources_registration(&registry->sources, index);

        if (ri_handle_is_open(found.handle) == -EBADF)
            ri_registry_remove(registry, &found);
    }
}

/* Adds every source again, less those whose number is a file's by now. */
static int add_again(struct reactor *reactor)
{
    struct ri_registry *registry = &reactor->registry;
    struct ri_source *source;
    uint32_t index = 0;

    for (; (source = ri_sources_next(&registry->sources, &index)); index++) {
        struct ri_registration found =
            ri_sources_registration(&registry->sources, index);
        struct ri_registration wanted = found;
        int error;

        if (ri_source_is_disarmed(source))
            wanted.interest = 0;
        error = ri_backend_add(reactor->backend, &wanted, NULL);
        if (error == -EBADF || error == -EPERM)
            ri_registry_remove(registry, &found);
        else if (error != 0)
            return error;
    }
    return 0;
}

int reactor_after_fork(struct reactor *reactor)
{
    int error;

    if (reactor == NULL)
        return -EINVAL;
    if (!ri_has_fork)
        return -ENOTSUP;
    if (!ri_is_inherited(reactor))
        return 0;
    ri_mutex_lock(&reactor->registry.sources.lock);
    drop_closed(&reactor->registry);
    error = ri_backend_after_fork(reactor->backend);
    if (error == 0)
        error = add_again(reactor);
    ri_mutex_unlock(&reactor->registry.sources.lock);
    if (error != 0)
        return error;
    atomic_store_explicit(&reactor->waiting, 0, memory_order_relaxed);
    atomic_fetch_and(&reactor->state, ~(unsigned)RI_INHERITED);
    return 0;
}
