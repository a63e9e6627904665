/* SPDX-License-Identifier: MIT */
/*
 * Has every call fail that the library makes in any scenario, each in every
 * way that is documented for it, one at a time: see scenario.h. Afterwards the
 * allocations and the open handles must be as many as before. A point counts
 * only if its fault has struck. LIBREACTOR_FAULT_REPORT names a file for the
 * counts, one line per call.
 */
#include "fault/scenario.h"

#include "support/allocator.h"
#include "support/scale.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* No scenario opens more, and what is open is counted often. */
#define HANDLES_MAX 1400

/* Of a call that one scenario makes more often, so many are picked. */
#define OCCURRENCES_MAX 64

/* No child takes longer but one that hangs. */
#define PATIENCE_S 60

struct point point;
_Thread_local int tried;
void (*meanwhile)(void);

static unsigned points_fired[FAULT_CALL_COUNT];
static unsigned points_tried;
static unsigned points_failed;
static unsigned share_percent;

/* ---- In the child ---- */

/* Known to the kernel, it says, but to change it then fails: not there. */
static bool is_answer_to(int result, int error)
{
    return result == -error || (point.call == FAULT_epoll_ctl &&
                                error == EEXIST && result == -ENOENT);
}

bool was_refused(int result, const char *file, int line)
{
    static _Thread_local unsigned fired_before;
    bool fired = fault_fired_here() != fired_before;

    fired_before = fault_fired_here();
    if (fired && result == -EINTR) {
        print_error("a signal was reported\n");
        _fail(file, line);
    }
    if (!fired || !is_answer_to(result, point.error))
        return false;
    if (meanwhile != NULL)
        meanwhile();
    fault_lift();
    return true;
}

bool is_lie(void)
{
    return (point.call == FAULT_epoll_ctl || point.call == FAULT_fstat) &&
           (point.error == EBADF || point.error == ENOENT ||
            point.error == EPERM);
}

bool is_backend(const char *name)
{
    return strcmp(reactor_backend_name(), name) == 0;
}

static int wait_for(pid_t child)
{
    int status = -1;

    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

void in_child(void (*run)(void))
{
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        alarm(PATIENCE_S);
        run();
        exit(0);
    }
    assert_int_equal(wait_for(child), 0);
}

static void run_point(const struct scenario *scenario)
{
    size_t handles = count_open_handles();

    alarm(PATIENCE_S);
    if (point.call != FAULT_CALL_COUNT)
        fault_at(point.call, point.nth, point.error, point.duration);
    assert_ok(
        reactor_set_allocator(fault_allocate, fault_reallocate, count_release));
    scenario->run();
    assert_int_equal(live_allocations(), 0);
    assert_int_equal(count_open_handles(), handles);
}

/* ---- In the parent ---- */

static const char *error_name(int error)
{
    if (error == 0)
        return "no fault";
    return error == FAULT_SHORT ? "short" : strerror(error);
}

static bool passes(const struct scenario *scenario)
{
    pid_t child;
    int status;

    fault_reset();
    child = fork();
    if (child == 0) {
        run_point(scenario);
        exit(0);
    }
    status = child > 0 ? wait_for(child) : -1;
    if (status == 0)
        return true;
    points_failed++;
    printf("FAILED: %s, %s %u: %s%s (status 0x%x)\n", scenario->name,
           point.call < FAULT_CALL_COUNT ? fault_calls[point.call].name : "-",
           point.nth, error_name(point.error),
           point.duration == FAULT_ONCE ? "" : " from then on",
           (unsigned)status);
    fflush(stdout);
    return false;
}

static void try_point(const struct scenario *scenario)
{
    points_tried++;
    if (points_tried * share_percent % 100 >= share_percent)
        return;
    passes(scenario);
    points_fired[point.call] += fault_fired() > 0;
}

static void try_errors(const struct scenario *scenario)
{
    const struct fault_call_facts *facts = &fault_calls[point.call];
    size_t i;

    point.duration = FAULT_ONCE;
    for (i = 0; i < facts->error_count; i++) {
        point.error = facts->errors[i];
        try_point(scenario);
    }
    if (point.call == FAULT_allocate) {
        point.duration = FAULT_FROM_THEN_ON;
        try_point(scenario);
    }
}

static void sweep(const struct scenario *scenario)
{
    unsigned counts[FAULT_CALL_COUNT];
    unsigned call;

    point = (struct point){.call = FAULT_CALL_COUNT};
    if (!passes(scenario))
        return;
    for (call = 0; call < FAULT_CALL_COUNT; call++)
        counts[call] = fault_count(call);
    for (call = 0; call < FAULT_CALL_COUNT; call++) {
        unsigned step = counts[call] / OCCURRENCES_MAX + 1;

        point.call = call;
        for (point.nth = 1; point.nth <= counts[call]; point.nth += step)
            try_errors(scenario);
    }
}

static void report(FILE *file)
{
    unsigned call;

    for (call = 0; call < FAULT_CALL_COUNT; call++)
        if (points_fired[call] > 0)
            fprintf(file, "%-18s %6u\n", fault_calls[call].name,
                    points_fired[call]);
}

static void report_to_file(const char *path)
{
    FILE *file = fopen(path, "w");

    if (file == NULL) {
        perror(path);
        points_failed++;
        return;
    }
    report(file);
    fclose(file);
}

static void limit_handles_to(rlim_t count)
{
    struct rlimit limit;

    assert_ok(getrlimit(RLIMIT_NOFILE, &limit));
    if (limit.rlim_cur > count)
        limit.rlim_cur = count;
    assert_ok(setrlimit(RLIMIT_NOFILE, &limit));
}

int main(int count, char **names)
{
    const char *path = getenv("LIBREACTOR_FAULT_REPORT");
    unsigned fired = 0;
    unsigned call;
    size_t i;

    setvbuf(stdout, NULL, _IOLBF, 0);
    share_percent = scaled(100, 100);
    limit_handles_to(HANDLES_MAX);
    for (i = 0; i < scenario_count; i++)
        if (count < 2 || strcmp(names[1], scenarios[i].name) == 0)
            sweep(&scenarios[i]);

    for (call = 0; call < FAULT_CALL_COUNT; call++)
        fired += points_fired[call];
    report(stdout);
    if (path != NULL)
        report_to_file(path);
    printf("%s: %u points fired in %zu scenarios (%u tried, %u %% of them), "
           "%u failed\n",
           reactor_backend_name(), fired, scenario_count, points_tried,
           share_percent, points_failed);
    return points_failed > 0 || fired == 0;
}
