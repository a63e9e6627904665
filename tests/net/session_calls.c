/* SPDX-License-Identifier: MIT */
/*
 * Every call for a session, and every two of them, in every callback of its
 * own, in those of others and outside of all: what they answer, how the session
 * ends, and what arrives.
 */
#include "net/session_deeds.h"
#include "support/scale.h"

#include "platform/socket.h"

#include <string.h>

static const char *const place_names[PLACES] = {
    "connected", "data",   "drained", "ended",  "closed",
    "another's", "accept", "timer",   "outside"};

static const char *const deed_names[DEEDS] = {
    "write", "pieces", "pause",     "resume",  "finish",    "close now",
    "close", "abort",  "hand over", "options", "close loop"};

/* ---- Set the scene ---- */

static void in_talk(struct talk *talk, enum talk_call call)
{
    static const enum talk_call calls[] = {
        TALK_CONNECTED, TALK_DATA, TALK_DRAINED, TALK_ENDED, TALK_CLOSED};
    struct scene *scene = talk->context;

    if (scene->is_done || (size_t)scene->place >= COUNT_OF(calls) ||
        call != calls[scene->place])
        return;
    do_all(scene);
}

/* Its first callback is none of the scene. */
static void in_other(struct talk *talk, enum talk_call call)
{
    if (call == TALK_DATA && talk->calls[TALK_DATA] == 1)
        assert_ok(reactor_session_write(talk->session, "x", 1));
    else if (call == TALK_DATA)
        do_all(talk->context);
}

static void in_accept(struct door *door)
{
    struct scene *scene = door->context;

    if (scene->place == IN_ACCEPT)
        do_all(scene);
}

static void in_timer(void *user_data, uint64_t missed)
{
    (void)missed;
    do_all(user_data);
}

static struct talk new_talk(struct scene *scene,
                            void (*then)(struct talk *self,
                                         enum talk_call call))
{
    return (struct talk){.loop = scene->loop, .then = then, .context = scene};
}

/* Behind the loop's back: `connected` may be called first, and reset it. */
static reactor_handle accept_at_once(const struct door *door)
{
    reactor_handle listening = reactor_listener_handle(&door->listener);
    int64_t give_up_ns = reactor_now_ns() + PATIENCE_NS;
    struct reactor_address peer = {.size = RI_NAME_SIZE};
    reactor_handle handle;

    while (!is_readable(listening))
        assert_true(reactor_now_ns() < give_up_ns);
    assert_ok(ri_socket_accept(listening, &handle, peer.storage, &peer.size));
    return handle;
}

/* With a session on one end of a pair, or one that connects to the door. */
static void open_talk(struct scene *scene)
{
    struct reactor_session_options options = talk_options();

    scene->talk = new_talk(scene, in_talk);
    options.high = 1000;
    if (scene->place != IN_CONNECTED) {
        scene->pair = stream_pair();
        assert_ok(reactor_session_open(&scene->talk.session, scene->loop,
                                       scene->pair.mine, &options,
                                       &scene->talk));
        scene->session = scene->talk.session;
        return;
    }
    assert_ok(reactor_session_connect(&scene->talk.session, scene->loop,
                                      &scene->door.address, 1, -1, &options,
                                      &scene->talk));
    scene->session = scene->talk.session;
    scene->pair.peer = accept_at_once(&scene->door);
}

static void open_scene(struct scene *scene)
{
    struct reactor_session_options options = talk_options();

    scene->loop = open_loop();
    scene->handed_over = REACTOR_INVALID_HANDLE;
    scene->client = REACTOR_INVALID_HANDLE;
    door_open(&scene->door, scene->loop, NULL);
    scene->door.context = scene;
    scene->door.then = in_accept;
    scene->other_pair = stream_pair();
    scene->other = new_talk(scene, in_other);
    assert_ok(reactor_session_open(&scene->other.session, scene->loop,
                                   scene->other_pair.mine, &options,
                                   &scene->other));
    send_byte(scene->other_pair.peer);
    await_that(scene->loop, scene->other.calls[TALK_DATA] == 1);
    reactor_timer_init(&scene->timer, scene->loop, in_timer, scene);
    open_talk(scene);
}

static void provoke_drained(struct scene *scene)
{
    int64_t give_up_ns = reactor_now_ns() + PATIENCE_NS;

    scene->filler += talk_write_to_wait(&scene->talk, 500);
    while (scene->talk.calls[TALK_DRAINED] == 0) {
        scene->filler -= drain(scene->pair.peer);
        assert_true(reactor_loop_turn(scene->loop, 1000000) >= 0);
        assert_true(reactor_now_ns() < give_up_ns);
    }
}

static void provoke(struct scene *scene)
{
    switch (scene->place) {
    case IN_CONNECTED:
        break;
    case IN_DATA:
        send_byte(scene->pair.peer);
        break;
    case IN_DRAINED:
        provoke_drained(scene);
        break;
    case IN_ENDED:
        scene->has_ended = true;
        assert_ok(ri_stream_finish(scene->pair.peer));
        break;
    case IN_CLOSED:
        abort_it(scene);
        break;
    case IN_DATA_OF_ANOTHER:
        send_byte(scene->other_pair.peer);
        break;
    case IN_ACCEPT:
        knock(&scene->door, &scene->client, 1);
        break;
    case IN_A_TIMER:
        reactor_timer_start(&scene->timer, 0, 0);
        break;
    case OUTSIDE:
        do_all(scene);
        break;
    case PLACES:
        break;
    }
}

static void await_done(struct scene *scene)
{
    int64_t give_up_ns = reactor_now_ns() + PATIENCE_NS;

    while (!scene->is_done) {
        int called = reactor_loop_turn(scene->loop, PATIENCE_NS);

        assert_true(called >= 0 || scene->is_loop_closed);
        assert_true(reactor_now_ns() < give_up_ns);
    }
}

/* ---- The end ---- */

static void expect_bytes(struct scene *scene)
{
    size_t wanted = scene->filler + scene->accepted;
    int64_t give_up_ns = reactor_now_ns() + PATIENCE_NS;
    size_t read = drain(scene->pair.peer);

    while (read < wanted) {
        assert_true(reactor_now_ns() < give_up_ns);
        assert_true(reactor_loop_turn(scene->loop, 1000000) >= 0);
        read += drain(scene->pair.peer);
    }
    assert_int_equal(read, wanted);
}

static void close_scene(struct scene *scene)
{
    if (!scene->is_loop_closed) {
        if (!scene->loses_bytes)
            expect_bytes(scene);
        assert_true(reactor_loop_turn(scene->loop, 0) >= 0);
        assert_int_equal(reactor_session_count(scene->loop),
                         1 + (scene->talk.calls[TALK_CLOSED] == 0));
        reactor_loop_close(scene->loop);
    }
    if (scene->handed_over != REACTOR_INVALID_HANDLE)
        close_handle(scene->handed_over);
    if (scene->client != REACTOR_INVALID_HANDLE)
        close_handle(scene->client);
    close_handle(scene->pair.peer);
    close_handle(scene->other_pair.peer);
    door_close(&scene->door);
    assert_int_equal(scene->talk.calls[TALK_CLOSED], 1);
    assert_int_equal(scene->other.calls[TALK_CLOSED], 1);
    assert_int_equal(scene->other.reason, REACTOR_CLOSED_LOOP);
    if (scene->is_over)
        assert_int_equal(scene->talk.reason, scene->reason);
}

static void play(enum place place, const enum deed deeds[DEEDS_AT_ONCE])
{
    struct scene scene = {.place = place};

    memcpy(scene.deeds, deeds, sizeof(scene.deeds));
    open_scene(&scene);
    provoke(&scene);
    await_done(&scene);
    close_scene(&scene);
}

/* What is being played: told when it fails. */
static enum place last = PLACES;
static enum deed last_deeds[DEEDS_AT_ONCE];

static int tell_where(void **state)
{
    int i;

    if (last == PLACES)
        return claim_end(state);
    print_error("in %s:", place_names[last]);
    for (i = 0; i < DEEDS_AT_ONCE; i++)
        print_error(" %s;", deed_names[last_deeds[i]]);
    print_error("\n");
    last = PLACES;
    return 0;
}

static unsigned to_the(unsigned base, unsigned exponent)
{
    unsigned power = 1;

    while (exponent-- > 0)
        power *= base;
    return power;
}

/* All of them, or each `step`th where that takes too long. */
static void play_in(enum place place)
{
    unsigned count = to_the(DEEDS, DEEDS_AT_ONCE);
    unsigned step = stride();
    unsigned i;

    for (i = 0; i < count; i += step) {
        enum deed deeds[DEEDS_AT_ONCE];
        unsigned rest = i;
        int j;

        for (j = 0; j < DEEDS_AT_ONCE; j++, rest /= DEEDS)
            deeds[j] = (enum deed)(rest % DEEDS);
        last = place;
        memcpy(last_deeds, deeds, sizeof(deeds));
        play(place, deeds);
        last = PLACES;
    }
}

static void in_callbacks_of_its_own(void **state)
{
    int place;

    (void)state;
    for (place = IN_CONNECTED; place <= IN_CLOSED; place++)
        play_in((enum place)place);
}

static void in_callbacks_of_others(void **state)
{
    int place;

    (void)state;
    for (place = IN_DATA_OF_ANOTHER; place <= IN_A_TIMER; place++)
        play_in((enum place)place);
}

static void outside_of_callbacks(void **state)
{
    (void)state;
    play_in(OUTSIDE);
}

#define CLAIM_OF_SCENES(function)                                              \
    cmocka_unit_test_setup_teardown(function, claim_begin_bare, tell_where)

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_OF_SCENES(in_callbacks_of_its_own),
        CLAIM_OF_SCENES(in_callbacks_of_others),
        CLAIM_OF_SCENES(outside_of_callbacks),
    };

    return run_claims(claims);
}
