/* SPDX-License-Identifier: MIT */
#include "command_server/request.h"

#include <stdbool.h>
#include <string.h>

enum { DIGITS_MAX = 10 };

struct cursor {
    const char *at, *end;
};

static enum request_state bad(struct request *request, const char *error)
{
    request->error = error;
    return REQUEST_BAD;
}

/* A line end comes next. */
static enum request_state skip_line_end(struct cursor *cursor)
{
    size_t left = (size_t)(cursor->end - cursor->at);

    if (left > 0 && cursor->at[0] != '\r')
        return REQUEST_BAD;
    if (left < 2)
        return REQUEST_INCOMPLETE;
    if (cursor->at[1] != '\n')
        return REQUEST_BAD;
    cursor->at += 2;
    return REQUEST_COMPLETE;
}

/* A number from -1 on, and a line end. */
static enum request_state read_length(struct cursor *cursor, int64_t *out)
{
    const char *digits;
    bool is_negative = cursor->at < cursor->end && cursor->at[0] == '-';
    int64_t number = 0;

    cursor->at += is_negative;
    digits = cursor->at;
    while (cursor->at < cursor->end && *cursor->at >= '0' &&
           *cursor->at <= '9' && cursor->at - digits < DIGITS_MAX)
        number = number * 10 + (*cursor->at++ - '0');
    if (cursor->at == cursor->end)
        return REQUEST_INCOMPLETE;
    if (cursor->at == digits || (is_negative && number != 1))
        return REQUEST_BAD;
    *out = is_negative ? -1 : number;
    return skip_line_end(cursor);
}

static enum request_state read_argument(struct request *request,
                                        struct cursor *cursor)
{
    struct argument *argument = &request->arguments[request->count];
    enum request_state state;
    int64_t size = 0;

    if (cursor->at == cursor->end)
        return REQUEST_INCOMPLETE;
    if (*cursor->at != '$')
        return bad(request, "expected '$'");
    cursor->at++;
    state = read_length(cursor, &size);
    if (state == REQUEST_BAD || size < 0 || size > ARGUMENT_BYTES_MAX)
        return bad(request, "invalid bulk length");
    if (state == REQUEST_INCOMPLETE || cursor->end - cursor->at < size)
        return REQUEST_INCOMPLETE;
    argument->bytes = cursor->at;
    argument->size = (size_t)size;
    cursor->at += size;
    state = skip_line_end(cursor);
    if (state == REQUEST_BAD)
        return bad(request, "expected a line end");
    request->count += state == REQUEST_COMPLETE;
    return state;
}

static enum request_state read_array(struct request *request,
                                     struct cursor *cursor)
{
    enum request_state state;
    int64_t count = 0;

    cursor->at++;
    state = read_length(cursor, &count);
    if (state == REQUEST_BAD || count > ARGUMENTS_MAX)
        return bad(request, "invalid multibulk length");
    while (state == REQUEST_COMPLETE && request->count < count)
        state = read_argument(request, cursor);
    return state;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static enum request_state
split_line(struct request *request, const char *line_end, struct cursor *cursor)
{
    while (cursor->at < line_end) {
        const char *word = cursor->at;

        while (cursor->at < line_end && !is_blank(*cursor->at))
            cursor->at++;
        if (cursor->at > word) {
            if (request->count == ARGUMENTS_MAX)
                return bad(request, "too big inline request");
            request->arguments[request->count++] = (struct argument){
                .bytes = word, .size = (size_t)(cursor->at - word)};
        }
        cursor->at += cursor->at < line_end;
    }
    cursor->at = line_end + 1;
    return REQUEST_COMPLETE;
}

static enum request_state read_line(struct request *request,
                                    struct cursor *cursor)
{
    size_t size = (size_t)(cursor->end - cursor->at);
    const char *line_end = memchr(cursor->at, '\n', size);

    if ((line_end != NULL ? (size_t)(line_end - cursor->at) : size) >
        LINE_BYTES_MAX)
        return bad(request, "too big inline request");
    if (line_end == NULL)
        return REQUEST_INCOMPLETE;
    return split_line(request, line_end, cursor);
}

enum request_state request_parse(struct request *request, const char *bytes,
                                 size_t size)
{
    struct cursor cursor = {.at = bytes, .end = bytes + size};
    enum request_state state;

    request->count = 0;
    if (size == 0)
        return REQUEST_INCOMPLETE;
    if (bytes[0] == '*')
        state = read_array(request, &cursor);
    else
        state = read_line(request, &cursor);
    request->size = (size_t)(cursor.at - bytes);
    if (state == REQUEST_INCOMPLETE && size >= REQUEST_BYTES_MAX)
        return bad(request, "too big request");
    return state;
}
