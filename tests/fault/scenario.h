/* SPDX-License-Identifier: MIT */
#ifndef FAULT_SCENARIO_H
#define FAULT_SCENARIO_H

/*
 * A scenario is a run through the public API that knows at every step what must
 * come out. It is run as it is first, to count the calls that the library
 * makes; then once for each call and each error, the same steps with that one
 * call failing (a point). What is demanded of a step in which the fault struck:
 * either it answers with the very error, and has changed nothing, so that the
 * same step once more succeeds; or it has done all it should have, as the
 * steps that follow will show.
 *
 * Scenarios run in a child process of their own. What finds a flaw ends it.
 */

#include "support/claim.h"
#include "support/expect.h"
#include "support/fault.h"
#include "support/handles.h"

struct scenario {
    const char *name;
    void (*run)(void);
};

extern const struct scenario scenarios[];
extern const size_t scenario_count;

/* The point that is being tried; call is FAULT_CALL_COUNT in a counting run. */
struct point {
    enum fault_call call;
    unsigned nth;
    int error;
    enum fault_duration duration;
};

extern struct point point;

/* A step: evaluates it a second time if the first was refused by the fault. */
#define TRY(step)                                                              \
    (was_refused(tried = (step), __FILE__, __LINE__) ? (step) : tried)
#define TRY_OK(step) assert_ok(TRY(step))

extern _Thread_local int tried;
bool was_refused(int result, const char *file, int line);

/*
 * While a fault lasts, before the step is tried again: what has to go on
 * working. NULL: nothing is known.
 */
extern void (*meanwhile)(void);

/*
 * The kernel is made to say that a handle is not there, or can't be waited
 * for: the library may then drop the registration, and is right to.
 */
bool is_lie(void);

/* Runs it in a child by fork(); fails if it does. */
void in_child(void (*run)(void));

/* For scenarios that another backend can't run. */
bool is_backend(const char *name);

#endif /* FAULT_SCENARIO_H */
