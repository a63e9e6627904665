/* SPDX-License-Identifier: MIT */
/*
 * A program of a user, C and C++ alike: is a socket readable that sent a byte
 * to itself?
 */
#include <winsock2.h>

#include <reactor.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int fail(const char *what, int error)
{
    fprintf(stderr, "%s: %s\n", what, reactor_strerror(error));
    return 1;
}

/* Winsock was started by the reactor. */
static SOCKET socket_to_itself(void)
{
    struct sockaddr_in address;
    int size = sizeof(address);
    SOCKET handle = socket(AF_INET, SOCK_DGRAM, 0);

    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (handle == INVALID_SOCKET ||
        bind(handle, (struct sockaddr *)&address, size) != 0 ||
        getsockname(handle, (struct sockaddr *)&address, &size) != 0 ||
        connect(handle, (struct sockaddr *)&address, size) != 0)
        return INVALID_SOCKET;
    return handle;
}

static int watch_socket(struct reactor *reactor, SOCKET handle)
{
    struct reactor_event event;
    int count;
    int error = reactor_register(reactor, handle, REACTOR_READABLE, &event);

    if (error < 0)
        return fail("register", error);
    if (send(handle, "!", 1, 0) != 1)
        return fail("send", -EIO);
    count = reactor_wait(reactor, &event, 1, 1000);
    if (count != 1 || event.user_data != &event || event.handle != handle ||
        (event.readiness & REACTOR_READABLE) == 0)
        return fail("wait", count);
    return 0;
}

int main(void)
{
    struct reactor *reactor;
    SOCKET handle;
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
    handle = socket_to_itself();
    if (handle == INVALID_SOCKET)
        return fail("socket", -EIO);
    error = watch_socket(reactor, handle);
    closesocket(handle);
    reactor_close(reactor);
    return error;
}
