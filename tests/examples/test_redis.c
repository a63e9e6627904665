/* SPDX-License-Identifier: MIT */
/* The command server and the programs of Redis: redis-cli, redis-benchmark, and
   redis-server beside it. What is not installed is not asked. */
#include "examples/peer.h"
#include "examples/program.h"

#include "support/scale.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char port[8];

static unsigned start(struct program *program)
{
    unsigned number;

    program_start(program,
                  &(struct program_setup){.path = COMMAND_SERVER,
                                          .arguments = {"127.0.0.1:0"}});
    number = program_await_number(program, "listening on 127.0.0.1:");
    snprintf(port, sizeof port, "%u", number);
    return number;
}

static void stop(struct program *program)
{
    program_interrupt(program, "stopped: ");
}

/* Where CMake has found it. */
static void need(const char *path, const char *name)
{
    if (*path == '\0') {
        print_message("skipped: there is no %s\n", name);
        skip();
    }
}

/* ---- redis-cli ---- */

static void cli_expect(const char *const words[4], const char *answer)
{
    struct program cli;

    assert_int_equal(
        program_run(&cli,
                    &(struct program_setup){.path = REDIS_CLI,
                                            .arguments = {"-p", port, words[0],
                                                          words[1], words[2],
                                                          words[3]}}),
        0);
    assert_string_equal(cli.text, answer);
    program_free(&cli);
}

static void redis_cli_gets_what_it_has_set(void **state)
{
    static const struct {
        const char *words[4], *answer;
    } talk[] = {
        {{"ping"}, "PONG\n"},
        {{"set", "key", "a value"}, "OK\n"},
        {{"get", "key"}, "a value\n"},
        {{"incr", "number"}, "1\n"},
        {{"rpush", "list", "x", "y"}, "2\n"},
        {{"lrange", "list", "0", "-1"}, "x\ny\n"},
        {{"get", "list"},
         "WRONGTYPE Operation against a key holding the wrong kind of value\n"
         "\n"},
        {{"get", "nothing"}, "\n"},
        {{"expire", "key", "100"}, "1\n"},
        {{"dbsize"}, "3\n"},
    };
    struct program program;

    (void)state;
    need(REDIS_CLI, "redis-cli");
    start(&program);
    for (size_t i = 0; i < sizeof talk / sizeof talk[0]; i++)
        cli_expect(talk[i].words, talk[i].answer);
    stop(&program);
}

static void redis_cli_pipes_many_in(void **state)
{
    const unsigned count = scaled(50000, 1000000);
    struct program program, cli;
    char line[64], key[32];

    (void)state;
    need(REDIS_CLI, "redis-cli");
    start(&program);
    program_start(&cli,
                  &(struct program_setup){.path = REDIS_CLI,
                                          .arguments = {"-p", port, "--pipe"}});
    for (unsigned i = 0; i < count; i++) {
        int size = snprintf(line, sizeof line, "SET key%u %u\r\n", i, i);

        program_write(&cli, line, (size_t)size);
    }
    program_end_input(&cli);
    snprintf(line, sizeof line, "errors: 0, replies: %u", count);
    program_await(&cli, line);
    assert_int_equal(program_finish(&cli), 0);
    program_free(&cli);
    snprintf(line, sizeof line, "%u\n", count);
    cli_expect((const char *const[4]){"dbsize"}, line);
    snprintf(line, sizeof line, "%u\n", count - 1);
    snprintf(key, sizeof key, "key%u", count - 1);
    cli_expect((const char *const[4]){"get", key}, line);
    stop(&program);
}

/* ---- redis-benchmark ---- */

static void assert_benchmark_passes(const char *const arguments[6])
{
    struct program benchmark;
    struct program_setup setup = {.path = REDIS_BENCHMARK,
                                  .arguments = {"-p", port}};

    for (int i = 0; i < 6; i++)
        setup.arguments[2 + i] = arguments[i];
    if (program_run(&benchmark, &setup) != 0 ||
        strstr(benchmark.text, "requests per second") == NULL ||
        strstr(benchmark.text, "rror") != NULL)
        fail_msg("%s", benchmark.text);
    program_free(&benchmark);
}

static void redis_benchmark_runs_all_that_it_has(void **state)
{
    static const char *const alone[6] = {"-q", "-n", "2000"};
    static const char *const pipelined[6] = {"-q", "-n", "2000", "-P", "16"};
    static const char *const big[6] = {"-n",     "200", "-d",
                                       "100000", "-t",  "set,get,hset"};
    struct program program;

    (void)state;
    need(REDIS_BENCHMARK, "redis-benchmark");
    start(&program);
    assert_benchmark_passes(alone);
    assert_benchmark_passes(pipelined);
    assert_benchmark_passes(big);
    stop(&program);
}

/* ---- redis-server ---- */

enum { BATCH = 50, TEXT_BYTES = 1 << 20 };

static uint32_t seed;

static unsigned draw(unsigned below)
{
    seed = seed * 1664525U + 1013904223U;
    return (seed >> 8) % below;
}

/* Letters stand for arguments: a key, a member or field, a value, a number, an
   index, a score. */
static const char *const forms[] = {
    "set k v",        "set k v nx",      "set k n xx",    "set k v keepttl",
    "set k v ex 0",   "set k v ex 1000", "set k v nx xx", "setnx k v",
    "setex k 900 v",  "setex k -5 v",    "getset k v",    "get k",
    "append k v",     "strlen k",        "incr k",        "decr k",
    "incrby k n",     "decrby k n",      "incrby k v",    "mset k v k n",
    "mset k v k",     "mget k k k",      "del k",         "del k k",
    "exists k k",     "type k",          "dbsize",        "lpush k v v",
    "rpush k v n",    "lpop k",          "rpop k",        "lpop k 2",
    "rpop k i",       "llen k",          "lrange k i i",  "lrange k 0 v",
    "sadd k m m",     "srem k m m",      "scard k",       "sismember k m",
    "hset k m v",     "hset k m v m n",  "hset k m",      "hget k m",
    "hdel k m m",     "hlen k",          "hexists k m",   "zadd k s m",
    "zadd k s m s m", "zadd k v m",      "zcard k",       "zscore k m",
    "zpopmin k",      "zpopmin k 2",     "expire k 500",  "expire k -5",
    "pexpire k v",    "persist k",       "persist k k",   "echo v",
    "ping",           "select 0",        "select 99",     "get k k",
    "nonsense k v",
};

static int write_argument(char *text, size_t room, char kind)
{
    switch (kind) {
    case 'k':
        return snprintf(text, room, "key%u", draw(5));
    case 'm':
        return snprintf(text, room, "member%u", draw(6));
    case 'v':
        return snprintf(text, room, "value%0*u", (int)draw(40) + 1, draw(100));
    case 'n':
        return snprintf(text, room, "%d", (int)draw(2000) - 1000);
    case 'i':
        return snprintf(text, room, "%d", (int)draw(9) - 4);
    case 's':
        return snprintf(text, room, "%d.5", (int)draw(9) - 4);
    default:
        return 0;
    }
}

/* A random request, of a form. */
static size_t write_request(char *text, size_t room)
{
    const char *form = forms[draw(sizeof forms / sizeof forms[0])];
    size_t length = 0;

    for (const char *at = form; *at != '\0'; at++) {
        bool stands_alone =
            at > form && at[-1] == ' ' && (at[1] == ' ' || at[1] == '\0');
        int written = stands_alone
                          ? write_argument(text + length, room - length, *at)
                          : 0;

        if (written == 0)
            text[length] = *at;
        length += written > 0 ? (size_t)written : 1;
    }
    text[length++] = '\n';
    return length;
}

/* The answers to a batch, whose last request is an echo of "END". Of an error
   only the first word counts. */
static void read_answers(int peer, char *text)
{
    static const char end[] = "$3\r\nEND\r\n";
    size_t length = 0, kept = 0;

    while (length < sizeof end - 1 ||
           memcmp(text + length - (sizeof end - 1), end, sizeof end - 1) != 0) {
        int count = peer_receive(peer, text + length, TEXT_BYTES - 1 - length);

        assert_true(count > 0);
        length += (size_t)count;
    }
    for (size_t i = 0; i < length; i++) {
        text[kept++] = text[i];
        if (text[i] == '-' && (i == 0 || text[i - 1] == '\n')) {
            while (text[i + 1] != ' ' && text[i + 1] != '\r')
                text[kept++] = text[++i];
            while (text[i + 1] != '\r')
                i++;
        }
    }
    text[kept] = '\0';
}

static void assert_batch_agrees(int ours, int theirs)
{
    static char asks[BATCH * 256], our_text[TEXT_BYTES], their_text[TEXT_BYTES];
    size_t length = 0, same = 0;

    for (int i = 0; i < BATCH; i++)
        length += write_request(asks + length, sizeof asks - length);
    length +=
        (size_t)snprintf(asks + length, sizeof asks - length, "echo END\n");
    peer_send(ours, asks, length);
    peer_send(theirs, asks, length);
    read_answers(ours, our_text);
    read_answers(theirs, their_text);
    while (our_text[same] != '\0' && our_text[same] == their_text[same])
        same++;
    if (our_text[same] == their_text[same])
        return;
    print_error("asked:\n");
    for (char *line = strtok(asks, "\n"); line != NULL;
         line = strtok(NULL, "\n"))
        print_error("%s\n", line);
    same = same < 40 ? 0 : same - 40;
    fail_msg("ours: %.80s\ntheirs: %.80s", our_text + same, their_text + same);
}

static bool is_ready(struct program *program)
{
    while (program->text == NULL ||
           strstr(program->text, "Ready to accept connections") == NULL)
        if (!program_read(program))
            return false;
    return true;
}

/* It does not choose a port itself, and others may take one meanwhile. */
static void start_redis(struct program *program, char *number, size_t room)
{
    for (int i = 0; i < 100; i++) {
        unsigned free_port;

        peer_close(peer_listen(&free_port));
        snprintf(number, room, "%u", free_port);
        program_start(program, &(struct program_setup){
                                   .path = REDIS_SERVER,
                                   .arguments = {"--port", number, "--bind",
                                                 "127.0.0.1", "--save", ""}});
        if (is_ready(program))
            return;
        program_finish(program);
        program_free(program);
    }
    fail_msg("redis-server does not start");
}

static void its_answers_are_those_of_redis(void **state)
{
    const unsigned rounds = scaled(1000, 20000);
    struct program program, redis;
    char redis_port[8];
    int ours, theirs;

    (void)state;
    need(REDIS_SERVER, "redis-server");
    ours = peer_connect(start(&program));
    start_redis(&redis, redis_port, sizeof redis_port);
    theirs = peer_connect((unsigned)strtoul(redis_port, NULL, 10));
    seed = 7;
    for (unsigned i = 0; i < rounds; i++)
        assert_batch_agrees(ours, theirs);
    peer_close(ours);
    peer_close(theirs);
    stop(&program);
    program_signal(&redis, SIGTERM);
    assert_int_equal(program_finish(&redis), 0);
    program_free(&redis);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        PROGRAM_CLAIM(redis_cli_gets_what_it_has_set),
        PROGRAM_CLAIM(redis_cli_pipes_many_in),
        PROGRAM_CLAIM(redis_benchmark_runs_all_that_it_has),
        PROGRAM_CLAIM(its_answers_are_those_of_redis),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
