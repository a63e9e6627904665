/* SPDX-License-Identifier: MIT */
/* fork() in callbacks of net: the child calls nobody, and ends nothing. */
#include "net/estate.h"
#include "support/process.h"

#include <string.h>
#include <unistd.h>

/* ---- In data ---- */

struct fork_in {
    pid_t child; /* 0 in the child */
    bool ends;   /* the child calls what would end the connection */
    bool closes; /* the child closes the loop right there */
};

static void fork_once(struct talk *talk)
{
    struct fork_in *fork_in = talk->context;

    assert_ok(reactor_session_write(talk->session, "before ", 7));
    fork_in->child = fork();
    assert_true(fork_in->child >= 0);
    if (fork_in->child > 0) {
        assert_ok(reactor_session_write(talk->session, "after", 5));
        return;
    }
    alarm(PATIENCE_MS / 1000);
    (void)reactor_session_write(talk->session, "child", 5);
    if (fork_in->ends)
        reactor_session_close(talk->session, -1);
    if (fork_in->closes)
        reactor_loop_close(talk->loop);
    forget_calls();
}

static void fork_in_data(struct talk *talk, enum talk_call call)
{
    if (call == TALK_DATA && talk->calls[TALK_DATA] == 1)
        fork_once(talk);
}

static int end_child(struct talk *talk, const struct fork_in *fork_in,
                     int result)
{
    CHILD_EXPECT(result == -ECHILD || fork_in->closes);
    if (!fork_in->closes)
        reactor_loop_close(talk->loop);
    CHILD_EXPECT(*journal == '\0');
    CHILD_EXPECT(talk->calls[TALK_CLOSED] == 0);
    return 0;
}

static void fork_in_a_callback(struct fork_in how)
{
    struct reactor_loop *loop = open_loop();
    struct pair pair = tcp_pair();
    struct talk talk;
    char text[16];
    int result;

    talk_open(&talk, loop, 's', pair.mine, NULL);
    talk.then = fork_in_data;
    talk.context = &how;
    send_text(pair.peer, "hello");
    result = reactor_loop_turn(loop, PATIENCE_NS);
    while (result == 0)
        result = reactor_loop_turn(loop, PATIENCE_NS);
    if (how.child == 0) {
        result = end_child(&talk, &how, result);
        _exit(result != 0);
    }
    assert_ok(child_finish(how.child));
    await_text(loop, pair.peer, text, 12);
    assert_string_equal(text, "before after");
    send_text(pair.peer, "again");
    await_that(loop, talk.size == 10);
    assert_int_equal(drain(pair.peer), 0);
    reactor_loop_close(loop);
    assert_closed(&talk, REACTOR_CLOSED_LOOP, -ECANCELED);
    assert_true(is_at_end(pair.peer));
    close_handle(pair.peer);
}

static void what_was_gathered_is_the_parents_to_send(void **state)
{
    (void)state;
    fork_in_a_callback((struct fork_in){.ends = false});
}

static void a_child_in_a_callback_ends_nothing(void **state)
{
    (void)state;
    fork_in_a_callback((struct fork_in){.ends = true});
    fork_in_a_callback((struct fork_in){.closes = true});
    fork_in_a_callback((struct fork_in){.ends = true, .closes = true});
}

/* ---- And the loop is made the child's own ---- */

#define MANY 3

static pid_t forked; /* 0 in the child, -1 before */

static void fork_now(void)
{
    if (forked >= 0)
        return;
    forked = fork();
    assert_true(forked >= 0);
    if (forked == 0)
        alarm(PATIENCE_MS / 1000);
}

/* By the way of the stage, by the queue, and a last callback to be made. */
static void write_and_fork(struct talk *talk, enum talk_call call)
{
    struct talk *talks = talk->context;

    if (call != TALK_DATA)
        return;
    assert_ok(reactor_session_write(talk->session, "parent", 6));
    if (talk != &talks[0])
        return;
    assert_ok(reactor_session_write(talks[1].session, "parent", 6));
    reactor_session_abort(talks[2].session);
    fork_now();
}

/* What the parent wrote is not written again, nor to anybody else. */
static int go_on_in_child(struct reactor_loop *loop, struct talk *talks)
{
    struct pair pair = stream_pair();
    struct talk own;
    char text[8];

    CHILD_EXPECT(reactor_loop_turn(loop, 0) == -ECHILD);
    CHILD_EXPECT(reactor_loop_after_fork(loop) == 0);
    CHILD_EXPECT(reactor_session_waiting(talks[0].session) == 0);
    CHILD_EXPECT(reactor_session_waiting(talks[1].session) == 0);
    talk_open(&own, loop, 0, pair.mine, NULL);
    own.then = write_and_fork;
    own.context = talks;
    send_byte(pair.peer);
    await_text(loop, pair.peer, text, 6);
    await_closed(&talks[2]);
    CHILD_EXPECT(strcmp(text, "parent") == 0);
    CHILD_EXPECT(drain(pair.peer) == 0);
    reactor_loop_close(loop);
    close_handle(pair.peer);
    return 0;
}

static void a_child_goes_on_without_what_is_the_parents(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct pair pairs[MANY];
    struct talk talks[MANY];
    char text[8];
    int i;

    (void)state;
    forked = -1;
    for (i = 0; i < MANY; i++) {
        pairs[i] = stream_pair();
        talk_open(&talks[i], loop, 0, pairs[i].mine, NULL);
        talks[i].then = write_and_fork;
        talks[i].context = talks;
    }
    send_byte(pairs[0].peer);
    while (forked < 0)
        (void)reactor_loop_turn(loop, PATIENCE_NS);
    if (forked == 0)
        _exit(go_on_in_child(loop, talks) != 0);
    assert_ok(child_finish(forked));
    for (i = 0; i < 2; i++) {
        await_text(loop, pairs[i].peer, text, 6);
        assert_int_equal(drain(pairs[i].peer), 0);
    }
    reactor_loop_close(loop);
    for (i = 0; i < MANY; i++)
        close_handle(pairs[i].peer);
}

static void fork_in_closed(struct talk *talk, enum talk_call call)
{
    (void)talk;
    if (call == TALK_CLOSED)
        fork_now();
}

/* Several of them are due in one turn, and the first callback forks. */
static void who_was_put_off_is_called_in_the_child(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct pair pairs[MANY];
    struct talk talks[MANY];
    int i;

    (void)state;
    forked = -1;
    for (i = 0; i < MANY; i++) {
        pairs[i] = stream_pair();
        talk_open(&talks[i], loop, 0, pairs[i].mine, NULL);
        talks[i].then = fork_in_closed;
        reactor_session_abort(talks[i].session);
    }
    while (forked < 0)
        (void)reactor_loop_turn(loop, PATIENCE_NS);
    if (forked == 0)
        assert_ok(reactor_loop_after_fork(loop));
    for (i = 0; i < MANY; i++)
        await_closed(&talks[i]);
    if (forked == 0)
        _exit(0);
    assert_ok(child_finish(forked));
    reactor_loop_close(loop);
    for (i = 0; i < MANY; i++)
        close_handle(pairs[i].peer);
}

/* ---- In all others ---- */

enum place {
    IN_ACCEPT,
    IN_CONNECTOR,
    IN_LOOK_UP,
    IN_CLOSED,
    IN_RECEIVED,
    PLACES
};

static struct estate estate;
static enum place place;
static pid_t child;         /* 0 in the child, -1 before */
static unsigned calls_then; /* when it forked */

static unsigned count_calls(void)
{
    unsigned i, count = estate.door.count + estate.box.received +
                        estate.connecting.calls + estate.numbering.calls +
                        estate.naming.calls;

    for (i = 0; i < TALK_CALLS; i++)
        count += estate.talk.calls[i] + estate.full.calls[i] +
                 estate.piped.calls[i] + estate.over.calls[i];
    return count;
}

static void fork_at(enum place where)
{
    if (where != place || child >= 0)
        return;
    child = fork();
    assert_true(child >= 0);
    calls_then = count_calls();
    if (child == 0)
        alarm(PATIENCE_MS / 1000);
}

static void in_accept(struct door *door)
{
    (void)door;
    fork_at(IN_ACCEPT);
}

static void in_errand(struct errand *errand)
{
    fork_at(errand == &estate.connecting ? IN_CONNECTOR : IN_LOOK_UP);
}

static void in_over(struct talk *talk, enum talk_call call)
{
    (void)talk;
    if (call == TALK_CLOSED)
        fork_at(IN_CLOSED);
}

static void in_box(struct box *box, enum box_call call)
{
    (void)box;
    if (call == BOX_RECEIVED)
        fork_at(IN_RECEIVED);
}

/* All of them are due, most in one turn. */
static void provoke_all(reactor_handle clients[2])
{
    estate.door.then = in_accept;
    estate.connecting.then = estate.numbering.then = in_errand;
    estate.over.then = in_over;
    estate.box.then = in_box;
    knock(&estate.door, clients, 2);
    box_send(&estate.box, &estate.box, "one");
    box_send(&estate.box, &estate.box, "two");
    send_byte(estate.pair.peer);
}

static int end_silently(int result)
{
    CHILD_EXPECT(result == -ECHILD);
    CHILD_EXPECT(count_calls() == calls_then);
    reactor_pool_close(estate.pool);
    reactor_loop_close(estate.loop);
    CHILD_EXPECT(count_calls() == calls_then);
    CHILD_EXPECT(estate.box.closed == 0);
    return 0;
}

static void fork_in_place(void)
{
    reactor_handle clients[2];
    int result = 0;

    child = -1;
    estate_open(&estate);
    provoke_all(clients);
    while (child < 0)
        result = reactor_loop_turn(estate.loop, PATIENCE_NS);
    if (child == 0)
        _exit(end_silently(result) != 0);
    assert_ok(child_finish(child));
    await_that(estate.loop, estate.door.count == 2 && estate.talk.size == 1 &&
                                estate.box.received == 2 &&
                                estate.connecting.calls == 1);
    assert_ok(estate.connecting.error);
    assert_int_equal(estate.talk.calls[TALK_CLOSED], 0);
    leave(clients, 2);
    estate_close(&estate);
}

static void in_callbacks_of_all_kinds(void **state)
{
    (void)state;
    for (place = IN_ACCEPT; place < PLACES; place++)
        fork_in_place();
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(what_was_gathered_is_the_parents_to_send),
        CLAIM_WITHOUT_REACTOR(a_child_in_a_callback_ends_nothing),
        CLAIM_WITHOUT_REACTOR(a_child_goes_on_without_what_is_the_parents),
        CLAIM_WITHOUT_REACTOR(who_was_put_off_is_called_in_the_child),
        CLAIM_WITHOUT_REACTOR(in_callbacks_of_all_kinds),
    };

    return run_claims(claims);
}
