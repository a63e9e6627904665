/* SPDX-License-Identifier: MIT */
/* kqueue(2): the queue, and its bell. The facts are in kqueue.h. */
#include "backend/kqueue.h"

#include <errno.h>
#include <fcntl.h>

const char ri_backend_name[] = "kqueue";
const uint32_t ri_backend_supported_interest =
    RI_INTEREST_ALL & ~(RI_HAVE_EXCEPT ? UINT32_C(0) : REACTOR_PRIORITY);

/* One change, made also if the answer is EINTR: fact (f). */
static int submit(struct ri_backend *backend, const struct kevent *change)
{
    return kevent(backend->queue, change, 1, NULL, 0, NULL) < 0 &&
                   errno != EINTR
               ? -errno
               : 0;
}

/* ---- The bell: fact (j) ---- */

#ifdef EVFILT_USER

static int open_bell(struct ri_backend *backend)
{
    struct kevent bell = {.filter = EVFILT_USER, .flags = EV_ADD | EV_CLEAR};

    return submit(backend, &bell);
}

static void close_bell(struct ri_backend *backend)
{
    (void)backend; /* it goes with the queue */
}

bool ri_kqueue_owns(const struct ri_backend *backend, reactor_handle handle)
{
    return handle == backend->queue;
}

static int ring(struct ri_backend *backend)
{
    struct kevent bell = {.filter = EVFILT_USER, .fflags = NOTE_TRIGGER};
    int saved = errno;
    int error = submit(backend, &bell);

    errno = saved;
    return error;
}

bool ri_kqueue_is_bell(const struct ri_backend *backend,
                       const struct kevent *event)
{
    (void)backend;
    return event->filter == EVFILT_USER;
}

void ri_kqueue_silence_bell(struct ri_backend *backend)
{
    (void)backend; /* EV_CLEAR has done it */
}

#else

static int open_bell(struct ri_backend *backend)
{
    struct kevent bell = {.filter = EVFILT_READ, .flags = EV_ADD | EV_CLEAR};
    int error = ri_doorbell_open(&backend->doorbell);

    if (error != 0)
        return error;
    bell.ident = (uintptr_t)backend->doorbell.listen;
    error = submit(backend, &bell);
    if (error != 0)
        ri_doorbell_close(&backend->doorbell);
    return error;
}

static void close_bell(struct ri_backend *backend)
{
    ri_doorbell_close(&backend->doorbell);
}

bool ri_kqueue_owns(const struct ri_backend *backend, reactor_handle handle)
{
    return handle == backend->queue || handle == backend->doorbell.listen ||
           handle == backend->doorbell.button;
}

static int ring(struct ri_backend *backend)
{
    return ri_doorbell_ring(&backend->doorbell);
}

bool ri_kqueue_is_bell(const struct ri_backend *backend,
                       const struct kevent *event)
{
    return event->ident == (uintptr_t)backend->doorbell.listen;
}

void ri_kqueue_silence_bell(struct ri_backend *backend)
{
    (void)ri_doorbell_silence(&backend->doorbell); /* the next ring is heard */
}

#endif

int ri_backend_wake(struct ri_backend *backend)
{
    int error;

    if (!ri_wake_flag_raise(&backend->wake))
        return 0;
    error = ring(backend);
    if (error != 0)
        ri_wake_flag_lower(&backend->wake);
    return error;
}

/* ---- Open, close, fork ---- */

static int open_descriptor(int *out)
{
#ifdef RI_HAVE_KQUEUE1
    *out = kqueue1(O_CLOEXEC);
    return *out < 0 ? -errno : 0;
#else
    int error;

    *out = kqueue();
    if (*out < 0)
        return -errno;
    if (fcntl(*out, F_SETFD, FD_CLOEXEC) == 0)
        return 0;
    error = -errno;
    close(*out);
    return error;
#endif
}

static int open_queue(struct ri_backend *backend)
{
    int error = open_descriptor(&backend->queue);

    if (error != 0)
        return error;
    error = open_bell(backend);
    if (error != 0) {
        close(backend->queue);
        return error;
    }
    backend->owner = getpid();
    ri_wake_flag_init(&backend->wake);
    return 0;
}

static void close_queue(struct ri_backend *backend)
{
    close_bell(backend);
    if (backend->owner == getpid()) /* fact (i) */
        close(backend->queue);
}

int ri_backend_open(struct ri_backend **out, struct ri_sources *sources)
{
    struct ri_backend *backend = ri_allocate(sizeof(*backend));
    int error;

    if (backend == NULL)
        return -ENOMEM;
    backend->sources = sources;
    error = open_queue(backend);
    if (error != 0) {
        ri_release(backend);
        return error;
    }
    *out = backend;
    return 0;
}

void ri_backend_close(struct ri_backend *backend, bool inherited)
{
    (void)inherited; /* after_fork may have opened one, and failed later */
    close_queue(backend);
    ri_release(backend);
}

reactor_handle ri_backend_handle(const struct ri_backend *backend)
{
    return backend->queue;
}

int ri_backend_after_fork(struct ri_backend *backend)
{
    struct ri_backend old = *backend;
    int error = open_queue(backend);

    if (error != 0)
        *backend = old;
    else
        close_queue(&old);
    return error;
}
