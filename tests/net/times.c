/* SPDX-License-Identifier: MIT */
/* Timeouts of sessions: never early, and put off by what they wait for. */
#include "support/talks.h"

#include "platform/socket.h"

#include <stdlib.h>

#define TIMEOUT_NS ((int64_t)50000000)

static void an_idle_session_is_closed(void **state)
{
    struct reactor_session_options options = talk_options();
    struct talk talk;
    struct reactor_loop *loop;
    int64_t began_ns = reactor_now_ns();

    (void)state;
    options.idle_timeout_ns = TIMEOUT_NS;
    loop = talk_begin(tcp_pair(), &talk, &options);
    await_closed(&talk);
    assert_true(reactor_now_ns() - began_ns >= TIMEOUT_NS);
    assert_closed(&talk, REACTOR_CLOSED_IDLE, -ETIMEDOUT);
    talk_end(loop);
}

/* The time counts from the last byte: each puts it off. */
static void a_byte_puts_it_off(void **state)
{
    struct reactor_session_options options = talk_options();
    struct talk talk;
    struct reactor_loop *loop;
    int64_t last_ns = 0;
    int i;

    (void)state;
    options.idle_timeout_ns = TIMEOUT_NS;
    loop = talk_begin(tcp_pair(), &talk, &options);
    for (i = 0; i < 5 && talk.calls[TALK_CLOSED] == 0; i++) {
        last_ns = reactor_now_ns();
        if (i % 2 == 0)
            send_text(talk_ends.peer, "x");
        else
            assert_ok(reactor_session_write(talk.session, "x", 1));
        (void)reactor_loop_turn(loop, TIMEOUT_NS / 2);
    }
    await_closed(&talk);
    if (talk.size == 3) /* a busy machine may have come too late for the last */
        assert_true(reactor_now_ns() - last_ns >= TIMEOUT_NS);
    assert_closed(&talk, REACTOR_CLOSED_IDLE, -ETIMEDOUT);
    talk_end(loop);
}

static void who_reads_nothing_in_time_is_closed(void **state)
{
    struct reactor_session_options options = talk_options();
    struct talk talk;
    struct reactor_loop *loop;
    int64_t began_ns = reactor_now_ns();

    (void)state;
    options.read_timeout_ns = TIMEOUT_NS;
    loop = talk_begin(tcp_pair(), &talk, &options);
    assert_ok(reactor_session_write(talk.session, "x", 1));
    await_closed(&talk);
    assert_true(reactor_now_ns() - began_ns >= TIMEOUT_NS);
    assert_closed(&talk, REACTOR_CLOSED_READ, -ETIMEDOUT);
    talk_end(loop);
}

static void on_time_of_test(void *user_data, uint64_t missed)
{
    (void)missed;
    *(bool *)user_data = true;
}

/* Turns for so long. */
static void let_pass(struct reactor_loop *loop, int64_t span_ns)
{
    struct reactor_timer timer;
    bool is_over = false;

    reactor_timer_init(&timer, loop, on_time_of_test, &is_over);
    reactor_timer_start(&timer, span_ns, 0);
    await_that(loop, is_over);
}

static void who_is_paused_need_not_read(void **state)
{
    struct reactor_session_options options = talk_options();
    struct talk talk;
    struct reactor_loop *loop;
    int64_t resumed_ns;

    (void)state;
    options.read_timeout_ns = TIMEOUT_NS;
    options.flags = REACTOR_SESSION_PAUSED;
    loop = talk_begin(tcp_pair(), &talk, &options);
    let_pass(loop, 2 * TIMEOUT_NS);
    assert_int_equal(talk.calls[TALK_CLOSED], 0);
    resumed_ns = reactor_now_ns();
    assert_ok(reactor_session_resume(talk.session));
    await_closed(&talk);
    assert_true(reactor_now_ns() - resumed_ns >= TIMEOUT_NS);
    assert_closed(&talk, REACTOR_CLOSED_READ, -ETIMEDOUT);
    talk_end(loop);
}

static void what_waits_must_move_in_time(void **state)
{
    struct reactor_session_options options = talk_options();
    struct talk talk;
    struct reactor_loop *loop;
    int64_t began_ns;

    (void)state;
    options.write_timeout_ns = TIMEOUT_NS;
    loop = talk_begin(tcp_pair(), &talk, &options);
    let_pass(loop, 2 * TIMEOUT_NS); /* nothing waits */
    assert_int_equal(talk.calls[TALK_CLOSED], 0);
    began_ns = reactor_now_ns();
    talk_write_big(&talk);
    assert_true(reactor_session_waiting(talk.session) > 0);
    await_closed(&talk);
    assert_true(reactor_now_ns() - began_ns >= TIMEOUT_NS);
    assert_closed(&talk, REACTOR_CLOSED_WRITE, -ETIMEDOUT);
    talk_end(loop);
}

static void a_slow_reader_is_no_dead_one(void **state)
{
    struct reactor_session_options options = talk_options();
    struct talk talk;
    struct reactor_loop *loop;
    int64_t give_up_ns = reactor_now_ns() + PATIENCE_NS;

    (void)state;
    options.write_timeout_ns = PATIENCE_NS;
    loop = talk_begin(tcp_pair(), &talk, &options);
    talk_write_big(&talk);
    while (reactor_session_waiting(talk.session) > 0) {
        assert_true(reactor_now_ns() < give_up_ns);
        drain(talk_ends.peer);
        turn_once(loop);
    }
    assert_int_equal(talk.calls[TALK_CLOSED], 0);
    talk_end(loop);
}

static void times_can_be_changed(void **state)
{
    struct reactor_session_options options = talk_options();
    struct talk talk;
    struct reactor_loop *loop = talk_begin(tcp_pair(), &talk, NULL);
    int64_t began_ns = reactor_now_ns();

    (void)state;
    options.idle_timeout_ns = TIMEOUT_NS;
    assert_ok(reactor_session_set_options(talk.session, &options, &talk));
    await_closed(&talk);
    assert_true(reactor_now_ns() - began_ns >= TIMEOUT_NS);
    assert_closed(&talk, REACTOR_CLOSED_IDLE, -ETIMEDOUT);
    talk_end(loop);
}

static void without_timeouts_no_timer_runs(void **state)
{
    struct talk talk;
    struct reactor_loop *loop = talk_begin(tcp_pair(), &talk, NULL);

    (void)state;
    assert_int_equal(reactor_loop_alive(loop), 1); /* its handler */
    talk_end(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(an_idle_session_is_closed),
        CLAIM_WITHOUT_REACTOR(a_byte_puts_it_off),
        CLAIM_WITHOUT_REACTOR(who_reads_nothing_in_time_is_closed),
        CLAIM_WITHOUT_REACTOR(who_is_paused_need_not_read),
        CLAIM_WITHOUT_REACTOR(what_waits_must_move_in_time),
        CLAIM_WITHOUT_REACTOR(a_slow_reader_is_no_dead_one),
        CLAIM_WITHOUT_REACTOR(times_can_be_changed),
        CLAIM_WITHOUT_REACTOR(without_timeouts_no_timer_runs),
    };

    return run_claims(claims);
}
