/* SPDX-License-Identifier: MIT */
/*
 * What is kqueue's own: how many system calls things take, changes that fail
 * half-way, and pipes that are broken before they are registered.
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
static void lose(struct reactor *reactor, struct pair *pair)
{
    fault_reset();
    fault_at(FAULT_kevent, CALLS_FOR(2), ENOMEM, FAULT_FROM_THEN_ON);
    assert_error(reactor_reregister(reactor, pair->mine,
                                    REACTOR_READABLE | REACTOR_EDGE, NULL),
                 -ENOMEM);
    fault_lift();
}

static void assert_loss(const struct reactor_event *event,
                        const struct pair *pair)
{
    assert_int_equal(event->handle, pair->mine);
    assert_ptr_equal(event->user_data, pair);
    assert_int_equal(event->readiness, REACTOR_READABLE | REACTOR_ERROR);
}

static void what_cannot_be_brought_back_is_reported_once(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = registered_pair(reactor, REACTOR_READABLE, &pair);
    struct reactor_event event;

    lose(reactor, &pair);
    event = await_event(reactor, pair.mine);
    assert_loss(&event, &pair);
    send_byte(pair.peer);
    assert_silent(reactor);
    assert_error(reactor_register(reactor, pair.mine, 0, NULL), -EEXIST);
    assert_ok(reactor_reregister(reactor, pair.mine, REACTOR_READABLE, &event));
    assert_ptr_equal(await_event(reactor, pair.mine).user_data, &event);
    retire_pair(reactor, &pair);
}

static void each_loss_is_reported_however_small_the_batch(void **state)
{
    struct reactor *reactor = *state;
    struct pair first = registered_pair(reactor, REACTOR_READABLE, &first);
    struct pair second = registered_pair(reactor, REACTOR_READABLE, &second);
    struct pair gone = registered_pair(reactor, REACTOR_READABLE, &gone);
    struct reactor_event event;

    lose(reactor, &first);
    lose(reactor, &gone);
    lose(reactor, &second);
    assert_ok(reactor_deregister(reactor, gone.mine));
    assert_int_equal(reactor_wait(reactor, &event, 1, 0), 1);
    assert_loss(&event, &first);
    assert_int_equal(reactor_wait(reactor, &event, 1, 0), 1);
    assert_loss(&event, &second);
    assert_silent(reactor);
    retire_pair(reactor, &first);
    retire_pair(reactor, &second);
    close_pair(&gone);
}

struct wait {
    struct reactor *reactor;
    struct reactor_event event;
};

static int wait_for_one(void *context)
{
    struct wait *wait = context;

    return reactor_wait(wait->reactor, &wait->event, 1, PATIENCE_MS);
}

static void a_waiting_thread_learns_of_a_loss(void **state)
{
    struct wait wait = {.reactor = *state};
    struct pair pair = registered_pair(wait.reactor, REACTOR_READABLE, &pair);
    struct thread *thread;

    fault_reset();
    thread = thread_start(wait_for_one, &wait);
    while (fault_count(FAULT_kevent) == 0)
        thread_yield();
    lose(wait.reactor, &pair);
    assert_int_equal(thread_join(thread), 1);
    assert_loss(&wait.event, &pair);
    retire_pair(wait.reactor, &pair);
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

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(a_turn_is_one_call),
        CLAIM(both_directions_without_room_are_one_call_more),
        CLAIM(changes_take_no_more_calls_than_they_have_to),
        CLAIM(more_than_one_call_can_tell_is_told_by_one_wait),
        CLAIM(what_fails_half_way_is_as_it_was),
        CLAIM(what_cannot_be_brought_back_is_reported_once),
        CLAIM(each_loss_is_reported_however_small_the_batch),
        CLAIM(a_waiting_thread_learns_of_a_loss),
        CLAIM(a_broken_pipe_that_is_refused_is_not_registered),
        CLAIM(a_broken_pipe_can_be_reregistered),
    };

    fault_reset();
    return run_claims(claims);
}
