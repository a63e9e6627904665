/* SPDX-License-Identifier: MIT */
/* What the library says of itself, on every backend, the stub included. */
#include "support/claim.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#define BITS                                                                   \
    (REACTOR_READABLE | REACTOR_WRITABLE | REACTOR_PRIORITY | REACTOR_EDGE |   \
     REACTOR_ONESHOT)

static void the_bits_are_those_that_other_programs_were_built_with(void **state)
{
    (void)state;
    assert_int_equal(REACTOR_READABLE, 0x01);
    assert_int_equal(REACTOR_WRITABLE, 0x02);
    assert_int_equal(REACTOR_PRIORITY, 0x04);
    assert_int_equal(REACTOR_EDGE, 0x08);
    assert_int_equal(REACTOR_ONESHOT, 0x10);
    assert_int_equal(REACTOR_READ_CLOSED, 0x20);
    assert_int_equal(REACTOR_WRITE_CLOSED, 0x40);
    assert_int_equal(REACTOR_ERROR, 0x80);
    assert_int_equal(REACTOR_WAKE, 0x100);
    assert_true(REACTOR_FOREVER == INT64_MAX);
    assert_true(REACTOR_INVALID_HANDLE == (reactor_handle)-1);
}

static void the_backend_has_one_of_the_documented_names(void **state)
{
    static const char *const names[] = {"epoll", "kqueue", "io_uring",
                                        "iocp",  "poll",   "stub"};
    bool found = false;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(names); i++)
        found |= strcmp(reactor_backend_name(), names[i]) == 0;
    assert_true(found);
}

static void supported_interest_has_no_other_bits(void **state)
{
    uint32_t supported = reactor_supported_interest();

    (void)state;
    assert_int_equal(supported & ~(uint32_t)BITS, 0);
    if (strcmp(reactor_backend_name(), "stub") == 0)
        assert_int_equal(supported, 0);
    else
        assert_int_not_equal(supported & REACTOR_READABLE, 0);
}

static void the_library_has_the_version_of_its_header(void **state)
{
    char expected[64];

    (void)state;
    snprintf(expected, sizeof(expected), "%d.%d.%d", REACTOR_VERSION_MAJOR,
             REACTOR_VERSION_MINOR, REACTOR_VERSION_PATCH);
    assert_string_equal(reactor_version(), expected);
    assert_true(REACTOR_VERSION < REACTOR_VERSION_OF(REACTOR_VERSION_MAJOR,
                                                     REACTOR_VERSION_MINOR + 1,
                                                     0));
}

/* Every error that reactor.h documents. */
static const int documented[] = {
    -EINVAL, -ECHILD, -EBUSY,  -ECANCELED, -ENOTSUP, -EBADF,  -EEXIST, -ENOENT,
    -EMFILE, -ENFILE, -ENOMEM, -EPERM,     -ENOSYS,  -ENOSPC, -ELOOP};

static void every_documented_error_has_words_of_its_own(void **state)
{
    size_t i;
    size_t k;

    (void)state;
    for (i = 0; i < COUNT_OF(documented); i++) {
        const char *words = reactor_strerror(documented[i]);

        assert_non_null(words);
        assert_true(strlen(words) > 0);
        assert_string_not_equal(words, reactor_strerror(INT_MIN));
        for (k = 0; k < i; k++)
            assert_string_not_equal(words, reactor_strerror(documented[k]));
    }
}

static void the_words_for_an_error_are_constant(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(documented); i++)
        assert_ptr_equal(reactor_strerror(documented[i]),
                         reactor_strerror(documented[i]));
}

static void what_is_no_error_has_words_too(void **state)
{
    static const int codes[] = {0, 1, INT_MAX, INT_MIN, -99999};
    char before[COUNT_OF(codes)][100];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(codes); i++)
        (void)snprintf(before[i], sizeof(before[i]), "%s",
                       reactor_strerror(codes[i]));
    for (i = 0; i < COUNT_OF(codes); i++) {
        const char *words = reactor_strerror(codes[i]);

        (void)reactor_strerror(codes[(i + 1) % COUNT_OF(codes)]);
        assert_string_equal(words, before[i]);
    }
    assert_string_not_equal(reactor_strerror(0), reactor_strerror(INT_MIN));
}

static void the_clock_never_goes_back(void **state)
{
    int64_t before = reactor_now_ns();
    int i;

    (void)state;
    assert_true(before >= 0);
    for (i = 0; i < 1000; i++) {
        int64_t now = reactor_now_ns();

        assert_true(now >= before);
        before = now;
    }
}

static void the_clock_goes_on(void **state)
{
    int64_t start = reactor_now_ns();

    (void)state;
    while (reactor_now_ns() == start)
        continue;
    assert_true(reactor_now_ns() > start);
}

static void closing_nothing_does_nothing(void **state)
{
    (void)state;
    reactor_close(NULL);
}

static void no_reactor_has_no_backend_handle(void **state)
{
    (void)state;
    assert_true(reactor_backend_handle(NULL) == REACTOR_INVALID_HANDLE);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(
            the_bits_are_those_that_other_programs_were_built_with),
        cmocka_unit_test(the_backend_has_one_of_the_documented_names),
        cmocka_unit_test(supported_interest_has_no_other_bits),
        cmocka_unit_test(the_library_has_the_version_of_its_header),
        cmocka_unit_test(every_documented_error_has_words_of_its_own),
        cmocka_unit_test(the_words_for_an_error_are_constant),
        cmocka_unit_test(what_is_no_error_has_words_too),
        cmocka_unit_test(the_clock_never_goes_back),
        cmocka_unit_test(the_clock_goes_on),
        cmocka_unit_test(closing_nothing_does_nothing),
        cmocka_unit_test(no_reactor_has_no_backend_handle),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
