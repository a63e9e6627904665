/* SPDX-License-Identifier: MIT */
/*
 * A chat: each line goes to everybody else.
 *
 *     ./chat_server                       at 127.0.0.1:7007
 *     ./chat_server '*:7007' 600          who is silent for 600 s has to leave
 *     nc 127.0.0.1 7007                   /nick NAME, /who, /quit
 *
 * Nothing grows without a bound. A line has at most 512 bytes; who sends a
 * longer one has to leave. For who does not read, up to 64 KiB wait: after that
 * lines are left out, which is said as soon as there is room again, and who has
 * taken nothing for half a minute has to leave.
 *
 * Asked to stop (Ctrl-C, or SIGTERM) it says so to all, and ends when they have
 * been told everything, after two seconds at the latest.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reactor/net.h"

enum { MEMBERS_MAX = 1000, LINE_MAX_BYTES = 512, NAME_MAX_BYTES = 20 };

static const int64_t second_ns = INT64_C(1000000000);

struct chat {
    struct reactor_loop *loop;
    struct reactor_listener listener;
    struct reactor_signal interrupted, terminated;
    struct member *members;
    int64_t silence_ns;
    unsigned guests; /* so many have come so far */
    bool is_stopping;
};

struct member {
    struct chat *chat;
    struct reactor_session *session;
    struct member *next, **link;
    unsigned missed; /* lines that were left out */
    bool is_leaving;
    char name[NAME_MAX_BYTES + 1];
};

/* ---- To the members ---- */

/* Whatever else fails ends the session, and then the member leaves. */
static void tell_pieces(struct member *member,
                        const struct reactor_piece *pieces, int count)
{
    if (reactor_session_write_pieces(member->session, pieces, count) == -EAGAIN)
        member->missed++;
}

static void tell(struct member *member, const char *text)
{
    struct reactor_piece piece = {.bytes = text, .size = strlen(text)};

    tell_pieces(member, &piece, 1);
}

static void tell_others(const struct member *from, const char *between,
                        const char *text, size_t size)
{
    const struct reactor_piece pieces[] = {{from->name, strlen(from->name)},
                                           {between, strlen(between)},
                                           {text, size},
                                           {"\n", 1}};
    struct member *member;

    for (member = from->chat->members; member != NULL; member = member->next)
        if (member != from)
            tell_pieces(member, pieces, 4);
}

/* There is room again for who has missed something. */
static void catch_up(void *user_data, struct reactor_session *session)
{
    struct member *member = user_data;
    char text[64];

    (void)session;
    if (member->missed == 0)
        return;
    snprintf(text, sizeof text, "* %u lines left out\n", member->missed);
    member->missed = 0;
    tell(member, text);
}

static void dismiss(struct member *member, const char *text)
{
    member->is_leaving = true;
    tell(member, text);
    reactor_session_close(member->session, second_ns);
}

/* ---- From the members ---- */

static bool is_name(const char *text, size_t size)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789_-";

    for (size_t i = 0; i < size; i++)
        if (memchr(allowed, text[i], sizeof allowed - 1) == NULL)
            return false;
    return size > 0 && size <= NAME_MAX_BYTES;
}

static bool is_taken(const struct chat *chat, const char *name)
{
    const struct member *member;

    for (member = chat->members; member != NULL; member = member->next)
        if (strcmp(member->name, name) == 0)
            return true;
    return false;
}

static void rename_member(struct member *member, const char *name, size_t size)
{
    char text[NAME_MAX_BYTES + 1] = "";

    if (!is_name(name, size)) {
        tell(member, "* a name is 1 to 20 letters, digits, - and _\n");
        return;
    }
    memcpy(text, name, size);
    if (is_taken(member->chat, text)) {
        tell(member, "* that name is taken\n");
        return;
    }
    tell_others(member, " is now ", text, size);
    memcpy(member->name, text, sizeof text);
    tell(member, "* you have a new name\n");
}

static void list_members(struct member *member)
{
    const struct member *other;

    for (other = member->chat->members; other != NULL; other = other->next) {
        char text[NAME_MAX_BYTES + 4];

        snprintf(text, sizeof text, "* %s\n", other->name);
        tell(member, text);
    }
}

/* Whatever a terminal might take as an order is no text. */
static void make_harmless(char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 127)
            text[i] = '?';
}

/* The line is without its end. */
static void take_line(struct member *member, const char *line, size_t size)
{
    char text[LINE_MAX_BYTES];

    if (size > 0 && line[size - 1] == '\r')
        size--;
    if (size == 0)
        return;
    if (size >= 6 && memcmp(line, "/nick ", 6) == 0) {
        rename_member(member, line + 6, size - 6);
    } else if (size == 4 && memcmp(line, "/who", 4) == 0) {
        list_members(member);
    } else if (size == 5 && memcmp(line, "/quit", 5) == 0) {
        dismiss(member, "* goodbye\n");
    } else {
        memcpy(text, line, size);
        make_harmless(text, size);
        tell_others(member, ": ", text, size);
    }
}

/* The begin of a line is not consumed: it comes again with more behind it. */
static size_t take_lines(void *user_data, struct reactor_session *session,
                         const void *bytes, size_t size)
{
    struct member *member = user_data;
    const char *line = bytes, *end = line + size, *newline;

    (void)session;
    while (!member->is_leaving && line < end) {
        newline = memchr(line, '\n', (size_t)(end - line));
        if ((newline != NULL ? newline : end) - line > LINE_MAX_BYTES)
            dismiss(member, "* that line is too long\n");
        else if (newline != NULL)
            take_line(member, line, (size_t)(newline - line));
        if (newline == NULL)
            break;
        line = newline + 1;
    }
    return (size_t)(line - (const char *)bytes);
}

/* ---- Come and go ---- */

static void leave(void *user_data, struct reactor_session *session,
                  enum reactor_closed reason, int error)
{
    struct member *member = user_data;

    (void)session;
    (void)error;
    *member->link = member->next;
    if (member->next != NULL)
        member->next->link = member->link;
    if (!member->chat->is_stopping) {
        const char *why = reason == REACTOR_CLOSED_READ    ? "was silent"
                          : reason == REACTOR_CLOSED_WRITE ? "did not read"
                                                           : "has left";

        tell_others(member, " ", why, strlen(why));
    }
    free(member);
}

static void join(struct chat *chat, struct member *member)
{
    do
        snprintf(member->name, sizeof member->name, "guest%u", ++chat->guests);
    while (is_taken(chat, member->name));
    member->next = chat->members;
    member->link = &chat->members;
    if (member->next != NULL)
        member->next->link = &member->next;
    chat->members = member;
    tell(member, "* hello, ");
    tell(member, member->name);
    tell(member, "\n");
    tell_others(member, " has ", "come", 4);
}

static int open_session(struct member *member, reactor_handle handle)
{
    struct reactor_session_options options = REACTOR_SESSION_OPTIONS_INIT;
    struct chat *chat = member->chat;

    options.data = take_lines;
    options.drained = catch_up;
    options.closed = leave;
    options.read_timeout_ns = chat->silence_ns;
    options.write_timeout_ns = 30 * second_ns;
    options.listener = &chat->listener;
    return reactor_session_open(&member->session, chat->loop, handle, &options,
                                member);
}

static void welcome(void *user_data, reactor_handle handle,
                    const struct reactor_address *peer)
{
    struct chat *chat = user_data;
    struct member *member = calloc(1, sizeof *member);
    int error = -ENOMEM;

    (void)peer;
    if (member != NULL) {
        member->chat = chat;
        error = open_session(member, handle);
    }
    if (error == 0) {
        join(chat, member);
        return;
    }
    fprintf(stderr, "chat_server: %s\n", reactor_strerror(error));
    free(member);
    reactor_handle_close(handle);
    reactor_listener_release(&chat->listener);
}

/* ---- The chat ---- */

/* Afterwards only sessions are alive, and the loop ends with the last one. */
static void stop(void *user_data, int number, uint64_t count)
{
    struct chat *chat = user_data;
    struct member *member;

    (void)number;
    (void)count;
    chat->is_stopping = true;
    reactor_signal_stop(&chat->interrupted); /* the next one ends the process */
    reactor_signal_stop(&chat->terminated);
    reactor_listener_stop(&chat->listener);
    for (member = chat->members; member != NULL; member = member->next) {
        tell(member, "* the server stops\n");
        reactor_session_close(member->session, 2 * second_ns);
    }
}

static int start(struct chat *chat, const char *where)
{
    struct reactor_listener_options options = REACTOR_LISTENER_OPTIONS_INIT;
    char text[REACTOR_ADDRESS_TEXT_MAX];
    struct reactor_address address;
    int error = reactor_address_parse(&address, where);

    options.limit = MEMBERS_MAX;
    reactor_listener_init(&chat->listener, chat->loop, welcome, chat);
    reactor_signal_init(&chat->interrupted, chat->loop, stop, chat);
    reactor_signal_init(&chat->terminated, chat->loop, stop, chat);
    if (error == 0)
        error = reactor_listener_start(&chat->listener, &address, &options);
    if (error == 0)
        error = reactor_signal_start(&chat->interrupted, SIGINT);
    if (error == 0)
        error = reactor_signal_start(&chat->terminated, SIGTERM);
    if (error == 0)
        error = reactor_listener_address(&chat->listener, &address);
    if (error == 0)
        error = reactor_address_format(&address, text, sizeof text);
    if (error < 0)
        return error;
    printf("listening on %s\n", text);
    fflush(stdout);
    return 0;
}

/* -1 if it is none. */
static long read_seconds(const char *text)
{
    char *end;
    long number = strtol(text, &end, 10);

    return end != text && *end == '\0' && number <= 1000000 ? number : -1;
}

int main(int argc, char **argv)
{
    struct chat chat = {.loop = NULL};
    long seconds = argc > 2 ? read_seconds(argv[2]) : 600;
    int error;

    if (argc > 3 || seconds < 0) {
        fprintf(stderr, "usage: %s [address [seconds]]\n", argv[0]);
        return 2;
    }
    chat.silence_ns = seconds * second_ns;
    error = reactor_loop_open(&chat.loop, NULL);
    if (error == 0)
        error = start(&chat, argc > 1 ? argv[1] : "127.0.0.1:7007");
    if (error == 0)
        error = reactor_loop_run(chat.loop);
    chat.is_stopping = true;
    reactor_loop_close(chat.loop);
    if (error < 0)
        fprintf(stderr, "chat_server: %s\n", reactor_strerror(error));
    else
        printf("stopped\n");
    return error < 0 ? 1 : 0;
}
