/* SPDX-License-Identifier: MIT */
/*
 * Prints a line at regular times.
 *
 *     ./ticker            three ticks, a second apart
 *     ./ticker 10 250     ten, a quarter of a second apart
 */
#include <stdio.h>
#include <stdlib.h>

#include "reactor/loop.h"

struct ticker {
    struct reactor_timer timer;
    long ticks, wanted;
};

/* Periods that went by without a call, in a busy program, are left out. */
static void tick(void *user_data, uint64_t missed)
{
    struct ticker *ticker = user_data;

    (void)missed;
    printf("tick %ld\n", ++ticker->ticks);
    fflush(stdout);
    if (ticker->ticks == ticker->wanted)
        reactor_timer_stop(&ticker->timer); /* now nothing is alive */
}

/* 0 if it is none, or too large. */
static long read_number(const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);

    return *end == '\0' && number > 0 && number <= 1000000 ? number : 0;
}

int main(int argc, char **argv)
{
    struct ticker ticker = {.wanted = argc > 1 ? read_number(argv[1]) : 3};
    int64_t period_ms = argc > 2 ? read_number(argv[2]) : 1000;
    struct reactor_loop *loop = NULL;
    int error;

    if (argc > 3 || ticker.wanted == 0 || period_ms == 0) {
        fprintf(stderr, "usage: %s [ticks [milliseconds]]\n", argv[0]);
        return 2;
    }
    error = reactor_loop_open(&loop, NULL);
    if (error == 0) {
        reactor_timer_init(&ticker.timer, loop, tick, &ticker);
        reactor_timer_start(&ticker.timer, 0, period_ms * 1000000);
        error = reactor_loop_run(loop); /* until nothing is alive */
    }
    reactor_loop_close(loop);
    if (error < 0)
        fprintf(stderr, "ticker: %s\n", reactor_strerror(error));
    return error < 0 ? 1 : 0;
}
