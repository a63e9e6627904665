/* SPDX-License-Identifier: MIT */
#ifndef BACKEND_KQUEUE_SOURCE_H
#define BACKEND_KQUEUE_SOURCE_H

/* What the kqueue backend keeps with each source: see kqueue.h. */

#include <stdbool.h>
#include <stdint.h>

struct ri_backend_source {
    uint32_t identity; /* of the handle */
    uint32_t position; /* of its latest event, in the batch of that wait: the
                          waiting thread's, without the lock */
    uint8_t knotes;    /* enum ri_knote_bit: those in the kernel */
    uint8_t trigger;   /* their enum trigger */
    bool stands_in;    /* the one for reading, for the one for writing, too */
};

#endif /* BACKEND_KQUEUE_SOURCE_H */
