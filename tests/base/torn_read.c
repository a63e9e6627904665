/* SPDX-License-Identifier: MIT */
/*
 * One thread changes a source over and over while another reads it: what is
 * read belongs to its generation, or is said to be stale.
 */
#include "backend/source.h"

#include "support/claim.h"
#include "support/scale.h"
#include "support/thread.h"

static struct ri_sources sources;
static char places[64];
static _Atomic bool enough;

/* What a registration of this generation is made of. */
static uint32_t place_of(uint32_t generation)
{
    return generation / 4 % (uint32_t)COUNT_OF(places);
}

/*
 * The lock that a change is made with is left out: there are no other changes,
 * and more of them are in the reader's way.
 */
static int change_until_enough(void *context)
{
    uint32_t index = *(uint32_t *)context;
    struct ri_source *source = ri_sources_at(&sources, index);

    while (!atomic_load(&enough)) {
        uint32_t generation = ri_source_next_generation(source);
        uint32_t place = place_of(generation);
        struct ri_registration wanted = {
            .user_data = &places[place],
            .handle = (reactor_handle)place,
            .interest = place,
            .index = index,
            .generation = generation,
        };

        ri_sources_publish(&sources, &wanted);
    }
    return 0;
}

/* What is not read leaves the event alone, which may be another one's place. */
static bool is_torn(struct ri_source *source)
{
    uint32_t generation = atomic_load(&source->generation);
    uint32_t place = place_of(generation);
    struct reactor_event event = {&event, REACTOR_INVALID_HANDLE, 0};
    uint32_t interest;

    if (generation % 2 == 0)
        return false;
    if (!ri_source_read(source, generation, &event, &interest))
        return event.user_data != &event ||
               event.handle != REACTOR_INVALID_HANDLE;
    return event.user_data != &places[place] ||
           event.handle != (reactor_handle)place || interest != place;
}

static void what_is_read_belongs_to_its_generation(void **state)
{
    int64_t deadline = ri_clock_now_ns() + scaled(400, 10000) * RI_NS_PER_MS;
    unsigned torn = 0;
    struct ri_source *source;
    struct thread *thread;
    uint32_t index;

    (void)state;
    assert_ok(ri_sources_init(&sources));
    assert_ok(ri_sources_take(&sources, &index));
    source = ri_sources_at(&sources, index);
    atomic_store(&enough, false);
    thread = thread_start(change_until_enough, &index);
    while (torn == 0 && ri_clock_now_ns() < deadline) {
        unsigned i;

        for (i = 0; i < 1000; i++)
            torn += is_torn(source);
    }
    atomic_store(&enough, true);
    assert_ok(thread_join(thread));
    assert_int_equal(torn, 0);
    ri_sources_destroy(&sources);
}

/* ---- Changes in progress ---- */

static _Atomic bool is_settling;
static _Atomic bool is_complete;

static int settle_and_look(void *context)
{
    (void)context;
    atomic_store(&is_settling, true);
    ri_sources_settle(&sources);
    return !atomic_load(&is_complete);
}

static void settling_waits_for_the_change_in_progress(void **state)
{
    struct thread *thread;
    int i;

    (void)state;
    assert_ok(ri_sources_init(&sources));
    ri_mutex_lock(&sources.lock);
    thread = thread_start(settle_and_look, NULL);
    while (!atomic_load(&is_settling))
        thread_yield();
    for (i = 0; i < 1000; i++)
        thread_yield();
    atomic_store(&is_complete, true);
    ri_mutex_unlock(&sources.lock);
    assert_ok(thread_join(thread));
    ri_sources_destroy(&sources);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(what_is_read_belongs_to_its_generation),
        CLAIM_WITHOUT_REACTOR(settling_waits_for_the_change_in_progress),
    };

    return run_claims(claims);
}
