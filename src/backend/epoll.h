/* SPDX-License-Identifier: MIT */
#ifndef BACKEND_EPOLL_H
#define BACKEND_EPOLL_H

/*
 * epoll(7): Linux. What the kernel does, and what follows from it:
 *
 * (a) close(2) ends a registration only when the last duplicate of the
 *     descriptor is gone. Until then events go on arriving, and EPOLL_CTL_DEL
 *     by the closed number answers EBADF: a ghost. Its token is stale; when
 *     ghosts keep reporting, the set is replaced by a new one.
 * (b) EPOLL_CTL_ADD is what knows whether an object is registered: EEXIST if it
 *     is; success while we have a record of the same number means that the
 *     number was closed and used again. MOD and DEL then answer ENOENT.
 * (c) EPOLLHUP and EPOLLERR are reported whatever was asked for. A silent
 *     registration is one with EPOLLONESHOT and no events: at most one stray
 *     report, and ADD still answers EEXIST.
 * (d) The events are those of poll(2), number by number.
 * (e) MOD looks at readiness anew, also for an edge that was reported before.
 * (f) Reported level-triggered sources go to the end of the ready list, so that
 *     small batches stay fair; within one call none is reported twice. Two
 *     calls for one batch could, therefore there is one, with as much room as
 *     there can be events: the registrations and the doorbell.
 * (g) The doorbell is an edge-triggered eventfd(2) that is never read.
 * (h) epoll_pwait2(2) takes nanoseconds: Linux 5.11. Old kernels and valgrind
 *     answer ENOSYS, some seccomp filters EPERM; then it is milliseconds,
 *     rounded up.
 * (i) A registration belongs to the set, not to the process: a child of fork(2)
 *     that changed or waited on the inherited set would disturb the parent.
 * (j) EPOLLIN, EPOLLPRI and EPOLLOUT are the lowest three bits, on every
 *     architecture.
 */
#include "backend/backend.h"
#include "backend/wake_flag.h"

/*
 * In a token, a bit that no generation has says that events are not plain:
 * those of a oneshot are not, as the source has to be disarmed. The doorbell's
 * token is nobody's.
 */
#define RI_EPOLL_NOT_PLAIN RI_GENERATION_SPARE_BIT

struct ri_backend {
    struct ri_sources *sources;
    int set;
    int doorbell;
    struct ri_wake_flag wake;
    /* The waiting thread's: */
    bool has_pwait2;        /* fact (h) */
    bool has_stale;         /* the batch has stale events */
    unsigned ghost_reports; /* fact (a) */
    uint32_t ghost_changes; /* the count of changes that they came after */
};

/*
 * Replaces the set by one without ghosts, for the waiting thread. Everything is
 * as it was if it fails.
 */
int ri_epoll_exorcise(struct ri_backend *backend);

#endif /* BACKEND_EPOLL_H */
