/* SPDX-License-Identifier: MIT */
#include "support/allocator.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Precedes the memory that is handed out. */
union header {
    size_t size;
    max_align_t alignment;
};

static _Atomic size_t allocations;
static _Atomic size_t bytes;
static _Atomic size_t calls;
static _Atomic size_t allowed = SIZE_MAX;

static bool may_allocate(void)
{
    size_t left = atomic_load(&allowed);

    atomic_fetch_add(&calls, 1);
    while (left != SIZE_MAX && left != 0)
        if (atomic_compare_exchange_weak(&allowed, &left, left - 1))
            return true;
    return left == SIZE_MAX;
}

void *count_allocate(size_t size)
{
    union header *header;

    if (!may_allocate() || size > SIZE_MAX - sizeof(*header))
        return NULL;
    header = malloc(sizeof(*header) + size);
    if (header == NULL)
        return NULL;
    header->size = size;
    atomic_fetch_add(&allocations, 1);
    atomic_fetch_add(&bytes, size);
    return header + 1;
}

void *count_reallocate(void *memory, size_t size)
{
    union header *header = memory;
    size_t old_size;

    if (memory == NULL)
        return count_allocate(size);
    if (!may_allocate() || size > SIZE_MAX - sizeof(*header))
        return NULL;
    header--;
    old_size = header->size;
    header = realloc(header, sizeof(*header) + size);
    if (header == NULL)
        return NULL;
    header->size = size;
    atomic_fetch_add(&bytes, size);
    atomic_fetch_sub(&bytes, old_size);
    return header + 1;
}

void count_release(void *memory)
{
    union header *header = memory;

    if (memory == NULL)
        return;
    header--;
    atomic_fetch_sub(&allocations, 1);
    atomic_fetch_sub(&bytes, header->size);
    free(header);
}

size_t live_allocations(void)
{
    return atomic_load(&allocations);
}

size_t live_bytes(void)
{
    return atomic_load(&bytes);
}

size_t allocation_calls(void)
{
    return atomic_load(&calls);
}

void limit_allocations(size_t count)
{
    atomic_store(&allowed, count);
}
