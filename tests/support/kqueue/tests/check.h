/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_KQUEUE_TESTS_CHECK_H
#define SUPPORT_KQUEUE_TESTS_CHECK_H

/* What the shim's own tests share. The *state of a claim is its queue. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <sys/event.h>
#include <unistd.h>

#define CLAIM(function)                                                        \
    cmocka_unit_test_setup_teardown(function, begin_claim, end_claim)

/* An answer that never comes; an answer that must not come. */
#define PATIENCE_S 15

struct queue {
    int descriptor;
};

struct pair {
    int mine;
    int peer;
};

int begin_claim(void **state);
int end_claim(void **state);
int queue_of(void **state);

struct pair socket_pair(void);
struct pair tcp_pair(void);
struct pair pipe_pair(void); /* mine reads */
void close_pair(struct pair pair);
void send_byte(int descriptor);
void drain(int descriptor);

uintptr_t udata_of(const struct kevent *event);
struct kevent change_of(int descriptor, int filter, unsigned flags,
                        uintptr_t udata);

/* One change, and nothing is fetched: 0 or the error. */
int change_one(int queue, int descriptor, int filter, unsigned flags);
int submit(int queue, const struct kevent *changes, int count);

/* What there is at once. */
int fetch(int queue, struct kevent *events, int capacity);

/* Waits for the one event there is, of this descriptor and filter. */
struct kevent await(int queue, int descriptor, int filter);
void assert_silent(int queue);

int64_t milliseconds(void);

#endif /* SUPPORT_KQUEUE_TESTS_CHECK_H */
