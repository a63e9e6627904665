/* SPDX-License-Identifier: MIT */
/* A kernel that refuses to wake a loop, over and over. */
#include "support/claim.h"
#include "support/expect.h"
#include "support/fault.h"
#include "support/thread.h"

#include <reactor/work.h>

#include <stdatomic.h>

/* So often the library tries at once. */
#define RINGS 64

static _Thread_local bool is_refused; /* the calling thread */
static unsigned refusals, wanted_refusals;

static int refuse(enum fault_call call)
{
    const struct fault_call_facts *facts = &fault_calls[call];
    size_t last = facts->error_count - 1;

    if (!is_refused || refusals == wanted_refusals)
        return 0;
    refusals++;
    if (facts->errors[last] == FAULT_SHORT)
        last--;
    return facts->errors[last];
}

static int begin(void **state)
{
    refusals = 0;
    fault_reset();
    fault_choose = refuse;
    return claim_begin_bare(state);
}

static int end(void **state)
{
    fault_choose = NULL;
    is_refused = false;
    return claim_end(state);
}

static _Atomic unsigned commands;

static void count_command(void *user_data, struct reactor_command *command)
{
    (void)user_data;
    (void)command;
    atomic_fetch_add(&commands, 1);
}

static void await_commands(unsigned count)
{
    int64_t give_up_ns = monotonic_ns() + PATIENCE_MS * INT64_C(1000000);

    while (atomic_load(&commands) < count) {
        assert_true(monotonic_ns() < give_up_ns);
        thread_yield();
    }
}

/*
 * A loop that is awake takes what is sent without being woken: so it is sent
 * often. 0: no wake is ever refused.
 */
static int send_until_refused(struct reactor_runtime *runtime,
                              struct reactor_command *command, unsigned *sent)
{
    int result = 0;

    while (*sent < 2000 &&
           (result = reactor_runtime_send(runtime, command)) == 0)
        await_commands(++*sent);
    return result;
}

static void what_is_sent_arrives_when_the_loop_is_woken_at_last(void **state)
{
    struct reactor_service service = REACTOR_SERVICE_INIT;
    struct reactor_command command = {.kind = 0};
    struct reactor_runtime *runtime;
    unsigned sent = 0;
    int result;

    (void)state;
    service.command = count_command;
    assert_ok(reactor_runtime_open(&runtime, &service, NULL, NULL));
    is_refused = true;
    wanted_refusals = 5 * RINGS;
    result = send_until_refused(runtime, &command, &sent);
    if (result == 0) {
        assert_ok(reactor_runtime_close(runtime));
        skip_because("this kernel is not made to refuse a wake");
    }
    assert_true(result != -ECANCELED);
    assert_error(reactor_runtime_send(runtime, &command), -EBUSY);
    assert_int_equal(atomic_load(&commands), sent);
    assert_ok(reactor_runtime_close(runtime));
    assert_int_equal(refusals, wanted_refusals);
    assert_int_equal(atomic_load(&commands), sent + 1);
}

static void turn_away(void *user_data, struct reactor_shard *shard,
                      reactor_handle handle, const struct reactor_address *peer)
{
    (void)user_data;
    (void)peer;
    reactor_handle_close(handle);
    reactor_listener_release(reactor_shard_listener(shard));
}

static struct reactor_server *open_server(void)
{
    struct reactor_server_service service = REACTOR_SERVER_SERVICE_INIT;
    struct reactor_server_options options = REACTOR_SERVER_OPTIONS_INIT;
    struct reactor_address address;
    struct reactor_server *server;

    service.accepted = turn_away;
    options.model = REACTOR_MODEL_LOOPS;
    options.loops = 2;
    assert_ok(reactor_address_parse(&address, "127.0.0.1:0"));
    assert_ok(reactor_server_open(&server, &address, &service, &options, NULL));
    return server;
}

/* The other loop, which is woken, does not hide it; and both end. */
static void a_server_tells_that_a_loop_was_not_woken(void **state)
{
    unsigned told = 0, i;

    (void)state;
    for (i = 0; i < 20; i++) {
        struct reactor_server *server = open_server();
        int result;

        refusals = 0;
        wanted_refusals = RINGS; /* by the first that has to be woken */
        is_refused = true;
        result = reactor_server_shutdown(server, -1);
        is_refused = false;
        assert_int_equal(result < 0, refusals == RINGS);
        told += result < 0;
        assert_ok(reactor_server_close(server));
    }
    if (told == 0)
        skip_because("this kernel is not made to refuse a wake");
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test_setup_teardown(
            what_is_sent_arrives_when_the_loop_is_woken_at_last, begin, end),
        cmocka_unit_test_setup_teardown(
            a_server_tells_that_a_loop_was_not_woken, begin, end),
    };

    return run_claims(claims);
}
