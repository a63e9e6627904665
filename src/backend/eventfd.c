/* SPDX-License-Identifier: MIT */
#include "backend/eventfd.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int ri_eventfd_open(int *out)
{
    int bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    if (bell < 0)
        return -errno;
    *out = bell;
    return 0;
}

static int ring(int bell)
{
    const uint64_t one = 1;
    uint64_t total;

    while (write(bell, &one, sizeof(one)) < 0) {
        /* A counter that is full has to be emptied for an edge. */
        if (errno == EAGAIN && read(bell, &total, sizeof(total)) >= 0)
            continue;
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
    }
    return 0;
}

int ri_eventfd_ring(int bell)
{
    int saved = errno;
    int error = ring(bell);

    errno = saved;
    return error;
}

int ri_eventfd_wake(struct ri_wake_flag *wake, int bell)
{
    int error;

    if (!ri_wake_flag_raise(wake))
        return 0;
    error = ri_eventfd_ring(bell);
    if (error != 0)
        ri_wake_flag_lower(wake);
    return error;
}
