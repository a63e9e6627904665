/* SPDX-License-Identifier: MIT */
/*
 * A server of commands in memory, which speaks the protocol of Redis (RESP2):
 * strings, numbers, lists, sets, hashes and sorted sets, and keys that expire.
 *
 *     ./command_server                       at 127.0.0.1:7007
 *     ./command_server '[::1]:7007' 512      512 MiB of keys and values at most
 *     redis-cli -p 7007 set greeting hello
 *     redis-benchmark -p 7007 -q -t set,get,incr,lpush -P 16
 *
 * request.c reads requests, reply.c gathers replies, store.c has the keys,
 * commands.c the list of commands. Here is what ties them to the loop.
 *
 * Nothing grows without a bound: neither requests and replies nor all that is
 * stored. For who does not read, one batch of replies waits; until it has gone
 * nothing more of that client is executed or read, and after a minute without a
 * byte it has to leave.
 *
 * Asked to stop (Ctrl-C, or SIGTERM) it executes nothing more, and ends when
 * replies have been sent, after a second at the latest.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "command_server/commands.h"
#include "reactor/net.h"

enum { CLIENTS_MAX = 1000, BATCH_BYTES = 65536, DEFAULT_MIB = 256 };

static const int64_t second_ns = INT64_C(1000000000);

struct server {
    struct reactor_loop *loop;
    struct reactor_listener listener;
    struct reactor_signal interrupted, terminated;
    struct client *clients;
    struct facts facts;
    struct request request; /* of whom is served at the moment */
    struct reply reply;
};

struct client {
    struct server *server;
    struct reactor_session *session;
    struct client *next, **link;
    struct reply waiting; /* replies for which there was no room */
    bool is_last;         /* nothing more is executed */
};

/* ---- Requests and replies ---- */

/* True if all went; else the rest waits, or the client is lost. */
static bool send_reply(struct client *client, struct reply *reply)
{
    int error =
        reactor_session_write(client->session, reply->bytes, reply->size);

    if (error == 0) {
        reply_clear(reply);
        return true;
    }
    if (error != -EAGAIN) {
        reply_clear(reply);
        reactor_session_abort(client->session);
    } else if (reply != &client->waiting) {
        client->waiting = *reply;
        *reply = (struct reply){.bytes = NULL};
        reactor_session_pause(client->session);
    }
    return false;
}

static void execute(struct client *client)
{
    struct server *server = client->server;
    struct call call = {.facts = &server->facts,
                        .store = &server->facts.store,
                        .reply = &server->reply,
                        .arguments = server->request.arguments,
                        .count = server->request.count,
                        .client_id = reactor_session_id(client->session)};

    if (call.count == 0)
        return;
    command_execute(&call);
    client->is_last = call.is_last;
}

/* One request of it: how many bytes it took, 0 if it is not complete. */
static size_t serve_one(struct client *client, const char *bytes, size_t size)
{
    struct server *server = client->server;

    switch (request_parse(&server->request, bytes, size)) {
    case REQUEST_COMPLETE:
        execute(client);
        return server->request.size;
    case REQUEST_INCOMPLETE:
        break;
    case REQUEST_BAD:
        reply_begin(&server->reply);
        reply_error(&server->reply, "ERR Protocol error: %s",
                    server->request.error);
        reply_end(&server->reply);
        client->is_last = true;
        break;
    }
    return 0;
}

/* What is not executed is not consumed: it comes again. */
static size_t serve(void *user_data, struct reactor_session *session,
                    const void *bytes, size_t size)
{
    struct client *client = user_data;
    struct reply *reply = &client->server->reply;
    size_t used = 0, taken;
    bool goes_on = true;

    do {
        taken = serve_one(client, (const char *)bytes + used, size - used);
        used += taken;
        if (reply->size >= BATCH_BYTES)
            goes_on = send_reply(client, reply);
    } while (taken > 0 && goes_on && !client->is_last && used < size);
    if (goes_on)
        goes_on = send_reply(client, reply);
    if (client->is_last && goes_on)
        reactor_session_close(session, second_ns);
    return used;
}

/* There is room again. */
static void go_on(void *user_data, struct reactor_session *session)
{
    struct client *client = user_data;

    if (client->waiting.size > 0 && !send_reply(client, &client->waiting))
        return;
    reply_release(&client->waiting);
    if (client->is_last)
        reactor_session_close(session, second_ns);
    else
        reactor_session_resume(session);
}

/* ---- Clients ---- */

static void leave(void *user_data, struct reactor_session *session,
                  enum reactor_closed reason, int error)
{
    struct client *client = user_data;

    (void)session;
    (void)reason;
    (void)error;
    *client->link = client->next;
    if (client->next != NULL)
        client->next->link = client->link;
    client->server->facts.clients--;
    reply_release(&client->waiting);
    free(client);
}

static void join(struct client *client)
{
    struct server *server = client->server;

    client->next = server->clients;
    client->link = &server->clients;
    if (client->next != NULL)
        client->next->link = &client->next;
    server->clients = client;
    server->facts.clients++;
}

static int open_session(struct client *client, reactor_handle handle)
{
    struct reactor_session_options options = REACTOR_SESSION_OPTIONS_INIT;
    struct server *server = client->server;

    options.data = serve;
    options.drained = go_on;
    options.closed = leave;
    options.high = 4 * BATCH_BYTES;
    options.write_limit = REPLY_BYTES_MAX + 2 * BATCH_BYTES;
    options.read_limit = REQUEST_BYTES_MAX + BATCH_BYTES;
    options.write_timeout_ns = 60 * second_ns;
    options.listener = &server->listener;
    return reactor_session_open(&client->session, server->loop, handle,
                                &options, client);
}

static void welcome(void *user_data, reactor_handle handle,
                    const struct reactor_address *peer)
{
    struct server *server = user_data;
    struct client *client = calloc(1, sizeof *client);
    int error = -ENOMEM;

    (void)peer;
    if (client != NULL) {
        client->server = server;
        error = open_session(client, handle);
    }
    if (error == 0) {
        join(client);
        return;
    }
    fprintf(stderr, "command_server: %s\n", reactor_strerror(error));
    free(client);
    reactor_handle_close(handle);
    reactor_listener_release(&server->listener);
}

/* ---- The server ---- */

/* Afterwards only sessions are alive, and the loop ends with the last one. */
static void stop(void *user_data, int number, uint64_t count)
{
    struct server *server = user_data;
    struct client *client;

    (void)number;
    (void)count;
    reactor_signal_stop(&server->interrupted); /* the next ends the process */
    reactor_signal_stop(&server->terminated);
    reactor_listener_stop(&server->listener);
    store_clear(&server->facts.store); /* with its timers */
    for (client = server->clients; client != NULL; client = client->next)
        reactor_session_close(client->session, second_ns);
}

static int start(struct server *server, const char *where)
{
    struct reactor_listener_options options = REACTOR_LISTENER_OPTIONS_INIT;
    char text[REACTOR_ADDRESS_TEXT_MAX];
    struct reactor_address address;
    int error = reactor_address_parse(&address, where);

    options.limit = CLIENTS_MAX;
    reactor_listener_init(&server->listener, server->loop, welcome, server);
    reactor_signal_init(&server->interrupted, server->loop, stop, server);
    reactor_signal_init(&server->terminated, server->loop, stop, server);
    if (error == 0)
        error = reactor_listener_start(&server->listener, &address, &options);
    if (error == 0)
        error = reactor_signal_start(&server->interrupted, SIGINT);
    if (error == 0)
        error = reactor_signal_start(&server->terminated, SIGTERM);
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

/* -1 if it is none. */
static long read_mib(const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);

    return end != text && *end == '\0' && number > 0 && number <= 4095 ? number
                                                                       : -1;
}

int main(int argc, char **argv)
{
    static struct server server;
    long mib = argc > 2 ? read_mib(argv[2]) : DEFAULT_MIB;
    int error;

    if (argc > 3 || mib < 0) {
        fprintf(stderr, "usage: %s [address [MiB]]\n", argv[0]);
        return 2;
    }
    server.facts.memory_max = (size_t)mib << 20;
    table_seed((uint32_t)reactor_now_ns());
    error = reactor_loop_open(&server.loop, NULL);
    server.facts.store.loop = server.loop;
    if (error == 0)
        error = start(&server, argc > 1 ? argv[1] : "127.0.0.1:7007");
    if (error == 0)
        error = reactor_loop_run(server.loop);
    if (error == 0)
        printf("stopped: %" PRIu64 " commands\n", server.facts.commands);
    store_clear(&server.facts.store);
    reactor_loop_close(server.loop);
    reply_release(&server.reply);
    if (error < 0)
        fprintf(stderr, "command_server: %s\n", reactor_strerror(error));
    return error < 0 ? 1 : 0;
}
