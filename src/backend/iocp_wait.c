/* SPDX-License-Identifier: MIT */
/*
 * Waiting. A pass sends the polls of those in the queue, takes packets, and
 * makes events of those that answer a poll of its own: fact (e).
 */
#include "backend/iocp.h"

#include "backend/afd.h"
#include "platform/windows/windows_error.h"

#include <errno.h>

#define WIN32_NO_STATUS
#include <winsock2.h>

#include <winternl.h>
#undef WIN32_NO_STATUS
#include <ntstatus.h>

/* In no header. GetQueuedCompletionStatusEx() is this with milliseconds. */
NTSTATUS NTAPI NtRemoveIoCompletionEx(HANDLE port, void *packets, ULONG room,
                                      ULONG *count, LARGE_INTEGER *timeout,
                                      BOOLEAN alertable);

#define PACKETS_AT_ONCE 64

/* How long at most a wait insists on the packet of a cancelled poll. */
#define PATIENCE_NS RI_NS_PER_S

/* One wait. */
struct pass {
    struct reactor_event *events;
    int capacity;
    int filled;
    int coming; /* its polls whose answers may be in the port */
    int64_t timeout_ns;
    bool is_patient; /* with cancelled polls */
    bool has_slept;
    bool is_over; /* the time is */
};

int ri_iocp_receive(struct ri_backend *backend, struct ri_iocp_packet *packets,
                    int room, int64_t timeout_ns)
{
    LARGE_INTEGER timeout = {.QuadPart = -((timeout_ns + 99) / 100)};
    ULONG count = 0;
    NTSTATUS result;

    result = NtRemoveIoCompletionEx(backend->port, packets, (ULONG)room, &count,
                                    timeout_ns < 0 ? NULL : &timeout, FALSE);
    if (result == STATUS_TIMEOUT)
        return 0;
    return NT_SUCCESS(result) ? (int)count : ri_error_of_status(result);
}

/* ---- The queue ---- */

static struct ri_source *dequeue(struct ri_source_queue *queue)
{
    struct ri_source *source = queue->first;

    if (source != NULL) {
        queue->first = source->backend.next;
        source->backend.is_queued = false;
    }
    return source;
}

static void look_again_later(struct ri_backend *backend)
{
    if (backend->later.first == NULL)
        return;
    if (backend->queue.first == NULL)
        backend->queue = backend->later;
    else {
        backend->queue.last->backend.next = backend->later.first;
        backend->queue.last = backend->later.last;
    }
    backend->later.first = NULL;
}

/* ---- Events ---- */

static void report(struct ri_backend *backend, struct ri_source *source,
                   uint32_t events, struct pass *pass)
{
    struct reactor_event *out = &pass->events[pass->filled];
    uint32_t generation =
        atomic_load_explicit(&source->generation, memory_order_relaxed);
    uint32_t interest;

    if (!ri_source_read(source, generation, out, &interest))
        return;
    out->readiness =
        ri_afd_readiness_of(events & source->backend.wanted, interest);
    if (out->readiness == 0)
        return;
    pass->filled++;
    if (interest & REACTOR_ONESHOT) {
        ri_source_disarm(source, generation);
        ri_iocp_set(backend, source, ri_afd_events_of(0),
                    source->backend.state);
    }
}

/* From now on the number is left alone: it may name anything: fact (d). */
static void lose(struct ri_backend *backend, struct ri_source *source)
{
    source->backend.is_closed = true;
    ri_iocp_set(backend, source, 0, RI_AFD_IDLE);
}

/* What the system refuses is an event, and tried again. */
static void refuse(struct ri_backend *backend, struct ri_source *source,
                   struct pass *pass)
{
    report(backend, source, RI_AFD_CONNECT_FAIL, pass);
    ri_iocp_enqueue(&backend->later, source);
}

/* ---- Polls go out ---- */

static struct ri_source *nobody(struct ri_backend *backend)
{
    return ri_sources_at(backend->sources, 0);
}

static void look(struct ri_backend *backend, struct ri_source *source,
                 struct pass *pass)
{
    int error;

    if (source->backend.wanted == 0 || ri_iocp_asks_enough(source))
        return;
    if (source->backend.state != RI_AFD_IDLE) {
        if (ri_iocp_cancel(backend, source) != 0)
            refuse(backend, source, pass);
        return;
    }
    error = ri_iocp_look(backend, source);
    if (error == 0)
        pass->coming++;
    else if (error == -EBADF)
        lose(backend, source);
    else
        refuse(backend, source, pass);
}

/*
 * Sends no more polls than there is room for events, should all of them be
 * answered: an answer that is left in the port would cost its source the place
 * in the queue, and small batches would not be fair.
 */
static void look_at_queue(struct ri_backend *backend, struct pass *pass)
{
    while (pass->filled + pass->coming < pass->capacity) {
        struct ri_source *source = dequeue(&backend->queue);

        if (source == NULL)
            break;
        if (source == nobody(backend))
            pass->filled += ri_wake_flag_deliver(&backend->wake,
                                                 &pass->events[pass->filled]);
        else
            look(backend, source, pass);
    }
}

/* ---- Packets come in ---- */

static void take_answer(struct ri_backend *backend, struct ri_source *source,
                        int32_t status, struct pass *pass)
{
    pass->coming -= pass->coming > 0;
    if (!NT_SUCCESS(status)) {
        refuse(backend, source, pass);
        return;
    }
    report(backend, source, source->backend.info.events, pass);
    ri_iocp_enqueue(&backend->later, source);
}

static void take(struct ri_backend *backend,
                 const struct ri_iocp_packet *packet, struct pass *pass)
{
    struct ri_source *source = packet->source;
    struct ri_backend_source *own;
    bool is_heard;

    if (source == NULL) {
        ri_iocp_enqueue(&backend->queue, nobody(backend));
        return;
    }
    own = &source->backend;
    is_heard = own->state == RI_AFD_PENDING;
    ri_iocp_set(backend, source, own->wanted, RI_AFD_IDLE);
    backend->in_flight--;
    if (is_heard && ri_afd_has_told_close(source))
        lose(backend, source);
    else if (is_heard && own->looked_in == backend->pass &&
             packet->status.code != STATUS_CANCELLED) /* fact (g) */
        take_answer(backend, source, packet->status.code, pass);
    else if (own->wanted != 0)
        ri_iocp_enqueue(&backend->queue, source);
}

static void take_all(struct ri_backend *backend,
                     const struct ri_iocp_packet *packets, int count,
                     struct pass *pass)
{
    int i;

    for (i = 0; i < count; i++)
        take(backend, &packets[i], pass);
}

/* With the lock held: for what is there, or will be soon. */
static int take_packets(struct ri_backend *backend, int room,
                        int64_t timeout_ns, struct pass *pass)
{
    struct ri_iocp_packet packets[PACKETS_AT_ONCE];
    int count = ri_iocp_receive(backend, packets, room, timeout_ns);

    take_all(backend, packets, count, pass);
    return count;
}

/* Nothing has been found: others may make changes while this thread sleeps. */
static int sleep_and_take(struct ri_backend *backend, int room,
                          struct pass *pass)
{
    struct ri_iocp_packet packets[PACKETS_AT_ONCE];
    int count;

    backend->is_asleep = true;
    ri_mutex_unlock(&backend->sources->lock);
    count = ri_iocp_receive(backend, packets, room, pass->timeout_ns);
    ri_mutex_lock(&backend->sources->lock);
    backend->is_asleep = false;
    pass->has_slept = true;
    pass->is_over = count == 0;
    take_all(backend, packets, count, pass);
    return count;
}

/* ---- Wait ---- */

/*
 * What was changed is due in this wait if there is room, also when its former
 * poll has to end first.
 */
static bool insists(const struct ri_backend *backend, const struct pass *pass)
{
    return backend->owed > 0 && pass->is_patient;
}

static int take_next(struct ri_backend *backend, int room, struct pass *pass)
{
    int count;

    if (backend->queue.first == NULL && insists(backend, pass)) {
        count = take_packets(backend, room, PATIENCE_NS, pass);
        pass->is_patient = count > 0;
        return count;
    }
    if (backend->queue.first == NULL && pass->filled == 0 && !pass->has_slept)
        return sleep_and_take(backend, room, pass);
    return take_packets(backend, room, 0, pass);
}

static int room_in(const struct pass *pass)
{
    int room = pass->capacity - pass->filled;

    return room < PACKETS_AT_ONCE ? room : PACKETS_AT_ONCE;
}

/* 0, or the error that ended it. */
static int run(struct ri_backend *backend, struct pass *pass)
{
    int room;
    int count;

    do {
        look_at_queue(backend, pass);
        room = room_in(pass);
        if (room == 0)
            return 0;
        count = take_next(backend, room, pass);
        if (count < 0)
            return count;
        if (count < room) /* what is not there by now is not ready */
            pass->coming = 0;
    } while (count == room || backend->queue.first != NULL ||
             insists(backend, pass));
    return 0;
}

int ri_backend_wait(struct ri_backend *backend, struct reactor_event *events,
                    int capacity, int64_t timeout_ns)
{
    struct pass pass = {.events = events,
                        .capacity = capacity,
                        .timeout_ns = timeout_ns,
                        .is_patient = true};
    int error;

    ri_mutex_lock(&backend->sources->lock);
    backend->pass++;
    error = run(backend, &pass);
    look_again_later(backend);
    ri_mutex_unlock(&backend->sources->lock);
    if (pass.filled > 0)
        return pass.filled;
    if (error != 0)
        return error;
    return pass.is_over ? 0 : -EINTR;
}
