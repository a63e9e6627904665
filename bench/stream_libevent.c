/* SPDX-License-Identifier: MIT */
/*
 * libevent: bufferevents with callbacks. What has come is taken from the input
 * piece by piece, as it lies there, so that nothing is copied for that. A read
 * and a write are of 16 KiB at most, as it is by default.
 */
#include "stream.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

struct connection {
    struct stream stream;
    struct bufferevent *native;
    bool is_refused;
};

struct door {
    struct gate gate;
    struct engine *engine;
    struct evconnlistener *native;
};

const size_t engine_stream_size = sizeof(struct connection);
const size_t engine_gate_size = sizeof(struct door);

static void on_read(struct bufferevent *native, void *context)
{
    struct connection *connection = context;
    struct evbuffer *input = bufferevent_get_input(native);
    size_t size;

    while ((size = evbuffer_get_contiguous_space(input)) > 0) {
        const unsigned char *bytes = evbuffer_pullup(input, (ev_ssize_t)size);

        connection->stream.received(&connection->stream, (const char *)bytes,
                                    size);
        (void)evbuffer_drain(input, size);
    }
}

static void on_drained(struct bufferevent *native, void *context)
{
    struct connection *connection = context;

    (void)native;
    if (!connection->is_refused)
        return;
    connection->is_refused = false;
    connection->stream.drained(&connection->stream);
}

static void on_end(struct bufferevent *native, short what, void *context)
{
    struct connection *connection = context;

    (void)what;
    bufferevent_free(native);
    if (connection->stream.closed != NULL)
        connection->stream.closed(&connection->stream);
}

int engine_stream_open(struct engine *engine, struct stream *stream, int handle)
{
    struct connection *connection = (struct connection *)stream;

    connection->is_refused = false;
    connection->native = bufferevent_socket_new(engine_native(engine), handle,
                                                BEV_OPT_CLOSE_ON_FREE);
    if (connection->native == NULL)
        return -ENOMEM;
    bufferevent_setcb(connection->native, on_read, on_drained, on_end,
                      connection);
    return bufferevent_enable(connection->native, EV_READ | EV_WRITE) != 0
               ? -EIO
               : 0;
}

int engine_stream_write(struct stream *stream, const char *bytes, size_t size)
{
    struct connection *connection = (struct connection *)stream;
    struct evbuffer *output = bufferevent_get_output(connection->native);

    if (evbuffer_get_length(output) + size > STREAM_HIGH) {
        connection->is_refused = true;
        return -EAGAIN;
    }
    return bufferevent_write(connection->native, bytes, size) != 0 ? -ENOMEM
                                                                   : 0;
}

static void on_accepted(struct evconnlistener *native, evutil_socket_t handle,
                        struct sockaddr *peer, int size, void *context)
{
    struct door *door = context;

    (void)native;
    (void)peer;
    (void)size;
    (void)engine_stream_open(door->engine, door->gate.admit(&door->gate),
                             handle);
}

int engine_gate_open(struct engine *engine, struct gate *gate, int handle)
{
    struct door *door = (struct door *)gate;

    door->engine = engine;
    door->native =
        evconnlistener_new(engine_native(engine), on_accepted, door,
                           LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_CLOSE_ON_FREE, 0,
                           handle); /* 0: it listens already */
    return door->native == NULL ? -ENOMEM : 0;
}
