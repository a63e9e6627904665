/* SPDX-License-Identifier: MIT */
#include "examples/peer.h"
#include "examples/program.h"

#include <stdio.h>
#include <string.h>

static unsigned start(struct program *program)
{
    program_start(program,
                  &(struct program_setup){.path = ECHO_SESSION,
                                          .arguments = {"127.0.0.1:0"}});
    return program_await_number(program, "listening on 127.0.0.1:");
}

static void what_is_sent_comes_back_until_the_end(void **state)
{
    static const unsigned char garbage[] = {0, 255, '\r', '\n', 0, 128};
    struct program program;
    int peer = peer_connect(start(&program));

    (void)state;
    peer_expect_echo(peer, "hello\n");
    peer_send(peer, garbage, sizeof garbage);
    peer_expect(peer, garbage, sizeof garbage);
    peer_send(peer, "bye", 3);
    peer_finish(peer);
    peer_expect_text(peer, "bye");
    peer_expect_end(peer);
    peer_close(peer);
    program_kill(&program);
}

static void who_does_not_read_loses_nothing_and_stops_nobody(void **state)
{
    struct program program;
    unsigned port = start(&program);
    int slow = peer_connect(port), quick = peer_connect(port);
    size_t sent = peer_send_until_full(slow);

    (void)state;
    peer_expect_echo(quick, "still there");
    peer_close(quick);
    peer_finish(slow);
    peer_expect_pattern(slow, sent);
    peer_expect_end(slow);
    peer_close(slow);
    program_kill(&program);
}

static void who_breaks_off_leaves_the_others_alone(void **state)
{
    struct program program;
    unsigned port = start(&program);
    int lost = peer_connect(port), staying = peer_connect(port);

    (void)state;
    peer_send_until_full(lost);
    peer_reset(lost);
    for (int i = 0; i < 10; i++)
        peer_expect_echo(staying, "still there");
    peer_close(staying);
    program_kill(&program);
}

static void bad_addresses_are_told(void **state)
{
    static const char *const bad[] = {"", "x", "127.0.0.1:65536", "7007"};
    struct program program;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(
            program_run(&program,
                        &(struct program_setup){.path = ECHO_SESSION,
                                                .arguments = {bad[i]}}),
            1);
        assert_non_null(strstr(program.text, "echo_session: EINVAL"));
        program_free(&program);
    }
    assert_int_equal(
        program_run(&program, &(struct program_setup){.path = ECHO_SESSION,
                                                      .arguments = {"1", "2"}}),
        2);
    assert_non_null(strstr(program.text, "usage: "));
    program_free(&program);
}

static void a_port_that_is_taken_is_an_error(void **state)
{
    struct program program;
    unsigned port;
    char address[32];
    int taken = peer_listen(&port);

    (void)state;
    snprintf(address, sizeof address, "127.0.0.1:%u", port);
    assert_int_equal(
        program_run(&program, &(struct program_setup){.path = ECHO_SESSION,
                                                      .arguments = {address}}),
        1);
    assert_non_null(strstr(program.text, "echo_session: E"));
    program_free(&program);
    peer_close(taken);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        PROGRAM_CLAIM(what_is_sent_comes_back_until_the_end),
        PROGRAM_CLAIM(who_does_not_read_loses_nothing_and_stops_nobody),
        PROGRAM_CLAIM(who_breaks_off_leaves_the_others_alone),
        PROGRAM_CLAIM(bad_addresses_are_told),
        PROGRAM_CLAIM(a_port_that_is_taken_is_an_error),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
