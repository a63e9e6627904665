/* SPDX-License-Identifier: MIT */
/*
 * A TCP server that ends without cutting anyone off: it sends back what it
 * receives and, when it is asked to stop (Ctrl-C, or SIGTERM), accepts nobody
 * any more, goes on until its clients have left, but not for ever, and says
 * how that went. Asked twice, it ends at once.
 *
 *     ./graceful_stop 7007 5000     at most 5000 ms after it was asked to stop
 *
 * Sockets are those of portable.h, so that it runs on Windows as well.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "portable.h"
#include "reactor/loop.h"

enum { RETRY_NS = 100000000, MS_NS = 1000000 };

struct server {
    struct reactor_loop *loop;
    struct reactor_handler listener;
    struct reactor_timer accept_again; /* while out of descriptors */
    struct reactor_timer deadline;     /* while it is stopping */
    struct reactor_signal interrupted, terminated;
    struct connection *connections;
    int64_t patience_ns;
    bool is_stopping;
    unsigned open, finished, cut_off; /* the latter two since it is stopping */
};

struct connection {
    struct reactor_handler handler;
    struct server *server;
    struct connection *next, **link;
    size_t begin, end; /* of what was read and is not yet written back */
    char buffer[4096];
};

static void stop_accepting(struct server *server)
{
    reactor_handle handle = reactor_handler_handle(&server->listener);

    if (handle == REACTOR_INVALID_HANDLE)
        return;
    reactor_timer_stop(&server->accept_again);
    reactor_handler_stop(&server->listener);
    socket_close(handle);
}

static void close_connection(struct connection *connection)
{
    struct server *server = connection->server;
    reactor_handle handle = reactor_handler_handle(&connection->handler);

    reactor_handler_stop(&connection->handler);
    socket_close(handle);
    *connection->link = connection->next;
    if (connection->next != NULL)
        connection->next->link = connection->link;
    server->open--;
    free(connection);
}

/* Afterwards nothing is alive, and the loop ends. */
static void finish(struct server *server)
{
    stop_accepting(server);
    server->cut_off = server->open;
    while (server->connections != NULL)
        close_connection(server->connections);
    reactor_timer_stop(&server->deadline);
    reactor_signal_stop(&server->interrupted);
    reactor_signal_stop(&server->terminated);
}

static void be_too_late(void *user_data, uint64_t missed)
{
    (void)missed;
    finish(user_data);
}

static void stop(void *user_data, int number, uint64_t count)
{
    struct server *server = user_data;
    bool is_asked_twice = server->is_stopping || count > 1;

    (void)number;
    server->is_stopping = true;
    stop_accepting(server);
    if (is_asked_twice || server->open == 0) {
        finish(server);
        return;
    }
    printf("stopping: %u connected\n", server->open);
    fflush(stdout);
    reactor_timer_start(&server->deadline, server->patience_ns, 0);
}

/* Reads only when all is written back: so a client that does not read stops
   being read, and the end of the input comes when nothing is left to say.
   Returns whether the connection goes on. */
static bool echo(struct connection *connection)
{
    reactor_handle handle = reactor_handler_handle(&connection->handler);
    int count;

    if (connection->begin == connection->end) {
        count = socket_receive(handle, connection->buffer,
                               sizeof connection->buffer);
        if (count <= 0)
            return count == -EAGAIN;
        connection->begin = 0;
        connection->end = (size_t)count;
    }
    count = socket_send(handle, connection->buffer + connection->begin,
                        connection->end - connection->begin);
    if (count < 0 && count != -EAGAIN)
        return false;
    if (count > 0)
        connection->begin += (size_t)count;
    /* The same interest again costs nothing. */
    return reactor_handler_update(&connection->handler,
                                  connection->begin == connection->end
                                      ? REACTOR_READABLE
                                      : REACTOR_WRITABLE) == 0;
}

static void serve(void *user_data, uint32_t readiness)
{
    struct connection *connection = user_data;
    struct server *server = connection->server;

    if ((readiness & REACTOR_ERROR) == 0 && echo(connection))
        return;
    close_connection(connection);
    if (!server->is_stopping)
        return;
    server->finished++;
    if (server->open == 0)
        finish(server);
}

static void add_connection(struct server *server, reactor_handle handle)
{
    struct connection *connection = malloc(sizeof *connection);

    if (connection == NULL) {
        socket_close(handle);
        return;
    }
    reactor_handler_init(&connection->handler, server->loop, serve, connection);
    if (reactor_handler_start(&connection->handler, handle, REACTOR_READABLE) <
        0) {
        free(connection);
        socket_close(handle);
        return;
    }
    connection->server = server;
    connection->begin = connection->end = 0;
    connection->next = server->connections;
    connection->link = &server->connections;
    if (connection->next != NULL)
        connection->next->link = &connection->next;
    server->connections = connection;
    server->open++;
}

static void resume_accepting(void *user_data, uint64_t missed)
{
    struct server *server = user_data;

    (void)missed;
    if (reactor_handler_update(&server->listener, REACTOR_READABLE) < 0)
        reactor_timer_start(&server->accept_again, RETRY_NS, 0);
}

/* One for each call: more of them keep it ready, and others get their turn. */
static void accept_connection(void *user_data, uint32_t readiness)
{
    struct server *server = user_data;
    reactor_handle handle;
    int error =
        socket_accept(&handle, reactor_handler_handle(&server->listener));

    (void)readiness;
    if (error == 0) {
        add_connection(server, handle);
    } else if (error != -EAGAIN && error != -ECONNABORTED) {
        /* Out of descriptors: who waits would keep the loop spinning. */
        if (reactor_handler_update(&server->listener, 0) == 0)
            reactor_timer_start(&server->accept_again, RETRY_NS, 0);
    }
}

static int start(struct server *server, uint16_t port)
{
    reactor_handle handle;
    int error = socket_listen(&handle, "127.0.0.1", port);

    if (error < 0)
        return error;
    error = reactor_handler_start(&server->listener, handle, REACTOR_READABLE);
    if (error < 0) {
        socket_close(handle);
        return error;
    }
    error = reactor_signal_start(&server->interrupted, SIGINT);
    if (error == 0)
        error = reactor_signal_start(&server->terminated, SIGTERM);
    if (error < 0)
        return error;
    printf("listening on 127.0.0.1:%d\n", socket_port(handle));
    fflush(stdout);
    return 0;
}

static void init(struct server *server)
{
    struct reactor_loop *loop = server->loop;

    reactor_handler_init(&server->listener, loop, accept_connection, server);
    reactor_timer_init(&server->accept_again, loop, resume_accepting, server);
    reactor_timer_init(&server->deadline, loop, be_too_late, server);
    reactor_signal_init(&server->interrupted, loop, stop, server);
    reactor_signal_init(&server->terminated, loop, stop, server);
}

/* -1 if it is none. */
static long read_number(const char *text, long most)
{
    char *end;
    long number = strtol(text, &end, 10);

    return end != text && *end == '\0' && number <= most ? number : -1;
}

int main(int argc, char **argv)
{
    struct server server = {.loop = NULL};
    long port = argc > 1 ? read_number(argv[1], 65535) : 7007;
    long patience_ms = argc > 2 ? read_number(argv[2], 1000000) : 5000;
    int error;

    if (argc > 3 || port < 0 || patience_ms < 0) {
        fprintf(stderr, "usage: %s [port [milliseconds]]\n", argv[0]);
        return 2;
    }
    server.patience_ns = (int64_t)patience_ms * MS_NS;
    ignore_lost_peers();
    error = reactor_loop_open(&server.loop, NULL);
    if (error == 0) {
        init(&server);
        error = start(&server, (uint16_t)port);
        if (error == 0)
            error = reactor_loop_run(server.loop);
        if (error == 0)
            printf("stopped: %u finished, %u cut off\n", server.finished,
                   server.cut_off);
        finish(&server);
        reactor_loop_close(server.loop);
    }
    if (error < 0)
        fprintf(stderr, "graceful_stop: %s\n", reactor_strerror(error));
    return error < 0 ? 1 : 0;
}
