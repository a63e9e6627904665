/* SPDX-License-Identifier: MIT */
/* Signals and children of the loop. */
#include "fault/scenario.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE_NS (INT64_C(1000000) * PATIENCE_MS)

/* Where a wake fails, what it was for is told when the loop comes round. */
#define ROUND_NS INT64_C(20000000)

/* ---- Signals ---- */

static unsigned told[NSIG];

static void note_signal(void *user_data, int number, uint64_t count)
{
    (void)user_data;
    told[number] += (unsigned)count;
}

static bool is_default(int number)
{
    struct sigaction now;

    assert_ok(sigaction(number, NULL, &now));
    return now.sa_handler == SIG_DFL;
}

static void signals(void)
{
    struct reactor_loop *loop = open_one_loop();
    struct reactor_signal first;
    struct reactor_signal second;
    bool has_stayed;

    reactor_signal_init(&first, loop, note_signal, NULL);
    reactor_signal_init(&second, loop, note_signal, NULL);
    TRY_OK(reactor_signal_start(&first, SIGUSR1));
    TRY_OK(reactor_signal_start(&second, SIGUSR1));
    assert_ok(raise(SIGUSR1));
    assert_int_equal(TRY(reactor_loop_turn(loop, PATIENCE_NS)), 2);
    assert_int_equal(told[SIGUSR1], 2);

    TRY_OK(reactor_signal_start(&second, SIGUSR2));
    assert_ok(raise(SIGUSR1));
    assert_ok(raise(SIGUSR2));
    assert_int_equal(TRY(reactor_loop_turn(loop, PATIENCE_NS)), 2);
    assert_int_equal(told[SIGUSR1], 3);
    assert_int_equal(told[SIGUSR2], 1);

    reactor_signal_stop(&first);
    has_stayed = !is_default(SIGUSR1);
    assert_true(!has_stayed || point.call == FAULT_sigaction);
    TRY_OK(reactor_signal_start(&first, SIGUSR1));
    assert_false(is_default(SIGUSR1));
    reactor_loop_close(loop);
    assert_true((is_default(SIGUSR1) && is_default(SIGUSR2)) ||
                (point.call == FAULT_sigaction && !has_stayed));
}

/* ---- Children ---- */

static unsigned ends;
static int last_exit_code;

static void note_end(void *user_data, int exit_code, int signal)
{
    (void)user_data;
    assert_int_equal(signal, 0);
    last_exit_code = exit_code;
    ends++;
}

/* Ends when it is told to. */
static pid_t start_process(int exit_code, int *until)
{
    int ends_of_pipe[2];
    pid_t process;
    char byte;

    assert_ok(pipe(ends_of_pipe));
    process = fork();
    assert_true(process >= 0);
    if (process == 0) {
        close(ends_of_pipe[1]);
        (void)!read(ends_of_pipe[0], &byte, 1);
        _exit(exit_code);
    }
    close(ends_of_pipe[0]);
    *until = ends_of_pipe[1];
    return process;
}

static void let_end(int until)
{
    assert_int_equal(write(until, "", 1), 1);
    assert_ok(close(until));
}

/* A kernel that denies that there is such a child has not reaped it. */
static void expect_end(int exit_code, pid_t process)
{
    if (last_exit_code == exit_code)
        return;
    assert_int_equal(point.call, FAULT_waitid);
    assert_int_equal(last_exit_code, -1);
    assert_int_equal(waitpid(process, NULL, 0), process);
}

static void tell_end(struct reactor_loop *loop, int exit_code, pid_t process,
                     int until)
{
    unsigned before = ends;

    let_end(until);
    while (ends == before)
        assert_true(TRY(reactor_loop_turn(loop, ROUND_NS)) >= 0);
    expect_end(exit_code, process);
}

static void children(void)
{
    struct reactor_loop *loop = open_one_loop();
    struct reactor_child child;
    pid_t processes[3];
    int until[3];
    int i;

    reactor_child_init(&child, loop, note_end, NULL);
    for (i = 0; i < 3; i++)
        processes[i] = start_process(i + 1, &until[i]);
    TRY_OK(reactor_child_start(&child, processes[0]));
    TRY_OK(reactor_child_start(&child, processes[1]));
    tell_end(loop, 2, processes[1], until[1]);
    TRY_OK(reactor_child_start(&child, processes[2]));
    tell_end(loop, 3, processes[2], until[2]);
    TRY_OK(reactor_child_start(&child, processes[0]));
    reactor_child_stop(&child);
    reactor_loop_close(loop);
    let_end(until[0]);
    assert_int_equal(waitpid(processes[0], NULL, 0), processes[0]);
    assert_int_equal(ends, 2);
}

static void children_without_handles(void)
{
    fault_deny(FAULT_syscall, ENOSYS);
    children();
}

const struct scenario scenarios[] = {
    SCENARIO(signals),
    SCENARIO(children),
    SCENARIO(children_without_handles),
};

const size_t scenario_count = COUNT_OF(scenarios);
