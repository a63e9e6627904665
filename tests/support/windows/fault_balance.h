/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_WINDOWS_FAULT_BALANCE_H
#define SUPPORT_WINDOWS_FAULT_BALANCE_H

/* What the library owes the system until it has closed its reactors. */

/* WSAStartup() without its WSACleanup(). */
int fault_winsock_starts(void);

/* Polls that were sent and whose packets were not taken. */
int fault_polls(void);

#endif /* SUPPORT_WINDOWS_FAULT_BALANCE_H */
