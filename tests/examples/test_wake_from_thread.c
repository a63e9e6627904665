/* SPDX-License-Identifier: MIT */
#include "examples/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct program_setup setup = {.path = WAKE_FROM_THREAD};

static void a_line_is_handed_over_while_more_are_awaited(void **state)
{
    struct program program;

    (void)state;
    program_start(&program, &setup);
    program_write(&program, "one\n", 4);
    program_await(&program, "got: one");
    program_write(&program, "two\n", 4);
    program_await(&program, "got: two");
    program_end_input(&program);
    assert_int_equal(program_finish(&program), 0);
    program_free(&program);
}

static void none_of_many_lines_is_lost_and_order_is_kept(void **state)
{
    enum { LINES = 10000, LONGEST = 16 };
    char *input = malloc(LINES * LONGEST), *expected = malloc(LINES * LONGEST);
    size_t in = 0, out = 0;
    struct program program;

    (void)state;
    assert_true(input != NULL && expected != NULL);
    for (int i = 0; i < LINES; i++) {
        in += (size_t)sprintf(input + in, "%d\n", i);
        out += (size_t)sprintf(expected + out, "got: %d\n", i);
    }
    program_start(&program, &setup);
    program_write(&program, input, in);
    program_end_input(&program);
    assert_int_equal(program_finish(&program), 0);
    assert_int_equal(program.length, out);
    assert_memory_equal(program.text, expected, out);
    program_free(&program);
    free(expected);
    free(input);
}

static void no_input_at_all_ends_it(void **state)
{
    struct program program;

    (void)state;
    program_start(&program, &setup);
    program_end_input(&program);
    assert_int_equal(program_finish(&program), 0);
    assert_int_equal(program.length, 0);
    program_free(&program);
}

static void a_last_line_may_lack_its_end(void **state)
{
    struct program program;

    (void)state;
    program_start(&program, &setup);
    program_write(&program, "last", 4);
    program_end_input(&program);
    assert_int_equal(program_finish(&program), 0);
    assert_string_equal(program.text, "got: last");
    program_free(&program);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        PROGRAM_CLAIM(a_line_is_handed_over_while_more_are_awaited),
        PROGRAM_CLAIM(none_of_many_lines_is_lost_and_order_is_kept),
        PROGRAM_CLAIM(no_input_at_all_ends_it),
        PROGRAM_CLAIM(a_last_line_may_lack_its_end),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
