/* SPDX-License-Identifier: MIT */
#include "examples/program.h"

#include <string.h>

static void assert_prints(const char *const numbers[],
                          const char *const lines[])
{
    struct program_setup setup = {.path = OFFLOAD};
    struct program program;
    size_t i;

    for (i = 0; numbers[i] != NULL; i++)
        setup.arguments[i] = numbers[i];
    assert_int_equal(program_run(&program, &setup), 0);
    for (i = 0; lines[i] != NULL; i++)
        assert_non_null(strstr(program.text, lines[i]));
    program_free(&program);
}

static void each_number_is_counted(void **state)
{
    static const char *const numbers[] = {"10", "0", "100000", "3", NULL};
    static const char *const lines[] = {
        "4 primes below 10\n", "0 primes below 0\n",
        "9592 primes below 100000\n", "1 primes below 3\n", NULL};

    (void)state;
    assert_prints(numbers, lines);
}

/* Several times as long as a tick, whatever the machine. */
static void the_loop_ticks_meanwhile(void **state)
{
    static const char *const numbers[] = {"1000000", "1000000", NULL};
    static const char *const lines[] = {"tick 1\n", "tick 2\n",
                                        "78498 primes below 1000000\n", NULL};

    (void)state;
    assert_prints(numbers, lines);
}

static void without_numbers_it_ends_at_once(void **state)
{
    static const struct program_setup setup = {.path = OFFLOAD};
    struct program program;

    (void)state;
    assert_int_equal(program_run(&program, &setup), 0);
    assert_int_equal(program.length, 0);
    program_free(&program);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        PROGRAM_CLAIM(each_number_is_counted),
        PROGRAM_CLAIM(the_loop_ticks_meanwhile),
        PROGRAM_CLAIM(without_numbers_it_ends_at_once),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
