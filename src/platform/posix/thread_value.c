/* SPDX-License-Identifier: MIT */
#include "platform/platform.h"

#include <errno.h>
#include <stdatomic.h>

/* Made by the first value; with the process lock held. */
static pthread_key_t key;
static _Atomic bool has_key;

void *ri_thread_value(void)
{
    return has_key ? pthread_getspecific(key) : NULL;
}

static int make_key(void (*at_end)(void *value))
{
    int error = 0;

    ri_process_lock();
    if (!has_key) {
        error = -pthread_key_create(&key, at_end);
        has_key = error == 0;
    }
    ri_process_unlock();
    return error == -EAGAIN ? -ENOMEM : error;
}

int ri_thread_set_value(void *value, void (*at_end)(void *value))
{
    int error = 0;

    if (value == NULL && !has_key)
        return 0;
    error = make_key(at_end);
    return error != 0 ? error : -pthread_setspecific(key, value);
}
