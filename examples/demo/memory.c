/* SPDX-License-Identifier: MIT */
#include "memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

/* In front of each block, because free() does not tell a size. */
union header {
    size_t size;
    max_align_t alignment;
};

static atomic_size_t bytes_in_use;

void *counted_allocate(size_t size)
{
    return counted_reallocate(NULL, size);
}

void *counted_reallocate(void *memory, size_t size)
{
    union header *old = memory == NULL ? NULL : (union header *)memory - 1;
    size_t old_size = old == NULL ? 0 : old->size;
    union header *header;

    if (size > SIZE_MAX - sizeof *header)
        return NULL;
    header = realloc(old, sizeof *header + size);
    if (header == NULL)
        return NULL;
    header->size = size;
    atomic_fetch_add(&bytes_in_use, size);
    atomic_fetch_sub(&bytes_in_use, old_size);
    return header + 1;
}

void counted_release(void *memory)
{
    union header *header;

    if (memory == NULL)
        return;
    header = (union header *)memory - 1;
    atomic_fetch_sub(&bytes_in_use, header->size);
    free(header);
}

size_t counted_bytes(void)
{
    return atomic_load(&bytes_in_use);
}
