/* SPDX-License-Identifier: MIT */
/*
 * A child's end is told by a pidfd (Linux 5.3), which is readable then, or else
 * by SIGCHLD. waitid(2) tells how it ended, and of ends only; on macOS it
 * answers for stopped children as well.
 */
#include "platform/platform.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef RI_HAVE_SYS_PIDFD_OPEN
#include <sys/syscall.h>
#endif

/* With nothing to tell it succeeds, and all of *info is 0. */
static int wait_for(intptr_t process, siginfo_t *info, int options)
{
    int result;

    memset(info, 0, sizeof(*info));
    do
        result =
            waitid(P_PID, (id_t)process, info, WEXITED | WNOHANG | options);
    while (result != 0 && errno == EINTR);
    return result != 0 ? -errno : 0;
}

int ri_child_check(intptr_t process)
{
    siginfo_t info;

    if (process <= 0 || process > INT_MAX)
        return -EINVAL;
    return wait_for(process, &info, WNOWAIT);
}

bool ri_child_collect(intptr_t process, struct ri_child_end *out)
{
    siginfo_t info;

    *out = (struct ri_child_end){.exit_code = -1};
    if (wait_for(process, &info, 0) != 0)
        return true; /* the kernel or somebody else has reaped it */
    switch (info.si_code) {
    case CLD_EXITED:
        out->exit_code = info.si_status;
        return true;
    case CLD_KILLED:
    case CLD_DUMPED:
        out->signal = info.si_status;
        return true;
    default:
        return false;
    }
}

/* ---- By a handle ---- */

#ifdef RI_HAVE_SYS_PIDFD_OPEN

static int error_of_open(int error)
{
    switch (error) {
    case ENODEV: /* the kernel has no anonymous files */
        return -ENOSYS;
    case ESRCH: /* reaped, since it was found to be a child */
        return -ECHILD;
    default:
        return -error;
    }
}

int ri_child_open(intptr_t process, reactor_handle *out)
{
    long handle = syscall(SYS_pidfd_open, (pid_t)process, 0);

    if (handle < 0)
        return error_of_open(errno);
    *out = (reactor_handle)handle;
    return 0;
}

#else

/* Elsewhere it is written to. */
/* NOLINTNEXTLINE(readability-non-const-parameter) */
int ri_child_open(intptr_t process, reactor_handle *out)
{
    (void)process;
    (void)out;
    return -ENOSYS;
}

#endif

void ri_child_close(reactor_handle handle)
{
    close(handle);
}

/* ---- By a signal, which does not say whose end it is ---- */

int ri_child_watch(intptr_t process, struct ri_signal_port *port, void **native)
{
    siginfo_t info;
    int error = ri_signal_watch(SIGCHLD);

    if (error != 0)
        return error;
    *native = NULL;
    /* It may have ended before there was somebody to be told. */
    if (wait_for(process, &info, WNOWAIT) != 0 || info.si_pid != 0)
        port->arrived(port, SIGCHLD);
    return 0;
}

void ri_child_unwatch(void *native)
{
    (void)native;
    ri_signal_unwatch(SIGCHLD);
}
