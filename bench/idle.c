/* SPDX-License-Identifier: MIT */
/*
 * What connections cost in memory that have nothing to do: when they have been
 * opened, and when each has had a request and an answer.
 */
#include "server.h"
#include "sockets.h"
#include "workload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#define MESSAGE 64

struct reading {
    size_t allocated;
    size_t resident;
};

/* Of the process: the second number, in pages. */
static size_t read_resident(void)
{
    char text[256] = "";
    char *second = text;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file == NULL)
        return 0;
    if (fgets(text, sizeof(text), file) != NULL)
        (void)strtoul(text, &second, 10);
    (void)fclose(file);
    return strtoul(second, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

static struct reading read_memory(void)
{
    return (struct reading){ledger_read().bytes, read_resident()};
}

static void print(const char *name, size_t first, size_t second, int count)
{
    printf("%s %.1f\n", name, ((double)second - (double)first) / count);
}

static void answer(struct stream *stream, const char *bytes, size_t size)
{
    int error = engine_stream_write(stream, bytes, size);

    if (error != 0)
        server_fail(error);
    stream->left -= size;
    if (stream->left > 0)
        return;
    stream->left = MESSAGE;
    server_count();
}

static int open_streams(const struct pairs *pairs)
{
    int error = 0;
    int i;

    for (i = 0; i < pairs->count && error == 0; i++) {
        struct stream *stream = server_stream(i);

        stream->received = answer;
        stream->left = MESSAGE;
        error = engine_stream_open(server_engine(), stream, pairs->servers[i]);
    }
    return error;
}

/* The last message comes when all answers have gone. */
static void run_clients(const void *context)
{
    const struct pairs *pairs = context;
    char message[MESSAGE] = {0};
    int i;

    for (i = 0; i < pairs->count; i++)
        client_send(pairs->clients[i], message, MESSAGE);
    for (i = 0; i < pairs->count; i++)
        client_receive(pairs->clients[i], message, MESSAGE);
    client_send(pairs->clients[0], message, MESSAGE);
    client_receive(pairs->clients[0], message, MESSAGE);
    for (;;)
        pause();
}

static int exchange(const struct pairs *pairs)
{
    pid_t child;
    int error = clients_start(run_clients, pairs, &child);

    if (error != 0)
        return error;
    server_expect(pairs->count + 1);
    error = server_run();
    clients_end(child);
    return error;
}

static int serve(const struct pairs *pairs, struct reading closed)
{
    struct reading before = read_memory();
    struct reading opened, used;
    int count = pairs->count;
    int error = open_streams(pairs);

    if (error != 0)
        return error;
    opened = read_memory();
    error = exchange(pairs);
    used = read_memory();
    printf("connections %d\n", count);
    printf("caller_bytes %zu\n", engine_stream_size - sizeof(struct stream));
    print("bytes_per_connection", before.allocated, opened.allocated, count);
    print("used_bytes_per_connection", before.allocated, used.allocated, count);
    print("resident_per_connection", closed.resident, opened.resident, count);
    print("used_resident_per_connection", closed.resident, used.resident,
          count);
    return error;
}

/* There are two descriptors for each, and some of the engine's. */
static int as_many_as_possible(int count)
{
    const int others = 100;
    struct rlimit limit;
    int most;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
        limit.rlim_cur > (rlim_t)count * 2 + (rlim_t)others)
        return count;
    most = ((int)limit.rlim_cur - others) / 2;
    return most > 0 ? most : 1;
}

static int measure(const struct workload *workload,
                   const struct allocator *allocator)
{
    struct pairs pairs;
    struct reading closed;
    int error = pairs_open(&pairs, as_many_as_possible((int)workload->length));

    if (error != 0)
        return error;
    closed = read_memory();
    error = server_open(allocator, pairs.count);
    if (error == 0) {
        error = serve(&pairs, closed);
        server_close();
    }
    pairs_free(&pairs);
    return error;
}

int measure_idle(const struct workload *workload)
{
    return measure(workload, &ledger_allocator);
}

/* The ledger's own bytes are not resident then. */
int measure_resident(const struct workload *workload)
{
    const struct allocator system = {malloc, realloc, free};

    return measure(workload, &system);
}
