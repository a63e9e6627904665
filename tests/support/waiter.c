/* SPDX-License-Identifier: MIT */
#include "support/expect.h"
#include "support/thread.h"

static int wait_once(void *context)
{
    struct waiter *waiter = context;
    int count;

    do
        count =
            reactor_wait(waiter->reactor, &waiter->event, 1, PATIENCE_MS * 2);
    while (count == -EBUSY);
    return count;
}

void waiter_start(struct waiter *waiter, struct reactor *reactor)
{
    struct reactor_event event;
    int count;

    waiter->reactor = reactor;
    waiter->thread = thread_start(wait_once, waiter);
    while ((count = reactor_wait(reactor, &event, 1, 0)) == 0)
        thread_yield();
    assert_error(count, -EBUSY);
}

int waiter_join(struct waiter *waiter)
{
    return thread_join(waiter->thread);
}
