/* SPDX-License-Identifier: MIT */
#ifndef BASE_COMPILER_H
#define BASE_COMPILER_H

#include <stdint.h>

#if defined(__GNUC__)
/* What is rare is laid out of the way of what is not. */
#define RI_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define RI_NEVER_INLINE        __attribute__((noinline, cold))
/* The arguments from the nth on are what the format, the mth, is for. */
#define RI_PRINTS(m, n)        __attribute__((format(printf, m, n)))
/* Where the calling function's frame lies; 0: not known. */
#define RI_FRAME_ADDRESS()     ((uintptr_t)__builtin_frame_address(0))
#else
#define RI_UNLIKELY(condition) (condition)
#define RI_NEVER_INLINE
#define RI_PRINTS(m, n)
#define RI_FRAME_ADDRESS() ((uintptr_t)0)
#endif

#endif /* BASE_COMPILER_H */
