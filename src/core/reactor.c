/* SPDX-License-Identifier: MIT */
/*
 * The reactor: checks what the caller said, keeps the registry, and has the
 * backend do the rest. Waiting is in wait.c, the child's side of it in fork.c.
 */
#include "core/own.h"
#include "core/reactor_state.h"
#include "platform/platform.h"

#include <assert.h>
#include <errno.h>

/* ---- Open and close ---- */

static int init(struct reactor *reactor)
{
    int64_t now = ri_clock_now_ns();
    int error;

    if (now < 0)
        return (int)now;
    error = ri_reactors_watch_fork();
    if (error != 0)
        return error;
    error = ri_registry_init(&reactor->registry);
    if (error != 0)
        return error;
    error = ri_backend_open(&reactor->backend, &reactor->registry.sources);
    if (error != 0) {
        ri_registry_destroy(&reactor->registry);
        return error;
    }
    atomic_init(&reactor->waiting, 0);
    atomic_init(&reactor->state, 0);
    return 0;
}

int reactor_open(struct reactor **out)
{
    struct reactor *reactor;
    int error;

    if (out == NULL)
        return -EINVAL;
    /* With the lock, no fork() comes between a handle and its close-on-exec. */
    ri_process_lock();
    reactor = ri_allocate(sizeof(*reactor));
    error = reactor != NULL ? init(reactor) : -ENOMEM;
    if (error == 0) {
        ri_reactors_add(reactor);
        *out = reactor;
    } else {
        ri_release(reactor);
    }
    ri_process_unlock();
    return error;
}

void reactor_close(struct reactor *reactor)
{
    if (reactor == NULL)
        return;
    assert(ri_is_inherited(reactor) || !ri_is_waiting(reactor));
    ri_process_lock();
    ri_reactors_remove(reactor);
    ri_backend_close(reactor->backend, ri_is_inherited(reactor));
    ri_registry_destroy(&reactor->registry);
    ri_release(reactor);
    ri_process_unlock();
}

int reactor_set_allocator(void *(*allocate)(size_t),
                          void *(*reallocate)(void *, size_t),
                          void (*release)(void *))
{
    int error = 0;

    if ((allocate == NULL) != (reallocate == NULL) ||
        (allocate == NULL) != (release == NULL))
        return -EINVAL;
    ri_process_lock();
    if (ri_reactors_exist())
        error = -EBUSY;
    else
        ri_set_allocator(allocate, reallocate, release);
    ri_process_unlock();
    return error;
}

/* ---- Changes ---- */

/* What register and reregister have in common, in the order of the contract. */
static int check_change(const struct reactor *reactor, reactor_handle handle,
                        uint32_t interest)
{
    if (reactor == NULL || (interest & ~(uint32_t)RI_INTEREST_ALL) != 0)
        return -EINVAL;
    if (ri_is_inherited(reactor))
        return -ECHILD;
    if (ri_is_shut_down(reactor))
        return -ECANCELED;
    if ((interest & ~ri_backend_supported_interest) != 0)
        return -ENOTSUP;
    return ri_handle_check(handle);
}

/* What to say of a handle that is not registered. */
static int refuse_unregistered(reactor_handle handle)
{
    int error = ri_handle_is_open(handle);

    return error != 0 ? error : -ENOENT;
}

static int add(struct reactor *reactor, struct ri_registration *wanted)
{
    struct ri_registration found;
    bool replaces =
        ri_registry_find(&reactor->registry, wanted->handle, &found);
    int error = ri_registry_reserve(&reactor->registry, wanted);

    if (error != 0)
        return error;
    error = ri_backend_add(reactor->backend, wanted, replaces ? &found : NULL);
    if (error != 0)
        ri_registry_give_back(&reactor->registry, wanted);
    else
        ri_registry_insert(&reactor->registry, wanted);
    return error;
}

/* Gives a registration that was found what is wanted of it. */
static int modify_found(struct reactor *reactor, struct ri_registration *wanted,
                        const struct ri_registration *found)
{
    int error;

    wanted->index = found->index;
    wanted->generation = ri_source_next_generation(
        ri_sources_at(&reactor->registry.sources, found->index));
    error = ri_backend_modify(reactor->backend, wanted);
    if (error == 0)
        ri_registry_replace(&reactor->registry, wanted);
    return error;
}

static int modify(struct reactor *reactor, struct ri_registration *wanted)
{
    struct ri_registration found;

    if (!ri_registry_find(&reactor->registry, wanted->handle, &found))
        return refuse_unregistered(wanted->handle);
    return modify_found(reactor, wanted, &found);
}

static int change(struct reactor *reactor, reactor_handle handle,
                  uint32_t interest, void *user_data,
                  int (*apply)(struct reactor *, struct ri_registration *))
{
    struct ri_registration wanted = {
        .user_data = user_data, .handle = handle, .interest = interest};
    int error = check_change(reactor, handle, interest);

    if (error != 0)
        return error;
    ri_mutex_lock(&reactor->registry.sources.lock);
    error = apply(reactor, &wanted);
    ri_mutex_unlock(&reactor->registry.sources.lock);
    return error;
}

int reactor_register(struct reactor *reactor, reactor_handle handle,
                     uint32_t interest, void *user_data)
{
    return change(reactor, handle, interest, user_data, add);
}

int reactor_reregister(struct reactor *reactor, reactor_handle handle,
                       uint32_t interest, void *user_data)
{
    return change(reactor, handle, interest, user_data, modify);
}

static void remove_found(struct reactor *reactor,
                         const struct ri_registration *found)
{
    ri_registry_remove(&reactor->registry, found);
    ri_backend_remove(reactor->backend, found);
}

int reactor_deregister(struct reactor *reactor, reactor_handle handle)
{
    struct ri_registration found;
    int error;

    if (reactor == NULL)
        return -EINVAL;
    if (ri_is_inherited(reactor))
        return -ECHILD;
    error = ri_handle_check(handle);
    if (error != 0)
        return error;
    ri_mutex_lock(&reactor->registry.sources.lock);
    if (ri_registry_find(&reactor->registry, handle, &found))
        remove_found(reactor, &found);
    else
        error = refuse_unregistered(handle);
    ri_mutex_unlock(&reactor->registry.sources.lock);
    return error;
}

/* ---- Changes of one's own ---- */

static bool find_own(struct reactor *reactor, reactor_handle handle,
                     const void *mine, struct ri_registration *out)
{
    return ri_registry_find(&reactor->registry, handle, out) &&
           out->user_data == mine;
}

int ri_reactor_reregister_own(struct reactor *reactor, reactor_handle handle,
                              uint32_t interest, void *user_data, void *mine)
{
    struct ri_registration wanted = {
        .user_data = user_data, .handle = handle, .interest = interest};
    struct ri_registration found;
    int error = check_change(reactor, handle, interest);

    if (error != 0)
        return error;
    ri_mutex_lock(&reactor->registry.sources.lock);
    error = find_own(reactor, handle, mine, &found)
                ? modify_found(reactor, &wanted, &found)
                : -ENOENT;
    ri_mutex_unlock(&reactor->registry.sources.lock);
    return error;
}

int ri_reactor_deregister_own(struct reactor *reactor, reactor_handle handle,
                              void *mine)
{
    struct ri_registration found;
    int error = 0;

    ri_mutex_lock(&reactor->registry.sources.lock);
    if (!find_own(reactor, handle, mine, &found))
        error = -ENOENT;
    else if (ri_is_inherited(reactor))
        ri_registry_remove(&reactor->registry, &found);
    else
        remove_found(reactor, &found);
    ri_mutex_unlock(&reactor->registry.sources.lock);
    return error;
}

/* ---- Wake and shutdown ---- */

int reactor_wake(struct reactor *reactor)
{
    if (reactor == NULL)
        return -EINVAL;
    return ri_is_inherited(reactor) ? -ECHILD
                                    : ri_backend_wake(reactor->backend);
}

int reactor_shutdown(struct reactor *reactor)
{
    if (reactor == NULL)
        return -EINVAL;
    if (ri_is_inherited(reactor))
        return -ECHILD;
    atomic_fetch_or(&reactor->state, RI_SHUT_DOWN);
    return ri_backend_wake(reactor->backend);
}

/* ---- Facts ---- */

uint32_t reactor_supported_interest(void)
{
    return ri_backend_supported_interest;
}

const char *reactor_backend_name(void)
{
    return ri_backend_name;
}

reactor_handle reactor_backend_handle(struct reactor *reactor)
{
    if (reactor == NULL || ri_is_inherited(reactor))
        return REACTOR_INVALID_HANDLE;
    return ri_backend_handle(reactor->backend);
}

int64_t reactor_now_ns(void)
{
    return ri_clock_now_ns();
}
