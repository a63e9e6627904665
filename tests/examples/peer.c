/* SPDX-License-Identifier: MIT */
/* What is the same for all systems. */
#include "examples/peer.h"

#include <string.h>

#include "examples/program.h"

/* The period is no divisor of any buffer's size. */
enum { CHUNK = 65536, PERIOD = 251 };

/* So much of the pattern from an offset on. */
static const unsigned char *pattern_at(uint64_t offset)
{
    static unsigned char bytes[CHUNK + PERIOD];

    if (bytes[1] == 0)
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (unsigned char)(i % PERIOD);
    return bytes + offset % PERIOD;
}

static size_t chunk_of(uint64_t left)
{
    return left < CHUNK ? (size_t)left : CHUNK;
}

int peer_receive(int peer, void *bytes, size_t size)
{
    int count;

    while ((count = peer_try_receive(peer, bytes, size)) == -1)
        if (!peer_await(peer, -1, PROGRAM_PATIENCE_MS))
            fail_msg("nothing comes");
    return count;
}

void peer_expect(int peer, const void *bytes, size_t size)
{
    static unsigned char buffer[CHUNK];
    const unsigned char *expected = bytes;

    while (size > 0) {
        int count = peer_receive(peer, buffer, chunk_of(size));

        assert_true(count > 0);
        assert_memory_equal(buffer, expected, (size_t)count);
        expected += count;
        size -= (size_t)count;
    }
}

void peer_expect_text(int peer, const char *text)
{
    peer_expect(peer, text, strlen(text));
}

void peer_expect_echo(int peer, const char *text)
{
    peer_send(peer, text, strlen(text));
    peer_expect_text(peer, text);
}

void peer_expect_end(int peer)
{
    char byte;

    assert_int_equal(peer_receive(peer, &byte, 1), 0);
}

void peer_expect_reset(int peer)
{
    char byte;

    assert_int_equal(peer_receive(peer, &byte, 1), -2);
}

void peer_drain(int peer)
{
    static char buffer[CHUNK];

    while (peer_receive(peer, buffer, sizeof buffer) > 0)
        continue;
}

size_t peer_send_until_full(int peer)
{
    size_t sent = 0;

    while (peer_await(-1, peer, PEER_SILENCE_MS)) {
        int count = peer_try_send(peer, pattern_at(sent), CHUNK);

        assert_true(count >= -1);
        if (count > 0)
            sent += (size_t)count;
    }
    return sent;
}

void peer_expect_pattern(int peer, size_t size)
{
    for (size_t offset = 0; offset < size; offset += CHUNK)
        peer_expect(peer, pattern_at(offset), chunk_of(size - offset));
}

/* Sends what goes; returns how much. */
static size_t send_some(int from, uint64_t sent, uint64_t size)
{
    int count;

    if (sent == size)
        return 0;
    count = peer_try_send(from, pattern_at(sent), chunk_of(size - sent));
    assert_true(count >= -1 && count != 0);
    return count > 0 ? (size_t)count : 0;
}

static size_t expect_some(int to, uint64_t received)
{
    static unsigned char buffer[CHUNK];
    int count = peer_try_receive(to, buffer, sizeof buffer);

    assert_true(count == -1 || count > 0);
    if (count <= 0)
        return 0;
    assert_memory_equal(buffer, pattern_at(received), (size_t)count);
    return (size_t)count;
}

/* As much as goes at the moment, in both directions. */
static void move_some(int from, int to, uint64_t size, uint64_t *sent,
                      uint64_t *received)
{
    size_t out = send_some(from, *sent, size);
    size_t in = expect_some(to, *received);

    *sent += out;
    *received += in;
    if (out == 0 && in == 0 &&
        !peer_await(to, *sent < size ? from : -1, PROGRAM_PATIENCE_MS))
        fail_msg("stuck after %llu bytes", (unsigned long long)*received);
}

void peer_transfer(int from, int to, uint64_t size)
{
    uint64_t sent = 0, received = 0;

    while (received < size / 8)
        move_some(from, to, size, &sent, &received);
    while (sent < size && peer_await(-1, from, PEER_SILENCE_MS))
        sent += send_some(from, sent, size);
    assert_true(sent < size); /* all the way is full */
    while (received < size)
        move_some(from, to, size, &sent, &received);
    assert_true(sent == size);
}
