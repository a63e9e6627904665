/* SPDX-License-Identifier: MIT */
/* The map of handles does what an array does that has a place for each. */
#include "base/handle_map.h"

#include "support/claim.h"

#include <stdlib.h>

#define NUMBERS 600

struct compared {
    struct ri_handle_map map;
    uint32_t array[NUMBERS]; /* of numbers that are `stride` apart */
    uint32_t count;
    uint32_t stride;
};

static void begin(struct compared *both, uint32_t stride)
{
    size_t i;

    ri_handle_map_init(&both->map);
    for (i = 0; i < NUMBERS; i++)
        both->array[i] = RI_HANDLE_MAP_NONE;
    both->count = 0;
    both->stride = stride;
}

static void end(struct compared *both)
{
    free(both->map.entries);
}

static reactor_handle number(const struct compared *both, uint32_t i)
{
    return (reactor_handle)(i * both->stride);
}

static void grow(struct ri_handle_map *map)
{
    uint32_t capacity = ri_handle_map_next_capacity(map);
    void *storage = malloc(ri_handle_map_bytes(capacity));

    assert_non_null(storage);
    free(ri_handle_map_rehouse(map, storage, capacity));
}

static void put(struct compared *both, uint32_t i, uint32_t value)
{
    if (ri_handle_map_is_full(&both->map))
        grow(&both->map);
    ri_handle_map_put(&both->map, number(both, i), value);
    both->count += both->array[i] == RI_HANDLE_MAP_NONE;
    both->array[i] = value;
}

static void take_out(struct compared *both, uint32_t i)
{
    ri_handle_map_remove(&both->map, number(both, i));
    both->count--;
    both->array[i] = RI_HANDLE_MAP_NONE;
}

static void assert_same(const struct compared *both)
{
    uint32_t i;

    assert_int_equal(both->map.count, both->count);
    for (i = 0; i < NUMBERS; i++)
        assert_int_equal(ri_handle_map_get(&both->map, number(both, i)),
                         both->array[i]);
}

/* Dense numbers, and others that share their low bits. */
static const uint32_t strides[] = {1, 2, 16, 1024, 65536, 3000001};

static void an_empty_map_is_full_and_has_nothing(void **state)
{
    struct compared both;

    (void)state;
    begin(&both, 1);
    assert_true(ri_handle_map_is_full(&both.map));
    assert_int_equal(ri_handle_map_next_capacity(&both.map),
                     RI_HANDLE_MAP_MIN_CAPACITY);
    assert_same(&both);
    grow(&both.map);
    assert_false(ri_handle_map_is_full(&both.map));
    assert_same(&both);
    end(&both);
}

static void each_handle_keeps_its_value_while_the_map_grows(void **state)
{
    size_t k;
    uint32_t i;

    (void)state;
    for (k = 0; k < COUNT_OF(strides); k++) {
        struct compared both;

        begin(&both, strides[k]);
        for (i = 0; i < NUMBERS; i++) {
            put(&both, i, NUMBERS - i);
            assert_same(&both);
        }
        end(&both);
    }
}

/* At three quarters: some entries stay free, or a search would not end. */
static void a_map_is_full_before_it_has_no_free_entry(void **state)
{
    struct compared both;
    uint32_t capacity;
    uint32_t i = 0;

    (void)state;
    begin(&both, 1);
    for (capacity = RI_HANDLE_MAP_MIN_CAPACITY; capacity <= 512;
         capacity *= 2) {
        grow(&both.map);
        assert_int_equal(both.map.capacity, capacity);
        for (; i < capacity / 4 * 3; i++) {
            assert_false(ri_handle_map_is_full(&both.map));
            put(&both, i, i);
        }
        assert_true(ri_handle_map_is_full(&both.map));
    }
    end(&both);
}

static void a_value_can_be_replaced(void **state)
{
    struct compared both;

    (void)state;
    begin(&both, 1);
    put(&both, 7, 0);
    put(&both, 7, RI_HANDLE_MAP_NONE - 1);
    put(&both, 8, 0);
    assert_same(&both);
    end(&both);
}

static void a_map_can_be_emptied_in_any_order(void **state)
{
    static const uint32_t steps[] = {1, 7, 91, 599}; /* prime to NUMBERS */
    size_t k;
    size_t j;
    uint32_t i;

    (void)state;
    for (k = 0; k < COUNT_OF(strides); k++)
        for (j = 0; j < COUNT_OF(steps); j++) {
            struct compared both;

            begin(&both, strides[k]);
            for (i = 0; i < NUMBERS; i++)
                put(&both, i, i);
            for (i = 0; i < NUMBERS; i++) {
                take_out(&both, i * steps[j] % NUMBERS);
                if (i % 16 == 0)
                    assert_same(&both);
            }
            assert_same(&both);
            end(&both);
        }
}

/* Mostly close to full, where chains are longest and wrap around. */
static void random_changes_do_what_they_do_to_an_array(void **state)
{
    uint32_t random = 1;
    struct compared both;
    size_t k;
    int i;

    (void)state;
    for (k = 0; k < COUNT_OF(strides); k++) {
        begin(&both, strides[k]);
        for (i = 0; i < 1000; i++) {
            uint32_t chosen;

            random = random * UINT32_C(1664525) + UINT32_C(1013904223);
            chosen = (random >> 16) % 30;
            if (both.array[chosen] == RI_HANDLE_MAP_NONE && both.count < 12)
                put(&both, chosen, random >> 1);
            else if (both.array[chosen] != RI_HANDLE_MAP_NONE)
                take_out(&both, chosen);
            assert_same(&both);
        }
        assert_int_equal(both.map.capacity, RI_HANDLE_MAP_MIN_CAPACITY);
        end(&both);
    }
}

static void a_map_stops_growing_at_its_maximum(void **state)
{
    struct ri_handle_map map;

    (void)state;
    ri_handle_map_init(&map);
    map.capacity = RI_HANDLE_MAP_MAX_CAPACITY / 2;
    assert_int_equal(ri_handle_map_next_capacity(&map),
                     RI_HANDLE_MAP_MAX_CAPACITY);
    map.capacity = RI_HANDLE_MAP_MAX_CAPACITY;
    assert_int_equal(ri_handle_map_next_capacity(&map), 0);
}

static void the_bytes_of_a_map_do_not_overflow(void **state)
{
    uint32_t capacity;

    (void)state;
    for (capacity = RI_HANDLE_MAP_MIN_CAPACITY;
         capacity <= RI_HANDLE_MAP_MAX_CAPACITY; capacity *= 2)
        assert_int_equal(ri_handle_map_bytes(capacity) / capacity,
                         ri_handle_map_bytes(1));
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        cmocka_unit_test(an_empty_map_is_full_and_has_nothing),
        cmocka_unit_test(each_handle_keeps_its_value_while_the_map_grows),
        cmocka_unit_test(a_map_is_full_before_it_has_no_free_entry),
        cmocka_unit_test(a_value_can_be_replaced),
        cmocka_unit_test(a_map_can_be_emptied_in_any_order),
        cmocka_unit_test(random_changes_do_what_they_do_to_an_array),
        cmocka_unit_test(a_map_stops_growing_at_its_maximum),
        cmocka_unit_test(the_bytes_of_a_map_do_not_overflow),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
