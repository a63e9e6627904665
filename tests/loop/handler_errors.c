/* SPDX-License-Identifier: MIT */
/* What handlers are refused, and what becomes of those closed without a stop.
 */
#include "support/loops.h"

#include <string.h>

/* ---- A start that fails ---- */

/* It watches its pair as before; an update that was pending still is. */
static void assert_as_it_was(struct watch *watch)
{
    uint32_t interest = reactor_handler_interest(&watch->handler);

    assert_int_equal(interest, DIRECTIONS);
    assert_int_equal(reactor_handler_handle(&watch->handler), watch->pair.mine);
    assert_int_equal(reactor_loop_alive(watch->probe.loop), 1);
    await_calls(watch->probe.loop);
    assert_int_equal(watch->probe.readiness, DIRECTIONS);
}

/* Of an idle handler, and of an active one with an update pending. */
static void assert_refused(struct reactor_loop *loop, reactor_handle handle,
                           uint32_t interest, int error)
{
    struct watch a;

    watch_init(&a, loop, 'a');
    assert_error(reactor_handler_start(&a.handler, handle, interest), error);
    assert_int_equal(reactor_handler_is_active(&a.handler), 0);
    assert_int_equal(reactor_loop_alive(loop), 0);

    send_byte(a.pair.peer);
    assert_ok(reactor_handler_start(&a.handler, a.pair.mine, REACTOR_WRITABLE));
    assert_ok(reactor_handler_update(&a.handler, DIRECTIONS));
    assert_error(reactor_handler_start(&a.handler, handle, interest), error);
    assert_as_it_was(&a);
    watch_end(&a);
    assert_int_equal(reactor_loop_alive(loop), 0);
}

static void a_handle_that_is_not_open_is_refused(void **state)
{
    struct reactor_loop *loop = open_loop();

    (void)state;
    assert_refused(loop, REACTOR_INVALID_HANDLE, REACTOR_READABLE, -EBADF);
    assert_refused(loop, highest_number(), REACTOR_READABLE, -EBADF);
    assert_refused(loop, (reactor_handle)1000000000, 0, -EBADF);
    assert_refused(loop, highest_number(), 0x100, -EINVAL);
    reactor_loop_close(loop);
}

static void a_handle_that_was_closed_is_refused(void **state)
{
    struct reactor_loop *loop = open_loop();
    reactor_handle closed;
    struct watch a;

    (void)state;
    watch_init(&a, loop, 'a');
    closed = closed_handle();
    assert_error(reactor_handler_start(&a.handler, closed, REACTOR_READABLE),
                 -EBADF);
    assert_ok(reactor_handler_start(&a.handler, a.pair.mine, DIRECTIONS));
    send_byte(a.pair.peer);
    assert_error(reactor_handler_start(&a.handler, closed, REACTOR_READABLE),
                 -EBADF);
    assert_as_it_was(&a);
    watch_end(&a);
    reactor_loop_close(loop);
}

static void what_never_blocks_is_refused(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct named_handle unpollable[8];
    size_t count = open_unpollable(unpollable, COUNT_OF(unpollable));
    size_t i;

    (void)state;
    for (i = 0; i < count; i++) {
        assert_refused(loop, unpollable[i].handle, REACTOR_READABLE, -EPERM);
        assert_refused(loop, unpollable[i].handle, 0, -EPERM);
        close_handle(unpollable[i].handle);
    }
    reactor_loop_close(loop);
}

static void interest_that_is_none_is_refused(void **state)
{
    static const uint32_t wrong[] = {
        REACTOR_READ_CLOSED,
        REACTOR_WRITE_CLOSED,
        REACTOR_ERROR,
        REACTOR_WAKE,
        0x200,
        REACTOR_READABLE | 0x80000000,
    };
    struct reactor_loop *loop = open_loop();
    struct pair pair = stream_pair();
    uint32_t mix;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(wrong); i++)
        assert_refused(loop, pair.mine, wrong[i], -EINVAL);
    for (mix = 0; mix < INTEREST_MIXES; mix++)
        if (!is_supported(mix))
            assert_refused(loop, pair.mine, mix, -ENOTSUP);
    close_pair(&pair);
    reactor_loop_close(loop);
}

static void the_loops_own_handle_is_refused(void **state)
{
    struct reactor_loop *loop = open_loop();
    reactor_handle own = reactor_loop_backend_handle(loop);

    (void)state;
    if (own != REACTOR_INVALID_HANDLE)
        assert_refused(loop, own, REACTOR_READABLE, -EINVAL);
    reactor_loop_close(loop);
}

static void loops_that_watch_each_other_are_refused(void **state)
{
    struct reactor_loop *outer = open_loop();
    struct reactor_loop *inner = open_loop();
    reactor_handle handle = reactor_loop_backend_handle(inner);
    struct probe probe;
    struct reactor_handler handler;

    (void)state;
    memset(&probe, 0, sizeof(probe));
    reactor_handler_init(&handler, outer, on_ready, &probe);
    if (handle != REACTOR_INVALID_HANDLE) {
        assert_ok(reactor_handler_start(&handler, handle, REACTOR_READABLE));
        assert_refused(inner, reactor_loop_backend_handle(outer),
                       REACTOR_READABLE, -ELOOP);
        reactor_handler_stop(&handler);
    }
    reactor_loop_close(inner);
    reactor_loop_close(outer);
}

static void what_another_handler_has_is_refused(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch a;
    struct watch b;

    (void)state;
    watch_start(&a, loop, 'a', REACTOR_READABLE);
    watch_start(&b, loop, 'b', REACTOR_READABLE);
    assert_error(
        reactor_handler_start(&b.handler, a.pair.mine, REACTOR_WRITABLE),
        -EEXIST);
    assert_int_equal(reactor_handler_handle(&b.handler), b.pair.mine);
    send_byte(a.pair.peer);
    send_byte(b.pair.peer);
    assert_int_equal(await_calls(loop), 2);
    assert_int_equal(a.probe.calls, 1);
    assert_int_equal(a.probe.readiness, REACTOR_READABLE);
    assert_int_equal(b.probe.calls, 1);
    reactor_handler_stop(&a.handler);
    assert_ok(reactor_handler_start(&b.handler, a.pair.mine, REACTOR_READABLE));
    assert_int_equal(await_calls(loop), 1);
    assert_int_equal(b.probe.calls, 2);
    watch_end(&a);
    watch_end(&b);
    reactor_loop_close(loop);
}

static void a_handle_can_be_in_two_loops(void **state)
{
    struct reactor_loop *other = open_loop();
    struct reactor_loop *loop = open_loop();
    struct watch a;
    struct watch b;

    (void)state;
    watch_start(&a, loop, 'a', REACTOR_READABLE);
    watch_init(&b, other, 'b');
    assert_ok(reactor_handler_start(&b.handler, a.pair.mine, REACTOR_READABLE));
    send_byte(a.pair.peer);
    assert_int_equal(await_calls(loop), 1);
    assert_int_equal(await_calls(other), 1);
    reactor_handler_stop(&a.handler);
    assert_nobody(loop);
    assert_int_equal(await_calls(other), 1);
    assert_string_equal(journal, "abb");
    watch_end(&b);
    watch_end(&a);
    reactor_loop_close(loop);
    reactor_loop_close(other);
}

/* ---- An update that fails ---- */

static void an_update_of_an_idle_handler_is_refused(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch a;

    (void)state;
    watch_init(&a, loop, 'a');
    assert_error(reactor_handler_update(&a.handler, REACTOR_READABLE), -ENOENT);
    assert_error(reactor_handler_update(&a.handler, 0), -ENOENT);
    assert_error(reactor_handler_update(&a.handler, REACTOR_WAKE), -EINVAL);
    if (!is_supported(REACTOR_EDGE))
        assert_error(reactor_handler_update(&a.handler, REACTOR_EDGE),
                     -ENOTSUP);
    assert_ok(reactor_handler_start(&a.handler, a.pair.mine, DIRECTIONS));
    reactor_handler_stop(&a.handler);
    assert_error(reactor_handler_update(&a.handler, REACTOR_READABLE), -ENOENT);
    assert_nobody(loop);
    watch_end(&a);
    reactor_loop_close(loop);
}

static void an_update_to_what_is_no_interest_changes_nothing(void **state)
{
    static const uint32_t wrong[] = {REACTOR_READ_CLOSED, REACTOR_WRITE_CLOSED,
                                     REACTOR_ERROR, REACTOR_WAKE, 0x80000000};
    struct reactor_loop *loop = open_loop();
    struct watch a;
    uint32_t mix;
    size_t i;

    (void)state;
    watch_start(&a, loop, 'a', DIRECTIONS);
    send_byte(a.pair.peer);
    for (i = 0; i < COUNT_OF(wrong); i++) {
        assert_error(reactor_handler_update(&a.handler, wrong[i]), -EINVAL);
        assert_as_it_was(&a);
    }
    for (mix = 0; mix < INTEREST_MIXES; mix++)
        if (!is_supported(mix)) {
            assert_error(reactor_handler_update(&a.handler, mix), -ENOTSUP);
            assert_as_it_was(&a);
        }
    watch_end(&a);
    reactor_loop_close(loop);
}

/* ---- Closed without a stop ---- */

/* A handler whose handle is closed, with nothing else referring to it. */
static void start_and_close(struct watch *watch, struct reactor_loop *loop,
                            char name, uint32_t interest)
{
    watch_start(watch, loop, name, interest);
    close_handle(watch->pair.mine);
}

static void end_closed(struct watch *watch)
{
    reactor_handler_stop(&watch->handler);
    close_handle(watch->pair.peer);
}

static void a_handle_closed_without_a_stop_is_survived(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch closed;
    struct watch a;
    int i;

    (void)state;
    start_and_close(&closed, loop, 'c', REACTOR_READABLE);
    watch_start(&a, loop, 'a', REACTOR_READABLE);
    for (i = 0; i < 3; i++)
        turn_once(loop);
    assert_nobody(loop);
    send_byte(a.pair.peer);
    await_count(loop, &a.probe, 1);
    drain(a.pair.mine);
    end_closed(&closed);
    assert_nobody(loop);
    assert_int_equal(reactor_loop_alive(loop), 1);
    watch_end(&a);
    reactor_loop_close(loop);
}

static void a_loop_can_be_closed_with_handles_that_were(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch closed;

    (void)state;
    start_and_close(&closed, loop, 'c', REACTOR_READABLE);
    assert_ok(reactor_handler_update(&closed.handler, DIRECTIONS));
    reactor_loop_close(loop);
    assert_int_equal(reactor_handler_is_active(&closed.handler), 0);
    end_closed(&closed);
}

/* D2: what goes on through the duplicate is over with the stop. */
static void a_stop_ends_what_a_duplicate_keeps_up(void **state)
{
    struct reactor_loop *loop = open_loop();
    reactor_handle twin;
    struct watch a;

    (void)state;
    watch_init(&a, loop, 'a');
    twin = duplicate(a.pair.mine);
    assert_ok(reactor_handler_start(&a.handler, a.pair.mine, REACTOR_READABLE));
    close_handle(a.pair.mine);
    send_byte(a.pair.peer);
    turn_once(loop);
    end_closed(&a);
    forget_calls();
    assert_nobody(loop);
    assert_nobody(loop);
    assert_string_equal(journal, "");
    close_handle(twin);
    reactor_loop_close(loop);
}

/* `old` was closed without a stop; `fresh` has its number. False: can't be. */
static bool reuse_number(struct reactor_loop *loop, struct watch *old,
                         struct watch *fresh)
{
    reactor_handle number;
    int error;

    watch_start(old, loop, 'o', REACTOR_READABLE);
    watch_init(fresh, loop, 'f');
    number = old->pair.mine;
    if (!move_to_number(fresh->pair.mine, number))
        return false;
    fresh->pair.mine = number;
    error = reactor_handler_start(&fresh->handler, number, REACTOR_READABLE);
    if (error == -EEXIST) { /* docs/semantics.md: after a wait at the latest */
        turn_once(loop);
        error =
            reactor_handler_start(&fresh->handler, number, REACTOR_READABLE);
    }
    assert_ok(error);
    return true;
}

static void assert_called_alone(struct reactor_loop *loop, struct watch *watch)
{
    forget_calls();
    send_byte(watch->pair.peer);
    await_count(loop, &watch->probe, watch->probe.calls + 1);
    assert_int_equal(journal[0], watch->probe.name);
    assert_int_equal(strlen(journal), 1);
    drain(watch->pair.mine);
    assert_nobody(loop);
}

static void stopping_who_was_closed_does_not_stop_the_next_owner(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch old;
    struct watch fresh;

    (void)state;
    if (!reuse_number(loop, &old, &fresh)) {
        watch_end(&old);
        close_handle(fresh.pair.peer);
        reactor_loop_close(loop);
        skip_because("no handle has a number of our choice here");
    }
    assert_called_alone(loop, &fresh);
    end_closed(&old);
    assert_int_equal(reactor_loop_alive(loop), 1);
    assert_called_alone(loop, &fresh);
    watch_end(&fresh);
    assert_nobody(loop);
    reactor_loop_close(loop);
}

static void
updating_who_was_closed_takes_nothing_from_the_next_owner(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch old;
    struct watch fresh;

    (void)state;
    if (!reuse_number(loop, &old, &fresh)) {
        watch_end(&old);
        close_handle(fresh.pair.peer);
        reactor_loop_close(loop);
        skip_because("no handle has a number of our choice here");
    }
    assert_ok(reactor_handler_update(&old.handler, DIRECTIONS));
    assert_int_equal(await_calls(loop), 1);
    assert_int_equal(old.probe.readiness, REACTOR_ERROR | DIRECTIONS);
    assert_nobody(loop);
    assert_called_alone(loop, &fresh);
    assert_error(
        reactor_handler_start(&old.handler, fresh.pair.mine, DIRECTIONS),
        -EEXIST);
    assert_called_alone(loop, &fresh);
    end_closed(&old);
    assert_called_alone(loop, &fresh);
    watch_end(&fresh);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_handle_that_is_not_open_is_refused),
        CLAIM_WITHOUT_REACTOR(a_handle_that_was_closed_is_refused),
        CLAIM_WITHOUT_REACTOR(what_never_blocks_is_refused),
        CLAIM_WITHOUT_REACTOR(interest_that_is_none_is_refused),
        CLAIM_WITHOUT_REACTOR(the_loops_own_handle_is_refused),
        CLAIM_WITHOUT_REACTOR(loops_that_watch_each_other_are_refused),
        CLAIM_WITHOUT_REACTOR(what_another_handler_has_is_refused),
        CLAIM_WITHOUT_REACTOR(a_handle_can_be_in_two_loops),
        CLAIM_WITHOUT_REACTOR(an_update_of_an_idle_handler_is_refused),
        CLAIM_WITHOUT_REACTOR(an_update_to_what_is_no_interest_changes_nothing),
        CLAIM_WITHOUT_REACTOR(a_handle_closed_without_a_stop_is_survived),
        CLAIM_WITHOUT_REACTOR(a_loop_can_be_closed_with_handles_that_were),
        CLAIM_WITHOUT_REACTOR(a_stop_ends_what_a_duplicate_keeps_up),
        CLAIM_WITHOUT_REACTOR(
            stopping_who_was_closed_does_not_stop_the_next_owner),
        CLAIM_WITHOUT_REACTOR(
            updating_who_was_closed_takes_nothing_from_the_next_owner),
    };

    return run_claims_both_ways(claims);
}
