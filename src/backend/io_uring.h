/* SPDX-License-Identifier: MIT */
#ifndef BACKEND_IO_URING_H
#define BACKEND_IO_URING_H

/*
 * Readiness from io_uring(7): Linux 6.1. A poll is in flight for each source
 * that can report; what is true of rings is in io_uring_ring.h, and of polls:
 *
 * (a) An edge is a multishot poll: a completion at once if there is readiness,
 *     and one for each wake-up of the file. Several may be of the same source:
 *     they are merged in the batch.
 * (b) A level-triggered poll (IORING_POLL_ADD_LEVEL) is refused by POLL_ADD. So
 *     level and oneshot are polls that complete once. The source of a level
 *     event waits in the queue `again`, and the next wait polls it again, with
 *     the same system call that waits.
 * (c) A poll keeps a reference to its file: after a close(2) the peer sees its
 *     end only when the poll is gone, and only the ring's thread can have it
 *     cancelled. When another thread waits, remove makes it pass and cancel;
 *     when nobody does, the calling thread tries, and if it is not the ring's
 *     the next wait cancels it. An asynchronous cancel finds any poll; a
 *     POLL_REMOVE would miss one that is about to complete.
 * (d) POLLERR, POLLHUP and POLLRDHUP are reported whatever was asked for. A
 *     source that completes without anything to report gets a multishot poll,
 *     which stays silent until something changes.
 * (e) A bad descriptor fails late, and any file is taken as ready. Both are
 *     found by us when registering.
 * (f) Every poll, once submitted, makes exactly one last completion, without
 *     IORING_CQE_F_MORE; cancelled ones too.
 * (g) A poll goes on with its file when the descriptor is closed and the number
 *     used again. Its token is stale when the number was registered anew.
 * (h) A token must not be in flight twice. So when a poll is replaced in the
 *     same generation, the spare bit of its source's tokens is turned over; and
 *     while the end of any poll is overdue, it is cancelled only, and its last
 *     completion brings on the next one.
 * (i) POLLPRI is left out of what a wake-up is compared with, so that a poll
 *     for nothing else would sleep on. Sockets wake for POLLRDBAND with it.
 * (j) A poll that was woken tells what the first wake-up was for. That may be
 *     over by now, which is allowed; it may be only one of two directions, or
 *     POLLERR without the POLLHUP that comes with it; and POLLPRI is claimed
 *     for common data. When in doubt, poll(2) is asked.
 * (k) A poll that completes once and is ready does so while it is submitted, in
 *     the order of submission; a multishot poll only after all of these.
 *
 * Completions are never left for the next wait: what does not fit into the
 * caller's array is polled again (`again`), so that nothing is reported that
 * has ceased to be.
 */
#include "backend/backend.h"
#include "backend/io_uring_ring.h"
#include "backend/passage.h"
#include "backend/wake_flag.h"

enum ri_uring_queue {
    RI_URING_IN_NONE,
    RI_URING_IN_CHANGED, /* its poll is not what it should be */
    RI_URING_IN_AGAIN,   /* to be polled anew */
    RI_URING_QUEUES,
};

/* Of sources, by place, first in, first out. */
struct ri_uring_ends {
    uint32_t first;
    uint32_t last;
    uint32_t count;
};

/* Everything but `wake` is under the sources' lock. */
struct ri_backend {
    struct ri_sources *sources;
    struct ri_ring ring;
    int doorbell;
    struct ri_uring_ends queues[RI_URING_QUEUES];
    uint32_t ending;  /* cancelled: fact (f) */
    uint32_t overdue; /* of these, what the kernel had been told before */
    bool is_bell_armed;
    bool has_heard_bell; /* and not reported it yet */
    bool has_had_wake;   /* the last wait reported one */
    struct ri_passage passage;
    struct ri_wake_flag wake;
};

/* One wait: the caller's array, as far as it is filled, and what is to do. */
struct ri_uring_turn {
    struct reactor_event *events;
    int capacity;
    int filled;
    bool is_old;      /* what is taken now came before this wait */
    bool has_wake;    /* among what is filled */
    uint32_t again;   /* of those queues, as they were in the beginning, so */
    uint32_t changed; /* many are to be submitted yet */
};

/* ---- Queues: io_uring_poll.c ---- */

/* Takes the source out of the queue that it is in, if any. */
void ri_uring_dequeue(struct ri_backend *backend, struct ri_source *source);

/* Puts it at the end of a queue, unless it is in it. */
void ri_uring_enqueue(struct ri_backend *backend, uint32_t place,
                      enum ri_uring_queue queue);

/* ---- Polls: io_uring_poll.c ---- */

/* What the kernel is asked for. */
uint32_t ri_uring_events_of(uint32_t interest);

/* What a submission carries; it comes back with the completion. */
static inline uint64_t ri_uring_data_of(struct ri_token token)
{
    return (uint64_t)token.generation << 32 | ri_place_of(token);
}

static inline struct ri_token ri_uring_token_of(uint64_t data)
{
    struct ri_token token = {.generation = (uint32_t)(data >> 32),
                             .offset = (uint16_t)data,
                             .chunk = (uint16_t)(data >> 16)};

    return token;
}

static inline struct ri_source *ri_uring_at(struct ri_backend *backend,
                                            uint32_t place)
{
    return ri_sources_find(backend->sources, ri_uring_token_of(place));
}

static inline bool ri_uring_is_edge(uint32_t interest)
{
    return (interest & (REACTOR_EDGE | REACTOR_ONESHOT)) == REACTOR_EDGE;
}

/*
 * Writes the submissions, up to RI_URING_POLL_ROOM, that end the poll of a
 * source and begin the one that is wanted now.
 */
#define RI_URING_POLL_ROOM 2u
void ri_uring_poll(struct ri_backend *backend, uint32_t place);

/* No poll is in flight: the ring is new. */
void ri_uring_forget_polls(struct ri_backend *backend);

/* Another thread waits than before: a new ring, and every poll again. */
int ri_uring_replace_ring(struct ri_backend *backend);

/* ---- Completions: io_uring_report.c ---- */

/*
 * Takes what the ring has, and reports it as far as there is room; returns how
 * many completions there were. A wake comes last: it has its turn next time.
 */
unsigned ri_uring_report(struct ri_backend *backend,
                         struct ri_uring_turn *turn);

/* The wake, if the doorbell was heard. */
void ri_uring_report_bell(struct ri_backend *backend,
                          struct ri_uring_turn *turn);

/* Makes room for completions: the next wait polls anew what has completed. */
void ri_uring_put_off(struct ri_backend *backend);

#endif /* BACKEND_IO_URING_H */
