/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_SOCKETS_H
#define SUPPORT_SOCKETS_H

/* Between sockets.c, which is the same everywhere, and each system's side. */

#include "support/handles.h"

#include "system_sockets.h" /* of posix/ or windows/ */

/* ---- sockets.c ---- */

struct sockaddr_in loopback(unsigned port);

/* Bound to a port of its own, which nobody listens on so far. */
struct listener bind_any(int type);

/* ---- The system's handles.c ---- */

reactor_handle open_socket(int type);
reactor_handle prepare_accepted(reactor_handle stream);

/* Whether a connect() that has just failed goes on. */
bool is_connecting(void);

void until_readable(reactor_handle handle);
void until_connected(reactor_handle handle); /* or refused */
void until_ended(reactor_handle handle);
void until_failed(reactor_handle handle);

#endif /* SUPPORT_SOCKETS_H */
