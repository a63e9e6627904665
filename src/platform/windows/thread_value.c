/* SPDX-License-Identifier: MIT */
/*
 * Fiber-local storage: unlike TlsAlloc()'s, its slots have a function that is
 * called when the thread ends. Fibers of one thread have a value each.
 */
#include "platform/platform.h"

#include <errno.h>
#include <stdatomic.h>
#include <windows.h>

/* Made by the first value; with the process lock held. */
static _Atomic DWORD key = FLS_OUT_OF_INDEXES;
static void (*end_of_value)(void *value);

static void WINAPI at_thread_end(void *value)
{
    if (value != NULL)
        end_of_value(value);
}

void *ri_thread_value(void)
{
    return key != FLS_OUT_OF_INDEXES ? FlsGetValue(key) : NULL;
}

static int make_key(void (*at_end)(void *value))
{
    int error = 0;

    ri_process_lock();
    if (key == FLS_OUT_OF_INDEXES) {
        end_of_value = at_end;
        key = FlsAlloc(at_thread_end);
        if (key == FLS_OUT_OF_INDEXES)
            error = -ENOMEM;
    }
    ri_process_unlock();
    return error;
}

int ri_thread_set_value(void *value, void (*at_end)(void *value))
{
    int error;

    if (value == NULL && key == FLS_OUT_OF_INDEXES)
        return 0;
    error = make_key(at_end);
    if (error != 0)
        return error;
    return FlsSetValue(key, value) ? 0 : -ENOMEM;
}
