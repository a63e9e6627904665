/* SPDX-License-Identifier: MIT */
#include "platform/platform.h"

#include <errno.h>
#include <time.h>

/*
 * On macOS CLOCK_MONOTONIC goes on while the machine sleeps, and has
 * microseconds; CLOCK_UPTIME_RAW is what timeouts of kevent(2) run on:
 * clock_gettime(3).
 */
#ifdef CLOCK_UPTIME_RAW
#define CLOCK CLOCK_UPTIME_RAW
#else
#define CLOCK CLOCK_MONOTONIC
#endif

int64_t ri_clock_now_ns(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK, &now) != 0)
        return -errno;
    return (int64_t)now.tv_sec * RI_NS_PER_S + now.tv_nsec;
}
