/* SPDX-License-Identifier: MIT */
#include "examples/peer.h"
#include "examples/program.h"

#include "support/scale.h"

#include "reactor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned start(struct program *program, const char *mib)
{
    program_start(program,
                  &(struct program_setup){.path = COMMAND_SERVER,
                                          .arguments = {"127.0.0.1:0", mib},
                                          .has_terminal = true});
    return program_await_number(program, "listening on 127.0.0.1:");
}

static void say(int peer, const char *text)
{
    peer_send(peer, text, strlen(text));
}

static void ask(int peer, const char *text, const char *answer)
{
    say(peer, text);
    peer_expect_text(peer, answer);
}

/* Asks, answers: the talk of one client that leaves nothing behind. */
static const char *const talk[][2] = {
    {"ping\n", "+PONG\r\n"},
    {"*2\r\n$4\r\nPING\r\n$2\r\n\r\n\r\n", "$2\r\n\r\n\r\n"},
    {"*2\r\n$4\r\nEcho\r\n$0\r\n\r\n", "$0\r\n\r\n"},
    {"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$5\r\nhello\r\n", "+OK\r\n"},
    {"*2\r\n$3\r\nGET\r\n$1\r\na\r\n", "$5\r\nhello\r\n"},
    {"append a !\r\nstrlen a\r\n", ":6\r\n:6\r\n"},
    {"get b\n", "$-1\r\n"},
    {"set a x nx\nset b x xx\nset b 5 nx\n", "$-1\r\n$-1\r\n+OK\r\n"},
    {"incr b\nincrby b 10\ndecr b\ndecrby b 20\n",
     ":6\r\n:16\r\n:15\r\n:-5\r\n"},
    {"incr a\n", "-ERR value is not an integer or out of range\r\n"},
    {"mset c 1 d 2\nmget a b c e\n",
     "+OK\r\n*4\r\n$6\r\nhello!\r\n$2\r\n-5\r\n$1\r\n1\r\n$-1\r\n"},
    {"exists a b e\ndel a b e\nexists a\n", ":2\r\n:2\r\n:0\r\n"},
    {"rpush l 1 2 3\nlpush l 0\nllen l\n", ":3\r\n:4\r\n:4\r\n"},
    {"lrange l -2 -1\nlrange l 2 1\nlpop l\nrpop l 2\n",
     "*2\r\n$1\r\n2\r\n$1\r\n3\r\n*0\r\n$1\r\n0\r\n"
     "*2\r\n$1\r\n3\r\n$1\r\n2\r\n"},
    {"get l\n", "-WRONGTYPE Operation against a key holding the wrong kind of "
                "value\r\n"},
    {"sadd s x x\nspop s\nspop s\ntype s\n",
     ":1\r\n$1\r\nx\r\n$-1\r\n+none\r\n"},
    {"hset h f 1 g 2\nhget h g\nhget h i\nhdel h f\nhgetall h\n",
     ":2\r\n$1\r\n2\r\n$-1\r\n:1\r\n*2\r\n$1\r\ng\r\n$1\r\n2\r\n"},
    {"zadd z 2 b 1 a 2 aa\nzpopmin z 2\nzscore z b\n",
     ":3\r\n*4\r\n$1\r\na\r\n$1\r\n1\r\n$2\r\naa\r\n$1\r\n2\r\n"
     "$1\r\n2\r\n"},
    {"dbsize\nselect 0\nselect 1\n",
     ":5\r\n+OK\r\n-ERR DB index is out of range\r\n"},
    {"set c 1 ex 100\nttl c\nttl d\nttl e\npersist c\nttl c\n",
     "+OK\r\n:100\r\n:-1\r\n:-2\r\n:1\r\n:-1\r\n"},
    {"hello 3\n", "-NOPROTO unsupported protocol version\r\n"},
    {"get\n", "-ERR wrong number of arguments for 'get' command\r\n"},
    {"*1\r\n$4\r\na\r\nb\r\n", "-ERR unknown command 'a  b'\r\n"},
    {"\r\n*0\r\nconfig get save\n", "*2\r\n$4\r\nsave\r\n$0\r\n\r\n"},
    {"flushall\ndbsize\n", "+OK\r\n:0\r\n"},
};

enum { TALK_SIZE = sizeof talk / sizeof talk[0] };

/* All asks, or all answers, as one text. */
static void join_talk(char *text, size_t room, int which)
{
    size_t length = 0;

    for (size_t i = 0; i < TALK_SIZE; i++)
        length += (size_t)snprintf(text + length, room - length, "%s",
                                   talk[i][which]);
    assert_true(length < room);
}

static void each_command_is_answered(void **state)
{
    struct program program;
    int peer = peer_connect(start(&program, NULL));

    (void)state;
    for (size_t i = 0; i < TALK_SIZE; i++)
        ask(peer, talk[i][0], talk[i][1]);
    peer_close(peer);
    program_interrupt(&program, "stopped: ");
}

static void all_may_come_at_once(void **state)
{
    char asks[4096], answers[4096];
    struct program program;
    int peer = peer_connect(start(&program, NULL));

    (void)state;
    join_talk(asks, sizeof asks, 0);
    join_talk(answers, sizeof answers, 1);
    ask(peer, asks, answers);
    peer_finish(peer);
    peer_expect_end(peer);
    peer_close(peer);
    program_interrupt(&program, "stopped: ");
}

/* When the other client has got its answer, the first part has been read. */
static void input_may_be_split_anywhere(void **state)
{
    char asks[4096], answers[4096];
    struct program program;
    unsigned port = start(&program, NULL);
    int peer = peer_connect(port), other = peer_connect(port);
    size_t size;

    (void)state;
    join_talk(asks, sizeof asks, 0);
    join_talk(answers, sizeof answers, 1);
    size = strlen(asks);
    for (size_t i = 1; i < size; i++) {
        peer_send(peer, asks, i);
        ask(other, "ping\n", "+PONG\r\n");
        peer_send(peer, asks + i, size - i);
        peer_expect_text(peer, answers);
    }
    for (size_t i = 0; i < size; i++) {
        peer_send(peer, asks + i, 1);
        ask(other, "ping\n", "+PONG\r\n");
    }
    peer_expect_text(peer, answers);
    peer_close(peer);
    peer_close(other);
    program_interrupt(&program, "stopped: ");
}

static void many_are_answered_in_their_order(void **state)
{
    enum { COMMANDS = 20000 };
    static char asks[COMMANDS * 7 + 1], answers[COMMANDS * 8 + 1];
    size_t length = 0;
    struct program program;
    int peer = peer_connect(start(&program, NULL));

    (void)state;
    for (size_t i = 0; i < COMMANDS; i++) {
        memcpy(asks + 7 * i, "incr n\n", 8);
        length += (size_t)snprintf(answers + length, sizeof answers - length,
                                   ":%zu\r\n", i + 1);
    }
    ask(peer, asks, answers);
    peer_close(peer);
    program_interrupt(&program, "stopped: ");
}

/* ---- Garbage ---- */

static void garbage_gets_an_error_and_the_end(void **state)
{
    static const char *const garbage[] = {
        "*-2\r\n",
        "*x\r\n",
        "*4097\r\n",
        "*99999999999999999999\r\n",
        "*1\r\n$-1\r\n",
        "*1\r\n$1048577\r\n",
        "*1\r\n$99999999999999999999\r\n",
        "*1\r\n:1\r\n",
        "*1\r\n$4\r\nPINGPING",
        "*2\r\n$4\r\nECHO\r\n+x\r\n",
        "*1\r\n\r\n$4\r\nPING\r\n",
    };
    struct program program;
    unsigned port = start(&program, NULL);
    int other = peer_connect(port);

    (void)state;
    for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
        int peer = peer_connect(port);

        say(peer, "ping\n");
        say(peer, garbage[i]);
        peer_expect_text(peer, "+PONG\r\n-ERR Protocol error: ");
        peer_drain(peer);
        peer_close(peer);
        ask(other, "ping\n", "+PONG\r\n");
    }
    peer_close(other);
    program_interrupt(&program, "stopped: ");
}

static void a_line_without_an_end_gets_an_error(void **state)
{
    static char line[70000];
    struct program program;
    int peer = peer_connect(start(&program, NULL));

    (void)state;
    memset(line, 'x', sizeof line);
    peer_send(peer, line, sizeof line);
    peer_expect_text(peer, "-ERR Protocol error: too big inline request\r\n");
    peer_drain(peer);
    peer_close(peer);
    program_interrupt(&program, "stopped: ");
}

static void browsers_are_not_heard_out(void **state)
{
    struct program program;
    unsigned port = start(&program, NULL);
    int get = peer_connect(port), post = peer_connect(port);

    (void)state;
    say(get, "GET / HTTP/1.1\r\nHost: x\r\nset a 1\r\n");
    peer_expect_text(get, "-ERR wrong number of arguments for 'get' command\r\n"
                          "-ERR unknown command 'Host:'\r\n");
    peer_expect_end(get);
    say(post, "POST / HTTP/1.1\r\nset a 1\r\n");
    peer_expect_text(post, "-ERR unknown command 'POST'\r\n");
    peer_expect_end(post);
    peer_close(get);
    peer_close(post);
    get = peer_connect(port);
    ask(get, "exists a\n", ":0\r\n");
    peer_close(get);
    program_interrupt(&program, "stopped: ");
}

/* Bytes of which most mean something. */
static size_t make_noise(char *bytes, size_t room, uint32_t *seed)
{
    static const char letters[] = "*$-01239\r\n\r\n\r\ngetsincrlpusha \377";
    size_t size = 0;

    while (size < room) {
        *seed = *seed * 1664525U + 1013904223U;
        if (*seed >> 28 == 0 && size > 0)
            break;
        bytes[size++] = letters[(*seed >> 8) % (sizeof letters - 1)];
    }
    return size;
}

static void noise_does_no_harm(void **state)
{
    const unsigned rounds = scaled(1000, 100000);
    uint32_t seed = 6;
    struct program program;
    unsigned port = start(&program, "1");
    int other = peer_connect(port);

    (void)state;
    for (unsigned i = 0; i < rounds; i++) {
        char noise[512];
        int peer = peer_connect(port);

        peer_send(peer, noise, make_noise(noise, sizeof noise, &seed));
        peer_finish(peer);
        peer_drain(peer);
        peer_close(peer);
        ask(other, "ping\n", "+PONG\r\n");
    }
    ask(other, "flushall\nset a 1\nget a\n", "+OK\r\n+OK\r\n$1\r\n1\r\n");
    peer_close(other);
    program_interrupt(&program, "stopped: ");
}

/* ---- Limits ---- */

/* The text without its zero. */
static void put(char *at, const char *text)
{
    while (*text != '\0')
        *at++ = *text++;
}

/* A request of the command, a key and a value of so many bytes. */
static void say_big(int peer, const char *command, char key, size_t size)
{
    char head[64], *value = malloc(size + 2);

    assert_non_null(value);
    memset(value, 'v', size);
    put(value + size, "\r\n");
    snprintf(head, sizeof head, "*3\r\n$%zu\r\n%s\r\n$1\r\n%c\r\n$%zu\r\n",
             strlen(command), command, key, size);
    say(peer, head);
    peer_send(peer, value, size + 2);
    free(value);
}

static void what_is_stored_is_limited(void **state)
{
    const size_t size = 700000;
    struct program program;
    int peer = peer_connect(start(&program, "1"));

    (void)state;
    say_big(peer, "SET", 'a', size);
    say_big(peer, "SET", 'b', size);
    say_big(peer, "SET", 'c', size);
    peer_expect_text(peer, "+OK\r\n+OK\r\n-OOM command not allowed when used "
                           "memory > 'maxmemory'.\r\n");
    ask(peer, "del a\nset d 1\nget d\n", ":1\r\n+OK\r\n$1\r\n1\r\n");
    peer_close(peer);
    program_interrupt(&program, "stopped: ");
}

static void a_reply_is_limited(void **state)
{
    struct program program;
    int peer = peer_connect(start(&program, NULL));

    (void)state;
    for (int i = 1; i <= 9; i++) {
        char answer[16];

        say_big(peer, "RPUSH", 'l', 1 << 20);
        snprintf(answer, sizeof answer, ":%d\r\n", i);
        peer_expect_text(peer, answer);
    }
    ask(peer, "lrange l 0 -1\nllen l\n",
        "-ERR no memory for a reply as long\r\n:9\r\n");
    peer_close(peer);
    program_interrupt(&program, "stopped: ");
}

static void a_request_is_limited(void **state)
{
    static char part[(1 << 20) + 12];
    struct program program;
    int peer = peer_connect(start(&program, NULL));

    (void)state;
    memset(part, 'x', sizeof part);
    put(part, "$1048576\r\n");
    put(part + sizeof part - 2, "\r\n");
    say(peer, "*5\r\n");
    for (int i = 0; i < 4; i++)
        peer_send(peer, part, sizeof part);
    peer_expect_text(peer, "-ERR Protocol error: too big request\r\n");
    peer_drain(peer);
    peer_close(peer);
    program_interrupt(&program, "stopped: ");
}

/* Its replies would be 100 MB: they are made when there is room for them. */
static void who_does_not_read_gets_all_in_the_end(void **state)
{
    enum { VALUE = 100000, VALUES = 1000 };
    static char answer[VALUE + 11];
    struct program program;
    unsigned port = start(&program, NULL);
    int slow = peer_connect(port), other = peer_connect(port);
    unsigned before_kib;

    (void)state;
    memset(answer, 'v', sizeof answer);
    put(answer, "$100000\r\n");
    put(answer + sizeof answer - 2, "\r\n");
    say_big(other, "SET", 'a', VALUE);
    ask(other, "get a\n", "+OK\r\n");
    peer_expect(other, answer, sizeof answer);
    before_kib = program_peak_kib(&program);
    for (int i = 0; i < VALUES; i++)
        say(slow, "get a\n");
    ask(other, "ping\n", "+PONG\r\n");
    for (int i = 0; i < VALUES; i++)
        peer_expect(slow, answer, sizeof answer);
    program_expect_peak(&program, before_kib + 2048);
    ask(slow, "ping\n", "+PONG\r\n");
    peer_close(slow);
    peer_close(other);
    program_interrupt(&program, "stopped: ");
}

static void who_leaves_with_replies_unread_does_no_harm(void **state)
{
    struct program program;
    unsigned port = start(&program, NULL);
    int lost = peer_connect(port), other = peer_connect(port);

    (void)state;
    say_big(other, "SET", 'a', 1 << 20);
    peer_expect_text(other, "+OK\r\n");
    for (int i = 0; i < 100; i++)
        say(lost, "get a\n");
    say(lost, "quit\n");
    ask(other, "ping\n", "+PONG\r\n");
    peer_reset(lost);
    ask(other, "ping\n", "+PONG\r\n");
    peer_close(other);
    program_interrupt(&program, "stopped: ");
}

/* ---- Times and ends ---- */

static void keys_expire_and_not_early(void **state)
{
    struct program program;
    int peer = peer_connect(start(&program, NULL));
    int64_t began = reactor_now_ns(), ended;
    char answer[4] = ":1\r\n";

    (void)state;
    ask(peer, "set a 1\npexpire a 100\nset b 1 px 200\nset c 1 ex 1000\n",
        "+OK\r\n:1\r\n+OK\r\n+OK\r\n");
    while (answer[1] != '0') {
        say(peer, "exists a\n");
        for (int i = 0; i < 4; i++)
            assert_int_equal(peer_receive(peer, answer + i, 1), 1);
    }
    ended = reactor_now_ns();
    assert_true(ended - began >= INT64_C(100000000));
    ask(peer, "pexpire c 0\nexists c\nexpire d 1\n", ":1\r\n:0\r\n:0\r\n");
    ask(peer, "set b 1\npttl b\n", "+OK\r\n:-1\r\n");
    ask(peer, "set e 1 ex 1000\n", "+OK\r\n");
    peer_close(peer);
    program_interrupt(&program, "stopped: ");
}

static void who_quits_is_answered_first(void **state)
{
    struct program program;
    int peer = peer_connect(start(&program, NULL));

    (void)state;
    ask(peer, "ping\nquit\nping\n", "+PONG\r\n+OK\r\n");
    peer_expect_end(peer);
    peer_close(peer);
    program_interrupt(&program, "stopped: 2 commands");
}

static void when_it_stops_clients_see_the_end(void **state)
{
    struct program program;
    unsigned port = start(&program, NULL);
    int first = peer_connect(port), second = peer_connect(port);

    (void)state;
    ask(first, "set a 1 ex 1000\n", "+OK\r\n");
    ask(second, "ping\n", "+PONG\r\n");
    program_signal(&program, 2);
    peer_expect_end(first);
    peer_expect_end(second);
    peer_close(first);
    peer_close(second);
    program_await(&program, "stopped: 2 commands");
    assert_int_equal(program_finish(&program), 0);
    program_free(&program);
}

static void bad_arguments_are_told(void **state)
{
    static const char *const bad[][3] = {
        {"127.0.0.1:0", "x"},
        {"127.0.0.1:0", "0"},
        {"127.0.0.1:0", "4096"},
        {"127.0.0.1:0", "1", "2"},
    };
    struct program program;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(
            program_run(&program,
                        &(struct program_setup){
                            .path = COMMAND_SERVER,
                            .arguments = {bad[i][0], bad[i][1], bad[i][2]}}),
            2);
        assert_non_null(strstr(program.text, "usage: "));
        program_free(&program);
    }
    assert_int_equal(
        program_run(&program, &(struct program_setup){.path = COMMAND_SERVER,
                                                      .arguments = {"x"}}),
        1);
    assert_non_null(strstr(program.text, "command_server: EINVAL"));
    program_free(&program);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        PROGRAM_CLAIM(each_command_is_answered),
        PROGRAM_CLAIM(all_may_come_at_once),
        PROGRAM_CLAIM(input_may_be_split_anywhere),
        PROGRAM_CLAIM(many_are_answered_in_their_order),
        PROGRAM_CLAIM(garbage_gets_an_error_and_the_end),
        PROGRAM_CLAIM(a_line_without_an_end_gets_an_error),
        PROGRAM_CLAIM(browsers_are_not_heard_out),
        PROGRAM_CLAIM(noise_does_no_harm),
        PROGRAM_CLAIM(what_is_stored_is_limited),
        PROGRAM_CLAIM(a_reply_is_limited),
        PROGRAM_CLAIM(a_request_is_limited),
        PROGRAM_CLAIM(who_does_not_read_gets_all_in_the_end),
        PROGRAM_CLAIM(who_leaves_with_replies_unread_does_no_harm),
        PROGRAM_CLAIM(keys_expire_and_not_early),
        PROGRAM_CLAIM(who_quits_is_answered_first),
        PROGRAM_CLAIM(when_it_stops_clients_see_the_end),
        PROGRAM_CLAIM(bad_arguments_are_told),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
