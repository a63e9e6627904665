/* SPDX-License-Identifier: MIT */
/* Which of a server's loops lets whom in. */
#include "work/house.h"

#include "support/scale.h"

#include <stdlib.h>

/* ---- Balance and limits ---- */

static void what_is_handed_over_is_balanced(void **state)
{
    struct talk *talks = calloc(30, sizeof(*talks));
    struct reactor_loop *loop = open_loop();
    struct house house = {.works = false};
    unsigned i;

    (void)state;
    assert_non_null(talks);
    house_open_as(&house, MODEL_HAND_OVER, 0);
    clients_open(talks, 30, loop, &house.address);
    await_others(house_count(&house, HOUSE_ACCEPTED) >= 30);
    for (i = 0; i < HOUSE_LOOPS; i++)
        assert_int_equal(house.rooms[i].calls[HOUSE_ACCEPTED], 10);
    (void)reactor_server_close(house.server);
    reactor_loop_close(loop);
    free(talks);
}

/* Each of nine is let in before the next one comes: so they are in turns. */
static void who_has_the_fewest_is_handed_the_next(void **state)
{
    struct talk *talks = calloc(9, sizeof(*talks));
    struct reactor_loop *loop = open_loop();
    struct house house = {.works = false};
    unsigned i;

    (void)state;
    assert_non_null(talks);
    house_open_as(&house, MODEL_HAND_OVER, 0);
    for (i = 0; i < 9; i++) {
        client_open(&talks[i], loop, &house.address);
        await_others(house_open_at(&house, REACTOR_ALL_SHARDS) == i + 1);
    }
    for (i = 1; i < 9; i += HOUSE_LOOPS)
        clients_leave(&talks[i], 1);
    await_others(house_open_at(&house, REACTOR_ALL_SHARDS) == 6);
    for (i = 1; i < 9; i += HOUSE_LOOPS) {
        client_open(&talks[i], loop, &house.address);
        await_others(house_open_at(&house, REACTOR_ALL_SHARDS) ==
                     6 + i / 3 + 1);
    }
    for (i = 0; i < HOUSE_LOOPS; i++)
        assert_int_equal(house_open_at(&house, i), 3);
    (void)reactor_server_close(house.server);
    reactor_loop_close(loop);
    free(talks);
}

static void no_loop_has_more_than_its_limit(void **state)
{
    struct talk *talks = calloc(10, sizeof(*talks));
    size_t m;
    unsigned i;

    (void)state;
    assert_non_null(talks);
    for (m = 0; m < model_count; m++) {
        unsigned loops = models[m].loops > 0 ? models[m].loops : 1;
        struct house house = {.works = false};
        struct reactor_loop *loop;

        if (loops > 1 && models[m].flags == 0)
            continue; /* the system may spread them as it likes */
        loop = open_loop();
        house_open_as(&house, &models[m], 2);
        clients_open(talks, 10, loop, &house.address);
        await_others(house_count(&house, HOUSE_ACCEPTED) >= 2 * loops);
        assert_nobody(loop);
        assert_int_equal(house_count(&house, HOUSE_ACCEPTED), 2 * loops);
        for (i = 0; i < 10 - 2 * loops; i++) {
            unsigned before = house_count(&house, HOUSE_ACCEPTED);

            clients_leave(&talks[i], 1);
            await_others(house_count(&house, HOUSE_ACCEPTED) >= before + 1);
        }
        for (i = 0; i < loops; i++)
            await_others(house_open_at(&house, i) == 2);
        (void)reactor_server_close(house.server);
        reactor_loop_close(loop);
    }
    free(talks);
}

/* On the shard's loop; one may be the connection that is over. */
static void look_for_a_crowd(struct house *house, struct room *room,
                             enum house_call call)
{
    if (call == HOUSE_ACCEPTED &&
        reactor_listener_count(reactor_shard_listener(room->shard)) > 1)
        atomic_store(&house->answer, 1);
}

static void a_limit_is_kept_when_all_come_and_go_at_once(void **state)
{
    struct house house = {.then = look_for_a_crowd};
    struct talk *talks = calloc(8, sizeof(*talks));
    struct reactor_loop *loop = open_loop();
    unsigned rounds = scaled(300, 3000), i;

    (void)state;
    assert_non_null(talks);
    house_open_as(&house, MODEL_HAND_OVER, 1);
    for (i = 0; i < rounds && atomic_load(&house.answer) == 0; i++) {
        clients_open(talks, 8, loop, &house.address);
        clients_leave(talks, 8);
    }
    assert_int_equal(house.answer, 0);
    (void)reactor_server_close(house.server);
    reactor_loop_close(loop);
    free(talks);
}

/* ---- Loops that shall have no more ---- */

static void do_there(struct house *house, struct room *room,
                     enum house_call call)
{
    struct reactor_listener *listener = reactor_shard_listener(room->shard);
    int act = atomic_load(&house->answer);

    if (call != HOUSE_COMMAND)
        return;
    if (act == 'p')
        (void)reactor_listener_pause(listener);
    else if (act == 'r')
        (void)reactor_listener_resume(listener);
    else if (act == 's')
        (void)reactor_loop_stop(reactor_shard_loop(room->shard));
}

static uint64_t turns_of(const struct house *house, uint32_t index)
{
    struct reactor_server_numbers numbers = {.size = sizeof(numbers)};

    assert_ok(reactor_server_numbers(house->server, index, &numbers));
    return numbers.turns;
}

static int send_one(struct house *house, uint32_t index)
{
    unsigned before = atomic_load(&house->rooms[index].calls[HOUSE_COMMAND]);
    struct reactor_command command = {0};
    int error = reactor_server_send(house->server, index, &command);

    if (error == 0)
        await_others(house->rooms[index].calls[HOUSE_COMMAND] == before + 1);
    return error;
}

/* It is in effect when this returns: a loop says at each turn how it is. */
static void have_done(struct house *house, uint32_t index, int act)
{
    uint64_t turns;

    atomic_store(&house->answer, act);
    assert_ok(send_one(house, index));
    atomic_store(&house->answer, 0);
    turns = turns_of(house, index);
    while (turns_of(house, index) < turns + 2 && send_one(house, index) == 0)
        continue;
}

static void a_loop_that_is_paused_is_handed_nobody(void **state)
{
    struct talk *talks = calloc(12, sizeof(*talks));
    struct reactor_loop *loop = open_loop();
    struct house house = {.then = do_there};

    (void)state;
    assert_non_null(talks);
    house_open_as(&house, MODEL_HAND_OVER, 0);
    have_done(&house, 1, 'p');
    clients_open(talks, 6, loop, &house.address);
    await_others(house_count(&house, HOUSE_ACCEPTED) == 6);
    assert_int_equal(house.rooms[1].calls[HOUSE_ACCEPTED], 0);
    have_done(&house, 0, 'p');
    have_done(&house, 2, 'p');
    clients_open(talks + 6, 6, loop, &house.address); /* who wait */
    have_done(&house, 1, 'r');
    await_others(house.rooms[1].calls[HOUSE_ACCEPTED] >= 5);
    await_others(house_count(&house, HOUSE_ACCEPTED) == 12);
    (void)reactor_server_close(house.server);
    reactor_loop_close(loop);
    free(talks);
}

/* The door has accepted one before it knew that nobody has room. */
static void who_is_held_is_let_go_at_the_end(void **state)
{
    struct talk *talk = calloc(1, sizeof(*talk));
    struct reactor_loop *loop = open_loop();
    struct house house = {.then = do_there};
    size_t handles;
    uint32_t i;

    (void)state;
    assert_non_null(talk);
    house_open_as(&house, MODEL_HAND_OVER, 0);
    for (i = 0; i < HOUSE_LOOPS; i++)
        have_done(&house, i, 'p');
    handles = count_open_handles();
    client_open(talk, loop, &house.address);
    await_others(count_open_handles() >= handles + 2);
    assert_int_equal(house_count(&house, HOUSE_ACCEPTED), 0);
    assert_ok(reactor_server_close(house.server));
    await_that(loop,
               talk->calls[TALK_CLOSED] == 1 || talk->calls[TALK_ENDED] == 1);
    reactor_loop_close(loop);
    free(talk);
}

static void a_loop_that_has_ended_is_handed_nobody(void **state)
{
    struct talk *talks = calloc(10, sizeof(*talks));
    struct reactor_loop *loop = open_loop();
    struct house house = {.then = do_there};

    (void)state;
    assert_non_null(talks);
    house_open_as(&house, MODEL_HAND_OVER, 2);
    have_done(&house, 1, 's');
    clients_open(talks, 10, loop, &house.address);
    await_others(house_count(&house, HOUSE_ACCEPTED) >= 4);
    assert_nobody(loop);
    assert_int_equal(house_count(&house, HOUSE_ACCEPTED), 4);
    assert_int_equal(house.rooms[1].calls[HOUSE_ACCEPTED], 0);
    (void)reactor_server_close(house.server);
    reactor_loop_close(loop);
    free(talks);
}

/* Of those that are left nobody could be a client any more. */
static void without_the_loop_that_accepts_the_others_end(void **state)
{
    struct talk *talks = calloc(6, sizeof(*talks));
    struct reactor_loop *loop = open_loop();
    struct house house = {.then = do_there};

    (void)state;
    assert_non_null(talks);
    house_open_as(&house, MODEL_HAND_OVER, 0);
    clients_open(talks, 6, loop, &house.address);
    await_others(house_count(&house, HOUSE_ACCEPTED) == 6);
    have_done(&house, 0, 's');
    clients_leave(talks, 6);
    assert_ok(reactor_server_join(house.server));
    assert_ok(reactor_server_close(house.server));
    reactor_loop_close(loop);
    free(talks);
}

/* ---- Who comes ---- */

static struct {
    _Atomic int port;
    _Atomic unsigned count;
} seen;

static void note_peer(void *user_data, struct reactor_shard *shard,
                      reactor_handle handle, const struct reactor_address *peer)
{
    (void)user_data;
    atomic_store(&seen.port, reactor_address_port(peer));
    atomic_fetch_add(&seen.count, 1);
    reactor_handle_close(handle);
    reactor_listener_release(reactor_shard_listener(shard));
}

static void the_service_is_told_who_has_come(void **state)
{
    size_t m;

    (void)state;
    for (m = 0; m < model_count; m++) {
        struct reactor_server_options options = options_of(&models[m]);
        struct reactor_server_service service = REACTOR_SERVER_SERVICE_INIT;
        struct reactor_address where = local_address(0), own;
        struct house house = {.works = false};
        struct listener listener;
        unsigned i;

        service.accepted = note_peer;
        atomic_store(&seen.count, 0);
        house_open(&house, &where, &service, &options);
        listener = (struct listener){
            .port = (unsigned)reactor_address_port(&house.address)};
        for (i = 1; i <= 2 * HOUSE_LOOPS; i++) {
            reactor_handle client = connect_to(&listener);

            assert_ok(reactor_address_of(client, &own));
            await_others(atomic_load(&seen.count) == i);
            assert_int_equal(seen.port, reactor_address_port(&own));
            close_handle(client);
        }
        assert_ok(reactor_server_close(house.server));
    }
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(what_is_handed_over_is_balanced),
        CLAIM_WITHOUT_REACTOR(who_has_the_fewest_is_handed_the_next),
        CLAIM_WITHOUT_REACTOR(no_loop_has_more_than_its_limit),
        CLAIM_WITHOUT_REACTOR(a_loop_that_is_paused_is_handed_nobody),
        CLAIM_WITHOUT_REACTOR(who_is_held_is_let_go_at_the_end),
        CLAIM_WITHOUT_REACTOR(a_limit_is_kept_when_all_come_and_go_at_once),
        CLAIM_WITHOUT_REACTOR(a_loop_that_has_ended_is_handed_nobody),
        CLAIM_WITHOUT_REACTOR(without_the_loop_that_accepts_the_others_end),
        CLAIM_WITHOUT_REACTOR(the_service_is_told_who_has_come),
    };

    return run_claims(claims);
}
