/* SPDX-License-Identifier: MIT */
/* A child of fork() has a copy of a runtime or a server, but no thread of it.
 */
#include "work/hosts.h"

#include "support/allocator.h"
#include "support/doors.h"
#include "support/process.h"
#include "support/scale.h"

#include <sys/mman.h>
#include <unistd.h>

/* ---- Runtimes ---- */

static int use_inherited(void *context)
{
    struct host *host = context;
    struct order order = {.value = 1};
    size_t allocations = live_allocations();

    CHILD_EXPECT(reactor_runtime_send(host->runtime, &order.command) ==
                 -ECHILD);
    CHILD_EXPECT(reactor_runtime_send(host->runtime, NULL) == -EINVAL);
    CHILD_EXPECT(reactor_runtime_shutdown(host->runtime, 0) == -ECHILD);
    CHILD_EXPECT(reactor_runtime_shutdown(host->runtime, -2) == -EINVAL);
    CHILD_EXPECT(reactor_runtime_join(host->runtime) == -ECHILD);
    CHILD_EXPECT(reactor_runtime_loop(host->runtime) == NULL);
    CHILD_EXPECT(reactor_runtime_close(host->runtime) == -ECHILD);
    CHILD_EXPECT(live_allocations() == allocations - 1);
    CHILD_EXPECT(atomic_load(&host->calls[HOST_STOPPING]) == 0);
    return 0;
}

static void an_inherited_runtime_answers_echild(void **state)
{
    struct host host = host_make();
    struct order order;

    (void)state;
    host_open(&host, NULL);
    assert_child(use_inherited, &host);
    host_send(&host, &order, 1);
    host_await(&host, HOST_COMMAND, 1);
    assert_ok(reactor_runtime_close(host.runtime));
}

static int open_its_own(void *context)
{
    struct reactor_service service = host_service();
    struct host *host = context, own = host_make();
    struct order order = {.value = 7};

    CHILD_EXPECT(reactor_runtime_open(&own.runtime, &service, NULL, &own) == 0);
    CHILD_EXPECT(reactor_runtime_send(own.runtime, &order.command) == 0);
    CHILD_EXPECT(reactor_runtime_shutdown(own.runtime, -1) == 0);
    CHILD_EXPECT(reactor_runtime_join(own.runtime) == 0);
    CHILD_EXPECT(reactor_runtime_close(own.runtime) == 0);
    CHILD_EXPECT(own.sum == 7);
    CHILD_EXPECT(reactor_runtime_close(host->runtime) == -ECHILD);
    return 0;
}

static void a_child_can_have_a_runtime_of_its_own(void **state)
{
    struct host host = host_make();

    (void)state;
    if (IS_SANITIZED)
        skip_because("one sanitizer has no threads after such a fork");
    host_open(&host, NULL);
    assert_child(open_its_own, &host);
    assert_ok(reactor_runtime_close(host.runtime));
}

/* ---- Forks in a service ---- */

static struct shared {
    _Atomic unsigned calls[HOST_CALLS]; /* that have returned */
} * shared;                             /* with the child */

static _Atomic pid_t forked;

struct fork_plan {
    enum host_call call; /* the first of them forks */
    bool takes_over;     /* the child makes the loop its own, for a turn */
};

static void begin_child(struct host *host, const struct fork_plan *plan)
{
    alarm(PATIENCE_MS / 1000); /* who waits for it must not wait for ever */
    if (!plan->takes_over)
        return;
    (void)reactor_loop_after_fork(host->loop);
    (void)reactor_loop_stop(host->loop);
}

static void fork_in_first(struct host *host, enum host_call call)
{
    const struct fork_plan *plan = host->context;

    if (call == plan->call && atomic_load(&host->calls[call]) == 0) {
        pid_t child = fork();

        if (child == 0)
            begin_child(host, plan);
        atomic_store(&forked, child);
    }
    atomic_fetch_add(&shared->calls[call], 1);
}

static void expect_calls(enum host_call call, enum host_call wanted,
                         unsigned count)
{
    assert_int_equal(atomic_load(&shared->calls[call]),
                     count + (call == wanted ? 1 : 0));
}

static void expect_one_call_in_child(struct fork_plan plan)
{
    struct host host = host_make();
    struct order orders[3];
    size_t i;

    shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(shared != MAP_FAILED);
    host.then = fork_in_first;
    host.context = &plan;
    host_open(&host, NULL);
    for (i = 0; i < COUNT_OF(orders); i++)
        host_send(&host, &orders[i], i);
    host_await(&host, HOST_COMMAND, COUNT_OF(orders));
    assert_ok(reactor_runtime_close(host.runtime));
    /* It ends with its only thread, whatever a sanitizer says of it. */
    (void)child_finish(atomic_load(&forked));
    expect_calls(HOST_STARTED, plan.call, 1);
    expect_calls(HOST_COMMAND, plan.call, COUNT_OF(orders));
    expect_calls(HOST_STOPPING, plan.call, 1);
    assert_ok(munmap(shared, sizeof(*shared)));
}

/* Of a thread that returns there is nothing left in the child. */
static void the_child_of_a_callback_does_nothing_else(void **state)
{
    (void)state;
    expect_one_call_in_child((struct fork_plan){HOST_STARTED, false});
    expect_one_call_in_child((struct fork_plan){HOST_COMMAND, false});
    expect_one_call_in_child((struct fork_plan){HOST_STOPPING, false});
}

/* It may have the loop. */
static void the_commands_that_wait_are_not_the_childs(void **state)
{
    (void)state;
    expect_one_call_in_child((struct fork_plan){HOST_COMMAND, true});
}

/* ---- Servers ---- */

static void turn_away(void *user_data, struct reactor_shard *shard,
                      reactor_handle handle, const struct reactor_address *peer)
{
    _Atomic unsigned *guests = user_data;

    (void)peer;
    reactor_handle_close(handle);
    reactor_listener_release(reactor_shard_listener(shard));
    atomic_fetch_add(guests, 1);
}

static struct reactor_server *open_server(enum reactor_model model,
                                          reactor_shard_accept_fn *accepted,
                                          _Atomic unsigned *guests)
{
    struct reactor_server_service service = REACTOR_SERVER_SERVICE_INIT;
    struct reactor_server_options options = REACTOR_SERVER_OPTIONS_INIT;
    struct reactor_address address = address_from("127.0.0.1:0");
    struct reactor_server *server;

    service.accepted = accepted;
    options.model = model;
    options.loops = 2;
    assert_ok(
        reactor_server_open(&server, &address, &service, &options, guests));
    return server;
}

/* In the child, on the thread of a loop, it is as elsewhere. */
static void fork_and_close(void *user_data, struct reactor_shard *shard,
                           reactor_handle handle,
                           const struct reactor_address *peer)
{
    struct reactor_server *server = reactor_shard_server(shard);
    pid_t child = fork();

    if (child == 0)
        _exit(reactor_server_join(server) != -ECHILD ||
              reactor_server_close(server) != -ECHILD);
    atomic_store(&forked, child);
    turn_away(user_data, shard, handle, peer);
}

static int use_inherited_server(void *context)
{
    struct reactor_server *server = context;
    struct reactor_server_numbers numbers = {.size = sizeof(numbers)};
    struct reactor_command command = {.kind = 0};
    struct reactor_address address;

    CHILD_EXPECT(reactor_server_send(server, 0, &command) == -ECHILD);
    CHILD_EXPECT(reactor_server_shutdown(server, 0) == -ECHILD);
    CHILD_EXPECT(reactor_server_join(server) == -ECHILD);
    CHILD_EXPECT(reactor_server_address(server, &address) == 0);
    CHILD_EXPECT(reactor_server_numbers(server, 0, &numbers) == 0);
    CHILD_EXPECT(reactor_server_close(server) == -ECHILD);
    return 0;
}

/* Somebody connects, and is let in. */
static void visit(struct reactor_server *server, _Atomic unsigned *guests)
{
    int64_t give_up_ns = reactor_now_ns() + PATIENCE_NS;
    struct reactor_address address;
    struct listener listener;

    assert_ok(reactor_server_address(server, &address));
    listener =
        (struct listener){.port = (unsigned)reactor_address_port(&address)};
    close_handle(connect_to(&listener));
    while (atomic_load(guests) == 0) {
        assert_true(reactor_now_ns() < give_up_ns);
        thread_yield();
    }
}

static void an_inherited_server_answers_echild(void **state)
{
    static const enum reactor_model models[] = {
        REACTOR_MODEL_LOOP, REACTOR_MODEL_POOL, REACTOR_MODEL_LOOPS};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(models); i++) {
        _Atomic unsigned guests = 0;
        struct reactor_server *server =
            open_server(models[i], turn_away, &guests);

        assert_child(use_inherited_server, server);
        visit(server, &guests);
        assert_ok(reactor_server_close(server));
    }
}

static void a_server_may_fork_where_it_accepts(void **state)
{
    _Atomic unsigned guests = 0;
    struct reactor_server *server =
        open_server(REACTOR_MODEL_LOOPS, fork_and_close, &guests);

    (void)state;
    visit(server, &guests);
    assert_ok(child_finish(atomic_load(&forked)));
    assert_ok(reactor_server_close(server));
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(an_inherited_runtime_answers_echild),
        CLAIM_WITHOUT_REACTOR(a_child_can_have_a_runtime_of_its_own),
        CLAIM_WITHOUT_REACTOR(the_child_of_a_callback_does_nothing_else),
        CLAIM_WITHOUT_REACTOR(the_commands_that_wait_are_not_the_childs),
        CLAIM_WITHOUT_REACTOR(an_inherited_server_answers_echild),
        CLAIM_WITHOUT_REACTOR(a_server_may_fork_where_it_accepts),
    };

    return run_claims(claims);
}
