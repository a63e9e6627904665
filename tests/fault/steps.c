/* SPDX-License-Identifier: MIT */
#include "fault/scenario.h"

#include "support/allocator.h"

struct point point;
_Thread_local int tried;
void (*meanwhile)(void);

/* ---- What a fault may do to a step ---- */

/* The error is one that the caller of the library never gets to see. */
static bool must_cope(void)
{
    switch ((int)point.call) {
    case FAULT_close: /* on Linux the handle is gone in any case */
    case FAULT_stat:  /* without it the null device is not recognised */
        return true;
    case FAULT_epoll_pwait2: /* ENOSYS or EPERM: then there is epoll_wait() */
        return point.error == ENOSYS || point.error == EPERM ||
               point.error == EINTR;
    case FAULT_read:  /* EAGAIN: what is empty has been silenced, */
    case FAULT_write: /* and what is full has rung already */
        return point.error == EAGAIN || point.error == EINTR;
    default:
        return point.error == EINTR;
    }
}

/* Nothing can take the place of what this call makes. */
static bool must_refuse(void)
{
    switch ((int)point.call) {
    case FAULT_eventfd:
    case FAULT_pipe:
    case FAULT_pipe2:
    case FAULT_pthread_atfork:
    case FAULT_pthread_cond_init:
    case FAULT_pthread_mutex_init:
        return true;
    default:
        return false;
    }
}

/*
 * The very error, or that nothing is registered: what the kernel knows but
 * won't change is another object by now.
 */
static bool is_answer(int result)
{
    if (result == -ENOENT && point.call == FAULT_epoll_ctl)
        return true;
    return result == -point.error;
}

bool was_refused(int result)
{
    static _Thread_local unsigned fired_before;
    bool fired = fault_fired_here() != fired_before;

    fired_before = fault_fired_here();
    if (fired && must_refuse())
        assert_error(result, -point.error);
    if (!fired || result >= 0 || must_cope() || !is_answer(result))
        return false;
    if (meanwhile != NULL)
        meanwhile();
    fault_lift();
    return true;
}

bool is_lie(void)
{
    return (point.call == FAULT_epoll_ctl || point.call == FAULT_fstat ||
            point.call == FAULT_fcntl) &&
           (point.error == EBADF || point.error == ENOENT ||
            point.error == EPERM);
}

/* ---- Steps ---- */

struct reactor *open_one(void)
{
    struct reactor *const untouched = (void *)&tried;
    struct reactor *reactor = untouched;
    size_t allocations = live_allocations();
    size_t handles = count_open_handles();
    int result = reactor_open(&reactor);

    if (was_refused(result)) {
        assert_ptr_equal(reactor, untouched);
        assert_int_equal(live_allocations(), allocations);
        assert_int_equal(count_open_handles(), handles);
        result = reactor_open(&reactor);
    }
    assert_ok(result);
    return reactor;
}

uint32_t await(struct reactor *reactor, reactor_handle handle)
{
    struct reactor_event events[ROOM];

    assert_int_equal(TRY(reactor_wait(reactor, events, ROOM, PATIENCE_MS)), 1);
    assert_int_equal(events[0].handle, handle);
    return events[0].readiness;
}

void expect_wake(struct reactor *reactor)
{
    assert_int_equal(await(reactor, REACTOR_INVALID_HANDLE), REACTOR_WAKE);
}

void forget_hints(struct reactor *reactor)
{
    struct reactor_event events[ROOM];

    (void)TRY(reactor_wait(reactor, events, ROOM, 0));
}

void expect_silence(struct reactor *reactor)
{
    struct reactor_event events[ROOM];

    assert_ok(TRY(reactor_wait(reactor, events, ROOM, BRIEFLY_MS)));
}

void expect_nothing_now(struct reactor *reactor)
{
    struct reactor_event events[ROOM];

    assert_ok(TRY(reactor_wait(reactor, events, ROOM, 0)));
}

void register_pair(struct reactor *reactor, const struct pair *pair,
                   uint32_t interest)
{
    TRY_OK(reactor_register(reactor, pair->mine, interest, NULL));
}

void finish_pair(struct reactor *reactor, const struct pair *pair)
{
    TRY_OK(reactor_deregister(reactor, pair->mine));
    close_pair(pair);
}

void expect_registered(struct reactor *reactor, reactor_handle handle)
{
    int result = TRY(reactor_register(reactor, handle, 0, NULL));

    if (!is_lie() || result != 0)
        assert_error(result, -EEXIST);
}

int keeping_errno(int (*call)(struct reactor *), struct reactor *reactor)
{
    int result;

    errno = EDOM;
    result = call(reactor);
    assert_int_equal(errno, EDOM);
    return result;
}
