/* SPDX-License-Identifier: MIT */
#include "support/thread.h"

#include "support/claim.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define SMALL_STACK_BYTES 65536

struct thread {
    pthread_t native;
    int (*run)(void *context);
    void *context;
    int result;
};

static void *run(void *argument)
{
    struct thread *thread = argument;

    thread->result = thread->run(thread->context);
    return NULL;
}

static struct thread *start(int (*function)(void *), void *context,
                            const pthread_attr_t *attributes)
{
    struct thread *thread = malloc(sizeof(*thread));

    assert_non_null(thread);
    thread->run = function;
    thread->context = context;
    assert_ok(pthread_create(&thread->native, attributes, run, thread));
    return thread;
}

struct thread *thread_start(int (*function)(void *), void *context)
{
    return start(function, context, NULL);
}

struct thread *thread_start_small(int (*function)(void *), void *context)
{
    pthread_attr_t attributes;
    struct thread *thread;

    assert_ok(pthread_attr_init(&attributes));
    assert_ok(pthread_attr_setstacksize(&attributes, SMALL_STACK_BYTES));
    thread = start(function, context, &attributes);
    pthread_attr_destroy(&attributes);
    return thread;
}

int thread_join(struct thread *thread)
{
    int result;

    assert_ok(pthread_join(thread->native, NULL));
    result = thread->result;
    free(thread);
    return result;
}

void thread_yield(void)
{
    sched_yield();
}

void thread_signal(struct thread *thread, int number)
{
    assert_ok(pthread_kill(thread->native, number));
}

#if defined __linux__ || defined __APPLE__ || defined __NetBSD__

bool thread_name(char *out, size_t room)
{
    return pthread_getname_np(pthread_self(), out, room) == 0;
}

#else

bool thread_name(char *out, size_t room)
{
    (void)out;
    (void)room;
    return false;
}

#endif

#ifdef __linux__

size_t thread_processors(uint32_t *out, size_t room)
{
    size_t count = 0;
    cpu_set_t set;
    uint32_t i;

    assert_ok(sched_getaffinity(0, sizeof(set), &set));
    for (i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &set) && count++ < room)
            out[count - 1] = i;
    return count;
}

#else

size_t thread_processors(uint32_t *out, size_t room)
{
    (void)out;
    (void)room;
    return 0;
}

#endif

static int64_t read_clock(clockid_t clock)
{
    struct timespec time;

    assert_ok(clock_gettime(clock, &time));
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t thread_cpu_ns(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

/* Of the two that macOS has it is the one that reactor.h names. */
int64_t monotonic_ns(void)
{
#ifdef CLOCK_UPTIME_RAW
    return read_clock(CLOCK_UPTIME_RAW);
#else
    return read_clock(CLOCK_MONOTONIC);
#endif
}
