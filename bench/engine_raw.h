/* SPDX-License-Identifier: MIT */
#ifndef BENCH_ENGINE_RAW_H
#define BENCH_ENGINE_RAW_H

/* What engine_raw.c watches, for those who put it into structs of their own. */

#include "engine.h"

struct watcher {
    struct channel channel;
    struct engine *engine;
};

#endif /* BENCH_ENGINE_RAW_H */
