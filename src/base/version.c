/* SPDX-License-Identifier: MIT */
#include <reactor.h>

#define TEXT_OF(value) #value
#define TEXT(value)    TEXT_OF(value)

const char *reactor_version(void)
{
    return TEXT(REACTOR_VERSION_MAJOR) "." TEXT(REACTOR_VERSION_MINOR) "." TEXT(
        REACTOR_VERSION_PATCH);
}
