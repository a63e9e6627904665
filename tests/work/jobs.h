/* SPDX-License-Identifier: MIT */
#ifndef WORK_JOBS_H
#define WORK_JOBS_H

/* Jobs that can be held up, and note what becomes of them. */

#include "support/loops.h"
#include "support/thread.h"

#include <reactor/work.h>
#include <stdatomic.h>

/* Jobs that come to it stay until it is open. */
struct gate {
    _Atomic bool is_open;
    _Atomic unsigned held; /* so many have come */
};

void gate_open(struct gate *gate);

/* Returns when so many jobs have come to it. */
void gate_await(struct gate *gate, unsigned count);

struct task {
    struct reactor_job job;
    struct gate *gate; /* or NULL */
    _Atomic unsigned runs;
    unsigned completions;
    int status; /* of the last one */

    /* In the completion, if not NULL. */
    void (*then)(struct task *task);
    void *data;
};

void task_init(struct task *task, struct reactor_loop *loop, struct gate *gate);

/* Returns when it has been run so often; its completion may be due. */
void task_await_run(struct task *task, unsigned count);

/* Of a task that was submitted once. */
void assert_done(const struct task *task);
void assert_cancelled(const struct task *task);

void ignore_completion(void *user_data, int status);

/* 0: the default. */
struct reactor_pool *open_pool(uint32_t workers, uint32_t capacity);

struct reactor_pool *open_pool_on_loop(uint32_t capacity);

/* Runs it until nothing keeps it alive. */
void run_to_end(struct reactor_loop *loop);

/* ---- Jobs that note in which order they are begun ---- */

struct ordered {
    struct reactor_job job;
    _Atomic unsigned *order; /* counts those that were begun */
    unsigned place;
};

/* Jobs for all lanes, more than a loop runs in a turn: the first lane has all
   of its own before the others have one. */
struct turns {
    struct ordered jobs[REACTOR_POOL_LANES][40];
    _Atomic unsigned order;
};

void turns_submit(struct turns *turns, struct reactor_pool *pool,
                  struct reactor_loop *loop);

/* When all have been run. */
void assert_taken_in_turns(const struct turns *turns);

/* Submits some to a pool that has none, and runs them. */
void assert_begun_in_order(struct reactor_pool *pool,
                           struct reactor_loop *loop);

#endif /* WORK_JOBS_H */
