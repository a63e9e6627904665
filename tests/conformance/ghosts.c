/* SPDX-License-Identifier: MIT */
/*
 * Rule 8: a handle that was closed while it was registered, and that a
 * duplicate keeps alive, must not hurt. Such an object still has something to
 * say to some kernels, for ever; here it is called a ghost.
 */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"
#include "support/thread.h"

struct ghost {
    reactor_handle peer;
    reactor_handle twin;
};

/* Closed without being deregistered, then deregistered, and readable. */
static struct ghost raise_ghost(struct reactor *reactor)
{
    struct pair pair = stream_pair();
    struct ghost ghost = {pair.peer, duplicate(pair.mine)};

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    close_handle(pair.mine);
    assert_ok(reactor_deregister(reactor, pair.mine));
    send_byte(pair.peer);
    return ghost;
}

static void lay_ghost(const struct ghost *ghost)
{
    close_handle(ghost->peer);
    close_handle(ghost->twin);
}

static void a_ghost_is_neither_reported_nor_spun_on(void **state)
{
    struct reactor *reactor = *state;
    struct ghost ghost = raise_ghost(reactor);

    assert_idle(reactor);
    assert_idle(reactor);
    lay_ghost(&ghost);
}

static void many_ghosts_are_neither_reported_nor_spun_on(void **state)
{
    struct reactor *reactor = *state;
    struct ghost ghosts[40];
    size_t i;

    for (i = 0; i < COUNT_OF(ghosts); i++)
        ghosts[i] = raise_ghost(reactor);
    assert_idle(reactor);
    for (i = 0; i < COUNT_OF(ghosts); i++)
        lay_ghost(&ghosts[i]);
    assert_idle(reactor);
}

static void a_ghost_does_not_end_a_wait_that_only_looks(void **state)
{
    struct reactor *reactor = *state;
    struct ghost ghost = raise_ghost(reactor);
    struct reactor_event event;
    int i;

    for (i = 0; i < 50; i++)
        assert_int_equal(reactor_wait(reactor, &event, 1, 0), 0);
    lay_ghost(&ghost);
}

static void a_ghost_does_not_keep_others_from_being_reported(void **state)
{
    static const int capacities[] = {1, 2, 8};
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    size_t k;
    int i;

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, &pair));
    send_byte(pair.peer);
    for (k = 0; k < COUNT_OF(capacities); k++) {
        struct ghost ghost = raise_ghost(reactor);

        for (i = 0; i < 30; i++) {
            struct reactor_event events[8];

            assert_int_equal(
                reactor_wait(reactor, events, capacities[k], PATIENCE_MS), 1);
            assert_ptr_equal(events[0].user_data, &pair);
        }
        lay_ghost(&ghost);
    }
    retire_pair(reactor, &pair);
}

/* Whatever is done against it leaves the registrations as they are. */
static void registrations_survive_a_ghost(void **state)
{
    struct reactor *reactor = *state;
    struct pair level = stream_pair();
    struct pair once = stream_pair();
    struct pair fired = stream_pair();
    struct pair paused = stream_pair();
    struct ghost ghost;

    send_byte(fired.peer);
    assert_ok(reactor_register(reactor, fired.mine,
                               REACTOR_READABLE | REACTOR_ONESHOT, &fired));
    (void)await_event(reactor, fired.mine);
    assert_ok(reactor_register(reactor, paused.mine, 0, &paused));
    send_byte(paused.peer);
    assert_ok(reactor_register(reactor, level.mine, REACTOR_READABLE, &level));
    assert_ok(reactor_register(reactor, once.mine,
                               REACTOR_READABLE | REACTOR_ONESHOT, &once));

    ghost = raise_ghost(reactor);
    assert_idle(reactor);

    send_byte(once.peer);
    assert_ptr_equal(await_event(reactor, once.mine).user_data, &once);
    assert_silent(reactor);
    send_byte(level.peer);
    assert_ptr_equal(await_event(reactor, level.mine).user_data, &level);
    assert_ptr_equal(await_event(reactor, level.mine).user_data, &level);
    drain(level.mine);
    assert_ok(reactor_reregister(reactor, fired.mine, REACTOR_READABLE, NULL));
    (void)await_event(reactor, fired.mine);
    retire_pair(reactor, &fired);
    assert_ok(reactor_reregister(reactor, paused.mine, REACTOR_READABLE, NULL));
    (void)await_event(reactor, paused.mine);
    retire_pair(reactor, &paused);
    retire_pair(reactor, &level);
    retire_pair(reactor, &once);
    lay_ghost(&ghost);
    assert_silent(reactor);
}

/* A hang-up is what kernels report also to who asked for nothing. */
static void a_ghost_does_not_make_silent_handles_report_a_hang_up(void **state)
{
    struct reactor *reactor = *state;
    struct pair fired = stream_pair();
    struct pair paused = stream_pair();
    struct ghost ghost;

    send_byte(fired.peer);
    assert_ok(reactor_register(reactor, fired.mine,
                               REACTOR_READABLE | REACTOR_ONESHOT, NULL));
    (void)await_event(reactor, fired.mine);
    assert_ok(reactor_register(reactor, paused.mine, 0, NULL));
    ghost = raise_ghost(reactor);
    assert_idle(reactor);
    close_peer(&fired);
    close_peer(&paused);
    assert_idle(reactor);
    drain(fired.mine);
    assert_ok(reactor_reregister(reactor, fired.mine, REACTOR_READABLE, NULL));
    assert_int_not_equal(
        await_readiness(reactor, fired.mine) & REACTOR_READ_CLOSED, 0);
    retire_pair(reactor, &fired);
    retire_pair(reactor, &paused);
    lay_ghost(&ghost);
}

static void edge_survives_a_ghost(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair;
    struct ghost ghost;

    if (!is_supported(REACTOR_EDGE))
        skip_because("this backend says that it cannot do edge");
    pair = stream_pair();
    assert_ok(reactor_register(reactor, pair.mine,
                               REACTOR_READABLE | REACTOR_EDGE, &pair));
    ghost = raise_ghost(reactor);
    assert_idle(reactor);
    send_byte(pair.peer);
    assert_ptr_equal(await_event(reactor, pair.mine).user_data, &pair);
    retire_pair(reactor, &pair);
    lay_ghost(&ghost);
}

static void wakes_survive_a_ghost(void **state)
{
    struct reactor *reactor = *state;
    struct ghost ghost = raise_ghost(reactor);
    struct waiter waiter;
    reactor_handle before = reactor_backend_handle(reactor);

    assert_idle(reactor);
    assert_true(reactor_backend_handle(reactor) == before);
    assert_ok(reactor_wake(reactor));
    await_wake(reactor);
    waiter_start(&waiter, reactor);
    assert_ok(reactor_wake(reactor));
    assert_int_equal(waiter_join(&waiter), 1);
    assert_int_equal(waiter.event.readiness, REACTOR_WAKE);
    assert_silent(reactor);
    lay_ghost(&ghost);
}

static void a_ghost_can_come_back_under_its_number(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    reactor_handle twin = duplicate(pair.mine);

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    close_handle(pair.mine);
    assert_ok(reactor_deregister(reactor, pair.mine));
    if (!move_to_number(twin, pair.mine))
        skip_because("no handle has a number of our choice here");
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, &pair));
    assert_error(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL),
                 -EEXIST);
    assert_silent(reactor);
    send_byte(pair.peer);
    assert_ptr_equal(await_event(reactor, pair.mine).user_data, &pair);
    retire_pair(reactor, &pair);
    assert_silent(reactor);
}

static void a_closed_handle_without_a_duplicate_is_not_spun_on(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, DIRECTIONS, NULL));
    close_handle(pair.mine);
    assert_idle(reactor);
    assert_idle(reactor);
    assert_ok(reactor_deregister(reactor, pair.mine));
    close_handle(pair.peer);
}

/* Changes make events stale too: they must not be taken for each other. */
static void a_ghost_among_changes_does_not_stretch_a_wait(void **state)
{
    struct reactor *reactor = *state;
    struct ghost ghost = raise_ghost(reactor);
    struct pair pair = stream_pair();
    struct changer changer;
    struct reactor_event event;
    int64_t start;
    int i;

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    changer_start(&changer, reactor, pair.mine);
    start = reactor_now_ns();
    for (i = 0; i < 20; i++) {
        assert_int_equal(reactor_wait(reactor, &event, 1, 0), 0);
        assert_int_equal(reactor_wait(reactor, &event, 1, 1), 0);
    }
    assert_true(reactor_now_ns() - start < (int64_t)PATIENCE_MS * 1000000);
    assert_ok(changer_join(&changer));
    retire_pair(reactor, &pair);
    lay_ghost(&ghost);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(a_ghost_is_neither_reported_nor_spun_on),
        CLAIM(many_ghosts_are_neither_reported_nor_spun_on),
        CLAIM(a_ghost_does_not_end_a_wait_that_only_looks),
        CLAIM(a_ghost_does_not_keep_others_from_being_reported),
        CLAIM(registrations_survive_a_ghost),
        CLAIM(a_ghost_does_not_make_silent_handles_report_a_hang_up),
        CLAIM(edge_survives_a_ghost),
        CLAIM(wakes_survive_a_ghost),
        CLAIM(a_ghost_can_come_back_under_its_number),
        CLAIM(a_closed_handle_without_a_duplicate_is_not_spun_on),
        CLAIM(a_ghost_among_changes_does_not_stretch_a_wait),
    };

    return run_claims(claims);
}
