/* SPDX-License-Identifier: MIT */
#ifndef DEMO_DEMO_H
#define DEMO_DEMO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client.h"
#include "options.h"
#include "server.h"

struct results {
    int64_t connect_ns;     /* to have all connections answered once */
    int64_t window_ns;      /* of the measurement; what follows is within it */
    uint64_t messages;      /* there and back */
    int64_t server_cpu_ns;  /* of the server's thread */
    int64_t client_cpu_ns;  /* of the client's */
    uint64_t waits, events; /* of the server's loop */
    double library_bytes_per_handle;
    struct server_totals totals; /* of the whole run */
};

struct demo {
    const struct options *options;
    bool is_stopping; /* a signal asked for it */
    struct server *server;
    struct client client;
    struct results results;
};

/* The phases, each a loop of turns with its progress. They end early when a
   signal asks to stop, and return 0 or a negative errno. */
int phase_connect(struct demo *demo);
int phase_measure(struct demo *demo);
int phase_call_roll(struct demo *demo);

/* Waits for what is under way, for a limited time; signals do not end it. */
int phase_drain(struct demo *demo);

/* Serves visitors until a signal asks to stop. */
int phase_stay(struct demo *demo);

void report_results(struct demo *demo);

/* Prints the verdict and returns whether each byte sent was received. */
bool report_verdict(const struct demo *demo);

#endif
