/* SPDX-License-Identifier: MIT */
/* The table of sources: its places, its growth, its memory. */
#include "base/sources.h"

#include "support/allocator.h"

#define CHUNKS_OF_FIRST_DIRECTORY 8

/* The directory has grown twice by then. */
#define MANY (RI_SOURCES_PER_CHUNK * CHUNKS_OF_FIRST_DIRECTORY * 2 + 1)

static void sources_stay_where_they_are_while_the_table_grows(void **state)
{
    static struct ri_source *places[MANY];
    static struct ri_registration registrations[MANY];
    uint32_t i;

    (void)state;
    for (i = 0; i < MANY; i++) {
        registrations[i] = publish((reactor_handle)i, i % 8, &places[i]);
        places[i] = ri_sources_at(&sources, registrations[i].index);
    }
    for (i = 0; i < MANY; i++) {
        struct ri_registration found =
            ri_sources_registration(&sources, registrations[i].index);

        assert_ptr_equal(ri_sources_at(&sources, found.index), places[i]);
        assert_ptr_equal(ri_sources_find(&sources, ri_token_of(&found)),
                         places[i]);
        assert_true(can_be_read(&registrations[i]));
        assert_int_equal(found.handle, i);
        assert_int_equal(found.interest, i % 8);
        assert_ptr_equal(found.user_data, &places[i]);
    }
}

static void
a_directory_stays_readable_when_a_larger_one_replaces_it(void **state)
{
    struct ri_registration early = publish(7, 0, NULL);
    struct ri_source *source = ri_sources_at(&sources, early.index);
    _Atomic(struct ri_source *) *before = atomic_load(&sources.chunks);
    uint32_t i;

    (void)state;
    for (i = 1; i < MANY; i++)
        (void)publish((reactor_handle)i, 0, NULL);
    assert_true(atomic_load(&sources.chunks) != before);
    assert_ptr_equal(
        &atomic_load(&before[early.index / RI_SOURCES_PER_CHUNK])[early.index],
        source);
}

/* Every index once, in ascending order, also while they are retired. */
static void a_walk_meets_each_registered_source_once(void **state)
{
    const uint32_t count = RI_SOURCES_PER_CHUNK * 2 - 1;
    uint32_t index = 0;
    uint32_t i;

    (void)state;
    for (i = 0; i < count; i++)
        (void)publish((reactor_handle)i, 0, NULL);
    for (i = 0; i < count; i += 3)
        ri_sources_retire(&sources, i + 1);
    for (i = 0; ri_sources_next(&sources, &index) != NULL; index++) {
        i += i % 3 == 0;
        assert_int_equal(ri_sources_registration(&sources, index).handle, i);
        ri_sources_retire(&sources, index);
        i++;
    }
    assert_int_equal(ri_sources_registered(&sources), 0);
    assert_int_equal(i, count);
}

static void freed_sources_are_used_before_new_ones(void **state)
{
    const uint32_t count = RI_SOURCES_PER_CHUNK * 2;
    size_t calls;
    uint32_t round;
    uint32_t i;

    (void)state;
    for (i = 0; i < count; i++)
        (void)publish((reactor_handle)i, 0, NULL);
    calls = allocation_calls();
    for (round = 0; round < 10; round++) {
        for (i = 0; i < count; i++)
            ri_sources_retire(&sources, i + 1);
        for (i = 0; i < count; i++)
            (void)publish((reactor_handle)i, 0, NULL);
    }
    assert_int_equal(allocation_calls(), calls);
    assert_int_equal(ri_sources_registered(&sources), count);
}

/* ---- Its memory ---- */

static void no_table_without_memory(void **state)
{
    struct ri_sources unborn;
    size_t allowed;
    size_t live = live_allocations();

    (void)state;
    for (allowed = 0; allowed < 2; allowed++) {
        limit_allocations(allowed);
        assert_error(ri_sources_init(&unborn), -ENOMEM);
        limit_allocations(SIZE_MAX);
        assert_int_equal(live_allocations(), live);
    }
}

/* The ninth chunk needs a directory besides, and so does the seventeenth. */
static void what_could_not_grow_can_grow_later(void **state)
{
    int refused = 0;
    uint32_t i;

    (void)state;
    for (i = 1; i < MANY; i++) {
        uint32_t index;
        size_t allowed;

        for (allowed = 0;; allowed++) {
            int error;

            limit_allocations(allowed);
            error = ri_sources_take(&sources, &index);
            limit_allocations(SIZE_MAX);
            if (error == 0)
                break;
            assert_int_equal(error, -ENOMEM);
            refused++;
        }
        assert_int_equal(index, i);
    }
    assert_int_equal(refused, MANY / RI_SOURCES_PER_CHUNK + 2);
}

static void more_than_tokens_can_tell_apart_is_enospc(void **state)
{
    uint32_t count = sources.chunk_count;
    uint32_t used = sources.used;
    struct ri_registration last = {
        .index = RI_SOURCE_CHUNKS_MAX * RI_SOURCES_PER_CHUNK - 1,
    };
    uint32_t index;

    (void)state;
    assert_int_equal(ri_token_of(&last).chunk, RI_SOURCE_CHUNKS_MAX - 1);
    assert_int_equal(ri_token_of(&last).offset,
                     (RI_SOURCES_PER_CHUNK - 1) * sizeof(struct ri_source));
    sources.chunk_count = RI_SOURCE_CHUNKS_MAX;
    sources.used = sources.chunk_count * RI_SOURCES_PER_CHUNK;
    assert_error(ri_sources_take(&sources, &index), -ENOSPC);
    sources.chunk_count = count;
    sources.used = used;
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        SOURCES_CLAIM(sources_stay_where_they_are_while_the_table_grows),
        SOURCES_CLAIM(a_directory_stays_readable_when_a_larger_one_replaces_it),
        SOURCES_CLAIM(a_walk_meets_each_registered_source_once),
        SOURCES_CLAIM(freed_sources_are_used_before_new_ones),
        SOURCES_CLAIM(no_table_without_memory),
        SOURCES_CLAIM(what_could_not_grow_can_grow_later),
        SOURCES_CLAIM(more_than_tokens_can_tell_apart_is_enospc),
    };

    return run_claims(claims);
}
