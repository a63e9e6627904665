/* SPDX-License-Identifier: MIT */
#ifndef BENCH_SOCKETS_H
#define BENCH_SOCKETS_H

/*
 * TCP over loopback, and the clients: a process of its own without an engine,
 * the same for all, which is not measured. Functions return 0 or a negative
 * errno value.
 */

#include <netinet/in.h>
#include <sys/types.h>

/* Connected sockets; TCP_NODELAY is set, and the servers' are non-blocking. */
struct pairs {
    int *clients;
    int *servers;
    int count;
};

int pairs_open(struct pairs *pairs, int count);
void pairs_free(struct pairs *pairs); /* the memory only */

/* The socket, or an error. */
int listen_on_loopback(struct sockaddr_in *address);

/* Calls the function in a child, until that is ended. */
int clients_start(void (*run)(const void *context), const void *context,
                  pid_t *out);
void clients_end(pid_t child);

/* For them: sends or receives all, or gives up. */
void client_send(int socket, const void *bytes, size_t size);
void client_receive(int socket, void *bytes, size_t size);

#endif /* BENCH_SOCKETS_H */
