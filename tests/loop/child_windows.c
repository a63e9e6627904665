/* SPDX-License-Identifier: MIT */
/*
 * The end of a process, by its handle. The program starts itself. Handles are
 * not counted: the system's thread pool opens and closes some when it likes.
 */
#include "loop/children.h"
#include "support/allocator.h"
#include "support/thread.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

#define KILLED 77

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

/* ---- Claims ---- */

static void an_exit_code_is_told(void **state)
{
    struct reactor_loop *loop = open_loop();
    HANDLE process = start_process("23");
    struct note note;

    (void)state;
    note_start(&note, loop, (intptr_t)process);
    assert_int_equal(reactor_loop_run(loop), 0);
    assert_told(&note, 23, 0);
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
    note_start(&note, loop, (intptr_t)process);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    assert_told(&note, KILLED, 0);
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
        note_start(&notes[i], loop, (intptr_t)processes[i]);
    }
    assert_int_equal(reactor_loop_alive(loop), MANY);
    for (i = 0; i < MANY; i++)
        end_process(processes[i]);
    assert_int_equal(reactor_loop_run(loop), 0);
    for (i = 0; i < MANY; i++) {
        assert_told(&notes[i], KILLED, 0);
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
    note_start(&note, loop, (intptr_t)process);
    assert_error(reactor_child_start(NULL, (intptr_t)process), -EINVAL);
    assert_error(reactor_child_start(&note.watch, 0), -EINVAL);
    assert_error(reactor_child_start(&note.watch, -1), -EINVAL);
    assert_error(reactor_child_start(&note.watch, (intptr_t)event), -EINVAL);
    assert_int_equal(reactor_loop_alive(loop), 1);
    end_process(process);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    assert_told(&note, KILLED, 0);
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
    note_start(&note, loop, (intptr_t)process);
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
    note_start(&note, loop, (intptr_t)first);
    assert_ok(reactor_child_start(&note.watch, (intptr_t)second));
    assert_int_equal(reactor_loop_alive(loop), 1);
    end_process(first);
    assert_int_equal(reactor_loop_turn(loop, 0), 0);
    end_process(second);
    assert_int_equal(reactor_loop_turn(loop, PATIENCE_NS), 1);
    assert_told(&note, KILLED, 0);
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
        note_start(&notes[i], loop, (intptr_t)processes[i]);
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
    note_start(note, loop, (intptr_t)process);
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
        note_start(&notes[i], loop, (intptr_t)processes[i]);
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

static void a_callback_may_do_all_to_others(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct note note;
    struct deeds deeds;
    HANDLE process = start_lasting();

    (void)state;
    deeds_begin(&deeds, loop);
    note_start_deeds(&note, loop, (intptr_t)process, &deeds);
    end_process(process);
    deeds_end(&deeds);
    CloseHandle(process);
    reactor_loop_close(loop);
}

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
        CLAIM_ABOUT_MEMORY(a_callback_may_do_all_to_others),
        CLAIM_ABOUT_MEMORY(a_loop_may_be_closed_while_processes_end),
    };

    return count > 1 ? be_process(arguments[1]) : run_claims(claims);
}
