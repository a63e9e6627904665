/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_KQUEUE_FUNCTIONS_H
#define SUPPORT_KQUEUE_FUNCTIONS_H

/* What every <sys/event.h> has; included at the end of each of ours. */

#define EV_SET(event, ident_, filter_, flags_, fflags_, data_, udata_)         \
    (*(event) = (struct kevent){.ident = (ident_),                             \
                                .filter = (filter_),                           \
                                .flags = (flags_),                             \
                                .fflags = (fflags_),                           \
                                .data = (data_),                               \
                                .udata = (udata_)})

int kqueue(void);
#if KQUEUE_SHIM_HAS_KQUEUE1
int kqueue1(int flags);
#endif
int kevent(int queue, const struct kevent *changes,
           KQUEUE_SHIM_COUNT change_count, struct kevent *events,
           KQUEUE_SHIM_COUNT capacity, const struct timespec *timeout);

#endif /* SUPPORT_KQUEUE_FUNCTIONS_H */
