/* SPDX-License-Identifier: MIT */
/*
 * A TCP server that sends every byte back: many clients, one thread, one
 * reactor. It copes with slow readers, half-closed and broken connections, and
 * with running out of descriptors. Ctrl-C ends it.
 *
 *     ./echo_server 7007            then, elsewhere:   nc 127.0.0.1 7007
 *     ./echo_server 0 0.0.0.0       any free port, reachable from outside
 *
 * Sockets are those of portable.h, so that it runs on Windows as well.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "portable.h"
#include "reactor.h"

enum { ACCEPTS_PER_EVENT = 64, RETRY_MS = 100 };

struct connection {
    struct connection *next, **link;
    reactor_handle handle;
    uint32_t interest;
    size_t begin, end; /* of what was read and is not yet written back */
    char buffer[4096];
};

struct server {
    struct reactor *reactor;
    struct connection *connections;
    reactor_handle listener;
    int64_t accept_again_at; /* while out of descriptors; else for ever */
};

static struct reactor *reactor_to_stop;

static void stop(int signal_number)
{
    (void)signal_number;
    reactor_shutdown(reactor_to_stop);
}

static void accept_again(struct server *server)
{
    if (server->accept_again_at != REACTOR_FOREVER &&
        reactor_reregister(server->reactor, server->listener, REACTOR_READABLE,
                           server) == 0)
        server->accept_again_at = REACTOR_FOREVER;
}

/* Clients that wait keep the listener ready: without descriptors for them, a
   listener that is not paused would keep the reactor spinning. */
static void pause_accepting(struct server *server)
{
    if (reactor_reregister(server->reactor, server->listener, 0, server) == 0)
        server->accept_again_at = reactor_now_ns() + RETRY_MS * 1000000;
}

static void close_connection(struct server *server,
                             struct connection *connection)
{
    *connection->link = connection->next;
    if (connection->next != NULL)
        connection->next->link = connection->link;
    reactor_deregister(server->reactor, connection->handle);
    socket_close(connection->handle);
    free(connection);
    accept_again(server);
}

static void add_connection(struct server *server, reactor_handle handle)
{
    struct connection *connection = malloc(sizeof *connection);

    if (connection == NULL ||
        reactor_register(server->reactor, handle, REACTOR_READABLE,
                         connection) < 0) {
        free(connection);
        socket_close(handle);
        return;
    }
    connection->handle = handle;
    connection->interest = REACTOR_READABLE;
    connection->begin = connection->end = 0;
    connection->next = server->connections;
    connection->link = &server->connections;
    if (connection->next != NULL)
        connection->next->link = &connection->next;
    server->connections = connection;
}

static void accept_connections(struct server *server)
{
    for (int i = 0; i < ACCEPTS_PER_EVENT; i++) {
        reactor_handle handle;
        int error = socket_accept(&handle, server->listener);

        if (error == 0) {
            add_connection(server, handle);
        } else if (error == -EAGAIN) {
            return;
        } else if (error != -ECONNABORTED) {
            pause_accepting(server);
            return;
        }
    }
}

/* Reads only when all is written back: so a client that does not read stops
   being read, and the end of the input comes when nothing is left to say.
   Returns whether the connection goes on. */
static int echo(struct server *server, struct connection *connection)
{
    uint32_t interest;
    int count;

    if (connection->begin == connection->end) {
        count = socket_receive(connection->handle, connection->buffer,
                               sizeof connection->buffer);
        if (count <= 0)
            return count == -EAGAIN;
        connection->begin = 0;
        connection->end = (size_t)count;
    }
    count =
        socket_send(connection->handle, connection->buffer + connection->begin,
                    connection->end - connection->begin);
    if (count < 0 && count != -EAGAIN)
        return 0;
    if (count > 0)
        connection->begin += (size_t)count;
    interest = connection->begin == connection->end ? REACTOR_READABLE
                                                    : REACTOR_WRITABLE;
    if (interest == connection->interest)
        return 1;
    connection->interest = interest;
    return reactor_reregister(server->reactor, connection->handle, interest,
                              connection) == 0;
}

static int serve(struct server *server)
{
    struct reactor_event events[64];

    for (;;) {
        int count = reactor_wait_until(server->reactor, events, 64,
                                       server->accept_again_at);

        if (count < 0)
            return count;
        for (int i = 0; i < count; i++)
            if (events[i].user_data == server)
                accept_connections(server);
            else if (!echo(server, events[i].user_data))
                close_connection(server, events[i].user_data);
        if (reactor_now_ns() >= server->accept_again_at)
            accept_again(server);
    }
}

int main(int argc, char **argv)
{
    struct server server = {.accept_again_at = REACTOR_FOREVER,
                            .listener = REACTOR_INVALID_HANDLE};
    const char *address = argc > 2 ? argv[2] : "127.0.0.1";
    char *end = NULL;
    long port = argc > 1 ? strtol(argv[1], &end, 10) : 7007;
    int error;

    if (argc > 3 || (end != NULL && *end != '\0') || port < 0 || port > 65535) {
        fprintf(stderr, "usage: %s [port [address]]\n", argv[0]);
        return 2;
    }
    error = reactor_open(&server.reactor);
    if (error == 0) {
        ignore_lost_peers();
        reactor_to_stop = server.reactor;
        handle_interrupts(stop);
        error = socket_listen(&server.listener, address, (uint16_t)port);
    }
    if (error == 0) {
        printf("listening on %s:%d\n", address, socket_port(server.listener));
        fflush(stdout);
        error = reactor_register(server.reactor, server.listener,
                                 REACTOR_READABLE, &server);
    }
    if (error == 0)
        error = serve(&server);
    if (error == -ECANCELED) /* a signal, at whatever moment it came */
        error = 0;
    if (error < 0)
        fprintf(stderr, "echo_server: %s\n", reactor_strerror(error));
    handle_interrupts(SIG_IGN); /* from here on there is no reactor to stop */
    while (server.connections != NULL)
        close_connection(&server, server.connections);
    if (server.listener != REACTOR_INVALID_HANDLE)
        socket_close(server.listener);
    reactor_close(server.reactor);
    return error < 0 ? 1 : 0;
}
