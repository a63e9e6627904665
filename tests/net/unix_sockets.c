/* SPDX-License-Identifier: MIT */
/* Unix sockets: paths and abstract names, and whose a path is. */
#include "support/doors.h"
#include "support/path.h"

#include "platform/socket.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool exists(void)
{
    struct stat status;

    return lstat(path_name, &status) == 0;
}

static reactor_handle connect_here(int expected)
{
    struct reactor_address to = address_from(path_address);
    reactor_handle handle;

    assert_ok(ri_socket_open(to.storage, RI_SOCKET_STREAM, &handle));
    assert_int_equal(ri_socket_connect(handle, to.storage, to.size), expected);
    return handle;
}

static struct reactor_listener_options replacing(void)
{
    struct reactor_listener_options options = door_options();

    options.flags = REACTOR_LISTEN_REPLACE;
    return options;
}

/* Left by somebody who has died. */
static void leave_dead(void)
{
    struct reactor_loop *loop = open_loop();
    struct door door;

    door_open_at(&door, loop, path_address, NULL);
    door_close(&door);
    reactor_loop_close(loop);
    assert_true(exists());
}

static int start_here(struct reactor_listener *listener,
                      struct reactor_loop *loop,
                      const struct reactor_listener_options *options)
{
    struct reactor_address address = address_from(path_address);

    reactor_listener_init(listener, loop, door_let_in, NULL);
    return reactor_listener_start(listener, &address, options);
}

/* ---- Connections ---- */

static void exchange(const char *address)
{
    struct reactor_session_options options = talk_options();
    struct reactor_loop *loop = open_loop();
    struct reactor_address to, here;
    struct talk client = {.loop = loop}, server;
    struct door door;

    door_open_at(&door, loop, address, NULL);
    to = address_from(address);
    assert_int_equal(reactor_address_is_equal(&door.address, &to), 1);
    assert_ok(reactor_session_connect(&client.session, loop, &to, 1, -1,
                                      &options, &client));
    await_that(loop, door.count == 1 && client.calls[TALK_CONNECTED] == 1);
    assert_ok(
        reactor_address_of_peer(reactor_session_handle(client.session), &here));
    assert_int_equal(reactor_address_is_equal(&here, &to), 1);
    talk_open(&server, loop, 0, door.guests[0], NULL);
    door.count = 0;
    assert_ok(reactor_session_write(client.session, "hello", 5));
    await_that(loop, server.size == 5);
    assert_ok(reactor_session_finish(client.session));
    await_that(loop, server.calls[TALK_ENDED] == 1);
    assert_ok(reactor_session_write(server.session, "there", 5));
    assert_ok(reactor_session_finish(server.session));
    await_closed(&client);
    await_closed(&server);
    assert_memory_equal(client.bytes, "there", 5);
    assert_closed(&client, REACTOR_CLOSED_FINISHED, 0);
    assert_closed(&server, REACTOR_CLOSED_FINISHED, 0);
    door_close(&door);
    reactor_loop_close(loop);
}

static void sessions_talk_over_a_path(void **state)
{
    (void)state;
    exchange(path_address);
    assert_ok(unlink(path_name));
}

static void sessions_talk_over_an_abstract_name(void **state)
{
    struct reactor_address address;
    char name[96];

    (void)state;
    snprintf(name, sizeof(name), "unix:@%s", path_folder);
    if (reactor_address_parse(&address, name) == -ENOTSUP)
        skip_because("no abstract names here");
    exchange(name);
    exchange(name); /* nothing was left */
}

static struct reactor_address seen;

static void see_peer(void *user_data, reactor_handle handle,
                     const struct reactor_address *peer)
{
    (void)user_data;
    seen = *peer;
    close_handle(handle);
}

static void a_peer_without_name_has_an_empty_address(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_address address = address_from(path_address);
    struct reactor_listener listener;
    reactor_handle client;

    (void)state;
    reactor_listener_init(&listener, loop, see_peer, NULL);
    assert_ok(reactor_listener_start(&listener, &address, NULL));
    seen.size = 77;
    client = connect_here(0);
    await_that(loop, seen.size != 77);
    assert_int_equal(reactor_address_family(&seen), REACTOR_FAMILY_NONE);
    assert_int_equal(seen.size, 0);
    close_handle(client);
    reactor_listener_stop(&listener);
    assert_ok(unlink(path_name));
    reactor_loop_close(loop);
}

static void why_nobody_is_there_is_told(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_address to = address_from(path_address);
    struct reactor_connector connector;
    struct errand errand = {0};

    (void)state;
    reactor_connector_init(&connector, loop, on_over, &errand);
    assert_ok(reactor_connector_start(&connector, &to, 1, -1));
    assert_runs_out(loop);
    assert_error(errand.error, -ENOENT);
    leave_dead();
    assert_ok(reactor_connector_start(&connector, &to, 1, -1));
    assert_runs_out(loop);
    assert_error(errand.error, -ECONNREFUSED);
    assert_int_equal(errand.calls, 2);
    assert_ok(unlink(path_name));
    reactor_loop_close(loop);
}

/* It is connected before its deadline, but told in the next turn. */
static void who_is_reached_at_once_is_in_time(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_address to = address_from(path_address);
    struct reactor_connector connector;
    struct errand errand = {0};
    struct door door;

    (void)state;
    door_open_at(&door, loop, path_address, NULL);
    reactor_connector_init(&connector, loop, on_over, &errand);
    assert_ok(reactor_connector_start(&connector, &to, 1, 0));
    await_that(loop, errand.calls == 1);
    assert_ok(errand.error);
    close_handle(errand.handle);
    door_close(&door);
    assert_ok(unlink(path_name));
    reactor_loop_close(loop);
}

/* ---- Whose a path is ---- */

static void a_path_that_is_there_is_in_use(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_listener listener;

    (void)state;
    leave_dead();
    assert_error(start_here(&listener, loop, NULL), -EADDRINUSE);
    assert_true(exists());
    assert_ok(unlink(path_name));
    reactor_loop_close(loop);
}

static void a_dead_one_is_replaced_and_removed_at_the_end(void **state)
{
    const struct reactor_listener_options options = replacing();
    struct reactor_loop *loop = open_loop();
    struct reactor_listener listener;
    int way;

    (void)state;
    for (way = 0; way < 3; way++) {
        struct reactor_address other = local_address(0);

        leave_dead();
        assert_ok(start_here(&listener, loop, &options));
        close_handle(connect_here(0));
        if (way == 0)
            reactor_listener_stop(&listener);
        else if (way == 1) /* another address in its place */
            assert_ok(reactor_listener_start(&listener, &other, NULL));
        else
            reactor_loop_close(loop);
        assert_false(exists());
        if (way < 2)
            reactor_listener_stop(&listener);
    }
}

static void none_need_be_there(void **state)
{
    const struct reactor_listener_options options = replacing();
    struct reactor_loop *loop = open_loop();
    struct reactor_listener listener;

    (void)state;
    assert_ok(start_here(&listener, loop, &options));
    assert_true(exists());
    assert_ok(unlink(path_name)); /* and it may be gone */
    reactor_listener_stop(&listener);
    reactor_loop_close(loop);
}

static void one_who_lives_is_not_replaced(void **state)
{
    const struct reactor_listener_options options = replacing();
    struct reactor_loop *loop = open_loop();
    struct reactor_listener listener;
    reactor_handle client;
    struct door door;

    (void)state;
    door_open_at(&door, loop, path_address, &options);
    assert_error(start_here(&listener, loop, &options), -EADDRINUSE);
    assert_true(exists());
    client = connect_here(0);
    await_that(loop, door.count >= 1);
    close_handle(client);
    door_close(&door);
    reactor_loop_close(loop);
}

/* Who has no time lives all the same. */
static void nor_one_whose_backlog_is_full(void **state)
{
    struct reactor_listener_options options = replacing();
    struct reactor_address to = address_from(path_address);
    struct reactor_loop *loop = open_loop();
    struct reactor_listener busy, listener;
    reactor_handle clients[16];
    int count = 0, error = 0;

    (void)state;
    options.backlog = 1;
    assert_ok(start_here(&busy, loop, &options));
    assert_ok(reactor_listener_pause(&busy));
    while (count < 16 && error == 0) {
        assert_ok(
            ri_socket_open(to.storage, RI_SOCKET_STREAM, &clients[count]));
        error = ri_socket_connect(clients[count++], to.storage, to.size);
    }
    assert_error(start_here(&listener, loop, &options), -EADDRINUSE);
    assert_true(exists());
    leave(clients, count);
    reactor_listener_stop(&busy);
    assert_false(exists());
    reactor_loop_close(loop);
}

static void what_is_no_socket_is_not_replaced(void **state)
{
    const struct reactor_listener_options options = replacing();
    struct reactor_loop *loop = open_loop();
    struct reactor_listener listener;

    (void)state;
    close(open(path_name, O_CREAT | O_WRONLY, 0600));
    assert_error(start_here(&listener, loop, &options), -EADDRINUSE);
    assert_ok(unlink(path_name));
    assert_ok(mkdir(path_name, 0700));
    assert_error(start_here(&listener, loop, &options), -EADDRINUSE);
    assert_ok(rmdir(path_name));
    assert_ok(symlink("/nowhere/at/all", path_name));
    assert_error(start_here(&listener, loop, &options), -EADDRINUSE);
    assert_ok(unlink(path_name));
    reactor_loop_close(loop);
}

/* Whoever listens there by now keeps it. */
static void somebody_elses_path_is_not_removed(void **state)
{
    const struct reactor_listener_options options = replacing();
    struct reactor_loop *loop = open_loop();
    struct door first, second;

    (void)state;
    door_open_at(&first, loop, path_address, &options);
    assert_ok(unlink(path_name));
    door_open_at(&second, loop, path_address, &options);
    door_close(&first);
    assert_true(exists());
    close_handle(connect_here(0));
    door_close(&second);
    assert_false(exists());
    reactor_loop_close(loop);
}

static void who_does_not_replace_does_not_remove(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_listener listener;

    (void)state;
    assert_ok(start_here(&listener, loop, NULL));
    reactor_listener_stop(&listener);
    assert_true(exists());
    assert_ok(unlink(path_name));
    reactor_loop_close(loop);
}

static void a_path_goes_with_the_handle_that_is_handed_over(void **state)
{
    const struct reactor_listener_options options = replacing();
    struct reactor_loop *loop = open_loop();
    struct reactor_listener listener;
    reactor_handle handle;

    (void)state;
    assert_ok(start_here(&listener, loop, &options));
    handle = reactor_listener_hand_over(&listener);
    reactor_listener_stop(&listener);
    assert_true(exists());
    close_handle(connect_here(0));
    close_handle(handle);
    assert_ok(unlink(path_name));
    reactor_loop_close(loop);
}

static void a_path_is_shared_by_nobody(void **state)
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    struct reactor_listener listener;

    (void)state;
    options.flags = REACTOR_LISTEN_SHARED;
    assert_error(start_here(&listener, loop, &options), -ENOTSUP);
    assert_false(exists());
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITH_PATH(sessions_talk_over_a_path),
        CLAIM_WITH_PATH(sessions_talk_over_an_abstract_name),
        CLAIM_WITH_PATH(a_peer_without_name_has_an_empty_address),
        CLAIM_WITH_PATH(why_nobody_is_there_is_told),
        CLAIM_WITH_PATH(who_is_reached_at_once_is_in_time),
        CLAIM_WITH_PATH(a_path_that_is_there_is_in_use),
        CLAIM_WITH_PATH(a_dead_one_is_replaced_and_removed_at_the_end),
        CLAIM_WITH_PATH(none_need_be_there),
        CLAIM_WITH_PATH(one_who_lives_is_not_replaced),
        CLAIM_WITH_PATH(nor_one_whose_backlog_is_full),
        CLAIM_WITH_PATH(what_is_no_socket_is_not_replaced),
        CLAIM_WITH_PATH(somebody_elses_path_is_not_removed),
        CLAIM_WITH_PATH(who_does_not_replace_does_not_remove),
        CLAIM_WITH_PATH(a_path_goes_with_the_handle_that_is_handed_over),
        CLAIM_WITH_PATH(a_path_is_shared_by_nobody),
    };

    return run_claims(claims);
}
