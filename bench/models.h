/* SPDX-License-Identifier: MIT */
#ifndef BENCH_MODELS_H
#define BENCH_MODELS_H

/*
 * One service in each model: models_server.c is a process that serves,
 * models.c another one that asks, and measures.
 */

#include <reactor/work.h>

#include <stdatomic.h>
#include <stdbool.h>

#define REQUEST_BYTES 64
#define SHARES_MAX    64

/* What one loop or process has done; each in lines of the cache of its own. */
struct share {
    _Alignas(128) _Atomic uint64_t connections;
    uint64_t requests;
};

/* In memory that all processes share. */
struct score {
    _Atomic int port; /* of 127.0.0.1; an error if it is negative; 0: wait */
    struct share shares[SHARES_MAX];
};

/*
 * Serves as the model of that name says, with so many loops, workers or
 * processes, until SIGTERM. A request is answered with as many bytes, that so
 * many rounds of work have made. Returns 0 or an error.
 */
int models_serve(const char *model, uint32_t count, uint32_t work,
                 struct score *score);

#endif /* BENCH_MODELS_H */
