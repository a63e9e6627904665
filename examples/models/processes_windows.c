/* SPDX-License-Identifier: MIT */
#include "models/echo.h"

#include <errno.h>

/* There is no fork(). */
int processes_run(const struct processes *processes)
{
    (void)processes;
    return -ENOTSUP;
}
