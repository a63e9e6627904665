/* SPDX-License-Identifier: MIT */
#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int listen_on_loopback(struct sockaddr_in *address)
{
    socklen_t size = sizeof(*address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    *address = (struct sockaddr_in){.sin_family = AF_INET};
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (listener >= 0 &&
        bind(listener, (struct sockaddr *)address, size) == 0 &&
        listen(listener, SOMAXCONN) == 0 &&
        getsockname(listener, (struct sockaddr *)address, &size) == 0)
        return listener;
    return -errno;
}

static int connect_one(int listener, const struct sockaddr_in *address,
                       int *client, int *server)
{
    const int on = 1;

    *client = socket(AF_INET, SOCK_STREAM, 0);
    if (*client < 0 || connect(*client, (const struct sockaddr *)address,
                               sizeof(*address)) != 0)
        return -errno;
    *server = accept(listener, NULL, NULL);
    if (*server < 0 || fcntl(*server, F_SETFL, O_NONBLOCK) != 0 ||
        setsockopt(*client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
        setsockopt(*server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
        return -errno;
    return 0;
}

static int connect_all(const struct pairs *pairs)
{
    struct sockaddr_in address;
    int listener = listen_on_loopback(&address);
    int error = listener < 0 ? listener : 0;
    int i;

    for (i = 0; i < pairs->count && error == 0; i++)
        error = connect_one(listener, &address, &pairs->clients[i],
                            &pairs->servers[i]);
    if (listener >= 0)
        close(listener);
    return error;
}

int pairs_open(struct pairs *pairs, int count)
{
    int error = -ENOMEM;

    pairs->count = count;
    pairs->clients = calloc((size_t)count, sizeof(int));
    pairs->servers = calloc((size_t)count, sizeof(int));
    if (pairs->clients != NULL && pairs->servers != NULL)
        error = connect_all(pairs);
    if (error != 0)
        pairs_free(pairs);
    return error;
}

void pairs_free(struct pairs *pairs)
{
    free(pairs->clients);
    free(pairs->servers);
}

int clients_start(void (*run)(const void *context), const void *context,
                  pid_t *out)
{
    (void)fflush(stdout);
    *out = fork();
    if (*out < 0)
        return -errno;
    if (*out == 0) {
        run(context);
        _exit(1);
    }
    return 0;
}

void clients_end(pid_t child)
{
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

void client_send(int socket, const void *bytes, size_t size)
{
    if (send(socket, bytes, size, MSG_NOSIGNAL) != (ssize_t)size)
        _exit(1);
}

void client_receive(int socket, void *bytes, size_t size)
{
    if (recv(socket, bytes, size, MSG_WAITALL) != (ssize_t)size)
        _exit(1);
}
