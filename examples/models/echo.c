/* SPDX-License-Identifier: MIT */
#include "models/echo.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 16384 };

/* One job at a time: the session is paused meanwhile. */
struct connection {
    struct echo *echo;
    struct reactor_shard *shard;
    struct reactor_session *session; /* NULL when it has ended */
    struct reactor_job job;
    bool is_working; /* the job is under way */
    bool is_late;    /* the answer waits for room */
    size_t size;
    char received[ROOM];
    char answer[ROOM];
};

/* On a worker or on the loop, as the model has it. Here hard work would be. */
static void work(void *user_data)
{
    struct connection *connection = user_data;

    memcpy(connection->answer, connection->received, connection->size);
}

/* What the client does not take waits; if too much does, the answer, too. */
static void send_answer(struct connection *connection)
{
    int error = reactor_session_write(connection->session, connection->answer,
                                      connection->size);

    connection->is_late = error == -EAGAIN;
    if (error == 0)
        reactor_session_resume(connection->session);
    else if (error != -EAGAIN)
        reactor_session_abort(connection->session);
}

static void go_on(void *user_data, struct reactor_session *session)
{
    struct connection *connection = user_data;

    (void)session;
    if (connection->is_late)
        send_answer(connection);
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

static size_t receive(void *user_data, struct reactor_session *session,
                      const void *bytes, size_t size)
{
    struct connection *connection = user_data;

    reactor_session_pause(session);
    connection->size = size < ROOM ? size : ROOM;
    memcpy(connection->received, bytes, connection->size);
    if (reactor_pool_submit(reactor_shard_pool(connection->shard),
                            &connection->job) < 0) {
        reactor_session_abort(session);
        return size;
    }
    connection->is_working = true;
    return connection->size;
}

static void end(void *user_data, struct reactor_session *session,
                enum reactor_closed reason, int error)
{
    struct connection *connection = user_data;

    (void)session;
    (void)reason;
    (void)error;
    atomic_fetch_sub(connection->echo->open, 1);
    connection->session = NULL;
    if (!connection->is_working)
        free(connection);
}

static int serve(struct connection *connection, reactor_handle handle)
{
    struct reactor_session_options options = REACTOR_SESSION_OPTIONS_INIT;
    struct reactor_loop *loop = reactor_shard_loop(connection->shard);

    options.data = receive;
    options.drained = go_on;
    options.closed = end;
    options.listener = reactor_shard_listener(connection->shard);
    reactor_job_init(&connection->job, loop, work, finish_work, connection);
    return reactor_session_open(&connection->session, loop, handle, &options,
                                connection);
}

static void accepted(void *user_data, struct reactor_shard *shard,
                     reactor_handle handle, const struct reactor_address *peer)
{
    struct connection *connection = calloc(1, sizeof *connection);
    struct echo *echo = user_data;

    (void)peer;
    if (connection != NULL) {
        connection->echo = echo;
        connection->shard = shard;
    }
    if (connection == NULL || serve(connection, handle) < 0) {
        reactor_handle_close(handle);
        reactor_listener_release(reactor_shard_listener(shard));
        free(connection);
        return;
    }
    atomic_fetch_add(echo->open, 1);
}

/* Nobody is sent away: those who are there may finish, until the deadline. */
static void stopping(void *user_data, struct reactor_shard *shard,
                     int64_t drain_ns)
{
    (void)user_data;
    (void)shard;
    (void)drain_ns;
}

const struct reactor_server_service echo_service = {
    .size = sizeof(struct reactor_server_service),
    .accepted = accepted,
    .stopping = stopping,
};
