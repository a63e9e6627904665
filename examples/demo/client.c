/* SPDX-License-Identifier: MIT */
#include "client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "portable.h"
#include "reactor/loop.h"

enum {
    /* As many at a time fit into the smallest backlog that systems have. */
    WINDOW = 128,
    /* Less than a system has ephemeral ports. */
    CONNECTIONS_PER_SOURCE = 10000,
};

enum state { STATE_CONNECTING, STATE_AWAITING, STATE_RESTING, STATE_LOST };

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

static size_t number_of(const struct client *client,
                        const struct client_connection *connection)
{
    return (size_t)(connection - client->connections);
}

static bool is_under_way(const struct client_connection *connection)
{
    return connection->state == STATE_CONNECTING ||
           connection->state == STATE_AWAITING;
}

static void lose(struct client *client, struct client_connection *connection)
{
    reactor_handle handle = reactor_handler_handle(&connection->handler);

    if (is_under_way(connection))
        client->outstanding--;
    reactor_handler_stop(&connection->handler);
    socket_abort(handle);
    connection->state = STATE_LOST;
    client->lost++;
}

static void compose(const struct client *client,
                    const struct client_connection *connection,
                    struct message *message)
{
    message_compose(message, client->token, number_of(client, connection),
                    connection->sequence, connection->sent_at_ns);
}

/* Sends what is left of the last message. */
static void send_rest(struct client *client,
                      struct client_connection *connection)
{
    unsigned char bytes[MESSAGE_SIZE];
    struct message message;
    int count;

    compose(client, connection, &message);
    memcpy(bytes, &message, sizeof bytes);
    if (client->corrupt && connection->sequence == 2) {
        bytes[MESSAGE_SIZE / 2] ^= 1;
        client->corrupt = false;
    }
    count =
        socket_send(reactor_handler_handle(&connection->handler),
                    bytes + connection->sent, sizeof bytes - connection->sent);
    if (count < 0 && count != -EAGAIN) {
        lose(client, connection);
        return;
    }
    if (count > 0) {
        connection->sent = (uint8_t)(connection->sent + count);
        client->bytes_sent += (uint64_t)count;
    }
    if (reactor_handler_update(&connection->handler,
                               connection->sent < MESSAGE_SIZE
                                   ? REACTOR_READABLE | REACTOR_WRITABLE
                                   : REACTOR_READABLE) < 0)
        lose(client, connection);
}

static void send_message(struct client *client,
                         struct client_connection *connection)
{
    if (!is_under_way(connection))
        client->outstanding++;
    connection->state = STATE_AWAITING;
    connection->sequence++;
    connection->sent = connection->received = 0;
    connection->is_altered = false;
    connection->sent_at_ns = reactor_now_ns();
    send_rest(client, connection);
}

static void finish_connecting(struct client *client,
                              struct client_connection *connection)
{
    if (socket_connect_result(reactor_handler_handle(&connection->handler)) < 0)
        lose(client, connection);
    else
        send_message(client, connection);
}

static void take_answer(struct client *client,
                        struct client_connection *connection)
{
    int64_t round_trip_ns = reactor_now_ns() - connection->sent_at_ns;

    connection->state = STATE_RESTING;
    client->outstanding--;
    client->messages++;
    if (connection->is_altered)
        client->altered++;
    if (connection->sequence == 1) {
        client->connected++;
    } else if (client->mode == CLIENT_CALLING_ROLL) {
        client->answered++;
    } else {
        samples_add(&client->round_trips, round_trip_ns);
        if (client->mode == CLIENT_PING_PONG)
            send_message(client, connection);
    }
}

static void receive(struct client *client, struct client_connection *connection)
{
    /* One byte more than is due, to notice what was never sent. */
    unsigned char bytes[MESSAGE_SIZE + 1];
    size_t due = connection->state == STATE_AWAITING
                     ? (size_t)(MESSAGE_SIZE - connection->received)
                     : 0;
    int count = socket_receive(reactor_handler_handle(&connection->handler),
                               bytes, due + 1);
    struct message message;

    if (count == -EAGAIN)
        return;
    if (count > 0)
        client->bytes_received += (uint64_t)count;
    if (count <= 0 || (size_t)count > due) {
        lose(client, connection);
        return;
    }
    compose(client, connection, &message);
    if (memcmp((unsigned char *)&message + connection->received, bytes,
               (size_t)count) != 0)
        connection->is_altered = true;
    connection->received = (uint8_t)(connection->received + count);
    if (connection->received == MESSAGE_SIZE)
        take_answer(client, connection);
}

static void go_on(void *user_data, uint32_t readiness)
{
    struct client_connection *connection = user_data;
    struct client *client = connection->client;

    if (connection->state == STATE_CONNECTING) {
        finish_connecting(client, connection);
        return;
    }
    if (readiness & REACTOR_ERROR) {
        lose(client, connection);
        return;
    }
    if (readiness & REACTOR_WRITABLE)
        send_rest(client, connection);
    if (readiness & REACTOR_READABLE && connection->state != STATE_LOST)
        receive(client, connection);
}

static int open_connection(struct client *client)
{
    struct client_connection *connection = &client->connections[client->opened];
    uint32_t source = (uint32_t)(client->opened / CONNECTIONS_PER_SOURCE);
    reactor_handle handle;
    int error = socket_connect(&handle, client->port, source);

    if (error < 0)
        return error;
    reactor_handler_init(&connection->handler, client->loop, go_on, connection);
    error =
        reactor_handler_start(&connection->handler, handle, REACTOR_WRITABLE);
    if (error < 0) {
        socket_close(handle);
        return error;
    }
    connection->client = client;
    connection->state = STATE_CONNECTING;
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
           client->next_to_call < client->opened) {
        struct client_connection *connection =
            &client->connections[client->next_to_call++];

        if (connection->state == STATE_RESTING) {
            client->called++;
            send_message(client, connection);
        }
    }
}

void client_set_mode(struct client *client, enum client_mode mode)
{
    client->mode = mode;
    if (mode == CLIENT_CALLING_ROLL)
        client->next_to_call = client->busy;
    if (mode == CLIENT_PING_PONG)
        for (size_t i = 0; i < client->busy && i < client->opened; i++)
            if (client->connections[i].state == STATE_RESTING)
                send_message(client, &client->connections[i]);
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

void client_close(struct client *client)
{
    for (size_t i = 0; i < client->opened; i++)
        if (client->connections[i].state != STATE_LOST)
            lose(client, &client->connections[i]);
    reactor_loop_close(client->loop);
    samples_free(&client->round_trips);
    free(client->connections);
}
