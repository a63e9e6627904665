/* SPDX-License-Identifier: MIT */
#include "examples/program.h"

#include <windows.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KILLED = 99, PIPE_BYTES = 1 << 20 };

static HANDLE running; /* NULL: none */

/* What is passed on is the child's; the other end stays here. */
static void open_pipe(HANDLE *reader, HANDLE *writer, HANDLE *own)
{
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};

    assert_true(CreatePipe(reader, writer, &inherited, PIPE_BYTES));
    assert_true(SetHandleInformation(*own, HANDLE_FLAG_INHERIT, 0));
}

static void append_word(char *line, size_t room, const char *word)
{
    size_t length = strlen(line);

    assert_true((size_t)snprintf(line + length, room - length, "\"%s\" ",
                                 word) < room - length);
}

void program_start(struct program *program, const struct program_setup *setup)
{
    PROCESS_INFORMATION process;
    STARTUPINFOA start = {.cb = sizeof start};
    HANDLE input, output;
    char line[1024] = "";
    DWORD flags = 0;

    *program = (struct program){0};
    open_pipe(&input, &program->input, &program->input);
    open_pipe(&program->output, &output, &program->output);
    start.dwFlags = STARTF_USESTDHANDLES;
    start.hStdInput = input;
    start.hStdOutput = start.hStdError = output;
    append_word(line, sizeof line, setup->path);
    for (size_t i = 0; i < 8 && setup->arguments[i] != NULL; i++)
        append_word(line, sizeof line, setup->arguments[i]);
    if (setup->variable != NULL)
        assert_int_equal(_putenv(setup->variable), 0);
    SetConsoleCtrlHandler(NULL, FALSE); /* Ctrl-C may be off by inheritance */
    if (setup->has_terminal)
        flags = CREATE_NEW_CONSOLE | CREATE_NO_WINDOW;
    assert_true(CreateProcessA(NULL, line, NULL, NULL, TRUE, flags, NULL, NULL,
                               &start, &process));
    CloseHandle(process.hThread);
    CloseHandle(input);
    CloseHandle(output);
    running = program->id = process.hProcess;
}

/* Carriage returns are left out. ctest ends whoever waits for ever. */
bool program_read(struct program *program)
{
    char bytes[4096];
    DWORD count;

    if (!ReadFile(program->output, bytes, sizeof bytes, &count, NULL))
        return false;
    for (DWORD i = 0; i < count; i++)
        if (bytes[i] != '\r')
            program_append(program, &bytes[i], 1);
    return true;
}

/* Not more than the pipes hold. */
void program_write(struct program *program, const char *bytes, size_t size)
{
    DWORD count;

    assert_true(WriteFile(program->input, bytes, (DWORD)size, &count, NULL));
    assert_int_equal(count, size);
}

void program_end_input(struct program *program)
{
    CloseHandle(program->input);
    program->input = NULL;
}

static BOOL WINAPI ignore(DWORD event)
{
    (void)event;
    return TRUE;
}

/* Ctrl-C, in the console of the program, which is for a moment that of the test
   as well. */
void program_signal(struct program *program, int number)
{
    assert_int_equal(number, SIGINT);
    SetConsoleCtrlHandler(ignore, TRUE);
    FreeConsole();
    assert_true(AttachConsole(GetProcessId(program->id)));
    assert_true(GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0));
    FreeConsole();
}

int program_finish(struct program *program)
{
    DWORD status;

    while (program_read(program))
        continue;
    if (program->input != NULL)
        CloseHandle(program->input);
    CloseHandle(program->output);
    assert_int_equal(WaitForSingleObject(program->id, PROGRAM_PATIENCE_MS),
                     WAIT_OBJECT_0);
    assert_true(GetExitCodeProcess(program->id, &status));
    CloseHandle(program->id);
    running = program->id = NULL;
    return (int)status;
}

void program_kill(struct program *program)
{
    assert_true(TerminateProcess(program->id, KILLED));
    assert_int_equal(program_finish(program), KILLED);
    program_free(program);
}

unsigned program_peak_kib(const struct program *program)
{
    (void)program;
    return 0;
}

int program_abandon_all(void **state)
{
    (void)state;
    if (running != NULL)
        TerminateProcess(running, KILLED);
    running = NULL;
    return 0;
}
