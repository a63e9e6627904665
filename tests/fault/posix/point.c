/* SPDX-License-Identifier: MIT */
#include "fault/point.h"

#include "support/claim.h"
#include "support/handles.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool is_each_another(void)
{
    return point.call == FAULT_allocate || point.call == FAULT_pthread_create;
}

/* ---- What a fault may do to a step ---- */

bool must_cope(void)
{
    switch ((int)point.call) {
    case FAULT_close: /* on Linux the handle is gone in any case */
    case FAULT_stat:  /* without it the null device is not recognised */
        return true;
    case FAULT_epoll_pwait2: /* ENOSYS or EPERM: then there is epoll_wait() */
        return point.error == ENOSYS || point.error == EPERM ||
               point.error == EINTR;
    case FAULT_read:  /* EAGAIN: what is empty has been silenced, */
    case FAULT_write: /* and what is full has rung already */
        return point.error == EAGAIN || point.error == EINTR;
    case FAULT_syscall: /* without handles for children there is SIGCHLD */
        return point.error == ENOSYS || point.error == EPERM ||
               point.error == ENODEV;
    default:
        return point.error == EINTR;
    }
}

bool must_refuse(void)
{
    switch ((int)point.call) {
    case FAULT_eventfd:
    case FAULT_pipe:
    case FAULT_pipe2:
    case FAULT_pthread_atfork:
    case FAULT_pthread_cond_init:
    case FAULT_pthread_create:
    case FAULT_pthread_mutex_init:
        return true;
    default:
        return false;
    }
}

/*
 * The very error, or that nothing is registered: what the kernel knows but
 * won't change is another object by now. A child that isn't there is none.
 */
bool is_answer(int result)
{
    if (result == -ENOENT && point.call == FAULT_epoll_ctl)
        return true;
    if (point.call == FAULT_syscall && point.error == ESRCH)
        return result == -ECHILD;
    if (point.call == FAULT_pthread_key_create)
        return result == -ENOMEM; /* EAGAIN: there are no more of them */
    return result == -point.error;
}

bool is_lie(void)
{
    return (point.call == FAULT_epoll_ctl || point.call == FAULT_fstat ||
            point.call == FAULT_fcntl) &&
           (point.error == EBADF || point.error == ENOENT ||
            point.error == EPERM);
}

/* What is refused late by a ring is for fault/io_uring.c. */
bool is_refused_late(const struct reactor_event *event)
{
    (void)event;
    return false;
}

bool may_report_less(void)
{
    if (point.call == FAULT_poll) /* what it asks is the other direction */
        return strcmp(reactor_backend_name(), "kqueue") == 0;
    return point.error == FAULT_SHORT || point.call == FAULT_kevent ||
           point.call == FAULT_io_uring_enter2;
}

bool may_take_for_pollable(void)
{
    return point.call == FAULT_stat; /* which tells what the null device is */
}

/*
 * A bell that can't be rung does not make the other thread let go, and a ring
 * that can't be entered does not let go itself.
 */
bool may_keep_open(void)
{
    return point.call == FAULT_write || point.call == FAULT_io_uring_enter2;
}

bool is_vital_to_net(void)
{
    return false;
}

/* Where accept(2) does not make it ours. */
bool may_lose_accepted(void)
{
    return point.call == FAULT_fcntl;
}

/* Memory and handles are counted elsewhere. */
bool owes_nothing(void)
{
    return fault_threads() == 0;
}

/* ---- What scenarios need of the system ---- */

const unsigned chunks_to_fill = 8;

unsigned count_waits(void)
{
    return fault_count(FAULT_epoll_wait) + fault_count(FAULT_ppoll) +
           fault_count(FAULT_poll) + fault_count(FAULT_io_uring_enter2) +
           fault_count(FAULT_kevent);
}

bool deny_newest_wait(unsigned nth)
{
    static const int errors[] = {ENOSYS, EPERM};

    if (nth >= COUNT_OF(errors))
        return false;
    fault_deny(FAULT_epoll_pwait2, errors[nth]);
    return true;
}

/* An eventfd takes its largest number once. */
void fill_bell(reactor_handle handle)
{
    const uint64_t most = UINT64_MAX - 1;
    struct stat status;

    assert_ok(fstat(handle, &status));
    if (!S_ISFIFO(status.st_mode))
        (void)!write(handle, &most, sizeof(most));
    else if ((fcntl(handle, F_GETFL) & O_ACCMODE) == O_WRONLY)
        fill(handle);
}
