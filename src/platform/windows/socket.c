/* SPDX-License-Identifier: MIT */
#include "platform/socket.h"

#include "platform/windows/windows_error.h"

#include <errno.h>
#include <winsock2.h>

#include <afunix.h>
#include <stdio.h>
#include <string.h>
#include <ws2tcpip.h>

#ifndef WSA_FLAG_NO_HANDLE_INHERIT /* Windows 7 with SP1 */
#define WSA_FLAG_NO_HANDLE_INHERIT 0x80
#endif

#ifndef IO_REPARSE_TAG_AF_UNIX /* what the file of a Unix socket is */
#define IO_REPARSE_TAG_AF_UNIX 0x80000023
#endif

static int result(reactor_handle handle, int status)
{
    return status == 0 ? 0 : ri_error_of_socket(handle);
}

/* ---- Open and close ---- */

int ri_socket_make_ours(reactor_handle handle)
{
    u_long is_on = 1;

    return result(handle, ioctlsocket(handle, (long)FIONBIO, &is_on));
}

/* Winsock says so of a protocol, when a family is what it has not. */
static int error_of_open(void)
{
    int error = ri_error_of_windows((uint32_t)WSAGetLastError());

    return error == -EPROTONOSUPPORT || error == -EPROTOTYPE ? -EAFNOSUPPORT
                                                             : error;
}

int ri_socket_open(const void *name, enum ri_socket_type type,
                   reactor_handle *out)
{
    int family = ((const struct sockaddr *)name)->sa_family;
    int native = type == RI_SOCKET_STREAM ? SOCK_STREAM : SOCK_DGRAM;
    SOCKET handle =
        WSASocketW(family, native, 0, NULL, 0,
                   WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
    int error;

    if (handle == INVALID_SOCKET)
        return error_of_open();
    error = ri_socket_make_ours(handle);
    if (error != 0) {
        closesocket(handle);
        return error;
    }
    *out = handle;
    return 0;
}

void ri_socket_close(reactor_handle handle)
{
    (void)closesocket(handle);
}

/* ---- Listen ---- */

/*
 * bind(): of a port WSAEACCES says that somebody else has it for himself alone,
 * a listener of ours for instance. It needs no privilege here.
 */
int ri_socket_bind(reactor_handle handle, const void *name, uint32_t size)
{
    int error = result(handle, bind(handle, name, (int)size));
    bool is_port = ((const struct sockaddr *)name)->sa_family != AF_UNIX;

    return error == -EACCES && is_port ? -EADDRINUSE : error;
}

int ri_socket_listen(reactor_handle handle, uint32_t backlog)
{
    int most = SOMAXCONN;

    if (backlog != 0 && backlog < (uint32_t)most)
        most = (int)backlog;
    return result(handle, listen(handle, most));
}

static int get_option(reactor_handle handle, int option, int *value)
{
    int size = sizeof *value;

    return result(handle,
                  getsockopt(handle, SOL_SOCKET, option, (char *)value, &size));
}

int ri_socket_is_listening(reactor_handle handle)
{
    int type = 0, listens = 0;
    int error = get_option(handle, SO_TYPE, &type);

    if (error != 0)
        return error;
    if (type != SOCK_STREAM)
        return -EINVAL;
    /* As a BOOL, of which only the lowest byte may be written. */
    error = get_option(handle, SO_ACCEPTCONN, &listens);
    if (error != 0)
        return error;
    return listens != 0 ? 0 : -EINVAL;
}

/* WSAECONNRESET: gone before it was accepted. */
int ri_socket_accept(reactor_handle handle, reactor_handle *out, void *name,
                     uint32_t *size)
{
    int length = (int)*size;
    SOCKET accepted = accept(handle, name, &length);
    int error;

    if (accepted == INVALID_SOCKET) {
        error = ri_error_of_socket(handle);
        return error == -ECONNRESET || error == -EINTR ? -ECONNABORTED : error;
    }
    error = ri_socket_make_ours(accepted);
    if (error != 0) {
        closesocket(accepted);
        return -ECONNABORTED;
    }
    (void)SetHandleInformation((HANDLE)accepted, HANDLE_FLAG_INHERIT, 0);
    *out = accepted;
    *size = length <= (int)sizeof(ADDRESS_FAMILY) ? 0 : (uint32_t)length;
    return 0;
}

/* ---- Connect ---- */

int ri_socket_connect(reactor_handle handle, const void *name, uint32_t size)
{
    int error = result(handle, connect(handle, name, (int)size));

    return error == -EAGAIN ? -EINPROGRESS : error;
}

int ri_socket_error(reactor_handle handle)
{
    int error = 0;
    int failure = get_option(handle, SO_ERROR, &error);

    if (failure != 0)
        return failure;
    return error != 0 ? ri_error_of_windows((uint32_t)error) : 0;
}

/* ---- Options ---- */

static int set(reactor_handle handle, int level, int option, bool value)
{
    DWORD number = value;

    return result(handle, setsockopt(handle, level, option,
                                     (const char *)&number, sizeof number));
}

static int set_reset_at_close(reactor_handle handle, bool value)
{
    struct linger linger = {.l_onoff = value, .l_linger = 0};

    return result(handle, setsockopt(handle, SOL_SOCKET, SO_LINGER,
                                     (const char *)&linger, sizeof linger));
}

/* SO_REUSEADDR would let others take the address; connections that linger are
   in nobody's way here. */
int ri_socket_set(reactor_handle handle, enum ri_socket_option option,
                  bool value)
{
    switch (option) {
    case RI_SOCKET_REUSE_ADDRESS:
        return set(handle, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, value);
    case RI_SOCKET_IPV6_ONLY:
        return set(handle, IPPROTO_IPV6, IPV6_V6ONLY, value);
    case RI_SOCKET_NO_DELAY:
        return set(handle, IPPROTO_TCP, TCP_NODELAY, value);
    case RI_SOCKET_KEEP_ALIVE:
        return set(handle, SOL_SOCKET, SO_KEEPALIVE, value);
    case RI_SOCKET_BROADCAST:
        return set(handle, SOL_SOCKET, SO_BROADCAST, value);
    case RI_SOCKET_RESET_AT_CLOSE:
        return set_reset_at_close(handle, value);
    case RI_SOCKET_SHARED:
    case RI_SOCKET_TELL_ERRORS:
        break;
    }
    return -ENOTSUP;
}

/* ---- Names ---- */

static int result_of_name(reactor_handle handle, int status, int length,
                          uint32_t *size)
{
    if (status != 0)
        return ri_error_of_socket(handle);
    *size = length <= (int)sizeof(ADDRESS_FAMILY) ? 0 : (uint32_t)length;
    return 0;
}

int ri_socket_name(reactor_handle handle, void *name, uint32_t *size)
{
    int length = (int)*size;
    int status = getsockname(handle, name, &length);

    return result_of_name(handle, status, length, size);
}

int ri_socket_peer(reactor_handle handle, void *name, uint32_t *size)
{
    int length = (int)*size;
    int status = getpeername(handle, name, &length);

    return result_of_name(handle, status, length, size);
}

/* ---- Zones: Windows writes them as numbers ---- */

uint32_t ri_zone_parse(const char *text)
{
    (void)text;
    return 0;
}

void ri_zone_format(uint32_t zone, char *text)
{
    (void)snprintf(text, RI_ZONE_SIZE, "%lu", (unsigned long)zone);
}

/* ---- Paths: UTF-8 ---- */

#define PATH_SIZE sizeof(((struct sockaddr_un *)0)->sun_path)

/* With its zero, which `name` may lack. */
static int path_of(const void *name, uint32_t size, WCHAR path[PATH_SIZE + 1])
{
    struct sockaddr_un un;
    char text[PATH_SIZE + 1] = "";
    int count;

    memset(&un, 0, sizeof un);
    memcpy(&un, name, size < sizeof un ? size : sizeof un);
    memcpy(text, un.sun_path, PATH_SIZE);
    if (un.sun_family != AF_UNIX || text[0] == '\0')
        return -EINVAL;
    count = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text, -1, path,
                                PATH_SIZE + 1);
    return count > 0 ? 0 : -EINVAL;
}

/* 0; -ENOENT; -EADDRINUSE for what is no socket. */
static int is_socket(const WCHAR *path)
{
    FILE_ATTRIBUTE_TAG_INFO info;
    HANDLE file = CreateFileW(
        path, FILE_READ_ATTRIBUTES,
        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, NULL,
        OPEN_EXISTING,
        FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS, NULL);
    BOOL is_known;

    if (file == INVALID_HANDLE_VALUE)
        return ri_error_of_windows(GetLastError());
    is_known = GetFileInformationByHandleEx(file, FileAttributeTagInfo, &info,
                                            sizeof info);
    CloseHandle(file);
    return is_known &&
                   (info.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0 &&
                   info.ReparseTag == IO_REPARSE_TAG_AF_UNIX
               ? 0
               : -EADDRINUSE;
}

int ri_socket_remove_path(const void *name, uint32_t size)
{
    WCHAR path[PATH_SIZE + 1];
    bool is_used;
    int error = path_of(name, size, path);

    if (error == 0)
        error = is_socket(path);
    if (error != 0)
        return error == -ENOENT ? 0 : error;
    error = ri_name_is_listened_to(name, size, &is_used);
    if (error != 0)
        return error;
    if (is_used)
        return -EADDRINUSE;
    return DeleteFileW(path) ? 0 : ri_error_of_windows(GetLastError());
}
