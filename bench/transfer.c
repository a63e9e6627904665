/* SPDX-License-Identifier: MIT */
/*
 * Large transfers over loopback TCP, in blocks of 64 KiB: clients send or
 * receive as much as they can, and the server does nothing with it.
 */
#include "server.h"
#include "sockets.h"
#include "workload.h"

#include <errno.h>
#include <string.h>

#define BLOCK 65536

static char block[BLOCK];

static void run_senders(const void *context)
{
    const struct pairs *pairs = context;
    int i;

    for (;;)
        for (i = 0; i < pairs->count; i++)
            client_send(pairs->clients[i], block, BLOCK);
}

static void run_receivers(const void *context)
{
    const struct pairs *pairs = context;
    int i;

    for (;;)
        for (i = 0; i < pairs->count; i++)
            client_receive(pairs->clients[i], block, BLOCK);
}

static void take(struct stream *stream, const char *bytes, size_t size)
{
    (void)bytes;
    for (; size >= stream->left; stream->left = BLOCK) {
        size -= stream->left;
        server_count();
    }
    stream->left -= size;
}

/* Until it is refused, or there are enough. */
static void fill(struct stream *stream)
{
    int error = 0;

    while (!server_is_done() && error == 0) {
        error = engine_stream_write(stream, block, BLOCK);
        if (error == 0)
            server_count();
    }
    if (error != 0 && error != -EAGAIN)
        server_fail(error);
}

static int serve(const struct pairs *pairs, bool is_sender, int64_t blocks)
{
    int error = 0;
    int i;

    server_expect(blocks);
    for (i = 0; i < pairs->count && error == 0; i++) {
        struct stream *stream = server_stream(i);

        stream->received = take;
        stream->drained = fill;
        stream->left = BLOCK;
        error = engine_stream_open(server_engine(), stream, pairs->servers[i]);
        if (error == 0 && is_sender)
            fill(stream);
    }
    return error == 0 ? server_measure() : error;
}

static int open_and_serve(const struct pairs *pairs, bool is_sender,
                          int64_t blocks)
{
    int error = server_open(&ledger_allocator, pairs->count);

    if (error != 0)
        return error;
    error = serve(pairs, is_sender, blocks);
    server_close();
    return error;
}

static int measure(const struct workload *workload, bool is_sender)
{
    struct pairs pairs;
    pid_t child;
    int error = pairs_open(&pairs, (int)workload->count);

    if (error != 0)
        return error;
    memset(block, 'x', sizeof(block));
    error =
        clients_start(is_sender ? run_receivers : run_senders, &pairs, &child);
    if (error == 0) {
        error = open_and_serve(&pairs, is_sender, workload->length);
        clients_end(child);
    }
    pairs_free(&pairs);
    return error;
}

int measure_receive(const struct workload *workload)
{
    return measure(workload, false);
}

int measure_send(const struct workload *workload)
{
    return measure(workload, true);
}
