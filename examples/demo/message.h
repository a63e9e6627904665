/* SPDX-License-Identifier: MIT */
#ifndef DEMO_MESSAGE_H
#define DEMO_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the built-in client sends and the server sends back, unchanged. Both
   ends are one process, so the bytes are in its own order. */
struct message {
    uint64_t token; /* of this run: tells our own connections from visitors */
    uint64_t connection;
    uint64_t sequence; /* from 1, per connection */
    int64_t sent_at_ns;
    uint64_t payload[3];
    uint64_t checksum; /* of everything above */
};

enum { MESSAGE_SIZE = sizeof(struct message) };

_Static_assert(MESSAGE_SIZE == 64, "a message is 64 bytes");

/* A token that no text begins with, so that the lines of a visitor differ from
   it in the first byte. */
uint64_t message_new_token(void);

void message_compose(struct message *message, uint64_t token,
                     uint64_t connection, uint64_t sequence,
                     int64_t sent_at_ns);

/* Whether the checksum is that of the other bytes. */
bool message_is_intact(const struct message *message);

#endif
