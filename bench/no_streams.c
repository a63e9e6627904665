/* SPDX-License-Identifier: MIT */
/* For engines that have no streams. */
#include "stream.h"

#include <errno.h>

const size_t engine_stream_size = sizeof(struct stream);
const size_t engine_gate_size = sizeof(struct gate);

int engine_stream_open(struct engine *engine, struct stream *stream, int handle)
{
    (void)engine;
    (void)stream;
    (void)handle;
    return -ENOTSUP;
}

int engine_stream_write(struct stream *stream, const char *bytes, size_t size)
{
    (void)stream;
    (void)bytes;
    (void)size;
    return -ENOTSUP;
}

int engine_gate_open(struct engine *engine, struct gate *gate, int handle)
{
    (void)engine;
    (void)gate;
    (void)handle;
    return -ENOTSUP;
}
