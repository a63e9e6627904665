/* SPDX-License-Identifier: MIT */
/* In a process of its own. */
#include "fault/run.h"

#include "support/expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* No scenario opens more, and what is open is counted often. */
#define HANDLES_MAX 1400

/* Each may take as long as patience. */
const unsigned failures_max = 5;

static FILE *output; /* of a child; shown if it fails */

static void limit_handles_to(rlim_t count)
{
    struct rlimit limit;

    assert_ok(getrlimit(RLIMIT_NOFILE, &limit));
    if (limit.rlim_cur > count)
        limit.rlim_cur = count;
    assert_ok(setrlimit(RLIMIT_NOFILE, &limit));
}

void prepare_runs(void)
{
    output = tmpfile();
    assert_non_null(output);
    limit_handles_to(HANDLES_MAX);
}

static int run_in_child(int (*run)(void))
{
    alarm(2 * PATIENCE_MS / 1000);
    dup2(fileno(output), STDOUT_FILENO);
    dup2(fileno(output), STDERR_FILENO);
    return run();
}

static int status_of(pid_t child)
{
    int status = -1;

    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

static void show_output(int status)
{
    int character;

    printf("status 0x%x\n", (unsigned)status);
    rewind(output);
    while ((character = getc(output)) != EOF)
        putchar(character);
}

int run_apart(int (*run)(void), void (*introduce)(void))
{
    pid_t child;
    int status;

    rewind(output);
    if (ftruncate(fileno(output), 0) != 0)
        perror("ftruncate");
    fflush(stdout);
    child = fork();
    if (child == 0)
        exit(run_in_child(run));
    status = child > 0 ? status_of(child) : -1;
    if (status != 0) {
        introduce();
        show_output(status);
    }
    return status;
}
