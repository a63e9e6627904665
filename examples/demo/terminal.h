/* SPDX-License-Identifier: MIT */
#ifndef DEMO_TERMINAL_H
#define DEMO_TERMINAL_H

#include <stdbool.h>
#include <stdint.h>

#if defined(__GNUC__)
#define LIKE_PRINTF(format_at, first_at)                                       \
    __attribute__((format(printf, format_at, first_at)))
#else
#define LIKE_PRINTF(format_at, first_at)
#endif

enum style { STYLE_PLAIN, STYLE_NAME, STYLE_BAR, STYLE_GOOD, STYLE_BAD };

/* A short text to be passed by value. */
struct text {
    char text[32];
};

/* Looks at standard output: a terminal gets a line that is rewritten, and
   colours unless NO_COLOR is set; anything else gets plain lines only. */
void terminal_open(void);

/* How often progress is worth telling. */
int64_t terminal_tick_ns(void);

/* Tells how it goes; the next call overwrites it on a terminal. */
void terminal_progress(const char *format, ...) LIKE_PRINTF(1, 2);

/* A line that stays, in place of the progress. */
void terminal_line(const char *format, ...) LIKE_PRINTF(1, 2);

/* The start of a style; STYLE_PLAIN ends it. Empty without colours. */
const char *terminal_style(enum style style);

struct text text_of_count(uint64_t count);         /* 1,234,567 */
struct text text_of_duration(int64_t duration_ns); /* 1.23 ms */

#endif
