/* SPDX-License-Identifier: MIT */
/* Sessions: how they end. */
#include "fault/net.h"

/* ---- Ends ---- */

static bool finish_behind(struct reactor_loop *loop)
{
    struct pair pair = stream_pair();
    struct other_end *peer = take_other_end(&pair);
    struct talk talk;
    bool is_well;

    open_talk(&talk, loop, &pair, NULL);
    write_to(&talk, pattern(), BIG_SIZE);
    if (talk.session != NULL)
        expect_done(reactor_session_finish(talk.session));
    await_there(peer, &talk, BIG_SIZE + 1);
    assert_true(peer->has_ended || talk.calls[TALK_CLOSED] > 0);
    is_well = ends_with_peer(&talk, &pair);
    expect_there(peer, pattern(), BIG_SIZE, is_well);
    close_handle(pair.peer);
    return is_well;
}

static void a_half_close_comes_after_what_waits(void)
{
    survive(finish_behind);
}

static bool linger(struct reactor_loop *loop)
{
    struct pair pair = tcp_pair();
    struct other_end *peer = take_other_end(&pair);
    struct talk talk;
    bool is_well;

    open_talk(&talk, loop, &pair, NULL);
    write_to(&talk, pattern(), BIG_SIZE);
    reactor_session_close(talk.session, PATIENCE_NS);
    await_there(peer, &talk, BIG_SIZE + 1);
    is_well = closes(&talk, &pair);
    expect_there(peer, pattern(), BIG_SIZE, is_well);
    return is_well;
}

static void a_close_writes_what_waits(void)
{
    survive(linger);
}

static bool abort_it(struct reactor_loop *loop)
{
    struct pair pair = tcp_pair();
    struct talk talk;
    bool is_well;

    open_talk(&talk, loop, &pair, NULL);
    write_to(&talk, pattern(), PATTERN_SIZE);
    reactor_session_abort(talk.session);
    is_well = ends_as(&talk, REACTOR_CLOSED_ABORTED, -ECANCELED);
    close_handle(pair.peer);
    return is_well;
}

static void an_abort_ends_at_once(void)
{
    survive(abort_it);
}

static bool lose_the_peer(struct reactor_loop *loop)
{
    struct talk talk;
    struct pair pair;

    if (!resets_are_told())
        return true;
    pair = tcp_pair();
    open_talk(&talk, loop, &pair, NULL);
    reset_by_peer(&pair);
    return ends_as(&talk, REACTOR_CLOSED_ERROR, -ECONNRESET);
}

static void a_reset_ends_it(void)
{
    survive(lose_the_peer);
}

static bool hand_it_over(struct reactor_loop *loop)
{
    struct pair pair = stream_pair();
    struct other_end *peer = take_other_end(&pair);
    reactor_handle handle = REACTOR_INVALID_HANDLE;
    char bytes[16] = "";
    size_t size = 0;
    struct talk talk;
    bool is_well;

    open_talk(&talk, loop, &pair, NULL);
    talk.consumes_nothing = true;
    send_there(peer, "hello", 5);
    while (talk.offered < 5 && goes_on(&talk))
        continue;
    if (talk.session != NULL)
        expect_done(reactor_session_hand_over(talk.session, &handle, bytes,
                                              sizeof(bytes), &size));
    is_well = ends_as(&talk, REACTOR_CLOSED_HANDED_OVER, 0);
    if (is_well) {
        assert_int_equal(size, 5);
        assert_string_equal(bytes, "hello");
        send_text(handle, "still open");
        close_handle(handle);
    }
    close_handle(pair.peer);
    return is_well;
}

static void a_handle_is_handed_over(void)
{
    survive(hand_it_over);
}

/* ---- Many, and the end of the loop ---- */

#define MANY 17 /* more than the table begins with */

static void a_loop_is_closed_with_its_sessions(void)
{
    struct reactor_loop *loop = open_one_loop();
    static struct talk talks[MANY];
    struct pair pairs[MANY];
    int i;

    for (i = 0; i < MANY; i++) {
        pairs[i] = stream_pair();
        open_talk(&talks[i], loop, &pairs[i], NULL);
    }
    for (i = 0; i < MANY; i++)
        write_to(&talks[i], pattern(), i % 6 != 0 ? 3 : BIG_SIZE);
    for (i = 0; i < MANY; i += 3)
        reactor_session_close(talks[i].session, PATIENCE_NS);
    for (i = 1; i < MANY; i += 3)
        reactor_session_abort(talks[i].session);
    assert_true(TRY(reactor_loop_turn(loop, 0)) >= 0);
    reactor_loop_close(loop);
    for (i = 0; i < MANY; i++) {
        assert_int_equal(talks[i].calls[TALK_CLOSED], 1);
        close_handle(pairs[i].peer);
    }
}

const struct scenario scenarios[] = {
    SCENARIO(a_half_close_comes_after_what_waits),
    SCENARIO(a_close_writes_what_waits),
    SCENARIO(an_abort_ends_at_once),
    SCENARIO(a_reset_ends_it),
    SCENARIO(a_handle_is_handed_over),
    SCENARIO(a_loop_is_closed_with_its_sessions),
};

const size_t scenario_count = COUNT_OF(scenarios);
