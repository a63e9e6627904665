/* SPDX-License-Identifier: MIT */
#include "demo.h"

#include <stdarg.h>
#include <stdio.h>

#include "message.h"
#include "reactor.h"
#include "terminal.h"

enum { BAR_WIDTH = 40, MOST_ROWS = 14, EDGES_PER_DECADE = 6 };

LIKE_PRINTF(2, 3)
static void print_row(const char *name, const char *format, ...)
{
    va_list arguments;

    printf("  %s%-12s%s ", terminal_style(STYLE_NAME), name,
           terminal_style(STYLE_PLAIN));
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

/* 1 us, 1.5 us, 2, 3, 5, 7, 10 us, 15 us ... */
static int64_t edge_ns(int number)
{
    static const int64_t steps[EDGES_PER_DECADE] = {1000, 1500, 2000,
                                                    3000, 5000, 7000};
    int64_t scale = 1;

    for (int i = 0; i < number / EDGES_PER_DECADE; i++)
        scale *= 10;
    return steps[number % EDGES_PER_DECADE] * scale;
}

static void print_bar(const char *relation, int64_t limit, size_t count,
                      size_t most, size_t all)
{
    static const char hashes[] = "########################################";
    int width = (int)((count * BAR_WIDTH + most - 1) / most);

    printf("  %4s %-9s |%s%-*.*s%s| %5.1f %%\n", relation,
           text_of_duration(limit).text, terminal_style(STYLE_BAR), BAR_WIDTH,
           width, hashes, terminal_style(STYLE_PLAIN),
           100 * (double)count / (double)all);
}

/* The bulk in rows of about half an octave, the tails in a row each. */
static void print_histogram(struct samples *samples)
{
    int64_t low = samples_percentile(samples, 5);
    int64_t high = samples_percentile(samples, 995);
    size_t counts[MOST_ROWS + 2] = {0};
    size_t below = 0, most = 1;
    int first = 0, rows = 0;

    while (edge_ns(first + 1) <= low)
        first++;
    while (rows < MOST_ROWS && (rows == 0 || edge_ns(first + rows) <= high))
        rows++;
    for (int i = 0; i <= rows; i++) {
        size_t count = samples_below(samples, edge_ns(first + i));

        counts[i] = count - below;
        below = count;
    }
    counts[rows + 1] = samples->count - below;
    for (int i = 0; i <= rows + 1; i++)
        if (counts[i] > most)
            most = counts[i];
    putchar('\n');
    for (int i = 0; i <= rows; i++)
        if (i > 0 || counts[i] > 0)
            print_bar("<", edge_ns(first + i), counts[i], most, samples->count);
    if (counts[rows + 1] > 0)
        print_bar(">=", edge_ns(first + rows), counts[rows + 1], most,
                  samples->count);
    putchar('\n');
}

static void print_latency(struct samples *samples, size_t busy)
{
    print_row("latency", "p50 %s   p90 %s   p99 %s",
              text_of_duration(samples_percentile(samples, 500)).text,
              text_of_duration(samples_percentile(samples, 900)).text,
              text_of_duration(samples_percentile(samples, 990)).text);
    print_row("", "p99.9 %s   max %s",
              text_of_duration(samples_percentile(samples, 999)).text,
              text_of_duration(samples_percentile(samples, 1000)).text);
    print_row("", "of %s exact samples, %s messages always under way",
              text_of_count(samples->count).text, text_of_count(busy).text);
    if (samples->dropped > 0)
        print_row("", "(the last %s did not fit into memory)",
                  text_of_count(samples->dropped).text);
    print_histogram(samples);
}

static void print_measurement(struct demo *demo)
{
    const struct results *results = &demo->results;
    double seconds = (double)results->window_ns / 1e9;
    double rate = (double)results->messages / seconds;
    size_t busy = demo->client.busy < demo->client.connected
                      ? demo->client.busy
                      : demo->client.connected;

    print_row("messages", "%s of %d bytes, there and back",
              text_of_count(results->messages).text, MESSAGE_SIZE);
    print_row("throughput", "%s messages/s, %.1f MB/s each way",
              text_of_count((uint64_t)rate).text, rate * MESSAGE_SIZE / 1e6);
    if (demo->client.round_trips.count > 0)
        print_latency(&demo->client.round_trips, busy);
    print_row("CPU", "server %.0f %% of a core, client %.0f %%",
              100 * (double)results->server_cpu_ns / (double)results->window_ns,
              100 * (double)results->client_cpu_ns /
                  (double)results->window_ns);
    if (results->waits > 0)
        print_row("wait", "%.1f events each, %s waits",
                  (double)results->events / (double)results->waits,
                  text_of_count(results->waits).text);
}

static void print_memory(const struct results *results)
{
    double own_bytes = (double)server_bytes_per_connection();

    print_row("memory", "%.0f bytes per idle connection in the server:",
              results->library_bytes_per_handle + own_bytes);
    print_row("", "%.0f of the library (counted in its allocator, with room",
              results->library_bytes_per_handle);
    print_row("", "to grow) + %.0f of the echo (its struct); not the kernel's",
              own_bytes);
}

void report_results(struct demo *demo)
{
    const struct results *results = &demo->results;
    const struct client *client = &demo->client;
    size_t opened = client->opened;
    size_t idle = opened > client->busy ? opened - client->busy : 0;

    putchar('\n');
    print_row("backend", "%s", reactor_backend_name());
    print_row("connections", "%s = %s busy + %s idle, opened in %s",
              text_of_count(opened).text, text_of_count(opened - idle).text,
              text_of_count(idle).text,
              text_of_duration(results->connect_ns).text);
    if (results->window_ns > 0)
        print_measurement(demo);
    if (idle > 0)
        print_memory(results);
    if (results->totals.visitors > 0)
        print_row("visitors", "%s, %s bytes echoed",
                  text_of_count(results->totals.visitors).text,
                  text_of_count(results->totals.visitor_bytes).text);
}

/* Says what is wrong, if it is. */
static bool is_zero(uint64_t count, const char *what)
{
    if (count > 0)
        print_row("wrong", "%s: %s", what, text_of_count(count).text);
    return count == 0;
}

static bool is_equal(const char *sent_by, uint64_t sent,
                     const char *received_by, uint64_t received)
{
    if (sent != received)
        print_row("wrong", "%s sent %s bytes, %s received %s", sent_by,
                  text_of_count(sent).text, received_by,
                  text_of_count(received).text);
    return sent == received;
}

bool report_verdict(const struct demo *demo)
{
    const struct server_totals *totals = &demo->results.totals;
    const struct client *client = &demo->client;
    bool passed = true;

    passed &= is_zero(client->altered, "messages altered on the way");
    passed &= is_zero(totals->bad_messages, "messages bad at the server");
    passed &= is_zero(client->lost, "connections lost");
    passed &= is_zero(client->outstanding, "messages never came back");
    passed &= is_equal("client", client->bytes_sent, "server",
                       totals->bytes_received);
    passed &= is_equal("server", totals->bytes_sent, "client",
                       client->bytes_received);
    passed &= is_equal("client", client->bytes_sent, "client",
                       client->bytes_received);
    if (totals->error < 0) {
        print_row("wrong", "the server failed: %s",
                  reactor_strerror(totals->error));
        passed = false;
    }
    if (passed)
        print_row("verdict", "%sPASS%s  %s bytes sent, all back, all verified",
                  terminal_style(STYLE_GOOD), terminal_style(STYLE_PLAIN),
                  text_of_count(client->bytes_sent).text);
    else
        print_row("verdict", "%sFAIL%s  what was received is not what was sent",
                  terminal_style(STYLE_BAD), terminal_style(STYLE_PLAIN));
    return passed;
}
