/* SPDX-License-Identifier: MIT */
#ifndef CORE_REGISTRY_H
#define CORE_REGISTRY_H

/*
 * Which handles are registered, and as what: the table of sources, and the map
 * that finds a handle in it. The map is for changes only; the waiting thread
 * finds its sources by the tokens that the kernel hands back.
 *
 * All but init, destroy are called with the sources' lock held.
 */

#include "backend/source.h"
#include "base/handle_map.h"

struct ri_registry {
    struct ri_sources sources;
    struct ri_handle_map map;
};

int ri_registry_init(struct ri_registry *registry);
void ri_registry_destroy(struct ri_registry *registry);

/* True, and what is registered for the handle, or false. */
bool ri_registry_find(struct ri_registry *registry, reactor_handle handle,
                      struct ri_registration *out);

/*
 * Makes room for a registration and fills in its index and generation. From
 * here on nothing can fail: it is either inserted or given back.
 */
int ri_registry_reserve(struct ri_registry *registry,
                        struct ri_registration *wanted);
void ri_registry_give_back(struct ri_registry *registry,
                           const struct ri_registration *wanted);

/* Inserts what was reserved, in place of what the handle had. */
void ri_registry_insert(struct ri_registry *registry,
                        const struct ri_registration *wanted);

void ri_registry_replace(struct ri_registry *registry,
                         const struct ri_registration *wanted);

void ri_registry_remove(struct ri_registry *registry,
                        const struct ri_registration *registration);

#endif /* CORE_REGISTRY_H */
