/* SPDX-License-Identifier: MIT */
#include "platform/platform.h"

#include <errno.h>
#include <time.h>

int64_t ri_clock_now_ns(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return -errno;
    return (int64_t)now.tv_sec * RI_NS_PER_S + now.tv_nsec;
}
