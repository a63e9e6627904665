/* SPDX-License-Identifier: MIT */
#ifndef COMMAND_SERVER_REQUEST_H
#define COMMAND_SERVER_REQUEST_H

/*
 * Requests of RESP2, the protocol of Redis: an array of byte strings,
 *
 *     *2\r\n$4\r\nECHO\r\n$5\r\nhello\r\n
 *
 * or, for humans, words on a line, without quotes.
 */

#include <stddef.h>
#include <stdint.h>

enum {
    ARGUMENTS_MAX = 4096,
    ARGUMENT_BYTES_MAX = 1 << 20,
    REQUEST_BYTES_MAX = 4 << 20,
    LINE_BYTES_MAX = 65536
};

/* Bytes that lie in what was parsed. */
struct argument {
    const char *bytes;
    size_t size;
};

struct request {
    size_t size; /* so many bytes it takes */
    int count;   /* of arguments; may be 0, which is none of a command */
    struct argument arguments[ARGUMENTS_MAX];
    const char *error; /* what is wrong with a bad one */
};

enum request_state { REQUEST_COMPLETE, REQUEST_INCOMPLETE, REQUEST_BAD };

/* Looks for a request at the begin of the bytes. Keeps nothing: who has got
   more of an incomplete one parses it from its begin. */
enum request_state request_parse(struct request *request, const char *bytes,
                                 size_t size);

#endif /* COMMAND_SERVER_REQUEST_H */
