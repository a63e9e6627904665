/* SPDX-License-Identifier: MIT */
#include "work/hosts.h"

#include <stdlib.h>

_Thread_local char host_place[1];

static void called(struct host *host, enum host_call call)
{
    if (host->then != NULL)
        host->then(host, call);
    atomic_fetch_add(&host->calls[call], 1);
}

static void ignore_time(void *user_data, uint64_t missed)
{
    (void)user_data;
    (void)missed;
}

static int on_started(void *user_data, struct reactor_runtime *runtime)
{
    struct host *host = user_data;

    host->runtime = runtime;
    host->loop = reactor_runtime_loop(runtime);
    host->place = host_place;
    reactor_timer_init(&host->timer, host->loop, ignore_time, NULL);
    called(host, HOST_STARTED);
    return host->answer_to_start;
}

static void on_command(void *user_data, struct reactor_command *command)
{
    struct host *host = user_data;
    struct order *order = (struct order *)command;

    if (order->value < host->last)
        host->is_ordered = false;
    host->last = order->value;
    host->sum += order->value;
    if (order->is_heap)
        free(order);
    called(host, HOST_COMMAND);
}

static void on_tick(void *user_data, uint64_t missed)
{
    struct host *host = user_data;

    host->missed += missed;
    called(host, HOST_TICK);
}

static int on_error(void *user_data, int error)
{
    struct host *host = user_data;

    host->error = error;
    called(host, HOST_ERROR);
    return host->answer_to_error;
}

static void on_stopping(void *user_data, int64_t drain_ns)
{
    struct host *host = user_data;

    host->drain_ns = drain_ns;
    called(host, HOST_STOPPING);
}

struct host host_make(void)
{
    return (struct host){.is_ordered = true};
}

struct reactor_service host_service(void)
{
    struct reactor_service service = REACTOR_SERVICE_INIT;

    service.started = on_started;
    service.command = on_command;
    service.tick = on_tick;
    service.error = on_error;
    service.stopping = on_stopping;
    return service;
}

void host_open(struct host *host, const struct reactor_runtime_options *options)
{
    struct reactor_service service = host_service();
    struct reactor_runtime *runtime;

    assert_ok(reactor_runtime_open(&runtime, &service, options, host));
    assert_ptr_equal(runtime, host->runtime);
}

void host_await(struct host *host, enum host_call call, unsigned count)
{
    int64_t give_up_ns = reactor_now_ns() + PATIENCE_MS * INT64_C(1000000);

    while (atomic_load(&host->calls[call]) < count) {
        assert_true(reactor_now_ns() < give_up_ns);
        thread_yield();
    }
}

void host_send(struct host *host, struct order *order, uint64_t value)
{
    *order = (struct order){.value = value};
    assert_ok(reactor_runtime_send(host->runtime, &order->command));
}

void host_stay(struct host *host)
{
    reactor_timer_start(&host->timer, REACTOR_FOREVER, 0);
}

void host_hold_up(struct host *host, enum host_call call)
{
    _Atomic bool *is_open = host->context;

    if (call == HOST_COMMAND)
        while (!atomic_load(is_open))
            thread_yield();
}
