/* SPDX-License-Identifier: MIT */
#ifndef NET_SESSION_DEEDS_H
#define NET_SESSION_DEEDS_H

/* What can be done to a session, and what has to come of it. */

#include "support/doors.h"

/* ---- Where ---- */

enum place {
    IN_CONNECTED,
    IN_DATA,
    IN_DRAINED,
    IN_ENDED,
    IN_CLOSED,
    IN_DATA_OF_ANOTHER,
    IN_ACCEPT,
    IN_A_TIMER,
    OUTSIDE,
    PLACES
};

/* ---- What ---- */

enum deed {
    WRITE,
    WRITE_PIECES,
    PAUSE,
    RESUME,
    FINISH,
    CLOSE_NOW,
    CLOSE_ALL,
    ABORT,
    HAND_OVER,
    SET_OPTIONS,
    CLOSE_LOOP,
    DEEDS
};

/* One after the other. */
#define DEEDS_AT_ONCE 3

struct scene {
    enum place place;
    enum deed deeds[DEEDS_AT_ONCE];
    struct reactor_loop *loop;
    struct pair pair, other_pair;
    struct talk talk, other; /* the deeds are done to the first */
    struct reactor_session *session;
    struct door door;
    reactor_handle client;
    struct reactor_timer timer;
    bool is_done;
    size_t filler; /* bytes that were there before */

    /* What has to be so. */
    bool has_ended; /* the peer's direction */
    bool is_finishing, is_closing, is_over;
    bool is_loop_closed, loses_bytes;
    enum reactor_closed reason; /* once it is over */
    size_t accepted;            /* bytes */
    reactor_handle handed_over;
};

/* All that the scene wants done, and looks after each. */
void do_all(struct scene *scene);

/* What the test itself does to it. */
void abort_it(struct scene *scene);

#endif /* NET_SESSION_DEEDS_H */
