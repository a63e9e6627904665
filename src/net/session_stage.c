/* SPDX-License-Identifier: MIT */
/*
 * The stage (net_state.h): by it goes what a session answers in its callback,
 * in few steps, as most answers are small and are taken by the system at once.
 */
#include "base/compiler.h"
#include "net/session_state.h"

#include <errno.h>
#include <string.h>

/* What the system has not taken of `size` bytes. */
RI_NEVER_INLINE
static void keep_rest(struct reactor_session *session, struct ri_stage *stage,
                      size_t size, ptrdiff_t sent)
{
    struct ri_block *block = stage->spare;

    if (sent == -EAGAIN)
        sent = 0;
    if (sent < 0) {
        ri_session_end(session, REACTOR_CLOSED_ERROR, (int)sent);
        return;
    }
    ri_session_note_sent(session, (size_t)sent);
    stage->spare = NULL;
    ri_block_fill(block, stage->bytes + sent, size - (size_t)sent);
    ri_queue_append_block(&session->queue, block);
    ri_session_become_blocked(session);
}

/* Nothing is in the queue, so nobody waits for it to be drained. */
void ri_session_send_stage(struct ri_stage *stage)
{
    struct reactor_session *session = stage->session;
    size_t size = stage->size;
    ptrdiff_t sent = ri_stream_write(session->handle, session->is_socket,
                                     stage->bytes, size);

    stage->session = NULL;
    stage->size = 0;
    if (RI_UNLIKELY(sent != (ptrdiff_t)size)) {
        keep_rest(session, stage, size, sent);
        return;
    }
    ri_session_note_sent(session, size);
    if (session->is_finishing || session->state == RI_SESSION_CLOSING)
        ri_session_written(session);
}

/* Whatever is on the stage, there is a spare block for it. */
void ri_session_leave_stage(struct reactor_session *session)
{
    struct ri_net *net = session->net;
    struct ri_stage *stage = &net->stage;

    if (stage->session != session)
        return;
    stage->session = NULL;
    if (stage->size == 0)
        return;
    ri_block_fill(stage->spare, stage->bytes, stage->size);
    ri_queue_append_block(&session->queue, stage->spare);
    stage->spare = NULL;
    stage->size = 0;
    ri_net_gather(net, &session->gathered);
}

int ri_session_put_on_stage(struct reactor_session *session,
                            const struct ri_piece *pieces, int count,
                            size_t size)
{
    struct ri_stage *stage = &session->net->stage;
    int i;

    if (stage->session != session && stage->size > 0)
        return -EAGAIN;
    if (stage->spare == NULL)
        stage->spare = ri_block_take(&session->net->stock, RI_BLOCK_SIZE);
    if (stage->spare == NULL)
        return -ENOMEM;
    if (size > session->type->stage_size - stage->size)
        return -EAGAIN;
    stage->session = session;
    for (i = 0; i < count; i++) {
        if (pieces[i].size > 0)
            memcpy(stage->bytes + stage->size, pieces[i].bytes, pieces[i].size);
        stage->size += pieces[i].size;
    }
    return 0;
}
