/* SPDX-License-Identifier: MIT */
/* epoll(7): the set, and every change of it. The facts are in epoll.h. */
#include "backend/epoll.h"
#include "backend/eventfd.h"
#include "backend/poll_events.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

const char ri_backend_name[] = "epoll";
const uint32_t ri_backend_supported_interest = RI_INTEREST_ALL;

#define SILENT ((uint32_t)EPOLLONESHOT) /* fact (c) */

_Static_assert(EPOLLIN == POLLIN && EPOLLPRI == POLLPRI &&
                   EPOLLOUT == POLLOUT && EPOLLERR == POLLERR &&
                   EPOLLHUP == POLLHUP && EPOLLRDHUP == POLLRDHUP,
               "fact (d)");

static uint32_t events_of(uint32_t interest)
{
    uint32_t events = ri_poll_events_of(interest); /* fact (d) */

    if ((interest & RI_INTEREST_READINESS) == 0)
        return SILENT;
    if (interest & REACTOR_EDGE)
        events |= EPOLLET;
    if (interest & REACTOR_ONESHOT)
        events |= EPOLLONESHOT;
    return events;
}

static struct ri_token token_of(const struct ri_registration *registration)
{
    struct ri_token token = ri_token_of(registration);

    if (registration->interest & REACTOR_ONESHOT)
        token.generation |= RI_EPOLL_NOT_PLAIN;
    return token;
}

/* ---- The set ---- */

static int control(int set, int operation, int handle, uint32_t events,
                   struct ri_token token)
{
    struct epoll_event event = {.events = events};

    _Static_assert(sizeof(token) == sizeof(event.data), "a token fits");
    memcpy(&event.data, &token, sizeof(token));
    return epoll_ctl(set, operation, handle, &event) != 0 ? -errno : 0;
}

static int open_set(int doorbell, int *out)
{
    int set = epoll_create1(EPOLL_CLOEXEC);
    int error;

    if (set < 0)
        return -errno;
    error = control(set, EPOLL_CTL_ADD, doorbell, EPOLLIN | EPOLLET,
                    RI_TOKEN_NOBODYS);
    if (error != 0) {
        close(set);
        return error;
    }
    *out = set;
    return 0;
}

static int open_pair(int *set, int *doorbell)
{
    int bell = -1;
    int error = ri_eventfd_open(&bell);

    if (error != 0)
        return error;
    error = open_set(bell, set);
    if (error != 0) {
        close(bell);
        return error;
    }
    *doorbell = bell;
    return 0;
}

int ri_backend_open(struct ri_backend **out, struct ri_sources *sources)
{
    struct ri_backend *backend = ri_allocate(sizeof(*backend));
    int error;

    if (backend == NULL)
        return -ENOMEM;
    error = open_pair(&backend->set, &backend->doorbell);
    if (error != 0) {
        ri_release(backend);
        return error;
    }
    backend->sources = sources;
    backend->has_pwait2 = true;
    backend->has_stale = false;
    backend->ghost_reports = 0;
    backend->ghost_changes = 0;
    ri_wake_flag_init(&backend->wake);
    *out = backend;
    return 0;
}

static void close_pair(struct ri_backend *backend)
{
    close(backend->set);
    close(backend->doorbell);
}

void ri_backend_close(struct ri_backend *backend, bool inherited)
{
    (void)inherited;
    close_pair(backend);
    ri_release(backend);
}

reactor_handle ri_backend_handle(const struct ri_backend *backend)
{
    return backend->set;
}

int ri_backend_after_fork(struct ri_backend *backend)
{
    int set = -1;
    int doorbell = -1;
    int error = open_pair(&set, &doorbell); /* fact (i) */

    if (error != 0)
        return error;
    close_pair(backend);
    backend->set = set;
    backend->doorbell = doorbell;
    backend->ghost_reports = 0;
    ri_wake_flag_lower(&backend->wake);
    return 0;
}

/* ---- Changes ---- */

int ri_backend_add(struct ri_backend *backend,
                   const struct ri_registration *wanted,
                   const struct ri_registration *replaced)
{
    int error = control(backend->set, EPOLL_CTL_ADD, wanted->handle,
                        events_of(wanted->interest), token_of(wanted));

    if (error != -EEXIST || replaced != NULL)
        return error;
    if (wanted->handle == backend->doorbell)
        return -EINVAL;
    /* Facts (a) and (b): known to the kernel, not to us, is a ghost come back.
     */
    return ri_backend_modify(backend, wanted);
}

int ri_backend_modify(struct ri_backend *backend,
                      const struct ri_registration *wanted)
{
    int error = control(backend->set, EPOLL_CTL_MOD, wanted->handle,
                        events_of(wanted->interest), token_of(wanted));

    /* What was registered could be waited for: the number is a file's now. */
    return error == -EPERM ? -ENOENT : error;
}

void ri_backend_remove(struct ri_backend *backend,
                       const struct ri_registration *retired)
{
    /* It fails for a handle that was closed; what is left then is a ghost. */
    (void)control(backend->set, EPOLL_CTL_DEL, retired->handle, 0,
                  token_of(retired));
}

/* ---- Wake ---- */

int ri_backend_wake(struct ri_backend *backend)
{
    return ri_eventfd_wake(&backend->wake, backend->doorbell);
}

/* ---- Ghosts: fact (a) ---- */

/*
 * Registers in `set` what is registered in the present one. A record whose
 * handle was closed is left out: its number may be somebody else's by now, and
 * only the present set can tell.
 */
static int copy_registrations(struct ri_backend *backend, int set)
{
    struct ri_source *source;
    uint32_t index = 0;

    while ((source = ri_sources_next(backend->sources, &index)) != NULL) {
        struct ri_registration copy =
            ri_sources_registration(backend->sources, index++);
        int error;

        if (ri_source_is_disarmed(source))
            copy.interest = 0;
        error = ri_backend_modify(backend, &copy);
        if (error == 0)
            error = control(set, EPOLL_CTL_ADD, copy.handle,
                            events_of(copy.interest), token_of(&copy));
        if (error != 0 && error != -EBADF && error != -ENOENT)
            return error;
    }
    return 0;
}

/* The new set takes over the number of the old. */
static int replace_set(struct ri_backend *backend)
{
    int set = -1;
    int error = open_set(backend->doorbell, &set);

    if (error != 0)
        return error;
    error = copy_registrations(backend, set);
    if (error == 0 && dup3(set, backend->set, O_CLOEXEC) < 0)
        error = -errno;
    close(set);
    if (error == 0)
        backend->ghost_reports = 0;
    return error;
}

int ri_epoll_exorcise(struct ri_backend *backend)
{
    int error;

    ri_mutex_lock(&backend->sources->lock);
    error = replace_set(backend);
    ri_mutex_unlock(&backend->sources->lock);
    return error;
}
