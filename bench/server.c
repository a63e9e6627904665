/* SPDX-License-Identifier: MIT */
#include "server.h"

#include "workload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static struct {
    struct engine *engine;
    char *streams;
    int64_t expected; /* events */
    int64_t left;
    int error;
} server;

int server_open(const struct allocator *allocator, int streams)
{
    int error = -ENOMEM;

    server.streams = calloc((size_t)streams, engine_stream_size);
    if (server.streams != NULL)
        error = engine_open(&server.engine, allocator, false);
    if (error != 0)
        free(server.streams);
    return error;
}

void server_close(void)
{
    engine_close(server.engine);
    free(server.streams);
}

struct engine *server_engine(void)
{
    return server.engine;
}

struct stream *server_stream(int number)
{
    return (void *)(server.streams + (size_t)number * engine_stream_size);
}

void server_count(void)
{
    if (--server.left == 0)
        engine_stop(server.engine);
}

void server_fail(int error)
{
    if (server.error == 0)
        server.error = error;
    engine_stop(server.engine);
}

bool server_is_done(void)
{
    return server.left <= 0;
}

void server_expect(int64_t events)
{
    server.expected = server.left = events;
}

int server_run(void)
{
    int64_t done = server_is_done() ? 0 : engine_run(server.engine, INT64_MAX);

    return done < 0 ? (int)done : server.error;
}

int server_measure(void)
{
    size_t allocations = ledger_read().calls;
    int64_t started = cpu_time_ns();
    int error = server_run();
    int64_t spent = cpu_time_ns() - started;

    if (error != 0)
        return error;
    printf("events %lld\n", (long long)(server.expected - server.left));
    printf("cpu_ns %lld\n", (long long)spent);
    printf("mallocs %zu\n", ledger_read().calls - allocations);
    return 0;
}
