/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_FAULT_CALLS_H
#define SUPPORT_FAULT_CALLS_H

/*
 * The calls of the library that can fail, one line each: its name, and the
 * errors that the system's documentation lists. The build reads the names from
 * here (it has the linker wrap them), and so do the scripts of tests/fault.
 */

/* Instead of an error: the call succeeds, but does less than it was asked. */
#define FAULT_SHORT (-1)

/* The request is accepted, and refused in its completion. */
#define FAULT_LATE (-2)

#ifdef _WIN32
#include "support/windows/fault_calls.h"
#else
#include "support/posix/fault_calls.h"
#endif

#endif /* SUPPORT_FAULT_CALLS_H */
