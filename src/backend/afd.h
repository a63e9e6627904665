/* SPDX-License-Identifier: MIT */
#ifndef BACKEND_AFD_H
#define BACKEND_AFD_H

/*
 * The driver behind Winsock, \Device\Afd, and its poll; facts in iocp.h.
 * Unless said otherwise a function returns 0 or a negative errno value.
 */

#include "backend/source.h"

#define RI_AFD_RECEIVE           0x001u
#define RI_AFD_RECEIVE_EXPEDITED 0x002u
#define RI_AFD_SEND              0x004u
#define RI_AFD_DISCONNECT        0x008u
#define RI_AFD_ABORT             0x010u
#define RI_AFD_LOCAL_CLOSE       0x020u
#define RI_AFD_ACCEPT            0x080u
#define RI_AFD_CONNECT_FAIL      0x100u

/* What to poll for, never nothing: fact (d). */
uint32_t ri_afd_events_of(uint32_t interest);

uint32_t ri_afd_readiness_of(uint32_t events, uint32_t interest);

/* The socket of the base provider: fact (h). */
int ri_afd_resolve(reactor_handle handle, uintptr_t *base);

/* Opens a handle to send polls through, whose packets go to the port. */
int ri_afd_open_helper(void *port, void **helper);

/*
 * Sends the poll for what is wanted; its packet carries the source. -EBADF:
 * the number names no socket any more.
 */
int ri_afd_send_poll(struct ri_source *source);

/* Ends it, if it hasn't ended. Its packet comes all the same. */
int ri_afd_cancel_poll(struct ri_source *source);

/* Without its packet. */
bool ri_afd_has_told_close(struct ri_source *source);

#endif /* BACKEND_AFD_H */
