/* SPDX-License-Identifier: MIT */
/* The end of a child process is told by a callback on a loop. */
#include "loop/children.h"
#include "support/process.h"
#include "support/signals.h"
#include "support/thread.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- Processes ---- */

/* Ends at once. */
static pid_t start_ending(int exit_code)
{
    pid_t process = fork();

    if (process == 0)
        _exit(exit_code);
    assert_true(process > 0);
    return process;
}

/* Ends by a signal only; should all else fail, by that of a clock. */
static pid_t start_lasting(void)
{
    pid_t process = fork();

    if (process == 0) {
        alarm(2 * PATIENCE_MS / 1000);
        for (;;)
            pause();
    }
    assert_true(process > 0);
    return process;
}

static void wait_for_end(pid_t process)
{
    siginfo_t info;

    assert_ok(waitid(P_PID, (id_t)process, &info, WEXITED | WNOWAIT));
}

static void end_process(pid_t process)
{
    assert_ok(kill(process, SIGKILL));
    wait_for_end(process);
}

/* Nobody has reaped it so far. */
static void reap(pid_t process)
{
    int status;

    assert_int_equal(waitpid(process, &status, 0), process);
}

static bool is_reaped(pid_t process)
{
    siginfo_t info;

    return waitid(P_PID, (id_t)process, &info, WEXITED | WNOHANG | WNOWAIT) !=
               0 &&
           errno == ECHILD;
}

/* Until so many in all have been called. */
static void run_until(struct reactor_loop *loop, const struct note *notes,
                      size_t count, unsigned calls)
{
    unsigned called;

    do {
        size_t i;

        called = 0;
        for (i = 0; i < count; i++)
            called += notes[i].calls;
        if (called < calls)
            assert_true(reactor_loop_turn(loop, PATIENCE_NS) > 0);
    } while (called < calls);
    assert_int_equal(called, calls);
}

/* ---- Ends ---- */

static void an_exit_code_is_told(void **state)
{
    static const int exit_codes[] = {0, 1, 77, 255};
    struct reactor_loop *loop = open_loop();
    struct note note;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(exit_codes); i++) {
        pid_t process = start_ending(exit_codes[i]);

        note_start(&note, loop, process);
        assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
        assert_told(&note, exit_codes[i], 0);
        assert_true(is_reaped(process));
    }
    reactor_loop_close(loop);
}

static void a_signal_that_ends_it_is_told(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note note;
    pid_t process = start_lasting();

    (void)state;
    note_start(&note, loop, process);
    assert_int_equal(reactor_loop_turn(loop, 0), 0);
    assert_ok(kill(process, SIGTERM));
    assert_int_equal(reactor_loop_run(loop), 0);
    assert_told(&note, -1, SIGTERM);
    assert_true(is_reaped(process));
    reactor_loop_close(loop);
}

static void what_has_ended_before_the_start_is_told(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note note;
    pid_t process = start_ending(3);

    (void)state;
    wait_for_end(process);
    note_start(&note, loop, process);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    assert_told(&note, 3, 0);
    reactor_loop_close(loop);
}

#define MANY 64

static void many_children_are_told_of_each(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note notes[MANY];
    int i;

    (void)state;
    for (i = 0; i < MANY; i++)
        note_start(&notes[i], loop, start_ending(i));
    assert_true(reactor_loop_alive(loop) >= MANY);
    run_until(loop, notes, MANY, MANY);
    for (i = 0; i < MANY; i++)
        assert_told(&notes[i], i, 0);
    assert_int_equal(reactor_loop_run(loop), 0);
    reactor_loop_close(loop);
}

static void all_at_once_are_told_of_each(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note notes[MANY];
    pid_t processes[MANY];
    int i;

    (void)state;
    for (i = 0; i < MANY; i++)
        processes[i] = start_lasting();
    for (i = 0; i < MANY; i++)
        note_start(&notes[i], loop, processes[i]);
    assert_int_equal(reactor_loop_alive(loop), MANY);
    for (i = 0; i < MANY; i++)
        end_process(processes[i]);
    run_until(loop, notes, MANY, MANY);
    for (i = 0; i < MANY; i++)
        assert_told(&notes[i], -1, SIGKILL);
    reactor_loop_close(loop);
}

static void a_child_that_stands_still_has_not_ended(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note note;
    pid_t process = start_lasting();

    (void)state;
    note_start(&note, loop, process);
    assert_true(child_stop(process));
    assert_int_equal(reactor_loop_turn(loop, 0), 0);
    end_process(process);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    assert_told(&note, -1, SIGKILL);
    reactor_loop_close(loop);
}

/* The kernel reaps it, and nobody can tell how it ended. */
static void who_ignores_the_end_of_children_is_told_nothing_of_it(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note note;
    pid_t process;

    (void)state;
    signal_handle(SIGCHLD, SIG_IGN);
    process = start_lasting();
    note_start(&note, loop, process);
    signal_handle(SIGCHLD, SIG_IGN); /* in place of the loop's, if it has one */
    assert_ok(kill(process, SIGKILL));
    while (kill(process, 0) == 0)
        thread_yield();
    if (reactor_handler_is_active(&note.watch.handler)) {
        assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
        assert_told(&note, -1, 0);
    }
    reactor_loop_close(loop);
    signal_default(SIGCHLD);
}

static void who_was_overtaken_in_reaping_is_told_nothing_of_it(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note note;
    pid_t process = start_lasting();

    (void)state;
    note_start(&note, loop, process);
    end_process(process);
    reap(process);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    assert_told(&note, -1, 0);
    reactor_loop_close(loop);
}

/* ---- Starts and stops ---- */

static void what_is_no_child_is_refused(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note note;

    (void)state;
    note_init(&note, loop);
    assert_error(reactor_child_start(NULL, getpid()), -EINVAL);
    assert_error(reactor_child_start(&note.watch, 0), -EINVAL);
    assert_error(reactor_child_start(&note.watch, -1), -EINVAL);
    assert_error(reactor_child_start(&note.watch, INTPTR_MIN), -EINVAL);
    assert_error(reactor_child_start(&note.watch, getpid()), -ECHILD);
    assert_error(reactor_child_start(&note.watch, getppid()), -ECHILD);
    assert_error(reactor_child_start(&note.watch, 1), -ECHILD);
#if INTPTR_MAX > INT_MAX
    assert_error(reactor_child_start(&note.watch, (intptr_t)INT_MAX + 1),
                 -EINVAL);
#endif
    assert_int_equal(reactor_loop_alive(loop), 0);
    reactor_loop_close(loop);
}

static void a_refused_start_leaves_the_watch_as_it_was(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note note;
    pid_t process = start_lasting();

    (void)state;
    note_start(&note, loop, process);
    assert_error(reactor_child_start(&note.watch, getppid()), -ECHILD);
    assert_error(reactor_child_start(&note.watch, 0), -EINVAL);
    assert_int_equal(reactor_loop_alive(loop), 1);
    end_process(process);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    assert_told(&note, -1, SIGKILL);
    reactor_loop_close(loop);
}

static void a_stop_leaves_the_child_to_the_caller(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note note;
    pid_t process = start_lasting();

    (void)state;
    note_start(&note, loop, process);
    end_process(process);
    reactor_child_stop(&note.watch);
    reactor_child_stop(&note.watch);
    reactor_child_stop(NULL);
    assert_int_equal(reactor_loop_turn(loop, 0), 0);
    assert_int_equal(reactor_loop_alive(loop), 0);
    assert_int_equal(note.calls, 0);
    reap(process);
    reactor_loop_close(loop);
}

static void a_close_leaves_the_child_to_the_caller(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note note;
    pid_t process = start_lasting();

    (void)state;
    note_start(&note, loop, process);
    end_process(process);
    reactor_loop_close(loop);
    assert_int_equal(note.calls, 0);
    reap(process);
}

static void a_watch_takes_another_child_in_place_of_the_first(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note note;
    pid_t first = start_lasting();
    pid_t second = start_lasting();
    size_t handles;

    (void)state;
    note_start(&note, loop, first);
    handles = count_open_handles();
    assert_ok(reactor_child_start(&note.watch, first));
    assert_ok(reactor_child_start(&note.watch, second));
    assert_int_equal(count_open_handles(), handles);
    assert_int_equal(reactor_loop_alive(loop), 1);
    end_process(first);
    assert_int_equal(reactor_loop_turn(loop, 0), 0);
    reap(first);
    assert_ok(kill(second, SIGTERM));
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    assert_told(&note, -1, SIGTERM);
    reactor_loop_close(loop);
}

static void handles_are_closed_on_exec(void **state)
{
    size_t inheritable = count_inheritable_handles();
    struct reactor_loop *loop = open_loop();
    struct note note;
    pid_t process = start_lasting();

    (void)state;
    note_start(&note, loop, process);
    assert_int_equal(count_inheritable_handles(), inheritable);
    end_process(process);
    reactor_loop_close(loop);
    reap(process);
}

/* ---- In the callback ---- */

static void restart(struct note *note)
{
    assert_int_equal(reactor_loop_alive(note->watch.loop), 0);
    note->act = NULL;
    assert_ok(reactor_child_start(&note->watch, note->next));
}

static void a_watch_is_idle_in_its_call_and_may_start_again(void **state)
{
    struct reactor_loop *loop = open_loop();
    pid_t next = start_ending(2);
    struct note note;

    (void)state;
    wait_for_end(next); /* a signal of it, if it is told by one, is over */
    note_start(&note, loop, start_ending(1));
    note.act = restart;
    note.next = next;
    assert_int_equal(reactor_loop_run(loop), 0);
    assert_int_equal(note.calls, 2);
    assert_int_equal(note.exit_code, 2);
    reactor_loop_close(loop);
}

static void free_itself(struct note *note)
{
    free(note);
}

static void a_callback_may_free_its_watch(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note *note = malloc(sizeof(*note));

    (void)state;
    assert_non_null(note);
    note_start(note, loop, start_ending(1));
    note->act = free_itself;
    assert_int_equal(reactor_loop_run(loop), 0);
    reactor_loop_close(loop);
}

/* Its memory is gone then. */
static void stop_other(struct note *note)
{
    reactor_child_stop(&note->other->watch);
    memset(&note->other->watch, 0x5A, sizeof(note->other->watch));
}

static void a_callback_may_stop_one_that_has_ended(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note notes[2];
    pid_t processes[2];
    int i;

    (void)state;
    for (i = 0; i < 2; i++) {
        processes[i] = start_lasting();
        note_start(&notes[i], loop, processes[i]);
        notes[i].act = stop_other;
        notes[i].other = &notes[1 - i];
    }
    end_process(processes[0]);
    end_process(processes[1]);
    assert_int_equal(reactor_loop_run(loop), 0);
    assert_int_equal(notes[0].calls + notes[1].calls, 1);
    reap(processes[notes[0].calls == 1]);
    reactor_loop_close(loop);
}

static void a_callback_may_do_all_to_others(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note note;
    struct deeds deeds;
    pid_t process = start_lasting();

    (void)state;
    deeds_begin(&deeds, loop);
    note_start_deeds(&note, loop, process, &deeds);
    end_process(process);
    deeds_end(&deeds);
    reactor_loop_close(loop);
}

static void close_loop(struct note *note)
{
    reactor_loop_close(note->watch.loop);
}

static void a_callback_may_close_the_loop(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note notes[2];
    pid_t processes[2];
    int i;

    (void)state;
    for (i = 0; i < 2; i++) {
        processes[i] = start_lasting();
        note_start(&notes[i], loop, processes[i]);
        notes[i].act = close_loop;
    }
    end_process(processes[0]);
    end_process(processes[1]);
    assert_int_equal(reactor_loop_run(loop), 1);
    assert_int_equal(notes[0].calls + notes[1].calls, 1);
    reap(processes[notes[0].calls == 1]);
}

static void tell_slow(void *user_data, const char *kind, void *callback_data,
                      int64_t took_ns)
{
    (void)user_data;
    assert_string_equal(kind, "child");
    assert_true(took_ns > 1);
    ((struct note *)callback_data)->signal = -1;
}

static void a_slow_callback_is_told_as_a_child_s(void **state)
{
    struct reactor_loop_numbers numbers = {.size = sizeof(numbers)};
    struct reactor_loop_options options = REACTOR_LOOP_OPTIONS_INIT;
    struct reactor_loop *loop;
    struct note note;

    (void)state;
    options.slow_ns = 1;
    options.slow = tell_slow;
    assert_ok(reactor_loop_open(&loop, &options));
    note_start(&note, loop, start_ending(0));
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    assert_int_equal(note.signal, -1);
    assert_ok(reactor_loop_numbers(loop, &numbers));
    assert_int_equal(numbers.callbacks, 1);
    assert_int_equal(numbers.slow, 1);
    reactor_loop_close(loop);
}

/* ---- Threads and forks ---- */

static int watch_one(void *context)
{
    pid_t *process = context;
    struct reactor_loop *loop;
    struct note note;
    int error = reactor_loop_open(&loop, NULL);

    if (error != 0)
        return error;
    note_init(&note, loop);
    error = reactor_child_start(&note.watch, *process);
    if (error == 0)
        error = reactor_loop_run(loop);
    reactor_loop_close(loop);
    return error < 0 ? error : note.calls == 1 && note.signal == SIGKILL;
}

static void each_thread_is_told_of_its_own(void **state)
{
    struct thread *threads[4];
    pid_t processes[4];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(threads); i++) {
        processes[i] = start_lasting();
        threads[i] = thread_start(watch_one, &processes[i]);
    }
    for (i = 0; i < COUNT_OF(threads); i++)
        assert_ok(kill(processes[i], SIGKILL));
    for (i = 0; i < COUNT_OF(threads); i++)
        assert_int_equal(thread_join(threads[i]), 1);
}

static int watch_after_fork(void *context)
{
    struct note *note = context;
    struct reactor_loop *loop = note->watch.loop;
    pid_t process = fork();

    if (process == 0)
        _exit(5);
    CHILD_EXPECT(process > 0);
    CHILD_EXPECT(reactor_child_start(&note->watch, process) == -ECHILD);
    CHILD_EXPECT(reactor_loop_after_fork(loop) == 0);
    CHILD_EXPECT(reactor_loop_alive(loop) <= 1); /* a post */
    CHILD_EXPECT(reactor_child_start(&note->watch, note->next) == -ECHILD);
    CHILD_EXPECT(reactor_child_start(&note->watch, process) == 0);
    CHILD_EXPECT(reactor_loop_run(loop) == 0);
    CHILD_EXPECT(note->calls == 1 && note->exit_code == 5);
    reactor_loop_close(loop);
    return 0;
}

static void the_parent_s_children_are_its_own(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note note;

    (void)state;
    note_init(&note, loop);
    note.next = start_lasting();
    assert_ok(reactor_child_start(&note.watch, note.next));
    assert_child(watch_after_fork, &note);
    while (reactor_loop_turn(loop, 0) > 0)
        continue;
    assert_int_equal(note.calls, 0);
    end_process((pid_t)note.next);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    assert_told(&note, -1, SIGKILL);
    reactor_loop_close(loop);
}

static int close_inherited(void *context)
{
    struct note *note = context;

    reactor_loop_close(note->watch.loop);
    CHILD_EXPECT(note->calls == 0);
    return 0;
}

static void a_child_that_closes_leaves_the_parent_s(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note note;
    pid_t process = start_lasting();

    (void)state;
    note_start(&note, loop, process);
    assert_child(close_inherited, &note);
    end_process(process);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    assert_told(&note, -1, SIGKILL);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(an_exit_code_is_told),
        CLAIM_WITHOUT_REACTOR(a_signal_that_ends_it_is_told),
        CLAIM_WITHOUT_REACTOR(what_has_ended_before_the_start_is_told),
        CLAIM_WITHOUT_REACTOR(many_children_are_told_of_each),
        CLAIM_WITHOUT_REACTOR(all_at_once_are_told_of_each),
        CLAIM_WITHOUT_REACTOR(a_child_that_stands_still_has_not_ended),
        CLAIM_WITHOUT_REACTOR(
            who_ignores_the_end_of_children_is_told_nothing_of_it),
        CLAIM_WITHOUT_REACTOR(
            who_was_overtaken_in_reaping_is_told_nothing_of_it),
        CLAIM_WITHOUT_REACTOR(what_is_no_child_is_refused),
        CLAIM_WITHOUT_REACTOR(a_refused_start_leaves_the_watch_as_it_was),
        CLAIM_WITHOUT_REACTOR(a_stop_leaves_the_child_to_the_caller),
        CLAIM_WITHOUT_REACTOR(a_close_leaves_the_child_to_the_caller),
        CLAIM_WITHOUT_REACTOR(
            a_watch_takes_another_child_in_place_of_the_first),
        CLAIM_WITHOUT_REACTOR(handles_are_closed_on_exec),
        CLAIM_WITHOUT_REACTOR(a_watch_is_idle_in_its_call_and_may_start_again),
        CLAIM_WITHOUT_REACTOR(a_callback_may_free_its_watch),
        CLAIM_WITHOUT_REACTOR(a_callback_may_stop_one_that_has_ended),
        CLAIM_WITHOUT_REACTOR(a_callback_may_close_the_loop),
        CLAIM_WITHOUT_REACTOR(a_callback_may_do_all_to_others),
        CLAIM_WITHOUT_REACTOR(a_slow_callback_is_told_as_a_child_s),
        CLAIM_WITHOUT_REACTOR(each_thread_is_told_of_its_own),
        CLAIM_WITHOUT_REACTOR(the_parent_s_children_are_its_own),
        CLAIM_WITHOUT_REACTOR(a_child_that_closes_leaves_the_parent_s),
    };

    return run_claims(claims);
}
