/* SPDX-License-Identifier: MIT */
/*
 * Servers, from the outside. Opening one goes in three steps, so that nobody is
 * accepted before all is well: the loops start, they listen but do not accept,
 * they go.
 */
#include "work/server_state.h"

#include "base/versioned.h"
#include "work/runtime_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define KNOWN_FLAGS (REACTOR_SERVER_HAND_OVER | REACTOR_SERVER_PINNED)

/* ---- Options ---- */

static bool are_valid(const struct reactor_server_options *options)
{
    switch (options->model) {
    case REACTOR_MODEL_LOOP:
    case REACTOR_MODEL_POOL:
    case REACTOR_MODEL_LOOPS:
        return (options->flags & ~KNOWN_FLAGS) == 0 &&
               options->loops <= REACTOR_SHARDS_MAX && options->tick_ns >= 0 &&
               (options->name == NULL ||
                strlen(options->name) <= REACTOR_SERVER_NAME_MAX);
    }
    return false;
}

static int read_options(struct reactor_server_options *out,
                        const struct reactor_server_options *options)
{
    int error;

    *out = (struct reactor_server_options)REACTOR_SERVER_OPTIONS_INIT;
    error = ri_read_versioned(out, sizeof(*out), options);
    if (error != 0)
        return error;
    if (!are_valid(out))
        return -EINVAL;
    if (out->model != REACTOR_MODEL_LOOPS)
        out->loops = 1;
    else if (out->loops == 0)
        out->loops = ri_processor_count();
    if (out->loops > REACTOR_SHARDS_MAX)
        out->loops = REACTOR_SHARDS_MAX;
    return 0;
}

static int read_service(struct reactor_server_service *out,
                        const struct reactor_server_service *service)
{
    int error;

    *out = (struct reactor_server_service)REACTOR_SERVER_SERVICE_INIT;
    error = ri_read_versioned(out, sizeof(*out), service);
    if (error != 0)
        return error;
    return out->accepted != NULL ? 0 : -EINVAL;
}

/* ---- Questions ---- */

/* Sends an errand to a shard, and waits for the answer. */
static int ask(struct reactor_shard *shard,
               void (*run)(struct reactor_shard *, struct ri_errand *))
{
    struct reactor_server *server = shard->server;
    int error;

    shard->question.command.kind = RI_COMMAND_ERRAND;
    shard->question.run = run;
    shard->is_answered = false;
    error = reactor_runtime_send(shard->runtime, &shard->question.command);
    if (error != 0)
        return error;
    ri_mutex_lock(&server->lock);
    while (!shard->is_answered)
        ri_condition_wait(&server->answered, &server->lock);
    error = shard->answer;
    ri_mutex_unlock(&server->lock);
    return error;
}

/* All from `first` on, one after the other, until one answers with an error. */
static int ask_from(struct reactor_server *server, uint32_t first,
                    void (*run)(struct reactor_shard *, struct ri_errand *))
{
    int error = 0;
    uint32_t i;

    for (i = first; i < server->count && error == 0; i++)
        error = ask(&server->shards[i], run);
    return error;
}

/* ---- Open ---- */

static int start_shard(struct reactor_server *server, uint32_t index)
{
    struct reactor_runtime_options options = REACTOR_RUNTIME_OPTIONS_INIT;
    struct reactor_shard *shard = &server->shards[index];
    char name[REACTOR_THREAD_NAME_MAX + 1];
    int error;

    shard->server = server;
    shard->index = index;
    shard->room = (struct ri_errand){.command.kind = RI_COMMAND_ERRAND,
                                     .run = ri_door_look};
    options.loop = server->options.loop;
    if (server->options.name != NULL) {
        (void)snprintf(name, sizeof(name), "%s/%u", server->options.name,
                       (unsigned)index);
        options.name = name;
    }
    if (server->service.tick != NULL)
        options.tick_ns = server->options.tick_ns;
    if ((server->options.flags & REACTOR_SERVER_PINNED) != 0) {
        options.flags = REACTOR_RUNTIME_PINNED;
        options.processor = ri_processor(index);
    }
    error = reactor_runtime_open(&shard->runtime, &ri_shard_service, &options,
                                 shard);
    if (error != 0)
        shard->runtime = NULL; /* it has been there for a while */
    return error;
}

static int start_shards(struct reactor_server *server)
{
    int error = 0;

    while (error == 0 && server->count < server->options.loops) {
        error = start_shard(server, server->count);
        if (error == 0)
            server->count++;
    }
    return error;
}

static enum ri_doors doors_of(const struct reactor_server *server)
{
    return server->count > 1 &&
                   ((server->options.flags & REACTOR_SERVER_HAND_OVER) != 0 ||
                    server->handle != REACTOR_INVALID_HANDLE ||
                    reactor_address_family(&server->address) ==
                        REACTOR_FAMILY_UNIX)
               ? RI_DOORS_COMMON
               : RI_DOORS_OWN;
}

/* The first tries whether the system spreads connections. If not, it does. */
static int listen_all(struct reactor_server *server)
{
    int error;

    server->doors = doors_of(server);
    error = ask(&server->shards[0], ri_shard_listen);
    if (error == -ENOTSUP && server->count > 1 &&
        server->doors == RI_DOORS_OWN) {
        server->doors = RI_DOORS_COMMON;
        error = ask(&server->shards[0], ri_shard_listen);
    }
    return error == 0 ? ask_from(server, 1, ri_shard_listen) : error;
}

static int open_pool(struct reactor_server *server)
{
    return server->options.model == REACTOR_MODEL_POOL
               ? reactor_pool_open(&server->pool, server->options.pool)
               : 0;
}

static int init_locks(struct reactor_server *server)
{
    int error = ri_mutex_init(&server->lock);

    if (error != 0)
        return error;
    error = ri_condition_init(&server->answered);
    if (error != 0)
        ri_mutex_destroy(&server->lock);
    return error;
}

static void destroy(struct reactor_server *server)
{
    ri_condition_destroy(&server->answered);
    ri_mutex_destroy(&server->lock);
    ri_release(server);
}

static int run(struct reactor_server *server)
{
    int error = open_pool(server);

    if (error == 0)
        error = start_shards(server);
    if (error == 0)
        error = listen_all(server);
    if (error == 0)
        error = ask_from(server, 0, ri_shard_go);
    atomic_store(&server->has_failed, error != 0);
    return error;
}

static int create(struct reactor_server **out,
                  const struct reactor_server_service *service,
                  const struct reactor_server_options *options)
{
    size_t size = sizeof(struct reactor_server) +
                  options->loops * sizeof(struct reactor_shard);
    struct reactor_server *server = ri_allocate(size);
    int error;

    if (server == NULL)
        return -ENOMEM;
    memset(server, 0, size);
    server->service = *service;
    server->options = *options;
    error = init_locks(server);
    if (error != 0) {
        ri_release(server);
        return error;
    }
    *out = server;
    return 0;
}

static int open_server(struct reactor_server **out,
                       const struct reactor_server_service *service,
                       const struct reactor_server_options *options,
                       const struct reactor_address *address,
                       reactor_handle handle, void *user_data)
{
    struct reactor_listener_options listener_options =
        REACTOR_LISTENER_OPTIONS_INIT;
    struct reactor_server_options known;
    struct reactor_server_service functions;
    struct reactor_server *server;
    int error = read_service(&functions, service);

    if (error == 0)
        error = read_options(&known, options);
    if (error == 0)
        error = ri_read_versioned(&listener_options, sizeof(listener_options),
                                  known.listener);
    if (error != 0)
        return error;
    error = create(&server, &functions, &known);
    if (error != 0)
        return error;
    server->listener_options = listener_options;
    server->user_data = user_data;
    server->handle = handle;
    server->held.handle = REACTOR_INVALID_HANDLE;
    if (address != NULL)
        server->address = *address;
    error = run(server);
    if (error != 0) {
        (void)reactor_server_close(server);
        return error;
    }
    *out = server;
    return 0;
}

int reactor_server_open(struct reactor_server **out,
                        const struct reactor_address *address,
                        const struct reactor_server_service *service,
                        const struct reactor_server_options *options,
                        void *user_data)
{
    if (out == NULL || address == NULL || address->size == 0)
        return -EINVAL;
    return open_server(out, service, options, address, REACTOR_INVALID_HANDLE,
                       user_data);
}

int reactor_server_open_handle(struct reactor_server **out,
                               reactor_handle handle,
                               const struct reactor_server_service *service,
                               const struct reactor_server_options *options,
                               void *user_data)
{
    int error;

    if (out == NULL)
        return -EINVAL;
    if (handle == REACTOR_INVALID_HANDLE)
        return -EBADF;
    error = ri_socket_is_listening(handle); /* its number may be taken soon */
    if (error != 0)
        return error;
    return open_server(out, service, options, NULL, handle, user_data);
}

/* ---- Shut down, join, close ---- */

/* Of one of its loops, which has not ended; it may be about to start. */
static bool is_own_thread(const struct reactor_server *server)
{
    uint32_t i;

    for (i = 0; i < server->options.loops; i++)
        if (reactor_runtime_loop(server->shards[i].runtime) != NULL)
            return true;
    return false;
}

int reactor_server_shutdown(struct reactor_server *server, int64_t drain_ns)
{
    int result = -ECANCELED;
    uint32_t i;

    if (server == NULL || drain_ns < -1)
        return -EINVAL;
    for (i = 0; i < server->count; i++) {
        int error =
            reactor_runtime_shutdown(server->shards[i].runtime, drain_ns);

        if (error != -ECANCELED && (result == -ECANCELED || result == 0))
            result = error;
    }
    return result;
}

int reactor_server_join(struct reactor_server *server)
{
    int result = 0;
    uint32_t i;

    if (server == NULL)
        return -EINVAL;
    if (is_own_thread(server))
        return -EDEADLK;
    for (i = 0; i < server->count; i++) {
        int error = reactor_runtime_join(server->shards[i].runtime);

        if (result == 0)
            result = error;
    }
    return result;
}

/* No runtime is freed before all have ended: they send to each other. */
int reactor_server_close(struct reactor_server *server)
{
    int result;
    uint32_t i;

    if (server == NULL)
        return 0;
    if (is_own_thread(server))
        return -EDEADLK;
    for (i = 0; i < server->count; i++)
        ri_runtime_end(server->shards[i].runtime);
    result = reactor_server_join(server);
    for (i = 0; i < server->count; i++)
        (void)reactor_runtime_close(server->shards[i].runtime);
    reactor_pool_close(server->pool);
    destroy(server);
    return result;
}

/* ---- From outside ---- */

int reactor_server_address(const struct reactor_server *server,
                           struct reactor_address *out)
{
    if (server == NULL || out == NULL)
        return -EINVAL;
    *out = server->address;
    return 0;
}

uint32_t reactor_server_count(const struct reactor_server *server)
{
    return server != NULL ? server->count : 0;
}

int reactor_server_send(struct reactor_server *server, uint32_t index,
                        struct reactor_command *command)
{
    if (server == NULL || index >= server->count)
        return -EINVAL;
    return reactor_runtime_send(server->shards[index].runtime, command);
}

static uint64_t load(const _Atomic uint64_t *number)
{
    return atomic_load_explicit(number, memory_order_relaxed);
}

static void add(struct reactor_server_numbers *out,
                const struct ri_shard_numbers *numbers)
{
    out->accepted += load(&numbers->accepted);
    out->open += load(&numbers->open);
    out->turns += load(&numbers->turns);
    out->events += load(&numbers->events);
    out->callbacks += load(&numbers->callbacks);
    out->wakes += load(&numbers->wakes);
}

int reactor_server_numbers(const struct reactor_server *server, uint32_t index,
                           struct reactor_server_numbers *out)
{
    struct reactor_server_numbers numbers = {0};
    uint32_t i;

    if (server == NULL || out == NULL ||
        (index >= server->count && index != REACTOR_ALL_SHARDS))
        return -EINVAL;
    for (i = 0; i < server->count; i++)
        if (i == index || index == REACTOR_ALL_SHARDS)
            add(&numbers, &server->shards[i].numbers);
    return ri_write_versioned(out, &numbers, sizeof(numbers));
}
