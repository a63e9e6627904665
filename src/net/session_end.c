/* SPDX-License-Identifier: MIT */
/*
 * The end of a session: in order, by the user, by a time that has come, or
 * because something has failed. Whatever the way, ri_session_end() comes once,
 * and `closed` once after it.
 */
#include "net/admission.h"
#include "net/session_state.h"

#include <assert.h>
#include <errno.h>

/* ---- The end ---- */

/* An abort resets the connection; a child of fork() leaves it alone. */
static void close_handle(struct reactor_session *session,
                         enum reactor_closed reason)
{
    reactor_handle handle = session->handle;
    const struct ri_stream_traits traits = {
        .is_socket = session->is_socket,
        .was_blocking = session->was_blocking,
    };

    if (handle == REACTOR_INVALID_HANDLE)
        return;
    reactor_handler_stop(&session->handler);
    session->handle = REACTOR_INVALID_HANDLE;
    if (reason == REACTOR_CLOSED_HANDED_OVER)
        return;
    if (!ri_session_is_inherited(session)) {
        if (reason == REACTOR_CLOSED_ABORTED && session->is_socket)
            (void)ri_socket_set(handle, RI_SOCKET_RESET_AT_CLOSE, true);
        ri_stream_give_back(handle, &traits);
    }
    ri_socket_close(handle);
}

/* What is kept stays: the user may be reading it. */
void ri_session_end(struct reactor_session *session, enum reactor_closed reason,
                    int error)
{
    assert(session->state != RI_SESSION_OVER);
    session->state = RI_SESSION_OVER;
    session->wanted = 0;
    session->reason = (uint8_t)reason;
    session->error = error;
    reactor_connector_stop(&session->connector);
    reactor_timer_stop(&session->timer);
    close_handle(session, reason);
    ri_queue_clear(&session->queue, &session->net->stock);
    if (session->net->stage.session == session) {
        session->net->stage.session = NULL;
        session->net->stage.size = 0;
    }
    ri_net_put_off(session->net, &session->later);
}

void ri_session_consider_end(struct reactor_session *session)
{
    if (session->state == RI_SESSION_OPEN && session->has_ended &&
        session->is_finished)
        ri_session_end(session, REACTOR_CLOSED_FINISHED, 0);
}

/* Nothing more goes out: the peer is told, where that can be told. */
static int finish(struct reactor_session *session)
{
    int error = 0;

    if (!session->is_finished && session->is_socket)
        error = ri_stream_finish(session->handle);
    session->is_finished = true;
    return error;
}

/* What is no socket has no end that could be waited for. */
static void drain(struct reactor_session *session)
{
    if (session->has_ended || !session->is_socket) {
        ri_session_end(session, REACTOR_CLOSED_CLOSED, 0);
        return;
    }
    session->state = RI_SESSION_DRAINING;
    ri_session_want(session);
}

/* ENOTCONN: the peer has reset the connection; reading will say so. */
void ri_session_written(struct reactor_session *session)
{
    int error = finish(session);

    if (error != 0 && error != -ENOTCONN)
        ri_session_end(session, REACTOR_CLOSED_ERROR, error);
    else if (session->state == RI_SESSION_CLOSING)
        drain(session);
    else
        ri_session_consider_end(session);
}

void ri_session_call_closed(struct reactor_session *session)
{
    reactor_closed_fn *closed = session->type->options.closed;
    struct ri_net *net = session->net;

    ri_net_part(&session->member);
    ri_session_strike(&net->sessions, session);
    ri_admission_release(session->admission);
    session->admission = NULL;
    if (closed != NULL) {
        ri_net_begin(net);
        closed(session->user_data, session,
               (enum reactor_closed)session->reason, session->error);
        ri_net_end(net);
    }
    ri_session_free(session);
}

void ri_session_leave(struct ri_member *member, enum ri_leave how)
{
    struct reactor_session *session = (struct reactor_session *)member;

    if (session->state != RI_SESSION_OVER)
        ri_session_end(session, REACTOR_CLOSED_LOOP, -ECANCELED);
    ri_net_forget(session->net, &session->later);
    if (how == RI_LEAVE_CLOSED) {
        ri_session_call_closed(session);
        return;
    }
    ri_net_part(member);
    ri_admission_release(session->admission);
    ri_session_free(session);
}

/* ---- By the user ---- */

int reactor_session_finish(struct reactor_session *session)
{
    if (session == NULL)
        return -EINVAL;
    if (session->state == RI_SESSION_CONNECTING)
        return -ENOTCONN;
    if (session->state != RI_SESSION_OPEN)
        return -EPIPE;
    if (session->is_finishing)
        return 0;
    if (ri_session_is_inherited(session))
        return -ECHILD;
    session->is_finishing = true;
    if (ri_session_waiting(session) == 0)
        ri_session_written(session);
    return 0;
}

static int64_t add(int64_t time_ns, int64_t span_ns)
{
    return span_ns < REACTOR_FOREVER - time_ns ? time_ns + span_ns
                                               : REACTOR_FOREVER;
}

void reactor_session_close(struct reactor_session *session, int64_t linger_ns)
{
    if (session == NULL || session->state >= RI_SESSION_OVER)
        return;
    if (session->state == RI_SESSION_CONNECTING ||
        ri_session_is_inherited(session)) {
        ri_session_end(session, REACTOR_CLOSED_ABORTED, -ECANCELED);
        return;
    }
    session->linger_ns = linger_ns < 0
                             ? REACTOR_FOREVER
                             : add(ri_net_now(session->net), linger_ns);
    if (session->state == RI_SESSION_OPEN) {
        session->state = RI_SESSION_CLOSING;
        ri_session_leave_stage(session);
        if (!session->is_blocked)
            ri_session_send(session);
    }
    if (session->state == RI_SESSION_OVER)
        return;
    if (linger_ns == 0) {
        ri_session_on_time(session, 0);
        return;
    }
    ri_session_want(session);
    ri_session_watch_times(session);
}

void reactor_session_abort(struct reactor_session *session)
{
    if (session != NULL && session->state != RI_SESSION_OVER)
        ri_session_end(session, REACTOR_CLOSED_ABORTED, -ECANCELED);
}

int reactor_session_hand_over(struct reactor_session *session,
                              reactor_handle *out, void *bytes, size_t capacity,
                              size_t *size)
{
    const unsigned char *unread;
    size_t unread_size, i;

    if (session == NULL || out == NULL || (bytes == NULL && capacity > 0))
        return -EINVAL;
    if (session->state == RI_SESSION_CONNECTING)
        return -ENOTCONN;
    if (session->state != RI_SESSION_OPEN || ri_session_is_inherited(session))
        return -EPIPE;
    if (ri_session_waiting(session) > 0 && !session->is_blocked)
        ri_session_send(session);          /* what was gathered */
    if (session->state == RI_SESSION_OVER) /* that was the last of it */
        return session->error != 0 ? session->error : -EPIPE;
    if (ri_session_waiting(session) > 0)
        return -EAGAIN;
    unread = reactor_session_unread(session, &unread_size);
    if (size != NULL)
        *size = unread_size;
    if (unread_size > capacity)
        return -ENOSPC;
    for (i = 0; i < unread_size; i++)
        ((unsigned char *)bytes)[i] = unread[i];
    *out = session->handle;
    ri_session_end(session, REACTOR_CLOSED_HANDED_OVER, 0);
    return 0;
}

/* ---- Times ---- */

static int64_t later_of(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* The time that comes first, and what it means. */
struct time {
    int64_t at_ns;
    enum reactor_closed reason;
};

static void consider(struct time *next, int64_t at_ns,
                     enum reactor_closed reason)
{
    if (at_ns < next->at_ns)
        *next = (struct time){.at_ns = at_ns, .reason = reason};
}

static struct time next_time(const struct reactor_session *session)
{
    const struct reactor_session_options *options = &session->type->options;
    struct time next = {.at_ns = REACTOR_FOREVER};

    if (session->state == RI_SESSION_CONNECTING)
        return next;
    if (session->state != RI_SESSION_OPEN)
        consider(&next, session->linger_ns, REACTOR_CLOSED_LINGERED);
    if (options->idle_timeout_ns > 0)
        consider(&next,
                 add(later_of(session->last_in_ns, session->last_out_ns),
                     options->idle_timeout_ns),
                 REACTOR_CLOSED_IDLE);
    if (options->read_timeout_ns > 0 && session->state == RI_SESSION_OPEN &&
        ri_session_reads(session))
        consider(&next, add(session->last_in_ns, options->read_timeout_ns),
                 REACTOR_CLOSED_READ);
    if (options->write_timeout_ns > 0 && session->is_blocked)
        consider(&next, add(session->last_out_ns, options->write_timeout_ns),
                 REACTOR_CLOSED_WRITE);
    return next;
}

/* A timer that is earlier looks again when it is due. */
void ri_session_watch_times(struct reactor_session *session)
{
    struct time next = next_time(session);
    int64_t now;

    if (session->state == RI_SESSION_OVER || next.at_ns == REACTOR_FOREVER ||
        (reactor_timer_is_active(&session->timer) &&
         reactor_timer_deadline_ns(&session->timer) <= next.at_ns))
        return;
    now = ri_net_now(session->net);
    reactor_timer_start(&session->timer,
                        next.at_ns > now ? next.at_ns - now : 0, 0);
}

/* When it lingered only for the peer's end, nothing was lost that is known. */
static void end_in_time(struct reactor_session *session,
                        enum reactor_closed reason)
{
    if (session->state == RI_SESSION_DRAINING)
        ri_session_end(session, REACTOR_CLOSED_CLOSED, 0);
    else
        ri_session_end(session, reason, -ETIMEDOUT);
}

void ri_session_on_time(void *user_data, uint64_t missed)
{
    struct reactor_session *session = user_data;
    struct time next = next_time(session);

    (void)missed;
    if (next.at_ns <= ri_net_now(session->net))
        end_in_time(session, next.reason);
    else
        ri_session_watch_times(session);
}
