/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_LOOPS_H
#define SUPPORT_LOOPS_H

/* What tests of the loop share: who was called, how often and in which order.
 */

#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"

#include <reactor/loop.h>
#include <stdatomic.h>

#define PATIENCE_NS ((int64_t)PATIENCE_MS * 1000000)
#define SILENCE_NS  ((int64_t)SILENCE_MS * 1000000)

/* ---- Who is called ---- */

/*
 * The user data of whatever is called: it counts, keeps what it was told last,
 * writes its name into the journal, and then does what the test wants done in a
 * callback.
 */
struct probe {
    char name;      /* 0: not written down */
    unsigned calls; /* so far */
    uint32_t readiness;
    uint64_t missed; /* of a timer; the count of a signal */
    int number;      /* of a signal; the exit code of a child */
    int signal;      /* that ended a child */
    struct reactor_loop *loop;
    void (*then)(struct probe *self); /* NULL: nothing */
    void *context;                    /* for `then` */
};

/* The functions to be called with a probe as user data. */
void on_ready(void *probe, uint32_t readiness);
void on_time(void *probe, uint64_t missed);
void on_post(void *probe);
void on_hook(void *probe);
void on_signal(void *probe, int number, uint64_t count);
void on_end(void *probe, int exit_code, int signal);

/* The names of who was called since the loop was opened or this was called. */
#define JOURNAL_MAX 4096
extern char journal[JOURNAL_MAX + 1];
void forget_calls(void);

/* ---- Loops ---- */

/* With the defaults, and the journal empty. The claim closes it. */
struct reactor_loop *open_loop(void);
struct reactor_loop *open_loop_with(const struct reactor_loop_options *options);

/* A turn that only looks; the number of calls. */
#define turn_once(loop) turn_once_at(loop, __FILE__, __LINE__)

/* A turn that has to call somebody; the number of calls. */
#define await_calls(loop) await_calls_at(loop, __FILE__, __LINE__)

/* Turns until the probe has had so many calls, and not one more. */
#define await_count(loop, probe, count)                                        \
    await_count_at(loop, probe, count, __FILE__, __LINE__)

/* Nobody is called. */
#define assert_nobody(loop) assert_nobody_at(loop, __FILE__, __LINE__)

/* It is run until nothing keeps it alive, or until it is stopped. */
#define assert_runs_out(loop)   assert_ok(reactor_loop_run(loop))
#define assert_is_stopped(loop) assert_int_equal(reactor_loop_run(loop), 1)

/*
 * Whether await_calls() and await_count() have the loop run until the end of
 * the turn that calls somebody, rather than do that turn: the library has ways
 * of its own for each. A program tries its claims both ways.
 */
extern bool awaits_by_run;

#define run_claims_both_ways(claims)                                           \
    (run_claims(claims) != 0 || (awaits_by_run = true, run_claims(claims) != 0))

int turn_once_at(struct reactor_loop *loop, const char *file, int line);
int await_calls_at(struct reactor_loop *loop, const char *file, int line);
void await_count_at(struct reactor_loop *loop, const struct probe *probe,
                    unsigned count, const char *file, int line);
void assert_nobody_at(struct reactor_loop *loop, const char *file, int line);

/* ---- Posts ---- */

/*
 * Sends a post so often, each time when `*received` says that the former has
 * been called: so each has to end a wait. For another thread; 0, or -1 if a
 * send fails.
 */
int send_one_by_one(struct reactor_post *post, const _Atomic unsigned *received,
                    unsigned times);

/* ---- Handlers ---- */

/* A handler with a pair of streams to watch. */
struct watch {
    struct probe probe; /* first: a `then` may take it for the watch */
    struct reactor_handler handler;
    struct pair pair;
};

/* Not started. */
void watch_init(struct watch *watch, struct reactor_loop *loop, char name);

/* The same, started; 0: paused. */
void watch_start(struct watch *watch, struct reactor_loop *loop, char name,
                 uint32_t interest);

/* Stops the handler and closes the pair. */
void watch_end(struct watch *watch);

#endif /* SUPPORT_LOOPS_H */
