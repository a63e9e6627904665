/* SPDX-License-Identifier: MIT */
/* The self-pipe (D. J. Bernstein): every POSIX system has one. */
#include "platform/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#ifndef RI_HAVE_PIPE2

static int set_flags(int descriptor)
{
    int flags = fcntl(descriptor, F_GETFL);

    if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0 ||
        fcntl(descriptor, F_SETFD, FD_CLOEXEC) < 0)
        return -errno;
    return 0;
}

static int prepare(int ends[2])
{
    int error = set_flags(ends[0]);

    if (error == 0)
        error = set_flags(ends[1]);
    if (error != 0) {
        close(ends[0]);
        close(ends[1]);
    }
    return error;
}

#endif

static int open_pipe(int ends[2])
{
#ifdef RI_HAVE_PIPE2
    return pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0 ? -errno : 0;
#else
    return pipe(ends) != 0 ? -errno : prepare(ends);
#endif
}

int ri_doorbell_open(struct ri_doorbell *bell)
{
    int ends[2];
    int error = open_pipe(ends);

    if (error != 0)
        return error;
    bell->listen = ends[0];
    bell->button = ends[1];
    return 0;
}

void ri_doorbell_close(struct ri_doorbell *bell)
{
    close(bell->button);
    close(bell->listen);
}

int ri_doorbell_ring(struct ri_doorbell *bell)
{
    int saved = errno;
    int error = 0;
    ssize_t written;

    do
        written = write(bell->button, "!", 1);
    while (written < 0 && errno == EINTR);
    if (written < 0 && errno != EAGAIN) /* full: it is ringing already */
        error = -errno;
    errno = saved;
    return error;
}

int ri_doorbell_silence(struct ri_doorbell *bell)
{
    char rings[64];
    ssize_t count;

    do
        count = read(bell->listen, rings, sizeof(rings));
    while (count == (ssize_t)sizeof(rings) || (count < 0 && errno == EINTR));
    return count < 0 && errno != EAGAIN ? -errno : 0;
}
