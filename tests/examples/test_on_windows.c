/* SPDX-License-Identifier: MIT */
/* The examples on Windows, where Ctrl-C is the only signal that can be sent to
   them. Whatever they say is the same. */
#include "examples/program.h"

#include <winsock2.h>

#include <signal.h>
#include <string.h>

static void assert_contains(const struct program *program, const char *words)
{
    if (strstr(program->text, words) == NULL)
        fail_msg("no \"%s\" in:\n%s", words, program->text);
}

/* Under Wine, so many connections take about a second. */
static const struct program_setup short_run = {
    .path = REACTOR_DEMO,
    .arguments = {"--seconds", "1", "--connections", "1000", "--port", "0"},
};

static void the_demo_ends_with_figures_and_a_verdict(void **state)
{
    static const char *const rows[] = {
        "connected    1,000 of 1,000",
        "  backend      iocp",
        "1,000 = 256 busy + 744 idle",
        "roll call    744 of 744",
        "messages/s",
        "of a core",
        "bytes per idle connection",
        "verdict      PASS",
    };
    struct program program;

    (void)state;
    assert_int_equal(program_run(&program, &short_run), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_contains(&program, rows[i]);
    program_free(&program);
}

static void a_flipped_bit_fails_the_demo(void **state)
{
    static const char *const flips[][2] = {
        {"LIBREACTOR_DEMO_CORRUPT=1", "altered on the way: 1"},
        {"LIBREACTOR_DEMO_CORRUPT=client", "bad at the server: 1"},
        {"LIBREACTOR_DEMO_CORRUPT=", "verdict      PASS"},
    };
    struct program_setup setup = short_run;
    struct program program;

    (void)state;
    setup.arguments[3] = "100";
    for (size_t i = 0; i < sizeof flips / sizeof flips[0]; i++) {
        bool passes = strstr(flips[i][1], "PASS") != NULL;

        setup.variable = flips[i][0];
        assert_int_equal(program_run(&program, &setup), passes ? 0 : 1);
        assert_contains(&program, flips[i][1]);
        program_free(&program);
    }
}

static void the_demo_tells_of_bad_options_and_helps(void **state)
{
    struct program_setup setup = {.path = REACTOR_DEMO,
                                  .arguments = {"--seconds", "0"}};
    struct program program;

    (void)state;
    assert_int_equal(program_run(&program, &setup), 2);
    assert_contains(&program, "reactor_demo: ");
    program_free(&program);
    setup.arguments[0] = "--help";
    setup.arguments[1] = NULL;
    assert_int_equal(program_run(&program, &setup), 0);
    assert_contains(&program, "--connections N");
    program_free(&program);
}

static SOCKET connect_peer(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    WSADATA data;
    SOCKET peer;

    address.sin_port = htons((u_short)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(WSAStartup(MAKEWORD(2, 2), &data), 0);
    peer = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(peer, (struct sockaddr *)&address, sizeof address),
                     0);
    return peer;
}

static void expect_echo(SOCKET peer)
{
    char answer[8];

    assert_int_equal(send(peer, "hello", 5, 0), 5);
    assert_int_equal(recv(peer, answer, sizeof answer, 0), 5);
    assert_memory_equal(answer, "hello", 5);
}

static void leave(SOCKET peer)
{
    char byte;

    assert_int_equal(shutdown(peer, SD_SEND), 0);
    assert_int_equal(recv(peer, &byte, 1, 0), 0);
    closesocket(peer);
    WSACleanup();
}

static void what_is_sent_to_the_echo_server_comes_back(void **state)
{
    static const struct program_setup setup = {.path = ECHO_SERVER,
                                               .arguments = {"0"}};
    struct program program;
    SOCKET peer;

    (void)state;
    program_start(&program, &setup);
    peer =
        connect_peer(program_await_number(&program, "listening on 127.0.0.1:"));
    expect_echo(peer);
    leave(peer);
    assert_int_equal(TerminateProcess(program.id, 7), TRUE);
    assert_int_equal(program_finish(&program), 7);
    program_free(&program);
}

static void ctrl_c_lets_clients_finish(void **state)
{
    static const struct program_setup setup = {.path = GRACEFUL_STOP,
                                               .arguments = {"0", "1000000"},
                                               .has_terminal = true};
    struct program program;
    SOCKET peer;

    (void)state;
    program_start(&program, &setup);
    peer =
        connect_peer(program_await_number(&program, "listening on 127.0.0.1:"));
    expect_echo(peer);
    program_signal(&program, SIGINT);
    program_await(&program, "stopping: 1 connected");
    expect_echo(peer);
    leave(peer);
    program_await(&program, "stopped: 1 finished, 0 cut off");
    assert_int_equal(program_finish(&program), 0);
    program_free(&program);
}

static void ctrl_c_drains_the_demo(void **state)
{
    struct program_setup setup = short_run;
    struct program program;

    (void)state;
    setup.arguments[1] = "600";
    setup.has_terminal = true;
    program_start(&program, &setup);
    program_await(&program, "measuring");
    program_signal(&program, SIGINT);
    program_await(&program, "drained      on request: ");
    program_await(&program, "verdict      PASS");
    assert_int_equal(program_finish(&program), 0);
    program_free(&program);
}

static void whichever_command_speaks_first_is_printed_first(void **state)
{
    static const struct program_setup setup = {
        .path = WAIT_TWO_HANDLES,
        .arguments = {"ping -n 2 127.0.0.1 >nul& echo slow", "echo quick"}};
    struct program program;

    (void)state;
    program_start(&program, &setup);
    program_await(&program, "second: quick");
    program_await(&program, "second: ended");
    program_await(&program, "first: slow");
    program_await(&program, "first: ended");
    assert_int_equal(program_finish(&program), 0);
    program_free(&program);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        PROGRAM_CLAIM(the_demo_ends_with_figures_and_a_verdict),
        PROGRAM_CLAIM(a_flipped_bit_fails_the_demo),
        PROGRAM_CLAIM(the_demo_tells_of_bad_options_and_helps),
        PROGRAM_CLAIM(what_is_sent_to_the_echo_server_comes_back),
        PROGRAM_CLAIM(ctrl_c_lets_clients_finish),
        PROGRAM_CLAIM(ctrl_c_drains_the_demo),
        PROGRAM_CLAIM(whichever_command_speaks_first_is_printed_first),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
