/* SPDX-License-Identifier: MIT */
/* What a loop counts, and what it measures if it was asked to. */
#include "loop/loop_state.h"

#include "base/versioned.h"

#include <errno.h>

void ri_call_was_slow(struct reactor_loop *loop, const char *kind,
                      void *user_data, int64_t began_ns)
{
    int64_t took_ns = ri_clock_now_ns() - began_ns;

    if (began_ns < 0 || took_ns <= loop->slow_ns)
        return;
    loop->numbers.slow++;
    loop->slow(loop->slow_data, kind, user_data, took_ns);
}

/* The class of a duration: its binary logarithm, within what there is. */
static unsigned class_of(int64_t duration_ns)
{
    unsigned class = 0;

    while (duration_ns > 1 && class < REACTOR_LAG_CLASSES - 1) {
        duration_ns >>= 1;
        class ++;
    }
    return class;
}

void ri_lag_measure(struct reactor_loop *loop)
{
    int64_t now = ri_clock_now_ns();

    if (loop->woke_ns > 0 && now >= loop->woke_ns)
        loop->numbers.lag[class_of(now - loop->woke_ns)]++;
    loop->woke_ns = 0;
}

int reactor_loop_numbers(struct reactor_loop *loop,
                         struct reactor_loop_numbers *out)
{
    if (loop == NULL || out == NULL)
        return -EINVAL;
    return ri_write_versioned(out, &loop->numbers, sizeof(*out));
}
