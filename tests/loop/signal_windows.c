/* SPDX-License-Identifier: MIT */
/*
 * The console's events as signals. They go to all processes of a console, so
 * the program starts itself once more in a console of its own.
 */
#include "support/loops.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <windows.h>

struct tally {
    struct reactor_signal watch;
    uint64_t count;
    int number;
};

static void note(void *user_data, int number, uint64_t count)
{
    struct tally *tally = user_data;

    tally->count += count;
    tally->number = number;
}

static void tally_start(struct tally *tally, struct reactor_loop *loop,
                        int number)
{
    *tally = (struct tally){.count = 0};
    reactor_signal_init(&tally->watch, loop, note, tally);
    assert_ok(reactor_signal_start(&tally->watch, number));
}

static unsigned former_calls_expected;
static _Atomic unsigned former_calls;

static BOOL WINAPI former(DWORD event)
{
    (void)event;
    atomic_fetch_add(&former_calls, 1);
    return TRUE;
}

static void wait_for_former(unsigned calls)
{
    while (atomic_load(&former_calls) < calls)
        SwitchToThread();
}

/* Wine has no Ctrl-Break. */
static void need_event(DWORD event)
{
    assert_true(SetConsoleCtrlHandler(former, TRUE));
    if (!GenerateConsoleCtrlEvent(event, 0)) {
        assert_true(SetConsoleCtrlHandler(former, FALSE));
        skip_because("the console can't send this event");
    }
    wait_for_former(++former_calls_expected);
    assert_true(SetConsoleCtrlHandler(former, FALSE));
}

static void send_event(DWORD event)
{
    assert_true(GenerateConsoleCtrlEvent(event, 0));
}

static void an_event_is_told_as_its_signal(DWORD event, int number)
{
    struct reactor_loop *loops[2];
    struct tally tallies[2];
    int i;

    need_event(event);
    for (i = 0; i < 2; i++)
        loops[i] = open_loop();
    for (i = 0; i < 2; i++)
        tally_start(&tallies[i], loops[i], number);
    send_event(event);
    for (i = 0; i < 2; i++) {
        assert_int_equal(reactor_loop_turn(loops[i], PATIENCE_NS), 1);
        assert_int_equal(tallies[i].number, number);
        assert_int_equal(tallies[i].count, 1);
        reactor_loop_close(loops[i]);
    }
}

static void ctrl_c_is_told(void **state)
{
    (void)state;
    an_event_is_told_as_its_signal(CTRL_C_EVENT, SIGINT);
}

static void ctrl_break_is_told(void **state)
{
    (void)state;
    an_event_is_told_as_its_signal(CTRL_BREAK_EVENT, SIGBREAK);
}

static void what_is_not_watched_goes_where_it_went_before(void **state)
{
    struct reactor_loop *loop;
    struct tally other;
    struct tally tally;

    (void)state;
    need_event(CTRL_C_EVENT);
    loop = open_loop();
    assert_true(SetConsoleCtrlHandler(former, TRUE));
    tally_start(&tally, loop, SIGINT);
    tally_start(&other, loop, SIGTERM);
    send_event(CTRL_C_EVENT);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    assert_int_equal(atomic_load(&former_calls), former_calls_expected);
    reactor_signal_stop(&tally.watch);
    send_event(CTRL_C_EVENT);
    wait_for_former(++former_calls_expected);
    reactor_signal_stop(&other.watch);
    send_event(CTRL_C_EVENT);
    wait_for_former(++former_calls_expected);
    assert_int_equal(tally.count, 1);
    assert_int_equal(other.count, 0);
    reactor_loop_close(loop);
    assert_true(SetConsoleCtrlHandler(former, FALSE));
}

static void what_can_t_be_watched_is_refused(void **state)
{
    static const int numbers[] = {SIGSEGV, SIGFPE, SIGILL, SIGABRT,
                                  0,       -1,     NSIG};
    struct reactor_loop *loop = open_loop();
    struct tally tally;
    size_t i;

    (void)state;
    tally_start(&tally, loop, SIGTERM);
    for (i = 0; i < COUNT_OF(numbers); i++)
        assert_error(reactor_signal_start(&tally.watch, numbers[i]), -EINVAL);
    assert_int_equal(reactor_loop_alive(loop), 1);
    reactor_loop_close(loop);
}

static int run_in_own_console(void)
{
    STARTUPINFOA start = {.cb = sizeof(start)};
    PROCESS_INFORMATION process;
    char path[MAX_PATH];
    char line[MAX_PATH + 8];
    DWORD code = 1;

    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    start.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    start.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    GetModuleFileNameA(NULL, path, sizeof(path));
    (void)snprintf(line, sizeof(line), "\"%s\" run", path);
    if (!CreateProcessA(NULL, line, NULL, NULL, TRUE,
                        CREATE_NEW_CONSOLE | CREATE_NO_WINDOW, NULL, NULL,
                        &start, &process))
        return 1;
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    return (int)code;
}

int main(int count, char **arguments)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(ctrl_c_is_told),
        CLAIM_WITHOUT_REACTOR(ctrl_break_is_told),
        CLAIM_WITHOUT_REACTOR(what_is_not_watched_goes_where_it_went_before),
        CLAIM_WITHOUT_REACTOR(what_can_t_be_watched_is_refused),
    };

    (void)arguments;
    if (count < 2)
        return run_in_own_console();
    SetConsoleCtrlHandler(NULL, FALSE); /* Ctrl-C may be off by inheritance */
    return run_claims(claims);
}
