/* SPDX-License-Identifier: MIT */
/*
 * Waits for two handles at once: prints what two commands say, as they say it,
 * until both have ended.
 *
 *     ./wait_two_handles
 *     ./wait_two_handles 'sleep 1; echo slow' 'echo quick'
 */
#include <errno.h>
#include <stdio.h>

#include "portable.h"
#include "reactor.h"

#ifdef _WIN32
#define TWO_COMMANDS "ping -n 2 127.0.0.1", "hostname"
#else
#define TWO_COMMANDS "sleep 1; date", "uname"
#endif

struct speaker {
    const char *name;
    struct command command;
};

static int start(struct speaker *speaker, const char *text,
                 struct reactor *reactor)
{
    int error = command_start(&speaker->command, text);

    if (error < 0)
        return error;
    return reactor_register(reactor, speaker->command.output, REACTOR_READABLE,
                            speaker);
}

/* Returns whether more may come. */
static int print_output(const struct speaker *speaker)
{
    char text[512];
    int count = command_read(&speaker->command, text, sizeof text);

    if (count <= 0)
        return count == -EAGAIN;
    printf("%s: %.*s", speaker->name, count, text);
    return 1;
}

static void finish(struct speaker *speaker, struct reactor *reactor)
{
    /* Deregister first: closing ends our right to the number. */
    reactor_deregister(reactor, speaker->command.output);
    command_finish(&speaker->command);
    printf("%s: ended\n", speaker->name);
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
            struct speaker *speaker = events[i].user_data;

            if (!print_output(speaker)) {
                finish(speaker, reactor);
                running--;
            }
        }
        fflush(stdout);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *texts[] = {TWO_COMMANDS};
    struct speaker first = {.name = "first"}, second = {.name = "second"};
    struct reactor *reactor = NULL;
    int error;

    if (argc != 1 && argc != 3) {
        fprintf(stderr, "usage: %s [command command]\n", argv[0]);
        return 2;
    }
    error = reactor_open(&reactor);
    if (error == 0)
        error = start(&first, argc == 3 ? argv[1] : texts[0], reactor);
    if (error == 0)
        error = start(&second, argc == 3 ? argv[2] : texts[1], reactor);
    if (error == 0)
        error = print_both(reactor);
    if (error < 0)
        fprintf(stderr, "wait_two_handles: %s\n", reactor_strerror(error));
    reactor_close(reactor);
    if (first.command.process != NULL)
        command_finish(&first.command);
    if (second.command.process != NULL)
        command_finish(&second.command);
    return error < 0 ? 1 : 0;
}
