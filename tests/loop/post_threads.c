/* SPDX-License-Identifier: MIT */
/* Posts of several threads: none is lost, and each thread's order is kept. */
#include "support/loops.h"
#include "support/scale.h"
#include "support/thread.h"

#include <stdatomic.h>
#include <string.h>

#define PRODUCERS 4
#define OWN_POSTS 8 /* of each producer */

/* ---- Data ---- */

/* One post that all send, each after it has counted on. */
struct tally {
    struct reactor_post post;
    struct reactor_loop *loop;
    _Atomic unsigned next;
    unsigned times;
    bool yields;
    /* Relaxed: it is the post that has to make them visible. */
    _Atomic unsigned written[PRODUCERS];
    unsigned seen[PRODUCERS];
    unsigned finished;
};

static int count_on(void *context)
{
    struct tally *tally = context;
    unsigned me = atomic_fetch_add(&tally->next, 1);
    int error = 0;
    unsigned i;

    for (i = 1; i <= tally->times && error == 0; i++) {
        atomic_store_explicit(&tally->written[me], i, memory_order_relaxed);
        error = reactor_post_send(&tally->post);
        if (tally->yields)
            thread_yield();
    }
    return error;
}

/* Ends the loop when all that was written is seen. */
static void look(void *user_data)
{
    struct tally *tally = user_data;
    unsigned done = 0;
    int i;

    for (i = 0; i < PRODUCERS; i++) {
        tally->seen[i] =
            atomic_load_explicit(&tally->written[i], memory_order_relaxed);
        done += tally->seen[i] == tally->times;
    }
    if (done == PRODUCERS && tally->finished++ == 0)
        reactor_loop_release(tally->loop);
}

static void tally_up(unsigned times, bool yields)
{
    struct tally tally = {
        .loop = open_loop(), .times = times, .yields = yields};
    struct thread *threads[PRODUCERS];
    int i;

    reactor_post_init(&tally.post, tally.loop, look, &tally);
    reactor_loop_retain(tally.loop);
    for (i = 0; i < PRODUCERS; i++)
        threads[i] = thread_start(count_on, &tally);
    assert_runs_out(tally.loop);
    for (i = 0; i < PRODUCERS; i++) {
        assert_ok(thread_join(threads[i]));
        assert_int_equal(tally.seen[i], times);
    }
    assert_true(tally.finished > 0);
    (void)reactor_post_cancel(&tally.post);
    reactor_loop_close(tally.loop);
}

static void what_was_written_before_the_last_send_is_seen(void **state)
{
    (void)state;
    tally_up(scaled(250000, 3000000), false);
}

/* The loop falls asleep between them. */
static void also_when_the_loop_sleeps_in_between(void **state)
{
    (void)state;
    tally_up(scaled(20000, 300000), true);
}

/* ---- One at a time ---- */

/* Two loops play ping-pong: each round wakes both, and none may be missed. */
struct player {
    struct reactor_loop *loop;
    struct reactor_post post;
    struct player *other;
    unsigned left;
};

static void play(void *user_data)
{
    struct player *player = user_data;

    if (player->left == 0) /* the answer to its last */
        return;
    (void)reactor_post_send(&player->other->post);
    if (--player->left == 0)
        reactor_loop_release(player->loop);
}

static int run_player(void *context)
{
    return reactor_loop_run(((struct player *)context)->loop);
}

static void each_of_many_wakes_arrives(void **state)
{
    struct player players[2];
    unsigned rounds = scaled(20000, 1000000);
    struct thread *thread;
    int i;

    (void)state;
    for (i = 0; i < 2; i++) {
        players[i].loop = open_loop();
        players[i].other = &players[1 - i];
        players[i].left = rounds;
        reactor_post_init(&players[i].post, players[i].loop, play, &players[i]);
        reactor_loop_retain(players[i].loop);
    }
    assert_ok(reactor_post_send(&players[0].post));
    thread = thread_start(run_player, &players[1]);
    assert_runs_out(players[0].loop);
    assert_ok(thread_join(thread));
    assert_int_equal(players[0].left, 0);
    assert_int_equal(players[1].left, 0);
    reactor_loop_close(players[0].loop);
    reactor_loop_close(players[1].loop);
}

/* ---- Order ---- */

/* A producer's posts, each with a number that grows from send to send. */
struct parcel {
    struct reactor_post post;
    struct producer *producer;
    unsigned number;
    _Atomic bool is_on_its_way;
};

struct producer {
    struct parcel parcels[OWN_POSTS];
    struct reactor_loop *loop;
    unsigned times;
    unsigned received; /* the loop's */
    bool is_out_of_order;
};

static void receive(void *user_data)
{
    struct parcel *parcel = user_data;
    struct producer *producer = parcel->producer;

    if (parcel->number != producer->received)
        producer->is_out_of_order = true;
    producer->received++;
    if (producer->received == producer->times)
        reactor_loop_release(producer->loop);
    atomic_store_explicit(&parcel->is_on_its_way, false, memory_order_release);
}

static int produce(void *context)
{
    struct producer *producer = context;
    int error = 0;
    unsigned i;

    for (i = 0; i < producer->times && error == 0; i++) {
        struct parcel *parcel = &producer->parcels[i % OWN_POSTS];

        while (
            atomic_load_explicit(&parcel->is_on_its_way, memory_order_acquire))
            thread_yield();
        parcel->number = i;
        atomic_store_explicit(&parcel->is_on_its_way, true,
                              memory_order_relaxed);
        error = reactor_post_send(&parcel->post);
    }
    return error;
}

static void producer_init(struct producer *producer, struct reactor_loop *loop)
{
    int i;

    memset(producer, 0, sizeof(*producer));
    producer->loop = loop;
    producer->times = scaled(50000, 1000000);
    for (i = 0; i < OWN_POSTS; i++) {
        producer->parcels[i].producer = producer;
        reactor_post_init(&producer->parcels[i].post, loop, receive,
                          &producer->parcels[i]);
    }
    reactor_loop_retain(loop);
}

/* Each exactly once, and those of one thread in its order. */
static void each_threads_order_is_kept(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct producer producers[PRODUCERS];
    struct thread *threads[PRODUCERS];
    int i;

    (void)state;
    for (i = 0; i < PRODUCERS; i++)
        producer_init(&producers[i], loop);
    for (i = 0; i < PRODUCERS; i++)
        threads[i] = thread_start(produce, &producers[i]);
    assert_runs_out(loop);
    for (i = 0; i < PRODUCERS; i++) {
        assert_ok(thread_join(threads[i]));
        assert_false(producers[i].is_out_of_order);
        assert_int_equal(producers[i].received, producers[i].times);
    }
    reactor_loop_close(loop);
}

/* ---- Close ---- */

/* Sends until it is refused; who was accepted is called once. */
struct rush {
    struct reactor_loop *loop;
    struct reactor_hook hook;
    struct racer {
        struct reactor_post post;
        struct rush *rush;
        unsigned accepted;
        unsigned calls;
        _Atomic bool was_called;
        struct thread *thread;
    } racers[PRODUCERS];
    _Atomic unsigned sent; /* by all */
    unsigned enough;
};

static void arrive(void *user_data)
{
    struct racer *racer = user_data;

    racer->calls++;
    atomic_store_explicit(&racer->was_called, true, memory_order_release);
    if (atomic_load(&racer->rush->sent) >= racer->rush->enough)
        reactor_loop_close(racer->rush->loop);
}

static int race(void *context)
{
    struct racer *racer = context;
    int error;

    do {
        atomic_store_explicit(&racer->was_called, false, memory_order_relaxed);
        error = reactor_post_send(&racer->post);
        if (error != 0)
            return error;
        racer->accepted++;
        atomic_fetch_add(&racer->rush->sent, 1);
        while (!atomic_load_explicit(&racer->was_called, memory_order_acquire))
            thread_yield();
    } while (true);
}

static void wait_for_racers(void *user_data)
{
    struct rush *rush = user_data;
    int i;

    for (i = 0; i < PRODUCERS; i++)
        assert_error(thread_join(rush->racers[i].thread), -ECANCELED);
}

static void hold_race(unsigned enough)
{
    struct rush rush = {.loop = open_loop(), .enough = enough};
    int i;

    reactor_loop_retain(rush.loop);
    reactor_hook_init(&rush.hook, rush.loop, wait_for_racers, &rush);
    assert_ok(reactor_hook_start(&rush.hook, REACTOR_BEFORE_CLOSE));
    for (i = 0; i < PRODUCERS; i++) {
        rush.racers[i].rush = &rush;
        reactor_post_init(&rush.racers[i].post, rush.loop, arrive,
                          &rush.racers[i]);
    }
    for (i = 0; i < PRODUCERS; i++)
        rush.racers[i].thread = thread_start(race, &rush.racers[i]);
    assert_is_stopped(rush.loop);
    for (i = 0; i < PRODUCERS; i++)
        assert_int_equal(rush.racers[i].calls, rush.racers[i].accepted);
}

static void all_that_were_accepted_are_called_by_close(void **state)
{
    unsigned i;

    (void)state;
    for (i = scaled(300, 10000); i > 0; i--)
        hold_race(1 + i % 50);
}

/* ---- Who rings ---- */

/*
 * The thread's last act is a send, and the call closes the loop: the thread may
 * still be ringing then, and close waits for it.
 */
struct last_act {
    struct reactor_loop *loop;
    struct reactor_post post;
};

static int send_last(void *context)
{
    return reactor_post_send(&((struct last_act *)context)->post);
}

static void close_at_once(void *user_data)
{
    reactor_loop_close(((struct last_act *)user_data)->loop);
}

static void a_sender_may_still_ring_when_it_is_closed(void **state)
{
    unsigned i;

    (void)state;
    for (i = scaled(2000, 100000); i > 0; i--) {
        struct last_act act = {.loop = open_loop()};
        struct thread *thread;

        reactor_loop_retain(act.loop);
        reactor_post_init(&act.post, act.loop, close_at_once, &act);
        thread = thread_start(send_last, &act);
        assert_is_stopped(act.loop);
        assert_ok(thread_join(thread));
    }
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(what_was_written_before_the_last_send_is_seen),
        CLAIM_WITHOUT_REACTOR(also_when_the_loop_sleeps_in_between),
        CLAIM_WITHOUT_REACTOR(each_of_many_wakes_arrives),
        CLAIM_WITHOUT_REACTOR(each_threads_order_is_kept),
        CLAIM_WITHOUT_REACTOR(all_that_were_accepted_are_called_by_close),
        CLAIM_WITHOUT_REACTOR(a_sender_may_still_ring_when_it_is_closed),
    };

    return run_claims(claims);
}
