/* SPDX-License-Identifier: MIT */
/* Words for errors: whatever the number is, and the same ones every time. */
#include "support/claim.h"

#include <limits.h>
#include <string.h>

/* Larger than any errno value of any system. */
#define ERRORS_END 100000

static void words_begin_with_the_name(void **state)
{
    (void)state;
    assert_ptr_equal(strstr(reactor_strerror(-EINVAL), "EINVAL: "),
                     reactor_strerror(-EINVAL));
    assert_ptr_equal(strstr(reactor_strerror(-ETIMEDOUT), "ETIMEDOUT: "),
                     reactor_strerror(-ETIMEDOUT));
}

static void zero_is_success_and_a_count_is_unknown(void **state)
{
    (void)state;
    assert_string_equal(reactor_strerror(0), "success");
    assert_string_equal(reactor_strerror(EINVAL), "unknown error");
    assert_string_equal(reactor_strerror(1), "unknown error");
    assert_string_equal(reactor_strerror(INT_MAX), "unknown error");
    assert_string_equal(reactor_strerror(INT_MIN), "unknown error");
}

/* A name is a word in capitals, and each stands for one number. */
static void every_known_error_has_its_own_words(void **state)
{
    const char *known[200] = {NULL};
    size_t count = 0;
    size_t i;
    int error;

    (void)state;
    for (error = 1; error < ERRORS_END; error++) {
        const char *words = reactor_strerror(-error);

        assert_non_null(words);
        if (strcmp(words, "unknown error") == 0)
            continue;
        assert_true(count < COUNT_OF(known));
        assert_int_equal(words[0], 'E');
        assert_non_null(strstr(words, ": "));
        for (i = 0; i < count; i++)
            assert_string_not_equal(strchr(words, ':'), strchr(known[i], ':'));
        known[count++] = words;
    }
    assert_true(count >= 40);
}

static void errno_is_left_alone(void **state)
{
    (void)state;
    errno = EDOM;
    (void)reactor_strerror(-EINVAL);
    (void)reactor_strerror(-ERRORS_END);
    assert_int_equal(errno, EDOM);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(words_begin_with_the_name),
        cmocka_unit_test(zero_is_success_and_a_count_is_unknown),
        cmocka_unit_test(every_known_error_has_its_own_words),
        cmocka_unit_test(errno_is_left_alone),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
