/* SPDX-License-Identifier: MIT */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

/*
 * What an engine is made to do. Each workload opens the engine, prints lines of
 * a name and a number for bench/measure.sh, and returns 0 or a negative errno
 * value: -ENOTSUP where the engine does not have what it takes.
 */

#include "ring.h"

#include <stdint.h>

struct workload {
    int64_t length; /* of the run: the difference of two lengths is measured */
    int64_t count;  /* channels, connections, producers ... */
    int64_t tokens; /* or bytes of a request, or requests at once */
    enum ring_kind kind;
};

/* ---- chain.c: tokens travel a ring, `length` is in events ---- */

int measure_chain(const struct workload *workload);   /* reads and writes */
int measure_company(const struct workload *workload); /* a timer, a post */
int measure_readd(const struct workload *workload);   /* stops, starts itself */
int measure_toggle(const struct workload *workload); /* asks to write, or not */
int measure_move(const struct workload *workload);   /* pauses and resumes */

/* ---- echo.c: 64 bytes over TCP, `length` is in requests ---- */

int measure_echo(const struct workload *workload);

/* ---- requests.c: as echo, by streams, `length` is in requests ---- */

int measure_request(const struct workload *workload);  /* of so many bytes */
int measure_pipeline(const struct workload *workload); /* so many at once */

/* ---- transfer.c: `length` is in blocks of 64 KiB ---- */

int measure_receive(const struct workload *workload);
int measure_send(const struct workload *workload);

/* ---- accept.c: connections come, `count` at once, and go ---- */

int measure_accept(const struct workload *workload);

/* ---- idle.c: what `length` connections cost in memory ---- */

int measure_idle(const struct workload *workload);     /* as it is asked for */
int measure_resident(const struct workload *workload); /* as it is resident */

/* ---- register.c: what `length` channels cost in memory ---- */

int measure_register(const struct workload *workload);

/* ---- timers.c: so many timers ---- */

int measure_timers(const struct workload *workload);

/* ---- posts.c, messages.c: so many sends ---- */

int measure_coalesced(const struct workload *workload); /* one is pending */
int measure_own(const struct workload *workload);       /* from its own call */
int measure_wake(const struct workload *workload);      /* of a sleeping loop */
int measure_messages(const struct workload *workload);  /* other threads' */

/* ---- clock.c ---- */

/* Processor time of the whole process. */
int64_t cpu_time_ns(void);
int64_t wall_time_ns(void);

#endif /* BENCH_WORKLOAD_H */
