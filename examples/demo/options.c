/* SPDX-License-Identifier: MIT */
#define _XOPEN_SOURCE 700

#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "usage: reactor_demo [options]\n"
    "\n"
    "One thread with one loop serves thousands of TCP connections.\n"
    "\n"
    "  -s, --seconds N      measure for N seconds (default 10)\n"
    "  -c, --connections N  open N connections (default: as many as fit)\n"
    "  -p, --port N         listen on port N, 0 for any (default: 7777 or\n"
    "                       the next free one)\n"
    "  -k, --keep           stay after the measurement, until Ctrl-C\n"
    "  -h, --help           print this\n"
    "\n"
    "Exit status: 0 all bytes came back, 1 some did not, 2 could not run.\n";

static bool read_number(const char *text, const char *name, long least,
                        long most, long *number)
{
    char *end;
    long value;

    errno = 0;
    value = strtol(text, &end, 10);
    if (end != text && *end == '\0' && errno == 0 && value >= least &&
        value <= most) {
        *number = value;
        return true;
    }
    fprintf(stderr, "reactor_demo: --%s takes a number from %ld to %ld\n", name,
            least, most);
    return false;
}

static void read_environment(struct options *options)
{
    const char *corrupt = getenv("LIBREACTOR_DEMO_CORRUPT");

    if (corrupt == NULL)
        return;
    options->corrupt_server = strcmp(corrupt, "1") == 0;
    options->corrupt_client = strcmp(corrupt, "client") == 0;
}

int options_read(struct options *options, int argc, char **argv)
{
    static const struct option names[] = {
        {"seconds", required_argument, NULL, 's'},
        {"connections", required_argument, NULL, 'c'},
        {"port", required_argument, NULL, 'p'},
        {"keep", no_argument, NULL, 'k'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int letter;
    long number;

    *options = (struct options){.seconds = 10, .port = 7777};
    read_environment(options);
    while ((letter = getopt_long(argc, argv, "s:c:p:kh", names, NULL)) != -1) {
        switch (letter) {
        case 's':
            if (!read_number(optarg, "seconds", 1, 86400, &number))
                return 2;
            options->seconds = (int)number;
            break;
        case 'c':
            if (!read_number(optarg, "connections", 1, 1000000, &number))
                return 2;
            options->connections = (size_t)number;
            break;
        case 'p':
            if (!read_number(optarg, "port", 0, 65535, &number))
                return 2;
            options->port = (uint16_t)number;
            options->port_is_fixed = true;
            break;
        case 'k':
            options->keep = true;
            break;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            fputs(usage, stderr);
            return 2;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "reactor_demo: unexpected '%s'\n%s", argv[optind],
                usage);
        return 2;
    }
    return -1;
}
