/* SPDX-License-Identifier: MIT */
#ifndef WORK_SERVER_STATE_H
#define WORK_SERVER_STATE_H

/*
 * What a server consists of. server.c opens and closes it, from the outside;
 * shard.c is what happens on one loop; door.c hands connections over where one
 * loop accepts for all.
 *
 * A shard is written by its own thread. What others ask of it they send as an
 * errand, a command that is the server's own.
 */

#include <reactor/work.h>

#include "net/admission.h"
#include "platform/platform.h"

#include <stdatomic.h>
#include <stdbool.h>

/* `kind` of a command that is the head of a struct ri_errand. */
#define RI_COMMAND_ERRAND 1u

struct ri_errand {
    struct reactor_command command; /* the first: one is the other */
    void (*run)(struct reactor_shard *shard, struct ri_errand *errand);
};

/* Who was accepted at the common door. */
struct ri_guest {
    reactor_handle handle;
    struct reactor_address peer;
};

/* By whom connections are accepted. */
enum ri_doors {
    RI_DOORS_OWN,    /* each shard, at the server's address */
    RI_DOORS_COMMON, /* the first one, for all */
};

/* Written by the shard's thread, read by any. */
struct ri_shard_numbers {
    _Atomic uint64_t accepted;
    _Atomic uint64_t open;
    _Atomic uint64_t turns;
    _Atomic uint64_t events;
    _Atomic uint64_t callbacks;
    _Atomic uint64_t wakes;
};

struct reactor_shard {
    struct reactor_server *server;
    struct reactor_runtime *runtime;
    uint32_t index;

    /* Its thread. */
    void *user_data;
    struct reactor_loop *loop;
    struct reactor_pool *pool; /* its own, or the server's */
    struct reactor_listener listener;
    struct ri_admission *admission; /* the listener's, also when it stopped */
    struct reactor_hook publish;    /* before the wait */
    struct reactor_hook leave;      /* before the loop is closed */
    struct ri_errand room;          /* for the common door: there is some */

    struct ri_shard_numbers numbers;

    /* Connections that the common door has sent; that have come; and those of
     * them that `open` has counted. */
    _Atomic uint64_t given;
    uint64_t arrived;
    _Atomic uint64_t taken;
    _Atomic bool is_closed; /* it shall have no more */

    struct ri_errand question; /* of the server; its answer is under the lock */
    int answer;
    bool is_answered;
};

struct reactor_server {
    struct reactor_server_service service;
    struct reactor_server_options options;
    struct reactor_listener_options listener_options;
    void *user_data;
    struct reactor_address address;
    reactor_handle handle;   /* or REACTOR_INVALID_HANDLE: `address` it is */
    _Atomic bool has_failed; /* to open: the handle is the caller's again */
    _Atomic enum ri_doors doors; /* chosen when all have started; one of them
                                    may have ended by then */
    struct reactor_pool *pool;   /* of REACTOR_MODEL_POOL */

    struct reactor_listener door; /* the first shard's */
    struct ri_guest held;         /* there; or REACTOR_INVALID_HANDLE */
    uint32_t next;                /* whose turn it is there, of equals */
    _Atomic bool is_full;         /* it waits for room */

    struct ri_mutex lock;
    struct ri_condition answered;

    uint32_t count;
    struct reactor_shard shards[];
};

/* ---- shard.c ---- */

extern const struct reactor_service ri_shard_service;

/* Errands, in the order of a server's opening. Each is answered. */
void ri_shard_listen(struct reactor_shard *shard, struct ri_errand *errand);
void ri_shard_go(struct reactor_shard *shard, struct ri_errand *errand);

/* ---- door.c ---- */

/* The first shard begins to listen for all, paused. */
int ri_door_start(struct reactor_shard *shard);

/* The first shard ends that. */
void ri_door_stop(struct reactor_server *server);

/* A shard has published how many connections it has. */
void ri_door_consider(struct reactor_shard *shard);

/* The errand `room`. */
void ri_door_look(struct reactor_shard *first, struct ri_errand *errand);

#endif /* WORK_SERVER_STATE_H */
