/* SPDX-License-Identifier: MIT */
#include "command_server/memory.h"

#include <stdint.h>
#include <stdlib.h>

/* In front of each piece. */
union header {
    size_t size;
    max_align_t alignment;
};

static size_t used;

void *memory_resize(void *old, size_t size)
{
    union header *header = old != NULL ? (union header *)old - 1 : NULL;
    size_t before = header != NULL ? header->size : 0;
    union header *resized;

    if (size > SIZE_MAX - sizeof *header)
        return NULL;
    resized = realloc(header, sizeof *header + size);
    if (resized == NULL)
        return NULL; /* the old one stays */
    used += size - before;
    resized->size = size;
    return resized + 1;
}

void memory_release(void *memory)
{
    union header *header = memory;

    if (memory == NULL)
        return;
    header--;
    used -= header->size;
    free(header);
}

size_t memory_used(void)
{
    return used;
}
