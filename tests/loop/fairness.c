/* SPDX-License-Identifier: MIT */
/* No storm of handlers, timers or posts keeps the others from being called. */
#include "support/callbacks.h"
#include "support/loops.h"
#include "support/scale.h"
#include "support/thread.h"

#include <stdatomic.h>
#include <string.h>

#define BUDGET 4
#define STORM  40 /* of each kind; BUDGET of them are called in a turn */

static struct reactor_loop *open_small_loop(void)
{
    struct reactor_loop_options options = REACTOR_LOOP_OPTIONS_INIT;

    options.budget = BUDGET;
    return open_loop_with(&options);
}

/* ---- Storms ---- */

struct storm {
    struct watch watches[STORM];
    struct reactor_timer timers[STORM];
    struct reactor_post posts[STORM];
    struct probe timer_probes[STORM];
    struct probe post_probes[STORM];
};

static void restart(struct probe *probe)
{
    reactor_timer_start(probe->context, 0, 0);
}

static void send_again(struct probe *probe)
{
    assert_ok(reactor_post_send(probe->context));
}

/* All of them are ready for ever. */
static void storm_start(struct storm *storm, struct reactor_loop *loop)
{
    int i;

    memset(storm, 0, sizeof(*storm));
    for (i = 0; i < STORM; i++) {
        watch_start(&storm->watches[i], loop, 'h', REACTOR_READABLE);
        send_byte(storm->watches[i].pair.peer);
        storm->timer_probes[i] = (struct probe){
            .name = 't', .then = restart, .context = &storm->timers[i]};
        reactor_timer_init(&storm->timers[i], loop, on_time,
                           &storm->timer_probes[i]);
        reactor_timer_start(&storm->timers[i], 0, 0);
        storm->post_probes[i] = (struct probe){
            .name = 'p', .then = send_again, .context = &storm->posts[i]};
        reactor_post_init(&storm->posts[i], loop, on_post,
                          &storm->post_probes[i]);
        assert_ok(reactor_post_send(&storm->posts[i]));
    }
}

static void storm_end(struct storm *storm)
{
    int i;

    for (i = 0; i < STORM; i++) {
        watch_end(&storm->watches[i]);
        reactor_timer_stop(&storm->timers[i]);
        (void)reactor_post_cancel(&storm->posts[i]);
    }
}

static unsigned count_in_journal(char name)
{
    unsigned count = 0;
    const char *place;

    for (place = journal; *place != '\0'; place++)
        count += *place == name;
    return count;
}

static void a_turn_calls_a_budget_of_each(void **state)
{
    struct reactor_loop *loop = open_small_loop();
    struct storm storm;
    int i;

    (void)state;
    storm_start(&storm, loop);
    for (i = 0; i < 20; i++) {
        forget_calls();
        assert_int_equal(turn_once(loop), 3 * BUDGET);
        assert_int_equal(count_in_journal('h'), BUDGET);
        assert_int_equal(count_in_journal('t'), BUDGET);
        assert_int_equal(count_in_journal('p'), BUDGET);
    }
    storm_end(&storm);
    reactor_loop_close(loop);
}

/* Posts and timers take turns; for handles see the contract of the reactor. */
static void all_of_a_storm_have_their_turn(void **state)
{
    struct reactor_loop *loop = open_small_loop();
    struct storm storm;
    int i;

    (void)state;
    storm_start(&storm, loop);
    for (i = 0; i < 2 * STORM / BUDGET; i++)
        (void)turn_once(loop);
    for (i = 0; i < STORM; i++) {
        assert_true(storm.watches[i].probe.calls > 0);
        assert_int_equal(storm.timer_probes[i].calls, 2);
        assert_int_equal(storm.post_probes[i].calls, 2);
    }
    storm_end(&storm);
    reactor_loop_close(loop);
}

/* One that comes in the middle of it is called within so many turns. */
static void who_comes_into_a_storm_is_called_soon(void **state)
{
    int kind;

    (void)state;
    for (kind = 0; kind < CALLBACK_KINDS; kind++) {
        struct reactor_loop *loop = open_small_loop();
        struct caller caller;
        struct storm storm;
        int i;

        storm_start(&storm, loop);
        for (i = 0; i < 3; i++)
            (void)turn_once(loop);
        caller_start(&caller, loop, (enum callback_kind)kind, 'x', NULL);
        for (i = 0; i < 2 * (STORM + BUDGET) / BUDGET; i++)
            (void)turn_once(loop);
        assert_true(caller.probe.calls > 0);
        caller_end(&caller);
        storm_end(&storm);
        reactor_loop_close(loop);
    }
}

static void a_budget_of_one_is_enough_for_all(void **state)
{
    struct reactor_loop_options options = REACTOR_LOOP_OPTIONS_INIT;
    struct caller callers[3];
    struct reactor_loop *loop;
    int kind;

    (void)state;
    options.budget = 1;
    loop = open_loop_with(&options);
    for (kind = 0; kind < 3; kind++)
        caller_start(&callers[kind], loop, (enum callback_kind)kind,
                     (char)('a' + kind), NULL);
    assert_int_equal(turn_once(loop), 3);
    assert_string_equal(journal, "acb");
    for (kind = 0; kind < 3; kind++)
        caller_end(&callers[kind]);
    reactor_loop_close(loop);
}

/* ---- R8 of the robustness rows ---- */

/* A handler that starts itself and another one, again and again. */
static void start_both_anew(struct probe *probe)
{
    struct watch *watch = (struct watch *)probe;
    struct watch *other = probe->context;

    assert_ok(reactor_handler_start(&watch->handler, watch->pair.mine,
                                    REACTOR_READABLE));
    reactor_handler_stop(&other->handler);
    assert_ok(reactor_handler_start(&other->handler, other->pair.mine,
                                    REACTOR_READABLE));
}

static void a_handler_that_starts_ready_ones_starves_nobody(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct watch watches[2];
    struct caller timer;
    struct caller post;
    int i;

    (void)state;
    for (i = 0; i < 2; i++) {
        watch_start(&watches[i], loop, 'h', REACTOR_READABLE);
        watches[i].probe.then = start_both_anew;
        watches[i].probe.context = &watches[1 - i];
        send_byte(watches[i].pair.peer);
    }
    caller_start(&timer, loop, IN_TIMER, 't', NULL);
    caller_start(&post, loop, IN_POST, 'p', NULL);
    assert_in_range(turn_once(loop), 3, 4); /* it returns */
    assert_int_equal(timer.probe.calls, 1);
    assert_int_equal(post.probe.calls, 1);
    for (i = 0; i < 2; i++)
        watch_end(&watches[i]);
    caller_end(&timer);
    caller_end(&post);
    reactor_loop_close(loop);
}

/* ---- From another thread ---- */

struct flood {
    struct reactor_loop *loop;
    struct reactor_post posts[STORM];
    struct probe probe;
    _Atomic bool is_over;
};

static int flood_it(void *context)
{
    struct flood *flood = context;
    unsigned i = 0;
    int error = 0;

    while (error == 0 && !atomic_load(&flood->is_over)) {
        error = reactor_post_send(&flood->posts[i++ % STORM]);
        if (i % STORM == 0)
            thread_yield();
    }
    return error;
}

static void another_threads_flood_starves_nobody(void **state)
{
    struct flood flood = {.loop = open_small_loop()};
    struct thread *thread;
    struct watch watch;
    unsigned i;

    (void)state;
    for (i = 0; i < STORM; i++)
        reactor_post_init(&flood.posts[i], flood.loop, on_post, &flood.probe);
    watch_start(&watch, flood.loop, 'h', REACTOR_READABLE);
    send_byte(watch.pair.peer);
    thread = thread_start(flood_it, &flood);
    while (flood.probe.calls == 0) /* it may not have begun */
        (void)turn_once(flood.loop);
    for (i = scaled(2000, 50000); i > 0; i--) {
        struct caller timer;
        unsigned before = watch.probe.calls;

        caller_start(&timer, flood.loop, IN_TIMER, 't', NULL);
        assert_in_range(turn_once(flood.loop), 1, 2 + BUDGET);
        assert_int_equal(turn_once(flood.loop) > 0, 1);
        assert_int_equal(timer.probe.calls, 1);
        assert_true(watch.probe.calls > before);
        caller_end(&timer);
    }
    assert_true(flood.probe.calls > 0);
    atomic_store(&flood.is_over, true);
    assert_ok(thread_join(thread));
    watch_end(&watch);
    assert_runs_out(flood.loop);
    reactor_loop_close(flood.loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_turn_calls_a_budget_of_each),
        CLAIM_WITHOUT_REACTOR(all_of_a_storm_have_their_turn),
        CLAIM_WITHOUT_REACTOR(who_comes_into_a_storm_is_called_soon),
        CLAIM_WITHOUT_REACTOR(a_budget_of_one_is_enough_for_all),
        CLAIM_WITHOUT_REACTOR(a_handler_that_starts_ready_ones_starves_nobody),
        CLAIM_WITHOUT_REACTOR(another_threads_flood_starves_nobody),
    };

    return run_claims(claims);
}
