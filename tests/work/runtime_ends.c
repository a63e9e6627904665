/* SPDX-License-Identifier: MIT */
/* A loop on a thread of its own: how it ends. */
#include "work/hosts.h"

#define LONG_NS (PATIENCE_MS * INT64_C(1000000))

/* ---- Shutdown ---- */

static void what_was_sent_before_comes_before_the_end(void **state)
{
    _Atomic bool is_open = false;
    struct host host = host_make();
    struct order orders[20];
    uint64_t i;

    (void)state;
    host.then = host_hold_up;
    host.context = &is_open;
    host_open(&host, NULL);
    for (i = 0; i < COUNT_OF(orders); i++)
        host_send(&host, &orders[i], 1);
    assert_ok(reactor_runtime_shutdown(host.runtime, 0));
    atomic_store(&is_open, true);
    assert_ok(reactor_runtime_join(host.runtime));
    assert_int_equal(host.sum, COUNT_OF(orders));
    assert_int_equal(host.calls[HOST_STOPPING], 1);
    assert_int_equal(host.drain_ns, 0);
    assert_ok(reactor_runtime_close(host.runtime));
}

static void what_outlives_its_thread_answers_ecanceled(void **state)
{
    struct host host = host_make();
    struct order order = {.value = 1};

    (void)state;
    host_open(&host, NULL);
    assert_ok(reactor_runtime_shutdown(host.runtime, 0));
    assert_ok(reactor_runtime_join(host.runtime));
    assert_error(reactor_runtime_send(host.runtime, &order.command),
                 -ECANCELED);
    assert_error(reactor_runtime_send(host.runtime, &order.command),
                 -ECANCELED);
    assert_error(reactor_runtime_shutdown(host.runtime, 0), -ECANCELED);
    assert_error(reactor_runtime_shutdown(host.runtime, LONG_NS), -ECANCELED);
    assert_ok(reactor_runtime_join(host.runtime));
    assert_null(reactor_runtime_loop(host.runtime));
    assert_ok(reactor_runtime_close(host.runtime));
    assert_int_equal(host.calls[HOST_COMMAND], 0);
}

static void stay_until_second_command(struct host *host, enum host_call call)
{
    if (call == HOST_STARTED)
        host_stay(host);
    if (call == HOST_COMMAND && host->sum == 2)
        reactor_timer_stop(&host->timer);
}

static void a_loop_that_is_alive_is_waited_for(void **state)
{
    struct host host = host_make();
    struct order first, second;

    (void)state;
    host.then = stay_until_second_command;
    host_open(&host, NULL);
    host_send(&host, &first, 1);
    assert_ok(reactor_runtime_shutdown(host.runtime, LONG_NS));
    host_await(&host, HOST_STOPPING, 1);
    host_send(&host, &second, 1); /* also while it drains */
    assert_ok(reactor_runtime_join(host.runtime));
    assert_true(host.drain_ns > 0 && host.drain_ns <= LONG_NS);
    assert_int_equal(host.sum, 2);
    assert_ok(reactor_runtime_close(host.runtime));
}

static void what_is_alive_at_the_deadline_is_ended(void **state)
{
    struct host host = host_make();
    int64_t began_ns = reactor_now_ns();

    (void)state;
    host.then = stay_until_second_command;
    host_open(&host, NULL);
    assert_ok(reactor_runtime_shutdown(host.runtime, 20000000));
    assert_error(reactor_runtime_join(host.runtime), -ETIMEDOUT);
    assert_true(reactor_now_ns() - began_ns >= 20000000);
    assert_int_equal(host.calls[HOST_STOPPING], 1);
    assert_error(reactor_runtime_close(host.runtime), -ETIMEDOUT);
}

static void who_has_no_time_ends_what_is_alive(void **state)
{
    struct host host = host_make();

    (void)state;
    host.then = stay_until_second_command;
    host_open(&host, NULL);
    assert_ok(reactor_runtime_shutdown(host.runtime, 0));
    assert_error(reactor_runtime_join(host.runtime), -ETIMEDOUT);
    assert_int_equal(host.drain_ns, 0);
    assert_error(reactor_runtime_close(host.runtime), -ETIMEDOUT);

    host = host_make(); /* to close it is no other thing */
    host.then = stay_until_second_command;
    host_open(&host, NULL);
    assert_error(reactor_runtime_close(host.runtime), -ETIMEDOUT);
    assert_int_equal(host.calls[HOST_STOPPING], 1);
}

static void a_deadline_can_only_be_shortened(void **state)
{
    struct host host = host_make();

    (void)state;
    host.then = stay_until_second_command;
    host_open(&host, NULL);
    assert_ok(reactor_runtime_shutdown(host.runtime, -1));
    host_await(&host, HOST_STOPPING, 1);
    assert_int_equal(host.drain_ns, -1);
    assert_ok(reactor_runtime_shutdown(host.runtime, INT64_MAX));
    assert_ok(reactor_runtime_shutdown(host.runtime, 1000000));
    (void)reactor_runtime_shutdown(host.runtime, -1); /* it may have ended */
    assert_error(reactor_runtime_close(host.runtime), -ETIMEDOUT);
    assert_int_equal(host.calls[HOST_STOPPING], 1);
}

static void shut_down_and_join(struct host *host, enum host_call call)
{
    int *answers = host->context;

    if (call != HOST_COMMAND)
        return;
    answers[0] = reactor_runtime_join(host->runtime);
    answers[1] = reactor_runtime_close(host->runtime);
    answers[2] = reactor_runtime_shutdown(host->runtime, -1);
    answers[3] = reactor_runtime_loop(host->runtime) == host->loop;
}

static void a_service_can_end_itself_but_not_wait_for_it(void **state)
{
    int answers[4] = {1, 1, 1, 0};
    struct host host = host_make();
    struct order order;

    (void)state;
    host.then = shut_down_and_join;
    host.context = answers;
    host_open(&host, NULL);
    host_send(&host, &order, 1);
    assert_ok(reactor_runtime_join(host.runtime));
    assert_error(answers[0], -EDEADLK);
    assert_error(answers[1], -EDEADLK);
    assert_ok(answers[2]);
    assert_int_equal(answers[3], 1);
    assert_ok(reactor_runtime_close(host.runtime));
}

/* ---- The loop ends otherwise ---- */

static void close_loop(struct host *host, enum host_call call)
{
    if (call == HOST_COMMAND && host->sum == 1)
        reactor_loop_close(host->loop);
}

static void a_loop_that_is_closed_in_a_callback_is_the_end(void **state)
{
    struct host host = host_make();
    struct order first, second, third;

    (void)state;
    host.then = close_loop;
    host_open(&host, NULL);
    host_send(&host, &first, 1);
    third = second = (struct order){.value = 1};
    (void)reactor_runtime_send(host.runtime, &second.command);
    assert_error(reactor_runtime_join(host.runtime), -ECANCELED);
    assert_error(reactor_runtime_send(host.runtime, &third.command),
                 -ECANCELED);
    assert_int_equal(host.calls[HOST_STOPPING], 1);
    assert_error(reactor_runtime_close(host.runtime), -ECANCELED);
}

static void close_loop_at_once(struct host *host, enum host_call call)
{
    if (call == HOST_STARTED)
        reactor_loop_close(host->loop);
}

static void a_loop_can_be_closed_before_it_has_run(void **state)
{
    struct host host = host_make();

    (void)state;
    host.then = close_loop_at_once;
    host_open(&host, NULL);
    assert_error(reactor_runtime_close(host.runtime), -ECANCELED);
    assert_int_equal(host.calls[HOST_STOPPING], 0);
}

static void stop_loop(struct host *host, enum host_call call)
{
    if (call == HOST_COMMAND)
        (void)reactor_loop_stop(host->loop);
}

static void a_loop_that_is_stopped_is_the_end(void **state)
{
    struct host host = host_make();
    struct order order;

    (void)state;
    host.then = stop_loop;
    host_open(&host, NULL);
    host_send(&host, &order, 1);
    assert_ok(reactor_runtime_join(host.runtime));
    assert_int_equal(host.calls[HOST_STOPPING], 1);
    assert_ok(reactor_runtime_close(host.runtime));
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(what_was_sent_before_comes_before_the_end),
        CLAIM_WITHOUT_REACTOR(what_outlives_its_thread_answers_ecanceled),
        CLAIM_WITHOUT_REACTOR(a_loop_that_is_alive_is_waited_for),
        CLAIM_WITHOUT_REACTOR(what_is_alive_at_the_deadline_is_ended),
        CLAIM_WITHOUT_REACTOR(who_has_no_time_ends_what_is_alive),
        CLAIM_WITHOUT_REACTOR(a_deadline_can_only_be_shortened),
        CLAIM_WITHOUT_REACTOR(a_service_can_end_itself_but_not_wait_for_it),
        CLAIM_WITHOUT_REACTOR(a_loop_that_is_closed_in_a_callback_is_the_end),
        CLAIM_WITHOUT_REACTOR(a_loop_can_be_closed_before_it_has_run),
        CLAIM_WITHOUT_REACTOR(a_loop_that_is_stopped_is_the_end),
    };

    return run_claims(claims);
}
