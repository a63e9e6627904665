/* SPDX-License-Identifier: MIT */
#include "samples.h"

#include <stdlib.h>

enum { MOST_SAMPLES = 1 << 25 }; /* 256 MiB */

void samples_reserve(struct samples *samples, size_t capacity)
{
    int64_t *values;

    if (capacity > MOST_SAMPLES)
        capacity = MOST_SAMPLES;
    if (capacity <= samples->capacity)
        return;
    values = realloc(samples->values, capacity * sizeof *values);
    if (values == NULL)
        return;
    samples->values = values;
    samples->capacity = capacity;
}

void samples_add(struct samples *samples, int64_t value)
{
    if (samples->count == samples->capacity)
        samples_reserve(samples, samples->capacity * 2 + 1024);
    if (samples->count == samples->capacity) {
        samples->dropped++;
        return;
    }
    samples->values[samples->count++] = value;
    samples->sorted = false;
}

void samples_free(struct samples *samples)
{
    free(samples->values);
    *samples = (struct samples){0};
}

static int compare(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

static void sort(struct samples *samples)
{
    if (!samples->sorted && samples->count > 0)
        qsort(samples->values, samples->count, sizeof *samples->values,
              compare);
    samples->sorted = true;
}

int64_t samples_percentile(struct samples *samples, unsigned permille)
{
    size_t rank = (samples->count * permille + 999) / 1000;

    if (samples->count == 0)
        return 0;
    sort(samples);
    return samples->values[rank > 0 ? rank - 1 : 0];
}

size_t samples_below(struct samples *samples, int64_t limit)
{
    size_t low = 0, high = samples->count;

    sort(samples);
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (samples->values[middle] < limit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
