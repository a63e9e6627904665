/* SPDX-License-Identifier: MIT */
/*
 * R3 of the robustness rows: longjmp() out of a callback is not supported, and
 * debug builds of the library notice it when the loop is used from about where
 * it was used before. Each claim is about a child.
 */
#include "support/callbacks.h"
#include "support/process.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* ---- The escape ---- */

static jmp_buf way_out;

static void jump_out(struct probe *probe)
{
    (void)probe;
    longjmp(way_out, 1);
}

struct escape {
    enum callback_kind kind;
    int (*again)(struct reactor_loop *loop);
};

static int run(struct reactor_loop *loop)
{
    return reactor_loop_run(loop);
}

static int turn(struct reactor_loop *loop)
{
    return reactor_loop_turn(loop, 0);
}

static int close_it(struct reactor_loop *loop)
{
    reactor_loop_close(loop);
    return 0;
}

/* What an assertion prints is not for the log. */
static void be_silent(void)
{
    (void)!freopen("/dev/null", "w", stderr);
}

static void note_abort(int number)
{
    (void)number;
    _exit(0);
}

/* 0 if it was noticed. */
static int escape_in_child(void *context)
{
    const struct escape *escape = context;
    struct reactor_loop *loop = NULL;
    struct caller caller;

    (void)signal(SIGABRT, note_abort);
    CHILD_EXPECT(reactor_loop_open(&loop, NULL) == 0);
    caller_start(&caller, loop, escape->kind, 'j', jump_out);
    if (setjmp(way_out) == 0) {
        (void)turn(loop);
        return __LINE__;
    }
    CHILD_EXPECT(caller.probe.calls == 1);
    be_silent();
    (void)escape->again(loop);
    return __LINE__;
}

/* ---- Whether the library asserts ---- */

static int break_a_rule(void *context)
{
    struct reactor_hook hook;

    (void)signal(SIGABRT, note_abort);
    be_silent();
    reactor_hook_init(&hook, context, NULL, NULL); /* only remembers it */
    return 1;
}

static bool library_asserts(void)
{
    struct reactor_loop *loop = open_loop();
    int result = child_finish(child_start(break_a_rule, loop));

    reactor_loop_close(loop);
    return result == 0;
}

static void assert_noticed(int (*again)(struct reactor_loop *loop))
{
    struct escape escape = {.again = again};
    int kind;

    if (!library_asserts())
        skip_because("the library was built without asserts");
    for (kind = 0; kind < CALLBACK_KINDS; kind++) {
        escape.kind = (enum callback_kind)kind;
        assert_child(escape_in_child, &escape);
    }
}

/* ---- Claims ---- */

static void the_next_run_notices(void **state)
{
    (void)state;
    assert_noticed(run);
}

static void the_next_turn_notices(void **state)
{
    (void)state;
    assert_noticed(turn);
}

static void close_notices(void **state)
{
    (void)state;
    assert_noticed(close_it);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(the_next_run_notices),
        CLAIM_WITHOUT_REACTOR(the_next_turn_notices),
        CLAIM_WITHOUT_REACTOR(close_notices),
    };

    return run_claims(claims);
}
