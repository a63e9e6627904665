/* SPDX-License-Identifier: MIT */
#include "platform/platform.h"

#include <stdlib.h>

static struct {
    void *(*allocate)(size_t);
    void *(*reallocate)(void *, size_t);
    void (*release)(void *);
} allocator = {malloc, realloc, free};

void *ri_allocate(size_t size)
{
    return allocator.allocate(size);
}

void *ri_reallocate(void *memory, size_t size)
{
    return allocator.reallocate(memory, size);
}

void ri_release(void *memory)
{
    allocator.release(memory);
}

void ri_set_allocator(void *(*allocate)(size_t),
                      void *(*reallocate)(void *, size_t),
                      void (*release)(void *))
{
    allocator.allocate = allocate != NULL ? allocate : malloc;
    allocator.reallocate = reallocate != NULL ? reallocate : realloc;
    allocator.release = release != NULL ? release : free;
}
