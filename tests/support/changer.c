/* SPDX-License-Identifier: MIT */
#include "support/expect.h"
#include "support/thread.h"

static int change_until_over(void *context)
{
    struct changer *changer = context;
    int error = 0;

    while (error == 0 && !atomic_load(&changer->is_over))
        error = reactor_reregister(changer->reactor, changer->handle,
                                   REACTOR_READABLE, NULL);
    return error;
}

void changer_start(struct changer *changer, struct reactor *reactor,
                   reactor_handle handle)
{
    changer->reactor = reactor;
    changer->handle = handle;
    atomic_init(&changer->is_over, false);
    changer->thread = thread_start(change_until_over, changer);
}

int changer_join(struct changer *changer)
{
    atomic_store(&changer->is_over, true);
    return thread_join(changer->thread);
}
