/* SPDX-License-Identifier: MIT */
#include "examples/peer.h"
#include "examples/program.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct program_setup short_run = {
    .path = REACTOR_DEMO,
    .arguments = {"--seconds", "1", "--connections", "200", "--port", "0"},
};

static const struct program_setup long_run = {
    .path = REACTOR_DEMO,
    .arguments = {"--seconds", "600", "--connections", "200", "--port", "0"},
};

static void assert_contains(const struct program *program, const char *words)
{
    if (strstr(program->text, words) == NULL)
        fail_msg("no \"%s\" in:\n%s", words, program->text);
}

static void a_run_ends_with_figures_and_a_verdict(void **state)
{
    static const char *const rows[] = {
        "connected    200 of 200",
        "  backend      ",
        "200 = 100 busy + 100 idle",
        "roll call    100 of 100",
        "messages/s",
        "MB/s each way",
        "p99.9",
        "of a core",
        "bytes per idle connection",
        "verdict      PASS",
    };
    struct program program;

    (void)state;
    assert_int_equal(program_run(&program, &short_run), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_contains(&program, rows[i]);
    assert_null(strstr(program.text, "measured     0 messages"));
    program_free(&program);
}

static void without_a_terminal_lines_are_plain_and_short(void **state)
{
    struct program program;
    size_t column = 0;

    (void)state;
    assert_int_equal(program_run(&program, &short_run), 0);
    for (size_t i = 0; i < program.length; i++) {
        char byte = program.text[i];

        column = byte == '\n' ? 0 : column + 1;
        assert_true(column <= 80);
        assert_true(byte == '\n' || (byte >= ' ' && byte <= '~'));
    }
    program_free(&program);
}

static void a_terminal_gets_a_live_line_and_colours(void **state)
{
    struct program_setup setup = short_run;
    struct program program;

    (void)state;
    setup.has_terminal = true;
    setup.variable = "TERM=xterm";
    assert_int_equal(program_run(&program, &setup), 0);
    assert_contains(&program, "\rmeasuring ");
    assert_contains(&program, "\033[1;32mPASS");
    program_free(&program);
}

static void no_color_is_honoured(void **state)
{
    struct program_setup setup = short_run;
    struct program program;

    (void)state;
    setup.has_terminal = true;
    setup.variable = "NO_COLOR=1";
    assert_int_equal(program_run(&program, &setup), 0);
    assert_null(strstr(program.text, "\033[1"));
    assert_null(strstr(program.text, "\033[3"));
    assert_contains(&program, "verdict      PASS");
    program_free(&program);
}

static void a_flipped_bit_fails_the_run(const char *where, const char *words)
{
    struct program_setup setup = short_run;
    struct program program;

    setup.variable = where;
    assert_int_equal(program_run(&program, &setup), 1);
    assert_contains(&program, words);
    assert_contains(&program, "verdict      FAIL");
    program_free(&program);
}

static void a_bit_flipped_by_the_server_fails_the_run(void **state)
{
    (void)state;
    a_flipped_bit_fails_the_run("LIBREACTOR_DEMO_CORRUPT=1",
                                "altered on the way: 1");
}

static void a_bit_flipped_by_the_client_fails_the_run(void **state)
{
    (void)state;
    a_flipped_bit_fails_the_run("LIBREACTOR_DEMO_CORRUPT=client",
                                "bad at the server: 1");
}

static void a_signal_drains(int number)
{
    struct program program;

    program_start(&program, &long_run);
    program_await(&program, "measuring");
    program_signal(&program, number);
    program_await(&program, "drained      on request: ");
    program_await(&program, "verdict      PASS");
    assert_int_equal(program_finish(&program), 0);
    program_free(&program);
}

static void an_interrupt_drains(void **state)
{
    (void)state;
    a_signal_drains(SIGINT);
}

static void a_termination_drains(void **state)
{
    (void)state;
    a_signal_drains(SIGTERM);
}

/* Stopped meanwhile, the process finds both when it continues. */
static void a_second_signal_ends_at_once(void **state)
{
    struct program program;
    int result;

    (void)state;
    program_start(&program, &long_run);
    program_await(&program, "measuring");
    program_signal(&program, SIGSTOP);
    program_signal(&program, SIGINT);
    program_signal(&program, SIGTERM);
    program_signal(&program, SIGCONT);
    result = program_finish(&program);
    assert_true(result == -SIGINT || result == -SIGTERM);
    program_free(&program);
}

static void visit(unsigned port)
{
    int visitor = peer_connect(port);

    peer_expect_echo(visitor, "h");
    peer_expect_echo(visitor, "ello\n");
    peer_expect_echo(visitor, "more than fits into one message of the demo, "
                              "which has 64 bytes\n");
    close(visitor);
    /* The demo's own messages begin with this byte too. */
    visitor = peer_connect(port);
    peer_send(visitor, "\xff", 1);
    shutdown(visitor, SHUT_WR);
    peer_expect(visitor, "\xff", 1);
    peer_expect_end(visitor);
    close(visitor);
}

static void visitors_are_echoed_while_it_measures(void **state)
{
    struct program program;
    unsigned port;
    int lost;

    (void)state;
    program_start(&program, &long_run);
    port = program_await_number(&program, "nc 127.0.0.1 ");
    program_await(&program, "measuring");
    visit(port);
    lost = peer_connect(port);
    peer_expect_echo(lost, "x");
    peer_reset(lost);
    program_signal(&program, SIGINT);
    assert_int_equal(program_finish(&program), 0);
    assert_contains(&program, "visitors     3, ");
    assert_contains(&program, "verdict      PASS");
    program_free(&program);
}

/* Its end comes at once when it reads again, behind what was kept. */
static void a_visitor_who_does_not_read_is_not_read_from(void **state)
{
    struct program program;
    unsigned port;
    int visitor;
    size_t sent;

    (void)state;
    program_start(&program, &long_run);
    port = program_await_number(&program, "nc 127.0.0.1 ");
    program_await(&program, "measuring");
    visitor = peer_connect(port);
    sent = peer_send_until_full(visitor);
    shutdown(visitor, SHUT_WR);
    peer_expect_pattern(visitor, sent);
    peer_expect_end(visitor);
    close(visitor);
    program_signal(&program, SIGINT);
    assert_int_equal(program_finish(&program), 0);
    assert_contains(&program, "verdict      PASS");
    program_free(&program);
}

static void it_stays_for_visitors_until_a_signal(void **state)
{
    struct program_setup setup = short_run;
    struct program program;
    unsigned port;
    int visitor;

    (void)state;
    setup.arguments[6] = "--keep";
    program_start(&program, &setup);
    program_await(&program, "verdict      PASS");
    port = program_await_number(&program, "staying      nc 127.0.0.1 ");
    visit(port);
    visitor = peer_connect(port);
    peer_expect_echo(visitor, "x");
    program_await(&program, "visitors     1 now, 3 so far");
    program_signal(&program, SIGINT);
    program_await(&program, "drained      on request: ");
    assert_int_equal(program_finish(&program), 0);
    peer_expect_end(visitor);
    close(visitor);
    program_free(&program);
}

static void bad_options_are_told(void **state)
{
    static const char *const bad[][2] = {
        {"--seconds", "0"},        {"--seconds", "x"},
        {"--seconds", "1x"},       {"--seconds", "99999999999999999999"},
        {"--connections", "0"},    {"--connections", "-5"},
        {"--port", "65536"},       {"--port", ""},
        {"--no-such-option", "1"}, {"unexpected", NULL},
    };
    struct program program;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(program_run(&program,
                                     &(struct program_setup){
                                         .path = REACTOR_DEMO,
                                         .arguments = {bad[i][0], bad[i][1]}}),
                         2);
        assert_contains(&program, "reactor_demo: ");
        program_free(&program);
    }
}

static void help_is_no_error(void **state)
{
    struct program program;

    (void)state;
    assert_int_equal(
        program_run(&program, &(struct program_setup){.path = REACTOR_DEMO,
                                                      .arguments = {"--help"}}),
        0);
    assert_contains(&program, "--connections N");
    program_free(&program);
}

static void few_descriptors_mean_few_connections(void **state)
{
    struct program_setup setup = short_run;
    struct program program;

    (void)state;
    setup.handles = 64;
    assert_int_equal(program_run(&program, &setup), 0);
    assert_contains(&program, "200 connections do not fit");
    assert_contains(&program, "verdict      PASS");
    program_free(&program);
}

static void a_soft_limit_is_raised(void **state)
{
    struct program_setup setup = short_run;
    struct program program;

    (void)state;
    setup.handles = 64;
    setup.may_raise_limit = true;
    assert_int_equal(program_run(&program, &setup), 0);
    assert_contains(&program, "connected    200 of 200");
    program_free(&program);
}

static void too_few_descriptors_are_an_error(void **state)
{
    struct program_setup setup = short_run;
    struct program program;

    (void)state;
    setup.handles = 32;
    assert_int_equal(program_run(&program, &setup), 2);
    assert_contains(&program, "too few descriptors");
    program_free(&program);
}

static void a_given_port_that_is_taken_is_an_error(void **state)
{
    struct program_setup setup = short_run;
    struct program program, second;
    char port[8];

    (void)state;
    program_start(&program, &long_run);
    snprintf(port, sizeof port, "%u",
             program_await_number(&program, "nc 127.0.0.1 "));
    setup.arguments[5] = port;
    assert_int_equal(program_run(&second, &setup), 2);
    assert_contains(&second, "EADDRINUSE");
    program_free(&second);
    program_signal(&program, SIGINT);
    assert_int_equal(program_finish(&program), 0);
    program_free(&program);
}

static void the_default_port_gives_way_to_the_next(void **state)
{
    struct program_setup setup = long_run;
    struct program first, second;
    unsigned first_port, second_port;

    (void)state;
    setup.arguments[4] = NULL;
    program_start(&first, &setup);
    first_port = program_await_number(&first, "nc 127.0.0.1 ");
    program_start(&second, &setup);
    second_port = program_await_number(&second, "nc 127.0.0.1 ");
    assert_true(first_port >= 7777);
    assert_true(second_port >= 7777);
    assert_int_not_equal(first_port, second_port);
    program_signal(&first, SIGINT);
    program_signal(&second, SIGINT);
    assert_int_equal(program_finish(&first), 0);
    assert_int_equal(program_finish(&second), 0);
    program_free(&first);
    program_free(&second);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        PROGRAM_CLAIM(a_run_ends_with_figures_and_a_verdict),
        PROGRAM_CLAIM(without_a_terminal_lines_are_plain_and_short),
        PROGRAM_CLAIM(a_terminal_gets_a_live_line_and_colours),
        PROGRAM_CLAIM(no_color_is_honoured),
        PROGRAM_CLAIM(a_bit_flipped_by_the_server_fails_the_run),
        PROGRAM_CLAIM(a_bit_flipped_by_the_client_fails_the_run),
        PROGRAM_CLAIM(an_interrupt_drains),
        PROGRAM_CLAIM(a_termination_drains),
        PROGRAM_CLAIM(a_second_signal_ends_at_once),
        PROGRAM_CLAIM(visitors_are_echoed_while_it_measures),
        PROGRAM_CLAIM(a_visitor_who_does_not_read_is_not_read_from),
        PROGRAM_CLAIM(it_stays_for_visitors_until_a_signal),
        PROGRAM_CLAIM(bad_options_are_told),
        PROGRAM_CLAIM(help_is_no_error),
        PROGRAM_CLAIM(few_descriptors_mean_few_connections),
        PROGRAM_CLAIM(a_soft_limit_is_raised),
        PROGRAM_CLAIM(too_few_descriptors_are_an_error),
        PROGRAM_CLAIM(a_given_port_that_is_taken_is_an_error),
        PROGRAM_CLAIM(the_default_port_gives_way_to_the_next),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
