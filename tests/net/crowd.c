/* SPDX-License-Identifier: MIT */
/* Many clients that are slow: they cost little, and nobody waits for them. */
#include "support/allocator.h"
#include "support/scale.h"
#include "support/talks.h"

#include "platform/socket.h"

#include <stdlib.h>
#include <string.h>

#define CROWD_MAX 4000
#define LINE      "one byte at a time\n"
#define LINE_SIZE 19

/* A client that sends a byte now and then, and its session. */
struct slow {
    reactor_handle handle;
    struct reactor_session *session;
    unsigned lines;
};

static struct {
    struct reactor_loop *loop;
    struct slow *all;
    unsigned count;
    unsigned lines;
    bool is_wrong;
} crowd;

static size_t on_line(void *user_data, struct reactor_session *session,
                      const void *bytes, size_t size)
{
    struct slow *slow = user_data;

    (void)session;
    crowd.is_wrong |= memcmp(bytes, LINE, size) != 0;
    if (size < LINE_SIZE)
        return 0;
    slow->lines++;
    crowd.lines++;
    return size;
}

static size_t on_byte(void *user_data, struct reactor_session *session,
                      const void *bytes, size_t size)
{
    (void)user_data;
    (void)session;
    (void)bytes;
    crowd.lines += (unsigned)size;
    return size;
}

static void gather_crowd(reactor_data_fn *data)
{
    struct reactor_session_options options = REACTOR_SESSION_OPTIONS_INIT;
    size_t most = (usable_handles() - 200) / 2;
    unsigned i;

    memset(&crowd, 0, sizeof(crowd));
    crowd.loop = open_loop();
    crowd.count = scaled(2000, CROWD_MAX);
    if (crowd.count > most)
        crowd.count = (unsigned)most;
    crowd.all = calloc(crowd.count, sizeof(*crowd.all));
    assert_non_null(crowd.all);
    options.data = data;
    for (i = 0; i < crowd.count; i++) {
        struct slow *slow = &crowd.all[i];
        struct pair pair = stream_pair();

        slow->handle = pair.peer;
        assert_ok(reactor_session_open(&slow->session, crowd.loop, pair.mine,
                                       &options, slow));
    }
}

static void disperse_crowd(void)
{
    unsigned i;

    for (i = 0; i < crowd.count; i++)
        close_handle(crowd.all[i].handle);
    await_that(crowd.loop, reactor_session_count(crowd.loop) == 0);
    reactor_loop_close(crowd.loop);
    free(crowd.all);
}

static void send_byte_each(char byte)
{
    unsigned i;

    for (i = 0; i < crowd.count; i++)
        assert_int_equal(ri_stream_write(crowd.all[i].handle, true, &byte, 1),
                         1);
}

/* ---- One byte at a time ---- */

static void their_bytes_cost_no_memory(void **state)
{
    size_t calls;
    unsigned i;

    (void)state;
    gather_crowd(on_byte);
    calls = allocation_calls();
    for (i = 1; i <= 5; i++) {
        send_byte_each('x');
        await_that(crowd.loop, crowd.lines == i * crowd.count);
    }
    assert_true(allocation_calls() <= calls + 8); /* all of them together */
    disperse_crowd();
}

static void their_lines_come_whole(void **state)
{
    unsigned i;

    (void)state;
    gather_crowd(on_line);
    for (i = 0; i < 2 * LINE_SIZE; i++) {
        send_byte_each(LINE[i % LINE_SIZE]);
        await_that(crowd.loop,
                   i % LINE_SIZE < LINE_SIZE - 1 ||
                       crowd.lines == (i / LINE_SIZE + 1) * crowd.count);
        assert_false(crowd.is_wrong);
    }
    for (i = 0; i < crowd.count; i++)
        assert_int_equal(crowd.all[i].lines, 2);
    disperse_crowd();
}

/* ---- Who is in a hurry ---- */

static void answer(struct talk *talk, enum talk_call call)
{
    if (call == TALK_DATA)
        assert_ok(reactor_session_write(talk->session, "!", 1));
}

/* All of them have a byte to be read when he asks. */
static void nobody_waits_for_them_long(void **state)
{
    struct pair pair = stream_pair();
    struct talk talk;
    unsigned turns = 0;

    (void)state;
    gather_crowd(on_byte);
    talk_open(&talk, crowd.loop, 0, pair.mine, NULL);
    talk.then = answer;
    send_byte_each('x');
    send_text(pair.peer, "?");
    while (!is_readable(pair.peer)) {
        assert_true(reactor_loop_turn(crowd.loop, PATIENCE_NS) > 0);
        turns++;
    }
    assert_true(turns <= crowd.count / 200 + 4); /* 256 are called in a turn */
    reactor_session_abort(talk.session);
    await_closed(&talk);
    close_handle(pair.peer);
    disperse_crowd();
}

/* ---- Who never reads ---- */

#define DEAF      100
#define HIGH      10000
#define BROADCAST 1000

static struct talk deaf[DEAF];

static unsigned broadcast(const char *bytes, unsigned times)
{
    unsigned refusals = 0;
    unsigned i;

    for (; times > 0; times--)
        for (i = 0; i < DEAF; i++) {
            int error =
                reactor_session_write(deaf[i].session, bytes, BROADCAST);

            assert_true(error == 0 || error == -EAGAIN);
            refusals += error != 0;
            assert_true(reactor_session_waiting(deaf[i].session) <= HIGH);
        }
    return refusals;
}

static void who_never_reads_has_a_bound(void **state)
{
    struct reactor_session_options options = talk_options();
    struct reactor_loop *loop = open_loop();
    static const char bytes[BROADCAST];
    struct pair pairs[DEAF];
    size_t before;
    int i;

    (void)state;
    options.high = HIGH;
    options.write_timeout_ns = SILENCE_NS * 10;
    for (i = 0; i < DEAF; i++) {
        pairs[i] = stream_pair();
        fill(pairs[i].mine);
        talk_open(&deaf[i], loop, 0, pairs[i].mine, &options);
    }
    before = allocated_bytes();
    assert_true(broadcast(bytes, 1000) > 0);
    assert_true(allocated_bytes() - before <= (size_t)DEAF * (HIGH + 8192));
    for (i = 0; i < DEAF; i++)
        await_closed(&deaf[i]);
    for (i = 0; i < DEAF; i++) {
        assert_closed(&deaf[i], REACTOR_CLOSED_WRITE, -ETIMEDOUT);
        close_handle(pairs[i].peer);
    }
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(their_bytes_cost_no_memory),
        CLAIM_WITHOUT_REACTOR(their_lines_come_whole),
        CLAIM_WITHOUT_REACTOR(nobody_waits_for_them_long),
        CLAIM_WITHOUT_REACTOR(who_never_reads_has_a_bound),
    };

    return run_claims(claims);
}
