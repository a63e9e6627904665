/* SPDX-License-Identifier: MIT */
#ifndef PLATFORM_POSIX_NATIVE_SOCKETS_H
#define PLATFORM_POSIX_NATIVE_SOCKETS_H

/* The system's own words for addresses. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#endif /* PLATFORM_POSIX_NATIVE_SOCKETS_H */
