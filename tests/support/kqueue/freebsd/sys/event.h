/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_KQUEUE_FREEBSD_SYS_EVENT_H
#define SUPPORT_KQUEUE_FREEBSD_SYS_EVENT_H

/* <sys/event.h> as FreeBSD 12 and 13 have it, as far as the tests go. */

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/* Which flavour this is, for those who assert what is in it. */
#define KQUEUE_SHIM_FREEBSD 1

/* What the shim takes from here: see README.md, "Switches". */
#define KQUEUE_SHIM_COUNT                 int
#define KQUEUE_SHIM_FLAGS                 unsigned short
#define KQUEUE_SHIM_FILTER                short
#define KQUEUE_SHIM_HAS_KQUEUE1           0
#define KQUEUE_SHIM_BROKEN_PIPE           EPIPE
#define KQUEUE_SHIM_EVERY_CHANGE_MODIFIES 1
#define KQUEUE_SHIM_QUEUES_DISABLED       0
#define KQUEUE_SHIM_CLOSED_IS_ENOENT      0
#define KQUEUE_SHIM_HIDDEN_FLAGS          0x010fu

#define EVFILT_READ  (-1)
#define EVFILT_WRITE (-2)
#define EVFILT_USER  (-11)

#define EV_ADD      0x0001
#define EV_DELETE   0x0002
#define EV_ENABLE   0x0004
#define EV_DISABLE  0x0008
#define EV_ONESHOT  0x0010
#define EV_CLEAR    0x0020
#define EV_RECEIPT  0x0040
#define EV_DISPATCH 0x0080
#define EV_SYSFLAGS 0xf000
#define EV_ERROR    0x4000
#define EV_EOF      0x8000

#define NOTE_LOWAT      0x0001
#define NOTE_FFNOP      0x00000000
#define NOTE_FFAND      0x40000000
#define NOTE_FFOR       0x80000000
#define NOTE_FFCOPY     0xc0000000
#define NOTE_FFCTRLMASK 0xc0000000
#define NOTE_FFLAGSMASK 0x00ffffff
#define NOTE_TRIGGER    0x01000000

struct kevent {
    uintptr_t ident;
    short filter;
    unsigned short flags;
    unsigned fflags;
    int64_t data;
    void *udata;
    uint64_t ext[4];
};

#include "../../functions.h"

#endif /* SUPPORT_KQUEUE_FREEBSD_SYS_EVENT_H */
