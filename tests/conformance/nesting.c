/* SPDX-License-Identifier: MIT */
/* The backend handle: one reactor inside another, or inside poll(2). */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"
#include "support/scale.h"
#include "support/thread.h"

#define DEPTH_MAX 10

static reactor_handle handle_of(struct reactor *reactor)
{
    reactor_handle handle = reactor_backend_handle(reactor);

    if (handle == REACTOR_INVALID_HANDLE)
        skip_because("this backend has no handle of its own");
    return handle;
}

static void look_again(struct reactor *reactor)
{
    if (!nesting_looks_again())
        assert_silent(reactor);
}

static void it_is_readable_while_a_wait_would_report_a_handle(void **state)
{
    struct reactor *reactor = *state;
    reactor_handle inner = handle_of(reactor);
    struct pair pair = stream_pair();

    assert_false(is_readable(inner));
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_false(is_readable(inner));
    send_byte(pair.peer);
    assert_true(is_readable(inner));
    (void)await_event(reactor, pair.mine);
    assert_true(is_readable(inner));
    drain(pair.mine);
    look_again(reactor);
    assert_false(is_readable(inner));
    retire_pair(reactor, &pair);
}

static void it_is_readable_while_a_wake_is_pending(void **state)
{
    struct reactor *reactor = *state;
    reactor_handle inner = handle_of(reactor);
    int i;

    for (i = 0; i < 10; i++) {
        assert_ok(reactor_wake(reactor));
        assert_true(is_readable(inner));
        await_wake(reactor);
        assert_false(is_readable(inner));
    }
}

static void it_is_not_readable_for_what_is_silent(void **state)
{
    struct reactor *reactor = *state;
    reactor_handle inner = handle_of(reactor);
    struct pair pair = stream_pair();

    send_byte(pair.peer);
    assert_ok(reactor_register(reactor, pair.mine, 0, NULL));
    look_again(reactor);
    assert_false(is_readable(inner));
    assert_ok(reactor_reregister(reactor, pair.mine,
                                 REACTOR_READABLE | REACTOR_ONESHOT, NULL));
    assert_true(is_readable(inner));
    (void)await_event(reactor, pair.mine);
    assert_false(is_readable(inner));
    assert_ok(reactor_reregister(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_true(is_readable(inner));
    assert_ok(reactor_deregister(reactor, pair.mine));
    assert_false(is_readable(inner));
    close_pair(&pair);
}

static void a_reactor_reports_one_that_has_something_to_report(void **state)
{
    struct reactor *outer = *state;
    struct reactor *inner;
    struct pair pair;
    reactor_handle handle;

    (void)handle_of(outer);
    inner = open_reactor();
    handle = handle_of(inner);
    pair = stream_pair();
    assert_ok(reactor_register(outer, handle, REACTOR_READABLE, inner));
    assert_silent(outer);
    assert_ok(reactor_register(inner, pair.mine, REACTOR_READABLE, NULL));
    assert_silent(outer);
    send_byte(pair.peer);
    assert_ptr_equal(await_event(outer, handle).user_data, inner);
    (void)await_event(inner, pair.mine);
    drain(pair.mine);
    look_again(inner);
    assert_silent(outer);
    assert_ok(reactor_wake(inner));
    assert_ptr_equal(await_event(outer, handle).user_data, inner);
    await_wake(inner);
    assert_silent(outer);
    assert_ok(reactor_deregister(outer, handle));
    retire_pair(inner, &pair);
    reactor_close(inner);
}

static void a_wake_of_the_inner_ends_a_wait_of_the_outer(void **state)
{
    struct reactor *outer = *state;
    reactor_handle outer_handle = handle_of(outer);
    struct reactor *inner = open_reactor();
    struct waiter waiter;

    assert_true(reactor_backend_handle(inner) != outer_handle);
    assert_ok(reactor_register(outer, reactor_backend_handle(inner),
                               REACTOR_READABLE, inner));
    waiter_start(&waiter, outer);
    assert_ok(reactor_wake(inner));
    assert_int_equal(waiter_join(&waiter), 1);
    assert_ptr_equal(waiter.event.user_data, inner);
    assert_ok(reactor_deregister(outer, reactor_backend_handle(inner)));
    reactor_close(inner);
}

/* However many events are outdated by changes, the handle stays what it is. */
static void changes_do_not_make_it_another_one(void **state)
{
    struct reactor *inner = *state;
    reactor_handle handle = handle_of(inner);
    struct reactor *outer = open_reactor();
    struct pair pair = stream_pair();
    struct changer changer;
    unsigned i;

    send_byte(pair.peer);
    assert_ok(reactor_register(inner, pair.mine, REACTOR_READABLE, NULL));
    assert_ok(reactor_register(outer, handle, REACTOR_READABLE, inner));
    changer_start(&changer, inner, pair.mine);
    for (i = scaled(30000, 5000000); i > 0; i--) {
        struct reactor_event event;

        assert_in_range(reactor_wait(inner, &event, 1, 0), 0, 1);
    }
    assert_ok(changer_join(&changer));
    drain(pair.mine);
    assert_silent(inner);
    assert_silent(outer);
    assert_ok(reactor_wake(inner));
    assert_ptr_equal(await_event(outer, handle).user_data, inner);
    await_wake(inner);
    assert_ok(reactor_deregister(outer, handle));
    reactor_close(outer);
    retire_pair(inner, &pair);
}

static void registering_a_reactor_in_itself_is_einval(void **state)
{
    struct reactor *reactor = *state;
    reactor_handle handle = handle_of(reactor);

    assert_error(reactor_register(reactor, handle, REACTOR_READABLE, NULL),
                 -EINVAL);
    assert_error(reactor_register(reactor, handle, 0, NULL), -EINVAL);
    assert_silent(reactor);
    assert_ok(reactor_wake(reactor));
    await_wake(reactor);
}

static void a_cycle_of_reactors_is_eloop(void **state)
{
    struct reactor *outer = *state;
    reactor_handle outer_handle = handle_of(outer);
    struct reactor *inner = open_reactor();

    assert_ok(reactor_register(outer, reactor_backend_handle(inner),
                               REACTOR_READABLE, inner));
    assert_error(reactor_register(inner, outer_handle, REACTOR_READABLE, NULL),
                 -ELOOP);
    assert_error(reactor_deregister(inner, outer_handle), -ENOENT);
    assert_silent(inner);
    assert_ok(reactor_wake(inner));
    (void)await_event(outer, reactor_backend_handle(inner));
    await_wake(inner);
    assert_ok(reactor_deregister(outer, reactor_backend_handle(inner)));
    reactor_close(inner);
}

/* The system may allow any depth, or say when it is enough. */
static void a_chain_of_reactors_works_or_is_eloop(void **state)
{
    struct reactor *chain[DEPTH_MAX];
    int depth = 1;
    int error = 0;
    int i;

    (void)handle_of(*state);
    chain[0] = open_reactor();
    while (depth < DEPTH_MAX && error == 0) {
        chain[depth] = open_reactor();
        error = reactor_register(chain[depth],
                                 reactor_backend_handle(chain[depth - 1]),
                                 REACTOR_READABLE, NULL);
        depth++;
    }
    assert_true(error == 0 || error == -ELOOP);
    assert_true(depth > 2);
    assert_ok(reactor_wake(chain[0]));
    for (i = 1; i < (error == 0 ? depth : depth - 1); i++)
        (void)await_event(chain[i], reactor_backend_handle(chain[i - 1]));
    while (depth-- > 0)
        reactor_close(chain[depth]);
}

static void its_number_does_not_change(void **state)
{
    struct reactor *reactor = *state;
    reactor_handle before = reactor_backend_handle(reactor);
    int i;

    for (i = 0; i < 50; i++) {
        struct pair pair = stream_pair();
        reactor_handle twin = duplicate(pair.mine);

        assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
        send_byte(pair.peer);
        close_handle(pair.mine);
        assert_ok(reactor_deregister(reactor, pair.mine));
        assert_silent(reactor);
        assert_true(reactor_backend_handle(reactor) == before);
        close_handle(pair.peer);
        close_handle(twin);
    }
    assert_ok(reactor_shutdown(reactor));
    assert_true(reactor_backend_handle(reactor) == before);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(it_is_readable_while_a_wait_would_report_a_handle),
        CLAIM(it_is_readable_while_a_wake_is_pending),
        CLAIM(it_is_not_readable_for_what_is_silent),
        CLAIM(a_reactor_reports_one_that_has_something_to_report),
        CLAIM(a_wake_of_the_inner_ends_a_wait_of_the_outer),
        CLAIM(changes_do_not_make_it_another_one),
        CLAIM(registering_a_reactor_in_itself_is_einval),
        CLAIM(a_cycle_of_reactors_is_eloop),
        CLAIM(a_chain_of_reactors_works_or_is_eloop),
        CLAIM(its_number_does_not_change),
    };

    return run_claims(claims);
}
