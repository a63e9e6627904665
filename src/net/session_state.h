/* SPDX-License-Identifier: MIT */
#ifndef NET_SESSION_STATE_H
#define NET_SESSION_STATE_H

/*
 * What a session consists of, for the files that make it up: session.c has its
 * beginning and what it says of itself (its options are session_type.c's, its
 * id session_table.c's), session_read.c what comes in, session_write.c what
 * goes out, session_end.c its end and its times.
 *
 * A session is ended once, by ri_session_end(), which takes its handle away and
 * leaves only the last callback to be made; that is put off, so that no call of
 * the user's ends in a callback. What may happen before is written in the
 * states, and in the flags of the two directions.
 */

#include "net/net_state.h"

#include <errno.h>

enum ri_session_state {
    RI_SESSION_CONNECTING,
    RI_SESSION_OPEN,
    RI_SESSION_CLOSING,  /* writes what waits, and gives nothing to read */
    RI_SESSION_DRAINING, /* has written all, and waits for the peer's end */
    RI_SESSION_OVER      /* `closed` is due */
};

/* Options that sessions share, normalized. */
struct ri_session_type {
    struct ri_session_type *next;
    struct ri_session_type **link;
    size_t references;
    struct reactor_session_options options; /* the listener is NULL */
    bool has_timeouts;
    size_t stage_size; /* so much may go by way of the stage: who waits there is
                          never to be told that he is drained */
    size_t read_size;  /* so much is read at once */
};

struct reactor_session {
    struct ri_member member; /* the first: one is the other */
    struct ri_net *net;
    struct ri_session_type *type;
    void *user_data;
    struct reactor_handler handler;
    reactor_handle handle; /* the handler's, as long as that is active */
    uint32_t wanted;       /* the handler's interest; 0 when it is over */

    /* In. */
    struct ri_block *kept; /* read and not consumed, or NULL */
    uint64_t received;

    /* Out. */
    struct ri_queue queue;
    uint64_t sent;
    struct ri_gathered gathered;

    struct ri_later later;      /* `drained`, data once more, or `closed` */
    struct reactor_timer timer; /* the next of the times below */
    int64_t last_in_ns;         /* when a byte came; if there are timeouts */
    int64_t last_out_ns;        /* when one went */
    int64_t linger_ns;          /* until when a closing one lingers */
    struct reactor_connector connector;
    struct ri_admission *admission; /* of the listener, or NULL */
    uint64_t id;

    uint8_t state;
    uint8_t reason; /* of the end */
    bool is_socket;
    bool was_blocking;

    bool is_paused;
    bool has_ended;  /* nothing more comes in */
    bool is_in_data; /* inside `data`: `kept` is the callee's */
    bool is_offered; /* what is kept is to be given to `data` again */

    bool is_blocked;   /* the system takes no more: WRITABLE is waited for */
    bool is_finishing; /* what waits is the last */
    bool is_finished;  /* nothing more goes out */
    bool is_above;     /* `drained` is due at the low watermark, or ... */
    bool is_refused;   /* ... when nothing waits any more */
    bool is_drained;   /* `drained` is put off */
    int error;         /* of the end */
};

/* ---- session_type.c, session_table.c ---- */

/* The type for options, which may be NULL: 0, -EINVAL or -ENOMEM. */
int ri_session_type_hold(struct ri_net *net,
                         const struct reactor_session_options *options,
                         struct ri_session_type **out);
void ri_session_type_drop(struct ri_session_type *type);

/* Gives the session an id, by which it is found until it is struck out, once or
   more often. */
int ri_session_enrol(struct ri_session_table *table,
                     struct reactor_session *session);
void ri_session_strike(struct ri_session_table *table,
                       const struct reactor_session *session);

/* ---- session.c ---- */

void ri_session_free(struct reactor_session *session);

/* Has the handler wait for what the session wants. */
void ri_session_want(struct reactor_session *session);

/* ---- session_read.c ---- */

static inline bool ri_session_reads(const struct reactor_session *session)
{
    return !session->has_ended &&
           ((session->state == RI_SESSION_OPEN && !session->is_paused) ||
            session->state == RI_SESSION_DRAINING);
}

/* The handle is readable. */
void ri_session_receive(struct reactor_session *session);

/* Gives what is kept to `data` again. */
void ri_session_offer(struct reactor_session *session);

/* ---- session_write.c ---- */

void ri_session_init_write(struct reactor_session *session);

/* Sends what waits, as far as the system takes it. */
void ri_session_send(struct reactor_session *session);

/* The system takes no more for now. */
void ri_session_become_blocked(struct reactor_session *session);

/* ---- session_stage.c ---- */

/* Sends what is on the stage, which is not empty. */
void ri_session_send_stage(struct ri_stage *stage);

/*
 * The session leaves the stage, where it writes without being looked at: what
 * lies there goes into the queue. Whoever changes what is presumed there does
 * so first: that it is open, that nothing is in the queue, and its limits.
 */
void ri_session_leave_stage(struct reactor_session *session);

/*
 * In a callback, when nothing is in the queue: 0; -ENOMEM; or -EAGAIN if there
 * is no room for it on the stage, of which a session never has more than the
 * size that its limits allow.
 */
int ri_session_put_on_stage(struct reactor_session *session,
                            const struct ri_piece *pieces, int count,
                            size_t size);

/* So many bytes wait: in the queue or, instead of it, on the stage. */
static inline size_t ri_session_waiting(const struct reactor_session *session)
{
    const struct ri_stage *stage = &session->net->stage;

    return session->queue.size + (stage->session == session ? stage->size : 0);
}

/* Calls `drained`. */
void ri_session_call_drained(struct reactor_session *session);

/* ---- session_end.c ---- */

/* Ends a session that is not over. `error` is negative, or 0. */
void ri_session_end(struct reactor_session *session, enum reactor_closed reason,
                    int error);

/* Whether both directions are over; then the session is. */
void ri_session_consider_end(struct reactor_session *session);

/* All is written that was accepted before the end. */
void ri_session_written(struct reactor_session *session);

/* Calls `closed` and frees the session. */
void ri_session_call_closed(struct reactor_session *session);

/* A member leaves. */
void ri_session_leave(struct ri_member *member, enum ri_leave how);

/* In a child of fork(): the connection is the parent's. */
static inline bool
ri_session_is_inherited(const struct reactor_session *session)
{
    return ri_net_is_inherited(session->net);
}

/* Now, if that matters; else 0. */
static inline int64_t ri_session_now(const struct reactor_session *session)
{
    return session->type->has_timeouts ? ri_net_now(session->net) : 0;
}

/* The system has taken so many bytes. */
static inline void ri_session_note_sent(struct reactor_session *session,
                                        size_t size)
{
    session->sent += size;
    if (session->type->has_timeouts)
        session->last_out_ns = ri_net_now(session->net);
}

/* Starts the timer for the next time that can come. */
void ri_session_watch_times(struct reactor_session *session);
void ri_session_on_time(void *user_data, uint64_t missed);

#endif /* NET_SESSION_STATE_H */
