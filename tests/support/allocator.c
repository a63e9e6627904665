/* SPDX-License-Identifier: MIT */
/*
 * Blocks are handed out as they come, without a header before them: tools that
 * search for leaks see them held by the pointers that the library keeps.
 */
#include "support/allocator.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

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
    void *memory = may_allocate() ? malloc(size) : NULL;

    if (memory != NULL) {
        atomic_fetch_add(&allocations, 1);
        atomic_fetch_add(&bytes, size);
    }
    return memory;
}

void *count_reallocate(void *memory, size_t size)
{
    void *moved;

    if (memory == NULL)
        return count_allocate(size);
    moved = may_allocate() ? realloc(memory, size) : NULL;
    if (moved != NULL)
        atomic_fetch_add(&bytes, size);
    return moved;
}

void count_release(void *memory)
{
    if (memory != NULL)
        atomic_fetch_sub(&allocations, 1);
    free(memory);
}

size_t live_allocations(void)
{
    return atomic_load(&allocations);
}

size_t allocation_calls(void)
{
    return atomic_load(&calls);
}

size_t allocated_bytes(void)
{
    return atomic_load(&bytes);
}

void limit_allocations(size_t count)
{
    atomic_store(&allowed, count);
}
