/* SPDX-License-Identifier: MIT */
#ifndef PLATFORM_WINDOWS_NATIVE_SOCKETS_H
#define PLATFORM_WINDOWS_NATIVE_SOCKETS_H

/* The system's own words for addresses. */

#include <winsock2.h>

#include <afunix.h>
#include <ws2tcpip.h>

typedef ADDRESS_FAMILY sa_family_t;

#endif /* PLATFORM_WINDOWS_NATIVE_SOCKETS_H */
