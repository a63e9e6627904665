/* SPDX-License-Identifier: MIT */
/* Rules 1 and 3: one registration per handle, and what replacing it does. */
#include "support/allocator.h"
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"

static void an_event_carries_the_handle_and_its_user_data(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct reactor_event event;

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, &pair));
    assert_silent(reactor);
    send_byte(pair.peer);
    event = await_event(reactor, pair.mine);
    assert_ptr_equal(event.user_data, &pair);
    assert_int_equal(event.readiness, REACTOR_READABLE);
    retire_pair(reactor, &pair);
}

static void no_user_data_value_is_reserved(void **state)
{
    struct reactor *reactor = *state;
    void *const values[] = {NULL, (void *)1, (void *)UINTPTR_MAX,
                            (void *)(UINTPTR_MAX / 2 + 1), reactor};
    struct pair pair = stream_pair();
    size_t i;

    send_byte(pair.peer);
    for (i = 0; i < COUNT_OF(values); i++) {
        assert_ok(
            reactor_register(reactor, pair.mine, REACTOR_READABLE, values[i]));
        assert_ptr_equal(await_event(reactor, pair.mine).user_data, values[i]);
        assert_ok(reactor_deregister(reactor, pair.mine));
    }
    close_pair(&pair);
}

static void registering_twice_leaves_the_first_registration_intact(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct reactor_event event;

    send_byte(pair.peer);
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, &pair));
    assert_error(reactor_register(reactor, pair.mine, REACTOR_WRITABLE, NULL),
                 -EEXIST);
    assert_error(reactor_register(reactor, pair.mine, 0, NULL), -EEXIST);
    event = await_event(reactor, pair.mine);
    assert_ptr_equal(event.user_data, &pair);
    assert_int_equal(event.readiness, REACTOR_READABLE);
    retire_pair(reactor, &pair);
}

static void what_was_never_registered_is_enoent(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    assert_error(reactor_reregister(reactor, pair.mine, REACTOR_READABLE, NULL),
                 -ENOENT);
    assert_error(reactor_deregister(reactor, pair.mine), -ENOENT);
    close_pair(&pair);
}

static void what_was_deregistered_is_enoent(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_ok(reactor_deregister(reactor, pair.mine));
    assert_error(reactor_deregister(reactor, pair.mine), -ENOENT);
    assert_error(reactor_reregister(reactor, pair.mine, REACTOR_READABLE, NULL),
                 -ENOENT);
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, &pair));
    send_byte(pair.peer);
    assert_ptr_equal(await_event(reactor, pair.mine).user_data, &pair);
    retire_pair(reactor, &pair);
}

static void a_duplicate_is_a_registration_of_its_own(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    reactor_handle twin = duplicate(pair.mine);
    struct reactor_event events[4];

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_ok(reactor_register(reactor, twin, REACTOR_READABLE, NULL));
    send_byte(pair.peer);
    assert_int_equal(reactor_wait(reactor, events, 4, PATIENCE_MS), 2);
    assert_ok(reactor_deregister(reactor, pair.mine));
    (void)await_event(reactor, twin);
    assert_ok(reactor_deregister(reactor, twin));
    close_handle(twin);
    close_pair(&pair);
}

static void reregister_replaces_user_data(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    send_byte(pair.peer);
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, reactor));
    assert_ok(reactor_reregister(reactor, pair.mine, REACTOR_READABLE, &pair));
    assert_ptr_equal(await_event(reactor, pair.mine).user_data, &pair);
    retire_pair(reactor, &pair);
}

static void reregister_replaces_the_interest(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    send_byte(pair.peer);
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_ok(reactor_reregister(reactor, pair.mine, REACTOR_WRITABLE, NULL));
    assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_WRITABLE);
    assert_ok(reactor_reregister(reactor, pair.mine, DIRECTIONS, NULL));
    assert_int_equal(await_readiness(reactor, pair.mine), DIRECTIONS);
    retire_pair(reactor, &pair);
}

static void reregister_replaces_the_trigger(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    int from;
    int to;

    send_byte(pair.peer);
    for (from = 0; from < TRIGGER_COUNT; from++)
        for (to = 0; to < TRIGGER_COUNT; to++) {
            if (!is_supported(triggers[from] | triggers[to]))
                continue;
            assert_ok(reactor_register(
                reactor, pair.mine, REACTOR_READABLE | triggers[from], NULL));
            (void)await_event(reactor, pair.mine);
            assert_ok(reactor_reregister(
                reactor, pair.mine, REACTOR_READABLE | triggers[to], NULL));
            (void)await_event(reactor, pair.mine);
            if (triggers[to] == 0)
                (void)await_event(reactor, pair.mine);
            if (triggers[to] & REACTOR_ONESHOT)
                assert_silent(reactor);
            assert_ok(reactor_deregister(reactor, pair.mine));
        }
    close_pair(&pair);
}

/* Rule 3: never skipped as redundant. */
static void reregister_without_a_change_reports_what_is_ready_now(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    int i;
    int k;

    send_byte(pair.peer);
    for (i = 0; i < TRIGGER_COUNT; i++) {
        uint32_t interest = REACTOR_READABLE | triggers[i];

        if (!is_supported(interest))
            continue;
        assert_ok(reactor_register(reactor, pair.mine, interest, &pair));
        for (k = 0; k < 3; k++) {
            (void)await_event(reactor, pair.mine);
            assert_ok(reactor_reregister(reactor, pair.mine, interest, &pair));
        }
        assert_ok(reactor_deregister(reactor, pair.mine));
    }
    close_pair(&pair);
}

static void reregister_forgets_readiness_that_has_passed(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    int i;

    for (i = 0; i < TRIGGER_COUNT; i++) {
        uint32_t interest = REACTOR_READABLE | triggers[i];

        if (!is_supported(interest))
            continue;
        assert_ok(reactor_register(reactor, pair.mine, interest, NULL));
        send_byte(pair.peer);
        (void)drain(pair.mine);
        assert_ok(reactor_reregister(reactor, pair.mine, interest, NULL));
        assert_silent(reactor);
        assert_ok(reactor_deregister(reactor, pair.mine));
    }
    close_pair(&pair);
}

/* F3 of the robustness rows. */
static void a_handle_may_be_in_two_reactors(void **state)
{
    struct reactor *reactor = *state;
    struct reactor *other = open_reactor();
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, reactor));
    assert_ok(reactor_register(other, pair.mine, REACTOR_READABLE, other));
    send_byte(pair.peer);
    assert_ptr_equal(await_event(reactor, pair.mine).user_data, reactor);
    assert_ptr_equal(await_event(other, pair.mine).user_data, other);
    assert_ok(reactor_deregister(reactor, pair.mine));
    assert_silent(reactor);
    assert_ptr_equal(await_event(other, pair.mine).user_data, other);
    reactor_close(other);
    close_pair(&pair);
}

static void closing_a_reactor_leaves_registered_handles_open(void **state)
{
    struct reactor *other = open_reactor();
    struct pair pair = stream_pair();

    (void)state;
    assert_ok(reactor_register(other, pair.mine, REACTOR_READABLE, NULL));
    send_byte(pair.peer);
    reactor_close(other);
    assert_int_equal(drain(pair.mine), 1);
    close_pair(&pair);
}

static void once_grown_register_and_deregister_allocate_nothing(void **state)
{
    struct reactor *reactor = *state;
    struct pair pairs[100];
    size_t calls = 0;
    size_t i;
    int round;

    for (i = 0; i < COUNT_OF(pairs); i++)
        pairs[i] = stream_pair();
    for (round = 0; round < 5; round++) {
        if (round == 1)
            calls = allocation_calls();
        for (i = 0; i < COUNT_OF(pairs); i++)
            assert_ok(reactor_register(reactor, pairs[i].mine, REACTOR_READABLE,
                                       NULL));
        assert_silent(reactor);
        for (i = 0; i < COUNT_OF(pairs); i++)
            assert_ok(reactor_reregister(reactor, pairs[i].mine,
                                         REACTOR_WRITABLE, NULL));
        for (i = 0; i < COUNT_OF(pairs); i++)
            assert_ok(reactor_deregister(reactor, pairs[i].mine));
        assert_silent(reactor);
    }
    assert_int_equal(allocation_calls(), calls);
    for (i = 0; i < COUNT_OF(pairs); i++)
        close_pair(&pairs[i]);
}

static void what_is_refused_costs_no_memory(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct named_handle unpollable[8];
    size_t count = open_unpollable(unpollable, COUNT_OF(unpollable));
    reactor_handle closed = closed_handle();
    size_t before;
    int i;

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    before = allocated_bytes();
    for (i = 0; i < 1000; i++) {
        assert_error(reactor_register(reactor, pair.mine, 0, NULL), -EEXIST);
        assert_error(reactor_register(reactor, closed, 0, NULL), -EBADF);
        assert_error(reactor_register(reactor, unpollable[0].handle, 0, NULL),
                     -EPERM);
    }
    assert_true(allocated_bytes() - before < 8192);
    while (count-- > 0)
        close_handle(unpollable[count].handle);
    retire_pair(reactor, &pair);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(an_event_carries_the_handle_and_its_user_data),
        CLAIM(no_user_data_value_is_reserved),
        CLAIM(registering_twice_leaves_the_first_registration_intact),
        CLAIM(what_was_never_registered_is_enoent),
        CLAIM(what_was_deregistered_is_enoent),
        CLAIM(a_duplicate_is_a_registration_of_its_own),
        CLAIM(reregister_replaces_user_data),
        CLAIM(reregister_replaces_the_interest),
        CLAIM(reregister_replaces_the_trigger),
        CLAIM(reregister_without_a_change_reports_what_is_ready_now),
        CLAIM(reregister_forgets_readiness_that_has_passed),
        CLAIM(a_handle_may_be_in_two_reactors),
        CLAIM(closing_a_reactor_leaves_registered_handles_open),
        CLAIM(what_is_refused_costs_no_memory),
        CLAIM(once_grown_register_and_deregister_allocate_nothing),
    };

    return run_claims(claims);
}
