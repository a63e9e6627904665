/* SPDX-License-Identifier: MIT */
/*
 * One echo service, run in four ways:
 *
 *     ./models loop                       one loop does it all
 *     ./models pool [ADDRESS [WORKERS]]   one loop, and workers for the jobs
 *     ./models loops [ADDRESS [LOOPS]]    several loops, each with its clients
 *     ./models processes [ADDRESS [N]]    several processes, where there is
 *                                         fork(): see processes_posix.c
 *
 * Without an address it is 127.0.0.1:7007. Ctrl-C, or SIGTERM, has it stop:
 * those who are connected may finish, for ten seconds at most. Then it prints
 * whom each loop has served.
 */
#include "models/echo.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DRAIN_NS (10 * INT64_C(1000000000))

struct program {
    struct reactor_loop *loop; /* for the signals */
    struct reactor_signal interrupted, terminated;
    struct reactor_server *server;
};

/* Asked twice, it ends at once. */
static void stop(void *user_data, int number, uint64_t count)
{
    struct program *program = user_data;

    (void)number;
    (void)reactor_server_shutdown(program->server, count > 1 ? 0 : DRAIN_NS);
    (void)reactor_loop_stop(program->loop);
}

static int watch(struct program *program)
{
    int error = reactor_loop_open(&program->loop, NULL);

    if (error < 0)
        return error;
    reactor_signal_init(&program->interrupted, program->loop, stop, program);
    reactor_signal_init(&program->terminated, program->loop, stop, program);
    error = reactor_signal_start(&program->interrupted, SIGINT);
    return error == 0 ? reactor_signal_start(&program->terminated, SIGTERM)
                      : error;
}

static void print_address(const struct reactor_server *server)
{
    char text[REACTOR_ADDRESS_TEXT_MAX];
    struct reactor_address address;

    if (reactor_server_address(server, &address) == 0 &&
        reactor_address_format(&address, text, sizeof text) > 0)
        printf("listening on %s\n", text);
    fflush(stdout);
}

static void print_numbers(const struct reactor_server *server)
{
    struct reactor_server_numbers numbers = {.size = sizeof numbers};
    uint32_t i;

    for (i = 0; reactor_server_numbers(server, i, &numbers) == 0; i++)
        printf("loop %u: %llu connections, %llu turns, %llu events\n",
               (unsigned)i, (unsigned long long)numbers.accepted,
               (unsigned long long)numbers.turns,
               (unsigned long long)numbers.events);
}

static int run(const struct reactor_address *address,
               const struct reactor_server_options *options)
{
    struct program program = {.loop = NULL};
    _Atomic unsigned open = 0;
    struct echo echo = {.open = &open};
    int error = watch(&program);

    if (error == 0)
        error = reactor_server_open(&program.server, address, &echo_service,
                                    options, &echo);
    if (error == 0) {
        print_address(program.server);
        error = reactor_loop_run(program.loop);
        if (error > 0)
            error = reactor_server_join(program.server);
        print_numbers(program.server);
        (void)reactor_server_close(program.server);
    }
    reactor_loop_close(program.loop);
    return error;
}

/* ---- The socket of the processes ---- */

static void nobody(void *user_data, reactor_handle handle,
                   const struct reactor_address *peer)
{
    (void)user_data;
    (void)peer;
    reactor_handle_close(handle);
}

/* It listens, and nobody accepts. */
static int listen_at(const struct reactor_address *address, reactor_handle *out)
{
    struct reactor_listener listener;
    struct reactor_loop *loop;
    int error = reactor_loop_open(&loop, NULL);

    if (error < 0)
        return error;
    reactor_listener_init(&listener, loop, nobody, NULL);
    error = reactor_listener_start(&listener, address, NULL);
    if (error == 0)
        *out = reactor_listener_hand_over(&listener);
    reactor_loop_close(loop);
    return error;
}

static int run_processes(const struct reactor_address *address, unsigned count,
                         char **arguments)
{
    const char *inherited = getenv(MODELS_HANDLE);
    struct processes processes = {.count = count != 0 ? count : 2,
                                  .drain_ns = DRAIN_NS,
                                  .arguments = arguments};
    char *rest;
    int error = 0;

    if (inherited != NULL) {
        processes.handle = (reactor_handle)strtol(inherited, &rest, 10);
        processes.predecessor = strtol(rest, NULL, 10);
    } else
        error = listen_at(address, &processes.handle);
    if (error < 0)
        return error;
    error = processes_run(&processes);
    reactor_handle_close(processes.handle);
    return error;
}

/* ---- The program ---- */

/* -1 if it is none. */
static long read_count(const char *text)
{
    char *end;
    long count = strtol(text, &end, 10);

    return end != text && *end == '\0' && count > 0 && count <= 64 ? count : -1;
}

static int run_model(const char *name, const struct reactor_address *address,
                     unsigned count, char **arguments)
{
    struct reactor_server_options options = REACTOR_SERVER_OPTIONS_INIT;
    struct reactor_pool_options pool = REACTOR_POOL_OPTIONS_INIT;

    options.name = "echo";
    options.loops = count;
    options.pool = &pool;
    pool.workers = count;
    pool.capacity = ECHO_JOBS_MAX;
    if (strcmp(name, "loop") == 0)
        options.model = REACTOR_MODEL_LOOP;
    else if (strcmp(name, "pool") == 0)
        options.model = REACTOR_MODEL_POOL;
    else if (strcmp(name, "loops") == 0)
        options.model = REACTOR_MODEL_LOOPS;
    else if (strcmp(name, "processes") == 0)
        return run_processes(address, count, arguments);
    else
        return -EINVAL;
    return run(address, &options);
}

int main(int argc, char **argv)
{
    long count = argc > 3 ? read_count(argv[3]) : 0;
    struct reactor_address address;
    int error;

    if (argc < 2 || argc > 4 || count < 0 ||
        reactor_address_parse(&address, argc > 2 ? argv[2] : "127.0.0.1:7007") <
            0) {
        fprintf(stderr,
                "usage: %s loop|pool|loops|processes [address [count]]\n",
                argv[0]);
        return 2;
    }
    error = run_model(argv[1], &address, (unsigned)count, argv);
    if (error < 0)
        fprintf(stderr, "models: %s\n", reactor_strerror(error));
    return error < 0 ? 1 : 0;
}
