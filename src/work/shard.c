/* SPDX-License-Identifier: MIT */
/* What is called on one of a server's loops. */
#include "work/server_state.h"

#include "base/versioned.h"

#include <stddef.h>

/* ---- Numbers ---- */

static void store(_Atomic uint64_t *number, uint64_t value)
{
    atomic_store_explicit(number, value, memory_order_relaxed);
}

static void publish(void *user_data)
{
    struct reactor_shard *shard = user_data;
    struct ri_shard_numbers *numbers = &shard->numbers;
    struct reactor_loop_numbers loop = {
        .size = offsetof(struct reactor_loop_numbers, slow)};

    (void)reactor_loop_numbers(shard->loop, &loop);
    store(&numbers->turns, loop.turns);
    store(&numbers->events, loop.events);
    store(&numbers->callbacks, loop.callbacks);
    store(&numbers->wakes, loop.wakes);
    if (shard->admission == NULL) /* it does not listen yet */
        return;
    atomic_store(&numbers->open, shard->admission->open);
    if (shard->server->doors == RI_DOORS_COMMON)
        ri_door_consider(shard);
}

/* ---- Accept ---- */

static void on_accept(void *user_data, reactor_handle handle,
                      const struct reactor_address *peer)
{
    struct reactor_shard *shard = user_data;
    struct reactor_server *server = shard->server;

    store(&shard->numbers.accepted, shard->numbers.accepted + 1);
    server->service.accepted(server->user_data, shard, handle, peer);
}

static void on_paused(void *user_data, int error)
{
    struct reactor_shard *shard = user_data;
    struct reactor_server *server = shard->server;

    if (server->service.paused != NULL)
        server->service.paused(server->user_data, shard, error);
}

/* ---- Listen ---- */

static void answer(struct reactor_shard *shard, int answer)
{
    struct reactor_server *server = shard->server;

    ri_mutex_lock(&server->lock);
    shard->answer = answer;
    shard->is_answered = true;
    ri_condition_wake_all(&server->answered);
    ri_mutex_unlock(&server->lock);
}

/* With the other shards, but not with other servers, unless that is wanted. */
static int share_address(const struct reactor_shard *shard,
                         struct reactor_listener_options *options)
{
    bool is_wanted = (options->flags & REACTOR_LISTEN_SHARED) != 0;

    if (shard->server->count == 1)
        return 0;
    options->flags |= REACTOR_LISTEN_SHARED;
    return shard->index == 0 && !is_wanted
               ? ri_listener_try(&shard->server->address)
               : 0;
}

/* Where each has a door of its own. */
static int listen_alone(struct reactor_shard *shard)
{
    struct reactor_server *server = shard->server;
    struct reactor_listener_options options = server->listener_options;
    int error;

    options.told = on_paused;
    if (server->handle != REACTOR_INVALID_HANDLE) {
        error = reactor_listener_start_handle(&shard->listener, server->handle,
                                              &options);
    } else {
        error = share_address(shard, &options);
        if (error == 0)
            error = reactor_listener_start(&shard->listener, &server->address,
                                           &options);
    }
    return error == 0 ? reactor_listener_pause(&shard->listener) : error;
}

static int listen_together(struct reactor_shard *shard)
{
    int error = ri_listener_start_given(&shard->listener,
                                        &shard->server->listener_options);

    return error == 0 && shard->index == 0 ? ri_door_start(shard) : error;
}

static struct reactor_listener *door_of(struct reactor_shard *shard)
{
    struct reactor_server *server = shard->server;

    return server->doors == RI_DOORS_COMMON && shard->index == 0
               ? &server->door
               : &shard->listener;
}

void ri_shard_listen(struct reactor_shard *shard, struct ri_errand *errand)
{
    struct reactor_server *server = shard->server;
    int error = reactor_loop_status(shard->loop);

    (void)errand;
    if (error == 0)
        error = server->doors == RI_DOORS_COMMON ? listen_together(shard)
                                                 : listen_alone(shard);
    if (error == 0) {
        shard->admission = ri_admission_of(&shard->listener);
        if (shard->index == 0)
            error = reactor_listener_address(door_of(shard), &server->address);
    }
    answer(shard, error);
}

void ri_shard_go(struct reactor_shard *shard, struct ri_errand *errand)
{
    (void)errand;
    (void)reactor_listener_resume(door_of(shard));
    answer(shard, 0);
}

/* A handle that was given to the server may be the caller's again. */
static void stop_listening(struct reactor_shard *shard)
{
    struct reactor_server *server = shard->server;

    atomic_store(&shard->is_closed, true);
    if (server->handle != REACTOR_INVALID_HANDLE &&
        atomic_load(&server->has_failed))
        (void)reactor_listener_hand_over(door_of(shard));
    if (door_of(shard) == &server->door)
        ri_door_stop(server);
    reactor_listener_stop(&shard->listener);
}

/* ---- The service of its runtime ---- */

/*
 * The runtime's own hook was the first: the last commands have come. Without
 * who accepts for them the other shards have no future.
 */
static void leave(void *user_data)
{
    struct reactor_shard *shard = user_data;

    stop_listening(shard);
    if (door_of(shard) == &shard->server->door)
        (void)reactor_server_shutdown(shard->server, -1);
    publish(shard);
    if (shard->admission != NULL)
        ri_admission_drop(shard->admission);
    shard->admission = NULL;
    if (shard->server->pool == NULL)
        reactor_pool_close(shard->pool);
    shard->pool = NULL;
}

static int open_pool(struct reactor_shard *shard)
{
    struct reactor_pool_options options = REACTOR_POOL_OPTIONS_INIT;
    int error;

    shard->pool = shard->server->pool;
    if (shard->pool != NULL)
        return 0;
    error = ri_read_versioned(&options, sizeof(options),
                              shard->server->options.pool);
    options.size = sizeof(options);
    options.flags |= REACTOR_POOL_ON_LOOP;
    return error == 0 ? reactor_pool_open(&shard->pool, &options) : error;
}

static int on_started(void *user_data, struct reactor_runtime *runtime)
{
    struct reactor_shard *shard = user_data;
    struct reactor_server *server = shard->server;
    struct reactor_loop *loop = reactor_runtime_loop(runtime);
    int error;

    shard->loop = loop;
    shard->runtime = runtime;
    error = open_pool(shard);
    if (error != 0)
        return error;
    reactor_listener_init(&shard->listener, loop, on_accept, shard);
    reactor_hook_init(&shard->publish, loop, publish, shard);
    reactor_hook_init(&shard->leave, loop, leave, shard);
    (void)reactor_hook_start(&shard->publish, REACTOR_BEFORE_WAIT);
    (void)reactor_hook_start(&shard->leave, REACTOR_BEFORE_CLOSE);
    return server->service.started != NULL
               ? server->service.started(server->user_data, shard)
               : 0;
}

static void on_command(void *user_data, struct reactor_command *command)
{
    struct reactor_shard *shard = user_data;
    struct reactor_server *server = shard->server;
    struct ri_errand *errand = (struct ri_errand *)command;

    if (command->kind == RI_COMMAND_ERRAND)
        errand->run(shard, errand);
    else if (server->service.command != NULL)
        server->service.command(server->user_data, shard, command);
}

static void on_tick(void *user_data, uint64_t missed)
{
    struct reactor_shard *shard = user_data;
    struct reactor_server *server = shard->server;

    server->service.tick(server->user_data, shard, missed);
}

static int on_error(void *user_data, int error)
{
    struct reactor_shard *shard = user_data;
    struct reactor_server *server = shard->server;

    return server->service.error != NULL
               ? server->service.error(server->user_data, shard, error)
               : error;
}

static void on_stopping(void *user_data, int64_t drain_ns)
{
    struct reactor_shard *shard = user_data;
    struct reactor_server *server = shard->server;

    stop_listening(shard);
    if (server->service.stopping != NULL)
        server->service.stopping(server->user_data, shard, drain_ns);
    else
        reactor_session_close_all(shard->loop, drain_ns);
}

const struct reactor_service ri_shard_service = {
    .size = sizeof(struct reactor_service),
    .started = on_started,
    .command = on_command,
    .tick = on_tick,
    .error = on_error,
    .stopping = on_stopping,
};

/* ---- What it says of itself ---- */

struct reactor_server *reactor_shard_server(const struct reactor_shard *shard)
{
    return shard->server;
}

uint32_t reactor_shard_index(const struct reactor_shard *shard)
{
    return shard->index;
}

struct reactor_loop *reactor_shard_loop(const struct reactor_shard *shard)
{
    return shard->loop;
}

struct reactor_listener *reactor_shard_listener(struct reactor_shard *shard)
{
    return &shard->listener;
}

struct reactor_pool *reactor_shard_pool(const struct reactor_shard *shard)
{
    return shard->pool;
}

void *reactor_shard_user_data(const struct reactor_shard *shard)
{
    return shard->user_data;
}

void reactor_shard_set_user_data(struct reactor_shard *shard, void *user_data)
{
    shard->user_data = user_data;
}
