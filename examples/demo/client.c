/* SPDX-License-Identifier: MIT */
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "reactor/net.h"

/* As many at a time fit into the smallest backlog that systems have. */
enum { WINDOW = 128 };

int client_open(struct client *client, size_t target, size_t busy)
{
    int error;

    *client = (struct client){.target = target, .busy = busy};
    client->connections = calloc(target, sizeof *client->connections);
    if (client->connections == NULL)
        return -ENOMEM;
    error = reactor_loop_open(&client->loop, NULL);
    if (error < 0) {
        free(client->connections);
        return error;
    }
    samples_reserve(&client->round_trips, 1 << 20);
    return 0;
}

static bool is_under_way(const struct client_connection *connection)
{
    return connection->state == CLIENT_CONNECTS ||
           connection->state == CLIENT_AWAITS;
}

/* ---- Messages ---- */

static void compose(const struct client_connection *connection,
                    struct message *message)
{
    const struct client *client = connection->client;

    message_compose(message, client->token,
                    (size_t)(connection - client->connections),
                    connection->sequence, connection->sent_at_ns);
}

static void send_message(struct client_connection *connection)
{
    struct client *client = connection->client;
    struct message message;

    if (!is_under_way(connection))
        client->outstanding++;
    connection->state = CLIENT_AWAITS;
    connection->sequence++;
    connection->sent_at_ns = reactor_now_ns();
    compose(connection, &message);
    if (client->corrupt && connection->sequence == 2) {
        message.payload[0] ^= 1;
        client->corrupt = false;
    }
    if (reactor_session_write(connection->session, &message, sizeof message) ==
        0)
        client->bytes_sent += sizeof message;
    else
        reactor_session_abort(connection->session);
}

static void take_answer(struct client_connection *connection, bool is_altered)
{
    struct client *client = connection->client;
    int64_t round_trip_ns = reactor_now_ns() - connection->sent_at_ns;

    connection->state = CLIENT_RESTS;
    client->outstanding--;
    client->messages++;
    client->bytes_received += MESSAGE_SIZE;
    if (is_altered)
        client->altered++;
    if (connection->sequence == 1) {
        client->connected++;
    } else if (client->mode == CLIENT_CALLING_ROLL) {
        client->answered++;
    } else {
        samples_add(&client->round_trips, round_trip_ns);
        if (client->mode == CLIENT_PING_PONG)
            send_message(connection);
    }
}

/* ---- What sessions call ---- */

static void begin(void *user_data, struct reactor_session *session)
{
    (void)session;
    send_message(user_data);
}

/* What was never sent is no answer. */
static size_t receive(void *user_data, struct reactor_session *session,
                      const void *bytes, size_t size)
{
    struct client_connection *connection = user_data;
    struct message message;

    if (connection->state != CLIENT_AWAITS || size > MESSAGE_SIZE) {
        reactor_session_abort(session);
        return size;
    }
    if (size < MESSAGE_SIZE)
        return 0; /* its rest is under way */
    compose(connection, &message);
    take_answer(connection, memcmp(bytes, &message, MESSAGE_SIZE) != 0);
    return MESSAGE_SIZE;
}

/* The system is at a limit, nobody has failed. */
static bool is_limit(int error)
{
    return error == -EADDRNOTAVAIL || error == -EMFILE || error == -ENFILE ||
           error == -ENOBUFS || error == -ENOMEM;
}

static void lose(void *user_data, struct reactor_session *session,
                 enum reactor_closed reason, int error)
{
    struct client_connection *connection = user_data;
    struct client *client = connection->client;

    (void)session;
    if (is_under_way(connection))
        client->outstanding--;
    connection->state = CLIENT_LOST;
    connection->session = NULL;
    if (reason == REACTOR_CLOSED_CONNECT && is_limit(error)) {
        client->limited_by = error;
        client->opened--;
        client->target = client->opened;
    } else {
        client->lost++;
    }
}

/* ---- What it begins ---- */

static int open_connection(struct client *client)
{
    struct client_connection *connection = &client->connections[client->begun];
    size_t which = client->begun / CLIENT_CONNECTIONS_PER_ADDRESS;
    struct reactor_session_options options = REACTOR_SESSION_OPTIONS_INIT;
    int error;

    if (which >= client->address_count)
        which = client->address_count - 1;
    options.connected = begin;
    options.data = receive;
    options.closed = lose;
    error = reactor_session_connect(&connection->session, client->loop,
                                    &client->addresses[which], 1, -1, &options,
                                    connection);
    if (error < 0)
        return error;
    connection->client = client;
    connection->state = CLIENT_CONNECTS;
    client->begun++;
    client->opened++;
    client->outstanding++;
    return 0;
}

static void open_more(struct client *client)
{
    while (client->outstanding < WINDOW && client->opened < client->target) {
        int error = open_connection(client);

        if (error < 0) {
            client->limited_by = error;
            client->target = client->opened;
        }
    }
}

static void call_more(struct client *client)
{
    while (client->outstanding < WINDOW &&
           client->next_to_call < client->begun) {
        struct client_connection *connection =
            &client->connections[client->next_to_call++];

        if (connection->state == CLIENT_RESTS) {
            client->called++;
            send_message(connection);
        }
    }
}

void client_set_mode(struct client *client, enum client_mode mode)
{
    client->mode = mode;
    if (mode == CLIENT_CALLING_ROLL)
        client->next_to_call = client->busy;
    if (mode == CLIENT_PING_PONG)
        for (size_t i = 0; i < client->busy && i < client->begun; i++)
            if (client->connections[i].state == CLIENT_RESTS)
                send_message(&client->connections[i]);
}

int client_turn(struct client *client)
{
    int count;

    if (client->mode == CLIENT_CONNECTING)
        open_more(client);
    if (client->mode == CLIENT_CALLING_ROLL)
        call_more(client);
    count = reactor_loop_turn(client->loop, -1);
    return count < 0 ? count : 0;
}

/* By resets: farewells would leave the ports in TIME_WAIT, and thousands of
   them would be missing in the next run. */
void client_close(struct client *client)
{
    for (size_t i = 0; i < client->begun; i++)
        reactor_session_abort(client->connections[i].session);
    reactor_loop_close(client->loop);
    samples_free(&client->round_trips);
    free(client->connections);
}
