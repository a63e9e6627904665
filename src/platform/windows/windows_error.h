/* SPDX-License-Identifier: MIT */
#ifndef PLATFORM_WINDOWS_WINDOWS_ERROR_H
#define PLATFORM_WINDOWS_WINDOWS_ERROR_H

/* What the system answers, as negative errno values. */

#include <reactor.h>

#include <stdint.h>

/* GetLastError() and WSAGetLastError(): their numbers are of one space. */
int ri_error_of_windows(uint32_t code);

/*
 * Why the call for a socket that was made last has failed; -EBADF for what is
 * not open and -ENOTSOCK for what is no socket, which Winsock does not tell
 * apart.
 */
int ri_error_of_socket(reactor_handle handle);

/* An NTSTATUS that is a failure. */
int ri_error_of_status(int32_t status);

#endif /* PLATFORM_WINDOWS_WINDOWS_ERROR_H */
