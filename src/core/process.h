/* SPDX-License-Identifier: MIT */
#ifndef CORE_PROCESS_H
#define CORE_PROCESS_H

/* What of the process matters to things that live without a reactor. */

#include <stdint.h>

/*
 * From now on forks are counted, and the allocator stays as it is, until
 * ri_process_release(). 0, or an error of ri_fork_watch().
 */
int ri_process_hold(void);
void ri_process_release(void);

/*
 * How many fork()s are between this process and the one that held it first:
 * two values of one object differ if it was inherited. No system call.
 */
uint32_t ri_fork_count(void);

#endif /* CORE_PROCESS_H */
