/* SPDX-License-Identifier: MIT */
/* Close: what is still called, what is not, and that all is gone afterwards. */
#include "support/callbacks.h"
#include "support/loops.h"
#include "support/thread.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Objects of every kind that are ready when the loop is closed. */
struct neighbours {
    struct caller callers[CALLBACK_KINDS];
    struct reactor_hook last;
    struct probe last_probe;
};

static const char names[CALLBACK_KINDS] = {'h', 't', 'p', 'b', 'a'};

static void start_neighbours(struct neighbours *all, struct reactor_loop *loop)
{
    int kind;

    for (kind = 0; kind < CALLBACK_KINDS; kind++)
        caller_start(&all->callers[kind], loop, (enum callback_kind)kind,
                     names[kind], NULL);
    all->last_probe = (struct probe){.name = 'c'};
    reactor_hook_init(&all->last, loop, on_hook, &all->last_probe);
    assert_ok(reactor_hook_start(&all->last, REACTOR_BEFORE_CLOSE));
}

/* They are idle: it is as if they had been stopped. */
static void end_neighbours(struct neighbours *all)
{
    int kind;

    for (kind = 0; kind < CALLBACK_KINDS; kind++) {
        assert_int_equal(reactor_handler_is_active(&all->callers[kind].handler),
                         0);
        assert_int_equal(reactor_timer_is_active(&all->callers[kind].timer), 0);
        caller_end(&all->callers[kind]);
    }
    reactor_hook_stop(&all->last);
}

/* ---- R1 of the robustness rows ---- */

static void close_it(struct probe *probe)
{
    reactor_loop_close(probe->loop);
    reactor_loop_close(probe->loop); /* is one more no-op */
    probe->context = &journal[strlen(journal)];
}

/* After it was closed: the post, if it had not been called, and the hook. */
static void assert_called_after(const char *place)
{
    bool was_called = strchr(journal, 'p') < place;

    assert_string_equal(place, was_called ? "c" : "pc");
}

static int run(struct reactor_loop *loop)
{
    return reactor_loop_run(loop);
}

static int turn(struct reactor_loop *loop)
{
    return reactor_loop_turn(loop, -1) >= 0;
}

/* The one that closes is started before or after the others. */
static void close_in_callback(enum callback_kind kind, bool is_first,
                              int (*function)(struct reactor_loop *loop))
{
    struct reactor_loop *loop = open_loop();
    struct neighbours all;
    struct caller closer;

    if (is_first)
        caller_start(&closer, loop, kind, 'x', close_it);
    start_neighbours(&all, loop);
    if (!is_first)
        caller_start(&closer, loop, kind, 'x', close_it);
    assert_int_equal(function(loop), 1);
    assert_int_equal(closer.probe.calls, 1);
    assert_non_null(strchr(journal, 'p'));
    assert_called_after(closer.probe.context);
    end_neighbours(&all);
    caller_end(&closer);
}

static void it_can_be_closed_in_any_callback(void **state)
{
    int kind;

    (void)state;
    for (kind = 0; kind < CALLBACK_KINDS; kind++) {
        close_in_callback((enum callback_kind)kind, true, run);
        close_in_callback((enum callback_kind)kind, false, run);
        close_in_callback((enum callback_kind)kind, true, turn);
        close_in_callback((enum callback_kind)kind, false, turn);
    }
}

static void free_own_and_close(void *user_data, uint32_t readiness)
{
    struct watch *watch = user_data;
    struct reactor_loop *loop = watch->probe.loop;

    (void)readiness;
    watch_end(watch);
    free(watch);
    reactor_loop_close(loop);
}

static void who_closes_it_may_be_gone(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch *watch = malloc(sizeof(*watch));

    (void)state;
    assert_non_null(watch);
    watch_init(watch, loop, 'h');
    reactor_handler_init(&watch->handler, loop, free_own_and_close, watch);
    assert_ok(reactor_handler_start(&watch->handler, watch->pair.mine,
                                    REACTOR_READABLE));
    send_byte(watch->pair.peer);
    assert_is_stopped(loop);
}

/* ---- Outside ---- */

static void what_was_accepted_is_called(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct neighbours all;

    (void)state;
    start_neighbours(&all, loop);
    reactor_loop_close(loop);
    assert_string_equal(journal, "pc");
    end_neighbours(&all);
}

static void handles_stay_open(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch watch;

    (void)state;
    watch_start(&watch, loop, 'h', REACTOR_READABLE);
    reactor_loop_close(loop);
    assert_true(reactor_handler_handle(&watch.handler) ==
                REACTOR_INVALID_HANDLE);
    send_byte(watch.pair.peer);
    assert_int_equal(drain(watch.pair.mine), 1);
    watch_end(&watch);
}

/* ---- Meanwhile ---- */

/* Whatever is begun while a loop is being closed ends with it. */
static void begin_all_anew(struct probe *probe)
{
    struct neighbours *all = probe->context;
    struct caller *any = &all->callers[0];

    assert_error(reactor_post_send(&any->post), -ECANCELED);
    assert_error(reactor_post_send(&any->post), -ECANCELED);
    reactor_timer_start(&any->timer, 0, 0);
    assert_ok(
        reactor_handler_start(&any->handler, any->pair.mine, REACTOR_READABLE));
    assert_ok(reactor_hook_start(&any->hook, REACTOR_AFTER_WAIT));
    assert_ok(reactor_loop_stop(probe->loop));
    reactor_loop_close(probe->loop);
}

static void what_is_begun_meanwhile_ends_with_it(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct neighbours all;
    struct probe probe = {
        .name = 'q', .loop = loop, .then = begin_all_anew, .context = &all};
    struct reactor_post post;

    (void)state;
    start_neighbours(&all, loop);
    all.last_probe = (struct probe){
        .name = 'c', .loop = loop, .then = begin_all_anew, .context = &all};
    reactor_post_init(&post, loop, on_post, &probe);
    assert_ok(reactor_post_send(&post));
    reactor_loop_close(loop);
    assert_string_equal(journal, "pqc");
    end_neighbours(&all);
}

/* ---- Other threads ---- */

struct stoppers {
    struct reactor_loop *loop;
    struct reactor_hook hook;
    struct thread *threads[4];
    _Atomic unsigned stops;
    _Atomic bool is_over;
};

static int stop_all_the_time(void *context)
{
    struct stoppers *stoppers = context;
    int error = 0;

    while (error == 0 && !atomic_load(&stoppers->is_over)) {
        error = reactor_loop_stop(stoppers->loop);
        atomic_fetch_add(&stoppers->stops, 1);
    }
    return error;
}

static void end_stoppers(void *user_data)
{
    struct stoppers *stoppers = user_data;
    size_t i;

    atomic_store(&stoppers->is_over, true);
    for (i = 0; i < COUNT_OF(stoppers->threads); i++)
        assert_ok(thread_join(stoppers->threads[i]));
}

/* They must be told to end, and the hook is the place for it. */
static void a_hook_can_wait_for_those_who_stop_it(void **state)
{
    struct stoppers stoppers = {.loop = open_loop()};
    size_t i;

    (void)state;
    reactor_hook_init(&stoppers.hook, stoppers.loop, end_stoppers, &stoppers);
    assert_ok(reactor_hook_start(&stoppers.hook, REACTOR_BEFORE_CLOSE));
    for (i = 0; i < COUNT_OF(stoppers.threads); i++)
        stoppers.threads[i] = thread_start(stop_all_the_time, &stoppers);
    while (atomic_load(&stoppers.stops) < 100)
        assert_in_range(reactor_loop_run(stoppers.loop), 0, 1);
    reactor_loop_close(stoppers.loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(it_can_be_closed_in_any_callback),
        CLAIM_WITHOUT_REACTOR(who_closes_it_may_be_gone),
        CLAIM_WITHOUT_REACTOR(what_was_accepted_is_called),
        CLAIM_WITHOUT_REACTOR(handles_stay_open),
        CLAIM_WITHOUT_REACTOR(what_is_begun_meanwhile_ends_with_it),
        CLAIM_WITHOUT_REACTOR(a_hook_can_wait_for_those_who_stop_it),
    };

    return run_claims(claims);
}
