/* SPDX-License-Identifier: MIT */
#ifndef NET_RESOLVER_H
#define NET_RESOLVER_H

/*
 * A getaddrinfo(3) of the program's own, in place of the system's. It knows the
 * names of `refusals`; "two", which has ::1 and 127.0.0.1; "many", which has a
 * hundred times the latter; and "held", which is held up until the gate is
 * open. All others are 127.0.0.1.
 */

#include <stdatomic.h>
#include <stdbool.h>

extern _Atomic bool gate_is_open;
extern _Atomic unsigned held;      /* so many are at the gate */
extern _Atomic unsigned held_max;  /* at the same time */
extern _Atomic int living_answers; /* that were not freed */

struct refusal {
    const char *host;
    int code;
    int error; /* that is told */
};

#define REFUSALS 7
extern const struct refusal refusals[REFUSALS];

#endif /* NET_RESOLVER_H */
