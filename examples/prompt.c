/* SPDX-License-Identifier: MIT */
/*
 * A prompt beside sockets: what is typed and who connects is served by one
 * loop, and neither waits for the other.
 *
 *     ./prompt 7007        then, elsewhere:   nc 127.0.0.1 7007
 *
 *     who         who is connected, and how many bytes each has sent
 *     say TEXT    sends it to all of them
 *     quit        ends it, as the end of the input does
 *
 * Not for Windows, where a loop watches sockets only, and no console.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "portable.h"
#include "reactor/loop.h"

enum { RETRY_NS = 100000000, LONGEST_LINE = 1000 };

struct guest {
    struct reactor_handler handler;
    struct guest *next, **link;
    unsigned number;
    uint64_t bytes;
};

struct program {
    struct reactor_loop *loop;
    struct reactor_handler input;
    struct reactor_timer next_piece; /* of an input that is a file */
    struct reactor_handler listener;
    struct reactor_timer accept_again; /* while out of descriptors */
    struct guest *guests;
    unsigned guests_so_far;
    size_t length; /* of what was read and not yet obeyed */
    char text[LONGEST_LINE + 1];
    bool is_over;
    int error; /* what put an end to it, or 0 */
};

static void show_prompt(void)
{
    printf("> ");
    fflush(stdout);
}

/* ---- Guests ---- */

static void dismiss(struct guest *guest)
{
    reactor_handle handle = reactor_handler_handle(&guest->handler);

    reactor_handler_stop(&guest->handler);
    socket_close(handle);
    *guest->link = guest->next;
    if (guest->next != NULL)
        guest->next->link = guest->link;
    free(guest);
}

static void listen_to(void *user_data, uint32_t readiness)
{
    struct guest *guest = user_data;
    char bytes[4096];
    int count = socket_receive(reactor_handler_handle(&guest->handler), bytes,
                               sizeof bytes);

    (void)readiness;
    if (count > 0)
        guest->bytes += (uint64_t)count;
    if (count > 0 || count == -EAGAIN)
        return;
    printf("guest %u has left\n", guest->number);
    dismiss(guest);
    show_prompt();
}

/* Returns 0 or a negative errno. */
static int welcome(struct program *program, reactor_handle handle)
{
    struct guest *guest = calloc(1, sizeof *guest);
    int error;

    if (guest == NULL)
        return -ENOMEM;
    reactor_handler_init(&guest->handler, program->loop, listen_to, guest);
    error = reactor_handler_start(&guest->handler, handle, REACTOR_READABLE);
    if (error < 0) {
        free(guest);
        return error;
    }
    guest->number = ++program->guests_so_far;
    guest->next = program->guests;
    guest->link = &program->guests;
    if (guest->next != NULL)
        guest->next->link = &guest->next;
    program->guests = guest;
    printf("guest %u has come\n", guest->number);
    show_prompt();
    return 0;
}

static void tell_who(const struct program *program)
{
    for (struct guest *guest = program->guests; guest != NULL;
         guest = guest->next)
        printf("guest %u: %" PRIu64 " bytes\n", guest->number, guest->bytes);
}

/* Nothing is kept for a guest who does not read: what does not fit into the
   system's buffers is the last that he is sent. */
static void say_to_all(struct program *program, const char *text, size_t length)
{
    struct guest *next;

    for (struct guest *guest = program->guests; guest != NULL; guest = next) {
        reactor_handle handle = reactor_handler_handle(&guest->handler);

        next = guest->next;
        if (socket_send(handle, text, length) == (int)length)
            continue;
        printf("guest %u does not read, and is dismissed\n", guest->number);
        dismiss(guest);
    }
}

/* ---- The door ---- */

static void close_door(struct program *program)
{
    reactor_handle handle = reactor_handler_handle(&program->listener);

    reactor_timer_stop(&program->accept_again);
    reactor_handler_stop(&program->listener);
    if (handle != REACTOR_INVALID_HANDLE)
        socket_close(handle);
}

static void reopen_door(void *user_data, uint64_t missed)
{
    struct program *program = user_data;

    (void)missed;
    if (reactor_handler_update(&program->listener, REACTOR_READABLE) < 0)
        reactor_timer_start(&program->accept_again, RETRY_NS, 0);
}

static void answer_door(void *user_data, uint32_t readiness)
{
    struct program *program = user_data;
    reactor_handle handle;
    int error =
        socket_accept(&handle, reactor_handler_handle(&program->listener));

    (void)readiness;
    if (error == 0) {
        if (welcome(program, handle) < 0)
            socket_close(handle);
    } else if (error != -EAGAIN && error != -ECONNABORTED) {
        /* Out of descriptors: who waits would keep the loop spinning. */
        if (reactor_handler_update(&program->listener, 0) == 0)
            reactor_timer_start(&program->accept_again, RETRY_NS, 0);
    }
}

static int open_door(struct program *program, uint16_t port)
{
    reactor_handle handle;
    int error = socket_listen(&handle, "127.0.0.1", port);

    if (error < 0)
        return error;
    error = reactor_handler_start(&program->listener, handle, REACTOR_READABLE);
    if (error < 0) {
        socket_close(handle);
        return error;
    }
    printf("listening on 127.0.0.1:%d\n", socket_port(handle));
    return 0;
}

/* ---- Input ---- */

/* Afterwards nothing is alive, and the loop ends. */
static void end(struct program *program, int error)
{
    reactor_handler_stop(&program->input);
    reactor_timer_stop(&program->next_piece);
    close_door(program);
    while (program->guests != NULL)
        dismiss(program->guests);
    program->is_over = true;
    program->error = error;
}

static bool is_word(const char *word, const char *line, size_t length)
{
    return length == strlen(word) && memcmp(line, word, length) == 0;
}

/* The line ends with a '\n', which is not counted. */
static void obey(struct program *program, const char *line, size_t length)
{
    if (is_word("who", line, length))
        tell_who(program);
    else if (length > 4 && memcmp(line, "say ", 4) == 0)
        say_to_all(program, line + 4, length + 1 - 4);
    else if (is_word("quit", line, length))
        end(program, 0);
    else if (length > 0)
        printf("who, say TEXT, or quit\n");
    if (!program->is_over)
        show_prompt();
}

static void obey_whole_lines(struct program *program)
{
    char *line = program->text, *rest = program->text + program->length;
    char *newline;

    while (!program->is_over &&
           (newline = memchr(line, '\n', (size_t)(rest - line))) != NULL) {
        obey(program, line, (size_t)(newline - line));
        line = newline + 1;
    }
    program->length = (size_t)(rest - line);
    memmove(program->text, line, program->length);
    if (program->length == LONGEST_LINE)
        end(program, -EMSGSIZE);
}

/* One read for each call, as the second might wait: the terminal is shared with
   the shell, so it is left as it is and not made non-blocking. */
static void read_input(struct program *program)
{
    ssize_t count = read(STDIN_FILENO, program->text + program->length,
                         LONGEST_LINE - program->length);

    if (count < 0) {
        if (errno != EAGAIN && errno != EINTR)
            end(program, -errno);
        return;
    }
    if (count == 0 && program->length > 0) /* the last line lacks its end */
        program->text[program->length++] = '\n';
    program->length += (size_t)count;
    obey_whole_lines(program);
    if (count == 0)
        end(program, program->error);
}

static void input_is_ready(void *user_data, uint32_t readiness)
{
    (void)readiness;
    read_input(user_data);
}

/* Whoever is ready gets a turn between two pieces. */
static void piece_is_due(void *user_data, uint64_t missed)
{
    struct program *program = user_data;

    (void)missed;
    read_input(program);
    if (!program->is_over)
        reactor_timer_start(&program->next_piece, 0, 0);
}

/* A file never blocks, so it cannot be waited for, and need not be. */
static int watch_input(struct program *program)
{
    int error =
        reactor_handler_start(&program->input, STDIN_FILENO, REACTOR_READABLE);

    if (error != -EPERM)
        return error;
    printf("the input is always ready: reading it piece by piece\n");
    reactor_timer_start(&program->next_piece, 0, 0);
    return 0;
}

/* ---- The program ---- */

static int start(struct program *program, uint16_t port)
{
    struct reactor_loop *loop = program->loop;
    int error;

    reactor_handler_init(&program->input, loop, input_is_ready, program);
    reactor_timer_init(&program->next_piece, loop, piece_is_due, program);
    reactor_handler_init(&program->listener, loop, answer_door, program);
    reactor_timer_init(&program->accept_again, loop, reopen_door, program);
    error = open_door(program, port);
    if (error == 0)
        error = watch_input(program);
    if (error == 0)
        show_prompt();
    return error;
}

int main(int argc, char **argv)
{
    struct program program = {.loop = NULL};
    char *rest = NULL;
    long port = argc > 1 ? strtol(argv[1], &rest, 10) : 7007;
    int error;

    if (argc > 2 || (rest != NULL && *rest != '\0') || port < 0 ||
        port > 65535) {
        fprintf(stderr, "usage: %s [port]\n", argv[0]);
        return 2;
    }
    ignore_lost_peers();
    error = reactor_loop_open(&program.loop, NULL);
    if (error == 0) {
        error = start(&program, (uint16_t)port);
        if (error == 0)
            error = reactor_loop_run(program.loop);
        end(&program, error < 0 ? error : program.error);
        error = program.error;
        reactor_loop_close(program.loop);
    }
    if (error < 0)
        fprintf(stderr, "prompt: %s\n", reactor_strerror(error));
    return error < 0 ? 1 : 0;
}
