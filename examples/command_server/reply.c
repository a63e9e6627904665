/* SPDX-License-Identifier: MIT */
#include "command_server/reply.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_BYTES = 1 << 20, FIRST_BYTES = 16384, SPARE_BYTES = 64 };

/* Some bytes are always left for the error that takes a reply's place. */
static bool make_room(struct reply *reply, size_t size)
{
    size_t needed = reply->size + size + SPARE_BYTES;
    size_t capacity = reply->capacity > 0 ? reply->capacity : FIRST_BYTES;
    char *bytes;

    if (reply->has_failed || size > REPLY_BYTES_MAX ||
        reply->size - reply->mark > REPLY_BYTES_MAX)
        return false;
    if (needed <= reply->capacity)
        return true;
    while (capacity < needed)
        capacity *= 2;
    bytes = realloc(reply->bytes, capacity);
    if (bytes == NULL)
        return false;
    reply->bytes = bytes;
    reply->capacity = capacity;
    return true;
}

static void append(struct reply *reply, const void *bytes, size_t size)
{
    if (!make_room(reply, size)) {
        reply->has_failed = true;
        return;
    }
    if (size > 0)
        memcpy(reply->bytes + reply->size, bytes, size);
    reply->size += size;
}

/* A kind, a number, and the end of the line. */
static void append_head(struct reply *reply, char kind, int64_t number)
{
    char text[24], *at = text + sizeof text;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

    *--at = '\n';
    *--at = '\r';
    do
        *--at = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (number < 0)
        *--at = '-';
    *--at = kind;
    append(reply, at, (size_t)(text + sizeof text - at));
}

void reply_status(struct reply *reply, const char *text)
{
    append(reply, "+", 1);
    append(reply, text, strlen(text));
    append(reply, "\r\n", 2);
}

/* What a client has sent may be part of it: it must stay a line. */
void reply_error(struct reply *reply, const char *format, ...)
{
    char text[256];
    va_list values;
    int size;

    va_start(values, format);
    size = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    if (size > (int)sizeof text - 1)
        size = sizeof text - 1;
    for (int i = 0; i < size; i++)
        if (text[i] == '\r' || text[i] == '\n')
            text[i] = ' ';
    append(reply, "-", 1);
    append(reply, text, size > 0 ? (size_t)size : 0);
    append(reply, "\r\n", 2);
}

void reply_integer(struct reply *reply, int64_t number)
{
    append_head(reply, ':', number);
}

void reply_bulk(struct reply *reply, const void *bytes, size_t size)
{
    append_head(reply, '$', (int64_t)size);
    append(reply, bytes, size);
    append(reply, "\r\n", 2);
}

void reply_text(struct reply *reply, const char *text)
{
    reply_bulk(reply, text, strlen(text));
}

void reply_null(struct reply *reply)
{
    append(reply, "$-1\r\n", 5);
}

void reply_null_array(struct reply *reply)
{
    append(reply, "*-1\r\n", 5);
}

void reply_array(struct reply *reply, size_t count)
{
    append_head(reply, '*', (int64_t)count);
}

void reply_begin(struct reply *reply)
{
    reply->mark = reply->size;
}

void reply_end(struct reply *reply)
{
    static const char error[] = "-ERR no memory for a reply as long\r\n";

    if (!reply->has_failed)
        return;
    reply->size = reply->mark;
    reply->has_failed = false;
    append(reply, error, sizeof error - 1);
}

void reply_clear(struct reply *reply)
{
    reply->size = reply->mark = 0;
    if (reply->capacity > KEPT_BYTES)
        reply_release(reply);
}

void reply_release(struct reply *reply)
{
    free(reply->bytes);
    *reply = (struct reply){.bytes = NULL};
}
