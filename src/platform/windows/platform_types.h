/* SPDX-License-Identifier: MIT */
#ifndef PLATFORM_WINDOWS_PLATFORM_TYPES_H
#define PLATFORM_WINDOWS_PLATFORM_TYPES_H

/*
 * Both of the system's types are one pointer, NULL to begin with. They are not
 * named here, as windows.h would come along into every file above.
 */

struct ri_mutex {
    void *native; /* an SRWLOCK */
};

struct ri_condition {
    void *native; /* a CONDITION_VARIABLE */
};

#endif /* PLATFORM_WINDOWS_PLATFORM_TYPES_H */
