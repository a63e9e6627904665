/* SPDX-License-Identifier: MIT */
/*
 * The reactor does what the model says, whatever is done to it. Sequences of
 * random operations are made from seeds; LIBREACTOR_SEED=n replays one.
 */
#include "model/sequence.h"
#include "support/claim.h"
#include "support/scale.h"

#include <stdlib.h>

#define SEQUENCES_SLOW    2000
#define SEQUENCES_QUICK   50000
#define SEQUENCES_NIGHTLY 1000000

static struct sequence sequence;
static struct world world;

/* Most are short: in many beginnings there is more variety. */
#define IS_LONG(seed) ((seed) % 1000 == 1)

static void assert_agreement(uint64_t seed)
{
    size_t length = IS_LONG(seed) ? SEQUENCE_LENGTH : 10 + seed * 7 % 61;

    sequence_generate(&sequence, seed, length);
    if (!sequence_run(&sequence, &world)) {
        print_error("%s\n", world.complaint);
        sequence_explain(&sequence);
        fail();
    }
}

static void reactor_and_model_agree(void **state)
{
    struct seeds seeds =
        seeds_to_run(is_slow() ? SEQUENCES_SLOW
                               : scaled(SEQUENCES_QUICK, SEQUENCES_NIGHTLY));
    unsigned count = 0;
    uint64_t seed;

    (void)state;
    for (seed = seeds.first; seed <= seeds.last; seed++, count++)
        assert_agreement(seed);
    print_message("%u sequences\n", count);
}

/* What nobody has tried before: a long one. */
static void they_agree_for_a_seed_of_the_moment_too(void **state)
{
    uint64_t moment = (uint64_t)reactor_now_ns() % 1000003;

    (void)state;
    if (getenv("LIBREACTOR_SEED") != NULL)
        skip_because("a seed is replayed");
    moment = moment * 1000 + 1;
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
