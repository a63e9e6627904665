/* SPDX-License-Identifier: MIT */
#include "examples/peer.h"
#include "examples/program.h"

#include "support/handles.h"
#include "support/scale.h"

#include <stdio.h>
#include <string.h>

/* A proxy between a client and a server. */
struct link {
    struct program program;
    unsigned port; /* the proxy's */
    int listener, client, server;
};

static void start(struct link *link)
{
    char port[8];

    link->listener = peer_listen(&link->port);
    snprintf(port, sizeof port, "%u", link->port);
    program_start(
        &link->program,
        &(struct program_setup){.path = TCP_PROXY,
                                .arguments = {"127.0.0.1:0", "localhost", port},
                                .has_terminal = true});
    link->port =
        program_await_number(&link->program, "listening on 127.0.0.1:");
    link->client = peer_connect(link->port);
    link->server = peer_accept(link->listener);
}

static void end(struct link *link, const char *last_words)
{
    peer_close(link->listener);
    program_interrupt(&link->program, last_words);
}

static void close_both(struct link *link)
{
    peer_close(link->client);
    peer_close(link->server);
}

static void bytes_pass_both_ways_until_both_have_ended(void **state)
{
    struct link link;

    (void)state;
    start(&link);
    peer_send(link.client, "question", 8);
    peer_expect_text(link.server, "question");
    peer_send(link.server, "answer", 6);
    peer_expect_text(link.client, "answer");
    peer_finish(link.client);
    peer_expect_end(link.server);
    peer_send(link.server, "late", 4);
    peer_expect_text(link.client, "late");
    peer_finish(link.server);
    peer_expect_end(link.client);
    program_await(&link.program, "link: 8 bytes there, 10 back");
    close_both(&link);
    end(&link, "stopped: 1 links, 0 broken");
}

static void the_server_may_end_first(void **state)
{
    struct link link;

    (void)state;
    start(&link);
    peer_finish(link.server);
    peer_expect_end(link.client);
    peer_send(link.client, "late", 4);
    peer_expect_text(link.server, "late");
    peer_finish(link.client);
    peer_expect_end(link.server);
    program_await(&link.program, "link: 4 bytes there, 0 back");
    close_both(&link);
    end(&link, "stopped: 1 links, 0 broken");
}

static void the_end_comes_after_all_that_waited(void **state)
{
    struct link link;
    size_t sent;

    (void)state;
    start(&link);
    sent = peer_send_until_full(link.client);
    peer_finish(link.client);
    peer_expect_pattern(link.server, sent);
    peer_expect_end(link.server);
    sent = peer_send_until_full(link.server);
    peer_finish(link.server);
    peer_expect_pattern(link.client, sent);
    peer_expect_end(link.client);
    close_both(&link);
    program_await(&link.program, "link: ");
    end(&link, "stopped: 1 links, 0 broken");
}

static void need_resets(void)
{
    if (!resets_are_told()) {
        print_message("skipped: a reset is an end like others here\n");
        skip();
    }
}

static void a_reset_of_the_client_reaches_the_server(void **state)
{
    struct link link;

    (void)state;
    need_resets();
    start(&link);
    peer_send(link.client, "x", 1);
    peer_expect_text(link.server, "x");
    peer_reset(link.client);
    peer_expect_reset(link.server);
    program_await(&link.program, "tcp_proxy: a link has broken: ECONNRESET");
    peer_close(link.server);
    end(&link, "stopped: 1 links, 1 broken");
}

static void a_reset_of_the_server_reaches_the_client(void **state)
{
    struct link link;

    (void)state;
    need_resets();
    start(&link);
    peer_send(link.server, "x", 1);
    peer_expect_text(link.client, "x");
    peer_reset(link.server);
    peer_expect_reset(link.client);
    program_await(&link.program, "tcp_proxy: a link has broken: ECONNRESET");
    peer_close(link.client);
    end(&link, "stopped: 1 links, 1 broken");
}

/* Its source is paused then, and is not read. */
static void a_reset_reaches_whom_it_has_paused(void **state)
{
    struct link link;

    (void)state;
    need_resets();
    start(&link);
    peer_send_until_full(link.client);
    peer_reset(link.server);
    program_await(&link.program, "tcp_proxy: a link has broken: ");
    peer_expect_reset(link.client);
    peer_close(link.client);
    end(&link, "stopped: 1 links, 1 broken");
}

static void a_server_that_is_not_there_is_told_as_a_reset(void **state)
{
    struct link link;
    int client;

    (void)state;
    need_resets();
    start(&link);
    close_both(&link);
    program_await(&link.program, "link: ");
    peer_close(link.listener);
    client = peer_connect(link.port);
    peer_expect_reset(client);
    program_await(&link.program, "tcp_proxy: a link has broken: ECONNREFUSED");
    peer_close(client);
    program_interrupt(&link.program, "stopped: 2 links, 1 broken");
}

static void when_it_stops_links_go_on_until_their_end(void **state)
{
    struct link link;

    (void)state;
    start(&link);
    program_signal(&link.program, 2);
    for (int i = 0; i < 10; i++) {
        peer_send(link.client, "x", 1);
        peer_expect_text(link.server, "x");
    }
    peer_finish(link.server);
    peer_finish(link.client);
    program_await(&link.program, "stopped: 1 links, 0 broken");
    assert_int_equal(program_finish(&link.program), 0);
    program_free(&link.program);
    close_both(&link);
    peer_close(link.listener);
}

static void a_gigabyte_passes_a_slow_reader_in_bounded_memory(void **state)
{
    const uint64_t back = UINT64_C(64) << 20;
    const uint64_t size = is_slow() ? back : 16 * back;
    struct link link;
    char words[64];
    unsigned before_kib;

    (void)state;
    start(&link);
    peer_send(link.client, "x", 1);
    peer_expect_text(link.server, "x");
    before_kib = program_peak_kib(&link.program);
    peer_transfer(link.client, link.server, size);
    peer_transfer(link.server, link.client, back);
    program_expect_peak(&link.program, before_kib + 2048);
    peer_finish(link.client);
    peer_expect_end(link.server);
    peer_finish(link.server);
    peer_expect_end(link.client);
    snprintf(words, sizeof words, "link: %llu bytes there, %llu back",
             (unsigned long long)size + 1, (unsigned long long)back);
    program_await(&link.program, words);
    close_both(&link);
    end(&link, "stopped: 1 links, 0 broken");
}

static void bad_arguments_are_told(void **state)
{
    static const char *const bad[][4] = {
        {"127.0.0.1:0"},
        {"127.0.0.1:0", "localhost"},
        {"127.0.0.1:0", "localhost", "0"},
        {"127.0.0.1:0", "localhost", "65536"},
        {"127.0.0.1:0", "localhost", "http"},
        {"127.0.0.1:0", "localhost", "1", "2"},
    };
    struct program program;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(program_run(&program,
                                     &(struct program_setup){
                                         .path = TCP_PROXY,
                                         .arguments = {bad[i][0], bad[i][1],
                                                       bad[i][2], bad[i][3]}}),
                         2);
        assert_non_null(strstr(program.text, "usage: "));
        program_free(&program);
    }
    assert_int_equal(
        program_run(&program,
                    &(struct program_setup){.path = TCP_PROXY,
                                            .arguments = {"x", "y", "1"}}),
        1);
    assert_non_null(strstr(program.text, "tcp_proxy: EINVAL"));
    program_free(&program);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        PROGRAM_CLAIM(bytes_pass_both_ways_until_both_have_ended),
        PROGRAM_CLAIM(the_server_may_end_first),
        PROGRAM_CLAIM(the_end_comes_after_all_that_waited),
        PROGRAM_CLAIM(a_reset_of_the_client_reaches_the_server),
        PROGRAM_CLAIM(a_reset_of_the_server_reaches_the_client),
        PROGRAM_CLAIM(a_reset_reaches_whom_it_has_paused),
        PROGRAM_CLAIM(a_server_that_is_not_there_is_told_as_a_reset),
        PROGRAM_CLAIM(when_it_stops_links_go_on_until_their_end),
        PROGRAM_CLAIM(a_gigabyte_passes_a_slow_reader_in_bounded_memory),
        PROGRAM_CLAIM(bad_arguments_are_told),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
