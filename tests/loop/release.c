/* SPDX-License-Identifier: MIT */
/* What is kept for a loop: found again, and released as the last of all. */
#include "support/callbacks.h"
#include "support/loops.h"

#include <string.h>

/* ---- The last of all ---- */

static void start_hook(struct reactor_hook *hook, struct probe *probe,
                       enum reactor_hook_place place)
{
    reactor_hook_init(hook, probe->loop, on_hook, probe);
    assert_ok(reactor_hook_start(hook, place));
}

static void release_comes_last_and_once(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct probe probes[3] = {{.name = 'a', .loop = loop},
                              {.name = 'b', .loop = loop},
                              {.name = 'c', .loop = loop}};
    struct reactor_hook hooks[3];

    (void)state;
    start_hook(&hooks[1], &probes[1], REACTOR_ON_RELEASE);
    start_hook(&hooks[2], &probes[2], REACTOR_ON_RELEASE);
    start_hook(&hooks[0], &probes[0], REACTOR_BEFORE_CLOSE);
    assert_nobody(loop);
    assert_runs_out(loop); /* it keeps no loop alive */
    reactor_loop_close(loop);
    assert_string_equal(journal, "abc");
}

static void what_was_stopped_is_not_called(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct probe probe = {.name = 'a', .loop = loop};
    struct reactor_hook hook;

    (void)state;
    start_hook(&hook, &probe, REACTOR_ON_RELEASE);
    reactor_hook_stop(&hook);
    reactor_loop_close(loop);
    assert_string_equal(journal, "");
}

static void close_loop(struct probe *self)
{
    reactor_loop_close(self->loop);
    forget_calls();
}

static void it_comes_when_a_callback_closes_the_loop(void **state)
{
    int kind;

    (void)state;
    for (kind = 0; kind < CALLBACK_KINDS; kind++) {
        struct reactor_loop *loop = open_loop();
        struct probe probe = {.name = 'r', .loop = loop};
        struct reactor_hook hook;
        struct caller caller;

        start_hook(&hook, &probe, REACTOR_ON_RELEASE);
        caller_start(&caller, loop, (enum callback_kind)kind, 0, close_loop);
        (void)reactor_loop_turn(loop, 0);
        assert_string_equal(journal, "r");
        caller_end(&caller);
    }
}

/* What is stopped in it, and may be freed then. */
struct stoppers {
    struct watch watch;
    struct reactor_timer timer;
    struct reactor_post post;
    struct reactor_hook hook, other;
    struct probe probe, never;
};

static void stop_all(struct probe *self)
{
    struct stoppers *all = self->context;

    watch_end(&all->watch);
    reactor_timer_stop(&all->timer);
    reactor_hook_stop(&all->hook);
    reactor_hook_stop(&all->other);
    assert_int_equal(reactor_loop_status(self->loop), -ECANCELED);
    memset(&all->watch, 0x55, sizeof(all->watch));
    memset(&all->timer, 0x55, sizeof(all->timer));
    memset(&all->hook, 0x55, sizeof(all->hook));
    memset(&all->other, 0x55, sizeof(all->other));
}

static void all_may_be_stopped_in_it(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct stoppers all;

    (void)state;
    memset(&all, 0, sizeof(all));
    all.probe = (struct probe){
        .name = 'r', .loop = loop, .then = stop_all, .context = &all};
    all.never = (struct probe){.name = 'x', .loop = loop};
    watch_start(&all.watch, loop, 'h', REACTOR_WRITABLE);
    reactor_timer_init(&all.timer, loop, on_time, &all.never);
    reactor_timer_start(&all.timer, 0, 0);
    start_hook(&all.hook, &all.probe, REACTOR_ON_RELEASE);
    start_hook(&all.other, &all.never, REACTOR_ON_RELEASE);
    reactor_loop_close(loop);
    assert_string_equal(journal, "r");
}

/* ---- Found again ---- */

static void on_other(void *user_data)
{
    on_hook(user_data);
}

static void a_hook_is_found_by_place_and_function(void **state)
{
    static const enum reactor_hook_place places[] = {
        REACTOR_BEFORE_WAIT, REACTOR_AFTER_WAIT, REACTOR_BEFORE_CLOSE,
        REACTOR_ON_RELEASE};
    struct reactor_loop *loop = open_loop(), *empty = open_loop();
    struct probe probe = {.loop = loop};
    struct reactor_hook hook;
    size_t i, j;

    (void)state;
    for (i = 0; i < COUNT_OF(places); i++) {
        assert_null(reactor_hook_find(loop, places[i], on_hook));
        start_hook(&hook, &probe, places[i]);
        for (j = 0; j < COUNT_OF(places); j++)
            assert_ptr_equal(reactor_hook_find(loop, places[j], on_hook),
                             i == j ? &probe : NULL);
        assert_null(reactor_hook_find(loop, places[i], on_other));
        assert_null(reactor_hook_find(loop, places[i], NULL));
        assert_null(reactor_hook_find(empty, places[i], on_hook));
        reactor_hook_stop(&hook);
        assert_null(reactor_hook_find(loop, places[i], on_hook));
    }
    assert_null(reactor_hook_find(NULL, REACTOR_ON_RELEASE, on_hook));
    assert_null(reactor_hook_find(
        loop, (enum reactor_hook_place)(REACTOR_ON_RELEASE + 1), on_hook));
    assert_null(
        reactor_hook_find(loop, (enum reactor_hook_place)(-1), on_hook));
    assert_error(reactor_hook_start(
                     &hook, (enum reactor_hook_place)(REACTOR_ON_RELEASE + 1)),
                 -EINVAL);
    reactor_loop_close(empty);
    reactor_loop_close(loop);
}

static void of_several_the_first_is_found(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct probe probes[3] = {{.loop = loop}, {.loop = loop}, {.loop = loop}};
    struct reactor_hook hooks[3];
    int i;

    (void)state;
    reactor_hook_init(&hooks[0], loop, on_other, &probes[0]);
    assert_ok(reactor_hook_start(&hooks[0], REACTOR_ON_RELEASE));
    for (i = 1; i < 3; i++)
        start_hook(&hooks[i], &probes[i], REACTOR_ON_RELEASE);
    assert_ptr_equal(reactor_hook_find(loop, REACTOR_ON_RELEASE, on_hook),
                     &probes[1]);
    reactor_hook_stop(&hooks[1]);
    assert_ptr_equal(reactor_hook_find(loop, REACTOR_ON_RELEASE, on_hook),
                     &probes[2]);
    assert_ptr_equal(reactor_hook_find(loop, REACTOR_ON_RELEASE, on_other),
                     &probes[0]);
    reactor_loop_close(loop);
}

/* ---- Whether it can be used ---- */

static void ask_and_close(struct probe *self)
{
    assert_ok(reactor_loop_status(self->loop));
    reactor_loop_close(self->loop);
    assert_error(reactor_loop_status(self->loop), -ECANCELED);
}

static void expect_end(struct probe *self)
{
    assert_error(reactor_loop_status(self->loop), -ECANCELED);
}

static void a_loop_says_whether_it_can_be_used(void **state)
{
    int kind;

    (void)state;
    assert_error(reactor_loop_status(NULL), -EINVAL);
    for (kind = 0; kind < CALLBACK_KINDS; kind++) {
        struct reactor_loop *loop = open_loop();
        struct probe probe = {.name = 'e', .loop = loop, .then = expect_end};
        struct reactor_hook close, release;
        struct caller caller;

        assert_ok(reactor_loop_status(loop));
        assert_ok(reactor_loop_stop(loop));
        assert_ok(reactor_loop_status(loop)); /* it can be run again */
        assert_is_stopped(loop);
        start_hook(&close, &probe, REACTOR_BEFORE_CLOSE);
        start_hook(&release, &probe, REACTOR_ON_RELEASE);
        caller_start(&caller, loop, (enum callback_kind)kind, 0, ask_and_close);
        (void)reactor_loop_turn(loop, 0);
        assert_string_equal(journal, "ee");
        caller_end(&caller);
    }
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(release_comes_last_and_once),
        CLAIM_WITHOUT_REACTOR(what_was_stopped_is_not_called),
        CLAIM_WITHOUT_REACTOR(it_comes_when_a_callback_closes_the_loop),
        CLAIM_WITHOUT_REACTOR(all_may_be_stopped_in_it),
        CLAIM_WITHOUT_REACTOR(a_hook_is_found_by_place_and_function),
        CLAIM_WITHOUT_REACTOR(of_several_the_first_is_found),
        CLAIM_WITHOUT_REACTOR(a_loop_says_whether_it_can_be_used),
    };

    return run_claims(claims);
}
