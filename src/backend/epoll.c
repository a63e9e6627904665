/* SPDX-License-Identifier: MIT */
/*
 * epoll(7): Linux. What the kernel does, and what follows from it:
 *
 * (a) close(2) ends a registration only when the last duplicate of the
 *     descriptor is gone. Until then events go on arriving, and EPOLL_CTL_DEL
 *     by the closed number answers EBADF: a ghost. Its token is stale; when
 *     ghosts keep reporting, the set is replaced by a new one.
 * (b) EPOLL_CTL_ADD is what knows whether an object is registered: EEXIST if it
 *     is; success while we have a record of the same number means that the
 *     number was closed and used again. MOD and DEL then answer ENOENT.
 * (c) EPOLLHUP and EPOLLERR are reported whatever was asked for. A silent
 *     registration is one with EPOLLONESHOT and no events: at most one stray
 *     report, and ADD still answers EEXIST.
 * (d) EPOLLRDHUP is asked for with EPOLLIN only: a level-triggered interest in
 *     writing would report it for ever.
 * (e) MOD looks at readiness anew, also for an edge that was reported before.
 * (f) Reported level-triggered sources go to the end of the ready list, so that
 *     small batches stay fair; within one call none is reported twice. Two
 *     calls for one batch could, therefore there is one, with as much room as
 *     there can be events: the registrations and the doorbell.
 * (g) The doorbell is an edge-triggered eventfd(2) that is never read. A write
 *     that would overflow its counter fails with EAGAIN and makes no edge;
 *     reading it and writing again does.
 * (h) epoll_pwait2(2) takes nanoseconds: Linux 5.11. Old kernels and valgrind
 *     answer ENOSYS, some seccomp filters EPERM; then it is milliseconds,
 *     rounded up.
 * (i) A registration belongs to the set, not to the process: a child of fork(2)
 *     that changed or waited on the inherited set would disturb the parent.
 * (j) EPOLLIN, EPOLLPRI and EPOLLOUT are the lowest three bits, on every
 *     architecture.
 */
#include "backend/backend.h"
#include "base/compiler.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

const char ri_backend_name[] = "epoll";
const uint32_t ri_backend_supported_interest = RI_INTEREST_ALL;

/* No source's: the first one is nobody's, and has no generation. */
#define DOORBELL_TOKEN UINT64_C(1)
#define SILENT         ((uint32_t)EPOLLONESHOT) /* fact (c) */

/* So many reports of ghosts are put up with before the set is replaced. */
#define GHOST_REPORTS_MAX 8

struct ri_backend {
    struct ri_sources *sources;
    int set;
    int doorbell;
    _Atomic bool rung; /* a wake that was not delivered yet */
    /* The waiting thread's: */
    bool has_pwait2;        /* fact (h) */
    bool has_stale;         /* the batch has stale events */
    unsigned ghost_reports; /* fact (a) */
    uint32_t ghost_changes; /* the count of changes that they came after */
};

/* ---- Translation ---- */

static uint32_t events_of(uint32_t interest)
{
    uint32_t events = 0;

    if ((interest & RI_INTEREST_READINESS) == 0)
        return SILENT;
    if (interest & REACTOR_READABLE)
        events |= EPOLLIN | EPOLLRDHUP; /* fact (d) */
    if (interest & REACTOR_WRITABLE)
        events |= EPOLLOUT;
    if (interest & REACTOR_PRIORITY)
        events |= EPOLLPRI;
    if (interest & REACTOR_EDGE)
        events |= EPOLLET;
    if (interest & REACTOR_ONESHOT)
        events |= EPOLLONESHOT;
    return events;
}

static uint32_t readiness_of(uint32_t events, uint32_t interest)
{
    uint32_t readiness = 0;

    if ((interest & RI_INTEREST_READINESS) == 0) /* fact (c) */
        return 0;
    if (events & EPOLLIN)
        readiness |= REACTOR_READABLE;
    if (events & EPOLLOUT)
        readiness |= REACTOR_WRITABLE;
    if (events & EPOLLPRI)
        readiness |= REACTOR_PRIORITY;
    if (events & EPOLLRDHUP)
        readiness |= REACTOR_READ_CLOSED;
    if (events & EPOLLHUP)
        readiness |= REACTOR_READ_CLOSED | REACTOR_WRITE_CLOSED;
    if (events & EPOLLERR)
        readiness |= REACTOR_ERROR;
    return ri_readiness_complete(readiness, interest);
}

/* readiness_of() events that tell of nothing but what was asked for. */
#define PLAIN_EVENTS 8
static const uint8_t plain_readiness[PLAIN_EVENTS] = {
    [EPOLLIN] = REACTOR_READABLE,
    [EPOLLOUT] = REACTOR_WRITABLE,
    [EPOLLIN | EPOLLOUT] = REACTOR_READABLE | REACTOR_WRITABLE,
    [EPOLLPRI] = REACTOR_PRIORITY,
    [EPOLLPRI | EPOLLIN] = REACTOR_PRIORITY | REACTOR_READABLE,
    [EPOLLPRI | EPOLLOUT] = REACTOR_PRIORITY | REACTOR_WRITABLE,
    [EPOLLPRI | EPOLLIN | EPOLLOUT] =
        REACTOR_PRIORITY | REACTOR_READABLE | REACTOR_WRITABLE,
};

/* ---- Tokens ---- */

/*
 * Index and generation; and a bit that no generation has says that events are
 * not plain: those of a oneshot are not, as the source has to be disarmed.
 */
#define NOT_PLAIN RI_GENERATION_SPARE_BIT

static uint64_t token_of(const struct ri_registration *registration)
{
    uint32_t generation = registration->generation;

    if (registration->interest & REACTOR_ONESHOT)
        generation |= NOT_PLAIN;
    return (uint64_t)registration->index << 32 | generation;
}

static uint32_t index_in(uint64_t token)
{
    return (uint32_t)(token >> 32);
}

static uint32_t generation_in(uint64_t token)
{
    return (uint32_t)token & ~NOT_PLAIN;
}

/* ---- The set ---- */

static int control(int set, int operation, int handle, uint32_t events,
                   uint64_t token)
{
    struct epoll_event event = {.events = events, .data = {.u64 = token}};

    return epoll_ctl(set, operation, handle, &event) != 0 ? -errno : 0;
}

static int open_set(int doorbell, int *out)
{
    int set = epoll_create1(EPOLL_CLOEXEC);
    int error;

    if (set < 0)
        return -errno;
    error = control(set, EPOLL_CTL_ADD, doorbell, EPOLLIN | EPOLLET,
                    DOORBELL_TOKEN);
    if (error != 0) {
        close(set);
        return error;
    }
    *out = set;
    return 0;
}

static int open_pair(int *set, int *doorbell)
{
    int bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int error;

    if (bell < 0)
        return -errno;
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
    atomic_init(&backend->rung, false);
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
    atomic_store_explicit(&backend->rung, false, memory_order_relaxed);
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
    (void)control(backend->set, EPOLL_CTL_DEL, retired->handle, 0, 0);
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

static int exorcise(struct ri_backend *backend)
{
    int error;

    ri_mutex_lock(&backend->sources->lock);
    error = replace_set(backend);
    ri_mutex_unlock(&backend->sources->lock);
    return error;
}

/*
 * Called for a batch with stale events. A change that is made while the batch
 * is on its way makes its event stale, once; with no change since the last
 * stale batch, this one was a ghost's.
 */
static int suspect_ghost(struct ri_backend *backend)
{
    uint32_t changes = ri_sources_changes(backend->sources);

    backend->has_stale = false;
    if (changes != backend->ghost_changes) {
        backend->ghost_changes = changes;
        backend->ghost_reports = 0;
    }
    if (backend->ghost_reports < GHOST_REPORTS_MAX) {
        backend->ghost_reports++;
        return 0;
    }
    return exorcise(backend);
}

/* ---- Wait ---- */

static int milliseconds_of(int64_t timeout_ns)
{
    return (int)((timeout_ns + RI_NS_PER_MS - 1) / RI_NS_PER_MS);
}

/* A wait that ends by itself is not where speed is looked for. */
RI_NEVER_INLINE
static int wait_timed(struct ri_backend *backend, struct epoll_event *events,
                      int room, int64_t timeout_ns)
{
#ifdef RI_HAVE_EPOLL_PWAIT2
    if (backend->has_pwait2) {
        struct timespec timeout = {.tv_sec = (time_t)(timeout_ns / RI_NS_PER_S),
                                   .tv_nsec = (long)(timeout_ns % RI_NS_PER_S)};
        int count = epoll_pwait2(backend->set, events, room, &timeout, NULL);

        if (count >= 0 || (errno != ENOSYS && errno != EPERM))
            return count;
        backend->has_pwait2 = false; /* fact (h) */
    }
#endif
    return epoll_wait(backend->set, events, room, milliseconds_of(timeout_ns));
}

static inline int wait_in_kernel(struct ri_backend *backend,
                                 struct epoll_event *events, int room,
                                 int64_t timeout_ns)
{
    if (RI_UNLIKELY(timeout_ns > 0))
        return wait_timed(backend, events, room, timeout_ns);
    return epoll_wait(backend->set, events, room, (int)timeout_ns);
}

/* The doorbell may be heard without having been rung: when it is added anew. */
static bool translate_doorbell(struct ri_backend *backend,
                               struct reactor_event *out)
{
    out->user_data = NULL;
    out->handle = REACTOR_INVALID_HANDLE;
    out->readiness = REACTOR_WAKE;
    /* Not a plain store: it takes over what those who rang have written. */
    return atomic_exchange_explicit(&backend->rung, false,
                                    memory_order_acq_rel);
}

/*
 * A batch lies in the end of the caller's array, where the kernel wrote it, and
 * is translated from front to back: what lies before an event is at least as
 * large as it, so none is overwritten before it was read. This saves a buffer
 * that would have to grow with the registrations (fact (f)). The kernel's
 * events may be unaligned there, hence memcpy.
 */
#define EVENT_SIZE sizeof(struct epoll_event)

static uint32_t events_at(const char *place)
{
    uint32_t events;

    memcpy(&events, place + offsetof(struct epoll_event, events),
           sizeof(events));
    return events;
}

static uint64_t token_at(const char *place)
{
    uint64_t token;

    memcpy(&token, place + offsetof(struct epoll_event, data), sizeof(token));
    return token;
}

/*
 * The usual event: plain, and current. False if it is something else, and
 * nothing was done. The generation is compared with the spare bit as it is: an
 * event that is not plain looks stale.
 */
static inline bool translate_plain(struct ri_sources *sources,
                                   const char *place, struct reactor_event *out)
{
    uint32_t events = events_at(place);
    uint64_t token = token_at(place);

    if (RI_UNLIKELY(events >= PLAIN_EVENTS) ||
        RI_UNLIKELY(!ri_source_read(ri_sources_at(sources, index_in(token)),
                                    (uint32_t)token, out, NULL)))
        return false;
    out->readiness = plain_readiness[events];
    return true;
}

/* Any event; false if there is nothing to report. */
static bool translate(struct ri_backend *backend, const char *place,
                      struct reactor_event *out)
{
    uint32_t events = events_at(place);
    uint64_t token = token_at(place);
    uint32_t generation = generation_in(token);
    struct ri_source *source;
    uint32_t interest;

    if (token == DOORBELL_TOKEN)
        return translate_doorbell(backend, out);
    source = ri_sources_at(backend->sources, index_in(token));
    if (!ri_source_read(source, generation, out, &interest)) {
        /* It may be newer than what is published, its change in progress. */
        ri_sources_settle(backend->sources);
        if (!ri_source_read(source, generation, out, &interest)) {
            backend->has_stale = true;
            return false;
        }
    }
    out->readiness = readiness_of(events, interest);
    if (interest & REACTOR_ONESHOT) {
        if (ri_source_is_disarmed(source)) /* the stray report of fact (c) */
            return false;
        ri_source_disarm(source, generation);
    }
    return out->readiness != 0;
}

/*
 * The `left` last events of a batch, the first of which is not plain; `filled`
 * are translated.
 */
RI_NEVER_INLINE
static int translate_rest(struct ri_backend *backend, const char *place,
                          int left, struct reactor_event *out, int filled)
{
    int error;

    for (; left > 0; left--, place += EVENT_SIZE) {
        if (translate(backend, place, out)) {
            filled++;
            out++;
        }
    }
    error = backend->has_stale ? suspect_ghost(backend) : 0;
    if (filled > 0)
        return filled;
    return error != 0 ? error : -EINTR;
}

static inline int translate_all(struct ri_backend *backend, const char *place,
                                int count, struct reactor_event *out)
{
    struct ri_sources *sources = backend->sources;
    int left;

    if (RI_UNLIKELY(count <= 0))
        return count < 0 ? -errno : 0;
    for (left = count; left > 0; left--) {
        if (!translate_plain(sources, place, out))
            return translate_rest(backend, place, left, out, count - left);
        place += EVENT_SIZE;
        out++;
    }
    return count;
}

/*
 * Where events are larger than ours (32-bit machines that align 64-bit
 * integers), fewer fit.
 */
RI_NEVER_INLINE
static int wait_for_fewer(struct ri_backend *backend,
                          struct reactor_event *events, int capacity,
                          int64_t timeout_ns)
{
    struct epoll_event single = {.events = 0};
    int room = (int)((size_t)capacity * sizeof(*events) / EVENT_SIZE);
    void *place = room > 0 ? (void *)events : &single;
    int count = wait_in_kernel(backend, place, room > 0 ? room : 1, timeout_ns);

    return translate_all(backend, place, count, events);
}

int ri_backend_wait(struct ri_backend *backend, struct reactor_event *events,
                    int capacity, int64_t timeout_ns)
{
    char *place = (char *)(events + capacity) - (size_t)capacity * EVENT_SIZE;
    int count;

    if (EVENT_SIZE > sizeof(*events))
        return wait_for_fewer(backend, events, capacity, timeout_ns);
    count = wait_in_kernel(backend, (void *)place, capacity, timeout_ns);
    return translate_all(backend, place, count, events);
}

int ri_backend_wake(struct ri_backend *backend)
{
    const uint64_t one = 1;
    uint64_t total;
    int saved = errno;
    int error = 0;

    if (atomic_exchange_explicit(&backend->rung, true, memory_order_acq_rel))
        return 0;
    while (write(backend->doorbell, &one, sizeof(one)) < 0) {
        /* Fact (g): a counter that is full has to be emptied for an edge. */
        if (errno == EINTR ||
            (errno == EAGAIN &&
             read(backend->doorbell, &total, sizeof(total)) >= 0))
            continue;
        error = -errno;
        atomic_store_explicit(&backend->rung, false, memory_order_relaxed);
        break;
    }
    errno = saved;
    return error;
}
