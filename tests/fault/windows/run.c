/* SPDX-License-Identifier: MIT */
/*
 * In this very process, as a new one takes longer than a run, most of all under
 * Wine, and nothing that is the process's own but the count of WSAStartup() is
 * touched. A run that fails leaves its reactors, sockets and threads behind, so
 * it is the last one. cmocka makes a failure of a crash.
 */
#include "fault/run.h"

#include "support/expect.h"
#include "support/thread.h"

#include <io.h>
#include <process.h>
#include <stdatomic.h>
#include <stdio.h>
#include <windows.h>

#define HANG_NS (2 * PATIENCE_MS * INT64_C(1000000))

const unsigned failures_max = 1;

static FILE *output; /* of a run; shown if it fails */
static int screen;   /* where output goes between runs */

/* ---- Hanging ---- */

static _Atomic int64_t end_ns; /* of a run, at the latest; 0: there is none */
static void (*introduction)(void);

static void direct_to(int target)
{
    fflush(stdout);
    fflush(stderr);
    _dup2(target, _fileno(stdout));
    _dup2(target, _fileno(stderr));
}

static void show_output(int status)
{
    int character;

    printf("status 0x%x\n", (unsigned)status);
    rewind(output);
    while ((character = getc(output)) != EOF)
        putchar(character);
}

/* A hanging thread can't be ended, only all of them. */
static void give_up(void)
{
    direct_to(screen);
    introduction();
    printf("it hangs: ");
    show_output(-1);
    fflush(stdout);
    _exit(1);
}

static int watch(void *context)
{
    for (;;) {
        int64_t end = atomic_load(&end_ns);

        if (end != 0 && monotonic_ns() > end)
            give_up();
        Sleep(500);
    }
    (void)context;
    return 0;
}

/* ---- Runs ---- */

void prepare_runs(void)
{
    char folder[MAX_PATH], path[MAX_PATH];

    assert_true(GetTempPathA(sizeof(folder), folder) > 0);
    assert_true(GetTempFileNameA(folder, "rct", 0, path) > 0);
    output = fopen(path, "w+bTD"); /* gone when it is closed */
    screen = _dup(_fileno(stdout));
    assert_non_null(output);
    assert_true(screen >= 0);
    thread_start(watch, NULL);
}

int run_apart(int (*run)(void), void (*introduce)(void))
{
    int status;

    rewind(output);
    _chsize(_fileno(output), 0);
    introduction = introduce;
    direct_to(_fileno(output));
    atomic_store(&end_ns, monotonic_ns() + HANG_NS);
    status = run();
    atomic_store(&end_ns, 0);
    direct_to(screen);
    if (status != 0) {
        introduce();
        show_output(status);
    }
    return status;
}
