/* SPDX-License-Identifier: MIT */
#ifndef BASE_VERSIONED_H
#define BASE_VERSIONED_H

/*
 * Public structs that may grow begin with their size, a size_t, by which the
 * caller says which version of the header it was compiled with.
 */

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static inline bool ri_is_version(size_t size, size_t known)
{
    return size >= sizeof(size) && size <= known;
}

/* What the caller gives comes on top of the defaults. NULL: nothing does. */
static inline int ri_read_versioned(void *defaults, size_t known,
                                    const void *given)
{
    const size_t *size = given; /* the first field */

    if (given == NULL)
        return 0;
    if (!ri_is_version(*size, known))
        return -EINVAL;
    memcpy(defaults, given, *size);
    return 0;
}

/* The caller gets what it has room for, and its size stays. */
static inline int ri_write_versioned(void *out, const void *current,
                                     size_t known)
{
    size_t *field = out; /* the first */
    size_t size = *field;

    if (!ri_is_version(size, known))
        return -EINVAL;
    memcpy(out, current, size);
    *field = size;
    return 0;
}

#endif /* BASE_VERSIONED_H */
