/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_WINDOWS_FAULT_BALANCE_H
#define SUPPORT_WINDOWS_FAULT_BALANCE_H

/* What the library has to give back to the system before it closes a reactor.*/

/* WSAStartup() without its WSACleanup(). */
int fault_winsock_starts(void);

/* Polls that were sent and whose packets were not taken. */
int fault_polls(void);

#endif /* SUPPORT_WINDOWS_FAULT_BALANCE_H */
