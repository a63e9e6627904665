/* SPDX-License-Identifier: MIT */
/*
 * A server of 64-byte requests over loopback TCP, made of channels: clients
 * write a request to every connection, and then read all answers.
 */
#include "ledger.h"
#include "sockets.h"
#include "workload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MESSAGE 64

static void answer(struct channel *channel)
{
    char message[MESSAGE];

    if (read(channel->read, message, MESSAGE) != MESSAGE ||
        write(channel->write, message, MESSAGE) != MESSAGE)
        ring_fail(-EIO);
}

/* The channels of the ring have no use for their own descriptors then. */
static void put_into_ring(const struct pairs *pairs, const struct ring *ring)
{
    int i;

    for (i = 0; i < pairs->count; i++) {
        struct channel *channel = ring_channel(ring, i);

        channel->read = channel->write = pairs->servers[i];
        channel->next = channel;
        channel->handle = answer;
    }
}

/* Until the server is gone. */
static void run_clients(const void *context)
{
    const struct pairs *pairs = context;
    char message[MESSAGE] = {0};
    int i;

    for (;;) {
        for (i = 0; i < pairs->count; i++)
            client_send(pairs->clients[i], message, MESSAGE);
        for (i = 0; i < pairs->count; i++)
            client_receive(pairs->clients[i], message, MESSAGE);
    }
}

static int serve(struct ring *ring, int64_t requests)
{
    struct engine *engine;
    int64_t started;
    int64_t done;
    int error = engine_open(&engine, &ledger_allocator, false);

    if (error != 0)
        return error;
    error = ring_watch_all(ring, engine);
    started = cpu_time_ns();
    done = error != 0 ? error : ring_run(engine, requests);
    if (done >= 0) {
        printf("events %lld\n", (long long)done);
        printf("cpu_ns %lld\n", (long long)(cpu_time_ns() - started));
    }
    engine_close(engine);
    return done < 0 ? (int)done : 0;
}

int measure_echo(const struct workload *workload)
{
    struct ring ring = {NULL, (int)workload->count};
    struct pairs pairs;
    pid_t child;
    int error = pairs_open(&pairs, ring.count);

    if (error != 0)
        return error;
    ring.channels = calloc((size_t)ring.count, engine_channel_size);
    error = ring.channels == NULL ? -ENOMEM
                                  : clients_start(run_clients, &pairs, &child);
    if (error == 0) {
        put_into_ring(&pairs, &ring);
        error = serve(&ring, workload->length);
        clients_end(child);
    }
    free(ring.channels);
    pairs_free(&pairs);
    return error;
}
