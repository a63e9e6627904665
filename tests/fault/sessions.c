/* SPDX-License-Identifier: MIT */
/* Sessions: what they read and write. */
#include "fault/net.h"

#include <string.h>

/* ---- In and out ---- */

static void answer(struct talk *talk, enum talk_call call)
{
    if (call == TALK_DATA)
        write_to(talk, talk->bytes, talk->size);
}

static bool echo(struct reactor_loop *loop)
{
    struct reactor_session_options options = talk_options();
    struct pair pair = tcp_pair();
    struct other_end *peer = take_other_end(&pair);
    struct talk talk;
    bool is_well;

    options.ended = NULL;
    open_talk(&talk, loop, &pair, &options);
    talk.then = answer;
    send_there(peer, "hello", 5);
    while (talk.size < 5 && goes_on(&talk))
        continue;
    await_there(peer, &talk, 5);
    is_well = ends_with_peer(&talk, &pair);
    read_there(peer);
    if (is_well) /* and in one piece, unless it came in several */
        assert_memory_equal(peer->bytes + peer->size - 5, "hello", 5);
    close_handle(pair.peer);
    return is_well;
}

static void a_session_echoes(void)
{
    survive(echo);
}

static bool write_much(struct reactor_loop *loop)
{
    struct pair pair = stream_pair();
    struct other_end *peer = take_other_end(&pair);
    struct talk talk;
    bool is_well, waits;

    open_talk(&talk, loop, &pair, NULL);
    write_to(&talk, pattern(), BIG_SIZE);
    waits = reactor_session_waiting(talk.session) > 0;
    if (waits)
        assert_error(reactor_session_write(talk.session, "x", 1), -EAGAIN);
    await_there(peer, &talk, BIG_SIZE);
    while (waits && talk.calls[TALK_DRAINED] == 0 && goes_on(&talk))
        continue;
    if (talk.session != NULL)
        assert_int_equal(reactor_session_waiting(talk.session), 0);
    write_to(&talk, pattern() + BIG_SIZE, 10);
    await_there(peer, &talk, BIG_SIZE + 10);
    reactor_session_close(talk.session, PATIENCE_NS);
    is_well = closes(&talk, &pair);
    expect_there(peer, pattern(), BIG_SIZE + 10, is_well);
    assert_true(!is_well || talk.calls[TALK_DRAINED] == waits);
    return is_well;
}

static void a_backlog_is_written(void)
{
    survive(write_much);
}

#define PIECES 100

static int write_pieces(struct talk *talk)
{
    struct reactor_piece pieces[PIECES];
    size_t i;

    for (i = 0; i < PIECES; i++)
        pieces[i] = (struct reactor_piece){pattern() + i, i != 3};
    pieces[2].size = 2;
    return talk->session != NULL
               ? reactor_session_write_pieces(talk->session, pieces, PIECES)
               : -EPIPE;
}

static bool write_in_pieces(struct reactor_loop *loop)
{
    struct pair pair = tcp_pair();
    struct other_end *peer = take_other_end(&pair);
    struct talk talk;
    bool is_well;

    open_talk(&talk, loop, &pair, NULL);
    expect_done(TRY(write_pieces(&talk)));
    await_there(peer, &talk, PIECES);
    reactor_session_close(talk.session, PATIENCE_NS);
    is_well = closes(&talk, &pair);
    expect_there(peer, pattern(), PIECES, is_well);
    return is_well;
}

static void pieces_are_written(void)
{
    survive(write_in_pieces);
}

static bool keep_some(struct reactor_loop *loop)
{
    struct pair pair = stream_pair();
    struct other_end *peer = take_other_end(&pair);
    struct talk talk;
    bool is_well;

    open_talk(&talk, loop, &pair, NULL);
    talk.consume_most = 7;
    send_there(peer, pattern(), 5000);
    while (talk.calls[TALK_DATA] == 0 && goes_on(&talk))
        continue;
    talk.consumes_nothing = true;
    send_there(peer, pattern(), 9000);
    while (talk.size + talk.offered < 14000 && goes_on(&talk))
        continue;
    talk.consumes_nothing = false;
    talk.consume_most = 0;
    if (talk.session != NULL) {
        expect_done(reactor_session_pause(talk.session));
        expect_done(reactor_session_resume(talk.session));
    }
    while (talk.size < 14000 && goes_on(&talk))
        continue;
    reactor_session_close(talk.session, PATIENCE_NS);
    is_well = closes(&talk, &pair);
    assert_true(!is_well || talk.size == 14000);
    return is_well;
}

static void what_is_not_consumed_is_kept(void)
{
    survive(keep_some);
}

/* ---- Times: none of them comes ---- */

static bool watch_times(struct reactor_loop *loop)
{
    struct reactor_session_options options = talk_options();
    struct pair pair = stream_pair();
    struct other_end *peer = take_other_end(&pair);
    struct talk talk;
    bool is_well;

    options.idle_timeout_ns = 4 * PATIENCE_NS;
    open_talk(&talk, loop, &pair, &options);
    options.read_timeout_ns = 5 * PATIENCE_NS;
    options.write_timeout_ns = 6 * PATIENCE_NS;
    TRY_OK(reactor_session_set_options(talk.session, &options, &talk));
    write_to(&talk, pattern(), BIG_SIZE);
    await_there(peer, &talk, BIG_SIZE);
    send_there(peer, "hello", 5);
    while (talk.size < 5 && goes_on(&talk))
        continue;
    if (talk.session != NULL) {
        expect_done(reactor_session_pause(talk.session));
        expect_done(reactor_session_resume(talk.session));
    }
    reactor_session_close(talk.session, 4 * PATIENCE_NS);
    is_well = closes(&talk, &pair);
    expect_there(peer, pattern(), BIG_SIZE, is_well);
    return is_well;
}

static void no_time_comes_early(void)
{
    survive(watch_times);
}

/* ---- Pipes ---- */

static bool write_pipe(struct reactor_loop *loop)
{
    struct other_end *peer;
    struct pair pair;
    struct talk talk;
    bool is_well;

    if (!pipe_to_write(&pair))
        return true;
    peer = take_other_end(&pair);
    peer->is_socket = false;
    open_talk(&talk, loop, &pair, NULL);
    write_to(&talk, pattern(), BIG_SIZE);
    await_there(peer, &talk, BIG_SIZE);
    reactor_session_close(talk.session, PATIENCE_NS);
    is_well = ends_as(&talk, REACTOR_CLOSED_CLOSED, 0);
    read_there(peer);
    expect_there(peer, pattern(), BIG_SIZE, is_well);
    close_handle(pair.peer);
    return is_well;
}

static void a_pipe_is_written(void)
{
    survive(write_pipe);
}

static bool read_pipe(struct reactor_loop *loop)
{
    struct reactor_session_options options = talk_options();
    struct other_end *peer;
    struct pair pair;
    struct talk talk;
    bool is_well;

    if (!pipe_to_read(&pair))
        return true;
    peer = take_other_end(&pair);
    peer->is_socket = false;
    options.ended = NULL;
    open_talk(&talk, loop, &pair, &options);
    send_there(peer, pattern(), 4000);
    while (talk.size < 4000 && goes_on(&talk))
        continue;
    close_handle(pair.peer);
    is_well = ends_as(&talk, REACTOR_CLOSED_FINISHED, 0);
    assert_true(!is_well || memcmp(talk.bytes, pattern(), 4000) == 0);
    return is_well;
}

static void a_pipe_is_read(void)
{
    survive(read_pipe);
}

static bool read_terminal(struct reactor_loop *loop)
{
    struct reactor_session_options options = talk_options();
    struct other_end *peer;
    struct pair pair;
    struct talk talk;

    if (!terminal_pair(&pair))
        return true;
    peer = take_other_end(&pair);
    peer->is_socket = false;
    options.ended = NULL;
    open_talk(&talk, loop, &pair, &options);
    send_there(peer, "hello", 5);
    while (talk.size < 5 && goes_on(&talk))
        continue;
    close_handle(pair.peer);
    while (goes_on(&talk))
        continue;
    if (talk.reason == REACTOR_CLOSED_ERROR && talk.error == -EIO)
        return true; /* it is hung up */
    return ends_as(&talk, REACTOR_CLOSED_FINISHED, 0);
}

static void a_terminal_is_read(void)
{
    survive(read_terminal);
}

const struct scenario scenarios[] = {
    SCENARIO(a_session_echoes),    SCENARIO(a_backlog_is_written),
    SCENARIO(pieces_are_written),  SCENARIO(what_is_not_consumed_is_kept),
    SCENARIO(no_time_comes_early), SCENARIO(a_pipe_is_written),
    SCENARIO(a_pipe_is_read),      SCENARIO(a_terminal_is_read),
};

const size_t scenario_count = COUNT_OF(scenarios);
