/* SPDX-License-Identifier: MIT */
/* Many threads command a runtime, while it is shut down. */
#include "work/hosts.h"

#include "support/scale.h"

#include <stdlib.h>

#define SENDERS 8

/* ---- Senders ---- */

struct sender {
    struct host *host;
    struct thread *thread;
    struct order *orders;
    unsigned count;
    unsigned accepted;
};

/* Until the runtime is closed, or all are sent. */
static int send_all(void *context)
{
    struct sender *sender = context;
    unsigned i;

    for (i = 0; i < sender->count; i++) {
        struct order *order = &sender->orders[i];
        int error;

        *order = (struct order){.value = 1};
        error = reactor_runtime_send(sender->host->runtime, &order->command);
        if (error == -ECANCELED)
            return 0;
        if (error != 0)
            return error;
        sender->accepted++;
    }
    return 0;
}

static void start_senders(struct sender senders[SENDERS], struct host *host,
                          unsigned count)
{
    unsigned i;

    for (i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.host = host, .count = count};
        senders[i].orders = calloc(count, sizeof(*senders[i].orders));
        assert_non_null(senders[i].orders);
        senders[i].thread = thread_start(send_all, &senders[i]);
        assert_non_null(senders[i].thread);
    }
}

/* So many were accepted. */
static unsigned join_senders(struct sender senders[SENDERS])
{
    unsigned accepted = 0, i;

    for (i = 0; i < SENDERS; i++) {
        assert_ok(thread_join(senders[i].thread));
        accepted += senders[i].accepted;
    }
    return accepted;
}

static void free_orders(struct sender senders[SENDERS])
{
    unsigned i;

    for (i = 0; i < SENDERS; i++)
        free(senders[i].orders);
}

/* ---- Claims ---- */

static void none_of_eight_threads_loses_a_command(void **state)
{
    struct sender senders[SENDERS];
    struct host host = host_make();
    unsigned count = scaled(20000, 1000000);

    (void)state;
    host_open(&host, NULL);
    start_senders(senders, &host, count);
    assert_int_equal(join_senders(senders), SENDERS * count);
    assert_ok(reactor_runtime_shutdown(host.runtime, -1));
    assert_ok(reactor_runtime_join(host.runtime));
    assert_int_equal(host.sum, (uint64_t)SENDERS * count);
    assert_ok(reactor_runtime_close(host.runtime));
    free_orders(senders);
}

static void what_was_accepted_arrives_though_the_end_is_near(void **state)
{
    unsigned round, rounds = scaled(100, 5000);

    (void)state;
    for (round = 0; round < rounds; round++) {
        struct sender senders[SENDERS];
        struct host host = host_make();
        unsigned accepted;

        host_open(&host, NULL);
        start_senders(senders, &host, 2000);
        host_await(&host, HOST_COMMAND, round * 10);
        assert_ok(reactor_runtime_shutdown(host.runtime, 0));
        assert_ok(reactor_runtime_join(host.runtime));
        accepted = join_senders(senders);
        assert_int_equal(host.sum, accepted);
        assert_ok(reactor_runtime_close(host.runtime));
        free_orders(senders);
    }
}

static int shut_down(void *context)
{
    struct host *host = context;
    int error = reactor_runtime_shutdown(host->runtime, -1);

    return error == -ECANCELED ? 0 : error;
}

static int join(void *context)
{
    struct host *host = context;

    return reactor_runtime_join(host->runtime);
}

static void many_may_shut_it_down_and_join_it(void **state)
{
    struct thread *threads[2 * SENDERS];
    struct host host = host_make();
    unsigned i;

    (void)state;
    host_open(&host, NULL);
    for (i = 0; i < COUNT_OF(threads); i++) {
        threads[i] = thread_start(i % 2 == 0 ? shut_down : join, &host);
        assert_non_null(threads[i]);
    }
    for (i = 0; i < COUNT_OF(threads); i++)
        assert_ok(thread_join(threads[i]));
    assert_int_equal(host.calls[HOST_STOPPING], 1);
    assert_ok(reactor_runtime_close(host.runtime));
}

static void many_runtimes_come_and_go(void **state)
{
    unsigned i, rounds = scaled(200, 5000);

    (void)state;
    for (i = 0; i < rounds; i++) {
        struct host host = host_make();
        struct order order;

        host_open(&host, NULL);
        host_send(&host, &order, 1);
        assert_ok(reactor_runtime_close(host.runtime));
        assert_int_equal(host.sum, 1);
    }
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(none_of_eight_threads_loses_a_command),
        CLAIM_WITHOUT_REACTOR(what_was_accepted_arrives_though_the_end_is_near),
        CLAIM_WITHOUT_REACTOR(many_may_shut_it_down_and_join_it),
        CLAIM_WITHOUT_REACTOR(many_runtimes_come_and_go),
    };

    return run_claims(claims);
}
