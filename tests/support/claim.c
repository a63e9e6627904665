/* SPDX-License-Identifier: MIT */
#include "support/claim.h"

#include "support/allocator.h"
#include "support/handles.h"

static size_t handles_before;
static size_t allocations_before;

/*
 * valgrind 3.19 does not let the stack grow for a handler with SA_ONSTACK, not
 * even where there is no other stack: so it has grown before.
 */
static void have_stack(void)
{
    volatile char stack[128 * 1024];

    stack[0] = 0;
    (void)stack[0];
}

int claims_begin(void **state)
{
    (void)state;
    have_stack();
    return reactor_set_allocator(count_allocate, count_reallocate,
                                 count_release);
}

int claims_end(void **state)
{
    (void)state;
    return reactor_set_allocator(NULL, NULL, NULL);
}

int claim_begin_bare(void **state)
{
    handles_before = count_open_handles();
    allocations_before = live_allocations();
    *state = NULL;
    return 0;
}

int claim_begin(void **state)
{
    claim_begin_bare(state);
    *state = open_reactor();
    return 0;
}

int claim_end(void **state)
{
    reactor_close(*state);
    assert_int_equal(count_open_handles(), handles_before);
    assert_int_equal(live_allocations(), allocations_before);
    return 0;
}

struct reactor *open_reactor(void)
{
    struct reactor *reactor = NULL;

    assert_ok(reactor_open(&reactor));
    assert_non_null(reactor);
    return reactor;
}
