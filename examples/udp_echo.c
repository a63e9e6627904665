/* SPDX-License-Identifier: MIT */
/*
 * Sends each datagram back to whom it came from, and says at the end (Ctrl-C,
 * or SIGTERM) how many there were.
 *
 *     ./udp_echo                   at 127.0.0.1:7007
 *     ./udp_echo '[::1]:7007'
 *
 * Anybody can write any sender on a datagram: who answers strangers can be made
 * to answer somebody else, another echo server for instance.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>

#include "reactor/net.h"

struct server {
    struct reactor_loop *loop;
    struct reactor_datagram *datagram; /* NULL: closed */
    struct reactor_signal interrupted, terminated;
    uint64_t answered, dropped, refused;
};

/* What can't be sent back is dropped, as the network may do anyway. */
static void answer(void *user_data, struct reactor_datagram *datagram,
                   const struct reactor_message *messages, size_t count)
{
    struct server *server = user_data;

    for (size_t i = 0; i < count; i++) {
        const struct reactor_message *message = &messages[i];

        if (!message->is_truncated &&
            reactor_datagram_send(datagram, message->peer, message->bytes,
                                  message->size) == 0)
            server->answered++;
        else
            server->dropped++;
    }
}

/* Who is gone refuses the answer. That ends nothing. */
static void count_refused(void *user_data, struct reactor_datagram *datagram,
                          int error, const struct reactor_address *peer)
{
    struct server *server = user_data;

    (void)datagram;
    (void)error;
    (void)peer;
    server->refused++;
}

/* Afterwards nothing is alive, and the loop ends. */
static void stop(void *user_data, int number, uint64_t count)
{
    struct server *server = user_data;

    (void)number;
    (void)count;
    reactor_datagram_close(server->datagram);
    reactor_signal_stop(&server->interrupted);
    reactor_signal_stop(&server->terminated);
}

static int start(struct server *server, const char *where)
{
    struct reactor_datagram_options options = REACTOR_DATAGRAM_OPTIONS_INIT;
    char text[REACTOR_ADDRESS_TEXT_MAX];
    struct reactor_address address;
    int error = reactor_address_parse(&address, where);

    options.received = answer;
    options.failed = count_refused;
    if (error == 0)
        error = reactor_datagram_open(&server->datagram, server->loop, &address,
                                      NULL, &options, server);
    if (error == 0)
        error = reactor_address_of(reactor_datagram_handle(server->datagram),
                                   &address);
    if (error == 0)
        error = reactor_address_format(&address, text, sizeof text);
    if (error < 0)
        return error;
    reactor_signal_init(&server->interrupted, server->loop, stop, server);
    reactor_signal_init(&server->terminated, server->loop, stop, server);
    error = reactor_signal_start(&server->interrupted, SIGINT);
    if (error == 0)
        error = reactor_signal_start(&server->terminated, SIGTERM);
    if (error == 0)
        printf("receiving at %s\n", text);
    fflush(stdout);
    return error;
}

int main(int argc, char **argv)
{
    struct server server = {.loop = NULL};
    int error;

    if (argc > 2) {
        fprintf(stderr, "usage: %s [address]\n", argv[0]);
        return 2;
    }
    error = reactor_loop_open(&server.loop, NULL);
    if (error == 0)
        error = start(&server, argc > 1 ? argv[1] : "127.0.0.1:7007");
    if (error == 0)
        error = reactor_loop_run(server.loop);
    reactor_loop_close(server.loop);
    if (error < 0)
        fprintf(stderr, "udp_echo: %s\n", reactor_strerror(error));
    else
        printf("stopped: %" PRIu64 " answered, %" PRIu64 " dropped, %" PRIu64
               " refused\n",
               server.answered, server.dropped, server.refused);
    return error < 0 ? 1 : 0;
}
