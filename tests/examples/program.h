/* SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_PROGRAM_H
#define EXAMPLES_PROGRAM_H

/*
 * A program under test, with pipes (or a terminal) for its input and output. A
 * claim that fails leaves it to program_abandon_all(), the teardown.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#ifdef _WIN32
typedef void *program_id;
typedef void *program_end;
#else
#include <sys/types.h>
typedef pid_t program_id;
typedef int program_end;
#endif

/* Only a machine that stands still takes longer. */
enum { PROGRAM_PATIENCE_MS = 30000 };

struct program_setup {
    const char *path;
    const char *arguments[8]; /* after the name; the rest NULL */
    const char *variable;     /* of the environment, "NAME=VALUE", or NULL */
    unsigned handles;         /* limit of descriptors; 0: as it is */
    bool may_raise_limit;     /* only the soft limit is set */
    bool has_terminal;        /* on Windows: a console of its own */
};

struct program {
    program_id id; /* 0: none */
    program_end input, output;
    char *text; /* all output so far, errors included */
    size_t length, seen;
    char line[256];
};

void program_start(struct program *program, const struct program_setup *setup);

/* The next line that contains it. */
const char *program_await(struct program *program, const char *words);

/* The number behind these words, in the next line that contains them. */
unsigned program_await_number(struct program *program, const char *words);

/* Waits for more output, and adds it to `text`; false at its end. */
bool program_read(struct program *program);
void program_append(struct program *program, const char *bytes, size_t size);

/* Reads output meanwhile, so that neither side is stuck. */
void program_write(struct program *program, const char *bytes, size_t size);
void program_end_input(struct program *program);

/* On Windows SIGINT only, which is Ctrl-C, to whom has a terminal. */
void program_signal(struct program *program, int number);

/* Reads to the end of the output. Returns the exit status, or the negative
   number of the signal that ended it. `text` stays until program_free(). */
int program_finish(struct program *program);
void program_free(struct program *program);

/* Ends and frees it at once, whatever it does. */
void program_kill(struct program *program);

/* Ends it as Ctrl-C does, and frees it: its last words are these, and it has
   succeeded. */
void program_interrupt(struct program *program, const char *last_words);

/* The most memory that it has had so far; 0 where the system does not tell. */
unsigned program_peak_kib(const struct program *program);

/* That is so much at most; but under a sanitizer, where what was freed stays
   for a while. */
void program_expect_peak(const struct program *program, unsigned most_kib);

/* Both at once, for programs that end by themselves. */
int program_run(struct program *program, const struct program_setup *setup);

int program_abandon_all(void **state);

#define PROGRAM_CLAIM(function)                                                \
    cmocka_unit_test_teardown(function, program_abandon_all)

#endif /* EXAMPLES_PROGRAM_H */
