/* SPDX-License-Identifier: MIT */
#ifndef BACKEND_EVENTFD_H
#define BACKEND_EVENTFD_H

/*
 * A doorbell for demultiplexers that report edges: an eventfd(2) that is never
 * read, so that to hear it costs no system call. A write that would overflow
 * its counter fails with EAGAIN and makes no edge; reading it and writing again
 * does.
 */

#include "backend/wake_flag.h"

int ri_eventfd_open(int *out);

/* Async-signal-safe, errno preserved. */
int ri_eventfd_ring(int bell);

/* ri_backend_wake(), where the bell is such a one. */
int ri_eventfd_wake(struct ri_wake_flag *wake, int bell);

#endif /* BACKEND_EVENTFD_H */
