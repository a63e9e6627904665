/* SPDX-License-Identifier: MIT */
/*
 * In callbacks of every kind all may be done to others. Those of signals and
 * children are in signal.c and child.c.
 */
#include "support/callbacks.h"
#include "loop/deeds.h"

#include <reactor/work.h>

static void do_all(struct probe *self)
{
    deeds_do(self->context);
}

static void in_callbacks_of_all_objects(void **state)
{
    int kind;

    (void)state;
    for (kind = 0; kind < CALLBACK_KINDS; kind++) {
        struct reactor_loop *loop = open_loop();
        struct caller caller;
        struct deeds deeds;

        deeds_begin(&deeds, loop);
        caller_start(&caller, loop, (enum callback_kind)kind, 0, do_all);
        caller.probe.context = &deeds;
        deeds_end(&deeds);
        caller_end(&caller);
        reactor_loop_close(loop);
    }
}

static void work(void *user_data)
{
    (void)user_data;
}

static void complete(void *user_data, int status)
{
    assert_ok(status);
    deeds_do(user_data);
}

static void in_the_completion_of_a_job(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool;
    struct reactor_job job;
    struct deeds deeds;

    (void)state;
    assert_ok(reactor_pool_open(&pool, NULL));
    deeds_begin(&deeds, loop);
    reactor_job_init(&job, loop, work, complete, &deeds);
    assert_ok(reactor_pool_submit(pool, &job));
    deeds_end(&deeds);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

static void tell_slow(void *user_data, const char *kind, void *callback_data,
                      int64_t took_ns)
{
    (void)kind;
    (void)callback_data;
    (void)took_ns;
    deeds_do(user_data);
}

static void in_the_call_that_tells_of_a_slow_one(void **state)
{
    struct reactor_loop_options options = REACTOR_LOOP_OPTIONS_INIT;
    struct reactor_loop *loop;
    struct deeds deeds;

    (void)state;
    options.slow_ns = 1; /* all are */
    options.slow = tell_slow;
    options.user_data = &deeds;
    loop = open_loop_with(&options);
    deeds_begin(&deeds, loop);
    deeds_end(&deeds);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(in_callbacks_of_all_objects),
        CLAIM_WITHOUT_REACTOR(in_the_completion_of_a_job),
        CLAIM_WITHOUT_REACTOR(in_the_call_that_tells_of_a_slow_one),
    };

    return run_claims_both_ways(claims);
}
