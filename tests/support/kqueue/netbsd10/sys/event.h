/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_KQUEUE_NETBSD10_SYS_EVENT_H
#define SUPPORT_KQUEUE_NETBSD10_SYS_EVENT_H

/*
 * <sys/event.h> as NetBSD 10 has it, as far as the tests go. On NetBSD the name
 * kevent stands for __kevent50 or a later one.
 */

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Which flavour this is, for those who assert what is in it. */
#define KQUEUE_SHIM_NETBSD10 1

/* What the shim takes from here: see README.md, "Switches". */
#define KQUEUE_SHIM_COUNT                 size_t
#define KQUEUE_SHIM_FLAGS                 uint32_t
#define KQUEUE_SHIM_FILTER                uint32_t
#define KQUEUE_SHIM_HAS_KQUEUE1           1
#define KQUEUE_SHIM_BROKEN_PIPE           EBADF
#define KQUEUE_SHIM_EVERY_CHANGE_MODIFIES 1
#define KQUEUE_SHIM_QUEUES_DISABLED       1
#define KQUEUE_SHIM_CLOSED_IS_ENOENT      0
#define KQUEUE_SHIM_HIDDEN_FLAGS          0u

#define EVFILT_READ  0U
#define EVFILT_WRITE 1U
#define EVFILT_USER  8U

#define EV_ADD      0x0001U
#define EV_DELETE   0x0002U
#define EV_ENABLE   0x0004U
#define EV_DISABLE  0x0008U
#define EV_ONESHOT  0x0010U
#define EV_CLEAR    0x0020U
#define EV_RECEIPT  0x0040U
#define EV_DISPATCH 0x0080U
#define EV_SYSFLAGS 0xF000U
#define EV_ERROR    0x4000U
#define EV_EOF      0x8000U

#define NOTE_LOWAT      0x0001U
#define NOTE_FFNOP      0x00000000U
#define NOTE_FFAND      0x40000000U
#define NOTE_FFOR       0x80000000U
#define NOTE_FFCOPY     0xc0000000U
#define NOTE_FFCTRLMASK 0xc0000000U
#define NOTE_FFLAGSMASK 0x00ffffffU
#define NOTE_TRIGGER    0x01000000U

struct kevent {
    uintptr_t ident;
    uint32_t filter;
    uint32_t flags;
    uint32_t fflags;
    int64_t data;
    void *udata;
};

#include "../../functions.h"

#endif /* SUPPORT_KQUEUE_NETBSD10_SYS_EVENT_H */
