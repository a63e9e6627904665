/* SPDX-License-Identifier: MIT */
#ifndef FAULT_RUN_H
#define FAULT_RUN_H

/* Where a scenario runs, and fails without taking the sweep with it. */

/* So many failures are enough to know. */
extern const unsigned failures_max;

/* Once, before the first. */
void prepare_runs(void);

/*
 * What `run` returns, or another number if it crashes or hangs. If that is not
 * 0, calls `introduce` and prints what the run has printed.
 */
int run_apart(int (*run)(void), void (*introduce)(void));

#endif /* FAULT_RUN_H */
