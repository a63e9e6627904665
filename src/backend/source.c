/* SPDX-License-Identifier: MIT */
#include "backend/source.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define FIRST_DIRECTORY_CAPACITY 8u

int ri_sources_init(struct ri_sources *sources)
{
    uint32_t nobodys;
    int error;

    memset(sources, 0, sizeof(*sources));
    sources->first_free = RI_SOURCE_NONE;
    error = ri_mutex_init(&sources->lock);
    if (error != 0)
        return error;
    error = ri_sources_take(sources, &nobodys);
    if (error != 0)
        ri_sources_destroy(sources);
    return error;
}

void ri_sources_destroy(struct ri_sources *sources)
{
    struct ri_source_directory *directory = sources->directory;
    uint32_t i;

    for (i = 0; i < sources->chunk_count; i++)
        ri_release(
            atomic_load_explicit(&directory->chunks[i], memory_order_relaxed));
    while (directory != NULL) {
        struct ri_source_directory *older = directory->older;

        ri_release(directory);
        directory = older;
    }
    ri_mutex_destroy(&sources->lock);
}

/* Makes room for one more chunk; the old directory stays for its readers. */
static int grow_directory(struct ri_sources *sources)
{
    struct ri_source_directory *old = sources->directory;
    struct ri_source_directory *grown;
    uint32_t capacity = FIRST_DIRECTORY_CAPACITY;
    uint32_t i;

    if (old != NULL)
        capacity = old->capacity * 2;
    grown = ri_allocate(sizeof(*grown) + capacity * sizeof(grown->chunks[0]));
    if (grown == NULL)
        return -ENOMEM;
    grown->older = old;
    grown->capacity = capacity;
    for (i = 0; i < capacity; i++)
        atomic_init(
            &grown->chunks[i],
            i < sources->chunk_count
                ? atomic_load_explicit(&old->chunks[i], memory_order_relaxed)
                : NULL);
    sources->directory = grown;
    atomic_store_explicit(&sources->chunks, grown->chunks,
                          memory_order_release);
    return 0;
}

static int add_chunk(struct ri_sources *sources)
{
    struct ri_source_directory *directory = sources->directory;
    struct ri_source *chunk;
    uint32_t i;
    int error;

    if (sources->chunk_count == RI_SOURCE_CHUNKS_MAX)
        return -ENOSPC;
    if (directory == NULL || sources->chunk_count == directory->capacity) {
        error = grow_directory(sources);
        if (error != 0)
            return error;
        directory = sources->directory;
    }
    chunk = ri_allocate(RI_SOURCES_PER_CHUNK * sizeof(*chunk));
    if (chunk == NULL)
        return -ENOMEM;
    memset(chunk, 0, RI_SOURCES_PER_CHUNK * sizeof(*chunk));
    for (i = 0; i < RI_SOURCES_PER_CHUNK; i++) {
        atomic_init(&chunk[i].user_data, NULL);
        atomic_init(&chunk[i].handle, REACTOR_INVALID_HANDLE);
        atomic_init(&chunk[i].interest, 0);
        atomic_init(&chunk[i].generation, 0);
        atomic_init(&chunk[i].disarmed, 0);
        chunk[i].next_free = RI_SOURCE_NONE;
    }
    atomic_store_explicit(&directory->chunks[sources->chunk_count], chunk,
                          memory_order_release);
    sources->chunk_count++;
    return 0;
}

int ri_sources_take(struct ri_sources *sources, uint32_t *index)
{
    if (sources->first_free != RI_SOURCE_NONE) {
        *index = sources->first_free;
        sources->first_free = ri_sources_at(sources, *index)->next_free;
        return 0;
    }
    if (sources->used == sources->chunk_count * RI_SOURCES_PER_CHUNK) {
        int error = add_chunk(sources);

        if (error != 0)
            return error;
    }
    *index = sources->used++;
    return 0;
}

void ri_sources_give_back(struct ri_sources *sources, uint32_t index)
{
    ri_sources_at(sources, index)->next_free = sources->first_free;
    sources->first_free = index;
}

static uint32_t generation_of(const struct ri_source *source)
{
    return atomic_load_explicit(&source->generation, memory_order_relaxed);
}

uint32_t ri_source_next_generation(const struct ri_source *source)
{
    return ((generation_of(source) + 3) & ~UINT32_C(3)) + 1;
}

static void count_change(struct ri_sources *sources)
{
    atomic_store_explicit(&sources->changes, ri_sources_changes(sources) + 1,
                          memory_order_relaxed);
}

void ri_sources_publish(struct ri_sources *sources,
                        const struct ri_registration *registration)
{
    struct ri_source *source = ri_sources_at(sources, registration->index);

    assert(registration->generation == ri_source_next_generation(source));
    if (!ri_source_is_registered(source))
        atomic_store_explicit(&sources->registered,
                              ri_sources_registered(sources) + 1,
                              memory_order_relaxed);
    atomic_store_explicit(&source->generation, registration->generation - 1,
                          memory_order_relaxed);
    atomic_store_explicit(&source->user_data, registration->user_data,
                          memory_order_release);
    atomic_store_explicit(&source->handle, registration->handle,
                          memory_order_release);
    atomic_store_explicit(&source->interest, registration->interest,
                          memory_order_release);
    atomic_store_explicit(&source->generation, registration->generation,
                          memory_order_release);
    count_change(sources);
}

void ri_sources_retire(struct ri_sources *sources, uint32_t index)
{
    struct ri_source *source = ri_sources_at(sources, index);

    assert(ri_source_is_registered(source));
    atomic_store_explicit(&source->generation, generation_of(source) + 1,
                          memory_order_release);
    atomic_store_explicit(&sources->registered,
                          ri_sources_registered(sources) - 1,
                          memory_order_relaxed);
    count_change(sources);
    ri_sources_give_back(sources, index);
}

struct ri_source *ri_sources_next(struct ri_sources *sources, uint32_t *index)
{
    for (; *index < sources->used; (*index)++) {
        struct ri_source *source = ri_sources_at(sources, *index);

        if (ri_source_is_registered(source))
            return source;
    }
    return NULL;
}

struct ri_registration ri_sources_registration(struct ri_sources *sources,
                                               uint32_t index)
{
    struct ri_source *source = ri_sources_at(sources, index);
    struct ri_registration registration = {
        .user_data =
            atomic_load_explicit(&source->user_data, memory_order_relaxed),
        .handle = atomic_load_explicit(&source->handle, memory_order_relaxed),
        .interest =
            atomic_load_explicit(&source->interest, memory_order_relaxed),
        .index = index,
        .generation = generation_of(source),
    };

    return registration;
}

void ri_sources_settle(struct ri_sources *sources)
{
    ri_mutex_lock(&sources->lock);
    ri_mutex_unlock(&sources->lock);
}
