/* SPDX-License-Identifier: MIT */
/* How connections come about: listeners, connectors and look-ups. */
#include "fault/net.h"

#include "platform/socket.h"
#include "support/thread.h"

#include <reactor/work.h>
#include <stdio.h>
#include <string.h>

/* ---- A listener that opens sessions ---- */

#define GUESTS 3

struct door {
    struct reactor_listener listener;
    struct reactor_loop *loop;
    struct reactor_address address;
    struct talk guests[GUESTS];
    unsigned count;
    unsigned pauses;
    unsigned returns;
    bool is_refused;       /* a guest has had to go */
    unsigned fired_before; /* when it was open */
};

/* What can't be had for one who knocks is closed, and nobody is counted. */
static void let_in(void *user_data, reactor_handle handle,
                   const struct reactor_address *peer)
{
    struct reactor_session_options options = talk_options();
    struct door *door = user_data;
    struct talk *talk = &door->guests[door->count];
    int error;

    (void)peer;
    assert_true(door->count < GUESTS);
    options.listener = &door->listener;
    memset(talk, 0, sizeof(*talk));
    talk->loop = door->loop;
    error = reactor_session_open(&talk->session, door->loop, handle, &options,
                                 talk);
    if (error == 0) {
        door->count++;
        return;
    }
    expect_told(error);
    door->is_refused = true;
    reactor_listener_release(&door->listener);
    ri_socket_close(handle);
}

static void on_pause(void *user_data, int error)
{
    struct door *door = user_data;

    door->pauses += error != 0;
    door->returns += error == 0;
    if (error != 0)
        expect_told(error);
}

static struct reactor_address address_of(const char *text)
{
    struct reactor_address address;

    TRY_NET_OK(reactor_address_parse(&address, text));
    return address;
}

/* Who can't be asked may be listening, and is left alone. */
static bool was_refused_path(int result, uint32_t flags)
{
    if ((flags & REACTOR_LISTEN_REPLACE) == 0 || result != -EADDRINUSE)
        return was_refused_by_net(result);
    assert_true(fault_fired() > 0);
    fault_lift();
    return true;
}

/* What is refused half-way leaves no handle behind. */
static void open_door(struct door *door, struct reactor_loop *loop,
                      const struct reactor_address *address, uint32_t flags)
{
    struct reactor_listener_options options = REACTOR_LISTENER_OPTIONS_INIT;
    size_t handles;
    int result;

    memset(door, 0, sizeof(*door));
    door->loop = loop;
    options.told = on_pause;
    options.limit = 2;
    options.flags = flags;
    reactor_listener_init(&door->listener, loop, let_in, door);
    handles = count_open_handles();
    result = reactor_listener_start(&door->listener, address, &options);
    if (was_refused_path(result, flags)) {
        assert_int_equal(count_open_handles(), handles);
        result = reactor_listener_start(&door->listener, address, &options);
    }
    assert_ok(result);
    TRY_NET_OK(reactor_listener_address(&door->listener, &door->address));
    door->fired_before = fault_fired();
}

static reactor_handle knock(const struct door *door)
{
    const struct listener listener = {
        .port = (unsigned)reactor_address_port(&door->address)};

    return connect_to(&listener);
}

static bool is_over(const struct door *door)
{
    unsigned i;

    for (i = 0; i < door->count; i++)
        if (door->guests[i].calls[TALK_CLOSED] == 0)
            return false;
    return true;
}

static bool lacks_somebody(const struct door *door)
{
    return door->is_refused ||
           (may_lose_accepted() && fault_fired() > door->fired_before);
}

static bool ended_well(const struct door *door)
{
    bool is_well = !lacks_somebody(door);
    unsigned i;

    for (i = 0; i < door->count; i++) {
        const struct talk *talk = &door->guests[i];

        assert_int_equal(talk->calls[TALK_CLOSED], 1);
        if (talk->reason == REACTOR_CLOSED_CLOSED)
            continue;
        assert_int_equal(talk->reason, REACTOR_CLOSED_ERROR);
        expect_told(talk->error);
        is_well = false;
    }
    return is_well;
}

/* Two at a time; the third comes in when one has left. */
static bool let_three_in(struct reactor_loop *loop)
{
    const struct reactor_address any = address_of("127.0.0.1:0");
    reactor_handle clients[GUESTS];
    struct door door;
    bool is_well;
    int i;

    open_door(&door, loop, &any, 0);
    for (i = 0; i < GUESTS; i++)
        clients[i] = knock(&door);
    while (door.count < 2 && !lacks_somebody(&door))
        turn(loop);
    if (door.count > 0)
        reactor_session_close(door.guests[0].session, 0);
    while (door.count < GUESTS && !lacks_somebody(&door))
        turn(loop);
    for (i = 0; i < (int)door.count; i++)
        reactor_session_close(door.guests[i].session, 0);
    while (!is_over(&door))
        turn(loop);
    reactor_listener_stop(&door.listener);
    for (i = 0; i < GUESTS; i++)
        close_handle(clients[i]);
    is_well = ended_well(&door);
    assert_true(!is_well || door.pauses == door.returns);
    return is_well;
}

static void a_listener_lets_sessions_in(void)
{
    survive(let_three_in);
}

/* ---- A listener's handle ---- */

static void a_listener_is_handed_over(void)
{
    struct reactor_loop *loop = open_one_loop();
    const struct reactor_address any = address_of("127.0.0.1:0");
    reactor_handle client, handle;
    struct door door;

    open_door(&door, loop, &any, 0);
    assert_ok(reactor_listener_pause(&door.listener));
    client = knock(&door);
    handle = reactor_listener_hand_over(&door.listener);
    assert_true(handle != REACTOR_INVALID_HANDLE);
    TRY_NET_OK(reactor_listener_start_handle(&door.listener, handle, NULL));
    while (door.count == 0 && !lacks_somebody(&door))
        turn(loop);
    reactor_listener_stop(&door.listener);
    reactor_loop_close(loop);
    close_handle(client);
    assert_true(is_over(&door));
}

static void a_former_address_is_left(void)
{
    struct reactor_loop *loop = open_one_loop();
    const struct reactor_address any = address_of("*:0");
    struct reactor_address former;
    struct door door;

    open_door(&door, loop, &any, REACTOR_LISTEN_IPV6_ONLY);
    former = door.address;
    TRY_NET_OK(reactor_listener_start(&door.listener, &any, NULL));
    TRY_NET_OK(reactor_listener_address(&door.listener, &door.address));
    assert_false(reactor_address_is_equal(&former, &door.address));
    reactor_loop_close(loop);
}

/* ---- Unix paths ---- */

/* False where there are no such sockets. */
static bool make_path(struct reactor_address *out)
{
    static unsigned count;
    reactor_handle handle;
    char text[64];

    (void)snprintf(text, sizeof(text), "unix:fault-%lu-%u",
                   (unsigned long)monotonic_ns(), count++);
    if (reactor_address_parse(out, text) != 0 ||
        ri_socket_open(out->storage, RI_SOCKET_STREAM, &handle) != 0)
        return false;
    ri_socket_close(handle);
    return true;
}

static void a_path_is_replaced(void)
{
    struct reactor_loop *loop = open_one_loop();
    struct reactor_address path;
    struct door door, next;
    reactor_handle left;

    if (!make_path(&path)) {
        reactor_loop_close(loop);
        return;
    }
    open_door(&door, loop, &path, 0);
    left = reactor_listener_hand_over(&door.listener);
    close_handle(left);
    open_door(&next, loop, &path, REACTOR_LISTEN_REPLACE);
    reactor_listener_stop(&next.listener);
    (void)ri_socket_remove_path(path.storage, path.size);
    reactor_loop_close(loop);
}

/* ---- Connectors ---- */

struct caller {
    struct reactor_connector connector;
    unsigned calls;
    int error;
    reactor_handle handle;
};

static void on_connected(void *user_data, int error, reactor_handle handle,
                         const struct reactor_address *peer)
{
    struct caller *caller = user_data;

    caller->calls++;
    caller->error = error;
    caller->handle = handle;
    assert_true((error == 0) == (peer != NULL));
    assert_true((error == 0) == (handle != REACTOR_INVALID_HANDLE));
}

static struct reactor_address address_at(unsigned port)
{
    struct reactor_address address = address_of("127.0.0.1");

    assert_ok(reactor_address_set_port(&address, (int)port));
    return address;
}

/* Nobody listens there. */
static struct reactor_address deaf_address(void)
{
    struct listener listener = open_listener();

    close_handle(listener.handle);
    return address_at(listener.port);
}

static bool has_connected(struct caller *caller)
{
    while (caller->calls == 0)
        turn(caller->connector.loop);
    assert_int_equal(caller->calls, 1);
    if (caller->error == 0)
        close_handle(caller->handle);
    return caller->error == 0;
}

/* One that can't be tried does not keep from trying the next. */
static void one_of_two_addresses_answers(void)
{
    struct reactor_loop *loop = open_one_loop();
    struct listener listener = open_listener();
    struct reactor_address addresses[] = {
        deaf_address(), address_at(listener.port), address_at(listener.port)};
    struct caller caller = {.calls = 0};

    reactor_connector_init(&caller.connector, loop, on_connected, &caller);
    TRY_NET_OK(
        reactor_connector_start(&caller.connector, addresses, 3, PATIENCE_NS));
    if (!has_connected(&caller)) {
        assert_int_equal(point.duration, FAULT_FROM_THEN_ON);
        expect_told(caller.error);
    }
    close_handle(listener.handle);
    reactor_loop_close(loop);
}

static bool call_nobody(struct reactor_loop *loop)
{
    struct reactor_address address = deaf_address();
    struct caller caller = {.calls = 0};

    reactor_connector_init(&caller.connector, loop, on_connected, &caller);
    TRY_NET_OK(reactor_connector_start(&caller.connector, &address, 1, -1));
    assert_false(has_connected(&caller));
    if (caller.error == -ECONNREFUSED)
        return true;
    expect_told(caller.error);
    return false;
}

static void nobody_answers(void)
{
    survive(call_nobody);
}

static void connecting_is_stopped(void)
{
    struct reactor_loop *loop = open_one_loop();
    struct listener listener = open_listener();
    struct reactor_address address = address_at(listener.port);
    struct caller callers[2] = {{.calls = 0}, {.calls = 0}};
    int i;

    for (i = 0; i < 2; i++) {
        reactor_connector_init(&callers[i].connector, loop, on_connected,
                               &callers[i]);
        TRY_NET_OK(
            reactor_connector_start(&callers[i].connector, &address, 1, -1));
    }
    reactor_connector_stop(&callers[0].connector);
    reactor_loop_close(loop);
    assert_int_equal(callers[0].calls, 0);
    assert_int_equal(callers[1].calls, 1);
    if (callers[1].error != -ECANCELED) /* it was over before */
        expect_told(callers[1].error);
    close_handle(listener.handle);
}

/* ---- Sessions that connect ---- */

/* The listener's end resets what it has not accepted: not before all is out. */
static bool is_well_closed(struct talk *talk, const struct listener *listener)
{
    reactor_session_close(talk->session, PATIENCE_NS);
    while (reactor_session_waiting(talk->session) > 0 && goes_on(talk))
        continue;
    close_handle(listener->handle);
    while (goes_on(talk))
        continue;
    assert_int_equal(talk->calls[TALK_CLOSED], 1);
    if (talk->reason == REACTOR_CLOSED_CLOSED)
        return true;
    assert_true(talk->reason == REACTOR_CLOSED_CONNECT ||
                talk->reason == REACTOR_CLOSED_ERROR);
    expect_told(talk->error);
    return false;
}

static bool connect_session(struct reactor_loop *loop)
{
    const struct reactor_session_options options = talk_options();
    struct listener listener = open_listener();
    struct reactor_address address = address_at(listener.port);
    struct talk talk = {.loop = loop};

    TRY_NET_OK(reactor_session_connect(&talk.session, loop, &address, 1,
                                       PATIENCE_NS, &options, &talk));
    while (talk.calls[TALK_CONNECTED] == 0 && goes_on(&talk))
        continue;
    write_to(&talk, "hello", 5);
    return is_well_closed(&talk, &listener);
}

static void a_session_connects(void)
{
    survive(connect_session);
}

/* ---- Look-ups ---- */

static struct reactor_pool *open_pool(void)
{
    struct reactor_pool_options options = REACTOR_POOL_OPTIONS_INIT;
    struct reactor_pool *pool = NULL;

    options.workers = 1;
    TRY_OK(reactor_pool_open(&pool, &options));
    return pool;
}

/* A worker whose wake is refused has done its job all the same: a look now and
   then finds out. */
static bool look_up(struct reactor_loop *loop, const char *host)
{
    const struct reactor_session_options options = talk_options();
    struct listener listener = open_listener();
    struct reactor_pool *pool = open_pool();
    struct talk talk = {.loop = loop};
    bool is_well;

    TRY_NET_OK(reactor_session_connect_host(&talk.session, loop, pool, host,
                                            (int)listener.port, PATIENCE_NS,
                                            &options, &talk));
    while (talk.calls[TALK_CONNECTED] + talk.calls[TALK_CLOSED] == 0)
        assert_true(TRY(reactor_loop_turn(loop, 1000000)) >= 0);
    is_well = is_well_closed(&talk, &listener);
    reactor_pool_close(pool);
    return is_well;
}

static bool look_name_up(struct reactor_loop *loop)
{
    return look_up(loop, "localhost");
}

static bool look_number_up(struct reactor_loop *loop)
{
    return look_up(loop, "127.0.0.1");
}

static void a_name_is_looked_up(void)
{
    survive(look_name_up);
}

static void a_number_needs_no_worker(void)
{
    survive(look_number_up);
}

const struct scenario scenarios[] = {
    SCENARIO(a_listener_lets_sessions_in),  SCENARIO(a_listener_is_handed_over),
    SCENARIO(a_former_address_is_left),     SCENARIO(a_path_is_replaced),
    SCENARIO(one_of_two_addresses_answers), SCENARIO(nobody_answers),
    SCENARIO(connecting_is_stopped),        SCENARIO(a_session_connects),
    SCENARIO(a_name_is_looked_up),          SCENARIO(a_number_needs_no_worker),
};

const size_t scenario_count = COUNT_OF(scenarios);
