/* SPDX-License-Identifier: MIT */
/*
 * Connections that come and go: clients connect so many at once and end them,
 * and the server accepts each, sees its end and closes it.
 */
#include "server.h"
#include "sockets.h"
#include "workload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct visit {
    struct sockaddr_in address;
    int count;
};

/* Streams that are free. */
static struct stream **idle;
static int idle_count;

static struct stream *admit(struct gate *gate)
{
    (void)gate;
    if (idle_count == 0)
        abort(); /* the clients have more open than they may */
    return idle[--idle_count];
}

static void put_back(struct stream *stream)
{
    idle[idle_count++] = stream;
    server_count();
}

static void receive_nothing(struct stream *stream, const char *bytes,
                            size_t size)
{
    (void)stream;
    (void)bytes;
    (void)size;
}

/*
 * From one address there are fewer ports than connections that the system still
 * remembers.
 */
static int connect_and_end(const struct sockaddr_in *address)
{
    static unsigned number;
    struct sockaddr_in from = {.sin_family = AF_INET};
    int client = socket(AF_INET, SOCK_STREAM, 0);

    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + number++ % 200);
#ifdef IP_BIND_ADDRESS_NO_PORT
    (void)setsockopt(client, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &(int){1},
                     sizeof(int));
#endif
    if (client < 0 ||
        bind(client, (const struct sockaddr *)&from, sizeof(from)) != 0 ||
        connect(client, (const struct sockaddr *)address, sizeof(*address)) !=
            0 ||
        shutdown(client, SHUT_WR) != 0)
        _exit(1);
    return client;
}

static void run_clients(const void *context)
{
    const struct visit *visit = context;
    int *clients = calloc((size_t)visit->count, sizeof(*clients));
    char byte;
    int i;

    while (clients != NULL) {
        for (i = 0; i < visit->count; i++)
            clients[i] = connect_and_end(&visit->address);
        for (i = 0; i < visit->count; i++) {
            if (recv(clients[i], &byte, 1, 0) != 0)
                _exit(1);
            close(clients[i]);
        }
    }
}

static int open_gate(struct gate *gate, int listener, int count)
{
    for (idle_count = 0; idle_count < count; idle_count++) {
        struct stream *stream = server_stream(idle_count);

        stream->received = receive_nothing;
        stream->closed = put_back;
        idle[idle_count] = stream;
    }
    gate->admit = admit;
    return engine_gate_open(server_engine(), gate, listener);
}

static int serve(int listener, int count, int64_t connections)
{
    struct gate *gate = calloc(1, engine_gate_size);
    int error = gate == NULL ? -ENOMEM : server_open(&ledger_allocator, count);

    if (error == 0) {
        error = open_gate(gate, listener, count);
        server_expect((int64_t)count * 4);
        if (error == 0)
            error = server_run();
        server_expect(connections);
        if (error == 0)
            error = server_measure();
        server_close();
    }
    free(gate);
    return error;
}

int measure_accept(const struct workload *workload)
{
    struct visit visit = {.count = (int)workload->count};
    int listener = listen_on_loopback(&visit.address);
    int most = 2 * visit.count; /* some are closed, and not told of yet */
    pid_t child;
    int error;

    if (listener < 0)
        return listener;
    idle = calloc((size_t)most, sizeof(struct stream *));
    if (idle == NULL || fcntl(listener, F_SETFL, O_NONBLOCK) != 0)
        return -ENOMEM;
    error = clients_start(run_clients, &visit, &child);
    if (error == 0) {
        error = serve(listener, most, workload->length);
        clients_end(child);
    }
    free(idle);
    return error;
}
