/* SPDX-License-Identifier: MIT */
/*
 * The smallest complete server on sessions: it sends back what it receives. A
 * client that does not read is not read either until it does, so that nothing
 * grows.
 *
 *     ./echo_session                  at 127.0.0.1:7007
 *     ./echo_session '[::1]:7007'     or '*:7007', unix:/tmp/echo.sock ...
 */
#include <errno.h>
#include <stdio.h>

#include "reactor/net.h"

struct server {
    struct reactor_loop *loop;
    struct reactor_listener listener;
};

/* What can't be written yet is not consumed: it comes again. */
static size_t echo(void *user_data, struct reactor_session *session,
                   const void *bytes, size_t size)
{
    int error = reactor_session_write(session, bytes, size);

    (void)user_data;
    if (error == 0)
        return size;
    if (error == -EAGAIN)
        reactor_session_pause(session);
    else
        reactor_session_abort(session);
    return 0;
}

static void go_on(void *user_data, struct reactor_session *session)
{
    (void)user_data;
    reactor_session_resume(session);
}

/* The end of the input needs no function: unless there is one, the output ends
   as well once all is written. */
static void serve(void *user_data, reactor_handle handle,
                  const struct reactor_address *peer)
{
    struct reactor_session_options options = REACTOR_SESSION_OPTIONS_INIT;
    struct server *server = user_data;
    int error;

    (void)peer;
    options.data = echo;
    options.drained = go_on;
    options.listener = &server->listener;
    error = reactor_session_open(NULL, server->loop, handle, &options, server);
    if (error < 0) {
        fprintf(stderr, "echo_session: %s\n", reactor_strerror(error));
        reactor_handle_close(handle);
    }
}

static int start(struct server *server, const char *where)
{
    char text[REACTOR_ADDRESS_TEXT_MAX];
    struct reactor_address address;
    int error = reactor_address_parse(&address, where);

    reactor_listener_init(&server->listener, server->loop, serve, server);
    if (error == 0)
        error = reactor_listener_start(&server->listener, &address, NULL);
    if (error == 0)
        error = reactor_listener_address(&server->listener, &address);
    if (error == 0)
        error = reactor_address_format(&address, text, sizeof text);
    if (error < 0)
        return error;
    printf("listening on %s\n", text);
    fflush(stdout);
    return 0;
}

int main(int argc, char **argv)
{
    struct server server = {.loop = NULL};
    int error;

    if (argc > 2) {
        fprintf(stderr, "usage: %s [address]\n", argv[0]);
        return 2;
    }
    error = reactor_loop_open(&server.loop, NULL);
    if (error == 0)
        error = start(&server, argc > 1 ? argv[1] : "127.0.0.1:7007");
    if (error == 0)
        error = reactor_loop_run(server.loop);
    reactor_loop_close(server.loop);
    if (error < 0)
        fprintf(stderr, "echo_session: %s\n", reactor_strerror(error));
    return error < 0 ? 1 : 0;
}
