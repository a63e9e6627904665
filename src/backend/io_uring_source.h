/* SPDX-License-Identifier: MIT */
#ifndef BACKEND_IO_URING_SOURCE_H
#define BACKEND_IO_URING_SOURCE_H

/* What the io_uring backend keeps with each source: see io_uring.h. */

#include <stdbool.h>
#include <stdint.h>

struct ri_backend_source {
    uint32_t identity; /* of the handle */
    uint32_t armed;    /* in the token of the poll in flight; 0: none */
    uint32_t previous; /* in the queue: places; 0: none */
    uint32_t next;
    uint16_t position; /* of its latest event, in the batch of that wait */
    uint8_t queue;     /* enum ri_uring_queue */
    bool wants_multishot : 1; /* the next poll: fact (d) */
    bool has_spare_bit : 1;   /* its tokens: fact (h) */
    bool is_in_turn : 1;      /* polled anew, and not told since */
};

#endif /* BACKEND_IO_URING_SOURCE_H */
