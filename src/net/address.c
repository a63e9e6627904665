/* SPDX-License-Identifier: MIT */
#include "net/address_state.h"

#include "platform/socket.h"

#include <errno.h>
#include <string.h>

/* What it says: false for an empty one. */
static bool read_parts(const struct reactor_address *address,
                       struct ri_name_parts *out)
{
    return address != NULL && address->size > 0 &&
           ri_name_read(address->storage, address->size, out) == 0;
}

static int write_parts(const struct ri_name_parts *parts,
                       struct reactor_address *out)
{
    struct reactor_address address = {0};
    int size = ri_name_make(parts, address.storage);

    if (size < 0)
        return size;
    address.size = (uint32_t)size;
    *out = address;
    return 0;
}

/* ---- The system's ---- */

int reactor_address_from_native(struct reactor_address *out, const void *native,
                                size_t size)
{
    struct reactor_address address = {0};
    struct ri_name_parts parts;
    int error;

    if (out == NULL || native == NULL)
        return -EINVAL;
    if (size > sizeof(address.storage))
        return -ENAMETOOLONG;
    memcpy(address.storage, native, size);
    address.size = (uint32_t)size;
    error = ri_name_read(address.storage, address.size, &parts);
    if (error == 0)
        *out = address;
    return error;
}

const void *reactor_address_native(const struct reactor_address *address,
                                   size_t *size)
{
    bool is_empty = address == NULL || address->size == 0;

    if (size != NULL)
        *size = is_empty ? 0 : address->size;
    return is_empty ? NULL : address->storage;
}

int reactor_address_of(reactor_handle handle, struct reactor_address *out)
{
    struct reactor_address address = {.size = RI_NAME_SIZE};
    int error;

    if (out == NULL)
        return -EINVAL;
    error = ri_socket_name(handle, address.storage, &address.size);
    if (error == 0)
        *out = address;
    return error;
}

int reactor_address_of_peer(reactor_handle handle, struct reactor_address *out)
{
    struct reactor_address address = {.size = RI_NAME_SIZE};
    int error;

    if (out == NULL)
        return -EINVAL;
    error = ri_socket_peer(handle, address.storage, &address.size);
    if (error == 0)
        *out = address;
    return error;
}

/* ---- Its parts ---- */

enum reactor_family
reactor_address_family(const struct reactor_address *address)
{
    struct ri_name_parts parts;

    if (!read_parts(address, &parts))
        return REACTOR_FAMILY_NONE;
    switch (parts.family) {
    case RI_NAME_IPV4:
        return REACTOR_FAMILY_IPV4;
    case RI_NAME_IPV6:
        return REACTOR_FAMILY_IPV6;
    case RI_NAME_UNIX:
        return REACTOR_FAMILY_UNIX;
    case RI_NAME_OTHER:
        break;
    }
    return REACTOR_FAMILY_NONE;
}

static bool has_port(const struct ri_name_parts *parts)
{
    return parts->family == RI_NAME_IPV4 || parts->family == RI_NAME_IPV6;
}

int reactor_address_port(const struct reactor_address *address)
{
    struct ri_name_parts parts;

    return read_parts(address, &parts) && has_port(&parts) ? parts.port
                                                           : -EAFNOSUPPORT;
}

int reactor_address_set_port(struct reactor_address *address, int port)
{
    struct ri_name_parts parts;

    if (address == NULL || port < 0 || port > UINT16_MAX)
        return -EINVAL;
    if (!read_parts(address, &parts) || !has_port(&parts))
        return -EAFNOSUPPORT;
    parts.port = (uint16_t)port;
    return write_parts(&parts, address);
}

static bool are_equal(const struct ri_name_parts *a,
                      const struct ri_name_parts *b)
{
    if (a->family != b->family)
        return false;
    switch (a->family) {
    case RI_NAME_IPV4:
        return a->port == b->port && memcmp(a->ip, b->ip, 4) == 0;
    case RI_NAME_IPV6:
        return a->port == b->port && a->zone == b->zone &&
               memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
    case RI_NAME_UNIX:
        return a->path_size == b->path_size &&
               memcmp(a->path, b->path, a->path_size) == 0;
    case RI_NAME_OTHER:
        break;
    }
    return false;
}

int reactor_address_is_equal(const struct reactor_address *a,
                             const struct reactor_address *b)
{
    struct ri_name_parts a_parts, b_parts;
    bool a_is_empty = !read_parts(a, &a_parts);
    bool b_is_empty = !read_parts(b, &b_parts);

    if (a_is_empty || b_is_empty)
        return a_is_empty && b_is_empty;
    if (a_parts.family == RI_NAME_OTHER)
        return a->size == b->size &&
               memcmp(a->storage, b->storage, a->size) == 0;
    return are_equal(&a_parts, &b_parts);
}

bool ri_address_is_path(const struct reactor_address *address)
{
    struct ri_name_parts parts;

    return read_parts(address, &parts) && parts.family == RI_NAME_UNIX &&
           parts.path_size > 0 && parts.path[0] != '\0';
}

bool ri_address_any_of_ipv4(const struct reactor_address *address,
                            struct reactor_address *out)
{
    static const unsigned char any[16];
    struct ri_name_parts parts;

    if (!read_parts(address, &parts) || parts.family != RI_NAME_IPV6 ||
        memcmp(parts.ip, any, sizeof any) != 0)
        return false;
    parts.family = RI_NAME_IPV4;
    return write_parts(&parts, out) == 0;
}
