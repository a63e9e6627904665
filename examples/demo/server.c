/* SPDX-License-Identifier: MIT */
#include "server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "echo.h"
#include "portable.h"
#include "reactor/net.h"

enum { PORTS_TO_TRY = 100 };

struct server {
    struct reactor_loop *loop;
    struct reactor_listener listeners[SERVER_ADDRESSES_MAX];
    struct reactor_address addresses[SERVER_ADDRESSES_MAX];
    size_t listening;
    struct reactor_post question; /* how is it going? */
    struct echo_context context;
    struct thread *thread;

    struct mutex lock; /* of what follows */
    struct condition answered;
    struct server_totals answer;
    bool is_asked, has_ended;
};

static void serve(void *user_data, reactor_handle handle,
                  const struct reactor_address *peer)
{
    struct server *server = user_data;

    (void)peer;
    echo_serve(&server->context, server->loop, handle);
}

static void give_answer(struct server *server, bool has_ended)
{
    struct server_totals *totals = &server->context.totals;
    struct reactor_loop_numbers numbers = {.size = sizeof numbers};

    if (reactor_loop_numbers(server->loop, &numbers) == 0) {
        totals->waits = numbers.turns;
        totals->events = numbers.events;
    }
    totals->cpu_ns = thread_cpu_ns();
    mutex_lock(&server->lock);
    server->answer = *totals;
    server->is_asked = false;
    server->has_ended = has_ended;
    condition_wake_all(&server->answered);
    mutex_unlock(&server->lock);
}

static void answer(void *user_data)
{
    give_answer(user_data, false);
}

static void run(void *argument)
{
    struct server *server = argument;
    int error = reactor_loop_run(server->loop);

    if (error < 0)
        server->context.totals.error = error;
    give_answer(server, true);
}

/* Listens to one more address of the loopback network. */
static int listen_to_next(struct server *server, int port)
{
    size_t number = server->listening;
    struct reactor_listener *listener = &server->listeners[number];
    struct reactor_address *address = &server->addresses[number];
    char text[REACTOR_ADDRESS_TEXT_MAX];
    int error;

    snprintf(text, sizeof text, "127.0.0.%u:%d", (unsigned)number + 1, port);
    error = reactor_address_parse(address, text);
    if (error < 0)
        return error;
    reactor_listener_init(listener, server->loop, serve, server);
    error = reactor_listener_start(listener, address, NULL);
    if (error < 0)
        return error;
    server->listening++;
    return reactor_listener_address(listener, address);
}

/* The port or, unless it is fixed, the next one that is free. */
static int start_listening(struct server *server,
                           const struct server_options *options)
{
    int error = -EADDRINUSE;

    for (int i = 0; i < PORTS_TO_TRY && error == -EADDRINUSE; i++) {
        error = listen_to_next(server, options->port + i);
        if (options->port_is_fixed)
            break;
    }
    return error;
}

/* It can do without. */
static void listen_to_more(struct server *server, size_t wanted)
{
    int port = reactor_address_port(&server->addresses[0]), error = 0;

    while (error == 0 && server->listening < wanted &&
           server->listening < SERVER_ADDRESSES_MAX)
        error = listen_to_next(server, port);
}

int server_start(struct server **out, const struct server_options *options)
{
    struct server *server = malloc(sizeof *server);
    int error;

    if (server == NULL)
        return -ENOMEM;
    *server = (struct server){
        .context = {.token = options->token, .corrupt = options->corrupt},
        .lock = MUTEX_INITIALIZER,
        .answered = CONDITION_INITIALIZER,
    };
    error = reactor_loop_open(&server->loop, NULL);
    if (error < 0)
        goto free_server;
    reactor_post_init(&server->question, server->loop, answer, server);
    error = start_listening(server, options);
    if (error < 0)
        goto close_loop;
    listen_to_more(server, options->addresses);
    error = thread_start(&server->thread, run, server);
    if (error < 0)
        goto close_loop;
    *out = server;
    return 0;

close_loop:
    reactor_loop_close(server->loop);
free_server:
    free(server);
    return error;
}

const struct reactor_address *server_addresses(const struct server *server,
                                               size_t *count)
{
    *count = server->listening;
    return server->addresses;
}

size_t server_bytes_per_connection(void)
{
    return sizeof(struct echo);
}

void server_read_totals(struct server *server, struct server_totals *totals)
{
    mutex_lock(&server->lock);
    server->is_asked = reactor_post_send(&server->question) == 0;
    while (server->is_asked && !server->has_ended)
        condition_wait(&server->answered, &server->lock);
    *totals = server->answer;
    mutex_unlock(&server->lock);
}

/* Listeners and sessions are closed with their loop. */
void server_stop(struct server *server)
{
    reactor_loop_stop(server->loop);
    thread_join(server->thread);
    reactor_loop_close(server->loop);
    free(server);
}
