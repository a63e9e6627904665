/* SPDX-License-Identifier: MIT */
/*
 * Connections that come and go, a hundred thousand of them: afterwards there is
 * as much memory and there are as many handles as when a few had gone.
 */
#include "support/allocator.h"
#include "support/doors.h"
#include "support/memory.h"
#include "support/scale.h"

#include <string.h>

/* So many are there at a time. */
#define AT_ONCE 24

/*
 * A connection that is ended in order keeps its port for minutes (TIME_WAIT),
 * and there are some ten thousands of them: the others are reset.
 */
#define ORDERLY_MAX 4000

/* ---- Those who come ---- */

static struct {
    struct reactor_loop *loop;
    struct reactor_listener listener;
    struct reactor_address address;
    struct reactor_session_options visitor;
    struct reactor_session_options host;
    unsigned begun;
    unsigned ended;
    unsigned wanted;
    unsigned orderly;
    unsigned failed;
} churn;

static void begin_one(void);

/* How a visitor leaves, once he has had his answer. */
static void leave_somehow(struct reactor_session *session)
{
    switch (churn.begun % 4) {
    case 0: /* the host resets it */
        assert_ok(reactor_session_write(session, "q", 1));
        return;
    case 1:
        if (churn.orderly++ < ORDERLY_MAX) {
            reactor_session_close(session, PATIENCE_NS);
            return;
        }
        break;
    case 2:
        if (churn.orderly++ < ORDERLY_MAX) {
            assert_ok(reactor_session_finish(session));
            return;
        }
        break;
    default:
        break;
    }
    reactor_session_abort(session);
}

static void on_connected(void *user_data, struct reactor_session *session)
{
    (void)user_data;
    assert_ok(reactor_session_write(session, "hello", 5));
}

static size_t on_answer(void *user_data, struct reactor_session *session,
                        const void *bytes, size_t size)
{
    (void)user_data;
    (void)bytes;
    if (size < 5)
        return 0;
    leave_somehow(session);
    return size;
}

static void on_left(void *user_data, struct reactor_session *session,
                    enum reactor_closed reason, int error)
{
    (void)user_data;
    (void)session;
    (void)error;
    churn.failed += reason == REACTOR_CLOSED_CONNECT;
    churn.ended++;
    if (churn.begun < churn.wanted)
        begin_one();
}

static void begin_one(void)
{
    churn.begun++;
    assert_ok(reactor_session_connect(NULL, churn.loop, &churn.address, 1,
                                      PATIENCE_NS, &churn.visitor, NULL));
}

/* ---- Those who are there ---- */

static size_t on_request(void *user_data, struct reactor_session *session,
                         const void *bytes, size_t size)
{
    (void)user_data;
    if (*(const char *)bytes == 'q')
        reactor_session_abort(session);
    else
        assert_ok(reactor_session_write(session, bytes, size));
    return size;
}

static void let_in(void *user_data, reactor_handle handle,
                   const struct reactor_address *peer)
{
    (void)user_data;
    (void)peer;
    assert_ok(
        reactor_session_open(NULL, churn.loop, handle, &churn.host, NULL));
}

static void prepare(void)
{
    const struct reactor_address here = address_from("127.0.0.1:0");

    memset(&churn, 0, sizeof(churn));
    churn.loop = open_loop();
    churn.host = (struct reactor_session_options)REACTOR_SESSION_OPTIONS_INIT;
    churn.visitor = churn.host;
    churn.host.data = on_request;
    churn.visitor.connected = on_connected;
    churn.visitor.data = on_answer;
    churn.visitor.closed = on_left;
    reactor_listener_init(&churn.listener, churn.loop, let_in, NULL);
    assert_ok(reactor_listener_start(&churn.listener, &here, NULL));
    assert_ok(reactor_listener_address(&churn.listener, &churn.address));
}

#define BATCH 1000

/* So many more, until the last one has gone; patience is for a batch. */
static void let_come(unsigned count)
{
    while (count > 0) {
        unsigned batch = count < BATCH ? count : BATCH;
        unsigned i;

        churn.wanted += batch;
        count -= batch;
        for (i = 0; i < AT_ONCE && churn.begun < churn.wanted; i++)
            begin_one();
        await_that(churn.loop, churn.ended == churn.wanted &&
                                   reactor_session_count(churn.loop) == 0);
    }
}

/* ---- What is left of them ---- */

struct level {
    size_t handles;
    size_t allocations;
    size_t memory; /* of the process, unless a tool takes some; or 0 */
};

static struct level measure(void)
{
    return (struct level){count_open_handles(), live_allocations(),
                          is_slow() ? 0 : process_memory()};
}

/* So much the C library may keep for itself. */
#define SLACK ((size_t)512 << 10)

static void assert_level(const struct level *before)
{
    struct level now = measure();

    assert_int_equal(now.handles, before->handles);
    assert_int_equal(now.allocations, before->allocations);
    assert_true(now.memory <= before->memory + SLACK);
}

static void connections_leave_nothing_behind(void **state)
{
    unsigned count = scaled(100000, 1000000);
    struct level before;

    (void)state;
    prepare();
    let_come(count / 20);
    before = measure();
    let_come(count / 2 - count / 20);
    assert_level(&before);
    let_come(count / 2);
    assert_level(&before);
    assert_int_equal(churn.failed, 0);
    reactor_listener_stop(&churn.listener);
    reactor_loop_close(churn.loop);
}

/*
 * Nobody is there, and the port is none that the system hands out: who connects
 * from it to itself has reached somebody.
 */
static void attempts_leave_nothing_behind(void **state)
{
    unsigned count = scaled(20000, 200000);
    struct level before;

    (void)state;
    prepare();
    reactor_listener_stop(&churn.listener);
    churn.address = address_from("127.0.0.1:1");
    let_come(count / 10);
    before = measure();
    let_come(count);
    assert_level(&before);
    assert_int_equal(churn.failed, churn.wanted);
    reactor_loop_close(churn.loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(connections_leave_nothing_behind),
        CLAIM_WITHOUT_REACTOR(attempts_leave_nothing_behind),
    };

    return run_claims(claims);
}
