/* SPDX-License-Identifier: MIT */
#ifndef COMMAND_SERVER_MEMORY_H
#define COMMAND_SERVER_MEMORY_H

/* Memory that is counted, so that it can be limited. */

#include <stddef.h>

/* As realloc(). */
void *memory_resize(void *old, size_t size);
void memory_release(void *memory);

/* All that is not released. */
size_t memory_used(void);

#endif /* COMMAND_SERVER_MEMORY_H */
