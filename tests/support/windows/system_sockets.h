/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_WINDOWS_SYSTEM_SOCKETS_H
#define SUPPORT_WINDOWS_SYSTEM_SOCKETS_H

#include <winsock2.h>
#include <ws2tcpip.h>

#define SHUT_WR   SD_SEND
#define SHUT_RDWR SD_BOTH

#endif /* SUPPORT_WINDOWS_SYSTEM_SOCKETS_H */
