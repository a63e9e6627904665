/* SPDX-License-Identifier: MIT */
/*
 * Datagram sockets. They are received into memory of the socket's own, a batch
 * at a time. What is sent goes at once or, inside a callback and while the
 * system takes no more, into a queue: each in a block, behind its address.
 */
#include "net/datagram_state.h"

#include "base/versioned.h"

#include <errno.h>
#include <string.h>

#define KNOWN_FLAGS                                                            \
    (REACTOR_DATAGRAM_BROADCAST | REACTOR_DATAGRAM_SHARED |                    \
     REACTOR_DATAGRAM_IPV6_ONLY)

#define BATCH       32u
#define LONGEST_MAX 65535u
/* So many errors at most are told in a turn. */
#define ERRORS_MAX  16

/* ---- Wait ---- */

void ri_datagram_want(struct reactor_datagram *datagram)
{
    uint32_t interest = 0;

    if (!datagram->is_paused)
        interest |= REACTOR_READABLE;
    if (datagram->is_blocked)
        interest |= REACTOR_WRITABLE;
    (void)reactor_handler_update(&datagram->handler, interest);
}

static void put_off(struct reactor_datagram *datagram)
{
    ri_net_put_off(datagram->net, &datagram->later);
}

/* ---- Errors ---- */

static void tell(struct reactor_datagram *datagram, int error,
                 const struct reactor_address *peer)
{
    if (datagram->options.failed == NULL)
        return;
    ri_net_begin(datagram->net);
    datagram->options.failed(datagram->user_data, datagram, error, peer);
    ri_net_end(datagram->net);
}

static bool tell_next_error(struct reactor_datagram *datagram)
{
    struct reactor_address peer = {.size = RI_NAME_SIZE};
    int error = ri_message_error(reactor_handler_handle(&datagram->handler),
                                 peer.storage, &peer.size);

    if (error != 0)
        tell(datagram, error, peer.size > 0 ? &peer : NULL);
    return error != 0;
}

static bool goes_on(const struct reactor_datagram *datagram)
{
    return !datagram->is_closed &&
           reactor_loop_status(datagram->net->loop) == 0;
}

static void tell_errors(struct reactor_datagram *datagram)
{
    int left = ERRORS_MAX;
    int error;

    while (left-- > 0 && goes_on(datagram) && tell_next_error(datagram))
        continue;
    if (!goes_on(datagram))
        return;
    error = ri_socket_error(reactor_handler_handle(&datagram->handler));
    if (error != 0)
        tell(datagram, error, NULL);
}

void ri_datagram_tell_later(struct reactor_datagram *datagram, int error)
{
    datagram->error = error;
    put_off(datagram);
}

/* ---- Receive ---- */

static int receive_batch(struct reactor_datagram *datagram, int *behind)
{
    struct ri_message batch[RI_MESSAGES_MAX];
    int count = (int)datagram->options.batch;
    int i, received;

    for (i = 0; i < count; i++)
        batch[i] = (struct ri_message){
            .bytes = datagram->room + (size_t)i * datagram->options.longest,
            .size = datagram->options.longest,
            .name = datagram->peers[i].storage,
            .name_size = RI_NAME_SIZE,
        };
    received = ri_messages_receive(reactor_handler_handle(&datagram->handler),
                                   batch, count, behind);
    for (i = 0; i < received; i++) {
        datagram->peers[i].size = batch[i].name_size;
        datagram->messages[i] = (struct reactor_message){
            .bytes = batch[i].bytes,
            .size = batch[i].size,
            .peer = &datagram->peers[i],
            .is_truncated = batch[i].is_truncated,
        };
    }
    return received;
}

static void give(struct reactor_datagram *datagram, int count)
{
    if (datagram->options.received == NULL)
        return;
    ri_net_begin(datagram->net);
    datagram->options.received(datagram->user_data, datagram,
                               datagram->messages, (size_t)count);
    ri_net_end(datagram->net);
}

static void receive(struct reactor_datagram *datagram)
{
    int error;
    int count = receive_batch(datagram, &error);

    if (count > 0)
        give(datagram, count);
    else if (count != -EAGAIN)
        error = count;
    if (error != 0 && goes_on(datagram))
        tell(datagram, error, NULL);
}

/* ---- Close ---- */

static void end(struct reactor_datagram *datagram)
{
    reactor_handle handle = reactor_handler_handle(&datagram->handler);

    datagram->is_closed = true;
    reactor_handler_stop(&datagram->handler);
    ri_socket_close(handle);
    ri_queue_clear(&datagram->queue, &datagram->net->stock);
}

static void destroy(struct reactor_datagram *datagram)
{
    ri_release(datagram->room);
    ri_release(datagram->peers);
    ri_release(datagram->messages);
    ri_release(datagram);
}

static void call_closed(struct reactor_datagram *datagram)
{
    struct ri_net *net = datagram->net;

    ri_net_part(&datagram->member);
    if (datagram->options.closed != NULL) {
        ri_net_begin(net);
        datagram->options.closed(datagram->user_data, datagram);
        ri_net_end(net);
    }
    destroy(datagram);
}

static void run_later(struct ri_later *later)
{
    struct reactor_datagram *datagram =
        RI_OWNER_OF(later, struct reactor_datagram, later);
    int error = datagram->error;

    if (datagram->is_closed) {
        call_closed(datagram);
        return;
    }
    if (!goes_on(datagram)) /* it is closed with the loop, next */
        return;
    datagram->error = 0;
    if (error != 0)
        tell(datagram, error, NULL);
    if (!datagram->is_drained || !goes_on(datagram))
        return;
    datagram->is_drained = false;
    if (datagram->options.drained == NULL)
        return;
    ri_net_begin(datagram->net);
    datagram->options.drained(datagram->user_data, datagram);
    ri_net_end(datagram->net);
}

static void leave(struct ri_member *member, enum ri_leave how)
{
    struct reactor_datagram *datagram = (struct reactor_datagram *)member;

    if (!datagram->is_closed)
        end(datagram);
    ri_net_forget(datagram->net, &datagram->later);
    if (how == RI_LEAVE_CLOSED) {
        call_closed(datagram);
        return;
    }
    ri_net_part(member);
    destroy(datagram);
}

void reactor_datagram_close(struct reactor_datagram *datagram)
{
    if (datagram == NULL || datagram->is_closed)
        return;
    end(datagram);
    put_off(datagram);
}

/* ---- Open ---- */

static void on_ready(void *user_data, uint32_t readiness)
{
    struct reactor_datagram *datagram = user_data;

    if ((readiness & REACTOR_WRITABLE) != 0 && datagram->is_blocked)
        ri_datagram_send_queue(datagram);
    if ((readiness & REACTOR_ERROR) != 0)
        tell_errors(datagram);
    if ((readiness & REACTOR_READABLE) != 0 && goes_on(datagram) &&
        !datagram->is_paused)
        receive(datagram);
    if ((readiness & REACTOR_ERROR) != 0 && goes_on(datagram))
        ri_datagram_want(datagram); /* what the kernel may have refused */
}

static int read_options(const struct reactor_datagram_options *options,
                        struct reactor_datagram_options *out)
{
    int error;

    *out = (struct reactor_datagram_options)REACTOR_DATAGRAM_OPTIONS_INIT;
    error = ri_read_versioned(out, sizeof(*out), options);
    if (error != 0)
        return error;
    if (out->batch == 0)
        out->batch = BATCH;
    if (out->longest == 0)
        out->longest = LONGEST_MAX;
    if (out->high == 0)
        out->high = UINT32_C(1) << 20;
    if ((out->flags & ~KNOWN_FLAGS) != 0 || out->batch > RI_MESSAGES_MAX ||
        out->longest > LONGEST_MAX)
        return -EINVAL;
    return 0;
}

static int allocate_batch(struct reactor_datagram *datagram)
{
    size_t batch = datagram->options.batch;

    datagram->room = ri_allocate(batch * datagram->options.longest);
    datagram->peers = ri_allocate(batch * sizeof(*datagram->peers));
    datagram->messages = ri_allocate(batch * sizeof(*datagram->messages));
    if (datagram->room == NULL || datagram->peers == NULL ||
        datagram->messages == NULL)
        return -ENOMEM;
    memset(datagram->peers, 0, batch * sizeof(*datagram->peers));
    return 0;
}

static int create(struct ri_net *net,
                  const struct reactor_datagram_options *options,
                  void *user_data, struct reactor_datagram **out)
{
    struct reactor_datagram *datagram = ri_allocate(sizeof(*datagram));

    if (datagram == NULL)
        return -ENOMEM;
    *datagram = (struct reactor_datagram){
        .member.leave = leave,
        .net = net,
        .options = *options,
        .user_data = user_data,
        .later.run = run_later,
    };
    ri_datagram_init_send(datagram);
    reactor_handler_init(&datagram->handler, net->loop, on_ready, datagram);
    if (allocate_batch(datagram) != 0) {
        destroy(datagram);
        return -ENOMEM;
    }
    *out = datagram;
    return 0;
}

/* Errors of others than the peer are told where the system can. */
static int tune(reactor_handle handle, enum reactor_family family,
                uint32_t flags)
{
    bool is_only = (flags & REACTOR_DATAGRAM_IPV6_ONLY) != 0;
    int error = 0;

    if (family == REACTOR_FAMILY_IPV6)
        error = ri_socket_set(handle, RI_SOCKET_IPV6_ONLY, is_only);
    if (error != 0 && is_only)
        return error;
    if ((flags & REACTOR_DATAGRAM_BROADCAST) != 0) {
        error = ri_socket_set(handle, RI_SOCKET_BROADCAST, true);
        if (error != 0)
            return error;
    }
    if (family != REACTOR_FAMILY_UNIX)
        (void)ri_socket_set(handle, RI_SOCKET_TELL_ERRORS, true);
    return (flags & REACTOR_DATAGRAM_SHARED) != 0
               ? ri_socket_set(handle, RI_SOCKET_SHARED, true)
               : 0;
}

/* One of the two is there, and both are of one family. */
static const struct reactor_address *any_of(const struct reactor_address *local,
                                            const struct reactor_address *peer)
{
    return local != NULL ? local : peer;
}

/* Nothing of it takes time: what is interrupted is done. */
static int connect_to(reactor_handle handle, const struct reactor_address *peer)
{
    int error = ri_socket_connect(handle, peer->storage, peer->size);

    return error == -EINPROGRESS ? 0 : error;
}

static int open_socket(const struct reactor_address *local,
                       const struct reactor_address *peer, uint32_t flags,
                       reactor_handle *out)
{
    const struct reactor_address *any = any_of(local, peer);
    reactor_handle handle;
    int error = ri_socket_open(any->storage, RI_SOCKET_DATAGRAM, &handle);

    if (error != 0)
        return error;
    error = tune(handle, reactor_address_family(any), flags);
    if (error == 0 && local != NULL)
        error = ri_socket_bind(handle, local->storage, local->size);
    if (error == 0 && peer != NULL)
        error = connect_to(handle, peer);
    if (error != 0) {
        ri_socket_close(handle);
        return error;
    }
    *out = handle;
    return 0;
}

static bool are_valid(const struct reactor_address *local,
                      const struct reactor_address *peer)
{
    if (local == NULL && peer == NULL)
        return false;
    if ((local != NULL && local->size == 0) ||
        (peer != NULL && peer->size == 0))
        return false;
    return local == NULL || peer == NULL ||
           reactor_address_family(local) == reactor_address_family(peer);
}

int reactor_datagram_open(struct reactor_datagram **out,
                          struct reactor_loop *loop,
                          const struct reactor_address *local,
                          const struct reactor_address *peer,
                          const struct reactor_datagram_options *options,
                          void *user_data)
{
    struct reactor_datagram_options wanted;
    struct reactor_datagram *datagram;
    reactor_handle handle;
    struct ri_net *net;
    int error;

    if (out == NULL || loop == NULL || !are_valid(local, peer))
        return -EINVAL;
    error = read_options(options, &wanted);
    if (error == 0)
        error = ri_net_of(loop, &net);
    if (error == 0)
        error = create(net, &wanted, user_data, &datagram);
    if (error != 0)
        return error;
    error = open_socket(local, peer, wanted.flags, &handle);
    if (error != 0) {
        destroy(datagram);
        return error;
    }
    error = reactor_handler_start(&datagram->handler, handle, REACTOR_READABLE);
    if (error != 0) {
        ri_socket_close(handle);
        destroy(datagram);
        return error;
    }
    datagram->is_connected = peer != NULL;
    ri_net_join(net, &datagram->member);
    *out = datagram;
    return 0;
}

static int pause_or_resume(struct reactor_datagram *datagram, bool is_paused)
{
    if (datagram == NULL)
        return -EINVAL;
    if (datagram->is_closed)
        return -EPIPE;
    datagram->is_paused = is_paused;
    ri_datagram_want(datagram);
    return 0;
}

int reactor_datagram_pause(struct reactor_datagram *datagram)
{
    return pause_or_resume(datagram, true);
}

int reactor_datagram_resume(struct reactor_datagram *datagram)
{
    return pause_or_resume(datagram, false);
}

reactor_handle reactor_datagram_handle(const struct reactor_datagram *datagram)
{
    return datagram != NULL ? reactor_handler_handle(&datagram->handler)
                            : REACTOR_INVALID_HANDLE;
}
