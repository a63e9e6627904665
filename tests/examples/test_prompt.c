/* SPDX-License-Identifier: MIT */
#include "examples/peer.h"
#include "examples/program.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned start(struct program *program)
{
    program_start(program,
                  &(struct program_setup){.path = PROMPT, .arguments = {"0"}});
    return program_await_number(program, "listening on 127.0.0.1:");
}

static void type(struct program *program, const char *text)
{
    program_write(program, text, strlen(text));
}

static void finish(struct program *program, int status)
{
    assert_int_equal(program_finish(program), status);
    program_free(program);
}

/* All that it prints after its first line. */
static void assert_answers(const char *typed, int status, const char *expected)
{
    struct program program;

    start(&program);
    type(&program, typed);
    program_end_input(&program);
    assert_int_equal(program_finish(&program), status);
    assert_string_equal(program.text + program.seen, expected);
    program_free(&program);
}

static int connect_guest(struct program *program, unsigned port)
{
    int guest = peer_connect(port);

    program_await(program, "has come");
    return guest;
}

static void the_end_of_the_input_ends_it(void **state)
{
    (void)state;
    assert_answers("", 0, "> ");
    assert_answers("\n", 0, "> > ");
}

static void what_it_is_told_after_quit_is_left_alone(void **state)
{
    (void)state;
    assert_answers("quit\nwhat?\n", 0, "> ");
}

static void a_last_line_may_lack_its_end(void **state)
{
    (void)state;
    assert_answers("who\nquit", 0, "> > ");
    assert_answers("qu", 0, "> who, say TEXT, or quit\n> ");
}

static void other_words_are_answered_with_help(void **state)
{
    (void)state;
    assert_answers("whom\nwh\nquit!\nsay\n", 0,
                   "> who, say TEXT, or quit\n> who, say TEXT, or quit\n"
                   "> who, say TEXT, or quit\n> who, say TEXT, or quit\n> ");
}

static void a_line_without_an_end_is_an_error(void **state)
{
    char line[2000];
    struct program program;

    (void)state;
    memset(line, 'x', sizeof line);
    start(&program);
    program_write(&program, line, sizeof line);
    program_await(&program, "EMSGSIZE");
    finish(&program, 1);
}

static void guests_are_served_while_it_waits_for_a_line(void **state)
{
    struct program program;
    unsigned port = start(&program);
    int first = connect_guest(&program, port);
    int second = connect_guest(&program, port);

    (void)state;
    close(first);
    program_await(&program, "guest 1 has left");
    type(&program, "who\n");
    program_await(&program, "guest 2: 0 bytes");
    program_end_input(&program);
    finish(&program, 0);
    peer_expect_end(second);
    close(second);
}

static void who_tells_what_each_has_sent(void **state)
{
    struct program program;
    unsigned port = start(&program);
    int first = connect_guest(&program, port);
    int second = connect_guest(&program, port);

    (void)state;
    peer_send(first, "hello", 5);
    shutdown(first, SHUT_WR);
    program_await(&program, "guest 1 has left");
    peer_expect_end(first);
    type(&program, "who\nquit\n");
    assert_int_equal(program_finish(&program), 0);
    assert_string_equal(program.text + program.seen, "> guest 2: 0 bytes\n> ");
    program_free(&program);
    close(first);
    close(second);
}

/* What is sent is read sooner or later, and nothing tells when. */
static void bytes_are_counted(void **state)
{
    struct program program;
    int guest = connect_guest(&program, start(&program));
    unsigned bytes;

    (void)state;
    peer_send(guest, "hello", 5);
    do {
        type(&program, "who\n");
        bytes = program_await_number(&program, "guest 1: ");
    } while (bytes == 0);
    assert_int_equal(bytes, 5);
    program_end_input(&program);
    finish(&program, 0);
    close(guest);
}

static void what_is_said_reaches_all(void **state)
{
    struct program program;
    unsigned port = start(&program);
    int first = connect_guest(&program, port);
    int second = connect_guest(&program, port);

    (void)state;
    type(&program, "say good ");
    type(&program, "morning\nsay bye\n");
    peer_expect(first, "good morning\nbye\n", 17);
    peer_expect(second, "good morning\nbye\n", 17);
    program_end_input(&program);
    finish(&program, 0);
    peer_expect_end(first);
    close(first);
    close(second);
}

static void who_does_not_read_is_dismissed_and_others_are_not(void **state)
{
    struct program program;
    unsigned port = start(&program);
    int deaf = connect_guest(&program, port), lines = 0;
    int other = connect_guest(&program, port);
    char line[901];

    (void)state;
    memset(line, 'x', sizeof line);
    line[0] = 's';
    line[1] = 'a';
    line[2] = 'y';
    line[3] = ' ';
    line[sizeof line - 1] = '\n';
    while (strstr(program.text, "dismissed") == NULL && lines++ < 100000) {
        program_write(&program, line, sizeof line);
        peer_expect(other, line + 4, sizeof line - 4);
    }
    assert_non_null(strstr(program.text, "guest 1 does not read"));
    type(&program, "say still here\n");
    peer_expect(other, "still here\n", 11);
    program_end_input(&program);
    finish(&program, 0);
    close(deaf);
    close(other);
}

/* As from a shell: the words, then the file that is the input. */
static int run_on_file(struct program *program, const char *file)
{
    return program_run(program, &(struct program_setup){
                                    .path = "/bin/sh",
                                    .arguments = {"-c", "exec \"$0\" 0 <\"$1\"",
                                                  PROMPT, file}});
}

static void the_null_device_is_an_end(void **state)
{
    struct program program;

    (void)state;
    assert_int_equal(run_on_file(&program, "/dev/null"), 0);
    assert_non_null(strstr(program.text, "always ready"));
    assert_non_null(strstr(program.text, "\n> "));
    program_free(&program);
}

static void a_file_is_read_to_its_end(void **state)
{
    static const char line[] = "whatever\n";
    char name[] = "/tmp/prompt-XXXXXX";
    struct program program;
    int file = mkstemp(name), answers = 0;

    (void)state;
    assert_true(file >= 0);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(write(file, line, sizeof line - 1), sizeof line - 1);
    close(file);
    assert_int_equal(run_on_file(&program, name), 0);
    unlink(name);
    for (const char *at = program.text; at != NULL; answers++)
        at = strstr(at + 1, "> who, say TEXT");
    assert_int_equal(answers - 1, 1000);
    program_free(&program);
}

static void a_terminal_is_an_input_as_well(void **state)
{
    static const struct program_setup setup = {
        .path = PROMPT, .arguments = {"0"}, .has_terminal = true};
    struct program program;
    int guest;

    (void)state;
    program_start(&program, &setup);
    guest =
        connect_guest(&program, program_await_number(&program, "127.0.0.1:"));
    type(&program, "say hello\n");
    peer_expect(guest, "hello\n", 6);
    type(&program, "\004"); /* Ctrl-D */
    finish(&program, 0);
    close(guest);
}

static void running_out_of_descriptors_only_delays(void **state)
{
    enum { GUESTS = 40 };
    struct program program;
    int guests[GUESTS];
    unsigned port;

    (void)state;
    program_start(&program, &(struct program_setup){.path = PROMPT,
                                                    .arguments = {"0"},
                                                    .handles = 24});
    port = program_await_number(&program, "listening on 127.0.0.1:");
    for (int i = 0; i < GUESTS; i++)
        guests[i] = peer_connect(port);
    for (int i = 0; i < GUESTS; i++)
        close(guests[i]);
    program_await(&program, "guest 40 has come");
    program_end_input(&program);
    finish(&program, 0);
}

static void bad_arguments_are_told(void **state)
{
    static const char *const bad[][2] = {
        {"x"}, {"-1"}, {"65536"}, {"7007x"}, {"0", "0"}};
    struct program program;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(program_run(&program,
                                     &(struct program_setup){
                                         .path = PROMPT,
                                         .arguments = {bad[i][0], bad[i][1]}}),
                         2);
        assert_non_null(strstr(program.text, "usage: "));
        program_free(&program);
    }
}

static void a_port_that_is_taken_is_an_error(void **state)
{
    struct program program, second;
    char port[8];

    (void)state;
    snprintf(port, sizeof port, "%u", start(&program));
    assert_int_equal(
        program_run(&second, &(struct program_setup){.path = PROMPT,
                                                     .arguments = {port}}),
        1);
    assert_non_null(strstr(second.text, "EADDRINUSE"));
    program_free(&second);
    program_end_input(&program);
    finish(&program, 0);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        PROGRAM_CLAIM(the_end_of_the_input_ends_it),
        PROGRAM_CLAIM(what_it_is_told_after_quit_is_left_alone),
        PROGRAM_CLAIM(a_last_line_may_lack_its_end),
        PROGRAM_CLAIM(other_words_are_answered_with_help),
        PROGRAM_CLAIM(a_line_without_an_end_is_an_error),
        PROGRAM_CLAIM(guests_are_served_while_it_waits_for_a_line),
        PROGRAM_CLAIM(who_tells_what_each_has_sent),
        PROGRAM_CLAIM(bytes_are_counted),
        PROGRAM_CLAIM(what_is_said_reaches_all),
        PROGRAM_CLAIM(who_does_not_read_is_dismissed_and_others_are_not),
        PROGRAM_CLAIM(the_null_device_is_an_end),
        PROGRAM_CLAIM(a_file_is_read_to_its_end),
        PROGRAM_CLAIM(a_terminal_is_an_input_as_well),
        PROGRAM_CLAIM(running_out_of_descriptors_only_delays),
        PROGRAM_CLAIM(bad_arguments_are_told),
        PROGRAM_CLAIM(a_port_that_is_taken_is_an_error),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
