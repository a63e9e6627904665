/* SPDX-License-Identifier: MIT */
#ifndef BACKEND_IOCP_H
#define BACKEND_IOCP_H

/*
 * I/O completion ports: Windows 8 and later. They tell of operations that have
 * ended; readiness is what a poll of the driver behind Winsock ends with. What
 * the system does, and what follows from it:
 *
 * (a) IOCTL_AFD_POLL ends when one of the events is so, which may be at once,
 *     and tells all that are so then. It ends once: a level that is to be
 *     reported again is another poll. There is no edge, and nothing like it can
 *     be built from it.
 * (b) The kernel owns a poll's memory until its packet was taken from the port,
 *     also after it was cancelled. So that memory is in the source, which is
 *     never freed before the backend is closed, and closing takes all packets
 *     that are still to come. A source that was given to another registration
 *     sends no poll before the packet of its former one has come.
 * (c) Two polls of one socket get in each other's way: there is one, for all
 *     events. A smaller interest needs no other poll, a larger one needs the
 *     packet of the old one first.
 * (d) DISCONNECT is the peer's end of stream, which RECEIVE does not tell;
 *     CONNECT_FAIL is a refused connection, and the only word of it; ABORT is a
 *     reset. CONNECT stays set for ever, and is not asked for. LOCAL_CLOSE
 *     tells that the socket was closed, and is asked for always, also by who is
 *     to stay silent: closed sockets' numbers are soon used again.
 * (e) A packet tells what was so when the poll ended. When it was sent by an
 *     earlier wait, that may be over: then the packet is a hint, and a new poll
 *     the answer.
 * (f) Polls are sent through a handle of the driver's, a helper, that is bound
 *     to the port. To cancel one, the kernel searches those of the helper: each
 *     chunk of sources has a helper of its own.
 * (g) A poll that a thread has sent may be cancelled when the thread ends.
 * (h) Layered providers wrap sockets; what the driver knows is the base
 *     provider's. SIO_BASE_HANDLE tells, and where a layer does not pass that
 *     on, SIO_BSP_HANDLE_POLL leads to the next layer.
 * (i) A pending poll keeps nothing open: closesocket() ends it. A cancel is
 *     done when it has returned, but for the packet.
 * (j) A port lets no more threads run than it was opened for, and goes on
 *     counting those that have left it, until they sleep elsewhere. Waits may
 *     move from thread to thread: it is opened for any number.
 * (k) Waits take units of 100 ns, and end with the tick of a clock that may be
 *     a little before the one that deadlines are on: the core waits again.
 */
#include "backend/backend.h"
#include "backend/wake_flag.h"

/* First in, first out. A source is in one queue at most. */
struct ri_source_queue {
    struct ri_source *first;
    struct ri_source *last;
};

/*
 * Everything is under the sources' lock but the port and the flag. The first
 * source, which is nobody's, stands in the queue for the wake; the first of
 * each chunk has the chunk's helper.
 */
struct ri_backend {
    struct ri_sources *sources;
    void *port;
    struct ri_wake_flag wake;
    struct ri_source_queue queue; /* those to look at */
    struct ri_source_queue later; /* in the next pass */
    uint64_t pass;                /* the number of this wait */
    uint32_t in_flight;           /* packets that are to come */
    uint32_t owed;                /* cancelled polls that others wait behind */
    bool is_asleep;               /* a thread waits for packets */
};

/* What comes out of the port, as the system lays it out. */
struct ri_iocp_packet {
    uintptr_t key;
    struct ri_source *source; /* NULL: somebody wakes */
    struct ri_afd_status status;
};

/*
 * Takes up to `room` packets, and waits for the first for at most timeout_ns
 * (-1: for ever). Returns their number, or a negative errno value.
 */
int ri_iocp_receive(struct ri_backend *backend, struct ri_iocp_packet *packets,
                    int room, int64_t timeout_ns);

/* Into the queue, unless the source is in one. */
void ri_iocp_enqueue(struct ri_source_queue *queue, struct ri_source *source);

/*
 * Every change of what a source wants and of its poll's state, which together
 * tell whether it is owed a packet.
 */
static inline void ri_iocp_set(struct ri_backend *backend,
                               struct ri_source *source, uint32_t wanted,
                               enum ri_afd_state state)
{
    struct ri_backend_source *own = &source->backend;

    backend->owed -= own->state == RI_AFD_CANCELLED && own->wanted != 0;
    own->wanted = wanted;
    own->state = (uint8_t)state;
    backend->owed += own->state == RI_AFD_CANCELLED && own->wanted != 0;
}

/* Sends the poll of a source that is idle. */
int ri_iocp_look(struct ri_backend *backend, struct ri_source *source);

/* Ends the poll in flight; what it has to tell will be dropped. */
int ri_iocp_cancel(struct ri_backend *backend, struct ri_source *source);

/* The poll that is pending is for no less than what is wanted. */
static inline bool ri_iocp_asks_enough(const struct ri_source *source)
{
    return source->backend.state == RI_AFD_PENDING &&
           (source->backend.wanted & ~source->backend.asked) == 0;
}

#endif /* BACKEND_IOCP_H */
