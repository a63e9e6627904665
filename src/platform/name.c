/* SPDX-License-Identifier: MIT */
/* Addresses are nearly the same everywhere; native_sockets.h is the system's.
 */
#include "native_sockets.h"
#include "platform/socket.h"

#include <errno.h>
#include <string.h>

#define PATH_OFFSET offsetof(struct sockaddr_un, sun_path)
#define PATH_MAX_   (sizeof(((struct sockaddr_un *)0)->sun_path))

_Static_assert(sizeof(struct sockaddr_un) <= RI_NAME_SIZE &&
                   sizeof(struct sockaddr_in6) <= RI_NAME_SIZE,
               "there is room for every name");

/* ---- Make ---- */

/* BSD: every struct begins with its length. */
static int finish(void *name, size_t size)
{
#ifdef SIN6_LEN
    ((struct sockaddr *)name)->sa_len = (uint8_t)size;
#else
    (void)name;
#endif
    return (int)size;
}

static int make_ipv4(const struct ri_name_parts *parts, void *name)
{
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_port = htons(parts->port)};

    memcpy(&in.sin_addr, parts->ip, sizeof in.sin_addr);
    memcpy(name, &in, sizeof in);
    return finish(name, sizeof in);
}

static int make_ipv6(const struct ri_name_parts *parts, void *name)
{
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6,
                               .sin6_port = htons(parts->port),
                               .sin6_scope_id = parts->zone};

    memcpy(&in6.sin6_addr, parts->ip, sizeof in6.sin6_addr);
    memcpy(name, &in6, sizeof in6);
    return finish(name, sizeof in6);
}

/* unix(7): a path ends with a zero, an abstract name with its size. */
static int make_unix(const struct ri_name_parts *parts, void *name)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    bool is_abstract = parts->path_size > 0 && parts->path[0] == '\0';

#ifndef __linux__
    if (is_abstract)
        return -ENOTSUP;
#endif
    if (parts->path_size > PATH_MAX_ - !is_abstract)
        return -ENAMETOOLONG;
    if (parts->path_size > 0)
        memcpy(un.sun_path, parts->path, parts->path_size);
    memcpy(name, &un, sizeof un);
    return finish(name, PATH_OFFSET + parts->path_size + !is_abstract);
}

int ri_name_make(const struct ri_name_parts *parts, void *name)
{
    switch (parts->family) {
    case RI_NAME_IPV4:
        return make_ipv4(parts, name);
    case RI_NAME_IPV6:
        return make_ipv6(parts, name);
    case RI_NAME_UNIX:
        return make_unix(parts, name);
    case RI_NAME_OTHER:
        break;
    }
    return -ENOTSUP;
}

/* ---- Read ---- */

static int read_ipv4(const void *name, uint32_t size, struct ri_name_parts *out)
{
    const unsigned char *bytes = name;
    struct sockaddr_in in;

    if (size < sizeof in)
        return -EINVAL;
    memcpy(&in, bytes, sizeof in);
    out->family = RI_NAME_IPV4;
    out->port = ntohs(in.sin_port);
    memcpy(out->ip, bytes + offsetof(struct sockaddr_in, sin_addr),
           sizeof in.sin_addr);
    return 0;
}

static int read_ipv6(const void *name, uint32_t size, struct ri_name_parts *out)
{
    struct sockaddr_in6 in6;

    if (size < sizeof in6)
        return -EINVAL;
    memcpy(&in6, name, sizeof in6);
    out->family = RI_NAME_IPV6;
    out->port = ntohs(in6.sin6_port);
    out->zone = in6.sin6_scope_id;
    memcpy(out->ip, &in6.sin6_addr, sizeof in6.sin6_addr);
    return 0;
}

static int read_unix(const void *name, uint32_t size, struct ri_name_parts *out)
{
    const char *path = (const char *)name + PATH_OFFSET;
    size_t path_size = size - PATH_OFFSET;

    if (path_size > 0 && path[0] != '\0')
        path_size = strnlen(path, path_size);
    out->family = RI_NAME_UNIX;
    out->path = path;
    out->path_size = path_size;
    return 0;
}

int ri_name_read(const void *name, uint32_t size, struct ri_name_parts *out)
{
    struct sockaddr head;

    if (size < PATH_OFFSET || size > RI_NAME_SIZE)
        return -EINVAL;
    memset(&head, 0, sizeof head);
    memcpy(&head, name, PATH_OFFSET);
    memset(out, 0, sizeof *out);
    switch (head.sa_family) {
    case AF_INET:
        return read_ipv4(name, size, out);
    case AF_INET6:
        return read_ipv6(name, size, out);
    case AF_UNIX:
        return read_unix(name, size, out);
    default:
        out->family = RI_NAME_OTHER;
        return 0;
    }
}

/* ---- Text ---- */

bool ri_ip_parse(enum ri_name_family family, const char *text,
                 unsigned char *ip)
{
    return inet_pton(family == RI_NAME_IPV4 ? AF_INET : AF_INET6, text, ip) ==
           1;
}

void ri_ip_format(enum ri_name_family family, const unsigned char *ip,
                  char *text)
{
    (void)inet_ntop(family == RI_NAME_IPV4 ? AF_INET : AF_INET6, ip, text,
                    INET6_ADDRSTRLEN);
}

/* ---- Who listens ---- */

int ri_name_is_listened_to(const void *name, uint32_t size, bool *out)
{
    reactor_handle handle = REACTOR_INVALID_HANDLE; /* gcc: -errno may be 0 */
    int error = ri_socket_open(name, RI_SOCKET_STREAM, &handle);

    if (error != 0)
        return error;
    *out = ri_socket_connect(handle, name, size) != -ECONNREFUSED;
    ri_socket_close(handle);
    return 0;
}
