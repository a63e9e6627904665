/* SPDX-License-Identifier: MIT */
/* A program of a user: is a pipe with a byte in it readable? */
#include <reactor.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int fail(const char *what, int error)
{
    fprintf(stderr, "%s: %s\n", what, reactor_strerror(error));
    return 1;
}

static int watch_pipe(struct reactor *reactor, int ends[2])
{
    struct reactor_event event;
    int count;
    int error = reactor_register(reactor, ends[0], REACTOR_READABLE, ends);

    if (error < 0)
        return fail("register", error);
    if (write(ends[1], "!", 1) != 1)
        return fail("write", -errno);
    count = reactor_wait(reactor, &event, 1, 1000);
    if (count != 1 || event.user_data != ends || event.handle != ends[0] ||
        (event.readiness & REACTOR_READABLE) == 0)
        return fail("wait", count);
    return 0;
}

int main(void)
{
    struct reactor *reactor;
    int ends[2];
    int error;

    printf("%s %s\n", reactor_backend_name(), reactor_version());
    if (strcmp(reactor_backend_name(), EXPECTED_BACKEND) != 0 ||
        strcmp(reactor_version(), EXPECTED_VERSION) != 0)
        return fail("this is not the library that was built", 0);
    error = reactor_open(&reactor);
    if (strcmp(EXPECTED_BACKEND, "stub") == 0)
        return error == -ENOSYS ? 0 : fail("open", error);
    if (error < 0)
        return fail("open", error);
    if (pipe(ends) != 0)
        return fail("pipe", -errno);
    error = watch_pipe(reactor, ends);
    reactor_close(reactor);
    return error;
}
