/* SPDX-License-Identifier: MIT */
/* What a child of fork() inherits, and makes its own. */
#include "fault/scenario.h"

#include "support/allocator.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* One source of each kind, and a few more. */
static struct {
    struct reactor *reactor;
    struct pair level;
    struct pair paused;
    struct pair oneshot; /* has fired */
    struct pair closed;  /* by the child */
    struct pair file;    /* whose number the child gives to one */
    struct pair more[4];
    size_t own;    /* handles of a reactor, of which a child may have fewer */
    size_t others; /* all the rest */
} family;

static void found_family(void)
{
    size_t before = count_open_handles();
    size_t i;

    family.reactor = open_one();
    family.own = count_open_handles() - before;
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
    family.others = count_open_handles() - family.own;
}

/* Whoever has it: nothing but `level` and a wake is reported. */
static void use_family(void)
{
    expect_silence(family.reactor);
    send_byte(family.level.peer);
    assert_int_equal(await(family.reactor, family.level.mine),
                     REACTOR_READABLE);
    drain(family.level.mine);
    TRY_OK(keeping_errno(reactor_wake, family.reactor));
    expect_wake(family.reactor);
    expect_silence(family.reactor);
}

static void dissolve_family(void)
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

/* ---- Children ---- */

static void in_child(void (*run)(void))
{
    pid_t child = fork();
    int status = -1;

    assert_true(child >= 0);
    if (child == 0) {
        alarm(PATIENCE_MS / 1000);
        run();
        exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    forget_hints(family.reactor); /* of what the child did with them */
}

static void is_still_inherited(void)
{
    assert_error(reactor_wake(family.reactor), -ECHILD);
}

/* What it opens takes the place of what it inherited. */
static void make_it_mine(void)
{
    meanwhile = is_still_inherited;
    TRY_OK(reactor_after_fork(family.reactor));
    meanwhile = NULL;
    assert_int_equal(count_open_handles(), family.others + family.own);
}

/* The number of what was closed may be one of the reactor's own by now. */
static void expect_unregistered(reactor_handle handle)
{
    int result = TRY(reactor_deregister(family.reactor, handle));

    assert_true(result == -ENOENT || result == -EBADF);
}

/* The child hands its pairs back to the system by ending. */
static void use_in_child(void)
{
    struct reactor *reactor = family.reactor;
    struct reactor_event event;
    size_t i;

    assert_error(TRY(reactor_wait(reactor, &event, 1, 0)), -ECHILD);
    is_still_inherited();
    close_handle(family.closed.mine);
    family.others--;
    assert_true(move_to_number(open("/", O_RDONLY), family.file.mine));
    make_it_mine();

    expect_registered(reactor, family.level.mine);
    expect_registered(reactor, family.paused.mine);
    expect_registered(reactor, family.oneshot.mine);
    for (i = 0; i < COUNT_OF(family.more); i++)
        expect_registered(reactor, family.more[i].mine);
    expect_unregistered(family.closed.mine);
    expect_unregistered(family.file.mine);
    if (!is_lie())
        use_family();
    reactor_close(reactor);
    assert_int_equal(live_allocations(), 0);
}

static void close_in_child(void)
{
    reactor_close(family.reactor);
    assert_int_equal(live_allocations(), 0);
    assert_int_equal(count_open_handles(), family.others);
}

static void use_grandchild(void)
{
    make_it_mine();
    in_child(use_in_child);
    if (!is_lie())
        use_family();
    reactor_close(family.reactor);
}

/* ---- Scenarios ---- */

static void a_child_uses_it(void)
{
    found_family();
    in_child(use_in_child);
    use_family();
    dissolve_family();
}

static void a_child_closes_it(void)
{
    found_family();
    in_child(close_in_child);
    use_family();
    dissolve_family();
}

static void a_grandchild_uses_it(void)
{
    found_family();
    in_child(use_grandchild);
    use_family();
    dissolve_family();
}

const struct scenario scenarios[] = {
    SCENARIO(a_child_uses_it),
    SCENARIO(a_child_closes_it),
    SCENARIO(a_grandchild_uses_it),
};

const size_t scenario_count = COUNT_OF(scenarios);
