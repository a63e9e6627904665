/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_SCALE_H
#define SUPPORT_SCALE_H

#include <stdbool.h>

/* Whether this program was built with a sanitizer. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define IS_SANITIZED true
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED false
#endif

/*
 * A sanitizer, or the environment variable LIBREACTOR_SLOW, which is for
 * valgrind and emulators.
 */
bool is_slow(void);

/*
 * How much a test does: `nightly` if LIBREACTOR_NIGHTLY is set, else `quick`,
 * and a tenth of that where it is slow.
 */
unsigned scaled(unsigned quick, unsigned nightly);

/*
 * Of a long row of cases each so manieth is played: every one at night and with
 * a sanitizer, few where it is slow. No row's length is a multiple of it.
 */
unsigned stride(void);

#endif /* SUPPORT_SCALE_H */
