/* SPDX-License-Identifier: MIT */
/*
 * Runtimes and servers. A fault may strike on any of their threads: that a
 * runtime can't be opened is told to who opens it, and what its loop answers to
 * its service, which goes on.
 */
#include "fault/scenario.h"

#include "platform/platform.h"
#include "platform/socket.h"
#include "support/allocator.h"
#include "support/doors.h"
#include "support/thread.h"

#include <reactor/work.h>

#include <stdatomic.h>

/* ---- Opening ---- */

/* It leaves nothing behind, and the same once more goes well. */
static bool was_told(int result, size_t allocations, size_t handles)
{
    if (result == 0) {
        assert_false(fault_fired() > 0 && must_refuse());
        return false;
    }
    assert_true(fault_fired() > 0);
    assert_true(!must_cope() || is_vital_to_net());
    assert_true(is_answer(result));
    fault_lift();
    assert_int_equal(live_allocations(), allocations);
    assert_int_equal(count_open_handles(), handles);
    assert_int_equal(fault_threads(), 0);
    return true;
}

/* ---- A service that notes what it is called with ---- */

struct host {
    _Atomic unsigned starts, commands, stops, errors;
    _Atomic int wrong_error; /* none of the fault's */
};

static int on_started(void *user_data, struct reactor_runtime *runtime)
{
    struct host *host = user_data;

    (void)runtime;
    atomic_fetch_add(&host->starts, 1);
    return 0;
}

static void on_command(void *user_data, struct reactor_command *command)
{
    struct host *host = user_data;

    (void)command;
    atomic_fetch_add(&host->commands, 1);
}

/* It tries again. */
static int note_error(struct host *host, int error)
{
    atomic_fetch_add(&host->errors, 1);
    if (fault_fired() == 0 || must_cope() || !is_answer(error))
        atomic_store(&host->wrong_error, error);
    fault_lift();
    return 0;
}

static int on_error(void *user_data, int error)
{
    return note_error(user_data, error);
}

static void on_stopping(void *user_data, int64_t drain_ns)
{
    struct host *host = user_data;

    (void)drain_ns;
    atomic_fetch_add(&host->stops, 1);
}

static void ignore_tick(void *user_data, uint64_t missed)
{
    (void)user_data;
    (void)missed;
}

static const struct reactor_service service = {
    .size = sizeof(struct reactor_service),
    .started = on_started,
    .command = on_command,
    .tick = ignore_tick,
    .error = on_error,
    .stopping = on_stopping,
};

static void await_number(_Atomic unsigned *number, unsigned count)
{
    int64_t give_up_ns = monotonic_ns() + PATIENCE_NS;

    while (atomic_load(number) < count) {
        assert_true(monotonic_ns() < give_up_ns);
        thread_yield();
    }
}

/* ---- Runtimes ---- */

static struct reactor_runtime *open_runtime_of(const struct reactor_service *of,
                                               struct host *host)
{
    struct reactor_runtime_options options = REACTOR_RUNTIME_OPTIONS_INIT;
    struct reactor_runtime *const untouched = (void *)&tried;
    struct reactor_runtime *runtime = untouched;
    size_t allocations = live_allocations();
    size_t handles = count_open_handles();
    int result;

    *host = (struct host){.starts = 0};
    options.name = "fault";
    options.tick_ns = INT64_C(1000000);
    result = reactor_runtime_open(&runtime, of, &options, host);
    if (was_told(result, allocations, handles)) {
        assert_ptr_equal(runtime, untouched);
        result = reactor_runtime_open(&runtime, of, &options, host);
    }
    assert_ok(result);
    return runtime;
}

static struct reactor_runtime *open_runtime(struct host *host)
{
    return open_runtime_of(&service, host);
}

static void expect_end(const struct host *host)
{
    assert_int_equal(host->starts, 1);
    assert_int_equal(host->stops, 1);
    assert_int_equal(host->wrong_error, 0);
    assert_int_equal(fault_threads(), 0);
}

static void open_and_close_a_runtime(void)
{
    struct host host;

    assert_ok(reactor_runtime_close(open_runtime(&host)));
    expect_end(&host);
}

/* What can't read the clock has changed nothing. */
static void shut_down(struct reactor_runtime *runtime)
{
    int result = reactor_runtime_shutdown(runtime, PATIENCE_NS);

    if (result != 0) {
        assert_true(fault_fired() > 0 && is_answer(result));
        result = reactor_runtime_shutdown(runtime, PATIENCE_NS);
    }
    assert_ok(result);
}

/* Each arrives, also where the kernel refuses to wake the loop for it. */
static void commands(void)
{
    struct reactor_command sent[4] = {{.kind = 0}};
    struct host host;
    struct reactor_runtime *runtime = open_runtime(&host);
    unsigned i;

    for (i = 0; i < COUNT_OF(sent); i++) {
        assert_ok(reactor_runtime_send(runtime, &sent[i]));
        await_number(&host.commands, i + 1);
    }
    shut_down(runtime);
    assert_ok(reactor_runtime_join(runtime));
    assert_ok(reactor_runtime_close(runtime));
    assert_int_equal(host.commands, COUNT_OF(sent));
    expect_end(&host);
}

/* 1 if it was accepted, which the end does not change. */
static unsigned send_until_the_end(struct reactor_runtime *runtime,
                                   struct reactor_command *command)
{
    int result = reactor_runtime_send(runtime, command);

    assert_true(result == 0 || fault_fired() > 0);
    assert_true(result == 0 || result == -ECANCELED || is_answer(result));
    return result != -ECANCELED;
}

/* The error of its loop is the end of it, and is told. */
static void a_service_that_does_not_try_again(void)
{
    struct reactor_service brief = service;
    struct reactor_command sent[4] = {{.kind = 0}};
    struct reactor_runtime *runtime;
    struct host host;
    unsigned accepted = 0, i;
    int result;

    brief.error = NULL;
    runtime = open_runtime_of(&brief, &host);
    for (i = 0; i < COUNT_OF(sent); i++) {
        accepted += send_until_the_end(runtime, &sent[i]);
        await_number(&host.commands, accepted);
    }
    result = reactor_runtime_shutdown(runtime, PATIENCE_NS);
    if (result != 0) {
        assert_true(fault_fired() > 0);
        (void)reactor_runtime_shutdown(runtime, PATIENCE_NS);
    }
    result = reactor_runtime_join(runtime);
    assert_true(result == 0 || (fault_fired() > 0 && !must_cope()));
    assert_true(result == 0 || is_answer(result));
    assert_int_equal(reactor_runtime_close(runtime), result);
    assert_int_equal(host.commands, accepted);
    expect_end(&host);
}

/* What is done on the thread itself, which no public function calls. */
static void pinning(void)
{
    uint32_t processor;
    int result;

    fault_enter();
    processor = ri_processor(1);
    assert_true(ri_processor_count() > 0);
    result = ri_thread_pin(processor);
    if (was_refused(result))
        result = ri_thread_pin(processor);
    ri_thread_set_name("fault");
    fault_leave();
    assert_true(result == 0 || result == -ENOTSUP);
}

/* ---- Servers ---- */

static int shard_error(void *user_data, struct reactor_shard *shard, int error)
{
    (void)shard;
    return note_error(user_data, error);
}

static void shard_command(void *user_data, struct reactor_shard *shard,
                          struct reactor_command *command)
{
    (void)shard;
    on_command(user_data, command);
}

static void shard_accepted(void *user_data, struct reactor_shard *shard,
                           reactor_handle handle,
                           const struct reactor_address *peer)
{
    struct host *host = user_data;

    (void)peer;
    reactor_handle_close(handle);
    reactor_listener_release(reactor_shard_listener(shard));
    atomic_fetch_add(&host->starts, 1);
}

static const struct reactor_server_service server_service = {
    .size = sizeof(struct reactor_server_service),
    .accepted = shard_accepted,
    .command = shard_command,
    .error = shard_error,
};

static struct reactor_server *
open_server(struct host *host, const struct reactor_server_options *options)
{
    struct reactor_server *const untouched = (void *)&tried;
    struct reactor_address address = address_from("127.0.0.1:0");
    struct reactor_server *server = untouched;
    size_t allocations = live_allocations();
    size_t handles = count_open_handles();
    int result;

    *host = (struct host){.starts = 0};
    result =
        reactor_server_open(&server, &address, &server_service, options, host);
    if (was_told(result, allocations, handles)) {
        assert_ptr_equal(server, untouched);
        result = reactor_server_open(&server, &address, &server_service,
                                     options, host);
    }
    assert_ok(result);
    return server;
}

static void command_all(struct reactor_server *server, struct host *host)
{
    struct reactor_command sent[2] = {{.kind = 0}};
    uint32_t i;

    for (i = 0; i < reactor_server_count(server); i++)
        assert_ok(reactor_server_send(server, i, &sent[i]));
    await_number(&host->commands, i);
}

static void serve_and_close(const struct reactor_server_options *options)
{
    struct host host;
    struct reactor_server *server = open_server(&host, options);

    command_all(server, &host);
    assert_ok(reactor_server_close(server));
    assert_int_equal(host.wrong_error, 0);
    assert_int_equal(fault_threads(), 0);
}

static void a_server_with_workers(void)
{
    struct reactor_server_options options = REACTOR_SERVER_OPTIONS_INIT;
    struct reactor_pool_options pool = REACTOR_POOL_OPTIONS_INIT;

    pool.workers = 2;
    options.model = REACTOR_MODEL_POOL;
    options.pool = &pool;
    serve_and_close(&options);
}

static void a_server_with_loops(void)
{
    struct reactor_server_options options = REACTOR_SERVER_OPTIONS_INIT;

    options.model = REACTOR_MODEL_LOOPS;
    options.loops = 2;
    options.name = "fault";
    serve_and_close(&options);
}

#define SOON_NS INT64_C(5000000)

static bool is_soon(const _Atomic unsigned *number, unsigned count)
{
    int64_t give_up_ns = monotonic_ns() + SOON_NS;

    while (atomic_load(number) < count && monotonic_ns() < give_up_ns)
        thread_yield();
    return atomic_load(number) >= count;
}

/*
 * Who can't be accepted is lost, or the listener waits: then another comes, but
 * not so many meanwhile that the backlog is full.
 */
static void come_until_accepted(struct reactor_server *server,
                                struct host *host, unsigned count)
{
    int64_t give_up_ns = monotonic_ns() + PATIENCE_NS;
    struct reactor_address address;
    struct listener listener;
    unsigned i;

    assert_ok(reactor_server_address(server, &address));
    listener =
        (struct listener){.port = (unsigned)reactor_address_port(&address)};
    for (i = 1; i <= count; i++) {
        do {
            assert_true(monotonic_ns() < give_up_ns);
            close_handle(connect_to(&listener));
        } while (!is_soon(&host->starts, i));
    }
}

static void connections_that_are_handed_over(void)
{
    struct reactor_server_options options = REACTOR_SERVER_OPTIONS_INIT;
    struct reactor_server *server;
    struct host host;

    options.model = REACTOR_MODEL_LOOPS;
    options.flags = REACTOR_SERVER_HAND_OVER;
    options.loops = 2;
    server = open_server(&host, &options);
    come_until_accepted(server, &host, 4);
    assert_ok(reactor_server_close(server));
    assert_int_equal(host.wrong_error, 0);
    assert_int_equal(fault_threads(), 0);
}

/* Where it is refused the socket is the caller's, and listens as before. */
static struct reactor_server *
open_server_with(reactor_handle handle, struct host *host,
                 const struct reactor_server_options *options)
{
    struct reactor_server *const untouched = (void *)&tried;
    struct reactor_server *server = untouched;
    size_t allocations = live_allocations();
    size_t handles = count_open_handles();
    int result;

    *host = (struct host){.starts = 0};
    result = reactor_server_open_handle(&server, handle, &server_service,
                                        options, host);
    if (was_told(result, allocations, handles)) {
        assert_ptr_equal(server, untouched);
        assert_ok(ri_socket_is_listening(handle));
        result = reactor_server_open_handle(&server, handle, &server_service,
                                            options, host);
    }
    assert_ok(result);
    return server;
}

static void a_socket_that_listens_already(void)
{
    struct reactor_server_options options = REACTOR_SERVER_OPTIONS_INIT;
    struct listener listener = open_listener();
    size_t handles = count_open_handles();
    struct reactor_server *server;
    struct host host;

    options.model = REACTOR_MODEL_LOOPS;
    options.loops = 2;
    server = open_server_with(listener.handle, &host, &options);
    come_until_accepted(server, &host, 2);
    assert_ok(reactor_server_close(server));
    assert_int_equal(count_open_handles(), handles - 1);
    assert_int_equal(host.wrong_error, 0);
    assert_int_equal(fault_threads(), 0);
}

const struct scenario scenarios[] = {
    SCENARIO(open_and_close_a_runtime),
    SCENARIO(commands),
    SCENARIO(a_service_that_does_not_try_again),
    SCENARIO(pinning),
    SCENARIO(a_server_with_workers),
    SCENARIO(a_server_with_loops),
    SCENARIO(connections_that_are_handed_over),
    SCENARIO(a_socket_that_listens_already),
};

const size_t scenario_count = COUNT_OF(scenarios);
