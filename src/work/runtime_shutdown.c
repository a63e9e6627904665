/* SPDX-License-Identifier: MIT */
#include "work/runtime_state.h"

#include <errno.h>

/* ---- Shutdown, any thread ---- */

/* REACTOR_FOREVER for -1, or for what is beyond the clock. */
static int deadline_of(int64_t drain_ns, int64_t *out)
{
    int64_t now_ns = drain_ns > 0 ? ri_clock_now_ns() : 0;

    *out = REACTOR_FOREVER;
    if (now_ns < 0)
        return (int)now_ns;
    if (drain_ns >= 0 && drain_ns <= REACTOR_FOREVER - now_ns)
        *out = now_ns + drain_ns;
    return 0;
}

/* True if the loop has to be asked, for the first time or again. */
static bool note_deadline(struct reactor_runtime *runtime, int64_t deadline_ns)
{
    bool is_news = !runtime->was_asked || deadline_ns < runtime->deadline_ns;
    bool is_to_ask = is_news && !runtime->is_asked;

    if (is_news)
        runtime->deadline_ns = deadline_ns;
    runtime->was_asked = true;
    runtime->is_asked = runtime->is_asked || is_news;
    return is_to_ask;
}

int reactor_runtime_shutdown(struct reactor_runtime *runtime, int64_t drain_ns)
{
    int64_t deadline_ns;
    bool is_to_ask;
    int error;

    if (runtime == NULL || drain_ns < -1)
        return -EINVAL;
    if (ri_runtime_is_inherited(runtime))
        return -ECHILD;
    error = deadline_of(drain_ns, &deadline_ns);
    if (error != 0)
        return error;
    ri_mutex_lock(&runtime->lock);
    is_to_ask = note_deadline(runtime, deadline_ns);
    ri_mutex_unlock(&runtime->lock);
    if (is_to_ask)
        return ri_runtime_push(runtime, &runtime->ask);
    return atomic_load(&runtime->newest) == &ri_no_more_commands ? -ECANCELED
                                                                 : 0;
}

/* ---- Shutdown, the loop's thread ---- */

static int64_t take_deadline(struct reactor_runtime *runtime)
{
    int64_t deadline_ns;

    ri_mutex_lock(&runtime->lock);
    runtime->is_asked = false;
    deadline_ns = runtime->deadline_ns;
    ri_mutex_unlock(&runtime->lock);
    return deadline_ns;
}

static int64_t left_until(int64_t deadline_ns)
{
    int64_t now_ns;

    if (deadline_ns == REACTOR_FOREVER)
        return -1;
    now_ns = ri_clock_now_ns();
    return now_ns >= 0 && now_ns < deadline_ns ? deadline_ns - now_ns : 0;
}

void ri_runtime_stop_service(struct reactor_runtime *runtime, int64_t drain_ns)
{
    if (!runtime->has_started || runtime->is_stopping)
        return;
    runtime->is_stopping = true;
    reactor_loop_release(runtime->loop); /* the runtime's own */
    if (runtime->service.stopping != NULL)
        runtime->service.stopping(runtime->user_data, drain_ns);
}

void ri_runtime_start_timer(struct reactor_timer *timer, int64_t delay_ns,
                            int64_t period_ns)
{
    if (!reactor_timer_is_active(timer))
        reactor_loop_release(timer->loop);
    reactor_timer_start(timer, delay_ns, period_ns);
}

void ri_runtime_shut_down(struct reactor_runtime *runtime)
{
    int64_t deadline_ns = take_deadline(runtime);

    ri_runtime_stop_service(runtime, left_until(deadline_ns));
    if (deadline_ns != REACTOR_FOREVER)
        ri_runtime_start_timer(&runtime->deadline, left_until(deadline_ns), 0);
}

/* Commands are no reason to be late: those that are there come with the end. */
void ri_runtime_end_late(void *user_data, uint64_t missed)
{
    struct reactor_runtime *runtime = user_data;

    (void)missed;
    if (ri_runtime_is_inherited(runtime))
        return;
    (void)reactor_post_cancel(&runtime->post);
    reactor_loop_retain(runtime->loop); /* a timer less in the background */
    runtime->is_late = reactor_loop_alive(runtime->loop) > 0;
    (void)reactor_loop_stop(runtime->loop);
}
