/* SPDX-License-Identifier: MIT */
/*
 * Linked into every program that ThreadSanitizer watches (cmake/develop.cmake).
 *
 * It keeps a signal back until the thread next calls a function that it knows,
 * and runs the handler at once only in those of which it knows that they wait.
 * Two gaps are closed here, each of which let a program that was asked to stop
 * wait for ever, once in some hundred times; seen up to gcc 12 and clang 14.
 *
 * 1. Where the signals are kept is made on the first wait. What comes
 *    meanwhile is lost: the handler makes a place of its own, which the
 *    thread's then replaces. Here the first thread waits before that.
 *
 * 2. It does not know epoll_pwait2(2) and io_uring_enter(2). A signal that
 *    comes just before one of them is kept until that ends by itself. Here the
 *    signals are blocked before, which hands over what was kept, and let in
 *    again by the kernel with the wait; the handler runs after it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* RTLD_NEXT, in a program of whatever standard */
#endif

#include <poll.h>
#include <signal.h>

#ifdef __linux__
#include <dlfcn.h>
#include <errno.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <sys/epoll.h>

typedef int epoll_pwait2_fn(int set, struct epoll_event *events, int room,
                            const struct timespec *timeout,
                            const sigset_t *mask);
typedef int io_uring_enter2_fn(unsigned ring, unsigned new, unsigned count,
                               unsigned flags, sigset_t *argument, size_t size);

/* Those of the C library and of liburing. */
static epoll_pwait2_fn *real_epoll_pwait2;
static io_uring_enter2_fn *real_io_uring_enter2;

static void find_waits(void)
{
    *(void **)&real_epoll_pwait2 = dlsym(RTLD_NEXT, "epoll_pwait2");
    *(void **)&real_io_uring_enter2 = dlsym(RTLD_NEXT, "io_uring_enter2");
}

static void hold_signals(sigset_t *mask)
{
    sigset_t all;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, mask);
}

static void let_signals_in(const sigset_t *mask)
{
    int saved = errno;

    (void)pthread_sigmask(SIG_SETMASK, mask, NULL);
    errno = saved;
}

epoll_pwait2_fn epoll_pwait2;
int epoll_pwait2(int set, struct epoll_event *events, int room,
                 const struct timespec *timeout, const sigset_t *mask)
{
    sigset_t before;
    int count;

    hold_signals(&before);
    count = real_epoll_pwait2(set, events, room, timeout,
                              mask != NULL ? mask : &before);
    let_signals_in(&before);
    return count;
}

io_uring_enter2_fn io_uring_enter2;
int io_uring_enter2(unsigned ring, unsigned new, unsigned count, unsigned flags,
                    sigset_t *argument, size_t size)
{
    void *wait = argument;
    struct io_uring_getevents_arg with_mask;
    sigset_t before;
    int result;

    hold_signals(&before);
    if ((flags & IORING_ENTER_EXT_ARG) != 0) {
        with_mask = *(const struct io_uring_getevents_arg *)wait;
        if (with_mask.sigmask == 0)
            with_mask.sigmask = (uint64_t)(uintptr_t)&before;
        wait = &with_mask;
    } else if (wait == NULL) {
        wait = &before;
    }
    result = real_io_uring_enter2(ring, new, count, flags, wait, size);
    let_signals_in(&before);
    return result;
}
#else
static void find_waits(void)
{
}
#endif

__attribute__((constructor)) static void prepare(void)
{
    find_waits();
    (void)poll(0, 0, 0);
}
