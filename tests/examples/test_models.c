/* SPDX-License-Identifier: MIT */
/* One echo service on one loop, with workers, on several loops. */
#include "examples/peer.h"
#include "examples/program.h"

#include <stdio.h>
#include <string.h>

#define CLIENTS 12

static unsigned start(struct program *program, const char *model)
{
    program_start(program, &(struct program_setup){
                               .path = MODELS,
                               .arguments = {model, "127.0.0.1:0", "3"},
                               .has_terminal = true});
    return program_await_number(program, "listening on 127.0.0.1:");
}

static void serve_clients(const char *model)
{
    struct program program;
    unsigned port = start(&program, model);
    int peers[CLIENTS], i;

    for (i = 0; i < CLIENTS; i++)
        peers[i] = peer_connect(port);
    for (i = 0; i < CLIENTS; i++)
        peer_expect_echo(peers[i], "hello");
    for (i = 0; i < CLIENTS; i++) {
        peer_send(peers[i], "bye", 3);
        peer_finish(peers[i]);
        peer_expect_text(peers[i], "bye");
        peer_expect_end(peers[i]);
        peer_close(peers[i]);
    }
    program_interrupt(&program, " events");
}

static void one_loop_serves_all(void **state)
{
    (void)state;
    serve_clients("loop");
}

static void workers_serve_all(void **state)
{
    (void)state;
    serve_clients("pool");
}

static void several_loops_serve_all(void **state)
{
    (void)state;
    serve_clients("loops");
}

static void who_does_not_read_loses_nothing_and_stops_nobody(void **state)
{
    static const char *const models[] = {"loop", "pool", "loops"};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof models / sizeof models[0]; i++) {
        struct program program;
        unsigned port = start(&program, models[i]);
        int slow = peer_connect(port), quick = peer_connect(port);
        size_t sent = peer_send_until_full(slow);

        peer_expect_echo(quick, "still there");
        peer_close(quick);
        peer_finish(slow);
        peer_expect_pattern(slow, sent);
        peer_expect_end(slow);
        peer_close(slow);
        program_kill(&program);
    }
}

static void unknown_models_are_told(void **state)
{
    struct program program;

    (void)state;
    assert_int_equal(
        program_run(&program, &(struct program_setup){.path = MODELS,
                                                      .arguments = {"none"}}),
        1);
    assert_non_null(strstr(program.text, "models: EINVAL"));
    program_free(&program);
    assert_int_equal(
        program_run(&program, &(struct program_setup){.path = MODELS}), 2);
    assert_non_null(strstr(program.text, "usage: "));
    program_free(&program);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        PROGRAM_CLAIM(one_loop_serves_all),
        PROGRAM_CLAIM(workers_serve_all),
        PROGRAM_CLAIM(several_loops_serve_all),
        PROGRAM_CLAIM(who_does_not_read_loses_nothing_and_stops_nobody),
        PROGRAM_CLAIM(unknown_models_are_told),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
