/* SPDX-License-Identifier: MIT */
#include "platform/platform.h"

#include <windows.h>

/*
 * Neither function fails on the systems that the library is for. What is left
 * over from the whole seconds is multiplied first: at 10 MHz, and up to 9 GHz,
 * that stays within 64 bits.
 */
int64_t ri_clock_now_ns(void)
{
    LARGE_INTEGER frequency;
    LARGE_INTEGER now;

    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&now);
    return now.QuadPart / frequency.QuadPart * RI_NS_PER_S +
           now.QuadPart % frequency.QuadPart * RI_NS_PER_S / frequency.QuadPart;
}
