/* SPDX-License-Identifier: MIT */
#include "models.h"
#include "sockets.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct server {
    struct score *score;
    uint32_t first; /* share of its first loop */
    uint32_t work;
};

/* One request at a time: the next one comes when it is answered. */
struct connection {
    struct reactor_session *session; /* NULL when it has ended */
    struct reactor_pool *pool;
    struct share *share;
    struct reactor_job job;
    bool is_working;
    uint32_t work;
    unsigned char bytes[REQUEST_BYTES];
};

/* ---- The service ---- */

/* A round takes about a tenth of a microsecond. */
static void work(void *user_data)
{
    struct connection *connection = user_data;
    uint32_t state = connection->work, round;
    int i;

    for (round = 0; round < connection->work; round++)
        for (i = 0; i < REQUEST_BYTES; i++) {
            state = (state ^ connection->bytes[i]) * 16777619u;
            connection->bytes[i] = (unsigned char)(state >> 24);
        }
}

static void finish(void *user_data, int status)
{
    struct connection *connection = user_data;

    connection->is_working = false;
    if (connection->session == NULL)
        free(connection);
    else if (status != 0 ||
             reactor_session_write(connection->session, connection->bytes,
                                   REQUEST_BYTES) != 0)
        reactor_session_abort(connection->session);
}

static size_t receive(void *user_data, struct reactor_session *session,
                      const void *bytes, size_t size)
{
    struct connection *connection = user_data;

    if (size < REQUEST_BYTES)
        return 0;
    memcpy(connection->bytes, bytes, REQUEST_BYTES);
    connection->is_working =
        reactor_pool_submit(connection->pool, &connection->job) == 0;
    connection->share->requests++;
    if (!connection->is_working)
        reactor_session_abort(session);
    return REQUEST_BYTES;
}

static void end(void *user_data, struct reactor_session *session,
                enum reactor_closed reason, int error)
{
    struct connection *connection = user_data;

    (void)session;
    (void)reason;
    (void)error;
    connection->session = NULL;
    if (!connection->is_working)
        free(connection);
}

static void accepted(void *user_data, struct reactor_shard *shard,
                     reactor_handle handle, const struct reactor_address *peer)
{
    struct reactor_session_options options = REACTOR_SESSION_OPTIONS_INIT;
    struct connection *connection = calloc(1, sizeof(*connection));
    const struct server *server = user_data;
    struct reactor_loop *loop = reactor_shard_loop(shard);

    (void)peer;
    options.data = receive;
    options.closed = end;
    options.listener = reactor_shard_listener(shard);
    if (connection == NULL)
        _exit(1);
    connection->pool = reactor_shard_pool(shard);
    connection->share =
        &server->score->shares[server->first + reactor_shard_index(shard)];
    connection->work = server->work;
    reactor_job_init(&connection->job, loop, work, finish, connection);
    if (reactor_session_open(&connection->session, loop, handle, &options,
                             connection) != 0)
        _exit(1);
    atomic_fetch_add(&connection->share->connections, 1);
}

static const struct reactor_server_service service = {
    .size = sizeof(struct reactor_server_service),
    .accepted = accepted,
};

/* ---- Threads ---- */

static void await_end(void)
{
    sigset_t ending;
    int number;

    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    (void)sigwait(&ending, &number);
}

static int serve_with_threads(const struct reactor_server_options *options,
                              struct server *state)
{
    struct reactor_address address;
    struct reactor_server *server;
    int error = reactor_address_parse(&address, "127.0.0.1:0");

    if (error == 0)
        error =
            reactor_server_open(&server, &address, &service, options, state);
    if (error != 0)
        return error;
    (void)reactor_server_address(server, &address);
    atomic_store(&state->score->port, reactor_address_port(&address));
    await_end();
    (void)reactor_server_close(server);
    return 0;
}

/* ---- Processes ---- */

static void serve_as_process(int listener, struct server *state)
{
    struct reactor_listener_options options = REACTOR_LISTENER_OPTIONS_INIT;
    struct reactor_server_options whole = REACTOR_SERVER_OPTIONS_INIT;
    struct reactor_server *server;

    options.burst = 1; /* the others shall have some, too */
    whole.listener = &options;
    if (reactor_server_open_handle(&server, listener, &service, &whole,
                                   state) != 0)
        _exit(1);
    await_end();
    (void)reactor_server_close(server);
    _exit(0);
}

static int serve_with_processes(uint32_t count, struct server *state)
{
    struct sockaddr_in address;
    int listener = listen_on_loopback(&address);
    pid_t children[SHARES_MAX];
    uint32_t i;

    if (listener < 0)
        return listener;
    for (i = 0; i < count; i++) {
        state->first = i;
        children[i] = fork();
        if (children[i] < 0)
            return -errno;
        if (children[i] == 0)
            serve_as_process(listener, state);
    }
    atomic_store(&state->score->port, ntohs(address.sin_port));
    await_end();
    for (i = 0; i < count; i++) {
        (void)kill(children[i], SIGTERM);
        (void)waitpid(children[i], NULL, 0);
    }
    return 0;
}

/* ---- Models ---- */

static int block_ending(void)
{
    sigset_t ending;

    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    return sigprocmask(SIG_BLOCK, &ending, NULL) == 0 ? 0 : -errno;
}

int models_serve(const char *model, uint32_t count, uint32_t work_rounds,
                 struct score *score)
{
    struct reactor_server_options options = REACTOR_SERVER_OPTIONS_INIT;
    struct reactor_pool_options pool = REACTOR_POOL_OPTIONS_INIT;
    struct server state = {.score = score, .work = work_rounds};
    int error = block_ending();

    if (error != 0)
        return error;
    options.loops = count;
    options.pool = &pool;
    pool.workers = count;
    if (strcmp(model, "processes") == 0)
        return serve_with_processes(count, &state);
    if (strcmp(model, "pool") == 0)
        options.model = REACTOR_MODEL_POOL;
    else if (strcmp(model, "loops") == 0)
        options.model = REACTOR_MODEL_LOOPS;
    else if (strcmp(model, "handed") == 0) {
        options.model = REACTOR_MODEL_LOOPS;
        options.flags = REACTOR_SERVER_HAND_OVER;
    } else if (strcmp(model, "loop") != 0)
        return -EINVAL;
    return serve_with_threads(&options, &state);
}
