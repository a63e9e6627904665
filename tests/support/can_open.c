/* SPDX-License-Identifier: MIT */
/* Does the kernel deny the backend? If so, says it, and fails. */
#include <errno.h>
#include <reactor.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    struct reactor *reactor;
    int error = reactor_open(&reactor);

    if (error == -EPERM || error == -ENOSYS) {
        printf("the kernel denies it: %s\n", strerror(-error));
        return 1;
    }
    if (error == 0)
        reactor_close(reactor);
    return 0;
}
