/* SPDX-License-Identifier: MIT */
/*
 * What goes out. A write is checked, and then takes one of three ways: it is
 * gathered, inside a callback; it is sent, what waits before it first; or it
 * waits, because the system takes no more. Whoever sends has the memory for the
 * rest beforehand: a write that was begun can't fail for want of it.
 */
#include "base/compiler.h"
#include "net/session_state.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* From this size on a write in a callback is not copied but sent at once. */
#define DIRECT_SIZE RI_BLOCK_SIZE

_Static_assert(sizeof(struct reactor_piece) == sizeof(struct ri_piece) &&
                   offsetof(struct reactor_piece, size) ==
                       offsetof(struct ri_piece, size),
               "the pieces of floor 1 are the public ones");

/* ---- To the system ---- */

/* Bytes, 0 if it takes none now, or an error. */
static ptrdiff_t to_system(struct reactor_session *session,
                           const struct ri_piece *pieces, int count)
{
    reactor_handle handle = session->handle;
    ptrdiff_t sent =
        count == 1
            ? ri_stream_write(handle, session->is_socket, pieces[0].bytes,
                              pieces[0].size)
            : ri_stream_write_pieces(handle, session->is_socket, pieces, count);

    if (sent == -EAGAIN)
        return 0;
    if (sent > 0)
        ri_session_note_sent(session, (size_t)sent);
    return sent;
}

static size_t size_of(const struct ri_piece *pieces, int count)
{
    size_t size = 0;
    int i;

    for (i = 0; i < count; i++)
        size += pieces[i].size;
    return size;
}

void ri_session_become_blocked(struct reactor_session *session)
{
    if (session->queue.size > session->type->options.low)
        session->is_above = true;
    if (session->is_blocked)
        return;
    session->is_blocked = true;
    if (session->type->has_timeouts) {
        session->last_out_ns = ri_net_now(session->net);
        ri_session_watch_times(session);
    }
    ri_session_want(session);
}

static void consider_drained(struct reactor_session *session)
{
    size_t waiting = session->queue.size;
    bool is_due =
        (session->is_above && waiting <= session->type->options.low) ||
        (session->is_refused && waiting == 0);

    if (!is_due || session->state != RI_SESSION_OPEN || session->is_finishing)
        return;
    session->is_above = false;
    session->is_refused = false;
    session->is_drained = true;
    ri_net_put_off(session->net, &session->later);
}

static void become_empty(struct reactor_session *session)
{
    if (session->is_blocked) {
        session->is_blocked = false;
        ri_session_want(session);
    }
    if (session->is_finishing || session->state == RI_SESSION_CLOSING)
        ri_session_written(session);
}

/* Sends the queue: true if all of it went. */
static bool send_queue(struct reactor_session *session)
{
    struct ri_piece pieces[RI_PIECES_MAX];
    struct ri_queue *queue = &session->queue;

    while (queue->size > 0) {
        int count = ri_queue_pieces(queue, pieces, RI_PIECES_MAX);
        size_t size = size_of(pieces, count);
        ptrdiff_t sent = to_system(session, pieces, count);

        if (sent < 0) {
            ri_session_end(session, REACTOR_CLOSED_ERROR, (int)sent);
            return false;
        }
        ri_queue_consume(queue, &session->net->stock, (size_t)sent);
        if ((size_t)sent < size) {
            ri_session_become_blocked(session);
            return false;
        }
    }
    return true;
}

void ri_session_send(struct reactor_session *session)
{
    struct ri_stage *stage = &session->net->stage;

    if (stage->session == session && stage->size > 0) {
        ri_session_send_stage(stage);
        return;
    }
    if (session->queue.size > session->type->options.low) /* if gathered only */
        session->is_above = true;
    if (send_queue(session))
        become_empty(session);
    if (session->is_above || session->is_refused)
        consider_drained(session);
}

static void flush(struct ri_gathered *gathered)
{
    struct reactor_session *session =
        RI_OWNER_OF(gathered, struct reactor_session, gathered);

    if (session->is_blocked || session->state == RI_SESSION_OVER)
        return;
    if (ri_session_is_inherited(session))
        ri_queue_clear(&session->queue, &session->net->stock);
    else
        ri_session_send(session);
}

void ri_session_init_write(struct reactor_session *session)
{
    session->gathered = (struct ri_gathered){.flush = flush};
}

void ri_session_call_drained(struct reactor_session *session)
{
    reactor_session_fn *drained = session->type->options.drained;

    session->is_drained = false;
    if (drained == NULL || session->state != RI_SESSION_OPEN ||
        session->is_finishing)
        return;
    if (session->queue.size > session->type->options.low) {
        session->is_above = true; /* again: there has been more since */
        return;
    }
    ri_net_begin(session->net);
    drained(session->user_data, session);
    ri_net_end(session->net);
}

/* ---- Writes ---- */

static int check(const struct reactor_session *session)
{
    switch ((enum ri_session_state)session->state) {
    case RI_SESSION_CONNECTING:
        return -ENOTCONN;
    case RI_SESSION_OPEN:
        return session->is_finishing              ? -EPIPE
               : ri_session_is_inherited(session) ? -ECHILD
                                                  : 0;
    case RI_SESSION_CLOSING:
    case RI_SESSION_DRAINING:
    case RI_SESSION_OVER:
        break;
    }
    return -EPIPE;
}

static bool is_over_watermark(const struct reactor_session *session,
                              size_t size)
{
    size_t waiting = ri_session_waiting(session);

    return waiting > 0 && (waiting > session->type->options.high ||
                           size > session->type->options.high - waiting);
}

/* What has only been gathered need not wait. */
static int make_room(struct reactor_session *session, size_t size)
{
    if (!is_over_watermark(session, size))
        return 0;
    if (!session->is_blocked) {
        ri_session_send(session);
        if (session->state == RI_SESSION_OVER)
            return session->error;
    }
    if (!is_over_watermark(session, size))
        return 0;
    session->is_refused = true;
    return -EAGAIN;
}

/* The block is the queue's, with the pieces from `sent` bytes on. */
static void keep_rest(struct reactor_session *session, struct ri_block *block,
                      const struct ri_piece *pieces, int count, size_t sent)
{
    for (; count > 0; pieces++, count--) {
        size_t gone = sent < pieces->size ? sent : pieces->size;

        if (gone < pieces->size)
            ri_block_fill(block, (const unsigned char *)pieces->bytes + gone,
                          pieces->size - gone);
        sent -= gone;
    }
    ri_queue_append_block(&session->queue, block);
    ri_session_become_blocked(session);
}

/*
 * Nothing waits: the system gets it from the caller's memory. 1 if all of it
 * went; 0, and the block is the queue's; or an error.
 */
static int send_now(struct reactor_session *session, struct ri_block *block,
                    const struct ri_piece *pieces, int count)
{
    while (count > 0) {
        int some = count < RI_PIECES_MAX ? count : RI_PIECES_MAX;
        size_t wanted = size_of(pieces, some);
        ptrdiff_t sent = to_system(session, pieces, some);

        if (sent < 0) {
            ri_session_end(session, REACTOR_CLOSED_ERROR, (int)sent);
            return (int)sent;
        }
        if ((size_t)sent < wanted) {
            keep_rest(session, block, pieces, count, (size_t)sent);
            return 0;
        }
        pieces += some;
        count -= some;
    }
    return 1;
}

static int write_now(struct reactor_session *session,
                     const struct ri_piece *pieces, int count, size_t size)
{
    struct ri_stock *stock = &session->net->stock;
    struct ri_block *block = ri_block_take(stock, size);
    int result;

    if (block == NULL)
        return -ENOMEM;
    result = send_now(session, block, pieces, count);
    if (result != 0)
        ri_block_give(stock, block);
    return result < 0 ? result : 0;
}

static int write_pieces(struct reactor_session *session,
                        const struct ri_piece *pieces, int count, size_t size)
{
    struct ri_net *net = session->net;
    int error = make_room(session, size);

    if (error != 0)
        return error;
    if (net->depth > 0 && session->queue.size == 0) {
        error = ri_session_put_on_stage(session, pieces, count, size);
        if (error != -EAGAIN)
            return error;
    }
    if (!session->is_blocked && size >= DIRECT_SIZE &&
        ri_session_waiting(session) > 0) {
        ri_session_send(session);
        if (session->state == RI_SESSION_OVER)
            return session->error;
    }
    ri_session_leave_stage(session);
    if (session->queue.size == 0 && (net->depth == 0 || size >= DIRECT_SIZE))
        return write_now(session, pieces, count, size);
    error = ri_queue_append(&session->queue, &net->stock, pieces, count, size);
    if (error != 0)
        return error;
    if (session->is_blocked)
        ri_session_become_blocked(session); /* the watermark */
    else
        ri_net_gather(net, &session->gathered);
    return 0;
}

/* Kept out of the way of the usual case. */
RI_NEVER_INLINE
static int write_bytes(struct reactor_session *session, const void *bytes,
                       size_t size)
{
    struct ri_piece piece = {.bytes = bytes, .size = size};
    int error;

    if (session == NULL || (bytes == NULL && size > 0))
        return -EINVAL;
    error = check(session);
    if (error != 0 || size == 0)
        return error;
    if (size > session->type->options.write_limit)
        return -EMSGSIZE;
    return write_pieces(session, &piece, 1, size);
}

/*
 * The usual case, in few steps: in a callback of the session's own, when
 * nothing waits. What may be in its way is left to the long way. Whether this
 * is a child of fork() is asked when the stage is sent.
 */
static bool is_simple(const struct reactor_session *session, size_t size)
{
    const struct ri_stage *stage = &session->net->stage;

    return stage->session == session && !session->is_finishing &&
           size - 1 < session->type->stage_size - stage->size; /* not 0 */
}

int reactor_session_write(struct reactor_session *session, const void *bytes,
                          size_t size)
{
    struct ri_stage *stage;

    if (session == NULL || bytes == NULL || !is_simple(session, size))
        return write_bytes(session, bytes, size);
    stage = &session->net->stage;
    memcpy(stage->bytes + stage->size, bytes, size);
    stage->size += size;
    return 0;
}

/* So many pieces at most are one write. */
#define PIECES_MAX 1024

static int add_up(const struct reactor_piece *pieces, int count, size_t *out)
{
    size_t size = 0;
    int i;

    for (i = 0; i < count; i++) {
        if (pieces[i].bytes == NULL && pieces[i].size > 0)
            return -EINVAL;
        if (pieces[i].size > SIZE_MAX - size)
            return -EMSGSIZE;
        size += pieces[i].size;
    }
    *out = size;
    return 0;
}

int reactor_session_write_pieces(struct reactor_session *session,
                                 const struct reactor_piece *pieces, int count)
{
    size_t size = 0;
    int error;

    if (session == NULL || count < 0 || count > PIECES_MAX ||
        (pieces == NULL && count > 0))
        return -EINVAL;
    error = add_up(pieces, count, &size);
    if (error == -EINVAL)
        return error;
    if (check(session) != 0)
        return check(session);
    if (error != 0 || size > session->type->options.write_limit)
        return -EMSGSIZE;
    return size == 0 ? 0
                     : write_pieces(session, (const struct ri_piece *)pieces,
                                    count, size);
}

size_t reactor_session_waiting(const struct reactor_session *session)
{
    return session != NULL ? ri_session_waiting(session) : 0;
}
