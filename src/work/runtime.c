/* SPDX-License-Identifier: MIT */
#include "work/runtime_state.h"

#include "base/versioned.h"

#include <errno.h>
#include <string.h>

/* ---- The loop's life ---- */

/* A child that has made the loop its own has no service. */
static void tick(void *user_data, uint64_t missed)
{
    struct reactor_runtime *runtime = user_data;

    if (!ri_runtime_is_inherited(runtime))
        runtime->service.tick(runtime->user_data, missed);
}

/*
 * The loop is being closed, by whomever: its posts are refused by now. In the
 * child of a callback the rest is the parent's.
 */
static void leave(void *user_data)
{
    struct reactor_runtime *runtime = user_data;

    if (ri_runtime_is_inherited(runtime))
        return;
    ri_runtime_stop_service(runtime, 0);
    ri_runtime_deliver_last(runtime);
    if (ri_runtime_is_inherited(runtime))
        return;
    ri_mutex_lock(&runtime->lock);
    runtime->loop = NULL;
    ri_mutex_unlock(&runtime->lock);
}

static int open_loop(struct reactor_runtime *runtime)
{
    const struct reactor_runtime_options *options = runtime->options;
    struct reactor_loop *loop;
    int error = 0;

    if (options->name != NULL)
        ri_thread_set_name(options->name);
    if ((options->flags & REACTOR_RUNTIME_PINNED) != 0)
        error = ri_thread_pin(options->processor);
    if (error == 0)
        error = reactor_loop_open(&loop, options->loop);
    if (error != 0)
        return error;
    reactor_post_init(&runtime->post, loop, ri_runtime_deliver, runtime);
    reactor_timer_init(&runtime->tick, loop, tick, runtime);
    reactor_timer_init(&runtime->deadline, loop, ri_runtime_end_late, runtime);
    reactor_hook_init(&runtime->hook, loop, leave, runtime);
    (void)reactor_hook_start(&runtime->hook, REACTOR_BEFORE_CLOSE);
    reactor_loop_retain(loop);
    runtime->loop = loop;
    return 0;
}

static int start(struct reactor_runtime *runtime)
{
    int64_t tick_ns = runtime->options->tick_ns;
    int error = open_loop(runtime);

    if (error == 0 && runtime->service.started != NULL)
        error = runtime->service.started(runtime->user_data, runtime);
    if (error != 0)
        return error < 0 ? error : -error;
    runtime->has_started = true;
    if (tick_ns > 0 && runtime->service.tick != NULL && runtime->loop != NULL)
        ri_runtime_start_timer(&runtime->tick, tick_ns, tick_ns);
    return 0;
}

/* Whether the loop is to be run again after an error. */
static bool tries_again(struct reactor_runtime *runtime, int error)
{
    return runtime->service.error != NULL &&
           runtime->service.error(runtime->user_data, error) == 0;
}

static int run(struct reactor_runtime *runtime)
{
    int status = 0;

    do {
        if (runtime->loop != NULL)
            status = reactor_loop_run(runtime->loop);
        if (runtime->loop == NULL)
            return -ECANCELED;
    } while (status < 0 && !ri_runtime_is_inherited(runtime) &&
             tries_again(runtime, status));
    if (status < 0)
        return status;
    return runtime->is_late ? -ETIMEDOUT : 0;
}

/* ---- The thread ---- */

static void tell(struct reactor_runtime *runtime, enum ri_runtime_state state,
                 int result)
{
    ri_mutex_lock(&runtime->lock);
    if (state == RI_RUNTIME_OVER)
        atomic_store(&runtime->self, 0);
    runtime->state = state;
    runtime->result = result;
    ri_condition_wake_all(&runtime->changed);
    ri_mutex_unlock(&runtime->lock);
}

/* The child of a callback ends here: the runtime is the parent's. */
static void run_thread(void *context)
{
    struct reactor_runtime *runtime = context;
    int result;

    atomic_store(&runtime->self, ri_thread_self());
    result = start(runtime);
    if (ri_runtime_is_inherited(runtime))
        return;
    if (result == 0) {
        tell(runtime, RI_RUNTIME_RUNNING, 0);
        result = run(runtime);
        if (ri_runtime_is_inherited(runtime))
            return;
    }
    reactor_loop_close(runtime->loop);
    if (!ri_runtime_is_inherited(runtime))
        tell(runtime, RI_RUNTIME_OVER, result);
}

/* ---- Open ---- */

static int read_options(struct reactor_runtime_options *out,
                        const struct reactor_runtime_options *options)
{
    int error;

    *out = (struct reactor_runtime_options)REACTOR_RUNTIME_OPTIONS_INIT;
    error = ri_read_versioned(out, sizeof(*out), options);
    if (error != 0)
        return error;
    if ((out->flags & ~REACTOR_RUNTIME_PINNED) != 0 || out->tick_ns < 0 ||
        (out->name != NULL && strlen(out->name) > REACTOR_THREAD_NAME_MAX))
        return -EINVAL;
    return 0;
}

static int init(struct reactor_runtime *runtime)
{
    int error = ri_process_hold();

    if (error != 0)
        return error;
    error = ri_mutex_init(&runtime->lock);
    if (error != 0)
        goto release_process;
    error = ri_condition_init(&runtime->changed);
    if (error != 0)
        goto destroy_lock;
    runtime->fork_count = ri_fork_count();
    return 0;

destroy_lock:
    ri_mutex_destroy(&runtime->lock);
release_process:
    ri_process_release();
    return error;
}

static void destroy(struct reactor_runtime *runtime)
{
    ri_condition_destroy(&runtime->changed);
    ri_mutex_destroy(&runtime->lock);
    ri_release(runtime);
    ri_process_release();
}

/* 0 when the service has started, or why it has not. */
static int start_thread(struct reactor_runtime *runtime)
{
    int error = ri_thread_start(&runtime->thread, run_thread, runtime);

    if (error != 0)
        return error;
    ri_mutex_lock(&runtime->lock);
    while (runtime->state == RI_RUNTIME_STARTING)
        ri_condition_wait(&runtime->changed, &runtime->lock);
    if (!runtime->has_started)
        error = runtime->result;
    ri_mutex_unlock(&runtime->lock);
    if (error != 0)
        ri_thread_join(&runtime->thread);
    return error;
}

int reactor_runtime_open(struct reactor_runtime **out,
                         const struct reactor_service *service,
                         const struct reactor_runtime_options *options,
                         void *user_data)
{
    struct reactor_runtime_options wanted;
    struct reactor_service known = REACTOR_SERVICE_INIT;
    struct reactor_runtime *runtime;
    int error;

    if (out == NULL)
        return -EINVAL;
    error = ri_read_versioned(&known, sizeof(known), service);
    if (error == 0)
        error = read_options(&wanted, options);
    if (error != 0)
        return error;
    runtime = ri_allocate(sizeof(*runtime));
    if (runtime == NULL)
        return -ENOMEM;
    memset(runtime, 0, sizeof(*runtime));
    runtime->service = known;
    runtime->options = &wanted;
    runtime->user_data = user_data;
    error = init(runtime);
    if (error != 0) {
        ri_release(runtime);
        return error;
    }
    error = start_thread(runtime);
    if (error != 0) {
        destroy(runtime);
        return error;
    }
    *out = runtime;
    return 0;
}

/* ---- Join and close ---- */

int reactor_runtime_join(struct reactor_runtime *runtime)
{
    int result;

    if (runtime == NULL)
        return -EINVAL;
    if (ri_runtime_is_inherited(runtime))
        return -ECHILD;
    if (atomic_load(&runtime->self) == ri_thread_self())
        return -EDEADLK;
    ri_mutex_lock(&runtime->lock);
    while (runtime->state != RI_RUNTIME_OVER)
        ri_condition_wait(&runtime->changed, &runtime->lock);
    result = runtime->result;
    ri_mutex_unlock(&runtime->lock);
    return result;
}

/*
 * In a child of fork() the lock and the condition stay as they are, as those of
 * a pool do.
 */
static int release_inherited(struct reactor_runtime *runtime)
{
    ri_release(runtime);
    ri_process_release();
    return -ECHILD;
}

/* However often the kernel refuses it. */
static void wake_up(struct reactor_runtime *runtime)
{
    int error;

    do {
        ri_mutex_lock(&runtime->lock);
        error = runtime->loop != NULL ? reactor_loop_stop(runtime->loop) : 0;
        ri_mutex_unlock(&runtime->lock);
        ri_thread_yield();
    } while (error != 0);
}

void ri_runtime_end(struct reactor_runtime *runtime)
{
    if (ri_runtime_is_inherited(runtime))
        return;
    (void)reactor_runtime_shutdown(runtime, 0);
    if (atomic_load(&runtime->is_unwoken))
        wake_up(runtime);
}

int reactor_runtime_close(struct reactor_runtime *runtime)
{
    int result;

    if (runtime == NULL)
        return 0;
    if (ri_runtime_is_inherited(runtime))
        return release_inherited(runtime);
    if (atomic_load(&runtime->self) == ri_thread_self())
        return -EDEADLK;
    ri_runtime_end(runtime);
    result = reactor_runtime_join(runtime);
    ri_thread_join(&runtime->thread);
    destroy(runtime);
    return result;
}

struct reactor_loop *reactor_runtime_loop(struct reactor_runtime *runtime)
{
    if (runtime == NULL || ri_runtime_is_inherited(runtime) ||
        atomic_load(&runtime->self) != ri_thread_self())
        return NULL;
    return runtime->loop;
}
