/* SPDX-License-Identifier: MIT */
#include "support/process.h"

#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* _exit() leaves out what the compiler's runtime writes at the end. */
#ifdef LIBREACTOR_COVERAGE
void __gcov_dump(void);
#define WRITE_COVERAGE() __gcov_dump()
#else
#define WRITE_COVERAGE() ((void)0)
#endif

static struct rlimit limit_before;

/* The line number does not fit an exit status: it goes to standard error. */
static void report_line(int line)
{
    char text[] = "child: line 00000\n";
    size_t end = sizeof(text) - 3;

    for (; line > 0; line /= 10)
        text[end--] = (char)('0' + line % 10);
    (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
}

pid_t child_start(int (*run)(void *context), void *context)
{
    pid_t child = fork();
    int line;

    if (child != 0)
        return child;
    alarm(PATIENCE_MS / 1000); /* its default action ends the child */
    line = run(context);
    if (line != 0)
        report_line(line);
    WRITE_COVERAGE();
    _exit(line != 0);
}

int child_finish(pid_t child)
{
    int status = 0;
    pid_t ended;

    do
        ended = waitpid(child, &status, 0);
    while (ended < 0 && errno == EINTR);
    return ended == child && WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* Its end is only looked at: child_finish() has to find it. */
bool child_stop(pid_t child)
{
    siginfo_t info;

    assert_ok(kill(child, SIGSTOP));
    assert_ok(waitid(P_PID, (id_t)child, &info, WSTOPPED | WEXITED | WNOWAIT));
    return info.si_code == CLD_STOPPED;
}

void child_continue(pid_t child)
{
    assert_ok(kill(child, SIGCONT));
}

void assert_child(int (*run)(void *context), void *context)
{
    pid_t child = child_start(run, context);

    assert_true(child > 0);
    assert_ok(child_finish(child));
}

/* New handles get the lowest free numbers: the limit is the first to refuse. */
void limit_handles(size_t count)
{
    int number = 0;

    while (fcntl(number, F_GETFD) >= 0 || count-- > 0)
        number++;
    limit_handle_numbers((size_t)number);
}

void limit_handle_numbers(size_t count)
{
    struct rlimit limit;

    assert_ok(getrlimit(RLIMIT_NOFILE, &limit_before));
    limit = limit_before;
    limit.rlim_cur = (rlim_t)count;
    assert_ok(setrlimit(RLIMIT_NOFILE, &limit));
}

void unlimit_handles(void)
{
    assert_ok(setrlimit(RLIMIT_NOFILE, &limit_before));
}
