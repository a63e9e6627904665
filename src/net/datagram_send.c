/* SPDX-License-Identifier: MIT */
/*
 * Datagrams that go out: at once or, inside a callback and while the system
 * takes no more, by way of a queue, each in a block behind its address.
 */
#include "net/datagram_state.h"

#include <errno.h>
#include <string.h>

/* UDP's length has 16 bits; the system says so of what is less. */
#define LONGEST_MAX 65535u

/* So many wait at most: each has a block, however short it is. */
#define WAITING_MAX 1024u

/* What a block begins with; the datagram's bytes follow. */
struct heading {
    struct reactor_address peer;
};

static void set_blocked(struct reactor_datagram *datagram, bool is_blocked)
{
    if (datagram->is_blocked == is_blocked)
        return;
    datagram->is_blocked = is_blocked;
    ri_datagram_want(datagram);
}

/*
 * An error may be an older datagram's, which this call has taken away; if it
 * comes again it is this one's.
 */
static int send_again(struct reactor_datagram *datagram,
                      const struct ri_message *messages, int count)
{
    reactor_handle handle = reactor_handler_handle(&datagram->handler);
    int sent = ri_messages_send(handle, messages, count);
    int former = sent;

    if (sent >= 0 || sent == -EAGAIN)
        return sent;
    sent = ri_messages_send(handle, messages, count);
    if (sent >= 0 || sent == -EAGAIN)
        ri_datagram_tell_later(datagram, former);
    return sent;
}

static int list_queue(const struct ri_queue *queue,
                      struct ri_message messages[RI_MESSAGES_MAX])
{
    struct ri_block *block = queue->first;
    int count = 0;

    for (; block != NULL && count < RI_MESSAGES_MAX; block = block->next) {
        struct heading *heading = (void *)block->bytes;

        messages[count++] = (struct ri_message){
            .bytes = block->bytes + sizeof(*heading),
            .size = block->end - sizeof(*heading),
            .name = heading->peer.size > 0 ? heading->peer.storage : NULL,
            .name_size = heading->peer.size,
        };
    }
    return count;
}

static void drop_first(struct reactor_datagram *datagram)
{
    struct ri_queue *queue = &datagram->queue;
    struct ri_block *block = queue->first;

    queue->first = block->next;
    if (queue->first == NULL)
        queue->last = NULL;
    queue->size -= block->end - sizeof(struct heading);
    datagram->count--;
    ri_block_give(&datagram->net->stock, block);
}

/* Whether there may be more to send. */
static bool send_some(struct reactor_datagram *datagram)
{
    struct ri_message messages[RI_MESSAGES_MAX];
    int count = list_queue(&datagram->queue, messages);
    int sent = send_again(datagram, messages, count);
    int i;

    if (sent == -EAGAIN) {
        set_blocked(datagram, true);
        return false;
    }
    if (sent < 0) { /* the first can't be sent */
        ri_datagram_tell_later(datagram, sent);
        sent = 1;
    }
    for (i = 0; i < sent; i++)
        drop_first(datagram);
    return true;
}

void ri_datagram_send_queue(struct reactor_datagram *datagram)
{
    while (datagram->queue.first != NULL)
        if (!send_some(datagram))
            break;
    if (datagram->queue.first == NULL)
        set_blocked(datagram, false);
    if (datagram->is_refused &&
        datagram->queue.size <= datagram->options.high / 2 &&
        datagram->count <= WAITING_MAX / 2) {
        datagram->is_refused = false;
        datagram->is_drained = true;
        ri_net_put_off(datagram->net, &datagram->later);
    }
}

static void flush(struct ri_gathered *gathered)
{
    struct reactor_datagram *datagram =
        RI_OWNER_OF(gathered, struct reactor_datagram, gathered);

    if (datagram->is_closed || datagram->is_blocked)
        return;
    if (!ri_net_is_inherited(datagram->net)) {
        ri_datagram_send_queue(datagram);
        return;
    }
    ri_queue_clear(&datagram->queue, &datagram->net->stock);
    datagram->count = 0;
}

static int enqueue(struct reactor_datagram *datagram,
                   const struct reactor_address *peer, const void *bytes,
                   size_t size)
{
    struct ri_queue *queue = &datagram->queue;
    struct heading heading = {.peer = {0}};
    struct ri_block *block =
        ri_block_take(&datagram->net->stock, sizeof(heading) + size);

    if (block == NULL)
        return -ENOMEM;
    if (peer != NULL)
        heading.peer = *peer;
    memcpy(block->bytes, &heading, sizeof(heading));
    if (size > 0)
        memcpy(block->bytes + sizeof(heading), bytes, size);
    block->end = sizeof(heading) + size;
    if (queue->first == NULL)
        queue->first = block;
    else
        queue->last->next = block;
    queue->last = block;
    queue->size += size;
    datagram->count++;
    return 0;
}

/* const is lost: a message is for receiving, too. */
static void *place_of(const void *memory)
{
    union {
        const void *in;
        void *out;
    } place = {.in = memory};

    return place.out;
}

/* From the caller's memory. */
static int send_now(struct reactor_datagram *datagram,
                    const struct reactor_address *peer, const void *bytes,
                    size_t size)
{
    struct ri_message message = {.bytes = place_of(size > 0 ? bytes : ""),
                                 .size = size};
    int sent;

    if (peer != NULL) {
        message.name = place_of(peer->storage);
        message.name_size = peer->size;
    }
    sent = send_again(datagram, &message, 1);
    if (sent == -EAGAIN)
        set_blocked(datagram, true);
    return sent < 0 ? sent : 0;
}

static int check(const struct reactor_datagram *datagram,
                 const struct reactor_address *peer, size_t size)
{
    if (datagram->is_closed)
        return -EPIPE;
    if (reactor_loop_status(datagram->net->loop) == -ECHILD)
        return -ECHILD;
    if (size > LONGEST_MAX)
        return -EMSGSIZE;
    if (peer == NULL)
        return datagram->is_connected ? 0 : -EDESTADDRREQ;
    if (peer->size == 0)
        return -EINVAL;
    return datagram->is_connected ? -EISCONN : 0;
}

static bool is_full(const struct reactor_datagram *datagram, size_t size)
{
    const struct ri_queue *queue = &datagram->queue;

    return queue->first != NULL &&
           (datagram->count >= WAITING_MAX ||
            queue->size > datagram->options.high ||
            size > datagram->options.high - queue->size);
}

int reactor_datagram_send(struct reactor_datagram *datagram,
                          const struct reactor_address *peer, const void *bytes,
                          size_t size)
{
    int error;

    if (datagram == NULL || (bytes == NULL && size > 0))
        return -EINVAL;
    error = check(datagram, peer, size);
    if (error != 0)
        return error;
    if (datagram->count >= WAITING_MAX && !datagram->is_blocked)
        ri_datagram_send_queue(datagram); /* what has only been gathered */
    if (is_full(datagram, size)) {
        datagram->is_refused = true;
        return -EAGAIN;
    }
    if (datagram->queue.first == NULL && datagram->net->depth == 0) {
        error = send_now(datagram, peer, bytes, size);
        if (error != -EAGAIN)
            return error;
    }
    error = enqueue(datagram, peer, bytes, size);
    if (error == 0 && !datagram->is_blocked)
        ri_net_gather(datagram->net, &datagram->gathered);
    return error;
}

size_t reactor_datagram_waiting(const struct reactor_datagram *datagram)
{
    return datagram != NULL ? datagram->queue.size : 0;
}

void ri_datagram_init_send(struct reactor_datagram *datagram)
{
    datagram->gathered = (struct ri_gathered){.flush = flush};
}
