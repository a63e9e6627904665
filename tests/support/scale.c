/* SPDX-License-Identifier: MIT */
#include "support/scale.h"

#include <stdlib.h>

/* An empty one counts as unset. */
static bool is_set(const char *variable)
{
    const char *value = getenv(variable);

    return value != NULL && *value != '\0';
}

bool is_slow(void)
{
    return IS_SANITIZED || is_set("LIBREACTOR_SLOW");
}

unsigned scaled(unsigned quick, unsigned nightly)
{
    if (is_set("LIBREACTOR_NIGHTLY"))
        return nightly;
    return is_slow() ? quick / 10 + 1 : quick;
}

unsigned stride(void)
{
    if (is_set("LIBREACTOR_NIGHTLY") || IS_SANITIZED)
        return 1;
    return is_slow() ? 17 : 3;
}
