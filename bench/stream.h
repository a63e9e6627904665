/* SPDX-License-Identifier: MIT */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

/*
 * What engines have for connections: one file each, beside the engine's own.
 * An engine reads by itself, and tells the driver of the bytes; what it is told
 * to write it keeps, as far as the system does not take it.
 */

#include "engine.h"

struct stream {
    /* Bytes have come; they are consumed when this returns. */
    void (*received)(struct stream *stream, const char *bytes, size_t size);
    /* After a write was refused: there is room again. */
    void (*drained)(struct stream *stream);
    /* The peer has ended, and the engine has closed it. May be NULL. */
    void (*closed)(struct stream *stream);
    size_t left; /* of the request that is coming in */
};

struct gate {
    /* Somebody has connected: gives the memory for the stream. */
    struct stream *(*admit)(struct gate *gate);
};

extern const size_t engine_stream_size;
extern const size_t engine_gate_size;

/* So much may wait to be written at a stream, or a bit more. */
#define STREAM_HIGH 65536

/* So much is read at once, where that can be chosen. */
#define STREAM_READ 65536

/* Takes a connected socket over, and reads it. */
int engine_stream_open(struct engine *engine, struct stream *stream,
                       int handle);

/*
 * Of `size` bytes, STREAM_HIGH at most, all or, if too much waits, none:
 * -EAGAIN. What has to wait is copied.
 */
int engine_stream_write(struct stream *stream, const char *bytes, size_t size);

/* Takes a listening socket over, and accepts. */
int engine_gate_open(struct engine *engine, struct gate *gate, int handle);

/* The struct of the library that streams belong to. */
void *engine_native(struct engine *engine);

#endif /* BENCH_STREAM_H */
