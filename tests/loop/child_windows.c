/* SPDX-License-Identifier: MIT */
/*
 * The end of a process, by its handle. The program starts itself. Handles are
 * not counted: the system's thread pool opens and closes some when it likes.
 */
#include "support/allocator.h"
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"
#include "support/thread.h"

#include <reactor/loop.h>

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define PATIENCE_NS (INT64_C(1000000) * PATIENCE_MS)
#define KILLED      77

static struct reactor_loop *open_loop(void)
{
    struct reactor_loop *loop = NULL;

    assert_ok(reactor_loop_open(&loop, NULL));
    return loop;
}

/* ---- Processes ---- */

static HANDLE start_process(const char *argument)
{
    STARTUPINFOA start = {.cb = sizeof(start)};
    PROCESS_INFORMATION process;
    char path[MAX_PATH];
    char line[MAX_PATH + 40];

    assert_true(GetModuleFileNameA(NULL, path, sizeof(path)) < sizeof(path));
    (void)snprintf(line, sizeof(line), "\"%s\" %s", path, argument);
    assert_true(CreateProcessA(NULL, line, NULL, NULL, FALSE, 0, NULL, NULL,
                               &start, &process));
    CloseHandle(process.hThread);
    return process.hProcess;
}

static HANDLE start_lasting(void)
{
    return start_process("last");
}

static void end_process(HANDLE process)
{
    assert_true(TerminateProcess(process, KILLED));
    assert_int_equal(WaitForSingleObject(process, INFINITE), WAIT_OBJECT_0);
}

static int be_process(const char *argument)
{
    if (strcmp(argument, "last") == 0)
        Sleep(4 * PATIENCE_MS);
    return atoi(argument);
}

/* ---- A watch that notes its call ---- */

struct note {
    struct reactor_child watch;
    unsigned calls;
    int exit_code;
    int signal;
    void (*act)(struct note *note);
    struct note *other;
};

static void take_note(void *user_data, int exit_code, int signal)
{
    struct note *note = user_data;

    note->calls++;
    note->exit_code = exit_code;
    note->signal = signal;
    if (note->act != NULL)
        note->act(note);
}

static void note_start(struct note *note, struct reactor_loop *loop,
                       HANDLE process)
{
    memset(note, 0, sizeof(*note));
    reactor_child_init(&note->watch, loop, take_note, note);
    assert_ok(reactor_child_start(&note->watch, (intptr_t)process));
}

static void assert_told(const struct note *note, int exit_code)
{
    assert_int_equal(note->calls, 1);
    assert_int_equal(note->exit_code, exit_code);
    assert_int_equal(note->signal, 0);
}

/* ---- Claims ---- */

static void an_exit_code_is_told(void **state)
{
    struct reactor_loop *loop = open_loop();
    HANDLE process = start_process("23");
    struct note note;

    (void)state;
    note_start(&note, loop, process);
    assert_int_equal(reactor_loop_run(loop), 0);
    assert_told(&note, 23);
    assert_true(CloseHandle(process));
    reactor_loop_close(loop);
}

static void what_has_ended_before_the_start_is_told(void **state)
{
    struct reactor_loop *loop = open_loop();
    HANDLE process = start_lasting();
    struct note note;

    (void)state;
    end_process(process);
    note_start(&note, loop, process);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    assert_told(&note, KILLED);
    CloseHandle(process);
    reactor_loop_close(loop);
}

#define MANY 70 /* more than one thread can wait for */

static void many_are_told_of_each(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note notes[MANY];
    HANDLE processes[MANY];
    int i;

    (void)state;
    for (i = 0; i < MANY; i++) {
        processes[i] = start_lasting();
        note_start(&notes[i], loop, processes[i]);
    }
    assert_int_equal(reactor_loop_alive(loop), MANY);
    for (i = 0; i < MANY; i++)
        end_process(processes[i]);
    assert_int_equal(reactor_loop_run(loop), 0);
    for (i = 0; i < MANY; i++) {
        assert_told(&notes[i], KILLED);
        CloseHandle(processes[i]);
    }
    reactor_loop_close(loop);
}

static void what_is_no_process_is_refused(void **state)
{
    HANDLE event = CreateEventA(NULL, TRUE, FALSE, NULL);
    struct reactor_loop *loop = open_loop();
    HANDLE process = start_lasting();
    struct note note;

    (void)state;
    note_start(&note, loop, process);
    assert_error(reactor_child_start(NULL, (intptr_t)process), -EINVAL);
    assert_error(reactor_child_start(&note.watch, 0), -EINVAL);
    assert_error(reactor_child_start(&note.watch, -1), -EINVAL);
    assert_error(reactor_child_start(&note.watch, (intptr_t)event), -EINVAL);
    assert_int_equal(reactor_loop_alive(loop), 1);
    end_process(process);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    assert_told(&note, KILLED);
    CloseHandle(process);
    CloseHandle(event);
    reactor_loop_close(loop);
}

static void a_stopped_watch_is_not_called(void **state)
{
    struct reactor_loop *loop = open_loop();
    HANDLE process = start_lasting();
    struct note note;

    (void)state;
    note_start(&note, loop, process);
    end_process(process);
    reactor_child_stop(&note.watch);
    assert_int_equal(reactor_loop_turn(loop, 0), 0);
    assert_int_equal(note.calls, 0);
    CloseHandle(process);
    reactor_loop_close(loop);
}

static void a_watch_takes_another_process_in_place_of_the_first(void **state)
{
    struct reactor_loop *loop = open_loop();
    HANDLE first = start_lasting();
    HANDLE second = start_lasting();
    struct note note;

    (void)state;
    note_start(&note, loop, first);
    assert_ok(reactor_child_start(&note.watch, (intptr_t)second));
    assert_int_equal(reactor_loop_alive(loop), 1);
    end_process(first);
    assert_int_equal(reactor_loop_turn(loop, 0), 0);
    end_process(second);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    assert_told(&note, KILLED);
    CloseHandle(first);
    CloseHandle(second);
    reactor_loop_close(loop);
}

static void stop_other(struct note *note)
{
    reactor_child_stop(&note->other->watch);
}

static void a_callback_may_stop_one_that_has_ended(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note notes[2];
    HANDLE processes[2];
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
    CloseHandle(processes[0]);
    CloseHandle(processes[1]);
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
    HANDLE process = start_process("0");

    (void)state;
    assert_non_null(note);
    note_start(note, loop, process);
    note->act = free_itself;
    assert_int_equal(reactor_loop_run(loop), 0);
    CloseHandle(process);
    reactor_loop_close(loop);
}

static void a_loop_may_be_closed_while_processes_end(void **state)
{
    struct note notes[8];
    HANDLE processes[COUNT_OF(notes)];
    struct reactor_loop *loop = open_loop();
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(notes); i++) {
        processes[i] = start_lasting();
        note_start(&notes[i], loop, processes[i]);
    }
    for (i = 0; i < COUNT_OF(notes); i++)
        assert_true(TerminateProcess(processes[i], KILLED));
    reactor_loop_close(loop);
    for (i = 0; i < COUNT_OF(notes); i++) {
        assert_int_equal(notes[i].calls, 0);
        end_process(processes[i]);
        CloseHandle(processes[i]);
    }
}

static size_t allocations_before;

static int begin(void **state)
{
    (void)state;
    allocations_before = live_allocations();
    return 0;
}

static int end(void **state)
{
    (void)state;
    assert_int_equal(live_allocations(), allocations_before);
    return 0;
}

#define CLAIM_ABOUT_MEMORY(function)                                           \
    cmocka_unit_test_setup_teardown(function, begin, end)

int main(int count, char **arguments)
{
    const struct CMUnitTest claims[] = {
        CLAIM_ABOUT_MEMORY(an_exit_code_is_told),
        CLAIM_ABOUT_MEMORY(what_has_ended_before_the_start_is_told),
        CLAIM_ABOUT_MEMORY(many_are_told_of_each),
        CLAIM_ABOUT_MEMORY(what_is_no_process_is_refused),
        CLAIM_ABOUT_MEMORY(a_stopped_watch_is_not_called),
        CLAIM_ABOUT_MEMORY(a_watch_takes_another_process_in_place_of_the_first),
        CLAIM_ABOUT_MEMORY(a_callback_may_stop_one_that_has_ended),
        CLAIM_ABOUT_MEMORY(a_callback_may_free_its_watch),
        CLAIM_ABOUT_MEMORY(a_loop_may_be_closed_while_processes_end),
    };

    return count > 1 ? be_process(arguments[1]) : run_claims(claims);
}
