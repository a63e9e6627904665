/* SPDX-License-Identifier: MIT */
/* Loops and fork(): the parent is not disturbed, and the child can go on. */
#include "support/callbacks.h"
#include "support/loops.h"
#include "support/process.h"
#include "support/thread.h"

#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

/* What a child inherits. */
struct estate {
    struct reactor_loop *loop;
    struct watch watch;
    struct reactor_timer timer;
    struct probe timer_probe;
    struct reactor_post post;
    struct probe post_probe;
};

static void estate_open(struct estate *estate)
{
    memset(estate, 0, sizeof(*estate));
    estate->loop = open_loop();
    watch_start(&estate->watch, estate->loop, 'h', REACTOR_READABLE);
    estate->timer_probe.name = 't';
    estate->post_probe.name = 'p';
    reactor_timer_init(&estate->timer, estate->loop, on_time,
                       &estate->timer_probe);
    reactor_post_init(&estate->post, estate->loop, on_post,
                      &estate->post_probe);
}

static void estate_close(struct estate *estate)
{
    reactor_loop_close(estate->loop);
    watch_end(&estate->watch);
}

/* All of it works, in the parent as in the child. */
static int use_it(struct estate *estate)
{
    forget_calls();
    send_byte(estate->watch.pair.peer);
    reactor_timer_start(&estate->timer, 0, 0);
    CHILD_EXPECT(reactor_post_send(&estate->post) == 0);
    while (strlen(journal) < 3)
        CHILD_EXPECT(reactor_loop_turn(estate->loop, PATIENCE_NS) > 0);
    CHILD_EXPECT(strchr(journal, 'h') && strchr(journal, 'p') &&
                 strchr(journal, 't'));
    drain(estate->watch.pair.mine);
    CHILD_EXPECT(reactor_loop_stop(estate->loop) == 0);
    CHILD_EXPECT(reactor_loop_run(estate->loop) == 1);
    return 0;
}

/* ---- Before after_fork ---- */

static int be_refused_everything(void *context)
{
    struct estate *estate = context;
    struct reactor_loop *loop = estate->loop;
    int64_t deadline_ns;

    CHILD_EXPECT(reactor_loop_run(loop) == -ECHILD);
    CHILD_EXPECT(reactor_loop_turn(loop, -1) == -ECHILD);
    CHILD_EXPECT(reactor_loop_prepare(loop, &deadline_ns) == -ECHILD);
    CHILD_EXPECT(reactor_loop_stop(loop) == -ECHILD);
    CHILD_EXPECT(reactor_post_send(&estate->post) == -ECHILD);
    CHILD_EXPECT(reactor_handler_start(&estate->watch.handler,
                                       estate->watch.pair.mine, 0) == -ECHILD);
    reactor_loop_close(loop);
    CHILD_EXPECT(*journal == '\0');
    return 0;
}

static void without_after_fork_a_child_is_refused_everything(void **state)
{
    struct estate estate;

    (void)state;
    estate_open(&estate);
    assert_ok(reactor_post_send(&estate.post)); /* not for the child */
    reactor_timer_start(&estate.timer, 0, 0);
    assert_child(be_refused_everything, &estate);
    assert_int_equal(turn_once(estate.loop), 2);
    assert_ok(use_it(&estate));
    estate_close(&estate);
}

static int release_the_copy(void *context)
{
    struct reactor_loop *loop = context;

    CHILD_EXPECT(reactor_loop_status(loop) == -ECHILD);
    reactor_loop_close(loop);
    CHILD_EXPECT(strcmp(journal, "r") == 0);
    return 0;
}

static int close_its_own(void *context)
{
    struct reactor_loop *loop = context;

    CHILD_EXPECT(reactor_loop_after_fork(loop) == 0);
    CHILD_EXPECT(reactor_loop_status(loop) == 0);
    reactor_loop_close(loop);
    CHILD_EXPECT(strcmp(journal, "cr") == 0);
    return 0;
}

static void what_a_child_inherits_is_released_and_not_closed(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct probe close = {.name = 'c'}, release = {.name = 'r'};
    struct reactor_hook on_close, on_release;

    (void)state;
    reactor_hook_init(&on_close, loop, on_hook, &close);
    reactor_hook_init(&on_release, loop, on_hook, &release);
    assert_ok(reactor_hook_start(&on_close, REACTOR_BEFORE_CLOSE));
    assert_ok(reactor_hook_start(&on_release, REACTOR_ON_RELEASE));
    assert_child(release_the_copy, loop);
    assert_child(close_its_own, loop);
    assert_ok(reactor_loop_status(loop));
    reactor_loop_close(loop);
    assert_string_equal(journal, "cr");
}

/* ---- After it ---- */

static int use_own_copy(void *context)
{
    struct estate *estate = context;
    int error = reactor_loop_after_fork(estate->loop);

    CHILD_EXPECT(error == 0);
    CHILD_EXPECT(reactor_loop_alive(estate->loop) >= 1);
    error = use_it(estate);
    if (error != 0)
        return error;
    reactor_loop_close(estate->loop);
    return 0;
}

static void after_it_both_can_go_on(void **state)
{
    struct estate estate;

    (void)state;
    estate_open(&estate);
    assert_child(use_own_copy, &estate);
    assert_ok(use_it(&estate));
    assert_child(use_own_copy, &estate);
    estate_close(&estate);
}

static void a_loop_that_was_prepared_can_go_on(void **state)
{
    struct estate estate;
    int64_t deadline_ns;

    (void)state;
    estate_open(&estate);
    assert_ok(reactor_loop_prepare(estate.loop, &deadline_ns));
    assert_child(use_own_copy, &estate);
    assert_ok(use_it(&estate));
    estate_close(&estate);
}

static void without_a_fork_it_does_nothing(void **state)
{
    struct estate estate;
    int64_t deadline_ns;

    (void)state;
    estate_open(&estate);
    assert_ok(reactor_loop_after_fork(estate.loop));
    assert_ok(reactor_loop_prepare(estate.loop, &deadline_ns));
    assert_ok(reactor_loop_after_fork(estate.loop));
    assert_ok(use_it(&estate));
    estate_close(&estate);
}

static int call_what_was_pending(void *context)
{
    struct estate *estate = context;

    CHILD_EXPECT(reactor_loop_after_fork(estate->loop) == 0);
    CHILD_EXPECT(reactor_loop_turn(estate->loop, PATIENCE_NS) == 1);
    CHILD_EXPECT(strcmp(journal, "p") == 0);
    CHILD_EXPECT(reactor_loop_turn(estate->loop, 0) == 0);
    reactor_loop_close(estate->loop);
    return 0;
}

static void posts_that_are_pending_are_called_in_both(void **state)
{
    int is_prepared;

    (void)state;
    for (is_prepared = 0; is_prepared < 2; is_prepared++) {
        struct estate estate;
        int64_t deadline_ns;

        estate_open(&estate);
        if (is_prepared)
            assert_ok(reactor_loop_prepare(estate.loop, &deadline_ns));
        assert_ok(reactor_post_send(&estate.post));
        assert_child(call_what_was_pending, &estate);
        assert_int_equal(turn_once(estate.loop), 1);
        assert_string_equal(journal, "p");
        estate_close(&estate);
    }
}

/* ---- Inside a callback ---- */

struct branch {
    struct probe *forker;
    pid_t child; /* 0 in the child */
    bool goes_on;
};

static void fork_here(struct probe *probe)
{
    struct branch *branch = probe->context;

    if (probe->calls > 1)
        return;
    branch->child = fork();
    assert_true(branch->child >= 0);
    if (branch->child == 0)
        alarm(PATIENCE_MS / 1000);
    if (branch->child == 0 && branch->goes_on &&
        (reactor_loop_after_fork(probe->loop) != 0 ||
         reactor_loop_run(probe->loop) != -EBUSY)) /* the turn goes on */
        _exit(1);
    forget_calls();
}

/* The rest of the turn in the child: nothing, or all of it. */
static int end_child(struct reactor_loop *loop, const struct branch *branch,
                     int result)
{
    CHILD_EXPECT(result == (branch->goes_on ? 1 : -ECHILD));
    if (!branch->goes_on) {
        CHILD_EXPECT(*journal == '\0');
        CHILD_EXPECT(reactor_loop_run(loop) == -ECHILD);
        CHILD_EXPECT(reactor_loop_after_fork(loop) == 0);
    }
    CHILD_EXPECT(reactor_loop_stop(loop) == 0);
    CHILD_EXPECT(reactor_loop_run(loop) == 1);
    reactor_loop_close(loop);
    return 0;
}

static void stop_it(struct probe *probe)
{
    if (probe->calls == 2)
        (void)reactor_loop_stop(probe->loop);
}

static void fork_in(enum callback_kind kind, bool goes_on)
{
    struct reactor_loop *loop = open_loop();
    struct branch branch = {.goes_on = goes_on};
    struct caller forker;
    struct caller rest[CALLBACK_KINDS];
    int result;
    int i;

    caller_start(&forker, loop, kind, 'f', fork_here);
    forker.probe.context = &branch;
    for (i = 0; i < CALLBACK_KINDS; i++)
        caller_start(&rest[i], loop, (enum callback_kind)i, (char)('a' + i),
                     i == IN_HANDLER ? stop_it : NULL);
    result = reactor_loop_run(loop);
    if (branch.child == 0)
        _exit(end_child(loop, &branch, result) != 0);
    assert_int_equal(result, 1);
    assert_ok(child_finish(branch.child));
    assert_int_equal(rest[IN_POST].probe.calls, 1);
    assert_int_equal(rest[IN_TIMER].probe.calls, 1);
    caller_end(&forker);
    for (i = 0; i < CALLBACK_KINDS; i++)
        caller_end(&rest[i]);
    reactor_loop_close(loop);
}

static void a_child_of_a_callback_calls_nothing_more(void **state)
{
    int kind;

    (void)state;
    for (kind = 0; kind < CALLBACK_KINDS; kind++)
        fork_in((enum callback_kind)kind, false);
}

static void unless_it_calls_after_fork_there(void **state)
{
    int kind;

    (void)state;
    for (kind = 0; kind < CALLBACK_KINDS; kind++)
        fork_in((enum callback_kind)kind, true);
}

/* ---- Another thread runs it ---- */

static int run_it(void *context)
{
    return reactor_loop_run(((struct estate *)context)->loop);
}

static _Atomic unsigned waits;

static void count_wait(void *user_data)
{
    (void)user_data;
    atomic_fetch_add(&waits, 1);
}

/* It stays asleep: who forks finds it in the wait, or right before it. */
static void a_child_can_go_on_though_another_thread_ran_it(void **state)
{
    struct estate estate;
    struct reactor_hook hook;
    struct thread *thread;
    int i;

    (void)state;
    atomic_store(&waits, 0);
    estate_open(&estate);
    reactor_hook_init(&hook, estate.loop, count_wait, NULL);
    assert_ok(reactor_hook_start(&hook, REACTOR_BEFORE_WAIT));
    thread = thread_start(run_it, &estate);
    while (atomic_load(&waits) == 0)
        thread_yield();
    for (i = 0; i < 20; i++)
        assert_child(use_own_copy, &estate);
    assert_ok(reactor_post_send(&estate.post));
    assert_ok(reactor_loop_stop(estate.loop));
    assert_int_equal(thread_join(thread), 1);
    assert_ok(use_it(&estate));
    estate_close(&estate);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(without_after_fork_a_child_is_refused_everything),
        CLAIM_WITHOUT_REACTOR(what_a_child_inherits_is_released_and_not_closed),
        CLAIM_WITHOUT_REACTOR(after_it_both_can_go_on),
        CLAIM_WITHOUT_REACTOR(a_loop_that_was_prepared_can_go_on),
        CLAIM_WITHOUT_REACTOR(without_a_fork_it_does_nothing),
        CLAIM_WITHOUT_REACTOR(posts_that_are_pending_are_called_in_both),
        CLAIM_WITHOUT_REACTOR(a_child_of_a_callback_calls_nothing_more),
        CLAIM_WITHOUT_REACTOR(unless_it_calls_after_fork_there),
        CLAIM_WITHOUT_REACTOR(a_child_can_go_on_though_another_thread_ran_it),
    };

    return run_claims(claims);
}
