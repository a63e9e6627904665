/* SPDX-License-Identifier: MIT */
/*
 * Locking, unlocking and waiting can fail only for reasons that the caller
 * rules out (an uninitialised mutex, one that is not held), so they are
 * asserted and return nothing.
 */
#include "platform/platform.h"

#include <assert.h>
#include <sched.h>
#include <signal.h>

static struct ri_mutex process_mutex = {PTHREAD_MUTEX_INITIALIZER};

static void expect_success(int error)
{
    assert(error == 0);
    (void)error;
}

int ri_mutex_init(struct ri_mutex *mutex)
{
    return -pthread_mutex_init(&mutex->native, NULL);
}

void ri_mutex_destroy(struct ri_mutex *mutex)
{
    /* EBUSY in a child of fork() whose parent had other threads inside. */
    (void)pthread_mutex_destroy(&mutex->native);
}

void ri_mutex_lock(struct ri_mutex *mutex)
{
    expect_success(pthread_mutex_lock(&mutex->native));
}

void ri_mutex_unlock(struct ri_mutex *mutex)
{
    expect_success(pthread_mutex_unlock(&mutex->native));
}

int ri_condition_init(struct ri_condition *condition)
{
    return -pthread_cond_init(&condition->native, NULL);
}

void ri_condition_destroy(struct ri_condition *condition)
{
    expect_success(pthread_cond_destroy(&condition->native));
}

void ri_condition_wait(struct ri_condition *condition, struct ri_mutex *mutex)
{
    expect_success(pthread_cond_wait(&condition->native, &mutex->native));
}

void ri_condition_wake_one(struct ri_condition *condition)
{
    expect_success(pthread_cond_signal(&condition->native));
}

void ri_condition_wake_all(struct ri_condition *condition)
{
    expect_success(pthread_cond_broadcast(&condition->native));
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

/* pthread_t is an integer or a pointer wherever this library is built. */
uintptr_t ri_thread_self(void)
{
    return (uintptr_t)pthread_self();
}

void ri_thread_yield(void)
{
    (void)sched_yield();
}

static void *run_thread(void *argument)
{
    struct ri_thread *thread = argument;

    thread->function(thread->context);
    return NULL;
}

int ri_thread_start(struct ri_thread *thread, void (*function)(void *context),
                    void *context)
{
    sigset_t all;
    sigset_t before;
    int error;

    thread->function = function;
    thread->context = context;
    sigfillset(&all);
    expect_success(pthread_sigmask(SIG_SETMASK, &all, &before));
    error = pthread_create(&thread->native, NULL, run_thread, thread);
    expect_success(pthread_sigmask(SIG_SETMASK, &before, NULL));
    return -error;
}

void ri_thread_join(struct ri_thread *thread)
{
    expect_success(pthread_join(thread->native, NULL));
}
