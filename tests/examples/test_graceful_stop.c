/* SPDX-License-Identifier: MIT */
#include "examples/peer.h"
#include "examples/program.h"

#include "reactor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* For ever, as far as these tests go. */
static const char for_ever[] = "1000000";

static unsigned start(struct program *program, const char *milliseconds)
{
    program_start(program,
                  &(struct program_setup){.path = GRACEFUL_STOP,
                                          .arguments = {"0", milliseconds}});
    return program_await_number(program, "listening on 127.0.0.1:");
}

/* It ends, these are its last words, and there are none after them. */
static void assert_ends(struct program *program, const char *words)
{
    program_await(program, words);
    assert_int_equal(program_finish(program), 0);
    assert_int_equal(program->seen, program->length);
    program_free(program);
}

static void assert_refused(unsigned port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port)};
    int peer = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_true(peer >= 0);
    assert_int_equal(connect(peer, (struct sockaddr *)&address, sizeof address),
                     -1);
    assert_int_equal(errno, ECONNREFUSED);
    close(peer);
}

static void without_clients_it_ends_when_it_is_asked(int number)
{
    struct program program;

    start(&program, for_ever);
    program_signal(&program, number);
    assert_ends(&program, "stopped: 0 finished, 0 cut off");
}

static void an_interrupt_ends_it(void **state)
{
    (void)state;
    without_clients_it_ends_when_it_is_asked(SIGINT);
}

static void a_termination_ends_it(void **state)
{
    (void)state;
    without_clients_it_ends_when_it_is_asked(SIGTERM);
}

static void clients_that_left_before_do_not_count(void **state)
{
    struct program program;
    int peer = peer_connect(start(&program, for_ever));

    (void)state;
    peer_expect_echo(peer, "x");
    shutdown(peer, SHUT_WR);
    peer_expect_end(peer);
    program_signal(&program, SIGTERM);
    assert_ends(&program, "stopped: 0 finished, 0 cut off");
    close(peer);
}

static void
while_it_stops_it_serves_whom_it_has_and_refuses_others(void **state)
{
    struct program program;
    unsigned port = start(&program, for_ever);
    int first = peer_connect(port), second = peer_connect(port);

    (void)state;
    peer_expect_echo(first, "x");
    peer_expect_echo(second, "x");
    program_signal(&program, SIGTERM);
    program_await(&program, "stopping: 2 connected");
    assert_refused(port);
    peer_expect_echo(first, "still there");
    close(first);
    peer_expect_echo(second, "and me");
    close(second);
    assert_ends(&program, "stopped: 2 finished, 0 cut off");
}

static void what_was_on_its_way_when_it_was_asked_arrives(void **state)
{
    struct program program;
    int peer = peer_connect(start(&program, for_ever));
    size_t sent = peer_send_until_full(peer);

    (void)state;
    assert_true(sent > 4096); /* more than the server can hold */
    program_signal(&program, SIGTERM);
    program_await(&program, "stopping: 1 connected");
    shutdown(peer, SHUT_WR);
    peer_expect_pattern(peer, sent);
    peer_expect_end(peer);
    close(peer);
    assert_ends(&program, "stopped: 1 finished, 0 cut off");
}

static void a_client_that_breaks_off_has_finished(void **state)
{
    struct program program;
    int peer = peer_connect(start(&program, for_ever));

    (void)state;
    peer_send_until_full(peer);
    program_signal(&program, SIGTERM);
    program_await(&program, "stopping: 1 connected");
    peer_reset(peer);
    assert_ends(&program, "stopped: 1 finished, 0 cut off");
}

static void after_its_deadline_it_cuts_off_who_stays(void **state)
{
    struct program program;
    unsigned port = start(&program, "300");
    int leaving = peer_connect(port), staying = peer_connect(port);
    int64_t began;

    (void)state;
    peer_expect_echo(leaving, "x");
    peer_expect_echo(staying, "x");
    close(leaving);
    peer_expect_echo(staying, "x");
    began = reactor_now_ns();
    program_signal(&program, SIGTERM);
    peer_expect_end(staying);
    assert_true(reactor_now_ns() - began >= 300 * INT64_C(1000000));
    close(staying);
    program_await(&program, "stopping: ");
    assert_ends(&program, "cut off");
}

static void without_patience_it_cuts_off_at_once(void **state)
{
    struct program program;
    int peer = peer_connect(start(&program, "0"));

    (void)state;
    peer_expect_echo(peer, "x");
    program_signal(&program, SIGTERM);
    peer_expect_end(peer);
    close(peer);
    assert_ends(&program, "stopped: 0 finished, 1 cut off");
}

static void asked_twice_it_ends_at_once(void **state)
{
    struct program program;
    int peer = peer_connect(start(&program, for_ever));

    (void)state;
    peer_expect_echo(peer, "x");
    program_signal(&program, SIGTERM);
    program_await(&program, "stopping: 1 connected");
    program_signal(&program, SIGTERM);
    peer_expect_end(peer);
    close(peer);
    assert_ends(&program, "stopped: 0 finished, 1 cut off");
}

/* Stopped meanwhile, the process finds both when it continues. */
static void asked_twice_in_one_moment_it_ends_at_once(void **state)
{
    struct program program;
    int peer = peer_connect(start(&program, for_ever));

    (void)state;
    peer_expect_echo(peer, "x");
    program_signal(&program, SIGSTOP);
    program_signal(&program, SIGINT);
    program_signal(&program, SIGTERM);
    program_signal(&program, SIGCONT);
    peer_expect_end(peer);
    close(peer);
    assert_ends(&program, "stopped: 0 finished, 1 cut off");
}

/* Then it waits to accept again, which must not keep it. */
static void out_of_descriptors_it_ends_as_well(void **state)
{
    enum { CLIENTS = 40 };
    struct program program;
    int peers[CLIENTS], served = 0;
    unsigned port;
    char byte;

    (void)state;
    program_start(&program, &(struct program_setup){.path = GRACEFUL_STOP,
                                                    .arguments = {"0", "0"},
                                                    .handles = 24});
    port = program_await_number(&program, "listening on 127.0.0.1:");
    for (int i = 0; i < CLIENTS; i++)
        peers[i] = peer_connect(port);
    peer_expect_echo(peers[0], "x");
    program_signal(&program, SIGTERM);
    for (int i = 0; i < CLIENTS; i++) {
        served += recv(peers[i], &byte, 1, 0) == 0;
        close(peers[i]);
    }
    assert_true(served > 0);
    assert_true(served < 24);
    assert_ends(&program, "stopped: 0 finished, ");
}

static void running_out_of_descriptors_only_delays(void **state)
{
    enum { CLIENTS = 40 };
    struct program program;
    int peers[CLIENTS];
    unsigned port;

    (void)state;
    program_start(&program,
                  &(struct program_setup){.path = GRACEFUL_STOP,
                                          .arguments = {"0", for_ever},
                                          .handles = 24});
    port = program_await_number(&program, "listening on 127.0.0.1:");
    for (int i = 0; i < CLIENTS; i++)
        peers[i] = peer_connect(port);
    for (int i = 0; i < CLIENTS; i++) {
        peer_expect_echo(peers[i], "x");
        close(peers[i]);
    }
    program_signal(&program, SIGTERM);
    assert_ends(&program, "stopped: ");
}

static void bad_arguments_are_told(void **state)
{
    static const char *const bad[][3] = {
        {"x"},       {""},         {"-1"},    {"65536"},        {"7007x"},
        {"0", "-1"}, {"0", "5 s"}, {"0", ""}, {"0", "1000001"}, {"0", "1", "2"},
    };
    struct program program;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(
            program_run(&program,
                        &(struct program_setup){
                            .path = GRACEFUL_STOP,
                            .arguments = {bad[i][0], bad[i][1], bad[i][2]}}),
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
    snprintf(port, sizeof port, "%u", start(&program, for_ever));
    assert_int_equal(
        program_run(&second, &(struct program_setup){.path = GRACEFUL_STOP,
                                                     .arguments = {port}}),
        1);
    assert_non_null(strstr(second.text, "EADDRINUSE"));
    program_free(&second);
    program_signal(&program, SIGTERM);
    assert_ends(&program, "stopped: 0 finished, 0 cut off");
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        PROGRAM_CLAIM(an_interrupt_ends_it),
        PROGRAM_CLAIM(a_termination_ends_it),
        PROGRAM_CLAIM(clients_that_left_before_do_not_count),
        PROGRAM_CLAIM(while_it_stops_it_serves_whom_it_has_and_refuses_others),
        PROGRAM_CLAIM(what_was_on_its_way_when_it_was_asked_arrives),
        PROGRAM_CLAIM(a_client_that_breaks_off_has_finished),
        PROGRAM_CLAIM(after_its_deadline_it_cuts_off_who_stays),
        PROGRAM_CLAIM(without_patience_it_cuts_off_at_once),
        PROGRAM_CLAIM(asked_twice_it_ends_at_once),
        PROGRAM_CLAIM(asked_twice_in_one_moment_it_ends_at_once),
        PROGRAM_CLAIM(out_of_descriptors_it_ends_as_well),
        PROGRAM_CLAIM(running_out_of_descriptors_only_delays),
        PROGRAM_CLAIM(bad_arguments_are_told),
        PROGRAM_CLAIM(a_port_that_is_taken_is_an_error),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
