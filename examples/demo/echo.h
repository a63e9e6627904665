/* SPDX-License-Identifier: MIT */
#ifndef DEMO_ECHO_H
#define DEMO_ECHO_H

#include <stdbool.h>
#include <stdint.h>

#include "reactor/net.h"
#include "server.h"

enum echo_origin { ECHO_UNKNOWN, ECHO_CLIENT, ECHO_VISITOR };

struct echo_context {
    uint64_t token;
    bool corrupt; /* flip a bit of one message */
    struct server_totals totals;
};

/* What the server knows of a session: all that an idle one costs besides what
   the library has of it. */
struct echo {
    struct echo_context *context;
    uint64_t id, sequence;   /* of the last message */
    enum echo_origin origin; /* who it is that has connected */
};

/* Serves a connection until it ends; if that can't be, closes it. */
void echo_serve(struct echo_context *context, struct reactor_loop *loop,
                reactor_handle handle);

#endif
