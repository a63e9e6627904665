/* SPDX-License-Identifier: MIT */
/*
 * Rule 5: error and hang-up are never lost, need no interest of their own, and
 * set every direction that was asked for, and no other. Each kind of ending is
 * tried with each mix of directions, with and without priority (which is not
 * one, and is never set), in each trigger mode, before and after the
 * registration.
 */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"

struct ending {
    const char *name;
    bool (*make)(struct pair *out);
    void (*end)(struct pair *pair);
    uint32_t can_read;  /* the least that is reported where READABLE, ... */
    uint32_t can_write; /* ... where WRITABLE was asked for; 0: nothing */
};

static bool make_stream(struct pair *out)
{
    *out = stream_pair();
    return true;
}

static bool make_tcp(struct pair *out)
{
    *out = tcp_pair();
    return true;
}

static bool make_watchful_stream(struct pair *out)
{
    return own_shutdown_is_seen() && make_stream(out);
}

static bool make_watchful_tcp(struct pair *out)
{
    return own_shutdown_is_seen() && make_tcp(out);
}

static bool make_refused(struct pair *out)
{
    out->mine = refused_connection();
    out->peer = REACTOR_INVALID_HANDLE;
    return true;
}

static bool make_datagram(struct pair *out)
{
    return deaf_datagram_pair(out);
}

static void end_already(struct pair *pair)
{
    (void)pair;
}

static void shut_both_ways(struct pair *pair)
{
    shut_writing(pair);
    shut_own(pair);
}

/* The writing end learns nothing but that its reader has gone. */
static void lose_reader(struct pair *pair)
{
    close_handle(pair->peer);
    pair->peer = REACTOR_INVALID_HANDLE;
}

#define R (REACTOR_READABLE | REACTOR_READ_CLOSED)
#define W (REACTOR_WRITABLE | REACTOR_WRITE_CLOSED)

static const struct ending endings[] = {
    {"half-close of a stream", make_stream, shut_writing, R, REACTOR_WRITABLE},
    {"half-close over tcp", make_tcp, shut_writing, R, REACTOR_WRITABLE},
    {"close over tcp", make_tcp, close_peer, R, REACTOR_WRITABLE},
    {"both directions of a stream", make_watchful_stream, shut_both_ways, R, W},
    {"both directions over tcp", make_watchful_tcp, shut_both_ways, R, W},
    {"our own shutdown", make_watchful_stream, shut_own, REACTOR_READABLE,
     REACTOR_WRITABLE},
    {"reset over tcp", make_tcp, reset_by_peer, R, W},
    {"failed connect", make_refused, end_already, REACTOR_READABLE,
     REACTOR_WRITABLE | REACTOR_ERROR},
    {"refused datagram", make_datagram, be_refused,
     REACTOR_READABLE | REACTOR_ERROR, REACTOR_WRITABLE | REACTOR_ERROR},
    {"pipe without writers", pipe_to_read, close_peer, R, 0},
    {"pipe without readers", pipe_to_write, lose_reader, 0, REACTOR_WRITABLE},
};

static uint32_t least(const struct ending *ending, uint32_t directions)
{
    uint32_t readiness = 0;

    if (directions & REACTOR_READABLE)
        readiness |= ending->can_read;
    if (directions & REACTOR_WRITABLE)
        readiness |= ending->can_write;
    return readiness;
}

static void assert_told(const struct ending *ending, uint32_t interest,
                        uint32_t readiness)
{
    uint32_t directions = interest & DIRECTIONS;
    uint32_t wanted = least(ending, directions);

    if ((readiness & wanted) != wanted ||
        (readiness & READINESS_ALL & ~directions) != 0 ||
        (readiness & ~(uint32_t)(READINESS_ALL | FLAGS)) != 0)
        fail_msg("%s, interest 0x%x: 0x%x", ending->name, (unsigned)interest,
                 (unsigned)readiness);
}

/* What follows the first report, as the trigger says. */
static void assert_follows(struct reactor *reactor, const struct ending *ending,
                           reactor_handle handle, uint32_t interest)
{
    if (interest & REACTOR_ONESHOT)
        assert_silent(reactor);
    else if ((interest & REACTOR_EDGE) == 0)
        assert_told(ending, interest, await_readiness(reactor, handle));
}

static void try_before(struct reactor *reactor, const struct ending *ending,
                       uint32_t interest)
{
    struct pair pair;

    if (!ending->make(&pair))
        return;
    ending->end(&pair);
    assert_ok(reactor_register(reactor, pair.mine, interest, NULL));
    assert_told(ending, interest, await_readiness(reactor, pair.mine));
    assert_follows(reactor, ending, pair.mine, interest);
    retire_pair(reactor, &pair);
}

/* Here nothing is ready at first, so that a oneshot is still armed. */
static void try_after(struct reactor *reactor, const struct ending *ending,
                      uint32_t interest)
{
    struct pair pair;

    if (!ending->make(&pair))
        return;
    if (interest & REACTOR_WRITABLE)
        fill(pair.mine);
    assert_ok(reactor_register(reactor, pair.mine, interest, NULL));
    assert_silent(reactor);
    ending->end(&pair);
    assert_told(ending, interest, await_readiness(reactor, pair.mine));
    assert_follows(reactor, ending, pair.mine, interest);
    retire_pair(reactor, &pair);
}

static bool takes(const struct ending *ending, uint32_t interest)
{
    bool is_pipe =
        ending->make == pipe_to_read || ending->make == pipe_to_write;

    return !is_pipe || !(interest & REACTOR_PRIORITY) || pipes_take_priority();
}

static void try_all(struct reactor *reactor,
                    void (*attempt)(struct reactor *, const struct ending *,
                                    uint32_t),
                    bool (*applies)(const struct ending *, uint32_t))
{
    size_t i;
    uint32_t interest;

    for (i = 0; i < COUNT_OF(endings); i++)
        for (interest = 1; interest < INTEREST_MIXES; interest++)
            if ((interest & DIRECTIONS) != 0 && is_supported(interest) &&
                takes(&endings[i], interest) &&
                applies(&endings[i], interest & DIRECTIONS))
                attempt(reactor, &endings[i], interest);
}

/* The direction is one that the handle has. */
static bool is_told(const struct ending *ending, uint32_t directions)
{
    if (ending->can_read == 0 || ending->can_write == 0)
        return least(ending, directions) != 0 && directions != DIRECTIONS;
    return true;
}

/*
 * A half-close makes no room, and a failed connect has failed before it can be
 * registered.
 */
static bool is_told_later(const struct ending *ending, uint32_t directions)
{
    return is_told(ending, directions) && ending->end != end_already &&
           (directions == REACTOR_READABLE || ending->can_write == W);
}

static void an_ending_before_the_registration_is_reported(void **state)
{
    try_all(*state, try_before, is_told);
}

static void an_ending_after_the_registration_is_reported(void **state)
{
    try_all(*state, try_after, is_told_later);
}

static void assert_broken_pipe(struct reactor *reactor, reactor_handle handle)
{
    uint32_t readiness = await_readiness(reactor, handle);

    assert_int_equal(readiness & READINESS_ALL, REACTOR_WRITABLE);
    assert_int_not_equal(readiness & (REACTOR_ERROR | REACTOR_WRITE_CLOSED), 0);
}

static void a_pipe_without_readers_says_so(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair;
    int i;

    for (i = 0; i < TRIGGER_COUNT; i++) {
        uint32_t interest = REACTOR_WRITABLE | triggers[i];

        if (!is_supported(interest))
            continue;
        if (!pipe_to_write(&pair))
            skip_because("only sockets can be waited for here");
        fill(pair.mine);
        assert_ok(reactor_register(reactor, pair.mine, interest, NULL));
        assert_silent(reactor);
        lose_reader(&pair);
        assert_broken_pipe(reactor, pair.mine);
        assert_ok(reactor_reregister(reactor, pair.mine, interest, NULL));
        assert_broken_pipe(reactor, pair.mine);
        retire_pair(reactor, &pair);
    }
}

/* A level-triggered interest in room only must not fire for it for ever. */
static void a_half_close_is_told_only_to_who_wants_to_read(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = tcp_pair();

    fill(pair.mine);
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_WRITABLE, NULL));
    shut_writing(&pair);
    assert_silent(reactor);
    retire_pair(reactor, &pair);
}

static void unread_data_stays_readable_after_a_hang_up(void **state)
{
    static void (*const ends[])(struct pair *) = {shut_writing, close_peer};
    uint32_t told = ends_overtake_data() ? R : REACTOR_READABLE;
    struct reactor *reactor = *state;
    size_t i;
    int k;

    for (i = 0; i < COUNT_OF(ends); i++)
        for (k = 0; k < TRIGGER_COUNT; k++) {
            struct pair pair = stream_pair();

            if (is_supported(triggers[k])) {
                send_byte(pair.peer);
                send_byte(pair.peer);
                ends[i](&pair);
                assert_ok(reactor_register(
                    reactor, pair.mine, REACTOR_READABLE | triggers[k], NULL));
                assert_int_equal(await_readiness(reactor, pair.mine) &
                                     (READINESS_ALL | told),
                                 told);
                assert_int_equal(drain(pair.mine), 2);
                assert_true(is_at_end(pair.mine));
                assert_ok(reactor_deregister(reactor, pair.mine));
            }
            close_pair(&pair);
        }
}

/* PRIORITY is no direction, but what has an interest hears of the end. */
static void a_reset_is_told_to_who_wants_priority_only(void **state)
{
    struct reactor *reactor = *state;
    int i;

    if (!is_supported(REACTOR_PRIORITY))
        skip_because("this backend has no priority");
    for (i = 0; i < TRIGGER_COUNT; i++) {
        struct pair pair;
        uint32_t readiness;

        if (!is_supported(triggers[i]))
            continue;
        pair = tcp_pair();
        assert_ok(reactor_register(reactor, pair.mine,
                                   REACTOR_PRIORITY | triggers[i], NULL));
        assert_silent(reactor);
        reset_by_peer(&pair);
        readiness = await_readiness(reactor, pair.mine);
        assert_int_not_equal(readiness & FLAGS, 0);
        assert_int_equal(readiness & READINESS_ALL, 0);
        retire_pair(reactor, &pair);
    }
}

/* Paused wins over an error, too. */
static void an_error_is_not_told_to_who_wants_nothing(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair;
    int i;

    if (!deaf_datagram_pair(&pair))
        skip_because("a refused datagram is told to nobody here");
    be_refused(&pair);
    for (i = 0; i < TRIGGER_COUNT; i++)
        if (is_supported(triggers[i])) {
            assert_ok(reactor_register(reactor, pair.mine, triggers[i], NULL));
            assert_silent(reactor);
            assert_idle(reactor);
            assert_ok(reactor_deregister(reactor, pair.mine));
        }
    close_pair(&pair);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(an_ending_before_the_registration_is_reported),
        CLAIM(an_ending_after_the_registration_is_reported),
        CLAIM(a_pipe_without_readers_says_so),
        CLAIM(a_half_close_is_told_only_to_who_wants_to_read),
        CLAIM(unread_data_stays_readable_after_a_hang_up),
        CLAIM(a_reset_is_told_to_who_wants_priority_only),
        CLAIM(an_error_is_not_told_to_who_wants_nothing),
    };

    return run_claims(claims);
}
