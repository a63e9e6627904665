/* SPDX-License-Identifier: MIT */
#ifndef BASE_BITS_H
#define BASE_BITS_H

#include <stdint.h>

/* The number of the lowest or highest bit that is set; one must be. */
#if defined(__GNUC__)
static inline uint32_t ri_lowest_bit(uint64_t bits)
{
    return (uint32_t)__builtin_ctzll(bits);
}

static inline uint32_t ri_highest_bit(uint64_t bits)
{
    return 63u - (uint32_t)__builtin_clzll(bits);
}
#else
static inline uint32_t ri_highest_bit(uint64_t bits)
{
    uint32_t number = 0;
    uint32_t half;

    for (half = 32; half != 0; half /= 2) {
        if (bits >> half != 0) {
            bits >>= half;
            number += half;
        }
    }
    return number;
}

static inline uint32_t ri_lowest_bit(uint64_t bits)
{
    return ri_highest_bit(bits & (~bits + 1));
}
#endif

#endif /* BASE_BITS_H */
