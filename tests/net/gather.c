/* SPDX-License-Identifier: MIT */
/*
 * When a write goes: in a callback of net after that has returned, outside at
 * once; and in which order, whatever becomes of the session meanwhile.
 */
#include "support/doors.h"

#include "platform/socket.h"

#include <stdlib.h>
#include <string.h>

/* A session to write to, whoever is called. */
struct quill {
    struct reactor_loop *loop;
    struct pair pair;
    struct talk talk;
    unsigned written; /* times */
    size_t big;       /* bytes that are no text */
    size_t read;      /* bytes of them, in a callback */
};

static void quill_open(struct quill *quill)
{
    memset(quill, 0, sizeof(*quill));
    quill->loop = open_loop();
    quill->pair = stream_pair();
    talk_open(&quill->talk, quill->loop, 0, quill->pair.mine, NULL);
    quill->talk.context = quill;
}

static void quill_close(struct quill *quill)
{
    reactor_loop_close(quill->loop);
    close_handle(quill->pair.peer);
}

/* ---- Gathered ---- */

static uint64_t sent_by(const struct quill *quill)
{
    struct reactor_session_numbers numbers = {.size = sizeof(numbers)};

    assert_ok(reactor_session_numbers(quill->talk.session, &numbers));
    return numbers.sent;
}

static void write_gathered(struct quill *quill)
{
    if (quill->written++ > 0)
        return;
    assert_ok(reactor_session_write(quill->talk.session, "ab", 2));
    assert_ok(reactor_session_write(quill->talk.session, "cd", 2));
    assert_int_equal(reactor_session_waiting(quill->talk.session), 4);
    assert_int_equal(sent_by(quill), 0);
}

/* They went when the callback had returned, and nothing else was needed. */
static void assert_gathered(struct quill *quill)
{
    char text[8];

    await_that(quill->loop, quill->written > 0);
    assert_int_equal(sent_by(quill), 4);
    await_text(quill->loop, quill->pair.peer, text, 4);
    assert_string_equal(text, "abcd");
}

/* A session whose callbacks they are. */
struct speaker {
    struct talk talk;
    struct pair pair;
    struct listener listener;
    enum talk_call wanted;
    struct quill *quill;
};

static void in_wanted(struct talk *talk, enum talk_call call)
{
    struct speaker *speaker = talk->context;

    if (call == speaker->wanted)
        write_gathered(speaker->quill);
}

static void speaker_open(struct speaker *speaker, struct quill *quill,
                         enum talk_call wanted)
{
    struct reactor_session_options options = talk_options();
    struct reactor_address to;

    *speaker = (struct speaker){.wanted = wanted, .quill = quill};
    speaker->talk = (struct talk){
        .loop = quill->loop, .then = in_wanted, .context = speaker};
    options.high = 4;
    options.low = 1;
    if (wanted != TALK_CONNECTED) {
        speaker->pair = stream_pair();
        assert_ok(reactor_session_open(&speaker->talk.session, quill->loop,
                                       speaker->pair.mine, &options,
                                       &speaker->talk));
        return;
    }
    speaker->listener = open_listener();
    speaker->pair.peer = speaker->listener.handle;
    to = local_address((int)speaker->listener.port);
    assert_ok(reactor_session_connect(&speaker->talk.session, quill->loop, &to,
                                      1, -1, &options, &speaker->talk));
}

static void provoke(struct speaker *speaker)
{
    switch (speaker->wanted) {
    case TALK_CONNECTED:
    case TALK_CALLS:
        break;
    case TALK_DATA:
        send_byte(speaker->pair.peer);
        break;
    case TALK_DRAINED:
        (void)talk_write_to_wait(&speaker->talk, 5);
        while (speaker->quill->written == 0) {
            (void)drain(speaker->pair.peer);
            assert_true(reactor_loop_turn(speaker->talk.loop, 1000000) >= 0);
        }
        break;
    case TALK_ENDED:
        assert_ok(ri_stream_finish(speaker->pair.peer));
        break;
    case TALK_CLOSED:
        reactor_session_abort(speaker->talk.session);
        break;
    }
}

static void in_callbacks_of_other_sessions(void **state)
{
    int call;

    (void)state;
    for (call = 0; call < TALK_CALLS; call++) {
        struct quill quill;
        struct speaker speaker;

        quill_open(&quill);
        speaker_open(&speaker, &quill, (enum talk_call)call);
        provoke(&speaker);
        assert_gathered(&quill);
        quill_close(&quill);
        close_handle(speaker.pair.peer);
    }
}

static void in_accept(struct door *door)
{
    write_gathered(door->context);
}

static void when_somebody_is_let_in(void **state)
{
    struct quill quill;
    struct door door;
    reactor_handle client;

    (void)state;
    quill_open(&quill);
    door_open(&door, quill.loop, NULL);
    door.then = in_accept;
    door.context = &quill;
    knock(&door, &client, 1);
    assert_gathered(&quill);
    quill_close(&quill);
    door_close(&door);
    close_handle(client);
}

static void in_errand(struct errand *errand)
{
    write_gathered(errand->context);
}

static void when_a_look_up_or_a_connector_is_over(void **state)
{
    int which;

    (void)state;
    for (which = 0; which < 2; which++) {
        struct errand errand = {.then = in_errand};
        struct reactor_address to = deserted_address();
        struct reactor_connector connector;
        struct reactor_lookup lookup;
        struct quill quill;

        quill_open(&quill);
        errand.context = &quill;
        reactor_connector_init(&connector, quill.loop, on_over, &errand);
        reactor_lookup_init(&lookup, quill.loop, on_found, &errand);
        if (which == 0)
            assert_ok(reactor_lookup_start(&lookup, NULL, "::1", 1, -1));
        else
            assert_ok(reactor_connector_start(&connector, &to, 1, -1));
        assert_gathered(&quill);
        assert_int_equal(errand.calls, 1);
        quill_close(&quill);
    }
}

static void in_box(struct box *box, enum box_call call)
{
    (void)call;
    write_gathered(box->context);
}

static void in_callbacks_of_datagrams(void **state)
{
    int which;

    (void)state;
    for (which = 0; which < 3; which++) {
        struct reactor_address to = deserted_address();
        struct quill quill;
        struct box box;

        if (which == 2 && !refusals_are_told())
            continue;
        quill_open(&quill);
        box_open(&box, quill.loop, BOX_HERE, which == 2 ? &to : NULL, NULL);
        box.then = in_box;
        box.context = &quill;
        if (which == 0)
            box_send(&box, &box, "to myself");
        else if (which == 1)
            reactor_datagram_close(box.datagram);
        else
            assert_ok(reactor_datagram_send(box.datagram, NULL, "x", 1));
        assert_gathered(&quill);
        quill_close(&quill);
    }
}

/* ---- At once ---- */

static void read_and_say_nothing(struct talk *talk, enum talk_call call)
{
    if (call == TALK_DATA && talk->calls[TALK_DATA] == 1)
        assert_ok(reactor_session_write(talk->session, "x", 1));
}

static void write_at_once(void *user_data, uint64_t missed)
{
    struct quill *quill = user_data;

    (void)missed;
    assert_ok(reactor_session_write(quill->talk.session, "at once", 7));
    assert_int_equal(reactor_session_waiting(quill->talk.session), 0);
    quill->written++;
}

/* Also when it was just in a callback of its own, and said nothing there. */
static void outside_of_nets_callbacks_a_write_goes_at_once(void **state)
{
    struct reactor_timer timer;
    struct quill quill;
    char text[16];

    (void)state;
    quill_open(&quill);
    quill.talk.then = read_and_say_nothing;
    write_at_once(&quill, 0);
    await_text(quill.loop, quill.pair.peer, text, 7);
    send_byte(quill.pair.peer);
    await_text(quill.loop, quill.pair.peer, text, 1);
    send_byte(quill.pair.peer);
    await_that(quill.loop, quill.talk.calls[TALK_DATA] == 2);
    write_at_once(&quill, 0);
    await_text(quill.loop, quill.pair.peer, text, 7);
    reactor_timer_init(&timer, quill.loop, write_at_once, &quill);
    reactor_timer_start(&timer, 0, 0);
    await_that(quill.loop, quill.written == 3);
    await_text(quill.loop, quill.pair.peer, text, 7);
    assert_string_equal(text, "at once");
    quill_close(&quill);
}

/* ---- In order ---- */

#define BIG 12000000 /* more than any two sockets hold */

static void write_big_and_small(struct talk *talk, enum talk_call call)
{
    struct quill *quill = talk->context;
    char *big;

    if (call != TALK_DATA)
        return;
    if (quill->written++ == 0) { /* from now on it has a place to gather */
        assert_ok(reactor_session_write(talk->session, "x", 1));
        return;
    }
    big = calloc(1, BIG);
    assert_non_null(big);
    while (reactor_session_waiting(talk->session) == 0) {
        assert_ok(reactor_session_write(talk->session, big, BIG));
        quill->big += BIG;
    }
    free(big);
    quill->read = drain(quill->pair.peer);
    assert_ok(reactor_session_write(talk->session, "!", 1));
}

/* The peer makes room between the two. */
static void a_small_write_does_not_overtake_what_waits(void **state)
{
    struct reactor_session_options options = talk_options();
    struct quill quill;
    static char rest[10001];
    size_t size;
    char text[8];

    (void)state;
    quill_open(&quill);
    options.high = 2 * BIG;
    assert_ok(
        reactor_session_set_options(quill.talk.session, &options, &quill.talk));
    quill.talk.then = write_big_and_small;
    send_byte(quill.pair.peer);
    await_text(quill.loop, quill.pair.peer, text, 1);
    send_byte(quill.pair.peer);
    await_that(quill.loop, quill.written == 2);
    for (; quill.read < quill.big; quill.read += size) {
        size = quill.big - quill.read < 10000 ? quill.big - quill.read : 10000;
        await_text(quill.loop, quill.pair.peer, rest, size);
        assert_null(memchr(rest, '!', size));
    }
    await_text(quill.loop, quill.pair.peer, text, 1);
    assert_string_equal(text, "!");
    quill_close(&quill);
}

/* ---- Limits ---- */

static void lower_the_limits(struct talk *talk, enum talk_call call)
{
    static const char bytes[3000];
    struct reactor_session_options options = talk_options();
    struct quill *quill = talk->context;
    int i;

    if (call != TALK_DATA)
        return;
    if (quill->written++ == 0) {
        assert_ok(reactor_session_write(talk->session, "x", 1));
        return;
    }
    assert_ok(reactor_session_write(talk->session, bytes, 3000));
    options.high = 100;
    options.write_limit = 3000;
    assert_ok(reactor_session_set_options(talk->session, &options, talk));
    for (i = 0; i < 100; i++) {
        int error = reactor_session_write(talk->session, bytes, 3000);

        assert_true(error == 0 || error == -EAGAIN);
        if (error != 0)
            return;
        quill->written++;
    }
}

static void limits_that_are_lowered_hold_for_what_is_gathered(void **state)
{
    struct quill quill;
    size_t wanted, read = 0;
    char text[8];

    (void)state;
    quill_open(&quill);
    quill.talk.then = lower_the_limits;
    send_byte(quill.pair.peer);
    await_text(quill.loop, quill.pair.peer, text, 1);
    send_byte(quill.pair.peer);
    await_that(quill.loop, quill.written >= 2);
    wanted = 3000 * (size_t)(quill.written - 1);
    while (read < wanted) {
        read += drain(quill.pair.peer);
        assert_true(reactor_loop_turn(quill.loop, 1000000) >= 0);
    }
    assert_int_equal(read, wanted);
    quill_close(&quill);
}

static void write_five(struct talk *talk, enum talk_call call)
{
    static const char bytes[1000];
    struct quill *quill = talk->context;
    int i;

    if (call != TALK_DATA)
        return;
    for (i = 0; i < 5; i++)
        assert_ok(reactor_session_write(talk->session, bytes, sizeof(bytes)));
    assert_int_equal(reactor_session_waiting(talk->session), 5000);
    quill->written++;
}

/* Twice, as the second answer may go another way. */
static void small_ones_go_together_however_many(void **state)
{
    struct quill quill;
    int i;

    (void)state;
    quill_open(&quill);
    quill.talk.then = write_five;
    for (i = 1; i <= 2; i++) {
        send_byte(quill.pair.peer);
        await_that(quill.loop, quill.written == (unsigned)i);
        assert_int_equal(sent_by(&quill), 5000 * i);
        assert_int_equal(drain(quill.pair.peer), 5000);
    }
    quill_close(&quill);
}

/* More than the low watermark, and less than would be refused. */
static void write_until_some_waits(struct talk *talk, enum talk_call call)
{
    static const char bytes[100];

    if (call != TALK_DATA && call != TALK_DRAINED)
        return;
    while (reactor_session_waiting(talk->session) <= 500)
        assert_ok(reactor_session_write(talk->session, bytes, 100));
}

/* Nobody was refused, and the system has taken all of it at once. */
static void what_was_only_gathered_is_drained_too(void **state)
{
    struct reactor_session_options options = talk_options();
    struct quill quill;
    size_t read = 0;

    (void)state;
    quill_open(&quill);
    options.high = 1000;
    options.low = 500;
    assert_ok(
        reactor_session_set_options(quill.talk.session, &options, &quill.talk));
    quill.talk.then = write_until_some_waits;
    send_byte(quill.pair.peer);
    await_that(quill.loop, (read += drain(quill.pair.peer)) >= 100000);
    assert_true(quill.talk.calls[TALK_DRAINED] > 1);
    quill_close(&quill);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(in_callbacks_of_other_sessions),
        CLAIM_WITHOUT_REACTOR(when_somebody_is_let_in),
        CLAIM_WITHOUT_REACTOR(when_a_look_up_or_a_connector_is_over),
        CLAIM_WITHOUT_REACTOR(in_callbacks_of_datagrams),
        CLAIM_WITHOUT_REACTOR(outside_of_nets_callbacks_a_write_goes_at_once),
        CLAIM_WITHOUT_REACTOR(a_small_write_does_not_overtake_what_waits),
        CLAIM_WITHOUT_REACTOR(
            limits_that_are_lowered_hold_for_what_is_gathered),
        CLAIM_WITHOUT_REACTOR(small_ones_go_together_however_many),
        CLAIM_WITHOUT_REACTOR(what_was_only_gathered_is_drained_too),
    };

    return run_claims(claims);
}
