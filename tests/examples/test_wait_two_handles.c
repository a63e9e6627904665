/* SPDX-License-Identifier: MIT */
#include "examples/program.h"

#include <string.h>

static void whichever_speaks_first_is_printed_first(void **state)
{
    struct program program;

    (void)state;
    program_start(&program, &(struct program_setup){
                                .path = WAIT_TWO_HANDLES,
                                .arguments = {"read word; echo \"slow $word\"",
                                              "echo quick"}});
    program_await(&program, "second: quick");
    program_await(&program, "second: ended");
    program_write(&program, "go\n", 3);
    program_await(&program, "first: slow go");
    program_await(&program, "first: ended");
    assert_int_equal(program_finish(&program), 0);
    program_free(&program);
}

static void each_byte_of_both_is_printed(void **state)
{
    struct program program;
    size_t bytes = 0;

    (void)state;
    assert_int_equal(
        program_run(&program,
                    &(struct program_setup){
                        .path = WAIT_TWO_HANDLES,
                        .arguments = {"head -c 50000 /dev/zero | tr '\\0' x",
                                      "head -c 50000 /dev/zero | tr '\\0' x"}}),
        0);
    for (size_t i = 0; i < program.length; i++)
        bytes += program.text[i] == 'x';
    assert_int_equal(bytes, 100000);
    program_free(&program);
}

static void a_single_command_is_a_usage_error(void **state)
{
    struct program program;

    (void)state;
    assert_int_equal(
        program_run(&program, &(struct program_setup){.path = WAIT_TWO_HANDLES,
                                                      .arguments = {"true"}}),
        2);
    assert_non_null(strstr(program.text, "usage:"));
    program_free(&program);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        PROGRAM_CLAIM(whichever_speaks_first_is_printed_first),
        PROGRAM_CLAIM(each_byte_of_both_is_printed),
        PROGRAM_CLAIM(a_single_command_is_a_usage_error),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
