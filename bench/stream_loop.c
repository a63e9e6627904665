/* SPDX-License-Identifier: MIT */
/* reactor/net.h: sessions with the default options, and listeners. */
#include "stream.h"

#include <errno.h>
#include <reactor/net.h>

struct connection {
    struct stream stream;
    struct reactor_session *session;
};

struct door {
    struct gate gate;
    struct engine *engine;
    struct reactor_listener native;
};

const size_t engine_stream_size = sizeof(struct connection);
const size_t engine_gate_size = sizeof(struct door);

static size_t on_data(void *user_data, struct reactor_session *session,
                      const void *bytes, size_t size)
{
    struct connection *connection = user_data;

    (void)session;
    connection->stream.received(&connection->stream, bytes, size);
    return size;
}

static void on_drained(void *user_data, struct reactor_session *session)
{
    struct connection *connection = user_data;

    (void)session;
    connection->stream.drained(&connection->stream);
}

static void on_closed(void *user_data, struct reactor_session *session,
                      enum reactor_closed reason, int error)
{
    struct connection *connection = user_data;

    (void)session;
    (void)error;
    if (reason != REACTOR_CLOSED_LOOP && connection->stream.closed != NULL)
        connection->stream.closed(&connection->stream);
}

static int open_with(struct engine *engine, struct stream *stream, int handle,
                     struct reactor_listener *listener)
{
    struct connection *connection = (struct connection *)stream;
    struct reactor_session_options options = REACTOR_SESSION_OPTIONS_INIT;

    options.data = on_data;
    options.drained = on_drained;
    options.closed = on_closed;
    options.listener = listener;
    return reactor_session_open(&connection->session, engine_native(engine),
                                handle, &options, connection);
}

int engine_stream_open(struct engine *engine, struct stream *stream, int handle)
{
    return open_with(engine, stream, handle, NULL);
}

int engine_stream_write(struct stream *stream, const char *bytes, size_t size)
{
    return reactor_session_write(((struct connection *)stream)->session, bytes,
                                 size);
}

static void on_accepted(void *user_data, reactor_handle handle,
                        const struct reactor_address *peer)
{
    struct door *door = user_data;

    (void)peer;
    (void)open_with(door->engine, door->gate.admit(&door->gate), handle,
                    &door->native);
}

int engine_gate_open(struct engine *engine, struct gate *gate, int handle)
{
    struct door *door = (struct door *)gate;

    door->engine = engine;
    reactor_listener_init(&door->native, engine_native(engine), on_accepted,
                          door);
    return reactor_listener_start_handle(&door->native, handle, NULL);
}
