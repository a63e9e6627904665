/* SPDX-License-Identifier: MIT */
#ifndef FAULT_POINT_H
#define FAULT_POINT_H

/*
 * One call that fails once, in one way, and what that may do to a step of a
 * scenario. What is here differs from system to system.
 */

#include "support/fault.h"

#include <reactor.h>

/* The point that is being tried; call is FAULT_CALL_COUNT when counting. */
struct point {
    enum fault_call call;
    unsigned nth;
    int error;
    enum fault_duration duration;
};

extern struct point point;

/* Calls that come the same way may still have to be undone in other ways. */
bool is_each_another(void);

/* ---- What a fault may do to a step ---- */

/* The error is one that the caller of the library never gets to see. */
bool must_cope(void);

/* Nothing can take the place of what this call makes. */
bool must_refuse(void);

/* The result tells of the fault. */
bool is_answer(int result);

/* So does the event: what was accepted before is refused now. */
bool is_refused_late(const struct reactor_event *event);

/*
 * The kernel is made to say that a handle is not there, or can't be waited
 * for: the library may then drop the registration, and is right to.
 */
bool is_lie(void);

/* A wait may leave something to the next one although there is room for it. */
bool may_report_less(void);

/* What is always ready can't be recognised. */
bool may_take_for_pollable(void);

/* A waiting thread may go on holding what was deregistered. */
bool may_keep_open(void);

/* What the backend can do without, net can't. */
bool is_vital_to_net(void);

/* Who was accepted may be let go again, and nobody is told of him. */
bool may_lose_accepted(void);

/* After a run: nothing is left with the system, as far as hooks can tell. */
bool owes_nothing(void);

/* ---- What scenarios need of the system ---- */

/* Chunks of sources that many registrations are to fill. */
extern const unsigned chunks_to_fill;

/* How many waits in the kernel were begun. */
unsigned count_waits(void);

/* Takes the newest call for waits away, in one way after the other. */
bool deny_newest_wait(unsigned nth);

/* Writes to what wakes, if it is that, until there is no room. */
void fill_bell(reactor_handle handle);

#endif /* FAULT_POINT_H */
