/* SPDX-License-Identifier: MIT */
#ifndef BACKEND_WAKE_FLAG_H
#define BACKEND_WAKE_FLAG_H

/*
 * A wake that was asked for and not delivered yet. Who raises the flag and
 * finds it down makes the demultiplexer return; many wakes are one. The waiting
 * thread takes the flag when it hears of it.
 */

#include <reactor.h>

#include <stdatomic.h>
#include <stdbool.h>

struct ri_wake_flag {
    _Atomic bool raised;
};

static inline void ri_wake_flag_init(struct ri_wake_flag *flag)
{
    atomic_init(&flag->raised, false);
}

/* Async-signal-safe. True if it was down: the caller has to ring. */
static inline bool ri_wake_flag_raise(struct ri_wake_flag *flag)
{
    return !atomic_exchange_explicit(&flag->raised, true, memory_order_acq_rel);
}

/* After ringing has failed. */
static inline void ri_wake_flag_lower(struct ri_wake_flag *flag)
{
    atomic_store_explicit(&flag->raised, false, memory_order_relaxed);
}

/*
 * The bell was heard, for a wake or for a reason of the backend's own. False if
 * it was no wake; then *out means nothing. It is not a plain store: it takes
 * over what those who rang have written.
 */
static inline bool ri_wake_flag_deliver(struct ri_wake_flag *flag,
                                        struct reactor_event *out)
{
    out->user_data = NULL;
    out->handle = REACTOR_INVALID_HANDLE;
    out->readiness = REACTOR_WAKE;
    return atomic_exchange_explicit(&flag->raised, false, memory_order_acq_rel);
}

#endif /* BACKEND_WAKE_FLAG_H */
