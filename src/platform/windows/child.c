/* SPDX-License-Identifier: MIT */
/*
 * The system's thread pool waits for the process, by a handle of our own: what
 * is waited for must not be closed.
 */
#include "platform/platform.h"

#include "platform/windows/windows_error.h"

#include <windows.h>

#include <errno.h>

struct watch {
    struct ri_signal_port *port;
    HANDLE process;
    HANDLE wait;
};

/* Negative handles mean the calling process and thread, and failures. */
int ri_child_check(intptr_t process)
{
    DWORD code;
    int error;

    if (process <= 0)
        return -EINVAL;
    if (GetExitCodeProcess((HANDLE)process, &code))
        return 0;
    error = ri_error_of_windows(GetLastError());
    return error == -EBADF ? -EINVAL : error;
}

int ri_child_open(intptr_t process, reactor_handle *out)
{
    (void)process;
    (void)out;
    return -ENOSYS;
}

void ri_child_close(reactor_handle handle)
{
    (void)handle;
}

/* It is short enough for the thread that waits. */
static void CALLBACK on_end(void *context, BOOLEAN is_timeout)
{
    const struct watch *watch = context;

    (void)is_timeout;
    watch->port->arrived(watch->port, ri_child_signal);
}

static int begin(struct watch *watch, intptr_t process)
{
    HANDLE self = GetCurrentProcess();
    int error;

    if (!DuplicateHandle(self, (HANDLE)process, self, &watch->process,
                         SYNCHRONIZE, FALSE, 0))
        return ri_error_of_windows(GetLastError());
    if (RegisterWaitForSingleObject(
            &watch->wait, watch->process, on_end, watch, INFINITE,
            WT_EXECUTEONLYONCE | WT_EXECUTEINWAITTHREAD))
        return 0;
    error = ri_error_of_windows(GetLastError());
    CloseHandle(watch->process);
    return error;
}

int ri_child_watch(intptr_t process, struct ri_signal_port *port, void **native)
{
    struct watch *watch = ri_allocate(sizeof(*watch));
    int error;

    if (watch == NULL)
        return -ENOMEM;
    watch->port = port;
    error = begin(watch, process);
    if (error != 0)
        ri_release(watch);
    else
        *native = watch;
    return error;
}

/* INVALID_HANDLE_VALUE means: wait for a call that is going on. */
void ri_child_unwatch(void *native)
{
    struct watch *watch = native;

    (void)UnregisterWaitEx(watch->wait, INVALID_HANDLE_VALUE);
    (void)CloseHandle(watch->process);
    ri_release(watch);
}

bool ri_child_collect(intptr_t process, struct ri_child_end *out)
{
    DWORD code = (DWORD)-1;

    if (WaitForSingleObject((HANDLE)process, 0) == WAIT_TIMEOUT)
        return false;
    (void)GetExitCodeProcess((HANDLE)process, &code);
    *out = (struct ri_child_end){.exit_code = (int)code};
    return true;
}
