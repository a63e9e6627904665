/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_WINDOWS_HEADERS_H
#define SUPPORT_WINDOWS_HEADERS_H

/* The system's headers, in the only order and way that has every status. */

/* clang-format off */
#define WIN32_NO_STATUS
#include <winsock2.h>
#include <winternl.h>
#undef WIN32_NO_STATUS
#include <ntstatus.h>
/* clang-format on */

#endif /* SUPPORT_WINDOWS_HEADERS_H */
