/* SPDX-License-Identifier: MIT */
/* The stub: what would need a demultiplexer answers -ENOSYS. */
#include "support/allocator.h"
#include "support/claim.h"
#include "support/expect.h"

#include <string.h>

/* No reactor can be opened: any address that is not NULL must do. */
static char anything[1];
static struct reactor *const reactor = (void *)anything;

static void open_is_not_implemented_and_leaves_out_alone(void **state)
{
    struct reactor *out = reactor;

    (void)state;
    assert_error(reactor_open(&out), -ENOSYS);
    assert_ptr_equal(out, reactor);
}

static void what_needs_a_demultiplexer_is_not_implemented(void **state)
{
    struct reactor_event event;

    (void)state;
    assert_error(reactor_register(reactor, 0, REACTOR_READABLE, NULL), -ENOSYS);
    assert_error(reactor_reregister(reactor, 0, REACTOR_READABLE, NULL),
                 -ENOSYS);
    assert_error(reactor_deregister(reactor, 0), -ENOSYS);
    assert_error(reactor_wait(reactor, &event, 1, 0), -ENOSYS);
    assert_error(reactor_wait(reactor, &event, 1, -1), -ENOSYS);
    assert_error(reactor_wait_until(reactor, &event, 1, REACTOR_FOREVER),
                 -ENOSYS);
    assert_error(reactor_wake(reactor), -ENOSYS);
    assert_error(reactor_shutdown(reactor), -ENOSYS);
    assert_error(reactor_after_fork(reactor), -ENOSYS);
}

static void arguments_are_looked_at_first(void **state)
{
    struct reactor_event event;

    (void)state;
    assert_error(reactor_open(NULL), -EINVAL);
    assert_error(reactor_register(NULL, 0, REACTOR_READABLE, NULL), -EINVAL);
    assert_error(reactor_register(reactor, 0, REACTOR_ERROR, NULL), -EINVAL);
    assert_error(reactor_register(reactor, 0, INTEREST_MIXES, NULL), -EINVAL);
    assert_error(reactor_reregister(NULL, 0, REACTOR_READABLE, NULL), -EINVAL);
    assert_error(reactor_reregister(reactor, 0, REACTOR_WAKE, NULL), -EINVAL);
    assert_error(reactor_deregister(NULL, 0), -EINVAL);
    assert_error(reactor_wait(NULL, &event, 1, 0), -EINVAL);
    assert_error(reactor_wait(reactor, NULL, 1, 0), -EINVAL);
    assert_error(reactor_wait(reactor, &event, 0, 0), -EINVAL);
    assert_error(reactor_wait(reactor, &event, 1, -2), -EINVAL);
    assert_error(reactor_wait_until(NULL, &event, 1, 0), -EINVAL);
    assert_error(reactor_wait_until(reactor, NULL, 1, 0), -EINVAL);
    assert_error(reactor_wait_until(reactor, &event, 0, 0), -EINVAL);
    assert_error(reactor_wake(NULL), -EINVAL);
    assert_error(reactor_shutdown(NULL), -EINVAL);
    assert_error(reactor_after_fork(NULL), -EINVAL);
}

static void the_name_is_stub_and_no_interest_is_supported(void **state)
{
    (void)state;
    assert_string_equal(reactor_backend_name(), "stub");
    assert_int_equal(reactor_supported_interest(), 0);
    assert_true(reactor_backend_handle(reactor) == REACTOR_INVALID_HANDLE);
}

static void an_allocator_is_all_functions_or_none(void **state)
{
    (void)state;
    assert_error(reactor_set_allocator(NULL, count_reallocate, count_release),
                 -EINVAL);
    assert_error(reactor_set_allocator(count_allocate, NULL, count_release),
                 -EINVAL);
    assert_error(reactor_set_allocator(count_allocate, count_reallocate, NULL),
                 -EINVAL);
    assert_ok(
        reactor_set_allocator(count_allocate, count_reallocate, count_release));
    assert_ok(reactor_set_allocator(NULL, NULL, NULL));
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(open_is_not_implemented_and_leaves_out_alone),
        cmocka_unit_test(what_needs_a_demultiplexer_is_not_implemented),
        cmocka_unit_test(arguments_are_looked_at_first),
        cmocka_unit_test(the_name_is_stub_and_no_interest_is_supported),
        cmocka_unit_test(an_allocator_is_all_functions_or_none),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
