/* SPDX-License-Identifier: MIT */
/*
 * The functions of reactor.h: within them the hooks of calls are live. The
 * linker sends a call of f() to __wrap_f(), and makes f() itself known as
 * __real_f(): ld(1), --wrap. Those names are the linker's choice.
 */
#include "support/fault.h"

#include <reactor.h>

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

DECLARE(void, reactor_close, (struct reactor * reactor))
void __wrap_reactor_close(struct reactor *reactor)
{
    fault_enter();
    __real_reactor_close(reactor);
    fault_leave();
}

/* NOLINTEND(bugprone-reserved-identifier) */
