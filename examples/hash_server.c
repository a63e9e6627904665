/* SPDX-License-Identifier: MIT */
/*
 * A server whose answers take long: for each line it sends the line's hash,
 * which workers compute, so that the loop has time for everybody else.
 *
 *     ./hash_server                          at 127.0.0.1:7007, 4 workers
 *     ./hash_server '[::1]:7007' 2           or '*:7007', unix:/tmp/hash.sock
 *
 * A client has one line under way at a time; what it sends meanwhile waits in
 * its connection. So many connections are accepted as lines may wait for a
 * worker, so there is room for each. Who does not read its answers is cut off
 * when 64 KiB of them wait. Ctrl-C: the lines that have come are answered
 * first, for ten seconds at most.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reactor/work.h"

#define DRAIN_NS (10 * INT64_C(1000000000))

enum { LINE_SIZE = 1024, ROUNDS = 20000, WAITING_MOST = 1024 };

struct connection {
    struct reactor_shard *shard;
    struct reactor_session *session; /* NULL when it has ended */
    struct reactor_job job;
    bool is_working; /* the job is under way */
    struct connection *next, *previous;
    size_t size;
    char line[LINE_SIZE];
    uint64_t hash;
};

/* All that is the loop's. */
struct service {
    struct connection *connections;
    uint64_t lines; /* that were answered */
    bool is_stopping;
};

/* ---- The work ---- */

/* FNV-1a with 64 bits (Fowler, Noll, Vo), over and over: it stands for what
   takes time, and keeps no secrets. */
static void compute(void *user_data)
{
    struct connection *connection = user_data;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    size_t i;
    int round;

    for (round = 0; round < ROUNDS; round++)
        for (i = 0; i < connection->size; i++)
            hash = (hash ^ (unsigned char)connection->line[i]) *
                   UINT64_C(0x100000001b3);
    connection->hash = hash;
}

/* Something is to be answered, or will be. */
static bool is_busy(const struct connection *connection)
{
    size_t size;
    const void *unread = reactor_session_unread(connection->session, &size);

    return connection->is_working ||
           (size > 0 && memchr(unread, '\n', size) != NULL);
}

static void send_answer(struct connection *connection)
{
    struct service *service = reactor_shard_user_data(connection->shard);
    struct reactor_session *session = connection->session;
    char answer[32];

    snprintf(answer, sizeof answer, "%016" PRIx64 "\n", connection->hash);
    if (reactor_session_write(session, answer, strlen(answer)) < 0) {
        reactor_session_abort(session);
        return;
    }
    service->lines++;
    if (service->is_stopping && !is_busy(connection))
        reactor_session_close(session, DRAIN_NS);
    else
        reactor_session_resume(session);
}

static void finish_work(void *user_data, int status)
{
    struct connection *connection = user_data;

    connection->is_working = false;
    if (connection->session == NULL)
        free(connection);
    else if (status < 0)
        reactor_session_abort(connection->session);
    else
        send_answer(connection);
}

/* ---- Lines ---- */

/* Nothing more is read until the answer is there. */
static bool submit(struct connection *connection, const char *line, size_t size)
{
    struct reactor_pool *pool = reactor_shard_pool(connection->shard);

    memcpy(connection->line, line, size);
    connection->size = size;
    connection->is_working = reactor_session_pause(connection->session) == 0 &&
                             reactor_pool_submit(pool, &connection->job) == 0;
    return connection->is_working;
}

static size_t receive(void *user_data, struct reactor_session *session,
                      const void *bytes, size_t size)
{
    struct connection *connection = user_data;
    const char *mark = memchr(bytes, '\n', size);
    size_t length = mark != NULL ? (size_t)(mark - (const char *)bytes) : size;

    if (length > LINE_SIZE ||
        (mark != NULL && !submit(connection, bytes, length)))
        reactor_session_abort(session);
    return mark != NULL ? length + 1 : 0;
}

/* ---- Connections ---- */

static void enter(struct service *service, struct connection *connection)
{
    connection->next = service->connections;
    if (connection->next != NULL)
        connection->next->previous = connection;
    service->connections = connection;
}

static void leave(struct service *service, struct connection *connection)
{
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        service->connections = connection->next;
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
}

static void end(void *user_data, struct reactor_session *session,
                enum reactor_closed reason, int error)
{
    struct connection *connection = user_data;

    (void)session;
    (void)reason;
    (void)error;
    leave(reactor_shard_user_data(connection->shard), connection);
    connection->session = NULL;
    if (!connection->is_working)
        free(connection);
}

static int serve(struct connection *connection, reactor_handle handle)
{
    struct reactor_session_options options = REACTOR_SESSION_OPTIONS_INIT;
    struct reactor_loop *loop = reactor_shard_loop(connection->shard);

    options.data = receive;
    options.closed = end;
    options.read_limit = 2 * LINE_SIZE;
    options.listener = reactor_shard_listener(connection->shard);
    reactor_job_init(&connection->job, loop, compute, finish_work, connection);
    return reactor_session_open(&connection->session, loop, handle, &options,
                                connection);
}

static void accepted(void *user_data, struct reactor_shard *shard,
                     reactor_handle handle, const struct reactor_address *peer)
{
    struct connection *connection = calloc(1, sizeof *connection);

    (void)user_data;
    (void)peer;
    if (connection != NULL)
        connection->shard = shard;
    if (connection == NULL || serve(connection, handle) < 0) {
        reactor_handle_close(handle);
        reactor_listener_release(reactor_shard_listener(shard));
        free(connection);
        return;
    }
    enter(reactor_shard_user_data(shard), connection);
}

/* ---- The server ---- */

static int started(void *user_data, struct reactor_shard *shard)
{
    reactor_shard_set_user_data(shard, user_data);
    return 0;
}

static void stopping(void *user_data, struct reactor_shard *shard,
                     int64_t drain_ns)
{
    struct service *service = user_data;
    struct connection *connection;

    (void)shard;
    service->is_stopping = true;
    for (connection = service->connections; connection != NULL;
         connection = connection->next)
        if (!is_busy(connection))
            reactor_session_close(connection->session, drain_ns);
}

static void stop(void *user_data, int number, uint64_t count)
{
    (void)number;
    (void)count;
    (void)reactor_loop_stop(user_data);
}

/* Until Ctrl-C. */
static int await_signal(struct reactor_loop *loop)
{
    struct reactor_signal interrupted;
    int error;

    reactor_signal_init(&interrupted, loop, stop, loop);
    error = reactor_signal_start(&interrupted, SIGINT);
    if (error == 0)
        error = reactor_loop_run(loop);
    reactor_signal_stop(&interrupted);
    return error;
}

static int print_address(const struct reactor_server *server)
{
    char text[REACTOR_ADDRESS_TEXT_MAX];
    struct reactor_address address;
    int error = reactor_server_address(server, &address);

    if (error == 0)
        error = reactor_address_format(&address, text, sizeof text);
    if (error < 0)
        return error;
    printf("listening on %s\n", text);
    fflush(stdout);
    return 0;
}

static int run(struct reactor_loop *loop, const struct reactor_address *address,
               uint32_t workers)
{
    const struct reactor_server_service functions = {.size = sizeof functions,
                                                     .started = started,
                                                     .accepted = accepted,
                                                     .stopping = stopping};
    struct reactor_listener_options listener = REACTOR_LISTENER_OPTIONS_INIT;
    struct reactor_server_options options = REACTOR_SERVER_OPTIONS_INIT;
    struct reactor_pool_options pool = REACTOR_POOL_OPTIONS_INIT;
    struct service service = {.connections = NULL};
    struct reactor_server *server;
    int error, closed;

    pool.workers = workers;
    pool.capacity = listener.limit = WAITING_MOST;
    options.model = REACTOR_MODEL_POOL;
    options.name = "hash";
    options.pool = &pool;
    options.listener = &listener;
    error =
        reactor_server_open(&server, address, &functions, &options, &service);
    if (error < 0)
        return error;
    error = print_address(server);
    if (error == 0)
        error = await_signal(loop);
    (void)reactor_server_shutdown(server, DRAIN_NS);
    (void)reactor_server_join(server);
    closed = reactor_server_close(server);
    printf("%" PRIu64 " lines\n", service.lines);
    return error < 0 ? error : closed;
}

int main(int argc, char **argv)
{
    long workers = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
    struct reactor_address address;
    struct reactor_loop *loop;
    int error;

    if (argc > 3 || workers < 0 || workers > 64 ||
        reactor_address_parse(&address, argc > 1 ? argv[1] : "127.0.0.1:7007") <
            0) {
        fprintf(stderr, "usage: %s [address [workers]]\n", argv[0]);
        return 2;
    }
    error = reactor_loop_open(&loop, NULL);
    if (error == 0) {
        error = run(loop, &address, (uint32_t)workers);
        reactor_loop_close(loop);
    }
    if (error < 0)
        fprintf(stderr, "hash_server: %s\n", reactor_strerror(error));
    return error < 0 ? 1 : 0;
}
