/* SPDX-License-Identifier: MIT */
#include "examples/program.h"

#include "reactor.h"

#include <stddef.h>
#include <string.h>

static void assert_run(const char *const arguments[2], int status,
                       const char *output)
{
    struct program_setup setup = {.path = TICKER,
                                  .arguments = {arguments[0], arguments[1]}};
    struct program program;

    assert_int_equal(program_run(&program, &setup), status);
    assert_non_null(program.text);
    if (status == 0)
        assert_string_equal(program.text, output);
    else
        assert_non_null(strstr(program.text, output));
    program_free(&program);
}

static void it_ticks_as_often_as_it_is_told_and_ends(void **state)
{
    static const char *const once[] = {"1", "1"}, *const often[] = {"4", "10"};

    (void)state;
    assert_run(once, 0, "tick 1\n");
    assert_run(often, 0, "tick 1\ntick 2\ntick 3\ntick 4\n");
}

static void by_default_it_ticks_three_times(void **state)
{
    static const char *const none[] = {NULL, NULL};

    (void)state;
    assert_run(none, 0, "tick 1\ntick 2\ntick 3\n");
}

static void
the_first_tick_is_at_once_and_the_others_a_period_apart(void **state)
{
    enum { PERIOD_MS = 100, TICKS = 4 };
    static const char *const arguments[] = {"4", "100"};
    int64_t began = reactor_now_ns();

    (void)state;
    assert_run(arguments, 0, "tick 1\ntick 2\ntick 3\ntick 4\n");
    assert_true(reactor_now_ns() - began >=
                (int64_t)(TICKS - 1) * PERIOD_MS * 1000000);
}

/* The next one is out of reach; the teardown ends it. */
static void a_tick_is_printed_when_it_comes(void **state)
{
    static const struct program_setup setup = {.path = TICKER,
                                               .arguments = {"2", "1000000"}};
    struct program program;

    (void)state;
    program_start(&program, &setup);
    program_await(&program, "tick 1");
    program_free(&program);
}

static void bad_arguments_are_told(void **state)
{
    static const char *const bad[][2] = {
        {"x", NULL},
        {"0", NULL},
        {"-1", NULL},
        {"3x", NULL},
        {"", NULL},
        {"3", "0"},
        {"3", "-5"},
        {"3", "5s"},
        {"1e3", NULL},
        {"3", ""},
        {"99999999999999999999", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_run(bad[i], 2, "usage: ");
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        PROGRAM_CLAIM(it_ticks_as_often_as_it_is_told_and_ends),
        PROGRAM_CLAIM(by_default_it_ticks_three_times),
        PROGRAM_CLAIM(the_first_tick_is_at_once_and_the_others_a_period_apart),
        PROGRAM_CLAIM(a_tick_is_printed_when_it_comes),
        PROGRAM_CLAIM(bad_arguments_are_told),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
