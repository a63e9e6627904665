/* SPDX-License-Identifier: MIT */
/* Rule 1: handles that can't be waited for, and numbers that are none. */
#include "support/handles.h"

#include "support/allocator.h"
#include "support/claim.h"
#include "support/expect.h"

#include <limits.h>

static void assert_refused(struct reactor *reactor, reactor_handle handle,
                           int error)
{
    assert_error(reactor_register(reactor, handle, REACTOR_READABLE, NULL),
                 error);
    assert_error(reactor_register(reactor, handle, 0, NULL), error);
}

static void assert_bad(struct reactor *reactor, reactor_handle handle)
{
    assert_refused(reactor, handle, -EBADF);
    assert_error(reactor_reregister(reactor, handle, REACTOR_READABLE, NULL),
                 -EBADF);
    assert_error(reactor_deregister(reactor, handle), -EBADF);
    assert_works(reactor);
}

static void a_number_that_can_be_no_handle_is_ebadf(void **state)
{
    struct reactor *reactor = *state;

    assert_bad(reactor, REACTOR_INVALID_HANDLE);
    assert_bad(reactor, (reactor_handle)-2);
    assert_bad(reactor, (reactor_handle)INT_MIN);
}

static void a_closed_handle_is_ebadf(void **state)
{
    struct reactor *reactor = *state;

    assert_bad(reactor, closed_handle());
}

static void a_huge_number_is_ebadf_and_costs_no_memory(void **state)
{
    struct reactor *reactor = *state;
    size_t before;

    assert_works(reactor);
    before = allocated_bytes();
    assert_bad(reactor, (reactor_handle)1000000000);
    assert_bad(reactor, highest_number());
    assert_true(allocated_bytes() - before < 1024);
}

static void memory_does_not_grow_with_the_number_of_an_open_handle(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    reactor_handle high = nth_number(usable_handles() - 1);
    size_t before;

    assert_works(reactor);
    before = allocated_bytes();
    if (!move_to_number(duplicate(pair.mine), high)) {
        close_pair(&pair);
        skip_because("no handle has a number of our choice here");
    }
    assert_ok(reactor_register(reactor, high, REACTOR_READABLE, &pair));
    assert_true(allocated_bytes() - before < 4096);
    send_byte(pair.peer);
    assert_ptr_equal(await_event(reactor, high).user_data, &pair);
    assert_ok(reactor_deregister(reactor, high));
    close_handle(high);
    close_pair(&pair);
}

static void what_never_blocks_is_eperm(void **state)
{
    struct reactor *reactor = *state;
    struct named_handle unpollable[8];
    size_t count = open_unpollable(unpollable, COUNT_OF(unpollable));
    size_t i;

    assert_true(count > 0);
    for (i = 0; i < count; i++) {
        assert_refused(reactor, unpollable[i].handle, -EPERM);
        assert_works(reactor);
    }
    for (i = 0; i < count; i++)
        close_handle(unpollable[i].handle);
}

static void what_never_blocks_is_not_registered_either(void **state)
{
    struct reactor *reactor = *state;
    struct named_handle unpollable[8];
    size_t count = open_unpollable(unpollable, COUNT_OF(unpollable));
    size_t i;

    for (i = 0; i < count; i++) {
        reactor_handle handle = unpollable[i].handle;

        assert_error(reactor_reregister(reactor, handle, 0, NULL), -ENOENT);
        assert_error(reactor_deregister(reactor, handle), -ENOENT);
        close_handle(handle);
    }
    assert_works(reactor);
}

/* D11: what it opened for itself is found by what is open besides. */
static void what_a_reactor_keeps_for_itself_is_einval(void **state)
{
    reactor_handle before[64];
    reactor_handle after[64];
    size_t count_before = list_open_handles(before, COUNT_OF(before));
    struct reactor *reactor = open_reactor();
    size_t count_after = list_open_handles(after, COUNT_OF(after));
    size_t i;
    size_t k = 0;

    (void)state;
    assert_true(count_after <= COUNT_OF(after));
    for (i = 0; i < count_after; i++) {
        if (k < count_before && after[i] == before[k]) {
            k++;
            continue;
        }
        assert_refused(reactor, after[i], -EINVAL);
        assert_error(reactor_reregister(reactor, after[i], 0, NULL), -ENOENT);
        assert_error(reactor_deregister(reactor, after[i]), -ENOENT);
        assert_ok(reactor_wake(reactor));
        await_wake(reactor);
        assert_works(reactor);
    }
    reactor_close(reactor);
}

static void pipes_can_be_waited_for(void **state)
{
    struct reactor *reactor = *state;
    struct pair reading;
    struct pair writing;

    if (!pipe_to_read(&reading) || !pipe_to_write(&writing))
        skip_because("only sockets can be waited for here");
    assert_ok(reactor_register(reactor, reading.mine, REACTOR_READABLE, NULL));
    assert_silent(reactor);
    send_byte(reading.peer);
    assert_int_equal(await_readiness(reactor, reading.mine), REACTOR_READABLE);
    retire_pair(reactor, &reading);

    fill(writing.mine);
    assert_ok(reactor_register(reactor, writing.mine, REACTOR_WRITABLE, NULL));
    assert_silent(reactor);
    drain(writing.peer);
    assert_int_equal(await_readiness(reactor, writing.mine), REACTOR_WRITABLE);
    retire_pair(reactor, &writing);
}

static void a_terminal_can_be_waited_for(void **state)
{
    struct reactor *reactor = *state;
    struct pair terminal;

    if (!terminal_pair(&terminal))
        skip_because("there are no terminals here");
    assert_ok(reactor_register(reactor, terminal.mine, REACTOR_READABLE, NULL));
    assert_silent(reactor);
    send_byte(terminal.peer);
    assert_int_equal(await_readiness(reactor, terminal.mine), REACTOR_READABLE);
    retire_pair(reactor, &terminal);
}

static void a_listener_is_readable_when_a_connection_waits(void **state)
{
    struct reactor *reactor = *state;
    struct listener listener = open_listener();
    reactor_handle client;

    assert_ok(
        reactor_register(reactor, listener.handle, REACTOR_READABLE, NULL));
    assert_silent(reactor);
    client = connect_to(&listener);
    assert_int_equal(await_readiness(reactor, listener.handle),
                     REACTOR_READABLE);
    assert_ok(reactor_deregister(reactor, listener.handle));
    close_handle(client);
    close_handle(listener.handle);
}

static void a_connection_is_writable_when_it_is_made(void **state)
{
    struct reactor *reactor = *state;
    struct listener listener = open_listener();
    reactor_handle client = connect_to(&listener);

    assert_ok(reactor_register(reactor, client, DIRECTIONS, NULL));
    assert_int_equal(await_readiness(reactor, client), REACTOR_WRITABLE);
    assert_ok(reactor_deregister(reactor, client));
    close_handle(client);
    close_handle(listener.handle);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(a_number_that_can_be_no_handle_is_ebadf),
        CLAIM(a_closed_handle_is_ebadf),
        CLAIM(a_huge_number_is_ebadf_and_costs_no_memory),
        CLAIM(memory_does_not_grow_with_the_number_of_an_open_handle),
        CLAIM(what_never_blocks_is_eperm),
        CLAIM(what_never_blocks_is_not_registered_either),
        CLAIM(what_a_reactor_keeps_for_itself_is_einval),
        CLAIM(pipes_can_be_waited_for),
        CLAIM(a_terminal_can_be_waited_for),
        CLAIM(a_listener_is_readable_when_a_connection_waits),
        CLAIM(a_connection_is_writable_when_it_is_made),
    };

    return run_claims(claims);
}
