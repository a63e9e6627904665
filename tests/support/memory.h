/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_MEMORY_H
#define SUPPORT_MEMORY_H

#include <stddef.h>

/* Bytes of memory that the process has now; 0 where it can't be asked. */
size_t process_memory(void);

#endif /* SUPPORT_MEMORY_H */
