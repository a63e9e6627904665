/* SPDX-License-Identifier: MIT */
#ifndef PLATFORM_POSIX_PLATFORM_TYPES_H
#define PLATFORM_POSIX_PLATFORM_TYPES_H

#include <pthread.h>

struct ri_mutex {
    pthread_mutex_t native;
};

struct ri_condition {
    pthread_cond_t native;
};

struct ri_thread {
    pthread_t native;
    void (*function)(void *context);
    void *context;
};

#endif /* PLATFORM_POSIX_PLATFORM_TYPES_H */
