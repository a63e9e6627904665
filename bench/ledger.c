/* SPDX-License-Identifier: MIT */
#include "ledger.h"

#include <stdatomic.h>
#include <stdlib.h>

/* In front of every block; as large as the strictest alignment. */
union header {
    size_t size;
    max_align_t alignment;
};

/* Engines may run on two threads. */
static _Atomic size_t calls;
static _Atomic size_t bytes;

static void *record(union header *header, size_t size)
{
    if (header == NULL)
        return NULL;
    header->size = size;
    bytes += size;
    return header + 1;
}

static void *allocate(size_t size)
{
    calls++;
    return record(malloc(sizeof(union header) + size), size);
}

static void *reallocate(void *memory, size_t size)
{
    union header *header = memory;
    size_t old;

    if (memory == NULL)
        return allocate(size);
    calls++;
    header--;
    old = header->size;
    header = realloc(header, sizeof(*header) + size);
    if (header != NULL)
        bytes -= old;
    return record(header, size);
}

static void release(void *memory)
{
    union header *header = memory;

    if (memory == NULL)
        return;
    header--;
    bytes -= header->size;
    free(header);
}

const struct allocator ledger_allocator = {allocate, reallocate, release};

struct ledger ledger_read(void)
{
    return (struct ledger){calls, bytes};
}
