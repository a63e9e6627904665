/* SPDX-License-Identifier: MIT */
/* The loop: opened, run and closed; handlers, posts and timers. */
#include "fault/scenario.h"

#include "support/allocator.h"
#include "support/loops.h"

#include <string.h>

#ifndef _WIN32
#include <sys/wait.h>
#include <unistd.h>
#endif

/* ---- Steps ---- */

/* What is refused half-way leaves nothing behind. */
static struct reactor_loop *open_a_loop(int (*open)(struct reactor_loop **out))
{
    struct reactor_loop *const untouched = (void *)&tried;
    struct reactor_loop *loop = untouched;
    size_t allocations = live_allocations();
    size_t handles = count_open_handles();
    int result = open(&loop);

    if (was_refused(result)) {
        assert_ptr_equal(loop, untouched);
        assert_int_equal(live_allocations(), allocations);
        assert_int_equal(count_open_handles(), handles);
        result = open(&loop);
    }
    assert_ok(result);
    return loop;
}

static int open_with_options(struct reactor_loop **out)
{
    struct reactor_loop_options options = REACTOR_LOOP_OPTIONS_INIT;

    options.budget = 8;
    options.flags = REACTOR_MEASURE_LAG;
    return reactor_loop_open(out, &options);
}

static int open_plainly(struct reactor_loop **out)
{
    return reactor_loop_open(out, NULL);
}

/*
 * Where the kernel denies that it has a handle, it is offered once more, and
 * then known after all.
 */
static void start(struct watch *watch, uint32_t interest)
{
    reactor_handle handle = watch->pair.mine;
    int result = TRY(reactor_handler_start(&watch->handler, handle, interest));

    if (is_lie() && result == -EEXIST)
        result = reactor_handler_start(&watch->handler, handle, interest);
    assert_ok(result);
    assert_true(reactor_handler_is_active(&watch->handler));
}

static void begin_watch(struct watch *watch, struct reactor_loop *loop,
                        uint32_t interest)
{
    watch_init(watch, loop, 0);
    start(watch, interest);
}

/* A turn that calls somebody; what it can't do it does when asked again. */
static void turn(struct reactor_loop *loop)
{
    int result = TRY(reactor_loop_turn(loop, PATIENCE_NS));

    assert_true(result > 0);
}

static bool was_called(const struct watch *watch, unsigned before)
{
    return watch->probe.calls > before;
}

/* What it is told next. */
static uint32_t await_told(struct watch *watch)
{
    unsigned before = watch->probe.calls;

    while (!was_called(watch, before))
        turn(watch->probe.loop);
    return watch->probe.readiness;
}

/* A change that is refused late is told, and then made by a start. */
static void await_ready(struct watch *watch, uint32_t readiness)
{
    uint32_t told = await_told(watch);

    while (told & REACTOR_ERROR) {
        assert_true(fault_fired_here() > 0);
        assert_int_equal(told & ~(uint32_t)REACTOR_ERROR,
                         reactor_handler_interest(&watch->handler) &
                             READINESS_ALL);
        start(watch, reactor_handler_interest(&watch->handler));
        told = await_told(watch);
    }
    if (may_report_less()) {
        assert_int_equal(told & ~readiness, 0);
    } else {
        assert_int_equal(told, readiness);
    }
}

/* A fault may make a turn end early, but it calls nobody who is not ready. */
static void expect_nobody(struct reactor_loop *loop)
{
    int result = TRY(reactor_loop_turn(loop, (int64_t)BRIEFLY_MS * 1000000));

    assert_int_equal(result, 0);
}

/* Nor does it call this one, unless a change is refused late. */
static void expect_not_ready(struct watch *watch)
{
    int result = TRY(
        reactor_loop_turn(watch->probe.loop, (int64_t)BRIEFLY_MS * 1000000));

    assert_int_equal(result, watch->probe.calls);
    if (result == 0)
        return;
    assert_true(fault_fired_here() > 0);
    assert_int_equal(watch->probe.readiness,
                     REACTOR_ERROR | reactor_handler_interest(&watch->handler));
    start(watch, reactor_handler_interest(&watch->handler));
}

/* ---- Open and close ---- */

static void open_and_close(void)
{
    struct reactor_loop *first = open_a_loop(open_plainly);
    struct reactor_loop *second = open_a_loop(open_with_options);

    assert_ok(TRY(reactor_loop_run(second)));
    reactor_loop_close(first);
    expect_nobody(second);
    reactor_loop_close(second);
}

static void the_default_loop(void)
{
    struct reactor_loop *loop = open_a_loop(reactor_loop_default);
    struct reactor_loop *same = NULL;

    TRY_OK(reactor_loop_default(&same));
    assert_ptr_equal(same, loop);
    expect_nobody(loop);
    reactor_loop_close(loop);
    loop = open_a_loop(reactor_loop_default);
    expect_nobody(loop);
    reactor_loop_close(loop);
}

/* ---- Handlers ---- */

static void handlers(void)
{
    struct reactor_loop *loop = open_a_loop(open_plainly);
    struct watch a;
    struct watch b;

    begin_watch(&a, loop, REACTOR_READABLE);
    begin_watch(&b, loop, 0);
    expect_not_ready(&a);
    send_byte(a.pair.peer);
    await_ready(&a, REACTOR_READABLE);
    assert_ok(reactor_handler_update(&a.handler, DIRECTIONS));
    await_ready(&a, DIRECTIONS);
    assert_ok(reactor_handler_update(&a.handler, REACTOR_ONESHOT));
    assert_ok(reactor_handler_update(&b.handler, REACTOR_WRITABLE));
    await_ready(&b, REACTOR_WRITABLE);
    reactor_handler_stop(&b.handler);
    start(&a, REACTOR_READABLE); /* the same handle again */
    await_ready(&a, REACTOR_READABLE);
    drain(a.pair.mine);
    watch_end(&a);
    watch_end(&b);
    assert_int_equal(reactor_loop_alive(loop), 0);
    expect_nobody(loop);
    reactor_loop_close(loop);
}

static void a_start_on_another_handle(void)
{
    struct reactor_loop *loop = open_a_loop(open_plainly);
    struct pair pair = stream_pair();
    struct watch a;

    begin_watch(&a, loop, REACTOR_READABLE);
    send_byte(a.pair.peer);
    TRY_OK(reactor_handler_start(&a.handler, pair.mine, REACTOR_READABLE));
    assert_int_equal(reactor_handler_handle(&a.handler), pair.mine);
    assert_int_equal(reactor_loop_alive(loop), 1);
    send_byte(pair.peer);
    await_ready(&a, REACTOR_READABLE);
    reactor_handler_stop(&a.handler);
    close_pair(&pair);
    watch_end(&a);
    reactor_loop_close(loop);
}

/* What a start that is refused must leave as it was. */
static struct watch *kept;

static void is_still_paused(void)
{
    assert_int_equal(reactor_handler_is_active(&kept->handler), 1);
    assert_int_equal(reactor_handler_interest(&kept->handler), 0);
    assert_int_equal(reactor_handler_handle(&kept->handler), kept->pair.mine);
    assert_int_equal(reactor_loop_alive(kept->probe.loop), 1);
}

static void a_refused_start_changes_nothing(void)
{
    struct reactor_loop *loop = open_a_loop(open_plainly);
    struct watch a;

    begin_watch(&a, loop, 0);
    send_byte(a.pair.peer);
    kept = &a;
    meanwhile = is_still_paused;
    start(&a, REACTOR_READABLE);
    meanwhile = NULL;
    await_ready(&a, REACTOR_READABLE);
    watch_end(&a);
    reactor_loop_close(loop);
}

#define MANY 60 /* more than the slots that a loop begins with, twice */

static void many_handlers(void)
{
    struct reactor_loop *loop = open_a_loop(open_plainly);
    static struct watch watches[MANY];
    size_t i;

    for (i = 0; i < MANY; i++)
        begin_watch(&watches[i], loop, REACTOR_WRITABLE);
    assert_int_equal(reactor_loop_alive(loop), MANY);
    for (i = 0; i < MANY; i++)
        assert_ok(reactor_handler_update(&watches[i].handler, DIRECTIONS));
    await_ready(&watches[0], REACTOR_WRITABLE);
    for (i = 0; i < MANY; i++)
        while (watches[i].probe.calls == 0)
            turn(loop);
    for (i = 0; i < MANY; i++)
        watch_end(&watches[i]);
    reactor_loop_close(loop);
}

static void handlers_that_were_closed(void)
{
    struct reactor_loop *loop = open_a_loop(open_plainly);
    struct watch closed;
    struct watch a;

    begin_watch(&closed, loop, REACTOR_READABLE);
    close_handle(closed.pair.mine);
    assert_ok(reactor_handler_update(&closed.handler, DIRECTIONS));
    while (closed.probe.calls == 0)
        turn(loop);
    assert_int_equal(closed.probe.readiness, REACTOR_ERROR | DIRECTIONS);
    begin_watch(&a, loop, REACTOR_READABLE); /* has its number */
    send_byte(a.pair.peer);
    await_ready(&a, REACTOR_READABLE);
    reactor_handler_stop(&closed.handler);
    close_handle(closed.pair.peer);
    await_ready(&a, REACTOR_READABLE);
    watch_end(&a);
    reactor_loop_close(loop);
}

/* ---- Run and stop ---- */

/*
 * What can't be woken is stopped all the same; errno stays, as it may be a
 * signal handler that stops.
 */
static void stop_loop(struct reactor_loop *loop)
{
    int result;

    errno = EDOM;
    result = TRY(reactor_loop_stop(loop));
    assert_int_equal(errno, EDOM);
    assert_ok(result);
    assert_int_equal(reactor_loop_is_stopping(loop), 1);
}

static void run_and_stop(void)
{
    struct reactor_loop *loop = open_a_loop(open_plainly);
    struct watch a;
    int64_t deadline_ns = -1;

    begin_watch(&a, loop, REACTOR_READABLE);
    stop_loop(loop);
    assert_int_equal(TRY(reactor_loop_run(loop)), 1);
    assert_int_equal(reactor_loop_is_stopping(loop), 0);
    TRY_OK(reactor_loop_prepare(loop, &deadline_ns));
    assert_true(deadline_ns == REACTOR_FOREVER);
    stop_loop(loop);
    assert_int_equal(TRY(reactor_loop_run(loop)), 1);
    watch_end(&a);
    assert_ok(TRY(reactor_loop_run(loop)));
    reactor_loop_close(loop);
}

/* ---- Posts ---- */

/* One whose wake is refused is pending all the same. */
static void send_post(struct reactor_post *post)
{
    TRY_OK(reactor_post_send(post));
}

static void posts(void)
{
    struct reactor_loop *loop = open_a_loop(open_plainly);
    struct reactor_post post;
    struct probe probe;
    int64_t deadline_ns = -1;

    memset(&probe, 0, sizeof(probe));
    reactor_post_init(&post, loop, on_post, &probe);
    send_post(&post);
    turn(loop);
    assert_int_equal(probe.calls, 1);
    TRY_OK(reactor_loop_prepare(loop, &deadline_ns)); /* it sleeps */
    send_post(&post);
    send_post(&post);
    turn(loop);
    assert_int_equal(probe.calls, 2);
    expect_nobody(loop);
    TRY_OK(reactor_loop_prepare(loop, &deadline_ns));
    send_post(&post);
    reactor_loop_close(loop);
    assert_int_equal(probe.calls, 3);
}

/* ---- Timers ---- */

static void timers(void)
{
    struct reactor_loop *loop = open_a_loop(open_with_options);
    struct reactor_timer once;
    struct reactor_timer again;
    struct probe probes[2];
    int i;

    memset(probes, 0, sizeof(probes));
    reactor_timer_init(&once, loop, on_time, &probes[0]);
    reactor_timer_init(&again, loop, on_time, &probes[1]);
    reactor_timer_start(&once, 1000000, 0);
    reactor_timer_start(&again, 0, 1000000);
    while (probes[0].calls == 0 || probes[1].calls < 3)
        turn(loop);
    assert_int_equal(probes[0].calls, 1);
    for (i = 0; i < 2; i++) {
        int64_t now = reactor_loop_now_ns(loop);

        assert_true(now > 0 || was_refused((int)now));
    }
    reactor_timer_stop(&again);
    expect_nobody(loop);
    reactor_loop_close(loop);
}

/* ---- Children ---- */

#ifndef _WIN32

static void a_child_with_a_loop_of_its_own(void)
{
    struct reactor_loop *loop = open_a_loop(open_plainly);
    struct watch a;
    pid_t child;
    int status = -1;

    begin_watch(&a, loop, REACTOR_READABLE);
    child = fork();
    assert_true(child >= 0);
    if (child > 0) {
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    } else {
        assert_error(reactor_loop_turn(loop, 0), -ECHILD);
        assert_error(reactor_handler_start(&a.handler, a.pair.mine, 0),
                     -ECHILD);
        TRY_OK(reactor_loop_after_fork(loop));
        if (is_lie()) /* taken for closed, and left out */
            start(&a, REACTOR_READABLE);
    }
    send_byte(a.pair.peer);
    await_ready(&a, REACTOR_READABLE);
    drain(a.pair.mine);
    watch_end(&a);
    reactor_loop_close(loop);
    if (child == 0)
        _exit(0);
}

#endif

const struct scenario scenarios[] = {
    SCENARIO(open_and_close),
    SCENARIO(the_default_loop),
    SCENARIO(handlers),
    SCENARIO(a_start_on_another_handle),
    SCENARIO(a_refused_start_changes_nothing),
    SCENARIO(many_handlers),
    SCENARIO(handlers_that_were_closed),
    SCENARIO(run_and_stop),
    SCENARIO(posts),
    SCENARIO(timers),
#ifndef _WIN32
    SCENARIO(a_child_with_a_loop_of_its_own),
#endif
};

const size_t scenario_count = COUNT_OF(scenarios);
