/* SPDX-License-Identifier: MIT */
/*
 * A server of 64-byte requests over loopback TCP. Its client is a process of
 * its own without an engine, the same for all: it writes a request to every
 * connection, and then reads all answers. Only the server is measured.
 */
#include "ledger.h"
#include "workload.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MESSAGE 64

struct clients {
    int *sockets;
    int count;
};

static void answer(struct channel *channel)
{
    char message[MESSAGE];

    if (read(channel->read, message, MESSAGE) != MESSAGE ||
        write(channel->write, message, MESSAGE) != MESSAGE)
        ring_fail(-EIO);
}

static int listen_on_loopback(struct sockaddr_in *address)
{
    socklen_t size = sizeof(*address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    *address = (struct sockaddr_in){.sin_family = AF_INET};
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (listener >= 0 &&
        bind(listener, (struct sockaddr *)address, size) == 0 &&
        listen(listener, SOMAXCONN) == 0 &&
        getsockname(listener, (struct sockaddr *)address, &size) == 0)
        return listener;
    return -errno;
}

static int connect_one(int listener, const struct sockaddr_in *address,
                       int *client, int *server)
{
    const int on = 1;

    *client = socket(AF_INET, SOCK_STREAM, 0);
    if (*client < 0 || connect(*client, (const struct sockaddr *)address,
                               sizeof(*address)) != 0)
        return -errno;
    *server = accept(listener, NULL, NULL);
    if (*server < 0 || fcntl(*server, F_SETFL, O_NONBLOCK) != 0 ||
        setsockopt(*client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
        setsockopt(*server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
        return -errno;
    return 0;
}

/* The channels of the ring have no use for their own descriptors then. */
static int connect_all(struct ring *ring, struct clients *clients)
{
    struct sockaddr_in address;
    int listener = listen_on_loopback(&address);
    int error = listener < 0 ? listener : 0;
    int i;

    for (i = 0; i < clients->count && error == 0; i++) {
        struct channel *channel = ring_channel(ring, i);

        error = connect_one(listener, &address, &clients->sockets[i],
                            &channel->read);
        channel->write = channel->read;
        channel->next = channel;
        channel->handle = answer;
    }
    if (listener >= 0)
        close(listener);
    return error;
}

/* Until the server is gone. */
static void run_clients(const struct clients *clients)
{
    char message[MESSAGE] = {0};
    int i;

    for (;;) {
        for (i = 0; i < clients->count; i++)
            if (send(clients->sockets[i], message, MESSAGE, 0) != MESSAGE)
                _exit(1);
        for (i = 0; i < clients->count; i++)
            if (recv(clients->sockets[i], message, MESSAGE, MSG_WAITALL) !=
                MESSAGE)
                _exit(1);
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

static int run(struct ring *ring, struct clients *clients, int64_t requests)
{
    int error = connect_all(ring, clients);
    pid_t child;

    if (error != 0)
        return error;
    fflush(stdout);
    child = fork();
    if (child < 0)
        return -errno;
    if (child == 0)
        run_clients(clients);
    error = serve(ring, requests);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    return error;
}

int measure_echo(const struct workload *workload)
{
    struct clients clients = {NULL, (int)workload->count};
    struct ring ring = {NULL, clients.count};
    size_t count = (size_t)clients.count;
    int error = -ENOMEM;

    clients.sockets = calloc(count, sizeof(*clients.sockets));
    ring.channels = calloc(count, engine_channel_size);
    if (clients.sockets != NULL && ring.channels != NULL)
        error = run(&ring, &clients, workload->length);
    free(clients.sockets);
    free(ring.channels);
    return error;
}
