/* SPDX-License-Identifier: MIT */
#include "demo.h"

#include <errno.h>

#include "memory.h"
#include "portable.h"
#include "reactor/loop.h"
#include "terminal.h"

static const int64_t second_ns = 1000000000;

enum { PATIENCE_SECONDS = 10, DRAIN_SECONDS = 5 };

/* The timers of a phase, on the client's loop. They, too, end a turn, so that
   the phase looks at what they found. */
struct phase {
    struct demo *demo;
    struct reactor_timer ticker; /* when to tell how it goes */
    struct reactor_timer limit;  /* when to give up, or end */
    size_t progress;             /* when that was looked at last */
    bool is_over_time;
};

static void reach_limit(void *user_data, uint64_t missed)
{
    struct phase *phase = user_data;

    (void)missed;
    phase->is_over_time = true;
}

static size_t progress_of(const struct client *client)
{
    return client->connected + client->answered + client->lost;
}

static void look_for_progress(void *user_data, uint64_t missed)
{
    struct phase *phase = user_data;
    size_t progress = progress_of(&phase->demo->client);

    (void)missed;
    phase->is_over_time = progress == phase->progress;
    phase->progress = progress;
}

static void start_ticker(struct phase *phase, int64_t period_ns,
                         reactor_timer_fn *tell, void *user_data)
{
    reactor_timer_init(&phase->ticker, phase->demo->client.loop, tell,
                       user_data);
    reactor_timer_start(&phase->ticker, period_ns, period_ns);
}

static void start_limit(struct phase *phase, int seconds)
{
    reactor_timer_init(&phase->limit, phase->demo->client.loop, reach_limit,
                       phase);
    reactor_timer_start(&phase->limit, seconds * second_ns, 0);
}

/* Gives up on what makes no progress at all. */
static void start_patience(struct phase *phase)
{
    phase->progress = progress_of(&phase->demo->client);
    reactor_timer_init(&phase->limit, phase->demo->client.loop,
                       look_for_progress, phase);
    reactor_timer_start(&phase->limit, PATIENCE_SECONDS * second_ns,
                        PATIENCE_SECONDS * second_ns);
}

static void stop_timers(struct phase *phase)
{
    reactor_timer_stop(&phase->ticker);
    reactor_timer_stop(&phase->limit);
}

/* ---- Connecting ---- */

static void tell_connected(void *user_data, uint64_t missed)
{
    const struct client *client = user_data;

    (void)missed;
    terminal_progress("connecting   %s of %s",
                      text_of_count(client->connected).text,
                      text_of_count(client->target).text);
}

static int connect_all(struct phase *phase)
{
    struct client *client = &phase->demo->client;
    int error = 0;

    client_set_mode(client, CLIENT_CONNECTING);
    while (error == 0 && client->connected + client->lost < client->target &&
           !phase->demo->is_stopping)
        error = phase->is_over_time ? -ETIMEDOUT : client_turn(client);
    client_set_mode(client, CLIENT_RESTING);
    if (error == 0 && client->opened == 0)
        error = client->limited_by;
    return error;
}

int phase_connect(struct demo *demo)
{
    struct client *client = &demo->client;
    struct phase phase = {.demo = demo};
    size_t bytes_before = counted_bytes();
    int64_t start = reactor_now_ns();
    int error;

    start_ticker(&phase, terminal_tick_ns(), tell_connected, client);
    start_patience(&phase);
    error = connect_all(&phase);
    stop_timers(&phase);
    if (error < 0)
        return error;
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

/* ---- Measuring ---- */

/* What was last told of the rate. */
struct progress {
    struct demo *demo;
    int64_t start_ns, last_ns;
    uint64_t messages;
};

static void tell_rate(void *user_data, uint64_t missed)
{
    struct progress *progress = user_data;
    struct demo *demo = progress->demo;
    uint64_t messages = demo->client.messages - progress->messages;
    int64_t now = reactor_now_ns();
    double rate = (double)messages * 1e9 / (double)(now - progress->last_ns);
    struct server_totals totals;

    (void)missed;
    progress->messages += messages;
    progress->last_ns = now;
    server_read_totals(demo->server, &totals);
    terminal_progress("measuring    %4.1f of %d s   %s messages/s   "
                      "visitors %s",
                      (double)(now - progress->start_ns) / 1e9,
                      demo->options->seconds,
                      text_of_count((uint64_t)rate).text,
                      text_of_count(totals.visitors_now).text);
}

static int play_ping_pong(struct demo *demo)
{
    struct client *client = &demo->client;
    struct phase phase = {.demo = demo};
    int64_t now = reactor_now_ns();
    struct progress progress = {demo, now, now, client->messages};
    int error = 0;

    start_ticker(&phase, terminal_tick_ns(), tell_rate, &progress);
    start_limit(&phase, demo->options->seconds);
    client_set_mode(client, CLIENT_PING_PONG);
    while (error == 0 && !phase.is_over_time && !demo->is_stopping)
        error = client_turn(client);
    client_set_mode(client, CLIENT_RESTING);
    stop_timers(&phase);
    return error;
}

int phase_measure(struct demo *demo)
{
    struct results *results = &demo->results;
    struct client *client = &demo->client;
    struct server_totals before, after;
    uint64_t messages = client->messages;
    int64_t start_ns, client_cpu_ns;
    int error;

    server_read_totals(demo->server, &before);
    client_cpu_ns = thread_cpu_ns();
    start_ns = reactor_now_ns();
    error = play_ping_pong(demo);
    results->window_ns = reactor_now_ns() - start_ns;
    results->messages = client->messages - messages;
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

/* ---- Draining ---- */

int phase_drain(struct demo *demo)
{
    struct client *client = &demo->client;
    struct phase phase = {.demo = demo};
    size_t under_way = client->outstanding;
    int64_t start_ns = reactor_now_ns();
    int error = 0;

    start_limit(&phase, DRAIN_SECONDS);
    client_set_mode(client, CLIENT_RESTING);
    while (error == 0 && client->outstanding > 0 && !phase.is_over_time)
        error = client_turn(client);
    reactor_timer_stop(&phase.limit);
    terminal_line("drained      %s%s under way, %s left after %s",
                  demo->is_stopping ? "on request: " : "",
                  text_of_count(under_way).text,
                  text_of_count(client->outstanding).text,
                  text_of_duration(reactor_now_ns() - start_ns).text);
    return error;
}

/* ---- The roll call ---- */

static void tell_answered(void *user_data, uint64_t missed)
{
    const struct client *client = user_data;

    (void)missed;
    terminal_progress("roll call    %s idle connections answered",
                      text_of_count(client->answered).text);
}

int phase_call_roll(struct demo *demo)
{
    struct client *client = &demo->client;
    struct phase phase = {.demo = demo};
    int error = 0;

    start_ticker(&phase, terminal_tick_ns(), tell_answered, client);
    start_patience(&phase);
    client_set_mode(client, CLIENT_CALLING_ROLL);
    while (error == 0 && !demo->is_stopping && !phase.is_over_time &&
           (client->next_to_call < client->begun || client->outstanding > 0))
        error = client_turn(client);
    stop_timers(&phase);
    terminal_line("roll call    %s of %s idle connections answered",
                  text_of_count(client->answered).text,
                  text_of_count(client->called).text);
    return error;
}

/* ---- Staying ---- */

struct stay {
    struct server *server;
    struct server_totals told;
};

static void tell_visitors(void *user_data, uint64_t missed)
{
    struct stay *stay = user_data;
    uint64_t visitors = stay->told.visitors_now;
    uint64_t bytes = stay->told.visitor_bytes;

    (void)missed;
    server_read_totals(stay->server, &stay->told);
    if (stay->told.visitors_now == visitors &&
        stay->told.visitor_bytes == bytes)
        return;
    terminal_progress("visitors     %s now, %s so far, %s bytes echoed",
                      text_of_count(stay->told.visitors_now).text,
                      text_of_count(stay->told.visitors).text,
                      text_of_count(stay->told.visitor_bytes).text);
}

int phase_stay(struct demo *demo)
{
    struct stay stay = {.server = demo->server};
    struct phase phase = {.demo = demo};
    int error = 0;

    terminal_line("staying      nc 127.0.0.1 %d   Ctrl-C ends",
                  reactor_address_port(&demo->client.addresses[0]));
    start_ticker(&phase, second_ns / 2, tell_visitors, &stay);
    while (error == 0 && !demo->is_stopping) {
        error = client_turn(&demo->client);
        if (stay.told.error < 0)
            error = stay.told.error;
    }
    reactor_timer_stop(&phase.ticker);
    return error < 0 ? error : phase_drain(demo);
}
