/* SPDX-License-Identifier: MIT */
#ifndef PLATFORM_WINDOWS_PLATFORM_TYPES_H
#define PLATFORM_WINDOWS_PLATFORM_TYPES_H

/*
 * The system's types are one pointer each; those of the first two are NULL to
 * begin with. They are not named here, as windows.h would come along into every
 * file above.
 */

struct ri_mutex {
    void *native; /* an SRWLOCK */
};

struct ri_condition {
    void *native; /* a CONDITION_VARIABLE */
};

struct ri_thread {
    void *native; /* a HANDLE */
    void (*function)(void *context);
    void *context;
};

#endif /* PLATFORM_WINDOWS_PLATFORM_TYPES_H */
