/* SPDX-License-Identifier: MIT */
#include "model/sequence.h"

#include "support/claim.h"

#include <stdlib.h>
#include <string.h>

/* ---- Generate ---- */

struct seeds seeds_to_run(uint64_t count)
{
    const char *replayed = getenv("LIBREACTOR_SEED");
    struct seeds seeds = {1, count};

    if (replayed != NULL)
        seeds.first = seeds.last = strtoull(replayed, NULL, 0);
    return seeds;
}

/* splitmix64 (Steele, Lea and Flood, 2014). */
static uint64_t next_random(uint64_t *state)
{
    uint64_t value = *state += UINT64_C(0x9E3779B97F4A7C15);

    value = (value ^ (value >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94D049BB133111EB);
    return value ^ (value >> 31);
}

static enum operation_kind choose_kind(uint32_t random)
{
    static const uint8_t weights[] = {
#define WEIGHT(name, weight) [OPERATION_##name] = (weight),
        OPERATIONS(WEIGHT)
#undef WEIGHT
    };
    uint32_t total = 0;
    enum operation_kind kind;

    for (kind = 0; kind < OPERATION_KINDS; kind++)
        total += weights[kind];
    random %= total;
    for (kind = 0; random >= weights[kind]; kind++)
        random -= weights[kind];
    return kind;
}

/* Few handles meet each other often, many make tables grow. */
void sequence_generate(struct sequence *sequence, uint64_t seed, size_t length)
{
    static const uint8_t crowds[] = {2, 5, 30, MODEL_HANDLES};
    uint64_t state = seed;
    uint8_t crowd = crowds[next_random(&state) % COUNT_OF(crowds)];
    size_t i;

    sequence->seed = seed;
    sequence->count = length;
    for (i = 0; i < length; i++) {
        uint64_t random = next_random(&state);
        struct operation *operation = &sequence->operations[i];

        operation->kind = (uint8_t)choose_kind((uint32_t)(random >> 32));
        operation->handle = (uint8_t)((random >> 16 & UINT16_MAX) % crowd);
        operation->argument = (uint16_t)random;
    }
}

/* ---- Run ---- */

bool sequence_run(struct sequence *sequence, struct world *world)
{
    size_t i;

    world_begin(world);
    for (i = 0; i < sequence->count && !world->disagrees; i++)
        world_apply(world, &sequence->operations[i]);
    sequence->count = i;
    world_end(world);
    return !world->disagrees;
}

/* ---- Explain ---- */

static void leave_out(struct sequence *sequence, size_t start, size_t count)
{
    struct operation *rest = &sequence->operations[start];

    sequence->count -= count;
    memmove(rest, rest + count, (sequence->count - start) * sizeof(*rest));
}

/* Every operation makes sense wherever it comes, so any may be left out. */
static void shrink(struct sequence *sequence, struct world *world)
{
    size_t size;
    size_t start;

    for (size = sequence->count; size > 0; size /= 2)
        for (start = 0; start + size <= sequence->count;) {
            struct sequence shorter = *sequence;

            leave_out(&shorter, start, size);
            if (sequence_run(&shorter, world))
                start += size;
            else
                *sequence = shorter;
        }
}

void sequence_explain(struct sequence *sequence)
{
    static const char *const names[] = {
#define NAME(name, weight) [OPERATION_##name] = #name,
        OPERATIONS(NAME)
#undef NAME
    };
    size_t length = sequence->count;
    struct world world;
    size_t i;

    shrink(sequence, &world);
    print_error("LIBREACTOR_SEED=%llu: %u operations, shrunk to %u\n",
                (unsigned long long)sequence->seed, (unsigned)length,
                (unsigned)sequence->count);
    for (i = 0; i < sequence->count; i++)
        print_error("    %-10s handle %3u  argument 0x%04x\n",
                    names[sequence->operations[i].kind],
                    sequence->operations[i].handle,
                    sequence->operations[i].argument);
    if (sequence_run(sequence, &world))
        print_error("and not again: it depends on time or on threads\n");
    else
        print_error("%s\n", world.complaint);
}
