/* SPDX-License-Identifier: MIT */
#ifndef BACKEND_KQUEUE_H
#define BACKEND_KQUEUE_H

/*
 * kqueue(2): macOS, FreeBSD, NetBSD, OpenBSD, DragonFly. What it does, and what
 * follows from it:
 *
 * (a) A registration has a **knote** for each direction: two events, which a
 *     wait merges. A knote belongs to the descriptor and goes with its
 *     close(2): there are no ghosts. A batch that is on its way already may
 *     still tell of what was deleted, hence the generations.
 * (b) EV_ADD of a knote that is there modifies it silently. A change without
 *     EV_ADD answers ENOENT where there is none, which tells a number that was
 *     closed and used again. So a silent registration has a knote as well, a
 *     disabled one. On FreeBSD such a change sets udata, fflags and data too,
 *     and looks anew, which may repeat an edge.
 * (c) How a knote is triggered is fixed when it is added.
 * (d) EV_ADD looks anew at what is ready, but does not enable what is disabled.
 * (e) EV_DISPATCH disables the one knote that was reported. The other one may
 *     be reported once more, which is ignored: then it is disabled, too. Where
 *     there is only EV_ONESHOT (NetBSD 9) the knote is gone, and fact (b) of no
 *     use: fstat(2) has to tell. Nor is it looked at again when it is reported.
 * (f) EV_RECEIPT has every change of a call answered, and no event fetched.
 *     Without it (NetBSD 9) a call stops at the first error, and makes one
 *     change here. After EINTR the changes are made.
 * (g) A broken pipe takes no EVFILT_WRITE: EPIPE, on NetBSD EBADF. Its
 *     EVFILT_READ tells of the end, too, and stands in.
 * (h) EV_EOF says that the filter's direction is closed, with an error of the
 *     socket in fflags. Data that is not read yet is told along with it. An
 *     error without an end (a refused datagram) is just ready.
 * (i) A child of fork(2) has no kqueue: its number may be anybody's there.
 * (j) EVFILT_USER is the bell; where there is none (older OpenBSD, NetBSD
 *     before 10) it is a pipe. kevent(2) is a system call and nothing more, so
 *     a signal handler may call it.
 * (k) Only what adds a knote needs memory. A change that fails half-way has the
 *     old knotes brought back; if that fails, too, the registration is paused.
 * (l) EVFILT_EXCEPT (OpenBSD, DragonFly) tells of urgent data and of nothing
 *     else. Who wants only that learns of the end, and of errors, by a knote
 *     for writing to which no room is enough. It takes sockets only. That of
 *     macOS tells of any data: not used.
 * (m) It takes files, which are always ready: refused by us.
 * (n) Where pointers have 32 bits a token does not fit into udata.
 */
#include "backend/backend.h"
#include "backend/wake_flag.h"

#include <stddef.h>
#include <sys/types.h>

#include <sys/event.h>
#include <sys/time.h>
#include <unistd.h>

#if defined(EVFILT_EXCEPT) && defined(NOTE_OOB) && !defined(__APPLE__)
#define RI_HAVE_EXCEPT true
#else /* fact (l) */
#undef EVFILT_EXCEPT
#undef NOTE_OOB
#define RI_HAVE_EXCEPT false
#define EVFILT_EXCEPT  0
#define NOTE_OOB       0
#endif

struct ri_backend {
    struct ri_sources *sources;
    int queue;
    pid_t owner; /* of the queue: fact (i) */
#ifndef EVFILT_USER
    struct ri_doorbell doorbell;
#endif
    struct ri_wake_flag wake;
};

/*
 * The counts that kevent() takes are int, but size_t on NetBSD; this becomes
 * either without a cast.
 */
typedef uint16_t ri_kevent_count;

/* ---- Tokens ---- */

#define RI_UDATA_SIZE sizeof(((struct kevent *)NULL)->udata)
#ifndef RI_UDATA_NARROW /* tests say so where it is not */
#define RI_UDATA_NARROW (RI_UDATA_SIZE < sizeof(struct ri_token)) /* (n) */
#endif

_Static_assert(RI_UDATA_SIZE >= sizeof(uint32_t), "fact (n)");

/*
 * A narrow token has the index in its lower bits, and above them the lower ones
 * of the generation, less the lowest, which is the same in all.
 */
#define RI_NARROW_INDEX_BITS 20
#define RI_NARROW_INDEX_MAX  (UINT32_C(1) << RI_NARROW_INDEX_BITS)

static inline uint32_t ri_narrow_generation(uint32_t generation)
{
    return generation >> 1 << RI_NARROW_INDEX_BITS;
}

/* In a token's generation: the knote stands for one for writing, fact (g). */
#define RI_KNOTE_STANDS_IN RI_GENERATION_SPARE_BIT

/* ---- Knotes: fact (a) ---- */

enum ri_knote_bit {
    RI_KNOTE_READ = 1,
    RI_KNOTE_WRITE = 2,
    RI_KNOTE_EXCEPT = 4,
    RI_KNOTES_ALL = RI_KNOTE_READ | RI_KNOTE_WRITE | RI_KNOTE_EXCEPT
};

/* Those of an interest; what wants priority alone has one more: fact (l). */
static inline uint8_t ri_knotes_of(uint32_t interest)
{
    uint8_t knotes = 0;

    if (interest & REACTOR_READABLE)
        knotes |= RI_KNOTE_READ;
    if (interest & REACTOR_WRITABLE)
        knotes |= RI_KNOTE_WRITE;
    if (interest & REACTOR_PRIORITY)
        knotes |= RI_KNOTE_EXCEPT;
    return knotes == RI_KNOTE_EXCEPT ? RI_KNOTE_EXCEPT | RI_KNOTE_WRITE
                                     : knotes;
}

/* ---- The bell, in kqueue.c: fact (j) ---- */

/* Whether the event says that the bell was rung. */
bool ri_kqueue_is_bell(const struct ri_backend *backend,
                       const struct kevent *event);

/* Has it ring again at the next wake. */
void ri_kqueue_silence_bell(struct ri_backend *backend);

/* Whether the handle is one of ours. */
bool ri_kqueue_owns(const struct ri_backend *backend, reactor_handle handle);

#endif /* BACKEND_KQUEUE_H */
