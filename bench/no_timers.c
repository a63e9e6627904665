/* SPDX-License-Identifier: MIT */
/* For engines that have no timers. */
#include "engine.h"

#include <errno.h>

const size_t engine_timer_size = sizeof(struct timer);

int engine_timer_init(struct engine *engine, struct timer *timer)
{
    (void)engine;
    (void)timer;
    return -ENOTSUP;
}

int engine_timer_start(struct timer *timer, int64_t delay_ns)
{
    (void)timer;
    (void)delay_ns;
    return -ENOTSUP;
}

int engine_timer_touch(struct timer *timer, int64_t delay_ns)
{
    return engine_timer_start(timer, delay_ns);
}

int engine_timer_stop(struct timer *timer)
{
    (void)timer;
    return -ENOTSUP;
}
