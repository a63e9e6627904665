/* SPDX-License-Identifier: MIT */
/* How sessions end: once, with a reason, and never inside a call. */
#include "support/talks.h"

#include "platform/socket.h"

#include <stdlib.h>
#include <string.h>

static void await_big(struct reactor_loop *loop)
{
    char *text = malloc(TALK_BIG + 1);

    assert_non_null(text);
    await_text(loop, talk_ends.peer, text, TALK_BIG);
    free(text);
}

/* ---- Close ---- */

static void a_close_writes_all_before(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(tcp_pair(), &talk, NULL);

    (void)state;
    talk_write_big(&talk);
    reactor_session_close(talk.session, -1);
    reactor_session_close(talk.session, -1);
    assert_int_equal(talk.calls[TALK_CLOSED], 0);
    assert_error(reactor_session_write(talk.session, "x", 1), -EPIPE);
    assert_error(reactor_session_finish(talk.session), -EPIPE);
    assert_error(reactor_session_pause(talk.session), -EPIPE);
    await_big(loop);
    await_that(loop, is_at_end(talk_ends.peer));
    close_handle(talk_ends.peer);
    await_closed(&talk);
    assert_closed(&talk, REACTOR_CLOSED_CLOSED, 0);
    reactor_loop_close(loop);
}

/*
 * A close that left what the peer has sent unread would be a reset, which can
 * take away what the peer has not read yet.
 */
static void a_close_loses_nothing_though_the_peer_sends(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(tcp_pair(), &talk, NULL);
    char text[8];

    (void)state;
    assert_ok(reactor_session_write(talk.session, "answer", 6));
    reactor_session_close(talk.session, PATIENCE_NS);
    send_text(talk_ends.peer, "more");
    turn_once(loop);
    send_text(talk_ends.peer, "and more");
    turn_once(loop);
    await_text(loop, talk_ends.peer, text, 6);
    assert_string_equal(text, "answer");
    assert_true(is_at_end(talk_ends.peer));
    assert_int_equal(talk.calls[TALK_DATA], 0);
    assert_ok(ri_stream_finish(talk_ends.peer));
    await_closed(&talk);
    assert_closed(&talk, REACTOR_CLOSED_CLOSED, 0);
    talk_end(loop);
}

static void a_peer_that_never_reads_is_left_at_the_deadline(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(tcp_pair(), &talk, NULL);
    int64_t began_ns = reactor_now_ns();

    (void)state;
    talk_write_big(&talk);
    reactor_session_close(talk.session, SILENCE_NS);
    await_closed(&talk);
    assert_true(reactor_now_ns() - began_ns >= SILENCE_NS);
    assert_closed(&talk, REACTOR_CLOSED_LINGERED, -ETIMEDOUT);
    talk_end(loop);
}

static void a_peer_that_never_ends_is_left_too(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(tcp_pair(), &talk, NULL);

    (void)state;
    reactor_session_close(talk.session, SILENCE_NS);
    await_closed(&talk);
    assert_closed(&talk, REACTOR_CLOSED_CLOSED, 0);
    talk_end(loop);
}

static void without_linger_only_what_goes_at_once_goes(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(tcp_pair(), &talk, NULL);
    char text[8];

    (void)state;
    assert_ok(reactor_session_write(talk.session, "bye", 3));
    reactor_session_close(talk.session, 0);
    await_closed(&talk);
    assert_closed(&talk, REACTOR_CLOSED_CLOSED, 0);
    await_text(loop, talk_ends.peer, text, 3);
    await_that(loop, is_at_end(talk_ends.peer));
    talk_end(loop);
}

static void without_linger_what_waits_is_lost(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(tcp_pair(), &talk, NULL);

    (void)state;
    talk_write_big(&talk);
    reactor_session_close(talk.session, 0);
    await_closed(&talk);
    assert_closed(&talk, REACTOR_CLOSED_LINGERED, -ETIMEDOUT);
    talk_end(loop);
}

/* A later close may shorten the time. */
static void a_second_close_has_its_own_deadline(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(tcp_pair(), &talk, NULL);

    (void)state;
    talk_write_big(&talk);
    reactor_session_close(talk.session, -1);
    assert_nobody(loop);
    reactor_session_close(talk.session, 0);
    await_closed(&talk);
    assert_closed(&talk, REACTOR_CLOSED_LINGERED, -ETIMEDOUT);
    talk_end(loop);
}

/* ---- Abort ---- */

static void an_abort_resets_the_connection(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(tcp_pair(), &talk, NULL);
    char byte;

    (void)state;
    talk_write_big(&talk);
    reactor_session_abort(talk.session);
    reactor_session_abort(talk.session);
    assert_int_equal(talk.calls[TALK_CLOSED], 0);
    assert_int_equal(reactor_session_handle(talk.session),
                     REACTOR_INVALID_HANDLE);
    await_closed(&talk);
    assert_closed(&talk, REACTOR_CLOSED_ABORTED, -ECANCELED);
    drain(talk_ends.peer);
    assert_true(ri_stream_read(talk_ends.peer, true, &byte, 1) <= 0);
    talk_end(loop);
}

/* What is said in which callback. */
static enum talk_call wanted_call;
static void (*wanted)(struct talk *talk);

static void do_it(struct talk *talk, enum talk_call call)
{
    if (call == wanted_call)
        wanted(talk);
}

static void abort_it(struct talk *talk)
{
    reactor_session_abort(talk->session);
    assert_int_equal(talk->calls[TALK_CLOSED], 0);
}

static void close_it(struct talk *talk)
{
    assert_ok(reactor_session_write(talk->session, "bye", 3));
    reactor_session_close(talk->session, 0);
    assert_int_equal(talk->calls[TALK_CLOSED], 0);
}

static void close_loop(struct talk *talk)
{
    reactor_loop_close(talk->loop);
}

static const enum talk_call calls[] = {TALK_DATA, TALK_DRAINED, TALK_ENDED};

/* Brings a session to that call. */
static void provoke(struct talk *talk, enum talk_call call)
{
    wanted_call = call;
    talk->then = do_it;
    switch (call) {
    case TALK_DATA:
        send_text(talk_ends.peer, "hello");
        break;
    case TALK_DRAINED:
        talk_write_big(talk);
        await_big(talk->loop);
        break;
    case TALK_ENDED:
        assert_ok(ri_stream_finish(talk_ends.peer));
        break;
    case TALK_CONNECTED:
    case TALK_CLOSED:
    case TALK_CALLS:
        break;
    }
}

static void it_can_be_aborted_in_every_callback(void **state)
{
    size_t i;

    (void)state;
    wanted = abort_it;
    for (i = 0; i < COUNT_OF(calls); i++) {
        struct talk talk;
        struct reactor_loop *loop = talk_begin(tcp_pair(), &talk, NULL);

        provoke(&talk, calls[i]);
        await_closed(&talk);
        assert_closed(&talk, REACTOR_CLOSED_ABORTED, -ECANCELED);
        assert_int_equal(talk.calls[calls[i]], 1);
        talk_end(loop);
    }
}

static void it_can_be_closed_in_every_callback(void **state)
{
    size_t i;

    (void)state;
    wanted = close_it;
    for (i = 0; i < COUNT_OF(calls); i++) {
        struct talk talk;
        struct reactor_loop *loop = talk_begin(tcp_pair(), &talk, NULL);
        char text[8];

        provoke(&talk, calls[i]);
        await_closed(&talk);
        assert_closed(&talk, REACTOR_CLOSED_CLOSED, 0);
        await_text(loop, talk_ends.peer, text, 3);
        assert_string_equal(text, "bye");
        talk_end(loop);
    }
}

static void the_loop_can_be_closed_in_every_callback(void **state)
{
    size_t i;

    (void)state;
    wanted = close_loop;
    for (i = 0; i < COUNT_OF(calls); i++) {
        struct talk talk;
        struct reactor_loop *loop = talk_begin(tcp_pair(), &talk, NULL);

        provoke(&talk, calls[i]);
        assert_is_stopped(loop);
        assert_closed(&talk, REACTOR_CLOSED_LOOP, -ECANCELED);
        close_handle(talk_ends.peer);
    }
}

/* ---- Closed ---- */

static void free_it(struct talk *talk, enum talk_call call)
{
    if (call == TALK_CLOSED)
        free(talk);
}

static void the_user_data_may_go_with_it(void **state)
{
    struct reactor_session_options options = talk_options();
    struct reactor_loop *loop = open_loop();
    struct talk *talk = malloc(sizeof(*talk));

    (void)state;
    assert_non_null(talk);
    options.ended = NULL;
    talk_ends = stream_pair();
    talk_open(talk, loop, 's', talk_ends.mine, &options);
    talk->then = free_it;
    close_peer(&talk_ends);
    await_that(loop, reactor_session_count(loop) == 0);
    reactor_loop_close(loop);
}

static void open_another(struct talk *talk, enum talk_call call)
{
    struct pair second;

    if (call != TALK_CLOSED)
        return;
    second = stream_pair();
    *(int *)talk->context =
        reactor_session_open(NULL, talk->loop, second.mine, NULL, NULL);
    close_pair(&second);
}

static void a_closing_loop_takes_no_more(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(tcp_pair(), &talk, NULL);
    int error = 0;

    (void)state;
    talk.then = open_another;
    talk.context = &error;
    talk_end(loop);
    assert_error(error, -ECANCELED);
    assert_closed(&talk, REACTOR_CLOSED_LOOP, -ECANCELED);
}

/* The one that is closed first ends the other in its callback. */
static void abort_other(struct talk *talk, enum talk_call call)
{
    struct talk *other = talk->context;

    if (call == TALK_CLOSED && other->session != NULL)
        reactor_session_abort(other->session);
}

static void each_is_closed_once_whoever_ends_whom(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct pair pairs[2] = {stream_pair(), stream_pair()};
    struct talk talks[2];
    int i;

    (void)state;
    for (i = 0; i < 2; i++) {
        talk_open(&talks[i], loop, 's', pairs[i].mine, NULL);
        talks[i].then = abort_other;
        talks[i].context = &talks[1 - i];
    }
    reactor_loop_close(loop);
    for (i = 0; i < 2; i++) {
        assert_int_equal(talks[i].calls[TALK_CLOSED], 1);
        close_handle(pairs[i].peer);
    }
}

static void an_end_that_is_due_comes_when_the_loop_is_closed(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(tcp_pair(), &talk, NULL);

    (void)state;
    reactor_session_abort(talk.session);
    talk_end(loop);
    assert_closed(&talk, REACTOR_CLOSED_ABORTED, -ECANCELED);
}

/* ---- Hand-over ---- */

static void a_handle_is_handed_over_with_its_bytes(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(tcp_pair(), &talk, NULL);
    reactor_handle handle = REACTOR_INVALID_HANDLE;
    char text[8] = "";
    size_t size = 0;

    (void)state;
    talk.consume_most = 2;
    send_text(talk_ends.peer, "abcde");
    await_that(loop, talk.size == 2);
    assert_error(
        reactor_session_hand_over(talk.session, &handle, text, 2, &size),
        -ENOSPC);
    assert_int_equal(size, 3);
    assert_ok(reactor_session_hand_over(talk.session, &handle, text,
                                        sizeof(text), &size));
    assert_int_equal(handle, talk_ends.mine);
    assert_int_equal(size, 3);
    assert_memory_equal(text, "cde", 3);
    assert_null(reactor_session_unread(talk.session, &size));
    assert_int_equal(size, 0); /* they were given away */
    await_closed(&talk);
    assert_closed(&talk, REACTOR_CLOSED_HANDED_OVER, 0);
    send_text(handle, "alive");
    await_text(loop, talk_ends.peer, text, 5);
    close_handle(handle);
    talk_end(loop);
}

static void not_while_something_waits(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(tcp_pair(), &talk, NULL);
    reactor_handle handle;

    (void)state;
    talk_write_big(&talk);
    assert_error(
        reactor_session_hand_over(talk.session, &handle, NULL, 0, NULL),
        -EAGAIN);
    assert_int_equal(talk.calls[TALK_CLOSED], 0);
    talk_end(loop);
}

static void hand_over(struct talk *talk)
{
    size_t size = 99;

    assert_ok(reactor_session_write(talk->session, "last", 4));
    assert_ok(reactor_session_hand_over(talk->session, talk->context, NULL, 0,
                                        &size));
    assert_int_equal(size, 0);
}

static void in_data_the_bytes_are_in_hand(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(tcp_pair(), &talk, NULL);
    reactor_handle handle = REACTOR_INVALID_HANDLE;
    char text[8];

    (void)state;
    wanted = hand_over;
    talk.context = &handle;
    provoke(&talk, TALK_DATA);
    await_closed(&talk);
    assert_closed(&talk, REACTOR_CLOSED_HANDED_OVER, 0);
    await_text(loop, talk_ends.peer, text, 4);
    close_handle(handle);
    talk_end(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_close_writes_all_before),
        CLAIM_WITHOUT_REACTOR(a_close_loses_nothing_though_the_peer_sends),
        CLAIM_WITHOUT_REACTOR(a_peer_that_never_reads_is_left_at_the_deadline),
        CLAIM_WITHOUT_REACTOR(a_peer_that_never_ends_is_left_too),
        CLAIM_WITHOUT_REACTOR(without_linger_only_what_goes_at_once_goes),
        CLAIM_WITHOUT_REACTOR(without_linger_what_waits_is_lost),
        CLAIM_WITHOUT_REACTOR(a_second_close_has_its_own_deadline),
        CLAIM_WITHOUT_REACTOR(an_abort_resets_the_connection),
        CLAIM_WITHOUT_REACTOR(it_can_be_aborted_in_every_callback),
        CLAIM_WITHOUT_REACTOR(it_can_be_closed_in_every_callback),
        CLAIM_WITHOUT_REACTOR(the_loop_can_be_closed_in_every_callback),
        CLAIM_WITHOUT_REACTOR(the_user_data_may_go_with_it),
        CLAIM_WITHOUT_REACTOR(a_closing_loop_takes_no_more),
        CLAIM_WITHOUT_REACTOR(each_is_closed_once_whoever_ends_whom),
        CLAIM_WITHOUT_REACTOR(an_end_that_is_due_comes_when_the_loop_is_closed),
        CLAIM_WITHOUT_REACTOR(a_handle_is_handed_over_with_its_bytes),
        CLAIM_WITHOUT_REACTOR(not_while_something_waits),
        CLAIM_WITHOUT_REACTOR(in_data_the_bytes_are_in_hand),
    };

    return run_claims(claims);
}
