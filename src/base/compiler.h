/* SPDX-License-Identifier: MIT */
#ifndef BASE_COMPILER_H
#define BASE_COMPILER_H

/* What is rare is laid out of the way of what is not. */
#if defined(__GNUC__)
#define RI_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define RI_NEVER_INLINE        __attribute__((noinline, cold))
#else
#define RI_UNLIKELY(condition) (condition)
#define RI_NEVER_INLINE
#endif

#endif /* BASE_COMPILER_H */
