/* SPDX-License-Identifier: MIT */
/* Rule 13 before reactor_after_fork(), in a program of one thread. */
#include "support/claim.h"
#include "support/expect.h"
#include "support/family.h"
#include "support/handles.h"
#include "support/process.h"

static void
an_inherited_reactor_is_echild_and_leaves_the_parent_alone(void **state)
{
    struct family family = found_family(*state, REACTOR_READABLE);

    assert_child(use_inherited, &family);
    assert_ok(reactor_after_fork(family.reactor));
    assert_undisturbed(&family);
    dissolve_family(&family);
}

#define REACTOR_COUNT 4

static int use_all_inherited(void *context)
{
    struct reactor **reactors = context;
    struct reactor_event event;
    int i;

    for (i = 0; i < REACTOR_COUNT; i++) {
        CHILD_EXPECT(reactor_wake(reactors[i]) == -ECHILD);
        if (i % 2 == 0)
            CHILD_EXPECT(reactor_after_fork(reactors[i]) == 0);
    }
    for (i = 0; i < REACTOR_COUNT; i++) {
        int expected = i % 2 == 0 ? 0 : -ECHILD;

        CHILD_EXPECT(reactor_wait(reactors[i], &event, 1, 0) == expected);
        reactor_close(reactors[i]);
    }
    return 0;
}

static void every_open_reactor_is_inherited_and_each_is_its_own(void **state)
{
    struct reactor *reactors[REACTOR_COUNT];
    int i;

    (void)state;
    for (i = 0; i < REACTOR_COUNT; i++)
        reactors[i] = open_reactor();
    reactor_close(reactors[1]);
    reactors[1] = open_reactor();
    assert_child(use_all_inherited, reactors);
    for (i = 0; i < REACTOR_COUNT; i++) {
        assert_ok(reactor_wake(reactors[i]));
        await_wake(reactors[i]);
        reactor_close(reactors[i]);
    }
}

static int try_precedence(void *context)
{
    struct family *family = context;
    struct reactor *reactor = family->reactor;
    struct reactor_event event;
    reactor_handle bad = REACTOR_INVALID_HANDLE;

    CHILD_EXPECT(reactor_register(reactor, bad, REACTOR_WAKE, 0) == -EINVAL);
    CHILD_EXPECT(reactor_reregister(reactor, bad, REACTOR_WAKE, 0) == -EINVAL);
    CHILD_EXPECT(reactor_wait(reactor, NULL, 1, 0) == -EINVAL);
    CHILD_EXPECT(reactor_wait(reactor, &event, 0, 0) == -EINVAL);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, -2) == -EINVAL);
    CHILD_EXPECT(reactor_wait_until(reactor, &event, 0, 0) == -EINVAL);
    CHILD_EXPECT(reactor_register(reactor, bad, INTEREST_ALL, 0) == -ECHILD);
    CHILD_EXPECT(reactor_reregister(reactor, bad, INTEREST_ALL, 0) == -ECHILD);
    CHILD_EXPECT(reactor_deregister(reactor, bad) == -ECHILD);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, -1) == -ECHILD);
    return 0;
}

static void echild_comes_between_einval_and_ecanceled(void **state)
{
    struct family family = found_family(*state, REACTOR_READABLE);

    assert_child(try_precedence, &family);
    assert_ok(reactor_shutdown(family.reactor));
    assert_child(try_precedence, &family);
    dissolve_family(&family);
}

static int close_inherited(void *context)
{
    struct family *family = context;

    reactor_close(family->reactor);
    return 0;
}

static void closing_in_the_child_leaves_the_parent_alone(void **state)
{
    struct family family = found_family(*state, REACTOR_READABLE);

    assert_child(close_inherited, &family);
    assert_undisturbed(&family);
    dissolve_family(&family);
}

struct inheritance {
    struct reactor *reactor;
    size_t count; /* before the reactor was opened */
};

static int close_inherited_and_count(void *context)
{
    struct inheritance *inheritance = context;

    reactor_close(inheritance->reactor);
    CHILD_EXPECT(count_open_handles() == inheritance->count);
    return 0;
}

static void closing_in_the_child_releases_the_child_s_handles(void **state)
{
    struct inheritance inheritance = {.count = count_open_handles()};

    (void)state;
    inheritance.reactor = open_reactor();
    assert_child(close_inherited_and_count, &inheritance);
    reactor_close(inheritance.reactor);
}

/*
 * The numbers of what was not inherited (a kqueue is not) are the first to be
 * used again.
 */
static int close_inherited_late(void *context)
{
    struct family *family = context;
    struct pair fresh = stream_pair();

    reactor_close(family->reactor);
    send_byte(fresh.peer);
    CHILD_EXPECT(is_readable(fresh.mine));
    return 0;
}

static int make_own_late(void *context)
{
    struct family *family = context;
    struct pair fresh = stream_pair();

    CHILD_EXPECT(reactor_after_fork(family->reactor) == 0);
    send_byte(fresh.peer);
    CHILD_EXPECT(is_readable(fresh.mine));
    reactor_close(family->reactor);
    CHILD_EXPECT(is_readable(fresh.mine));
    return 0;
}

static void what_the_child_has_opened_since_is_left_alone(void **state)
{
    struct family family = found_family(*state, REACTOR_READABLE);

    assert_child(close_inherited_late, &family);
    assert_child(make_own_late, &family);
    assert_undisturbed(&family);
    dissolve_family(&family);
}

static int open_another(void *context)
{
    struct family *family = context;
    struct reactor *reactor;
    struct reactor_event event;

    CHILD_EXPECT(reactor_open(&reactor) == 0);
    CHILD_EXPECT(reactor_after_fork(reactor) == 0);
    CHILD_EXPECT(reactor_register(reactor, family->other.mine, REACTOR_WRITABLE,
                                  NULL) == 0);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, -1) == 1);
    CHILD_EXPECT(reactor_wake(family->reactor) == -ECHILD);
    reactor_close(family->reactor);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, -1) == 1);
    reactor_close(reactor);
    return 0;
}

static void a_reactor_that_the_child_opens_is_its_own(void **state)
{
    struct family family = found_family(*state, REACTOR_READABLE);

    assert_child(open_another, &family);
    assert_undisturbed(&family);
    dissolve_family(&family);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(an_inherited_reactor_is_echild_and_leaves_the_parent_alone),
        CLAIM(every_open_reactor_is_inherited_and_each_is_its_own),
        CLAIM(echild_comes_between_einval_and_ecanceled),
        CLAIM(closing_in_the_child_leaves_the_parent_alone),
        CLAIM_WITHOUT_REACTOR(
            closing_in_the_child_releases_the_child_s_handles),
        CLAIM(what_the_child_has_opened_since_is_left_alone),
        CLAIM(a_reactor_that_the_child_opens_is_its_own),
    };

    return run_claims(claims);
}
