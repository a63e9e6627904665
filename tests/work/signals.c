/* SPDX-License-Identifier: MIT */
/* Signals are for the threads of the program. */
#include "work/hosts.h"
#include "work/jobs.h"

#include <signal.h>

struct look {
    struct reactor_job job;
    sigset_t blocked;
    int error;
};

static void look(void *user_data)
{
    struct look *at = user_data;

    at->error = pthread_sigmask(SIG_BLOCK, NULL, &at->blocked);
}

static void assert_all_blocked(const sigset_t *set)
{
    static const int numbers[] = {SIGTERM, SIGINT,  SIGHUP, SIGCHLD,
                                  SIGUSR1, SIGALRM, SIGPIPE};
    size_t i;

    for (i = 0; i < COUNT_OF(numbers); i++)
        assert_int_equal(sigismember(set, numbers[i]), 1);
}

static void all_signals_are_blocked_in_a_worker(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool = open_pool(1, 0);
    struct look at;

    (void)state;
    reactor_job_init(&at.job, loop, look, ignore_completion, &at);
    assert_ok(reactor_pool_submit(pool, &at.job));
    run_to_end(loop);
    assert_ok(at.error);
    assert_all_blocked(&at.blocked);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
}

static void look_around(struct host *host, enum host_call call)
{
    struct look *at = host->context;

    if (call == HOST_STARTED)
        look(at);
}

static void all_signals_are_blocked_in_a_runtime(void **state)
{
    struct host host = host_make();
    struct look at = {.error = -1};

    (void)state;
    host.then = look_around;
    host.context = &at;
    host_open(&host, NULL);
    assert_ok(reactor_runtime_close(host.runtime));
    assert_ok(at.error);
    assert_all_blocked(&at.blocked);
}

static void the_thread_that_opens_a_pool_keeps_its_signals(void **state)
{
    sigset_t before;
    sigset_t after;
    int number;

    (void)state;
    assert_ok(pthread_sigmask(SIG_BLOCK, NULL, &before));
    reactor_pool_close(open_pool(2, 0));
    assert_ok(pthread_sigmask(SIG_BLOCK, NULL, &after));
    for (number = 1; number < 32; number++)
        assert_int_equal(sigismember(&after, number),
                         sigismember(&before, number));
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(all_signals_are_blocked_in_a_worker),
        CLAIM_WITHOUT_REACTOR(all_signals_are_blocked_in_a_runtime),
        CLAIM_WITHOUT_REACTOR(the_thread_that_opens_a_pool_keeps_its_signals),
    };

    return run_claims(claims);
}
