/* SPDX-License-Identifier: MIT */
/* Listeners: who is let in, how many, and what happens when it can't be. */
#include "support/doors.h"

#include "platform/socket.h"

#include <string.h>

/* ---- Who is let in ---- */

static void who_connects_is_let_in(void **state)
{
    struct reactor_loop *loop = open_loop();
    reactor_handle clients[3];
    struct door door;
    char text[8];

    (void)state;
    door_open(&door, loop, NULL);
    assert_true(reactor_address_port(&door.address) > 0);
    knock(&door, clients, 3);
    await_that(loop, door.count == 3);
    send_text(door.guests[0], "hello");
    await_text(loop, clients[0], text, 5);
    assert_string_equal(text, "hello");
    leave(clients, 3);
    door_close(&door);
    assert_runs_out(loop);
    reactor_loop_close(loop);
}

static void a_burst_has_a_bound(void **state)
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    reactor_handle clients[10];
    struct door door;

    (void)state;
    options.burst = 3;
    door_open(&door, loop, &options);
    knock(&door, clients, 10);
    await_that(loop, door.count > 0);
    assert_true(door.count <= 3);
    await_that(loop, door.count == 10);
    leave(clients, 10);
    door_close(&door);
    reactor_loop_close(loop);
}

static void a_full_house_lets_nobody_in(void **state)
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    reactor_handle clients[5];
    struct door door;

    (void)state;
    options.limit = 2;
    door_open(&door, loop, &options);
    knock(&door, clients, 5);
    await_that(loop, door.count == 2);
    assert_nobody(loop);
    reactor_listener_release(&door.listener);
    await_that(loop, door.count == 3);
    assert_nobody(loop);
    reactor_listener_release(&door.listener);
    reactor_listener_release(&door.listener);
    await_that(loop, door.count == 5);
    assert_int_equal(door.told_count, 0);
    leave(clients, 5);
    door_close(&door);
    reactor_loop_close(loop);
}

static void serve_guest(struct door *door)
{
    struct reactor_session_options options = REACTOR_SESSION_OPTIONS_INIT;

    options.listener = &door->listener;
    assert_ok(reactor_session_open(
        NULL, door->loop, door->guests[door->count - 1], &options, NULL));
}

static void sessions_make_room_when_they_end(void **state)
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    reactor_handle clients[4];
    struct door door;
    int i;

    (void)state;
    options.limit = 1;
    door_open(&door, loop, &options);
    door.then = serve_guest;
    knock(&door, clients, 4);
    for (i = 1; i <= 4; i++) {
        await_that(loop, door.count == (unsigned)i);
        assert_nobody(loop);
        close_handle(clients[i - 1]);
    }
    await_that(loop, reactor_session_count(loop) == 0);
    door.count = 0; /* the sessions have closed them */
    door_close(&door);
    reactor_loop_close(loop);
}

/* Whom nobody has let in makes no room either. */
static void who_connects_is_no_guest(void **state)
{
    struct reactor_session_options session_options =
        REACTOR_SESSION_OPTIONS_INIT;
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    struct reactor_address nobody = deserted_address();
    reactor_handle clients[2];
    struct door door;

    (void)state;
    options.limit = 1;
    door_open(&door, loop, &options);
    knock(&door, clients, 2);
    await_that(loop, door.count == 1);
    session_options.listener = &door.listener;
    assert_ok(reactor_session_connect(NULL, loop, &nobody, 1, PATIENCE_NS,
                                      &session_options, NULL));
    await_that(loop, reactor_session_count(loop) == 0);
    assert_nobody(loop);
    assert_int_equal(door.count, 1);
    leave(clients, 2);
    door_close(&door);
    reactor_loop_close(loop);
}

static void sessions_outlive_the_listener(void **state)
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    reactor_handle client;
    struct door door;

    (void)state;
    options.limit = 1;
    door_open(&door, loop, &options);
    door.then = serve_guest;
    knock(&door, &client, 1);
    await_that(loop, door.count == 1);
    reactor_listener_stop(&door.listener);
    memset(&door, 0x55, sizeof(door));
    close_handle(client);
    await_that(loop, reactor_session_count(loop) == 0);
    reactor_loop_close(loop);
}

/* ---- How many are in ---- */

/* The one who is let in is counted already. */
static void serve_the_first_two(struct door *door)
{
    assert_int_equal(reactor_listener_count(&door->listener), door->count);
    if (door->count <= 2)
        serve_guest(door);
}

static void the_count_follows_who_comes_and_goes(void **state)
{
    struct reactor_loop *loop = open_loop();
    reactor_handle clients[3];
    struct door door;

    (void)state;
    door_open(&door, loop, NULL);
    assert_int_equal(reactor_listener_count(&door.listener), 0);
    reactor_listener_release(&door.listener);
    assert_int_equal(reactor_listener_count(&door.listener), 0);
    door.then = serve_the_first_two;
    knock(&door, clients, 3);
    await_that(loop, door.count == 3);
    assert_int_equal(reactor_listener_count(&door.listener), 3);
    close_handle(clients[0]); /* who has a session need not be released */
    await_that(loop, reactor_session_count(loop) == 1);
    assert_int_equal(reactor_listener_count(&door.listener), 2);
    close_handle(clients[2]); /* who has none is to be */
    assert_nobody(loop);
    assert_int_equal(reactor_listener_count(&door.listener), 2);
    reactor_listener_release(&door.listener);
    assert_int_equal(reactor_listener_count(&door.listener), 1);
    close_handle(clients[1]);
    await_that(loop, reactor_session_count(loop) == 0);
    assert_int_equal(reactor_listener_count(&door.listener), 0);
    close_handle(door.guests[2]);
    door.count = 0;
    door_close(&door);
    reactor_loop_close(loop);
}

static void who_is_idle_counts_nobody(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_listener never;
    reactor_handle client, handle;
    struct door door;

    (void)state;
    assert_int_equal(reactor_listener_count(NULL), 0);
    reactor_listener_init(&never, loop, door_let_in, NULL);
    assert_int_equal(reactor_listener_count(&never), 0);
    door_open(&door, loop, NULL);
    knock(&door, &client, 1);
    await_that(loop, door.count == 1);
    assert_int_equal(reactor_listener_count(&door.listener), 1);
    handle = reactor_listener_hand_over(&door.listener);
    assert_int_equal(reactor_listener_count(&door.listener), 0);
    assert_ok(reactor_listener_start_handle(&door.listener, handle, NULL));
    assert_int_equal(reactor_listener_count(&door.listener), 0);
    close_handle(client);
    door_close(&door);
    assert_int_equal(reactor_listener_count(&door.listener), 0);
    reactor_loop_close(loop);
}

/* Who was let in before a start does not count, and his end takes nobody. */
static void a_start_counts_anew(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_address any = local_address(0);
    reactor_handle before, after;
    struct door door;

    (void)state;
    door_open(&door, loop, NULL);
    door.then = serve_guest;
    knock(&door, &before, 1);
    await_that(loop, door.count == 1);
    assert_int_equal(reactor_listener_count(&door.listener), 1);
    assert_ok(reactor_listener_start(&door.listener, &any, NULL));
    assert_ok(reactor_listener_address(&door.listener, &door.address));
    assert_int_equal(reactor_listener_count(&door.listener), 0);
    knock(&door, &after, 1);
    await_that(loop, door.count == 2);
    assert_int_equal(reactor_listener_count(&door.listener), 1);
    close_handle(before);
    await_that(loop, reactor_session_count(loop) == 1);
    assert_int_equal(reactor_listener_count(&door.listener), 1);
    close_handle(after);
    await_that(loop, reactor_session_count(loop) == 0);
    assert_int_equal(reactor_listener_count(&door.listener), 0);
    door.count = 0; /* the sessions have closed them */
    door_close(&door);
    reactor_loop_close(loop);
}

/* ---- Pause, stop, restart ---- */

static void a_pause_lets_them_wait(void **state)
{
    struct reactor_loop *loop = open_loop();
    reactor_handle clients[2];
    struct door door;

    (void)state;
    door_open(&door, loop, NULL);
    assert_ok(reactor_listener_pause(&door.listener));
    knock(&door, clients, 2);
    assert_nobody(loop);
    assert_ok(reactor_listener_resume(&door.listener));
    await_that(loop, door.count == 2);
    leave(clients, 2);
    door_close(&door);
    assert_error(reactor_listener_pause(&door.listener), -ENOENT);
    assert_error(reactor_listener_resume(&door.listener), -ENOENT);
    reactor_loop_close(loop);
}

static void stop_it(struct door *door)
{
    reactor_listener_stop(&door->listener);
    reactor_listener_stop(&door->listener);
}

static void it_can_be_stopped_while_it_lets_in(void **state)
{
    struct reactor_loop *loop = open_loop();
    reactor_handle clients[3];
    struct door door;

    (void)state;
    door_open(&door, loop, NULL);
    door.then = stop_it;
    knock(&door, clients, 3);
    await_that(loop, door.count == 1);
    assert_runs_out(loop);
    assert_int_equal(door.count, 1);
    leave(clients, 3);
    door_close(&door);
    reactor_loop_close(loop);
}

static void close_loop(struct door *door)
{
    reactor_loop_close(door->loop);
}

static void the_loop_can_be_closed_while_it_lets_in(void **state)
{
    struct reactor_loop *loop = open_loop();
    reactor_handle clients[3];
    struct door door;

    (void)state;
    door_open(&door, loop, NULL);
    door.then = close_loop;
    knock(&door, clients, 3);
    assert_is_stopped(loop);
    assert_int_equal(door.count, 1);
    close_handle(door.guests[0]);
    leave(clients, 3);
}

static void a_listener_goes_with_its_loop(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct door door;

    (void)state;
    door_open(&door, loop, NULL);
    reactor_loop_close(loop);
    assert_int_equal(reactor_listener_handle(&door.listener),
                     REACTOR_INVALID_HANDLE);
}

static void a_start_takes_the_place_of_the_former_one(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_address former, any;
    reactor_handle client;
    struct door door;

    (void)state;
    door_open(&door, loop, NULL);
    former = door.address;
    assert_ok(reactor_address_parse(&any, "127.0.0.1:0"));
    assert_ok(reactor_listener_start(&door.listener, &any, NULL));
    assert_ok(reactor_listener_address(&door.listener, &door.address));
    assert_int_equal(reactor_address_is_equal(&former, &door.address), 0);
    knock(&door, &client, 1);
    await_that(loop, door.count == 1);
    close_handle(client);
    door_close(&door);
    reactor_loop_close(loop);
}

/* ---- N8: conflicts ---- */

static void an_address_in_use_is_an_error_and_changes_nothing(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct door door, other;
    reactor_handle client;

    (void)state;
    door_open(&door, loop, NULL);
    door_open(&other, loop, NULL);
    assert_error(reactor_listener_start(&other.listener, &door.address, NULL),
                 -EADDRINUSE);
    knock(&other, &client, 1);
    await_that(loop, other.count == 1);
    close_handle(client);
    door_close(&other);
    door_close(&door);
    reactor_loop_close(loop);
}

static void bad_arguments_are_refused(void **state)
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    struct reactor_address any, empty;
    struct reactor_listener listener;
    struct pair pair = stream_pair();

    (void)state;
    memset(&empty, 0, sizeof(empty));
    assert_ok(reactor_address_parse(&any, "127.0.0.1:0"));
    reactor_listener_init(&listener, loop, door_let_in, NULL);
    assert_error(reactor_listener_start(NULL, &any, NULL), -EINVAL);
    assert_error(reactor_listener_start(&listener, NULL, NULL), -EINVAL);
    assert_error(reactor_listener_start(&listener, &empty, NULL), -EINVAL);
    options.flags = 0x80;
    assert_error(reactor_listener_start(&listener, &any, &options), -EINVAL);
    options = door_options();
    options.size++;
    assert_error(reactor_listener_start(&listener, &any, &options), -EINVAL);
    options.size = 0;
    assert_error(reactor_listener_start(&listener, &any, &options), -EINVAL);
    assert_error(reactor_listener_start_handle(&listener, pair.mine, NULL),
                 -EINVAL);
    assert_error(
        reactor_listener_start_handle(&listener, closed_handle(), NULL),
        -EBADF);
    assert_int_equal(reactor_listener_handle(&listener),
                     REACTOR_INVALID_HANDLE);
    assert_error(reactor_listener_address(&listener, &any), -ENOENT);
    assert_int_equal(reactor_listener_hand_over(&listener),
                     REACTOR_INVALID_HANDLE);
    reactor_listener_stop(NULL);
    reactor_listener_release(NULL);
    reactor_listener_release(&listener);
    close_pair(&pair);
    reactor_loop_close(loop);
}

/* ---- Hand-over ---- */

static void a_socket_is_handed_over_with_who_waits(void **state)
{
    struct reactor_loop *loop = open_loop();
    reactor_handle clients[2], handle;
    struct door door, next;

    (void)state;
    door_open(&door, loop, NULL);
    knock(&door, clients, 2);
    handle = reactor_listener_hand_over(&door.listener);
    assert_true(handle != REACTOR_INVALID_HANDLE);
    assert_int_equal(reactor_listener_handle(&door.listener),
                     REACTOR_INVALID_HANDLE);
    assert_runs_out(loop);
    assert_int_equal(door.count, 0);

    memset(&next, 0, sizeof(next));
    reactor_listener_init(&next.listener, loop, door_let_in, &next);
    assert_ok(reactor_listener_start_handle(&next.listener, handle, NULL));
    await_that(loop, next.count == 2);
    leave(clients, 2);
    door_close(&next);
    reactor_loop_close(loop);
}

/* ---- Addresses ---- */

static void any_address_takes_both_families(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "::1"};
    struct reactor_loop *loop = open_loop();
    struct reactor_address any, to;
    struct door door;
    size_t i;

    (void)state;
    memset(&door, 0, sizeof(door));
    assert_ok(reactor_address_parse(&any, "*:0"));
    reactor_listener_init(&door.listener, loop, door_let_in, &door);
    assert_ok(reactor_listener_start(&door.listener, &any, NULL));
    assert_ok(reactor_listener_address(&door.listener, &any));
    for (i = 0; i < COUNT_OF(hosts); i++) {
        reactor_handle client;
        int error;

        assert_ok(reactor_address_parse(&to, hosts[i]));
        assert_ok(reactor_address_set_port(&to, reactor_address_port(&any)));
        assert_ok(ri_socket_open(to.storage, RI_SOCKET_STREAM, &client));
        error = ri_socket_connect(client, to.storage, to.size);
        if (error == 0 || error == -EINPROGRESS)
            await_that(loop, door.count == i + 1);
        else
            assert_error(error, -EADDRNOTAVAIL); /* no IPv6 here */
        close_handle(client);
    }
    door_close(&door);
    reactor_loop_close(loop);
}

static void shared_addresses_are_shared_or_refused(void **state)
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    struct reactor_address any, shared;
    struct reactor_listener first, second;
    int error;

    (void)state;
    options.flags = REACTOR_LISTEN_SHARED;
    assert_ok(reactor_address_parse(&any, "127.0.0.1:0"));
    reactor_listener_init(&first, loop, door_let_in, NULL);
    reactor_listener_init(&second, loop, door_let_in, NULL);
    error = reactor_listener_start(&first, &any, &options);
    if (error == 0) {
        assert_ok(reactor_listener_address(&first, &shared));
        assert_ok(reactor_listener_start(&second, &shared, &options));
    } else {
        assert_error(error, -ENOTSUP);
    }
    reactor_listener_stop(&first);
    reactor_listener_stop(&second);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(who_connects_is_let_in),
        CLAIM_WITHOUT_REACTOR(a_burst_has_a_bound),
        CLAIM_WITHOUT_REACTOR(a_full_house_lets_nobody_in),
        CLAIM_WITHOUT_REACTOR(sessions_make_room_when_they_end),
        CLAIM_WITHOUT_REACTOR(who_connects_is_no_guest),
        CLAIM_WITHOUT_REACTOR(sessions_outlive_the_listener),
        CLAIM_WITHOUT_REACTOR(the_count_follows_who_comes_and_goes),
        CLAIM_WITHOUT_REACTOR(who_is_idle_counts_nobody),
        CLAIM_WITHOUT_REACTOR(a_start_counts_anew),
        CLAIM_WITHOUT_REACTOR(a_pause_lets_them_wait),
        CLAIM_WITHOUT_REACTOR(it_can_be_stopped_while_it_lets_in),
        CLAIM_WITHOUT_REACTOR(the_loop_can_be_closed_while_it_lets_in),
        CLAIM_WITHOUT_REACTOR(a_listener_goes_with_its_loop),
        CLAIM_WITHOUT_REACTOR(a_start_takes_the_place_of_the_former_one),
        CLAIM_WITHOUT_REACTOR(
            an_address_in_use_is_an_error_and_changes_nothing),
        CLAIM_WITHOUT_REACTOR(bad_arguments_are_refused),
        CLAIM_WITHOUT_REACTOR(a_socket_is_handed_over_with_who_waits),
        CLAIM_WITHOUT_REACTOR(any_address_takes_both_families),
        CLAIM_WITHOUT_REACTOR(shared_addresses_are_shared_or_refused),
    };

    return run_claims(claims);
}
