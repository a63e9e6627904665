/* SPDX-License-Identifier: MIT */
/*
 * Public functions: within them the hooks of calls are live. The
 * linker sends a call of f() to __wrap_f(), and makes f() itself known as
 * __real_f(): ld(1), --wrap. Those names are the linker's choice.
 */
#include "support/fault.h"

#include <reactor/work.h>

/* NOLINTBEGIN(bugprone-reserved-identifier) */

#define DECLARE(type, function, parameters)                                    \
    type __real_##function parameters;                                         \
    type __wrap_##function parameters;

#define GATE(type, function, parameters, arguments)                            \
    DECLARE(type, function, parameters)                                        \
    type __wrap_##function parameters                                          \
    {                                                                          \
        type result;                                                           \
                                                                               \
        fault_enter();                                                         \
        result = __real_##function arguments;                                  \
        fault_leave();                                                         \
        return result;                                                         \
    }

#define GATE_VOID(function, parameters, arguments)                             \
    DECLARE(void, function, parameters)                                        \
    void __wrap_##function parameters                                          \
    {                                                                          \
        fault_enter();                                                         \
        __real_##function arguments;                                           \
        fault_leave();                                                         \
    }

GATE(int, reactor_open, (struct reactor * *out), (out))
GATE(int, reactor_register,
     (struct reactor * reactor, reactor_handle handle, uint32_t interest,
      void *user_data),
     (reactor, handle, interest, user_data))
GATE(int, reactor_reregister,
     (struct reactor * reactor, reactor_handle handle, uint32_t interest,
      void *user_data),
     (reactor, handle, interest, user_data))
GATE(int, reactor_deregister, (struct reactor * reactor, reactor_handle handle),
     (reactor, handle))
GATE(int, reactor_wait,
     (struct reactor * reactor, struct reactor_event *events, int capacity,
      int timeout_ms),
     (reactor, events, capacity, timeout_ms))
GATE(int, reactor_wait_until,
     (struct reactor * reactor, struct reactor_event *events, int capacity,
      int64_t deadline_ns),
     (reactor, events, capacity, deadline_ns))
GATE(int, reactor_wake, (struct reactor * reactor), (reactor))
GATE(int, reactor_shutdown, (struct reactor * reactor), (reactor))
GATE(int, reactor_after_fork, (struct reactor * reactor), (reactor))
GATE(int64_t, reactor_now_ns, (void), ())

GATE_VOID(reactor_close, (struct reactor * reactor), (reactor))

/* ---- reactor/loop.h ---- */

GATE(int, reactor_loop_open,
     (struct reactor_loop * *out, const struct reactor_loop_options *options),
     (out, options))
GATE_VOID(reactor_loop_close, (struct reactor_loop * loop), (loop))
GATE(int, reactor_loop_turn, (struct reactor_loop * loop, int64_t timeout_ns),
     (loop, timeout_ns))
GATE(int, reactor_loop_run, (struct reactor_loop * loop), (loop))
GATE(int, reactor_loop_stop, (struct reactor_loop * loop), (loop))
GATE(int, reactor_loop_prepare,
     (struct reactor_loop * loop, int64_t *deadline_ns), (loop, deadline_ns))
GATE(int, reactor_loop_default, (struct reactor_loop * *out), (out))
GATE(int, reactor_loop_after_fork, (struct reactor_loop * loop), (loop))
GATE(int64_t, reactor_loop_now_ns, (struct reactor_loop * loop), (loop))
GATE(int, reactor_handler_start,
     (struct reactor_handler * handler, reactor_handle handle,
      uint32_t interest),
     (handler, handle, interest))
GATE_VOID(reactor_handler_stop, (struct reactor_handler * handler), (handler))
GATE_VOID(reactor_timer_start,
          (struct reactor_timer * timer, int64_t delay_ns, int64_t period_ns),
          (timer, delay_ns, period_ns))
GATE(int64_t, reactor_timer_remaining_ns, (struct reactor_timer * timer),
     (timer))
GATE(int, reactor_post_send, (struct reactor_post * post), (post))
GATE(int, reactor_signal_start, (struct reactor_signal * signal, int number),
     (signal, number))
GATE_VOID(reactor_signal_stop, (struct reactor_signal * signal), (signal))
GATE(int, reactor_child_start, (struct reactor_child * child, intptr_t process),
     (child, process))
GATE_VOID(reactor_child_stop, (struct reactor_child * child), (child))

/* ---- reactor/work.h ---- */

GATE(int, reactor_pool_open,
     (struct reactor_pool * *out, const struct reactor_pool_options *options),
     (out, options))
GATE_VOID(reactor_pool_close, (struct reactor_pool * pool), (pool))
GATE_VOID(reactor_pool_drain_and_close, (struct reactor_pool * pool), (pool))
GATE(int, reactor_pool_submit,
     (struct reactor_pool * pool, struct reactor_job *job), (pool, job))
GATE(int, reactor_job_cancel, (struct reactor_job * job), (job))

/* NOLINTEND(bugprone-reserved-identifier) */
