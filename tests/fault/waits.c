/* SPDX-License-Identifier: MIT */
/* Triggers, every kind of wait, and what must not disturb one. */
#include "fault/scenario.h"

/* ---- Triggers ---- */

static void level_edge_oneshot_and_paused(void)
{
    struct reactor *reactor = open_one();
    struct pair pair = stream_pair();
    uint32_t ended = REACTOR_READABLE;

    if (ends_overtake_data())
        ended |= REACTOR_READ_CLOSED;
    send_byte(pair.peer);
    register_pair(reactor, &pair, REACTOR_READABLE);
    await(reactor, pair.mine);
    await(reactor, pair.mine);
    if (is_supported(REACTOR_EDGE)) {
        TRY_OK(reactor_reregister(reactor, pair.mine,
                                  REACTOR_READABLE | REACTOR_EDGE, NULL));
        await(reactor, pair.mine);
        expect_nothing_now(reactor);
        send_byte(pair.peer);
        await(reactor, pair.mine);
    }
    TRY_OK(reactor_reregister(reactor, pair.mine, DIRECTIONS | REACTOR_ONESHOT,
                              NULL));
    await_once(reactor, pair.mine, DIRECTIONS | REACTOR_ONESHOT);
    expect_nothing_now(reactor);
    TRY_OK(reactor_reregister(reactor, pair.mine,
                              REACTOR_READABLE | REACTOR_ONESHOT, NULL));
    await_once(reactor, pair.mine, REACTOR_READABLE | REACTOR_ONESHOT);
    close_peer(&pair);
    expect_silence(reactor);
    TRY_OK(reactor_reregister(reactor, pair.mine, 0, NULL));
    expect_silence(reactor);
    TRY_OK(reactor_reregister(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_int_equal(await(reactor, pair.mine) & ended, ended);
    finish_pair(reactor, &pair);
    reactor_close(reactor);
}

/* ---- Waits ---- */

static int64_t soon_ns(void)
{
    int64_t now = reactor_now_ns();

    if (now < 0) /* the fault, once */
        now = reactor_now_ns();
    return now + BRIEFLY_MS * INT64_C(1000000);
}

static void timeouts(void)
{
    struct reactor *reactor = open_one();
    struct reactor_event event;
    int64_t deadline;

    expect_nothing_now(reactor);
    expect_silence(reactor);
    assert_ok(TRY(reactor_wait_until(reactor, &event, 1, -1)));
    deadline = soon_ns();
    assert_ok(TRY(reactor_wait_until(reactor, &event, 1, deadline)));
    assert_true(soon_ns() >= deadline + BRIEFLY_MS * INT64_C(1000000));
    reactor_close(reactor);
}

/* Three that are writable, in batches of one; then with more room than needed.
 */
static void batches(void)
{
    static struct reactor_event events[5000];
    struct reactor *reactor = open_one();
    struct pair pairs[3];
    unsigned seen = 0;
    size_t i;

    for (i = 0; i < COUNT_OF(pairs); i++) {
        pairs[i] = stream_pair();
        register_pair(reactor, &pairs[i], REACTOR_WRITABLE);
    }
    for (i = 0; i < 2 * COUNT_OF(pairs); i++) {
        size_t j;

        assert_int_equal(TRY(reactor_wait(reactor, events, 1, -1)), 1);
        for (j = 0; j < COUNT_OF(pairs); j++)
            seen |= (unsigned)(events[0].handle == pairs[j].mine) << j;
    }
    assert_int_equal(seen, 7);
    assert_in_range(TRY(reactor_wait_until(reactor, events, COUNT_OF(events),
                                           REACTOR_FOREVER)),
                    1, 3);
    for (i = 0; i < COUNT_OF(pairs); i++)
        finish_pair(reactor, &pairs[i]);
    expect_silence(reactor);
    reactor_close(reactor);
}

/* As old kernels, valgrind, and some seccomp filters have it. */
static void without_the_newest_call(void)
{
    unsigned nth;

    for (nth = 0; deny_newest_wait(nth); nth++)
        timeouts();
}

/* ---- Ghosts: closed, but a duplicate lives on, and becomes ready ---- */

static struct {
    struct reactor *reactor;
    struct pair ghost;
    struct pair level;
    struct pair paused;
    struct pair oneshot; /* has fired */
    struct pair closed;
    reactor_handle living; /* the duplicate */
} haunted;

static void haunt(void)
{
    struct reactor *reactor = open_one();

    haunted.reactor = reactor;
    haunted.ghost = stream_pair();
    haunted.level = stream_pair();
    haunted.paused = stream_pair();
    haunted.oneshot = stream_pair();
    haunted.closed = stream_pair();
    haunted.living = duplicate(haunted.ghost.mine);
    register_pair(reactor, &haunted.ghost, REACTOR_READABLE);
    register_pair(reactor, &haunted.level, REACTOR_READABLE);
    register_pair(reactor, &haunted.paused, 0);
    register_pair(reactor, &haunted.oneshot,
                  REACTOR_WRITABLE | REACTOR_ONESHOT);
    register_pair(reactor, &haunted.closed, REACTOR_READABLE);
    assert_int_equal(await_once(reactor, haunted.oneshot.mine,
                                REACTOR_WRITABLE | REACTOR_ONESHOT),
                     REACTOR_WRITABLE);
    close_handle(haunted.closed.mine);
    close_handle(haunted.ghost.mine);
    TRY_OK(reactor_deregister(reactor, haunted.ghost.mine));
    send_byte(haunted.ghost.peer);
    send_byte(haunted.paused.peer);
}

static void leave(void)
{
    struct reactor *reactor = haunted.reactor;

    TRY_OK(reactor_deregister(reactor, haunted.closed.mine));
    close_handle(haunted.closed.peer);
    close_handle(haunted.living);
    close_handle(haunted.ghost.peer);
    finish_pair(reactor, &haunted.level);
    finish_pair(reactor, &haunted.paused);
    finish_pair(reactor, &haunted.oneshot);
    reactor_close(reactor);
}

static void ghosts(void)
{
    struct reactor *reactor;
    reactor_handle own;

    haunt();
    reactor = haunted.reactor;
    own = reactor_backend_handle(reactor);
    expect_nothing_now(reactor);
    expect_silence(reactor);
    assert_int_equal(reactor_backend_handle(reactor), own);

    expect_registered(reactor, haunted.level.mine);
    expect_registered(reactor, haunted.paused.mine);
    expect_registered(reactor, haunted.oneshot.mine);
    expect_silence(reactor);
    send_byte(haunted.level.peer);
    if (!is_lie())
        assert_int_equal(await(reactor, haunted.level.mine), REACTOR_READABLE);
    drain(haunted.level.mine);
    forget_hints(reactor);
    TRY_OK(keeping_errno(reactor_wake, reactor));
    expect_wake(reactor);
    leave();
}

const struct scenario scenarios[] = {
    SCENARIO(level_edge_oneshot_and_paused),
    SCENARIO(timeouts),
    SCENARIO(without_the_newest_call),
    SCENARIO(batches),
    SCENARIO(ghosts),
};

const size_t scenario_count = COUNT_OF(scenarios);
