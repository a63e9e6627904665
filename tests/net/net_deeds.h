/* SPDX-License-Identifier: MIT */
#ifndef NET_NET_DEEDS_H
#define NET_NET_DEEDS_H

/* What can be done in a callback of net, and what may be called afterwards. */

#include "support/doors.h"

enum net_deed {
    START_LISTENER,
    START_LISTENER_WITH_HANDLE,
    STOP_LISTENER,
    PAUSE_LISTENER,
    RESUME_LISTENER,
    RELEASE_LISTENER,
    HAND_LISTENER_OVER,
    START_CONNECTOR,
    START_CONNECTOR_BY_NAME,
    STOP_CONNECTOR,
    START_LOOK_UP,
    STOP_LOOK_UP,
    SEND_DATAGRAM,
    PAUSE_BOX,
    RESUME_BOX,
    CLOSE_BOX,
    OPEN_BOX,
    OPEN_SESSION,
    CONNECT_SESSION,
    ABORT_SESSION,
    CLOSE_SESSION,
    STOP_THE_LOOP,
    CLOSE_THE_LOOP,
    NET_DEEDS
};

extern const char *const net_deed_names[NET_DEEDS];

#define PEERS_MAX 4

/* One of everything, and what is known of it. */
struct stage {
    struct reactor_loop *loop;
    bool is_done; /* what was to be done */
    bool is_loop_closed;
    bool is_ending;

    struct door door;
    reactor_handle client; /* of the door */
    bool is_listening, is_listener_paused;

    struct listener listening; /* whom all connect to */
    struct reactor_address to;
    struct reactor_connector connector;
    struct errand connecting;
    bool is_connecting;
    struct reactor_lookup lookup;
    struct errand looking_up;
    bool is_looking_up;

    struct box box, deaf;
    struct box *target;                /* of the deeds */
    struct reactor_datagram *datagram; /* the target's */
    bool is_box_paused, is_box_closed; /* the target */

    struct pair pair;
    struct talk talk;
    struct reactor_timer timer;

    /* Sessions and datagram sockets that were opened by a deed. */
    unsigned opened, closed;
    reactor_handle peers[PEERS_MAX];
    unsigned peer_count;
};

void net_deed_do(struct stage *stage, enum net_deed deed);

#endif /* NET_NET_DEEDS_H */
