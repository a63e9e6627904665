/* SPDX-License-Identifier: MIT */
#include "echo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

/* The token comes first in what the built-in client sends; whose bytes differ
   from it is a visitor, and need not wait for the rest of a message. */
static void find_origin(struct echo *echo, const void *bytes, size_t size,
                        bool is_all)
{
    struct echo_context *context = echo->context;
    size_t length = size;

    if (length > sizeof context->token)
        length = sizeof context->token;
    if (memcmp(bytes, &context->token, length) != 0 || is_all) {
        echo->origin = ECHO_VISITOR;
        context->totals.visitors++;
        context->totals.visitors_now++;
    } else if (length == sizeof context->token) {
        echo->origin = ECHO_CLIENT;
    }
}

static void check_message(struct echo *echo, struct message *message)
{
    struct echo_context *context = echo->context;

    if (echo->sequence == 0)
        echo->id = message->connection;
    echo->sequence++;
    if (!message_is_intact(message) || message->token != context->token ||
        message->connection != echo->id || message->sequence != echo->sequence)
        context->totals.bad_messages++;
    context->totals.messages++;
    context->totals.bytes_received += sizeof *message;
    if (context->corrupt && echo->sequence == 2) {
        message->payload[0] ^= 1;
        context->corrupt = false;
    }
}

/* Messages go back as a whole; the beginning of one waits for its rest. */
static size_t return_messages(struct echo *echo,
                              struct reactor_session *session,
                              const unsigned char *bytes, size_t size)
{
    size_t done = 0;

    for (; size - done >= MESSAGE_SIZE; done += MESSAGE_SIZE) {
        struct message message;

        memcpy(&message, bytes + done, sizeof message);
        check_message(echo, &message);
        if (reactor_session_write(session, &message, sizeof message) < 0) {
            reactor_session_abort(session);
            return size;
        }
        echo->context->totals.bytes_sent += sizeof message;
    }
    return done;
}

/* Who does not read is not read from: go_on() brings it back. */
static size_t return_bytes(struct echo *echo, struct reactor_session *session,
                           const void *bytes, size_t size)
{
    int error = reactor_session_write(session, bytes, size);

    if (error == -EAGAIN) {
        reactor_session_pause(session);
        return 0;
    }
    if (error < 0)
        reactor_session_abort(session);
    else
        echo->context->totals.visitor_bytes += size;
    return size;
}

static void go_on(void *user_data, struct reactor_session *session)
{
    (void)user_data;
    reactor_session_resume(session);
}

static size_t receive(void *user_data, struct reactor_session *session,
                      const void *bytes, size_t size)
{
    struct echo *echo = user_data;

    if (echo->origin == ECHO_UNKNOWN)
        find_origin(echo, bytes, size, false);
    switch (echo->origin) {
    case ECHO_CLIENT:
        return return_messages(echo, session, bytes, size);
    case ECHO_VISITOR:
        return return_bytes(echo, session, bytes, size);
    case ECHO_UNKNOWN:
        break;
    }
    return 0;
}

/* What looked like the beginning of a message was none. */
static void end(void *user_data, struct reactor_session *session)
{
    struct echo *echo = user_data;
    size_t size;
    const void *bytes = reactor_session_unread(session, &size);

    if (echo->origin == ECHO_UNKNOWN && size > 0) {
        find_origin(echo, bytes, size, true);
        return_bytes(echo, session, bytes, size);
    }
    reactor_session_finish(session);
}

static void forget(void *user_data, struct reactor_session *session,
                   enum reactor_closed reason, int error)
{
    struct echo *echo = user_data;

    (void)session;
    (void)reason;
    (void)error;
    if (echo->origin == ECHO_VISITOR)
        echo->context->totals.visitors_now--;
    free(echo);
}

void echo_serve(struct echo_context *context, struct reactor_loop *loop,
                reactor_handle handle)
{
    struct reactor_session_options options = REACTOR_SESSION_OPTIONS_INIT;
    struct echo *echo = calloc(1, sizeof *echo);

    options.data = receive;
    options.drained = go_on;
    options.ended = end;
    options.closed = forget;
    if (echo != NULL)
        echo->context = context;
    if (echo == NULL ||
        reactor_session_open(NULL, loop, handle, &options, echo) < 0) {
        free(echo);
        reactor_handle_close(handle);
    }
}
