/* SPDX-License-Identifier: MIT */
#include "examples/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_PROGRAMS = 4, CANNOT_EXECUTE = 127 };

static pid_t running[MOST_PROGRAMS]; /* 0: none */

static void replace_running(pid_t old, pid_t replacement)
{
    for (size_t i = 0; i < MOST_PROGRAMS; i++) {
        if (running[i] == old) {
            running[i] = replacement;
            return;
        }
    }
    fail_msg("more than %d programs", MOST_PROGRAMS);
}

static void become(const struct program_setup *setup, int input, int output)
{
    char *arguments[10] = {strdup(setup->path)};

    for (size_t i = 0; i < 8 && setup->arguments[i] != NULL; i++)
        arguments[i + 1] = strdup(setup->arguments[i]);
    if (setup->variable != NULL)
        putenv(strdup(setup->variable));
    if (setup->handles > 0) {
        struct rlimit limit;

        getrlimit(RLIMIT_NOFILE, &limit);
        limit.rlim_cur = (rlim_t)setup->handles;
        if (!setup->may_raise_limit)
            limit.rlim_max = limit.rlim_cur;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    signal(SIGPIPE, SIG_DFL);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    execv(setup->path, arguments);
    _exit(CANNOT_EXECUTE);
}

/* What is passed on is the child's two; all are closed by its exec(). */
static int until_exec(int handle)
{
    assert_true(handle >= 0);
    assert_int_equal(fcntl(handle, F_SETFD, FD_CLOEXEC), 0);
    return handle;
}

static void open_pipe(int ends[2])
{
    assert_int_equal(pipe(ends), 0);
    until_exec(ends[0]);
    until_exec(ends[1]);
}

static void open_terminal(int input[2], int output[2])
{
    int mine = until_exec(posix_openpt(O_RDWR | O_NOCTTY)), theirs;

    assert_int_equal(grantpt(mine), 0);
    assert_int_equal(unlockpt(mine), 0);
    theirs = until_exec(open(ptsname(mine), O_RDWR | O_NOCTTY));
    input[0] = theirs;
    input[1] = mine;
    output[0] = until_exec(dup(mine));
    output[1] = until_exec(dup(theirs));
}

void program_start(struct program *program, const struct program_setup *setup)
{
    int input[2], output[2];

    signal(SIGPIPE, SIG_IGN);
    *program = (struct program){.input = -1, .output = -1};
    if (setup->has_terminal) {
        open_terminal(input, output);
    } else {
        open_pipe(input);
        open_pipe(output);
    }
    fflush(NULL);
    program->id = fork();
    assert_true(program->id >= 0);
    if (program->id == 0)
        become(setup, input[0], output[1]);
    close(input[0]);
    close(output[1]);
    program->input = input[1];
    program->output = output[0];
    fcntl(program->input, F_SETFL, O_NONBLOCK);
    replace_running(0, program->id);
}

static bool await_ready(struct program *program, bool for_writing)
{
    struct pollfd handles[] = {
        {.fd = program->output, .events = POLLIN},
        {.fd = for_writing ? program->input : -1, .events = POLLOUT},
    };

    if (poll(handles, 2, PROGRAM_PATIENCE_MS) == 0)
        fail_msg("no sign of life; so far:\n%s", program->text);
    return handles[0].revents != 0;
}

/* Returns whether there may be more. */
static bool read_more(struct program *program)
{
    char bytes[4096];
    ssize_t count = read(program->output, bytes, sizeof bytes);

    if (count <= 0) /* a terminal ends with EIO */
        return count < 0 && errno == EINTR;
    program_append(program, bytes, (size_t)count);
    return true;
}

bool program_read(struct program *program)
{
    await_ready(program, false);
    return read_more(program);
}

void program_write(struct program *program, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t count;

        if (await_ready(program, true))
            assert_true(read_more(program));
        count = write(program->input, bytes, size);
        if (count < 0 && errno == EAGAIN)
            continue;
        assert_true(count >= 0);
        bytes += count;
        size -= (size_t)count;
    }
}

void program_end_input(struct program *program)
{
    close(program->input);
    program->input = -1;
}

void program_signal(struct program *program, int number)
{
    assert_int_equal(kill(program->id, number), 0);
}

static int reap(struct program *program)
{
    int status = 0;

    if (program->input >= 0)
        close(program->input);
    close(program->output);
    assert_int_equal(waitpid(program->id, &status, 0), program->id);
    replace_running(program->id, 0);
    program->id = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int program_finish(struct program *program)
{
    while (program_read(program))
        continue;
    return reap(program);
}

void program_kill(struct program *program)
{
    program_signal(program, SIGKILL);
    assert_int_equal(program_finish(program), -SIGKILL);
    program_free(program);
}

unsigned program_peak_kib(const struct program *program)
{
    char path[64], line[256];
    unsigned kib = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%ld/status", (long)program->id);
    file = fopen(path, "r");
    if (file == NULL)
        return 0;
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = (unsigned)strtoul(line + 6, NULL, 10);
    fclose(file);
    return kib;
}

int program_abandon_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < MOST_PROGRAMS; i++) {
        if (running[i] > 0) {
            kill(running[i], SIGKILL);
            waitpid(running[i], NULL, 0);
            running[i] = 0;
        }
    }
    return 0;
}
