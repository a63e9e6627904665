/* SPDX-License-Identifier: MIT */
/*
 * Connections as one writes them by hand: recv(2) into memory that all share,
 * and send(2) at once; only what the system does not take is copied.
 */
#include "engine_raw.h"
#include "ledger.h"
#include "stream.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection {
    struct stream stream;
    struct watcher watcher;
    char *rest; /* what waits, or NULL */
    size_t rest_size;
    size_t sent; /* of it */
    bool is_refused;
};

struct door {
    struct gate gate;
    struct watcher watcher;
};

const size_t engine_stream_size = sizeof(struct connection);
const size_t engine_gate_size = sizeof(struct door);

static void end(struct connection *connection)
{
    close(connection->watcher.channel.read);
    ledger_allocator.release(connection->rest);
    connection->rest = NULL;
    if (connection->stream.closed != NULL)
        connection->stream.closed(&connection->stream);
}

/* Whether the connection is still there. */
static bool send_rest(struct connection *connection)
{
    struct channel *channel = &connection->watcher.channel;
    ssize_t count =
        send(channel->read, connection->rest + connection->sent,
             connection->rest_size - connection->sent, MSG_NOSIGNAL);

    if (count < 0 && errno != EAGAIN) {
        end(connection);
        return false;
    }
    connection->sent += count > 0 ? (size_t)count : 0;
    if (connection->sent < connection->rest_size)
        return true;
    ledger_allocator.release(connection->rest);
    connection->rest = NULL;
    (void)engine_ask(channel, false);
    if (connection->is_refused) {
        connection->is_refused = false;
        connection->stream.drained(&connection->stream);
    }
    return true;
}

static void handle_stream(struct channel *channel)
{
    static char memory[STREAM_READ];
    struct connection *connection =
        (void *)((char *)channel - offsetof(struct connection, watcher));
    ssize_t count;

    if (connection->rest != NULL && !send_rest(connection))
        return;
    count = recv(channel->read, memory, sizeof(memory), 0);
    if (count > 0)
        connection->stream.received(&connection->stream, memory, (size_t)count);
    else if (count == 0 || errno != EAGAIN)
        end(connection);
}

int engine_stream_open(struct engine *engine, struct stream *stream, int handle)
{
    struct connection *connection = (struct connection *)stream;

    connection->watcher.channel.read = handle;
    connection->watcher.channel.handle = handle_stream;
    connection->rest = NULL;
    connection->is_refused = false;
    return engine_watch(engine, &connection->watcher.channel);
}

static int keep(struct connection *connection, const char *bytes, size_t size)
{
    connection->rest = ledger_allocator.allocate(size);
    if (connection->rest == NULL)
        return -ENOMEM;
    memcpy(connection->rest, bytes, size);
    connection->rest_size = size;
    connection->sent = 0;
    return engine_ask(&connection->watcher.channel, true);
}

static int keep_more(struct connection *connection, const char *bytes,
                     size_t size)
{
    size_t all = connection->rest_size + size;
    char *rest;

    if (all - connection->sent > STREAM_HIGH) {
        connection->is_refused = true;
        return -EAGAIN;
    }
    rest = ledger_allocator.reallocate(connection->rest, all);
    if (rest == NULL)
        return -ENOMEM;
    memcpy(rest + connection->rest_size, bytes, size);
    connection->rest = rest;
    connection->rest_size = all;
    return 0;
}

int engine_stream_write(struct stream *stream, const char *bytes, size_t size)
{
    struct connection *connection = (struct connection *)stream;
    ssize_t count;

    if (connection->rest != NULL)
        return keep_more(connection, bytes, size);
    count = send(connection->watcher.channel.read, bytes, size, MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN)
        return -errno;
    if (count < 0)
        count = 0;
    return (size_t)count == size
               ? 0
               : keep(connection, bytes + count, size - (size_t)count);
}

static void handle_gate(struct channel *channel)
{
    struct door *door =
        (void *)((char *)channel - offsetof(struct door, watcher));
    int handle;

    while ((handle = accept4(channel->read, NULL, NULL,
                             SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
        (void)engine_stream_open(door->watcher.engine,
                                 door->gate.admit(&door->gate), handle);
}

int engine_gate_open(struct engine *engine, struct gate *gate, int handle)
{
    struct door *door = (struct door *)gate;

    door->watcher.channel.read = handle;
    door->watcher.channel.handle = handle_gate;
    return engine_watch(engine, &door->watcher.channel);
}
