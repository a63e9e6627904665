/* SPDX-License-Identifier: MIT */
#include "terminal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "portable.h"

static bool is_live, is_coloured;

void terminal_open(void)
{
    const char *kind = getenv("TERM"), *no_color = getenv("NO_COLOR");

    is_live = output_is_terminal() && kind != NULL && strcmp(kind, "dumb") != 0;
    is_coloured = is_live && (no_color == NULL || *no_color == '\0');
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
}

int64_t terminal_tick_ns(void)
{
    return is_live ? 100000000 : 1000000000;
}

/* Overwrites instead of clearing first, which would flicker. */
LIKE_PRINTF(2, 0)
static void print_line(const char *end, const char *format, va_list arguments)
{
    if (is_live)
        fputc('\r', stdout);
    vprintf(format, arguments);
    if (is_live)
        fputs("\033[K", stdout);
    fputs(end, stdout);
    fflush(stdout);
}

void terminal_progress(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_line(is_live ? "" : "\n", format, arguments);
    va_end(arguments);
}

void terminal_line(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_line("\n", format, arguments);
    va_end(arguments);
}

const char *terminal_style(enum style style)
{
    static const char *const sequences[] = {
        [STYLE_PLAIN] = "\033[0m",  [STYLE_NAME] = "\033[1m",
        [STYLE_BAR] = "\033[36m",   [STYLE_GOOD] = "\033[1;32m",
        [STYLE_BAD] = "\033[1;31m",
    };

    return is_coloured ? sequences[style] : "";
}

struct text text_of_count(uint64_t count)
{
    struct text result = {{0}};
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRIu64, count);
    char *out = result.text;

    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *out++ = ',';
        *out++ = digits[i];
    }
    return result;
}

struct text text_of_duration(int64_t duration_ns)
{
    static const struct {
        double unit_ns;
        const char *name;
    } units[] = {{1e9, "s"}, {1e6, "ms"}, {1e3, "us"}};
    double duration = (double)duration_ns;
    struct text result;
    size_t i = 0;

    while (i < 2 && duration < units[i].unit_ns)
        i++;
    duration /= units[i].unit_ns;
    snprintf(result.text, sizeof result.text, "%.*f %s",
             duration < 10    ? 2
             : duration < 100 ? 1
                              : 0,
             duration, units[i].name);
    return result;
}
