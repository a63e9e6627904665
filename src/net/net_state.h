/* SPDX-License-Identifier: MIT */
#ifndef NET_NET_STATE_H
#define NET_NET_STATE_H

/*
 * What all of net has in common on one loop: it is found by a hook of the loop
 * and goes with it. net.c has its life; the bytes' memory is buffer.h's.
 *
 * Members are all that has to be closed with the loop. Who is to be called, but
 * not inside a call of the user's, is put off until the next turn. What is
 * written inside of callbacks gathers until the outermost one has returned.
 */

#include <reactor/net.h>

#include "core/process.h"
#include "net/buffer.h"
#include "platform/platform.h"

#include <stddef.h>

/* ---- Members ---- */

enum ri_leave {
    RI_LEAVE_CLOSED,   /* the loop is being closed: the callbacks are due */
    RI_LEAVE_INHERITED /* in a child of fork(): only the copies go */
};

struct ri_member {
    struct ri_member *next;
    struct ri_member **link;
    /* Is a member no more when it returns. */
    void (*leave)(struct ri_member *member, enum ri_leave how);
};

/* What a member lies within. */
#define RI_OWNER_OF(pointer, type, member)                                     \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* ---- Put off ---- */

struct ri_later {
    struct ri_later *next;
    void (*run)(struct ri_later *later);
    bool is_due;
};

/* ---- Gathered ---- */

struct ri_gathered {
    struct ri_gathered *next;
    void (*flush)(struct ri_gathered *gathered);
    bool is_listed;
};

/*
 * What one session has been told to write in the callback that is running, and
 * that may go with the first try: so it never comes into a queue. `spare` is
 * there for what does not.
 */
#define RI_STAGE_SIZE RI_BLOCK_SIZE

struct ri_stage {
    struct reactor_session *session; /* or NULL */
    size_t size;                     /* 0: any session may have it */
    struct ri_block *spare;
    unsigned char bytes[RI_STAGE_SIZE];
};

/* ---- The whole ---- */

/* So much is read at once. */
#define RI_SCRATCH_SIZE 65536u

struct ri_session_table {
    struct reactor_session **slots;
    uint32_t *free; /* a stack of the free ones */
    uint32_t capacity;
    uint32_t count; /* that are used */
};

struct ri_net {
    struct reactor_loop *loop;
    int64_t now_ns; /* when the clock was read the last time */
    unsigned depth; /* of callbacks */
    uint32_t forks; /* so many there had been when that was looked at */
    struct ri_gathered *gathered;
    struct ri_stage stage;
    struct ri_later *first_later;
    struct ri_later *last_later;
    unsigned later_count;
    struct reactor_timer later;
    struct reactor_hook closing;
    struct reactor_hook release;
    struct ri_member *members;
    struct ri_stock stock;
    struct ri_session_type *types;
    struct ri_session_table sessions;
    unsigned char *scratch; /* RI_SCRATCH_SIZE bytes to read into */
};

/*
 * What net has on a loop, from the first call on. Returns 0, -ENOMEM, or an
 * error of reactor_loop_status().
 */
int ri_net_of(struct reactor_loop *loop, struct ri_net **out);

/* The same, or NULL if there is nothing yet. */
struct ri_net *ri_net_find(struct reactor_loop *loop);

void ri_net_join(struct ri_net *net, struct ri_member *member);
void ri_net_part(struct ri_member *member);

/* Has `later` run once, in the next turn. */
void ri_net_put_off(struct ri_net *net, struct ri_later *later);
void ri_net_forget(struct ri_net *net, struct ri_later *later);

/* A clock that can't be read stands still: no time comes early by it. */
static inline int64_t ri_net_now(struct ri_net *net)
{
    int64_t now = reactor_loop_now_ns(net->loop);

    if (now >= 0)
        net->now_ns = now;
    return net->now_ns;
}

/* Around every callback of the user's. */
static inline void ri_net_begin(struct ri_net *net)
{
    net->depth++;
}
void ri_net_flush(struct ri_net *net);
static inline void ri_net_end(struct ri_net *net)
{
    if (net->depth == 1 && (net->stage.size > 0 || net->gathered != NULL))
        ri_net_flush(net);
    net->depth--;
}

/* Whether this is a child of fork() that has not made the loop its own. */
bool ri_net_was_forked(struct ri_net *net);
static inline bool ri_net_is_inherited(struct ri_net *net)
{
    return net->forks != ri_fork_count() && ri_net_was_forked(net);
}

static inline void ri_net_gather(struct ri_net *net,
                                 struct ri_gathered *gathered)
{
    if (gathered->is_listed)
        return;
    gathered->is_listed = true;
    gathered->next = net->gathered;
    net->gathered = gathered;
}

#endif /* NET_NET_STATE_H */
