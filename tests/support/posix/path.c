/* SPDX-License-Identifier: MIT */
#include "support/path.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char path_folder[64];
char path_name[80];
char path_address[96];

int path_begin(void **state)
{
    snprintf(path_folder, sizeof(path_folder), "/tmp/libreactor-path-XXXXXX");
    if (mkdtemp(path_folder) == NULL)
        return -1;
    snprintf(path_name, sizeof(path_name), "%s/socket", path_folder);
    snprintf(path_address, sizeof(path_address), "unix:%s", path_name);
    return claim_begin_bare(state);
}

int path_end(void **state)
{
    assert_ok(rmdir(path_folder));
    return claim_end(state);
}
