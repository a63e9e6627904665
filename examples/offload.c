/* SPDX-License-Identifier: MIT */
/*
 * Has slow work done beside the loop: primes are counted by the workers of a
 * pool, one job for each number, while a timer on the loop goes on ticking.
 *
 *     ./offload 3000000 1000000 10
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "reactor/loop.h"
#include "reactor/work.h"

enum { TICK_NS = 50000000, MOST_JOBS = 64 };

struct program {
    struct reactor_loop *loop;
    struct reactor_pool *pool;
    struct reactor_timer ticker;
    unsigned ticks, jobs_left;
};

struct count {
    struct reactor_job job;
    struct program *program;
    uint32_t below, primes;
};

static bool is_prime(uint32_t number)
{
    if (number < 2)
        return false;
    for (uint32_t divisor = 2; divisor <= number / divisor; divisor++)
        if (number % divisor == 0)
            return false;
    return true;
}

/* On a worker: all that it touches is its own. */
static void count_primes(void *user_data)
{
    struct count *count = user_data;

    for (uint32_t number = 0; number < count->below; number++)
        count->primes += is_prime(number);
}

/* On the loop, so neither the program nor the output needs a lock. */
static void counted(void *user_data, int status)
{
    struct count *count = user_data;
    struct program *program = count->program;

    if (status == 0)
        printf("%" PRIu32 " primes below %" PRIu32 "\n", count->primes,
               count->below);
    fflush(stdout);
    if (--program->jobs_left == 0)
        reactor_timer_stop(&program->ticker); /* now nothing is alive */
}

static void tick(void *user_data, uint64_t missed)
{
    struct program *program = user_data;

    (void)missed;
    printf("tick %u\n", ++program->ticks);
    fflush(stdout);
}

static int submit_all(struct program *program, struct count *counts, int number,
                      char **texts)
{
    int error = 0;

    for (int i = 0; i < number && error == 0; i++) {
        counts[i].program = program;
        counts[i].below = (uint32_t)strtoul(texts[i], NULL, 10);
        reactor_job_init(&counts[i].job, program->loop, count_primes, counted,
                         &counts[i]);
        error = reactor_pool_submit(program->pool, &counts[i].job);
        if (error == 0)
            program->jobs_left++;
    }
    return error;
}

int main(int number, char **texts)
{
    static struct count counts[MOST_JOBS];
    struct program program = {.loop = NULL};
    int error;

    if (number - 1 > MOST_JOBS)
        number = MOST_JOBS + 1;
    error = reactor_loop_open(&program.loop, NULL);
    if (error == 0)
        error = reactor_pool_open(&program.pool, NULL);
    if (error == 0) {
        reactor_timer_init(&program.ticker, program.loop, tick, &program);
        error = submit_all(&program, counts, number - 1, texts + 1);
    }
    if (error == 0 && program.jobs_left > 0) {
        reactor_timer_start(&program.ticker, TICK_NS, TICK_NS);
        error = reactor_loop_run(program.loop);
    }
    /* After an error: cancels what no worker has begun. */
    reactor_loop_close(program.loop);
    reactor_pool_close(program.pool);
    if (error < 0)
        fprintf(stderr, "offload: %s\n", reactor_strerror(error));
    return error < 0 ? 1 : 0;
}
