/* SPDX-License-Identifier: MIT */
#ifndef MODEL_WORLD_H
#define MODEL_WORLD_H

/* A reactor, real handles, the model of both, and what can be done to them. */

#include "model/model.h"

#include <stdint.h>

struct operation {
    uint8_t kind;
    uint8_t handle; /* which of MODEL_HANDLES */
    uint16_t argument;
};

/* Closed while it was registered, and kept alive. */
struct world_ghost {
    reactor_handle twin;
    reactor_handle peer;
};

#define WORLD_GHOSTS_MAX 8

struct world {
    struct model model;
    struct reactor *reactor;
    reactor_handle peers[MODEL_HANDLES]; /* of those that are streams */
    size_t filled[MODEL_HANDLES]; /* bytes on their way to these, or unread */
    struct world_ghost ghosts[WORLD_GHOSTS_MAX];
    uint16_t next_user_data;
    size_t most_registered; /* at any time since the reactor was opened */
    size_t allocation_calls;
    bool disagrees;
    char complaint[160]; /* if so */
};

/* A reactor, and every number closed. */
void world_begin(struct world *world);
void world_end(struct world *world);

/* Does it to the real thing and to the model. */
void world_apply(struct world *world, const struct operation *operation);

/* In a child of fork(): goes on with a reactor of its own. */
void world_inherit(struct world *world);

/* Before that: leaves nothing registered whose handle was closed. */
void world_deregister_lost(struct world *world);

/* The number that a handle has whenever it is open. */
reactor_handle world_number(size_t handle);

void world_complain(struct world *world, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- The kinds of operations, and how often each is chosen ---- */

/* clang-format off */
#define OPERATIONS(X)                                                          \
    X(open,        12) /* the number names a stream, now and then a file */    \
    X(close,        1) /* as it is, registered or not */                       \
    X(retire,       2) /* deregistered, then closed */                         \
    X(abandon,      1) /* closed while registered, and a duplicate kept */     \
    X(lay,          1) /* a ghost: that duplicate is closed */                 \
    X(send,        16) /* by the peer */                                       \
    X(drain,       10)                                                         \
    X(fill,         3)                                                         \
    X(make_room,    3)                                                         \
    X(shut_peer,    2)                                                         \
    X(close_peer,   2)                                                         \
    X(register,    12)                                                         \
    X(reregister,  12)                                                         \
    X(deregister,   3)                                                         \
    X(wake,         4)                                                         \
    X(wait,        24) /* with any capacity, in every way to say it */         \
    X(take_turns,   2) /* waits until all that is ready was reported */        \
    X(shut_down,    1)                                                         \
    X(reopen,       1)
/* clang-format on */

enum operation_kind {
#define KIND(name, weight) OPERATION_##name,
    OPERATIONS(KIND)
#undef KIND
        OPERATION_KINDS
};

#define DECLARATION(name, weight)                                              \
    void apply_##name(struct world *world, size_t handle, unsigned argument);
OPERATIONS(DECLARATION)
#undef DECLARATION

#endif /* MODEL_WORLD_H */
