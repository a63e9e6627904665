/* SPDX-License-Identifier: MIT */
/* The one thread that waits, and its clock. */
#include "base/compiler.h"
#include "core/own.h"
#include "core/reactor_state.h"
#include "platform/platform.h"

#include <errno.h>

/* No single wait in the kernel is longer: nothing there can overflow. */
#define LONGEST_WAIT_NS (INT64_C(24) * 60 * 60 * RI_NS_PER_S)

static int64_t time_between(int64_t now_ns, int64_t deadline_ns)
{
    if (deadline_ns <= now_ns)
        return 0;
    if (deadline_ns - now_ns > LONGEST_WAIT_NS)
        return LONGEST_WAIT_NS;
    return deadline_ns - now_ns;
}

/* The time to wait in nanoseconds, or a negative errno value. */
static int64_t time_until(int64_t deadline_ns)
{
    int64_t now = ri_clock_now_ns();

    return now < 0 ? now : time_between(now, deadline_ns);
}

/* Why a wait can't begin or go on, in the order of the contract. */
static int refusal_of(unsigned state)
{
    return (state & RI_INHERITED) ? -ECHILD : -ECANCELED;
}

/*
 * The backend's wait had nothing to report, or failed, as `count` tells: goes
 * on for the time that is left. The timeout is that of wait_alone(). After
 * -EINTR the backend is called once more in any case, if only to look.
 */
RI_NEVER_INLINE
static int wait_on(struct reactor *reactor, struct reactor_event *events,
                   int capacity, int64_t timeout_ns, int64_t deadline_ns,
                   int count)
{
    int error = 0;

    while (count == 0 || count == -EINTR) {
        if (timeout_ns > 0) {
            int64_t left = time_until(deadline_ns);

            error = left < 0 ? (int)left : 0;
            timeout_ns = left < 0 ? 0 : left;
        }
        if (ri_state_of(reactor) != 0)
            timeout_ns = 0;
        if (count == 0 && timeout_ns == 0)
            return error;
        count = ri_backend_wait(reactor->backend, events, capacity, timeout_ns);
    }
    return count;
}

static void end_wait(struct reactor *reactor)
{
    atomic_store_explicit(&reactor->waiting, 0, memory_order_release);
}

/*
 * While another thread waits, that is the reason. A child inherits its parent's
 * waiting thread in name only.
 */
RI_NEVER_INLINE
static int refuse_wait(unsigned others, struct reactor *reactor)
{
    if (others == 0)
        end_wait(reactor);
    else if (!ri_is_inherited(reactor))
        return -EBUSY;
    return refusal_of(ri_state_of(reactor));
}

/*
 * A timeout is -1 for ever, 0 to look, or positive, and then the time that is
 * left until the deadline.
 */
static inline int wait_alone(struct reactor *reactor,
                             struct reactor_event *events, int capacity,
                             int64_t timeout_ns, int64_t deadline_ns)
{
    unsigned others =
        atomic_exchange_explicit(&reactor->waiting, 1, memory_order_acquire);
    unsigned state = ri_state_of(reactor);
    int count;

    if (RI_UNLIKELY((others | state) != 0))
        return refuse_wait(others, reactor);
    count = ri_backend_wait(reactor->backend, events, capacity, timeout_ns);
    if (RI_UNLIKELY(count <= 0))
        count =
            wait_on(reactor, events, capacity, timeout_ns, deadline_ns, count);
    state = ri_state_of(reactor);
    end_wait(reactor);
    /* A shutdown during the wait takes precedence over its events. */
    return RI_UNLIKELY(state != 0) ? refusal_of(state) : count;
}

int ri_reactor_wait(struct reactor *reactor, struct reactor_event *events,
                    int capacity)
{
    return wait_alone(reactor, events, capacity, -1, REACTOR_FOREVER);
}

/*
 * A capacity of more than this is cut to what can come at once: every
 * registration and the wake. The kernel refuses INT_MAX, and the caller may
 * mean by it that there is room for everything.
 */
#define CAPACITY_TAKEN_AS_GIVEN 4096

static bool is_unusual(int capacity)
{
    return (unsigned)capacity - 1 >= CAPACITY_TAKEN_AS_GIVEN;
}

static int useful_capacity(struct reactor *reactor, int capacity)
{
    uint32_t most = ri_sources_registered(&reactor->registry.sources) + 1;

    return is_unusual(capacity) && (uint32_t)capacity > most ? (int)most
                                                             : capacity;
}

int reactor_wait_until(struct reactor *reactor, struct reactor_event *events,
                       int capacity, int64_t deadline_ns)
{
    int64_t timeout_ns = -1;

    if (reactor == NULL || events == NULL || capacity < 1)
        return -EINVAL;
    if (deadline_ns <= 0) {
        timeout_ns = 0;
    } else if (deadline_ns != REACTOR_FOREVER) {
        timeout_ns = time_until(deadline_ns);
        if (timeout_ns < 0)
            return (int)timeout_ns;
    }
    return wait_alone(reactor, events, useful_capacity(reactor, capacity),
                      timeout_ns, deadline_ns);
}

/* reactor_wait(), but for the usual case. */
RI_NEVER_INLINE
static int wait_ms(struct reactor *reactor, struct reactor_event *events,
                   int capacity, int timeout_ms)
{
    int64_t now;

    if (timeout_ms < -1)
        return -EINVAL;
    if (timeout_ms <= 0)
        return reactor_wait_until(reactor, events, capacity,
                                  timeout_ms == 0 ? 0 : REACTOR_FOREVER);
    now = ri_clock_now_ns();
    if (now < 0)
        return (int)now;
    return reactor_wait_until(reactor, events, capacity,
                              now + timeout_ms * RI_NS_PER_MS);
}

int reactor_wait(struct reactor *reactor, struct reactor_event *events,
                 int capacity, int timeout_ms)
{
    if (RI_UNLIKELY(reactor == NULL || events == NULL || is_unusual(capacity) ||
                    timeout_ms != -1))
        return wait_ms(reactor, events, capacity, timeout_ms);
    return wait_alone(reactor, events, capacity, -1, REACTOR_FOREVER);
}
