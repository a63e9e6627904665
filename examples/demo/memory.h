/* SPDX-License-Identifier: MIT */
#ifndef DEMO_MEMORY_H
#define DEMO_MEMORY_H

#include <stddef.h>

/* An allocator for reactor_set_allocator() that counts. */
void *counted_allocate(size_t size);
void *counted_reallocate(void *memory, size_t size);
void counted_release(void *memory);

/* The bytes that the library has asked for and not yet given back. */
size_t counted_bytes(void);

#endif
