/* SPDX-License-Identifier: MIT */
#ifndef MODELS_ECHO_H
#define MODELS_ECHO_H

/*
 * The echo service, which is the same in all models: what a client sends is the
 * work of a job, and its completion sends it back.
 */

#include <stdatomic.h>

#include "reactor/work.h"

struct echo {
    _Atomic unsigned *open; /* connections, where others can see it */
};

/* Each connection has one job at most: so many may be connected. */
#define ECHO_JOBS_MAX (1u << 20)

/* With a struct echo as user data. */
extern const struct reactor_server_service echo_service;

/* ---- Processes ---- */

/* In the environment of a successor: the socket that it inherits, and the
   process that it takes over from. */
#define MODELS_HANDLE "LIBREACTOR_MODELS_HANDLE"

struct processes {
    reactor_handle handle; /* a socket that listens */
    unsigned count;
    int64_t drain_ns;
    char **arguments; /* by which the program was called */
    long predecessor; /* the process that is to be told; 0: none */
};

/* The fourth model; returns when all have ended, an error or 0. */
int processes_run(const struct processes *processes);

#endif
