/* SPDX-License-Identifier: MIT */
#include "examples/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "examples/program.h"

/* So long without room on a loopback connection means that it is full. */
enum { SILENCE_MS = 200, CHUNK = 4096 };

int peer_connect(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct timeval patience = {.tv_sec = PROGRAM_PATIENCE_MS / 1000};
    int peer = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(peer >= 0);
    assert_int_equal(fcntl(peer, F_SETFD, FD_CLOEXEC), 0);
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(peer, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(peer, (struct sockaddr *)&address, sizeof address),
                     0);
    return peer;
}

/* program_start() has seen to it that no SIGPIPE comes. */
void peer_send(int peer, const void *bytes, size_t size)
{
    assert_int_equal(send(peer, bytes, size, 0), size);
}

void peer_expect(int peer, const void *bytes, size_t size)
{
    const unsigned char *expected = bytes;
    unsigned char buffer[CHUNK];

    while (size > 0) {
        size_t wanted = size < sizeof buffer ? size : sizeof buffer;
        ssize_t count = recv(peer, buffer, wanted, 0);

        assert_true(count > 0);
        assert_memory_equal(buffer, expected, (size_t)count);
        expected += count;
        size -= (size_t)count;
    }
}

void peer_expect_echo(int peer, const char *text)
{
    peer_send(peer, text, strlen(text));
    peer_expect(peer, text, strlen(text));
}

void peer_expect_end(int peer)
{
    char byte;

    assert_int_equal(recv(peer, &byte, 1, 0), 0);
}

/* Its period of 251 is no divisor of any buffer's size. */
static void fill_pattern(unsigned char bytes[CHUNK], size_t offset)
{
    for (size_t i = 0; i < CHUNK; i++)
        bytes[i] = (unsigned char)((offset + i) % 251);
}

size_t peer_send_until_full(int peer)
{
    struct pollfd handle = {.fd = peer, .events = POLLOUT};
    unsigned char bytes[CHUNK];
    size_t sent = 0;

    while (poll(&handle, 1, SILENCE_MS) == 1) {
        ssize_t count;

        fill_pattern(bytes, sent);
        count = send(peer, bytes, sizeof bytes, MSG_DONTWAIT);
        assert_true(count > 0 || errno == EAGAIN);
        if (count > 0)
            sent += (size_t)count;
    }
    return sent;
}

void peer_expect_pattern(int peer, size_t size)
{
    unsigned char bytes[CHUNK];

    for (size_t offset = 0; offset < size; offset += CHUNK) {
        fill_pattern(bytes, offset);
        peer_expect(peer, bytes, size - offset < CHUNK ? size - offset : CHUNK);
    }
}

void peer_reset(int peer)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(peer);
}
