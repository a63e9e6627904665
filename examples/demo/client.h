/* SPDX-License-Identifier: MIT */
#ifndef DEMO_CLIENT_H
#define DEMO_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reactor/net.h"
#include "samples.h"

/* What the client begins on its own, turn after turn. */
enum client_mode {
    CLIENT_RESTING,      /* nothing: only takes what comes back */
    CLIENT_CONNECTING,   /* connections, each with a first message */
    CLIENT_PING_PONG,    /* on busy ones, a message for each that came back */
    CLIENT_CALLING_ROLL, /* one more message on each idle connection */
};

enum client_state {
    CLIENT_CONNECTS, /* is being connected */
    CLIENT_AWAITS,   /* a message is under way */
    CLIENT_RESTS,
    CLIENT_LOST,
};

/* There are as many to each address of the server's; less than a system has
   ephemeral ports. */
enum { CLIENT_CONNECTIONS_PER_ADDRESS = 10000 };

struct client_connection {
    struct reactor_session *session;
    struct client *client;
    int64_t sent_at_ns;
    uint64_t sequence; /* of the last message */
    enum client_state state;
};

/* The other end of the connections. The fields are for reading. */
struct client {
    struct reactor_loop *loop;
    struct client_connection *connections;
    size_t target;           /* how many there shall be */
    size_t busy;             /* the first so many take part in the ping-pong */
    size_t begun;            /* how many connections were begun */
    size_t opened;           /* how many there are, lost ones included */
    size_t connected;        /* had their first message back */
    size_t next_to_call;     /* by the roll call */
    size_t called, answered; /* in it */
    size_t outstanding;      /* connections whose message is under way */
    size_t lost;             /* connections that failed or ended */
    int limited_by;          /* what put an end to opening more, or 0 */
    enum client_mode mode;
    uint64_t messages, bytes_sent, bytes_received;
    uint64_t altered; /* messages that came back other than they were sent */
    struct samples round_trips;

    uint64_t token;
    const struct reactor_address *addresses; /* of the server */
    size_t address_count;
    bool corrupt; /* flip a bit of one message */
};

/* Opens a client of `target` connections. Returns 0 or a negative errno;
   client_close() is owed only after 0. */
int client_open(struct client *client, size_t target, size_t busy);
void client_close(struct client *client);

void client_set_mode(struct client *client, enum client_mode mode);

/* Begins what the mode asks for, waits for something to do, and does it: on a
   connection, or what else the loop has. Returns 0 or a negative errno. */
int client_turn(struct client *client);

#endif
