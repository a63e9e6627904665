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

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(nothing_is_implemented),
        cmocka_unit_test(arguments_are_looked_at_first),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
