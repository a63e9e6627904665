/* SPDX-License-Identifier: MIT */
#include "base/handle_map.h"

#include <assert.h>

struct ri_handle_entry {
    reactor_handle handle;
    uint32_t value; /* RI_HANDLE_MAP_NONE: free */
};

/*
 * Fibonacci hashing (Knuth, 6.4): consecutive descriptors land far apart, so
 * that a run of them does not become one long probe.
 */
static uint32_t home_of(const struct ri_handle_map *map, reactor_handle handle)
{
    uint64_t hash = (uint64_t)handle * UINT64_C(0x9E3779B97F4A7C15);

    return (uint32_t)(hash >> 32) & (map->capacity - 1);
}

static uint32_t next_to(const struct ri_handle_map *map, uint32_t position)
{
    return (position + 1) & (map->capacity - 1);
}

/* Where the handle is, or the free entry where it would be put. */
static uint32_t find(const struct ri_handle_map *map, reactor_handle handle)
{
    uint32_t position = home_of(map, handle);

    while (map->entries[position].value != RI_HANDLE_MAP_NONE &&
           map->entries[position].handle != handle)
        position = next_to(map, position);
    return position;
}

void ri_handle_map_init(struct ri_handle_map *map)
{
    map->entries = NULL;
    map->capacity = 0;
    map->count = 0;
}

bool ri_handle_map_is_full(const struct ri_handle_map *map)
{
    return map->count >= map->capacity - map->capacity / 4;
}

uint32_t ri_handle_map_next_capacity(const struct ri_handle_map *map)
{
    if (map->capacity == 0)
        return RI_HANDLE_MAP_MIN_CAPACITY;
    return map->capacity < RI_HANDLE_MAP_MAX_CAPACITY ? map->capacity * 2 : 0;
}

size_t ri_handle_map_bytes(uint32_t capacity)
{
    assert(capacity <= RI_HANDLE_MAP_MAX_CAPACITY);
    return capacity * sizeof(struct ri_handle_entry);
}

void *ri_handle_map_rehouse(struct ri_handle_map *map, void *storage,
                            uint32_t capacity)
{
    struct ri_handle_map old = *map;
    uint32_t i;

    assert(capacity >= RI_HANDLE_MAP_MIN_CAPACITY);
    assert((capacity & (capacity - 1)) == 0);
    map->entries = storage;
    map->capacity = capacity;
    map->count = 0;
    for (i = 0; i < capacity; i++)
        map->entries[i].value = RI_HANDLE_MAP_NONE;
    for (i = 0; i < old.capacity; i++)
        if (old.entries[i].value != RI_HANDLE_MAP_NONE)
            ri_handle_map_put(map, old.entries[i].handle, old.entries[i].value);
    return old.entries;
}

uint32_t ri_handle_map_get(const struct ri_handle_map *map,
                           reactor_handle handle)
{
    if (map->count == 0)
        return RI_HANDLE_MAP_NONE;
    return map->entries[find(map, handle)].value;
}

void ri_handle_map_put(struct ri_handle_map *map, reactor_handle handle,
                       uint32_t value)
{
    struct ri_handle_entry *entry;

    assert(map->count < map->capacity);
    assert(value != RI_HANDLE_MAP_NONE);
    entry = &map->entries[find(map, handle)];
    if (entry->value == RI_HANDLE_MAP_NONE)
        map->count++;
    entry->handle = handle;
    entry->value = value;
}

void ri_handle_map_remove(struct ri_handle_map *map, reactor_handle handle)
{
    uint32_t hole = find(map, handle);
    uint32_t position = hole;

    assert(map->entries[hole].value != RI_HANDLE_MAP_NONE);
    for (;;) {
        uint32_t home;

        position = next_to(map, position);
        if (map->entries[position].value == RI_HANDLE_MAP_NONE)
            break;
        home = home_of(map, map->entries[position].handle);
        /* An entry may move back to the hole unless its home lies behind it. */
        if (((position - home) & (map->capacity - 1)) >=
            ((position - hole) & (map->capacity - 1))) {
            map->entries[hole] = map->entries[position];
            hole = position;
        }
    }
    map->entries[hole].value = RI_HANDLE_MAP_NONE;
    map->count--;
}
