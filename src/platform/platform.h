/* SPDX-License-Identifier: MIT */
#ifndef PLATFORM_PLATFORM_H
#define PLATFORM_PLATFORM_H

/*
 * What a port owes: everything that the floors above need of the operating
 * system besides the demultiplexer itself. A port is a folder beside posix/
 * that implements these functions, and a platform_types.h that defines struct
 * ri_mutex and struct ri_condition; the build puts one such folder on the
 * include path. A simulated platform is one more folder.
 *
 * Unless said otherwise a function returns 0 or a negative errno value, may be
 * called from any thread, and leaves everything as it was when it fails.
 */

#include <reactor.h>

#include "platform_types.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Clock ---- */

#define RI_NS_PER_S  INT64_C(1000000000)
#define RI_NS_PER_MS INT64_C(1000000)

/*
 * Nanoseconds on a monotonic clock, the one that the demultiplexer's timeouts
 * run on; not negative unless it is a negative errno value.
 */
int64_t ri_clock_now_ns(void);

/* ---- Memory (memory.c, the same on every platform) ---- */

/*
 * As malloc, realloc and free, through the allocator the user has set. Nothing
 * on these floors is reallocated: what grows has readers in other threads.
 */
void *ri_allocate(size_t size);
void *ri_reallocate(void *memory, size_t size);
void ri_release(void *memory);

/* The caller makes sure that nothing is allocated. */
void ri_set_allocator(void *(*allocate)(size_t),
                      void *(*reallocate)(void *, size_t),
                      void (*release)(void *));

/* ---- Threads ---- */

int ri_mutex_init(struct ri_mutex *mutex);
void ri_mutex_destroy(struct ri_mutex *mutex);
void ri_mutex_lock(struct ri_mutex *mutex);
void ri_mutex_unlock(struct ri_mutex *mutex);

int ri_condition_init(struct ri_condition *condition);
void ri_condition_destroy(struct ri_condition *condition);
void ri_condition_wait(struct ri_condition *condition, struct ri_mutex *mutex);
void ri_condition_wake_all(struct ri_condition *condition);

/* One lock for the whole process: the list of reactors and the allocator. */
void ri_process_lock(void);
void ri_process_unlock(void);

/* ---- Fork ---- */

/* Where there is none, watching succeeds and does nothing. */
extern const bool ri_has_fork;

/*
 * Has fork() call `before` in the parent before it copies the process, and
 * `after_in_parent` or `after_in_child` after it, the process lock held from
 * the first to the end of the others. Called with that lock held; calls after
 * one that succeeded do nothing.
 */
int ri_fork_watch(void (*before)(void), void (*after_in_parent)(void),
                  void (*after_in_child)(void));

/* ---- Handles ---- */

/* 0, or -EBADF for what can't be an open handle, whatever the system says. */
int ri_handle_check(reactor_handle handle);

/* 0, or -EBADF when the handle is not open. */
int ri_handle_is_open(reactor_handle handle);

/*
 * For demultiplexers that accept anything: 0 when the handle can be waited for,
 * -EBADF when it is not open, -EPERM for regular file, directory, block device
 * and null device. *identity tells two objects that had the same number apart,
 * as far as the system lets it: equal for the same object, different for
 * others but for those without an inode of their own (eventfd and the like). It
 * is never RI_IDENTITY_NONE on POSIX. On Windows what is no socket is -EPERM,
 * and only a connected stream has an identity, which a reset may take away: two
 * objects are told apart when both have one and they differ.
 */
#define RI_IDENTITY_NONE UINT32_C(0)
int ri_handle_inspect(reactor_handle handle, uint32_t *identity);

/* ---- Doorbell ---- */

/*
 * Something to wait for beside the handles: readable from the first ring until
 * it is silenced. For demultiplexers that have nothing of their own to end a
 * wait with. Handles are close-on-exec and never block.
 */
struct ri_doorbell {
    reactor_handle listen; /* what to wait for */
    reactor_handle button;
};

int ri_doorbell_open(struct ri_doorbell *bell);
void ri_doorbell_close(struct ri_doorbell *bell);

/* Async-signal-safe; preserves errno. */
int ri_doorbell_ring(struct ri_doorbell *bell);
int ri_doorbell_silence(struct ri_doorbell *bell);

#endif /* PLATFORM_PLATFORM_H */
