/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700

#include "server.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "echo.h"
#include "reactor.h"
#include "sockets.h"

enum { BATCH = 256, ACCEPTS_PER_EVENT = 64, RETRY_MS = 100 };

struct server {
    struct reactor *reactor;
    struct echo_context context;
    struct echo *echoes;
    int listener;
    int64_t accept_again_at; /* while out of descriptors; else for ever */
    pthread_t thread;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t answered;
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

static void add_connection(struct server *server, int handle)
{
    struct echo *echo = calloc(1, sizeof *echo);

    if (echo == NULL ||
        reactor_register(server->reactor, handle, REACTOR_READABLE, echo) < 0) {
        free(echo);
        close(handle);
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
    close(echo->handle);
    free(echo);
    accept_again(server);
}

static void accept_connections(struct server *server)
{
    for (int i = 0; i < ACCEPTS_PER_EVENT; i++) {
        int handle = socket_accept(server->listener);

        if (handle >= 0) {
            add_connection(server, handle);
        } else if (handle == -EAGAIN || handle == -EWOULDBLOCK) {
            return;
        } else if (handle != -ECONNABORTED && handle != -EINTR) {
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
    struct timespec cpu = {0, 0};

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
    totals->cpu_ns = (int64_t)cpu.tv_sec * 1000000000 + cpu.tv_nsec;
    pthread_mutex_lock(&server->lock);
    server->answer = *totals;
    server->is_asked = false;
    server->has_ended = has_ended;
    pthread_cond_broadcast(&server->answered);
    pthread_mutex_unlock(&server->lock);
}

static void *run(void *argument)
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
    return NULL;
}

int server_start(struct server **out, const struct server_options *options)
{
    struct server *server = calloc(1, sizeof *server);
    int error;

    if (server == NULL)
        return -ENOMEM;
    server->context.token = options->token;
    server->context.corrupt = options->corrupt;
    server->accept_again_at = REACTOR_FOREVER;
    pthread_mutex_init(&server->lock, NULL);
    pthread_cond_init(&server->answered, NULL);
    error = reactor_open(&server->reactor);
    if (error < 0)
        goto free_server;
    error = socket_listen(options->port, options->port_is_fixed);
    if (error < 0)
        goto close_reactor;
    server->listener = error;
    error = reactor_register(server->reactor, server->listener,
                             REACTOR_READABLE, server);
    if (error < 0)
        goto close_listener;
    error = -pthread_create(&server->thread, NULL, run, server);
    if (error < 0)
        goto close_listener;
    *out = server;
    return 0;

close_listener:
    close(server->listener);
close_reactor:
    reactor_close(server->reactor);
free_server:
    pthread_cond_destroy(&server->answered);
    pthread_mutex_destroy(&server->lock);
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
    pthread_mutex_lock(&server->lock);
    server->is_asked = reactor_wake(server->reactor) == 0;
    while (server->is_asked && !server->has_ended)
        pthread_cond_wait(&server->answered, &server->lock);
    *totals = server->answer;
    pthread_mutex_unlock(&server->lock);
}

void server_stop(struct server *server)
{
    reactor_shutdown(server->reactor);
    pthread_join(server->thread, NULL);
    reactor_close(server->reactor);
    close(server->listener);
    pthread_cond_destroy(&server->answered);
    pthread_mutex_destroy(&server->lock);
    free(server);
}
