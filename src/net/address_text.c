/* SPDX-License-Identifier: MIT */
/*
 * Addresses as text. A text is cut into host, zone and port here; numbers are
 * the system's to read (inet_pton(3)), so that there is one opinion of them.
 */
#include "net/address_state.h"

#include "platform/socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The longest host that is an IP address, with its zone and a zero. */
#define HOST_SIZE (46 + 1 + RI_ZONE_SIZE)

#define UNIX_PREFIX "unix:"

/* ---- Parse ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Decimal digits and nothing else, at most `most`. */
static bool parse_number(const char *text, uint32_t most, uint32_t *out)
{
    uint64_t number = 0;

    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        if (!is_digit(*text))
            return false;
        number = 10 * number + (uint64_t)(*text - '0');
        if (number > most)
            return false;
    }
    *out = (uint32_t)number;
    return true;
}

static bool parse_port(const char *text, uint16_t *out)
{
    uint32_t port;

    if (!parse_number(text, UINT16_MAX, &port))
        return false;
    *out = (uint16_t)port;
    return true;
}

static int parse_zone(const char *text, uint32_t *out)
{
    if (*text == '\0')
        return -EINVAL;
    *out = ri_zone_parse(text);
    if (*out != 0)
        return 0;
    if (!is_digit(*text))
        return -ENODEV;
    return parse_number(text, UINT32_MAX, out) && *out != 0 ? 0 : -EINVAL;
}

/* `host` may be written on. */
static int parse_ipv6(char *host, struct ri_name_parts *parts)
{
    char *zone = strchr(host, '%');

    if (zone != NULL)
        *zone++ = '\0';
    parts->family = RI_NAME_IPV6;
    if (!ri_ip_parse(RI_NAME_IPV6, host, parts->ip))
        return -EINVAL;
    return zone != NULL ? parse_zone(zone, &parts->zone) : 0;
}

static int parse_ipv4(const char *host, struct ri_name_parts *parts)
{
    parts->family = RI_NAME_IPV4;
    return ri_ip_parse(RI_NAME_IPV4, host, parts->ip) ? 0 : -EINVAL;
}

static bool cut(const char *text, size_t size, char host[HOST_SIZE])
{
    if (size >= HOST_SIZE)
        return false;
    memcpy(host, text, size);
    host[size] = '\0';
    return true;
}

/* [host] or [host]:port */
static int parse_bracketed(const char *text, struct ri_name_parts *parts)
{
    const char *end = strchr(text, ']');
    char host[HOST_SIZE];

    if (end == NULL || !cut(text + 1, (size_t)(end - text - 1), host))
        return -EINVAL;
    if (end[1] != '\0' && (end[1] != ':' || !parse_port(end + 2, &parts->port)))
        return -EINVAL;
    return parse_ipv6(host, parts);
}

static int parse_ip(const char *text, struct ri_name_parts *parts)
{
    const char *colon = strchr(text, ':');
    bool is_ipv6 = colon != NULL && strchr(colon + 1, ':') != NULL;
    size_t size =
        colon != NULL && !is_ipv6 ? (size_t)(colon - text) : strlen(text);
    char host[HOST_SIZE];

    if (!cut(text, size, host))
        return -EINVAL;
    if (is_ipv6)
        return parse_ipv6(host, parts);
    if (colon != NULL && !parse_port(colon + 1, &parts->port))
        return -EINVAL;
    if (strcmp(host, "*") != 0)
        return parse_ipv4(host, parts);
    parts->family = RI_NAME_IPV6;
    return 0;
}

static int digit_of(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* A character, or the byte that %41 stands for: how many were read, or 0. */
static size_t parse_byte(const char *text, char *out)
{
    int high, low;

    if (*text != '%') {
        *out = *text;
        return 1;
    }
    high = digit_of(text[1]);
    low = high >= 0 ? digit_of(text[2]) : -1;
    if (low < 0)
        return 0;
    *out = (char)(unsigned char)(16 * high + low);
    return 3;
}

static int parse_unix(const char *text, struct reactor_address *out)
{
    char path[RI_NAME_SIZE] = "";
    struct ri_name_parts parts = {.family = RI_NAME_UNIX, .path = path};
    struct reactor_address address = {0};
    size_t head = *text == '@' ? 1 : 0;
    int size;

    if (head == 1) {
        path[parts.path_size++] = '\0';
        text++;
    }
    while (*text != '\0') {
        char byte;
        size_t read = parse_byte(text, &byte);

        if (read == 0 || (byte == '\0' && path[0] != '\0'))
            return -EINVAL;
        if (parts.path_size == sizeof path)
            return -ENAMETOOLONG;
        if (byte == '\0' && parts.path_size == 0)
            return -EINVAL; /* abstract names are written with an @ */
        path[parts.path_size++] = byte;
        text += read;
    }
    if (parts.path_size == head)
        return -EINVAL;
    size = ri_name_make(&parts, address.storage);
    if (size < 0)
        return size;
    address.size = (uint32_t)size;
    *out = address;
    return 0;
}

int reactor_address_parse(struct reactor_address *out, const char *text)
{
    struct reactor_address address = {0};
    struct ri_name_parts parts = {.family = RI_NAME_OTHER};
    int size, error;

    if (out == NULL || text == NULL)
        return -EINVAL;
    if (strncmp(text, UNIX_PREFIX, strlen(UNIX_PREFIX)) == 0)
        return parse_unix(text + strlen(UNIX_PREFIX), out);
    error =
        *text == '[' ? parse_bracketed(text, &parts) : parse_ip(text, &parts);
    if (error != 0)
        return error;
    size = ri_name_make(&parts, address.storage);
    if (size < 0)
        return size;
    address.size = (uint32_t)size;
    *out = address;
    return 0;
}

/* ---- Format ---- */

static size_t format_ip(const struct ri_name_parts *parts,
                        char text[REACTOR_ADDRESS_TEXT_MAX])
{
    char host[HOST_SIZE], zone[RI_ZONE_SIZE] = "";
    int length;

    ri_ip_format(parts->family, parts->ip, host);
    if (parts->zone != 0)
        ri_zone_format(parts->zone, zone);
    length =
        parts->family == RI_NAME_IPV4
            ? snprintf(text, REACTOR_ADDRESS_TEXT_MAX, "%s:%u", host,
                       (unsigned)parts->port)
            : snprintf(text, REACTOR_ADDRESS_TEXT_MAX, "[%s%s%s]:%u", host,
                       zone[0] != '\0' ? "%" : "", zone, (unsigned)parts->port);
    return (size_t)length;
}

/* Printable ASCII stands for itself. The first @ of a path does not. */
static bool is_plain(char c, bool is_first)
{
    return c > ' ' && c <= '~' && c != '%' && !(is_first && c == '@');
}

/* unix(7): not bound to anything, or to an abstract name of no bytes. */
static bool is_unnamed(const struct ri_name_parts *parts)
{
    return parts->path_size == 0 ||
           (parts->path_size == 1 && parts->path[0] == '\0');
}

static size_t format_unix(const struct ri_name_parts *parts,
                          char text[REACTOR_ADDRESS_TEXT_MAX])
{
    static const char digits[] = "0123456789abcdef";
    const char *path = parts->path;
    size_t size = parts->path_size, i = 0;
    char *end = text;

    memcpy(end, UNIX_PREFIX, strlen(UNIX_PREFIX));
    end += strlen(UNIX_PREFIX);
    if (path[0] == '\0') {
        *end++ = '@';
        i = 1;
    }
    for (; i < size; i++) {
        unsigned char byte = (unsigned char)path[i];

        if (is_plain(path[i], i == 0)) {
            *end++ = path[i];
            continue;
        }
        *end++ = '%';
        *end++ = digits[byte >> 4];
        *end++ = digits[byte & 15];
    }
    *end = '\0';
    return (size_t)(end - text);
}

_Static_assert(REACTOR_ADDRESS_TEXT_MAX >=
                       sizeof UNIX_PREFIX + 1 + 3 * (size_t)110 &&
                   REACTOR_ADDRESS_TEXT_MAX >= HOST_SIZE + sizeof "[]:65535",
               "every text fits");

int reactor_address_format(const struct reactor_address *address, char *text,
                           size_t capacity)
{
    char whole[REACTOR_ADDRESS_TEXT_MAX];
    struct ri_name_parts parts;
    size_t length;

    if (address == NULL || text == NULL || address->size == 0 ||
        ri_name_read(address->storage, address->size, &parts) != 0)
        return -EINVAL;
    if (parts.family == RI_NAME_OTHER)
        return -EAFNOSUPPORT;
    if (parts.family == RI_NAME_UNIX && is_unnamed(&parts))
        return -EINVAL;
    length = parts.family == RI_NAME_UNIX ? format_unix(&parts, whole)
                                          : format_ip(&parts, whole);
    if (length >= capacity)
        return -ENOSPC;
    memcpy(text, whole, length + 1);
    return (int)length;
}
