/* SPDX-License-Identifier: MIT */
/* What comes in: `data`, what it leaves, pauses, and the peer's end. */
#include "support/talks.h"

#include "platform/socket.h"

#include <stdlib.h>
#include <string.h>

/* Sends all of it while the loop turns. */
static void send_all(struct reactor_loop *loop, const char *bytes, size_t size)
{
    int64_t give_up_ns = reactor_now_ns() + PATIENCE_NS;

    while (size > 0) {
        ptrdiff_t sent = ri_stream_write(talk_ends.peer, true, bytes, size);

        if (sent > 0) {
            bytes += sent;
            size -= (size_t)sent;
            continue;
        }
        assert_int_equal(sent, -EAGAIN);
        assert_true(reactor_now_ns() < give_up_ns);
        turn_once(loop);
    }
}

/* ---- What arrives ---- */

static void what_arrives_is_given_to_data(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);

    (void)state;
    send_text(talk_ends.peer, "hello");
    await_that(loop, talk.size == 5);
    assert_memory_equal(talk.bytes, "hello", 5);
    talk_end(loop);
}

static void what_had_arrived_before_is_given_too(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct talk talk;

    (void)state;
    talk_ends = stream_pair();
    send_text(talk_ends.peer, "early");
    talk_open(&talk, loop, 's', talk_ends.mine, NULL);
    assert_int_equal(talk.calls[TALK_DATA], 0);
    await_that(loop, talk.size == 5);
    talk_end(loop);
}

static void without_data_it_is_dropped(void **state)
{
    struct reactor_session_options options = talk_options();
    struct talk talk;
    struct reactor_loop *loop;

    (void)state;
    options.data = NULL;
    loop = talk_begin(stream_pair(), &talk, &options);
    send_text(talk_ends.peer, "hello");
    assert_ok(ri_stream_finish(talk_ends.peer));
    await_that(loop, talk.calls[TALK_ENDED] == 1);
    assert_null(reactor_session_unread(talk.session, NULL));
    talk_end(loop);
}

static void bytes_are_counted(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);
    struct reactor_session_numbers numbers = {.size = sizeof(numbers)};

    (void)state;
    send_text(talk_ends.peer, "hello");
    await_that(loop, talk.size == 5);
    assert_ok(reactor_session_write(talk.session, "yes", 3));
    assert_ok(reactor_session_numbers(talk.session, &numbers));
    assert_int_equal(numbers.received, 5);
    assert_int_equal(numbers.sent, 3);
    talk_end(loop);
}

/* ---- What is left ---- */

static void what_is_not_consumed_comes_again_with_more(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);
    size_t size;

    (void)state;
    talk.consumes_nothing = true;
    send_text(talk_ends.peer, "one ");
    await_that(loop, talk.calls[TALK_DATA] == 1);
    assert_memory_equal(reactor_session_unread(talk.session, &size), "one ", 4);
    assert_int_equal(size, 4);
    assert_nobody(loop);
    send_text(talk_ends.peer, "two");
    await_that(loop, talk.offered == 7);
    talk.consumes_nothing = false;
    talk.consume_most = 2;
    send_text(talk_ends.peer, "!");
    await_that(loop, talk.offered == 8);
    assert_int_equal(talk.size, 2);
    assert_memory_equal(reactor_session_unread(talk.session, &size), "e two!",
                        6);
    talk_end(loop);
}

static void a_part_that_is_left_is_kept(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);
    size_t size;

    (void)state;
    talk.consume_most = 3;
    send_text(talk_ends.peer, "abcdef");
    await_that(loop, talk.calls[TALK_DATA] == 1);
    assert_memory_equal(reactor_session_unread(talk.session, &size), "def", 3);
    assert_int_equal(size, 3);
    send_text(talk_ends.peer, "ghi");
    await_that(loop, talk.calls[TALK_DATA] == 2);
    assert_int_equal(talk.offered, 6);
    assert_memory_equal(talk.bytes, "abcdef", 6);
    talk_end(loop);
}

#define LONG_SIZE 300000

/* It is put together in memory that grows. */
static void a_long_message_comes_in_one_piece(void **state)
{
    struct reactor_session_options options = talk_options();
    struct talk talk;
    struct reactor_loop *loop;
    char *message = malloc(LONG_SIZE);
    size_t i, size;

    (void)state;
    assert_non_null(message);
    for (i = 0; i < LONG_SIZE; i++)
        message[i] = (char)(i * 7 % 251);
    loop = talk_begin(stream_pair(), &talk, &options);
    talk.consumes_nothing = true;
    send_all(loop, message, LONG_SIZE);
    await_that(loop, talk.offered == LONG_SIZE);
    assert_memory_equal(reactor_session_unread(talk.session, &size), message,
                        LONG_SIZE);
    talk_end(loop);
    free(message);
}

static void more_than_the_limit_ends_the_session(void **state)
{
    struct reactor_session_options options = talk_options();
    struct talk talk;
    struct reactor_loop *loop;

    (void)state;
    options.read_limit = 6;
    loop = talk_begin(stream_pair(), &talk, &options);
    talk.consumes_nothing = true;
    send_text(talk_ends.peer, "12345");
    await_that(loop, talk.offered == 5);
    assert_int_equal(talk.calls[TALK_CLOSED], 0);
    send_text(talk_ends.peer, "6789");
    await_closed(&talk);
    assert_int_equal(talk.offered, 6);
    assert_closed(&talk, REACTOR_CLOSED_ERROR, -EMSGSIZE);
    talk_end(loop);
}

/* As long as something is consumed it goes on. */
static void what_is_consumed_makes_room(void **state)
{
    struct reactor_session_options options = talk_options();
    struct talk talk;
    struct reactor_loop *loop;

    (void)state;
    options.read_limit = 4;
    loop = talk_begin(stream_pair(), &talk, &options);
    talk.consume_most = 1;
    send_text(talk_ends.peer, "1234567890");
    await_that(loop, talk.size == 7);
    assert_memory_equal(talk.bytes, "1234567", 7);
    assert_int_equal(talk.calls[TALK_CLOSED], 0);
    talk_end(loop);
}

/* ---- Pause ---- */

static void a_paused_session_reads_nothing(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);

    (void)state;
    assert_ok(reactor_session_pause(talk.session));
    assert_ok(reactor_session_pause(talk.session));
    send_text(talk_ends.peer, "hello");
    assert_nobody(loop);
    assert_ok(reactor_session_resume(talk.session));
    assert_ok(reactor_session_resume(talk.session));
    assert_int_equal(talk.calls[TALK_DATA], 0);
    await_that(loop, talk.size == 5);
    talk_end(loop);
}

static void it_may_begin_paused(void **state)
{
    struct reactor_session_options options = talk_options();
    struct talk talk;
    struct reactor_loop *loop;

    (void)state;
    options.flags = REACTOR_SESSION_PAUSED;
    loop = talk_begin(stream_pair(), &talk, &options);
    send_text(talk_ends.peer, "hello");
    assert_nobody(loop);
    assert_ok(reactor_session_resume(talk.session));
    await_that(loop, talk.size == 5);
    talk_end(loop);
}

static void pause_at_data(struct talk *talk, enum talk_call call)
{
    if (call == TALK_DATA)
        assert_ok(reactor_session_pause(talk->session));
}

static void keep_and_resume(void (*then)(struct talk *, enum talk_call))
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);

    talk.consume_most = 2;
    talk.then = then;
    send_text(talk_ends.peer, "abcd");
    await_that(loop, talk.size == 2);
    assert_nobody(loop);
    assert_ok(reactor_session_resume(talk.session));
    assert_int_equal(talk.size, 2); /* not inside the call */
    await_that(loop, talk.size == 4);
    assert_memory_equal(talk.bytes, "abcd", 4);
    talk_end(loop);
}

static void what_was_kept_comes_again_after_a_pause(void **state)
{
    (void)state;
    keep_and_resume(pause_at_data);
    keep_and_resume(NULL); /* without one as well */
}

/* A full one that was paused is not ended for it, but offered. */
static void a_pause_holds_at_the_limit(void **state)
{
    struct reactor_session_options options = talk_options();
    struct talk talk;
    struct reactor_loop *loop;

    (void)state;
    options.read_limit = 4;
    loop = talk_begin(stream_pair(), &talk, &options);
    talk.consumes_nothing = true;
    talk.then = pause_at_data;
    send_text(talk_ends.peer, "12345678");
    await_that(loop, talk.offered == 4);
    assert_nobody(loop);
    talk.consumes_nothing = false;
    talk.then = NULL;
    assert_ok(reactor_session_resume(talk.session));
    await_that(loop, talk.size == 8);
    assert_memory_equal(talk.bytes, "12345678", 8);
    talk_end(loop);
}

/* ---- The peer's end ---- */

static void the_peers_end_is_told_after_its_bytes(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);

    (void)state;
    send_text(talk_ends.peer, "last");
    assert_ok(ri_stream_finish(talk_ends.peer));
    await_that(loop, talk.calls[TALK_ENDED] == 1);
    assert_int_equal(talk.size, 4);
    assert_nobody(loop);
    assert_ok(reactor_session_write(talk.session, "still", 5));
    assert_ok(reactor_session_finish(talk.session));
    await_closed(&talk);
    assert_closed(&talk, REACTOR_CLOSED_FINISHED, 0);
    assert_string_equal(journal, "sss"); /* data, ended, closed */
    talk_end(loop);
}

static void ask_at_end(struct talk *talk, enum talk_call call)
{
    if (call == TALK_ENDED)
        assert_int_equal(talk->size, 4);
}

/* Both are there when it reads again. */
static void what_was_kept_comes_before_the_peers_end(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);

    (void)state;
    talk.consumes_nothing = true;
    talk.then = pause_at_data;
    send_text(talk_ends.peer, "last");
    await_that(loop, talk.calls[TALK_DATA] == 1);
    assert_ok(ri_stream_finish(talk_ends.peer));
    assert_nobody(loop);
    talk.consumes_nothing = false;
    talk.then = ask_at_end;
    assert_ok(reactor_session_resume(talk.session));
    await_that(loop, talk.calls[TALK_ENDED] == 1);
    assert_int_equal(talk.calls[TALK_DATA], 2);
    assert_nobody(loop); /* neither is told again */
    talk_end(loop);
}

static void it_does_though_nobody_is_told_of_the_end(void **state)
{
    struct reactor_session_options options = talk_options();
    struct talk talk;
    struct reactor_loop *loop;

    (void)state;
    options.ended = NULL;
    loop = talk_begin(stream_pair(), &talk, &options);
    talk.consumes_nothing = true;
    talk.then = pause_at_data;
    send_text(talk_ends.peer, "last");
    await_that(loop, talk.calls[TALK_DATA] == 1);
    assert_ok(ri_stream_finish(talk_ends.peer));
    assert_nobody(loop);
    talk.consumes_nothing = false;
    talk.then = NULL;
    assert_ok(reactor_session_resume(talk.session));
    await_closed(&talk);
    assert_closed(&talk, REACTOR_CLOSED_FINISHED, 0);
    assert_int_equal(talk.size, 4);
    talk_end(loop);
}

static void an_end_that_nobody_is_told_of_finishes(void **state)
{
    struct reactor_session_options options = talk_options();
    struct talk talk;
    struct reactor_loop *loop;
    char text[8];

    (void)state;
    options.ended = NULL;
    loop = talk_begin(stream_pair(), &talk, &options);
    assert_ok(reactor_session_write(talk.session, "bye", 3));
    assert_ok(ri_stream_finish(talk_ends.peer));
    await_closed(&talk);
    assert_closed(&talk, REACTOR_CLOSED_FINISHED, 0);
    await_text(loop, talk_ends.peer, text, 3);
    assert_true(is_at_end(talk_ends.peer));
    talk_end(loop);
}

static void what_was_left_can_be_had_at_the_end(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(stream_pair(), &talk, NULL);
    size_t size;

    (void)state;
    talk.consume_most = 2;
    send_text(talk_ends.peer, "abcde");
    assert_ok(ri_stream_finish(talk_ends.peer));
    await_that(loop, talk.calls[TALK_ENDED] == 1);
    assert_memory_equal(reactor_session_unread(talk.session, &size), "cde", 3);
    assert_int_equal(size, 3);
    talk_end(loop);
}

static void a_reset_is_an_error(void **state)
{
    struct reactor_loop *loop;
    struct talk talk;

    (void)state;
    if (!resets_are_told())
        skip_because("a reset is an end like others here");
    loop = open_loop();
    talk_ends = tcp_pair();
    talk_open(&talk, loop, 's', talk_ends.mine, NULL);
    reset_by_peer(&talk_ends);
    await_closed(&talk);
    assert_closed(&talk, REACTOR_CLOSED_ERROR, -ECONNRESET);
    assert_int_equal(talk.calls[TALK_ENDED], 0);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(what_arrives_is_given_to_data),
        CLAIM_WITHOUT_REACTOR(what_had_arrived_before_is_given_too),
        CLAIM_WITHOUT_REACTOR(without_data_it_is_dropped),
        CLAIM_WITHOUT_REACTOR(bytes_are_counted),
        CLAIM_WITHOUT_REACTOR(what_is_not_consumed_comes_again_with_more),
        CLAIM_WITHOUT_REACTOR(a_part_that_is_left_is_kept),
        CLAIM_WITHOUT_REACTOR(a_long_message_comes_in_one_piece),
        CLAIM_WITHOUT_REACTOR(more_than_the_limit_ends_the_session),
        CLAIM_WITHOUT_REACTOR(what_is_consumed_makes_room),
        CLAIM_WITHOUT_REACTOR(a_paused_session_reads_nothing),
        CLAIM_WITHOUT_REACTOR(it_may_begin_paused),
        CLAIM_WITHOUT_REACTOR(what_was_kept_comes_again_after_a_pause),
        CLAIM_WITHOUT_REACTOR(a_pause_holds_at_the_limit),
        CLAIM_WITHOUT_REACTOR(the_peers_end_is_told_after_its_bytes),
        CLAIM_WITHOUT_REACTOR(what_was_kept_comes_before_the_peers_end),
        CLAIM_WITHOUT_REACTOR(it_does_though_nobody_is_told_of_the_end),
        CLAIM_WITHOUT_REACTOR(an_end_that_nobody_is_told_of_finishes),
        CLAIM_WITHOUT_REACTOR(what_was_left_can_be_had_at_the_end),
        CLAIM_WITHOUT_REACTOR(a_reset_is_an_error),
    };

    return run_claims(claims);
}
