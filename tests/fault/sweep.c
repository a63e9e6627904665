/* SPDX-License-Identifier: MIT */
/*
 * Has every call fail that the library makes in any scenario of a theme, each
 * in every way that is documented for it, one at a time, each in a run of its
 * own: see scenario.h. Afterwards the allocations and the open handles must
 * be as many as before. A point counts only if its fault has struck.
 *
 *     fault_THEME [SCENARIO]   sweeps through all, or one
 *     fault_THEME --trace      runs each once without a fault, marking in a
 *                              trace what the library does (traced_calls.sh)
 */
#include "fault/run.h"
#include "fault/scenario.h"
#include "support/allocator.h"
#include "support/scale.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

static struct {
    unsigned fired[FAULT_CALL_COUNT];
    unsigned tried;
    unsigned failed;
} points;

/* ---- A run ---- */

static const struct scenario *scenario;

static void run_scenario(void **state)
{
    (void)state;
    assert_ok(
        reactor_set_allocator(fault_allocate, fault_reallocate, count_release));
    begin_point();
    scenario->run();
    assert_true(owes_nothing());
}

static int run(void)
{
    const struct CMUnitTest claims[] = {CLAIM_WITHOUT_REACTOR(run_scenario)};

    return cmocka_run_group_tests(claims, NULL, NULL);
}

static void print_fault(void)
{
    if (point.error == 0)
        printf("no fault");
    else if (point.error == FAULT_SHORT)
        printf("less than asked for");
    else
        printf("error 0x%x, %s", (unsigned)point.error,
               reactor_strerror(-fault_answer(point.error)));
}

static void show_failure(void)
{
    printf("FAILED: %s, %s %u: ", scenario->name,
           point.call < FAULT_CALL_COUNT ? fault_calls[point.call].name : "-",
           point.nth);
    print_fault();
    printf("%s\n", point.duration == FAULT_ONCE ? "" : " from then on");
}

static bool passes(void)
{
    int status = run_apart(run, show_failure);

    points.failed += status != 0;
    return status == 0;
}

/* ---- All points of a scenario ---- */

/* Where threads take turns, a call is not always made: another try. */
static void try_point(void)
{
    unsigned tries = 3;

    if (points.failed >= failures_max)
        return;
    points.tried++;
    do
        fault_reset();
    while (passes() && fault_fired() == 0 && --tries > 0);
    points.fired[point.call] += fault_fired() > 0;
}

static void try_errors(void)
{
    const struct fault_call_facts *facts = &fault_calls[point.call];
    size_t i;

    point.duration = FAULT_ONCE;
    for (i = 0; i < facts->error_count; i++) {
        point.error = facts->errors[i];
        try_point();
    }
    if (point.call == FAULT_allocate) {
        point.duration = FAULT_FROM_THEN_ON;
        try_point();
    }
}

/* Of calls that came the same way only so many are tried, the first ones. */
static bool is_picked(unsigned repetition)
{
    return is_each_another() || repetition < scaled(9, UINT_MAX);
}

static void sweep_call(unsigned count)
{
    for (point.nth = 1; point.nth <= count; point.nth++) {
        uintptr_t way = fault_way(point.call, point.nth);
        unsigned repetition = 0;
        unsigned i;

        for (i = 1; i < point.nth; i++)
            repetition += fault_way(point.call, i) == way;
        if (is_picked(repetition))
            try_errors();
    }
}

static void sweep(void)
{
    unsigned counts[FAULT_CALL_COUNT];
    unsigned call;

    point = (struct point){.call = FAULT_CALL_COUNT};
    fault_reset();
    fault_watch();
    if (points.failed >= failures_max || !passes())
        return;
    for (call = 0; call < FAULT_CALL_COUNT; call++)
        counts[call] = fault_count(call);
    for (call = 0; call < FAULT_CALL_COUNT; call++) {
        point.call = call;
        sweep_call(counts[call]);
    }
}

/* ---- The program ---- */

/* False if no fault has struck. */
static bool report(void)
{
    unsigned fired = 0;
    unsigned call;

    for (call = 0; call < FAULT_CALL_COUNT; call++) {
        fired += points.fired[call];
        if (points.fired[call] > 0)
            printf("%-18s %6u\n", fault_calls[call].name, points.fired[call]);
    }
    printf("%s: %u points tried, %u fired, %u failed\n", reactor_backend_name(),
           points.tried, fired, points.failed);
    return fired > 0;
}

static bool trace(void)
{
    fault_reset();
    fault_mark();
    point = (struct point){.call = FAULT_CALL_COUNT};
    for (scenario = scenarios; scenario < scenarios + scenario_count;
         scenario++)
        passes();
    return points.failed == 0;
}

int main(int count, char **names)
{
    bool has_fired;

    prepare_runs();
    if (count > 1 && strcmp(names[1], "--trace") == 0)
        return !trace();

    for (scenario = scenarios; scenario < scenarios + scenario_count;
         scenario++)
        if (count < 2 || strcmp(names[1], scenario->name) == 0)
            sweep();
    has_fired = report();
    return !has_fired || points.failed > 0;
}
