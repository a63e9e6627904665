/* SPDX-License-Identifier: MIT */
/*
 * What becomes of bytes that wait when a session ends, whichever way: exactly
 * those that have to arrive do. And what a peer that resets leaves behind.
 */
#include "support/doors.h"

#include "platform/socket.h"

#include <stdlib.h>
#include <string.h>

#define BIG_SIZE ((size_t)8 << 20)

static unsigned char *sent;    /* BIG_SIZE bytes */
static unsigned char *arrived; /* and one more */

static int make_room(void **state)
{
    size_t i;

    sent = malloc(BIG_SIZE);
    arrived = malloc(BIG_SIZE + 1);
    if (sent == NULL || arrived == NULL)
        return -1;
    for (i = 0; i < BIG_SIZE; i++)
        sent[i] = (unsigned char)(i * 31 % 253);
    return claim_begin_bare(state);
}

static int give_room_back(void **state)
{
    free(sent);
    free(arrived);
    return claim_end(state);
}

#define CLAIM_WITH_ROOM(function)                                              \
    cmocka_unit_test_setup_teardown(function, make_room, give_room_back)

/* ---- What arrives ---- */

struct ending {
    struct talk talk;
    struct pair pair;
    uint64_t taken; /* bytes that the system had taken in the end */
    size_t size;    /* of what has arrived */
    int error;      /* after that; 0: the end */
};

/* A session of which much waits. */
static void begin(struct ending *ending, struct pair pair,
                  const struct reactor_session_options *options)
{
    struct reactor_session_numbers numbers = {.size = sizeof(numbers)};
    struct reactor_loop *loop = open_loop();

    memset(ending, 0, sizeof(*ending));
    ending->pair = pair;
    talk_open(&ending->talk, loop, 0, pair.mine, options);
    assert_ok(reactor_session_write(ending->talk.session, sent, BIG_SIZE));
    assert_true(reactor_session_waiting(ending->talk.session) > 0);
    assert_ok(reactor_session_numbers(ending->talk.session, &numbers));
    ending->taken = numbers.sent;
    assert_int_equal(ending->taken +
                         reactor_session_waiting(ending->talk.session),
                     BIG_SIZE);
}

/* Reads all there is, while the loop turns if it is still there. */
static void read_to_the_end(struct ending *ending, struct reactor_loop *loop)
{
    int64_t give_up_ns = reactor_now_ns() + PATIENCE_NS;

    for (;;) {
        ptrdiff_t count =
            ri_stream_read(ending->pair.peer, true, arrived + ending->size,
                           BIG_SIZE + 1 - ending->size);

        if (count > 0) {
            ending->size += (size_t)count;
            continue;
        }
        ending->error = (int)count;
        if (count != -EAGAIN)
            break;
        assert_true(reactor_now_ns() < give_up_ns);
        if (loop != NULL)
            assert_true(reactor_loop_turn(loop, 1000000) >= 0);
    }
    assert_memory_equal(arrived, sent, ending->size);
}

static void finish_up(struct ending *ending, enum reactor_closed reason,
                      int error)
{
    close_handle(ending->pair.peer);
    await_closed(&ending->talk);
    assert_closed(&ending->talk, reason, error);
    reactor_loop_close(ending->talk.loop);
}

static void all_of_it_arrives(struct ending *ending)
{
    read_to_the_end(ending, ending->talk.loop);
    assert_int_equal(ending->size, BIG_SIZE);
    assert_int_equal(ending->error, 0);
}

/* What the system had, it delivers; then comes the end. */
static void what_was_taken_arrives(struct ending *ending)
{
    read_to_the_end(ending, NULL);
    assert_int_equal(ending->size, ending->taken);
    assert_int_equal(ending->error, 0);
}

static void after_a_half_close_all_arrives(void **state)
{
    struct ending ending;

    (void)state;
    begin(&ending, tcp_pair(), NULL);
    assert_ok(reactor_session_finish(ending.talk.session));
    all_of_it_arrives(&ending);
    assert_ok(ri_stream_finish(ending.pair.peer));
    finish_up(&ending, REACTOR_CLOSED_FINISHED, 0);
}

static void after_a_close_all_arrives(void **state)
{
    static const int64_t lingers[] = {-1, PATIENCE_NS};
    struct ending ending;
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(lingers); i++) {
        begin(&ending, tcp_pair(), NULL);
        reactor_session_close(ending.talk.session, lingers[i]);
        all_of_it_arrives(&ending);
        finish_up(&ending, REACTOR_CLOSED_CLOSED, 0);
    }
}

/* Nobody said that the session is to go on: it finishes, but not before. */
static void after_the_peers_end_all_arrives(void **state)
{
    struct reactor_session_options options = talk_options();
    struct ending ending;

    (void)state;
    options.ended = NULL;
    begin(&ending, tcp_pair(), &options);
    assert_ok(ri_stream_finish(ending.pair.peer));
    all_of_it_arrives(&ending);
    finish_up(&ending, REACTOR_CLOSED_FINISHED, 0);
}

static void without_linger_what_was_taken_arrives(void **state)
{
    struct ending ending;

    (void)state;
    begin(&ending, tcp_pair(), NULL);
    reactor_session_close(ending.talk.session, 0);
    what_was_taken_arrives(&ending);
    finish_up(&ending, REACTOR_CLOSED_LINGERED, -ETIMEDOUT);
}

static void after_a_deadline_what_was_taken_arrives(void **state)
{
    struct ending ending;

    (void)state;
    begin(&ending, tcp_pair(), NULL);
    reactor_session_close(ending.talk.session, SILENCE_NS);
    await_closed(&ending.talk);
    read_to_the_end(&ending, NULL);
    assert_true(ending.size >= ending.taken && ending.size < BIG_SIZE);
    assert_int_equal(ending.error, 0);
    finish_up(&ending, REACTOR_CLOSED_LINGERED, -ETIMEDOUT);
}

static void after_a_timeout_what_was_taken_arrives(void **state)
{
    struct reactor_session_options options = talk_options();
    struct ending ending;

    (void)state;
    options.write_timeout_ns = SILENCE_NS;
    begin(&ending, tcp_pair(), &options);
    await_closed(&ending.talk);
    read_to_the_end(&ending, NULL);
    assert_true(ending.size >= ending.taken && ending.size < BIG_SIZE);
    assert_int_equal(ending.error, 0);
    finish_up(&ending, REACTOR_CLOSED_WRITE, -ETIMEDOUT);
}

static void with_its_loop_goes_what_was_not_taken(void **state)
{
    struct ending ending;

    (void)state;
    begin(&ending, tcp_pair(), NULL);
    reactor_loop_close(ending.talk.loop);
    assert_closed(&ending.talk, REACTOR_CLOSED_LOOP, -ECANCELED);
    what_was_taken_arrives(&ending);
    close_handle(ending.pair.peer);
}

/* An abort says that what has arrived is not all. */
static void an_abort_is_no_end(void **state)
{
    struct ending ending;

    (void)state;
    begin(&ending, tcp_pair(), NULL);
    reactor_session_abort(ending.talk.session);
    read_to_the_end(&ending, NULL);
    assert_true(ending.size <= ending.taken);
    assert_true(ending.error < 0 || !resets_are_told());
    finish_up(&ending, REACTOR_CLOSED_ABORTED, -ECANCELED);
}

static void a_refused_hand_over_loses_nothing(void **state)
{
    reactor_handle handle = REACTOR_INVALID_HANDLE;
    struct ending ending;

    (void)state;
    begin(&ending, tcp_pair(), NULL);
    assert_error(
        reactor_session_hand_over(ending.talk.session, &handle, NULL, 0, NULL),
        -EAGAIN);
    assert_int_equal(handle, REACTOR_INVALID_HANDLE);
    reactor_session_close(ending.talk.session, -1);
    all_of_it_arrives(&ending);
    finish_up(&ending, REACTOR_CLOSED_CLOSED, 0);
}

/* ---- Resets ---- */

static bool is_reset(int error)
{
    return error == -ECONNRESET || error == -ECONNABORTED || error == -EPIPE;
}

/* What has come before may be given to `data`, or not. */
static void a_reset_behind_bytes_is_told(void **state)
{
    struct reactor_loop *loop;
    struct talk talk;
    struct pair pair;

    (void)state;
    if (!resets_are_told())
        skip_because("a reset is an end like others here");
    loop = open_loop();
    pair = tcp_pair();
    talk_open(&talk, loop, 0, pair.mine, NULL);
    send_text(pair.peer, "hello");
    reset_by_peer(&pair);
    await_closed(&talk);
    assert_int_equal(talk.calls[TALK_CLOSED], 1);
    assert_int_equal(talk.reason, REACTOR_CLOSED_ERROR);
    assert_true(is_reset(talk.error));
    assert_int_equal(talk.calls[TALK_ENDED], 0);
    reactor_loop_close(loop);
}

static void a_reset_ends_what_waits(void **state)
{
    struct ending ending;

    (void)state;
    begin(&ending, tcp_pair(), NULL);
    reset_by_peer(&ending.pair);
    await_closed(&ending.talk);
    assert_int_equal(ending.talk.calls[TALK_CLOSED], 1);
    assert_int_equal(ending.talk.reason, REACTOR_CLOSED_ERROR);
    assert_true(is_reset(ending.talk.error));
    assert_int_equal(ending.talk.calls[TALK_DRAINED], 0);
    reactor_loop_close(ending.talk.loop);
}

/* Paused, only a write can notice; or the system tells of it anyway. */
static void a_reset_is_told_to_who_is_paused(void **state)
{
    struct reactor_session_options options = talk_options();
    struct ending ending;

    (void)state;
    options.flags = REACTOR_SESSION_PAUSED;
    begin(&ending, tcp_pair(), &options);
    reset_by_peer(&ending.pair);
    await_closed(&ending.talk);
    assert_int_equal(ending.talk.reason, REACTOR_CLOSED_ERROR);
    assert_true(is_reset(ending.talk.error));
    reactor_loop_close(ending.talk.loop);
}

static void serve(struct door *door)
{
    struct talk *talks = door->context;
    struct reactor_session_options options = talk_options();
    struct talk *talk = &talks[door->count - 1];

    memset(talk, 0, sizeof(*talk));
    talk->loop = door->loop;
    if (reactor_session_open(&talk->session, door->loop,
                             door->guests[door->count - 1], &options,
                             talk) != 0) {
        close_handle(door->guests[door->count - 1]);
        talk->calls[TALK_CLOSED] = 1; /* it had gone by then */
    }
}

/* Half of those who wait go before they are let in. */
static void who_goes_while_he_waits_harms_nobody(void **state)
{
    struct reactor_loop *loop = open_loop();
    static struct talk talks[GUESTS_MAX];
    reactor_handle clients[20];
    unsigned i, there;
    struct door door;

    (void)state;
    door_open(&door, loop, NULL);
    door.then = serve;
    door.context = talks;
    knock(&door, clients, 20);
    for (i = 0; i < 20; i += 2) {
        struct pair pair = {.mine = clients[i + 1], .peer = clients[i]};

        assert_ok(ri_socket_set(pair.peer, RI_SOCKET_RESET_AT_CLOSE, true));
        close_handle(pair.peer);
    }
    for (i = 1; i < 20; i += 2)
        send_text(clients[i], "here");
    do {
        turn_once(loop);
        for (there = i = 0; i < door.count; i++)
            there += talks[i].size == 4;
    } while (there < 10);
    assert_int_equal(door.told_count, 0);
    for (i = 1; i < 20; i += 2)
        close_handle(clients[i]);
    reactor_loop_close(loop);
    for (i = 0; i < door.count; i++)
        assert_int_equal(talks[i].calls[TALK_CLOSED], 1);
}

/* ---- Half-close ---- */

static void write_back(struct talk *talk, enum talk_call call)
{
    if (call != TALK_ENDED)
        return;
    assert_ok(reactor_session_write(talk->session, talk->bytes, talk->size));
    assert_ok(reactor_session_finish(talk->session));
}

/* One asks until it ends; only then it is answered, and both have ended. */
static void an_answer_goes_behind_the_end(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct pair pair = tcp_pair();
    struct talk host, visitor;

    (void)state;
    talk_open(&host, loop, 0, pair.mine, NULL);
    talk_open(&visitor, loop, 0, pair.peer, NULL);
    host.then = write_back;
    assert_ok(reactor_session_write(visitor.session, "question", 8));
    assert_ok(reactor_session_finish(visitor.session));
    await_closed(&host);
    await_closed(&visitor);
    assert_closed(&host, REACTOR_CLOSED_FINISHED, 0);
    assert_closed(&visitor, REACTOR_CLOSED_FINISHED, 0);
    assert_memory_equal(visitor.bytes, "question", 8);
    assert_int_equal(visitor.calls[TALK_ENDED], 1);
    assert_int_equal(host.calls[TALK_ENDED], 1);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITH_ROOM(after_a_half_close_all_arrives),
        CLAIM_WITH_ROOM(after_a_close_all_arrives),
        CLAIM_WITH_ROOM(after_the_peers_end_all_arrives),
        CLAIM_WITH_ROOM(without_linger_what_was_taken_arrives),
        CLAIM_WITH_ROOM(after_a_deadline_what_was_taken_arrives),
        CLAIM_WITH_ROOM(after_a_timeout_what_was_taken_arrives),
        CLAIM_WITH_ROOM(with_its_loop_goes_what_was_not_taken),
        CLAIM_WITH_ROOM(an_abort_is_no_end),
        CLAIM_WITH_ROOM(a_refused_hand_over_loses_nothing),
        CLAIM_WITHOUT_REACTOR(a_reset_behind_bytes_is_told),
        CLAIM_WITH_ROOM(a_reset_ends_what_waits),
        CLAIM_WITH_ROOM(a_reset_is_told_to_who_is_paused),
        CLAIM_WITHOUT_REACTOR(who_goes_while_he_waits_harms_nobody),
        CLAIM_WITHOUT_REACTOR(an_answer_goes_behind_the_end),
    };

    return run_claims(claims);
}
