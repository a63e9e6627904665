/* SPDX-License-Identifier: MIT */
#ifndef PLATFORM_WINDOWS_WINDOWS_ERROR_H
#define PLATFORM_WINDOWS_WINDOWS_ERROR_H

/* What the system answers, as negative errno values. */

#include <stdint.h>

/* GetLastError() and WSAGetLastError(): their numbers are of one space. */
int ri_error_of_windows(uint32_t code);

/* An NTSTATUS that is a failure. */
int ri_error_of_status(int32_t status);

#endif /* PLATFORM_WINDOWS_WINDOWS_ERROR_H */
