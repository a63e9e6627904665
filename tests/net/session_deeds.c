/* SPDX-License-Identifier: MIT */
#include "net/session_deeds.h"

static int wanted_of_write(const struct scene *scene)
{
    return scene->is_over || scene->is_closing || scene->is_finishing ? -EPIPE
                                                                      : 0;
}

static int wanted_of_rest(const struct scene *scene)
{
    return scene->is_over || scene->is_closing ? -EPIPE : 0;
}

static void write_it(struct scene *scene, bool in_pieces)
{
    static const struct reactor_piece pieces[] = {
        {"", 0}, {"a", 1}, {NULL, 0}, {"bc", 2}};
    struct reactor_session *session = scene->session;
    int result = in_pieces ? reactor_session_write_pieces(session, pieces, 4)
                           : reactor_session_write(session, "abc", 3);

    assert_int_equal(result, wanted_of_write(scene));
    if (result == 0)
        scene->accepted += 3;
}

static void finish_it(struct scene *scene)
{
    bool is_last =
        scene->has_ended && reactor_session_waiting(scene->session) == 0;

    assert_int_equal(reactor_session_finish(scene->session),
                     wanted_of_rest(scene));
    scene->is_finishing = true;
    if (is_last && !scene->is_over && !scene->is_closing) {
        assert_int_equal(reactor_session_handle(scene->session),
                         REACTOR_INVALID_HANDLE);
        scene->is_over = true;
        scene->reason = REACTOR_CLOSED_FINISHED;
    }
}

static void close_it(struct scene *scene, int64_t linger_ns)
{
    struct reactor_session *session = scene->session;

    reactor_session_close(session, linger_ns);
    scene->is_closing = true;
    if (scene->is_over)
        return;
    assert_true(linger_ns != 0 ||
                reactor_session_handle(session) == REACTOR_INVALID_HANDLE);
    scene->reason = REACTOR_CLOSED_CLOSED;
    scene->is_over = reactor_session_handle(session) == REACTOR_INVALID_HANDLE;
}

void abort_it(struct scene *scene)
{
    reactor_session_abort(scene->session);
    if (scene->is_over)
        return;
    scene->reason = REACTOR_CLOSED_ABORTED;
    scene->is_over = scene->loses_bytes = true;
}

static void hand_it_over(struct scene *scene)
{
    reactor_handle handle = REACTOR_INVALID_HANDLE;
    size_t size = 77;
    int result;

    if (scene->is_finishing && scene->has_ended && !scene->is_closing &&
        !scene->is_over) { /* what was gathered is the last */
        scene->is_over = true;
        scene->reason = REACTOR_CLOSED_FINISHED;
    }
    result = reactor_session_hand_over(scene->session, &handle, NULL, 0, &size);

    assert_int_equal(result, wanted_of_rest(scene));
    if (result != 0) {
        assert_int_equal(handle, REACTOR_INVALID_HANDLE);
        return;
    }
    assert_int_equal(size, 0);
    scene->handed_over = handle;
    scene->reason = REACTOR_CLOSED_HANDED_OVER;
    scene->is_over = true;
}

static void set_options(struct scene *scene)
{
    struct reactor_session_options options = talk_options();

    options.high = 100; /* less than what is gathered may be */
    assert_ok(
        reactor_session_set_options(scene->session, &options, &scene->talk));
}

static void do_one(struct scene *scene, enum deed deed)
{
    struct reactor_session *session = scene->session;

    switch (deed) {
    case WRITE:
    case WRITE_PIECES:
        write_it(scene, deed == WRITE_PIECES);
        break;
    case PAUSE:
        assert_int_equal(reactor_session_pause(session), wanted_of_rest(scene));
        break;
    case RESUME:
        assert_int_equal(reactor_session_resume(session),
                         wanted_of_rest(scene));
        break;
    case FINISH:
        finish_it(scene);
        break;
    case CLOSE_NOW:
        close_it(scene, 0);
        break;
    case CLOSE_ALL:
        close_it(scene, -1);
        break;
    case ABORT:
        abort_it(scene);
        break;
    case HAND_OVER:
        hand_it_over(scene);
        break;
    case SET_OPTIONS:
        set_options(scene);
        break;
    case CLOSE_LOOP:
        if (scene->place != OUTSIDE)
            reactor_loop_close(scene->loop);
        scene->is_loop_closed = scene->place != OUTSIDE;
        break;
    case DEEDS:
        break;
    }
}

/* Whatever has been done to it. */
static void ask_all(const struct scene *scene, uint64_t id)
{
    const struct reactor_session *session = scene->session;
    struct reactor_session_numbers numbers = {.size = sizeof(numbers)};
    size_t size = 77;

    assert_int_equal(reactor_session_id(session), id);
    assert_int_equal(reactor_session_handle(session) == REACTOR_INVALID_HANDLE,
                     scene->is_over);
    assert_ptr_equal(reactor_session_user_data(session), &scene->talk);
    assert_ok(reactor_session_numbers(session, &numbers));
    assert_null(reactor_session_unread(session, &size));
    assert_int_equal(size, 0);
    assert_true(!scene->is_over || reactor_session_waiting(session) == 0);
}

void do_all(struct scene *scene)
{
    uint64_t id = reactor_session_id(scene->session);
    unsigned closed = scene->talk.calls[TALK_CLOSED];
    int i;

    scene->is_done = true;
    for (i = 0; i < DEEDS_AT_ONCE; i++) {
        do_one(scene, scene->deeds[i]);
        ask_all(scene, id);
        assert_int_equal(scene->talk.calls[TALK_CLOSED], closed);
    }
}
