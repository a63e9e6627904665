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
 * steps that follow will show. Of some calls only one of the two will do: see
 * point.h.
 *
 * A theme is a program: a file with a few scenarios, linked with sweep.c.
 */

#include "fault/point.h"
#include "support/claim.h"
#include "support/expect.h"
#include "support/fault.h"
#include "support/handles.h"

#include <reactor/loop.h>

struct scenario {
    const char *name;
    void (*run)(void);
};

/* clang-format off */
#define SCENARIO(function) {#function, function}
/* clang-format on */

/* Of the theme. */
extern const struct scenario scenarios[];
extern const size_t scenario_count;

/* A step: evaluates it a second time if the first was refused by the fault. */
#define TRY(step)    (was_refused(tried = (step)) ? (step) : tried)
#define TRY_OK(step) assert_ok(TRY(step))

extern _Thread_local int tried;

/* Sets the fault; before the first step of a run. */
void begin_point(void);

/* Then the fault is over. */
bool was_refused(int result);

/* What must hold between the two, while the fault lasts. */
extern void (*meanwhile)(void);

/* ---- Steps that many scenarios have ---- */

#define ROOM 16

/* For the handles of a process. */
#define ROOM_FOR_HANDLES 512

/* There are thousands of points: silence is short. */
#define BRIEFLY_MS 1

/* Opens a reactor, or a loop; one that is refused leaves nothing behind. */
struct reactor *open_one(void);
struct reactor_loop *open_one_loop(void);

/*
 * As reactor_wait(), but waits again where all that is told is that a poll was
 * refused: that is an event, with REACTOR_ERROR, and a level is polled again.
 */
int wait_for_some(struct reactor *reactor, struct reactor_event *events,
                  int room, int timeout_ms);

/*
 * The same for one event of a handle that such an event may have used up: it is
 * armed again.
 */
int wait_for_once(struct reactor *reactor, reactor_handle handle,
                  uint32_t interest, struct reactor_event *event,
                  int timeout_ms);

/* The next wait reports this handle only; its readiness. */
uint32_t await(struct reactor *reactor, reactor_handle handle);
uint32_t await_once(struct reactor *reactor, reactor_handle handle,
                    uint32_t interest);
void expect_wake(struct reactor *reactor);

/* What is over by now may have been reported once more. */
void forget_hints(struct reactor *reactor);

/* A wait reports nothing; the first of the two does not look only once. */
void expect_silence(struct reactor *reactor);
void expect_nothing_now(struct reactor *reactor);

void register_pair(struct reactor *reactor, const struct pair *pair,
                   uint32_t interest);
void finish_pair(struct reactor *reactor, const struct pair *pair);

/* It is, unless the kernel was made to deny that there is such a handle. */
void expect_registered(struct reactor *reactor, reactor_handle handle);

/* A wake or a shutdown may come from a signal handler, so errno must stay. */
int keeping_errno(int (*call)(struct reactor *), struct reactor *reactor);

#endif /* FAULT_SCENARIO_H */
