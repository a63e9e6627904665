/* SPDX-License-Identifier: MIT */
/* Where a listener listens: families, zones, shared and lingering addresses. */
#include "support/doors.h"

#include "platform/socket.h"

#include <string.h>

/* ---- Who reaches whom ---- */

/* The address of a door, from the point of view of another host text. */
static struct reactor_address at_host(const struct door *door, const char *host)
{
    struct reactor_address to = address_from(host);

    assert_ok(
        reactor_address_set_port(&to, reactor_address_port(&door->address)));
    return to;
}

/* 0 and a connection, or why there is none. */
static int reach(struct reactor_loop *loop, const struct reactor_address *to,
                 reactor_handle *out)
{
    struct reactor_connector connector;
    struct errand errand = {0};

    reactor_connector_init(&connector, loop, on_over, &errand);
    assert_ok(reactor_connector_start(&connector, to, 1, PATIENCE_NS));
    await_that(loop, errand.calls == 1);
    *out = errand.handle;
    return errand.error;
}

static bool has_ipv6(struct reactor_loop *loop)
{
    struct reactor_address address = address_from("[::1]:0");
    struct reactor_listener listener;
    int error;

    reactor_listener_init(&listener, loop, door_let_in, NULL);
    error = reactor_listener_start(&listener, &address, NULL);
    reactor_listener_stop(&listener);
    return error == 0;
}

static void see_who_it_is(const char *address, enum reactor_family family)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_address mine, peer;
    struct door door;
    reactor_handle client;

    door_open_at(&door, loop, address, NULL);
    assert_int_equal(reactor_address_family(&door.address), family);
    assert_ok(reach(loop, &door.address, &client));
    await_that(loop, door.count == 1);
    assert_ok(reactor_address_of(client, &mine));
    assert_ok(reactor_address_of_peer(door.guests[0], &peer));
    assert_int_equal(reactor_address_is_equal(&mine, &peer), 1);
    close_handle(client);
    door_close(&door);
    reactor_loop_close(loop);
}

static void each_family_is_listened_to(void **state)
{
    struct reactor_loop *loop = open_loop();
    bool is_there = has_ipv6(loop);

    (void)state;
    reactor_loop_close(loop);
    see_who_it_is("127.0.0.1:0", REACTOR_FAMILY_IPV4);
    if (!is_there)
        skip_because("no IPv6 here");
    see_who_it_is("[::1]:0", REACTOR_FAMILY_IPV6);
}

static struct reactor_address told;

static void note_peer(void *user_data, reactor_handle handle,
                      const struct reactor_address *peer)
{
    struct reactor_address same;

    (void)user_data;
    told = *peer;
    assert_ok(reactor_address_of_peer(handle, &same));
    assert_int_equal(reactor_address_is_equal(peer, &same), 1);
    close_handle(handle);
}

static void who_has_connected_is_told(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_address at = local_address(0), mine;
    struct reactor_listener listener;
    reactor_handle client;

    (void)state;
    memset(&told, 0, sizeof(told));
    reactor_listener_init(&listener, loop, note_peer, NULL);
    assert_ok(reactor_listener_start(&listener, &at, NULL));
    assert_ok(reactor_listener_address(&listener, &at));
    assert_ok(reach(loop, &at, &client));
    await_that(loop, told.size > 0);
    assert_ok(reactor_address_of(client, &mine));
    assert_int_equal(reactor_address_is_equal(&told, &mine), 1);
    close_handle(client);
    reactor_listener_stop(&listener);
    reactor_loop_close(loop);
}

/*
 * One port for each family. What is free in one may be taken in the other, by
 * whoever else is on this machine: then it is another one.
 */
static void open_beside(struct door *six, struct door *four,
                        struct reactor_loop *loop, const char *address)
{
    struct reactor_listener_options options = door_options();
    int tries = 50, error;

    options.flags = REACTOR_LISTEN_IPV6_ONLY;
    do {
        struct reactor_address at;

        door_open_at(six, loop, address, &options);
        at = at_host(six, "127.0.0.1");
        memset(four, 0, sizeof(*four));
        four->loop = loop;
        four->address = at;
        reactor_listener_init(&four->listener, loop, door_let_in, four);
        error = reactor_listener_start(&four->listener, &at, NULL);
        if (error != 0)
            door_close(six);
    } while (error == -EADDRINUSE && --tries > 0);
    assert_ok(error);
}

static void ipv6_only_takes_no_ipv4(void **state)
{
    static const char *const all[] = {"*:0", "[::]:0", "[::1]:0"};
    struct reactor_loop *loop = open_loop();
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(all) && has_ipv6(loop); i++) {
        struct reactor_address to;
        struct door six, four;
        reactor_handle client;

        open_beside(&six, &four, loop, all[i]);
        assert_ok(reach(loop, &four.address, &client));
        await_that(loop, four.count == 1);
        close_handle(client);
        assert_int_equal(six.count, 0);
        to = at_host(&six, "::1");
        assert_ok(reach(loop, &to, &client));
        await_that(loop, six.count == 1);
        close_handle(client);
        assert_int_equal(four.count, 1);
        door_close(&four);
        door_close(&six);
    }
    reactor_loop_close(loop);
}

static void both_families_are_of_one_conflict(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_address same;
    struct reactor_listener other;
    struct door door;

    (void)state;
    door_open_at(&door, loop, "*:0", NULL);
    same = at_host(&door, "*");
    reactor_listener_init(&other, loop, door_let_in, NULL);
    assert_error(reactor_listener_start(&other, &same, NULL), -EADDRINUSE);
    door_close(&door);
    assert_ok(reactor_listener_start(&other, &same, NULL));
    reactor_listener_stop(&other);
    reactor_loop_close(loop);
}

static void an_address_of_elsewhere_is_refused(void **state)
{
    struct reactor_address elsewhere = address_from("198.51.100.1:0");
    struct reactor_loop *loop = open_loop();
    struct reactor_listener listener;

    (void)state;
    reactor_listener_init(&listener, loop, door_let_in, NULL);
    assert_error(reactor_listener_start(&listener, &elsewhere, NULL),
                 -EADDRNOTAVAIL);
    reactor_loop_close(loop);
}

/* ---- Shared ---- */

static void all_who_share_are_let_in_to(void **state)
{
    enum { CLIENTS = 60 };
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    struct reactor_address any = local_address(0);
    reactor_handle clients[CLIENTS];
    struct door first, second;
    int error;

    (void)state;
    options.flags = REACTOR_LISTEN_SHARED;
    reactor_listener_init(&first.listener, loop, door_let_in, &first);
    error = reactor_listener_start(&first.listener, &any, &options);
    reactor_listener_stop(&first.listener);
    if (error == 0) {
        char at[REACTOR_ADDRESS_TEXT_MAX];

        door_open(&first, loop, &options);
        assert_true(reactor_address_format(&first.address, at, sizeof(at)) > 0);
        door_open_at(&second, loop, at, &options);
        knock(&first, clients, CLIENTS);
        await_that(loop, first.count + second.count == CLIENTS);
        assert_true(first.count > 0 && second.count > 0);
        leave(clients, CLIENTS);
        door_close(&first);
        door_close(&second);
    } else {
        assert_error(error, -ENOTSUP);
    }
    reactor_loop_close(loop);
}

static void nobody_shares_unasked(void **state)
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    struct reactor_listener other;
    struct door door;
    int error;

    (void)state;
    options.flags = REACTOR_LISTEN_SHARED;
    door_open(&door, loop, NULL);
    reactor_listener_init(&other, loop, door_let_in, NULL);
    error = reactor_listener_start(&other, &door.address, &options);
    assert_true(error == -EADDRINUSE || error == -ENOTSUP);
    door_close(&door);
    reactor_loop_close(loop);
}

/* ---- At the end ---- */

/* The listener's side ends first, so its address lingers. */
static void an_address_may_linger(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_listener again;
    reactor_handle client;
    struct door door;

    (void)state;
    door_open(&door, loop, NULL);
    knock(&door, &client, 1);
    await_that(loop, door.count == 1);
    door_close(&door);
    close_handle(client);
    reactor_listener_init(&again, loop, door_let_in, NULL);
    assert_ok(reactor_listener_start(&again, &door.address, NULL));
    reactor_listener_stop(&again);
    reactor_loop_close(loop);
}

static void who_was_not_let_in_is_reset(void **state)
{
    struct reactor_loop *loop = open_loop();
    reactor_handle clients[2];
    struct door door;
    char byte;
    ptrdiff_t result;

    (void)state;
    door_open(&door, loop, NULL);
    knock(&door, &clients[0], 1);
    await_that(loop, door.count == 1);
    assert_ok(reactor_listener_pause(&door.listener));
    knock(&door, &clients[1], 1);
    reactor_listener_stop(&door.listener);
    do
        result = ri_stream_read(clients[1], true, &byte, 1);
    while (result == -EAGAIN);
    assert_int_equal(result, resets_are_told() ? -ECONNRESET : 0);
    send_text(clients[0], "!"); /* who was is not touched */
    do
        result = ri_stream_read(door.guests[0], true, &byte, 1);
    while (result == -EAGAIN);
    assert_int_equal(result, 1);
    leave(clients, 2);
    door_close(&door);
    reactor_loop_close(loop);
}

/* ---- A row of starts ---- */

/* What the former one was told, counted and paused for does not count. */
static void a_start_begins_anew(void **state)
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    struct reactor_address any = local_address(0);
    reactor_handle clients[3];
    struct door door;

    (void)state;
    options.limit = 1;
    door_open(&door, loop, &options);
    knock(&door, clients, 1);
    await_that(loop, door.count == 1);
    assert_ok(reactor_listener_pause(&door.listener));
    options.limit = 2;
    assert_ok(reactor_listener_start(&door.listener, &any, &options));
    assert_ok(reactor_listener_address(&door.listener, &door.address));
    knock(&door, &clients[1], 2);
    await_that(loop, door.count == 3);
    leave(clients, 3);
    door_close(&door);
    reactor_loop_close(loop);
}

static void one_that_fails_changes_nothing(void **state)
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    struct reactor_address elsewhere = address_from("198.51.100.1:0");
    reactor_handle clients[2];
    struct door door;

    (void)state;
    options.limit = 1;
    door_open(&door, loop, &options);
    options.limit = 0;
    assert_error(reactor_listener_start(&door.listener, &elsewhere, &options),
                 -EADDRNOTAVAIL);
    options.flags = 0x100;
    assert_error(reactor_listener_start(&door.listener, &elsewhere, &options),
                 -EINVAL);
    assert_error(
        reactor_listener_start_handle(&door.listener, closed_handle(), NULL),
        -EBADF);
    knock(&door, clients, 2);
    await_that(loop, door.count == 1);
    assert_nobody(loop); /* the limit is as it was */
    reactor_listener_release(&door.listener);
    await_that(loop, door.count == 2);
    leave(clients, 2);
    door_close(&door);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(each_family_is_listened_to),
        CLAIM_WITHOUT_REACTOR(who_has_connected_is_told),
        CLAIM_WITHOUT_REACTOR(ipv6_only_takes_no_ipv4),
        CLAIM_WITHOUT_REACTOR(both_families_are_of_one_conflict),
        CLAIM_WITHOUT_REACTOR(an_address_of_elsewhere_is_refused),
        CLAIM_WITHOUT_REACTOR(all_who_share_are_let_in_to),
        CLAIM_WITHOUT_REACTOR(nobody_shares_unasked),
        CLAIM_WITHOUT_REACTOR(an_address_may_linger),
        CLAIM_WITHOUT_REACTOR(who_was_not_let_in_is_reset),
        CLAIM_WITHOUT_REACTOR(a_start_begins_anew),
        CLAIM_WITHOUT_REACTOR(one_that_fails_changes_nothing),
    };

    return run_claims(claims);
}
