/* SPDX-License-Identifier: MIT */
#include "platform/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

int ri_handle_check(reactor_handle handle)
{
    return handle < 0 ? -EBADF : 0;
}

int ri_handle_is_open(reactor_handle handle)
{
    return fcntl(handle, F_GETFD) < 0 ? -errno : 0;
}

static bool is_null_device(const struct stat *status)
{
    struct stat null;

    return S_ISCHR(status->st_mode) && stat("/dev/null", &null) == 0 &&
           S_ISCHR(null.st_mode) && null.st_rdev == status->st_rdev;
}

/* The 64-bit finalizer of MurmurHash3 (Austin Appleby, public domain). */
static uint64_t mix(uint64_t value)
{
    value ^= value >> 33;
    value *= UINT64_C(0xff51afd7ed558ccd);
    value ^= value >> 33;
    value *= UINT64_C(0xc4ceb9fe1a85ec53);
    return value ^ (value >> 33);
}

int ri_handle_inspect(reactor_handle handle, uint32_t *identity)
{
    struct stat status;

    if (fstat(handle, &status) != 0)
        return -errno;
    if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) ||
        S_ISBLK(status.st_mode) || is_null_device(&status))
        return -EPERM;
    *identity = (uint32_t)mix(
        (uint64_t)status.st_ino ^
        mix((uint64_t)status.st_dev ^ mix((uint64_t)status.st_mode)));
    if (*identity == RI_IDENTITY_NONE)
        *identity = 1;
    return 0;
}
