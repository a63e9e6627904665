/* SPDX-License-Identifier: MIT */
#include "examples/peer.h"
#include "examples/program.h"

#include "support/scale.h"

#include "reactor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned start(struct program *program, const char *seconds)
{
    program_start(program,
                  &(struct program_setup){.path = CHAT_SERVER,
                                          .arguments = {"127.0.0.1:0", seconds},
                                          .has_terminal = true});
    return program_await_number(program, "listening on 127.0.0.1:");
}

static void say(int peer, const char *text)
{
    peer_send(peer, text, strlen(text));
}

/* The number-th one. */
static int come(unsigned port, int number)
{
    char text[32];
    int peer = peer_connect(port);

    snprintf(text, sizeof text, "* hello, guest%d\n", number);
    peer_expect_text(peer, text);
    return peer;
}

static void a_line_goes_to_everybody_else(void **state)
{
    struct program program;
    unsigned port = start(&program, NULL);
    int first = come(port, 1), second = come(port, 2), third = come(port, 3);

    (void)state;
    peer_expect_text(first, "guest2 has come\nguest3 has come\n");
    peer_expect_text(second, "guest3 has come\n");
    say(first, "hello all\r\n\nagain\n");
    peer_expect_text(second, "guest1: hello all\nguest1: again\n");
    peer_expect_text(third, "guest1: hello all\nguest1: again\n");
    say(third, "hello you\n");
    peer_expect_text(first, "guest3: hello you\n");
    peer_close(second);
    peer_expect_text(first, "guest2 has left\n");
    peer_close(first);
    peer_close(third);
    program_interrupt(&program, "stopped");
}

static void a_line_may_come_in_pieces(void **state)
{
    struct program program;
    unsigned port = start(&program, NULL);
    int first = come(port, 1), second = come(port, 2);
    const char *text = "piece by piece\nand more\n";

    (void)state;
    for (const char *at = text; *at != '\0'; at++)
        peer_send(first, at, 1);
    peer_expect_text(second, "guest1: piece by piece\nguest1: and more\n");
    peer_close(first);
    peer_close(second);
    program_interrupt(&program, "stopped");
}

static void members_have_names(void **state)
{
    struct program program;
    unsigned port = start(&program, NULL);
    int first = come(port, 1), second = come(port, 2);

    (void)state;
    peer_expect_text(first, "guest2 has come\n");
    say(first, "/nick Anna-1\n");
    peer_expect_text(first, "* you have a new name\n");
    peer_expect_text(second, "guest1 is now Anna-1\n");
    say(second, "/nick Anna-1\n/nick \n/nick a b\n");
    peer_expect_text(second, "* that name is taken\n"
                             "* a name is 1 to 20 letters, digits, - and _\n"
                             "* a name is 1 to 20 letters, digits, - and _\n");
    peer_send(second, "/nick a\0b\n", 10);
    say(second, "/nick twenty-one-letters-ab\n");
    peer_expect_text(second, "* a name is 1 to 20 letters, digits, - and _\n"
                             "* a name is 1 to 20 letters, digits, - and _\n");
    say(second, "/who\n/quit\nnever said\n");
    peer_expect_text(second, "* guest2\n* Anna-1\n* goodbye\n");
    peer_expect_end(second);
    peer_expect_text(first, "guest2 has left\n");
    peer_close(first);
    peer_close(second);
    program_interrupt(&program, "stopped");
}

static void a_name_that_somebody_has_taken_is_not_given(void **state)
{
    struct program program;
    unsigned port = start(&program, NULL);
    int first = come(port, 1);

    (void)state;
    say(first, "/nick guest2\n");
    peer_expect_text(first, "* you have a new name\n");
    peer_close(come(port, 3));
    peer_close(first);
    program_interrupt(&program, "stopped");
}

static void a_line_has_512_bytes_at_most(void **state)
{
    struct program program;
    unsigned port = start(&program, NULL);
    int first = come(port, 1), second = come(port, 2), third = come(port, 3);
    char line[515] = "";

    (void)state;
    peer_expect_text(second, "guest3 has come\n");
    memset(line, 'x', 513);
    line[512] = '\n';
    peer_send(first, line, 513);
    peer_expect_text(second, "guest1: ");
    peer_expect(second, line, 513);
    line[512] = 'x';
    line[513] = '\n';
    peer_send(third, line, 514);
    peer_expect_text(second, "guest3 has left\n");
    peer_drain(third);
    peer_send(first, line, 513); /* and no end */
    peer_expect_text(second, "guest1 has left\n");
    peer_expect_text(first, "guest2 has come\nguest3 has come\n"
                            "guest3 has left\n* that line is too long\n");
    peer_expect_end(first);
    peer_close(first);
    peer_close(second);
    peer_close(third);
    program_interrupt(&program, "stopped");
}

static void orders_to_terminals_are_not_passed_on(void **state)
{
    struct program program;
    unsigned port = start(&program, NULL);
    int first = come(port, 1), second = come(port, 2);

    (void)state;
    peer_send(first, "a\033[2J\0\177\tz\xc3\xbc\n", 12);
    peer_expect_text(second, "guest1: a?[2J???z\xc3\xbc\n");
    peer_close(first);
    peer_close(second);
    program_interrupt(&program, "stopped");
}

/* What was received, and how much of it was read. */
struct reader {
    int peer;
    char bytes[65536];
    size_t size, at;
};

/* Reads up to the end of a line. */
static void read_line(struct reader *reader, char *line, size_t room)
{
    size_t length = 0;

    do {
        if (reader->at == reader->size) {
            int count =
                peer_receive(reader->peer, reader->bytes, sizeof reader->bytes);

            assert_true(count > 0);
            reader->size = (size_t)count;
            reader->at = 0;
        }
        assert_true(length + 1 < room);
        line[length++] = reader->bytes[reader->at++];
    } while (line[length - 1] != '\n');
    line[length] = '\0';
}

enum { LINE_BYTES = 500, BLOCK_LINES = 32 };

static void fill_line(char line[LINE_BYTES + 1], unsigned number)
{
    memset(line, '.', LINE_BYTES);
    snprintf(line, LINE_BYTES, "%08u", number);
    line[8] = '.';
    line[LINE_BYTES - 1] = '\n';
    line[LINE_BYTES] = '\0';
}

/* Each comes in its order, or is counted among those that were left out. */
static void expect_lines_with_gaps(int peer, unsigned lines)
{
    static struct reader reader;
    char expected[LINE_BYTES + 1], line[LINE_BYTES + 16];
    unsigned next = 0, missed = 0;

    reader.peer = peer;
    while (next + missed < lines) {
        unsigned number;
        char *rest;

        read_line(&reader, line, sizeof line);
        if (line[0] == '*') {
            missed += (unsigned)strtoul(line + 2, &rest, 10);
            assert_memory_equal(rest, " lines left out", 15);
            continue;
        }
        assert_memory_equal(line, "guest2: ", 8);
        number = (unsigned)strtoul(line + 8, NULL, 10);
        assert_true(number >= next);
        fill_line(expected, number);
        assert_string_equal(line + 8, expected);
        next++;
    }
    assert_true(missed > 0);
    assert_int_equal(next + missed, lines);
}

static void talk(int talker, int listener, unsigned lines)
{
    static char block[BLOCK_LINES * LINE_BYTES + 1];

    for (unsigned i = 0; i < lines; i += BLOCK_LINES) {
        for (unsigned j = 0; j < BLOCK_LINES; j++)
            fill_line(block + (size_t)j * LINE_BYTES, i + j);
        peer_send(talker, block, sizeof block - 1);
        for (unsigned j = 0; j < BLOCK_LINES; j++) {
            peer_expect_text(listener, "guest2: ");
            peer_expect(listener, block + (size_t)j * LINE_BYTES, LINE_BYTES);
        }
    }
}

/* To the slow one goes more than the system has room for. */
static void for_who_does_not_read_lines_are_left_out_and_counted(void **state)
{
    const unsigned lines = BLOCK_LINES * 500;
    struct program program;
    unsigned port = start(&program, NULL);
    int slow = come(port, 1), talker = come(port, 2), quick = come(port, 3);
    unsigned before_kib = program_peak_kib(&program);

    (void)state;
    peer_expect_text(slow, "guest2 has come\nguest3 has come\n");
    peer_expect_text(talker, "guest3 has come\n");
    talk(talker, quick, lines);
    program_expect_peak(&program, before_kib + 1024);
    expect_lines_with_gaps(slow, lines);
    peer_close(slow);
    peer_close(talker);
    peer_close(quick);
    program_interrupt(&program, "stopped");
}

static void who_is_silent_has_to_leave(void **state)
{
    struct program program;
    unsigned port = start(&program, "1");
    int64_t began = reactor_now_ns();
    int silent = come(port, 1);

    (void)state;
    peer_expect_end(silent);
    assert_true(reactor_now_ns() - began >= INT64_C(1000000000));
    peer_close(silent);
    program_interrupt(&program, "stopped");
}

static void who_is_not_silent_may_stay(void **state)
{
    struct program program;
    unsigned port = start(&program, "1");
    int silent = come(port, 1), talker = come(port, 2);
    char line[64];

    (void)state;
    peer_expect_text(silent, "guest2 has come\n");
    do /* as often as the silent one hears of it */
        say(talker, "x\n");
    while (peer_receive(silent, line, sizeof line) > 0);
    peer_expect_text(talker, "guest1 was silent\n");
    peer_close(silent);
    peer_close(talker);
    program_interrupt(&program, "stopped");
}

static void when_it_stops_all_are_told_and_nothing_is_lost(void **state)
{
    struct program program;
    unsigned port = start(&program, NULL);
    int first = come(port, 1), second = come(port, 2);

    (void)state;
    peer_expect_text(first, "guest2 has come\n");
    for (int i = 0; i < 100; i++)
        say(second, "to the last\n");
    for (int i = 0; i < 100; i++)
        peer_expect_text(first, "guest2: to the last\n");
    program_signal(&program, 2);
    peer_expect_text(first, "* the server stops\n");
    peer_expect_text(second, "* the server stops\n");
    peer_expect_end(first);
    peer_expect_end(second);
    peer_close(first);
    peer_close(second);
    program_await(&program, "stopped");
    assert_int_equal(program_finish(&program), 0);
    program_free(&program);
}

static void bad_arguments_are_told(void **state)
{
    static const char *const bad[][3] = {{"127.0.0.1:0", "x"},
                                         {"127.0.0.1:0", "-1"},
                                         {"127.0.0.1:0", "1000001"},
                                         {"127.0.0.1:0", "1", "2"}};
    struct program program;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(
            program_run(&program,
                        &(struct program_setup){
                            .path = CHAT_SERVER,
                            .arguments = {bad[i][0], bad[i][1], bad[i][2]}}),
            2);
        assert_non_null(strstr(program.text, "usage: "));
        program_free(&program);
    }
    assert_int_equal(
        program_run(&program, &(struct program_setup){.path = CHAT_SERVER,
                                                      .arguments = {"x"}}),
        1);
    assert_non_null(strstr(program.text, "chat_server: EINVAL"));
    program_free(&program);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        PROGRAM_CLAIM(a_line_goes_to_everybody_else),
        PROGRAM_CLAIM(a_line_may_come_in_pieces),
        PROGRAM_CLAIM(members_have_names),
        PROGRAM_CLAIM(a_name_that_somebody_has_taken_is_not_given),
        PROGRAM_CLAIM(a_line_has_512_bytes_at_most),
        PROGRAM_CLAIM(orders_to_terminals_are_not_passed_on),
        PROGRAM_CLAIM(for_who_does_not_read_lines_are_left_out_and_counted),
        PROGRAM_CLAIM(who_is_silent_has_to_leave),
        PROGRAM_CLAIM(who_is_not_silent_may_stay),
        PROGRAM_CLAIM(when_it_stops_all_are_told_and_nothing_is_lost),
        PROGRAM_CLAIM(bad_arguments_are_told),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
