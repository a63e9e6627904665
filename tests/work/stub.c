/* SPDX-License-Identifier: MIT */
/* The stub: there are no pools, and arguments are looked at all the same. */
#include "support/claim.h"

#include <reactor/work.h>

/* Nothing can be opened: any address that is not NULL must do. */
static char anything[1];
static struct reactor_pool *const pool = (void *)anything;

static void nothing_is_implemented(void **state)
{
    struct reactor_pool_options options = REACTOR_POOL_OPTIONS_INIT;
    struct reactor_pool *out = pool;
    struct reactor_job job;

    (void)state;
    assert_error(reactor_pool_open(&out, NULL), -ENOSYS);
    assert_error(reactor_pool_open(&out, &options), -ENOSYS);
    assert_ptr_equal(out, pool);
    reactor_job_init(&job, NULL, NULL, NULL, NULL);
    assert_error(reactor_job_set_lane(&job, 0), -ENOSYS);
    assert_error(reactor_pool_submit(pool, &job), -ENOSYS);
    assert_error(reactor_job_cancel(&job), -ENOSYS);
    reactor_pool_close(pool);
    reactor_pool_drain_and_close(pool);
}

static void arguments_are_looked_at_first(void **state)
{
    struct reactor_pool_options options = REACTOR_POOL_OPTIONS_INIT;
    struct reactor_pool *out = pool;
    struct reactor_job job;

    (void)state;
    assert_error(reactor_pool_open(NULL, NULL), -EINVAL);
    options.workers = REACTOR_POOL_WORKERS_MAX + 1;
    assert_error(reactor_pool_open(&out, &options), -EINVAL);
    options.workers = 0;
    options.size = sizeof(options) + 1;
    assert_error(reactor_pool_open(&out, &options), -EINVAL);
    options.size = 0;
    assert_error(reactor_pool_open(&out, &options), -EINVAL);
    assert_error(reactor_job_set_lane(NULL, 0), -EINVAL);
    assert_error(reactor_job_set_lane(&job, REACTOR_POOL_LANES), -EINVAL);
    assert_error(reactor_pool_submit(NULL, &job), -EINVAL);
    assert_error(reactor_pool_submit(pool, NULL), -EINVAL);
    assert_error(reactor_job_cancel(NULL), -EINVAL);
}

/* ---- Runtimes ---- */

static struct reactor_runtime *const runtime = (void *)anything;
static struct reactor_server *const server = (void *)anything;
static struct reactor_shard *const shard = (void *)anything;

static void there_are_no_runtimes(void **state)
{
    struct reactor_runtime_options options = REACTOR_RUNTIME_OPTIONS_INIT;
    struct reactor_service service = REACTOR_SERVICE_INIT;
    struct reactor_command command = {0};
    struct reactor_runtime *out = runtime;

    (void)state;
    assert_error(reactor_runtime_open(&out, NULL, NULL, NULL), -ENOSYS);
    assert_error(reactor_runtime_open(&out, &service, &options, NULL), -ENOSYS);
    assert_ptr_equal(out, runtime);
    assert_error(reactor_runtime_send(runtime, &command), -ENOSYS);
    assert_error(reactor_runtime_shutdown(runtime, 0), -ENOSYS);
    assert_error(reactor_runtime_join(runtime), -ENOSYS);
    assert_error(reactor_runtime_close(runtime), -ENOSYS);
    assert_null(reactor_runtime_loop(runtime));

    assert_error(reactor_runtime_open(NULL, NULL, NULL, NULL), -EINVAL);
    options.tick_ns = -1;
    assert_error(reactor_runtime_open(&out, NULL, &options, NULL), -EINVAL);
    options.size = 0;
    assert_error(reactor_runtime_open(&out, NULL, &options, NULL), -EINVAL);
    service.size++;
    assert_error(reactor_runtime_open(&out, &service, NULL, NULL), -EINVAL);
    assert_error(reactor_runtime_send(runtime, NULL), -EINVAL);
    assert_error(reactor_runtime_shutdown(runtime, -2), -EINVAL);
    assert_error(reactor_runtime_join(NULL), -EINVAL);
    assert_ok(reactor_runtime_close(NULL));
}

/* ---- Servers ---- */

static void accept_nobody(void *user_data, struct reactor_shard *of,
                          reactor_handle handle,
                          const struct reactor_address *peer)
{
    (void)user_data;
    (void)of;
    (void)handle;
    (void)peer;
}

static void there_are_no_servers(void **state)
{
    struct reactor_server_numbers numbers = {.size = sizeof(numbers)};
    struct reactor_server_options options = REACTOR_SERVER_OPTIONS_INIT;
    struct reactor_server_service service = REACTOR_SERVER_SERVICE_INIT;
    struct reactor_address address = {0};
    struct reactor_command command = {0};
    struct reactor_server *out = server;

    (void)state;
    assert_error(reactor_server_open(&out, &address, &service, NULL, NULL),
                 -EINVAL);
    service.accepted = accept_nobody;
    assert_error(reactor_server_open(&out, &address, &service, &options, NULL),
                 -ENOSYS);
    assert_error(reactor_server_open_handle(&out, 0, &service, NULL, NULL),
                 -ENOSYS);
    assert_ptr_equal(out, server);
    options.loops = REACTOR_SHARDS_MAX + 1;
    assert_error(reactor_server_open(&out, &address, &service, &options, NULL),
                 -EINVAL);
    assert_error(reactor_server_shutdown(server, 0), -ENOSYS);
    assert_error(reactor_server_join(server), -ENOSYS);
    assert_error(reactor_server_address(server, &address), -ENOSYS);
    assert_error(reactor_server_send(server, 0, &command), -ENOSYS);
    assert_error(reactor_server_numbers(server, 0, &numbers), -ENOSYS);
    assert_error(reactor_server_close(server), -ENOSYS);
    assert_ok(reactor_server_close(NULL));
    assert_int_equal(reactor_server_count(server), 0);
}

static void shards_have_nothing(void **state)
{
    (void)state;
    assert_null(reactor_shard_server(shard));
    assert_int_equal(reactor_shard_index(shard), 0);
    assert_null(reactor_shard_loop(shard));
    assert_null(reactor_shard_listener(shard));
    assert_null(reactor_shard_pool(shard));
    reactor_shard_set_user_data(shard, anything);
    assert_null(reactor_shard_user_data(shard));
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(nothing_is_implemented),
        cmocka_unit_test(arguments_are_looked_at_first),
        cmocka_unit_test(there_are_no_runtimes),
        cmocka_unit_test(there_are_no_servers),
        cmocka_unit_test(shards_have_nothing),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
