/* SPDX-License-Identifier: MIT */
/* What becomes of handles: their modes and options, and zones of addresses. */
#include "support/doors.h"
#include "support/process.h"

#include "platform/socket.h"

#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

/* ---- Modes ---- */

static void assert_ours(reactor_handle handle)
{
    assert_true((fcntl(handle, F_GETFL) & O_NONBLOCK) != 0);
    assert_true((fcntl(handle, F_GETFD) & FD_CLOEXEC) != 0);
}

static void handles_do_not_block_and_are_not_inherited(void **state)
{
    struct reactor_session_options options = talk_options();
    struct reactor_loop *loop = open_loop();
    size_t inheritable = count_inheritable_handles();
    struct talk talk = {.loop = loop};
    struct door door;
    struct box box;

    (void)state;
    door_open(&door, loop, NULL);
    assert_ours(reactor_listener_handle(&door.listener));
    assert_ok(reactor_session_connect(&talk.session, loop, &door.address, 1, -1,
                                      &options, &talk));
    await_that(loop, door.count == 1 && talk.calls[TALK_CONNECTED] == 1);
    assert_ours(door.guests[0]);
    assert_ours(reactor_session_handle(talk.session));
    box_open(&box, loop, BOX_HERE, NULL, NULL);
    assert_ours(reactor_datagram_handle(box.datagram));
    assert_int_equal(count_inheritable_handles(), inheritable);
    reactor_loop_close(loop);
    door_close(&door);
}

/* What comes from elsewhere may block until it is given away. */
static void handles_of_elsewhere_are_made_so(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct listener listener = open_listener();
    struct reactor_listener again;
    struct pair pair = tcp_pair();
    struct talk talk;
    reactor_handle handle;

    (void)state;
    assert_ok(fcntl(pair.mine, F_SETFL, 0));
    talk_open(&talk, loop, 0, pair.mine, NULL);
    assert_true((fcntl(pair.mine, F_GETFL) & O_NONBLOCK) != 0);
    assert_ok(reactor_session_hand_over(talk.session, &handle, NULL, 0, NULL));
    assert_int_equal(handle, pair.mine);
    assert_true((fcntl(handle, F_GETFL) & O_NONBLOCK) != 0);
    await_closed(&talk);
    assert_closed(&talk, REACTOR_CLOSED_HANDED_OVER, 0);
    close_pair(&pair);

    assert_ok(fcntl(listener.handle, F_SETFL, 0));
    reactor_listener_init(&again, loop, door_let_in, NULL);
    assert_ok(reactor_listener_start_handle(&again, listener.handle, NULL));
    assert_true((fcntl(listener.handle, F_GETFL) & O_NONBLOCK) != 0);
    reactor_listener_stop(&again);
    reactor_loop_close(loop);
}

/* ---- Options ---- */

static int option_of(reactor_handle handle, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof(value);

    assert_ok(getsockopt(handle, level, name, &value, &size));
    return value != 0;
}

static void expect_options(reactor_handle handle, uint32_t flags)
{
    assert_int_equal(option_of(handle, IPPROTO_TCP, TCP_NODELAY),
                     (flags & REACTOR_SESSION_DELAY) == 0);
    assert_int_equal(option_of(handle, SOL_SOCKET, SO_KEEPALIVE),
                     (flags & REACTOR_SESSION_KEEP_ALIVE) != 0);
}

static const uint32_t mixes[] = {
    0, REACTOR_SESSION_DELAY, REACTOR_SESSION_KEEP_ALIVE,
    REACTOR_SESSION_DELAY | REACTOR_SESSION_KEEP_ALIVE};

static void the_system_is_told_of_the_flags(void **state)
{
    struct reactor_loop *loop = open_loop();
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(mixes); i++) {
        struct reactor_session_options options = talk_options();
        struct pair pair = tcp_pair();
        struct talk talk;

        options.flags = mixes[i];
        talk_open(&talk, loop, 0, pair.mine, &options);
        expect_options(pair.mine, mixes[i]);
        reactor_session_abort(talk.session);
        await_closed(&talk);
        close_handle(pair.peer);
    }
    reactor_loop_close(loop);
}

static void also_when_they_change(void **state)
{
    struct reactor_session_options options = talk_options();
    struct reactor_loop *loop = open_loop();
    struct pair pair = tcp_pair();
    struct talk talk;
    size_t i;

    (void)state;
    talk_open(&talk, loop, 0, pair.mine, NULL);
    for (i = 0; i < 2 * COUNT_OF(mixes); i++) {
        options.flags = mixes[i * 3 % COUNT_OF(mixes)];
        assert_ok(reactor_session_set_options(talk.session, &options, &talk));
        expect_options(pair.mine, options.flags);
    }
    reactor_session_abort(talk.session);
    await_closed(&talk);
    close_handle(pair.peer);
    reactor_loop_close(loop);
}

/* ---- Zones ---- */

/* An address that is of one link only; false if this machine has none. */
static bool find_local_to_a_link(struct reactor_address *out)
{
    struct ifaddrs *all, *one;
    bool is_found = false;

    assert_ok(getifaddrs(&all));
    for (one = all; one != NULL && !is_found; one = one->ifa_next) {
        struct sockaddr_in6 native;

        if (one->ifa_addr == NULL || one->ifa_addr->sa_family != AF_INET6 ||
            (one->ifa_flags & IFF_UP) == 0)
            continue;
        memcpy(&native, one->ifa_addr, sizeof(native));
        if (!IN6_IS_ADDR_LINKLOCAL(&native.sin6_addr))
            continue;
        native.sin6_port = 0;
        native.sin6_scope_id = if_nametoindex(one->ifa_name);
        is_found =
            reactor_address_from_native(out, &native, sizeof(native)) == 0;
    }
    freeifaddrs(all);
    return is_found;
}

static void a_zone_is_listened_to_and_reached(void **state)
{
    struct reactor_address at, again;
    char text[REACTOR_ADDRESS_TEXT_MAX];
    struct reactor_connector connector;
    struct errand errand = {0};
    struct reactor_loop *loop;
    struct door door;

    (void)state;
    if (!find_local_to_a_link(&at))
        skip_because("no address of a link here");
    assert_true(reactor_address_format(&at, text, sizeof(text)) > 0);
    assert_non_null(strchr(text, '%'));
    assert_ok(reactor_address_parse(&again, text));
    assert_int_equal(reactor_address_is_equal(&at, &again), 1);
    loop = open_loop();
    door_open_at(&door, loop, text, NULL);
    reactor_connector_init(&connector, loop, on_over, &errand);
    assert_ok(
        reactor_connector_start(&connector, &door.address, 1, PATIENCE_NS));
    await_that(loop, errand.calls == 1 && door.count == 1);
    assert_ok(errand.error);
    assert_int_equal(reactor_address_is_equal(&errand.peer, &door.address), 1);
    close_handle(errand.handle);
    door_close(&door);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(handles_do_not_block_and_are_not_inherited),
        CLAIM_WITHOUT_REACTOR(handles_of_elsewhere_are_made_so),
        CLAIM_WITHOUT_REACTOR(the_system_is_told_of_the_flags),
        CLAIM_WITHOUT_REACTOR(also_when_they_change),
        CLAIM_WITHOUT_REACTOR(a_zone_is_listened_to_and_reached),
    };

    return run_claims(claims);
}
