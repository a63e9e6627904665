/* SPDX-License-Identifier: MIT */
/* Timers: when they are called and when they are not. */
#include <reactor/loop.h>

#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"
#include "support/scale.h"

#include <stdlib.h>
#include <string.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

#define PROBES_MAX 256

/* A timer, and what its calls have been like. */
struct probe {
    struct reactor_timer timer;
    struct scene *scene;
    void (*act)(struct probe *probe); /* in each call */
    int64_t not_before_ns;
    int64_t period_ns;
    uint64_t calls;
    uint64_t missed;
    int64_t earliest_ns; /* the least that a call came after its time */
    bool was_active;     /* in the last call */
};

/* A loop with timers, and the order they were called in. */
struct scene {
    struct reactor_loop *loop;
    struct probe probes[PROBES_MAX];
    uint32_t called[4 * PROBES_MAX];
    uint32_t count;
};

static void on_time(void *user_data, uint64_t missed)
{
    struct probe *probe = user_data;
    struct scene *scene = probe->scene;
    int64_t after = reactor_now_ns() - probe->not_before_ns;

    probe->calls++;
    probe->missed += missed;
    if (after < probe->earliest_ns)
        probe->earliest_ns = after;
    probe->was_active = reactor_timer_is_active(&probe->timer) == 1;
    if (scene->count < COUNT_OF(scene->called))
        scene->called[scene->count++] = (uint32_t)(probe - scene->probes);
    if (probe->act != NULL)
        probe->act(probe);
}

static struct scene *open_scene(const struct reactor_loop_options *options)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    uint32_t i;

    assert_non_null(scene);
    assert_ok(reactor_loop_open(&scene->loop, options));
    for (i = 0; i < PROBES_MAX; i++) {
        scene->probes[i].scene = scene;
        scene->probes[i].earliest_ns = INT64_MAX;
        reactor_timer_init(&scene->probes[i].timer, scene->loop, on_time,
                           &scene->probes[i]);
    }
    return scene;
}

static void close_scene(struct scene *scene)
{
    reactor_loop_close(scene->loop);
    free(scene);
}

static void start(struct probe *probe, int64_t delay_ns, int64_t period_ns)
{
    probe->not_before_ns = reactor_now_ns();
    if (delay_ns > INT64_MAX - probe->not_before_ns)
        probe->not_before_ns = INT64_MAX;
    else if (delay_ns > 0)
        probe->not_before_ns += delay_ns;
    probe->period_ns = period_ns;
    reactor_timer_start(&probe->timer, delay_ns, period_ns);
}

/* A turn that does not wait. */
static int look(struct scene *scene)
{
    return reactor_loop_turn(scene->loop, 0);
}

static void until(int64_t time_ns)
{
    while (reactor_now_ns() < time_ns)
        continue;
}

/* All that are due by now are called, and all that become so meanwhile. */
static void let_pass(struct scene *scene, int64_t duration_ns)
{
    int64_t end_ns = reactor_now_ns() + duration_ns;

    do
        assert_true(look(scene) >= 0);
    while (reactor_now_ns() < end_ns);
}

static void run_to_end(struct scene *scene)
{
    assert_int_equal(reactor_loop_run(scene->loop), 0);
}

/* ---- Idle, active, NULL ---- */

static void a_timer_is_idle_until_it_is_started(void **state)
{
    struct scene *scene = open_scene(NULL);
    struct reactor_timer *timer = &scene->probes[0].timer;

    (void)state;
    assert_int_equal(reactor_timer_is_active(timer), 0);
    assert_true(reactor_timer_remaining_ns(timer) == -1);
    assert_true(reactor_timer_deadline_ns(timer) == REACTOR_FOREVER);
    assert_int_equal(look(scene), 0);
    reactor_timer_stop(timer);
    reactor_timer_start(timer, NS_PER_S, 0);
    assert_int_equal(reactor_timer_is_active(timer), 1);
    reactor_timer_stop(timer);
    reactor_timer_stop(timer);
    assert_int_equal(reactor_timer_is_active(timer), 0);
    close_scene(scene);
}

static void null_is_no_timer(void **state)
{
    struct scene *scene = open_scene(NULL);
    struct reactor_timer timer;

    (void)state;
    reactor_timer_init(NULL, scene->loop, on_time, NULL);
    reactor_timer_start(NULL, 0, 0);
    reactor_timer_stop(NULL);
    assert_int_equal(reactor_timer_is_active(NULL), 0);
    assert_true(reactor_timer_remaining_ns(NULL) == -1);
    assert_true(reactor_timer_deadline_ns(NULL) == REACTOR_FOREVER);
    reactor_timer_init(&timer, NULL, on_time, NULL);
    reactor_timer_start(&timer, 0, 0);
    assert_int_equal(reactor_timer_is_active(&timer), 0);
    reactor_timer_init(&timer, scene->loop, NULL, NULL);
    reactor_timer_start(&timer, 0, 0);
    assert_int_equal(reactor_timer_is_active(&timer), 0);
    assert_int_equal(look(scene), 0);
    close_scene(scene);
}

static void an_active_timer_keeps_the_loop_alive(void **state)
{
    struct scene *scene = open_scene(NULL);
    struct probe *probes = scene->probes;

    (void)state;
    start(&probes[0], NS_PER_MS, 0);
    start(&probes[0], NS_PER_MS, 0);
    start(&probes[1], NS_PER_MS, NS_PER_MS);
    assert_int_equal(reactor_loop_alive(scene->loop), 2);
    reactor_timer_stop(&probes[1].timer);
    assert_int_equal(reactor_loop_alive(scene->loop), 1);
    run_to_end(scene);
    assert_int_equal(probes[0].calls, 1);
    assert_int_equal(probes[1].calls, 0);
    assert_int_equal(reactor_loop_alive(scene->loop), 0);
    close_scene(scene);
}

static void
a_oneshot_timer_is_idle_in_its_call_and_a_periodic_one_is_not(void **state)
{
    struct scene *scene = open_scene(NULL);
    struct probe *probes = scene->probes;

    (void)state;
    start(&probes[0], 0, 0);
    start(&probes[1], 0, NS_PER_S * 3600);
    assert_int_equal(look(scene), 2);
    assert_false(probes[0].was_active);
    assert_true(probes[1].was_active);
    assert_int_equal(reactor_timer_is_active(&probes[0].timer), 0);
    assert_int_equal(reactor_timer_is_active(&probes[1].timer), 1);
    assert_int_equal(look(scene), 0);
    close_scene(scene);
}

/* ---- When ---- */

static void no_timer_is_early(void **state)
{
    static const int64_t delays[] = {
        0,     1,     50,      4095,          4096,          4097,
        20000, 99999, 1 << 20, 3 * NS_PER_MS, (1 << 20) - 1, 7 * NS_PER_MS};
    struct scene *scene = open_scene(NULL);
    size_t i;

    (void)state;
    for (i = 0; i < PROBES_MAX; i++)
        start(&scene->probes[i], delays[i % COUNT_OF(delays)], 0);
    run_to_end(scene);
    for (i = 0; i < PROBES_MAX; i++) {
        assert_int_equal(scene->probes[i].calls, 1);
        assert_true(scene->probes[i].earliest_ns >= 0);
    }
    close_scene(scene);
}

static void start_others_late(struct probe *probe)
{
    struct probe *probes = probe->scene->probes;
    uint32_t i;

    for (i = 1; i < PROBES_MAX; i++)
        start(&probes[i], (int64_t)(i % 8) * 10000, 0);
    until(reactor_now_ns() + NS_PER_MS);
}

/* The turn's own time is older than the start. */
static void none_that_a_long_callback_starts_is_early(void **state)
{
    struct scene *scene = open_scene(NULL);
    uint32_t i;

    (void)state;
    scene->probes[0].act = start_others_late;
    start(&scene->probes[0], 0, 0);
    run_to_end(scene);
    for (i = 1; i < PROBES_MAX; i++) {
        assert_int_equal(scene->probes[i].calls, 1);
        assert_true(scene->probes[i].earliest_ns >= 0);
    }
    close_scene(scene);
}

static void a_lone_timer_costs_a_single_turn(void **state)
{
    struct reactor_loop_numbers numbers = {.size = sizeof(numbers)};
    struct scene *scene = open_scene(NULL);

    (void)state;
    start(&scene->probes[0], 20 * NS_PER_MS, 0);
    run_to_end(scene);
    assert_int_equal(scene->probes[0].calls, 1);
    assert_ok(reactor_loop_numbers(scene->loop, &numbers));
    assert_int_equal(numbers.turns, 1);
    close_scene(scene);
}

static void a_timer_is_called_though_the_turn_waits_for_ever(void **state)
{
    struct scene *scene = open_scene(NULL);

    (void)state;
    start(&scene->probes[0], NS_PER_MS, 0);
    assert_int_equal(reactor_loop_turn(scene->loop, -1), 1);
    start(&scene->probes[0], NS_PER_MS, 0);
    assert_int_equal(reactor_loop_turn(scene->loop, PATIENCE_MS * NS_PER_MS),
                     1);
    start(&scene->probes[0], NS_PER_S * 3600, 0);
    assert_int_equal(reactor_loop_turn(scene->loop, NS_PER_MS), 0);
    assert_int_equal(scene->probes[0].calls, 2);
    close_scene(scene);
}

/* T6, in start order; more than can be stamped at once. */
static void equal_delays_are_called_in_start_order(void **state)
{
    static const uint32_t steps[] = {1, 7, 255}; /* prime to PROBES_MAX */
    struct scene *scene = open_scene(NULL);
    size_t k;
    uint32_t i;

    (void)state;
    for (k = 0; k < COUNT_OF(steps); k++) {
        scene->count = 0;
        for (i = 0; i < PROBES_MAX; i++)
            start(&scene->probes[i * steps[k] % PROBES_MAX], NS_PER_MS, 0);
        run_to_end(scene);
        assert_int_equal(scene->count, PROBES_MAX);
        for (i = 0; i < PROBES_MAX; i++)
            assert_int_equal(scene->called[i], i * steps[k] % PROBES_MAX);
    }
    close_scene(scene);
}

static void shorter_delays_are_called_first(void **state)
{
    struct scene *scene = open_scene(NULL);
    uint32_t i;

    (void)state;
    for (i = 0; i < 64; i++)
        start(&scene->probes[i], (int64_t)(63 - i) * 100, 0);
    until(reactor_now_ns() + NS_PER_MS);
    run_to_end(scene);
    for (i = 0; i < 64; i++)
        assert_int_equal(scene->called[i], 63 - i);
    close_scene(scene);
}

/* ---- The next turn, never this one ---- */

static void start_again(struct probe *probe)
{
    start(probe, 0, 0);
}

static void a_delay_of_zero_is_for_the_next_turn(void **state)
{
    struct scene *scene = open_scene(NULL);
    int i;

    (void)state;
    scene->probes[0].act = start_again;
    start(&scene->probes[0], 0, 0);
    start(&scene->probes[1], -1, 0);
    start(&scene->probes[2], INT64_MIN, INT64_MIN);
    assert_int_equal(look(scene), 3);
    for (i = 0; i < 10; i++)
        assert_int_equal(look(scene), 1);
    assert_int_equal(scene->probes[0].calls, 11);
    close_scene(scene);
}

/* So many that they get their deadline in the middle of the turn. */
static void start_all_at_once(struct probe *probe)
{
    uint32_t i;

    for (i = 1; i < PROBES_MAX; i++)
        start(&probe->scene->probes[i], 0, 0);
}

static void ask_at_once(struct probe *probe)
{
    struct probe *other = &probe->scene->probes[1];

    start(other, 0, 0);
    assert_true(reactor_timer_remaining_ns(&other->timer) == 0);
}

static void no_callback_starts_a_timer_into_its_own_turn(void **state)
{
    struct scene *scene = open_scene(NULL);

    (void)state;
    scene->probes[0].act = start_all_at_once;
    start(&scene->probes[0], 0, 0);
    assert_int_equal(look(scene), 1);
    assert_int_equal(look(scene), PROBES_MAX - 1);
    scene->probes[0].act = ask_at_once;
    start(&scene->probes[0], 0, 0);
    assert_int_equal(look(scene), 1);
    assert_int_equal(look(scene), 1);
    close_scene(scene);
}

static void post_that_starts(void *user_data)
{
    struct scene *scene = user_data;

    start_all_at_once(&scene->probes[0]);
    ask_at_once(&scene->probes[0]);
    until(reactor_now_ns() + NS_PER_MS / 10);
}

/* Posts come before timers in a turn. */
static void no_post_starts_a_timer_into_its_own_turn(void **state)
{
    struct scene *scene = open_scene(NULL);
    struct reactor_post post;

    (void)state;
    reactor_post_init(&post, scene->loop, post_that_starts, scene);
    assert_ok(reactor_post_send(&post));
    assert_int_equal(look(scene), 1);
    assert_int_equal(look(scene), PROBES_MAX - 1);
    close_scene(scene);
}

/* What is started in each turn does not keep those before it waiting. */
static void who_started_first_is_not_overtaken_for_ever(void **state)
{
    struct scene *scene = open_scene(NULL);
    struct probe *probe = &scene->probes[0];
    struct reactor_post post;
    int64_t deadline_ns;
    int late = 0;

    (void)state;
    reactor_post_init(&post, scene->loop, post_that_starts, scene);
    start(probe, NS_PER_MS / 2, 0);
    deadline_ns = reactor_timer_deadline_ns(&probe->timer);
    while (probe->calls == 0) {
        late += reactor_now_ns() > deadline_ns;
        assert_ok(reactor_post_send(&post));
        assert_true(look(scene) >= 1);
    }
    assert_true(late <= 1);
    close_scene(scene);
}

/* ---- Restart and stop ---- */

static void a_restarted_timer_is_not_called_at_its_old_time(void **state)
{
    struct scene *scene = open_scene(NULL);
    struct probe *probe = &scene->probes[0];

    (void)state;
    start(probe, NS_PER_MS, 0);
    assert_true(reactor_timer_remaining_ns(&probe->timer) <= NS_PER_MS);
    start(probe, 20 * NS_PER_MS, 0);
    run_to_end(scene);
    assert_int_equal(probe->calls, 1);
    assert_true(probe->earliest_ns >= 0);
    start(probe, NS_PER_S * 3600, 0);
    assert_int_equal(look(scene), 0);
    start(probe, NS_PER_MS, 0); /* sooner */
    run_to_end(scene);
    assert_int_equal(probe->calls, 2);
    assert_true(probe->earliest_ns >= 0);
    close_scene(scene);
}

static void a_stopped_timer_is_not_called(void **state)
{
    struct scene *scene = open_scene(NULL);
    struct probe *probe = &scene->probes[0];

    (void)state;
    start(probe, 0, 0); /* no deadline yet */
    reactor_timer_stop(&probe->timer);
    let_pass(scene, NS_PER_MS);
    start(probe, NS_PER_MS, NS_PER_MS); /* it has one */
    assert_true(reactor_timer_remaining_ns(&probe->timer) <= NS_PER_MS);
    reactor_timer_stop(&probe->timer);
    let_pass(scene, 3 * NS_PER_MS);
    assert_int_equal(probe->calls, 0);
    close_scene(scene);
}

static void post_that_stops(void *user_data)
{
    struct scene *scene = user_data;

    until(reactor_timer_deadline_ns(&scene->probes[1].timer));
    reactor_timer_stop(&scene->probes[0].timer);
}

/* It is due when it is stopped, in the turn that would have called it. */
static void a_timer_that_a_post_stops_is_not_called(void **state)
{
    struct scene *scene = open_scene(NULL);
    struct reactor_post post;

    (void)state;
    reactor_post_init(&post, scene->loop, post_that_stops, scene);
    start(&scene->probes[0], NS_PER_MS, 0);
    start(&scene->probes[1], NS_PER_MS, 0);
    assert_ok(reactor_post_send(&post));
    assert_int_equal(look(scene), 2);
    assert_int_equal(scene->probes[0].calls, 0);
    assert_int_equal(scene->probes[1].calls, 1);
    close_scene(scene);
}

static void on_readable(void *user_data, uint32_t readiness)
{
    struct scene *scene = user_data;

    (void)readiness;
    post_that_stops(scene);
}

static void a_timer_that_a_handler_stops_is_not_called(void **state)
{
    struct scene *scene = open_scene(NULL);
    struct pair pair = stream_pair();
    struct reactor_handler handler;

    (void)state;
    reactor_handler_init(&handler, scene->loop, on_readable, scene);
    assert_ok(reactor_handler_start(&handler, pair.mine, REACTOR_READABLE));
    start(&scene->probes[0], NS_PER_MS, 0);
    start(&scene->probes[1], NS_PER_MS, 0);
    send_byte(pair.peer);
    assert_int_equal(reactor_loop_turn(scene->loop, -1), 2);
    reactor_handler_stop(&handler);
    assert_int_equal(scene->probes[0].calls, 0);
    assert_int_equal(scene->probes[1].calls, 1);
    close_pair(&pair);
    close_scene(scene);
}

static void stop_the_others(struct probe *probe)
{
    struct probe *probes = probe->scene->probes;
    uint32_t i;

    reactor_timer_stop(&probe->timer);     /* itself */
    reactor_timer_stop(&probes[1].timer);  /* the next one due */
    for (i = 0; i < PROBES_MAX - 1; i++) { /* all */
        reactor_timer_stop(&probes[i].timer);
        memset(&probes[i].timer, 0xff, sizeof(probes[i].timer));
    }
    start(&probes[PROBES_MAX - 1], 0, 0);
}

/* R5, with what they are in overwritten at once. */
static void a_callback_may_stop_itself_the_next_and_all(void **state)
{
    static const int64_t delays[] = {0, 1, NS_PER_MS, NS_PER_S * 3600};
    static const int64_t periods[] = {0, 1, NS_PER_MS};
    size_t k;
    uint32_t i;

    (void)state;
    for (k = 0; k < COUNT_OF(periods); k++) {
        struct scene *scene = open_scene(NULL);

        scene->probes[0].act = stop_the_others;
        start(&scene->probes[0], 0, periods[k]);
        for (i = 1; i < PROBES_MAX; i++)
            start(&scene->probes[i], delays[i % COUNT_OF(delays)], periods[k]);
        assert_int_equal(look(scene), 1);
        assert_int_equal(reactor_loop_alive(scene->loop), 1);
        assert_int_equal(look(scene), 1);
        assert_int_equal(scene->probes[PROBES_MAX - 1].calls, 1);
        assert_int_equal(reactor_loop_alive(scene->loop), 0);
        close_scene(scene);
    }
}

static void restart_the_next(struct probe *probe)
{
    start(probe + 1, NS_PER_S * 3600, 0);
}

static void a_callback_may_restart_the_next(void **state)
{
    struct scene *scene = open_scene(NULL);

    (void)state;
    scene->probes[0].act = restart_the_next;
    start(&scene->probes[0], 0, 0);
    start(&scene->probes[1], 0, 0);
    assert_int_equal(look(scene), 1);
    let_pass(scene, NS_PER_MS);
    assert_int_equal(scene->probes[1].calls, 0);
    assert_int_equal(reactor_timer_is_active(&scene->probes[1].timer), 1);
    close_scene(scene);
}

static void change_to_oneshot(struct probe *probe)
{
    if (probe->calls == 3)
        start(probe, 0, 0);
}

static void a_periodic_timer_may_be_restarted_in_its_call(void **state)
{
    struct scene *scene = open_scene(NULL);

    (void)state;
    scene->probes[0].act = change_to_oneshot;
    start(&scene->probes[0], 0, 1000);
    run_to_end(scene);
    assert_int_equal(scene->probes[0].calls, 4);
    close_scene(scene);
}

static int freed;

static void free_itself(void *user_data, uint64_t missed)
{
    struct reactor_timer *timer = user_data;

    (void)missed;
    reactor_timer_stop(timer);
    free(timer);
    freed++;
}

static void a_timer_may_be_freed_in_its_own_call(void **state)
{
    enum { COUNT = 100 };
    struct scene *scene = open_scene(NULL);
    int i;

    (void)state;
    freed = 0;
    for (i = 0; i < COUNT; i++) {
        struct reactor_timer *timer = malloc(sizeof(*timer));

        assert_non_null(timer);
        reactor_timer_init(timer, scene->loop, free_itself, timer);
        reactor_timer_start(timer, i * 100, i % 3);
    }
    run_to_end(scene);
    assert_int_equal(freed, COUNT);
    close_scene(scene);
}

/* ---- Periods ---- */

static void dawdle(struct probe *probe)
{
    int64_t deadline_ns = reactor_timer_deadline_ns(&probe->timer);

    /* In phase with the first, and nothing but what was missed left out. */
    assert_true(deadline_ns ==
                probe->not_before_ns +
                    (int64_t)(probe->calls + probe->missed) * probe->period_ns);
    if (probe->calls == 5)
        until(deadline_ns + 3 * probe->period_ns);
    if (probe->calls == 10)
        reactor_timer_stop(&probe->timer);
}

static void
a_periodic_timer_keeps_its_phase_and_tells_what_it_missed(void **state)
{
    static const int64_t periods[] = {1, 999, 4096, 65537, NS_PER_MS};
    size_t k;

    (void)state;
    for (k = 0; k < COUNT_OF(periods); k++) {
        struct scene *scene = open_scene(NULL);
        struct probe *probe = &scene->probes[0];

        probe->act = dawdle;
        start(probe, 1000, periods[k]);
        probe->not_before_ns = reactor_timer_deadline_ns(&probe->timer);
        run_to_end(scene);
        assert_int_equal(probe->calls, 10);
        assert_true(probe->missed >= 3);
        assert_true(probe->earliest_ns >= 0);
        close_scene(scene);
    }
}

/* T3 */
static void a_period_of_a_nanosecond_is_one_call_a_turn(void **state)
{
    struct scene *scene = open_scene(NULL);
    struct probe *probe = &scene->probes[0];
    int i;

    (void)state;
    start(probe, 0, 1);
    for (i = 0; i < 100; i++)
        assert_int_equal(look(scene), 1);
    assert_int_equal(probe->calls, 100);
    close_scene(scene);
}

static void a_period_that_is_too_long_never_comes(void **state)
{
    static const int64_t periods[] = {INT64_MAX, INT64_MAX - 1};
    struct scene *scene = open_scene(NULL);
    struct probe *probe = &scene->probes[0];
    size_t k;

    (void)state;
    for (k = 0; k < COUNT_OF(periods); k++) {
        start(probe, 0, periods[k]);
        assert_int_equal(look(scene), 1);
        assert_true(probe->was_active);
        assert_true(reactor_timer_deadline_ns(&probe->timer) ==
                    REACTOR_FOREVER);
        assert_int_equal(look(scene), 0);
    }
    close_scene(scene);
}

static void a_delay_that_is_too_long_never_comes(void **state)
{
    static const int64_t delays[] = {INT64_MAX, INT64_MAX - 1};
    struct scene *scene = open_scene(NULL);
    struct probe *probe = &scene->probes[0];
    int64_t deadline_ns = 0;
    size_t k;

    (void)state;
    for (k = 0; k < COUNT_OF(delays); k++) {
        start(probe, delays[k], 1);
        assert_int_equal(look(scene), 0);
        assert_int_equal(reactor_timer_is_active(&probe->timer), 1);
        assert_true(reactor_timer_deadline_ns(&probe->timer) ==
                    REACTOR_FOREVER);
        assert_true(reactor_timer_remaining_ns(&probe->timer) ==
                    REACTOR_FOREVER);
        assert_ok(reactor_loop_prepare(scene->loop, &deadline_ns));
        assert_true(deadline_ns == REACTOR_FOREVER);
        assert_int_equal(reactor_loop_turn(scene->loop, NS_PER_MS), 0);
    }
    start(probe, 0, 0);
    run_to_end(scene);
    assert_int_equal(probe->calls, 1);
    close_scene(scene);
}

static void a_negative_period_is_none(void **state)
{
    struct scene *scene = open_scene(NULL);

    (void)state;
    start(&scene->probes[0], 0, -1);
    start(&scene->probes[1], 0, INT64_MIN);
    run_to_end(scene);
    assert_int_equal(scene->count, 2);
    close_scene(scene);
}

/* ---- What can be asked ---- */

static void what_remains_becomes_less_until_nothing_does(void **state)
{
    struct scene *scene = open_scene(NULL);
    struct reactor_timer *timer = &scene->probes[0].timer;
    int64_t before = reactor_now_ns();
    int64_t left;

    (void)state;
    reactor_timer_start(timer, NS_PER_S * 3600, 0);
    left = reactor_timer_remaining_ns(timer);
    assert_true(left <= NS_PER_S * 3600);
    assert_true(left > NS_PER_S * 3600 - PATIENCE_MS * NS_PER_MS);
    assert_true(reactor_timer_deadline_ns(timer) >= before + NS_PER_S * 3600);
    until(reactor_now_ns() + 1000);
    assert_true(reactor_timer_remaining_ns(timer) <= left - 1000);
    reactor_timer_start(timer, 1000, 0);
    until(reactor_timer_deadline_ns(timer));
    assert_true(reactor_timer_remaining_ns(timer) == 0);
    run_to_end(scene);
    close_scene(scene);
}

static void asking_changes_no_order(void **state)
{
    struct scene *scene = open_scene(NULL);
    uint32_t i;

    (void)state;
    for (i = 0; i < 100; i++) {
        start(&scene->probes[i], 1000, 0);
        if (i % 7 == 0)
            (void)reactor_timer_remaining_ns(&scene->probes[i / 2].timer);
    }
    run_to_end(scene);
    for (i = 0; i < 100; i++)
        assert_int_equal(scene->called[i], i);
    close_scene(scene);
}

/* Who waits elsewhere learns when to come back. */
static void preparing_tells_when_a_timer_is_due(void **state)
{
    struct scene *scene = open_scene(NULL);
    struct reactor_timer *timer = &scene->probes[0].timer;
    int64_t deadline_ns = -1;

    (void)state;
    reactor_timer_start(timer, NS_PER_S * 3600, 0);
    assert_ok(reactor_loop_prepare(scene->loop, &deadline_ns));
    assert_true(deadline_ns == reactor_timer_deadline_ns(timer));
    reactor_timer_start(timer, 0, 0);
    assert_ok(reactor_loop_prepare(scene->loop, &deadline_ns));
    assert_true(deadline_ns == 0);
    run_to_end(scene);
    close_scene(scene);
}

/* ---- Together with others ---- */

static void count_post(void *user_data)
{
    ++*(int *)user_data;
}

static void a_storm_of_timers_is_called_in_portions(void **state)
{
    struct reactor_loop_options options = REACTOR_LOOP_OPTIONS_INIT;
    struct reactor_post post;
    struct scene *scene;
    int posts = 0;
    int64_t due_ns;
    uint32_t i;

    (void)state;
    options.budget = 10;
    scene = open_scene(&options);
    reactor_post_init(&post, scene->loop, count_post, &posts);
    for (i = 0; i < 95; i++)
        start(&scene->probes[i], 1000 * (int64_t)(i / 5), 0);
    due_ns = reactor_timer_deadline_ns(&scene->probes[94].timer);
    until(due_ns + 1);
    for (i = 0; i < 9; i++) {
        assert_int_equal(reactor_loop_turn(scene->loop, -1), 10);
        assert_ok(reactor_post_send(&post));
        assert_int_equal(posts, 0);
        assert_int_equal(reactor_post_cancel(&post), 1);
    }
    assert_ok(reactor_post_send(&post));
    assert_int_equal(reactor_loop_turn(scene->loop, -1), 6);
    assert_int_equal(posts, 1);
    for (i = 0; i < 95; i++)
        assert_int_equal(scene->called[i], i);
    close_scene(scene);
}

static void close_the_loop(struct probe *probe)
{
    reactor_loop_close(probe->scene->loop);
}

static void after_a_close_in_a_callback_no_other_timer_is_called(void **state)
{
    struct scene *scene = open_scene(NULL);
    uint32_t i;

    (void)state;
    scene->probes[3].act = close_the_loop;
    for (i = 0; i < PROBES_MAX; i++)
        start(&scene->probes[i], 0, i % 2);
    assert_int_equal(reactor_loop_run(scene->loop), 1);
    assert_int_equal(scene->count, 4);
    for (i = 0; i < PROBES_MAX; i++)
        assert_int_equal(reactor_timer_is_active(&scene->probes[i].timer), 0);
    free(scene);
}

static void closing_the_loop_stops_all_timers_without_a_call(void **state)
{
    struct scene *scene = open_scene(NULL);
    uint32_t i;

    (void)state;
    for (i = 0; i < PROBES_MAX; i++)
        start(&scene->probes[i], INT64_C(1) << i % 63, i % 2);
    start(&scene->probes[7], INT64_MAX, 0);
    reactor_loop_close(scene->loop);
    for (i = 0; i < PROBES_MAX; i++)
        assert_int_equal(reactor_timer_is_active(&scene->probes[i].timer), 0);
    assert_int_equal(scene->count, 0);
    free(scene);
}

struct one_of_many {
    struct reactor_timer timer;
    struct crowd *crowd;
    int64_t not_before_ns;
};

struct crowd {
    struct reactor_loop *loop;
    uint32_t called;
    uint32_t early;
};

static void on_one_of_many(void *user_data, uint64_t missed)
{
    struct one_of_many *one = user_data;

    (void)missed;
    one->crowd->called++;
    one->crowd->early += reactor_now_ns() < one->not_before_ns;
}

static void start_one(struct one_of_many *one, int64_t delay_ns)
{
    one->not_before_ns = reactor_now_ns() + delay_ns;
    reactor_timer_start(&one->timer, delay_ns, 0);
}

/* T4, with the clock running: some of them are stopped or restarted. */
static void a_million_timers_are_each_called_once(void **state)
{
    uint32_t count = scaled(1000000, 1000000);
    struct one_of_many *all = malloc(count * sizeof(*all));
    struct crowd crowd = {0};
    uint32_t active = 0;
    uint32_t i;

    (void)state;
    assert_non_null(all);
    assert_ok(reactor_loop_open(&crowd.loop, NULL));
    for (i = 0; i < count; i++) {
        all[i].crowd = &crowd;
        reactor_timer_init(&all[i].timer, crowd.loop, on_one_of_many, &all[i]);
        start_one(&all[i], (int64_t)(i % 997) * NS_PER_MS / 10);
        if (i % 3 == 0) {
            reactor_timer_stop(&all[i / 2].timer);
            start_one(&all[i / 3], NS_PER_S / 50);
        }
    }
    for (i = 0; i < count; i++)
        active += reactor_timer_is_active(&all[i].timer) == 1;
    assert_int_equal(reactor_loop_alive(crowd.loop), active);
    assert_int_equal(reactor_loop_run(crowd.loop), 0);
    assert_int_equal(crowd.called, active);
    assert_int_equal(crowd.early, 0);
    reactor_loop_close(crowd.loop);
    free(all);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_timer_is_idle_until_it_is_started),
        CLAIM_WITHOUT_REACTOR(null_is_no_timer),
        CLAIM_WITHOUT_REACTOR(an_active_timer_keeps_the_loop_alive),
        CLAIM_WITHOUT_REACTOR(
            a_oneshot_timer_is_idle_in_its_call_and_a_periodic_one_is_not),
        CLAIM_WITHOUT_REACTOR(no_timer_is_early),
        CLAIM_WITHOUT_REACTOR(none_that_a_long_callback_starts_is_early),
        CLAIM_WITHOUT_REACTOR(a_lone_timer_costs_a_single_turn),
        CLAIM_WITHOUT_REACTOR(a_timer_is_called_though_the_turn_waits_for_ever),
        CLAIM_WITHOUT_REACTOR(equal_delays_are_called_in_start_order),
        CLAIM_WITHOUT_REACTOR(shorter_delays_are_called_first),
        CLAIM_WITHOUT_REACTOR(a_delay_of_zero_is_for_the_next_turn),
        CLAIM_WITHOUT_REACTOR(no_callback_starts_a_timer_into_its_own_turn),
        CLAIM_WITHOUT_REACTOR(no_post_starts_a_timer_into_its_own_turn),
        CLAIM_WITHOUT_REACTOR(who_started_first_is_not_overtaken_for_ever),
        CLAIM_WITHOUT_REACTOR(a_restarted_timer_is_not_called_at_its_old_time),
        CLAIM_WITHOUT_REACTOR(a_stopped_timer_is_not_called),
        CLAIM_WITHOUT_REACTOR(a_timer_that_a_post_stops_is_not_called),
        CLAIM_WITHOUT_REACTOR(a_timer_that_a_handler_stops_is_not_called),
        CLAIM_WITHOUT_REACTOR(a_callback_may_stop_itself_the_next_and_all),
        CLAIM_WITHOUT_REACTOR(a_callback_may_restart_the_next),
        CLAIM_WITHOUT_REACTOR(a_periodic_timer_may_be_restarted_in_its_call),
        CLAIM_WITHOUT_REACTOR(a_timer_may_be_freed_in_its_own_call),
        CLAIM_WITHOUT_REACTOR(
            a_periodic_timer_keeps_its_phase_and_tells_what_it_missed),
        CLAIM_WITHOUT_REACTOR(a_period_of_a_nanosecond_is_one_call_a_turn),
        CLAIM_WITHOUT_REACTOR(a_period_that_is_too_long_never_comes),
        CLAIM_WITHOUT_REACTOR(a_delay_that_is_too_long_never_comes),
        CLAIM_WITHOUT_REACTOR(a_negative_period_is_none),
        CLAIM_WITHOUT_REACTOR(what_remains_becomes_less_until_nothing_does),
        CLAIM_WITHOUT_REACTOR(asking_changes_no_order),
        CLAIM_WITHOUT_REACTOR(preparing_tells_when_a_timer_is_due),
        CLAIM_WITHOUT_REACTOR(a_storm_of_timers_is_called_in_portions),
        CLAIM_WITHOUT_REACTOR(
            after_a_close_in_a_callback_no_other_timer_is_called),
        CLAIM_WITHOUT_REACTOR(closing_the_loop_stops_all_timers_without_a_call),
        CLAIM_WITHOUT_REACTOR(a_million_timers_are_each_called_once),
    };

    return run_claims(claims);
}
