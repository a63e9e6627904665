/* SPDX-License-Identifier: MIT */
/*
 * Linked into every program that ThreadSanitizer watches (cmake/develop.cmake).
 *
 * It delivers a signal to a thread when that next waits, and keeps it until
 * then in a place that the thread makes on its first wait. Up to gcc 12 and
 * clang 14 at least, a signal that comes while the place is being made is lost:
 * the handler makes one of its own, which the thread's then replaces. So a
 * program that is asked to stop as soon as it has started would, once in a
 * hundred times, wait for ever. Here the first thread waits before that.
 */
#include <poll.h>

__attribute__((constructor)) static void make_place_for_signals(void)
{
    (void)poll(0, 0, 0);
}
