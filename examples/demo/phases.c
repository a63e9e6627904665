/* SPDX-License-Identifier: MIT */
#include "demo.h"

#include <errno.h>

#include "memory.h"
#include "portable.h"
#include "reactor.h"
#include "terminal.h"

static const int64_t second_ns = 1000000000;

enum { PATIENCE_SECONDS = 10, DRAIN_SECONDS = 5 };

/* When to tell how it goes. */
struct ticker {
    int64_t next_ns;
};

static struct ticker start_ticker(void)
{
    return (struct ticker){reactor_now_ns() + terminal_tick_ns()};
}

static bool is_due(struct ticker *ticker)
{
    int64_t now = reactor_now_ns();

    if (now < ticker->next_ns)
        return false;
    ticker->next_ns = now + terminal_tick_ns();
    return true;
}

/* Gives up on what makes no progress at all. */
struct patience {
    size_t progress;
    int64_t until_ns;
};

static bool is_exhausted(struct patience *patience, size_t progress)
{
    int64_t now = reactor_now_ns();

    if (patience->until_ns == 0 || progress != patience->progress) {
        patience->progress = progress;
        patience->until_ns = now + PATIENCE_SECONDS * second_ns;
    }
    return now >= patience->until_ns;
}

static bool is_stopping(const struct demo *demo)
{
    return atomic_load(demo->signals) > 0;
}

int phase_connect(struct demo *demo)
{
    struct client *client = &demo->client;
    struct ticker ticker = start_ticker();
    struct patience patience = {0, 0};
    size_t bytes_before = counted_bytes();
    int64_t start = reactor_now_ns();

    client_set_mode(client, CLIENT_CONNECTING);
    while (client->connected + client->lost < client->target &&
           !is_stopping(demo)) {
        int error = client_turn(client, ticker.next_ns);

        if (error < 0)
            return error;
        if (is_exhausted(&patience, client->connected + client->lost))
            return -ETIMEDOUT;
        if (is_due(&ticker))
            terminal_progress("connecting   %s of %s",
                              text_of_count(client->connected).text,
                              text_of_count(client->target).text);
    }
    client_set_mode(client, CLIENT_RESTING);
    if (client->opened == 0 && client->limited_by < 0)
        return client->limited_by;
    demo->results.connect_ns = reactor_now_ns() - start;
    if (client->opened > 0) /* each has a handle at either end */
        demo->results.library_bytes_per_handle =
            (double)(counted_bytes() - bytes_before) /
            (2 * (double)client->opened);
    terminal_line("connected    %s of %s in %s",
                  text_of_count(client->connected).text,
                  text_of_count(client->target).text,
                  text_of_duration(demo->results.connect_ns).text);
    if (client->limited_by < 0)
        terminal_line("             no more: %s",
                      reactor_strerror(client->limited_by));
    return 0;
}

static void tell_rate(struct demo *demo, int64_t start, uint64_t first,
                      uint64_t *last, int64_t *last_ns)
{
    uint64_t messages = demo->client.messages - first;
    int64_t now = reactor_now_ns();
    double rate = (double)(messages - *last) * 1e9 / (double)(now - *last_ns);
    struct server_totals totals;

    *last = messages;
    *last_ns = now;
    server_read_totals(demo->server, &totals);
    terminal_progress("measuring    %4.1f of %d s   %s messages/s   "
                      "visitors %s",
                      (double)(now - start) / 1e9, demo->options->seconds,
                      text_of_count((uint64_t)rate).text,
                      text_of_count(totals.visitors_now).text);
}

int phase_measure(struct demo *demo)
{
    struct results *results = &demo->results;
    struct client *client = &demo->client;
    struct server_totals before, after;
    struct ticker ticker = start_ticker();
    uint64_t first = client->messages, last = 0;
    int64_t start, end, last_ns, client_cpu_ns;
    int error = 0;

    server_read_totals(demo->server, &before);
    client_cpu_ns = thread_cpu_ns();
    last_ns = start = reactor_now_ns();
    end = start + demo->options->seconds * second_ns;
    client_set_mode(client, CLIENT_PING_PONG);
    while (error == 0 && reactor_now_ns() < end && !is_stopping(demo)) {
        error =
            client_turn(client, ticker.next_ns < end ? ticker.next_ns : end);
        if (is_due(&ticker))
            tell_rate(demo, start, first, &last, &last_ns);
    }
    client_set_mode(client, CLIENT_RESTING);
    results->window_ns = reactor_now_ns() - start;
    results->messages = client->messages - first;
    results->client_cpu_ns = thread_cpu_ns() - client_cpu_ns;
    server_read_totals(demo->server, &after);
    results->server_cpu_ns = after.cpu_ns - before.cpu_ns;
    results->waits = after.waits - before.waits;
    results->events = after.events - before.events;
    terminal_line("measured     %s messages in %s",
                  text_of_count(results->messages).text,
                  text_of_duration(results->window_ns).text);
    return error;
}

int phase_drain(struct demo *demo)
{
    struct client *client = &demo->client;
    size_t under_way = client->outstanding;
    int64_t start = reactor_now_ns(), end = start + DRAIN_SECONDS * second_ns;
    int error = 0;

    client_set_mode(client, CLIENT_RESTING);
    while (error == 0 && client->outstanding > 0 && reactor_now_ns() < end)
        error = client_turn(client, end);
    terminal_line("drained      %s%s under way, %s left after %s",
                  is_stopping(demo) ? "on request: " : "",
                  text_of_count(under_way).text,
                  text_of_count(client->outstanding).text,
                  text_of_duration(reactor_now_ns() - start).text);
    return error;
}

int phase_call_roll(struct demo *demo)
{
    struct client *client = &demo->client;
    struct ticker ticker = start_ticker();
    struct patience patience = {0, 0};
    int error = 0;

    client_set_mode(client, CLIENT_CALLING_ROLL);
    while (error == 0 && !is_stopping(demo) &&
           (client->next_to_call < client->opened || client->outstanding > 0) &&
           !is_exhausted(&patience, client->answered + client->lost)) {
        error = client_turn(client, ticker.next_ns);
        if (is_due(&ticker))
            terminal_progress("roll call    %s idle connections answered",
                              text_of_count(client->answered).text);
    }
    terminal_line("roll call    %s of %s idle connections answered",
                  text_of_count(client->answered).text,
                  text_of_count(client->called).text);
    return error;
}

static void tell_visitors(const struct server_totals *totals)
{
    terminal_progress("visitors     %s now, %s so far, %s bytes echoed",
                      text_of_count(totals->visitors_now).text,
                      text_of_count(totals->visitors).text,
                      text_of_count(totals->visitor_bytes).text);
}

int phase_stay(struct demo *demo)
{
    struct server_totals totals, told = {0};
    int error = 0;

    terminal_line("staying      nc 127.0.0.1 %d   Ctrl-C ends",
                  server_port(demo->server));
    while (error == 0 && !is_stopping(demo)) {
        server_read_totals(demo->server, &totals);
        if (totals.visitors_now != told.visitors_now ||
            totals.visitor_bytes != told.visitor_bytes)
            tell_visitors(&totals);
        told = totals;
        error =
            totals.error < 0
                ? totals.error
                : client_turn(&demo->client, reactor_now_ns() + second_ns / 2);
    }
    return error < 0 ? error : phase_drain(demo);
}
