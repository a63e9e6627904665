/* SPDX-License-Identifier: MIT */
#ifndef COMMAND_SERVER_REPLY_H
#define COMMAND_SERVER_REPLY_H

/* Replies of RESP2, gathered. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REPLY_BYTES_MAX = 8 << 20 };

/* All zeros is empty. */
struct reply {
    char *bytes;
    size_t size, capacity, mark;
    bool has_failed;
};

void reply_status(struct reply *reply, const char *text);
void reply_error(struct reply *reply, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 2, 3)))
#endif
    ;
void reply_integer(struct reply *reply, int64_t number);
void reply_bulk(struct reply *reply, const void *bytes, size_t size);
void reply_text(struct reply *reply, const char *text);
void reply_null(struct reply *reply);

void reply_null_array(struct reply *reply);

/* So many replies follow, which are its elements. */
void reply_array(struct reply *reply, size_t count);

/* All between the two is one reply: if it gets too long, or there is no memory
   for it, an error takes its place. */
void reply_begin(struct reply *reply);
void reply_end(struct reply *reply);

/* Empties it; much memory is given back. */
void reply_clear(struct reply *reply);
void reply_release(struct reply *reply);

#endif /* COMMAND_SERVER_REPLY_H */
