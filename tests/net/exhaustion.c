/* SPDX-License-Identifier: MIT */
/*
 * Listeners that can't accept: for want of descriptors, and whatever else
 * accept(2) says. The linker puts the functions below in its place
 * (CMakeLists.txt): they count, and fail on demand.
 */
#include "support/doors.h"
#include "support/process.h"

#include <string.h>
#include <sys/socket.h>

/* ---- accept(2) ---- */

static unsigned accepts; /* so many calls */
static unsigned failures_left;
static int failure;

/* The names are the linker's choice: ld(1), --wrap. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
int __real_accept(int handle, struct sockaddr *name, socklen_t *size);
int __wrap_accept(int handle, struct sockaddr *name, socklen_t *size);
int __real_accept4(int handle, struct sockaddr *name, socklen_t *size,
                   int flags);
int __wrap_accept4(int handle, struct sockaddr *name, socklen_t *size,
                   int flags);

static bool has_to_fail(void)
{
    accepts++;
    if (failures_left == 0)
        return false;
    failures_left--;
    errno = failure;
    return true;
}

int __wrap_accept(int handle, struct sockaddr *name, socklen_t *size)
{
    return has_to_fail() ? -1 : __real_accept(handle, name, size);
}

int __wrap_accept4(int handle, struct sockaddr *name, socklen_t *size,
                   int flags)
{
    return has_to_fail() ? -1 : __real_accept4(handle, name, size, flags);
}
/* NOLINTEND(bugprone-reserved-identifier) */

static void fail_accepts(unsigned count, int error)
{
    accepts = 0;
    failures_left = count;
    failure = error;
}

/* ---- L5: no descriptors left ---- */

#define CLIENTS 100

static void keep_none(struct door *door)
{
    if (door->count <= GUESTS_MAX)
        close_handle(door->guests[door->count - 1]);
}

/* Turns until accept was called so often, and counts the turns. */
static unsigned turns_until_accepts(struct reactor_loop *loop, unsigned count)
{
    int64_t give_up_ns = reactor_now_ns() + PATIENCE_NS;
    unsigned turns = 0;

    for (accepts = 0; accepts < count; turns++) {
        assert_true(reactor_loop_turn(loop, PATIENCE_NS) >= 0);
        assert_true(reactor_now_ns() < give_up_ns);
    }
    return turns;
}

static void who_waits_is_let_in_when_there_is_room(void **state)
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    reactor_handle clients[CLIENTS];
    struct door door;
    int i;

    (void)state;
    door_open(&door, loop, &options);
    knock(&door, clients, CLIENTS);
    limit_handles(10);
    await_that(loop, door.told_count == 1);
    assert_int_equal(door.count, 10);
    assert_error(door.told[0], -EMFILE);
    (void)turns_until_accepts(loop, 3);
    assert_int_equal(door.count, 10);
    assert_int_equal(door.told_count, 1);

    for (i = 0; i < 10; i++)
        close_handle(door.guests[i]);
    unlimit_handles();
    door.then = keep_none;
    await_that(loop, door.count == CLIENTS);
    assert_int_equal(door.told_count, 2);
    assert_ok(door.told[1]);
    leave(clients, CLIENTS);
    door.count = 0;
    door_close(&door);
    reactor_loop_close(loop);
}

/* A try takes some microseconds, so 20 in a second are far below 5 %. */
static void meanwhile_it_leaves_the_processor_alone(void **state)
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    reactor_handle clients[CLIENTS];
    struct door door;
    int64_t began_ns;

    (void)state;
    door_open(&door, loop, &options);
    knock(&door, clients, CLIENTS);
    limit_handles(0);
    await_that(loop, door.told_count == 1);
    assert_int_equal(accepts > 0 && door.count == 0, 1);
    began_ns = reactor_now_ns();
    assert_true(turns_until_accepts(loop, 10) <= 2 * 10);
    assert_true(reactor_now_ns() - began_ns >= 10 * INT64_C(50000000));
    assert_int_equal(door.told_count, 1);
    unlimit_handles();
    leave(clients, CLIENTS);
    door_close(&door);
    reactor_loop_close(loop);
}

/* One place comes free at a time: each is used, and each want is told. */
static void every_place_is_used(void **state)
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    reactor_handle clients[3];
    struct door door;

    (void)state;
    door_open(&door, loop, &options);
    knock(&door, clients, 3);
    limit_handles(1);
    await_that(loop, door.told_count == 1);
    assert_int_equal(door.count, 1);
    close_handle(door.guests[0]);
    await_that(loop, door.told_count == 3);
    assert_int_equal(door.count, 2);
    assert_ok(door.told[1]);
    assert_error(door.told[2], -EMFILE);
    close_handle(door.guests[1]);
    await_that(loop, door.count == 3);
    unlimit_handles();
    leave(clients, 3);
    close_handle(door.guests[2]);
    door.count = 0;
    door_close(&door);
    reactor_loop_close(loop);
}

static void it_recovers_when_nobody_waits_any_more(void **state)
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    reactor_handle client;
    struct door door;

    (void)state;
    door_open(&door, loop, &options);
    fail_accepts(1, EMFILE);
    knock(&door, &client, 1);
    await_that(loop, door.told_count == 1);
    fail_accepts(1, EAGAIN);
    await_that(loop, door.told_count == 2);
    assert_ok(door.told[1]);
    await_that(loop, door.count == 1);
    assert_int_equal(door.told_count, 2);
    close_handle(client);
    door_close(&door);
    reactor_loop_close(loop);
}

static void pause_it(struct door *door)
{
    assert_ok(reactor_listener_pause(&door->listener));
}

/* While it is paused it does not go on. */
static void a_paused_one_tries_nothing(void **state)
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    reactor_handle client;
    struct door door;
    int64_t until_ns;

    (void)state;
    door_open(&door, loop, &options);
    door.then_told = pause_it;
    fail_accepts(1, EMFILE);
    knock(&door, &client, 1);
    await_that(loop, door.told_count == 1);
    until_ns = reactor_now_ns() + INT64_C(250000000);
    while (reactor_now_ns() < until_ns)
        assert_true(reactor_loop_turn(loop, until_ns - reactor_now_ns()) >= 0);
    assert_int_equal(accepts, 1);
    assert_int_equal(door.told_count, 1);
    door.then_told = NULL;
    assert_ok(reactor_listener_resume(&door.listener));
    await_that(loop, door.count == 1);
    await_that(loop, door.told_count == 2);
    assert_ok(door.told[1]);
    close_handle(client);
    door_close(&door);
    reactor_loop_close(loop);
}

/* `then` comes when it is told that it waits (1), or that it goes on (2). */
static struct reactor_loop *open_failing(struct door *door,
                                         reactor_handle *client, unsigned when,
                                         void (*then)(struct door *door))
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();

    door_open(door, loop, &options);
    fail_accepts(1, EMFILE);
    knock(door, client, 1);
    if (when == 2)
        await_that(loop, door->told_count == 1);
    door->then_told = then;
    return loop;
}

static void stop_it(struct door *door)
{
    reactor_listener_stop(&door->listener);
    memset(&door->listener, 0x55, sizeof(door->listener));
}

static void it_can_be_stopped_and_freed_when_it_is_told(void **state)
{
    unsigned when;

    (void)state;
    for (when = 1; when <= 2; when++) {
        struct reactor_loop *loop;
        reactor_handle client;
        struct door door;

        loop = open_failing(&door, &client, when, stop_it);
        await_that(loop, door.told_count == when);
        assert_runs_out(loop);
        assert_int_equal(door.told_count, when);
        close_handle(client);
        memset(&door.listener, 0, sizeof(door.listener));
        door_close(&door);
        reactor_loop_close(loop);
    }
}

static void close_loop(struct door *door)
{
    reactor_loop_close(door->loop);
}

static void the_loop_can_be_closed_when_it_is_told(void **state)
{
    unsigned when;

    (void)state;
    for (when = 1; when <= 2; when++) {
        reactor_handle client;
        struct door door;

        assert_is_stopped(open_failing(&door, &client, when, close_loop));
        assert_int_equal(door.told_count, when);
        close_handle(client);
        door_close(&door);
    }
}

/* ---- L6: errors of one connection ---- */

/* accept(2) of Linux, and of the BSDs. */
static const int transient[] = {
    ECONNABORTED, EPERM,      EPROTO,      ENETDOWN,   ENOPROTOOPT,
    EHOSTDOWN,    ECONNRESET, ETIMEDOUT,   EOPNOTSUPP, ENETUNREACH,
    EHOSTUNREACH, EINTR,      EWOULDBLOCK, EAGAIN,     EINVAL,
#ifdef ENONET
    ENONET,
#endif
};

static void errors_of_one_connection_are_survived(void **state)
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    struct door door;
    size_t i;

    (void)state;
    door_open(&door, loop, &options);
    for (i = 0; i < COUNT_OF(transient); i++) {
        reactor_handle client;

        fail_accepts(1, transient[i]);
        knock(&door, &client, 1);
        await_that(loop, door.count == i + 1);
        assert_int_equal(failures_left, 0);
        assert_int_equal(door.told_count, 0);
        close_handle(client);
    }
    door_close(&door);
    reactor_loop_close(loop);
}

/* However many fail: others have their turn. */
static void they_count_towards_the_burst(void **state)
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    reactor_handle client;
    struct door door;

    (void)state;
    options.burst = 4;
    door_open(&door, loop, &options);
    fail_accepts(40, ECONNABORTED);
    knock(&door, &client, 1);
    while (failures_left > 0) {
        unsigned before = accepts;

        assert_true(reactor_loop_turn(loop, PATIENCE_NS) >= 0);
        assert_true(accepts - before <= 4);
    }
    await_that(loop, door.count == 1);
    assert_int_equal(door.told_count, 0);
    close_handle(client);
    door_close(&door);
    reactor_loop_close(loop);
}

static void what_is_wanting_is_told_as_it_is(void **state)
{
    static const int wants[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};
    struct reactor_listener_options options = door_options();
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(wants); i++) {
        struct reactor_loop *loop = open_loop();
        reactor_handle client;
        struct door door;

        door_open(&door, loop, &options);
        fail_accepts(2, wants[i]);
        knock(&door, &client, 1);
        await_that(loop, door.count == 1);
        await_that(loop, door.told_count == 2);
        assert_int_equal(accepts >= 3, 1);
        assert_error(door.told[0], -wants[i]);
        assert_ok(door.told[1]);
        close_handle(client);
        door_close(&door);
        reactor_loop_close(loop);
    }
}

static void nobody_need_be_told(void **state)
{
    struct reactor_loop *loop = open_loop();
    reactor_handle client;
    struct door door;

    (void)state;
    door_open(&door, loop, NULL);
    fail_accepts(2, EMFILE);
    knock(&door, &client, 1);
    await_that(loop, door.count == 1);
    close_handle(client);
    door_close(&door);
    reactor_loop_close(loop);
}

/* A socket that has been shut down is ready for ever, and never again is. */
static void who_listens_no_more_leaves_the_processor_alone(void **state)
{
    struct reactor_listener_options options = door_options();
    struct reactor_loop *loop = open_loop();
    struct door door;
    int64_t began_ns;

    (void)state;
    door_open(&door, loop, &options);
    if (shutdown(reactor_listener_handle(&door.listener), SHUT_RDWR) == 0) {
        began_ns = reactor_now_ns();
        accepts = 0;
        while (reactor_now_ns() - began_ns < INT64_C(300000000))
            assert_true(reactor_loop_turn(loop, 10000000) >= 0);
        assert_true(accepts <= 16 + 6);
        assert_true(door.told_count <= 1);
    }
    door_close(&door);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(who_waits_is_let_in_when_there_is_room),
        CLAIM_WITHOUT_REACTOR(meanwhile_it_leaves_the_processor_alone),
        CLAIM_WITHOUT_REACTOR(every_place_is_used),
        CLAIM_WITHOUT_REACTOR(it_recovers_when_nobody_waits_any_more),
        CLAIM_WITHOUT_REACTOR(a_paused_one_tries_nothing),
        CLAIM_WITHOUT_REACTOR(it_can_be_stopped_and_freed_when_it_is_told),
        CLAIM_WITHOUT_REACTOR(the_loop_can_be_closed_when_it_is_told),
        CLAIM_WITHOUT_REACTOR(errors_of_one_connection_are_survived),
        CLAIM_WITHOUT_REACTOR(they_count_towards_the_burst),
        CLAIM_WITHOUT_REACTOR(what_is_wanting_is_told_as_it_is),
        CLAIM_WITHOUT_REACTOR(nobody_need_be_told),
        CLAIM_WITHOUT_REACTOR(who_listens_no_more_leaves_the_processor_alone),
    };

    return run_claims(claims);
}
