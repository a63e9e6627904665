/* SPDX-License-Identifier: MIT */
/*
 * The loop where there is no demultiplexer: no loop can be opened, so no object
 * was ever bound to one, and nothing is ever active.
 */
#include <reactor/loop.h>

#include <errno.h>
#include <stdbool.h>

static int refuse(bool arguments_are_valid)
{
    return arguments_are_valid ? -ENOSYS : -EINVAL;
}

/* ---- The loop ---- */

int reactor_loop_open(struct reactor_loop **out,
                      const struct reactor_loop_options *options)
{
    (void)options;
    return refuse(out != NULL);
}

void reactor_loop_close(struct reactor_loop *loop)
{
    (void)loop;
}

int reactor_loop_run(struct reactor_loop *loop)
{
    return refuse(loop != NULL);
}

int reactor_loop_turn(struct reactor_loop *loop, int64_t timeout_ns)
{
    return refuse(loop != NULL && timeout_ns >= -1);
}

int reactor_loop_stop(struct reactor_loop *loop)
{
    return refuse(loop != NULL);
}

int reactor_loop_status(struct reactor_loop *loop)
{
    return refuse(loop != NULL);
}

int reactor_loop_is_stopping(struct reactor_loop *loop)
{
    return refuse(loop != NULL);
}

void reactor_loop_retain(struct reactor_loop *loop)
{
    (void)loop;
}

void reactor_loop_release(struct reactor_loop *loop)
{
    (void)loop;
}

int64_t reactor_loop_alive(struct reactor_loop *loop)
{
    return refuse(loop != NULL);
}

int64_t reactor_loop_now_ns(struct reactor_loop *loop)
{
    return refuse(loop != NULL);
}

int reactor_loop_default(struct reactor_loop **out)
{
    return refuse(out != NULL);
}

int reactor_loop_after_fork(struct reactor_loop *loop)
{
    return refuse(loop != NULL);
}

reactor_handle reactor_loop_backend_handle(struct reactor_loop *loop)
{
    (void)loop;
    return REACTOR_INVALID_HANDLE;
}

/* Where there are loops it is written to. */
/* NOLINTNEXTLINE(readability-non-const-parameter) */
int reactor_loop_prepare(struct reactor_loop *loop, int64_t *deadline_ns)
{
    return refuse(loop != NULL && deadline_ns != NULL);
}

/* ---- Handlers ---- */

void reactor_handler_init(struct reactor_handler *handler,
                          struct reactor_loop *loop,
                          reactor_handler_fn *function, void *user_data)
{
    *handler = (struct reactor_handler){
        .loop = loop, .function = function, .user_data = user_data};
}

int reactor_handler_start(struct reactor_handler *handler,
                          reactor_handle handle, uint32_t interest)
{
    (void)handle;
    (void)interest;
    return refuse(handler != NULL);
}

int reactor_handler_update(struct reactor_handler *handler, uint32_t interest)
{
    (void)interest;
    return refuse(handler != NULL);
}

void reactor_handler_stop(struct reactor_handler *handler)
{
    (void)handler;
}

reactor_handle reactor_handler_handle(const struct reactor_handler *handler)
{
    (void)handler;
    return REACTOR_INVALID_HANDLE;
}

uint32_t reactor_handler_interest(const struct reactor_handler *handler)
{
    (void)handler;
    return 0;
}

int reactor_handler_is_active(const struct reactor_handler *handler)
{
    (void)handler;
    return 0;
}

/* ---- Timers ---- */

void reactor_timer_init(struct reactor_timer *timer, struct reactor_loop *loop,
                        reactor_timer_fn *function, void *user_data)
{
    if (timer != NULL)
        *timer = (struct reactor_timer){
            .loop = loop, .function = function, .user_data = user_data};
}

void reactor_timer_start(struct reactor_timer *timer, int64_t delay_ns,
                         int64_t period_ns)
{
    (void)timer;
    (void)delay_ns;
    (void)period_ns;
}

void reactor_timer_stop(struct reactor_timer *timer)
{
    (void)timer;
}

int64_t reactor_timer_remaining_ns(struct reactor_timer *timer)
{
    (void)timer;
    return -1;
}

int64_t reactor_timer_deadline_ns(struct reactor_timer *timer)
{
    (void)timer;
    return REACTOR_FOREVER;
}

int reactor_timer_is_active(const struct reactor_timer *timer)
{
    (void)timer;
    return 0;
}

/* ---- Posts ---- */

void reactor_post_init(struct reactor_post *post, struct reactor_loop *loop,
                       reactor_post_fn *function, void *user_data)
{
    *post = (struct reactor_post){
        .loop = loop, .function = function, .user_data = user_data};
}

int reactor_post_send(struct reactor_post *post)
{
    return refuse(post != NULL);
}

int reactor_post_cancel(struct reactor_post *post)
{
    (void)post;
    return 0;
}

/* ---- Signals ---- */

void reactor_signal_init(struct reactor_signal *signal,
                         struct reactor_loop *loop, reactor_signal_fn *function,
                         void *user_data)
{
    *signal = (struct reactor_signal){
        .loop = loop, .function = function, .user_data = user_data};
}

int reactor_signal_start(struct reactor_signal *signal, int number)
{
    (void)number;
    return refuse(signal != NULL);
}

void reactor_signal_stop(struct reactor_signal *signal)
{
    (void)signal;
}

/* ---- Children ---- */

void reactor_child_init(struct reactor_child *child, struct reactor_loop *loop,
                        reactor_child_fn *function, void *user_data)
{
    *child = (struct reactor_child){
        .loop = loop, .function = function, .user_data = user_data};
}

int reactor_child_start(struct reactor_child *child, intptr_t process)
{
    (void)process;
    return refuse(child != NULL);
}

void reactor_child_stop(struct reactor_child *child)
{
    (void)child;
}

/* ---- Hooks ---- */

void reactor_hook_init(struct reactor_hook *hook, struct reactor_loop *loop,
                       reactor_hook_fn *function, void *user_data)
{
    *hook = (struct reactor_hook){
        .loop = loop, .function = function, .user_data = user_data};
}

int reactor_hook_start(struct reactor_hook *hook, enum reactor_hook_place place)
{
    return refuse(hook != NULL && place <= REACTOR_ON_RELEASE);
}

void reactor_hook_stop(struct reactor_hook *hook)
{
    (void)hook;
}

void *reactor_hook_find(struct reactor_loop *loop,
                        enum reactor_hook_place place,
                        reactor_hook_fn *function)
{
    (void)loop;
    (void)place;
    (void)function;
    return NULL;
}

/* ---- The loop ---- */

int reactor_loop_numbers(struct reactor_loop *loop,
                         struct reactor_loop_numbers *out)
{
    return refuse(loop != NULL && out != NULL);
}

int reactor_loop_dump(struct reactor_loop *loop, reactor_write_fn *write,
                      void *user_data)
{
    (void)user_data;
    return refuse(loop != NULL && write != NULL);
}
