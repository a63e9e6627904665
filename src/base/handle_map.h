/* SPDX-License-Identifier: MIT */
#ifndef BASE_HANDLE_MAP_H
#define BASE_HANDLE_MAP_H

/*
 * A hash map from handles to 32-bit values, made for descriptor numbers: small
 * and dense, but with no bound that memory could be laid out by.
 *
 * Open addressing with linear probing; a removal moves the followers back
 * instead of leaving a tombstone (Knuth, TAOCP vol. 3, 6.4, algorithm R).
 * The map never allocates: its owner hands it storage of
 * ri_handle_map_bytes(capacity) before it is full. Not thread-safe.
 */

#include <reactor.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RI_HANDLE_MAP_NONE         UINT32_MAX
#define RI_HANDLE_MAP_MIN_CAPACITY 16u
#define RI_HANDLE_MAP_MAX_CAPACITY (1u << 28) /* its bytes fit any size_t */

struct ri_handle_entry;

struct ri_handle_map {
    struct ri_handle_entry *entries;
    uint32_t capacity; /* 0 or a power of two */
    uint32_t count;
};

/* Starts empty and without storage; the map is full. */
void ri_handle_map_init(struct ri_handle_map *map);

/* True when the next put needs more storage first. */
bool ri_handle_map_is_full(const struct ri_handle_map *map);

/* The capacity to grow to; 0 at the maximum. */
uint32_t ri_handle_map_next_capacity(const struct ri_handle_map *map);

/* The storage that a capacity needs, in bytes. */
size_t ri_handle_map_bytes(uint32_t capacity);

/* Moves the map into new storage; returns the old, for its owner to release. */
void *ri_handle_map_rehouse(struct ri_handle_map *map, void *storage,
                            uint32_t capacity);

/* The handle's value, or RI_HANDLE_MAP_NONE. */
uint32_t ri_handle_map_get(const struct ri_handle_map *map,
                           reactor_handle handle);

/* Sets the handle's value, new or not. The map must not be full. */
void ri_handle_map_put(struct ri_handle_map *map, reactor_handle handle,
                       uint32_t value);

/* Removes the handle, which must be there. */
void ri_handle_map_remove(struct ri_handle_map *map, reactor_handle handle);

#endif /* BASE_HANDLE_MAP_H */
