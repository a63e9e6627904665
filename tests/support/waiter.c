/* SPDX-License-Identifier: MIT */
#include "support/expect.h"
#include "support/thread.h"

/* It could end by its timeout, but then it was not ended by the test. */
static int wait_once(void *context)
{
    struct waiter *waiter = context;
    int64_t start = reactor_now_ns();
    int count;

    do
        count =
            reactor_wait(waiter->reactor, &waiter->event, 1, PATIENCE_MS * 2);
    while (count == -EBUSY);
    if (reactor_now_ns() - start > (int64_t)PATIENCE_MS * 1000000)
        return -ETIMEDOUT;
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
