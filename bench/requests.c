/* SPDX-License-Identifier: MIT */
/*
 * A server of requests over loopback TCP, made of the streams that an engine
 * has: it answers each with the same bytes. Clients send to every connection,
 * and then read all answers.
 */
#include "server.h"
#include "sockets.h"
#include "workload.h"

#include <errno.h>
#include <stdlib.h>

struct job {
    struct pairs pairs;
    size_t size;  /* of a request */
    size_t depth; /* requests are sent at once */
};

static struct job job;

static void answer(struct stream *stream, const char *bytes, size_t size)
{
    while (size > 0) {
        size_t part = size < stream->left ? size : stream->left;
        int error = engine_stream_write(stream, bytes, part);

        if (error != 0) {
            server_fail(error);
            return;
        }
        bytes += part;
        size -= part;
        stream->left -= part;
        if (stream->left == 0) {
            stream->left = job.size;
            server_count();
        }
    }
}

/* The next answers are smaller than what may wait. */
static void do_nothing(struct stream *stream)
{
    (void)stream;
}

/* Until the server is gone. */
static void run_clients(const void *context)
{
    const struct pairs *pairs = context;
    size_t size = job.size * job.depth;
    char *bytes = calloc(1, size);
    int i;

    while (bytes != NULL) {
        for (i = 0; i < pairs->count; i++)
            client_send(pairs->clients[i], bytes, size);
        for (i = 0; i < pairs->count; i++)
            client_receive(pairs->clients[i], bytes, size);
    }
}

static int open_streams(void)
{
    int i;

    for (i = 0; i < job.pairs.count; i++) {
        struct stream *stream = server_stream(i);
        int error;

        stream->received = answer;
        stream->drained = do_nothing;
        stream->left = job.size;
        error =
            engine_stream_open(server_engine(), stream, job.pairs.servers[i]);
        if (error != 0)
            return error;
    }
    return 0;
}

/* What the first requests make the engine allocate is not counted. */
static int serve(int64_t requests)
{
    int64_t round = (int64_t)job.pairs.count * (int64_t)job.depth;
    int error = open_streams();

    server_expect(4 * round);
    if (error == 0)
        error = server_run();
    server_expect(requests);
    return error == 0 ? server_measure() : error;
}

static int open_and_serve(int64_t requests)
{
    int error = server_open(&ledger_allocator, job.pairs.count);

    if (error != 0)
        return error;
    error = serve(requests);
    server_close();
    return error;
}

static int measure_of(const struct workload *workload, size_t size,
                      size_t depth)
{
    pid_t child;
    int error = pairs_open(&job.pairs, (int)workload->count);

    if (error != 0)
        return error;
    job.size = size;
    job.depth = depth;
    error = clients_start(run_clients, &job.pairs, &child);
    if (error == 0) {
        error = open_and_serve(workload->length);
        clients_end(child);
    }
    pairs_free(&job.pairs);
    return error;
}

int measure_request(const struct workload *workload)
{
    return measure_of(workload, (size_t)workload->tokens, 1);
}

int measure_pipeline(const struct workload *workload)
{
    return measure_of(workload, 64, (size_t)workload->tokens);
}
