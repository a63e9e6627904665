/* SPDX-License-Identifier: MIT */
/* What is the same for all systems. */
#include "examples/program.h"

#include "support/scale.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

void program_append(struct program *program, const char *bytes, size_t size)
{
    program->text = realloc(program->text, program->length + size + 1);
    assert_non_null(program->text);
    memcpy(program->text + program->length, bytes, size);
    program->length += size;
    program->text[program->length] = '\0';
}

static bool take_line(struct program *program)
{
    const char *start, *end;
    size_t length;

    if (program->seen == program->length)
        return false;
    start = program->text + program->seen;
    end = memchr(start, '\n', program->length - program->seen);
    if (end == NULL)
        return false;
    length = (size_t)(end - start);
    program->seen += length + 1;
    if (length > sizeof program->line - 1)
        length = sizeof program->line - 1;
    memcpy(program->line, start, length);
    program->line[length] = '\0';
    return true;
}

const char *program_await(struct program *program, const char *words)
{
    for (;;) {
        while (take_line(program))
            if (strstr(program->line, words) != NULL)
                return program->line;
        if (!program_read(program))
            fail_msg("no \"%s\" in:\n%s", words,
                     program->text == NULL ? "" : program->text);
    }
}

unsigned program_await_number(struct program *program, const char *words)
{
    const char *line = program_await(program, words);

    return (unsigned)strtoul(strstr(line, words) + strlen(words), NULL, 10);
}

void program_free(struct program *program)
{
    free(program->text);
    program->text = NULL;
}

void program_interrupt(struct program *program, const char *last_words)
{
    program_signal(program, SIGINT);
    program_await(program, last_words);
    assert_int_equal(program_finish(program), 0);
    program_free(program);
}

void program_expect_peak(const struct program *program, unsigned most_kib)
{
    unsigned peak_kib = program_peak_kib(program);

    print_message("peak memory: %u KiB, %u are allowed\n", peak_kib, most_kib);
    if (!IS_SANITIZED)
        assert_true(peak_kib <= most_kib);
}

int program_run(struct program *program, const struct program_setup *setup)
{
    program_start(program, setup);
    return program_finish(program);
}
