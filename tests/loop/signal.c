/* SPDX-License-Identifier: MIT */
/* Signals are told by callbacks on loops, and dispositions come back. */
#include "support/signals.h"

#include "loop/deeds.h"
#include "support/process.h"
#include "support/scale.h"
#include "support/thread.h"

#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

/* A watch that notes its calls; what it does besides is the claim's. */
struct tally {
    struct reactor_signal watch;
    uint64_t count; /* of signals */
    unsigned calls;
    int number;
    void (*act)(struct tally *tally);
    struct tally *other;
};

static void note(void *user_data, int number, uint64_t count)
{
    struct tally *tally = user_data;

    tally->calls++;
    tally->count += count;
    tally->number = number;
    if (tally->act != NULL)
        tally->act(tally);
}

static void tally_init(struct tally *tally, struct reactor_loop *loop)
{
    *tally = (struct tally){.calls = 0};
    reactor_signal_init(&tally->watch, loop, note, tally);
}

static void tally_start(struct tally *tally, struct reactor_loop *loop,
                        int number)
{
    tally_init(tally, loop);
    assert_ok(reactor_signal_start(&tally->watch, number));
}

static void raise_times(int number, unsigned times)
{
    while (times-- > 0)
        assert_ok(raise(number));
}

/* ---- Calls ---- */

static void a_signal_is_told_with_its_number_and_count(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct tally tally;

    (void)state;
    tally_start(&tally, loop, SIGUSR1);
    assert_int_equal(reactor_loop_turn(loop, 0), 0);
    raise_times(SIGUSR1, 3);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    assert_int_equal(tally.calls, 1);
    assert_int_equal(tally.count, 3);
    assert_int_equal(tally.number, SIGUSR1);
    assert_int_equal(reactor_loop_turn(loop, 0), 0);
    reactor_loop_close(loop);
}

static void each_watch_is_told_of_its_own_signal(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct tally tallies[4];

    (void)state;
    tally_start(&tallies[0], loop, SIGUSR1);
    tally_start(&tallies[1], loop, SIGUSR2);
    tally_start(&tallies[2], loop, SIGUSR1);
    tally_start(&tallies[3], loop, SIGWINCH);
    raise_times(SIGUSR1, 2);
    raise_times(SIGUSR2, 1);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 3);
    assert_int_equal(tallies[0].count, 2);
    assert_int_equal(tallies[1].count, 1);
    assert_int_equal(tallies[2].count, 2);
    assert_int_equal(tallies[3].calls, 0);
    reactor_loop_close(loop);
}

static void a_watch_is_told_only_of_what_came_after_its_start(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct tally early;
    struct tally late;

    (void)state;
    tally_start(&early, loop, SIGUSR1);
    raise_times(SIGUSR1, 2);
    tally_start(&late, loop, SIGUSR1);
    raise_times(SIGUSR1, 1);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 2);
    assert_int_equal(early.count, 3);
    assert_int_equal(late.count, 1);

    raise_times(SIGUSR1, 1);
    assert_ok(reactor_signal_start(&late.watch, SIGUSR1));
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    assert_int_equal(late.count, 1);
    reactor_loop_close(loop);
}

static void a_handler_leaves_errno_alone(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct tally tally;

    (void)state;
    tally_start(&tally, loop, SIGUSR1);
    errno = EDOM;
    assert_ok(raise(SIGUSR1));
    assert_int_equal(errno, EDOM);
    reactor_loop_close(loop);
}

static void a_broken_pipe_is_a_signal_like_others(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct tally tally;
    int ends[2];

    (void)state;
    tally_start(&tally, loop, SIGPIPE);
    assert_ok(pipe(ends));
    close(ends[0]);
    assert_int_equal(write(ends[1], "", 1), -1);
    assert_int_equal(errno, EPIPE);
    close(ends[1]);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    assert_int_equal(tally.number, SIGPIPE);
    reactor_loop_close(loop);
}

static void tell_slow(void *user_data, const char *kind, void *callback_data,
                      int64_t took_ns)
{
    (void)user_data;
    assert_string_equal(kind, "signal");
    assert_true(took_ns > 1);
    ((struct tally *)callback_data)->number = -1;
}

static void a_slow_callback_is_told_as_a_signal_s(void **state)
{
    struct reactor_loop_options options = REACTOR_LOOP_OPTIONS_INIT;
    struct reactor_loop *loop;
    struct tally tally;

    (void)state;
    options.slow_ns = 1;
    options.slow = tell_slow;
    assert_ok(reactor_loop_open(&loop, &options));
    tally_start(&tally, loop, SIGUSR1);
    raise_times(SIGUSR1, 1);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    assert_int_equal(tally.number, -1);
    reactor_loop_close(loop);
}

static void a_loop_is_left_alone_by_signals_of_others(void **state)
{
    struct reactor_loop *first = open_loop();
    struct reactor_loop *second = open_loop();
    struct tally tallies[3];

    (void)state;
    tally_start(&tallies[0], first, SIGUSR1);
    tally_start(&tallies[1], second, SIGUSR1);
    tally_start(&tallies[2], second, SIGUSR2);
    reactor_signal_stop(&tallies[1].watch);
    raise_times(SIGUSR1, 1);
    assert_int_equal(reactor_loop_alive(second), 1); /* no post is pending */
    assert_int_equal(reactor_loop_alive(first), 2);
    reactor_loop_close(second);
    reactor_loop_close(first);
}

/* ---- Starts and stops ---- */

static void a_watch_keeps_the_loop_alive(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct tally tally;

    (void)state;
    tally_start(&tally, loop, SIGUSR1);
    assert_int_equal(reactor_loop_alive(loop), 1);
    assert_ok(reactor_signal_start(&tally.watch, SIGUSR2));
    assert_int_equal(reactor_loop_alive(loop), 1);
    reactor_signal_stop(&tally.watch);
    reactor_signal_stop(&tally.watch);
    reactor_signal_stop(NULL);
    assert_int_equal(reactor_loop_alive(loop), 0);
    assert_int_equal(reactor_loop_run(loop), 0);
    reactor_loop_close(loop);
}

static void what_can_t_be_watched_is_refused(void **state)
{
    static const int numbers[] = {SIGKILL, SIGSTOP, SIGSEGV, SIGBUS, SIGFPE,
                                  SIGILL,  0,       -1,      NSIG,   INT_MAX};
    struct reactor_loop *loop = open_loop();
    struct tally tally;
    size_t i;

    (void)state;
    assert_error(reactor_signal_start(NULL, SIGUSR1), -EINVAL);
    tally_start(&tally, loop, SIGUSR1);
    for (i = 0; i < COUNT_OF(numbers); i++)
        assert_error(reactor_signal_start(&tally.watch, numbers[i]), -EINVAL);
    raise_times(SIGUSR1, 1);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    reactor_loop_close(loop);
}

static void a_stopped_watch_is_not_called(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct tally tally;

    (void)state;
    tally_start(&tally, loop, SIGUSR1);
    raise_times(SIGUSR1, 1);
    reactor_signal_stop(&tally.watch);
    assert_int_equal(reactor_loop_turn(loop, 0), 0);
    assert_int_equal(tally.calls, 0);
    reactor_loop_close(loop);
}

static void stop_other(struct tally *tally)
{
    reactor_signal_stop(&tally->other->watch);
}

static void a_callback_may_stop_any_watch(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct tally tallies[4];
    size_t stopped;
    size_t i;

    (void)state;
    for (stopped = 0; stopped < COUNT_OF(tallies); stopped++) {
        for (i = 0; i < COUNT_OF(tallies); i++)
            tally_start(&tallies[i], loop, SIGUSR1);
        tallies[0].act = stop_other;
        tallies[0].other = &tallies[stopped];
        raise_times(SIGUSR1, 1);
        assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS),
                         stopped == 0 ? 4 : 3);
        for (i = 0; i < COUNT_OF(tallies); i++) {
            assert_int_equal(tallies[i].calls, i != stopped || i == 0);
            reactor_signal_stop(&tallies[i].watch);
        }
    }
    reactor_loop_close(loop);
}

static void free_itself(struct tally *tally)
{
    tally->other->number = SIGUSR1;
    reactor_signal_stop(&tally->watch);
    free(tally);
}

static void a_callback_may_free_its_watch(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct tally *tally = malloc(sizeof(*tally));
    struct tally second;

    (void)state;
    assert_non_null(tally);
    tally_start(tally, loop, SIGUSR1);
    tally_start(&second, loop, SIGUSR1);
    tally->act = free_itself;
    tally->other = &second;
    raise_times(SIGUSR1, 1);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 2);
    assert_int_equal(second.calls, 1);
    reactor_loop_close(loop);
}

static void restart_and_raise(struct tally *tally)
{
    assert_ok(reactor_signal_start(&tally->watch, SIGUSR1));
    assert_ok(raise(SIGUSR1));
}

static void
what_is_restarted_in_its_callback_waits_for_the_next_turn(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct tally tallies[2];
    unsigned i;

    (void)state;
    tally_start(&tallies[0], loop, SIGUSR1);
    tally_start(&tallies[1], loop, SIGUSR1);
    tallies[0].act = tallies[1].act = restart_and_raise;
    raise_times(SIGUSR1, 1);
    for (i = 1; i < 5; i++) {
        assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 2);
        assert_int_equal(tallies[0].calls, i);
        assert_int_equal(tallies[1].calls, i);
    }
    reactor_loop_close(loop);
}

/* What was started meanwhile, and stopped again, was where the walk ends. */
static void start_and_stop_others(struct tally *tally)
{
    struct tally *first = tally->other;
    struct tally *second = first->other;

    assert_ok(reactor_signal_start(&first->watch, SIGUSR1));
    assert_ok(reactor_signal_start(&second->watch, SIGUSR1));
    reactor_signal_stop(&first->watch);
    reactor_signal_stop(&second->watch);
    assert_ok(reactor_signal_start(&second->watch, SIGUSR1));
    assert_ok(raise(SIGUSR1));
}

static void what_is_started_in_a_callback_waits_for_the_next_turn(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct tally tallies[3];
    size_t i;

    (void)state;
    for (i = 1; i < COUNT_OF(tallies); i++)
        tally_init(&tallies[i], loop);
    tally_start(&tallies[0], loop, SIGUSR1);
    tallies[0].act = start_and_stop_others;
    tallies[0].other = &tallies[1];
    tallies[1].other = &tallies[2];
    raise_times(SIGUSR1, 1);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    assert_int_equal(tallies[2].calls, 0);
    tallies[0].act = NULL;
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 2);
    assert_int_equal(tallies[1].calls, 0);
    assert_int_equal(tallies[2].calls, 1);
    reactor_loop_close(loop);
}

static void close_loop(struct tally *tally)
{
    reactor_loop_close(tally->watch.loop);
}

static void a_callback_may_close_the_loop(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct tally tallies[2];

    (void)state;
    tally_start(&tallies[0], loop, SIGUSR1);
    tally_start(&tallies[1], loop, SIGUSR1);
    tallies[0].act = close_loop;
    raise_times(SIGUSR1, 1);
    assert_int_equal(reactor_loop_run(loop), 1);
    assert_int_equal(tallies[0].calls, 1);
    assert_int_equal(tallies[1].calls, 0);
}

static struct deeds deeds;

static void do_all(struct tally *tally)
{
    (void)tally;
    deeds_do(&deeds);
}

static void a_callback_may_do_all_to_others(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct tally tally;

    (void)state;
    deeds_begin(&deeds, loop);
    tally_start(&tally, loop, SIGUSR1);
    tally.act = do_all;
    raise_times(SIGUSR1, 1);
    deeds_end(&deeds);
    reactor_loop_close(loop);
}

/* ---- Dispositions ---- */

static _Atomic unsigned former_calls;

static void former(int number)
{
    (void)number;
    atomic_fetch_add(&former_calls, 1);
}

static void former_with_more(int number, siginfo_t *info, void *context)
{
    (void)info;
    (void)context;
    former(number);
}

/* What can't be told from any other disposition by its handler alone. */
static void install_former(int number)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_NODEFER};

    action.sa_sigaction = former_with_more;
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGUSR2);
    assert_ok(sigaction(number, &action, NULL));
}

static bool is_former(int number)
{
    struct sigaction now;

    assert_ok(sigaction(number, NULL, &now));
    return (now.sa_flags & SA_SIGINFO) != 0 &&
           now.sa_sigaction == former_with_more &&
           (now.sa_flags & (SA_NODEFER | SA_RESTART)) == SA_NODEFER &&
           sigismember(&now.sa_mask, SIGUSR2) == 1 &&
           sigismember(&now.sa_mask, SIGUSR1) == 0;
}

static void the_former_disposition_returns_at_the_last_stop(void **state)
{
    struct reactor_loop *first = open_loop();
    struct reactor_loop *second = open_loop();
    struct tally tallies[3];
    int round;

    (void)state;
    install_former(SIGUSR1);
    for (round = 0; round < 2; round++) {
        tally_start(&tallies[0], first, SIGUSR1);
        tally_start(&tallies[1], second, SIGUSR1);
        tally_start(&tallies[2], second, SIGUSR1);
        reactor_signal_stop(&tallies[0].watch);
        reactor_signal_stop(&tallies[2].watch);
        assert_false(is_former(SIGUSR1));
        assert_ok(reactor_signal_start(&tallies[1].watch, SIGUSR1));
        assert_false(is_former(SIGUSR1));
        reactor_signal_stop(&tallies[1].watch);
        assert_true(is_former(SIGUSR1));
    }
    reactor_loop_close(first);
    reactor_loop_close(second);
    signal_default(SIGUSR1);
}

static void system_calls_are_restarted(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct sigaction now;
    struct tally tally;

    (void)state;
    tally_start(&tally, loop, SIGUSR1);
    assert_ok(sigaction(SIGUSR1, NULL, &now));
    assert_true((now.sa_flags & SA_RESTART) != 0);
    reactor_loop_close(loop);
}

static void between_two_loops_the_former_disposition_holds(void **state)
{
    struct tally tally;
    int round;

    (void)state;
    atomic_store(&former_calls, 0);
    install_former(SIGUSR1);
    for (round = 1; round < 4; round++) {
        struct reactor_loop *loop = open_loop();

        tally_start(&tally, loop, SIGUSR1);
        raise_times(SIGUSR1, 1);
        reactor_loop_close(loop);
        assert_true(is_former(SIGUSR1));
        raise_times(SIGUSR1, 1);
        assert_int_equal(atomic_load(&former_calls), round);
        assert_int_equal(tally.calls, 0);
    }
    signal_default(SIGUSR1);
}

/* ---- Threads ---- */

#define THREADS 4

/* A thread with a loop that watches SIGUSR1. */
struct party {
    struct thread *thread;
    struct tally tally;
    uint64_t expected; /* so many signals, and it is over */
};

static _Atomic unsigned ready;

static int be_told(void *context)
{
    struct party *party = context;
    struct reactor_loop *loop = NULL;
    int error = reactor_loop_open(&loop, NULL);

    if (error != 0)
        return error;
    tally_init(&party->tally, loop);
    error = reactor_signal_start(&party->tally.watch, SIGUSR1);
    atomic_fetch_add(&ready, 1);
    while (error >= 0 && party->tally.count < party->expected) {
        error = reactor_loop_turn(loop, PATIENCE_NS);
        if (error == 0)
            error = -ETIMEDOUT;
    }
    reactor_loop_close(loop);
    return error < 0 ? error : 0;
}

static void parties_start(struct party *parties, uint64_t expected)
{
    size_t i;

    atomic_store(&ready, 0);
    for (i = 0; i < THREADS; i++) {
        parties[i].expected = expected;
        parties[i].thread = thread_start(be_told, &parties[i]);
    }
    while (atomic_load(&ready) < THREADS)
        thread_yield();
}

static void parties_join(struct party *parties)
{
    size_t i;

    for (i = 0; i < THREADS; i++) {
        assert_ok(thread_join(parties[i].thread));
        assert_int_equal(parties[i].tally.count, parties[i].expected);
    }
}

static void loops_in_many_threads_are_told_of_one_signal(void **state)
{
    struct party parties[THREADS];

    (void)state;
    signal_handle(SIGUSR1, former);
    parties_start(parties, 1);
    raise_times(SIGUSR1, 1);
    parties_join(parties);
    signal_default(SIGUSR1);
}

/* Whoever raises is the one who handles: none is one with another. */
static void in_a_storm_no_signal_is_lost(void **state)
{
    unsigned signals = scaled(100000, 1000000);
    struct party parties[THREADS];

    (void)state;
    signal_handle(SIGUSR1, former);
    parties_start(parties, signals);
    raise_times(SIGUSR1, signals);
    parties_join(parties);
    signal_default(SIGUSR1);
}

static _Atomic bool is_over;

static int raise_on_and_on(void *context)
{
    (void)context;
    while (!atomic_load(&is_over))
        if (raise(SIGUSR1) != 0)
            return -errno;
    return 0;
}

static void storm_start(struct thread *threads[2])
{
    signal_handle(SIGUSR1, former);
    atomic_store(&is_over, false);
    threads[0] = thread_start(raise_on_and_on, NULL);
    threads[1] = thread_start(raise_on_and_on, NULL);
}

static void storm_stop(struct thread *threads[2])
{
    atomic_store(&is_over, true);
    assert_ok(thread_join(threads[0]));
    assert_ok(thread_join(threads[1]));
    signal_default(SIGUSR1);
}

/* Each of these has signals arrive while loops, posts and lists change. */
static void loops_come_and_go_in_a_storm(void **state)
{
    unsigned rounds = scaled(1000, 100000);
    struct thread *threads[2];

    (void)state;
    storm_start(threads);
    while (rounds-- > 0) {
        struct reactor_loop *first = open_loop();
        struct reactor_loop *second = open_loop();
        struct tally tallies[3];

        tally_start(&tallies[0], first, SIGUSR1);
        tally_start(&tallies[1], second, SIGUSR1);
        tally_start(&tallies[2], first, SIGUSR1);
        reactor_signal_stop(&tallies[0].watch);
        if (rounds % 8 == 0)
            assert_in_range(reactor_loop_turn(first, PATIENCE_NS), 1, 2);
        reactor_loop_close(first);
        if (rounds % 8 == 1)
            assert_in_range(reactor_loop_turn(second, PATIENCE_NS), 1, 1);
        reactor_loop_close(second);
    }
    storm_stop(threads);
}

/* ---- Fork ---- */

static int use_after_fork(void *context)
{
    struct tally *tally = context;
    struct reactor_loop *loop = tally->watch.loop;
    uint64_t before = tally->count;

    CHILD_EXPECT(raise(SIGUSR1) == 0);
    CHILD_EXPECT(reactor_signal_start(&tally->watch, SIGUSR2) == -ECHILD);
    CHILD_EXPECT(reactor_signal_start(&tally->watch, SIGKILL) == -EINVAL);
    CHILD_EXPECT(reactor_loop_after_fork(loop) == 0);
    CHILD_EXPECT(reactor_loop_turn(loop, PATIENCE_NS) >= 1);
    CHILD_EXPECT(tally->count > before);
    before = tally->count;
    CHILD_EXPECT(raise(SIGUSR1) == 0);
    CHILD_EXPECT(reactor_loop_turn(loop, PATIENCE_NS) >= 1);
    CHILD_EXPECT(tally->count == before + 1);
    reactor_signal_stop(&tally->watch);
    CHILD_EXPECT(reactor_loop_alive(loop) <= 1);
    reactor_loop_close(loop);
    return 0;
}

static void a_child_is_told_of_its_own_signals(void **state)
{
    struct reactor_loop_numbers numbers = {.size = sizeof(numbers)};
    struct reactor_loop *loop = open_loop();
    struct tally tally;

    (void)state;
    tally_start(&tally, loop, SIGUSR1);
    assert_child(use_after_fork, &tally);
    assert_int_equal(reactor_loop_turn(loop, 0), 0);
    assert_ok(reactor_loop_numbers(loop, &numbers));
    assert_int_equal(numbers.wakes, 0);
    raise_times(SIGUSR1, 1);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    reactor_loop_close(loop);
}

static int fork_twice(void *context)
{
    struct tally *tally = context;
    pid_t child;

    CHILD_EXPECT(reactor_loop_after_fork(tally->watch.loop) == 0);
    child = child_start(use_after_fork, tally);
    CHILD_EXPECT(child > 0 && child_finish(child) == 0);
    CHILD_EXPECT(raise(SIGUSR1) == 0);
    CHILD_EXPECT(reactor_loop_turn(tally->watch.loop, PATIENCE_NS) >= 1);
    CHILD_EXPECT(tally->count >= 1);
    reactor_loop_close(tally->watch.loop);
    return 0;
}

static void a_grandchild_is_told_as_well(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct tally tally;

    (void)state;
    tally_start(&tally, loop, SIGUSR1);
    assert_child(fork_twice, &tally);
    reactor_loop_close(loop);
}

static int close_inherited(void *context)
{
    struct tally *tally = context;

    reactor_loop_close(tally->watch.loop);
    CHILD_EXPECT(is_former(SIGUSR1));
    CHILD_EXPECT(tally->calls == 0);
    return 0;
}

static void a_child_that_closes_has_the_former_disposition(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct tally tally;

    (void)state;
    install_former(SIGUSR1);
    tally_start(&tally, loop, SIGUSR1);
    raise_times(SIGUSR1, 1);
    assert_child(close_inherited, &tally);
    assert_false(is_former(SIGUSR1));
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    reactor_loop_close(loop);
    assert_true(is_former(SIGUSR1));
    signal_default(SIGUSR1);
}

/* Some of the forks come while another thread is in a handler. */
static void forks_in_a_storm(void **state)
{
    unsigned rounds = scaled(300, 10000);
    struct reactor_loop *loop = open_loop();
    struct thread *threads[2];
    struct tally tally;

    (void)state;
    storm_start(threads);
    tally_start(&tally, loop, SIGUSR1);
    while (rounds-- > 0) {
        assert_child(use_after_fork, &tally);
        assert_in_range(reactor_loop_turn(loop, PATIENCE_NS), 1, 1);
    }
    reactor_loop_close(loop);
    storm_stop(threads);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_signal_is_told_with_its_number_and_count),
        CLAIM_WITHOUT_REACTOR(each_watch_is_told_of_its_own_signal),
        CLAIM_WITHOUT_REACTOR(
            a_watch_is_told_only_of_what_came_after_its_start),
        CLAIM_WITHOUT_REACTOR(a_handler_leaves_errno_alone),
        CLAIM_WITHOUT_REACTOR(a_broken_pipe_is_a_signal_like_others),
        CLAIM_WITHOUT_REACTOR(a_slow_callback_is_told_as_a_signal_s),
        CLAIM_WITHOUT_REACTOR(a_loop_is_left_alone_by_signals_of_others),
        CLAIM_WITHOUT_REACTOR(a_watch_keeps_the_loop_alive),
        CLAIM_WITHOUT_REACTOR(what_can_t_be_watched_is_refused),
        CLAIM_WITHOUT_REACTOR(a_stopped_watch_is_not_called),
        CLAIM_WITHOUT_REACTOR(a_callback_may_stop_any_watch),
        CLAIM_WITHOUT_REACTOR(a_callback_may_free_its_watch),
        CLAIM_WITHOUT_REACTOR(
            what_is_restarted_in_its_callback_waits_for_the_next_turn),
        CLAIM_WITHOUT_REACTOR(
            what_is_started_in_a_callback_waits_for_the_next_turn),
        CLAIM_WITHOUT_REACTOR(a_callback_may_close_the_loop),
        CLAIM_WITHOUT_REACTOR(a_callback_may_do_all_to_others),
        CLAIM_WITHOUT_REACTOR(the_former_disposition_returns_at_the_last_stop),
        CLAIM_WITHOUT_REACTOR(system_calls_are_restarted),
        CLAIM_WITHOUT_REACTOR(between_two_loops_the_former_disposition_holds),
        CLAIM_WITHOUT_REACTOR(loops_in_many_threads_are_told_of_one_signal),
        CLAIM_WITHOUT_REACTOR(in_a_storm_no_signal_is_lost),
        CLAIM_WITHOUT_REACTOR(loops_come_and_go_in_a_storm),
        CLAIM_WITHOUT_REACTOR(a_child_is_told_of_its_own_signals),
        CLAIM_WITHOUT_REACTOR(a_grandchild_is_told_as_well),
        CLAIM_WITHOUT_REACTOR(a_child_that_closes_has_the_former_disposition),
        CLAIM_WITHOUT_REACTOR(forks_in_a_storm),
    };

    return run_claims(claims);
}
