/* SPDX-License-Identifier: MIT */
/*
 * Names of threads, and the processors that they run on. Of the two POSIX knows
 * nothing: a system that is not mentioned has neither.
 */
#include "platform/platform.h"

#include <errno.h>
#include <sched.h>
#include <unistd.h>

#ifdef RI_HAVE_PTHREAD_SET_NAME_NP
#include <pthread_np.h>
#endif

/* ---- Names ---- */

#if defined RI_HAVE_PTHREAD_SETNAME_NP && defined __APPLE__

void ri_thread_set_name(const char *name)
{
    (void)pthread_setname_np(name);
}

#elif defined RI_HAVE_PTHREAD_SETNAME_NP && defined __NetBSD__

void ri_thread_set_name(const char *name)
{
    union {
        const char *in;
        void *out;
    } argument = {.in = name};

    (void)pthread_setname_np(pthread_self(), "%s", argument.out);
}

#elif defined RI_HAVE_PTHREAD_SETNAME_NP

void ri_thread_set_name(const char *name)
{
    (void)pthread_setname_np(pthread_self(), name);
}

#elif defined RI_HAVE_PTHREAD_SET_NAME_NP

void ri_thread_set_name(const char *name)
{
    pthread_set_name_np(pthread_self(), name);
}

#else

void ri_thread_set_name(const char *name)
{
    (void)name;
}

#endif

/* ---- Processors ---- */

static uint32_t count_online(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count > 0 ? (uint32_t)count : 1;
}

#ifdef RI_HAVE_SCHED_SETAFFINITY

int ri_thread_pin(uint32_t processor)
{
    cpu_set_t set;

    if (processor >= CPU_SETSIZE)
        return -EINVAL;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    return sched_setaffinity(0, sizeof(set), &set) == 0 ? 0 : -errno;
}

/* Those of the calling thread; false where there are more than fit. */
static bool list_processors(cpu_set_t *set)
{
    CPU_ZERO(set);
    return sched_getaffinity(0, sizeof(*set), set) == 0 && CPU_COUNT(set) > 0;
}

uint32_t ri_processor_count(void)
{
    cpu_set_t set;

    return list_processors(&set) ? (uint32_t)CPU_COUNT(&set) : count_online();
}

uint32_t ri_processor(uint32_t index)
{
    cpu_set_t set;
    uint32_t processor = 0;

    if (!list_processors(&set))
        return index % count_online();
    for (index %= (uint32_t)CPU_COUNT(&set);; processor++)
        if (CPU_ISSET(processor, &set) && index-- == 0)
            return processor;
}

#else

int ri_thread_pin(uint32_t processor)
{
    (void)processor;
    return -ENOTSUP;
}

uint32_t ri_processor_count(void)
{
    return count_online();
}

uint32_t ri_processor(uint32_t index)
{
    return index % ri_processor_count();
}

#endif
