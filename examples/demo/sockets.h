/* SPDX-License-Identifier: MIT */
#ifndef DEMO_SOCKETS_H
#define DEMO_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

/* Non-blocking TCP on 127.0.0.1. What returns an int returns a handle or 0, or
   a negative errno. */

/* Listens at `port` or, unless it is fixed, at the next one that is free. */
int socket_listen(uint16_t port, bool port_is_fixed);

uint16_t socket_port(int handle);

int socket_accept(int listener);

/* Begins to connect. Sources count from 0, each with ephemeral ports of its
   own; others than 0 need a system where all of 127.0.0.0/8 is local. */
int socket_connect(uint16_t port, uint32_t source);

/* Whether the connect succeeded that made the handle writable. */
int socket_connect_result(int handle);

/* Closes by a reset. A farewell would leave the port in TIME_WAIT, and
   thousands of them would be missing in the next run. */
void socket_abort(int handle);

/* Whether a call that failed so may be tried again later. */
bool socket_would_block(int error);

#endif
