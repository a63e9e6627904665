/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_ALLOCATOR_H
#define SUPPORT_ALLOCATOR_H

/* An allocator for reactor_set_allocator() that counts. Any thread. */

#include <stddef.h>

void *count_allocate(size_t size);
void *count_reallocate(void *memory, size_t size);
void count_release(void *memory);

size_t live_allocations(void);

/* Calls of allocate and reallocate so far. */
size_t allocation_calls(void);

/* What was handed out so far; it never decreases. */
size_t allocated_bytes(void);

/* Lets so many more allocations succeed, then none; SIZE_MAX: all. */
void limit_allocations(size_t count);

#endif /* SUPPORT_ALLOCATOR_H */
