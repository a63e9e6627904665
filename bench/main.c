/* SPDX-License-Identifier: MIT */
/*
 * The driver of the benchmarks, linked with one engine:
 *
 *     bench_ENGINE chain CHANNELS TOKENS EVENTS [eventfd|socketpair|pipe]
 *     bench_ENGINE register CHANNELS
 *
 * chain: TOKENS travel a ring of CHANNELS, all watched, until that has made
 * EVENTS events; one event is its share of a wait, the dispatch, a read and a
 * write. register: what CHANNELS cost the engine in memory.
 *
 * Prints lines of a name and a number, for bench/measure.sh.
 */
#include "engine.h"
#include "ledger.h"
#include "ring.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)

/* ---- Together with others ---- */

static int watch_all(struct ring *ring)
{
    int error = 0;
    int i;

    for (i = 0; i < ring->count && error == 0; i++)
        error = engine_watch(&ring->channels[i]);
    return error;
}

static int unwatch_all(struct ring *ring)
{
    int error = 0;
    int i;

    for (i = 0; i < ring->count && error == 0; i++)
        error = engine_unwatch(&ring->channels[i]);
    return error;
}

/* Turns until so many events were handled; their number, or an error. */
static int64_t turn_until(int64_t events)
{
    int64_t done = engine_run(events);

    return done >= 0 && ring_lost_token() ? -EIO : done;
}

/* As much as the system lets us have; opening tells if it is not enough. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* ---- chain ---- */

static int64_t cpu_time_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int measure_chain(struct ring *ring, int tokens, int64_t events)
{
    int64_t started;
    int64_t done;
    int error = watch_all(ring);

    if (error == 0)
        error = ring_put_tokens(ring, tokens);
    if (error != 0)
        return error;
    started = cpu_time_ns();
    done = turn_until(events);
    if (done < 0)
        return (int)done;
    printf("events %lld\n", (long long)done);
    printf("cpu_ns %lld\n", (long long)(cpu_time_ns() - started));
    return 0;
}

/* ---- register ---- */

/* Only from here on: fewer handles do not share what is there from the start */
#define WORST_FROM 1000

static int measure_growth(struct ring *ring)
{
    struct ledger before = ledger_read();
    struct ledger after = before;
    double worst = 0;
    int i;

    for (i = 0; i < ring->count; i++) {
        int error = engine_watch(&ring->channels[i]);
        double each;

        if (error != 0)
            return error;
        after = ledger_read();
        each = (double)(after.bytes - before.bytes) / (i + 1);
        if (i + 1 >= WORST_FROM && each > worst)
            worst = each;
    }
    printf("opened_bytes %zu\n", before.bytes);
    printf("grown_mallocs %zu\n", after.calls - before.calls);
    printf("bytes_per_handle %.1f\n",
           (double)(after.bytes - before.bytes) / ring->count);
    printf("worst_bytes_per_handle %.1f\n", worst);
    return 0;
}

/* Once the engine has grown: all go, all come again, and some have events. */
static int measure_steady_state(struct ring *ring)
{
    size_t before = ledger_read().calls;
    int64_t done;
    int error = unwatch_all(ring);

    if (error == 0)
        error = watch_all(ring);
    if (error != 0)
        return error;
    printf("again_mallocs %zu\n", ledger_read().calls - before);
    before = ledger_read().calls;
    error = ring_put_tokens(ring, 100);
    if (error != 0)
        return error;
    done = turn_until(10000);
    if (done < 0)
        return (int)done;
    printf("wait_mallocs %zu\n", ledger_read().calls - before);
    return 0;
}

static int measure_registration(struct ring *ring)
{
    int error = measure_growth(ring);

    return error != 0 ? error : measure_steady_state(ring);
}

/* ---- Command line ---- */

struct options {
    bool chain; /* or register */
    int channels;
    int tokens;
    int64_t events;
    enum ring_kind kind;
};

static bool parse_number(const char *text, int64_t most, int64_t *out)
{
    char *end;
    long long number = strtoll(text, &end, 10);

    *out = number;
    return end != text && *end == '\0' && number >= 1 && number <= most;
}

static bool parse_kind(const char *text, enum ring_kind *out)
{
    static const char *const names[] = {"eventfd", "socketpair", "pipe"};
    int i;

    for (i = 0; i < 3; i++)
        if (strcmp(text, names[i]) == 0) {
            *out = (enum ring_kind)i;
            return true;
        }
    return false;
}

static bool parse(int argc, char **argv, struct options *options)
{
    int64_t channels;
    int64_t tokens;

    options->kind = ring_leanest_kind;
    if (argc < 3 || !parse_number(argv[2], 1 << 20, &channels))
        return false;
    options->channels = (int)channels;
    options->chain = strcmp(argv[1], "chain") == 0;
    if (!options->chain)
        return strcmp(argv[1], "register") == 0 && argc == 3;
    if (argc < 5 || argc > 6 || !parse_number(argv[3], channels, &tokens) ||
        !parse_number(argv[4], INT64_MAX / 2, &options->events))
        return false;
    options->tokens = (int)tokens;
    return argc == 5 || parse_kind(argv[5], &options->kind);
}

static int run(const struct options *options)
{
    struct ring ring;
    int error = ring_open(&ring, options->kind, options->channels);

    if (error != 0)
        return error;
    error = engine_open(&ledger_allocator);
    if (error != 0)
        return error;
    error = options->chain
                ? measure_chain(&ring, options->tokens, options->events)
                : measure_registration(&ring);
    engine_close();
    ring_close(&ring);
    return error;
}

int main(int argc, char **argv)
{
    struct options options;
    int error;

    if (!parse(argc, argv, &options)) {
        fprintf(stderr,
                "usage: %s chain CHANNELS TOKENS EVENTS "
                "[eventfd|socketpair|pipe]\n"
                "       %s register CHANNELS\n",
                argv[0], argv[0]);
        return 2;
    }
    raise_descriptor_limit();
    error = run(&options);
    if (error != 0) {
        fprintf(stderr, "%s: %s\n", engine_name, strerror(-error));
        return 1;
    }
    return 0;
}
