/* SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_PEER_H
#define EXAMPLES_PEER_H

/*
 * The other end of a program's connections: TCP that blocks, but not for ever.
 * Failures fail the test.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So long without room on a loopback connection means that it is full. */
enum { PEER_SILENCE_MS = 200 };

/* What the system keeps for a peer: the rest of the way may keep much more. */
enum { PEER_BUFFER_BYTES = 256 * 1024 };

/* ---- peer_posix.c, peer_windows.c ---- */

/* What it sends is not held back. */
int peer_connect(unsigned port);

/* A peer that others connect to, and the next of them. */
int peer_listen(unsigned *port);
int peer_accept(int listener);

/* A UDP socket that is connected to a port. */
int peer_datagram(unsigned port);

void peer_send(int peer, const void *bytes, size_t size);

/* How many bytes, or -1 if none will do at the moment; 0 is the end of the
   stream, and -2 a reset. */
int peer_try_send(int peer, const void *bytes, size_t size);
int peer_try_receive(int peer, void *bytes, size_t size);

/* Waits until one of them can be read or written to; -1 is none. Returns
   whether it is so. */
bool peer_await(int to_read, int to_write, int milliseconds);

/* Ends what is sent to the other side. */
void peer_finish(int peer);
void peer_close(int peer);

/* Closes so that the other side sees a reset. */
void peer_reset(int peer);

/* ---- peer.c ---- */

/* The next bytes, 1 or more; 0 at the end, -2 for a reset. */
int peer_receive(int peer, void *bytes, size_t size);

/* These bytes come next. */
void peer_expect(int peer, const void *bytes, size_t size);
void peer_expect_text(int peer, const char *text);

/* A text goes out and comes back. */
void peer_expect_echo(int peer, const char *text);

/* The end of the stream comes next, or a reset. */
void peer_expect_end(int peer);
void peer_expect_reset(int peer);

/* Whatever comes until the end, a reset included. */
void peer_drain(int peer);

/* Sends as much of a pattern as the way there and back holds; returns how much
   that is, and expects so much of it. */
size_t peer_send_until_full(int peer);
void peer_expect_pattern(int peer, size_t size);

/* Sends so much of the pattern on one side, and expects it on the other one,
   which does not read for a while in the middle. */
void peer_transfer(int from, int to, uint64_t size);

#endif /* EXAMPLES_PEER_H */
