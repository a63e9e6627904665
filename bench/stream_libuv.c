/* SPDX-License-Identifier: MIT */
/*
 * libuv: uv_tcp_t. All share the memory to read into, which is free again when
 * the callback returns. A write is tried at once (uv_try_write), and only the
 * rest takes a request. Waiting bytes are bounded by the caller.
 */
#include "ledger.h"
#include "stream.h"

#include <errno.h>
#include <string.h>
#include <uv.h>

struct connection {
    struct stream stream;
    uv_tcp_t native;
    bool is_refused;
};

struct door {
    struct gate gate;
    uv_tcp_t native;
};

struct rest {
    uv_write_t native;
    char bytes[];
};

const size_t engine_stream_size = sizeof(struct connection);
const size_t engine_gate_size = sizeof(struct door);

static void lend_memory(uv_handle_t *native, size_t wanted, uv_buf_t *out)
{
    static char memory[STREAM_READ];

    (void)native;
    (void)wanted;
    *out = uv_buf_init(memory, sizeof(memory));
}

static void on_closed(uv_handle_t *native)
{
    struct connection *connection = native->data;

    if (connection->stream.closed != NULL)
        connection->stream.closed(&connection->stream);
}

static void on_read(uv_stream_t *native, ssize_t count, const uv_buf_t *memory)
{
    struct connection *connection = native->data;

    if (count > 0)
        connection->stream.received(&connection->stream, memory->base,
                                    (size_t)count);
    else if (count < 0)
        uv_close((uv_handle_t *)native, on_closed);
}

static int read_from(struct connection *connection)
{
    connection->native.data = connection;
    connection->is_refused = false;
    return uv_read_start((uv_stream_t *)&connection->native, lend_memory,
                         on_read);
}

int engine_stream_open(struct engine *engine, struct stream *stream, int handle)
{
    struct connection *connection = (struct connection *)stream;
    int error = uv_tcp_init(engine_native(engine), &connection->native);

    if (error == 0)
        error = uv_tcp_open(&connection->native, handle);
    return error == 0 ? read_from(connection) : error;
}

static void on_written(uv_write_t *native, int status)
{
    struct connection *connection = native->data;
    uv_stream_t *stream = native->handle;

    (void)status;
    ledger_allocator.release(native);
    if (connection->is_refused && uv_stream_get_write_queue_size(stream) == 0) {
        connection->is_refused = false;
        connection->stream.drained(&connection->stream);
    }
}

static int write_rest(struct connection *connection, const char *bytes,
                      size_t size)
{
    struct rest *rest = ledger_allocator.allocate(sizeof(*rest) + size);
    uv_buf_t buffer;

    if (rest == NULL)
        return -ENOMEM;
    rest->native.data = connection;
    memcpy(rest->bytes, bytes, size);
    buffer = uv_buf_init(rest->bytes, (unsigned)size);
    return uv_write(&rest->native, (uv_stream_t *)&connection->native, &buffer,
                    1, on_written);
}

int engine_stream_write(struct stream *stream, const char *bytes, size_t size)
{
    struct connection *connection = (struct connection *)stream;
    uv_stream_t *native = (uv_stream_t *)&connection->native;
    union {
        const char *in;
        char *out;
    } place = {.in = bytes}; /* uv_buf_t is for reading, too */
    uv_buf_t buffer = uv_buf_init(place.out, (unsigned)size);
    int sent = 0;

    if (uv_stream_get_write_queue_size(native) + size > STREAM_HIGH) {
        connection->is_refused = true;
        return -EAGAIN;
    }
    if (uv_stream_get_write_queue_size(native) == 0)
        sent = uv_try_write(native, &buffer, 1);
    if (sent < 0 && sent != UV_EAGAIN)
        return sent;
    if (sent < 0)
        sent = 0;
    return (size_t)sent == size
               ? 0
               : write_rest(connection, bytes + sent, size - (size_t)sent);
}

static void on_connection(uv_stream_t *native, int status)
{
    struct door *door = native->data;
    struct connection *connection;

    if (status != 0)
        return;
    connection = (struct connection *)door->gate.admit(&door->gate);
    if (uv_tcp_init(native->loop, &connection->native) == 0 &&
        uv_accept(native, (uv_stream_t *)&connection->native) == 0)
        (void)read_from(connection);
}

int engine_gate_open(struct engine *engine, struct gate *gate, int handle)
{
    struct door *door = (struct door *)gate;
    int error = uv_tcp_init(engine_native(engine), &door->native);

    door->native.data = door;
    if (error == 0)
        error = uv_tcp_open(&door->native, handle);
    if (error == 0)
        error = uv_listen((uv_stream_t *)&door->native, 4096, on_connection);
    return error;
}
