/* SPDX-License-Identifier: MIT */
#include "fault/net.h"

#include "platform/socket.h"
#include "support/thread.h"

#include <string.h>

/* ---- Tries ---- */

void survive(bool (*try)(struct reactor_loop *loop))
{
    struct reactor_loop *loop = open_one_loop();

    if (!try(loop)) {
        assert_true(fault_fired() > 0);
        fault_lift();
        assert_true(try(loop));
    }
    reactor_loop_close(loop);
}

void turn(struct reactor_loop *loop)
{
    int64_t give_up_ns = monotonic_ns() + PATIENCE_NS;
    int result = TRY(reactor_loop_turn(loop, PATIENCE_NS));

    assert_true(result >= 0);
    assert_true(result > 0 || monotonic_ns() < give_up_ns);
}

bool was_refused_by_net(int result)
{
    if (was_refused(result))
        return true;
    if (result >= 0 || !is_vital_to_net() || !is_answer(result))
        return false;
    assert_true(fault_fired() > 0);
    fault_lift();
    return true;
}

/*
 * The error itself; or that the kernel has refused a change of what is waited
 * for, which is told late and without it.
 */
static bool is_told(int error)
{
    return is_answer(error) || error == -ENOMEM;
}

void expect_told(int error)
{
    assert_true(fault_fired() > 0);
    assert_true(is_vital_to_net() || !must_cope());
    assert_true(is_told(error));
    fault_lift();
}

void expect_done(int result)
{
    assert_true(result == 0 || (result == -EPIPE && fault_fired() > 0));
}

/* ---- Sessions ---- */

static int open_session(struct talk *talk, struct reactor_loop *loop,
                        reactor_handle handle,
                        const struct reactor_session_options *options)
{
    return reactor_session_open(&talk->session, loop, handle, options, talk);
}

void open_talk(struct talk *talk, struct reactor_loop *loop,
               const struct pair *pair,
               const struct reactor_session_options *options)
{
    struct reactor_session_options usual = talk_options();
    int result;

    if (options == NULL)
        options = &usual;
    memset(talk, 0, sizeof(*talk));
    talk->loop = loop;
    result = TRY_NET(open_session(talk, loop, pair->mine, options));
    if (is_lie() && result == -EEXIST) /* it is known after all */
        result = open_session(talk, loop, pair->mine, options);
    assert_ok(result);
}

bool goes_on(const struct talk *talk)
{
    if (talk->calls[TALK_CLOSED] == 0)
        turn(talk->loop);
    return talk->calls[TALK_CLOSED] == 0;
}

void write_to(struct talk *talk, const void *bytes, size_t size)
{
    int result;

    if (talk->session == NULL)
        return;
    result = reactor_session_write(talk->session, bytes, size);
    if (result == 0 || (result == -EPIPE && fault_fired() > 0))
        return;
    expect_told(result);
    expect_done(reactor_session_write(talk->session, bytes, size));
}

bool ends_as(struct talk *talk, enum reactor_closed reason, int error)
{
    while (goes_on(talk))
        continue;
    assert_int_equal(talk->calls[TALK_CLOSED], 1);
    if (talk->reason == reason && talk->error == error)
        return true;
    assert_int_equal(talk->reason, REACTOR_CLOSED_ERROR);
    expect_told(talk->error);
    return false;
}

bool ends_with_peer(struct talk *talk, const struct pair *pair)
{
    if (talk->session != NULL)
        assert_ok(ri_stream_finish(pair->peer));
    return ends_as(talk, REACTOR_CLOSED_FINISHED, 0);
}

bool closes(struct talk *talk, const struct pair *pair)
{
    close_handle(pair->peer);
    return ends_as(talk, REACTOR_CLOSED_CLOSED, 0);
}

/* ---- The other end of a session ---- */

struct other_end *take_other_end(const struct pair *pair)
{
    static struct other_end end;

    end.handle = pair->peer;
    end.is_socket = true;
    end.has_ended = false;
    end.size = 0;
    return &end;
}

void send_there(const struct other_end *end, const void *bytes, size_t size)
{
    ptrdiff_t sent = ri_stream_write(end->handle, end->is_socket, bytes, size);

    if (sent < 0)
        assert_true(fault_fired() > 0);
    else
        assert_int_equal(sent, size);
}

void read_there(struct other_end *end)
{
    ptrdiff_t count = 1;

    while (count > 0 && !end->has_ended) {
        assert_true(end->size < sizeof(end->bytes));
        count =
            ri_stream_read(end->handle, end->is_socket, end->bytes + end->size,
                           sizeof(end->bytes) - end->size);
        if (count > 0)
            end->size += (size_t)count;
        else
            end->has_ended = count != -EAGAIN;
    }
}

void await_there(struct other_end *end, const struct talk *talk, size_t size)
{
    int64_t give_up_ns = monotonic_ns() + PATIENCE_NS;

    for (;;) {
        read_there(end);
        if (end->size >= size || end->has_ended || talk->calls[TALK_CLOSED] > 0)
            return;
        assert_true(TRY(reactor_loop_turn(talk->loop, 1000000)) >= 0);
        assert_true(monotonic_ns() < give_up_ns);
    }
}

void expect_there(const struct other_end *end, const void *bytes, size_t size,
                  bool is_all)
{
    assert_true(is_all ? end->size == size : end->size <= size);
    assert_memory_equal(end->bytes, bytes, end->size);
}

const unsigned char *pattern(void)
{
    static unsigned char bytes[PATTERN_SIZE];
    size_t i;

    if (bytes[1] == 0)
        for (i = 0; i < sizeof(bytes); i++)
            bytes[i] = (unsigned char)(i * 31 % 253);
    return bytes;
}
