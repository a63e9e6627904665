/* SPDX-License-Identifier: MIT */
/* Open and close, and what can be registered. */
#include "fault/scenario.h"

#include "backend/source.h"
#include "support/allocator.h"

/* ---- Open and close ---- */

static int64_t now_ns(void)
{
    int64_t now = reactor_now_ns();

    return was_refused(now < 0 ? (int)now : 0) ? reactor_now_ns() : now;
}

static void open_and_close(void)
{
    struct reactor *first = open_one();
    struct reactor *second = open_one();
    struct reactor *third = open_one();

    assert_true(now_ns() > 0);
    reactor_close(second);
    expect_nothing_now(first);
    reactor_close(first);
    reactor_close(third);
}

/* ---- What is registered, and what is refused ---- */

static void expect_told(uint32_t told, uint32_t readiness)
{
    if (may_report_less())
        assert_int_equal(told & ~readiness, 0);
    else
        assert_int_equal(told, readiness);
}

static void expect_ready(struct reactor *reactor, const struct pair *pair,
                         uint32_t mix)
{
    uint32_t readiness = mix & DIRECTIONS;

    if (readiness == 0)
        expect_nothing_now(reactor);
    else
        expect_told(await_once(reactor, pair->mine, mix), readiness);
}

static void every_mix_of_interest(void)
{
    struct reactor *reactor = open_one();
    struct pair pair = stream_pair();
    uint32_t mix;

    send_byte(pair.peer);
    for (mix = 0; mix <= INTEREST_ALL; mix++) {
        if (!is_supported(mix))
            continue;
        register_pair(reactor, &pair, mix);
        expect_ready(reactor, &pair, mix);
        TRY_OK(reactor_reregister(reactor, pair.mine, 0, NULL));
        expect_nothing_now(reactor);
        TRY_OK(reactor_reregister(reactor, pair.mine, mix, NULL));
        expect_ready(reactor, &pair, mix);
        TRY_OK(reactor_deregister(reactor, pair.mine));
        expect_nothing_now(reactor);
    }
    close_pair(&pair);
    reactor_close(reactor);
}

static void unpollable_handles(void)
{
    struct reactor *reactor = open_one();
    struct named_handle unpollable[8];
    size_t count = open_unpollable(unpollable, COUNT_OF(unpollable));
    size_t i;

    for (i = 0; i < count; i++) {
        reactor_handle handle = unpollable[i].handle;
        int result = TRY(reactor_register(reactor, handle, 0, NULL));

        if (may_take_for_pollable() && result == 0)
            TRY_OK(reactor_deregister(reactor, handle));
        else
            assert_error(result, -EPERM);
        close_handle(handle);
    }
    reactor_close(reactor);
}

/* Told from the null device, which is a character device too. */
static void a_terminal(void)
{
    struct reactor *reactor = open_one();
    struct pair terminal;

    if (terminal_pair(&terminal)) {
        register_pair(reactor, &terminal, 0);
        finish_pair(reactor, &terminal);
    }
    reactor_close(reactor);
}

static void known_and_unknown_handles(void)
{
    struct reactor *reactor = open_one();
    struct pair pair = stream_pair();
    reactor_handle closed = closed_handle();

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

static void its_own_handles(void)
{
    reactor_handle before[ROOM_FOR_HANDLES];
    reactor_handle after[ROOM_FOR_HANDLES];
    size_t count_before = list_open_handles(before, COUNT_OF(before));
    struct reactor *reactor = open_one();
    size_t count = list_open_handles(after, COUNT_OF(after));
    size_t i;
    size_t j = 0;

    assert_in_range(count, count_before + 1, COUNT_OF(after));
    for (i = 0; i < count; i++) {
        if (j < count_before && after[i] == before[j])
            j++;
        else
            assert_error(
                TRY(reactor_register(reactor, after[i], DIRECTIONS, NULL)),
                -EINVAL);
    }
    TRY_OK(keeping_errno(reactor_wake, reactor));
    expect_wake(reactor);
    reactor_close(reactor);
}

/* One reactor watches another; the other way round as well is a cycle. */
static void reactors_in_reactors(void)
{
    struct reactor *inner = open_one();
    struct reactor *outer = open_one();
    reactor_handle inner_handle = reactor_backend_handle(inner);
    reactor_handle outer_handle = reactor_backend_handle(outer);

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

static void numbers_used_again(void)
{
    struct reactor *reactor = open_one();
    struct pair old = stream_pair();
    struct pair new = stream_pair();
    reactor_handle number = old.mine;

    register_pair(reactor, &old, REACTOR_READABLE);
    close_pair(&old);
    assert_error(TRY(reactor_reregister(reactor, number, 0, NULL)), -EBADF);
    expect_silence(reactor);
    if (move_to_number(new.mine, number)) {
        new.mine = number;
        assert_error(TRY(reactor_reregister(reactor, number, 0, NULL)),
                     -ENOENT);
        register_pair(reactor, &new, REACTOR_READABLE);
        assert_error(TRY(reactor_register(reactor, number, 0, NULL)), -EEXIST);
        send_byte(new.peer);
        assert_int_equal(await(reactor, number), REACTOR_READABLE);
        close_pair(&new);
    }
    TRY_OK(reactor_deregister(reactor, number));
    assert_error(TRY(reactor_deregister(reactor, number)), -EBADF);
    expect_nothing_now(reactor);
    reactor_close(reactor);
}

/* ---- What is refused changes nothing ---- */

static struct {
    struct reactor *reactor;
    struct pair pair;
    uint32_t interest;  /* in the pair */
    uint32_t readiness; /* 0: not reported */
    void *user_data;
} kept;

static void is_as_before(void)
{
    struct reactor_event event;
    int count =
        wait_for_once(kept.reactor, kept.pair.mine, kept.interest, &event, 0);

    assert_int_equal(count, kept.readiness != 0);
    if (count == 1) {
        assert_int_equal(event.handle, kept.pair.mine);
        expect_told(event.readiness, kept.readiness);
        assert_ptr_equal(event.user_data, kept.user_data);
    }
}

static void change_kept(uint32_t interest, void *user_data, uint32_t readiness)
{
    meanwhile = is_as_before;
    TRY_OK(
        reactor_reregister(kept.reactor, kept.pair.mine, interest, user_data));
    meanwhile = NULL;
    kept.interest = interest;
    kept.readiness = readiness;
    kept.user_data = user_data;
}

static void a_refused_change_leaves_the_old_state(void)
{
    char data[3];

    kept.reactor = open_one();
    kept.pair = stream_pair();
    kept.readiness = 0;
    send_byte(kept.pair.peer);

    meanwhile = is_as_before;
    TRY_OK(reactor_register(kept.reactor, kept.pair.mine, REACTOR_READABLE,
                            &data[0]));
    kept.interest = REACTOR_READABLE;
    kept.readiness = REACTOR_READABLE;
    kept.user_data = &data[0];
    change_kept(DIRECTIONS, &data[1], DIRECTIONS);
    is_as_before();
    change_kept(0, NULL, 0);
    is_as_before();
    change_kept(REACTOR_READABLE | REACTOR_ONESHOT, &data[2], REACTOR_READABLE);
    is_as_before();
    kept.readiness = 0; /* it has fired */
    is_as_before();
    change_kept(REACTOR_READABLE, &data[0], REACTOR_READABLE);
    is_as_before();
    finish_pair(kept.reactor, &kept.pair);
    reactor_close(kept.reactor);
}

/* So many fill the first chunk of sources, beside the one that is nobody's. */
static void a_refused_registration_uses_nothing_up(void)
{
    struct reactor *reactor = open_one();
    struct pair pair = stream_pair();
    reactor_handle handles[RI_SOURCES_PER_CHUNK - 1];
    size_t full;
    size_t i;

    for (i = 0; i < COUNT_OF(handles); i++) {
        handles[i] = duplicate(pair.mine);
        TRY_OK(reactor_register(reactor, handles[i], 0, NULL));
    }
    full = live_allocations();
    TRY_OK(reactor_deregister(reactor, handles[0]));
    TRY_OK(reactor_register(reactor, handles[0], 0, NULL));
    assert_int_equal(live_allocations(), full);
    for (i = 0; i < COUNT_OF(handles); i++) {
        TRY_OK(reactor_deregister(reactor, handles[i]));
        close_handle(handles[i]);
    }
    close_pair(&pair);
    reactor_close(reactor);
}

/* ---- Growth ---- */

#define CHUNKS_MAX 8
#define MANY_MAX   (CHUNKS_MAX * RI_SOURCES_PER_CHUNK + 76)

/* More than so many chunks of sources: of 8 the directory grows as well. */
static int many(void)
{
    return (int)(chunks_to_fill * RI_SOURCES_PER_CHUNK + 76);
}

static struct {
    struct reactor *reactor;
    int registered; /* and readable */
} growing;

static void expect_all(void)
{
    static struct reactor_event events[MANY_MAX + 1];
    int count = TRY(reactor_wait(growing.reactor, events, many() + 1, 0));

    if (count > 0 && count < growing.registered && may_report_less())
        count = reactor_wait(growing.reactor, events, many() + 1, 0);
    assert_int_equal(count, growing.registered);
}

static void growth(void)
{
    static reactor_handle handles[MANY_MAX];
    struct pair pair = stream_pair();
    struct reactor *reactor = open_one();
    int i;

    send_byte(pair.peer);
    growing.reactor = reactor;
    growing.registered = 0;
    meanwhile = expect_all;
    for (i = 0; i < many(); i++) {
        handles[i] = duplicate(pair.mine);
        TRY_OK(reactor_register(reactor, handles[i], REACTOR_READABLE, NULL));
        growing.registered++;
    }
    expect_all();
    for (i = 0; i < many(); i++) {
        TRY_OK(reactor_deregister(reactor, handles[i]));
        growing.registered--;
        close_handle(handles[i]);
    }
    meanwhile = NULL;
    expect_nothing_now(reactor);
    close_pair(&pair);
    reactor_close(reactor);
}

const struct scenario scenarios[] = {
    SCENARIO(open_and_close),
    SCENARIO(every_mix_of_interest),
    SCENARIO(unpollable_handles),
    SCENARIO(a_terminal),
    SCENARIO(known_and_unknown_handles),
    SCENARIO(its_own_handles),
    SCENARIO(reactors_in_reactors),
    SCENARIO(numbers_used_again),
    SCENARIO(a_refused_change_leaves_the_old_state),
    SCENARIO(a_refused_registration_uses_nothing_up),
    SCENARIO(growth),
};

const size_t scenario_count = COUNT_OF(scenarios);
