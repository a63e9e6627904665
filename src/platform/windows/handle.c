/* SPDX-License-Identifier: MIT */
#include "platform/platform.h"

#include "platform/windows/windows_error.h"

#include <errno.h>
#include <winsock2.h>

/*
 * The negative ones are pseudo-handles, and failures. Open ones are multiples
 * of four: the system ignores the two lowest bits, which would let an object
 * have four names.
 */
int ri_handle_check(reactor_handle handle)
{
    return handle > INTPTR_MAX || handle % 4 != 0 ? -EBADF : 0;
}

/*
 * 0 for a socket. Winsock has one answer, WSAENOTSOCK, for what is no socket
 * and for what is not open; the kernel tells the two apart.
 */
static int type_of(reactor_handle handle, int *type)
{
    int size = sizeof(*type);
    DWORD flags;
    int error;

    if (getsockopt(handle, SOL_SOCKET, SO_TYPE, (char *)type, &size) == 0)
        return 0;
    error = ri_error_of_windows((uint32_t)WSAGetLastError());
    if (error != -ENOTSOCK)
        return error;
    return GetHandleInformation((HANDLE)handle, &flags) ? -EPERM : -EBADF;
}

int ri_handle_is_open(reactor_handle handle)
{
    int type;
    int error = type_of(handle, &type);

    return error == -EPERM ? 0 : error;
}

/* FNV-1a (Fowler, Noll, Vo; public domain). */
static uint32_t hash(uint32_t value, const struct sockaddr_storage *address,
                     int size)
{
    const unsigned char *bytes = (const unsigned char *)address;
    int i;

    for (i = 0; i < size; i++)
        value = (value ^ bytes[i]) * UINT32_C(0x01000193);
    return value;
}

/*
 * All that a socket tells about itself, never changes and shares with no other
 * is the two ends of a stream's connection, unless these are Unix paths.
 */
static uint32_t identity_of(reactor_handle socket)
{
    struct sockaddr_storage peer;
    struct sockaddr_storage own;
    int peer_size = sizeof(peer);
    int own_size = sizeof(own);
    uint32_t identity = UINT32_C(0x811C9DC5);

    if (getpeername(socket, (struct sockaddr *)&peer, &peer_size) != 0 ||
        getsockname(socket, (struct sockaddr *)&own, &own_size) != 0 ||
        own.ss_family == AF_UNIX)
        return RI_IDENTITY_NONE;
    identity = hash(identity, &peer, peer_size);
    identity = hash(identity, &own, own_size);
    return identity != RI_IDENTITY_NONE ? identity : 1;
}

int ri_handle_inspect(reactor_handle handle, uint32_t *identity)
{
    int type;
    int error = type_of(handle, &type);

    if (error == 0)
        *identity =
            type == SOCK_STREAM ? identity_of(handle) : RI_IDENTITY_NONE;
    return error;
}
