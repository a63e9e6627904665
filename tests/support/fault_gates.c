/* SPDX-License-Identifier: MIT */
/*
 * Public functions: within them the hooks of calls are live. The
 * linker sends a call of f() to __wrap_f(), and makes f() itself known as
 * __real_f(): ld(1), --wrap. Those names are the linker's choice.
 */
#include "support/fault.h"

#include <reactor/net.h>
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
GATE(int, reactor_runtime_open,
     (struct reactor_runtime * *out, const struct reactor_service *service,
      const struct reactor_runtime_options *options, void *user_data),
     (out, service, options, user_data))
GATE(int, reactor_runtime_send,
     (struct reactor_runtime * runtime, struct reactor_command *command),
     (runtime, command))
GATE(int, reactor_runtime_shutdown,
     (struct reactor_runtime * runtime, int64_t drain_ns), (runtime, drain_ns))
GATE(int, reactor_runtime_join, (struct reactor_runtime * runtime), (runtime))
GATE(int, reactor_runtime_close, (struct reactor_runtime * runtime), (runtime))
GATE(int, reactor_server_open,
     (struct reactor_server * *out, const struct reactor_address *address,
      const struct reactor_server_service *service,
      const struct reactor_server_options *options, void *user_data),
     (out, address, service, options, user_data))
GATE(int, reactor_server_open_handle,
     (struct reactor_server * *out, reactor_handle handle,
      const struct reactor_server_service *service,
      const struct reactor_server_options *options, void *user_data),
     (out, handle, service, options, user_data))
GATE(int, reactor_server_send,
     (struct reactor_server * server, uint32_t index,
      struct reactor_command *command),
     (server, index, command))
GATE(int, reactor_server_shutdown,
     (struct reactor_server * server, int64_t drain_ns), (server, drain_ns))
GATE(int, reactor_server_join, (struct reactor_server * server), (server))
GATE(int, reactor_server_close, (struct reactor_server * server), (server))

/* ---- reactor/net.h ---- */

GATE(int, reactor_address_parse,
     (struct reactor_address * out, const char *text), (out, text))
GATE(int, reactor_address_format,
     (const struct reactor_address *address, char *text, size_t capacity),
     (address, text, capacity))
GATE(int, reactor_address_of,
     (reactor_handle handle, struct reactor_address *out), (handle, out))
GATE(int, reactor_address_of_peer,
     (reactor_handle handle, struct reactor_address *out), (handle, out))
GATE(int, reactor_lookup_start,
     (struct reactor_lookup * lookup, struct reactor_pool *pool,
      const char *host, int port, int64_t timeout_ns),
     (lookup, pool, host, port, timeout_ns))
GATE_VOID(reactor_lookup_stop, (struct reactor_lookup * lookup), (lookup))
GATE(int, reactor_listener_start,
     (struct reactor_listener * listener, const struct reactor_address *address,
      const struct reactor_listener_options *options),
     (listener, address, options))
GATE(int, reactor_listener_start_handle,
     (struct reactor_listener * listener, reactor_handle handle,
      const struct reactor_listener_options *options),
     (listener, handle, options))
GATE_VOID(reactor_listener_stop, (struct reactor_listener * listener),
          (listener))
GATE(reactor_handle, reactor_listener_hand_over,
     (struct reactor_listener * listener), (listener))
GATE(int, reactor_listener_pause, (struct reactor_listener * listener),
     (listener))
GATE(int, reactor_listener_resume, (struct reactor_listener * listener),
     (listener))
GATE(int, reactor_listener_address,
     (const struct reactor_listener *listener, struct reactor_address *out),
     (listener, out))
GATE(int, reactor_connector_start,
     (struct reactor_connector * connector,
      const struct reactor_address *addresses, size_t count,
      int64_t timeout_ns),
     (connector, addresses, count, timeout_ns))
GATE(int, reactor_connector_start_host,
     (struct reactor_connector * connector, struct reactor_pool *pool,
      const char *host, int port, int64_t timeout_ns),
     (connector, pool, host, port, timeout_ns))
GATE_VOID(reactor_connector_stop, (struct reactor_connector * connector),
          (connector))
GATE(int, reactor_session_open,
     (struct reactor_session * *out, struct reactor_loop *loop,
      reactor_handle handle, const struct reactor_session_options *options,
      void *user_data),
     (out, loop, handle, options, user_data))
GATE(int, reactor_session_connect,
     (struct reactor_session * *out, struct reactor_loop *loop,
      const struct reactor_address *addresses, size_t count, int64_t timeout_ns,
      const struct reactor_session_options *options, void *user_data),
     (out, loop, addresses, count, timeout_ns, options, user_data))
GATE(int, reactor_session_connect_host,
     (struct reactor_session * *out, struct reactor_loop *loop,
      struct reactor_pool *pool, const char *host, int port, int64_t timeout_ns,
      const struct reactor_session_options *options, void *user_data),
     (out, loop, pool, host, port, timeout_ns, options, user_data))
GATE(int, reactor_session_write,
     (struct reactor_session * session, const void *bytes, size_t size),
     (session, bytes, size))
GATE(int, reactor_session_write_pieces,
     (struct reactor_session * session, const struct reactor_piece *pieces,
      int count),
     (session, pieces, count))
GATE(int, reactor_session_pause, (struct reactor_session * session), (session))
GATE(int, reactor_session_resume, (struct reactor_session * session), (session))
GATE(int, reactor_session_finish, (struct reactor_session * session), (session))
GATE_VOID(reactor_session_close,
          (struct reactor_session * session, int64_t linger_ns),
          (session, linger_ns))
GATE_VOID(reactor_session_abort, (struct reactor_session * session), (session))
GATE(int, reactor_session_hand_over,
     (struct reactor_session * session, reactor_handle *out, void *bytes,
      size_t capacity, size_t *size),
     (session, out, bytes, capacity, size))
GATE(int, reactor_session_set_options,
     (struct reactor_session * session,
      const struct reactor_session_options *options, void *user_data),
     (session, options, user_data))
GATE(int, reactor_datagram_open,
     (struct reactor_datagram * *out, struct reactor_loop *loop,
      const struct reactor_address *local, const struct reactor_address *peer,
      const struct reactor_datagram_options *options, void *user_data),
     (out, loop, local, peer, options, user_data))
GATE(int, reactor_datagram_send,
     (struct reactor_datagram * datagram, const struct reactor_address *peer,
      const void *bytes, size_t size),
     (datagram, peer, bytes, size))
GATE(int, reactor_datagram_pause, (struct reactor_datagram * datagram),
     (datagram))
GATE(int, reactor_datagram_resume, (struct reactor_datagram * datagram),
     (datagram))
GATE_VOID(reactor_datagram_close, (struct reactor_datagram * datagram),
          (datagram))

/* NOLINTEND(bugprone-reserved-identifier) */
