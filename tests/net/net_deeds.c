/* SPDX-License-Identifier: MIT */
#include "net/net_deeds.h"

const char *const net_deed_names[NET_DEEDS] = {
    "start listener",
    "start listener with a handle",
    "stop listener",
    "pause listener",
    "resume listener",
    "release listener",
    "hand listener over",
    "start connector",
    "start connector by name",
    "stop connector",
    "start look-up",
    "stop look-up",
    "send",
    "pause box",
    "resume box",
    "close box",
    "open box",
    "open session",
    "connect session",
    "abort session",
    "close session",
    "stop loop",
    "close loop",
};

/* What starts something says when the loop is being closed. */
static int wanted(const struct stage *stage)
{
    return stage->is_loop_closed ? -ECANCELED : 0;
}

/* ---- Listeners ---- */

static void start_listener(struct stage *stage)
{
    struct reactor_address any = local_address(0);

    assert_int_equal(reactor_listener_start(&stage->door.listener, &any, NULL),
                     wanted(stage));
    if (stage->is_loop_closed)
        return;
    stage->is_listening = true;
    stage->is_listener_paused = false;
}

static void start_listener_with_handle(struct stage *stage)
{
    struct listener other = open_listener();

    assert_int_equal(reactor_listener_start_handle(&stage->door.listener,
                                                   other.handle, NULL),
                     wanted(stage));
    if (stage->is_loop_closed) {
        close_handle(other.handle);
        return;
    }
    stage->is_listening = true;
    stage->is_listener_paused = false;
}

static void stop_listener(struct stage *stage)
{
    reactor_listener_stop(&stage->door.listener);
    stage->is_listening = false;
}

static void pause_listener(struct stage *stage, bool is_paused)
{
    int error = is_paused ? reactor_listener_pause(&stage->door.listener)
                          : reactor_listener_resume(&stage->door.listener);

    assert_int_equal(error, stage->is_listening ? 0 : -ENOENT);
    stage->is_listener_paused = is_paused;
}

static void hand_listener_over(struct stage *stage)
{
    reactor_handle handle = reactor_listener_hand_over(&stage->door.listener);

    assert_int_equal(handle != REACTOR_INVALID_HANDLE, stage->is_listening);
    if (stage->is_listening)
        close_handle(handle);
    stage->is_listening = false;
}

/* ---- Connectors and look-ups ---- */

static void start_connector(struct stage *stage, bool by_name)
{
    int error =
        by_name
            ? reactor_connector_start_host(&stage->connector, NULL, "127.0.0.1",
                                           (int)stage->listening.port, -1)
            : reactor_connector_start(&stage->connector, &stage->to, 1, -1);

    assert_int_equal(error, wanted(stage));
    if (error == 0)
        stage->is_connecting = true;
}

static void start_look_up(struct stage *stage)
{
    int error = reactor_lookup_start(&stage->lookup, NULL, "::1", 1, -1);

    assert_int_equal(error, wanted(stage));
    if (error == 0)
        stage->is_looking_up = true;
}

/* ---- Datagrams ---- */

static void count_box(void *user_data, struct reactor_datagram *datagram)
{
    struct stage *stage = user_data;

    (void)datagram;
    stage->closed++;
}

static void open_box(struct stage *stage)
{
    struct reactor_datagram_options options = REACTOR_DATAGRAM_OPTIONS_INIT;
    struct reactor_address any = local_address(0);
    struct reactor_datagram *datagram;

    options.longest = 100;
    options.closed = count_box;
    assert_int_equal(reactor_datagram_open(&datagram, stage->loop, &any, NULL,
                                           &options, stage),
                     wanted(stage));
    stage->opened += !stage->is_loop_closed;
}

/* The one that is connected has a peer already. */
static void send_datagram(struct stage *stage)
{
    const struct reactor_address *peer =
        stage->target == &stage->box ? &stage->box.address : NULL;

    assert_int_equal(reactor_datagram_send(stage->datagram, peer, "x", 1),
                     stage->is_box_closed ? -EPIPE : 0);
}

static void pause_box(struct stage *stage, bool is_paused)
{
    int error = is_paused ? reactor_datagram_pause(stage->datagram)
                          : reactor_datagram_resume(stage->datagram);

    assert_int_equal(error, stage->is_box_closed ? -EPIPE : 0);
    stage->is_box_paused = is_paused;
}

/* ---- Sessions ---- */

static void count_session(void *user_data, struct reactor_session *session,
                          enum reactor_closed reason, int error)
{
    struct stage *stage = user_data;

    (void)session;
    (void)reason;
    (void)error;
    stage->closed++;
}

static void open_session(struct stage *stage)
{
    struct reactor_session_options options = REACTOR_SESSION_OPTIONS_INIT;
    struct pair pair = stream_pair();

    options.closed = count_session;
    stage->peers[stage->peer_count++] = pair.peer;
    assert_int_equal(
        reactor_session_open(NULL, stage->loop, pair.mine, &options, stage),
        wanted(stage));
    stage->opened += !stage->is_loop_closed;
    if (stage->is_loop_closed)
        close_handle(pair.mine);
}

static void connect_session(struct stage *stage)
{
    struct reactor_session_options options = REACTOR_SESSION_OPTIONS_INIT;

    options.closed = count_session;
    assert_int_equal(reactor_session_connect(NULL, stage->loop, &stage->to, 1,
                                             -1, &options, stage),
                     wanted(stage));
    stage->opened += !stage->is_loop_closed;
}

/* ---- All of them ---- */

static void do_to_listener(struct stage *stage, enum net_deed deed)
{
    if (deed == START_LISTENER)
        start_listener(stage);
    else if (deed == START_LISTENER_WITH_HANDLE)
        start_listener_with_handle(stage);
    else if (deed == STOP_LISTENER)
        stop_listener(stage);
    else if (deed == PAUSE_LISTENER || deed == RESUME_LISTENER)
        pause_listener(stage, deed == PAUSE_LISTENER);
    else if (deed == RELEASE_LISTENER)
        reactor_listener_release(&stage->door.listener);
    else
        hand_listener_over(stage);
}

static void do_to_errands(struct stage *stage, enum net_deed deed)
{
    if (deed == START_CONNECTOR || deed == START_CONNECTOR_BY_NAME) {
        start_connector(stage, deed == START_CONNECTOR_BY_NAME);
    } else if (deed == STOP_CONNECTOR) {
        reactor_connector_stop(&stage->connector);
        stage->is_connecting = false;
    } else if (deed == START_LOOK_UP) {
        start_look_up(stage);
    } else {
        reactor_lookup_stop(&stage->lookup);
        stage->is_looking_up = false;
    }
}

static void do_to_boxes(struct stage *stage, enum net_deed deed)
{
    if (deed == SEND_DATAGRAM) {
        send_datagram(stage);
    } else if (deed == PAUSE_BOX || deed == RESUME_BOX) {
        pause_box(stage, deed == PAUSE_BOX);
    } else if (deed == CLOSE_BOX) {
        stage->is_box_closed = true;
        reactor_datagram_close(stage->datagram);
        assert_int_equal(reactor_datagram_handle(stage->datagram),
                         REACTOR_INVALID_HANDLE);
    } else {
        open_box(stage);
    }
}

static void do_the_rest(struct stage *stage, enum net_deed deed)
{
    if (deed == OPEN_SESSION) {
        open_session(stage);
    } else if (deed == CONNECT_SESSION) {
        connect_session(stage);
    } else if (deed == ABORT_SESSION) {
        reactor_session_abort(stage->talk.session);
    } else if (deed == CLOSE_SESSION) {
        reactor_session_close(stage->talk.session, 0);
    } else if (deed == STOP_THE_LOOP) {
        assert_ok(reactor_loop_stop(stage->loop));
    } else {
        reactor_loop_close(stage->loop);
        stage->is_loop_closed = true;
    }
}

void net_deed_do(struct stage *stage, enum net_deed deed)
{
    if (deed <= HAND_LISTENER_OVER)
        do_to_listener(stage, deed);
    else if (deed <= STOP_LOOK_UP)
        do_to_errands(stage, deed);
    else if (deed <= OPEN_BOX)
        do_to_boxes(stage, deed);
    else
        do_the_rest(stage, deed);
}
