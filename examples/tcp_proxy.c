/* SPDX-License-Identifier: MIT */
/*
 * Passes connections on to another server, both ways:
 *
 *     ./tcp_proxy 127.0.0.1:7008 localhost 7007
 *
 * Who can't be written to fast enough is not read for: the source of what waits
 * is paused, and its system slows it down. So a link takes no more memory than
 * its watermarks say. An end of input is passed on as such (half-close), a
 * broken connection, or a server that can't be reached, as a reset.
 *
 * Asked to stop (Ctrl-C, or SIGTERM) it accepts nobody any more and ends with
 * its last link; asked twice it ends at once.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "reactor/net.h"
#include "reactor/work.h"

enum { LINKS_MAX = 1000, HIGH_BYTES = 256 * 1024 };

static const int64_t connect_ns = INT64_C(10000000000);

struct proxy {
    struct reactor_loop *loop;
    struct reactor_pool *pool; /* looks names up */
    struct reactor_listener listener;
    struct reactor_signal interrupted, terminated;
    const char *host;
    int port;
    uint64_t links, broken;
};

struct side {
    struct link *link;
    struct side *other;
    struct reactor_session *session; /* NULL: it has ended */
    uint64_t received;
};

struct link {
    struct proxy *proxy;
    struct side client, server;
    int error; /* the first that has broken it */
};

/* ---- A link ---- */

/* What the other side does not take is not consumed: it comes again. */
static size_t pass_on(void *user_data, struct reactor_session *session,
                      const void *bytes, size_t size)
{
    struct side *side = user_data;
    int error = reactor_session_write(side->other->session, bytes, size);

    if (error == 0)
        return size;
    if (error == -EAGAIN)
        reactor_session_pause(session);
    else
        reactor_session_abort(session);
    return 0;
}

static void take_more(void *user_data, struct reactor_session *session)
{
    struct side *side = user_data;

    (void)session;
    if (side->other->session != NULL)
        reactor_session_resume(side->other->session);
}

static void pass_end_on(void *user_data, struct reactor_session *session)
{
    struct side *side = user_data;

    (void)session;
    if (side->other->session != NULL)
        reactor_session_finish(side->other->session);
}

static void end_link(struct link *link)
{
    if (link->error != 0) {
        link->proxy->broken++;
        fprintf(stderr, "tcp_proxy: a link has broken: %s\n",
                reactor_strerror(link->error));
    }
    printf("link: %" PRIu64 " bytes there, %" PRIu64 " back\n",
           link->client.received, link->server.received);
    fflush(stdout);
    free(link);
}

/* A side that has finished leaves the other one to finish, too. */
static void end_side(void *user_data, struct reactor_session *session,
                     enum reactor_closed reason, int error)
{
    struct reactor_session_numbers numbers = {.size = sizeof numbers};
    struct side *side = user_data;
    struct link *link = side->link;

    if (reactor_session_numbers(session, &numbers) == 0)
        side->received = numbers.received;
    side->session = NULL;
    if (reason != REACTOR_CLOSED_FINISHED) {
        if (link->error == 0)
            link->error = error;
        reactor_session_abort(side->other->session);
    }
    if (side->other->session == NULL)
        end_link(link);
}

/* The client has waited for it. */
static void begin(void *user_data, struct reactor_session *session)
{
    struct side *server = user_data;

    (void)session;
    reactor_session_resume(server->other->session);
}

static struct reactor_session_options side_options(void)
{
    struct reactor_session_options options = REACTOR_SESSION_OPTIONS_INIT;

    options.data = pass_on;
    options.drained = take_more;
    options.ended = pass_end_on;
    options.closed = end_side;
    options.flags = REACTOR_SESSION_KEEP_ALIVE;
    options.high = HIGH_BYTES;
    return options;
}

static int open_sides(struct link *link, reactor_handle handle)
{
    struct proxy *proxy = link->proxy;
    struct reactor_session_options options = side_options();
    int error;

    options.connected = begin;
    error = reactor_session_connect_host(&link->server.session, proxy->loop,
                                         proxy->pool, proxy->host, proxy->port,
                                         connect_ns, &options, &link->server);
    if (error < 0)
        return error;
    options.connected = NULL;
    options.flags |= REACTOR_SESSION_PAUSED;
    options.listener = &proxy->listener;
    error = reactor_session_open(&link->client.session, proxy->loop, handle,
                                 &options, &link->client);
    if (error < 0) {
        /* From now on the link goes with its only side. */
        reactor_handle_close(handle);
        reactor_session_abort(link->server.session);
        reactor_listener_release(&proxy->listener);
    }
    return 0;
}

static void accept_client(void *user_data, reactor_handle handle,
                          const struct reactor_address *peer)
{
    struct proxy *proxy = user_data;
    struct link *link = calloc(1, sizeof *link);
    int error = -ENOMEM;

    (void)peer;
    if (link != NULL) {
        link->proxy = proxy;
        link->client = (struct side){.link = link, .other = &link->server};
        link->server = (struct side){.link = link, .other = &link->client};
        error = open_sides(link, handle);
    }
    if (error == 0) {
        proxy->links++;
        return;
    }
    fprintf(stderr, "tcp_proxy: %s\n", reactor_strerror(error));
    free(link);
    reactor_handle_close(handle);
    reactor_listener_release(&proxy->listener);
}

/* ---- The proxy ---- */

static void stop(void *user_data, int number, uint64_t count)
{
    struct proxy *proxy = user_data;

    (void)number;
    reactor_listener_stop(&proxy->listener);
    reactor_signal_stop(
        &proxy->interrupted); /* the next one ends the process */
    reactor_signal_stop(&proxy->terminated);
    if (count > 1)
        reactor_loop_stop(proxy->loop);
}

static int listen_at(struct proxy *proxy, const char *where)
{
    struct reactor_listener_options options = REACTOR_LISTENER_OPTIONS_INIT;
    char text[REACTOR_ADDRESS_TEXT_MAX];
    struct reactor_address address;
    int error = reactor_address_parse(&address, where);

    options.limit = LINKS_MAX;
    if (error == 0)
        error = reactor_listener_start(&proxy->listener, &address, &options);
    if (error == 0)
        error = reactor_listener_address(&proxy->listener, &address);
    if (error == 0)
        error = reactor_address_format(&address, text, sizeof text);
    if (error < 0)
        return error;
    printf("listening on %s\n", text);
    fflush(stdout);
    return 0;
}

static int run(struct proxy *proxy, const char *where)
{
    int error;

    reactor_listener_init(&proxy->listener, proxy->loop, accept_client, proxy);
    reactor_signal_init(&proxy->interrupted, proxy->loop, stop, proxy);
    reactor_signal_init(&proxy->terminated, proxy->loop, stop, proxy);
    error = reactor_signal_start(&proxy->interrupted, SIGINT);
    if (error == 0)
        error = reactor_signal_start(&proxy->terminated, SIGTERM);
    if (error == 0)
        error = listen_at(proxy, where);
    if (error == 0)
        error = reactor_loop_run(proxy->loop);
    return error;
}

/* -1 if it is none. */
static int read_port(const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);

    return end != text && *end == '\0' && number > 0 && number <= 65535
               ? (int)number
               : -1;
}

int main(int argc, char **argv)
{
    struct proxy proxy = {.port = argc == 4 ? read_port(argv[3]) : -1};
    int error;

    if (proxy.port < 0) {
        fprintf(stderr, "usage: %s address host port\n", argv[0]);
        return 2;
    }
    proxy.host = argv[2];
    error = reactor_loop_open(&proxy.loop, NULL);
    if (error == 0)
        error = reactor_pool_open(&proxy.pool, NULL);
    if (error == 0)
        error = run(&proxy, argv[1]);
    reactor_loop_close(proxy.loop);
    reactor_pool_close(proxy.pool);
    if (error < 0)
        fprintf(stderr, "tcp_proxy: %s\n", reactor_strerror(error));
    else
        printf("stopped: %" PRIu64 " links, %" PRIu64 " broken\n", proxy.links,
               proxy.broken);
    return error < 0 ? 1 : 0;
}
