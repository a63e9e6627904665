/* SPDX-License-Identifier: MIT */
#include "platform/socket.h"

#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>

static int error_of(int code)
{
    int saved = errno;

    switch (code) {
    case EAI_NONAME:
#if defined EAI_NODATA && EAI_NODATA != EAI_NONAME
    case EAI_NODATA:
#endif
#ifdef EAI_ADDRFAMILY
    case EAI_ADDRFAMILY:
#endif
        return -ENOENT;
    case EAI_AGAIN:
        return -EAGAIN;
    case EAI_MEMORY:
        return -ENOMEM;
    case EAI_SYSTEM:
        return saved != 0 ? -saved : -EIO;
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
    int code;

    errno = 0;
    code = getaddrinfo(host, NULL, &hints, &first);
    if (code != 0)
        return error_of(code);
    for (info = first; info != NULL; info = info->ai_next)
        found(context, info->ai_addr, (uint32_t)info->ai_addrlen);
    freeaddrinfo(first);
    return 0;
}
