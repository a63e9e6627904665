/* SPDX-License-Identifier: MIT */
#include "loop/loop_state.h"

#include <errno.h>

/* Also when the thread ends inside of a callback: nothing runs any more. */
static void close_at_end(void *value)
{
    struct reactor_loop *loop = value;

    loop->is_default = false;
    loop->is_closing = false;
    atomic_store(&loop->runner, 0);
    reactor_loop_close(loop);
}

void ri_default_forget(void)
{
    (void)ri_thread_set_value(NULL, close_at_end);
}

int reactor_loop_default(struct reactor_loop **out)
{
    struct reactor_loop *loop;
    int error;

    if (out == NULL)
        return -EINVAL;
    loop = ri_thread_value();
    if (loop == NULL) {
        error = reactor_loop_open(&loop, NULL);
        if (error != 0)
            return error;
        error = ri_thread_set_value(loop, close_at_end);
        if (error != 0) {
            reactor_loop_close(loop);
            return error;
        }
        loop->is_default = true;
    }
    *out = loop;
    return 0;
}
