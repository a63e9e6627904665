/* SPDX-License-Identifier: MIT */
/*
 * In every callback of net every call is legal, for the object itself and for
 * others: every two of them are made in each. Those for sessions are in
 * session_calls.c.
 */
#include "net/net_deeds.h"
#include "support/scale.h"

#include "platform/socket.h"

#include <string.h>

/* ---- Where ---- */

enum place {
    IN_ACCEPT,
    IN_CONNECTOR,
    IN_LOOK_UP,
    IN_RECEIVED,
    IN_FAILED,
    IN_BOX_CLOSED,
    IN_CONNECTED,
    IN_DATA,
    IN_ENDED,
    IN_CLOSED,
    IN_A_TIMER,
    PLACES
};

static const char *const place_names[PLACES] = {
    "accept",    "connector", "look-up", "received", "failed", "box closed",
    "connected", "data",      "ended",   "closed",   "timer"};

static enum place place;
static enum net_deed first, second;

static void do_both(struct stage *stage)
{
    if (stage->is_done)
        return;
    stage->is_done = true;
    net_deed_do(stage, first);
    net_deed_do(stage, second);
}

static void here(struct stage *stage, enum place where)
{
    if (where == place)
        do_both(stage);
}

static void in_accept(struct door *door)
{
    struct stage *stage = door->context;

    assert_true(stage->is_listening && !stage->is_listener_paused);
    close_handle(door->guests[0]);
    door->count = 0;
    here(stage, IN_ACCEPT);
}

static void in_connector(struct errand *errand)
{
    struct stage *stage = errand->context;

    assert_true(stage->is_connecting);
    stage->is_connecting = false;
    if (errand->handle != REACTOR_INVALID_HANDLE)
        close_handle(errand->handle);
    here(stage, IN_CONNECTOR);
}

static void in_look_up(struct errand *errand)
{
    struct stage *stage = errand->context;

    assert_true(stage->is_looking_up);
    stage->is_looking_up = false;
    here(stage, IN_LOOK_UP);
}

static void in_box(struct box *box, enum box_call call)
{
    struct stage *stage = box->context;

    if (box == &stage->box && call == BOX_RECEIVED) {
        assert_true(!stage->is_box_paused && !stage->is_box_closed);
        here(stage, IN_RECEIVED);
    }
    if (box == &stage->deaf && call == BOX_FAILED)
        here(stage, IN_FAILED);
    if (box == &stage->box && call == BOX_CLOSED) {
        assert_true(stage->is_box_closed || stage->is_loop_closed ||
                    stage->is_ending);
        here(stage, IN_BOX_CLOSED);
    }
}

static void in_talk(struct talk *talk, enum talk_call call)
{
    struct stage *stage = talk->context;

    switch (call) {
    case TALK_CONNECTED:
        here(stage, IN_CONNECTED);
        break;
    case TALK_DATA:
        here(stage, IN_DATA);
        break;
    case TALK_ENDED:
        here(stage, IN_ENDED);
        break;
    case TALK_CLOSED:
        here(stage, IN_CLOSED);
        break;
    case TALK_DRAINED:
    case TALK_CALLS:
        break;
    }
}

static void in_timer(void *user_data, uint64_t missed)
{
    (void)missed;
    here(user_data, IN_A_TIMER);
}

/* ---- Begin ---- */

static void open_talk(struct stage *stage)
{
    struct reactor_session_options options = talk_options();

    stage->talk =
        (struct talk){.loop = stage->loop, .then = in_talk, .context = stage};
    stage->pair = stream_pair();
    if (place != IN_CONNECTED) {
        assert_ok(reactor_session_open(&stage->talk.session, stage->loop,
                                       stage->pair.mine, &options,
                                       &stage->talk));
        return;
    }
    close_handle(stage->pair.mine);
    assert_ok(reactor_session_connect(&stage->talk.session, stage->loop,
                                      &stage->to, 1, -1, &options,
                                      &stage->talk));
}

static void open_boxes(struct stage *stage)
{
    struct reactor_datagram_options options = box_options();
    struct reactor_address deserted = deserted_address();

    options.longest = 100; /* much memory would take much time */
    box_open(&stage->box, stage->loop, BOX_HERE, NULL, &options);
    box_open(&stage->deaf, stage->loop, BOX_HERE, &deserted, &options);
    stage->box.then = stage->deaf.then = in_box;
    stage->box.context = stage->deaf.context = stage;
    stage->target = place == IN_FAILED ? &stage->deaf : &stage->box;
    stage->datagram = stage->target->datagram;
}

static void open_stage(struct stage *stage)
{
    struct reactor_loop *loop = stage->loop = open_loop();

    stage->listening = open_listener();
    stage->to = local_address((int)stage->listening.port);
    door_open(&stage->door, loop, NULL);
    stage->door.context = stage;
    stage->door.then = in_accept;
    stage->is_listening = true;
    open_boxes(stage);
    stage->connecting = (struct errand){.then = in_connector, .context = stage};
    stage->looking_up = (struct errand){.then = in_look_up, .context = stage};
    reactor_connector_init(&stage->connector, loop, on_over,
                           &stage->connecting);
    reactor_lookup_init(&stage->lookup, loop, on_found, &stage->looking_up);
    reactor_timer_init(&stage->timer, loop, in_timer, stage);
    net_deed_do(stage, START_CONNECTOR);
    net_deed_do(stage, START_LOOK_UP);
    open_talk(stage);
    knock(&stage->door, &stage->client, 1);
}

static void provoke(struct stage *stage)
{
    switch (place) {
    case IN_ACCEPT:
    case IN_CONNECTOR:
    case IN_LOOK_UP:
    case IN_CONNECTED:
    case PLACES:
        break; /* it comes by itself */
    case IN_RECEIVED:
        box_send(&stage->box, &stage->box, "to myself");
        break;
    case IN_FAILED:
        assert_ok(reactor_datagram_send(stage->deaf.datagram, NULL, "x", 1));
        break;
    case IN_BOX_CLOSED:
        net_deed_do(stage, CLOSE_BOX);
        break;
    case IN_DATA:
        send_byte(stage->pair.peer);
        break;
    case IN_ENDED:
        assert_ok(ri_stream_finish(stage->pair.peer));
        break;
    case IN_CLOSED:
        reactor_session_abort(stage->talk.session);
        break;
    case IN_A_TIMER:
        reactor_timer_start(&stage->timer, 0, 0);
        break;
    }
}

/* ---- End ---- */

static void turn_some_more(struct stage *stage)
{
    int i;

    for (i = 0; i < 3 && !stage->is_loop_closed; i++)
        assert_true(reactor_loop_turn(stage->loop, 0) >= 0);
}

static void close_stage(struct stage *stage)
{
    stage->is_ending = true;
    if (!stage->is_loop_closed)
        reactor_loop_close(stage->loop);
    assert_false(stage->is_connecting);
    assert_false(stage->is_looking_up);
    assert_int_equal(stage->talk.calls[TALK_CLOSED], 1);
    assert_int_equal(stage->box.closed, 1);
    assert_int_equal(stage->deaf.closed, 1);
    assert_int_equal(stage->opened, stage->closed);
    stage->door.count = 0;
    door_close(&stage->door);
    close_handle(stage->client);
    close_handle(stage->listening.handle);
    close_handle(stage->pair.peer);
    leave(stage->peers, (int)stage->peer_count);
}

static void play(void)
{
    struct stage stage;
    int64_t give_up_ns = reactor_now_ns() + PATIENCE_NS;

    memset(&stage, 0, sizeof(stage));
    open_stage(&stage);
    provoke(&stage);
    while (!stage.is_done) {
        (void)reactor_loop_turn(stage.loop, PATIENCE_NS);
        assert_true(reactor_now_ns() < give_up_ns);
    }
    turn_some_more(&stage);
    close_stage(&stage);
}

static bool is_playing;

static int tell_where(void **state)
{
    if (!is_playing)
        return claim_end(state);
    print_error("in %s: %s; %s\n", place_names[place], net_deed_names[first],
                net_deed_names[second]);
    is_playing = false;
    return 0;
}

static void play_all(enum place from, enum place to)
{
    unsigned step = stride();
    unsigned i;

    is_playing = true;
    for (place = from; place <= to; place++) {
        if (place == IN_FAILED && !refusals_are_told())
            continue;
        for (i = 0; i < NET_DEEDS * NET_DEEDS; i += step) {
            first = (enum net_deed)(i / NET_DEEDS);
            second = (enum net_deed)(i % NET_DEEDS);
            play();
        }
    }
    is_playing = false;
}

static void in_callbacks_of_listeners_and_connectors(void **state)
{
    (void)state;
    play_all(IN_ACCEPT, IN_LOOK_UP);
}

static void in_callbacks_of_datagrams(void **state)
{
    (void)state;
    play_all(IN_RECEIVED, IN_BOX_CLOSED);
}

static void in_callbacks_of_sessions(void **state)
{
    (void)state;
    play_all(IN_CONNECTED, IN_CLOSED);
}

static void in_other_callbacks(void **state)
{
    (void)state;
    play_all(IN_A_TIMER, IN_A_TIMER);
}

#define CLAIM_OF_STAGES(function)                                              \
    cmocka_unit_test_setup_teardown(function, claim_begin_bare, tell_where)

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_OF_STAGES(in_callbacks_of_listeners_and_connectors),
        CLAIM_OF_STAGES(in_callbacks_of_datagrams),
        CLAIM_OF_STAGES(in_callbacks_of_sessions),
        CLAIM_OF_STAGES(in_other_callbacks),
    };

    return run_claims(claims);
}
