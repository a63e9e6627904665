/* SPDX-License-Identifier: MIT */
/* What the sweep runs, see scenario.h. */
#include "fault/scenario.h"

#include "support/allocator.h"
#include "support/thread.h"

#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOM 16

/* There are thousands of points: silence is short. */
#define BRIEFLY_MS 1

/* ---- Steps ---- */

static struct reactor *open_one(void)
{
    struct reactor *const untouched = (void *)&tried;
    struct reactor *reactor = untouched;
    size_t allocations = live_allocations();
    int result = reactor_open(&reactor);

    if (was_refused(result, __FILE__, __LINE__)) {
        assert_ptr_equal(reactor, untouched);
        assert_int_equal(live_allocations(), allocations);
        result = reactor_open(&reactor);
    }
    assert_ok(result);
    return reactor;
}

static uint32_t await(struct reactor *reactor, reactor_handle handle)
{
    struct reactor_event events[ROOM];

    assert_int_equal(TRY(reactor_wait(reactor, events, ROOM, PATIENCE_MS)), 1);
    assert_int_equal(events[0].handle, handle);
    return events[0].readiness;
}

static void expect_silence(struct reactor *reactor)
{
    struct reactor_event events[ROOM];

    assert_ok(TRY(reactor_wait(reactor, events, ROOM, BRIEFLY_MS)));
}

static void expect_nothing_now(struct reactor *reactor)
{
    struct reactor_event events[ROOM];

    assert_ok(TRY(reactor_wait(reactor, events, ROOM, 0)));
}

static void register_pair(struct reactor *reactor, const struct pair *pair,
                          uint32_t interest)
{
    TRY_OK(reactor_register(reactor, pair->mine, interest, NULL));
}

static void finish_pair(struct reactor *reactor, const struct pair *pair)
{
    TRY_OK(reactor_deregister(reactor, pair->mine));
    close_pair(pair);
}

/* Registered it is, unless the kernel was made to deny that there is such. */
static void expect_registered(struct reactor *reactor, reactor_handle handle,
                              uint32_t interest)
{
    int result = TRY(reactor_register(reactor, handle, interest, NULL));

    if (!is_lie() || result != 0)
        assert_error(result, -EEXIST);
}

static void expect_wake(struct reactor *reactor)
{
    assert_int_equal(await(reactor, REACTOR_INVALID_HANDLE), REACTOR_WAKE);
}

/* From a signal handler it may come in anywhere, so errno must stay. */
static int keeping_errno(int (*call)(struct reactor *), struct reactor *reactor)
{
    int result;

    errno = EDOM;
    result = call(reactor);
    assert_int_equal(errno, EDOM);
    return result;
}

/* ---- Open, change, close ---- */

static void open_and_close(void)
{
    struct reactor *first = open_one();
    struct reactor *second = open_one();
    struct reactor *third = open_one();
    int64_t now = TRY((int)(reactor_now_ns() < 0 ? reactor_now_ns() : 0));

    assert_ok(now);
    reactor_close(second);
    expect_nothing_now(first);
    reactor_close(first);
    reactor_close(third);
}

static void every_mix_of_interest(void)
{
    struct reactor *reactor = open_one();
    struct pair pair = stream_pair();
    uint32_t mix;

    send_byte(pair.peer);
    for (mix = 0; mix <= INTEREST_ALL; mix++) {
        uint32_t ready = mix & DIRECTIONS;

        if (!is_supported(mix))
            continue;
        register_pair(reactor, &pair, mix);
        if (ready != 0)
            assert_int_equal(await(reactor, pair.mine), ready);
        TRY_OK(reactor_reregister(reactor, pair.mine, 0, NULL));
        expect_nothing_now(reactor);
        TRY_OK(reactor_reregister(reactor, pair.mine, mix, NULL));
        if (ready != 0)
            assert_int_equal(await(reactor, pair.mine), ready);
        TRY_OK(reactor_deregister(reactor, pair.mine));
        expect_nothing_now(reactor);
    }
    close_pair(&pair);
    reactor_close(reactor);
}

static void what_is_refused(void)
{
    struct reactor *reactor = open_one();
    struct pair pair = stream_pair();
    struct named_handle unpollable[8];
    size_t count = open_unpollable(unpollable, COUNT_OF(unpollable));
    int terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    int closed = closed_handle();
    size_t i;

    for (i = 0; i < count; i++) {
        int result =
            TRY(reactor_register(reactor, unpollable[i].handle, 0, NULL));

        /* Without stat(2) it can't be told what the null device is. */
        if (point.call == FAULT_stat && result == 0)
            TRY_OK(reactor_deregister(reactor, unpollable[i].handle));
        else
            assert_error(result, -EPERM);
        close_handle(unpollable[i].handle);
    }
    if (terminal >= 0) {
        TRY_OK(reactor_register(reactor, terminal, 0, NULL));
        TRY_OK(reactor_deregister(reactor, terminal));
        close_handle(terminal);
    }
    assert_error(TRY(reactor_register(reactor, closed, 0, NULL)), -EBADF);
    assert_error(TRY(reactor_reregister(reactor, closed, 0, NULL)), -EBADF);
    assert_error(TRY(reactor_deregister(reactor, closed)), -EBADF);
    assert_error(TRY(reactor_reregister(reactor, pair.mine, 0, NULL)), -ENOENT);
    assert_error(TRY(reactor_deregister(reactor, pair.mine)), -ENOENT);

    register_pair(reactor, &pair, REACTOR_READABLE);
    assert_error(TRY(reactor_register(reactor, pair.mine, 0, NULL)), -EEXIST);
    send_byte(pair.peer);
    assert_int_equal(await(reactor, pair.mine), REACTOR_READABLE);
    finish_pair(reactor, &pair);
    reactor_close(reactor);
}

/* What a reactor opens for itself: all that is open now and wasn't before. */
struct own_handles {
    int handles[8];
    size_t count;
};

static struct own_handles open_and_look(struct reactor **out)
{
    bool was_open[64];
    struct own_handles own = {.count = 0};
    int handle;

    for (handle = 0; handle < (int)COUNT_OF(was_open); handle++)
        was_open[handle] = fcntl(handle, F_GETFD) >= 0;
    *out = open_one();
    for (handle = 0; handle < (int)COUNT_OF(was_open); handle++)
        if (!was_open[handle] && fcntl(handle, F_GETFD) >= 0) {
            assert_true(own.count < COUNT_OF(own.handles));
            own.handles[own.count++] = handle;
        }
    assert_true(own.count > 0);
    return own;
}

static void its_own_handles_are_refused(void)
{
    struct reactor *reactor;
    struct own_handles own = open_and_look(&reactor);
    size_t i;

    for (i = 0; i < own.count; i++)
        assert_error(
            TRY(reactor_register(reactor, own.handles[i], DIRECTIONS, NULL)),
            -EINVAL);
    TRY_OK(keeping_errno(reactor_wake, reactor));
    expect_wake(reactor);
    reactor_close(reactor);
}

/* One reactor watches another; the other way round as well is a cycle. */
static void reactors_in_reactors(void)
{
    struct reactor *inner = open_one();
    struct reactor *outer = open_one();
    int inner_handle = reactor_backend_handle(inner);
    int outer_handle = reactor_backend_handle(outer);

    if (inner_handle != REACTOR_INVALID_HANDLE) {
        TRY_OK(reactor_register(outer, inner_handle, REACTOR_READABLE, NULL));
        assert_error(
            TRY(reactor_register(inner, outer_handle, REACTOR_READABLE, NULL)),
            -ELOOP);
        expect_silence(outer);
        TRY_OK(keeping_errno(reactor_wake, inner));
        assert_int_equal(await(outer, inner_handle), REACTOR_READABLE);
        expect_wake(inner);
        TRY_OK(reactor_deregister(outer, inner_handle));
    }
    reactor_close(inner);
    reactor_close(outer);
}

/* ---- Growth ---- */

/* More than 8 chunks of 128: the table of chunks grows as well. */
#define MANY 1100

static struct {
    struct reactor *reactor;
    unsigned registered;
} growing;

/* They are all readable. */
static void all_registered_are_reported(void)
{
    static struct reactor_event events[MANY + 1];
    int count = reactor_wait(growing.reactor, events, MANY + 1, 0);

    assert_int_equal(count, growing.registered);
}

static void growth(void)
{
    static int handles[MANY];
    struct pair pair = stream_pair();
    struct reactor *reactor = open_one();
    unsigned i;

    send_byte(pair.peer);
    growing.reactor = reactor;
    growing.registered = 0;
    meanwhile = all_registered_are_reported;
    for (i = 0; i < MANY; i++) {
        handles[i] = dup(pair.mine);
        assert_true(handles[i] >= 0);
        TRY_OK(reactor_register(reactor, handles[i], REACTOR_READABLE, NULL));
        growing.registered++;
    }
    all_registered_are_reported();
    for (i = 0; i < MANY; i++) {
        TRY_OK(reactor_deregister(reactor, handles[i]));
        growing.registered--;
        close_handle(handles[i]);
    }
    meanwhile = NULL;
    expect_nothing_now(reactor);
    close_pair(&pair);
    reactor_close(reactor);
}

/* ---- Closed and used again ---- */

static void numbers_used_again(void)
{
    struct reactor *reactor = open_one();
    struct pair old = stream_pair();
    struct pair new = stream_pair();
    int number = old.mine;

    register_pair(reactor, &old, REACTOR_READABLE);
    close_pair(&old);
    assert_error(
        TRY(reactor_reregister(reactor, number, REACTOR_READABLE, NULL)),
        -EBADF);
    expect_silence(reactor);
    assert_true(move_to_number(new.mine, number));
    new.mine = number;
    assert_error(
        TRY(reactor_reregister(reactor, number, REACTOR_READABLE, NULL)),
        -ENOENT);
    register_pair(reactor, &new, REACTOR_READABLE);
    assert_error(TRY(reactor_register(reactor, number, 0, NULL)), -EEXIST);
    send_byte(new.peer);
    assert_int_equal(await(reactor, number), REACTOR_READABLE);
    close_pair(&new);
    TRY_OK(reactor_deregister(reactor, number));
    assert_error(TRY(reactor_deregister(reactor, number)), -EBADF);
    expect_nothing_now(reactor);
    reactor_close(reactor);
}

/* ---- Ghosts: closed, but a duplicate lives on, and becomes ready ---- */

static void ghosts(void)
{
    struct reactor *reactor = open_one();
    int own = reactor_backend_handle(reactor);
    struct pair ghost = stream_pair();
    struct pair level = stream_pair();
    struct pair paused = stream_pair();
    struct pair oneshot = stream_pair();
    struct pair closed = stream_pair();
    int living = duplicate(ghost.mine);

    register_pair(reactor, &ghost, REACTOR_READABLE);
    register_pair(reactor, &level, REACTOR_READABLE);
    register_pair(reactor, &paused, 0);
    register_pair(reactor, &oneshot, REACTOR_WRITABLE | REACTOR_ONESHOT);
    register_pair(reactor, &closed, REACTOR_READABLE);
    assert_int_equal(await(reactor, oneshot.mine), REACTOR_WRITABLE);
    close_handle(closed.mine);
    close_handle(ghost.mine);
    TRY_OK(reactor_deregister(reactor, ghost.mine));

    send_byte(ghost.peer);
    send_byte(paused.peer);
    expect_nothing_now(reactor);
    expect_silence(reactor);
    assert_int_equal(reactor_backend_handle(reactor), own);

    expect_registered(reactor, level.mine, REACTOR_READABLE);
    expect_registered(reactor, paused.mine, 0);
    if (!is_lie())
        expect_registered(reactor, oneshot.mine, 0);
    send_byte(level.peer);
    assert_int_equal(await(reactor, level.mine), REACTOR_READABLE);
    drain(level.mine);
    TRY_OK(keeping_errno(reactor_wake, reactor));
    expect_wake(reactor);

    assert_ok(TRY(reactor_deregister(reactor, closed.mine)));
    close_handle(closed.peer);
    close_handle(living);
    close_handle(ghost.peer);
    finish_pair(reactor, &level);
    finish_pair(reactor, &paused);
    finish_pair(reactor, &oneshot);
    reactor_close(reactor);
}

/* ---- Triggers ---- */

static void level_edge_oneshot_and_paused(void)
{
    struct reactor *reactor = open_one();
    struct pair pair = stream_pair();

    send_byte(pair.peer);
    register_pair(reactor, &pair, REACTOR_READABLE);
    await(reactor, pair.mine);
    await(reactor, pair.mine);
    if (is_supported(REACTOR_EDGE)) {
        TRY_OK(reactor_reregister(reactor, pair.mine,
                                  REACTOR_READABLE | REACTOR_EDGE, NULL));
        await(reactor, pair.mine);
        expect_nothing_now(reactor);
        send_byte(pair.peer);
        await(reactor, pair.mine);
    }
    TRY_OK(reactor_reregister(reactor, pair.mine, DIRECTIONS | REACTOR_ONESHOT,
                              NULL));
    await(reactor, pair.mine);
    expect_nothing_now(reactor);
    TRY_OK(reactor_reregister(reactor, pair.mine,
                              REACTOR_READABLE | REACTOR_ONESHOT, NULL));
    await(reactor, pair.mine);
    close_peer(&pair);
    expect_silence(reactor);
    TRY_OK(reactor_reregister(reactor, pair.mine, 0, NULL));
    expect_silence(reactor);
    TRY_OK(reactor_reregister(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_int_equal(await(reactor, pair.mine) &
                         (REACTOR_READABLE | REACTOR_READ_CLOSED),
                     REACTOR_READABLE | REACTOR_READ_CLOSED);
    finish_pair(reactor, &pair);
    reactor_close(reactor);
}

/* ---- Waits ---- */

static void every_kind_of_wait(void)
{
    static struct reactor_event events[5000];
    struct reactor *reactor = open_one();
    struct pair pairs[3];
    unsigned seen = 0;
    int64_t deadline;
    size_t i;

    expect_nothing_now(reactor);
    expect_silence(reactor);
    assert_ok(TRY(reactor_wait_until(reactor, events, 1, -1)));
    deadline = reactor_now_ns() + 1000000;
    if (deadline < 1000000)
        deadline = reactor_now_ns() + 1000000;
    assert_ok(TRY(reactor_wait_until(reactor, events, 1, deadline)));
    assert_true(reactor_now_ns() >= deadline);
    for (i = 0; i < COUNT_OF(pairs); i++) {
        pairs[i] = stream_pair();
        register_pair(reactor, &pairs[i], REACTOR_WRITABLE);
    }
    for (i = 0; i < 2 * COUNT_OF(pairs); i++) {
        unsigned j;

        assert_int_equal(TRY(reactor_wait(reactor, events, 1, -1)), 1);
        for (j = 0; j < COUNT_OF(pairs); j++)
            seen |= (unsigned)(events[0].handle == pairs[j].mine) << j;
    }
    assert_int_equal(seen, 7);
    assert_in_range(TRY(reactor_wait_until(reactor, events, COUNT_OF(events),
                                           REACTOR_FOREVER)),
                    1, 3);
    for (i = 0; i < COUNT_OF(pairs); i++)
        finish_pair(reactor, &pairs[i]);
    expect_silence(reactor);
    reactor_close(reactor);
}

static void waits_without_pwait2(void)
{
    fault_deny(FAULT_epoll_pwait2, ENOSYS);
    every_kind_of_wait();
    fault_deny(FAULT_epoll_pwait2, EPERM);
    every_kind_of_wait();
}

/* ---- Wake and shutdown ---- */

static void wakes(void)
{
    struct reactor *reactor = open_one();
    struct pair pair = stream_pair();
    struct reactor_event events[2];
    unsigned seen = 0;

    TRY_OK(keeping_errno(reactor_wake, reactor));
    TRY_OK(keeping_errno(reactor_wake, reactor));
    expect_wake(reactor);
    expect_silence(reactor);

    register_pair(reactor, &pair, REACTOR_WRITABLE);
    TRY_OK(keeping_errno(reactor_wake, reactor));
    while (seen != (REACTOR_WRITABLE | REACTOR_WAKE)) {
        int count = TRY(reactor_wait(reactor, events, 2, PATIENCE_MS));

        assert_in_range(count, 1, 2);
        while (count > 0)
            seen |= events[--count].readiness;
    }
    finish_pair(reactor, &pair);
    reactor_close(reactor);
}

/* Writes until there is no room. An eventfd takes its largest number once. */
static void fill_bell(int handle)
{
    const uint64_t most = UINT64_MAX - 1;
    struct stat status;

    assert_ok(fstat(handle, &status));
    if (S_ISFIFO(status.st_mode)) {
        if ((fcntl(handle, F_GETFL) & O_ACCMODE) == O_WRONLY)
            fill(handle);
    } else {
        (void)!write(handle, &most, sizeof(most));
    }
}

static void wakes_when_the_bell_is_full(void)
{
    struct reactor *reactor;
    struct own_handles own = open_and_look(&reactor);
    size_t i;

    for (i = 0; i < own.count; i++)
        fill_bell(own.handles[i]);
    expect_silence(reactor);
    for (i = 0; i < own.count; i++)
        fill_bell(own.handles[i]);
    TRY_OK(keeping_errno(reactor_wake, reactor));
    expect_wake(reactor);
    TRY_OK(keeping_errno(reactor_wake, reactor));
    expect_wake(reactor);
    expect_silence(reactor);
    reactor_close(reactor);
}

static void shutdowns(void)
{
    struct reactor *reactor = open_one();
    struct pair pair = stream_pair();
    struct reactor_event event;

    register_pair(reactor, &pair, REACTOR_WRITABLE);
    TRY_OK(keeping_errno(reactor_shutdown, reactor));
    TRY_OK(keeping_errno(reactor_shutdown, reactor));
    assert_error(TRY(reactor_wait(reactor, &event, 1, -1)), -ECANCELED);
    assert_error(TRY(reactor_wait(reactor, &event, 1, 1)), -ECANCELED);
    assert_error(reactor_reregister(reactor, pair.mine, 0, NULL), -ECANCELED);
    TRY_OK(keeping_errno(reactor_wake, reactor));
    finish_pair(reactor, &pair);
    reactor_close(reactor);
}

/* ---- Threads ---- */

static unsigned count_waits(void)
{
    return fault_count(FAULT_epoll_wait) + fault_count(FAULT_ppoll) +
           fault_count(FAULT_poll);
}

static _Atomic bool is_over;

static int wait_until_over(void *context)
{
    struct reactor *reactor = context;
    struct reactor_event event;

    while (!atomic_load(&is_over))
        assert_int_equal(TRY(reactor_wait(reactor, &event, 1, -1)), 1);
    return (int)event.readiness;
}

static void changes_while_another_thread_waits(void)
{
    struct reactor *reactor = open_one();
    struct pair pair = stream_pair();
    unsigned before = count_waits();
    struct thread *thread;

    atomic_store(&is_over, false);
    thread = thread_start(wait_until_over, reactor);
    while (count_waits() == before)
        thread_yield();
    register_pair(reactor, &pair, REACTOR_READABLE);
    TRY_OK(reactor_reregister(reactor, pair.mine,
                              REACTOR_READABLE | REACTOR_ONESHOT, NULL));
    TRY_OK(reactor_deregister(reactor, pair.mine));
    close_handle(pair.mine);
    /* A bell that can't be rung does not make the other thread let go. */
    if (point.call != FAULT_write)
        assert_true(is_at_end(pair.peer));
    close_handle(pair.peer);

    pair = stream_pair();
    register_pair(reactor, &pair, REACTOR_READABLE);
    finish_pair(reactor, &pair);
    atomic_store(&is_over, true);
    TRY_OK(keeping_errno(reactor_wake, reactor));
    assert_int_equal(thread_join(thread), REACTOR_WAKE);
    reactor_close(reactor);
}

static int wait_for_the_end(void *context)
{
    struct reactor_event event;

    return TRY(reactor_wait(context, &event, 1, -1));
}

static void shutdown_while_another_thread_waits(void)
{
    struct reactor *reactor = open_one();
    struct pair pair = stream_pair();
    unsigned before = count_waits();
    struct thread *thread = thread_start(wait_for_the_end, reactor);

    while (count_waits() == before)
        thread_yield();
    TRY_OK(keeping_errno(reactor_shutdown, reactor));
    assert_error(thread_join(thread), -ECANCELED);
    close_pair(&pair);
    reactor_close(reactor);
}

/* ---- Fork ---- */

/* A family of sources, one of each kind; made in the parent. */
static struct {
    struct reactor *reactor;
    struct pair level;
    struct pair more[4];
    struct pair paused;
    struct pair oneshot; /* has fired */
    struct pair closed;  /* by the child */
    struct pair file;    /* whose number the child gives to one */
} family;

static void open_family(void)
{
    size_t i;

    family.reactor = open_one();
    family.level = stream_pair();
    family.paused = stream_pair();
    family.oneshot = stream_pair();
    family.closed = stream_pair();
    family.file = stream_pair();
    register_pair(family.reactor, &family.level, REACTOR_READABLE);
    register_pair(family.reactor, &family.paused, 0);
    register_pair(family.reactor, &family.oneshot,
                  REACTOR_WRITABLE | REACTOR_ONESHOT);
    register_pair(family.reactor, &family.closed, REACTOR_READABLE);
    register_pair(family.reactor, &family.file, REACTOR_READABLE);
    for (i = 0; i < COUNT_OF(family.more); i++) {
        family.more[i] = stream_pair();
        register_pair(family.reactor, &family.more[i], REACTOR_READABLE);
    }
    await(family.reactor, family.oneshot.mine);
    send_byte(family.paused.peer);
}

static void check_family(void)
{
    send_byte(family.level.peer);
    assert_int_equal(await(family.reactor, family.level.mine),
                     REACTOR_READABLE);
    drain(family.level.mine);
    TRY_OK(keeping_errno(reactor_wake, family.reactor));
    expect_wake(family.reactor);
    expect_silence(family.reactor);
}

/* The child hands its own pairs back to the system by ending. */
static void use_in_child(void)
{
    struct reactor *reactor = family.reactor;
    struct reactor_event event;
    size_t i;

    assert_error(TRY(reactor_wait(reactor, &event, 1, 0)), -ECHILD);
    assert_error(TRY(reactor_wake(reactor)), -ECHILD);
    close_handle(family.closed.mine);
    assert_true(move_to_number(open("/", O_RDONLY), family.file.mine));
    TRY_OK(reactor_after_fork(reactor));

    expect_registered(reactor, family.level.mine, REACTOR_READABLE);
    expect_registered(reactor, family.paused.mine, 0);
    if (!is_lie())
        expect_registered(reactor, family.oneshot.mine, 0);
    assert_error(TRY(reactor_deregister(reactor, family.closed.mine)), -EBADF);
    assert_error(TRY(reactor_deregister(reactor, family.file.mine)), -ENOENT);
    for (i = 0; i < COUNT_OF(family.more); i++)
        expect_registered(reactor, family.more[i].mine, REACTOR_READABLE);
    check_family();
    TRY_OK(reactor_deregister(reactor, family.level.mine));
    reactor_close(reactor);
    assert_int_equal(live_allocations(), 0);
}

static void close_in_child(void)
{
    reactor_close(family.reactor);
    assert_int_equal(live_allocations(), 0);
}

static void close_family(void)
{
    size_t i;

    finish_pair(family.reactor, &family.level);
    finish_pair(family.reactor, &family.paused);
    finish_pair(family.reactor, &family.oneshot);
    finish_pair(family.reactor, &family.closed);
    finish_pair(family.reactor, &family.file);
    for (i = 0; i < COUNT_OF(family.more); i++)
        finish_pair(family.reactor, &family.more[i]);
    reactor_close(family.reactor);
}

static void forks(void)
{
    open_family();
    in_child(use_in_child);
    in_child(close_in_child);
    check_family();
    close_family();
}

static void use_after_second_fork(void)
{
    TRY_OK(reactor_after_fork(family.reactor));
    in_child(use_in_child);
    reactor_close(family.reactor);
}

static void forks_of_forks(void)
{
    open_family();
    in_child(use_after_second_fork);
    check_family();
    close_family();
}

/* ---- The list ---- */

#define SCENARIO(function)                                                     \
    {                                                                          \
#function, function                                                    \
    }

const struct scenario scenarios[] = {
    SCENARIO(open_and_close),
    SCENARIO(every_mix_of_interest),
    SCENARIO(what_is_refused),
    SCENARIO(its_own_handles_are_refused),
    SCENARIO(reactors_in_reactors),
    SCENARIO(growth),
    SCENARIO(numbers_used_again),
    SCENARIO(ghosts),
    SCENARIO(level_edge_oneshot_and_paused),
    SCENARIO(every_kind_of_wait),
    SCENARIO(waits_without_pwait2),
    SCENARIO(wakes),
    SCENARIO(wakes_when_the_bell_is_full),
    SCENARIO(shutdowns),
    SCENARIO(changes_while_another_thread_waits),
    SCENARIO(shutdown_while_another_thread_waits),
    SCENARIO(forks),
    SCENARIO(forks_of_forks),
};

const size_t scenario_count = COUNT_OF(scenarios);
