/* SPDX-License-Identifier: MIT */
#ifndef DEMO_SERVER_H
#define DEMO_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reactor/net.h"

/* The server: one thread, one loop. It sends back what it receives, checks
   the messages of the built-in client, and echoes visitors just so. */
struct server;

/* Where it listens: the same port at 127.0.0.1, 127.0.0.2 ... A system has
   ephemeral ports for some ten thousand connections to each. */
enum { SERVER_ADDRESSES_MAX = 64 };

struct server_options {
    uint64_t token;
    size_t addresses; /* how many are wanted */
    uint16_t port;
    bool port_is_fixed;
    bool corrupt; /* flip a bit of one message */
};

/* What the server has seen; `bytes_` are those of the built-in client. */
struct server_totals {
    uint64_t messages, bytes_received, bytes_sent;
    uint64_t bad_messages; /* checksum, sequence or connection is wrong */
    uint64_t visitors, visitors_now, visitor_bytes;
    uint64_t waits, events; /* of its loop */
    int64_t cpu_ns;         /* of its thread */
    int error; /* what ended the thread, other than server_stop() */
};

/* Opens the listeners and starts the thread. Returns 0 or a negative errno. */
int server_start(struct server **out, const struct server_options *options);

/* Where it listens: `count` addresses, 1 at least. Not all systems have more
   than 127.0.0.1. */
const struct reactor_address *server_addresses(const struct server *server,
                                               size_t *count);

/* The user-space bytes that a connection costs here, besides the library's. */
size_t server_bytes_per_connection(void);

/* Asks the server's thread, so that all that it did is in the answer. */
void server_read_totals(struct server *server, struct server_totals *totals);

/* Stops the loop, joins, closes. */
void server_stop(struct server *server);

#endif
