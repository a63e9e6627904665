/* SPDX-License-Identifier: MIT */
#ifndef BACKEND_IOCP_SOURCE_H
#define BACKEND_IOCP_SOURCE_H

/*
 * What the IOCP backend keeps with each source: see iocp.h. Everything is under
 * the sources' lock, but what belongs to the kernel while a poll is in flight.
 */

#include <stdbool.h>
#include <stdint.h>

struct ri_source;

/* As IO_STATUS_BLOCK, which would bring windows.h along into every file. */
struct ri_afd_status {
    union {
        int32_t code;
        void *unused;
    };
    uintptr_t information;
};

/* What IOCTL_AFD_POLL reads and writes, for one socket. */
struct ri_afd_poll_info {
    int64_t timeout;
    uint32_t count;
    uint32_t is_exclusive;
    uintptr_t socket;
    uint32_t events;
    int32_t status;
};

enum ri_afd_state {
    RI_AFD_IDLE,      /* there is no poll in flight */
    RI_AFD_PENDING,   /* there is one, for what is registered */
    RI_AFD_CANCELLED, /* there is one, whose packet means nothing any more */
};

struct ri_backend_source {
    struct ri_afd_status status;  /* the kernel's, unless idle */
    struct ri_afd_poll_info info; /* the kernel's, unless idle */
    struct ri_source *next;       /* in the queue */
    void *helper;
    uintptr_t socket;   /* of the base provider */
    uint64_t looked_in; /* the pass that sent the poll; 0: before a change */
    uint32_t identity;
    uint32_t wanted; /* events to poll for; 0: none */
    uint32_t asked;  /* those of the poll in flight */
    uint8_t state;   /* enum ri_afd_state */
    bool is_queued;
    bool
        is_closed; /* the socket was closed; what the number names is unknown */
};

#endif /* BACKEND_IOCP_SOURCE_H */
