/* SPDX-License-Identifier: MIT */
#include "server.h"

#include <errno.h>
#include <stdlib.h>

#include "echo.h"
#include "portable.h"
#include "reactor.h"

enum {
    BATCH = 256,
    ACCEPTS_PER_EVENT = 64,
    RETRY_MS = 100,
    PORTS_TO_TRY = 100
};

struct server {
    struct reactor *reactor;
    struct echo_context context;
    struct echo *echoes;
    reactor_handle listener;
    int64_t accept_again_at; /* while out of descriptors; else for ever */
    struct thread *thread;

    struct mutex lock; /* of what follows */
    struct condition answered;
    struct server_totals answer;
    bool is_asked, has_ended;
};

static void accept_again(struct server *server)
{
    if (server->accept_again_at != REACTOR_FOREVER &&
        reactor_reregister(server->reactor, server->listener, REACTOR_READABLE,
                           server) == 0)
        server->accept_again_at = REACTOR_FOREVER;
}

/* Who waits in the backlog keeps the listener ready: a listener that is not
   paused would keep the reactor spinning. */
static void pause_accepting(struct server *server)
{
    if (reactor_reregister(server->reactor, server->listener, 0, server) == 0)
        server->accept_again_at = reactor_now_ns() + RETRY_MS * 1000000;
}

static void add_connection(struct server *server, reactor_handle handle)
{
    struct echo *echo = calloc(1, sizeof *echo);

    if (echo == NULL ||
        reactor_register(server->reactor, handle, REACTOR_READABLE, echo) < 0) {
        free(echo);
        socket_close(handle);
        return;
    }
    echo->handle = handle;
    echo->next = server->echoes;
    echo->link = &server->echoes;
    if (echo->next != NULL)
        echo->next->link = &echo->next;
    server->echoes = echo;
}

static void close_connection(struct server *server, struct echo *echo)
{
    *echo->link = echo->next;
    if (echo->next != NULL)
        echo->next->link = echo->link;
    if (echo->origin == ECHO_VISITOR)
        server->context.totals.visitors_now--;
    reactor_deregister(server->reactor, echo->handle);
    socket_close(echo->handle);
    free(echo);
    accept_again(server);
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

static void serve(struct server *server, struct echo *echo)
{
    bool was_writing = echo->is_writing;
    int error = echo_serve(echo, &server->context);

    if (error == 0 && echo->is_writing != was_writing)
        error = reactor_reregister(
            server->reactor, echo->handle,
            echo->is_writing ? REACTOR_WRITABLE : REACTOR_READABLE, echo);
    if (error < 0)
        close_connection(server, echo);
}

static void answer(struct server *server, bool has_ended)
{
    struct server_totals *totals = &server->context.totals;

    totals->cpu_ns = thread_cpu_ns();
    mutex_lock(&server->lock);
    server->answer = *totals;
    server->is_asked = false;
    server->has_ended = has_ended;
    condition_wake_all(&server->answered);
    mutex_unlock(&server->lock);
}

static void run(void *argument)
{
    struct server *server = argument;
    struct reactor_event events[BATCH];
    int count;

    while ((count = reactor_wait_until(server->reactor, events, BATCH,
                                       server->accept_again_at)) >= 0) {
        server->context.totals.waits++;
        server->context.totals.events += (uint64_t)count;
        for (int i = 0; i < count; i++) {
            if (events[i].readiness & REACTOR_WAKE)
                answer(server, false);
            else if (events[i].user_data == server)
                accept_connections(server);
            else
                serve(server, events[i].user_data);
        }
        if (reactor_now_ns() >= server->accept_again_at)
            accept_again(server);
    }
    server->context.totals.error = count == -ECANCELED ? 0 : count;
    while (server->echoes != NULL)
        close_connection(server, server->echoes);
    answer(server, true);
}

/* The port or, unless it is fixed, the next one that is free. */
static int listen_at(struct server *server,
                     const struct server_options *options)
{
    int error = -EADDRINUSE;

    for (int i = 0; i < PORTS_TO_TRY && error == -EADDRINUSE; i++) {
        error = socket_listen(&server->listener, "127.0.0.1",
                              (uint16_t)(options->port + i));
        if (options->port_is_fixed)
            break;
    }
    return error;
}

int server_start(struct server **out, const struct server_options *options)
{
    struct server *server = malloc(sizeof *server);
    int error;

    if (server == NULL)
        return -ENOMEM;
    *server = (struct server){
        .context = {.token = options->token, .corrupt = options->corrupt},
        .accept_again_at = REACTOR_FOREVER,
        .lock = MUTEX_INITIALIZER,
        .answered = CONDITION_INITIALIZER,
    };
    error = reactor_open(&server->reactor);
    if (error < 0)
        goto free_server;
    error = listen_at(server, options);
    if (error < 0)
        goto close_reactor;
    error = reactor_register(server->reactor, server->listener,
                             REACTOR_READABLE, server);
    if (error < 0)
        goto close_listener;
    error = thread_start(&server->thread, run, server);
    if (error < 0)
        goto close_listener;
    *out = server;
    return 0;

close_listener:
    socket_close(server->listener);
close_reactor:
    reactor_close(server->reactor);
free_server:
    free(server);
    return error;
}

uint16_t server_port(const struct server *server)
{
    return socket_port(server->listener);
}

size_t server_bytes_per_connection(void)
{
    return sizeof(struct echo);
}

void server_read_totals(struct server *server, struct server_totals *totals)
{
    mutex_lock(&server->lock);
    server->is_asked = reactor_wake(server->reactor) == 0;
    while (server->is_asked && !server->has_ended)
        condition_wait(&server->answered, &server->lock);
    *totals = server->answer;
    mutex_unlock(&server->lock);
}

void server_stop(struct server *server)
{
    reactor_shutdown(server->reactor);
    thread_join(server->thread);
    reactor_close(server->reactor);
    socket_close(server->listener);
    free(server);
}
