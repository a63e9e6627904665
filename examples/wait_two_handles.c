/* SPDX-License-Identifier: MIT */
/*
 * Waits for two handles at once: prints what two commands say, as they say it,
 * until both have ended.
 *
 *     ./wait_two_handles
 *     ./wait_two_handles 'sleep 1; echo slow' 'echo quick'
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "reactor.h"

struct command {
    const char *name;
    FILE *stream;
};

static int start(struct command *command, const char *text,
                 struct reactor *reactor)
{
    int handle;

    errno = ENOMEM; /* popen says nothing when it is this */
    command->stream = popen(text, "r");
    if (command->stream == NULL)
        return -errno;
    handle = fileno(command->stream);
    if (fcntl(handle, F_SETFL, O_NONBLOCK) < 0)
        return -errno;
    return reactor_register(reactor, handle, REACTOR_READABLE, command);
}

/* Returns whether more may come. */
static int print_output(const struct command *command)
{
    char text[512];
    ssize_t count = read(fileno(command->stream), text, sizeof text);

    if (count < 0)
        return errno == EAGAIN || errno == EINTR;
    if (count == 0)
        return 0;
    printf("%s: %.*s", command->name, (int)count, text);
    return 1;
}

static void finish(struct command *command, struct reactor *reactor)
{
    /* Deregister first: closing ends our right to the number. */
    reactor_deregister(reactor, fileno(command->stream));
    pclose(command->stream);
    command->stream = NULL;
    printf("%s: ended\n", command->name);
}

static int print_both(struct reactor *reactor)
{
    struct reactor_event events[2];
    int running = 2;

    while (running > 0) {
        int count = reactor_wait(reactor, events, 2, -1);

        if (count < 0)
            return count;
        for (int i = 0; i < count; i++) {
            struct command *command = events[i].user_data;

            if (!print_output(command)) {
                finish(command, reactor);
                running--;
            }
        }
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct command first = {"first", NULL}, second = {"second", NULL};
    struct reactor *reactor = NULL;
    int error;

    if (argc != 1 && argc != 3) {
        fprintf(stderr, "usage: %s [command command]\n", argv[0]);
        return 2;
    }
    error = reactor_open(&reactor);
    if (error == 0)
        error = start(&first, argc == 3 ? argv[1] : "sleep 1; date", reactor);
    if (error == 0)
        error = start(&second, argc == 3 ? argv[2] : "uname", reactor);
    if (error == 0)
        error = print_both(reactor);
    if (error < 0)
        fprintf(stderr, "wait_two_handles: %s\n", reactor_strerror(error));
    reactor_close(reactor);
    if (first.stream != NULL)
        pclose(first.stream);
    if (second.stream != NULL)
        pclose(second.stream);
    return error < 0 ? 1 : 0;
}
