/* SPDX-License-Identifier: MIT */
#ifndef BACKEND_BACKEND_H
#define BACKEND_BACKEND_H

/*
 * What a backend owes: eight functions around one demultiplexer, and three
 * facts about it. The build links exactly one; docs/porting.md walks through
 * writing another.
 *
 * The core has checked the arguments, the fork and the shutdown, and knows
 * which handles are registered; a backend translates. What holds for all:
 *
 * - **Changes** (add, modify, remove) come from any thread, with the sources'
 *   lock held, also while another thread is in ri_backend_wait(), which must
 *   then act on them without its caller noticing. What add and modify describe
 *   is published by the core after they have succeeded; what remove describes
 *   was retired before.
 * - A change that the kernel refuses later, after add or modify has returned 0,
 *   is reported by wait as an event with REACTOR_ERROR and every requested
 *   direction.
 * - When the kernel lets go of a handle only while the waiting thread passes
 *   through it, remove ends by waiting for that, on a condition that releases
 *   the lock; the core touches nothing afterwards.
 * - wait is called by one thread at a time, not always the same one. A backend
 *   whose kernel object belongs to a thread notices the change there.
 * - A bit outside ri_backend_supported_interest never arrives.
 * - Memory and clock come from platform.h. Nothing is allocated in wait.
 */

#include "backend/source.h"

struct ri_backend;

extern const char ri_backend_name[];
extern const uint32_t ri_backend_supported_interest;

/* The handle for nesting, or REACTOR_INVALID_HANDLE. */
reactor_handle ri_backend_handle(const struct ri_backend *backend);

/* Opens the demultiplexer over a table of sources that outlives it. */
int ri_backend_open(struct ri_backend **out, struct ri_sources *sources);

/*
 * Closes it. In a child of fork() that inherited it, other threads may seem to
 * be inside, and the parent's must not be disturbed.
 */
void ri_backend_close(struct ri_backend *backend, bool inherited);

/*
 * Starts watching. Without directions and priority that means to stay silent.
 * `replaced` is NULL, or the registration that has the same handle already:
 * either the handle is registered twice (-EEXIST), or it was closed and its
 * number used again (0: the core retires the old registration). A backend that
 * can't tell the two apart says -EEXIST.
 */
int ri_backend_add(struct ri_backend *backend,
                   const struct ri_registration *wanted,
                   const struct ri_registration *replaced);

/*
 * Replaces interest and generation of a registration, re-arms it, and has
 * readiness evaluated anew. -EBADF or -ENOENT if its handle was closed or
 * names another object now.
 */
int ri_backend_modify(struct ri_backend *backend,
                      const struct ri_registration *wanted);

/*
 * Stops watching. It can't fail: whatever the kernel answers, no event of the
 * retired generation is reported any more.
 */
void ri_backend_remove(struct ri_backend *backend,
                       const struct ri_registration *retired);

/*
 * Waits once, for at most timeout_ns (-1: for ever; never more than a day).
 * Returns the number of events, 0 when the time is over, or a negative errno
 * value; -EINTR means a signal, or something that was nothing to report: the
 * core calls again in any case, with the time that is left. Clocks are the
 * core's business.
 */
int ri_backend_wait(struct ri_backend *backend, struct reactor_event *events,
                    int capacity, int64_t timeout_ns);

/* Any thread, async-signal-safe, errno preserved; see reactor_wake(). */
int ri_backend_wake(struct ri_backend *backend);

/*
 * In the child: replaces what is shared with the parent by something new in
 * which nothing is registered; the core then adds every source again. May be
 * called again after it failed.
 */
int ri_backend_after_fork(struct ri_backend *backend);

#endif /* BACKEND_BACKEND_H */
