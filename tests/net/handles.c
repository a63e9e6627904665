/* SPDX-License-Identifier: MIT */
/* Handles that net opens, those it is given, and paths that name sockets. */
#include "support/doors.h"

#include "platform/socket.h"

#include <stdio.h>
#include <string.h>

static void assert_does_not_block(reactor_handle handle)
{
    char byte;

    assert_error(ri_stream_read(handle, true, &byte, 1), -EAGAIN);
}

static void what_is_opened_never_blocks_and_is_not_inherited(void **state)
{
    size_t before = count_inheritable_handles();
    struct reactor_loop *loop = open_loop();
    struct reactor_connector connector;
    struct errand errand = {0};
    struct door door;
    struct box box;

    (void)state;
    door_open(&door, loop, NULL);
    box_open(&box, loop, BOX_HERE, NULL, NULL);
    reactor_connector_init(&connector, loop, on_over, &errand);
    assert_ok(
        reactor_connector_start(&connector, &door.address, 1, PATIENCE_NS));
    await_that(loop, errand.calls == 1 && door.count == 1);
    assert_ok(errand.error);
    assert_does_not_block(errand.handle);
    assert_does_not_block(door.guests[0]);
    assert_does_not_block(reactor_datagram_handle(box.datagram));
    assert_int_equal(count_inheritable_handles(), before);
    close_handle(errand.handle);
    door_close(&door);
    reactor_loop_close(loop);
}

static void what_was_given_away_is_closed_by_its_owner(void **state)
{
    size_t before = count_open_handles();
    struct pair pair = stream_pair();
    char byte;

    (void)state;
    reactor_handle_close(pair.mine);
    assert_int_equal(ri_stream_read(pair.peer, true, &byte, 1), 0);
    reactor_handle_close(REACTOR_INVALID_HANDLE);
    reactor_handle_close(pair.peer);
    assert_int_equal(count_open_handles(), before);
}

static void what_is_no_stream_is_refused_and_left_alone(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_session *session = NULL;
    struct pair datagrams = datagram_pair();
    reactor_handle listening = open_listener().handle;
    struct named_handle others[8];
    size_t count = open_unpollable(others, COUNT_OF(others)), i;

    (void)state;
    for (i = 0; i < count; i++) {
        assert_error(
            reactor_session_open(&session, loop, others[i].handle, NULL, NULL),
            -EPERM);
        close_handle(others[i].handle);
    }
    assert_error(
        reactor_session_open(&session, loop, datagrams.mine, NULL, NULL),
        -EPERM);
    assert_error(reactor_session_open(&session, loop, listening, NULL, NULL),
                 -ENOTCONN);
    assert_error(
        reactor_session_open(&session, loop, closed_handle(), NULL, NULL),
        -EBADF);
    assert_error(reactor_session_open(&session, loop, REACTOR_INVALID_HANDLE,
                                      NULL, NULL),
                 -EBADF);
    assert_null(session);
    close_handle(listening);
    close_pair(&datagrams);
    reactor_loop_close(loop);
}

static void who_is_asked_for_an_address_says_what_it_lacks(void **state)
{
    struct reactor_loop *loop = open_loop();
    reactor_handle listening = open_listener().handle;
    struct reactor_address address = address_from("*:1");
    struct named_handle others[8];
    size_t count = open_unpollable(others, COUNT_OF(others)), i;

    (void)state;
    for (i = 0; i < count; i++) {
        assert_error(reactor_address_of(others[i].handle, &address), -ENOTSOCK);
        close_handle(others[i].handle);
    }
    assert_error(reactor_address_of(closed_handle(), &address), -EBADF);
    assert_error(reactor_address_of_peer(listening, &address), -ENOTCONN);
    assert_error(reactor_address_of(REACTOR_INVALID_HANDLE, &address), -EBADF);
    assert_int_equal(reactor_address_port(&address), 1);
    close_handle(listening);
    reactor_loop_close(loop);
}

/* ---- Paths ---- */

/* Of a file that nobody else has, in the folder where the test runs. */
static void make_path(char path[64], char text[80])
{
    snprintf(path, 64, "net-%llx", (unsigned long long)reactor_now_ns());
    snprintf(text, 80, "unix:%s", path);
}

static bool is_there(const char *path)
{
    FILE *file = fopen(path, "r");

    if (file != NULL)
        fclose(file);
    return file != NULL;
}

/* Old systems have no such sockets, and Windows no datagrams of them. */
static void paths_work_or_there_are_none(void **state)
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    struct reactor_connector connector;
    struct errand errand = {0};
    struct reactor_address at;
    char path[64], text[80];
    struct door door = {.loop = loop};
    int error;

    (void)state;
    make_path(path, text);
    at = address_from(text);
    options.flags = REACTOR_LISTEN_REPLACE;
    reactor_listener_init(&door.listener, loop, door_let_in, &door);
    error = reactor_listener_start(&door.listener, &at, &options);
    reactor_connector_init(&connector, loop, on_over, &errand);
    assert_ok(reactor_connector_start(&connector, &at, 1, PATIENCE_NS));
    await_that(loop, errand.calls == 1);
    assert_error(errand.error, error);
    if (error == 0) {
        close_handle(errand.handle);
        await_that(loop, door.count == 1);
    } else {
        assert_error(error, -EAFNOSUPPORT);
    }
    door_close(&door);
    assert_false(is_there(path));
    reactor_loop_close(loop);
}

static void what_is_no_socket_is_not_replaced(void **state)
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    struct reactor_listener listener;
    struct reactor_address at;
    char path[64], text[80];
    FILE *file;

    (void)state;
    make_path(path, text);
    at = address_from(text);
    file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    options.flags = REACTOR_LISTEN_REPLACE;
    reactor_listener_init(&listener, loop, door_let_in, NULL);
    assert_error(reactor_listener_start(&listener, &at, &options), -EADDRINUSE);
    assert_true(is_there(path));
    assert_ok(remove(path));
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(what_is_opened_never_blocks_and_is_not_inherited),
        CLAIM_WITHOUT_REACTOR(what_was_given_away_is_closed_by_its_owner),
        CLAIM_WITHOUT_REACTOR(what_is_no_stream_is_refused_and_left_alone),
        CLAIM_WITHOUT_REACTOR(who_is_asked_for_an_address_says_what_it_lacks),
        CLAIM_WITHOUT_REACTOR(paths_work_or_there_are_none),
        CLAIM_WITHOUT_REACTOR(what_is_no_socket_is_not_replaced),
    };

    return run_claims(claims);
}
