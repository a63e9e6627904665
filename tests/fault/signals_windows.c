/* SPDX-License-Identifier: MIT */
/* Processes and the console's events. */
#include "fault/scenario.h"

#include <signal.h>
#include <windows.h>

/* Where a wake fails, what it was for is told when the loop comes round. */
#define ROUND_NS INT64_C(20000000)

static void ignore_signal(void *user_data, int number, uint64_t count)
{
    (void)user_data;
    (void)number;
    (void)count;
}

static void signals(void)
{
    struct reactor_loop *loop = open_one_loop();
    struct reactor_signal signal;

    reactor_signal_init(&signal, loop, ignore_signal, NULL);
    TRY_OK(reactor_signal_start(&signal, SIGINT));
    TRY_OK(reactor_signal_start(&signal, SIGTERM));
    reactor_signal_stop(&signal);
    TRY_OK(reactor_signal_start(&signal, SIGBREAK));
    assert_int_equal(reactor_loop_alive(loop), 1);
    reactor_loop_close(loop);
}

/*
 * As long as there is something to wait for, the system's thread that does it
 * stays, and with it what handles that has.
 */
__attribute__((constructor)) static void keep_waiting(void)
{
    HANDLE wait;

    (void)RegisterWaitForSingleObject(&wait,
                                      CreateEventA(NULL, TRUE, FALSE, NULL),
                                      NULL, NULL, INFINITE, WT_EXECUTEONLYONCE);
}

static int last_exit_code;

static void note_end(void *user_data, int exit_code, int signal)
{
    (void)user_data;
    (void)signal;
    last_exit_code = exit_code;
}

/* Any process will do that has just ended: this program, suspended so far. */
static HANDLE start_process(void)
{
    STARTUPINFOA start = {.cb = sizeof(start)};
    PROCESS_INFORMATION process;
    char path[MAX_PATH];

    assert_true(GetModuleFileNameA(NULL, path, sizeof(path)) < sizeof(path));
    assert_true(CreateProcessA(path, NULL, NULL, NULL, FALSE, CREATE_SUSPENDED,
                               NULL, NULL, &start, &process));
    CloseHandle(process.hThread);
    return process.hProcess;
}

static void processes(void)
{
    struct reactor_loop *loop = open_one_loop();
    HANDLE process = start_process();
    struct reactor_child child;

    reactor_child_init(&child, loop, note_end, NULL);
    TRY_OK(reactor_child_start(&child, (intptr_t)process));
    TRY_OK(reactor_child_start(&child, (intptr_t)process));
    last_exit_code = 0;
    assert_true(TerminateProcess(process, 77));
    while (last_exit_code == 0)
        assert_true(TRY(reactor_loop_turn(loop, ROUND_NS)) >= 0);
    assert_true(last_exit_code == 77 || point.call == FAULT_GetExitCodeProcess);
    reactor_loop_close(loop);
    CloseHandle(process);
}

const struct scenario scenarios[] = {
    SCENARIO(signals),
    SCENARIO(processes),
};

const size_t scenario_count = COUNT_OF(scenarios);
