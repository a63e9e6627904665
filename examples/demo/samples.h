/* SPDX-License-Identifier: MIT */
#ifndef DEMO_SAMPLES_H
#define DEMO_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Every single measured time, so that percentiles are exact. */
struct samples {
    int64_t *values;
    size_t count, capacity;
    size_t dropped; /* did not fit into memory or over the limit */
    bool sorted;
};

void samples_reserve(struct samples *samples, size_t capacity);
void samples_add(struct samples *samples, int64_t value);
void samples_free(struct samples *samples);

/* The smallest value that at least `permille` of the values (up to 1000)
   do not exceed; 0 without values. Sorts what is not sorted. */
int64_t samples_percentile(struct samples *samples, unsigned permille);

/* How many values are below `limit`. */
size_t samples_below(struct samples *samples, int64_t limit);

#endif
