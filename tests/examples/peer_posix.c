/* SPDX-License-Identifier: MIT */
#include "examples/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "examples/program.h"

static struct sockaddr_in loopback(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};

    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int prepare(int peer)
{
    struct timeval patience = {.tv_sec = PROGRAM_PATIENCE_MS / 1000};
    int buffer = PEER_BUFFER_BYTES;

    assert_true(peer >= 0);
    assert_int_equal(fcntl(peer, F_SETFD, FD_CLOEXEC), 0);
    setsockopt(peer, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    setsockopt(peer, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(peer, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return peer;
}

static int open_connected(int type, unsigned port)
{
    struct sockaddr_in address = loopback(port);
    int peer = prepare(socket(AF_INET, type, 0));

    assert_int_equal(connect(peer, (struct sockaddr *)&address, sizeof address),
                     0);
    return peer;
}

int peer_connect(unsigned port)
{
    int peer = open_connected(SOCK_STREAM, port), yes = 1;

    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return peer;
}

int peer_datagram(unsigned port)
{
    return open_connected(SOCK_DGRAM, port);
}

int peer_listen(unsigned *port)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    int peer = prepare(socket(AF_INET, SOCK_STREAM, 0));

    assert_int_equal(bind(peer, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(peer, 16), 0);
    assert_int_equal(getsockname(peer, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return peer;
}

int peer_accept(int listener)
{
    return prepare(accept(listener, NULL, NULL));
}

/* program_start() has seen to it that no SIGPIPE comes. */
void peer_send(int peer, const void *bytes, size_t size)
{
    assert_int_equal(send(peer, bytes, size, 0), size);
}

static int result_of(ssize_t count)
{
    if (count >= 0)
        return (int)count;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return -1;
    assert_true(errno == ECONNRESET || errno == EPIPE || errno == ECONNREFUSED);
    return -2;
}

int peer_try_send(int peer, const void *bytes, size_t size)
{
    return result_of(send(peer, bytes, size, MSG_DONTWAIT));
}

int peer_try_receive(int peer, void *bytes, size_t size)
{
    return result_of(recv(peer, bytes, size, MSG_DONTWAIT));
}

bool peer_await(int to_read, int to_write, int milliseconds)
{
    struct pollfd handles[] = {{.fd = to_read, .events = POLLIN},
                               {.fd = to_write, .events = POLLOUT}};

    return poll(handles, 2, milliseconds) > 0;
}

void peer_finish(int peer)
{
    assert_int_equal(shutdown(peer, SHUT_WR), 0);
}

void peer_close(int peer)
{
    close(peer);
}

void peer_reset(int peer)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(peer);
}
