/* SPDX-License-Identifier: MIT */
/*
 * Slim locks and condition variables: a pointer each, nothing to release, and
 * nothing that can fail.
 */
#include "platform/platform.h"

#include <windows.h>

#include <errno.h>
#include <process.h>

_Static_assert(sizeof(SRWLOCK) == sizeof(struct ri_mutex) &&
                   sizeof(CONDITION_VARIABLE) == sizeof(struct ri_condition),
               "both are one pointer");

static struct ri_mutex process_mutex; /* as SRWLOCK_INIT: NULL */

static SRWLOCK *lock_of(struct ri_mutex *mutex)
{
    return (SRWLOCK *)(void *)mutex;
}

static CONDITION_VARIABLE *variable_of(struct ri_condition *condition)
{
    return (CONDITION_VARIABLE *)(void *)condition;
}

int ri_mutex_init(struct ri_mutex *mutex)
{
    InitializeSRWLock(lock_of(mutex));
    return 0;
}

void ri_mutex_destroy(struct ri_mutex *mutex)
{
    (void)mutex;
}

void ri_mutex_lock(struct ri_mutex *mutex)
{
    AcquireSRWLockExclusive(lock_of(mutex));
}

void ri_mutex_unlock(struct ri_mutex *mutex)
{
    ReleaseSRWLockExclusive(lock_of(mutex));
}

int ri_condition_init(struct ri_condition *condition)
{
    InitializeConditionVariable(variable_of(condition));
    return 0;
}

void ri_condition_destroy(struct ri_condition *condition)
{
    (void)condition;
}

/* Without a timeout it can't fail. */
void ri_condition_wait(struct ri_condition *condition, struct ri_mutex *mutex)
{
    (void)SleepConditionVariableSRW(variable_of(condition), lock_of(mutex),
                                    INFINITE, 0);
}

void ri_condition_wake_one(struct ri_condition *condition)
{
    WakeConditionVariable(variable_of(condition));
}

void ri_condition_wake_all(struct ri_condition *condition)
{
    WakeAllConditionVariable(variable_of(condition));
}

void ri_process_lock(void)
{
    ri_mutex_lock(&process_mutex);
}

void ri_process_unlock(void)
{
    ri_mutex_unlock(&process_mutex);
}

/* ---- Threads ---- */

uintptr_t ri_thread_self(void)
{
    return GetCurrentThreadId();
}

void ri_thread_yield(void)
{
    (void)SwitchToThread();
}

static unsigned __stdcall run_thread(void *argument)
{
    struct ri_thread *thread = argument;

    thread->function(thread->context);
    return 0;
}

int ri_thread_start(struct ri_thread *thread, void (*function)(void *context),
                    void *context)
{
    uintptr_t handle;

    thread->function = function;
    thread->context = context;
    handle = _beginthreadex(NULL, 0, run_thread, thread, 0, NULL);
    if (handle == 0) /* EACCES says that there is not enough memory */
        return errno == EACCES ? -ENOMEM : -errno;
    thread->native = (HANDLE)handle;
    return 0;
}

void ri_thread_join(struct ri_thread *thread)
{
    (void)WaitForSingleObject(thread->native, INFINITE);
    (void)CloseHandle(thread->native);
}
