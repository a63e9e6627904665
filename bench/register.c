/* SPDX-License-Identifier: MIT */
#include "ledger.h"
#include "workload.h"

#include <stdio.h>

/* Only from here on: fewer handles do not share what is there from the start */
#define WORST_FROM 1000

static int measure_growth(const struct ring *ring, struct engine *engine)
{
    struct ledger before = ledger_read();
    struct ledger after = before;
    double worst = 0;
    int i;

    for (i = 0; i < ring->count; i++) {
        int error = engine_watch(engine, ring_channel(ring, i));
        double each;

        if (error != 0)
            return error;
        after = ledger_read();
        each = (double)(after.bytes - before.bytes) / (i + 1);
        if (i + 1 >= WORST_FROM && each > worst)
            worst = each;
    }
    printf("opened_bytes %zu\n", before.bytes);
    printf("caller_bytes %zu\n", engine_channel_size - sizeof(struct channel));
    printf("grown_mallocs %zu\n", after.calls - before.calls);
    printf("bytes_per_handle %.1f\n",
           (double)(after.bytes - before.bytes) / ring->count);
    printf("worst_bytes_per_handle %.1f\n", worst);
    return 0;
}

/* Some have events; the first of them may still make the engine grow. */
static int run_a_while(struct ring *ring, struct engine *engine, int tokens)
{
    int error = ring_put_tokens(ring, tokens);
    int64_t done;

    if (error != 0)
        return error;
    done = ring_run(engine, 10000);
    return done < 0 ? (int)done : 0;
}

/* Once the engine has grown: all go, all come again, and some have events. */
static int measure_steady_state(struct ring *ring, struct engine *engine)
{
    size_t before = ledger_read().calls;
    int error = ring_unwatch_all(ring);

    if (error == 0)
        error = ring_watch_all(ring, engine);
    if (error != 0)
        return error;
    printf("again_mallocs %zu\n", ledger_read().calls - before);
    before = ledger_read().calls;
    error = run_a_while(ring, engine, 100);
    printf("wait_mallocs %zu\n", ledger_read().calls - before);
    return error;
}

int measure_register(const struct workload *workload)
{
    struct engine *engine;
    struct ring ring;
    int error = engine_open(&engine, &ledger_allocator, false);

    if (error == 0) /* now: some have tables by the number of a handle */
        error = ring_open(&ring, workload->kind, (int)workload->length);
    if (error != 0)
        return error;
    error = measure_growth(&ring, engine);
    if (error == 0)
        error = measure_steady_state(&ring, engine);
    engine_close(engine);
    ring_close(&ring);
    return error;
}
