/* SPDX-License-Identifier: MIT */
#include "support/scale.h"

#include <stdlib.h>

bool is_slow(void)
{
    return IS_SANITIZED || getenv("LIBREACTOR_SLOW") != NULL;
}

unsigned scaled(unsigned quick, unsigned nightly)
{
    if (getenv("LIBREACTOR_NIGHTLY") != NULL)
        return nightly;
    return is_slow() ? quick / 10 + 1 : quick;
}
