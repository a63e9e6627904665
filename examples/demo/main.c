/* SPDX-License-Identifier: MIT */
/*
 * The main job of the library, live: one thread with one loop serves
 * thousands of TCP connections on loopback, some busy and most idle. Listeners
 * accept them, and each is a session at either end.
 *
 *     ./reactor_demo                 and, while it runs:  nc 127.0.0.1 7777
 *     ./reactor_demo --seconds 3 --connections 500 --keep
 *
 * The server is a thread of its own (server.c, echo.c). The client that drives
 * it is the main thread with a second loop (client.c), so that the server's
 * CPU time is the server's alone. The phases of a run are in phases.c, what is
 * printed at the end in report.c; what depends on the system is in
 * ../portable.h. Both ends verify each byte: one that went
 * missing or was altered makes the exit status 1.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "demo.h"
#include "memory.h"
#include "message.h"
#include "portable.h"
#include "reactor/net.h"
#include "terminal.h"

enum {
    SPARE_HANDLES = 32, /* for loops, listener and visitors */
    MOST_BY_DEFAULT = 20000,
    MOST_BY_DEFAULT_WITH_POLL = 1000,
    MOST_BUSY = 256,
    CANNOT_RUN = 2,
};

/* What asks to stop; on Windows, Ctrl-Break does as well. */
static const int stop_signals[] = {
    SIGINT,
    SIGTERM,
#ifdef SIGBREAK
    SIGBREAK,
#endif
};

enum { STOP_SIGNALS = sizeof stop_signals / sizeof stop_signals[0] };

struct run {
    struct demo demo;
    struct reactor_signal watches[STOP_SIGNALS];
};

static void watch_no_signals(struct run *run)
{
    for (size_t i = 0; i < STOP_SIGNALS; i++)
        reactor_signal_stop(&run->watches[i]);
}

/* The first asks to drain; the second does what it would have done. */
static void stop(void *user_data, int number, uint64_t count)
{
    struct run *run = user_data;

    if (run->demo.is_stopping || count > 1) {
        watch_no_signals(run);
        raise(number);
    }
    run->demo.is_stopping = true;
}

static int watch_signals(struct run *run)
{
    int error = 0;

    for (size_t i = 0; i < STOP_SIGNALS; i++)
        reactor_signal_init(&run->watches[i], run->demo.client.loop, stop, run);
    for (size_t i = 0; i < STOP_SIGNALS && error == 0; i++)
        error = reactor_signal_start(&run->watches[i], stop_signals[i]);
    return error;
}

/* Both ends of a connection are in this process. Returns 0 if none fits. */
static size_t choose_connections(const struct options *options)
{
    size_t spare = SPARE_HANDLES, handles = count_free_handles();
    size_t fitting = handles > spare ? (handles - spare) / 2 : 0;
    size_t most = MOST_BY_DEFAULT;

    if (options->connections > fitting)
        terminal_line("note         %s connections do not fit into the limit "
                      "of descriptors",
                      text_of_count(options->connections).text);
    if (options->connections > 0)
        return options->connections < fitting ? options->connections : fitting;
    if (strcmp(reactor_backend_name(), "poll") == 0) {
        most = MOST_BY_DEFAULT_WITH_POLL;
        terminal_line("note         poll looks at each handle in each wait: "
                      "not more than %s",
                      text_of_count(most).text);
    }
    return fitting < most ? fitting : most;
}

static int run_phases(struct demo *demo)
{
    int error = phase_connect(demo);

    if (error == 0 && !demo->is_stopping)
        error = phase_measure(demo);
    if (error == 0)
        error = phase_drain(demo);
    if (error == 0 && !demo->is_stopping) {
        error = phase_call_roll(demo);
        if (error == 0 && demo->is_stopping)
            error = phase_drain(demo);
    }
    return error;
}

static int complain(const char *what, int error)
{
    fprintf(stderr, "reactor_demo: %s: %s\n", what, reactor_strerror(error));
    return CANNOT_RUN;
}

/* Returns the exit status. */
static int run_with_server(struct demo *demo)
{
    int error = run_phases(demo), status;

    if (error < 0)
        return complain("cannot go on", error);
    server_read_totals(demo->server, &demo->results.totals);
    report_results(demo);
    status = report_verdict(demo) ? 0 : 1;
    if (demo->options->keep && !demo->is_stopping) {
        error = phase_stay(demo);
        if (error < 0)
            return complain("cannot stay", error);
    }
    return status;
}

/* Returns the exit status. */
static int run_with_client(struct demo *demo)
{
    const struct options *options = demo->options;
    struct server_options server_options = {
        .token = message_new_token(),
        .addresses =
            1 + (demo->client.target - 1) / CLIENT_CONNECTIONS_PER_ADDRESS,
        .port = options->port,
        .port_is_fixed = options->port_is_fixed,
        .corrupt = options->corrupt_server,
    };
    struct client *client = &demo->client;
    int error = server_start(&demo->server, &server_options);
    int status, port;

    if (error < 0)
        return complain("cannot start the server", error);
    client->token = server_options.token;
    client->addresses = server_addresses(demo->server, &client->address_count);
    client->corrupt = options->corrupt_client;
    port = reactor_address_port(&client->addresses[0]);
    terminal_line("serving      127.0.0.1:%d with one thread and one loop",
                  port);
    terminal_line("visit it     nc 127.0.0.1 %d", port);
    status = run_with_server(demo);
    server_stop(demo->server);
    return status;
}

/* Returns the exit status. */
static int run_all(const struct options *options, size_t connections)
{
    struct run run = {.demo.options = options};
    struct client *client = &run.demo.client;
    size_t busy = (connections + 1) / 2;
    int status, error;

    error =
        client_open(client, connections, busy < MOST_BUSY ? busy : MOST_BUSY);
    if (error < 0)
        return complain("cannot start the client", error);
    error = watch_signals(&run);
    if (error < 0)
        status = complain("cannot watch signals", error);
    else
        status = run_with_client(&run.demo);
    client_close(client);
    return status;
}

int main(int argc, char **argv)
{
    struct options options;
    int status = options_read(&options, argc, argv);
    size_t connections;

    if (status >= 0)
        return status;
    if (reactor_supported_interest() == 0) {
        fprintf(stderr,
                "reactor_demo: this build (backend %s) has no "
                "demultiplexer\n",
                reactor_backend_name());
        return CANNOT_RUN;
    }
    terminal_open();
    terminal_line("libreactor   %s, backend %s", reactor_version(),
                  reactor_backend_name());
    reactor_set_allocator(counted_allocate, counted_reallocate,
                          counted_release);
    connections = choose_connections(&options);
    if (connections == 0) {
        fprintf(stderr, "reactor_demo: too few descriptors, see ulimit -n\n");
        return CANNOT_RUN;
    }
    return run_all(&options, connections);
}
