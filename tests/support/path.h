/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_PATH_H
#define SUPPORT_PATH_H

/* A folder of a claim's own, with nothing in it, for a Unix socket. POSIX. */

#include "support/claim.h"

extern char path_folder[64];
extern char path_name[80];    /* of a socket that may be there */
extern char path_address[96]; /* the same as an address */

/* Whoever leaves something behind in it has failed. */
#define CLAIM_WITH_PATH(function)                                              \
    cmocka_unit_test_setup_teardown(function, path_begin, path_end)

int path_begin(void **state);
int path_end(void **state);

#endif /* SUPPORT_PATH_H */
