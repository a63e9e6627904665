/* SPDX-License-Identifier: MIT */
/* work.h without a loop: see src/backend/stub.c. */
#include <reactor/work.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static int refuse(bool arguments_are_valid)
{
    return arguments_are_valid ? -ENOSYS : -EINVAL;
}

static bool are_valid(const struct reactor_pool_options *options)
{
    return options == NULL ||
           (options->size > 0 && options->size <= sizeof(*options) &&
            (options->size < sizeof(*options) ||
             (options->workers <= REACTOR_POOL_WORKERS_MAX &&
              (options->flags & ~REACTOR_POOL_ON_LOOP) == 0)));
}

int reactor_pool_open(struct reactor_pool **out,
                      const struct reactor_pool_options *options)
{
    return refuse(out != NULL && are_valid(options));
}

void reactor_pool_close(struct reactor_pool *pool)
{
    (void)pool;
}

void reactor_pool_drain_and_close(struct reactor_pool *pool)
{
    (void)pool;
}

void reactor_job_init(struct reactor_job *job, struct reactor_loop *loop,
                      reactor_job_fn *function,
                      reactor_completion_fn *completion, void *user_data)
{
    (void)job;
    (void)loop;
    (void)function;
    (void)completion;
    (void)user_data;
}

int reactor_job_set_lane(struct reactor_job *job, uint32_t lane)
{
    return refuse(job != NULL && lane < REACTOR_POOL_LANES);
}

int reactor_pool_submit(struct reactor_pool *pool, struct reactor_job *job)
{
    return refuse(pool != NULL && job != NULL);
}

int reactor_job_cancel(struct reactor_job *job)
{
    return refuse(job != NULL);
}

/* ---- Runtimes ---- */

static bool is_size(size_t size, size_t most)
{
    return size >= sizeof(size) && size <= most;
}

static bool is_name(const char *name, size_t most)
{
    return name == NULL || strlen(name) <= most;
}

static bool are_of_runtime(const struct reactor_runtime_options *options)
{
    if (options == NULL)
        return true;
    if (options->size < sizeof(*options))
        return is_size(options->size, sizeof(*options));
    return options->size == sizeof(*options) && options->tick_ns >= 0 &&
           (options->flags & ~REACTOR_RUNTIME_PINNED) == 0 &&
           is_name(options->name, REACTOR_THREAD_NAME_MAX);
}

int reactor_runtime_open(struct reactor_runtime **out,
                         const struct reactor_service *service,
                         const struct reactor_runtime_options *options,
                         void *user_data)
{
    (void)user_data;
    return refuse(
        out != NULL && are_of_runtime(options) &&
        (service == NULL || is_size(service->size, sizeof(*service))));
}

int reactor_runtime_send(struct reactor_runtime *runtime,
                         struct reactor_command *command)
{
    return refuse(runtime != NULL && command != NULL);
}

int reactor_runtime_shutdown(struct reactor_runtime *runtime, int64_t drain_ns)
{
    return refuse(runtime != NULL && drain_ns >= -1);
}

int reactor_runtime_join(struct reactor_runtime *runtime)
{
    return refuse(runtime != NULL);
}

int reactor_runtime_close(struct reactor_runtime *runtime)
{
    return runtime != NULL ? -ENOSYS : 0;
}

struct reactor_loop *reactor_runtime_loop(struct reactor_runtime *runtime)
{
    (void)runtime;
    return NULL;
}

/* ---- Servers ---- */

static bool are_of_server(const struct reactor_server_options *options)
{
    if (options == NULL)
        return true;
    if (options->size < sizeof(*options))
        return is_size(options->size, sizeof(*options));
    return options->size == sizeof(*options) &&
           options->model <= REACTOR_MODEL_LOOPS &&
           options->loops <= REACTOR_SHARDS_MAX && options->tick_ns >= 0 &&
           (options->flags &
            ~(REACTOR_SERVER_HAND_OVER | REACTOR_SERVER_PINNED)) == 0 &&
           is_name(options->name, REACTOR_SERVER_NAME_MAX);
}

static bool is_service(const struct reactor_server_service *service)
{
    return service != NULL && is_size(service->size, sizeof(*service)) &&
           service->accepted != NULL;
}

int reactor_server_open(struct reactor_server **out,
                        const struct reactor_address *address,
                        const struct reactor_server_service *service,
                        const struct reactor_server_options *options,
                        void *user_data)
{
    (void)user_data;
    return refuse(out != NULL && address != NULL && is_service(service) &&
                  are_of_server(options));
}

int reactor_server_open_handle(struct reactor_server **out,
                               reactor_handle handle,
                               const struct reactor_server_service *service,
                               const struct reactor_server_options *options,
                               void *user_data)
{
    (void)handle;
    (void)user_data;
    return refuse(out != NULL && is_service(service) && are_of_server(options));
}

int reactor_server_shutdown(struct reactor_server *server, int64_t drain_ns)
{
    return refuse(server != NULL && drain_ns >= -1);
}

int reactor_server_join(struct reactor_server *server)
{
    return refuse(server != NULL);
}

int reactor_server_close(struct reactor_server *server)
{
    return server != NULL ? -ENOSYS : 0;
}

int reactor_server_address(const struct reactor_server *server,
                           struct reactor_address *out)
{
    return refuse(server != NULL && out != NULL);
}

uint32_t reactor_server_count(const struct reactor_server *server)
{
    (void)server;
    return 0;
}

int reactor_server_send(struct reactor_server *server, uint32_t index,
                        struct reactor_command *command)
{
    (void)index;
    return refuse(server != NULL && command != NULL);
}

int reactor_server_numbers(const struct reactor_server *server, uint32_t index,
                           struct reactor_server_numbers *out)
{
    (void)index;
    return refuse(server != NULL && out != NULL && out->size > 0 &&
                  out->size <= sizeof(*out));
}

struct reactor_server *reactor_shard_server(const struct reactor_shard *shard)
{
    (void)shard;
    return NULL;
}

uint32_t reactor_shard_index(const struct reactor_shard *shard)
{
    (void)shard;
    return 0;
}

struct reactor_loop *reactor_shard_loop(const struct reactor_shard *shard)
{
    (void)shard;
    return NULL;
}

struct reactor_listener *reactor_shard_listener(struct reactor_shard *shard)
{
    (void)shard;
    return NULL;
}

struct reactor_pool *reactor_shard_pool(const struct reactor_shard *shard)
{
    (void)shard;
    return NULL;
}

void *reactor_shard_user_data(const struct reactor_shard *shard)
{
    (void)shard;
    return NULL;
}

void reactor_shard_set_user_data(struct reactor_shard *shard, void *user_data)
{
    (void)shard;
    (void)user_data;
}
