/* SPDX-License-Identifier: MIT */
/* Datagrams; and addresses, of which a zone asks the system. */
#include "fault/net.h"

#include <string.h>

#define COUNT 5

/* What arrives is one digit each; all but those that were refused do. */
struct station {
    struct reactor_datagram *datagram;
    struct reactor_loop *loop;
    struct reactor_address address;
    char digits[COUNT * 4 + 1];
    unsigned count;
    unsigned failures;
    int error; /* the last one */
    unsigned closed;
    struct station *answers_to; /* NULL: nobody */
};

static void send_digit(struct station *from, const struct reactor_address *to,
                       char digit)
{
    int result = reactor_datagram_send(from->datagram, to, &digit, 1);

    if (result == 0)
        return;
    expect_told(result);
    assert_ok(reactor_datagram_send(from->datagram, to, &digit, 1));
}

static void on_received(void *user_data, struct reactor_datagram *datagram,
                        const struct reactor_message *messages, size_t count)
{
    struct station *station = user_data;
    size_t i;

    (void)datagram;
    for (i = 0; i < count; i++) {
        char digit = *(const char *)messages[i].bytes;

        assert_int_equal(messages[i].size, 1);
        assert_false(messages[i].is_truncated);
        assert_true(station->count + 1 < sizeof(station->digits));
        station->digits[station->count++] = digit;
        if (station->answers_to != NULL)
            send_digit(station, messages[i].peer, digit);
    }
}

static void on_failed(void *user_data, struct reactor_datagram *datagram,
                      int error, const struct reactor_address *peer)
{
    struct station *station = user_data;

    (void)datagram;
    (void)peer;
    station->failures++;
    station->error = error;
}

static void on_closed(void *user_data, struct reactor_datagram *datagram)
{
    struct station *station = user_data;

    (void)datagram;
    station->closed++;
}

static struct reactor_address any_port(void)
{
    struct reactor_address address;

    TRY_NET_OK(reactor_address_parse(&address, "127.0.0.1:0"));
    return address;
}

static void open_station(struct station *station, struct reactor_loop *loop,
                         const struct reactor_address *peer)
{
    struct reactor_datagram_options options = REACTOR_DATAGRAM_OPTIONS_INIT;
    const struct reactor_address any = any_port();
    size_t handles = count_open_handles();

    memset(station, 0, sizeof(*station));
    station->loop = loop;
    options.received = on_received;
    options.failed = on_failed;
    options.closed = on_closed;
    options.batch = 3;
    options.longest = 100;
    if (was_refused_by_net(reactor_datagram_open(&station->datagram, loop, &any,
                                                 peer, &options, station))) {
        assert_int_equal(count_open_handles(), handles);
        assert_ok(reactor_datagram_open(&station->datagram, loop, &any, peer,
                                        &options, station));
    }
    TRY_NET_OK(reactor_address_of(reactor_datagram_handle(station->datagram),
                                  &station->address));
}

static void close_station(struct station *station)
{
    reactor_datagram_close(station->datagram);
    assert_int_equal(station->closed, 0);
    while (station->closed == 0)
        turn(station->loop);
    assert_int_equal(station->closed, 1);
}

/* What a fault has taken is told, once; it is over. */
static void expect_told_of(struct station *station)
{
    assert_int_equal(station->failures, 1);
    expect_told(station->error);
    station->failures = 0;
}

/* Digits are asked for until all have come: some are lost with an error. */
static bool exchange(struct station *from, struct station *to,
                     const struct reactor_address *name)
{
    unsigned answers = from->count + COUNT;
    int i;

    for (i = 0; i < COUNT; i++)
        send_digit(from, name, (char)('0' + i));
    while (from->count < answers && from->failures + to->failures == 0)
        turn(from->loop);
    if (from->failures > 0)
        expect_told_of(from);
    else if (to->failures > 0)
        expect_told_of(to);
    else
        return true;
    return false;
}

/* Those of a failed exchange may still come, or not. */
static bool forget(struct station *from, struct station *to)
{
    while (TRY(reactor_loop_turn(from->loop, (int64_t)BRIEFLY_MS * 1000000)) >
           0)
        continue;
    from->count = to->count = 0;
    memset(from->digits, 0, sizeof(from->digits));
    return true;
}

static void converse(struct station *from, struct station *to,
                     const struct reactor_address *name)
{
    to->answers_to = from;
    if (!exchange(from, to, name)) {
        assert_true(forget(from, to));
        assert_true(exchange(from, to, name));
    }
    assert_string_equal(from->digits, "01234");
}

static void datagrams_are_answered(void)
{
    struct reactor_loop *loop = open_one_loop();
    struct station a, b;

    open_station(&a, loop, NULL);
    open_station(&b, loop, NULL);
    converse(&a, &b, &b.address);
    close_station(&a);
    close_station(&b);
    reactor_loop_close(loop);
}

static void a_connected_one_needs_no_address(void)
{
    struct reactor_loop *loop = open_one_loop();
    struct station a, b;

    open_station(&b, loop, NULL);
    open_station(&a, loop, &b.address);
    converse(&a, &b, NULL);
    reactor_loop_close(loop);
    assert_int_equal(a.closed, 1);
    assert_int_equal(b.closed, 1);
}

static unsigned refusals;

/* The system takes nothing for now. */
static int refuse(enum fault_call call)
{
    if (refusals == 0 || fault_transfer_of(call) != FAULT_TRANSFER_OUT)
        return 0;
    refusals--;
    return fault_passing_errors[0];
}

static void what_waits_is_sent_later(void)
{
    struct reactor_loop *loop = open_one_loop();
    struct station a, b;

    refusals = 2;
    fault_choose = refuse;
    open_station(&a, loop, NULL);
    open_station(&b, loop, NULL);
    converse(&a, &b, &b.address);
    assert_int_equal(refusals, 0);
    close_station(&a);
    close_station(&b);
    reactor_loop_close(loop);
}

/* Paused, it is not read; then it is. */
static void a_paused_one_receives_later(void)
{
    struct reactor_loop *loop = open_one_loop();
    struct station a, b;

    open_station(&a, loop, NULL);
    open_station(&b, loop, NULL);
    assert_ok(reactor_datagram_pause(b.datagram));
    send_digit(&a, &b.address, '0');
    assert_true(TRY(reactor_loop_turn(loop, (int64_t)BRIEFLY_MS * 1000000)) >=
                0);
    assert_int_equal(b.count, 0);
    assert_ok(reactor_datagram_resume(b.datagram));
    while (b.count == 0)
        turn(loop);
    reactor_loop_close(loop);
}

/* ---- Addresses ---- */

static void a_zone_is_a_number_or_a_name(void)
{
    char text[REACTOR_ADDRESS_TEXT_MAX];
    struct reactor_address address, again;
    int result;

    result = reactor_address_parse(&address, "[fe80::1%1]:80");
    assert_ok(result);
    assert_true(reactor_address_format(&address, text, sizeof(text)) > 0);
    result = TRY(reactor_address_parse(&again, text));
    assert_ok(result);
    assert_true(reactor_address_is_equal(&address, &again));
}

const struct scenario scenarios[] = {
    SCENARIO(datagrams_are_answered),
    SCENARIO(a_connected_one_needs_no_address),
    SCENARIO(what_waits_is_sent_later),
    SCENARIO(a_paused_one_receives_later),
    SCENARIO(a_zone_is_a_number_or_a_name),
};

const size_t scenario_count = COUNT_OF(scenarios);
