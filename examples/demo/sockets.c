/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700

#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024, PORTS_TO_TRY = 100 };

static struct sockaddr_in loopback(uint32_t offset, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};

    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + offset);
    return address;
}

static int close_failed(int handle, int error)
{
    close(handle);
    return -error;
}

static int listen_at(uint16_t port)
{
    struct sockaddr_in address = loopback(0, port);
    int yes = 1, handle = socket(AF_INET, SOCK_STREAM, 0);

    if (handle < 0)
        return -errno;
    /* Connections of the last run may still linger on this port. */
    if (setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
        bind(handle, (struct sockaddr *)&address, sizeof address) < 0 ||
        listen(handle, BACKLOG) < 0 || fcntl(handle, F_SETFL, O_NONBLOCK) < 0)
        return close_failed(handle, errno);
    return handle;
}

int socket_listen(uint16_t port, bool port_is_fixed)
{
    int result = listen_at(port);

    if (port_is_fixed)
        return result;
    for (int i = 1; i < PORTS_TO_TRY && result == -EADDRINUSE; i++)
        result = listen_at((uint16_t)(port + i));
    return result;
}

uint16_t socket_port(int handle)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;

    getsockname(handle, (struct sockaddr *)&address, &size);
    return ntohs(address.sin_port);
}

int socket_accept(int listener)
{
    int handle = accept(listener, NULL, NULL);

    if (handle < 0)
        return -errno;
    if (fcntl(handle, F_SETFL, O_NONBLOCK) < 0)
        return close_failed(handle, errno);
    return handle;
}

int socket_connect(uint16_t port, uint32_t source)
{
    struct sockaddr_in from = loopback(source, 0), to = loopback(0, port);
    int handle = socket(AF_INET, SOCK_STREAM, 0);

    if (handle < 0)
        return -errno;
    if (fcntl(handle, F_SETFL, O_NONBLOCK) < 0 ||
        (source > 0 &&
         bind(handle, (struct sockaddr *)&from, sizeof from) < 0) ||
        (connect(handle, (struct sockaddr *)&to, sizeof to) < 0 &&
         errno != EINPROGRESS))
        return close_failed(handle, errno);
    return handle;
}

int socket_connect_result(int handle)
{
    int error = 0;
    socklen_t size = sizeof error;

    if (getsockopt(handle, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
        return -errno;
    return -error;
}

void socket_abort(int handle)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    setsockopt(handle, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(handle);
}

bool socket_would_block(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}
