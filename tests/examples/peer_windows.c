/* SPDX-License-Identifier: MIT */
/* Sockets are numbers that fit an int: handles of Windows have 32 bits. */
#include "examples/peer.h"

#include <winsock2.h>

#include "examples/program.h"

static struct sockaddr_in loopback(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};

    address.sin_port = htons((u_short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* It must not be the program's as well, which would keep it open. */
static int prepare(SOCKET peer)
{
    DWORD patience = PROGRAM_PATIENCE_MS;
    int buffer = PEER_BUFFER_BYTES;

    assert_true(peer != INVALID_SOCKET);
    SetHandleInformation((HANDLE)peer, HANDLE_FLAG_INHERIT, 0);
    setsockopt(peer, SOL_SOCKET, SO_RCVBUF, (char *)&buffer, sizeof buffer);
    setsockopt(peer, SOL_SOCKET, SO_SNDBUF, (char *)&buffer, sizeof buffer);
    setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, (char *)&patience,
               sizeof patience);
    setsockopt(peer, SOL_SOCKET, SO_SNDTIMEO, (char *)&patience,
               sizeof patience);
    return (int)peer;
}

static int open_socket(int type)
{
    WSADATA data;

    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
    return prepare(socket(AF_INET, type, 0));
}

static int open_connected(int type, unsigned port)
{
    struct sockaddr_in address = loopback(port);
    int peer = open_socket(type);

    assert_int_equal(
        connect((SOCKET)peer, (struct sockaddr *)&address, sizeof address), 0);
    return peer;
}

int peer_connect(unsigned port)
{
    int peer = open_connected(SOCK_STREAM, port);
    BOOL yes = TRUE;

    setsockopt((SOCKET)peer, IPPROTO_TCP, TCP_NODELAY, (char *)&yes,
               sizeof yes);
    return peer;
}

int peer_datagram(unsigned port)
{
    return open_connected(SOCK_DGRAM, port);
}

int peer_listen(unsigned *port)
{
    struct sockaddr_in address = loopback(0);
    int size = sizeof address;
    int peer = open_socket(SOCK_STREAM);
    SOCKET native = (SOCKET)peer;

    assert_int_equal(bind(native, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(native, 16), 0);
    assert_int_equal(getsockname(native, (struct sockaddr *)&address, &size),
                     0);
    *port = ntohs(address.sin_port);
    return peer;
}

int peer_accept(int listener)
{
    return prepare(accept((SOCKET)listener, NULL, NULL));
}

void peer_send(int peer, const void *bytes, size_t size)
{
    assert_int_equal(send((SOCKET)peer, bytes, (int)size, 0), size);
}

static void set_blocking(int peer, bool is_blocking)
{
    u_long is_non_blocking = !is_blocking;

    ioctlsocket((SOCKET)peer, (long)FIONBIO, &is_non_blocking);
}

static int result_of(int count, int error)
{
    if (count >= 0)
        return count;
    if (error == WSAEWOULDBLOCK)
        return -1;
    assert_true(error == WSAECONNRESET || error == WSAECONNABORTED);
    return -2;
}

int peer_try_send(int peer, const void *bytes, size_t size)
{
    int count, error;

    set_blocking(peer, false);
    count = send((SOCKET)peer, bytes, (int)size, 0);
    error = WSAGetLastError();
    set_blocking(peer, true);
    return result_of(count, error);
}

int peer_try_receive(int peer, void *bytes, size_t size)
{
    int count, error;

    set_blocking(peer, false);
    count = recv((SOCKET)peer, bytes, (int)size, 0);
    error = WSAGetLastError();
    set_blocking(peer, true);
    return result_of(count, error);
}

bool peer_await(int to_read, int to_write, int milliseconds)
{
    struct timeval time = {.tv_sec = milliseconds / 1000,
                           .tv_usec = milliseconds % 1000 * 1000};
    fd_set readable, writable, failed;

    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_ZERO(&failed);
    if (to_read >= 0)
        FD_SET((SOCKET)to_read, &readable);
    if (to_write >= 0)
        FD_SET((SOCKET)to_write, &writable);
    return select(0, &readable, &writable, &failed, &time) > 0;
}

void peer_finish(int peer)
{
    assert_int_equal(shutdown((SOCKET)peer, SD_SEND), 0);
}

void peer_close(int peer)
{
    closesocket((SOCKET)peer);
}

void peer_reset(int peer)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    setsockopt((SOCKET)peer, SOL_SOCKET, SO_LINGER, (char *)&at_once,
               sizeof at_once);
    closesocket((SOCKET)peer);
}
