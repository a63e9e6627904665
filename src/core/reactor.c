/* SPDX-License-Identifier: MIT */
/*
 * The reactor: checks what the caller said, keeps the registry, and has the
 * backend do the rest.
 */
#include <reactor.h>

#include "backend/backend.h"
#include "base/compiler.h"
#include "core/registry.h"
#include "platform/platform.h"

#include <assert.h>
#include <errno.h>

/* Bits of a reactor's state; 0 is: open, and nobody waits. */
enum state {
    WAITING = 1,   /* a thread is in a wait */
    SHUT_DOWN = 2, /* for good */
    INHERITED = 4, /* through fork(), until reactor_after_fork() */
};

struct reactor {
    _Atomic unsigned state;
    struct ri_backend *backend;
    struct ri_registry registry;
    struct reactor *next; /* in open_reactors */
    struct reactor **link;
};

/* Those that are open, for fork(); under the process lock. */
static struct reactor *open_reactors;

static unsigned state_of(const struct reactor *reactor)
{
    return atomic_load_explicit(&reactor->state, memory_order_acquire);
}

static bool is_shut_down(const struct reactor *reactor)
{
    return (state_of(reactor) & SHUT_DOWN) != 0;
}

static bool is_inherited(const struct reactor *reactor)
{
    return (state_of(reactor) & INHERITED) != 0;
}

/* ---- Fork ---- */

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

    for (reactor = open_reactors; reactor != NULL; reactor = reactor->next)
        atomic_fetch_or(&reactor->state, INHERITED);
    unlock_reactors();
}

/* ---- Open and close ---- */

static void link_reactor(struct reactor *reactor)
{
    reactor->next = open_reactors;
    reactor->link = &open_reactors;
    if (reactor->next != NULL)
        reactor->next->link = &reactor->next;
    open_reactors = reactor;
}

static void unlink_reactor(struct reactor *reactor)
{
    *reactor->link = reactor->next;
    if (reactor->next != NULL)
        reactor->next->link = reactor->link;
}

static int init(struct reactor *reactor)
{
    int64_t now = ri_clock_now_ns();
    int error;

    if (now < 0)
        return (int)now;
    error = ri_fork_watch(lock_reactors, unlock_reactors, disown_reactors);
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
        link_reactor(reactor);
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
    assert(is_inherited(reactor) || (state_of(reactor) & WAITING) == 0);
    ri_process_lock();
    unlink_reactor(reactor);
    ri_backend_close(reactor->backend, is_inherited(reactor));
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
    if (open_reactors != NULL)
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
    if (is_inherited(reactor))
        return -ECHILD;
    if (is_shut_down(reactor))
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

static int modify(struct reactor *reactor, struct ri_registration *wanted)
{
    struct ri_registration found;
    int error;

    if (!ri_registry_find(&reactor->registry, wanted->handle, &found))
        return refuse_unregistered(wanted->handle);
    wanted->index = found.index;
    wanted->generation = ri_source_next_generation(
        ri_sources_at(&reactor->registry.sources, found.index));
    error = ri_backend_modify(reactor->backend, wanted);
    if (error == 0)
        ri_registry_replace(&reactor->registry, wanted);
    return error;
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

int reactor_deregister(struct reactor *reactor, reactor_handle handle)
{
    struct ri_registration found;
    int error;

    if (reactor == NULL)
        return -EINVAL;
    if (is_inherited(reactor))
        return -ECHILD;
    error = ri_handle_check(handle);
    if (error != 0)
        return error;
    ri_mutex_lock(&reactor->registry.sources.lock);
    if (ri_registry_find(&reactor->registry, handle, &found)) {
        ri_registry_remove(&reactor->registry, &found);
        ri_backend_remove(reactor->backend, &found);
    } else {
        error = refuse_unregistered(handle);
    }
    ri_mutex_unlock(&reactor->registry.sources.lock);
    return error;
}

/* ---- Wait ---- */

/* No single wait in the kernel is longer: nothing there can overflow. */
#define LONGEST_WAIT_NS (INT64_C(24) * 60 * 60 * RI_NS_PER_S)

static int64_t time_between(int64_t now_ns, int64_t deadline_ns)
{
    if (deadline_ns <= now_ns)
        return 0;
    if (deadline_ns - now_ns > LONGEST_WAIT_NS)
        return LONGEST_WAIT_NS;
    return deadline_ns - now_ns;
}

/* The time to wait in nanoseconds, or a negative errno value. */
static int64_t time_until(int64_t deadline_ns)
{
    int64_t now = ri_clock_now_ns();

    return now < 0 ? now : time_between(now, deadline_ns);
}

/* Why a wait can't begin or go on, in the order of the contract. */
static int refusal_of(unsigned state)
{
    if (state & INHERITED)
        return -ECHILD;
    return (state & SHUT_DOWN) ? -ECANCELED : -EBUSY;
}

/*
 * The backend's wait had nothing to report, or failed, as `count` tells: goes
 * on for the time that is left. The timeout is as below.
 */
RI_NEVER_INLINE
static int wait_on(struct reactor *reactor, struct reactor_event *events,
                   int capacity, int64_t timeout_ns, int64_t deadline_ns,
                   int count)
{
    while (count == 0 || count == -EINTR) {
        if (timeout_ns > 0) {
            timeout_ns = time_until(deadline_ns);
            if (timeout_ns < 0)
                return (int)timeout_ns;
        }
        if ((count == 0 && timeout_ns == 0) || state_of(reactor) != WAITING)
            return 0;
        count = ri_backend_wait(reactor->backend, events, capacity, timeout_ns);
    }
    return count;
}

RI_NEVER_INLINE
static int refuse_wait(unsigned state)
{
    /* While a thread waits, a second one is refused for that reason. */
    return refusal_of((state & WAITING) ? state & ~(unsigned)SHUT_DOWN : state);
}

/*
 * A timeout is -1 for ever, 0 to look, or positive, and then the time that is
 * left until the deadline.
 */
static inline int wait_alone(struct reactor *reactor,
                             struct reactor_event *events, int capacity,
                             int64_t timeout_ns, int64_t deadline_ns)
{
    unsigned state = 0;
    int count;

    if (RI_UNLIKELY(!atomic_compare_exchange_strong_explicit(
            &reactor->state, &state, WAITING, memory_order_acquire,
            memory_order_acquire)))
        return refuse_wait(state);
    count = ri_backend_wait(reactor->backend, events, capacity, timeout_ns);
    if (RI_UNLIKELY(count <= 0))
        count =
            wait_on(reactor, events, capacity, timeout_ns, deadline_ns, count);
    /* A shutdown during the wait takes precedence over its events. */
    if (RI_UNLIKELY(atomic_fetch_sub_explicit(&reactor->state, WAITING,
                                              memory_order_acq_rel) != WAITING))
        return refusal_of(state_of(reactor));
    return count;
}

/*
 * A capacity of more than this is cut to what can come at once, every
 * registration and the wake; a caller may say INT_MAX who knows that to be
 * little.
 */
#define CAPACITY_TAKEN_AS_GIVEN 4096

static bool is_unusual(int capacity)
{
    return (unsigned)capacity - 1 >= CAPACITY_TAKEN_AS_GIVEN;
}

static int useful_capacity(struct reactor *reactor, int capacity)
{
    uint32_t most = ri_sources_registered(&reactor->registry.sources) + 1;

    return is_unusual(capacity) && (uint32_t)capacity > most ? (int)most
                                                             : capacity;
}

int reactor_wait_until(struct reactor *reactor, struct reactor_event *events,
                       int capacity, int64_t deadline_ns)
{
    int64_t timeout_ns = -1;

    if (reactor == NULL || events == NULL || capacity < 1)
        return -EINVAL;
    if (deadline_ns <= 0) {
        timeout_ns = 0;
    } else if (deadline_ns != REACTOR_FOREVER) {
        timeout_ns = time_until(deadline_ns);
        if (timeout_ns < 0)
            return (int)timeout_ns;
    }
    return wait_alone(reactor, events, useful_capacity(reactor, capacity),
                      timeout_ns, deadline_ns);
}

/* reactor_wait(), but for the usual case. */
RI_NEVER_INLINE
static int wait_ms(struct reactor *reactor, struct reactor_event *events,
                   int capacity, int timeout_ms)
{
    int64_t now;

    if (timeout_ms < -1)
        return -EINVAL;
    if (timeout_ms <= 0)
        return reactor_wait_until(reactor, events, capacity,
                                  timeout_ms == 0 ? 0 : REACTOR_FOREVER);
    now = ri_clock_now_ns();
    if (now < 0)
        return (int)now;
    return reactor_wait_until(reactor, events, capacity,
                              now + timeout_ms * RI_NS_PER_MS);
}

int reactor_wait(struct reactor *reactor, struct reactor_event *events,
                 int capacity, int timeout_ms)
{
    if (RI_UNLIKELY(reactor == NULL || events == NULL || is_unusual(capacity) ||
                    timeout_ms != -1))
        return wait_ms(reactor, events, capacity, timeout_ms);
    return wait_alone(reactor, events, capacity, -1, REACTOR_FOREVER);
}

/* ---- Wake, shutdown, fork ---- */

int reactor_wake(struct reactor *reactor)
{
    if (reactor == NULL)
        return -EINVAL;
    return is_inherited(reactor) ? -ECHILD : ri_backend_wake(reactor->backend);
}

int reactor_shutdown(struct reactor *reactor)
{
    if (reactor == NULL)
        return -EINVAL;
    if (is_inherited(reactor))
        return -ECHILD;
    atomic_fetch_or(&reactor->state, SHUT_DOWN);
    return ri_backend_wake(reactor->backend);
}

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
    if (!is_inherited(reactor))
        return 0;
    ri_mutex_lock(&reactor->registry.sources.lock);
    drop_closed(&reactor->registry);
    error = ri_backend_after_fork(reactor->backend);
    if (error == 0)
        error = add_again(reactor);
    ri_mutex_unlock(&reactor->registry.sources.lock);
    if (error != 0)
        return error;
    atomic_fetch_and(&reactor->state, ~((unsigned)INHERITED | WAITING));
    return 0;
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
    if (reactor == NULL || is_inherited(reactor))
        return REACTOR_INVALID_HANDLE;
    return ri_backend_handle(reactor->backend);
}

int64_t reactor_now_ns(void)
{
    return ri_clock_now_ns();
}
