/* SPDX-License-Identifier: MIT */
/* The parser of examples/command_server by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "command_server/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct request request;

/* From memory that ends where the bytes do, so that a sanitizer sees more. */
static enum request_state parse(const char *bytes, size_t size)
{
    char *copy = malloc(size > 0 ? size : 1);
    enum request_state state;

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    state = request_parse(&request, copy, size);
    free(copy);
    return state;
}

static void assert_incomplete_until_its_end(const char *text, size_t size,
                                            int count)
{
    for (size_t i = 0; i < size; i++)
        assert_int_equal(parse(text, i), REQUEST_INCOMPLETE);
    assert_int_equal(parse(text, size), REQUEST_COMPLETE);
    assert_int_equal(request.size, size);
    assert_int_equal(request.count, count);
}

static void a_request_is_complete_with_its_last_byte(void **state)
{
    static const char binary[] = "*1\r\n$4\r\n\r\n\0$\r\n";

    (void)state;
    assert_incomplete_until_its_end("*0\r\n", 4, 0);
    assert_incomplete_until_its_end("*-1\r\n", 5, 0);
    assert_incomplete_until_its_end("*1\r\n$0\r\n\r\n", 10, 1);
    assert_incomplete_until_its_end("*2\r\n$3\r\nGET\r\n$10\r\n0123456789\r\n",
                                    30, 2);
    assert_incomplete_until_its_end(binary, sizeof binary - 1, 1);
    assert_incomplete_until_its_end("PING\r\n", 6, 1);
    assert_incomplete_until_its_end(" set  a\tb \n", 11, 3);
    assert_incomplete_until_its_end("\r\n", 2, 0);
}

static void what_comes_behind_is_left(void **state)
{
    static const char text[] = "*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nECHO\r\n";

    (void)state;
    assert_int_equal(parse(text, sizeof text - 1), REQUEST_COMPLETE);
    assert_int_equal(request.size, 14);
    assert_int_equal(request_parse(&request, text, 20), REQUEST_COMPLETE);
    assert_int_equal(request.arguments[0].size, 4);
    assert_memory_equal(request.arguments[0].bytes, "PING", 4);
}

static void garbage_is_bad_as_soon_as_it_shows(void **state)
{
    static const char *const bad[] = {
        "*x",
        "*-2\r",
        "*-0\r",
        "*--",
        "*1x",
        "*1\n",
        "*1\rx",
        "*4097\r",
        "*99999999999",
        "*\r",
        "*1\r\n:",
        "*1\r\n$-1\r",
        "*1\r\n$1048577\r",
        "*1\r\n$99999999999",
        "*1\r\n$ ",
        "*1\r\n$1\r\nxy",
        "*1\r\n$1\r\nx\ry",
        "*2\r\n$1\r\nx\r\n*",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        size_t size = strlen(bad[i]);

        if (parse(bad[i], size) != REQUEST_BAD ||
            parse(bad[i], size - 1) != REQUEST_INCOMPLETE)
            fail_msg("%s", bad[i]);
        assert_non_null(request.error);
    }
}

static void lines_have_a_longest(void **state)
{
    static char line[LINE_BYTES_MAX + 2];

    (void)state;
    memset(line, 'x', sizeof line);
    assert_int_equal(parse(line, LINE_BYTES_MAX), REQUEST_INCOMPLETE);
    assert_int_equal(parse(line, LINE_BYTES_MAX + 1), REQUEST_BAD);
    line[LINE_BYTES_MAX] = '\n';
    assert_int_equal(parse(line, LINE_BYTES_MAX + 1), REQUEST_COMPLETE);
    for (size_t i = 1; i < LINE_BYTES_MAX; i += 2)
        line[i] = ' ';
    assert_int_equal(parse(line, LINE_BYTES_MAX + 1), REQUEST_BAD);
}

/* The most arguments of the most bytes would be too much together. */
static void requests_have_a_longest(void **state)
{
    const size_t size = REQUEST_BYTES_MAX;
    static const char head[] = {'$', '1', '0', '4',  '8',
                                '5', '7', '6', '\r', '\n'};
    static const char start[] = {'*', '5', '\r', '\n'};
    static const char end[] = {'\r', '\n'};
    char *text = malloc(size);
    size_t at = 0;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', size);
    memcpy(text, start, sizeof start);
    for (at = 4; at + ARGUMENT_BYTES_MAX < size;) {
        memcpy(text + at, head, sizeof head);
        at += sizeof head + ARGUMENT_BYTES_MAX;
        memcpy(text + at, end, sizeof end);
        at += sizeof end;
    }
    memcpy(text + at, head, sizeof head);
    assert_int_equal(parse(text, size - 1), REQUEST_INCOMPLETE);
    assert_int_equal(parse(text, size), REQUEST_BAD);
    free(text);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(a_request_is_complete_with_its_last_byte),
        cmocka_unit_test(what_comes_behind_is_left),
        cmocka_unit_test(garbage_is_bad_as_soon_as_it_shows),
        cmocka_unit_test(lines_have_a_longest),
        cmocka_unit_test(requests_have_a_longest),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
