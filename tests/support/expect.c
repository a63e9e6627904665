/* SPDX-License-Identifier: MIT */
#include "support/expect.h"

#include "support/handles.h"
#include "support/scale.h"
#include "support/thread.h"

#define ROOM 16

const uint32_t triggers[TRIGGER_COUNT] = {0, REACTOR_EDGE, REACTOR_ONESHOT,
                                          REACTOR_EDGE | REACTOR_ONESHOT};

static void print_events(const struct reactor_event *events, int count)
{
    int i;

    print_error("wait: %d\n", count);
    for (i = 0; i < count; i++)
        print_error("  handle %lld readiness 0x%x\n",
                    (long long)events[i].handle, (unsigned)events[i].readiness);
}

struct reactor_event await_event_at(struct reactor *reactor,
                                    reactor_handle handle, const char *file,
                                    int line)
{
    struct reactor_event events[ROOM];
    int count = reactor_wait(reactor, events, ROOM, PATIENCE_MS);

    if (count != 1 || events[0].handle != handle) {
        print_events(events, count);
        _fail(file, line);
    }
    return events[0];
}

void await_wake_at(struct reactor *reactor, const char *file, int line)
{
    struct reactor_event event =
        await_event_at(reactor, REACTOR_INVALID_HANDLE, file, line);

    _assert_int_equal(event.readiness, REACTOR_WAKE, file, line);
    _assert_true(event.user_data == NULL, "user_data == NULL", file, line);
}

void assert_silent_at(struct reactor *reactor, const char *file, int line)
{
    struct reactor_event events[ROOM];
    int count = reactor_wait(reactor, events, ROOM, SILENCE_MS);

    if (count != 0) {
        print_events(events, count);
        _fail(file, line);
    }
}

/*
 * Long enough to tell a spin, which takes all of it, from a wait, which takes
 * next to nothing; an emulator first translates the code it has not yet met.
 */
static int idle_ms(void)
{
    return is_slow() ? 500 : 100;
}

void assert_idle_at(struct reactor *reactor, const char *file, int line)
{
    struct reactor_event events[ROOM];
    int limit_ms = idle_ms();
    int64_t used = thread_cpu_ns();
    int count = reactor_wait(reactor, events, ROOM, limit_ms);

    used = thread_cpu_ns() - used;
    if (count != 0 || used > (int64_t)limit_ms * 1000000 / 4) {
        print_error("used %lld us\n", (long long)used / 1000);
        print_events(events, count);
        _fail(file, line);
    }
}

void assert_works_at(struct reactor *reactor, const char *file, int line)
{
    struct pair pair = stream_pair();
    struct reactor_event event;

    if (reactor_register(reactor, pair.mine, REACTOR_READABLE, &pair) != 0)
        _fail(file, line);
    send_byte(pair.peer);
    event = await_event_at(reactor, pair.mine, file, line);
    _assert_true(event.user_data == &pair, "user_data == &pair", file, line);
    _assert_int_equal(event.readiness, REACTOR_READABLE, file, line);
    retire_pair(reactor, &pair);
    assert_silent_at(reactor, file, line);
}

bool is_supported(uint32_t interest)
{
    return (interest & ~reactor_supported_interest()) == 0;
}
