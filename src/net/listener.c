/* SPDX-License-Identifier: MIT */
/*
 * Listeners. What one shares with the connections it has let in is its
 * admission, which counts them and outlives it; by that a callback that stops
 * or frees the listener is noticed, too.
 *
 * A listener accepts unless one of three things is in the way: the user's
 * pause, the limit, or that the system lacks something, most often descriptors.
 * In that case waiting connections would be reported again and again, to no
 * avail: so nothing is waited for, and a timer tries again.
 */
#include "base/versioned.h"
#include "net/address_state.h"
#include "net/admission.h"

#include <errno.h>

#define KNOWN_FLAGS                                                            \
    (REACTOR_LISTEN_SHARED | REACTOR_LISTEN_IPV6_ONLY | REACTOR_LISTEN_REPLACE)

#define BURST    16u
#define AGAIN_NS (100 * RI_NS_PER_MS)

/* ---- Accept ---- */

static void tell(struct reactor_listener *listener, int error)
{
    struct ri_net *net = ((struct ri_admission *)listener->admission)->net;

    if (listener->told == NULL)
        return;
    ri_net_begin(net);
    listener->told(listener->user_data, error);
    ri_net_end(net);
}

static void starve(struct reactor_listener *listener, int error)
{
    bool is_new = (listener->state & RI_LISTENER_STARVED) == 0;

    reactor_timer_start(&listener->again, AGAIN_NS, 0);
    ri_listener_set_state(listener, RI_LISTENER_STARVED, true);
    if (is_new)
        tell(listener, error);
}

static void recover(struct reactor_listener *listener)
{
    if ((listener->state & RI_LISTENER_STARVED) == 0)
        return;
    ri_listener_set_state(listener, RI_LISTENER_STARVED, false);
    tell(listener, 0);
}

/* Whether the listener still is what it was before a callback. */
static bool goes_on(const struct ri_admission *admission,
                    struct reactor_loop *loop)
{
    return admission->listener != NULL && admission->listener->state == 0 &&
           reactor_loop_status(loop) == 0;
}

static void call(struct ri_admission *admission, reactor_handle handle,
                 const struct reactor_address *peer)
{
    struct reactor_listener *listener = admission->listener;
    struct ri_net *net = admission->net;

    ri_admission_add(admission);
    ri_net_begin(net);
    listener->function(listener->user_data, handle, peer);
    ri_net_end(net);
}

void ri_listener_give(struct reactor_listener *listener, reactor_handle handle,
                      const struct reactor_address *peer)
{
    call(listener->admission, handle, peer);
}

/* 0, and the listener may be gone; or what the system answered. */
static int accept_one(struct ri_admission *admission)
{
    reactor_handle listening =
        reactor_handler_handle(&admission->listener->handler);
    struct reactor_address peer = {.size = RI_NAME_SIZE};
    reactor_handle handle;
    int error = ri_socket_accept(listening, &handle, peer.storage, &peer.size);

    if (error == 0)
        call(admission, handle, &peer);
    return error;
}

/* 0 when the burst is over or the listener stopped; or why there is no more. */
static int accept_some(struct ri_admission *admission,
                       struct reactor_loop *loop)
{
    uint32_t left = admission->listener->burst;

    while (left-- > 0 && goes_on(admission, loop)) {
        int error = accept_one(admission);

        if (error != 0 && error != -ECONNABORTED)
            return error;
    }
    return 0;
}

/* EAGAIN is no error, unless the readiness says that there is one. */
static void accept_burst(struct reactor_listener *listener, bool has_error)
{
    struct ri_admission *admission = ri_admission_of(listener);
    int error = accept_some(admission, listener->loop);

    if (error == -EAGAIN && has_error)
        error = -ENOMEM;
    if (error != 0 && error != -EAGAIN && admission->listener != NULL)
        starve(admission->listener, error);
    ri_admission_drop(admission);
}

static void on_ready(void *user_data, uint32_t readiness)
{
    accept_burst(user_data, (readiness & REACTOR_ERROR) != 0);
}

/*
 * One is tried while nothing is told yet: it may fail as the former did. While
 * nobody is to be let in it is put off: that it goes on would not be true.
 */
static void try_again(void *user_data, uint64_t missed)
{
    struct reactor_listener *listener = user_data;
    struct ri_admission *admission;
    int error;

    (void)missed;
    if ((listener->state & (RI_LISTENER_PAUSED | RI_LISTENER_FULL)) != 0) {
        reactor_timer_start(&listener->again, AGAIN_NS, 0);
        return;
    }
    admission = ri_admission_of(listener);
    error = accept_one(admission);
    if (admission->listener == NULL) {
        ri_admission_drop(admission);
        return;
    }
    if (error == 0 || error == -EAGAIN || error == -ECONNABORTED)
        recover(listener);
    else
        starve(listener, error);
    ri_admission_drop(admission);
}

/* ---- Stop ---- */

enum ending { CLOSE, KEEP, COPY };

/* The listener has stopped, or has another one. */
static void detach(struct ri_admission *admission, reactor_handle handle,
                   enum ending ending)
{
    const struct reactor_address *path = &admission->path;

    ri_net_part(&admission->member);
    admission->listener = NULL;
    if (ending != KEEP)
        ri_socket_close(handle);
    if (ending == CLOSE && path->size > 0)
        (void)ri_socket_remove_path(path->storage, path->size);
    ri_admission_drop(admission);
}

static reactor_handle stop(struct reactor_listener *listener,
                           enum ending ending)
{
    struct ri_admission *admission = listener->admission;
    reactor_handle handle = reactor_handler_handle(&listener->handler);

    reactor_handler_stop(&listener->handler);
    reactor_timer_stop(&listener->again);
    listener->admission = NULL;
    listener->state = 0;
    detach(admission, handle, ending);
    return handle;
}

static void leave(struct ri_member *member, enum ri_leave how)
{
    struct ri_admission *admission = (struct ri_admission *)member;

    (void)stop(admission->listener, how == RI_LEAVE_CLOSED ? CLOSE : COPY);
}

void reactor_listener_stop(struct reactor_listener *listener)
{
    if (listener == NULL || listener->admission == NULL)
        return;
    (void)stop(listener,
               reactor_loop_status(listener->loop) == -ECHILD ? COPY : CLOSE);
}

reactor_handle reactor_listener_hand_over(struct reactor_listener *listener)
{
    if (listener == NULL || listener->admission == NULL)
        return REACTOR_INVALID_HANDLE;
    return stop(listener, KEEP);
}

/* ---- Start ---- */

void reactor_listener_init(struct reactor_listener *listener,
                           struct reactor_loop *loop,
                           reactor_accept_fn *function, void *user_data)
{
    *listener = (struct reactor_listener){
        .loop = loop, .function = function, .user_data = user_data};
    reactor_handler_init(&listener->handler, loop, on_ready, listener);
    reactor_timer_init(&listener->again, loop, try_again, listener);
}

static int read_options(const struct reactor_listener_options *options,
                        struct reactor_listener_options *out)
{
    int error;

    *out = (struct reactor_listener_options)REACTOR_LISTENER_OPTIONS_INIT;
    error = ri_read_versioned(out, sizeof(*out), options);
    if (error != 0)
        return error;
    if (out->burst == 0)
        out->burst = BURST;
    return (out->flags & ~KNOWN_FLAGS) == 0 ? 0 : -EINVAL;
}

/* What listens to nothing yet, with the options that its address may have. */
static int tune(reactor_handle handle, const struct reactor_address *address,
                uint32_t flags)
{
    enum reactor_family family = reactor_address_family(address);
    bool is_only = (flags & REACTOR_LISTEN_IPV6_ONLY) != 0;
    int error = 0;

    if (family == REACTOR_FAMILY_IPV6) {
        error = ri_socket_set(handle, RI_SOCKET_IPV6_ONLY, is_only);
        if (!is_only)
            error = 0; /* OpenBSD has no sockets for both */
    }
    if (error == 0 && family != REACTOR_FAMILY_UNIX)
        error = ri_socket_set(handle, RI_SOCKET_REUSE_ADDRESS, true);
    if (error == 0 && (flags & REACTOR_LISTEN_SHARED) != 0)
        error = family == REACTOR_FAMILY_UNIX
                    ? -ENOTSUP
                    : ri_socket_set(handle, RI_SOCKET_SHARED, true);
    return error;
}

/* A path that was made by binding goes as well. */
static void unbind(reactor_handle handle, const struct reactor_address *address)
{
    ri_socket_close(handle);
    if (ri_address_is_path(address))
        (void)ri_socket_remove_path(address->storage, address->size);
}

static int listen_to(const struct reactor_address *address,
                     const struct reactor_listener_options *options,
                     reactor_handle *out)
{
    reactor_handle handle;
    int error = ri_socket_open(address->storage, RI_SOCKET_STREAM, &handle);

    if (error != 0)
        return error;
    error = tune(handle, address, options->flags);
    if (error == 0)
        error = ri_socket_bind(handle, address->storage, address->size);
    if (error != 0) {
        ri_socket_close(handle);
        return error;
    }
    error = ri_socket_listen(handle, options->backlog);
    if (error != 0) {
        unbind(handle, address);
        return error;
    }
    *out = handle;
    return 0;
}

/* Other errors are those of whoever listens to it. */
int ri_listener_try(const struct reactor_address *address)
{
    reactor_handle handle;
    int error;

    if (ri_socket_open(address->storage, RI_SOCKET_STREAM, &handle) != 0)
        return 0;
    error = tune(handle, address, 0);
    if (error == 0)
        error = ri_socket_bind(handle, address->storage, address->size);
    ri_socket_close(handle);
    return error == -EADDRINUSE ? error : 0;
}

/* A machine without IPv6 has its IPv4 for `*`. */
static int listen_to_any(const struct reactor_address *address,
                         const struct reactor_listener_options *options,
                         reactor_handle *out)
{
    struct reactor_address other;
    int error = listen_to(address, options, out);

    if ((error != -EAFNOSUPPORT && error != -EADDRNOTAVAIL) ||
        (options->flags & REACTOR_LISTEN_IPV6_ONLY) != 0 ||
        !ri_address_any_of_ipv4(address, &other))
        return error;
    return listen_to(&other, options, out) == 0 ? 0 : error;
}

static struct ri_admission *
new_admission(struct ri_net *net, struct reactor_listener *listener,
              const struct reactor_listener_options *options)
{
    struct ri_admission *admission = ri_allocate(sizeof(*admission));

    if (admission != NULL)
        *admission = (struct ri_admission){.member.leave = leave,
                                           .net = net,
                                           .listener = listener,
                                           .references = 1,
                                           .limit = options->limit};
    return admission;
}

/* Goes on with a socket that listens, or none, in place of the former one. */
static int adopt(struct reactor_listener *listener, reactor_handle handle,
                 const struct reactor_listener_options *options)
{
    reactor_handle former_handle = reactor_handler_handle(&listener->handler);
    struct ri_admission *former = listener->admission;
    struct ri_admission *admission;
    struct ri_net *net;
    int error = ri_net_of(listener->loop, &net);

    if (error != 0)
        return error;
    admission = new_admission(net, listener, options);
    if (admission == NULL)
        return -ENOMEM;
    if (handle != REACTOR_INVALID_HANDLE)
        error =
            reactor_handler_start(&listener->handler, handle, REACTOR_READABLE);
    if (error != 0) {
        ri_release(admission);
        return error;
    }
    reactor_timer_stop(&listener->again);
    if (former != NULL)
        detach(former, former_handle, CLOSE);
    listener->admission = admission;
    listener->burst = options->burst;
    listener->told = options->told;
    listener->state = 0;
    ri_net_join(net, &admission->member);
    return 0;
}

static int start(struct reactor_listener *listener,
                 const struct reactor_address *address,
                 const struct reactor_listener_options *options)
{
    bool is_path = (options->flags & REACTOR_LISTEN_REPLACE) != 0 &&
                   ri_address_is_path(address);
    struct ri_admission *admission;
    reactor_handle handle;
    int error = 0;

    if (is_path)
        error = ri_socket_remove_path(address->storage, address->size);
    if (error == 0)
        error = listen_to_any(address, options, &handle);
    if (error != 0)
        return error;
    error = adopt(listener, handle, options);
    if (error != 0) {
        unbind(handle, address);
        return error;
    }
    admission = listener->admission;
    if (is_path)
        admission->path = *address;
    return 0;
}

int reactor_listener_start(struct reactor_listener *listener,
                           const struct reactor_address *address,
                           const struct reactor_listener_options *options)
{
    struct reactor_listener_options wanted;
    int error;

    if (listener == NULL || address == NULL || address->size == 0)
        return -EINVAL;
    error = read_options(options, &wanted);
    return error == 0 ? start(listener, address, &wanted) : error;
}

int reactor_listener_start_handle(
    struct reactor_listener *listener, reactor_handle handle,
    const struct reactor_listener_options *options)
{
    struct reactor_listener_options wanted;
    int error;

    if (listener == NULL)
        return -EINVAL;
    error = read_options(options, &wanted);
    if (error == 0)
        error = ri_socket_is_listening(handle);
    if (error == 0)
        error = ri_socket_make_ours(handle);
    return error == 0 ? adopt(listener, handle, &wanted) : error;
}

int ri_listener_start_given(struct reactor_listener *listener,
                            const struct reactor_listener_options *options)
{
    struct reactor_listener_options wanted;
    int error = read_options(options, &wanted);

    return error == 0 ? adopt(listener, REACTOR_INVALID_HANDLE, &wanted)
                      : error;
}
