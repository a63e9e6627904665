/* SPDX-License-Identifier: MIT */
/* How a datagram socket is to be, and where. */
#include "support/doors.h"

#include <string.h>

static void send_some(const struct box *from, const struct box *to,
                      unsigned count)
{
    while (count-- > 0)
        box_send(from, to, "x");
}

/* What has arrived is given in as few calls as the batch allows. */
static void expect_batches(uint32_t batch, unsigned count, size_t most)
{
    struct reactor_datagram_options options = box_options();
    struct reactor_loop *loop = open_loop();
    struct box a, b;

    options.batch = batch;
    options.longest = 100;
    box_open(&a, loop, BOX_HERE, NULL, NULL);
    box_open(&b, loop, BOX_HERE, NULL, &options);
    send_some(&a, &b, count);
    await_that(loop, b.received == count);
    assert_int_equal(b.most, most);
    reactor_loop_close(loop);
}

static void a_batch_has_its_size(void **state)
{
    (void)state;
    expect_batches(1, 5, 1);
    expect_batches(3, 7, 3);
    expect_batches(8, 8, 8);
    expect_batches(20, 5, 5);
    expect_batches(0, 40, 32); /* the default */
}

static void a_bad_option_is_refused(void **state)
{
    struct reactor_datagram_options options = box_options();
    struct reactor_address here = local_address(0);
    struct reactor_loop *loop = open_loop();
    struct reactor_datagram *out = NULL;

    (void)state;
    options.size = 0;
    assert_error(reactor_datagram_open(&out, loop, &here, NULL, &options, NULL),
                 -EINVAL);
    options.size = sizeof(options) + 1;
    assert_error(reactor_datagram_open(&out, loop, &here, NULL, &options, NULL),
                 -EINVAL);
    options = box_options();
    options.flags = 0x08;
    assert_error(reactor_datagram_open(&out, loop, &here, NULL, &options, NULL),
                 -EINVAL);
    options = box_options();
    options.batch = 65;
    assert_error(reactor_datagram_open(&out, loop, &here, NULL, &options, NULL),
                 -EINVAL);
    options = box_options();
    options.longest = 65536;
    assert_error(reactor_datagram_open(&out, loop, &here, NULL, &options, NULL),
                 -EINVAL);
    assert_null(out);
    assert_runs_out(loop);
    reactor_loop_close(loop);
}

static void options_may_be_of_an_older_version(void **state)
{
    struct reactor_datagram_options options = box_options();
    struct reactor_address here = local_address(0);
    struct reactor_loop *loop = open_loop();
    struct reactor_datagram *out;
    struct box a;

    (void)state;
    options.size = offsetof(struct reactor_datagram_options, flags);
    options.flags = 0xffffffff; /* not known of */
    box_open(&a, loop, BOX_HERE, NULL, &options);
    box_send(&a, &a, "x");
    await_that(loop, a.received == 1);
    assert_ok(reactor_datagram_open(&out, loop, &here, NULL, NULL, NULL));
    reactor_loop_close(loop);
}

/* ---- Who is not told ---- */

static void without_callbacks_all_is_dropped(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_address here = local_address(0), deaf_address;
    struct reactor_datagram *deaf;
    struct box a;
    int i;

    (void)state;
    assert_ok(reactor_datagram_open(&deaf, loop, &here, NULL, NULL, NULL));
    assert_ok(reactor_address_of(reactor_datagram_handle(deaf), &deaf_address));
    box_open(&a, loop, BOX_HERE, NULL, NULL);
    for (i = 0; i < 100; i++)
        assert_ok(reactor_datagram_send(a.datagram, &deaf_address, "x", 1));
    while (is_readable(reactor_datagram_handle(deaf)))
        assert_true(reactor_loop_turn(loop, PATIENCE_NS) >= 0);
    reactor_datagram_close(deaf);
    reactor_datagram_close(a.datagram);
    assert_runs_out(loop);
    reactor_loop_close(loop);
}

static void it_keeps_the_loop_alive_until_it_is_closed(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct box a;

    (void)state;
    box_open(&a, loop, BOX_HERE, NULL, NULL);
    assert_true(reactor_loop_alive(loop) > 0);
    assert_ok(reactor_datagram_pause(a.datagram));
    assert_true(reactor_loop_alive(loop) > 0);
    reactor_datagram_close(a.datagram);
    reactor_datagram_close(a.datagram);
    assert_error(reactor_datagram_pause(a.datagram), -EPIPE);
    assert_error(reactor_datagram_resume(a.datagram), -EPIPE);
    assert_error(reactor_datagram_send(a.datagram, &a.address, "x", 1), -EPIPE);
    assert_runs_out(loop);
    assert_int_equal(a.closed, 1);
    assert_int_equal(a.received, 0);
    reactor_loop_close(loop);
}

/* ---- Where ---- */

static void a_peer_is_enough(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_address peer;
    struct box a, b;

    (void)state;
    box_open(&a, loop, BOX_HERE, NULL, NULL);
    box_open(&b, loop, NULL, &a.address, NULL);
    assert_true(reactor_address_port(&b.address) > 0);
    assert_ok(
        reactor_address_of_peer(reactor_datagram_handle(b.datagram), &peer));
    assert_int_equal(reactor_address_is_equal(&peer, &a.address), 1);
    assert_ok(reactor_datagram_send(b.datagram, NULL, "", 0));
    await_that(loop, a.received == 1);
    assert_int_equal(a.sizes[0], 0);
    assert_int_equal(reactor_address_is_equal(&a.from, &b.address), 1);
    reactor_loop_close(loop);
}

static void both_may_be_said(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_address six = address_from("[::1]:9");
    struct reactor_address empty, here = local_address(0);
    struct reactor_datagram *out = NULL;
    struct box a, b;

    (void)state;
    memset(&empty, 0, sizeof(empty));
    box_open(&a, loop, BOX_HERE, NULL, NULL);
    box_open(&b, loop, BOX_HERE, &a.address, NULL);
    assert_ok(reactor_datagram_send(b.datagram, NULL, "x", 1));
    await_that(loop, a.received == 1);
    assert_error(reactor_datagram_open(&out, loop, &here, &six, NULL, NULL),
                 -EINVAL);
    assert_error(reactor_datagram_open(&out, loop, NULL, NULL, NULL, NULL),
                 -EINVAL);
    assert_error(reactor_datagram_open(&out, loop, &empty, NULL, NULL, NULL),
                 -EINVAL);
    assert_error(reactor_datagram_open(&out, loop, &here, &empty, NULL, NULL),
                 -EINVAL);
    assert_error(reactor_datagram_open(NULL, loop, &here, NULL, NULL, NULL),
                 -EINVAL);
    assert_error(reactor_datagram_open(&out, NULL, &here, NULL, NULL, NULL),
                 -EINVAL);
    assert_error(
        reactor_datagram_open(&out, loop, &a.address, NULL, NULL, NULL),
        -EADDRINUSE);
    assert_error(reactor_datagram_send(NULL, &here, "x", 1), -EINVAL);
    assert_error(reactor_datagram_send(a.datagram, &here, NULL, 1), -EINVAL);
    assert_error(reactor_datagram_send(a.datagram, &empty, "x", 1), -EINVAL);
    assert_error(reactor_datagram_pause(NULL), -EINVAL);
    assert_error(reactor_datagram_resume(NULL), -EINVAL);
    assert_int_equal(reactor_datagram_waiting(NULL), 0);
    assert_int_equal(reactor_datagram_handle(NULL), REACTOR_INVALID_HANDLE);
    reactor_datagram_close(NULL);
    assert_null(out);
    reactor_loop_close(loop);
}

static void a_port_is_shared_if_all_want_it(void **state)
{
    struct reactor_datagram_options options = box_options();
    struct reactor_loop *loop = open_loop();
    struct reactor_address here = local_address(0), same;
    struct reactor_datagram *first, *second;
    int error;

    (void)state;
    options.flags = REACTOR_DATAGRAM_SHARED;
    options.closed = NULL;
    error = reactor_datagram_open(&first, loop, &here, NULL, &options, NULL);
    if (error == 0) {
        assert_ok(reactor_address_of(reactor_datagram_handle(first), &same));
        assert_ok(
            reactor_datagram_open(&second, loop, &same, NULL, &options, NULL));
        assert_error(
            reactor_datagram_open(&second, loop, &same, NULL, NULL, NULL),
            -EADDRINUSE);
    } else {
        assert_error(error, -ENOTSUP);
    }
    reactor_loop_close(loop);
}

/* Either the system has no IPv6, or it keeps the families apart if told. */
static void ipv6_only_leaves_the_port_to_ipv4(void **state)
{
    struct reactor_datagram_options options = box_options();
    struct reactor_loop *loop = open_loop();
    struct reactor_address all = address_from("*:0"), four;
    struct reactor_datagram *six, *other;
    struct box box = {.loop = loop};

    (void)state;
    options.flags = REACTOR_DATAGRAM_IPV6_ONLY;
    if (reactor_datagram_open(&six, loop, &all, NULL, &options, &box) == 0) {
        assert_ok(reactor_address_of(reactor_datagram_handle(six), &all));
        four = address_from("0.0.0.0");
        assert_ok(reactor_address_set_port(&four, reactor_address_port(&all)));
        assert_ok(reactor_datagram_open(&other, loop, &four, NULL, NULL, NULL));
    }
    reactor_loop_close(loop);
}

/* As with listeners: `*` is both families'. */
static void any_address_takes_both_families(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_address to = address_from("127.0.0.1");
    struct box all, a;

    (void)state;
    box_open(&all, loop, "*:0", NULL, NULL);
    box_open(&a, loop, BOX_HERE, NULL, NULL);
    assert_ok(
        reactor_address_set_port(&to, reactor_address_port(&all.address)));
    assert_ok(reactor_datagram_send(a.datagram, &to, "x", 1));
    await_that(loop, all.received == 1);
    reactor_loop_close(loop);
}

static void broadcast_needs_its_flag(void **state)
{
    struct reactor_datagram_options options = box_options();
    struct reactor_address to = address_from("255.255.255.255:9");
    struct reactor_loop *loop = open_loop();
    struct box with, without;
    int error;

    (void)state;
    options.flags = REACTOR_DATAGRAM_BROADCAST;
    box_open(&with, loop, BOX_HERE, NULL, &options);
    box_open(&without, loop, BOX_HERE, NULL, NULL);
    error = reactor_datagram_send(without.datagram, &to, "x", 1);
    assert_true(error < 0); /* EACCES, if there is a way at all */
    /* From here it may still get nowhere. */
    error = reactor_datagram_send(with.datagram, &to, "x", 1);
    assert_true(error != -EACCES);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_batch_has_its_size),
        CLAIM_WITHOUT_REACTOR(a_bad_option_is_refused),
        CLAIM_WITHOUT_REACTOR(options_may_be_of_an_older_version),
        CLAIM_WITHOUT_REACTOR(without_callbacks_all_is_dropped),
        CLAIM_WITHOUT_REACTOR(it_keeps_the_loop_alive_until_it_is_closed),
        CLAIM_WITHOUT_REACTOR(a_peer_is_enough),
        CLAIM_WITHOUT_REACTOR(both_may_be_said),
        CLAIM_WITHOUT_REACTOR(a_port_is_shared_if_all_want_it),
        CLAIM_WITHOUT_REACTOR(ipv6_only_leaves_the_port_to_ipv4),
        CLAIM_WITHOUT_REACTOR(any_address_takes_both_families),
        CLAIM_WITHOUT_REACTOR(broadcast_needs_its_flag),
    };

    return run_claims(claims);
}
