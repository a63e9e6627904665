/* SPDX-License-Identifier: MIT */
#ifndef PLATFORM_PLATFORM_H
#define PLATFORM_PLATFORM_H

/*
 * What a port owes: everything that the floors above need of the operating
 * system besides the demultiplexer itself. A port is a folder beside posix/
 * that implements these functions, and a platform_types.h that defines struct
 * ri_mutex, struct ri_condition and struct ri_thread; the build puts one such
 * folder on the include path. A simulated platform is one more folder.
 *
 * Unless said otherwise a function returns 0 or a negative errno value, may be
 * called from any thread, and leaves everything as it was when it fails.
 */

#include <reactor.h>

#include "platform_types.h"

#include <stdatomic.h>
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
 * As malloc, realloc and free, through the allocator the user has set. Below
 * the loop nothing is reallocated: what grows there has readers in other
 * threads.
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
void ri_condition_wake_one(struct ri_condition *condition);
void ri_condition_wake_all(struct ri_condition *condition);

/* The calling thread: never 0, and no other living thread's. */
uintptr_t ri_thread_self(void);

/* Lets others run. */
void ri_thread_yield(void);

/*
 * One value for each thread, NULL to begin with. `at_end` is called with a
 * thread's value, unless that is NULL, when the thread ends; it is the same for
 * all. Setting NULL never fails.
 */
void *ri_thread_value(void);
int ri_thread_set_value(void *value, void (*at_end)(void *value));

/*
 * Starts a thread, with all signals blocked where there are signals. It is
 * joined exactly once; joining cannot fail.
 */
int ri_thread_start(struct ri_thread *thread, void (*function)(void *context),
                    void *context);
void ri_thread_join(struct ri_thread *thread);

/* The calling thread's, where there are names; at most 15 bytes. */
void ri_thread_set_name(const char *name);

/*
 * Keeps the calling thread on a processor; -EINVAL if there is no such one,
 * -ENOTSUP where the system takes no such wishes.
 */
int ri_thread_pin(uint32_t processor);

/* How many processors this process may use; 1 or more. */
uint32_t ri_processor_count(void);

/* The system's number of the `index`-th of these, from 0, in turn. */
uint32_t ri_processor(uint32_t index);

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

/* ---- Signals and children ---- */

/*
 * Somebody who is told of signals. `arrived` is called for every signal of the
 * process that is watched, whoever watches it: in a signal handler, or on a
 * thread of the system's own. It must be async-signal-safe.
 */
struct ri_signal_port {
    void (*arrived)(struct ri_signal_port *port, int number);
    _Atomic(struct ri_signal_port *) next;
};

/* Signals have numbers from 0 to this, less one. */
extern const int ri_signal_numbers;

/* The number by which ports are told that a child may have ended. */
extern const int ri_child_signal;

/* 0, or -EINVAL for what can't be watched. */
int ri_signal_check(int number);

/*
 * From the former on `arrived` is called; when the latter has returned it is
 * not, and no call goes on. Not in a signal handler.
 */
void ri_signal_port_add(struct ri_signal_port *port);
void ri_signal_port_remove(struct ri_signal_port *port);

/*
 * Has a signal go to the ports, and back to where it went before: the latter
 * once for each call of the former.
 */
int ri_signal_watch(int number);
void ri_signal_unwatch(int number);

struct ri_child_end {
    int exit_code; /* or -1 */
    int signal;    /* or 0 */
};

/* 0; -EINVAL for what can't be a process; -ECHILD for no child of this one. */
int ri_child_check(intptr_t process);

/*
 * A handle that is readable when the child has ended; -ENOSYS if the system has
 * nothing like it, or -EPERM if it is denied: then the next two. It is
 * close-on-exec.
 */
int ri_child_open(intptr_t process, reactor_handle *out);
void ri_child_close(reactor_handle handle);

/*
 * Has the port told with ri_child_signal when the child has ended, also if it
 * has already. *native is for the latter, which returns when the port is
 * not being told on this child's behalf.
 */
int ri_child_watch(intptr_t process, struct ri_signal_port *port,
                   void **native);
void ri_child_unwatch(void *native);

/*
 * Whether the child has ended, and how; it is reaped then, and must not be
 * asked for again. One that somebody else has reaped has neither exit code nor
 * signal.
 */
bool ri_child_collect(intptr_t process, struct ri_child_end *out);

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
