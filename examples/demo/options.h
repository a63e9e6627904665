/* SPDX-License-Identifier: MIT */
#ifndef DEMO_OPTIONS_H
#define DEMO_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options {
    int seconds;
    size_t connections; /* 0: as many as fit */
    uint16_t port;
    bool port_is_fixed; /* else the next free one does as well */
    bool keep;
    /* For the tests: which end flips a bit, to prove that it is noticed. */
    bool corrupt_server, corrupt_client;
};

/* Returns the exit status to end with, or -1 to go on. */
int options_read(struct options *options, int argc, char **argv);

#endif
