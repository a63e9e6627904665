/* SPDX-License-Identifier: MIT */
/*
 * The reactor does what the model says, whatever is done to it. Sequences of
 * random operations are made from seeds; LIBREACTOR_SEED=n replays one.
 */
#include "model/sequence.h"
#include "support/claim.h"
#include "support/scale.h"

#include <stdlib.h>

#define OPERATIONS_QUICK   200000
#define OPERATIONS_NIGHTLY 10000000

static struct sequence sequence;
static struct world world;

static void assert_agreement(uint64_t seed)
{
    sequence_generate(&sequence, seed);
    if (!sequence_run(&sequence, &world)) {
        print_error("%s\n", world.complaint);
        sequence_explain(&sequence);
        fail();
    }
}

static void reactor_and_model_agree(void **state)
{
    struct seeds seeds = seeds_to_run(
        scaled(OPERATIONS_QUICK, OPERATIONS_NIGHTLY) / SEQUENCE_LENGTH);
    uint64_t seed;

    (void)state;
    for (seed = seeds.first; seed <= seeds.last; seed++)
        assert_agreement(seed);
}

/* What nobody has tried before. */
static void they_agree_for_a_seed_of_the_moment_too(void **state)
{
    uint64_t moment = (uint64_t)reactor_now_ns() % 1000000007;

    (void)state;
    if (getenv("LIBREACTOR_SEED") != NULL)
        skip_because("a seed is replayed");
    print_message("LIBREACTOR_SEED=%llu\n", (unsigned long long)moment);
    assert_agreement(moment);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(reactor_and_model_agree),
        CLAIM_WITHOUT_REACTOR(they_agree_for_a_seed_of_the_moment_too),
    };

    return run_claims(claims);
}
