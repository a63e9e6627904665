/* SPDX-License-Identifier: MIT */
#include "support/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* proc(5), of Linux. */
size_t process_memory(void)
{
    FILE *status = fopen("/proc/self/status", "r");
    unsigned long kib = 0;
    char line[128];

    if (status == NULL)
        return 0;
    while (fgets(line, sizeof(line), status) != NULL)
        if (strncmp(line, "VmRSS:", 6) == 0)
            kib = strtoul(line + 6, NULL, 10);
    fclose(status);
    return (size_t)kib * 1024;
}
