/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_PROCESS_H
#define SUPPORT_PROCESS_H

/*
 * Children by fork(). After a fork in a program with threads a child may call
 * only what is async-signal-safe and what the library allows, so it can't use
 * cmocka: it returns 0, or the number of the line that found something wrong.
 */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CHILD_EXPECT(condition)                                                \
    do {                                                                       \
        if (!(condition))                                                      \
            return __LINE__;                                                   \
    } while (0)

/* Runs it in a child, which must return 0 within the tests' patience. */
void assert_child(int (*run)(void *context), void *context);

/* The same in two halves; for the child of a child too. */
pid_t child_start(int (*run)(void *context), void *context);
int child_finish(pid_t child); /* what it returned, 0 to 255 */

/* Returns when it stands still; false if it has ended instead. */
bool child_stop(pid_t child);
void child_continue(pid_t child);

/* Lets the process have so many more handles than are open now. */
void limit_handles(size_t count);
void limit_handle_numbers(size_t count); /* to those below `count` */
void unlimit_handles(void);

#endif /* SUPPORT_PROCESS_H */
