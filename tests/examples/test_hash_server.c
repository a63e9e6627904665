/* SPDX-License-Identifier: MIT */
#include "examples/peer.h"
#include "examples/program.h"

#include "support/handles.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { CLIENTS = 8, LINES = 5, ROUNDS = 20000, LINE_SIZE = 1024 };

static unsigned start(struct program *program)
{
    program_start(program,
                  &(struct program_setup){.path = HASH_SERVER,
                                          .arguments = {"127.0.0.1:0", "3"},
                                          .has_terminal = true});
    return program_await_number(program, "listening on 127.0.0.1:");
}

/* By its definition: bytes, one after the other. */
static void expect_hash(int peer, const char *line)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    char answer[32];

    for (int round = 0; round < ROUNDS; round++)
        for (const char *byte = line; *byte != '\0'; byte++) {
            hash ^= (unsigned char)*byte;
            hash *= UINT64_C(1099511628211);
        }
    snprintf(answer, sizeof answer, "%016" PRIx64 "\n", hash);
    peer_expect_text(peer, answer);
}

static void lines_are_answered_in_their_order(void **state)
{
    static const char lines[] = "one\ntwo\n\nfour\nfi";
    struct program program;
    int peer = peer_connect(start(&program));

    (void)state;
    peer_send(peer, lines, strlen(lines));
    expect_hash(peer, "one");
    expect_hash(peer, "two");
    expect_hash(peer, "");
    expect_hash(peer, "four");
    peer_send(peer, "ve\nsix\n", 7);
    peer_finish(peer);
    expect_hash(peer, "five");
    expect_hash(peer, "six");
    peer_expect_end(peer);
    peer_close(peer);
    program_interrupt(&program, "6 lines");
}

static void all_clients_are_answered(void **state)
{
    struct program program;
    unsigned port = start(&program);
    int peers[CLIENTS], i, line;
    char text[32];

    (void)state;
    for (i = 0; i < CLIENTS; i++)
        peers[i] = peer_connect(port);
    for (line = 0; line < LINES; line++) {
        for (i = 0; i < CLIENTS; i++) {
            snprintf(text, sizeof text, "%d of %d\n", line, i);
            peer_send(peers[i], text, strlen(text));
        }
        for (i = 0; i < CLIENTS; i++) {
            snprintf(text, sizeof text, "%d of %d", line, i);
            expect_hash(peers[i], text);
        }
    }
    for (i = 0; i < CLIENTS; i++)
        peer_close(peers[i]);
    program_interrupt(&program, "40 lines");
}

static void the_longest_line_is_hashed_and_a_longer_one_cut_off(void **state)
{
    char line[LINE_SIZE + 2];
    struct program program;
    unsigned port = start(&program);
    int good = peer_connect(port), bad = peer_connect(port);

    (void)state;
    memset(line, 'x', sizeof line);
    peer_send(bad, line, LINE_SIZE + 1);
    if (resets_are_told())
        peer_expect_reset(bad);
    else
        peer_expect_end(bad);
    peer_send(good, line, LINE_SIZE);
    line[LINE_SIZE] = '\0';
    peer_send(good, "\n", 1);
    expect_hash(good, line);
    peer_close(good);
    peer_close(bad);
    program_interrupt(&program, "1 lines");
}

static void who_leaves_too_early_disturbs_nobody(void **state)
{
    struct program program;
    unsigned port = start(&program);
    int staying = peer_connect(port), i;

    (void)state;
    for (i = 0; i < CLIENTS; i++) {
        int leaving = peer_connect(port);

        peer_send(leaving, "never read\n", 11);
        if (i % 2 == 0)
            peer_reset(leaving);
        else
            peer_close(leaving);
    }
    peer_send(staying, "still there\n", 12);
    expect_hash(staying, "still there");
    peer_close(staying);
    program_kill(&program);
}

/* The first answer says that the second line has come as well. */
static void what_has_come_is_answered_before_the_end(void **state)
{
    char lines[2 * 301 + 1];
    struct program program;
    int peer = peer_connect(start(&program));

    (void)state;
    memset(lines, 'x', sizeof lines);
    lines[300] = lines[601] = '\n';
    lines[602] = '\0';
    peer_send(peer, lines, 602);
    lines[300] = '\0';
    expect_hash(peer, lines);
    program_signal(&program, SIGINT);
    expect_hash(peer, lines);
    peer_expect_end(peer);
    peer_close(peer);
    (void)program_await(&program, "2 lines");
    assert_int_equal(program_finish(&program), 0);
    program_free(&program);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        PROGRAM_CLAIM(lines_are_answered_in_their_order),
        PROGRAM_CLAIM(all_clients_are_answered),
        PROGRAM_CLAIM(the_longest_line_is_hashed_and_a_longer_one_cut_off),
        PROGRAM_CLAIM(who_leaves_too_early_disturbs_nobody),
        PROGRAM_CLAIM(what_has_come_is_answered_before_the_end),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
