/* SPDX-License-Identifier: MIT */
#include "fault/scenario.h"

#include "support/allocator.h"

struct point point;
_Thread_local int tried;
void (*meanwhile)(void);

/* How often the fault had struck when the last step was over. */
static _Thread_local unsigned fired_before;

/* ---- What a fault may do to a step ---- */

void begin_point(void)
{
    meanwhile = NULL;
    fired_before = fault_fired_here();
    if (point.call != FAULT_CALL_COUNT)
        fault_at(point.call, point.nth, point.error, point.duration);
}

bool was_refused(int result)
{
    bool fired = fault_fired_here() != fired_before;

    fired_before = fault_fired_here();
    if (fired && must_refuse())
        assert_true(is_answer(result));
    if (!fired || result >= 0 || must_cope() || !is_answer(result))
        return false;
    if (meanwhile != NULL)
        meanwhile();
    fault_lift();
    return true;
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

struct reactor_loop *open_one_loop(void)
{
    struct reactor_loop *const untouched = (void *)&tried;
    struct reactor_loop *loop = untouched;
    size_t allocations = live_allocations();
    size_t handles = count_open_handles();
    int result = reactor_loop_open(&loop, NULL);

    if (was_refused(result)) {
        assert_ptr_equal(loop, untouched);
        assert_int_equal(live_allocations(), allocations);
        assert_int_equal(count_open_handles(), handles);
        result = reactor_loop_open(&loop, NULL);
    }
    assert_ok(result);
    return loop;
}

static bool tells_of_fault(const struct reactor_event *events, int count)
{
    while (count > 0)
        if (is_refused_late(&events[--count]))
            return true;
    return false;
}

int wait_for_some(struct reactor *reactor, struct reactor_event *events,
                  int room, int timeout_ms)
{
    int count = TRY(reactor_wait(reactor, events, room, timeout_ms));

    return tells_of_fault(events, count)
               ? reactor_wait(reactor, events, room, timeout_ms)
               : count;
}

uint32_t await(struct reactor *reactor, reactor_handle handle)
{
    struct reactor_event events[ROOM];

    assert_int_equal(wait_for_some(reactor, events, ROOM, PATIENCE_MS), 1);
    assert_int_equal(events[0].handle, handle);
    return events[0].readiness;
}

int wait_for_once(struct reactor *reactor, reactor_handle handle,
                  uint32_t interest, struct reactor_event *event,
                  int timeout_ms)
{
    int count = TRY(reactor_wait(reactor, event, 1, timeout_ms));

    if (count != 1 || !is_refused_late(event))
        return count;
    if (event->handle == handle)
        assert_ok(
            reactor_reregister(reactor, handle, interest, event->user_data));
    return reactor_wait(reactor, event, 1, timeout_ms);
}

uint32_t await_once(struct reactor *reactor, reactor_handle handle,
                    uint32_t interest)
{
    struct reactor_event event;

    assert_int_equal(
        wait_for_once(reactor, handle, interest, &event, PATIENCE_MS), 1);
    assert_int_equal(event.handle, handle);
    return event.readiness;
}

void expect_wake(struct reactor *reactor)
{
    assert_int_equal(await(reactor, REACTOR_INVALID_HANDLE), REACTOR_WAKE);
}

void forget_hints(struct reactor *reactor)
{
    struct reactor_event events[ROOM];

    (void)wait_for_some(reactor, events, ROOM, 0);
}

void expect_silence(struct reactor *reactor)
{
    struct reactor_event events[ROOM];

    assert_ok(wait_for_some(reactor, events, ROOM, BRIEFLY_MS));
}

void expect_nothing_now(struct reactor *reactor)
{
    struct reactor_event events[ROOM];

    assert_ok(wait_for_some(reactor, events, ROOM, 0));
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
