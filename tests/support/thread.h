/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_THREAD_H
#define SUPPORT_THREAD_H

/*
 * Threads for tests. cmocka's assertions must not fail outside the main thread:
 * what runs in another one returns its verdict to thread_join().
 */

#include <reactor.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct thread;

struct thread *thread_start(int (*function)(void *context), void *context);

/* With the smallest stack that the library promises to work on. */
struct thread *thread_start_small(int (*function)(void *context),
                                  void *context);

int thread_join(struct thread *thread);

void thread_yield(void);

/* Sends a signal to a thread; where there are signals. */
void thread_signal(struct thread *thread, int number);

/* The name of the calling thread; false where none can be read. */
bool thread_name(char *out, size_t room);

/*
 * The processors that the calling thread may run on, in ascending order; how
 * many there are, whether they fit or not. 0 where that can't be asked.
 */
size_t thread_processors(uint32_t *out, size_t room);

/* Processor time that the calling thread has used. */
int64_t thread_cpu_ns(void);

/* The system's clock that nobody sets, as the system has it. */
int64_t monotonic_ns(void);

/*
 * A thread that waits once, for one event; another one that happens to be in a
 * wait is waited for. Join returns what the wait did, -ETIMEDOUT if it did so
 * only when the tests had lost their patience.
 */
struct waiter {
    struct reactor *reactor;
    struct reactor_event event;
    struct thread *thread;
};

/* Returns when it is inside the wait; nothing must be pending until then. */
void waiter_start(struct waiter *waiter, struct reactor *reactor);
int waiter_join(struct waiter *waiter);

/*
 * A thread that reregisters a handle as readable, over and over. Join ends it
 * and returns 0, or the first error.
 */
struct changer {
    struct reactor *reactor;
    reactor_handle handle;
    _Atomic bool is_over;
    struct thread *thread;
};

void changer_start(struct changer *changer, struct reactor *reactor,
                   reactor_handle handle);
int changer_join(struct changer *changer);

#endif /* SUPPORT_THREAD_H */
