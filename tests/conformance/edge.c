/* SPDX-License-Identifier: MIT */
/* Rule 4: edge reports each change to ready, and a repeat at most once. */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"

#define EDGE_READABLE (REACTOR_READABLE | REACTOR_EDGE)
#define EDGE_WRITABLE (REACTOR_WRITABLE | REACTOR_EDGE)

#define skip_without_edge()                                                    \
    do {                                                                       \
        if (!is_supported(REACTOR_EDGE))                                       \
            skip_because("this backend says that it cannot do edge");          \
    } while (0)

/* Takes the one repeat that is allowed; from then on there is silence. */
static void assert_silent_but_for_a_repeat(struct reactor *reactor)
{
    struct reactor_event event;

    (void)reactor_wait(reactor, &event, 1, SILENCE_MS);
    assert_silent(reactor);
}

static void edge_is_honoured_or_enotsup(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    int expected = is_supported(REACTOR_EDGE) ? 0 : -ENOTSUP;

    assert_error(reactor_register(reactor, pair.mine, EDGE_READABLE, NULL),
                 expected);
    if (expected != 0)
        assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_error(reactor_reregister(reactor, pair.mine, EDGE_READABLE, NULL),
                 expected);
    retire_pair(reactor, &pair);
}

static void edge_falls_silent_without_being_drained(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair;

    skip_without_edge();
    pair = stream_pair();
    assert_ok(reactor_register(reactor, pair.mine, EDGE_READABLE, NULL));
    assert_silent(reactor);
    send_byte(pair.peer);
    assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_READABLE);
    assert_silent_but_for_a_repeat(reactor);
    retire_pair(reactor, &pair);
}

static void edge_reports_each_arrival_after_a_drain(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair;
    int i;

    skip_without_edge();
    pair = stream_pair();
    assert_ok(reactor_register(reactor, pair.mine, EDGE_READABLE, NULL));
    for (i = 0; i < 100; i++) {
        send_byte(pair.peer);
        assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_READABLE);
        assert_int_equal(drain(pair.mine), 1);
    }
    assert_silent_but_for_a_repeat(reactor);
    retire_pair(reactor, &pair);
}

static void edge_reports_room_each_time_there_is_some_again(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair;
    int i;

    skip_without_edge();
    pair = stream_pair();
    fill(pair.mine);
    assert_ok(reactor_register(reactor, pair.mine, EDGE_WRITABLE, NULL));
    assert_silent(reactor);
    for (i = 0; i < 10; i++) {
        drain(pair.peer);
        assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_WRITABLE);
        assert_silent_but_for_a_repeat(reactor);
        fill(pair.mine);
    }
    retire_pair(reactor, &pair);
}

static void edge_reports_what_was_ready_before_the_registration(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair;

    skip_without_edge();
    pair = stream_pair();
    send_byte(pair.peer);
    assert_ok(
        reactor_register(reactor, pair.mine, DIRECTIONS | REACTOR_EDGE, NULL));
    assert_int_equal(await_readiness(reactor, pair.mine), DIRECTIONS);
    assert_silent_but_for_a_repeat(reactor);
    retire_pair(reactor, &pair);
}

static void edge_reports_nothing_when_readiness_is_lost(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair;

    skip_without_edge();
    pair = stream_pair();
    assert_ok(
        reactor_register(reactor, pair.mine, DIRECTIONS | REACTOR_EDGE, NULL));
    assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_WRITABLE);
    fill(pair.mine);
    assert_silent_but_for_a_repeat(reactor);
    retire_pair(reactor, &pair);
}

/* More may be ready than fits: what did not fit is not forgotten. */
static void edge_is_not_lost_when_it_does_not_fit(void **state)
{
    struct reactor *reactor = *state;
    struct pair pairs[20];
    unsigned seen[COUNT_OF(pairs)] = {0};
    struct reactor_event events[3];
    size_t i;
    int waits;

    skip_without_edge();
    for (i = 0; i < COUNT_OF(pairs); i++) {
        pairs[i] = stream_pair();
        assert_ok(
            reactor_register(reactor, pairs[i].mine, EDGE_READABLE, &seen[i]));
        send_byte(pairs[i].peer);
    }
    for (waits = 0; waits < 14; waits++) {
        int count = reactor_wait(reactor, events, 3, 0);

        assert_true(count >= 0);
        while (count-- > 0)
            ++*(unsigned *)events[count].user_data;
    }
    for (i = 0; i < COUNT_OF(pairs); i++) {
        assert_in_range(seen[i], 1, 2);
        retire_pair(reactor, &pairs[i]);
    }
}

static struct pair watched_edge(struct reactor *reactor)
{
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, EDGE_READABLE, NULL));
    assert_silent(reactor);
    return pair;
}

/*
 * In these two, to retire another pair makes a kernel that completes late tell
 * what has happened so far.
 */
static void edge_is_one_event_however_often_it_happened(void **state)
{
    struct reactor *reactor = *state;
    struct reactor_event events[4];
    struct pair pair;
    struct pair other;

    skip_without_edge();
    pair = watched_edge(reactor);
    other = watched_edge(reactor);
    send_byte(pair.peer);
    retire_pair(reactor, &other);
    send_byte(pair.peer);
    assert_int_equal(reactor_wait(reactor, events, 4, PATIENCE_MS), 1);
    assert_int_equal(events[0].readiness, REACTOR_READABLE);
    retire_pair(reactor, &pair);
}

static void what_happened_before_a_reregistration_is_not_its_own(void **state)
{
    struct reactor *reactor = *state;
    struct reactor_event event;
    struct pair pair;
    struct pair other;

    skip_without_edge();
    pair = watched_edge(reactor);
    other = watched_edge(reactor);
    send_byte(pair.peer);
    assert_ok(reactor_reregister(reactor, pair.mine, EDGE_WRITABLE, &pair));
    retire_pair(reactor, &other);
    event = await_event(reactor, pair.mine);
    assert_int_equal(event.readiness, REACTOR_WRITABLE);
    assert_ptr_equal(event.user_data, &pair);
    retire_pair(reactor, &pair);
}

static void edge_with_oneshot_is_oneshot(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair;

    skip_without_edge();
    pair = stream_pair();
    assert_ok(reactor_register(reactor, pair.mine,
                               EDGE_READABLE | REACTOR_ONESHOT, NULL));
    send_byte(pair.peer);
    assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_READABLE);
    drain(pair.mine);
    send_byte(pair.peer);
    assert_silent(reactor);
    retire_pair(reactor, &pair);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(edge_is_honoured_or_enotsup),
        CLAIM(edge_falls_silent_without_being_drained),
        CLAIM(edge_reports_each_arrival_after_a_drain),
        CLAIM(edge_reports_room_each_time_there_is_some_again),
        CLAIM(edge_reports_what_was_ready_before_the_registration),
        CLAIM(edge_reports_nothing_when_readiness_is_lost),
        CLAIM(edge_is_not_lost_when_it_does_not_fit),
        CLAIM(edge_is_one_event_however_often_it_happened),
        CLAIM(what_happened_before_a_reregistration_is_not_its_own),
        CLAIM(edge_with_oneshot_is_oneshot),
    };

    return run_claims(claims);
}
