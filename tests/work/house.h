/* SPDX-License-Identifier: MIT */
#ifndef WORK_HOUSE_H
#define WORK_HOUSE_H

/*
 * A server whose service echoes and notes what it is called with, in every
 * model; and its clients, on the test's own loop.
 */

#include "support/doors.h"
#include "support/thread.h"

#include <reactor/work.h>

#include <stdatomic.h>

#define HOUSE_LOOPS 3

/* ---- The service ---- */

enum house_call {
    HOUSE_STARTED,
    HOUSE_ACCEPTED,
    HOUSE_COMMAND,
    HOUSE_TICK,
    HOUSE_STOPPING,
    HOUSE_CLOSED,
    HOUSE_CALLS
};

/* What one shard has. */
struct room {
    struct reactor_shard *shard;
    void *place; /* of an object that each thread has */
    _Atomic unsigned calls[HOUSE_CALLS];
};

struct house {
    struct reactor_server *server;
    struct reactor_address address;
    struct room rooms[HOUSE_LOOPS];
    unsigned fails_to_start; /* so many have started then; 0: none does */
    bool works;              /* a job echoes */
    _Atomic unsigned on_loop, on_worker; /* jobs */
    void (*then)(struct house *self, struct room *room, enum house_call call);
    _Atomic int answer; /* of `then`, or for it */
    uint32_t context;   /* for it */
};

extern _Thread_local char house_place[1];

unsigned house_count(const struct house *house, enum house_call call);

/* All but `paused`, `error` and `stopping`. */
struct reactor_server_service house_service(void);

/* It only counts, and closes nothing. */
void house_stopping(void *user_data, struct reactor_shard *shard,
                    int64_t drain_ns);

/* ---- Models ---- */

struct model {
    enum reactor_model model;
    uint32_t loops;
    uint32_t flags;
};

extern const struct model models[];
extern const size_t model_count;
#define MODEL_LOOPS     (&models[2])
#define MODEL_HAND_OVER (&models[3])

struct reactor_server_options options_of(const struct model *model);

void house_open(struct house *house, const struct reactor_address *where,
                const struct reactor_server_service *service,
                const struct reactor_server_options *options);

/* With the usual service; a limit of 0: none. */
void house_open_as(struct house *house, const struct model *model,
                   uint32_t limit);

uint64_t house_open_at(const struct house *house, uint32_t index);

/* Until other threads have made it so. */
#define await_others(condition)                                                \
    do {                                                                       \
        int64_t give_up_ns = reactor_now_ns() + PATIENCE_NS;                   \
                                                                               \
        while (!(condition)) {                                                 \
            if (reactor_now_ns() > give_up_ns)                                 \
                fail_msg("not so: %s", #condition);                            \
            thread_yield();                                                    \
        }                                                                      \
    } while (0)

/* ---- Clients ---- */

void client_open(struct talk *talk, struct reactor_loop *loop,
                 const struct reactor_address *address);
void clients_open(struct talk *talks, unsigned count, struct reactor_loop *loop,
                  const struct reactor_address *address);
void client_says(struct talk *talk);
void client_hears(struct talk *talk);
void clients_leave(struct talk *talks, unsigned count);

#endif /* WORK_HOUSE_H */
