/* SPDX-License-Identifier: MIT */
/* Datagrams: whole, in batches, with errors told. */
#include "support/doors.h"
#include "support/scale.h"

#include <stdlib.h>
#include <string.h>

/* ---- Whole ---- */

static void a_datagram_arrives_with_its_sender(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct box a, b;

    (void)state;
    box_open(&a, loop, BOX_HERE, NULL, NULL);
    box_open(&b, loop, BOX_HERE, NULL, NULL);
    box_send(&a, &b, "hello");
    await_that(loop, b.received == 1);
    assert_int_equal(b.sizes[0], 5);
    assert_memory_equal(b.first[0], "hello", 5);
    assert_int_equal(reactor_address_is_equal(&b.from, &a.address), 1);
    assert_false(b.truncated[0]);
    reactor_loop_close(loop);
    assert_int_equal(a.closed, 1);
    assert_int_equal(b.closed, 1);
}

static void an_empty_one_is_one_too(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct box a, b;

    (void)state;
    box_open(&a, loop, BOX_HERE, NULL, NULL);
    box_open(&b, loop, BOX_HERE, NULL, NULL);
    assert_ok(reactor_datagram_send(a.datagram, &b.address, NULL, 0));
    box_send(&a, &b, "x");
    await_that(loop, b.received == 2);
    assert_int_equal(b.sizes[0], 0);
    assert_int_equal(b.sizes[1], 1);
    reactor_loop_close(loop);
}

static void what_is_too_long_is_cut_and_told(void **state)
{
    struct reactor_datagram_options options = box_options();
    struct reactor_loop *loop = open_loop();
    struct box a, b;

    (void)state;
    options.longest = 4;
    box_open(&a, loop, BOX_HERE, NULL, NULL);
    box_open(&b, loop, BOX_HERE, NULL, &options);
    box_send(&a, &b, "123456");
    box_send(&a, &b, "1234");
    await_that(loop, b.received == 2);
    assert_true(b.truncated[0]);
    assert_int_equal(b.sizes[0], 4);
    assert_memory_equal(b.first[0], "1234", 4);
    assert_false(b.truncated[1]);
    reactor_loop_close(loop);
}

static void the_longest_goes_and_longer_is_refused(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct box a, b;
    char *bytes = calloc(1, 70000);

    (void)state;
    assert_non_null(bytes);
    box_open(&a, loop, BOX_HERE, NULL, NULL);
    box_open(&b, loop, BOX_HERE, NULL, NULL);
    assert_ok(reactor_datagram_send(a.datagram, &b.address, bytes, 60000));
    await_that(loop, b.received == 1);
    assert_int_equal(b.sizes[0], 60000);
    assert_error(reactor_datagram_send(a.datagram, &b.address, bytes, 70000),
                 -EMSGSIZE);
    reactor_loop_close(loop);
    free(bytes);
}

/* No more than 65507 bytes go into one of IPv4 (RFC 768, RFC 791). */
static char too_long[65508];

static void what_is_refused_is_not_told_again(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct box a;

    (void)state;
    box_open(&a, loop, BOX_HERE, NULL, NULL);
    assert_error(reactor_datagram_send(a.datagram, &a.address, too_long,
                                       sizeof(too_long)),
                 -EMSGSIZE);
    box_send(&a, &a, "x");
    await_that(loop, a.received == 1);
    assert_nobody(loop);
    assert_int_equal(a.failed, 0);
    reactor_loop_close(loop);
}

static void answer_at_length(struct box *box, enum box_call call)
{
    if (call == BOX_RECEIVED)
        assert_ok(reactor_datagram_send(box->datagram, &box->from, too_long,
                                        sizeof(too_long)));
}

static void what_was_accepted_and_can_not_go_is_told_once(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct box a, b;

    (void)state;
    box_open(&a, loop, BOX_HERE, NULL, NULL);
    box_open(&b, loop, BOX_HERE, NULL, NULL);
    a.then = answer_at_length;
    box_send(&b, &a, "x");
    await_that(loop, a.failed == 1);
    assert_error(a.error, -EMSGSIZE);
    assert_nobody(loop);
    assert_int_equal(a.failed, 1);
    assert_int_equal(b.received, 0);
    reactor_loop_close(loop);
}

/* ---- Batches ---- */

static void they_come_in_batches_and_in_order(void **state)
{
    struct reactor_datagram_options options = box_options();
    struct reactor_loop *loop = open_loop();
    struct box a, b;
    unsigned i;

    (void)state;
    options.batch = 8;
    box_open(&a, loop, BOX_HERE, NULL, NULL);
    box_open(&b, loop, BOX_HERE, NULL, &options);
    for (i = 0; i < 20; i++) {
        char text = (char)('a' + i);

        assert_ok(reactor_datagram_send(a.datagram, &b.address, &text, 1));
    }
    await_that(loop, b.received == 20);
    assert_true(b.calls <= 20);
    for (i = 0; i < 20; i++)
        assert_int_equal(b.first[i][0], 'a' + (int)i);
    reactor_loop_close(loop);
}

static void answer(struct box *box, enum box_call call)
{
    unsigned i;

    if (call != BOX_RECEIVED)
        return;
    for (i = 0; i < 10; i++)
        assert_ok(
            reactor_datagram_send(box->datagram, &box->from, "answer", 6));
    assert_int_equal(reactor_datagram_waiting(box->datagram), 60);
}

static void in_a_callback_they_are_gathered(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct box a, b;

    (void)state;
    box_open(&a, loop, BOX_HERE, NULL, NULL);
    box_open(&b, loop, BOX_HERE, NULL, NULL);
    b.then = answer;
    box_send(&a, &b, "question");
    await_that(loop, a.received == 10);
    assert_int_equal(reactor_datagram_waiting(b.datagram), 0);
    reactor_loop_close(loop);
}

/* ---- Connected ---- */

static void who_is_connected_sends_to_nobody_else(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct box a, b, c;

    (void)state;
    box_open(&a, loop, BOX_HERE, NULL, NULL);
    box_open(&b, loop, NULL, &a.address, NULL);
    box_open(&c, loop, BOX_HERE, NULL, NULL);
    assert_ok(reactor_datagram_send(b.datagram, NULL, "hello", 5));
    await_that(loop, a.received == 1);
    assert_error(reactor_datagram_send(b.datagram, &c.address, "x", 1),
                 -EISCONN);
    assert_error(reactor_datagram_send(c.datagram, NULL, "x", 1),
                 -EDESTADDRREQ);
    box_send(&c, &b, "from a stranger");
    box_send(&a, &b, "from a friend");
    await_that(loop, b.received == 1);
    assert_memory_equal(b.first[0], "from a friend", 13);
    reactor_loop_close(loop);
}

/* ---- Errors ---- */

static void who_is_refused_is_told(void **state)
{
    const struct reactor_address nobody = deserted_address();
    struct reactor_loop *loop;
    struct box b;

    (void)state;
    if (!refusals_are_told())
        skip_because("nobody is told that a datagram was refused here");
    loop = open_loop();
    box_open(&b, loop, NULL, &nobody, NULL);
    assert_ok(reactor_datagram_send(b.datagram, NULL, "hello", 5));
    await_that(loop, b.failed > 0);
    assert_error(b.error, -ECONNREFUSED);
    if (b.knows_peer)
        assert_int_equal(reactor_address_is_equal(&b.peer, &nobody), 1);
    assert_nobody(loop);
    assert_int_equal(b.closed, 0);
    reactor_loop_close(loop);
}

static void a_bad_peer_is_no_reason_to_end(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_address other;
    struct box a, b;
    int error;

    (void)state;
    box_open(&a, loop, BOX_HERE, NULL, NULL);
    box_open(&b, loop, BOX_HERE, NULL, NULL);
    assert_ok(reactor_address_parse(&other, "[::1]:9"));
    error = reactor_datagram_send(a.datagram, &other, "x", 1);
    assert_true(error < 0); /* IPv6 on a socket of IPv4 */
    assert_int_equal(a.failed, 0);
    box_send(&a, &b, "hello");
    await_that(loop, b.received == 1);
    reactor_loop_close(loop);
}

/* ---- Pause and close ---- */

static void a_paused_one_receives_nothing(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct box a, b;

    (void)state;
    box_open(&a, loop, BOX_HERE, NULL, NULL);
    box_open(&b, loop, BOX_HERE, NULL, NULL);
    assert_ok(reactor_datagram_pause(b.datagram));
    box_send(&a, &b, "hello");
    assert_nobody(loop);
    assert_ok(reactor_datagram_resume(b.datagram));
    await_that(loop, b.received == 1);
    reactor_loop_close(loop);
}

static void close_it(struct box *box, enum box_call call)
{
    if (call != BOX_RECEIVED)
        return;
    reactor_datagram_close(box->datagram);
    assert_error(reactor_datagram_send(box->datagram, &box->from, "x", 1),
                 -EPIPE);
    assert_error(reactor_datagram_pause(box->datagram), -EPIPE);
    assert_int_equal(box->closed, 0);
}

static void it_can_be_closed_in_its_callback(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct box a, b;

    (void)state;
    box_open(&a, loop, BOX_HERE, NULL, NULL);
    box_open(&b, loop, BOX_HERE, NULL, NULL);
    b.then = close_it;
    box_send(&a, &b, "hello");
    await_that(loop, b.closed == 1);
    reactor_datagram_close(a.datagram);
    reactor_datagram_close(a.datagram);
    reactor_datagram_close(NULL);
    assert_runs_out(loop);
    assert_int_equal(a.closed, 1);
    assert_int_equal(b.closed, 1);
    reactor_loop_close(loop);
}

static void close_loop(struct box *box, enum box_call call)
{
    if (call != BOX_RECEIVED)
        return;
    reactor_loop_close(box->loop);
}

static void the_loop_can_be_closed_in_its_callback(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct box a, b;

    (void)state;
    box_open(&a, loop, BOX_HERE, NULL, NULL);
    box_open(&b, loop, BOX_HERE, NULL, NULL);
    b.then = close_loop;
    box_send(&a, &b, "hello");
    assert_is_stopped(loop);
    assert_int_equal(a.closed, 1);
    assert_int_equal(b.closed, 1);
}

static void bad_arguments_are_refused(void **state)
{
    struct reactor_datagram_options options = box_options();
    struct reactor_loop *loop = open_loop();
    struct reactor_address v4, v6, empty;
    struct reactor_datagram *out;
    struct box a;

    (void)state;
    memset(&empty, 0, sizeof(empty));
    assert_ok(reactor_address_parse(&v4, BOX_HERE));
    assert_ok(reactor_address_parse(&v6, "[::1]:1"));
    assert_error(reactor_datagram_open(NULL, loop, &v4, NULL, NULL, NULL),
                 -EINVAL);
    assert_error(reactor_datagram_open(&out, NULL, &v4, NULL, NULL, NULL),
                 -EINVAL);
    assert_error(reactor_datagram_open(&out, loop, NULL, NULL, NULL, NULL),
                 -EINVAL);
    assert_error(reactor_datagram_open(&out, loop, &empty, NULL, NULL, NULL),
                 -EINVAL);
    assert_error(reactor_datagram_open(&out, loop, &v4, &v6, NULL, NULL),
                 -EINVAL);
    options.flags = 0x80;
    assert_error(reactor_datagram_open(&out, loop, &v4, NULL, &options, NULL),
                 -EINVAL);
    options = box_options();
    options.size = 0;
    assert_error(reactor_datagram_open(&out, loop, &v4, NULL, &options, NULL),
                 -EINVAL);
    box_open(&a, loop, BOX_HERE, NULL, NULL);
    assert_error(
        reactor_datagram_open(&out, loop, &a.address, NULL, NULL, NULL),
        -EADDRINUSE);
    assert_error(reactor_datagram_send(a.datagram, &a.address, NULL, 1),
                 -EINVAL);
    assert_error(reactor_datagram_send(a.datagram, &empty, "x", 1), -EINVAL);
    assert_error(reactor_datagram_send(NULL, &a.address, "x", 1), -EINVAL);
    assert_error(reactor_datagram_pause(NULL), -EINVAL);
    assert_error(reactor_datagram_resume(NULL), -EINVAL);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_datagram_arrives_with_its_sender),
        CLAIM_WITHOUT_REACTOR(an_empty_one_is_one_too),
        CLAIM_WITHOUT_REACTOR(what_is_too_long_is_cut_and_told),
        CLAIM_WITHOUT_REACTOR(the_longest_goes_and_longer_is_refused),
        CLAIM_WITHOUT_REACTOR(what_is_refused_is_not_told_again),
        CLAIM_WITHOUT_REACTOR(what_was_accepted_and_can_not_go_is_told_once),
        CLAIM_WITHOUT_REACTOR(they_come_in_batches_and_in_order),
        CLAIM_WITHOUT_REACTOR(in_a_callback_they_are_gathered),
        CLAIM_WITHOUT_REACTOR(who_is_connected_sends_to_nobody_else),
        CLAIM_WITHOUT_REACTOR(who_is_refused_is_told),
        CLAIM_WITHOUT_REACTOR(a_bad_peer_is_no_reason_to_end),
        CLAIM_WITHOUT_REACTOR(a_paused_one_receives_nothing),
        CLAIM_WITHOUT_REACTOR(it_can_be_closed_in_its_callback),
        CLAIM_WITHOUT_REACTOR(the_loop_can_be_closed_in_its_callback),
        CLAIM_WITHOUT_REACTOR(bad_arguments_are_refused),
    };

    return run_claims(claims);
}
