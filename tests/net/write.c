/* SPDX-License-Identifier: MIT */
/* What goes out: whole writes in their order, gathered, and with a bound. */
#include "support/talks.h"

#include "platform/socket.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of which each place has its own. */
static char *pattern(size_t size)
{
    char *bytes = malloc(size);
    size_t i;

    assert_non_null(bytes);
    for (i = 0; i < size; i++)
        bytes[i] = (char)(i * 31 % 253);
    return bytes;
}

/* What the peer gets, of which so much is expected. */
static void await_bytes(struct reactor_loop *loop, const char *expected,
                        size_t size)
{
    char *text = malloc(size + 1);

    assert_non_null(text);
    await_text(loop, talk_ends.peer, text, size);
    assert_memory_equal(text, expected, size);
    free(text);
}

/* ---- Writes ---- */

static void what_is_written_arrives(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);

    (void)state;
    assert_ok(reactor_session_write(talk.session, "hello ", 6));
    assert_int_equal(reactor_session_waiting(talk.session), 0);
    assert_ok(reactor_session_write(talk.session, "world", 5));
    await_bytes(loop, "hello world", 11);
    talk_end(loop);
}

static void pieces_go_together(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);
    const struct reactor_piece pieces[] = {{"a", 1}, {NULL, 0}, {"bcd", 3}};

    (void)state;
    assert_ok(reactor_session_write_pieces(talk.session, pieces, 3));
    await_bytes(loop, "abcd", 4);
    talk_end(loop);
}

static void there_may_be_a_thousand_pieces(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);
    struct reactor_piece pieces[1024];
    char *bytes = pattern(COUNT_OF(pieces));
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(pieces); i++)
        pieces[i] = (struct reactor_piece){bytes + i, 1};
    assert_ok(reactor_session_write_pieces(talk.session, pieces, 1024));
    await_bytes(loop, bytes, COUNT_OF(pieces));
    assert_error(reactor_session_write_pieces(talk.session, pieces, 1025),
                 -EINVAL);
    talk_end(loop);
    free(bytes);
}

static void nothing_can_be_written(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);

    (void)state;
    assert_ok(reactor_session_write(talk.session, NULL, 0));
    assert_ok(reactor_session_write_pieces(talk.session, NULL, 0));
    assert_error(reactor_session_write(talk.session, NULL, 1), -EINVAL);
    assert_error(reactor_session_write(NULL, "a", 1), -EINVAL);
    assert_error(reactor_session_write_pieces(talk.session, NULL, 1), -EINVAL);
    assert_error(
        reactor_session_write_pieces(
            talk.session, (const struct reactor_piece[]){{NULL, 1}}, 1),
        -EINVAL);
    assert_error(reactor_session_write_pieces(talk.session, NULL, -1), -EINVAL);
    talk_end(loop);
}

static void sizes_that_overflow_are_too_large(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);
    const struct reactor_piece pieces[] = {{"a", SIZE_MAX}, {"b", 2}};

    (void)state;
    assert_error(reactor_session_write_pieces(talk.session, pieces, 2),
                 -EMSGSIZE);
    assert_error(reactor_session_write(talk.session, "a", SIZE_MAX), -EMSGSIZE);
    assert_int_equal(talk.calls[TALK_CLOSED], 0);
    talk_end(loop);
}

/* ---- The bound ---- */

static void a_big_write_waits_and_arrives_in_order(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);
    char *bytes = pattern(TALK_BIG + 3);

    (void)state;
    assert_ok(reactor_session_write(talk.session, bytes, TALK_BIG));
    assert_true(reactor_session_waiting(talk.session) > 0);
    await_bytes(loop, bytes, TALK_BIG);
    assert_int_equal(reactor_session_waiting(talk.session), 0);
    assert_ok(reactor_session_write(talk.session, bytes + TALK_BIG, 3));
    await_bytes(loop, bytes + TALK_BIG, 3);
    talk_end(loop);
    free(bytes);
}

static void more_than_the_watermark_is_refused_whole(void **state)
{
    struct reactor_session_options options = talk_options();
    struct talk talk;
    struct reactor_loop *loop;
    char *bytes = pattern(TALK_BIG);
    size_t waiting;

    (void)state;
    options.high = 1000;
    options.low = 10;
    loop = talk_begin(stream_pair(), &talk, &options);
    assert_ok(reactor_session_write(talk.session, bytes, TALK_BIG));
    waiting = reactor_session_waiting(talk.session);
    assert_true(waiting > 1000);
    assert_error(reactor_session_write(talk.session, "x", 1), -EAGAIN);
    assert_int_equal(reactor_session_waiting(talk.session), waiting);
    await_bytes(loop, bytes, TALK_BIG);
    assert_int_equal(talk.calls[TALK_DRAINED], 0); /* never inside a call */
    await_that(loop, talk.calls[TALK_DRAINED] == 1);
    assert_ok(reactor_session_write(talk.session, "x", 1));
    await_bytes(loop, "x", 1);
    assert_nobody(loop);
    talk_end(loop);
    free(bytes);
}

static void larger_than_the_write_limit_is_never_accepted(void **state)
{
    struct reactor_session_options options = talk_options();
    struct talk talk;
    struct reactor_loop *loop;

    (void)state;
    options.write_limit = 4;
    loop = talk_begin(stream_pair(), &talk, &options);
    assert_error(reactor_session_write(talk.session, "12345", 5), -EMSGSIZE);
    assert_ok(reactor_session_write(talk.session, "1234", 4));
    await_bytes(loop, "1234", 4);
    talk_end(loop);
}

static size_t fill_session(struct talk *talk, size_t size)
{
    char *bytes = pattern(size);
    size_t written = 0;

    while (reactor_session_write(talk->session, bytes, size) == 0)
        written += size;
    free(bytes);
    return written;
}

static void drained_comes_once_at_the_low_watermark(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);
    size_t written = fill_session(&talk, 1000);
    char *text = malloc(written + 1);

    (void)state;
    assert_non_null(text);
    assert_true(reactor_session_waiting(talk.session) <= 65536);
    await_text(loop, talk_ends.peer, text, written);
    await_that(loop, talk.calls[TALK_DRAINED] > 0);
    assert_nobody(loop);
    assert_int_equal(talk.calls[TALK_DRAINED], 1);
    talk_end(loop);
    free(text);
}

static void read_all_that_waits(struct talk *talk)
{
    (void)talk_write_to_wait(talk, 500);
    while (reactor_session_waiting(talk->session) > 0) {
        (void)drain(talk_ends.peer);
        assert_true(reactor_loop_turn(talk->loop, 1000000) >= 0);
    }
    assert_nobody(talk->loop);
}

/* So little waits that its going is told to no one but who was refused. */
static void who_was_refused_is_told_once_and_who_was_not_never(void **state)
{
    struct reactor_session_options options = talk_options();
    static const char bytes[501];
    struct reactor_loop *loop;
    struct talk talk;

    (void)state;
    options.high = 1000;
    options.low = 600;
    loop = talk_begin(stream_pair(), &talk, &options);
    read_all_that_waits(&talk);
    assert_int_equal(talk.calls[TALK_DRAINED], 0);
    (void)talk_write_to_wait(&talk, 500);
    assert_error(reactor_session_write(talk.session, bytes, sizeof(bytes)),
                 -EAGAIN);
    while (talk.calls[TALK_DRAINED] == 0) {
        (void)drain(talk_ends.peer);
        assert_true(reactor_loop_turn(loop, 1000000) >= 0);
    }
    read_all_that_waits(&talk);
    assert_int_equal(talk.calls[TALK_DRAINED], 1);
    talk_end(loop);
}

static void who_never_waited_is_not_drained(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);

    (void)state;
    assert_ok(reactor_session_write(talk.session, "hello", 5));
    await_bytes(loop, "hello", 5);
    assert_nobody(loop);
    assert_int_equal(talk.calls[TALK_DRAINED], 0);
    talk_end(loop);
}

/* ---- In callbacks ---- */

static void write_three(struct talk *talk, enum talk_call call)
{
    if (call != TALK_DATA)
        return;
    assert_ok(reactor_session_write(talk->session, "1", 1));
    assert_ok(reactor_session_write(talk->session, "2", 1));
    assert_ok(reactor_session_write(talk->session, "3", 1));
    assert_int_equal(reactor_session_waiting(talk->session), 3);
    assert_false(is_readable(talk_ends.peer));
}

static void in_a_callback_writes_are_gathered(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);

    (void)state;
    talk.then = write_three;
    send_text(talk_ends.peer, "go");
    await_that(loop, talk.calls[TALK_DATA] == 1);
    assert_int_equal(reactor_session_waiting(talk.session), 0);
    await_bytes(loop, "123", 3);
    talk_end(loop);
}

/* The peer of another session, written to in the first one's callback. */
static void write_to_other(struct talk *talk, enum talk_call call)
{
    struct talk *other = talk->context;

    if (call != TALK_DATA)
        return;
    assert_ok(reactor_session_write(other->session, "ab", 2));
    assert_int_equal(reactor_session_waiting(other->session), 2);
    assert_ok(reactor_session_write(other->session, "cd", 2));
}

static void for_other_sessions_too(void **state)
{
    struct talk talk, other;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);
    struct pair second = stream_pair();
    char text[8];

    (void)state;
    talk_open(&other, loop, 'o', second.mine, NULL);
    talk.then = write_to_other;
    talk.context = &other;
    send_text(talk_ends.peer, "go");
    await_text(loop, second.peer, text, 4);
    assert_string_equal(text, "abcd");
    close_handle(second.peer);
    talk_end(loop);
}

static char *big;

static void write_small_and_big(struct talk *talk, enum talk_call call)
{
    if (call != TALK_DATA)
        return;
    assert_ok(reactor_session_write(talk->session, big, 10));
    assert_ok(reactor_session_write(talk->session, big + 10, 50000));
    assert_ok(reactor_session_write(talk->session, big + 50010, 90));
}

static void small_and_big_ones_keep_their_order(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);

    (void)state;
    big = pattern(50100);
    talk.then = write_small_and_big;
    send_text(talk_ends.peer, "go");
    await_bytes(loop, big, 50100);
    talk_end(loop);
    free(big);
}

static void write_much(struct talk *talk, enum talk_call call)
{
    int i;

    if (call != TALK_DATA)
        return;
    for (i = 0; i < 40; i++) /* more than the watermark, but the peer reads */
        assert_ok(reactor_session_write(talk->session, big, 100));
}

/* What was only gathered is sent before a write is refused. */
static void what_is_gathered_is_no_reason_to_refuse(void **state)
{
    struct reactor_session_options options = talk_options();
    struct talk talk;
    struct reactor_loop *loop;
    char text[4001];

    (void)state;
    big = pattern(100);
    options.high = 1000;
    loop = talk_begin(stream_pair(), &talk, &options);
    talk.then = write_much;
    send_text(talk_ends.peer, "go");
    await_text(loop, talk_ends.peer, text, 4000);
    talk_end(loop);
    free(big);
}

/* A producer who writes until it is refused, again and again. */
static void produce(struct talk *talk, enum talk_call call)
{
    size_t *left = talk->context;

    if (call == TALK_CLOSED)
        return;
    while (*left > 0 && reactor_session_write(
                            talk->session, big + TALK_BIG - *left, 1024) == 0)
        *left -= 1024;
}

static void a_producer_gets_all_of_it_through(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);
    size_t left = TALK_BIG;

    (void)state;
    big = pattern(TALK_BIG);
    talk.then = produce;
    talk.context = &left;
    send_text(talk_ends.peer, "go");
    await_bytes(loop, big, TALK_BIG);
    talk_end(loop);
    free(big);
}

/* ---- The end ---- */

static void finish_ends_after_what_waits(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);
    char *bytes = pattern(TALK_BIG);

    (void)state;
    assert_ok(reactor_session_write(talk.session, bytes, TALK_BIG));
    assert_ok(reactor_session_finish(talk.session));
    assert_ok(reactor_session_finish(talk.session));
    assert_error(reactor_session_write(talk.session, "x", 1), -EPIPE);
    await_bytes(loop, bytes, TALK_BIG);
    await_that(loop, is_at_end(talk_ends.peer));
    send_text(talk_ends.peer, "still here");
    await_that(loop, talk.size == 10);
    assert_int_equal(talk.calls[TALK_CLOSED], 0);
    talk_end(loop);
    free(bytes);
}

static void a_peer_that_is_gone_is_an_error(void **state)
{
    struct reactor_session_options options = talk_options();
    struct talk talk;
    struct reactor_loop *loop;
    int i, error = 0;

    (void)state;
    options.flags = REACTOR_SESSION_PAUSED; /* so only writes can notice */
    loop = talk_begin(stream_pair(), &talk, &options);
    close_peer(&talk_ends);
    for (i = 0; i < 1000 && error == 0; i++)
        error = reactor_session_write(talk.session, "x", 1);
    assert_true(error == -EPIPE || error == -ECONNRESET ||
                error == -ECONNABORTED);
    assert_int_equal(talk.calls[TALK_CLOSED], 0); /* not inside the call */
    assert_error(reactor_session_write(talk.session, "x", 1), -EPIPE);
    await_closed(&talk);
    assert_closed(&talk, REACTOR_CLOSED_ERROR, error);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(what_is_written_arrives),
        CLAIM_WITHOUT_REACTOR(pieces_go_together),
        CLAIM_WITHOUT_REACTOR(there_may_be_a_thousand_pieces),
        CLAIM_WITHOUT_REACTOR(nothing_can_be_written),
        CLAIM_WITHOUT_REACTOR(sizes_that_overflow_are_too_large),
        CLAIM_WITHOUT_REACTOR(a_big_write_waits_and_arrives_in_order),
        CLAIM_WITHOUT_REACTOR(more_than_the_watermark_is_refused_whole),
        CLAIM_WITHOUT_REACTOR(larger_than_the_write_limit_is_never_accepted),
        CLAIM_WITHOUT_REACTOR(drained_comes_once_at_the_low_watermark),
        CLAIM_WITHOUT_REACTOR(
            who_was_refused_is_told_once_and_who_was_not_never),
        CLAIM_WITHOUT_REACTOR(who_never_waited_is_not_drained),
        CLAIM_WITHOUT_REACTOR(in_a_callback_writes_are_gathered),
        CLAIM_WITHOUT_REACTOR(for_other_sessions_too),
        CLAIM_WITHOUT_REACTOR(small_and_big_ones_keep_their_order),
        CLAIM_WITHOUT_REACTOR(what_is_gathered_is_no_reason_to_refuse),
        CLAIM_WITHOUT_REACTOR(a_producer_gets_all_of_it_through),
        CLAIM_WITHOUT_REACTOR(finish_ends_after_what_waits),
        CLAIM_WITHOUT_REACTOR(a_peer_that_is_gone_is_an_error),
    };

    return run_claims(claims);
}
