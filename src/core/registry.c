/* SPDX-License-Identifier: MIT */
#include "core/registry.h"

#include "platform/platform.h"

#include <errno.h>

int ri_registry_init(struct ri_registry *registry)
{
    ri_handle_map_init(&registry->map);
    return ri_sources_init(&registry->sources);
}

void ri_registry_destroy(struct ri_registry *registry)
{
    ri_sources_destroy(&registry->sources);
    ri_release(registry->map.entries);
}

bool ri_registry_find(struct ri_registry *registry, reactor_handle handle,
                      struct ri_registration *out)
{
    uint32_t index = ri_handle_map_get(&registry->map, handle);

    if (index == RI_HANDLE_MAP_NONE)
        return false;
    *out = ri_sources_registration(&registry->sources, index);
    return true;
}

static int grow_map(struct ri_handle_map *map)
{
    uint32_t capacity = ri_handle_map_next_capacity(map);
    void *storage =
        capacity > 0 ? ri_allocate(ri_handle_map_bytes(capacity)) : NULL;

    if (storage == NULL)
        return -ENOMEM;
    ri_release(ri_handle_map_rehouse(map, storage, capacity));
    return 0;
}

int ri_registry_reserve(struct ri_registry *registry,
                        struct ri_registration *wanted)
{
    int error;

    if (ri_handle_map_is_full(&registry->map)) {
        error = grow_map(&registry->map);
        if (error != 0)
            return error;
    }
    error = ri_sources_take(&registry->sources, &wanted->index);
    if (error != 0)
        return error;
    wanted->generation = ri_source_next_generation(
        ri_sources_at(&registry->sources, wanted->index));
    return 0;
}

void ri_registry_give_back(struct ri_registry *registry,
                           const struct ri_registration *wanted)
{
    ri_sources_give_back(&registry->sources, wanted->index);
}

void ri_registry_insert(struct ri_registry *registry,
                        const struct ri_registration *wanted)
{
    uint32_t replaced = ri_handle_map_get(&registry->map, wanted->handle);

    if (replaced != RI_HANDLE_MAP_NONE)
        ri_sources_retire(&registry->sources, replaced);
    ri_sources_publish(&registry->sources, wanted);
    ri_handle_map_put(&registry->map, wanted->handle, wanted->index);
}

void ri_registry_replace(struct ri_registry *registry,
                         const struct ri_registration *wanted)
{
    ri_sources_publish(&registry->sources, wanted);
}

void ri_registry_remove(struct ri_registry *registry,
                        const struct ri_registration *registration)
{
    ri_handle_map_remove(&registry->map, registration->handle);
    ri_sources_retire(&registry->sources, registration->index);
}
