/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_POSIX_SYSTEM_SOCKETS_H
#define SUPPORT_POSIX_SYSTEM_SOCKETS_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#endif /* SUPPORT_POSIX_SYSTEM_SOCKETS_H */
