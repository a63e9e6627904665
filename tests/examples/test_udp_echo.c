/* SPDX-License-Identifier: MIT */
#include "examples/peer.h"
#include "examples/program.h"

#include <string.h>

static unsigned start(struct program *program)
{
    program_start(program, &(struct program_setup){.path = UDP_ECHO,
                                                   .arguments = {"127.0.0.1:0"},
                                                   .has_terminal = true});
    return program_await_number(program, "receiving at 127.0.0.1:");
}

static void each_datagram_comes_back_to_its_sender(void **state)
{
    struct program program;
    unsigned port = start(&program);
    int first = peer_datagram(port), second = peer_datagram(port);
    char buffer[16];

    (void)state;
    peer_send(first, "one", 3);
    peer_send(second, "second", 6);
    peer_send(first, "three", 5);
    assert_int_equal(peer_receive(first, buffer, sizeof buffer), 3);
    assert_memory_equal(buffer, "one", 3);
    assert_int_equal(peer_receive(first, buffer, sizeof buffer), 5);
    assert_memory_equal(buffer, "three", 5);
    assert_int_equal(peer_receive(second, buffer, sizeof buffer), 6);
    assert_memory_equal(buffer, "second", 6);
    peer_close(first);
    peer_close(second);
    program_interrupt(&program, "stopped: 3 answered, 0 dropped, ");
}

static void empty_and_long_ones_come_back_too(void **state)
{
    static unsigned char sent[60000], received[sizeof sent + 1];
    struct program program;
    int peer = peer_datagram(start(&program));

    (void)state;
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (unsigned char)(i % 251);
    peer_send(peer, "", 0);
    peer_send(peer, sent, sizeof sent);
    assert_int_equal(peer_receive(peer, received, sizeof received), 0);
    assert_int_equal(peer_receive(peer, received, sizeof received),
                     sizeof sent);
    assert_memory_equal(received, sent, sizeof sent);
    peer_close(peer);
    program_interrupt(&program, "stopped: 2 answered, 0 dropped, ");
}

/* Its answer is refused, which may be told on the socket that all share. */
static void who_has_gone_does_no_harm(void **state)
{
    struct program program;
    unsigned port = start(&program);
    int lost, staying = peer_datagram(port);

    (void)state;
    for (int i = 0; i < 10; i++) {
        lost = peer_datagram(port);
        peer_send(lost, "x", 1);
        peer_close(lost);
        peer_expect_echo(staying, "still there");
    }
    peer_close(staying);
    program_interrupt(&program, "stopped: ");
}

static void bad_addresses_are_told(void **state)
{
    struct program program;

    (void)state;
    assert_int_equal(
        program_run(&program, &(struct program_setup){.path = UDP_ECHO,
                                                      .arguments = {"x"}}),
        1);
    assert_non_null(strstr(program.text, "udp_echo: EINVAL"));
    program_free(&program);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        PROGRAM_CLAIM(each_datagram_comes_back_to_its_sender),
        PROGRAM_CLAIM(empty_and_long_ones_come_back_too),
        PROGRAM_CLAIM(who_has_gone_does_no_harm),
        PROGRAM_CLAIM(bad_addresses_are_told),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
