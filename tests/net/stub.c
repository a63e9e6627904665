/* SPDX-License-Identifier: MIT */
/*
 * The stub: nothing can be opened, arguments are looked at all the same, and
 * what returns no error has the answer of something empty.
 */
#include "support/claim.h"

#include <reactor/net.h>
#include <string.h>

/* None of these exists: any address that is not NULL must do. */
static union {
    uint64_t align;
    char bytes[1];
} anything;
static struct reactor_loop *const loop = (void *)&anything;
static struct reactor_pool *const pool = (void *)&anything;
static struct reactor_session *const session = (void *)&anything;
static struct reactor_datagram *const datagram = (void *)&anything;

static struct reactor_address address;
static struct reactor_lookup lookup;
static struct reactor_listener listener;
static struct reactor_connector connector;
static const struct reactor_session_options session_options =
    REACTOR_SESSION_OPTIONS_INIT;

static void addresses_are_not_implemented(void **state)
{
    char text[REACTOR_ADDRESS_TEXT_MAX] = "x";

    (void)state;
    assert_error(reactor_address_parse(&address, "*:1"), -ENOSYS);
    assert_error(reactor_address_format(&address, text, sizeof(text)), -ENOSYS);
    assert_string_equal(text, "x");
    assert_error(reactor_address_from_native(&address, &anything, 1), -ENOSYS);
    assert_error(reactor_address_set_port(&address, 1), -ENOSYS);
    assert_error(reactor_address_of(0, &address), -ENOSYS);
    assert_error(reactor_address_of_peer(0, &address), -ENOSYS);
    reactor_handle_close(REACTOR_INVALID_HANDLE);
    assert_int_equal(address.size, 0);
}

static void names_are_not_looked_up(void **state)
{
    (void)state;
    reactor_lookup_init(&lookup, loop, NULL, NULL);
    assert_error(reactor_lookup_start(&lookup, pool, "::1", 1, -1), -ENOSYS);
    reactor_lookup_stop(&lookup);
}

static void nobody_listens(void **state)
{
    (void)state;
    reactor_listener_init(&listener, loop, NULL, NULL);
    assert_error(reactor_listener_start(&listener, &address, NULL), -ENOSYS);
    assert_error(reactor_listener_start_handle(&listener, 0, NULL), -ENOSYS);
    assert_error(reactor_listener_pause(&listener), -ENOSYS);
    assert_error(reactor_listener_resume(&listener), -ENOSYS);
    assert_error(reactor_listener_address(&listener, &address), -ENOSYS);
    reactor_listener_release(&listener);
    reactor_listener_stop(&listener);
}

static void nobody_connects(void **state)
{
    (void)state;
    reactor_connector_init(&connector, loop, NULL, NULL);
    assert_error(reactor_connector_start(&connector, &address, 1, -1), -ENOSYS);
    assert_error(reactor_connector_start_host(&connector, pool, "::1", 1, -1),
                 -ENOSYS);
    reactor_connector_stop(&connector);
}

static void sessions_are_not_implemented(void **state)
{
    const struct reactor_piece piece = {"x", 1};
    struct reactor_session_numbers numbers = {.size = sizeof(numbers)};
    struct reactor_session *out = session;
    reactor_handle handle;

    (void)state;
    assert_error(reactor_session_open(&out, loop, 0, NULL, NULL), -ENOSYS);
    assert_error(
        reactor_session_connect(&out, loop, &address, 1, -1, NULL, NULL),
        -ENOSYS);
    assert_error(reactor_session_connect_host(&out, loop, pool, "::1", 1, -1,
                                              NULL, NULL),
                 -ENOSYS);
    assert_ptr_equal(out, session);
    assert_error(reactor_session_write(session, "x", 1), -ENOSYS);
    assert_error(reactor_session_write_pieces(session, &piece, 1), -ENOSYS);
    assert_error(reactor_session_pause(session), -ENOSYS);
    assert_error(reactor_session_resume(session), -ENOSYS);
    assert_error(reactor_session_finish(session), -ENOSYS);
    assert_error(reactor_session_hand_over(session, &handle, NULL, 0, NULL),
                 -ENOSYS);
    assert_error(reactor_session_set_options(session, &session_options, NULL),
                 -ENOSYS);
    assert_error(reactor_session_numbers(session, &numbers), -ENOSYS);
    reactor_session_close(session, -1);
    reactor_session_abort(session);
}

static void datagrams_are_not_implemented(void **state)
{
    struct reactor_datagram *out = datagram;

    (void)state;
    assert_error(reactor_datagram_open(&out, loop, &address, NULL, NULL, NULL),
                 -ENOSYS);
    assert_ptr_equal(out, datagram);
    assert_error(reactor_datagram_send(datagram, &address, "x", 1), -ENOSYS);
    assert_error(reactor_datagram_pause(datagram), -ENOSYS);
    assert_error(reactor_datagram_resume(datagram), -ENOSYS);
    reactor_datagram_close(datagram);
}

static void what_is_asked_of_nothing_has_an_answer(void **state)
{
    size_t size = 1;

    (void)state;
    assert_null(reactor_address_native(&address, &size));
    assert_int_equal(size, 0);
    assert_null(reactor_address_native(NULL, NULL));
    assert_int_equal(reactor_address_family(&address), REACTOR_FAMILY_NONE);
    assert_error(reactor_address_port(&address), -EAFNOSUPPORT);
    assert_int_equal(reactor_address_is_equal(&address, &address), 1);
    assert_true(reactor_listener_hand_over(&listener) ==
                REACTOR_INVALID_HANDLE);
    assert_true(reactor_listener_handle(&listener) == REACTOR_INVALID_HANDLE);
    assert_int_equal(reactor_session_waiting(session), 0);
    size = 1;
    assert_null(reactor_session_unread(session, &size));
    assert_int_equal(size, 0);
    assert_null(reactor_session_user_data(session));
    assert_true(reactor_session_handle(session) == REACTOR_INVALID_HANDLE);
    assert_true(reactor_session_id(session) == 0);
    assert_null(reactor_session_find(loop, 1));
    assert_int_equal(reactor_session_count(loop), 0);
    assert_true(reactor_datagram_handle(datagram) == REACTOR_INVALID_HANDLE);
    assert_int_equal(reactor_datagram_waiting(datagram), 0);
}

static void what_stops_and_closes_takes_null(void **state)
{
    (void)state;
    reactor_lookup_stop(NULL);
    reactor_listener_stop(NULL);
    reactor_listener_release(NULL);
    reactor_connector_stop(NULL);
    reactor_session_close(NULL, 0);
    reactor_session_abort(NULL);
    reactor_datagram_close(NULL);
}

static void arguments_are_looked_at_first(void **state)
{
    struct reactor_session *out;
    reactor_handle handle;
    char text[1];

    (void)state;
    assert_error(reactor_address_parse(NULL, "*"), -EINVAL);
    assert_error(reactor_address_parse(&address, NULL), -EINVAL);
    assert_error(reactor_address_format(NULL, text, 1), -EINVAL);
    assert_error(reactor_address_format(&address, NULL, 1), -EINVAL);
    assert_error(reactor_address_from_native(&address, NULL, 1), -EINVAL);
    assert_error(reactor_address_set_port(NULL, 1), -EINVAL);
    assert_error(reactor_address_of(0, NULL), -EINVAL);
    assert_error(reactor_address_of_peer(0, NULL), -EINVAL);
    assert_error(reactor_lookup_start(NULL, pool, "::1", 1, -1), -EINVAL);
    assert_error(reactor_lookup_start(&lookup, pool, NULL, 1, -1), -EINVAL);
    assert_error(reactor_listener_start(NULL, &address, NULL), -EINVAL);
    assert_error(reactor_listener_start(&listener, NULL, NULL), -EINVAL);
    assert_error(reactor_listener_start_handle(NULL, 0, NULL), -EINVAL);
    assert_error(reactor_listener_pause(NULL), -EINVAL);
    assert_error(reactor_listener_resume(NULL), -EINVAL);
    assert_error(reactor_listener_address(&listener, NULL), -EINVAL);
    assert_error(reactor_connector_start(NULL, &address, 1, -1), -EINVAL);
    assert_error(reactor_connector_start(&connector, NULL, 1, -1), -EINVAL);
    assert_error(reactor_connector_start_host(&connector, pool, NULL, 1, -1),
                 -EINVAL);
    assert_error(reactor_session_open(&out, NULL, 0, NULL, NULL), -EINVAL);
    assert_error(reactor_session_connect(&out, loop, NULL, 1, -1, NULL, NULL),
                 -EINVAL);
    assert_error(
        reactor_session_connect_host(&out, loop, pool, NULL, 1, -1, NULL, NULL),
        -EINVAL);
    assert_error(reactor_session_write(NULL, "x", 1), -EINVAL);
    assert_error(reactor_session_write(session, NULL, 1), -EINVAL);
    assert_error(reactor_session_write_pieces(session, NULL, 1), -EINVAL);
    assert_error(reactor_session_pause(NULL), -EINVAL);
    assert_error(reactor_session_resume(NULL), -EINVAL);
    assert_error(reactor_session_finish(NULL), -EINVAL);
    assert_error(reactor_session_hand_over(NULL, &handle, NULL, 0, NULL),
                 -EINVAL);
    assert_error(reactor_session_set_options(session, NULL, NULL), -EINVAL);
    assert_error(reactor_session_numbers(session, NULL), -EINVAL);
    assert_error(reactor_datagram_open(NULL, loop, &address, NULL, NULL, NULL),
                 -EINVAL);
    assert_error(reactor_datagram_send(NULL, &address, "x", 1), -EINVAL);
    assert_error(reactor_datagram_send(datagram, &address, NULL, 1), -EINVAL);
    assert_error(reactor_datagram_pause(NULL), -EINVAL);
    assert_error(reactor_datagram_resume(NULL), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(addresses_are_not_implemented),
        cmocka_unit_test(names_are_not_looked_up),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(nobody_connects),
        cmocka_unit_test(sessions_are_not_implemented),
        cmocka_unit_test(datagrams_are_not_implemented),
        cmocka_unit_test(what_is_asked_of_nothing_has_an_answer),
        cmocka_unit_test(what_stops_and_closes_takes_null),
        cmocka_unit_test(arguments_are_looked_at_first),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
