/* SPDX-License-Identifier: MIT */
#ifndef WORK_HOSTS_H
#define WORK_HOSTS_H

/* Runtimes whose services note what they are called with. */

#include "support/claim.h"
#include "support/expect.h"
#include "support/thread.h"

#include <reactor/work.h>

#include <stdatomic.h>

enum host_call {
    HOST_STARTED,
    HOST_COMMAND,
    HOST_TICK,
    HOST_ERROR,
    HOST_STOPPING,
    HOST_CALLS
};

/*
 * The user data of a runtime. What is not atomic is its thread's, and the
 * test's when that has been joined; or it is set before the runtime is opened.
 */
struct host {
    struct reactor_runtime *runtime;
    _Atomic unsigned calls[HOST_CALLS];
    struct reactor_loop *loop;
    void *place;     /* of an object that each thread has */
    uint64_t sum;    /* of the commands' values */
    uint64_t last;   /* of them */
    bool is_ordered; /* their values never fell */
    int64_t drain_ns;
    uint64_t missed; /* ticks */
    int error;
    int answer; /* of what `then` has called */
    int answer_to_start;
    int answer_to_error;
    struct reactor_timer timer; /* keeps the loop alive once it is started */
    void (*then)(struct host *self, enum host_call call); /* NULL: nothing */
    void *context;
};

struct order {
    struct reactor_command command;
    uint64_t value;
    bool is_heap; /* of malloc(3), and freed where it arrives */
};

extern _Thread_local char host_place[1];

struct host host_make(void);
struct reactor_service host_service(void);

/* With options that may be NULL. */
void host_open(struct host *host,
               const struct reactor_runtime_options *options);

/* Returns when it has been called so often. */
void host_await(struct host *host, enum host_call call, unsigned count);

void host_send(struct host *host, struct order *order, uint64_t value);

/* In a command, until the bool that `context` is says that it may go on. */
void host_hold_up(struct host *host, enum host_call call);

/* Keeps its loop alive until it is closed. */
void host_stay(struct host *host);

#endif /* WORK_HOSTS_H */
