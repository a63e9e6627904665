/* SPDX-License-Identifier: MIT */
/*
 * Connectors with several addresses (RFC 8305): in which order, when, and which
 * error is told. The linker puts the function below in the place of connect(2)
 * (CMakeLists.txt): it writes down who is connected to, and when.
 */
#include "support/doors.h"
#include "support/process.h"

#include "platform/socket.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* ---- connect(2) ---- */

static struct {
    struct reactor_address to;
    int64_t at_ns;
} attempts[64];
static size_t attempt_count;

/* Connecting to this port fails at once, with an error of its own. */
static int bad_port, bad_port_error;

/* The next call is interrupted, and goes on. */
static bool is_interrupted;

static struct reactor_address bad_address(void)
{
    bad_port = 2;
    return local_address(bad_port);
}

/* The names are the linker's choice: ld(1), --wrap. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
int __real_connect(int handle, const struct sockaddr *name, socklen_t size);
int __wrap_connect(int handle, const struct sockaddr *name, socklen_t size);

int __wrap_connect(int handle, const struct sockaddr *name, socklen_t size)
{
    struct reactor_address to;
    int result;

    assert_ok(reactor_address_from_native(&to, name, size));
    if (attempt_count < COUNT_OF(attempts)) {
        attempts[attempt_count].to = to;
        attempts[attempt_count].at_ns = reactor_now_ns();
    }
    attempt_count++;
    if (bad_port != 0 && reactor_address_port(&to) == bad_port) {
        errno = bad_port_error;
        return -1;
    }
    result = __real_connect(handle, name, size);
    if (is_interrupted) {
        is_interrupted = false;
        errno = EINTR;
        return -1;
    }
    return result;
}
/* NOLINTEND(bugprone-reserved-identifier) */

/* ---- A server that does not answer ---- */

#define CROWD_MAX 16

/* Its backlog is full. */
struct deaf {
    struct reactor_address address;
    reactor_handle handle;
    reactor_handle crowd[CROWD_MAX];
    int count;
};

static bool is_connected(reactor_handle handle)
{
    struct pollfd look = {.fd = handle, .events = POLLOUT};

    return poll(&look, 1, SILENCE_MS) == 1;
}

/* False where there is no such thing. */
static bool deaf_open(struct deaf *deaf)
{
    struct reactor_address any = local_address(0);
    bool is_full = false;

    memset(deaf, 0, sizeof(*deaf));
    assert_ok(ri_socket_open(any.storage, RI_SOCKET_STREAM, &deaf->handle));
    assert_ok(ri_socket_bind(deaf->handle, any.storage, any.size));
    assert_ok(ri_socket_listen(deaf->handle, 1));
    assert_ok(reactor_address_of(deaf->handle, &deaf->address));
    while (!is_full && deaf->count < CROWD_MAX) {
        reactor_handle *one = &deaf->crowd[deaf->count++];

        assert_ok(ri_socket_open(deaf->address.storage, RI_SOCKET_STREAM, one));
        (void)ri_socket_connect(*one, deaf->address.storage,
                                deaf->address.size);
        is_full = !is_connected(*one);
    }
    attempt_count = 0;
    return is_full;
}

static void deaf_close(const struct deaf *deaf)
{
    leave(deaf->crowd, deaf->count);
    close_handle(deaf->handle);
}

/* ---- The stage ---- */

struct desk {
    struct reactor_loop *loop;
    struct reactor_connector connector;
    struct errand errand;
    struct listener listener;
    struct reactor_address good; /* the listener's */
};

static void desk_open(struct desk *desk)
{
    memset(desk, 0, sizeof(*desk));
    desk->loop = open_loop();
    desk->listener = open_listener();
    desk->good = local_address((int)desk->listener.port);
    desk->errand.handle = REACTOR_INVALID_HANDLE;
    reactor_connector_init(&desk->connector, desk->loop, on_over,
                           &desk->errand);
    attempt_count = 0;
    bad_port = 0;
}

static void start(struct desk *desk, const struct reactor_address *to,
                  size_t count, int64_t timeout_ns)
{
    assert_ok(reactor_connector_start(&desk->connector, to, count, timeout_ns));
    assert_int_equal(desk->errand.calls, 0);
}

static void desk_close(struct desk *desk)
{
    if (desk->errand.handle != REACTOR_INVALID_HANDLE)
        close_handle(desk->errand.handle);
    close_handle(desk->listener.handle);
    reactor_loop_close(desk->loop);
}

#define STAGGER_NS INT64_C(250000000)

/* ---- Order ---- */

/* All of them are refused; `order` has their places in the list. */
static void expect_order(const char *const *list, const char *order)
{
    struct reactor_address to[8];
    struct desk desk;
    size_t count, i;

    desk_open(&desk);
    for (count = 0; list[count] != NULL; count++) {
        to[count] = address_from(list[count]);
        assert_ok(reactor_address_set_port(&to[count], 1 + (int)count));
    }
    start(&desk, to, count, -1);
    assert_runs_out(desk.loop);
    assert_int_equal(desk.errand.calls, 1);
    assert_true(desk.errand.error < 0);
    assert_int_equal(attempt_count, strlen(order));
    for (i = 0; order[i] != '\0'; i++)
        assert_int_equal(
            reactor_address_is_equal(&attempts[i].to, &to[order[i] - '0']), 1);
    desk_close(&desk);
}

#define FOUR "127.0.0.1"
#define SIX  "::1"

static void families_take_turns(void **state)
{
    (void)state;
    expect_order((const char *const[]){SIX, SIX, SIX, FOUR, FOUR, NULL},
                 "03142");
    expect_order((const char *const[]){FOUR, SIX, SIX, NULL}, "012");
    expect_order((const char *const[]){FOUR, FOUR, FOUR, SIX, NULL}, "0312");
    expect_order((const char *const[]){FOUR, FOUR, NULL}, "01");
    expect_order((const char *const[]){SIX, FOUR, SIX, FOUR, NULL}, "0123");
    expect_order((const char *const[]){SIX, NULL}, "0");
}

/* ---- When ---- */

/* Late would be 63 times a quarter of a second: more than any patience. */
static void after_a_failure_the_next_one_is_tried_at_once(void **state)
{
    struct reactor_address to[64];
    struct desk desk;
    int64_t began_ns = reactor_now_ns();
    int i;

    (void)state;
    desk_open(&desk);
    for (i = 0; i < 63; i++)
        to[i] = deserted_address();
    to[63] = desk.good;
    attempt_count = 0;
    start(&desk, to, 64, PATIENCE_NS);
    assert_runs_out(desk.loop);
    assert_ok(desk.errand.error);
    assert_int_equal(reactor_address_is_equal(&desk.errand.peer, &desk.good),
                     1);
    assert_int_equal(attempt_count, 64);
    assert_true(reactor_now_ns() - began_ns < PATIENCE_NS);
    desk_close(&desk);
}

static void one_that_does_not_answer_has_a_quarter_second(void **state)
{
    struct reactor_address to[2];
    struct deaf deaf;
    struct desk desk;

    (void)state;
    desk_open(&desk);
    if (deaf_open(&deaf)) {
        to[0] = deaf.address;
        to[1] = desk.good;
        start(&desk, to, 2, PATIENCE_NS);
        assert_runs_out(desk.loop); /* no timer is left */
        assert_ok(desk.errand.error);
        assert_int_equal(
            reactor_address_is_equal(&desk.errand.peer, &desk.good), 1);
        assert_int_equal(attempt_count, 2);
        assert_true(attempts[1].at_ns - attempts[0].at_ns >= STAGGER_NS);
    }
    deaf_close(&deaf);
    desk_close(&desk);
}

/* Each has its time, and is not given up for the next one. */
static void all_are_tried_beside_each_other(void **state)
{
    const int64_t timeout_ns = 3 * STAGGER_NS;
    struct reactor_address to[3];
    struct deaf deaf;
    struct desk desk;
    size_t handles;

    (void)state;
    desk_open(&desk);
    if (deaf_open(&deaf)) {
        int64_t began_ns = reactor_now_ns();

        to[0] = to[1] = to[2] = deaf.address;
        handles = count_open_handles();
        start(&desk, to, 3, timeout_ns);
        await_that(desk.loop, attempt_count == 3);
        assert_int_equal(count_open_handles(), handles + 3);
        assert_true(attempts[1].at_ns - attempts[0].at_ns >= STAGGER_NS);
        assert_true(attempts[2].at_ns - attempts[1].at_ns >= STAGGER_NS);
        assert_runs_out(desk.loop);
        assert_error(desk.errand.error, -ETIMEDOUT);
        assert_true(reactor_now_ns() - began_ns >= timeout_ns);
        assert_int_equal(desk.errand.calls, 1);
        assert_int_equal(count_open_handles(), handles);
    }
    deaf_close(&deaf);
    desk_close(&desk);
}

/* A failure brings the next one on while others are under way. */
static void a_failure_beside_one_that_waits_goes_on_at_once(void **state)
{
    struct reactor_address to[3];
    struct deaf deaf;
    struct desk desk;

    (void)state;
    desk_open(&desk);
    if (deaf_open(&deaf)) {
        to[0] = deaf.address;
        to[1] = bad_address();
        to[2] = desk.good;
        bad_port_error = ENETUNREACH;
        start(&desk, to, 3, PATIENCE_NS);
        assert_runs_out(desk.loop);
        assert_ok(desk.errand.error);
        assert_int_equal(attempt_count, 3);
        assert_true(attempts[1].at_ns - attempts[0].at_ns >= STAGGER_NS);
    }
    deaf_close(&deaf);
    desk_close(&desk);
}

static void a_deadline_of_nothing_is_told_and_not_in_the_call(void **state)
{
    struct deaf deaf;
    struct desk desk;

    (void)state;
    desk_open(&desk);
    if (deaf_open(&deaf)) {
        start(&desk, &deaf.address, 1, 0);
        assert_runs_out(desk.loop);
        assert_error(desk.errand.error, -ETIMEDOUT);
        assert_int_equal(desk.errand.calls, 1);
    }
    deaf_close(&deaf);
    desk_close(&desk);
}

static void stopped_between_two_attempts_it_is_silent(void **state)
{
    struct reactor_address to[3];
    struct deaf deaf;
    struct desk desk;

    (void)state;
    desk_open(&desk);
    if (deaf_open(&deaf)) {
        to[0] = to[1] = deaf.address;
        to[2] = desk.good;
        start(&desk, to, 3, PATIENCE_NS);
        await_that(desk.loop, attempt_count == 2);
        reactor_connector_stop(&desk.connector);
        memset(&desk.connector, 0x55, sizeof(desk.connector));
        assert_runs_out(desk.loop);
        assert_int_equal(desk.errand.calls, 0);
        assert_int_equal(attempt_count, 2);
    }
    deaf_close(&deaf);
    desk_close(&desk);
}

/* ---- Which error ---- */

static void the_error_is_that_of_the_first_one_tried(void **state)
{
    struct reactor_address to[2];
    struct desk desk;

    (void)state;
    desk_open(&desk);
    to[0] = bad_address();
    to[1] = deserted_address();
    bad_port_error = ENETUNREACH;
    start(&desk, to, 2, -1);
    assert_runs_out(desk.loop);
    assert_error(desk.errand.error, -ENETUNREACH);
    to[0] = to[1];
    to[1] = local_address(bad_port);
    desk.errand.calls = 0;
    start(&desk, to, 2, -1);
    assert_runs_out(desk.loop);
    assert_error(desk.errand.error, -ECONNREFUSED);
    assert_int_equal(desk.errand.calls, 1);
    desk_close(&desk);
}

static void every_error_of_the_system_is_passed_on(void **state)
{
    static const int errors[] = {EACCES,        EPERM,        EADDRINUSE,
                                 EADDRNOTAVAIL, ECONNREFUSED, ENETUNREACH,
                                 EHOSTUNREACH,  ETIMEDOUT,    EAGAIN};
    struct desk desk;
    size_t i;

    (void)state;
    desk_open(&desk);
    for (i = 0; i < COUNT_OF(errors); i++) {
        struct reactor_address to = bad_address();

        bad_port_error = errors[i];
        desk.errand.calls = 0;
        start(&desk, &to, 1, -1);
        assert_runs_out(desk.loop);
        assert_int_equal(desk.errand.calls, 1);
        assert_error(desk.errand.error, -errors[i]);
    }
    desk_close(&desk);
}

static void want_of_descriptors_is_told(void **state)
{
    struct reactor_address to[2];
    struct desk desk;

    (void)state;
    desk_open(&desk);
    to[0] = to[1] = desk.good;
    limit_handles(0);
    start(&desk, to, 2, -1);
    assert_runs_out(desk.loop);
    unlimit_handles();
    assert_int_equal(desk.errand.calls, 1);
    assert_error(desk.errand.error, -EMFILE);
    assert_int_equal(attempt_count, 0);
    desk_close(&desk);
}

static void an_interrupted_call_goes_on(void **state)
{
    struct desk desk;

    (void)state;
    desk_open(&desk);
    is_interrupted = true;
    start(&desk, &desk.good, 1, PATIENCE_NS);
    assert_runs_out(desk.loop);
    assert_ok(desk.errand.error);
    assert_false(is_interrupted);
    assert_int_equal(attempt_count, 1);
    assert_true((fcntl(desk.errand.handle, F_GETFL) & O_NONBLOCK) != 0);
    assert_true((fcntl(desk.errand.handle, F_GETFD) & FD_CLOEXEC) != 0);
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(families_take_turns),
        CLAIM_WITHOUT_REACTOR(after_a_failure_the_next_one_is_tried_at_once),
        CLAIM_WITHOUT_REACTOR(one_that_does_not_answer_has_a_quarter_second),
        CLAIM_WITHOUT_REACTOR(all_are_tried_beside_each_other),
        CLAIM_WITHOUT_REACTOR(a_failure_beside_one_that_waits_goes_on_at_once),
        CLAIM_WITHOUT_REACTOR(
            a_deadline_of_nothing_is_told_and_not_in_the_call),
        CLAIM_WITHOUT_REACTOR(stopped_between_two_attempts_it_is_silent),
        CLAIM_WITHOUT_REACTOR(the_error_is_that_of_the_first_one_tried),
        CLAIM_WITHOUT_REACTOR(every_error_of_the_system_is_passed_on),
        CLAIM_WITHOUT_REACTOR(want_of_descriptors_is_told),
        CLAIM_WITHOUT_REACTOR(an_interrupted_call_goes_on),
    };

    return run_claims(claims);
}
