/* SPDX-License-Identifier: MIT */
/* Where there is no demultiplexer, the examples say so and end. */
#include "examples/program.h"

#include <string.h>

static void assert_gives_up(const char *path, int status, const char *words)
{
    struct program program;

    program_start(&program, &(struct program_setup){.path = path});
    program_end_input(&program);
    assert_int_equal(program_finish(&program), status);
    assert_non_null(program.text);
    assert_non_null(strstr(program.text, words));
    program_free(&program);
}

static void the_small_examples_print_the_error(void **state)
{
    (void)state;
    assert_gives_up(TICKER, 1, "ENOSYS");
    assert_gives_up(WAIT_TWO_HANDLES, 1, "ENOSYS");
    assert_gives_up(ECHO_SERVER, 1, "ENOSYS");
    assert_gives_up(WAKE_FROM_THREAD, 1, "ENOSYS");
    assert_gives_up(OFFLOAD, 1, "ENOSYS");
    assert_gives_up(GRACEFUL_STOP, 1, "ENOSYS");
    assert_gives_up(ECHO_SESSION, 1, "ENOSYS");
    assert_gives_up(CHAT_SERVER, 1, "ENOSYS");
    assert_gives_up(UDP_ECHO, 1, "ENOSYS");
    assert_gives_up(COMMAND_SERVER, 1, "ENOSYS");
#ifdef PROMPT
    assert_gives_up(PROMPT, 1, "ENOSYS");
#endif
}

static void the_demo_names_the_backend(void **state)
{
    (void)state;
    assert_gives_up(REACTOR_DEMO, 2, "backend stub");
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        PROGRAM_CLAIM(the_small_examples_print_the_error),
        PROGRAM_CLAIM(the_demo_names_the_backend),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
