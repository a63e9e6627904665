/* SPDX-License-Identifier: MIT */
/*
 * What is iocp's own: how many system calls things take, polls that are refused
 * late or can't be cancelled, and sockets that the driver does not know.
 */
#include "support/expect.h"
#include "support/fault.h"
#include "support/handles.h"
#include "support/thread.h"
#include "support/windows/fault_balance.h"
#include "support/windows/fault_layers.h"
#include "support/windows/headers.h"

#define TURNS 20

static struct pair registered_pair(struct reactor *reactor)
{
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    return pair;
}

static struct pair ready_pair(struct reactor *reactor)
{
    struct pair pair = registered_pair(reactor);

    send_byte(pair.peer);
    return pair;
}

static void wait_for_nothing(struct reactor *reactor)
{
    struct reactor_event event;

    assert_ok(reactor_wait(reactor, &event, 1, 0));
}

/* ---- System calls ---- */

/* The driver holds nothing of it any more, though the socket stays open. */
static void a_deregistration_ends_its_poll(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = registered_pair(reactor);

    wait_for_nothing(reactor);
    fault_reset();
    assert_ok(reactor_deregister(reactor, pair.mine));
    assert_int_equal(fault_count(FAULT_CancelIoEx), 1);
    close_pair(&pair);
}

static void a_turn_is_one_poll_and_one_look(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = ready_pair(reactor);
    struct reactor_event events[2];
    int i;

    (void)await_readiness(reactor, pair.mine);
    fault_reset();
    for (i = 0; i < TURNS; i++)
        assert_int_equal(reactor_wait(reactor, events, 2, -1), 1);
    assert_int_equal(fault_count(FAULT_NtDeviceIoControlFile), TURNS);
    assert_int_equal(fault_count(FAULT_NtRemoveIoCompletionEx), TURNS);
    retire_pair(reactor, &pair);
}

static void who_is_not_ready_is_not_polled_again(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = registered_pair(reactor);
    int i;

    wait_for_nothing(reactor);
    fault_reset();
    for (i = 0; i < TURNS; i++)
        wait_for_nothing(reactor);
    assert_int_equal(fault_count(FAULT_NtDeviceIoControlFile), 0);
    retire_pair(reactor, &pair);
}

static void a_smaller_interest_leaves_the_poll_alone(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = registered_pair(reactor);

    wait_for_nothing(reactor);
    fault_reset();
    assert_ok(reactor_reregister(reactor, pair.mine, 0, NULL));
    wait_for_nothing(reactor);
    assert_ok(reactor_reregister(reactor, pair.mine, REACTOR_READABLE, NULL));
    wait_for_nothing(reactor);
    assert_int_equal(fault_count(FAULT_NtDeviceIoControlFile), 0);
    assert_int_equal(fault_count(FAULT_CancelIoEx), 0);
    retire_pair(reactor, &pair);
}

/* ---- What the kernel refuses late ---- */

/* Told once, with what was asked for; then comes what is ready. */
static void assert_error_then(struct reactor *reactor, const struct pair *pair,
                              uint32_t asked, uint32_t ready)
{
    assert_int_equal(await_readiness(reactor, pair->mine),
                     asked | REACTOR_ERROR);
    assert_int_equal(fault_fired(), 1);
    assert_int_equal(await_readiness(reactor, pair->mine), ready);
    retire_pair(reactor, pair);
}

static void assert_error_then_level(struct reactor *reactor,
                                    enum fault_call call, int error)
{
    struct pair pair = ready_pair(reactor);

    fault_reset();
    fault_at(call, 1, error, FAULT_ONCE);
    assert_error_then(reactor, &pair, REACTOR_READABLE, REACTOR_READABLE);
}

static void a_poll_that_is_refused_late_is_an_error(void **state)
{
    assert_error_then_level(*state, FAULT_NtRemoveIoCompletionEx, FAULT_LATE);
}

static void a_poll_that_a_wait_cannot_send_is_an_error(void **state)
{
    assert_error_then_level(*state, FAULT_NtDeviceIoControlFile,
                            STATUS_INSUFFICIENT_RESOURCES);
}

static void a_refusal_leaves_others_alone(void **state)
{
    struct reactor *reactor = *state;
    struct pair first = ready_pair(reactor);
    struct pair second = ready_pair(reactor);
    struct reactor_event events[3];

    fault_reset();
    fault_at(FAULT_NtDeviceIoControlFile, 1, STATUS_NO_MEMORY, FAULT_ONCE);
    assert_int_equal(reactor_wait(reactor, events, 3, 0), 2);
    assert_int_equal(events[0].readiness + events[1].readiness,
                     2 * REACTOR_READABLE + REACTOR_ERROR);
    retire_pair(reactor, &first);
    retire_pair(reactor, &second);
}

static void a_refusal_is_not_told_to_who_is_paused(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, 0, NULL));
    fault_reset();
    fault_at(FAULT_NtDeviceIoControlFile, 1, STATUS_NO_MEMORY, FAULT_ONCE);
    wait_for_nothing(reactor);
    assert_int_equal(fault_fired(), 1);
    wait_for_nothing(reactor);
    retire_pair(reactor, &pair);
}

static void a_refusal_fires_a_oneshot(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    send_byte(pair.peer);
    assert_ok(reactor_register(reactor, pair.mine,
                               REACTOR_READABLE | REACTOR_ONESHOT, NULL));
    fault_reset();
    fault_at(FAULT_NtDeviceIoControlFile, 1, STATUS_NO_MEMORY, FAULT_ONCE);
    assert_int_equal(await_readiness(reactor, pair.mine),
                     REACTOR_READABLE | REACTOR_ERROR);
    assert_silent(reactor);
    retire_pair(reactor, &pair);
}

/* A larger interest takes the packet of the poll for the smaller one. */
static void a_cancel_that_is_refused_in_a_wait_is_an_error(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = registered_pair(reactor);

    wait_for_nothing(reactor);
    assert_ok(reactor_reregister(reactor, pair.mine, DIRECTIONS, NULL));
    fault_reset();
    fault_at(FAULT_CancelIoEx, 1, ERROR_NO_SYSTEM_RESOURCES, FAULT_ONCE);
    assert_error_then(reactor, &pair, DIRECTIONS, REACTOR_WRITABLE);
}

/* It does not go on for ever. */
static void a_port_that_fails_ends_the_wait(void **state)
{
    struct reactor_event event;

    fault_reset();
    fault_at(FAULT_NtRemoveIoCompletionEx, 1, STATUS_INVALID_HANDLE,
             FAULT_FROM_THEN_ON);
    assert_error(reactor_wait(*state, &event, 1, -1), -EBADF);
    fault_lift();
    assert_works(*state);
}

/* The readiness of the event, or what went wrong. */
static int wait_once(void *context)
{
    struct reactor_event event;
    int count = reactor_wait(context, &event, 1, -1);

    return count == 1 ? (int)event.readiness : count;
}

/* Returns when the thread is asleep. */
static struct thread *start_waiting(struct reactor *reactor)
{
    struct thread *thread;

    fault_reset();
    thread = thread_start(wait_once, reactor);
    while (fault_count(FAULT_NtRemoveIoCompletionEx) == 0)
        thread_yield();
    return thread;
}

/* Or the poll would end at once, in each wait, for nothing. */
static void a_change_that_is_refused_is_not_polled_for(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = registered_pair(reactor);
    struct thread *thread;
    int i;

    wait_for_nothing(reactor);
    thread = start_waiting(reactor);
    fault_at(FAULT_CancelIoEx, 1, ERROR_NO_SYSTEM_RESOURCES, FAULT_ONCE);
    assert_error(reactor_reregister(reactor, pair.mine, DIRECTIONS, NULL),
                 -ENOMEM);
    send_byte(pair.peer);
    assert_int_equal(thread_join(thread), REACTOR_READABLE);
    drain(pair.mine);
    wait_for_nothing(reactor);
    fault_reset();
    for (i = 0; i < TURNS; i++)
        wait_for_nothing(reactor);
    assert_int_equal(fault_count(FAULT_NtDeviceIoControlFile), 0);
    retire_pair(reactor, &pair);
}

/* ---- Polls that go on ---- */

static void deregister_without_cancel(struct reactor *reactor,
                                      reactor_handle handle)
{
    fault_reset();
    fault_at(FAULT_CancelIoEx, 1, ERROR_NO_SYSTEM_RESOURCES, FAULT_ONCE);
    assert_ok(reactor_deregister(reactor, handle));
    assert_int_equal(fault_fired(), 1);
}

static void what_a_deregistered_poll_tells_is_dropped(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = registered_pair(reactor);

    wait_for_nothing(reactor);
    deregister_without_cancel(reactor, pair.mine);
    send_byte(pair.peer);
    assert_silent(reactor);
    assert_int_equal(fault_polls(), 0);
    close_pair(&pair);
}

/* The source is the same one: the next wait ends the old poll first. */
static void a_source_that_is_used_again_ends_its_former_poll(void **state)
{
    struct reactor *reactor = *state;
    struct pair old = registered_pair(reactor);
    struct pair new;

    wait_for_nothing(reactor);
    deregister_without_cancel(reactor, old.mine);
    new = ready_pair(reactor);
    assert_int_equal(await_readiness(reactor, new.mine), REACTOR_READABLE);
    assert_int_equal(fault_polls(), 0);
    send_byte(old.peer);
    assert_int_equal(await_readiness(reactor, new.mine), REACTOR_READABLE);
    retire_pair(reactor, &new);
    close_pair(&old);
}

static void closing_takes_the_packets_of_all_polls(void **state)
{
    struct pair pair = registered_pair(*state);

    wait_for_nothing(*state);
    deregister_without_cancel(*state, pair.mine);
    assert_int_equal(fault_polls(), 1);
    reactor_close(*state);
    *state = NULL;
    assert_int_equal(fault_polls(), 0);
    close_pair(&pair);
}

/* ---- Sockets that the driver does not know ---- */

static void assert_left_alone_after(struct reactor *reactor, int error)
{
    struct pair pair = ready_pair(reactor);

    fault_reset();
    fault_at(FAULT_NtDeviceIoControlFile, 1, error, FAULT_ONCE);
    wait_for_nothing(reactor);
    assert_int_equal(fault_fired(), 1);
    assert_silent(reactor);
    assert_int_equal(fault_count(FAULT_NtDeviceIoControlFile), 1);

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_READABLE);
    retire_pair(reactor, &pair);
}

/* Its number may be registered again, as for what it names now. */
static void what_is_no_socket_any_more_is_left_alone(void **state)
{
    assert_left_alone_after(*state, STATUS_INVALID_HANDLE);
    assert_left_alone_after(*state, STATUS_OBJECT_TYPE_MISMATCH);
}

/* ---- Layered providers: fact (h) ---- */

static void a_layered_socket_is_watched_through_its_base(void **state)
{
    struct reactor *reactor = *state;
    struct pair base = stream_pair();
    struct pair upper = stream_pair();
    const struct fault_layer layers[] = {{upper.mine, upper.peer},
                                         {upper.peer, base.mine}};

    fault_set_layers(layers, COUNT_OF(layers));
    assert_ok(reactor_register(reactor, upper.mine, REACTOR_READABLE, NULL));
    send_byte(upper.peer);
    assert_silent(reactor);
    send_byte(base.peer);
    assert_int_equal(await_readiness(reactor, upper.mine), REACTOR_READABLE);
    drain(base.mine);
    assert_silent(reactor);
    fault_set_layers(NULL, 0);
    retire_pair(reactor, &upper);
    close_pair(&base);
}

static void layers_without_a_base_are_refused(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    const struct fault_layer circle[] = {{pair.mine, pair.peer},
                                         {pair.peer, pair.mine}};
    const struct fault_layer itself[] = {{pair.mine, pair.mine}};

    fault_set_layers(circle, COUNT_OF(circle));
    assert_error(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL),
                 -ENOTSUP);
    fault_set_layers(itself, COUNT_OF(itself));
    assert_error(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL),
                 -ENOTSUP);
    fault_set_layers(NULL, 0);
    assert_works(reactor);
    close_pair(&pair);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(a_deregistration_ends_its_poll),
        CLAIM(a_turn_is_one_poll_and_one_look),
        CLAIM(who_is_not_ready_is_not_polled_again),
        CLAIM(a_smaller_interest_leaves_the_poll_alone),
        CLAIM(a_poll_that_is_refused_late_is_an_error),
        CLAIM(a_poll_that_a_wait_cannot_send_is_an_error),
        CLAIM(a_refusal_leaves_others_alone),
        CLAIM(a_refusal_is_not_told_to_who_is_paused),
        CLAIM(a_refusal_fires_a_oneshot),
        CLAIM(a_cancel_that_is_refused_in_a_wait_is_an_error),
        CLAIM(a_port_that_fails_ends_the_wait),
        CLAIM(a_change_that_is_refused_is_not_polled_for),
        CLAIM(what_a_deregistered_poll_tells_is_dropped),
        CLAIM(a_source_that_is_used_again_ends_its_former_poll),
        CLAIM(closing_takes_the_packets_of_all_polls),
        CLAIM(what_is_no_socket_any_more_is_left_alone),
        CLAIM(a_layered_socket_is_watched_through_its_base),
        CLAIM(layers_without_a_base_are_refused),
    };

    fault_reset();
    return run_claims(claims);
}
