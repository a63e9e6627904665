/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_FAULT_H
#define SUPPORT_FAULT_H

/*
 * Has the calls that the library makes fail, on demand. The test program is
 * linked with --wrap for each of fault_calls.h and for public functions
 * (tests/fault/hooks.cmake does it): a call counts, and can fail, only on a
 * thread that is inside one of these, so what the test itself does is left
 * alone.
 *
 * What is set and what is counted is shared with children of fork(). Any
 * thread may call what is here.
 */

#include "support/fault_calls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum fault_call {
#define FAULT_NAME(call, ...) FAULT_##call,
    FAULT_CALLS(FAULT_NAME)
#undef FAULT_NAME
        FAULT_allocate, /* of fault_allocate() and fault_reallocate() */
    FAULT_CALL_COUNT
};

enum fault_duration {
    FAULT_ONCE,
    FAULT_FROM_THEN_ON,
};

struct fault_call_facts {
    const char *name;
    const int *errors;
    size_t error_count;
};

extern const struct fault_call_facts fault_calls[FAULT_CALL_COUNT];

/* Before all else: no fault, and nothing counted. Call it before a fork(). */
void fault_reset(void);

/* Has the nth call from now on (1: the next one) fail; one such at a time. */
void fault_at(enum fault_call call, unsigned nth, int error,
              enum fault_duration duration);

/* Ends that. */
void fault_lift(void);

/* The system doesn't have this call: it always fails, and isn't counted. */
void fault_deny(enum fault_call call, int error);

/*
 * Asked, if set, what becomes of a call: an error, or 0. Set it while no other
 * thread is inside the library; any of them may ask.
 */
extern int (*fault_choose)(enum fault_call call);

/* How often the library has called it, failures included. */
unsigned fault_count(enum fault_call call);

/*
 * From fault_watch() on it is noted which way a call came: the same number for
 * two calls from the same place, the callers included. 0: not known.
 */
void fault_watch(void);
uintptr_t fault_way(enum fault_call call, unsigned nth);

/* How often the fault of fault_at() has struck, and on the calling thread. */
unsigned fault_fired(void);
unsigned fault_fired_here(void);

/*
 * For tests of the lower floors: what the calling thread does between the two
 * counts as done by the library.
 */
void fault_enter(void);
void fault_leave(void);

/*
 * From now on both show in strace(1), as a write of these to the handle -1; see
 * tests/fault/traced_calls.sh.
 */
void fault_mark(void);

#define FAULT_MARK_ENTER "enters the library"
#define FAULT_MARK_LEAVE "leaves the library"

/* For reactor_set_allocator(); they count what lives: support/allocator.h. */
void *fault_allocate(size_t size);
void *fault_reallocate(void *memory, size_t size);

/* The errno value that the library has to make of an error of a call. */
int fault_answer(int error);

/* Threads that the library has started, and that have not ended yet. */
int fault_threads(void);

/* Whether a call moves bytes of a stream, or sends datagrams. */
enum fault_transfer {
    FAULT_NO_TRANSFER,
    FAULT_TRANSFER_IN,
    FAULT_TRANSFER_OUT
};
enum fault_transfer fault_transfer_of(enum fault_call call);

/* The errors after which the same is done again. */
extern const int fault_passing_errors[];
extern const unsigned fault_passing_error_count;

/* ---- For the hooks ---- */

/* With io_uring: called, if set, each time before the kernel is entered. */
extern void (*fault_before_enter)(void);

/*
 * With kqueue: called, if set, each time before a wait enters the kernel, and
 * each time after it has come out, with or without changes.
 */
extern void (*fault_before_wait)(void);
extern void (*fault_after_kevent)(bool has_changes);

/* The error that this call has to fail with, or 0. */
int fault_of(enum fault_call call);

/* Whether the calling thread is inside the library. */
bool fault_is_inside(void);

/* ---- What the system's hooks do for fault.c ---- */

/* Memory, zeroed, that is shared with children; NULL if there is none. */
void *fault_share(size_t size);

/* Makes the text show in a trace. */
void fault_show(const char *text);

/* The return addresses of the functions being executed; how many. */
int fault_callers(void **frames, int room);

#endif /* SUPPORT_FAULT_H */
