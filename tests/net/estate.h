/* SPDX-License-Identifier: MIT */
#ifndef NET_ESTATE_H
#define NET_ESTATE_H

/* What a child of fork() inherits of net, and what shows it undisturbed. */

#include "support/doors.h"

#include <reactor/work.h>

/* One of everything, each in the middle of something. */
struct estate {
    struct reactor_loop *loop;
    struct reactor_pool *pool;
    char folder[32], path[64], address[96];
    struct door door, path_door;
    struct pair pair, full_pair, pipe, over_pair;
    struct talk talk, full, piped, over;
    struct listener listener;
    struct reactor_connector connector;
    struct errand connecting;
    struct reactor_lookup number, name;
    struct errand numbering, naming;
    struct box box;
};

void estate_open(struct estate *estate);

/* All of it goes on as if nobody had forked. */
void assert_goes_on(struct estate *estate);

void estate_close(struct estate *estate);

#endif /* NET_ESTATE_H */
