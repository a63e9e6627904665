/* SPDX-License-Identifier: MIT */
/* A child of fork() goes on where its parent was, and the model still holds. */
#include "model/sequence.h"
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"
#include "support/process.h"
#include "support/scale.h"

static struct sequence sequence;
static struct world world;
static struct pair until_alone; /* `mine` is the child's */

static void apply_half(size_t first)
{
    size_t i;

    for (i = first; i < first + SEQUENCE_LENGTH / 2 && !world.disagrees; i++)
        world_apply(&world, &sequence.operations[i]);
}

/* While the parent has the same handles, nothing that is closed here ends. */
static int await_solitude(void)
{
    struct reactor *reactor;
    struct reactor_event event;

    close_handle(until_alone.peer);
    CHILD_EXPECT(reactor_open(&reactor) == 0);
    CHILD_EXPECT(reactor_register(reactor, until_alone.mine, REACTOR_READABLE,
                                  NULL) == 0);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, PATIENCE_MS) == 1);
    reactor_close(reactor);
    return 0;
}

static int go_on_in_child(void *context)
{
    (void)context;
    CHILD_EXPECT(await_solitude() == 0);
    world_inherit(&world);
    apply_half(SEQUENCE_LENGTH / 2);
    if (world.disagrees)
        print_error("in the child: %s\n", world.complaint);
    CHILD_EXPECT(!world.disagrees);
    return 0;
}

static void a_child_goes_on_where_its_parent_was(void **state)
{
    struct seeds seeds = seeds_to_run(scaled(20, 2000));
    uint64_t seed;

    (void)state;
    for (seed = seeds.first; seed <= seeds.last; seed++) {
        pid_t child;

        sequence_generate(&sequence, seed, SEQUENCE_LENGTH);
        until_alone = stream_pair();
        world_begin(&world);
        apply_half(0);
        world_deregister_lost(&world);
        child = child_start(go_on_in_child, NULL);
        world_end(&world);
        close_pair(&until_alone);
        assert_true(child > 0);
        if (child_finish(child) != 0 || world.disagrees)
            fail_msg("LIBREACTOR_SEED=%llu", (unsigned long long)seed);
    }
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_child_goes_on_where_its_parent_was),
    };

    return run_claims(claims);
}
