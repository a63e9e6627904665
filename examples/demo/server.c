/* SPDX-License-Identifier: MIT */
#include "server.h"

#include <errno.h>
#include <stdlib.h>

#include "echo.h"
#include "portable.h"
#include "reactor/loop.h"

enum { ACCEPTS_PER_CALL = 64, RETRY_NS = 100000000, PORTS_TO_TRY = 100 };

struct server {
    struct reactor_loop *loop;
    struct reactor_handler listener;
    struct reactor_timer accept_again; /* while out of descriptors */
    struct reactor_post question;      /* how is it going? */
    struct echo_context context;
    struct echo *echoes;
    struct thread *thread;

    struct mutex lock; /* of what follows */
    struct condition answered;
    struct server_totals answer;
    bool is_asked, has_ended;
};

static void resume_accepting(void *user_data, uint64_t missed)
{
    struct server *server = user_data;

    (void)missed;
    if (reactor_handler_update(&server->listener, REACTOR_READABLE) < 0)
        reactor_timer_start(&server->accept_again, RETRY_NS, 0);
}

/* Who waits in the backlog keeps the listener ready: a listener that is not
   paused would keep the loop spinning. */
static void pause_accepting(struct server *server)
{
    if (reactor_handler_update(&server->listener, 0) == 0)
        reactor_timer_start(&server->accept_again, RETRY_NS, 0);
}

static void close_connection(struct echo *echo)
{
    struct server *server = echo->server;
    reactor_handle handle = reactor_handler_handle(&echo->handler);

    reactor_handler_stop(&echo->handler);
    socket_close(handle);
    *echo->link = echo->next;
    if (echo->next != NULL)
        echo->next->link = echo->link;
    if (echo->origin == ECHO_VISITOR)
        server->context.totals.visitors_now--;
    free(echo);
    if (reactor_timer_is_active(&server->accept_again))
        reactor_timer_start(&server->accept_again, 0, 0);
}

static void serve(void *user_data, uint32_t readiness)
{
    struct echo *echo = user_data;
    int error = -EIO;

    if ((readiness & REACTOR_ERROR) == 0)
        error = echo_serve(echo, &echo->server->context);
    if (error == 0) /* the same interest again costs nothing */
        error = reactor_handler_update(&echo->handler, echo->is_writing
                                                           ? REACTOR_WRITABLE
                                                           : REACTOR_READABLE);
    if (error < 0)
        close_connection(echo);
}

static void add_connection(struct server *server, reactor_handle handle)
{
    struct echo *echo = calloc(1, sizeof *echo);

    if (echo == NULL) {
        socket_close(handle);
        return;
    }
    reactor_handler_init(&echo->handler, server->loop, serve, echo);
    if (reactor_handler_start(&echo->handler, handle, REACTOR_READABLE) < 0) {
        free(echo);
        socket_close(handle);
        return;
    }
    echo->server = server;
    echo->next = server->echoes;
    echo->link = &server->echoes;
    if (echo->next != NULL)
        echo->next->link = &echo->next;
    server->echoes = echo;
}

static void accept_connections(void *user_data, uint32_t readiness)
{
    struct server *server = user_data;

    (void)readiness;
    for (int i = 0; i < ACCEPTS_PER_CALL; i++) {
        reactor_handle handle;
        int error =
            socket_accept(&handle, reactor_handler_handle(&server->listener));

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
    while (server->echoes != NULL)
        close_connection(server->echoes);
    give_answer(server, true);
}

/* The port or, unless it is fixed, the next one that is free. */
static int listen_at(reactor_handle *out, const struct server_options *options)
{
    int error = -EADDRINUSE;

    for (int i = 0; i < PORTS_TO_TRY && error == -EADDRINUSE; i++) {
        error = socket_listen(out, "127.0.0.1", (uint16_t)(options->port + i));
        if (options->port_is_fixed)
            break;
    }
    return error;
}

static void init(struct server *server)
{
    struct reactor_loop *loop = server->loop;

    reactor_handler_init(&server->listener, loop, accept_connections, server);
    reactor_timer_init(&server->accept_again, loop, resume_accepting, server);
    reactor_post_init(&server->question, loop, answer, server);
}

int server_start(struct server **out, const struct server_options *options)
{
    struct server *server = malloc(sizeof *server);
    reactor_handle handle;
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
    init(server);
    error = listen_at(&handle, options);
    if (error < 0)
        goto close_loop;
    error = reactor_handler_start(&server->listener, handle, REACTOR_READABLE);
    if (error < 0)
        goto close_listener;
    error = thread_start(&server->thread, run, server);
    if (error < 0)
        goto close_listener;
    *out = server;
    return 0;

close_listener:
    reactor_handler_stop(&server->listener);
    socket_close(handle);
close_loop:
    reactor_loop_close(server->loop);
free_server:
    free(server);
    return error;
}

uint16_t server_port(const struct server *server)
{
    return socket_port(reactor_handler_handle(&server->listener));
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

void server_stop(struct server *server)
{
    reactor_handle handle;

    reactor_loop_stop(server->loop);
    thread_join(server->thread);
    handle = reactor_handler_handle(&server->listener);
    reactor_handler_stop(&server->listener);
    socket_close(handle);
    reactor_loop_close(server->loop);
    free(server);
}
