/* SPDX-License-Identifier: MIT */
/* All sessions of a loop are closed by one call. */
#include "support/doors.h"

#include "platform/socket.h"

#include <stdlib.h>

#define FEW  2
#define MANY 40 /* the table of a loop has grown twice for them */

static void open_all(struct reactor_loop *loop, struct pair *pairs,
                     struct talk *talks, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        pairs[i] = tcp_pair();
        talk_open(&talks[i], loop, 's', pairs[i].mine, NULL);
    }
}

static void close_peers(const struct pair *pairs, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        close_handle(pairs[i].peer);
}

static void assert_all_closed(const struct talk *talks, size_t count,
                              enum reactor_closed reason, int error)
{
    size_t i;

    for (i = 0; i < count; i++)
        assert_closed(&talks[i], reason, error);
}

/* ---- Whom ---- */

static void each_is_closed_once_and_not_in_the_call(void **state)
{
    static struct talk talks[MANY], other;
    struct reactor_loop *loop = open_loop();
    struct reactor_loop *elsewhere = open_loop();
    struct pair pairs[MANY], other_pair;
    size_t i;

    (void)state;
    open_all(loop, pairs, talks, MANY);
    open_all(elsewhere, &other_pair, &other, 1);
    reactor_session_close_all(loop, PATIENCE_NS);
    reactor_session_close_all(loop, PATIENCE_NS);
    for (i = 0; i < MANY; i++) {
        assert_int_equal(talks[i].calls[TALK_CLOSED], 0);
        assert_error(reactor_session_write(talks[i].session, "x", 1), -EPIPE);
    }
    close_peers(pairs, MANY);
    await_that(loop, reactor_session_count(loop) == 0);
    assert_runs_out(loop);
    assert_all_closed(talks, MANY, REACTOR_CLOSED_CLOSED, 0);

    assert_nobody(elsewhere);
    assert_ok(reactor_session_write(other.session, "x", 1));
    close_peers(&other_pair, 1);
    reactor_loop_close(elsewhere);
    reactor_loop_close(loop);
}

/* As of one: who is not connected yet is aborted, and who is over stays so. */
static void each_ends_as_it_would_alone(void **state)
{
    struct reactor_session_options options = talk_options();
    struct reactor_loop *loop = open_loop();
    struct listener listener = open_listener();
    struct reactor_address to = local_address((int)listener.port);
    struct talk connecting = {.loop = loop}, talks[FEW];
    struct pair pairs[FEW];

    (void)state;
    open_all(loop, pairs, talks, FEW);
    assert_ok(reactor_session_connect(&connecting.session, loop, &to, 1, -1,
                                      &options, &connecting));
    reactor_session_abort(talks[0].session);
    reactor_session_close_all(loop, 0);
    await_that(loop, reactor_session_count(loop) == 0);
    assert_closed(&talks[0], REACTOR_CLOSED_ABORTED, -ECANCELED);
    assert_closed(&talks[1], REACTOR_CLOSED_CLOSED, 0);
    assert_closed(&connecting, REACTOR_CLOSED_ABORTED, -ECANCELED);
    assert_int_equal(connecting.calls[TALK_CONNECTED], 0);
    close_peers(pairs, FEW);
    close_handle(listener.handle);
    reactor_loop_close(loop);
}

static void where_nobody_is_it_does_nothing(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct pair pair;
    struct talk talk;

    (void)state;
    reactor_session_close_all(NULL, -1);
    reactor_session_close_all(loop, -1);
    open_all(loop, &pair, &talk, 1);
    reactor_session_abort(talk.session);
    await_closed(&talk);
    reactor_session_close_all(loop, 0);
    assert_runs_out(loop);
    assert_closed(&talk, REACTOR_CLOSED_ABORTED, -ECANCELED);
    close_peers(&pair, 1);
    open_all(loop, &pair, &talk, 1); /* who comes later may stay */
    assert_nobody(loop);
    close_peers(&pair, 1);
    reactor_loop_close(loop);
}

/* ---- What waits ---- */

static void what_waits_is_written_when_there_is_time(void **state)
{
    static const int64_t times_ns[] = {-1, PATIENCE_NS};
    char *text = malloc(TALK_BIG + 1);
    size_t i, time;

    (void)state;
    assert_non_null(text);
    for (time = 0; time < COUNT_OF(times_ns); time++) {
        struct reactor_loop *loop = open_loop();
        struct talk talks[FEW];
        struct pair pairs[FEW];

        open_all(loop, pairs, talks, FEW);
        for (i = 0; i < FEW; i++)
            talk_write_big(&talks[i]);
        reactor_session_close_all(loop, times_ns[time]);
        for (i = 0; i < FEW; i++) {
            await_text(loop, pairs[i].peer, text, TALK_BIG);
            await_that(loop, is_at_end(pairs[i].peer));
        }
        close_peers(pairs, FEW);
        await_that(loop, reactor_session_count(loop) == 0);
        assert_all_closed(talks, FEW, REACTOR_CLOSED_CLOSED, 0);
        reactor_loop_close(loop);
    }
    free(text);
}

static void without_time_only_what_goes_at_once_goes(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct talk talks[FEW];
    struct pair pairs[FEW];
    char text[8];

    (void)state;
    open_all(loop, pairs, talks, FEW);
    talk_write_big(&talks[0]);
    assert_ok(reactor_session_write(talks[1].session, "bye", 3));
    reactor_session_close_all(loop, 0);
    await_that(loop, reactor_session_count(loop) == 0);
    assert_closed(&talks[0], REACTOR_CLOSED_LINGERED, -ETIMEDOUT);
    assert_closed(&talks[1], REACTOR_CLOSED_CLOSED, 0);
    await_text(loop, pairs[1].peer, text, 3);
    await_that(loop, is_at_end(pairs[1].peer));
    close_peers(pairs, FEW);
    reactor_loop_close(loop);
}

static void who_never_reads_is_left_at_the_deadline(void **state)
{
    struct reactor_loop *loop = open_loop();
    int64_t began_ns = reactor_now_ns();
    struct talk talks[FEW];
    struct pair pairs[FEW];
    size_t i;

    (void)state;
    open_all(loop, pairs, talks, FEW);
    for (i = 0; i < FEW; i++)
        talk_write_big(&talks[i]);
    reactor_session_close_all(loop, SILENCE_NS);
    for (i = 0; i < FEW; i++) {
        await_closed(&talks[i]);
        assert_true(reactor_now_ns() - began_ns >= SILENCE_NS);
    }
    assert_all_closed(talks, FEW, REACTOR_CLOSED_LINGERED, -ETIMEDOUT);
    close_peers(pairs, FEW);
    reactor_loop_close(loop);
}

/* Until it is called again, with one. */
static void without_a_deadline_none_is_left(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct talk talks[FEW];
    struct pair pairs[FEW];
    size_t i;

    (void)state;
    open_all(loop, pairs, talks, FEW);
    for (i = 0; i < FEW; i++)
        talk_write_big(&talks[i]);
    reactor_session_close_all(loop, -1);
    assert_nobody(loop);
    assert_int_equal(reactor_session_count(loop), FEW);
    reactor_session_close_all(loop, 0);
    await_that(loop, reactor_session_count(loop) == 0);
    assert_all_closed(talks, FEW, REACTOR_CLOSED_LINGERED, -ETIMEDOUT);
    close_peers(pairs, FEW);
    reactor_loop_close(loop);
}

/* ---- In a callback ---- */

static enum talk_call wanted_call;

static void close_all(struct talk *talk, enum talk_call call)
{
    struct talk *talks = talk->context;
    unsigned closed = talk->calls[TALK_CLOSED];
    size_t i;

    if (call != wanted_call)
        return;
    reactor_session_close_all(talk->loop, 0);
    assert_int_equal(talk->calls[TALK_CLOSED], closed);
    for (i = 1; i < MANY; i++)
        assert_int_equal(talks[i].calls[TALK_CLOSED], 0);
}

static void provoke(const struct talk *talk, const struct pair *pair)
{
    char *text;

    if (wanted_call == TALK_DATA) {
        send_text(pair->peer, "hello");
    } else if (wanted_call == TALK_ENDED) {
        assert_ok(ri_stream_finish(pair->peer));
    } else if (wanted_call == TALK_CLOSED) {
        reactor_session_close(talk->session, 0);
    } else {
        text = malloc(TALK_BIG + 1);
        assert_non_null(text);
        await_text(talk->loop, pair->peer, text, TALK_BIG);
        free(text);
    }
}

/* By one of those that it closes. */
static void it_may_be_called_in_every_callback(void **state)
{
    static const enum talk_call calls[] = {TALK_DATA, TALK_DRAINED, TALK_ENDED,
                                           TALK_CLOSED};
    static struct talk talks[MANY];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(calls); i++) {
        struct reactor_loop *loop = open_loop();
        struct pair pairs[MANY];

        wanted_call = calls[i];
        open_all(loop, pairs, talks, MANY);
        talks[0].then = close_all;
        talks[0].context = talks;
        if (wanted_call == TALK_DRAINED)
            talk_write_big(&talks[0]);
        provoke(&talks[0], &pairs[0]);
        await_that(loop, reactor_session_count(loop) == 0);
        assert_runs_out(loop);
        assert_int_equal(talks[0].calls[wanted_call], 1);
        assert_all_closed(talks, MANY, REACTOR_CLOSED_CLOSED, 0);
        close_peers(pairs, MANY);
        reactor_loop_close(loop);
    }
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(each_is_closed_once_and_not_in_the_call),
        CLAIM_WITHOUT_REACTOR(each_ends_as_it_would_alone),
        CLAIM_WITHOUT_REACTOR(where_nobody_is_it_does_nothing),
        CLAIM_WITHOUT_REACTOR(what_waits_is_written_when_there_is_time),
        CLAIM_WITHOUT_REACTOR(without_time_only_what_goes_at_once_goes),
        CLAIM_WITHOUT_REACTOR(who_never_reads_is_left_at_the_deadline),
        CLAIM_WITHOUT_REACTOR(without_a_deadline_none_is_left),
        CLAIM_WITHOUT_REACTOR(it_may_be_called_in_every_callback),
    };

    return run_claims(claims);
}
