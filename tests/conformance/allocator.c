/* SPDX-License-Identifier: MIT */
/* The allocator, and rule 14 as far as memory goes. */
#include "support/allocator.h"

#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"

static void an_allocator_is_all_functions_or_none(void **state)
{
    (void)state;
    assert_error(reactor_set_allocator(NULL, count_reallocate, count_release),
                 -EINVAL);
    assert_error(reactor_set_allocator(count_allocate, NULL, count_release),
                 -EINVAL);
    assert_error(reactor_set_allocator(count_allocate, count_reallocate, NULL),
                 -EINVAL);
    assert_error(reactor_set_allocator(count_allocate, NULL, NULL), -EINVAL);
    assert_error(reactor_set_allocator(NULL, NULL, count_release), -EINVAL);
}

static void an_allocator_cannot_be_changed_under_an_open_reactor(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    assert_error(reactor_set_allocator(NULL, NULL, NULL), -EBUSY);
    assert_error(
        reactor_set_allocator(count_allocate, count_reallocate, count_release),
        -EBUSY);
    assert_error(reactor_set_allocator(NULL, NULL, count_release), -EINVAL);
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    retire_pair(reactor, &pair);
}

static void one_reactor_of_two_keeps_the_allocator(void **state)
{
    struct reactor *first = open_reactor();
    struct reactor *second = open_reactor();

    (void)state;
    reactor_close(first);
    assert_error(reactor_set_allocator(NULL, NULL, NULL), -EBUSY);
    reactor_close(second);
    assert_ok(reactor_set_allocator(NULL, NULL, NULL));
    assert_ok(
        reactor_set_allocator(count_allocate, count_reallocate, count_release));
}

static void reactors_can_be_closed_in_any_order(void **state)
{
    static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                    {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    size_t i;
    int k;

    (void)state;
    for (i = 0; i < COUNT_OF(orders); i++) {
        struct reactor *reactors[3] = {open_reactor(), open_reactor(),
                                       open_reactor()};

        for (k = 0; k < 3; k++) {
            assert_error(reactor_set_allocator(NULL, NULL, NULL), -EBUSY);
            assert_works(reactors[orders[i][k]]);
            reactor_close(reactors[orders[i][k]]);
        }
        assert_ok(reactor_set_allocator(count_allocate, count_reallocate,
                                        count_release));
    }
}

static void the_allocator_is_what_gets_used(void **state)
{
    size_t calls = allocation_calls();
    size_t live = live_allocations();
    struct reactor *reactor;

    (void)state;
    reactor = open_reactor();
    assert_true(allocation_calls() > calls);
    assert_true(live_allocations() > live);
    reactor_close(reactor);
    assert_int_equal(live_allocations(), live);
}

static void three_nulls_bring_back_the_c_library(void **state)
{
    size_t calls = allocation_calls();
    struct reactor *reactor;

    (void)state;
    assert_ok(reactor_set_allocator(NULL, NULL, NULL));
    reactor = open_reactor();
    reactor_close(reactor);
    assert_int_equal(allocation_calls(), calls);
    assert_ok(
        reactor_set_allocator(count_allocate, count_reallocate, count_release));
}

static void open_without_memory_is_enomem_and_leaves_out_alone(void **state)
{
    char anything;
    struct reactor *const untouched = (void *)&anything;
    struct reactor *reactor;
    size_t handles = count_open_handles();
    size_t live = live_allocations();
    size_t allowed = 0;
    int error;

    (void)state;
    do {
        reactor = untouched;
        limit_allocations(allowed++);
        error = reactor_open(&reactor);
        limit_allocations(SIZE_MAX);
        if (error != 0) {
            assert_error(error, -ENOMEM);
            assert_ptr_equal(reactor, untouched);
            assert_int_equal(count_open_handles(), handles);
            assert_int_equal(live_allocations(), live);
        }
    } while (error != 0);
    assert_true(allowed > 1);
    reactor_close(reactor);
}

#define PAIR_COUNT 400

/* Every allocation that growing needs fails once. */
static void register_without_memory_is_enomem_and_changes_nothing(void **state)
{
    struct reactor *reactor = *state;
    static struct pair pairs[PAIR_COUNT];
    struct reactor_event event;
    unsigned refusals = 0;
    size_t i;

    for (i = 0; i < PAIR_COUNT; i++) {
        size_t allowed = 0;
        int error;

        pairs[i] = stream_pair();
        do {
            limit_allocations(allowed++);
            error = reactor_register(reactor, pairs[i].mine, REACTOR_READABLE,
                                     &pairs[i]);
            limit_allocations(SIZE_MAX);
            if (error == 0)
                continue;
            refusals++;
            assert_error(error, -ENOMEM);
            assert_error(reactor_deregister(reactor, pairs[i].mine), -ENOENT);
            assert_int_equal(reactor_wait(reactor, &event, 1, 0), 0);
        } while (error != 0);
    }
    assert_true(refusals > 0);
    for (i = 0; i < PAIR_COUNT; i++) {
        send_byte(pairs[i].peer);
        assert_ptr_equal(await_event(reactor, pairs[i].mine).user_data,
                         &pairs[i]);
        retire_pair(reactor, &pairs[i]);
    }
}

static void what_is_registered_needs_no_more_memory(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    int i;

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    send_byte(pair.peer);
    limit_allocations(0);
    for (i = 0; i < 100; i++) {
        (void)await_event(reactor, pair.mine);
        assert_ok(
            reactor_reregister(reactor, pair.mine, REACTOR_READABLE, NULL));
    }
    assert_ok(reactor_deregister(reactor, pair.mine));
    assert_ok(reactor_wake(reactor));
    await_wake(reactor);
    assert_ok(reactor_shutdown(reactor));
    limit_allocations(SIZE_MAX);
    close_pair(&pair);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(an_allocator_is_all_functions_or_none),
        CLAIM(an_allocator_cannot_be_changed_under_an_open_reactor),
        CLAIM_WITHOUT_REACTOR(one_reactor_of_two_keeps_the_allocator),
        CLAIM_WITHOUT_REACTOR(reactors_can_be_closed_in_any_order),
        CLAIM_WITHOUT_REACTOR(the_allocator_is_what_gets_used),
        CLAIM_WITHOUT_REACTOR(three_nulls_bring_back_the_c_library),
        CLAIM_WITHOUT_REACTOR(
            open_without_memory_is_enomem_and_leaves_out_alone),
        CLAIM(register_without_memory_is_enomem_and_changes_nothing),
        CLAIM(what_is_registered_needs_no_more_memory),
    };

    return run_claims(claims);
}
