/* SPDX-License-Identifier: MIT */
#ifndef EXAMPLES_CROWD_H
#define EXAMPLES_CROWD_H

/*
 * Clients of an echo server, on a thread of their own, which is a runtime of
 * the library's: each has one message under way all the time, and who loses its
 * connection connects again. They count, and fail no test.
 */

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "reactor/work.h"

enum { CROWD_MOST = 64 };

struct crowd_client {
    struct crowd *crowd;
    struct reactor_session *session; /* NULL: it is not connected */
    struct reactor_timer again;
    unsigned answers; /* on this connection */
    size_t received;  /* of the next one */
    bool is_finishing;
};

struct crowd {
    struct reactor_runtime *runtime;
    struct reactor_loop *loop;
    struct reactor_address address;
    unsigned size;
    unsigned visit; /* answers to a connection; 0: it is kept */
    bool is_leaving;
    struct crowd_client clients[CROWD_MOST];

    /* Read by others. */
    _Atomic uint64_t answers;
    _Atomic uint64_t connections;
    _Atomic uint64_t refused;
    _Atomic uint64_t wrong; /* other bytes than were sent */
    _Atomic uint64_t lost;  /* connections that had been answered */
    _Atomic uint64_t unmet; /* connections lost before */
};

/* `size` clients of the server at a port, who come back after `visit` answers
   each, or stay. */
void crowd_start(struct crowd *crowd, unsigned port, unsigned size,
                 unsigned visit);

/* So many answers have come in all. */
void crowd_await(struct crowd *crowd, uint64_t answers);

/* So many have been lost, before an answer or after one: what came before the
   end of a connection may be read long after that. */
void crowd_await_losses(struct crowd *crowd, uint64_t losses);

/* Each finishes, in order, and is answered. */
void crowd_stop(struct crowd *crowd);

#endif /* EXAMPLES_CROWD_H */
