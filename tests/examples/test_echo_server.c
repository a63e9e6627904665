/* SPDX-License-Identifier: MIT */
#include "examples/peer.h"
#include "examples/program.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned start(struct program *program, unsigned handles)
{
    program_start(program, &(struct program_setup){.path = ECHO_SERVER,
                                                   .arguments = {"0"},
                                                   .handles = handles});
    return program_await_number(program, "listening on 127.0.0.1:");
}

static void stop(struct program *program)
{
    program_signal(program, SIGTERM);
    assert_int_equal(program_finish(program), 0);
    program_free(program);
}

static void what_is_sent_comes_back(void **state)
{
    static const unsigned char garbage[] = {0, 255, '\n', 0, 128, '%', 's', 1};
    struct program program;
    int peer = peer_connect(start(&program, 0));

    (void)state;
    peer_expect_echo(peer, "hello\n");
    peer_send(peer, garbage, sizeof garbage);
    peer_expect(peer, garbage, sizeof garbage);
    close(peer);
    stop(&program);
}

static void a_client_that_reads_late_loses_nothing(void **state)
{
    struct program program;
    int peer = peer_connect(start(&program, 0));
    size_t sent = peer_send_until_full(peer);

    (void)state;
    assert_true(sent > 4096); /* more than the server can hold */
    shutdown(peer, SHUT_WR);
    peer_expect_pattern(peer, sent);
    peer_expect_end(peer);
    close(peer);
    stop(&program);
}

static void a_half_closed_client_gets_the_rest_and_then_the_end(void **state)
{
    struct program program;
    int peer = peer_connect(start(&program, 0));

    (void)state;
    peer_send(peer, "last words", 10);
    shutdown(peer, SHUT_WR);
    peer_expect(peer, "last words", 10);
    peer_expect_end(peer);
    close(peer);
    stop(&program);
}

static void a_reset_leaves_the_others_alone(void **state)
{
    struct program program;
    unsigned port = start(&program, 0);
    int other = peer_connect(port), reading = peer_connect(port);
    int full = peer_connect(port), silent = peer_connect(port);

    (void)state;
    peer_expect_echo(reading, "x");
    peer_send_until_full(full);
    peer_reset(reading);
    peer_reset(full);
    peer_reset(silent);
    peer_expect_echo(other, "still here");
    close(other);
    stop(&program);
}

static void a_hundred_clients_are_served_at_once(void **state)
{
    enum { CLIENTS = 100, ROUNDS = 5 };
    struct program program;
    unsigned port = start(&program, 0);
    int peers[CLIENTS];
    char text[32];

    (void)state;
    for (int i = 0; i < CLIENTS; i++)
        peers[i] = peer_connect(port);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < CLIENTS; i++) {
            snprintf(text, sizeof text, "%d of client %d", round, i);
            peer_send(peers[i], text, strlen(text));
        }
        for (int i = 0; i < CLIENTS; i++) {
            snprintf(text, sizeof text, "%d of client %d", round, i);
            peer_expect(peers[i], text, strlen(text));
        }
    }
    for (int i = 0; i < CLIENTS; i++)
        close(peers[i]);
    stop(&program);
}

static double cpu_seconds_of_children(void)
{
    struct rusage usage;

    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* More clients than the server has descriptors for, and so long a silence until
   the first of them leave. Returns the processor time that it took. */
static double serve_more_than_fit(int silence_ms)
{
    enum { CLIENTS = 40, DESCRIPTORS = 24 };
    struct program program;
    double cpu = cpu_seconds_of_children();
    unsigned port = start(&program, DESCRIPTORS);
    struct pollfd last = {.events = POLLIN};
    int peers[CLIENTS];

    for (int i = 0; i < CLIENTS; i++) {
        peers[i] = peer_connect(port);
        peer_send(peers[i], "x", 1);
    }
    last.fd = peers[CLIENTS - 1];
    assert_int_equal(poll(&last, 1, silence_ms), 0);
    for (int i = 0; i < CLIENTS; i++) {
        peer_expect(peers[i], "x", 1);
        close(peers[i]);
    }
    stop(&program);
    return cpu_seconds_of_children() - cpu;
}

static void running_out_of_descriptors_only_delays(void **state)
{
    double without_silence = serve_more_than_fit(0);

    (void)state;
    /* A server that spins meanwhile takes all of the two seconds that others
       leave to it; what else differs between two runs is far less. */
    assert_true(serve_more_than_fit(2000) - without_silence < 0.7);
}

static void it_ends_cleanly_with_clients_connected(void **state)
{
    struct program program;
    int peer = peer_connect(start(&program, 0));

    (void)state;
    peer_expect_echo(peer, "x");
    program_signal(&program, SIGINT);
    assert_int_equal(program_finish(&program), 0);
    peer_expect_end(peer);
    close(peer);
    program_free(&program);
}

static void bad_arguments_are_told(void **state)
{
    static const char *const bad[] = {"x", "-1", "65536", "7007x"};
    struct program program;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(
            program_run(&program,
                        &(struct program_setup){.path = ECHO_SERVER,
                                                .arguments = {bad[i]}}),
            2);
        program_free(&program);
    }
    assert_int_equal(
        program_run(&program,
                    &(struct program_setup){.path = ECHO_SERVER,
                                            .arguments = {"0", "nowhere"}}),
        1);
    assert_non_null(strstr(program.text, "EINVAL"));
    program_free(&program);
}

static void a_port_that_is_taken_is_an_error(void **state)
{
    struct program program, second;
    char port[8];

    (void)state;
    snprintf(port, sizeof port, "%u", start(&program, 0));
    assert_int_equal(
        program_run(&second, &(struct program_setup){.path = ECHO_SERVER,
                                                     .arguments = {port}}),
        1);
    assert_non_null(strstr(second.text, "EADDRINUSE"));
    program_free(&second);
    stop(&program);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        PROGRAM_CLAIM(what_is_sent_comes_back),
        PROGRAM_CLAIM(a_client_that_reads_late_loses_nothing),
        PROGRAM_CLAIM(a_half_closed_client_gets_the_rest_and_then_the_end),
        PROGRAM_CLAIM(a_reset_leaves_the_others_alone),
        PROGRAM_CLAIM(a_hundred_clients_are_served_at_once),
        PROGRAM_CLAIM(running_out_of_descriptors_only_delays),
        PROGRAM_CLAIM(it_ends_cleanly_with_clients_connected),
        PROGRAM_CLAIM(bad_arguments_are_told),
        PROGRAM_CLAIM(a_port_that_is_taken_is_an_error),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
