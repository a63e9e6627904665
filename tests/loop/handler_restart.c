/* SPDX-License-Identifier: MIT */
/* Handlers that are started again, many of them, and how they are counted. */
#include "support/allocator.h"
#include "support/loops.h"
#include "support/scale.h"

#include <string.h>

/* ---- Restarted ---- */

static void a_restart_on_another_handle_lets_the_first_go(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch a;
    struct watch b;

    (void)state;
    watch_start(&a, loop, 'a', REACTOR_READABLE);
    watch_init(&b, loop, 'b');
    assert_ok(reactor_handler_start(&a.handler, b.pair.mine, REACTOR_READABLE));
    assert_int_equal(reactor_handler_handle(&a.handler), b.pair.mine);
    send_byte(a.pair.peer);
    assert_nobody(loop);
    assert_ok(reactor_handler_start(&b.handler, a.pair.mine, REACTOR_READABLE));
    assert_int_equal(await_calls(loop), 1);
    assert_string_equal(journal, "b");
    drain(a.pair.mine);
    send_byte(b.pair.peer);
    assert_int_equal(await_calls(loop), 1);
    assert_string_equal(journal, "ba");
    watch_end(&a);
    watch_end(&b);
    reactor_loop_close(loop);
}

static void a_restart_on_the_same_handle_replaces_the_interest(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch a;

    (void)state;
    watch_start(&a, loop, 'a', REACTOR_READABLE);
    send_byte(a.pair.peer);
    assert_ok(reactor_handler_start(&a.handler, a.pair.mine, REACTOR_WRITABLE));
    assert_int_equal(reactor_handler_interest(&a.handler), REACTOR_WRITABLE);
    assert_int_equal(await_calls(loop), 1);
    assert_int_equal(a.probe.readiness, REACTOR_WRITABLE);
    assert_ok(reactor_handler_start(&a.handler, a.pair.mine, 0));
    assert_nobody(loop);
    assert_ok(reactor_handler_start(&a.handler, a.pair.mine,
                                    REACTOR_READABLE | REACTOR_ONESHOT));
    assert_int_equal(await_calls(loop), 1);
    assert_nobody(loop);
    assert_ok(reactor_handler_start(&a.handler, a.pair.mine,
                                    REACTOR_READABLE | REACTOR_ONESHOT));
    assert_int_equal(await_calls(loop), 1);
    assert_nobody(loop);
    watch_end(&a);
    reactor_loop_close(loop);
}

/* The pending update is older than the start. */
static void a_restart_overrides_an_update(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch a;

    (void)state;
    watch_start(&a, loop, 'a', REACTOR_READABLE);
    assert_ok(reactor_handler_update(&a.handler, DIRECTIONS));
    assert_ok(reactor_handler_start(&a.handler, a.pair.mine, REACTOR_READABLE));
    assert_nobody(loop);
    assert_ok(reactor_handler_update(&a.handler, DIRECTIONS));
    assert_int_equal(await_calls(loop), 1);
    assert_int_equal(a.probe.readiness, REACTOR_WRITABLE);
    watch_end(&a);
    reactor_loop_close(loop);
}

/* ---- Many ---- */

#define MANY 3000

/* Linux takes 500 of one file into a set that is in another, as the shim's. */
#define COPIES 400
#define PAIRS  (MANY / COPIES + 1)

static void copy_to(reactor_handle *handles, size_t count, struct pair *pairs)
{
    size_t i;

    for (i = 0; i < PAIRS; i++)
        pairs[i] = stream_pair();
    for (i = 0; i < count; i++)
        handles[i] = duplicate(pairs[i / COPIES].mine);
}

/* Handles that are ready all the time, as far as there are any. */
static void many_handlers_are_all_called(void **state)
{
    static struct reactor_handler handlers[MANY];
    static struct probe probes[MANY];
    static reactor_handle handles[MANY];
    struct reactor_loop *loop = open_loop();
    struct pair pairs[PAIRS];
    size_t most = usable_handles() - (20 + 2 * PAIRS);
    size_t count = scaled(MANY, MANY);
    size_t i;
    int turns;

    (void)state;
    count = count < most ? count : most;
    memset(probes, 0, sizeof(probes));
    copy_to(handles, count, pairs);
    for (i = 0; i < count; i++) {
        reactor_handler_init(&handlers[i], loop, on_ready, &probes[i]);
        assert_ok(
            reactor_handler_start(&handlers[i], handles[i], REACTOR_WRITABLE));
    }
    assert_int_equal(reactor_loop_alive(loop), count);
    /* 256 at a time, and nobody waits for more than twice its turn. */
    for (turns = 0; turns < 2 * (int)(count / 256 + 1); turns++)
        assert_in_range(await_calls(loop), 1, 256);
    for (i = 0; i < count; i++) {
        assert_true(probes[i].calls > 0);
        reactor_handler_stop(&handlers[i]);
        close_handle(handles[i]);
    }
    assert_int_equal(reactor_loop_alive(loop), 0);
    for (i = 0; i < PAIRS; i++)
        close_pair(&pairs[i]);
    reactor_loop_close(loop);
}

/* What was stopped makes room for what is started. */
static void starts_and_stops_use_no_memory_up(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch watches[40];
    size_t allocated = 0;
    size_t i;
    int round;

    (void)state;
    for (i = 0; i < COUNT_OF(watches); i++)
        watch_init(&watches[i], loop, 'a');
    for (round = 0; round < 100; round++) {
        for (i = 0; i < COUNT_OF(watches); i++) {
            struct watch *watch = &watches[i];

            assert_ok(reactor_handler_start(&watch->handler, watch->pair.mine,
                                            REACTOR_READABLE));
            assert_ok(reactor_handler_update(&watch->handler, 0));
            if (i % 3 == 0)
                turn_once(loop);
        }
        if (round == 0)
            allocated = allocated_bytes();
        assert_int_equal(reactor_loop_alive(loop), COUNT_OF(watches));
        for (i = 0; i < COUNT_OF(watches); i++)
            reactor_handler_stop(&watches[i].handler);
        assert_int_equal(reactor_loop_alive(loop), 0);
    }
    assert_int_equal(allocated_bytes(), allocated);
    for (i = 0; i < COUNT_OF(watches); i++)
        watch_end(&watches[i]);
    reactor_loop_close(loop);
}

/* ---- Counted ---- */

static struct reactor_loop_numbers numbers_of(struct reactor_loop *loop)
{
    struct reactor_loop_numbers numbers = {.size = sizeof(numbers)};

    assert_ok(reactor_loop_numbers(loop, &numbers));
    return numbers;
}

/* What was fetched and dropped is an event, and a wake is none. */
static void events_and_calls_are_counted(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_loop_numbers numbers;
    struct watch a;
    struct watch b;
    int i;

    (void)state;
    watch_start(&a, loop, 'a', REACTOR_WRITABLE);
    watch_start(&b, loop, 'b', REACTOR_WRITABLE);
    for (i = 0; i < 3; i++)
        assert_int_equal(await_calls(loop), 2);
    numbers = numbers_of(loop);
    assert_int_equal(numbers.turns, 3);
    assert_int_equal(numbers.events, 6);
    assert_int_equal(numbers.callbacks, 6);
    assert_int_equal(numbers.wakes, 0);

    assert_ok(reactor_loop_stop(loop));
    assert_is_stopped(loop); /* its wake is still to come */
    assert_ok(reactor_handler_update(&b.handler, 0));
    assert_int_equal(await_calls(loop), 1);
    numbers = numbers_of(loop);
    assert_int_equal(numbers.turns, 4);
    assert_int_equal(numbers.events, 8);
    assert_int_equal(numbers.callbacks, 7);
    assert_int_equal(numbers.wakes, 1);
    watch_end(&a);
    watch_end(&b);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_restart_on_another_handle_lets_the_first_go),
        CLAIM_WITHOUT_REACTOR(
            a_restart_on_the_same_handle_replaces_the_interest),
        CLAIM_WITHOUT_REACTOR(a_restart_overrides_an_update),
        CLAIM_WITHOUT_REACTOR(many_handlers_are_all_called),
        CLAIM_WITHOUT_REACTOR(starts_and_stops_use_no_memory_up),
        CLAIM_WITHOUT_REACTOR(events_and_calls_are_counted),
    };

    return run_claims_both_ways(claims);
}
