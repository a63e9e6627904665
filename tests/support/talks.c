/* SPDX-License-Identifier: MIT */
#include "support/talks.h"

#include "platform/socket.h"

#include <stdlib.h>
#include <string.h>

static void note(struct talk *talk, enum talk_call call)
{
    talk->calls[call]++;
    on_hook(&(struct probe){.name = talk->name}); /* the journal */
    if (talk->then != NULL)
        talk->then(talk, call); /* the talk may be gone afterwards */
}

static void on_connected(void *user_data, struct reactor_session *session)
{
    (void)session;
    note(user_data, TALK_CONNECTED);
}

static size_t on_data(void *user_data, struct reactor_session *session,
                      const void *bytes, size_t size)
{
    struct talk *talk = user_data;
    size_t consumed = size;
    size_t room = talk->size < TALK_BYTES ? TALK_BYTES - talk->size : 0;

    (void)session;
    if (talk->consume_most > 0 && consumed > talk->consume_most)
        consumed = talk->consume_most;
    if (talk->consumes_nothing)
        consumed = 0;
    memcpy(talk->bytes + TALK_BYTES - room, bytes,
           consumed < room ? consumed : room);
    talk->size += consumed;
    talk->offered = size;
    note(talk, TALK_DATA);
    return consumed;
}

static void on_drained(void *user_data, struct reactor_session *session)
{
    (void)session;
    note(user_data, TALK_DRAINED);
}

static void on_ended(void *user_data, struct reactor_session *session)
{
    (void)session;
    note(user_data, TALK_ENDED);
}

static void on_closed(void *user_data, struct reactor_session *session,
                      enum reactor_closed reason, int error)
{
    struct talk *talk = user_data;

    (void)session;
    talk->reason = reason;
    talk->error = error;
    talk->session = NULL;
    note(talk, TALK_CLOSED);
}

struct reactor_session_options talk_options(void)
{
    struct reactor_session_options options = REACTOR_SESSION_OPTIONS_INIT;

    options.connected = on_connected;
    options.data = on_data;
    options.drained = on_drained;
    options.ended = on_ended;
    options.closed = on_closed;
    return options;
}

void talk_open(struct talk *talk, struct reactor_loop *loop, char name,
               reactor_handle handle,
               const struct reactor_session_options *options)
{
    struct reactor_session_options usual = talk_options();

    memset(talk, 0, sizeof(*talk));
    talk->name = name;
    talk->loop = loop;
    assert_ok(reactor_session_open(&talk->session, loop, handle,
                                   options != NULL ? options : &usual, talk));
}

size_t talk_write_to_wait(struct talk *talk, size_t size)
{
    static const char bytes[500];
    size_t written = 0;

    assert_true(size <= sizeof(bytes));
    do {
        written += fill(reactor_session_handle(talk->session));
        assert_ok(reactor_session_write(talk->session, bytes, size));
        written += size;
        assert_true(reactor_loop_turn(talk->loop, 0) >= 0);
    } while (reactor_session_waiting(talk->session) == 0);
    return written;
}

void turn_or_fail(struct reactor_loop *loop, int64_t give_up_ns,
                  const char *condition, const char *file, int line)
{
    int64_t left_ns = give_up_ns - reactor_now_ns();
    int called = left_ns > 0 ? reactor_loop_turn(loop, left_ns) : 0;

    if (called < 0 || left_ns <= 0) {
        print_error("%s:%d: waited in vain for %s (%d)\n", file, line,
                    condition, called);
        fail();
    }
}

void send_text(reactor_handle handle, const char *text)
{
    size_t size = strlen(text);

    assert_int_equal(ri_stream_write(handle, true, text, size), (int)size);
}

void await_text(struct reactor_loop *loop, reactor_handle handle, char *text,
                size_t size)
{
    int64_t give_up_ns = reactor_now_ns() + PATIENCE_NS;
    size_t read = 0;

    while (read < size) {
        ptrdiff_t count =
            ri_stream_read(handle, true, text + read, size - read);

        if (count > 0) {
            read += (size_t)count;
            continue;
        }
        assert_int_equal(count, -EAGAIN);
        assert_true(reactor_now_ns() < give_up_ns);
        assert_true(reactor_loop_turn(loop, 1000000) >= 0);
    }
    text[size] = '\0';
}

/* ---- Claims about one session ---- */

struct pair talk_ends;

struct reactor_loop *talk_begin(struct pair pair, struct talk *talk,
                                const struct reactor_session_options *options)
{
    struct reactor_loop *loop = open_loop();

    talk_ends = pair;
    talk_open(talk, loop, 's', talk_ends.mine, options);
    return loop;
}

void talk_end(struct reactor_loop *loop)
{
    close_handle(talk_ends.peer);
    reactor_loop_close(loop);
}

void talk_write_big(struct talk *talk)
{
    char *bytes = calloc(1, TALK_BIG);

    assert_non_null(bytes);
    assert_ok(reactor_session_write(talk->session, bytes, TALK_BIG));
    assert_true(reactor_session_waiting(talk->session) > 0);
    free(bytes);
}
