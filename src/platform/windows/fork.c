/* SPDX-License-Identifier: MIT */
#include "platform/platform.h"

const bool ri_has_fork = false;

int ri_fork_watch(void (*before)(void), void (*after_in_parent)(void),
                  void (*after_in_child)(void))
{
    (void)before;
    (void)after_in_parent;
    (void)after_in_child;
    return 0;
}
