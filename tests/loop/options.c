/* SPDX-License-Identifier: MIT */
/* How a loop is opened, what keeps it alive, what time it is, and every NULL.
 */
#include "support/loops.h"
#include "support/thread.h"

#include <limits.h>
#include <string.h>

/* ---- Options ---- */

static void ignore_slow(void *user_data, const char *kind, void *callback_data,
                        int64_t took_ns)
{
    (void)user_data;
    (void)kind;
    (void)callback_data;
    (void)took_ns;
}

static void assert_opens(const struct reactor_loop_options *options)
{
    struct reactor_loop *loop = open_loop_with(options);

    assert_int_equal(turn_once(loop), 0);
    reactor_loop_close(loop);
}

static void assert_refused(const struct reactor_loop_options *options)
{
    struct reactor_loop *loop = (struct reactor_loop *)&loop;

    assert_error(reactor_loop_open(&loop, options), -EINVAL);
    assert_ptr_equal(loop, &loop);
}

static void what_can_be_is_opened(void **state)
{
    struct reactor_loop_options options = REACTOR_LOOP_OPTIONS_INIT;

    (void)state;
    assert_opens(NULL);
    assert_opens(&options);
    options.budget = 1;
    assert_opens(&options);
    options.budget = REACTOR_BUDGET_MAX;
    assert_opens(&options);
    options.flags = REACTOR_MEASURE_LAG;
    options.slow = ignore_slow; /* nothing is measured for it */
    assert_opens(&options);
    options.slow_ns = INT64_MAX;
    assert_opens(&options);
}

static void what_cannot_be_is_einval(void **state)
{
    const struct reactor_loop_options good = REACTOR_LOOP_OPTIONS_INIT;
    struct reactor_loop_options options = good;

    (void)state;
    options.budget = REACTOR_BUDGET_MAX + 1;
    assert_refused(&options);
    options.budget = UINT32_MAX;
    assert_refused(&options);
    options = good;
    options.flags = REACTOR_MEASURE_LAG << 1;
    assert_refused(&options);
    options.flags = UINT32_MAX;
    assert_refused(&options);
    options = good;
    options.slow_ns = 1; /* and nobody to tell */
    assert_refused(&options);
    options.slow = ignore_slow;
    options.slow_ns = -1;
    assert_refused(&options);
    options.slow_ns = INT64_MIN;
    assert_refused(&options);
}

static void a_size_that_nobody_has_is_einval(void **state)
{
    const size_t sizes[] = {0, 1, sizeof(size_t) - 1,
                            sizeof(struct reactor_loop_options) + 1, SIZE_MAX};
    struct reactor_loop_options options = REACTOR_LOOP_OPTIONS_INIT;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(sizes); i++) {
        options.size = sizes[i];
        assert_refused(&options);
    }
}

/* What a caller with an earlier header does not have is not looked at. */
static void a_smaller_size_has_the_defaults_for_the_rest(void **state)
{
    struct reactor_loop_options options;

    (void)state;
    memset(&options, 0xff, sizeof(options));
    options.size = offsetof(struct reactor_loop_options, budget);
    assert_opens(&options);
    options.size = offsetof(struct reactor_loop_options, flags);
    assert_refused(&options);
    options.budget = 1;
    assert_opens(&options);
    options.size = offsetof(struct reactor_loop_options, slow_ns);
    assert_refused(&options);
    options.flags = 0;
    assert_opens(&options);
}

static void options_are_copied(void **state)
{
    struct reactor_loop_options options = REACTOR_LOOP_OPTIONS_INIT;
    struct reactor_loop *loop;

    (void)state;
    options.slow_ns = INT64_MAX;
    options.slow = ignore_slow;
    loop = open_loop_with(&options);
    memset(&options, 0xff, sizeof(options));
    assert_int_equal(turn_once(loop), 0);
    reactor_loop_close(loop);
}

/* ---- Alive ---- */

static void what_is_active_is_counted(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_timer timer;
    struct reactor_hook hook;
    struct watch watch;

    (void)state;
    reactor_timer_init(&timer, loop, on_time, NULL);
    reactor_hook_init(&hook, loop, on_hook, NULL);
    watch_init(&watch, loop, 'h');
    assert_int_equal(reactor_loop_alive(loop), 0);
    reactor_timer_start(&timer, INT64_MAX, 0);
    reactor_timer_start(&timer, INT64_MAX, 0);
    assert_int_equal(reactor_loop_alive(loop), 1);
    assert_ok(reactor_handler_start(&watch.handler, watch.pair.mine, 0));
    assert_ok(reactor_handler_start(&watch.handler, watch.pair.mine, 0));
    assert_int_equal(reactor_loop_alive(loop), 2);
    assert_ok(reactor_hook_start(&hook, REACTOR_BEFORE_WAIT));
    assert_int_equal(reactor_loop_alive(loop), 2);
    reactor_timer_stop(&timer);
    watch_end(&watch);
    reactor_timer_stop(&timer);
    assert_int_equal(reactor_loop_alive(loop), 0);
    reactor_hook_stop(&hook);
    reactor_loop_close(loop);
}

static void posts_that_are_pending_are_one_together(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct probe probe = {.name = 'p'};
    struct reactor_post posts[3];
    int i;

    (void)state;
    for (i = 0; i < 3; i++)
        reactor_post_init(&posts[i], loop, on_post, &probe);
    assert_int_equal(reactor_loop_alive(loop), 0);
    for (i = 0; i < 3; i++) {
        assert_ok(reactor_post_send(&posts[i]));
        assert_int_equal(reactor_loop_alive(loop), 1);
    }
    assert_runs_out(loop);
    assert_int_equal(reactor_loop_alive(loop), 0);
    reactor_loop_close(loop);
}

static void stop_it(struct probe *probe)
{
    assert_ok(reactor_loop_stop(probe->loop));
}

static void a_retain_keeps_it_alive_until_it_is_released(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct probe probe = {.name = 'p', .loop = loop, .then = stop_it};
    struct reactor_post post;

    (void)state;
    reactor_post_init(&post, loop, on_post, &probe);
    reactor_loop_retain(loop);
    reactor_loop_retain(loop);
    assert_int_equal(reactor_loop_alive(loop), 2);
    reactor_loop_release(loop);
    assert_int_equal(reactor_loop_alive(loop), 1);
    assert_ok(reactor_post_send(&post));
    assert_int_equal(reactor_loop_alive(loop), 2);
    assert_is_stopped(loop);
    assert_int_equal(reactor_loop_alive(loop), 1);
    reactor_loop_release(loop);
    assert_runs_out(loop);
    reactor_loop_close(loop);
}

static void a_release_more_has_an_object_not_count(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct probe probe = {.name = 'p'};
    struct reactor_timer timer;
    struct reactor_post post;

    (void)state;
    reactor_timer_init(&timer, loop, on_time, NULL);
    reactor_timer_start(&timer, INT64_MAX, 0);
    reactor_loop_release(loop);
    assert_int_equal(reactor_loop_alive(loop), 0);
    assert_runs_out(loop);
    reactor_timer_stop(&timer);
    assert_int_equal(reactor_loop_alive(loop), 0);

    /* What is pending is not what was released. */
    reactor_post_init(&post, loop, on_post, &probe);
    assert_ok(reactor_post_send(&post));
    assert_int_equal(reactor_loop_alive(loop), 1);
    assert_runs_out(loop);
    assert_string_equal(journal, "p");
    reactor_loop_close(loop);
}

/* ---- Now ---- */

static void look_at_the_time(struct probe *probe)
{
    int64_t *times = probe->context;
    int64_t now = reactor_loop_now_ns(probe->loop);

    while (reactor_now_ns() == now)
        continue;
    assert_int_equal(reactor_loop_now_ns(probe->loop), now);
    times[probe->calls - 1] = now;
}

static void the_time_stands_still_during_a_turn(void **state)
{
    struct reactor_loop *loop = open_loop();
    int64_t times[2] = {0, 0};
    struct probe probe = {
        .loop = loop, .then = look_at_the_time, .context = times};
    struct reactor_post post;
    int64_t before = reactor_now_ns();

    (void)state;
    reactor_post_init(&post, loop, on_post, &probe);
    assert_ok(reactor_post_send(&post));
    assert_int_equal(turn_once(loop), 1);
    assert_ok(reactor_post_send(&post));
    assert_int_equal(turn_once(loop), 1);
    assert_true(before <= times[0]);
    assert_true(times[0] < times[1]);
    assert_true(times[1] <= reactor_now_ns());
    reactor_loop_close(loop);
}

static void outside_of_a_turn_it_goes_on(void **state)
{
    struct reactor_loop *loop = open_loop();
    int64_t now = reactor_loop_now_ns(loop);

    (void)state;
    assert_true(now > 0 && now <= reactor_now_ns());
    while (reactor_now_ns() == now)
        continue;
    assert_true(reactor_loop_now_ns(loop) > now);
    reactor_loop_close(loop);
}

/* ---- L3 of the robustness rows ---- */

static void ignore_text(void *user_data, const char *text, size_t length)
{
    (void)user_data;
    (void)text;
    (void)length;
}

static void null_is_einval(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_loop_numbers numbers = {.size = sizeof(numbers)};
    int64_t deadline_ns;

    (void)state;
    assert_error(reactor_loop_open(NULL, NULL), -EINVAL);
    assert_error(reactor_loop_run(NULL), -EINVAL);
    assert_error(reactor_loop_turn(NULL, 0), -EINVAL);
    assert_error(reactor_loop_stop(NULL), -EINVAL);
    assert_error(reactor_loop_is_stopping(NULL), -EINVAL);
    assert_error(reactor_loop_alive(NULL), -EINVAL);
    assert_error(reactor_loop_now_ns(NULL), -EINVAL);
    assert_error(reactor_loop_default(NULL), -EINVAL);
    assert_error(reactor_loop_after_fork(NULL), -EINVAL);
    assert_error(reactor_loop_prepare(NULL, &deadline_ns), -EINVAL);
    assert_error(reactor_loop_prepare(loop, NULL), -EINVAL);
    assert_true(reactor_loop_backend_handle(NULL) == REACTOR_INVALID_HANDLE);
    assert_error(reactor_handler_start(NULL, 0, 0), -EINVAL);
    assert_error(reactor_handler_update(NULL, 0), -EINVAL);
    assert_error(reactor_post_send(NULL), -EINVAL);
    assert_error(reactor_hook_start(NULL, REACTOR_BEFORE_WAIT), -EINVAL);
    assert_error(reactor_loop_numbers(NULL, &numbers), -EINVAL);
    assert_error(reactor_loop_numbers(loop, NULL), -EINVAL);
    assert_error(reactor_loop_dump(NULL, ignore_text, NULL), -EINVAL);
    assert_error(reactor_loop_dump(loop, NULL, NULL), -EINVAL);
    assert_int_equal(turn_once(loop), 0);
    reactor_loop_close(loop);
}

static void null_is_idle(void **state)
{
    (void)state;
    reactor_loop_close(NULL);
    reactor_loop_retain(NULL);
    reactor_loop_release(NULL);
    reactor_handler_stop(NULL);
    assert_true(reactor_handler_handle(NULL) == REACTOR_INVALID_HANDLE);
    assert_int_equal(reactor_handler_interest(NULL), 0);
    assert_int_equal(reactor_handler_is_active(NULL), 0);
    reactor_timer_stop(NULL);
    assert_int_equal(reactor_timer_remaining_ns(NULL), -1);
    assert_true(reactor_timer_deadline_ns(NULL) == REACTOR_FOREVER);
    assert_int_equal(reactor_timer_is_active(NULL), 0);
    assert_int_equal(reactor_post_cancel(NULL), 0);
    reactor_hook_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(what_can_be_is_opened),
        CLAIM_WITHOUT_REACTOR(what_cannot_be_is_einval),
        CLAIM_WITHOUT_REACTOR(a_size_that_nobody_has_is_einval),
        CLAIM_WITHOUT_REACTOR(a_smaller_size_has_the_defaults_for_the_rest),
        CLAIM_WITHOUT_REACTOR(options_are_copied),
        CLAIM_WITHOUT_REACTOR(what_is_active_is_counted),
        CLAIM_WITHOUT_REACTOR(posts_that_are_pending_are_one_together),
        CLAIM_WITHOUT_REACTOR(a_retain_keeps_it_alive_until_it_is_released),
        CLAIM_WITHOUT_REACTOR(a_release_more_has_an_object_not_count),
        CLAIM_WITHOUT_REACTOR(the_time_stands_still_during_a_turn),
        CLAIM_WITHOUT_REACTOR(outside_of_a_turn_it_goes_on),
        CLAIM_WITHOUT_REACTOR(null_is_einval),
        CLAIM_WITHOUT_REACTOR(null_is_idle),
    };

    return run_claims(claims);
}
