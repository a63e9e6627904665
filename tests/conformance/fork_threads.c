/* SPDX-License-Identifier: MIT */
/* Rule 13 in a program of many threads, and what a child keeps open. */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"
#include "support/process.h"
#include "support/scale.h"
#include "support/thread.h"

#include <stdatomic.h>
#include <unistd.h>

struct household {
    struct reactor *reactor;
    struct pair pair; /* for the child */
    _Atomic bool is_over;
};

static int use_in_child(void *context)
{
    struct household *household = context;
    struct reactor *reactor = household->reactor;
    reactor_handle mine = household->pair.mine;
    struct reactor_event events[16];
    int count;

    CHILD_EXPECT(reactor_wait(reactor, events, 16, -1) == -ECHILD);
    CHILD_EXPECT(reactor_wake(reactor) == -ECHILD);
    CHILD_EXPECT(reactor_register(reactor, mine, 0, NULL) == -ECHILD);
    CHILD_EXPECT(reactor_after_fork(reactor) == 0);
    CHILD_EXPECT(reactor_register(reactor, mine, 0, NULL) == 0);
    CHILD_EXPECT(reactor_deregister(reactor, mine) == 0);
    CHILD_EXPECT(reactor_wait(reactor, events, 16, 0) >= 0);
    CHILD_EXPECT(reactor_register(reactor, mine, REACTOR_READABLE, household) ==
                 0);
    do {
        count = reactor_wait(reactor, events, 16, PATIENCE_MS);
        CHILD_EXPECT(count > 0);
        while (count > 0 && events[count - 1].user_data != household)
            count--;
    } while (count == 0);
    CHILD_EXPECT(events[count - 1].readiness == REACTOR_READABLE);
    CHILD_EXPECT(reactor_deregister(reactor, mine) == 0);
    CHILD_EXPECT(reactor_wake(reactor) == 0);
    CHILD_EXPECT(reactor_wait(reactor, events, 16, PATIENCE_MS) > 0);
    reactor_close(reactor);
    return 0;
}

static void a_child_can_wait_although_the_parent_was_waiting(void **state)
{
    struct household household = {.reactor = *state, .pair = stream_pair()};
    struct waiter waiter;

    send_byte(household.pair.peer);
    waiter_start(&waiter, household.reactor);
    assert_child(use_in_child, &household);
    assert_ok(reactor_wake(household.reactor));
    assert_int_equal(waiter_join(&waiter), 1);
    assert_int_equal(waiter.event.readiness, REACTOR_WAKE);
    close_pair(&household.pair);
}

static int wait_all_the_time(void *context)
{
    struct household *household = context;
    struct reactor_event events[8];
    int count = 0;

    while (count >= 0 && !atomic_load(&household->is_over))
        count = reactor_wait(household->reactor, events, 8, 1);
    return count < 0 ? count : 0;
}

static int change_all_the_time(void *context)
{
    struct household *household = context;
    struct reactor *reactor = household->reactor;
    struct pair pair = stream_pair();
    int error = 0;

    send_byte(pair.peer);
    while (error == 0 && !atomic_load(&household->is_over)) {
        error = reactor_register(reactor, pair.mine, REACTOR_READABLE, &pair);
        if (error == 0)
            error = reactor_reregister(reactor, pair.mine, DIRECTIONS, &pair);
        if (error == 0)
            error = reactor_wake(reactor);
        if (error == 0)
            error = reactor_deregister(reactor, pair.mine);
    }
    close_pair(&pair);
    return error;
}

static int open_all_the_time(void *context)
{
    struct household *household = context;
    int error = 0;

    while (error == 0 && !atomic_load(&household->is_over)) {
        struct reactor *reactor;

        error = reactor_open(&reactor);
        if (error == 0)
            reactor_close(reactor);
    }
    return error;
}

/* F1 of the robustness rows. */
static void a_fork_in_the_middle_of_everything_harms_nobody(void **state)
{
    static int (*const runs[])(void *) = {
        wait_all_the_time, change_all_the_time, change_all_the_time,
        open_all_the_time};
    struct household household = {.reactor = *state, .pair = stream_pair()};
    struct thread *threads[COUNT_OF(runs)];
    unsigned children = scaled(100, 3000);
    size_t i;

    send_byte(household.pair.peer);
    for (i = 0; i < COUNT_OF(runs); i++)
        threads[i] = thread_start(runs[i], &household);
    while (children-- > 0)
        assert_child(use_in_child, &household);
    atomic_store(&household.is_over, true);
    for (i = 0; i < COUNT_OF(runs); i++)
        assert_ok(thread_join(threads[i]));
    close_pair(&household.pair);
}

/* ---- What a child, or a program that it runs, holds open ---- */

static int count_after_fork(void *context)
{
    struct household *household = context;
    size_t before = count_inheritable_handles();

    CHILD_EXPECT(reactor_after_fork(household->reactor) == 0);
    CHILD_EXPECT(count_inheritable_handles() == before);
    return 0;
}

static void no_handle_of_a_reactor_survives_exec(void **state)
{
    struct household household = {.reactor = NULL};
    size_t before = count_inheritable_handles();
    struct pair pair = stream_pair();
    reactor_handle twin = duplicate(pair.mine);

    (void)state;
    household.reactor = open_reactor();
    assert_int_equal(count_inheritable_handles(), before);
    assert_ok(
        reactor_register(household.reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_ok(reactor_wake(household.reactor));
    await_wake(household.reactor);

    /* A ghost: some backends open something new because of it. */
    close_handle(pair.mine);
    assert_ok(reactor_deregister(household.reactor, pair.mine));
    send_byte(pair.peer);
    assert_idle(household.reactor);
    assert_int_equal(count_inheritable_handles(), before);

    assert_child(count_after_fork, &household);
    reactor_close(household.reactor);
    close_handle(pair.peer);
    close_handle(twin);
}

struct keeper {
    struct pair pair;
    struct pair leash; /* the child lives until its peer is closed */
};

static int keep_until_told(void *context)
{
    struct keeper *keeper = context;

    close_handle(keeper->leash.peer);
    while (!is_readable(keeper->leash.mine))
        usleep(1000);
    return 0;
}

/* The child holds a duplicate of what the parent has deregistered. */
static void a_handle_that_a_child_keeps_open_is_not_spun_on(void **state)
{
    struct reactor *reactor = *state;
    struct keeper keeper = {stream_pair(), stream_pair()};
    pid_t child;

    assert_ok(
        reactor_register(reactor, keeper.pair.mine, REACTOR_READABLE, NULL));
    child = child_start(keep_until_told, &keeper);
    assert_true(child > 0);
    close_handle(keeper.pair.mine);
    send_byte(keeper.pair.peer);
    assert_ok(reactor_deregister(reactor, keeper.pair.mine));
    assert_idle(reactor);
    assert_idle(reactor);
    close_pair(&keeper.leash);
    assert_ok(child_finish(child));
    close_handle(keeper.pair.peer);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(a_child_can_wait_although_the_parent_was_waiting),
        CLAIM(a_fork_in_the_middle_of_everything_harms_nobody),
        CLAIM_WITHOUT_REACTOR(no_handle_of_a_reactor_survives_exec),
        CLAIM(a_handle_that_a_child_keeps_open_is_not_spun_on),
    };

    return run_claims(claims);
}
