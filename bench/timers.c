/* SPDX-License-Identifier: MIT */
/*
 * Timers as a server has them: one for each of many connections, started,
 * pushed back and stopped in a call of the loop. The sequence is pseudo-random
 * and the same for all engines. Firing: all are due when the loop looks.
 */
#include "ledger.h"
#include "workload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)

struct bench {
    struct engine *engine;
    struct ring ring; /* one channel, whose handler does the work */
    char *timers;     /* engine_timer_size bytes each */
    uint32_t *order;  /* a permutation of the timers */
    int64_t *delays;
    uint32_t count;
    int64_t fired;
    uint64_t random;
};

static struct bench bench;

/* xorshift64*, by its author Vigna. */
static uint64_t draw(void)
{
    bench.random ^= bench.random >> 12;
    bench.random ^= bench.random << 25;
    bench.random ^= bench.random >> 27;
    return bench.random * UINT64_C(2685821657736338717);
}

static int64_t draw_below(int64_t limit)
{
    return (int64_t)(draw() >> 11) % limit;
}

static struct timer *timer_at(uint32_t index)
{
    return (void *)(bench.timers + index * engine_timer_size);
}

static void shuffle(void)
{
    uint32_t i;

    for (i = bench.count - 1; i > 0; i--) {
        uint32_t j = (uint32_t)draw_below((int64_t)i + 1);
        uint32_t other = bench.order[j];

        bench.order[j] = bench.order[i];
        bench.order[i] = other;
    }
}

static void count_fired(struct timer *timer)
{
    (void)timer;
    bench.fired++;
}

static void check(int error)
{
    if (error != 0)
        ring_fail(error);
}

/* ---- What is measured, each in one call ---- */

static void add(struct channel *channel)
{
    uint32_t i;

    ring_take_token(channel);
    for (i = 0; i < bench.count; i++)
        check(engine_timer_start(timer_at(i), bench.delays[i]));
}

static void touch(struct channel *channel)
{
    uint32_t i;

    ring_take_token(channel);
    for (i = 0; i < bench.count; i++) {
        uint32_t index = bench.order[i];

        check(engine_timer_touch(timer_at(index), bench.delays[index]));
    }
}

static void cancel(struct channel *channel)
{
    uint32_t i;

    ring_take_token(channel);
    for (i = 0; i < bench.count; i++)
        check(engine_timer_stop(timer_at(bench.order[i])));
}

/* What the loop does about it after the call counts too. */
static int measure_call(const char *name, void (*handle)(struct channel *))
{
    int error = ring_put_tokens(&bench.ring, 1);
    int64_t started = cpu_time_ns();
    int64_t done;

    if (error != 0)
        return error;
    ring_channel(&bench.ring, 0)->handle = handle;
    done = ring_run(bench.engine, 1);
    if (done < 0)
        return (int)done;
    printf("%s_ns %.1f\n", name,
           (double)(cpu_time_ns() - started) / bench.count);
    return 0;
}

static void draw_delays(int64_t least, int64_t spread)
{
    uint32_t i;

    for (i = 0; i < bench.count; i++)
        bench.delays[i] = least + draw_below(spread);
}

/* As if up to a second had gone by since the timer was started. */
static void draw_later_delays(void)
{
    uint32_t i;

    for (i = 0; i < bench.count; i++)
        bench.delays[i] += draw_below(NS_PER_S);
}

static void pass(int64_t nanoseconds)
{
    struct timespec left = {.tv_sec = (time_t)(nanoseconds / NS_PER_S),
                            .tv_nsec = (long)(nanoseconds % NS_PER_S)};

    while (nanosleep(&left, &left) != 0)
        continue;
}

/* So late that adding them is over before the first one is due. */
static int measure_fire(void)
{
    const int64_t least = bench.count * INT64_C(2000);
    const int64_t spread = NS_PER_S / 10;
    int64_t started;
    int64_t done;
    int error;

    draw_delays(least, spread);
    error = measure_call("add_close", add);
    if (error != 0)
        return error;
    if (bench.fired != 0)
        return -ETIME;
    pass(least + spread + spread / 2);
    started = cpu_time_ns();
    done = ring_run(bench.engine, bench.count);
    if (done < 0 || bench.fired != bench.count)
        return done < 0 ? (int)done : -EIO;
    printf("fire_ns %.1f\n", (double)(cpu_time_ns() - started) / bench.count);
    return 0;
}

static int measure_all(void)
{
    int error;

    draw_delays(100 * NS_PER_S, 60 * NS_PER_S);
    error = measure_call("add", add);
    draw_later_delays();
    if (error == 0)
        error = measure_call("touch", touch);
    shuffle();
    if (error == 0)
        error = measure_call("cancel", cancel);
    return error != 0 ? error : measure_fire();
}

static int prepare(void)
{
    uint32_t i;
    int error = ring_watch_all(&bench.ring, bench.engine);

    for (i = 0; i < bench.count && error == 0; i++) {
        struct timer *timer = timer_at(i);

        timer->call = count_fired;
        error = engine_timer_init(bench.engine, timer);
        bench.order[i] = i;
    }
    if (error == 0)
        shuffle();
    return error;
}

static int run(enum ring_kind kind)
{
    int error = ring_open(&bench.ring, kind, 1);

    if (error == 0)
        error = engine_open(&bench.engine, &ledger_allocator, false);
    if (error != 0)
        return error;
    error = prepare();
    if (error == 0)
        error = measure_all();
    engine_close(bench.engine);
    ring_close(&bench.ring);
    return error;
}

int measure_timers(const struct workload *workload)
{
    size_t count = (size_t)workload->length;
    int error = -ENOMEM;

    bench = (struct bench){.count = (uint32_t)count, .random = 1};
    bench.timers = calloc(count, engine_timer_size);
    bench.order = calloc(count, sizeof(*bench.order));
    bench.delays = calloc(count, sizeof(*bench.delays));
    if (bench.timers != NULL && bench.order != NULL && bench.delays != NULL)
        error = run(workload->kind);
    free(bench.timers);
    free(bench.order);
    free(bench.delays);
    return error;
}
