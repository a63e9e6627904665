/* SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_PEER_H
#define EXAMPLES_PEER_H

/* A TCP client that blocks, but not for ever. Failures fail the test. */

#include <stddef.h>

int peer_connect(unsigned port);

void peer_send(int peer, const void *bytes, size_t size);

/* These bytes come next. */
void peer_expect(int peer, const void *bytes, size_t size);

/* A text goes out and comes back. */
void peer_expect_echo(int peer, const char *text);

/* The end of the stream comes next. */
void peer_expect_end(int peer);

/* Sends as much of a pattern as the way there and back holds; returns how much
   that is, and expects so much of it. */
size_t peer_send_until_full(int peer);
void peer_expect_pattern(int peer, size_t size);

/* Closes so that the other side sees a reset. */
void peer_reset(int peer);

#endif /* EXAMPLES_PEER_H */
