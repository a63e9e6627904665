/* SPDX-License-Identifier: MIT */
/* The registry: the map and the table of sources agree at every moment. */
#include "core/registry.h"

#include "support/allocator.h"
#include "support/claim.h"

static struct ri_registry registry;

static int begin(void **state)
{
    claim_begin_bare(state);
    return ri_registry_init(&registry);
}

static int end(void **state)
{
    ri_registry_destroy(&registry);
    return claim_end(state);
}

static struct ri_registration reserve(reactor_handle handle, void *user_data)
{
    struct ri_registration wanted = {.handle = handle, .user_data = user_data};

    assert_ok(ri_registry_reserve(&registry, &wanted));
    return wanted;
}

static struct ri_registration insert(reactor_handle handle, void *user_data)
{
    struct ri_registration wanted = reserve(handle, user_data);

    ri_registry_insert(&registry, &wanted);
    return wanted;
}

static void *user_data_of(reactor_handle handle)
{
    struct ri_registration found;

    assert_true(ri_registry_find(&registry, handle, &found));
    assert_int_equal(found.handle, handle);
    return found.user_data;
}

static bool has(reactor_handle handle)
{
    struct ri_registration found;

    return ri_registry_find(&registry, handle, &found);
}

static void what_was_inserted_is_found(void **state)
{
    struct ri_registration inserted = insert(5, &registry);
    struct ri_registration found;

    (void)state;
    assert_true(ri_registry_find(&registry, 5, &found));
    assert_ptr_equal(found.user_data, &registry);
    assert_int_equal(found.index, inserted.index);
    assert_int_equal(found.generation, inserted.generation);
    assert_false(has(4));
    assert_false(has(6));
}

static void what_was_only_reserved_is_not_found(void **state)
{
    struct ri_registration wanted = reserve(5, NULL);

    (void)state;
    assert_false(has(5));
    ri_registry_give_back(&registry, &wanted);
    assert_false(has(5));
    assert_int_equal(ri_sources_registered(&registry.sources), 0);
}

static void what_was_removed_is_not_found(void **state)
{
    struct ri_registration inserted = insert(5, NULL);

    (void)state;
    (void)insert(6, &registry);
    ri_registry_remove(&registry, &inserted);
    assert_false(has(5));
    assert_ptr_equal(user_data_of(6), &registry);
    assert_int_equal(ri_sources_registered(&registry.sources), 1);
}

static void a_reused_number_gets_a_source_of_its_own(void **state)
{
    struct ri_registration old = insert(5, NULL);
    struct ri_registration fresh = reserve(5, &registry);
    struct reactor_event event;

    (void)state;
    assert_int_not_equal(fresh.index, old.index);
    assert_null(user_data_of(5));
    ri_registry_insert(&registry, &fresh);
    assert_ptr_equal(user_data_of(5), &registry);
    assert_false(ri_source_read(ri_sources_at(&registry.sources, old.index),
                                old.generation, &event, NULL));
    assert_int_equal(ri_sources_registered(&registry.sources), 1);
    ri_registry_remove(&registry, &fresh);
    assert_false(has(5));
    assert_int_equal(ri_sources_registered(&registry.sources), 0);
}

static void a_replaced_registration_keeps_its_source(void **state)
{
    struct ri_registration inserted = insert(5, NULL);
    struct ri_registration wanted = inserted;

    (void)state;
    wanted.user_data = &registry;
    wanted.generation = ri_source_next_generation(
        ri_sources_at(&registry.sources, inserted.index));
    ri_registry_replace(&registry, &wanted);
    assert_ptr_equal(user_data_of(5), &registry);
    assert_int_equal(ri_sources_registered(&registry.sources), 1);
}

/* Whatever could not be had: the same call works when there is memory again. */
static void a_reserve_without_memory_changes_nothing(void **state)
{
    const reactor_handle count = 1000;
    reactor_handle handle;
    unsigned refused = 0;

    (void)state;
    for (handle = 0; handle < count; handle++) {
        struct ri_registration wanted = {.handle = handle,
                                         .user_data = &registry};
        size_t allowed;

        for (allowed = 0;; allowed++) {
            int error;

            limit_allocations(allowed);
            error = ri_registry_reserve(&registry, &wanted);
            limit_allocations(SIZE_MAX);
            if (error == 0)
                break;
            assert_error(error, -ENOMEM);
            assert_false(has(handle));
            refused++;
        }
        ri_registry_insert(&registry, &wanted);
    }
    assert_true(refused > 7); /* the map grew as often, and the table */
    for (handle = 0; handle < count; handle++)
        assert_ptr_equal(user_data_of(handle), &registry);
}

/* Its storage would be 2^28 entries and more. */
static void a_map_at_its_maximum_is_enomem(void **state)
{
    struct ri_registration wanted = {.handle = 1};

    (void)state;
    registry.map.capacity = RI_HANDLE_MAP_MAX_CAPACITY;
    registry.map.count = RI_HANDLE_MAP_MAX_CAPACITY;
    assert_error(ri_registry_reserve(&registry, &wanted), -ENOMEM);
    ri_handle_map_init(&registry.map);
}

#define REGISTRY_CLAIM(function)                                               \
    cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest claims[] = {
        REGISTRY_CLAIM(what_was_inserted_is_found),
        REGISTRY_CLAIM(what_was_only_reserved_is_not_found),
        REGISTRY_CLAIM(what_was_removed_is_not_found),
        REGISTRY_CLAIM(a_reused_number_gets_a_source_of_its_own),
        REGISTRY_CLAIM(a_replaced_registration_keeps_its_source),
        REGISTRY_CLAIM(a_reserve_without_memory_changes_nothing),
        REGISTRY_CLAIM(a_map_at_its_maximum_is_enomem),
    };

    return run_claims(claims);
}
