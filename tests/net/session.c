/* SPDX-License-Identifier: MIT */
/* What sessions say of themselves, what they refuse, and what they become. */
#include "support/doors.h"

#include "platform/socket.h"

#include <stdlib.h>
#include <string.h>

/* ---- Ids ---- */

static void open_pair(struct talk *talk, struct reactor_loop *loop,
                      struct pair *pair)
{
    *pair = stream_pair();
    talk_open(talk, loop, 0, pair->mine, NULL);
}

static void end_pair(struct talk *talk, const struct pair *pair)
{
    reactor_session_abort(talk->session);
    await_closed(talk);
    close_handle(pair->peer);
}

static void an_id_is_never_used_again(void **state)
{
    struct reactor_loop *loop = open_loop(), *other = open_loop();
    uint64_t former = 0;
    int i;

    (void)state;
    for (i = 0; i < 100; i++) {
        struct pair pair;
        struct talk talk;
        uint64_t id;

        open_pair(&talk, i % 2 ? loop : other, &pair);
        id = reactor_session_id(talk.session);
        assert_true(id > former);
        assert_ptr_equal(reactor_session_find(talk.loop, id), talk.session);
        assert_null(reactor_session_find(talk.loop, former));
        assert_null(reactor_session_find(i % 2 ? other : loop, id));
        end_pair(&talk, &pair);
        assert_null(reactor_session_find(talk.loop, id));
        former = id;
    }
    reactor_loop_close(loop);
    reactor_loop_close(other);
}

/* Many at once, which are gone in another order than they came. */
static void each_is_found_as_long_as_it_is_there(void **state)
{
    enum { COUNT = 70 };
    static struct talk talks[COUNT];
    struct reactor_loop *loop = open_loop();
    struct pair pairs[COUNT];
    uint64_t ids[COUNT];
    int i, j;

    (void)state;
    for (i = 0; i < COUNT; i++) {
        open_pair(&talks[i], loop, &pairs[i]);
        ids[i] = reactor_session_id(talks[i].session);
        assert_int_equal(reactor_session_count(loop), i + 1);
    }
    for (i = 0; i < COUNT; i++) {
        int k = i * 37 % COUNT;

        end_pair(&talks[k], &pairs[k]);
        assert_int_equal(reactor_session_count(loop), COUNT - i - 1);
        for (j = 0; j < COUNT; j++)
            assert_ptr_equal(reactor_session_find(loop, ids[j]),
                             talks[j].session);
    }
    reactor_loop_close(loop);
}

static void any_number_may_be_asked_for(void **state)
{
    static const uint64_t numbers[] = {0,          1,
                                       15,         16,
                                       0xffffff,   0x1000000,
                                       UINT64_MAX, UINT64_MAX - 1,
                                       INT64_MAX,  UINT64_C(1) << 63,
                                       UINT32_MAX};
    struct reactor_loop *loop = open_loop();
    struct pair pair;
    struct talk talk;
    size_t i;

    (void)state;
    assert_null(reactor_session_find(NULL, 1));
    assert_int_equal(reactor_session_count(NULL), 0);
    assert_null(reactor_session_find(loop, 1));
    assert_int_equal(reactor_session_count(loop), 0);
    open_pair(&talk, loop, &pair);
    for (i = 0; i < COUNT_OF(numbers); i++)
        if (numbers[i] != reactor_session_id(talk.session))
            assert_null(reactor_session_find(loop, numbers[i]));
    for (i = 0; i < 64; i++)
        assert_null(reactor_session_find(
            loop, reactor_session_id(talk.session) ^ UINT64_C(1) << i));
    assert_int_equal(reactor_session_id(NULL), 0);
    end_pair(&talk, &pair);
    reactor_loop_close(loop);
}

static void look_for_itself(struct talk *talk, enum talk_call call)
{
    const uint64_t *id = talk->context;

    if (call != TALK_CLOSED)
        return;
    assert_null(reactor_session_find(talk->loop, *id));
    assert_int_equal(reactor_session_count(talk->loop), 0);
}

/* Also when it is over, but not when `closed` is called. */
static void it_is_found_until_closed_is_called(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct pair pair;
    struct talk talk;
    uint64_t id;

    (void)state;
    open_pair(&talk, loop, &pair);
    id = reactor_session_id(talk.session);
    talk.then = look_for_itself;
    talk.context = &id;
    reactor_session_abort(talk.session);
    assert_ptr_equal(reactor_session_find(loop, id), talk.session);
    assert_int_equal(reactor_session_count(loop), 1);
    end_pair(&talk, &pair);
    reactor_loop_close(loop);
}

/* ---- Options ---- */

static void an_option_that_can_not_be_is_refused(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_address to = local_address(1);
    struct reactor_session_options bad[9];
    struct pair pair = stream_pair();
    struct talk talk;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(bad); i++)
        bad[i] = talk_options();
    bad[0].size = 0;
    bad[1].size++;
    bad[2].flags = 0x08;
    bad[3].flags = 0x80000000;
    bad[4].reserved = 1;
    bad[5].idle_timeout_ns = -1;
    bad[6].read_timeout_ns = INT64_MIN;
    bad[7].write_timeout_ns = -1;
    bad[8].high = 10;
    bad[8].low = 11;
    talk_open(&talk, loop, 0, pair.mine, NULL);
    for (i = 0; i < COUNT_OF(bad); i++) {
        struct reactor_session *session = talk.session;

        assert_error(
            reactor_session_open(&session, loop, pair.peer, &bad[i], NULL),
            -EINVAL);
        assert_error(
            reactor_session_connect(&session, loop, &to, 1, -1, &bad[i], NULL),
            -EINVAL);
        assert_error(reactor_session_connect_host(&session, loop, NULL, "::1",
                                                  1, -1, &bad[i], NULL),
                     -EINVAL);
        assert_error(reactor_session_set_options(session, &bad[i], NULL),
                     -EINVAL);
        assert_ptr_equal(session, talk.session);
        assert_ptr_equal(reactor_session_user_data(session), &talk);
    }
    assert_int_equal(reactor_session_count(loop), 1);
    end_pair(&talk, &pair);
    reactor_loop_close(loop);
}

/* What an older version does not know of has its default. */
/* Options that are the same are kept once: these are not. */
static void each_may_have_options_of_its_own(void **state)
{
    struct reactor_session_options options = talk_options();
    struct reactor_loop *loop = open_loop();
    struct talk talks[40];
    struct pair pairs[COUNT_OF(talks)];
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(talks); i++) {
        options.high = options.write_limit = (uint32_t)(i + 1);
        pairs[i] = stream_pair();
        talk_open(&talks[i], loop, 0, pairs[i].mine, &options);
    }
    for (i = 0; i < COUNT_OF(talks); i += 2) { /* from the middle of a row */
        reactor_session_abort(talks[i].session);
        await_closed(&talks[i]);
    }
    for (i = 1; i < COUNT_OF(talks); i += 2) {
        char bytes[COUNT_OF(talks) + 1] = "";

        assert_error(reactor_session_write(talks[i].session, bytes, i + 2),
                     -EMSGSIZE);
        assert_ok(reactor_session_write(talks[i].session, bytes, i + 1));
    }
    for (i = 0; i < COUNT_OF(talks); i++)
        close_handle(pairs[i].peer);
    reactor_loop_close(loop);
}

static void options_may_be_of_an_older_version(void **state)
{
    struct reactor_session_options options = talk_options();
    struct reactor_loop *loop = open_loop();
    struct pair pair = stream_pair();
    struct talk talk;

    (void)state;
    options.size = offsetof(struct reactor_session_options, write_limit);
    options.high = 100;
    options.write_limit = 1;
    options.idle_timeout_ns = -1;
    talk_open(&talk, loop, 0, pair.mine, &options);
    assert_ok(reactor_session_write(talk.session, "more", 4));
    assert_ok(reactor_session_set_options(talk.session, &options, &talk));
    assert_ok(reactor_session_write(talk.session, "more", 4));
    end_pair(&talk, &pair);
    reactor_loop_close(loop);
}

static void bad_arguments_are_refused(void **state)
{
    struct reactor_session_options options = talk_options();
    struct reactor_loop *loop = open_loop();
    struct reactor_address to = local_address(1), empty;
    struct reactor_session *out = NULL;
    reactor_handle handle = closed_handle();

    (void)state;
    memset(&empty, 0, sizeof(empty));
    assert_error(reactor_session_open(&out, NULL, handle, NULL, NULL), -EINVAL);
    assert_error(reactor_session_open(&out, loop, handle, NULL, NULL), -EBADF);
    assert_error(
        reactor_session_open(&out, loop, REACTOR_INVALID_HANDLE, NULL, NULL),
        -EBADF);
    assert_error(reactor_session_connect(&out, NULL, &to, 1, -1, NULL, NULL),
                 -EINVAL);
    assert_error(reactor_session_connect(&out, loop, NULL, 1, -1, NULL, NULL),
                 -EINVAL);
    assert_error(reactor_session_connect(&out, loop, &to, 0, -1, NULL, NULL),
                 -EINVAL);
    assert_error(reactor_session_connect(&out, loop, &to, 65, -1, NULL, NULL),
                 -EINVAL);
    assert_error(reactor_session_connect(&out, loop, &to, 1, -2, NULL, NULL),
                 -EINVAL);
    assert_error(reactor_session_connect(&out, loop, &empty, 1, -1, NULL, NULL),
                 -EINVAL);
    assert_error(reactor_session_connect_host(&out, loop, NULL, "name", 1, -1,
                                              NULL, NULL),
                 -EINVAL);
    assert_error(
        reactor_session_connect_host(&out, loop, NULL, NULL, 1, -1, NULL, NULL),
        -EINVAL);
    assert_error(reactor_session_connect_host(&out, loop, NULL, "::1", 65536,
                                              -1, NULL, NULL),
                 -EINVAL);
    assert_error(reactor_session_set_options(NULL, &options, NULL), -EINVAL);
    assert_error(reactor_session_write(NULL, "x", 1), -EINVAL);
    assert_error(reactor_session_write_pieces(NULL, NULL, 0), -EINVAL);
    assert_error(reactor_session_finish(NULL), -EINVAL);
    assert_error(reactor_session_pause(NULL), -EINVAL);
    assert_error(reactor_session_resume(NULL), -EINVAL);
    assert_error(reactor_session_hand_over(NULL, &handle, NULL, 0, NULL),
                 -EINVAL);
    assert_int_equal(reactor_session_waiting(NULL), 0);
    assert_int_equal(reactor_session_handle(NULL), REACTOR_INVALID_HANDLE);
    assert_null(reactor_session_user_data(NULL));
    assert_null(reactor_session_unread(NULL, NULL));
    reactor_session_close(NULL, -1);
    reactor_session_abort(NULL);
    assert_null(out);
    assert_int_equal(reactor_session_count(loop), 0);
    reactor_loop_close(loop);
}

static void numbers_have_a_version(void **state)
{
    struct reactor_session_numbers numbers = {.size = sizeof(numbers)};
    struct reactor_loop *loop = open_loop();
    struct pair pair;
    struct talk talk;

    (void)state;
    open_pair(&talk, loop, &pair);
    send_text(pair.peer, "hello");
    await_that(loop, talk.size == 5);
    assert_ok(reactor_session_write(talk.session, "hi!", 3));
    assert_error(reactor_session_numbers(NULL, &numbers), -EINVAL);
    assert_error(reactor_session_numbers(talk.session, NULL), -EINVAL);
    numbers.size = 0;
    assert_error(reactor_session_numbers(talk.session, &numbers), -EINVAL);
    numbers.size = sizeof(numbers) + 1;
    assert_error(reactor_session_numbers(talk.session, &numbers), -EINVAL);
    numbers.size = offsetof(struct reactor_session_numbers, sent);
    numbers.sent = 77;
    assert_ok(reactor_session_numbers(talk.session, &numbers));
    assert_int_equal(numbers.size,
                     offsetof(struct reactor_session_numbers, sent));
    assert_int_equal(numbers.received, 5);
    assert_int_equal(numbers.sent, 77);
    numbers.size = sizeof(numbers);
    assert_ok(reactor_session_numbers(talk.session, &numbers));
    assert_int_equal(numbers.sent, 3);
    end_pair(&talk, &pair);
    reactor_loop_close(loop);
}

/* ---- Before it is connected ---- */

static void who_is_not_connected_says_so(void **state)
{
    struct reactor_session_options options = talk_options();
    struct reactor_loop *loop = open_loop();
    struct listener listener = open_listener();
    struct reactor_address to = local_address((int)listener.port);
    struct reactor_piece piece = {"x", 1};
    struct talk talk = {.loop = loop};
    reactor_handle handle;

    (void)state;
    assert_ok(reactor_session_connect(&talk.session, loop, &to, 1, -1, &options,
                                      &talk));
    assert_error(reactor_session_write(talk.session, "x", 1), -ENOTCONN);
    assert_error(reactor_session_write(talk.session, "", 0), -ENOTCONN);
    assert_error(reactor_session_write_pieces(talk.session, &piece, 1),
                 -ENOTCONN);
    assert_error(reactor_session_finish(talk.session), -ENOTCONN);
    assert_error(
        reactor_session_hand_over(talk.session, &handle, NULL, 0, NULL),
        -ENOTCONN);
    assert_int_equal(reactor_session_handle(talk.session),
                     REACTOR_INVALID_HANDLE);
    assert_int_equal(reactor_session_waiting(talk.session), 0);
    assert_true(reactor_session_id(talk.session) != 0);
    assert_int_equal(reactor_session_count(loop), 1);
    assert_ok(reactor_session_pause(talk.session));
    await_that(loop, talk.calls[TALK_CONNECTED] == 1);
    assert_ok(reactor_session_write(talk.session, "x", 1));
    reactor_loop_close(loop);
    assert_closed(&talk, REACTOR_CLOSED_LOOP, -ECANCELED);
    close_handle(listener.handle);
}

static void a_pause_before_it_is_connected_holds(void **state)
{
    struct reactor_session_options options = talk_options();
    struct reactor_loop *loop = open_loop();
    struct talk talk = {.loop = loop};
    struct door door;

    (void)state;
    door_open(&door, loop, NULL);
    assert_ok(reactor_session_connect(&talk.session, loop, &door.address, 1, -1,
                                      &options, &talk));
    assert_ok(reactor_session_pause(talk.session));
    await_that(loop, talk.calls[TALK_CONNECTED] == 1 && door.count == 1);
    send_text(door.guests[0], "hello");
    assert_nobody(loop);
    assert_ok(reactor_session_resume(talk.session));
    await_that(loop, talk.size == 5);
    reactor_loop_close(loop);
    door_close(&door);
}

/* ---- Another protocol ---- */

static size_t count_only(void *user_data, struct reactor_session *session,
                         const void *bytes, size_t size)
{
    size_t *count = user_data;

    (void)session;
    (void)bytes;
    *count += size;
    return size;
}

static size_t counted;

/* After a line another protocol begins, within the bytes at hand. */
static size_t read_line(void *user_data, struct reactor_session *session,
                        const void *bytes, size_t size)
{
    struct reactor_session_options next = REACTOR_SESSION_OPTIONS_INIT;
    const char *end = memchr(bytes, '\n', size);

    (void)user_data;
    if (end == NULL)
        return 0;
    next.data = count_only;
    assert_ok(reactor_session_set_options(session, &next, &counted));
    assert_ptr_equal(reactor_session_user_data(session), &counted);
    assert_ok(reactor_session_pause(session));
    assert_ok(reactor_session_resume(session)); /* gives the rest to it */
    return (size_t)(end - (const char *)bytes) + 1;
}

static void another_protocol_may_begin_within_data(void **state)
{
    struct reactor_session_options options = REACTOR_SESSION_OPTIONS_INIT;
    struct reactor_loop *loop = open_loop();
    struct pair pair = stream_pair();

    (void)state;
    counted = 0;
    options.data = read_line;
    assert_ok(reactor_session_open(NULL, loop, pair.mine, &options, NULL));
    send_text(pair.peer, "a li");
    assert_int_equal(counted, 0);
    send_text(pair.peer, "ne\nand the rest");
    await_that(loop, counted == 12);
    send_text(pair.peer, ", and more");
    await_that(loop, counted == 22);
    close_handle(pair.peer);
    await_that(loop, reactor_session_count(loop) == 0);
    reactor_loop_close(loop);
}

static void lower_limits_hold_from_now_on(void **state)
{
    struct reactor_session_options options = talk_options();
    struct reactor_loop *loop = open_loop();
    struct pair pair;
    struct talk talk;

    (void)state;
    open_pair(&talk, loop, &pair);
    options.write_limit = 3;
    assert_ok(reactor_session_write(talk.session, "1234", 4));
    assert_ok(reactor_session_set_options(talk.session, &options, &talk));
    assert_error(reactor_session_write(talk.session, "1234", 4), -EMSGSIZE);
    assert_ok(reactor_session_write(talk.session, "123", 3));
    end_pair(&talk, &pair);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(an_id_is_never_used_again),
        CLAIM_WITHOUT_REACTOR(each_is_found_as_long_as_it_is_there),
        CLAIM_WITHOUT_REACTOR(any_number_may_be_asked_for),
        CLAIM_WITHOUT_REACTOR(it_is_found_until_closed_is_called),
        CLAIM_WITHOUT_REACTOR(an_option_that_can_not_be_is_refused),
        CLAIM_WITHOUT_REACTOR(each_may_have_options_of_its_own),
        CLAIM_WITHOUT_REACTOR(options_may_be_of_an_older_version),
        CLAIM_WITHOUT_REACTOR(bad_arguments_are_refused),
        CLAIM_WITHOUT_REACTOR(numbers_have_a_version),
        CLAIM_WITHOUT_REACTOR(who_is_not_connected_says_so),
        CLAIM_WITHOUT_REACTOR(a_pause_before_it_is_connected_holds),
        CLAIM_WITHOUT_REACTOR(another_protocol_may_begin_within_data),
        CLAIM_WITHOUT_REACTOR(lower_limits_hold_from_now_on),
    };

    return run_claims(claims);
}
