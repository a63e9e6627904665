/* SPDX-License-Identifier: MIT */
/* A loop on a thread of its own: how it starts, and what it is told. */
#include "work/hosts.h"

#include <stdlib.h>
#include <string.h>

/* ---- Start ---- */

static void a_service_starts_on_a_thread_of_its_own(void **state)
{
    struct host host = host_make();

    (void)state;
    host_open(&host, NULL);
    assert_int_equal(host.calls[HOST_STARTED], 1);
    assert_ptr_not_equal(host.place, host_place);
    assert_non_null(host.loop);
    assert_null(reactor_runtime_loop(host.runtime));
    assert_ok(reactor_runtime_close(host.runtime));
    assert_int_equal(host.calls[HOST_STARTED], 1);
    assert_int_equal(host.calls[HOST_STOPPING], 1);
    assert_int_equal(host.calls[HOST_COMMAND], 0);
}

static void a_service_that_can_not_start_is_not_there(void **state)
{
    struct reactor_service service = host_service();
    struct reactor_runtime *runtime = NULL;
    struct host host = host_make();

    (void)state;
    host.answer_to_start = -EADDRINUSE;
    assert_error(reactor_runtime_open(&runtime, &service, NULL, &host),
                 -EADDRINUSE);
    assert_null(runtime);
    assert_int_equal(host.calls[HOST_STARTED], 1);
    assert_int_equal(host.calls[HOST_STOPPING], 0);
    host.answer_to_start = EADDRINUSE; /* who forgets the sign means it, too */
    assert_error(reactor_runtime_open(&runtime, &service, NULL, &host),
                 -EADDRINUSE);
    assert_null(runtime);
}

static void a_runtime_needs_no_service(void **state)
{
    struct reactor_runtime *runtime;
    struct reactor_command command = {0};

    (void)state;
    assert_ok(reactor_runtime_open(&runtime, NULL, NULL, NULL));
    assert_ok(reactor_runtime_send(runtime, &command));
    assert_ok(reactor_runtime_shutdown(runtime, -1));
    assert_ok(reactor_runtime_join(runtime));
    assert_ok(reactor_runtime_close(runtime));
    assert_ok(reactor_runtime_close(NULL));
}

static void shut_down_at_once(struct host *host, enum host_call call)
{
    if (call == HOST_STARTED)
        host->answer = reactor_runtime_shutdown(host->runtime, -1);
}

static void a_service_may_end_as_soon_as_it_has_started(void **state)
{
    struct host host = host_make();

    (void)state;
    host.then = shut_down_at_once;
    host_open(&host, NULL);
    assert_ok(reactor_runtime_join(host.runtime));
    assert_ok(host.answer);
    assert_int_equal(host.calls[HOST_STOPPING], 1);
    assert_ok(reactor_runtime_close(host.runtime));
}

static void stay_once_started(struct host *host, enum host_call call)
{
    if (call == HOST_STARTED)
        host_stay(host);
}

/* What it has started until then goes with the loop. */
static void who_fails_to_start_leaves_nothing_behind(void **state)
{
    struct reactor_service service = host_service();
    struct reactor_runtime *runtime = NULL;
    struct host host = host_make();

    (void)state;
    host.then = stay_once_started;
    host.answer_to_start = -EPROTOTYPE;
    assert_error(reactor_runtime_open(&runtime, &service, NULL, &host),
                 -EPROTOTYPE);
    assert_null(runtime);
    assert_int_equal(host.calls[HOST_STOPPING], 0);
}

static void note_slow(void *user_data, const char *kind, void *callback_data,
                      int64_t took_ns)
{
    struct host *host = user_data;

    (void)kind;
    (void)callback_data;
    (void)took_ns;
    host->answer++;
}

/* That every callback is slow can be seen. */
static void its_loop_is_as_it_was_ordered(void **state)
{
    struct reactor_runtime_options options = REACTOR_RUNTIME_OPTIONS_INIT;
    struct reactor_loop_options loop = REACTOR_LOOP_OPTIONS_INIT;
    struct host host = host_make();
    struct order order;

    (void)state;
    loop.slow_ns = 1;
    loop.slow = note_slow;
    loop.user_data = &host;
    options.loop = &loop;
    host_open(&host, &options);
    host_send(&host, &order, 1);
    assert_ok(reactor_runtime_close(host.runtime));
    assert_true(host.answer > 0);
}

static void expect_refused(const struct reactor_service *service,
                           const struct reactor_runtime_options *options,
                           int error)
{
    struct reactor_runtime *runtime = NULL;
    struct host host = host_make();

    assert_error(reactor_runtime_open(&runtime, service, options, &host),
                 error);
    assert_null(runtime);
    assert_int_equal(host.calls[HOST_STARTED], 0);
}

static void bad_arguments_are_refused(void **state)
{
    struct reactor_runtime_options options = REACTOR_RUNTIME_OPTIONS_INIT;
    struct reactor_loop_options loop = REACTOR_LOOP_OPTIONS_INIT;
    struct reactor_service service = host_service();
    struct reactor_command command = {0};

    (void)state;
    assert_error(reactor_runtime_open(NULL, &service, NULL, NULL), -EINVAL);
    service.size = 0;
    expect_refused(&service, NULL, -EINVAL);
    service.size = sizeof(service) + 1;
    expect_refused(&service, NULL, -EINVAL);
    service = host_service();
    options.size++;
    expect_refused(&service, &options, -EINVAL);
    options.size = 0;
    expect_refused(&service, &options, -EINVAL);
    options = (struct reactor_runtime_options)REACTOR_RUNTIME_OPTIONS_INIT;
    options.flags = 0x80;
    expect_refused(&service, &options, -EINVAL);
    options.flags = 0;
    options.tick_ns = -1;
    expect_refused(&service, &options, -EINVAL);
    options.tick_ns = 0;
    options.name = "sixteen letters!";
    expect_refused(&service, &options, -EINVAL);
    options.name = NULL;
    loop.budget = REACTOR_BUDGET_MAX + 1;
    options.loop = &loop;
    expect_refused(&service, &options, -EINVAL);

    assert_error(reactor_runtime_send(NULL, &command), -EINVAL);
    assert_error(reactor_runtime_shutdown(NULL, 0), -EINVAL);
    assert_error(reactor_runtime_join(NULL), -EINVAL);
    assert_null(reactor_runtime_loop(NULL));
}

static void a_processor_that_is_not_there_is_refused(void **state)
{
    struct reactor_runtime_options options = REACTOR_RUNTIME_OPTIONS_INIT;
    struct reactor_runtime *runtime = NULL;
    int error;

    (void)state;
    options.flags = REACTOR_RUNTIME_PINNED;
    options.processor = 1u << 20;
    error = reactor_runtime_open(&runtime, NULL, &options, NULL);
    assert_true(error == -EINVAL || error == -ENOTSUP);
    assert_null(runtime);
}

static void an_older_program_has_smaller_structs(void **state)
{
    struct reactor_runtime_options options = REACTOR_RUNTIME_OPTIONS_INIT;
    struct reactor_service service = host_service();
    struct reactor_runtime *runtime;
    struct host host = host_make();

    (void)state;
    service.size = offsetof(struct reactor_service, tick);
    options.size = offsetof(struct reactor_runtime_options, tick_ns);
    options.tick_ns = 1; /* beyond what it knows */
    assert_ok(reactor_runtime_open(&runtime, &service, &options, &host));
    assert_ok(reactor_runtime_close(runtime));
    assert_int_equal(host.calls[HOST_TICK], 0);
    assert_int_equal(host.calls[HOST_STOPPING], 0);
}

/* ---- Commands ---- */

static void commands_arrive_once_and_in_order(void **state)
{
    struct host host = host_make();
    static struct order orders[1000];
    uint64_t i;

    (void)state;
    host_open(&host, NULL);
    for (i = 0; i < COUNT_OF(orders); i++)
        host_send(&host, &orders[i], i);
    host_await(&host, HOST_COMMAND, COUNT_OF(orders));
    assert_ok(reactor_runtime_close(host.runtime));
    assert_true(host.is_ordered);
    assert_int_equal(host.calls[HOST_COMMAND], COUNT_OF(orders));
    assert_int_equal(host.sum, COUNT_OF(orders) * (COUNT_OF(orders) - 1) / 2);
}

static void a_command_under_way_is_busy(void **state)
{
    _Atomic bool is_open = false;
    struct host host = host_make();
    struct order first, second;

    (void)state;
    host.then = host_hold_up;
    host.context = &is_open;
    host_open(&host, NULL);
    host_send(&host, &first, 1);
    host_send(&host, &second, 2);
    assert_error(reactor_runtime_send(host.runtime, &second.command), -EBUSY);
    atomic_store(&is_open, true);
    host_await(&host, HOST_COMMAND, 2);
    assert_ok(reactor_runtime_send(host.runtime, &second.command));
    host_await(&host, HOST_COMMAND, 3);
    assert_ok(reactor_runtime_close(host.runtime));
    assert_int_equal(host.sum, 5);
}

static void send_again(struct host *host, enum host_call call)
{
    struct order *order = host->context;

    if (call == HOST_COMMAND && host->sum < 10)
        (void)reactor_runtime_send(host->runtime, &order->command);
}

static void a_command_can_be_sent_again_where_it_arrives(void **state)
{
    struct host host = host_make();
    struct order order;

    (void)state;
    host.then = send_again;
    host.context = &order;
    host_open(&host, NULL);
    host_send(&host, &order, 1);
    host_await(&host, HOST_COMMAND, 10);
    assert_ok(reactor_runtime_close(host.runtime));
    assert_int_equal(host.sum, 10);
}

static void run_again(struct host *host, enum host_call call)
{
    if (call == HOST_COMMAND)
        host->answer = reactor_loop_run(host->loop);
}

static void its_loop_runs_already(void **state)
{
    struct host host = host_make();
    struct order order;

    (void)state;
    host.then = run_again;
    host_open(&host, NULL);
    host_send(&host, &order, 1);
    assert_ok(reactor_runtime_close(host.runtime));
    assert_error(host.answer, -EBUSY);
}

static void a_command_may_be_freed_where_it_arrives(void **state)
{
    struct host host = host_make();
    uint64_t i;

    (void)state;
    host_open(&host, NULL);
    for (i = 0; i < 100; i++) {
        struct order *order = calloc(1, sizeof(*order));

        assert_non_null(order);
        order->value = i;
        order->is_heap = true;
        assert_ok(reactor_runtime_send(host.runtime, &order->command));
    }
    assert_ok(reactor_runtime_close(host.runtime));
    assert_int_equal(host.calls[HOST_COMMAND], 100);
}

/* ---- Ticks ---- */

static void ticks_come_and_keep_nothing_alive(void **state)
{
    struct reactor_runtime_options options = REACTOR_RUNTIME_OPTIONS_INIT;
    struct host host = host_make();
    int64_t began_ns = reactor_now_ns();

    (void)state;
    options.tick_ns = 2000000;
    host_open(&host, &options);
    host_await(&host, HOST_TICK, 5);
    assert_true(reactor_now_ns() - began_ns >= 5 * options.tick_ns);
    assert_ok(reactor_runtime_shutdown(host.runtime, -1));
    assert_ok(reactor_runtime_join(host.runtime));
    assert_ok(reactor_runtime_close(host.runtime));
}

/* Five periods are over before the first tick returns. */
static void be_late(struct host *host, enum host_call call)
{
    int64_t until_ns = reactor_now_ns() + 5000000;

    if (call == HOST_TICK && atomic_load(&host->calls[HOST_TICK]) == 0)
        while (reactor_now_ns() < until_ns)
            thread_yield();
}

static void ticks_that_are_missed_are_counted(void **state)
{
    struct reactor_runtime_options options = REACTOR_RUNTIME_OPTIONS_INIT;
    struct host host = host_make();

    (void)state;
    host.then = be_late;
    options.tick_ns = 1000000;
    host_open(&host, &options);
    host_await(&host, HOST_TICK, 2);
    assert_ok(reactor_runtime_close(host.runtime));
    assert_true(host.missed >= 4);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_service_starts_on_a_thread_of_its_own),
        CLAIM_WITHOUT_REACTOR(a_service_that_can_not_start_is_not_there),
        CLAIM_WITHOUT_REACTOR(a_runtime_needs_no_service),
        CLAIM_WITHOUT_REACTOR(a_service_may_end_as_soon_as_it_has_started),
        CLAIM_WITHOUT_REACTOR(who_fails_to_start_leaves_nothing_behind),
        CLAIM_WITHOUT_REACTOR(its_loop_is_as_it_was_ordered),
        CLAIM_WITHOUT_REACTOR(bad_arguments_are_refused),
        CLAIM_WITHOUT_REACTOR(a_processor_that_is_not_there_is_refused),
        CLAIM_WITHOUT_REACTOR(an_older_program_has_smaller_structs),
        CLAIM_WITHOUT_REACTOR(commands_arrive_once_and_in_order),
        CLAIM_WITHOUT_REACTOR(a_command_under_way_is_busy),
        CLAIM_WITHOUT_REACTOR(a_command_can_be_sent_again_where_it_arrives),
        CLAIM_WITHOUT_REACTOR(its_loop_runs_already),
        CLAIM_WITHOUT_REACTOR(a_command_may_be_freed_where_it_arrives),
        CLAIM_WITHOUT_REACTOR(ticks_come_and_keep_nothing_alive),
        CLAIM_WITHOUT_REACTOR(ticks_that_are_missed_are_counted),
    };

    return run_claims(claims);
}
