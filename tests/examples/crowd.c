/* SPDX-License-Identifier: MIT */
#include "examples/crowd.h"

#include "examples/program.h"
#include "support/thread.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define AGAIN_NS    INT64_C(2000000)
#define PATIENCE_NS (PROGRAM_PATIENCE_MS * INT64_C(1000000))

static const char message[] = "what is sent comes back";

static void begin(struct crowd_client *client);

/* ---- One message after the other ---- */

static void ask(struct crowd_client *client)
{
    client->received = 0;
    if (reactor_session_write(client->session, message, sizeof(message)) != 0)
        reactor_session_abort(client->session);
}

static void on_connected(void *user_data, struct reactor_session *session)
{
    struct crowd_client *client = user_data;

    (void)session;
    atomic_fetch_add(&client->crowd->connections, 1);
    ask(client);
}

static bool is_done(const struct crowd_client *client)
{
    const struct crowd *crowd = client->crowd;

    return crowd->is_leaving ||
           (crowd->visit != 0 && client->answers >= crowd->visit);
}

static void note_answer(struct crowd_client *client)
{
    client->answers++;
    atomic_fetch_add(&client->crowd->answers, 1);
    if (!is_done(client)) {
        ask(client);
        return;
    }
    client->is_finishing = true;
    (void)reactor_session_finish(client->session);
}

static size_t on_data(void *user_data, struct reactor_session *session,
                      const void *bytes, size_t size)
{
    struct crowd_client *client = user_data;
    size_t left = sizeof(message) - client->received;

    if (size > left || client->is_finishing ||
        memcmp(message + client->received, bytes, size) != 0) {
        atomic_fetch_add(&client->crowd->wrong, 1);
        reactor_session_abort(session);
        return size;
    }
    client->received += size;
    if (client->received == sizeof(message))
        note_answer(client);
    return size;
}

/* Before it has finished itself it is a loss. */
static void on_ended(void *user_data, struct reactor_session *session)
{
    struct crowd_client *client = user_data;

    if (!client->is_finishing)
        reactor_session_abort(session);
}

static void on_closed(void *user_data, struct reactor_session *session,
                      enum reactor_closed reason, int error)
{
    struct crowd_client *client = user_data;
    struct crowd *crowd = client->crowd;

    (void)session;
    client->session = NULL;
    if (error == -ECONNREFUSED)
        atomic_fetch_add(&crowd->refused, 1);
    else if (reason != REACTOR_CLOSED_FINISHED)
        atomic_fetch_add(client->answers > 0 ? &crowd->lost : &crowd->unmet, 1);
    if (!crowd->is_leaving)
        reactor_timer_start(&client->again,
                            reason == REACTOR_CLOSED_FINISHED ? 0 : AGAIN_NS,
                            0);
}

/* ---- Come and go ---- */

static void come_again(void *user_data, uint64_t missed)
{
    (void)missed;
    begin(user_data);
}

static void begin(struct crowd_client *client)
{
    struct reactor_session_options options = REACTOR_SESSION_OPTIONS_INIT;
    struct crowd *crowd = client->crowd;

    options.connected = on_connected;
    options.data = on_data;
    options.ended = on_ended;
    options.closed = on_closed;
    client->answers = 0;
    client->is_finishing = false;
    if (reactor_session_connect(&client->session, crowd->loop, &crowd->address,
                                1, PATIENCE_NS, &options, client) != 0)
        reactor_timer_start(&client->again, AGAIN_NS, 0);
}

static int on_started(void *user_data, struct reactor_runtime *runtime)
{
    struct crowd *crowd = user_data;
    unsigned i;

    crowd->loop = reactor_runtime_loop(runtime);
    for (i = 0; i < crowd->size; i++) {
        struct crowd_client *client = &crowd->clients[i];

        client->crowd = crowd;
        reactor_timer_init(&client->again, crowd->loop, come_again, client);
        begin(client);
    }
    return 0;
}

/* Those who wait for an answer get it first. */
static void on_stopping(void *user_data, int64_t drain_ns)
{
    struct crowd *crowd = user_data;
    unsigned i;

    (void)drain_ns;
    crowd->is_leaving = true;
    for (i = 0; i < crowd->size; i++)
        reactor_timer_stop(&crowd->clients[i].again);
}

/* ---- From outside ---- */

void crowd_start(struct crowd *crowd, unsigned port, unsigned size,
                 unsigned visit)
{
    struct reactor_service service = REACTOR_SERVICE_INIT;

    memset(crowd, 0, sizeof(*crowd));
    service.started = on_started;
    service.stopping = on_stopping;
    crowd->size = size;
    crowd->visit = visit;
    assert_int_equal(reactor_address_parse(&crowd->address, "127.0.0.1"), 0);
    assert_int_equal(reactor_address_set_port(&crowd->address, (int)port), 0);
    assert_int_equal(
        reactor_runtime_open(&crowd->runtime, &service, NULL, crowd), 0);
}

void crowd_await(struct crowd *crowd, uint64_t answers)
{
    int64_t give_up_ns = reactor_now_ns() + PATIENCE_NS;

    while (atomic_load(&crowd->answers) < answers) {
        assert_true(reactor_now_ns() < give_up_ns);
        thread_yield();
    }
}

void crowd_await_losses(struct crowd *crowd, uint64_t losses)
{
    int64_t give_up_ns = reactor_now_ns() + PATIENCE_NS;

    while (atomic_load(&crowd->lost) + atomic_load(&crowd->unmet) < losses) {
        assert_true(reactor_now_ns() < give_up_ns);
        thread_yield();
    }
}

void crowd_stop(struct crowd *crowd)
{
    assert_int_equal(reactor_runtime_shutdown(crowd->runtime, PATIENCE_NS), 0);
    assert_int_equal(reactor_runtime_join(crowd->runtime), 0);
    assert_int_equal(reactor_runtime_close(crowd->runtime), 0);
}
