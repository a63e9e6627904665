/* SPDX-License-Identifier: MIT */
#include "net/estate.h"

#include "net/resolver.h"
#include "support/process.h"
#include "support/thread.h"

#include "platform/socket.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BIG 1000000
static char big[BIG];

static void open_doors(struct estate *estate)
{
    struct reactor_listener_options options = door_options();

    snprintf(estate->folder, sizeof(estate->folder),
             "/tmp/libreactor-fork-XXXXXX");
    assert_non_null(mkdtemp(estate->folder));
    snprintf(estate->path, sizeof(estate->path), "%s/socket", estate->folder);
    snprintf(estate->address, sizeof(estate->address), "unix:%s", estate->path);
    door_open(&estate->door, estate->loop, NULL);
    options.flags = REACTOR_LISTEN_REPLACE;
    door_open_at(&estate->path_door, estate->loop, estate->address, &options);
}

static void open_talks(struct estate *estate)
{
    struct reactor_loop *loop = estate->loop;

    estate->pair = tcp_pair();
    talk_open(&estate->talk, loop, 's', estate->pair.mine, NULL);
    estate->full_pair = stream_pair();
    talk_open(&estate->full, loop, 'w', estate->full_pair.mine, NULL);
    assert_ok(reactor_session_write(estate->full.session, big, BIG));
    assert_true(reactor_session_waiting(estate->full.session) > 0);
    assert_true(pipe_to_read(&estate->pipe));
    assert_ok(fcntl(estate->pipe.mine, F_SETFL, 0)); /* blocking */
    talk_open(&estate->piped, loop, 'p', estate->pipe.mine, NULL);
    estate->over_pair = tcp_pair();
    talk_open(&estate->over, loop, 'o', estate->over_pair.mine, NULL);
}

/* The only worker stands still at a fork: it holds no lock of memory. */
static void start_look_up(struct estate *estate)
{
    atomic_store(&gate_is_open, false);
    assert_ok(reactor_lookup_start(&estate->name, estate->pool, "held", 1, -1));
    while (atomic_load(&held) == 0)
        thread_yield();
}

void estate_open(struct estate *estate)
{
    struct reactor_pool_options options = REACTOR_POOL_OPTIONS_INIT;
    struct reactor_address to;

    memset(estate, 0, sizeof(*estate));
    estate->loop = open_loop();
    options.workers = 1;
    assert_ok(reactor_pool_open(&estate->pool, &options));
    open_doors(estate);
    open_talks(estate);
    box_open(&estate->box, estate->loop, BOX_HERE, NULL, NULL);
    estate->listener = open_listener();
    to = local_address((int)estate->listener.port);
    reactor_connector_init(&estate->connector, estate->loop, on_over,
                           &estate->connecting);
    reactor_lookup_init(&estate->number, estate->loop, on_found,
                        &estate->numbering);
    reactor_lookup_init(&estate->name, estate->loop, on_found, &estate->naming);
    assert_ok(reactor_connector_start(&estate->connector, &to, 1, -1));
    assert_ok(reactor_lookup_start(&estate->number, NULL, "::1", 1, -1));
    start_look_up(estate);
    reactor_session_close(estate->over.session, 0);
}

/* ---- In the parent ---- */

static void talks_go_on(struct estate *estate)
{
    char text[8];

    send_text(estate->pair.peer, "hello");
    await_that(estate->loop, estate->talk.size == 5);
    assert_ok(reactor_session_write(estate->talk.session, "there", 5));
    await_text(estate->loop, estate->pair.peer, text, 5);
    assert_string_equal(text, "there");
    assert_int_equal(estate->talk.calls[TALK_CLOSED], 0);
    send_byte(estate->pipe.peer);
    await_that(estate->loop, estate->piped.size == 1);
    assert_true((fcntl(estate->pipe.mine, F_GETFL) & O_NONBLOCK) != 0);
    assert_int_equal(estate->piped.calls[TALK_CLOSED], 0);
}

static void all_that_waited_arrives_once(struct estate *estate)
{
    size_t read = 0;

    while (read < BIG) {
        read += drain(estate->full_pair.peer);
        assert_true(reactor_loop_turn(estate->loop, 1000000) >= 0);
    }
    assert_int_equal(read, BIG);
    assert_int_equal(reactor_session_waiting(estate->full.session), 0);
    assert_int_equal(drain(estate->full_pair.peer), 0);
    assert_int_equal(estate->full.calls[TALK_CLOSED], 0);
}

static void doors_are_open(struct estate *estate)
{
    struct reactor_address path = address_from(estate->address);
    reactor_handle client, other;

    knock(&estate->door, &client, 1);
    await_that(estate->loop, estate->door.count == 1);
    assert_ok(access(estate->path, F_OK));
    assert_ok(ri_socket_open(path.storage, RI_SOCKET_STREAM, &other));
    assert_ok(ri_socket_connect(other, path.storage, path.size));
    await_that(estate->loop, estate->path_door.count == 1);
    close_handle(client);
    close_handle(other);
}

static void what_was_begun_comes_to_its_end(struct estate *estate)
{
    atomic_store(&gate_is_open, true);
    await_that(estate->loop, estate->connecting.calls == 1 &&
                                 estate->numbering.calls == 1 &&
                                 estate->naming.calls == 1);
    assert_ok(estate->connecting.error);
    assert_ok(estate->numbering.error);
    assert_ok(estate->naming.error);
    await_closed(&estate->over);
    assert_int_equal(estate->over.calls[TALK_CLOSED], 1);
    box_send(&estate->box, &estate->box, "to myself");
    await_that(estate->loop, estate->box.received == 1);
}

void assert_goes_on(struct estate *estate)
{
    talks_go_on(estate);
    all_that_waited_arrives_once(estate);
    doors_are_open(estate);
    what_was_begun_comes_to_its_end(estate);
}

void estate_close(struct estate *estate)
{
    assert_int_equal(estate->path_door.count <= 1, 1); /* no ghosts */
    atomic_store(&gate_is_open, true);
    reactor_pool_close(estate->pool);
    reactor_loop_close(estate->loop);
    door_close(&estate->door);
    door_close(&estate->path_door);
    close_handle(estate->pair.peer);
    close_handle(estate->full_pair.peer);
    close_handle(estate->pipe.peer);
    close_handle(estate->over_pair.peer);
    close_handle(estate->connecting.handle);
    close_handle(estate->listener.handle);
    assert_int_equal(access(estate->path, F_OK), -1);
    assert_ok(rmdir(estate->folder));
}
