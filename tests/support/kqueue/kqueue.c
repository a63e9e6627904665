/* SPDX-License-Identifier: MIT */
/* kqueue(2) and kevent(2): queues, changes to their knotes, and waiting. */
#include "shim.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define NS_PER_S INT64_C(1000000000)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
struct queue *shim_queues;

/* ---- The lock ---- */

sigset_t shim_enter(void)
{
    sigset_t all;
    sigset_t before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_mutex_lock(&lock);
    return before;
}

void shim_leave(const sigset_t *before)
{
    int error = errno;

    pthread_mutex_unlock(&lock);
    pthread_sigmask(SIG_SETMASK, before, NULL);
    errno = error;
}

/* ---- Queues ---- */

struct queue *shim_find_queue(int descriptor)
{
    struct queue *queue = shim_queues;

    while (queue != NULL && queue->descriptor != descriptor)
        queue = queue->next;
    return queue;
}

static void close_if_open(int descriptor)
{
    if (descriptor >= 0)
        shim_real_close(descriptor);
}

static void release(struct queue *queue)
{
    int kind;

    for (kind = 0; kind < KINDS_OF_DESCRIPTORS; kind++)
        close_if_open(queue->sets[kind]);
    close_if_open(queue->bell);
    free(queue);
}

static void free_knotes(struct queue *queue)
{
    size_t i;
    int kind;

    for (i = 0; i < queue->row_count; i++)
        for (kind = 0; kind < KINDS_OF_DESCRIPTORS; kind++)
            free(queue->rows[i].knotes[kind]);
    free(queue->rows);
    queue->rows = NULL;
    queue->row_count = 0;
    while (queue->user_knotes != NULL) {
        struct knote *knote = queue->user_knotes;

        queue->user_knotes = knote->next;
        free(knote);
    }
    queue->line.newer = queue->line.older = &queue->line;
    queue->in_line = 0;
}

static void unlist(struct queue *queue)
{
    struct queue **link = &shim_queues;

    while (*link != queue)
        link = &(*link)->next;
    *link = queue->next;
}

void shim_close_queue(struct queue *queue)
{
    unlist(queue);
    free_knotes(queue);
    close_if_open(queue->descriptor);
    if (queue->users == 0) {
        release(queue);
        return;
    }
    queue->is_closed = true;
    shim_ring(queue);
}

void shim_close_inherited(void)
{
    while (shim_queues != NULL) {
        struct queue *queue = shim_queues;

        queue->users = 0;
        shim_close_queue(queue);
    }
}

static bool contain(struct queue *queue, int inner)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = UINT32_MAX};

    return inner >= 0 &&
           epoll_ctl(queue->descriptor, EPOLL_CTL_ADD, inner, &event) == 0;
}

/* The first descriptor is the lowest one that is free: the user's. */
static bool open_descriptors(struct queue *queue)
{
    int kind;

    queue->descriptor = epoll_create1(EPOLL_CLOEXEC);
    if (queue->descriptor < 0)
        return false;
    queue->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!contain(queue, queue->bell))
        return false;
    queue->sets[KIND_READ] = fcntl(queue->descriptor, F_DUPFD_CLOEXEC, 0);
    if (queue->sets[KIND_READ] < 0)
        return false;
    for (kind = KIND_READ + 1; kind < KINDS_OF_DESCRIPTORS; kind++) {
        queue->sets[kind] = epoll_create1(EPOLL_CLOEXEC);
        if (!contain(queue, queue->sets[kind]))
            return false;
    }
    return true;
}

static struct queue *new_queue(void)
{
    struct queue *queue = calloc(1, sizeof(*queue));
    int kind;

    if (queue == NULL)
        return NULL;
    queue->descriptor = queue->bell = -1;
    for (kind = 0; kind < KINDS_OF_DESCRIPTORS; kind++)
        queue->sets[kind] = -1;
    queue->line.newer = queue->line.older = &queue->line;
    return queue;
}

static int open_queue(int flags)
{
    struct queue *queue = new_queue();
    int error;

    if (queue == NULL)
        return -ENOMEM;
    queue->next = shim_queues;
    shim_queues = queue;
    if (!open_descriptors(queue)) {
        error = errno;
        shim_close_queue(queue);
        return -error;
    }
    if (!(flags & O_CLOEXEC))
        (void)fcntl(queue->descriptor, F_SETFD, 0);
    return queue->descriptor;
}

static int kqueue_with(int flags)
{
    sigset_t before = shim_enter();
    int descriptor = open_queue(flags);

    shim_leave(&before);
    if (descriptor >= 0)
        return descriptor;
    errno = -descriptor;
    return -1;
}

int kqueue(void)
{
    return kqueue_with(0);
}

#if KQUEUE_SHIM_HAS_KQUEUE1
int kqueue1(int flags)
{
    if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) == 0)
        return kqueue_with(flags);
    errno = EINVAL;
    return -1;
}
#endif

/* ---- Changes ---- */

static int kind_of(const struct kevent *change)
{
    switch (change->filter) {
    case EVFILT_READ:
        return KIND_READ;
    case EVFILT_WRITE:
        return KIND_WRITE;
#ifdef EVFILT_EXCEPT
    case EVFILT_EXCEPT:
        return KIND_EXCEPT;
#endif
#ifdef EVFILT_USER
    case EVFILT_USER:
        return KIND_USER;
#endif
    default:
        return -1;
    }
}

#ifdef EVFILT_USER
static void touch(struct knote *knote, const struct kevent *change)
{
    unsigned given = change->fflags & NOTE_FFLAGSMASK;

    switch (change->fflags & NOTE_FFCTRLMASK) {
    case NOTE_FFAND:
        knote->asked.fflags &= given;
        break;
    case NOTE_FFOR:
        knote->asked.fflags |= given;
        break;
    case NOTE_FFCOPY:
        knote->asked.fflags = given;
        break;
    default:
        break;
    }
    if (change->fflags & NOTE_TRIGGER)
        knote->is_triggered = true;
    if (change->flags & EV_CLEAR)
        knote->is_triggered = false;
}
#endif

/* The flags stay what they were when the knote was added. */
static void modify(struct knote *knote, const struct kevent *change)
{
    knote->asked.data = change->data;
    knote->asked.udata = change->udata;
    if (knote->kind != KIND_USER)
        knote->asked.fflags = change->fflags;
}

static bool modifies_a_knote(const struct kevent *change)
{
#if KQUEUE_SHIM_EVERY_CHANGE_MODIFIES
    (void)change;
    return true;
#else
    return (change->flags & EV_ADD) != 0;
#endif
}

static int change_knote(struct queue *queue, struct knote *knote,
                        const struct kevent *change)
{
    bool was_disabled = knote->is_disabled;
    bool modifies = modifies_a_knote(change);
    int error = 0;

    if (change->flags & EV_ENABLE)
        error = shim_enable(queue, knote);
    else if (change->flags & EV_DISABLE)
        shim_disable(queue, knote);
    if (error != 0)
        return error;
    if (modifies)
        modify(knote, change);
#ifdef EVFILT_USER
    if (knote->kind == KIND_USER)
        touch(knote, change);
#endif
    if (!knote->is_disabled &&
        (modifies || was_disabled || knote->kind == KIND_USER))
        shim_notice(queue, knote);
    return 0;
}

static int apply(struct queue *queue, const struct kevent *change)
{
    int kind = kind_of(change);
    struct knote *knote;

    if (kind < 0)
        return EINVAL;
    if (kind != KIND_USER &&
        (change->ident > INT_MAX || fcntl((int)change->ident, F_GETFD) < 0))
        return KQUEUE_SHIM_CLOSED_IS_ENOENT && !(change->flags & EV_ADD)
                   ? ENOENT
                   : EBADF;
    knote = shim_find(queue, change->ident, (enum kind)kind);
    if (knote == NULL) {
        if (!(change->flags & EV_ADD))
            return ENOENT;
        return shim_attach(queue, change, (enum kind)kind);
    }
    if (!(change->flags & EV_DELETE))
        return change_knote(queue, knote, change);
    shim_detach(queue, knote);
    return 0;
}

static bool wants_receipt(const struct kevent *change)
{
#ifdef EV_RECEIPT
    return (change->flags & EV_RECEIPT) != 0;
#else
    (void)change;
    return false;
#endif
}

/*
 * Each error and each receipt that was asked for is an event; where there is no
 * room for one, that is all. False if nothing is waited for afterwards.
 */
static bool apply_all(struct queue *queue, const struct kevent *changes,
                      size_t change_count, struct kevent *events,
                      size_t capacity, int *result)
{
    size_t told = 0;
    size_t i;

    *result = 0;
    for (i = 0; i < change_count; i++) {
        struct kevent change = changes[i]; /* it may lie where `events` does */
        int error;

        change.flags =
            (KQUEUE_SHIM_FLAGS)(change.flags & ~(unsigned)EV_SYSFLAGS);
        error = apply(queue, &change);
        if (error == 0 && !wants_receipt(&change))
            continue;
        if (told == capacity) {
            errno = error;
            *result = error == 0 ? 0 : -1;
            return false;
        }
        events[told] = change;
        events[told].flags = EV_ERROR;
        events[told].data = error;
        told++;
    }
    *result = (int)told;
    return told == 0;
}

/* ---- Events ---- */

static void taken(struct queue *queue, struct knote *knote)
{
    unsigned flags = knote->asked.flags;
    bool is_level = true;

    if (flags & EV_ONESHOT) {
        shim_detach(queue, knote);
        return;
    }
#ifdef EV_DISPATCH
    if (flags & EV_DISPATCH) {
        shim_disable(queue, knote);
        is_level = false;
    }
#endif
    if (flags & EV_CLEAR) {
        knote->is_triggered = false;
        is_level = false;
    }
    if (is_level)
        shim_put_last(queue, knote);
}

/* A oneshot knote is not looked at again: it reports what it was noticed for.
 */
static bool report(const struct knote *knote, struct kevent *out)
{
    if (knote->is_disabled)
        return false;
    if (!(knote->asked.flags & EV_ONESHOT))
        return shim_look(knote, out);
    *out = knote->found;
    out->udata = knote->asked.udata;
    return true;
}

static size_t scan(struct queue *queue, struct kevent *events, size_t capacity)
{
    int left = queue->in_line;
    size_t count = 0;

    for (; left > 0 && count < capacity; left--) {
        struct knote *knote = queue->line.newer;

        shim_take_out(queue, knote);
        if (report(knote, &events[count])) {
            count++;
            taken(queue, knote);
        }
    }
    return count;
}

/* ---- Waiting ---- */

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* INT64_MAX: for ever. */
static int64_t deadline_of(const struct timespec *timeout)
{
    if (timeout == NULL || timeout->tv_sec > INT64_MAX / NS_PER_S / 2)
        return INT64_MAX;
    if (timeout->tv_sec == 0 && timeout->tv_nsec == 0)
        return 0;
    return now_ns() + timeout->tv_sec * NS_PER_S + timeout->tv_nsec;
}

static bool is_valid(const struct timespec *timeout)
{
    return timeout == NULL || (timeout->tv_sec >= 0 && timeout->tv_nsec >= 0 &&
                               timeout->tv_nsec < NS_PER_S);
}

/* Without the lock meanwhile. 0, or -1 with errno. */
static int sleep_until(struct queue *queue, int64_t deadline, sigset_t *before)
{
    struct pollfd asked = {.fd = queue->sets[KIND_READ], .events = POLLIN};
    int64_t left = deadline == INT64_MAX ? 0 : deadline - now_ns();
    struct timespec rest = {.tv_sec = (time_t)(left / NS_PER_S),
                            .tv_nsec = (long)(left % NS_PER_S)};
    int result;

    if (left < 0)
        return 0;
    shim_leave(before);
    result = ppoll(&asked, 1, deadline == INT64_MAX ? NULL : &rest, NULL);
    *before = shim_enter();
    if (result < 0)
        return -1;
    if (!queue->is_closed)
        return 0;
    errno = EBADF;
    return -1;
}

static int collect(struct queue *queue, struct kevent *events, size_t capacity,
                   const struct timespec *timeout, sigset_t *before)
{
    int64_t deadline;

    if (capacity == 0)
        return 0;
    if (!is_valid(timeout)) {
        errno = EINVAL;
        return -1;
    }
    deadline = deadline_of(timeout);
    for (;;) {
        bool is_last = deadline != INT64_MAX && deadline <= now_ns();
        size_t count;

        shim_harvest(queue);
        count = scan(queue, events, capacity);
        shim_ring(queue);
        if (count > 0 || is_last)
            return (int)count;
        if (sleep_until(queue, deadline, before) != 0)
            return -1;
    }
}

int kevent(int descriptor, const struct kevent *changes,
           KQUEUE_SHIM_COUNT change_count, struct kevent *events,
           KQUEUE_SHIM_COUNT capacity, const struct timespec *timeout)
{
    sigset_t before = shim_enter();
    struct queue *queue = shim_find_queue(descriptor);
    int result = -1;

    if (queue == NULL) {
        shim_leave(&before);
        errno = EBADF;
        return -1;
    }
    queue->users++;
    if (apply_all(queue, changes, (size_t)change_count, events,
                  (size_t)capacity, &result)) {
        shim_ring(queue);
        result = collect(queue, events, (size_t)capacity, timeout, &before);
    } else {
        shim_ring(queue);
    }
    queue->users--;
    if (queue->is_closed && queue->users == 0)
        release(queue);
    shim_leave(&before);
    return result;
}
