/* SPDX-License-Identifier: MIT */
#include "echo.h"

#include <errno.h>
#include <string.h>

#include "portable.h"

/* The token comes first in what the built-in client sends; whose bytes differ
   from it is a visitor, and need not wait for the rest of a message. */
static void find_origin(struct echo *echo, struct echo_context *context)
{
    size_t length = echo->received;

    if (length > sizeof context->token)
        length = sizeof context->token;
    if (memcmp(echo->buffer, &context->token, length) != 0 || echo->has_ended) {
        echo->origin = ECHO_VISITOR;
        context->totals.visitors++;
        context->totals.visitors_now++;
    } else if (length == sizeof context->token) {
        echo->origin = ECHO_CLIENT;
    }
}

static void check_message(struct echo *echo, struct echo_context *context)
{
    struct message message;

    memcpy(&message, echo->buffer, sizeof message);
    if (echo->sequence == 0)
        echo->id = message.connection;
    echo->sequence++;
    if (!message_is_intact(&message) || message.token != context->token ||
        message.connection != echo->id || message.sequence != echo->sequence)
        context->totals.bad_messages++;
    context->totals.messages++;
    context->totals.bytes_received += MESSAGE_SIZE;
    if (context->corrupt && echo->sequence == 2) {
        echo->buffer[MESSAGE_SIZE / 2] ^= 1;
        context->corrupt = false;
    }
}

/* Returns whether there is something to send back, or a negative errno. */
static int receive(struct echo *echo, struct echo_context *context)
{
    int count = socket_receive(reactor_handler_handle(&echo->handler),
                               echo->buffer + echo->received,
                               sizeof echo->buffer - echo->received);

    if (count < 0)
        return count == -EAGAIN ? 0 : count;
    echo->received = (uint8_t)(echo->received + count);
    echo->has_ended = count == 0;
    if (echo->has_ended && echo->received == 0)
        return -EPIPE;
    if (echo->origin == ECHO_UNKNOWN)
        find_origin(echo, context);
    if (echo->origin == ECHO_VISITOR)
        return 1;
    if (echo->received < MESSAGE_SIZE)
        return echo->has_ended ? -EPIPE : 0;
    check_message(echo, context);
    return 1;
}

/* Returns whether all is sent, or a negative errno. */
static int send_back(struct echo *echo, struct echo_context *context)
{
    int count = socket_send(reactor_handler_handle(&echo->handler),
                            echo->buffer + echo->sent,
                            (size_t)(echo->received - echo->sent));

    if (count < 0)
        return count == -EAGAIN ? 0 : count;
    echo->sent = (uint8_t)(echo->sent + count);
    if (echo->origin == ECHO_VISITOR)
        context->totals.visitor_bytes += (uint64_t)count;
    else
        context->totals.bytes_sent += (uint64_t)count;
    if (echo->sent < echo->received)
        return 0;
    echo->received = echo->sent = 0;
    return 1;
}

/* Never reads while something is unsent: who does not read is not read from. */
int echo_serve(struct echo *echo, struct echo_context *context)
{
    int result = echo->is_writing ? 1 : receive(echo, context);

    if (result <= 0)
        return result;
    result = send_back(echo, context);
    if (result < 0)
        return result;
    echo->is_writing = result == 0;
    return echo->has_ended && !echo->is_writing ? -EPIPE : 0;
}
