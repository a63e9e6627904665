/* SPDX-License-Identifier: MIT */
/*
 * What comes in. It is read into the memory that all sessions share; only what
 * `data` leaves is kept, in a block of the session's own, and then the next
 * bytes are read behind it.
 */
#include "base/compiler.h"
#include "net/session_state.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* ---- What is kept ---- */

static size_t kept_size(const struct reactor_session *session)
{
    return session->kept != NULL ? session->kept->end - session->kept->begin
                                 : 0;
}

static void drop_kept(struct reactor_session *session)
{
    ri_block_give(&session->net->stock, session->kept);
    session->kept = NULL;
}

/* The former block is given back. Returns 0 or -ENOMEM. */
static int keep(struct reactor_session *session, const unsigned char *bytes,
                size_t size, size_t capacity)
{
    struct ri_block *block = ri_block_take(&session->net->stock, capacity);

    if (block == NULL)
        return -ENOMEM;
    memcpy(block->bytes, bytes, size);
    block->end = size;
    drop_kept(session);
    session->kept = block;
    return 0;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/*
 * Makes room behind what is kept: by half of it at least, so that a long
 * message is not copied too often. Returns 0 or -ENOMEM; there is room if less
 * than the limit is kept.
 */
static int make_room(struct reactor_session *session)
{
    struct ri_block *block = session->kept;
    size_t size = kept_size(session);
    size_t limit = session->type->options.read_limit;

    if (block->capacity - block->end > size / 2)
        return 0;
    if (block->begin >= size) {
        memmove(block->bytes, block->bytes + block->begin, size);
        block->begin = 0;
        block->end = size;
        return 0;
    }
    if (block->end < block->capacity && block->capacity >= limit)
        return 0;
    return keep(session, block->bytes + block->begin, size,
                least(2 * block->capacity, limit > size ? limit : size + 1));
}

/* ---- To the user ---- */

/* For what is most often done in `data`: the session answers. */
static void take_stage(struct reactor_session *session)
{
    struct ri_stage *stage = &session->net->stage;

    assert(stage->size == 0); /* it is no callback inside of another one */
    if (stage->spare != NULL && session->queue.size == 0)
        stage->session = session;
}

/* It has not answered. */
static void clear_stage(struct ri_stage *stage)
{
    if (stage->size == 0)
        stage->session = NULL;
}

/* How many are consumed; more is as all. */
static size_t call_data(struct reactor_session *session,
                        const unsigned char *bytes, size_t size)
{
    reactor_data_fn *data = session->type->options.data;
    size_t consumed;

    if (data == NULL || session->state != RI_SESSION_OPEN)
        return size;
    session->is_in_data = true;
    ri_net_begin(session->net);
    take_stage(session);
    consumed = data(session->user_data, session, bytes, size);
    session->is_in_data = false;
    clear_stage(&session->net->stage);
    ri_net_end(session->net);
    return consumed;
}

static void call_ended(struct reactor_session *session)
{
    reactor_session_fn *ended = session->type->options.ended;

    if (ended == NULL) {
        (void)reactor_session_finish(session);
        return;
    }
    ri_net_begin(session->net);
    ended(session->user_data, session);
    ri_net_end(session->net);
}

static void end_at_limit(struct reactor_session *session, size_t consumed)
{
    if (consumed == 0 && !session->is_paused &&
        kept_size(session) >= session->type->options.read_limit)
        ri_session_end(session, REACTOR_CLOSED_ERROR, -EMSGSIZE);
}

/* What is left over of the shared memory. */
RI_NEVER_INLINE
static void keep_rest(struct reactor_session *session,
                      const unsigned char *bytes, size_t size, size_t consumed)
{
    if (session->state != RI_SESSION_OPEN)
        return;
    if (keep(session, bytes + consumed, size - consumed, size - consumed) != 0)
        ri_session_end(session, REACTOR_CLOSED_ERROR, -ENOMEM);
    else
        end_at_limit(session, consumed);
}

/* All that is kept. */
static void give_kept(struct reactor_session *session)
{
    struct ri_block *block = session->kept;
    size_t consumed;

    session->is_offered = false;
    consumed =
        call_data(session, block->bytes + block->begin, kept_size(session));
    block->begin += least(consumed, kept_size(session));
    if (block->begin == block->end)
        drop_kept(session);
    else if (session->state == RI_SESSION_OPEN)
        end_at_limit(session, consumed);
}

/* ---- From the system ---- */

static void end_of_input(struct reactor_session *session)
{
    session->has_ended = true;
    ri_session_want(session);
    if (session->state == RI_SESSION_DRAINING) {
        ri_session_end(session, REACTOR_CLOSED_CLOSED, 0);
        return;
    }
    call_ended(session);
    ri_session_consider_end(session);
}

/* Nothing came but the end, 0, or an error. */
RI_NEVER_INLINE
static void receive_no_bytes(struct reactor_session *session, int error)
{
    if (error == -EAGAIN)
        return;
    if (error == 0)
        end_of_input(session);
    else if (session->state == RI_SESSION_DRAINING) /* the peer's way to end */
        ri_session_end(session, REACTOR_CLOSED_CLOSED, 0);
    else
        ri_session_end(session, REACTOR_CLOSED_ERROR, error);
}

/* Reads at once: how many bytes, 0 if there is nothing more to do with it. */
static size_t from_system(struct reactor_session *session, void *bytes,
                          size_t size)
{
    ptrdiff_t count =
        ri_stream_read(session->handle, session->is_socket, bytes, size);

    if (RI_UNLIKELY(count <= 0)) {
        receive_no_bytes(session, (int)count);
        return 0;
    }
    session->received += (size_t)count;
    if (session->type->has_timeouts)
        session->last_in_ns = ri_net_now(session->net);
    return (size_t)count;
}

RI_NEVER_INLINE
static void receive_behind(struct reactor_session *session)
{
    struct ri_block *block;
    size_t limit = session->type->options.read_limit;
    size_t count;

    /* It was paused. What is behind may be the end: that is told later. */
    if (session->is_offered || kept_size(session) >= limit) {
        give_kept(session);
        return;
    }
    if (make_room(session) != 0) {
        receive_no_bytes(session, -ENOMEM);
        return;
    }
    block = session->kept;
    count = from_system(
        session, block->bytes + block->end,
        least(block->capacity - block->end, limit - kept_size(session)));
    if (count == 0)
        return;
    block->end += count;
    give_kept(session);
}

void ri_session_receive(struct reactor_session *session)
{
    unsigned char *bytes = session->net->scratch;
    size_t size, consumed;

    if (RI_UNLIKELY(session->kept != NULL)) {
        receive_behind(session);
        return;
    }
    size = from_system(session, bytes, session->type->read_size);
    if (size == 0)
        return;
    consumed = call_data(session, bytes, size);
    if (RI_UNLIKELY(consumed < size))
        keep_rest(session, bytes, size, consumed);
}

/* ---- Pause ---- */

void ri_session_offer(struct reactor_session *session)
{
    session->is_offered = false;
    if (session->kept != NULL && session->state == RI_SESSION_OPEN &&
        !session->is_paused)
        give_kept(session);
}

static int check(const struct reactor_session *session)
{
    if (session == NULL)
        return -EINVAL;
    return session->state <= RI_SESSION_OPEN ? 0 : -EPIPE;
}

int reactor_session_pause(struct reactor_session *session)
{
    int error = check(session);

    if (error != 0 || session->is_paused)
        return error;
    session->is_paused = true;
    ri_session_want(session);
    return 0;
}

/* Whether there is, or may be when `data` has returned, what is kept. */
static bool may_keep(const struct reactor_session *session)
{
    return session->kept != NULL || session->is_in_data;
}

static void read_again(struct reactor_session *session)
{
    session->is_paused = false;
    if (session->state != RI_SESSION_OPEN)
        return;
    if (session->type->has_timeouts) {
        session->last_in_ns = ri_net_now(session->net);
        ri_session_watch_times(session);
    }
    ri_session_want(session);
}

int reactor_session_resume(struct reactor_session *session)
{
    int error = check(session);

    if (error != 0)
        return error;
    if (session->is_paused)
        read_again(session);
    if (may_keep(session)) {
        session->is_offered = true;
        ri_net_put_off(session->net, &session->later);
    }
    return 0;
}

const void *reactor_session_unread(const struct reactor_session *session,
                                   size_t *size)
{
    bool has_some = session != NULL && session->kept != NULL &&
                    !session->is_in_data &&
                    (session->state != RI_SESSION_OVER ||
                     session->reason != REACTOR_CLOSED_HANDED_OVER);

    if (size != NULL)
        *size = has_some ? kept_size(session) : 0;
    return has_some ? session->kept->bytes + session->kept->begin : NULL;
}
