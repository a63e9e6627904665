/* SPDX-License-Identifier: MIT */
/* The loop that each thread has by default. */
#include "support/loops.h"
#include "support/thread.h"

/* Each claim ends the main thread's loop, which nothing else would. */
static struct reactor_loop *default_loop(void)
{
    struct reactor_loop *loop = NULL;

    forget_calls();
    assert_ok(reactor_loop_default(&loop));
    assert_non_null(loop);
    return loop;
}

static void it_is_the_same_each_time(void **state)
{
    struct reactor_loop *loop = default_loop();

    (void)state;
    assert_ptr_equal(default_loop(), loop);
    assert_runs_out(loop);
    assert_ptr_equal(default_loop(), loop);
    reactor_loop_close(loop);
}

static void it_is_a_loop_like_any_other(void **state)
{
    struct reactor_loop *loop = default_loop();
    struct reactor_loop *other = open_loop();
    struct probe probe = {.name = 'p'};
    struct reactor_post post;

    (void)state;
    assert_true(loop != other);
    reactor_post_init(&post, loop, on_post, &probe);
    assert_ok(reactor_post_send(&post));
    reactor_loop_close(other); /* not the default one: */
    assert_ptr_equal(default_loop(), loop);
    assert_runs_out(loop);
    assert_string_equal(journal, "p");
    reactor_loop_close(loop);
}

static void after_a_close_there_is_a_new_one(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < 3; i++) {
        struct reactor_loop *loop = default_loop();

        assert_runs_out(loop); /* it is not the one that is gone */
        reactor_loop_close(loop);
    }
}

static void close_it(struct probe *probe)
{
    reactor_loop_close(probe->loop);
}

static void it_can_be_closed_in_a_callback(void **state)
{
    struct reactor_loop *loop = default_loop();
    struct probe probe = {.loop = loop, .then = close_it};
    struct reactor_post post;

    (void)state;
    reactor_post_init(&post, loop, on_post, &probe);
    assert_ok(reactor_post_send(&post));
    assert_is_stopped(loop);
    loop = default_loop();
    assert_runs_out(loop);
    reactor_loop_close(loop);
}

/* ---- Threads ---- */

struct visit {
    struct reactor_loop *loops[2];
    struct reactor_post post;
    struct probe probe;
    struct reactor_hook hook;
    bool closes;
};

static int use_default(void *context)
{
    struct visit *visit = context;

    if (reactor_loop_default(&visit->loops[0]) != 0 ||
        reactor_loop_default(&visit->loops[1]) != 0)
        return -1;
    reactor_post_init(&visit->post, visit->loops[0], on_post, &visit->probe);
    if (reactor_post_send(&visit->post) != 0)
        return -2;
    if (reactor_loop_run(visit->loops[0]) != 0)
        return -3;
    reactor_hook_init(&visit->hook, visit->loops[0], on_hook, &visit->probe);
    if (reactor_hook_start(&visit->hook, REACTOR_BEFORE_CLOSE) != 0)
        return -4;
    if (visit->closes)
        reactor_loop_close(visit->loops[0]);
    return 0;
}

static void each_thread_has_its_own(void **state)
{
    struct reactor_loop *loop = default_loop();
    struct visit visit = {.probe = {.calls = 0}};

    (void)state;
    assert_ok(thread_join(thread_start(use_default, &visit)));
    assert_ptr_equal(visit.loops[0], visit.loops[1]);
    assert_true(visit.loops[0] != loop);
    assert_ptr_equal(default_loop(), loop);
    reactor_loop_close(loop);
}

/* Handles and allocations are counted after each claim. */
static void it_is_closed_when_its_thread_ends(void **state)
{
    struct visit visit = {.probe = {.calls = 0}};

    (void)state;
    assert_ok(thread_join(thread_start(use_default, &visit)));
    assert_int_equal(visit.probe.calls, 2); /* of the post, and by close */
}

static void what_its_thread_has_closed_is_not_closed_again(void **state)
{
    struct visit visit = {.probe = {.calls = 0}, .closes = true};

    (void)state;
    assert_ok(thread_join(thread_start(use_default, &visit)));
    assert_int_equal(visit.probe.calls, 2);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(it_is_the_same_each_time),
        CLAIM_WITHOUT_REACTOR(it_is_a_loop_like_any_other),
        CLAIM_WITHOUT_REACTOR(after_a_close_there_is_a_new_one),
        CLAIM_WITHOUT_REACTOR(it_can_be_closed_in_a_callback),
        CLAIM_WITHOUT_REACTOR(each_thread_has_its_own),
        CLAIM_WITHOUT_REACTOR(it_is_closed_when_its_thread_ends),
        CLAIM_WITHOUT_REACTOR(what_its_thread_has_closed_is_not_closed_again),
    };

    return run_claims(claims);
}
