/* SPDX-License-Identifier: MIT */
/*
 * What is kqueue's own: how many system calls things take, changes that fail
 * half-way or come at the worst moment, pipes that are broken before they are
 * registered, and priority where it has one.
 */
#include "support/expect.h"
#include "support/fault.h"
#include "support/handles.h"
#include "support/thread.h"

#include <sys/types.h>

#include <sys/event.h>

#define TURNS 20
#define CROWD 600 /* not within two calls */

/* How many calls it takes to make so many changes. */
#ifdef EV_RECEIPT
#define CALLS_FOR(changes) 1
#else
#define CALLS_FOR(changes) (changes)
#endif

static struct pair registered_pair(struct reactor *reactor, uint32_t interest,
                                   void *user_data)
{
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, interest, user_data));
    return pair;
}

/* ---- System calls ---- */

static void a_turn_is_one_call(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair =
        registered_pair(reactor, REACTOR_READABLE | REACTOR_WRITABLE, NULL);
    struct reactor_event events[3];
    int i;

    fault_reset();
    for (i = 0; i < TURNS; i++)
        assert_int_equal(reactor_wait(reactor, events, 3, -1), 1);
    assert_int_equal(fault_count(FAULT_kevent), TURNS);
    assert_int_equal(fault_count(FAULT_poll), 0);
    retire_pair(reactor, &pair);
}

/* If there is no room for both knotes, what the other one would tell is asked.
 */
static void both_directions_without_room_are_one_call_more(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair =
        registered_pair(reactor, REACTOR_READABLE | REACTOR_WRITABLE, NULL);
    struct reactor_event event;
    int i;

    send_byte(pair.peer);
    fault_reset();
    for (i = 0; i < TURNS; i++) {
        assert_int_equal(reactor_wait(reactor, &event, 1, -1), 1);
        assert_int_equal(event.readiness, DIRECTIONS);
    }
    assert_int_equal(fault_count(FAULT_kevent), TURNS);
    assert_int_equal(fault_count(FAULT_poll), TURNS);
    retire_pair(reactor, &pair);
}

/* A full batch that brings nothing new is the last. */
/* What little room is left at last is not worth a call for each knote. */
static void the_last_eighth_of_the_room_takes_no_calls(void **state)
{
    struct reactor *reactor = *state;
    struct reactor_event events[17];
    struct pair pairs[16];
    size_t i;

    for (i = 0; i < COUNT_OF(pairs); i++) {
        pairs[i] = registered_pair(reactor, DIRECTIONS | REACTOR_EDGE, NULL);
        send_byte(pairs[i].peer);
    }
    fault_reset();
    assert_int_equal(reactor_wait(reactor, events, 17, -1), 16);
    for (i = 0; i < COUNT_OF(pairs); i++)
        assert_int_equal(events[i].readiness, DIRECTIONS);
    assert_in_range(fault_count(FAULT_kevent), 1, 3);
    for (i = 0; i < COUNT_OF(pairs); i++)
        retire_pair(reactor, &pairs[i]);
}

static void both_directions_with_room_for_two_are_two_calls(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair =
        registered_pair(reactor, REACTOR_READABLE | REACTOR_WRITABLE, NULL);
    struct reactor_event events[2];
    int i;

    send_byte(pair.peer);
    fault_reset();
    for (i = 0; i < TURNS; i++) {
        assert_int_equal(reactor_wait(reactor, events, 2, -1), 1);
        assert_int_equal(events[0].readiness, DIRECTIONS);
    }
    assert_int_equal(fault_count(FAULT_kevent), 2 * TURNS);
    retire_pair(reactor, &pair);
}

/* Each full batch has brought something, be it what was told already. */
/* The second batch has room for one knote, whose direction is told already. */
static void what_stands_behind_another_direction_is_told(void **state)
{
    struct reactor *reactor = *state;
    struct pair pairs[2];
    struct reactor_event events[3];
    int i;

    for (i = 0; i < 2; i++) {
        pairs[i] = stream_pair();
        send_byte(pairs[i].peer);
        assert_ok(reactor_register(reactor, pairs[i].mine, DIRECTIONS, NULL));
    }
    assert_ok(reactor_wake(reactor));
    assert_int_equal(reactor_wait(reactor, events, 3, -1), 3);
    for (i = 0; i < 2; i++)
        retire_pair(reactor, &pairs[i]);
}

static void edges_of_both_directions_are_told_once(void **state)
{
    struct reactor *reactor = *state;
    struct reactor_event events[4];
    struct pair pairs[3];
    size_t i;

    for (i = 0; i < COUNT_OF(pairs); i++) {
        pairs[i] = registered_pair(reactor, DIRECTIONS | REACTOR_EDGE, NULL);
        send_byte(pairs[i].peer);
    }
    assert_int_equal(reactor_wait(reactor, events, 4, -1), 3);
    for (i = 0; i < COUNT_OF(pairs); i++)
        assert_int_equal(events[i].readiness, DIRECTIONS);
    assert_silent(reactor);
    for (i = 0; i < COUNT_OF(pairs); i++)
        retire_pair(reactor, &pairs[i]);
}

/* A pipe that is full rings no more; Linux is kinder. */
static void a_bell_that_is_a_pipe_is_emptied(void **state)
{
    struct reactor *reactor = *state;
    int i;

    fault_reset();
    for (i = 0; i < TURNS; i++) {
        assert_ok(reactor_wake(reactor));
        await_wake(reactor);
    }
    assert_int_equal(fault_count(FAULT_read), fault_count(FAULT_write));
}

static void changes_take_no_more_calls_than_they_have_to(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    fault_reset();
    assert_ok(reactor_register(reactor, pair.mine, DIRECTIONS, NULL));
    assert_int_equal(fault_count(FAULT_kevent), CALLS_FOR(2));
    fault_reset();
    assert_ok(reactor_reregister(reactor, pair.mine, DIRECTIONS, &pair));
    assert_int_equal(fault_count(FAULT_kevent), CALLS_FOR(3));
    fault_reset();
    assert_ok(reactor_reregister(reactor, pair.mine,
                                 REACTOR_READABLE | REACTOR_EDGE, &pair));
    assert_int_equal(fault_count(FAULT_kevent), CALLS_FOR(3));
    fault_reset();
    assert_ok(reactor_deregister(reactor, pair.mine));
    assert_int_equal(fault_count(FAULT_kevent), CALLS_FOR(1));
    close_pair(&pair);
}

static void more_than_one_call_can_tell_is_told_by_one_wait(void **state)
{
    static struct reactor_event events[CROWD + 1];
    static struct pair pairs[CROWD];
    struct reactor *reactor = *state;
    int i;

    if (usable_handles() < 2 * CROWD + 100)
        skip_because("too few handles");
    for (i = 0; i < CROWD; i++) {
        pairs[i] = registered_pair(reactor, REACTOR_READABLE | REACTOR_EDGE,
                                   &pairs[i]);
        send_byte(pairs[i].peer);
    }
    fault_reset();
    assert_int_equal(reactor_wait(reactor, events, CROWD + 1, -1), CROWD);
    assert_int_equal(fault_count(FAULT_kevent), 3);
    assert_silent(reactor);
    for (i = 0; i < CROWD; i++)
        retire_pair(reactor, &pairs[i]);
}

/* ---- Changes that fail half-way ---- */

/* Another trigger takes away the old knote before it adds the new one. */
static void what_fails_half_way_is_as_it_was(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = registered_pair(reactor, REACTOR_READABLE, &pair);
    int i;

    fault_reset();
    fault_at(FAULT_kevent, CALLS_FOR(2), ENOMEM, FAULT_ONCE);
    assert_error(reactor_reregister(reactor, pair.mine,
                                    REACTOR_READABLE | REACTOR_EDGE, NULL),
                 -ENOMEM);
    fault_lift();
    assert_silent(reactor);
    send_byte(pair.peer);
    for (i = 0; i < 3; i++)
        assert_ptr_equal(await_event(reactor, pair.mine).user_data, &pair);
    retire_pair(reactor, &pair);
}

/* Takes away the old knote, and neither adds the new one nor the old. */
static void what_cannot_be_brought_back_is_paused(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = registered_pair(reactor, REACTOR_READABLE, &pair);

    fault_reset();
    fault_at(FAULT_kevent, CALLS_FOR(2), ENOMEM, FAULT_FROM_THEN_ON);
    assert_error(reactor_reregister(reactor, pair.mine,
                                    REACTOR_READABLE | REACTOR_EDGE, NULL),
                 -ENOMEM);
    fault_lift();
    send_byte(pair.peer);
    assert_idle(reactor);
    assert_error(reactor_register(reactor, pair.mine, 0, NULL), -EEXIST);
    assert_ok(reactor_reregister(reactor, pair.mine, REACTOR_READABLE, &pair));
    assert_ptr_equal(await_event(reactor, pair.mine).user_data, &pair);
    retire_pair(reactor, &pair);
}

/* After EINTR there is no answer: what is in the list is the question. */
static void an_interrupted_registration_is_made(void **state)
{
    static const uint32_t interests[] = {REACTOR_READABLE, REACTOR_WRITABLE,
                                         DIRECTIONS, REACTOR_PRIORITY};
    struct reactor *reactor = *state;
    size_t i;

    for (i = 0; i < COUNT_OF(interests); i++) {
        struct pair pair = stream_pair();
        int error;

        fault_reset();
        fault_at(FAULT_kevent, 1, EINTR, FAULT_ONCE);
        error = reactor_register(reactor, pair.mine, interests[i], NULL);
        fault_lift();
        if (error != -ENOTSUP) {
            assert_ok(error);
            assert_int_equal(fault_fired(), 1);
            assert_ok(reactor_deregister(reactor, pair.mine));
        }
        close_pair(&pair);
    }
}

/* The one for reading was there already. */
static void what_is_registered_by_half_is_not_spun_on(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    send_byte(pair.peer);
    fault_reset();
    fault_at(FAULT_kevent, CALLS_FOR(2), ENOMEM, FAULT_ONCE);
    assert_error(reactor_register(reactor, pair.mine, DIRECTIONS, NULL),
                 -ENOMEM);
    fault_lift();
    assert_idle(reactor);
    close_pair(&pair);
}

/* The first direction has the new trigger already when the second one fails. */
static void what_fails_half_way_has_its_old_trigger(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair =
        registered_pair(reactor, DIRECTIONS | REACTOR_EDGE, NULL);
    struct reactor_event event;

    send_byte(pair.peer);
    assert_int_equal(await_readiness(reactor, pair.mine), DIRECTIONS);
    fault_reset();
    fault_at(FAULT_kevent, CALLS_FOR(4), ENOMEM, FAULT_ONCE);
    assert_error(reactor_reregister(reactor, pair.mine, DIRECTIONS, NULL),
                 -ENOMEM);
    fault_lift();
    while (reactor_wait(reactor, &event, 1, 0) == 1)
        assert_true(fault_count(FAULT_kevent) < 100); /* edges may repeat */
    retire_pair(reactor, &pair);
}

/* ---- Changes at the worst moment ---- */

static struct {
    struct reactor *reactor;
    struct pair pair;
    struct thread *waiter;
    struct reactor_event event;
    unsigned waits;
    _Atomic unsigned fetched; /* by the waiter */
} scene;

static void renew_before_the_second_round(void)
{
    if (++scene.waits == 2)
        assert_ok(reactor_reregister(scene.reactor, scene.pair.mine,
                                     DIRECTIONS | REACTOR_ONESHOT, &scene));
}

/* The batch has what is registered now, and what was. */
static void
a_change_between_two_rounds_is_not_merged_with_what_it_replaced(void **state)
{
    struct reactor_event events[3];

    scene.reactor = *state;
    scene.waits = 0;
    scene.pair = registered_pair(scene.reactor, DIRECTIONS | REACTOR_ONESHOT,
                                 &scene.pair);
    send_byte(scene.pair.peer);
    fault_before_wait = renew_before_the_second_round;
    assert_int_equal(reactor_wait(scene.reactor, events, 2, 0), 2);
    fault_before_wait = NULL;
    assert_ptr_equal(events[0].user_data, &scene.pair);
    assert_ptr_equal(events[1].user_data, &scene);
    assert_silent(scene.reactor);
    retire_pair(scene.reactor, &scene.pair);
}

static void chat(void)
{
    send_byte(scene.pair.peer);
}

/* It happens again before each round. */
static void a_wait_ends_though_edges_never_do(void **state)
{
    struct reactor_event events[2];

    scene.reactor = *state;
    scene.pair =
        registered_pair(scene.reactor, DIRECTIONS | REACTOR_EDGE, NULL);
    fault_reset();
    fault_before_wait = chat;
    assert_int_equal(reactor_wait(scene.reactor, events, 2, 0), 1);
    fault_before_wait = NULL;
    assert_in_range(fault_count(FAULT_kevent), 1, 8);
    retire_pair(scene.reactor, &scene.pair);
}

static int wait_for_scene(void *context)
{
    (void)context;
    return reactor_wait(scene.reactor, &scene.event, 1, PATIENCE_MS);
}

/* The one that registers goes on when the other has what that led to. */
static void fetch_before_publication(bool has_changes)
{
    if (!has_changes) {
        atomic_fetch_add(&scene.fetched, 1);
    } else if (scene.waiter == NULL) {
        scene.waiter = thread_start(wait_for_scene, NULL);
        while (atomic_load(&scene.fetched) == 0)
            thread_yield();
    }
}

static void what_is_fetched_before_it_is_published_is_not_lost(void **state)
{
    static const uint32_t interests[] = {REACTOR_READABLE | REACTOR_EDGE,
                                         REACTOR_READABLE | REACTOR_ONESHOT};
    size_t i;

    for (i = 0; i < 2 * COUNT_OF(interests); i++) {
        scene.reactor = *state;
        scene.waiter = NULL;
        atomic_store(&scene.fetched, 0);
        scene.pair = stream_pair();
        send_byte(scene.pair.peer);
        fault_after_kevent = fetch_before_publication;
        assert_ok(reactor_register(scene.reactor, scene.pair.mine,
                                   interests[i % 2], &scene));
        assert_int_equal(thread_join(scene.waiter), 1);
        fault_after_kevent = NULL;
        assert_ptr_equal(scene.event.user_data, &scene);
        assert_silent(scene.reactor);
        retire_pair(scene.reactor, &scene.pair);
    }
}

static void begin_change(void)
{
    fault_after_kevent = NULL;
}

static void deregister_it(bool has_changes)
{
    (void)has_changes;
    begin_change();
    assert_ok(reactor_deregister(scene.reactor, scene.pair.mine));
}

static void register_another_in_its_place(bool has_changes)
{
    deregister_it(has_changes);
    assert_ok(reactor_register(scene.reactor, scene.pair.peer, REACTOR_READABLE,
                               &scene));
}

static void pause_it(bool has_changes)
{
    (void)has_changes;
    begin_change();
    assert_ok(reactor_reregister(scene.reactor, scene.pair.mine, 0, NULL));
}

static void what_a_change_overtakes_is_not_reported(void **state)
{
    static void (*const changes[])(bool) = {
        deregister_it, register_another_in_its_place, pause_it};
    size_t i;

    scene.reactor = *state;
    for (i = 0; i < COUNT_OF(changes); i++) {
        scene.pair = registered_pair(scene.reactor, DIRECTIONS, &scene.pair);
        send_byte(scene.pair.peer);
        fault_after_kevent = changes[i];
        assert_int_equal(reactor_wait(scene.reactor, &scene.event, 1, 0), 0);
        assert_null(fault_after_kevent);
        assert_silent(scene.reactor);
        (void)reactor_deregister(scene.reactor, scene.pair.mine);
        (void)reactor_deregister(scene.reactor, scene.pair.peer);
        close_pair(&scene.pair);
    }
}

/* ---- Pipes that are broken already ---- */

static void a_broken_pipe_that_is_refused_is_not_registered(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair;

    if (!pipe_to_write(&pair))
        skip_because("there are no pipes");
    close_handle(pair.peer);
    fault_reset();
    fault_at(FAULT_kevent, 2, ENOMEM, FAULT_ONCE); /* what stands in */
    assert_error(reactor_register(reactor, pair.mine, REACTOR_WRITABLE, NULL),
                 -ENOMEM);
    fault_lift();
    assert_silent(reactor);
    assert_error(reactor_deregister(reactor, pair.mine), -ENOENT);
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_WRITABLE, NULL));
    assert_int_equal(await_readiness(reactor, pair.mine),
                     REACTOR_WRITABLE | REACTOR_WRITE_CLOSED);
    assert_ok(reactor_deregister(reactor, pair.mine));
    close_handle(pair.mine);
}

/* What stands in for writing obeys every trigger, and is let go. */
static void a_broken_pipe_can_be_reregistered(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair;

    if (!pipe_to_write(&pair))
        skip_because("there are no pipes");
    close_handle(pair.peer);
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_WRITABLE, NULL));
    assert_error(reactor_register(reactor, pair.mine, REACTOR_WRITABLE, NULL),
                 -EEXIST);
    assert_int_equal(await_readiness(reactor, pair.mine),
                     REACTOR_WRITABLE | REACTOR_WRITE_CLOSED);
    assert_ok(reactor_reregister(reactor, pair.mine,
                                 DIRECTIONS | REACTOR_ONESHOT, NULL));
    assert_int_equal(await_readiness(reactor, pair.mine),
                     DIRECTIONS | REACTOR_READ_CLOSED | REACTOR_WRITE_CLOSED);
    assert_silent(reactor);
    assert_ok(reactor_reregister(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_int_equal(await_readiness(reactor, pair.mine),
                     REACTOR_READABLE | REACTOR_READ_CLOSED);
    assert_ok(reactor_reregister(reactor, pair.mine, 0, NULL));
    assert_idle(reactor);
    assert_ok(reactor_deregister(reactor, pair.mine));
    close_handle(pair.mine);
}

/* ---- Priority, where there is one ---- */

static void who_wants_priority_alone_learns_of_errors(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair;

    if (!is_supported(REACTOR_PRIORITY))
        skip_because("this backend has no priority");
    pair = datagram_pair();
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_PRIORITY, NULL));
    assert_idle(reactor);
    be_refused(&pair);
    assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_ERROR);
    retire_pair(reactor, &pair);
}

static void priority_of_what_has_none_is_enotsup(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair;

    if (!is_supported(REACTOR_PRIORITY))
        skip_because("this backend has no priority");
    if (!pipe_to_read(&pair))
        skip_because("there are no pipes");
    assert_error(reactor_register(reactor, pair.mine,
                                  REACTOR_READABLE | REACTOR_PRIORITY, NULL),
                 -ENOTSUP);
    assert_error(reactor_deregister(reactor, pair.mine), -ENOENT);
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, &pair));
    assert_error(reactor_reregister(reactor, pair.mine, REACTOR_PRIORITY, NULL),
                 -ENOTSUP);
    send_byte(pair.peer);
    assert_ptr_equal(await_event(reactor, pair.mine).user_data, &pair);
    retire_pair(reactor, &pair);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(a_turn_is_one_call),
        CLAIM(both_directions_without_room_are_one_call_more),
        CLAIM(both_directions_with_room_for_two_are_two_calls),
        CLAIM(what_stands_behind_another_direction_is_told),
        CLAIM(the_last_eighth_of_the_room_takes_no_calls),
        CLAIM(edges_of_both_directions_are_told_once),
        CLAIM(a_bell_that_is_a_pipe_is_emptied),
        CLAIM(changes_take_no_more_calls_than_they_have_to),
        CLAIM(more_than_one_call_can_tell_is_told_by_one_wait),
        CLAIM(what_fails_half_way_is_as_it_was),
        CLAIM(what_cannot_be_brought_back_is_paused),
        CLAIM(an_interrupted_registration_is_made),
        CLAIM(what_is_registered_by_half_is_not_spun_on),
        CLAIM(what_fails_half_way_has_its_old_trigger),
        CLAIM(a_change_between_two_rounds_is_not_merged_with_what_it_replaced),
        CLAIM(a_wait_ends_though_edges_never_do),
        CLAIM(what_is_fetched_before_it_is_published_is_not_lost),
        CLAIM(what_a_change_overtakes_is_not_reported),
        CLAIM(a_broken_pipe_that_is_refused_is_not_registered),
        CLAIM(a_broken_pipe_can_be_reregistered),
        CLAIM(who_wants_priority_alone_learns_of_errors),
        CLAIM(priority_of_what_has_none_is_enotsup),
    };

    fault_reset();
    return run_claims(claims);
}
