/* SPDX-License-Identifier: MIT */
#ifndef MODEL_SEQUENCE_H
#define MODEL_SEQUENCE_H

/* A sequence of operations: made from a seed, run, shrunk and printed. */

#include "model/world.h"

struct seeds {
    uint64_t first;
    uint64_t last;
};

/* From 1 on, so many; or the one that LIBREACTOR_SEED says. */
struct seeds seeds_to_run(uint64_t count);

#define SEQUENCE_LENGTH 5000 /* at most */

struct sequence {
    uint64_t seed;
    size_t count;
    struct operation operations[SEQUENCE_LENGTH];
};

/* The same seed makes the same sequence on every machine. */
void sequence_generate(struct sequence *sequence, uint64_t seed, size_t length);

/* True if the reactor and the model agree; else cut behind the difference. */
bool sequence_run(struct sequence *sequence, struct world *world);

/* Leaves out whatever the difference doesn't need, and prints the rest. */
void sequence_explain(struct sequence *sequence);

#endif /* MODEL_SEQUENCE_H */
