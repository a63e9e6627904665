/* SPDX-License-Identifier: MIT */
#ifndef DEMO_ECHO_H
#define DEMO_ECHO_H

#include <stdbool.h>
#include <stdint.h>

#include "message.h"
#include "reactor/loop.h"
#include "server.h"

enum echo_origin { ECHO_UNKNOWN, ECHO_CLIENT, ECHO_VISITOR };

/* The server's side of one connection, and all that an idle one costs: the
   buffer holds one message on its way in or out, or what a visitor typed. */
struct echo {
    struct reactor_handler handler;
    struct server *server;
    struct echo *next, **link;
    uint64_t id, sequence; /* of the last message */
    uint8_t origin;        /* enum echo_origin */
    uint8_t received, sent;
    bool is_writing; /* something is still to be sent */
    bool has_ended;  /* nothing more will come */
    unsigned char buffer[MESSAGE_SIZE];
};

struct echo_context {
    uint64_t token;
    bool corrupt; /* flip a bit of one message */
    struct server_totals totals;
};

/* Receives, checks, sends back, as far as that goes without blocking. Returns 0
   or, when the connection is over, a negative errno. */
int echo_serve(struct echo *echo, struct echo_context *context);

#endif
