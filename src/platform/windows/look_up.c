/* SPDX-License-Identifier: MIT */
#include "platform/socket.h"

#include <errno.h>
#include <winsock2.h>

#include <ws2tcpip.h>

static int error_of(int code)
{
    switch (code) {
    case WSAHOST_NOT_FOUND:
    case WSANO_DATA:
        return -ENOENT;
    case WSATRY_AGAIN:
        return -EAGAIN;
    case WSA_NOT_ENOUGH_MEMORY:
        return -ENOMEM;
    default:
        return -EIO;
    }
}

int ri_names_look_up(const char *host,
                     void (*found)(void *context, const void *name,
                                   uint32_t size),
                     void *context)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *first = NULL;
    const struct addrinfo *info;
    int code = getaddrinfo(host, NULL, &hints, &first);

    if (code != 0)
        return error_of(code);
    for (info = first; info != NULL; info = info->ai_next)
        found(context, info->ai_addr, (uint32_t)info->ai_addrlen);
    freeaddrinfo(first);
    return 0;
}
