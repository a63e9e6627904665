/* SPDX-License-Identifier: MIT */
/* The port, its helpers, and changes; facts in iocp.h. */
#include "backend/iocp.h"

#include "backend/afd.h"
#include "platform/windows/windows_error.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <winsock2.h>

#define DRAIN_FAILURES_MAX 100

const char ri_backend_name[] = "iocp";
const uint32_t ri_backend_supported_interest =
    RI_INTEREST_READINESS | REACTOR_ONESHOT; /* fact (a) */

/* ---- Helpers: fact (f) ---- */

static struct ri_source *first_of_chunk(struct ri_backend *backend,
                                        uint32_t index)
{
    return ri_sources_at(backend->sources,
                         index - index % RI_SOURCES_PER_CHUNK);
}

static int reserve_helper(struct ri_backend *backend, uint32_t index)
{
    struct ri_source *first = first_of_chunk(backend, index);

    if (first->backend.helper != NULL)
        return 0;
    return ri_afd_open_helper(backend->port, &first->backend.helper);
}

static bool is_own(struct ri_backend *backend, reactor_handle handle)
{
    uint32_t index;

    for (index = 0; index < backend->sources->used;
         index += RI_SOURCES_PER_CHUNK)
        if (first_of_chunk(backend, index)->backend.helper == (void *)handle)
            return true;
    return (void *)handle == backend->port;
}

static void close_helpers(struct ri_backend *backend)
{
    uint32_t index;

    for (index = 0; index < backend->sources->used;
         index += RI_SOURCES_PER_CHUNK) {
        void *helper = first_of_chunk(backend, index)->backend.helper;

        if (helper != NULL)
            CloseHandle(helper);
    }
}

/* ---- Open and close ---- */

static int start_winsock(void)
{
    WSADATA data;
    int error = WSAStartup(MAKEWORD(2, 2), &data);

    return error == 0 ? 0 : ri_error_of_windows((uint32_t)error);
}

static int open_port(struct ri_backend *backend)
{
    int error;

    backend->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0,
                                           INT_MAX); /* fact (j) */
    if (backend->port == NULL)
        return ri_error_of_windows(GetLastError());
    error = reserve_helper(backend, 0);
    if (error != 0)
        CloseHandle(backend->port);
    return error;
}

int ri_backend_open(struct ri_backend **out, struct ri_sources *sources)
{
    struct ri_backend *backend = ri_allocate(sizeof(*backend));
    int error;

    if (backend == NULL)
        return -ENOMEM;
    *backend = (struct ri_backend){.sources = sources};
    ri_wake_flag_init(&backend->wake);
    error = start_winsock();
    if (error != 0)
        goto release_backend;
    error = open_port(backend);
    if (error != 0)
        goto stop_winsock;
    *out = backend;
    return 0;

stop_winsock:
    WSACleanup();
release_backend:
    ri_release(backend);
    return error;
}

static void cancel_all(struct ri_backend *backend)
{
    uint32_t index;

    for (index = 0; index < backend->sources->used; index++) {
        struct ri_source *source = ri_sources_at(backend->sources, index);

        if (source->backend.state != RI_AFD_IDLE)
            (void)ri_iocp_cancel(backend, source);
    }
}

/* Takes packets until no more come; -errno if they could not be taken. */
static int take_last_packets(struct ri_backend *backend)
{
    struct ri_iocp_packet packet;
    int count = 1;

    while (backend->in_flight > 0 && count > 0) {
        count = ri_iocp_receive(backend, &packet, 1, 100 * RI_NS_PER_MS);
        if (count > 0 && packet.source != NULL) {
            ri_iocp_set(backend, packet.source, 0, RI_AFD_IDLE);
            backend->in_flight--;
        }
    }
    return count;
}

/*
 * Nothing of a source may belong to the kernel any more: fact (b). What it was
 * told to end and did not is told again. A port that fails again and again has
 * lost its packets.
 */
static void drain(struct ri_backend *backend)
{
    int failures = 0;

    while (backend->in_flight > 0 && failures < DRAIN_FAILURES_MAX) {
        cancel_all(backend);
        failures += take_last_packets(backend) < 0;
    }
}

void ri_backend_close(struct ri_backend *backend, bool inherited)
{
    (void)inherited;
    drain(backend);
    close_helpers(backend);
    CloseHandle(backend->port);
    WSACleanup();
    ri_release(backend);
}

reactor_handle ri_backend_handle(const struct ri_backend *backend)
{
    (void)backend;
    return REACTOR_INVALID_HANDLE;
}

int ri_backend_after_fork(struct ri_backend *backend)
{
    (void)backend;
    return -ENOTSUP;
}

/* ---- Polls ---- */

void ri_iocp_enqueue(struct ri_source_queue *queue, struct ri_source *source)
{
    if (source->backend.is_queued)
        return;
    source->backend.is_queued = true;
    source->backend.next = NULL;
    if (queue->first == NULL)
        queue->first = source;
    else
        queue->last->backend.next = source;
    queue->last = source;
}

int ri_iocp_look(struct ri_backend *backend, struct ri_source *source)
{
    int error;

    assert(source->backend.state == RI_AFD_IDLE);
    error = ri_afd_send_poll(source);
    if (error != 0)
        return error;
    ri_iocp_set(backend, source, source->backend.wanted, RI_AFD_PENDING);
    source->backend.looked_in = backend->pass;
    backend->in_flight++;
    return 0;
}

int ri_iocp_cancel(struct ri_backend *backend, struct ri_source *source)
{
    int error;

    assert(source->backend.state != RI_AFD_IDLE);
    error = ri_afd_cancel_poll(source);
    if (error == 0)
        ri_iocp_set(backend, source, source->backend.wanted, RI_AFD_CANCELLED);
    return error;
}

/* ---- Changes ---- */

/* Something will come out of the port for the thread that is asleep. */
static int interrupt(struct ri_backend *backend, struct ri_source *source)
{
    switch ((enum ri_afd_state)source->backend.state) {
    case RI_AFD_IDLE:
        return ri_iocp_look(backend, source);
    case RI_AFD_PENDING:
        return ri_iocp_cancel(backend, source);
    case RI_AFD_CANCELLED:
        break;
    }
    return 0;
}

/*
 * Has `wanted` polled for: by the next wait, or at once while a thread is
 * asleep in one. Until then a poll that is in the way is left alone, as it may
 * end by itself.
 */
static int follow(struct ri_backend *backend, struct ri_source *source,
                  uint32_t wanted)
{
    uint32_t before = source->backend.wanted;
    int error = 0;

    ri_iocp_set(backend, source, wanted, source->backend.state);
    if (ri_iocp_asks_enough(source))
        return 0;
    if (backend->is_asleep)
        error = interrupt(backend, source);
    if (error != 0)
        ri_iocp_set(backend, source, before, source->backend.state);
    else if (!ri_iocp_asks_enough(source))
        ri_iocp_enqueue(&backend->queue, source);
    return error;
}

/* Whatever the system answers, nothing that the poll tells is heard. */
static void abandon(struct ri_backend *backend, struct ri_source *source)
{
    enum ri_afd_state state = RI_AFD_IDLE;

    if (source->backend.state != RI_AFD_IDLE) {
        (void)ri_iocp_cancel(backend, source);
        state = RI_AFD_CANCELLED;
    }
    ri_iocp_set(backend, source, 0, state);
}

/* Whether the registration is for something that its number names no more. */
static bool is_lost(struct ri_source *source, uint32_t identity)
{
    struct ri_backend_source *own = &source->backend;

    if (own->is_closed)
        return true;
    if (own->state == RI_AFD_PENDING && ri_afd_has_told_close(source))
        return true;
    return identity != RI_IDENTITY_NONE && own->identity != RI_IDENTITY_NONE &&
           own->identity != identity;
}

static struct ri_source *source_of(struct ri_backend *backend,
                                   const struct ri_registration *registration)
{
    return ri_sources_at(backend->sources, registration->index);
}

int ri_backend_add(struct ri_backend *backend,
                   const struct ri_registration *wanted,
                   const struct ri_registration *replaced)
{
    struct ri_source *source = source_of(backend, wanted);
    struct ri_backend_source *own = &source->backend;
    uint32_t identity;
    int error = ri_handle_inspect(wanted->handle, &identity);

    if (error != 0)
        return error == -EPERM && is_own(backend, wanted->handle) ? -EINVAL
                                                                  : error;
    if (replaced != NULL && !is_lost(source_of(backend, replaced), identity))
        return -EEXIST;
    error = reserve_helper(backend, wanted->index);
    if (error != 0)
        return error;
    error = ri_afd_resolve(wanted->handle, &own->socket);
    if (error != 0)
        return error;
    own->helper = first_of_chunk(backend, wanted->index)->backend.helper;
    own->identity = identity;
    own->is_closed = false;
    error = follow(backend, source, ri_afd_events_of(wanted->interest));
    if (error != 0)
        return error;
    if (replaced != NULL)
        abandon(backend, source_of(backend, replaced));
    return 0;
}

int ri_backend_modify(struct ri_backend *backend,
                      const struct ri_registration *wanted)
{
    struct ri_source *source = source_of(backend, wanted);
    struct ri_backend_source *own = &source->backend;
    uint32_t identity;
    int error = ri_handle_inspect(wanted->handle, &identity);

    if (error != 0)
        return error == -EPERM ? -ENOENT : error;
    if (is_lost(source, identity))
        return -ENOENT;
    own->looked_in = 0;
    error = follow(backend, source, ri_afd_events_of(wanted->interest));
    if (error != 0)
        return error;
    if (identity != RI_IDENTITY_NONE)
        own->identity = identity;
    return 0;
}

void ri_backend_remove(struct ri_backend *backend,
                       const struct ri_registration *retired)
{
    abandon(backend, source_of(backend, retired));
}

/* ---- Wake ---- */

static int ring(struct ri_backend *backend)
{
    if (PostQueuedCompletionStatus(backend->port, 0, 0, NULL))
        return 0;
    return ri_error_of_windows(GetLastError());
}

int ri_backend_wake(struct ri_backend *backend)
{
    int error;

    if (!ri_wake_flag_raise(&backend->wake))
        return 0;
    error = ring(backend);
    if (error != 0)
        ri_wake_flag_lower(&backend->wake);
    return error;
}
