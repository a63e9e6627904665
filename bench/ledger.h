/* SPDX-License-Identifier: MIT */
#ifndef BENCH_LEDGER_H
#define BENCH_LEDGER_H

/* An allocator that keeps account of what an engine takes. */

#include "engine.h"

struct ledger {
    size_t calls; /* of allocate and reallocate */
    size_t bytes; /* asked for and not released yet */
};

extern const struct allocator ledger_allocator;

struct ledger ledger_read(void);

#endif /* BENCH_LEDGER_H */
