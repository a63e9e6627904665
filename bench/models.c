/* SPDX-License-Identifier: MIT */
/*
 * The models in which one service can be run, beside each other:
 *
 *     bench_models MODEL REQUESTS CONNECTIONS WORK COUNT
 *
 * The model is loop, pool, loops, handed (loops whose connections one of them
 * accepts) or processes; WORK is how many rounds of work a request is; COUNT
 * that of the loops, workers or processes. It prints lines of a name and a
 * number: requests a second by the clock; of the server's processes CPU time
 * and switches to another thread for a request; and how many connections the
 * loop has that has the fewest, and the most.
 */
#include "models.h"
#include "workload.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct load {
    struct reactor_loop *loop;
    struct client *clients;
    int64_t count; /* of them */
    int64_t connected;
    int64_t asked, answered, requests;
    int64_t began_ns, ended_ns;
    bool has_failed;
};

struct client {
    struct load *load;
    struct reactor_session *session;
};

/* ---- The clients ---- */

static void fail(struct load *load)
{
    load->has_failed = true;
    (void)reactor_loop_stop(load->loop);
}

static void ask(struct client *client)
{
    static const char request[REQUEST_BYTES] = "request";

    client->load->asked++;
    if (reactor_session_write(client->session, request, sizeof(request)) != 0)
        fail(client->load);
}

static void on_connected(void *user_data, struct reactor_session *session)
{
    struct client *client = user_data;
    struct load *load = client->load;
    int64_t i;

    (void)session;
    if (++load->connected < load->count)
        return;
    load->began_ns = wall_time_ns();
    for (i = 0; i < load->count && load->asked < load->requests; i++)
        ask(&load->clients[i]);
}

static size_t on_answer(void *user_data, struct reactor_session *session,
                        const void *bytes, size_t size)
{
    struct client *client = user_data;
    struct load *load = client->load;

    (void)session;
    (void)bytes;
    if (size < REQUEST_BYTES)
        return 0;
    if (++load->answered == load->requests) {
        load->ended_ns = wall_time_ns();
        (void)reactor_loop_stop(load->loop);
    } else if (load->asked < load->requests) {
        ask(client);
    }
    return REQUEST_BYTES;
}

static void on_closed(void *user_data, struct reactor_session *session,
                      enum reactor_closed reason, int error)
{
    struct client *client = user_data;

    (void)session;
    (void)reason;
    (void)error;
    if (client->load->ended_ns == 0)
        fail(client->load);
}

static int connect_all(struct load *load, int port)
{
    struct reactor_session_options options = REACTOR_SESSION_OPTIONS_INIT;
    struct reactor_address address;
    char text[32];
    int error;
    int64_t i;

    options.connected = on_connected;
    options.data = on_answer;
    options.closed = on_closed;
    (void)snprintf(text, sizeof(text), "127.0.0.1:%d", port);
    error = reactor_address_parse(&address, text);
    for (i = 0; i < load->count && error == 0; i++) {
        struct client *client = &load->clients[i];

        client->load = load;
        error = reactor_session_connect(&client->session, load->loop, &address,
                                        1, -1, &options, client);
    }
    return error;
}

static int run_load(struct load *load, int port)
{
    int error = reactor_loop_open(&load->loop, NULL);

    if (error != 0)
        return error;
    load->clients = calloc((size_t)load->count, sizeof(*load->clients));
    error = load->clients != NULL ? connect_all(load, port) : -ENOMEM;
    if (error == 0)
        error = reactor_loop_run(load->loop);
    if (error >= 0)
        error = load->has_failed ? -EIO : 0;
    load->ended_ns += load->ended_ns == 0;
    reactor_loop_close(load->loop);
    free(load->clients);
    return error;
}

/* ---- The server ---- */

static int await_port(struct score *score)
{
    const struct timespec moment = {.tv_nsec = 1000000};
    int port, left = 10000;

    while ((port = atomic_load(&score->port)) == 0 && left-- > 0)
        (void)nanosleep(&moment, NULL);
    return port != 0 ? port : -ETIMEDOUT;
}

static void print_cost(int64_t requests)
{
    struct rusage usage;
    double ns;

    (void)getrusage(RUSAGE_CHILDREN, &usage);
    ns = 1e9 * (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e3 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    printf("cpu_ns %.0f\n", ns / (double)requests);
    printf("switches %.3f\n", (double)usage.ru_nvcsw / (double)requests);
}

static void print_spread(struct score *score, const char *model, uint32_t count)
{
    uint64_t least = UINT64_MAX, most = 0;
    uint32_t i;

    if (strcmp(model, "loop") == 0 || strcmp(model, "pool") == 0)
        count = 1;
    for (i = 0; i < count; i++) {
        uint64_t own = atomic_load(&score->shares[i].connections);

        least = own < least ? own : least;
        most = own > most ? own : most;
    }
    printf("least %llu\nmost %llu\n", (unsigned long long)least,
           (unsigned long long)most);
}

static void print_rate(const struct load *load)
{
    printf("requests_per_second %.0f\n",
           (double)load->requests * 1e9 /
               (double)(load->ended_ns - load->began_ns));
}

static int measure(const char *model, struct load *load, uint32_t work,
                   uint32_t count, struct score *score)
{
    pid_t server = fork();
    int error;

    if (server < 0)
        return -errno;
    if (server == 0) {
        error = models_serve(model, count, work, score);
        atomic_store(&score->port, error);
        _exit(error != 0);
    }
    error = await_port(score);
    if (error > 0)
        error = run_load(load, error);
    (void)kill(server, SIGTERM);
    (void)waitpid(server, NULL, 0);
    if (error != 0)
        return error;
    print_rate(load);
    print_cost(load->requests);
    print_spread(score, model, count);
    return 0;
}

static bool parse_number(const char *text, int64_t least, int64_t most,
                         int64_t *out)
{
    char *end;

    *out = strtoll(text, &end, 10);
    return end != text && *end == '\0' && *out >= least && *out <= most;
}

int main(int argc, char **argv)
{
    struct load load = {.loop = NULL};
    struct score *score = mmap(NULL, sizeof(*score), PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int64_t work, count;
    int error;

    if (argc != 6 || !parse_number(argv[2], 1, INT64_MAX, &load.requests) ||
        !parse_number(argv[3], 1, 1 << 20, &load.count) ||
        !parse_number(argv[4], 0, UINT32_MAX, &work) ||
        !parse_number(argv[5], 1, SHARES_MAX, &count)) {
        (void)fprintf(stderr,
                      "usage: %s MODEL REQUESTS CONNECTIONS WORK COUNT, as "
                      "bench/models.c says\n",
                      argv[0]);
        return 2;
    }
    if (score == MAP_FAILED)
        return 1;
    error = measure(argv[1], &load, (uint32_t)work, (uint32_t)count, score);
    if (error != 0)
        (void)fprintf(stderr, "models: %s\n", strerror(-error));
    return error != 0;
}
