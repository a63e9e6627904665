/* SPDX-License-Identifier: MIT */
/* Look-ups that take their time, and what the system answers. */
#include "net/resolver.h"
#include "support/doors.h"
#include "support/thread.h"

#include <reactor/work.h>

#include <string.h>

/* ---- The stage ---- */

struct desk {
    struct reactor_loop *loop;
    struct reactor_pool *pool;
    struct reactor_lookup lookup;
    struct errand errand;
};

static void init_lookup(struct desk *desk)
{
    reactor_lookup_init(&desk->lookup, desk->loop, on_found, &desk->errand);
    desk->errand = (struct errand){.context = desk};
}

static void desk_open(struct desk *desk, uint32_t workers)
{
    struct reactor_pool_options options = REACTOR_POOL_OPTIONS_INIT;

    options.workers = workers;
    atomic_store(&gate_is_open, false);
    atomic_store(&held_max, 0);
    desk->loop = open_loop();
    assert_ok(reactor_pool_open(&desk->pool, &options));
    init_lookup(desk);
}

static void desk_close(struct desk *desk)
{
    reactor_pool_close(desk->pool);
    reactor_loop_close(desk->loop);
    assert_int_equal(atomic_load(&held), 0);
    assert_int_equal(atomic_load(&living_answers), 0);
}

static void await_held(unsigned count)
{
    while (atomic_load(&held) < count)
        thread_yield();
}

static void start(struct desk *desk, const char *host, int64_t timeout_ns)
{
    assert_ok(
        reactor_lookup_start(&desk->lookup, desk->pool, host, 80, timeout_ns));
}

/* Starts one that stays with the worker. */
static void start_held(struct desk *desk, int64_t timeout_ns)
{
    start(desk, "held", timeout_ns);
    await_held(1);
}

/* ---- Answers ---- */

static size_t found_count;
static struct reactor_address found[100];

static void note_all(void *user_data, int error,
                     const struct reactor_address *addresses, size_t count)
{
    (void)user_data;
    assert_ok(error);
    found_count = count;
    memcpy(found, addresses, count * sizeof(found[0]));
}

static void addresses_come_in_the_systems_order(void **state)
{
    struct reactor_address first = address_from("[::1]:80");
    struct reactor_address second = address_from("127.0.0.1:80");
    struct reactor_lookup lookup;
    struct desk desk;

    (void)state;
    desk_open(&desk, 1);
    reactor_lookup_init(&lookup, desk.loop, note_all, NULL);
    assert_ok(reactor_lookup_start(&lookup, desk.pool, "two", 80, -1));
    assert_runs_out(desk.loop);
    assert_int_equal(found_count, 2);
    assert_int_equal(reactor_address_is_equal(&found[0], &first), 1);
    assert_int_equal(reactor_address_is_equal(&found[1], &second), 1);
    assert_ok(reactor_lookup_start(&lookup, desk.pool, "many", 80, -1));
    assert_runs_out(desk.loop);
    assert_true(found_count >= 64 && found_count <= 100);
    desk_close(&desk);
}

static void why_there_are_none_is_told(void **state)
{
    struct desk desk;
    size_t i;

    (void)state;
    desk_open(&desk, 1);
    for (i = 0; i < COUNT_OF(refusals); i++) {
        start(&desk, refusals[i].host, -1);
        assert_runs_out(desk.loop);
        assert_int_equal(desk.errand.calls, i + 1);
        assert_error(desk.errand.error, refusals[i].error);
    }
    desk_close(&desk);
}

static void numbers_are_not_asked_for(void **state)
{
    static const char *const numbers[] = {"192.0.2.1", "::", "2001:db8::1",
                                          "fe80::1%1", "::ffff:192.0.2.1"};
    static const char *const names[] = {"1",        "127.1",     "0x7f.1",
                                        "1.2.3.4.", "unix:/a",   "unix:/a:b",
                                        " ::1",     "192.0.2.1 "};
    struct desk desk;
    size_t i;

    (void)state;
    desk_open(&desk, 1);
    for (i = 0; i < COUNT_OF(numbers); i++) {
        assert_ok(
            reactor_lookup_start(&desk.lookup, NULL, numbers[i], 65535, -1));
        assert_runs_out(desk.loop);
        assert_ok(desk.errand.error);
        assert_int_equal(desk.errand.found, 1);
        assert_int_equal(reactor_address_port(&desk.errand.first), 65535);
    }
    for (i = 0; i < COUNT_OF(names); i++)
        assert_error(reactor_lookup_start(&desk.lookup, NULL, names[i], 1, -1),
                     -EINVAL);
    assert_int_equal(desk.errand.calls, COUNT_OF(numbers));
    desk_close(&desk);
}

static void bad_arguments_are_refused_and_change_nothing(void **state)
{
    struct reactor_lookup *lookup;
    char host[257];
    struct desk desk;

    (void)state;
    desk_open(&desk, 1);
    memset(host, 'a', 256);
    host[256] = '\0';
    lookup = &desk.lookup;
    start(&desk, "two", -1);
    assert_error(reactor_lookup_start(NULL, desk.pool, "a", 1, -1), -EINVAL);
    assert_error(reactor_lookup_start(lookup, NULL, "a", 1, -1), -EINVAL);
    assert_error(reactor_lookup_start(lookup, desk.pool, NULL, 1, -1), -EINVAL);
    assert_error(reactor_lookup_start(lookup, desk.pool, "", 1, -1), -EINVAL);
    assert_error(reactor_lookup_start(lookup, desk.pool, host, 1, -1), -EINVAL);
    assert_error(reactor_lookup_start(lookup, desk.pool, "a", -1, -1), -EINVAL);
    assert_error(reactor_lookup_start(lookup, desk.pool, "a", 65536, -1),
                 -EINVAL);
    assert_error(reactor_lookup_start(lookup, desk.pool, "a", 1, -2), -EINVAL);
    assert_runs_out(desk.loop);
    assert_int_equal(desk.errand.calls, 1);
    assert_int_equal(desk.errand.found, 2);
    host[255] = '\0';
    start(&desk, host, -1);
    assert_runs_out(desk.loop);
    assert_int_equal(desk.errand.calls, 2);
    reactor_lookup_stop(lookup);
    reactor_lookup_stop(NULL);
    desk_close(&desk);
}

/* ---- Held up ---- */

static void a_deadline_does_not_wait_for_the_worker(void **state)
{
    const int64_t timeout_ns = INT64_C(20000000);
    struct desk desk;
    int64_t began_ns = reactor_now_ns();

    (void)state;
    desk_open(&desk, 1);
    start_held(&desk, timeout_ns);
    assert_runs_out(desk.loop); /* the worker keeps no loop alive */
    assert_true(reactor_now_ns() - began_ns >= timeout_ns);
    assert_int_equal(desk.errand.calls, 1);
    assert_error(desk.errand.error, -ETIMEDOUT);
    assert_int_equal(atomic_load(&held), 1);
    atomic_store(&gate_is_open, true);
    start(&desk, "two", -1); /* behind it */
    assert_runs_out(desk.loop);
    assert_int_equal(desk.errand.calls, 2);
    assert_int_equal(desk.errand.found, 2);
    reactor_loop_retain(desk.loop); /* the books are balanced */
    assert_int_equal(reactor_loop_alive(desk.loop), 1);
    reactor_loop_release(desk.loop);
    desk_close(&desk);
}

static void a_stopped_one_is_silent(void **state)
{
    struct desk desk;

    (void)state;
    desk_open(&desk, 1);
    start_held(&desk, -1);
    reactor_lookup_stop(&desk.lookup);
    memset(&desk.lookup, 0x55, sizeof(desk.lookup));
    assert_runs_out(desk.loop);
    atomic_store(&gate_is_open, true);
    desk_close(&desk);
    assert_int_equal(desk.errand.calls, 0);
}

static void another_one_takes_its_place(void **state)
{
    struct desk desk;

    (void)state;
    desk_open(&desk, 2);
    start_held(&desk, -1);
    start(&desk, "two", -1);
    assert_runs_out(desk.loop);
    assert_int_equal(desk.errand.calls, 1);
    assert_int_equal(desk.errand.found, 2);
    atomic_store(&gate_is_open, true);
    desk_close(&desk);
    assert_int_equal(desk.errand.calls, 1);
}

/* So the worker is released when the loop waits for it. */
static void open_gate(struct errand *errand)
{
    (void)errand;
    atomic_store(&gate_is_open, true);
}

static void a_closing_loop_waits_for_the_worker(void **state)
{
    struct desk desk;

    (void)state;
    desk_open(&desk, 1);
    start_held(&desk, -1);
    desk.errand.then = open_gate;
    reactor_loop_close(desk.loop);
    assert_int_equal(desk.errand.calls, 1);
    assert_error(desk.errand.error, -ECANCELED);
    desk.loop = NULL;
    desk_close(&desk);
}

/* What one asks is answered, what waits behind it is not. */
static void a_closing_pool_tells_what_it_can(void **state)
{
    struct reactor_lookup second;
    struct errand waits = {0};
    struct desk desk;

    (void)state;
    desk_open(&desk, 1);
    start_held(&desk, -1);
    reactor_lookup_init(&second, desk.loop, on_found, &waits);
    assert_ok(reactor_lookup_start(&second, desk.pool, "two", 1, -1));
    atomic_store(&gate_is_open, true);
    reactor_pool_close(desk.pool);
    desk.pool = NULL;
    assert_int_equal(desk.errand.calls, 0); /* not inside a call */
    assert_runs_out(desk.loop);
    assert_int_equal(desk.errand.calls, 1);
    assert_ok(desk.errand.error);
    assert_int_equal(waits.calls, 1);
    assert_true(waits.error == -ECANCELED || waits.error == 0);
    desk_close(&desk);
}

static void close_loop(struct errand *errand)
{
    struct desk *desk = errand->context;

    reactor_loop_close(desk->loop);
    atomic_store(&gate_is_open, true);
}

static void the_loop_can_be_closed_at_the_deadline(void **state)
{
    struct desk desk;

    (void)state;
    desk_open(&desk, 1);
    start_held(&desk, 0);
    desk.errand.then = close_loop;
    assert_is_stopped(desk.loop);
    desk.loop = NULL;
    assert_int_equal(desk.errand.calls, 1);
    desk_close(&desk);
}

/* ---- The lane ---- */

static void do_nothing(void *user_data)
{
    (void)user_data;
}

static void note_completion(void *user_data, int status)
{
    assert_ok(status);
    *(bool *)user_data = true;
}

static void no_more_than_the_lane_allows(void **state)
{
    enum { COUNT = 6, LIMIT = 2 };
    struct reactor_pool_options options = REACTOR_POOL_OPTIONS_INIT;
    struct reactor_lookup lookups[COUNT];
    struct errand errands[COUNT];
    struct reactor_job job;
    bool is_complete = false;
    struct desk desk;
    int i;

    (void)state;
    desk_open(&desk, 1);
    reactor_pool_close(desk.pool);
    options.workers = 4;
    options.lane_limit[REACTOR_LOOKUP_LANE] = LIMIT;
    assert_ok(reactor_pool_open(&desk.pool, &options));
    memset(errands, 0, sizeof(errands));
    for (i = 0; i < COUNT; i++) {
        reactor_lookup_init(&lookups[i], desk.loop, on_found, &errands[i]);
        assert_ok(reactor_lookup_start(&lookups[i], desk.pool, "held", 1, -1));
    }
    await_held(LIMIT);
    reactor_job_init(&job, desk.loop, do_nothing, note_completion,
                     &is_complete);
    assert_ok(reactor_pool_submit(desk.pool, &job));
    await_that(desk.loop, is_complete); /* others have workers left */
    atomic_store(&gate_is_open, true);
    assert_runs_out(desk.loop);
    for (i = 0; i < COUNT; i++)
        assert_int_equal(errands[i].calls, 1);
    assert_true(atomic_load(&held_max) <= LIMIT);
    desk_close(&desk);
}

/* ---- Connectors by name ---- */

static void one_deadline_is_for_both(void **state)
{
    struct reactor_connector connector;
    struct errand errand = {0};
    struct desk desk;

    (void)state;
    desk_open(&desk, 1);
    reactor_connector_init(&connector, desk.loop, on_over, &errand);
    assert_ok(reactor_connector_start_host(&connector, desk.pool, "held", 1,
                                           INT64_C(10000000)));
    assert_runs_out(desk.loop);
    assert_int_equal(errand.calls, 1);
    assert_error(errand.error, -ETIMEDOUT);
    atomic_store(&gate_is_open, true);
    desk_close(&desk);
}

static void a_connector_is_stopped_with_its_look_up(void **state)
{
    struct reactor_session_options options = talk_options();
    struct reactor_connector connector;
    struct errand errand = {0};
    struct talk talk = {0};
    struct desk desk;

    (void)state;
    desk_open(&desk, 2);
    reactor_connector_init(&connector, desk.loop, on_over, &errand);
    assert_ok(
        reactor_connector_start_host(&connector, desk.pool, "held", 1, -1));
    assert_ok(reactor_session_connect_host(&talk.session, desk.loop, desk.pool,
                                           "held", 1, -1, &options, &talk));
    await_held(2);
    reactor_connector_stop(&connector);
    reactor_session_abort(talk.session);
    assert_runs_out(desk.loop);
    assert_int_equal(errand.calls, 0);
    assert_closed(&talk, REACTOR_CLOSED_ABORTED, -ECANCELED);
    atomic_store(&gate_is_open, true);
    desk_close(&desk);
}

static void why_a_name_is_not_found_ends_the_session(void **state)
{
    struct reactor_session_options options = talk_options();
    struct talk talk = {0};
    struct desk desk;

    (void)state;
    desk_open(&desk, 1);
    assert_ok(reactor_session_connect_host(&talk.session, desk.loop, desk.pool,
                                           "none", 1, -1, &options, &talk));
    assert_runs_out(desk.loop);
    assert_closed(&talk, REACTOR_CLOSED_CONNECT, -ENOENT);
    desk_close(&desk);
}

/* Nobody listens at the first address: the second one is reached. */
static void all_addresses_of_a_name_are_tried(void **state)
{
    struct listener listener = open_listener(); /* of IPv4 */
    struct reactor_address wanted = local_address((int)listener.port);
    struct reactor_connector connector;
    struct errand errand = {0};
    struct desk desk;

    (void)state;
    desk_open(&desk, 1);
    reactor_connector_init(&connector, desk.loop, on_over, &errand);
    assert_ok(reactor_connector_start_host(&connector, desk.pool, "two",
                                           (int)listener.port, PATIENCE_NS));
    assert_runs_out(desk.loop);
    assert_ok(errand.error);
    assert_int_equal(reactor_address_is_equal(&errand.peer, &wanted), 1);
    close_handle(errand.handle);
    close_handle(listener.handle);
    desk_close(&desk);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(addresses_come_in_the_systems_order),
        CLAIM_WITHOUT_REACTOR(why_there_are_none_is_told),
        CLAIM_WITHOUT_REACTOR(numbers_are_not_asked_for),
        CLAIM_WITHOUT_REACTOR(bad_arguments_are_refused_and_change_nothing),
        CLAIM_WITHOUT_REACTOR(a_deadline_does_not_wait_for_the_worker),
        CLAIM_WITHOUT_REACTOR(a_stopped_one_is_silent),
        CLAIM_WITHOUT_REACTOR(another_one_takes_its_place),
        CLAIM_WITHOUT_REACTOR(a_closing_loop_waits_for_the_worker),
        CLAIM_WITHOUT_REACTOR(a_closing_pool_tells_what_it_can),
        CLAIM_WITHOUT_REACTOR(the_loop_can_be_closed_at_the_deadline),
        CLAIM_WITHOUT_REACTOR(no_more_than_the_lane_allows),
        CLAIM_WITHOUT_REACTOR(one_deadline_is_for_both),
        CLAIM_WITHOUT_REACTOR(a_connector_is_stopped_with_its_look_up),
        CLAIM_WITHOUT_REACTOR(why_a_name_is_not_found_ends_the_session),
        CLAIM_WITHOUT_REACTOR(all_addresses_of_a_name_are_tried),
    };

    return run_claims(claims);
}
