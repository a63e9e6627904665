/* SPDX-License-Identifier: MIT */
#ifndef NET_ADDRESS_STATE_H
#define NET_ADDRESS_STATE_H

/* What net's other files want to know of addresses. */

#include <reactor/net.h>

#include <stdbool.h>

/* Whether it is a Unix path, and not an abstract name. */
bool ri_address_is_path(const struct reactor_address *address);

/* For any address of IPv6 that of IPv4 with the same port; else false. */
bool ri_address_any_of_ipv4(const struct reactor_address *address,
                            struct reactor_address *out);

#endif /* NET_ADDRESS_STATE_H */
