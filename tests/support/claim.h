/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_CLAIM_H
#define SUPPORT_CLAIM_H

/*
 * A test program is a list of claims. Each gets a fresh reactor as its *state;
 * afterwards the reactor is closed, and handles and allocations must be as many
 * as before. A claim that closes the reactor itself sets *state to NULL.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <reactor.h>

#define CLAIM(function)                                                        \
    cmocka_unit_test_setup_teardown(function, claim_begin, claim_end)

/* For claims that open their reactors themselves: *state is NULL. */
#define CLAIM_WITHOUT_REACTOR(function)                                        \
    cmocka_unit_test_setup_teardown(function, claim_begin_bare, claim_end)

#define run_claims(claims)                                                     \
    cmocka_run_group_tests(claims, claims_begin, claims_end)

#define skip_because(reason)                                                   \
    do {                                                                       \
        print_message("skipped: %s\n", reason);                                \
        skip();                                                                \
    } while (0)

#define assert_ok(call)              assert_int_equal(call, 0)
#define assert_error(call, expected) assert_int_equal(call, expected)

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

int claims_begin(void **state);
int claims_end(void **state);
int claim_begin(void **state);
int claim_begin_bare(void **state);
int claim_end(void **state);

/* Opens one more reactor; the claim closes it. */
struct reactor *open_reactor(void);

#endif /* SUPPORT_CLAIM_H */
