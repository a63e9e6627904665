/* SPDX-License-Identifier: MIT */
#include "net/session_state.h"

#include "base/compiler.h"
#include "base/versioned.h"

#include "net/admission.h"

#include <assert.h>
#include <errno.h>

/* ---- Open ---- */

static void on_ready(void *user_data, uint32_t readiness);

/* Nothing of it has failed that the readiness has not said. */
static void look_for_error(struct reactor_session *session)
{
    int error = -EIO;

    if (session->state == RI_SESSION_DRAINING) { /* the peer's way to end */
        ri_session_end(session, REACTOR_CLOSED_CLOSED, 0);
        return;
    }
    if (session->is_socket) {
        error = ri_socket_error(session->handle);
        if (error == 0) /* the kernel has refused a change of interest */
            error = -ENOMEM;
    }
    ri_session_end(session, REACTOR_CLOSED_ERROR, error);
}

static void send_and_receive(struct reactor_session *session,
                             uint32_t readiness)
{
    if ((readiness & REACTOR_WRITABLE) != 0 && session->is_blocked)
        ri_session_send(session);
    if ((readiness & session->wanted & REACTOR_READABLE) != 0)
        ri_session_receive(session);
}

/* Reading and writing find out what it is, unless it is none of theirs. */
static void on_error(struct reactor_session *session, uint32_t readiness)
{
    uint64_t before = session->received + session->sent;
    bool was_offered = session->is_offered; /* then nothing may be read yet */

    send_and_receive(session, readiness);
    if (session->state == RI_SESSION_OVER)
        return;
    if (session->received + session->sent == before && !was_offered)
        look_for_error(session);
    else
        ri_session_want(session); /* what the kernel may have refused */
}

RI_NEVER_INLINE
static void on_more(struct reactor_session *session, uint32_t readiness)
{
    if ((readiness & REACTOR_ERROR) != 0)
        on_error(session, readiness);
    else
        send_and_receive(session, readiness);
}

/* What was wanted when the wait began may not be wanted any more. */
static void on_ready(void *user_data, uint32_t readiness)
{
    struct reactor_session *session = user_data;

    if (RI_UNLIKELY((readiness & (REACTOR_WRITABLE | REACTOR_ERROR)) != 0))
        on_more(session, readiness);
    else if ((readiness & session->wanted & REACTOR_READABLE) != 0)
        ri_session_receive(session);
}

void ri_session_want(struct reactor_session *session)
{
    if (session->state == RI_SESSION_OVER)
        return;
    session->wanted = 0;
    if (ri_session_reads(session))
        session->wanted |= REACTOR_READABLE;
    if (session->is_blocked)
        session->wanted |= REACTOR_WRITABLE;
    (void)reactor_handler_update(&session->handler, session->wanted);
}

static void run_later(struct ri_later *later)
{
    struct reactor_session *session =
        RI_OWNER_OF(later, struct reactor_session, later);

    if (session->state == RI_SESSION_OVER) {
        ri_session_call_closed(session);
        return;
    }
    if (session->is_drained)
        ri_session_call_drained(session);
    if (session->is_offered && reactor_loop_status(session->net->loop) == 0)
        ri_session_offer(session);
}

static int ensure_scratch(struct ri_net *net)
{
    if (net->scratch == NULL)
        net->scratch = ri_allocate(RI_SCRATCH_SIZE);
    return net->scratch != NULL ? 0 : -ENOMEM;
}

void ri_session_free(struct reactor_session *session)
{
    struct ri_net *net = session->net;

    assert(session->queue.size == 0);
    ri_session_strike(&net->sessions, session);
    ri_block_give(&net->stock, session->kept);
    ri_session_type_drop(session->type);
    ri_release(session);
}

static void on_connected(void *user_data, int error, reactor_handle handle,
                         const struct reactor_address *peer);

/* A session without a handle, which nobody knows of yet. */
static int create(struct ri_net *net,
                  const struct reactor_session_options *options,
                  void *user_data, struct reactor_session **out)
{
    struct reactor_session *session = ri_allocate(sizeof(*session));
    int error = session != NULL ? ensure_scratch(net) : -ENOMEM;

    if (error != 0) {
        ri_release(session);
        return error;
    }
    *session = (struct reactor_session){
        .member.leave = ri_session_leave,
        .net = net,
        .user_data = user_data,
        .later.run = run_later,
        .handle = REACTOR_INVALID_HANDLE,
        .linger_ns = REACTOR_FOREVER,
    };
    ri_session_init_write(session);
    reactor_handler_init(&session->handler, net->loop, on_ready, session);
    reactor_timer_init(&session->timer, net->loop, ri_session_on_time, session);
    reactor_connector_init(&session->connector, net->loop, on_connected,
                           session);
    error = ri_session_type_hold(net, options, &session->type);
    if (error != 0) {
        ri_release(session);
        return error;
    }
    error = ri_session_enrol(&net->sessions, session);
    if (error != 0) {
        ri_session_type_drop(session->type);
        ri_release(session);
        return error;
    }
    session->is_paused =
        (session->type->options.flags & REACTOR_SESSION_PAUSED) != 0;
    *out = session;
    return 0;
}

/*
 * Tells the system of flags that are not as they were. Not all sockets have
 * these, and nothing depends on them.
 */
static void tune(const struct reactor_session *session, uint32_t former)
{
    uint32_t flags = session->type->options.flags;
    uint32_t changed = flags ^ former;

    if (!session->is_socket || session->handle == REACTOR_INVALID_HANDLE)
        return;
    if ((changed & REACTOR_SESSION_DELAY) != 0)
        (void)ri_socket_set(session->handle, RI_SOCKET_NO_DELAY,
                            (flags & REACTOR_SESSION_DELAY) == 0);
    if ((changed & REACTOR_SESSION_KEEP_ALIVE) != 0)
        (void)ri_socket_set(session->handle, RI_SOCKET_KEEP_ALIVE,
                            (flags & REACTOR_SESSION_KEEP_ALIVE) != 0);
}

/* A session takes the connection over: 0, or why it can't. */
static int attach(struct reactor_session *session, reactor_handle handle,
                  const struct ri_stream_traits *traits)
{
    uint32_t wanted;
    int error;

    wanted = traits->can_read && !session->is_paused ? REACTOR_READABLE : 0;
    error = reactor_handler_start(&session->handler, handle, wanted);
    if (error != 0) {
        ri_stream_give_back(handle, traits);
        return error;
    }
    session->handle = handle;
    session->wanted = wanted;
    session->is_socket = traits->is_socket;
    session->was_blocking = traits->was_blocking;
    session->has_ended = !traits->can_read;
    session->is_finishing = session->is_finished = !traits->can_write;
    session->state = RI_SESSION_OPEN;
    session->last_in_ns = session->last_out_ns = ri_session_now(session);
    tune(session, REACTOR_SESSION_DELAY); /* as the system has it */
    ri_session_watch_times(session);
    return 0;
}

static struct reactor_listener *
listener_of(const struct reactor_session_options *options)
{
    return options != NULL && options->size == sizeof(*options)
               ? options->listener
               : NULL;
}

static void announce(struct reactor_session *session,
                     struct reactor_listener *listener,
                     struct reactor_session **out)
{
    ri_net_join(session->net, &session->member);
    session->admission = ri_admission_of(listener);
    if (out != NULL)
        *out = session;
}

/* What a listener has let in is known. */
static int inspect(reactor_handle handle,
                   const struct reactor_session_options *options,
                   struct ri_stream_traits *traits)
{
    if (listener_of(options) == NULL)
        return ri_stream_adopt(handle, traits);
    ri_stream_adopt_own(handle, traits);
    return 0;
}

int reactor_session_open(struct reactor_session **out,
                         struct reactor_loop *loop, reactor_handle handle,
                         const struct reactor_session_options *options,
                         void *user_data)
{
    struct reactor_session *session;
    struct ri_stream_traits traits;
    struct ri_net *net;
    int error;

    if (loop == NULL)
        return -EINVAL;
    error = ri_net_of(loop, &net);
    if (error == 0)
        error = create(net, options, user_data, &session);
    if (error != 0)
        return error;
    error = inspect(handle, options, &traits);
    if (error == 0)
        error = attach(session, handle, &traits);
    if (error != 0) {
        ri_session_free(session);
        return error;
    }
    announce(session, listener_of(options), out);
    return 0;
}

/* ---- Connect ---- */

static void fail_to_connect(struct reactor_session *session, int error)
{
    ri_session_end(session, REACTOR_CLOSED_CONNECT, error);
}

static void on_connected(void *user_data, int error, reactor_handle handle,
                         const struct reactor_address *peer)
{
    struct reactor_session *session = user_data;
    reactor_session_fn *connected = session->type->options.connected;
    struct ri_stream_traits traits;

    (void)peer;
    if (error != 0) {
        fail_to_connect(session, error);
        return;
    }
    ri_stream_adopt_own(handle, &traits);
    error = attach(session, handle, &traits);
    if (error != 0) {
        ri_socket_close(handle);
        fail_to_connect(session, error);
        return;
    }
    if (connected == NULL)
        return;
    ri_net_begin(session->net);
    connected(session->user_data, session);
    ri_net_end(session->net);
}

static int begin_to_connect(struct reactor_session **out,
                            struct reactor_loop *loop,
                            const struct reactor_session_options *options,
                            void *user_data)
{
    struct ri_net *net;
    int error;

    if (loop == NULL)
        return -EINVAL;
    error = ri_net_of(loop, &net);
    return error == 0 ? create(net, options, user_data, out) : error;
}

int reactor_session_connect(struct reactor_session **out,
                            struct reactor_loop *loop,
                            const struct reactor_address *addresses,
                            size_t count, int64_t timeout_ns,
                            const struct reactor_session_options *options,
                            void *user_data)
{
    struct reactor_session *session;
    int error = begin_to_connect(&session, loop, options, user_data);

    if (error != 0)
        return error;
    error = reactor_connector_start(&session->connector, addresses, count,
                                    timeout_ns);
    if (error != 0) {
        ri_session_free(session);
        return error;
    }
    announce(session, NULL, out);
    return 0;
}

int reactor_session_connect_host(struct reactor_session **out,
                                 struct reactor_loop *loop,
                                 struct reactor_pool *pool, const char *host,
                                 int port, int64_t timeout_ns,
                                 const struct reactor_session_options *options,
                                 void *user_data)
{
    struct reactor_session *session;
    int error = begin_to_connect(&session, loop, options, user_data);

    if (error != 0)
        return error;
    error = reactor_connector_start_host(&session->connector, pool, host, port,
                                         timeout_ns);
    if (error != 0) {
        ri_session_free(session);
        return error;
    }
    announce(session, NULL, out);
    return 0;
}

/* ---- What it says of itself ---- */

int reactor_session_set_options(struct reactor_session *session,
                                const struct reactor_session_options *options,
                                void *user_data)
{
    struct ri_session_type *former, *type;
    int error;

    if (session == NULL || options == NULL)
        return -EINVAL;
    error = ri_session_type_hold(session->net, options, &type);
    if (error != 0)
        return error;
    ri_session_leave_stage(session);
    former = session->type;
    session->type = type;
    session->user_data = user_data;
    if (type->has_timeouts && !former->has_timeouts)
        session->last_in_ns = session->last_out_ns = ri_session_now(session);
    if (!ri_session_is_inherited(session))
        tune(session, former->options.flags);
    ri_session_type_drop(former);
    if (session->queue.size > type->options.low)
        session->is_above = true;
    ri_session_watch_times(session);
    return 0;
}

void *reactor_session_user_data(const struct reactor_session *session)
{
    return session != NULL ? session->user_data : NULL;
}

reactor_handle reactor_session_handle(const struct reactor_session *session)
{
    return session != NULL ? session->handle : REACTOR_INVALID_HANDLE;
}

uint64_t reactor_session_id(const struct reactor_session *session)
{
    return session != NULL ? session->id : 0;
}

int reactor_session_numbers(const struct reactor_session *session,
                            struct reactor_session_numbers *out)
{
    struct reactor_session_numbers numbers = {.size = sizeof(numbers)};

    if (session == NULL || out == NULL)
        return -EINVAL;
    numbers.received = session->received;
    numbers.sent = session->sent;
    return ri_write_versioned(out, &numbers, sizeof(numbers));
}
