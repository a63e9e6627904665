/* SPDX-License-Identifier: MIT */
/* One service, run in every model: who serves whom, and the numbers. */
#include "work/house.h"

#include <stdlib.h>

/* ---- What they do ---- */

static void do_nothing(void *user_data)
{
    (void)user_data;
}

static void end_nothing(void *user_data, int status)
{
    (void)user_data;
    (void)status;
}

static void the_same_service_answers_in_every_model(void **state)
{
    struct talk *talks = calloc(12, sizeof(*talks));
    size_t m;
    unsigned i;

    (void)state;
    assert_non_null(talks);
    for (m = 0; m < model_count; m++) {
        struct reactor_loop *loop = open_loop();
        struct house house = {.works = false};

        house_open_as(&house, &models[m], 0);
        clients_open(talks, 12, loop, &house.address);
        for (i = 0; i < 12; i++)
            client_says(&talks[i]);
        for (i = 0; i < 12; i++)
            client_hears(&talks[i]);
        clients_leave(talks, 12);
        await_others(house_count(&house, HOUSE_CLOSED) >= 12);
        assert_ok(reactor_server_shutdown(house.server, PATIENCE_NS));
        assert_ok(reactor_server_join(house.server));
        assert_ok(reactor_server_close(house.server));
        assert_int_equal(house_count(&house, HOUSE_ACCEPTED), 12);
        reactor_loop_close(loop);
    }
    free(talks);
}

static void the_model_says_who_runs_the_jobs(void **state)
{
    struct talk *talk = calloc(1, sizeof(*talk));
    size_t m;

    (void)state;
    assert_non_null(talk);
    for (m = 0; m < model_count; m++) {
        bool has_workers = models[m].model == REACTOR_MODEL_POOL;
        struct reactor_loop *loop = open_loop();
        struct house house = {.works = true};

        house_open_as(&house, &models[m], 0);
        client_open(talk, loop, &house.address);
        client_says(talk);
        client_hears(talk);
        clients_leave(talk, 1);
        assert_int_equal(house.on_worker > 0, has_workers);
        assert_int_equal(house.on_loop > 0, !has_workers);
        (void)reactor_server_close(house.server);
        reactor_loop_close(loop);
    }
    free(talk);
}

static void each_loop_has_a_thread_of_its_own(void **state)
{
    struct house house = {.works = false};
    unsigned i, j;

    (void)state;
    house_open_as(&house, MODEL_LOOPS, 0);
    assert_int_equal(reactor_server_count(house.server), HOUSE_LOOPS);
    for (i = 0; i < HOUSE_LOOPS; i++) {
        assert_int_equal(house.rooms[i].calls[HOUSE_STARTED], 1);
        assert_ptr_not_equal(house.rooms[i].place, house_place);
        for (j = 0; j < i; j++)
            assert_ptr_not_equal(house.rooms[i].place, house.rooms[j].place);
    }
    assert_ok(reactor_server_close(house.server));
}

static void a_command_reaches_the_loop_that_it_is_for(void **state)
{
    struct reactor_command commands[HOUSE_LOOPS] = {{0}};
    struct reactor_loop *loop = open_loop();
    struct house house = {.works = false};
    uint32_t i;

    (void)state;
    house_open_as(&house, MODEL_LOOPS, 0);
    for (i = 0; i < HOUSE_LOOPS; i++) {
        assert_ok(reactor_server_send(house.server, i, &commands[i]));
        await_others(house.rooms[i].calls[HOUSE_COMMAND] == 1);
    }
    assert_error(reactor_server_send(house.server, HOUSE_LOOPS, &commands[0]),
                 -EINVAL);
    assert_int_equal(house_count(&house, HOUSE_COMMAND), HOUSE_LOOPS);
    assert_ok(reactor_server_close(house.server));
    reactor_loop_close(loop);
}

/* ---- Numbers ---- */

static void numbers_are_of_one_loop_or_of_all(void **state)
{
    struct reactor_server_numbers one, all;
    struct talk *talks = calloc(8, sizeof(*talks));
    struct reactor_loop *loop = open_loop();
    struct house house = {.works = false};
    uint64_t accepted = 0;
    uint32_t i;

    (void)state;
    assert_non_null(talks);
    house_open_as(&house, MODEL_LOOPS, 0);
    clients_open(talks, 8, loop, &house.address);
    await_others(house_open_at(&house, REACTOR_ALL_SHARDS) == 8);
    one.size = all.size = sizeof(one);
    for (i = 0; i < HOUSE_LOOPS; i++) {
        assert_ok(reactor_server_numbers(house.server, i, &one));
        assert_int_equal(one.accepted, house.rooms[i].calls[HOUSE_ACCEPTED]);
        assert_true(one.turns > 0);
        accepted += one.accepted;
    }
    assert_ok(reactor_server_numbers(house.server, REACTOR_ALL_SHARDS, &all));
    assert_int_equal(accepted, 8);
    assert_int_equal(all.accepted, 8);
    assert_true(all.turns >= HOUSE_LOOPS && all.events > 0 &&
                all.callbacks > 0);

    one.size = offsetof(struct reactor_server_numbers, open);
    one.open = 77;
    assert_ok(reactor_server_numbers(house.server, 0, &one));
    assert_int_equal(one.open, 77); /* there was no room for it */
    one.size = 0;
    assert_error(reactor_server_numbers(house.server, 0, &one), -EINVAL);
    one.size = sizeof(one) + 1;
    assert_error(reactor_server_numbers(house.server, 0, &one), -EINVAL);
    one.size = sizeof(one);
    assert_error(reactor_server_numbers(house.server, HOUSE_LOOPS, &one),
                 -EINVAL);
    assert_error(reactor_server_numbers(NULL, 0, &one), -EINVAL);
    assert_error(reactor_server_numbers(house.server, 0, NULL), -EINVAL);

    clients_leave(talks, 8);
    await_others(house_open_at(&house, REACTOR_ALL_SHARDS) == 0);
    assert_ok(reactor_server_shutdown(house.server, 0));
    assert_ok(reactor_server_join(house.server));
    assert_ok(reactor_server_numbers(house.server, REACTOR_ALL_SHARDS, &all));
    assert_int_equal(all.accepted, 8); /* as they were at the end */
    assert_int_equal(all.open, 0);
    assert_ok(reactor_server_close(house.server));
    reactor_loop_close(loop);
    free(talks);
}

/* Those who are handed over count where they are handed to. */
static void numbers_of_who_was_handed_over(void **state)
{
    struct reactor_server_numbers one = {.size = sizeof(one)};
    struct talk *talks = calloc(6, sizeof(*talks));
    struct reactor_loop *loop = open_loop();
    struct house house = {.works = false};
    uint32_t i;

    (void)state;
    assert_non_null(talks);
    house_open_as(&house, MODEL_HAND_OVER, 0);
    clients_open(talks, 6, loop, &house.address);
    await_others(house_open_at(&house, REACTOR_ALL_SHARDS) == 6);
    for (i = 0; i < HOUSE_LOOPS; i++) {
        assert_ok(reactor_server_numbers(house.server, i, &one));
        assert_int_equal(one.accepted, 2);
        assert_int_equal(one.open, 2);
    }
    (void)reactor_server_close(house.server);
    reactor_loop_close(loop);
    free(talks);
}

/* ---- Options of what a server consists of ---- */

static void fill_pool(struct house *house, struct room *room,
                      enum house_call call)
{
    static struct reactor_job jobs[3];
    size_t i;

    if (call != HOUSE_COMMAND)
        return;
    for (i = 0; i < COUNT_OF(jobs); i++) {
        int error;

        reactor_job_init(&jobs[i], reactor_shard_loop(room->shard), do_nothing,
                         end_nothing, NULL);
        error = reactor_pool_submit(reactor_shard_pool(room->shard), &jobs[i]);
        if (error != (i < 2 ? 0 : -EAGAIN))
            atomic_store(&house->answer, -1);
    }
}

static void its_pools_are_as_they_were_ordered(void **state)
{
    struct reactor_pool_options pool = REACTOR_POOL_OPTIONS_INIT;
    struct reactor_server_options options = options_of(MODEL_LOOPS);
    struct reactor_server_service service = house_service();
    struct reactor_address where = local_address(0);
    struct house house = {.then = fill_pool};
    struct reactor_command command = {0};

    (void)state;
    options.pool = &pool;
    pool.capacity = 2;
    house_open(&house, &where, &service, &options);
    assert_ok(reactor_server_send(house.server, 1, &command));
    await_others(house_count(&house, HOUSE_COMMAND) == 1);
    assert_ok(reactor_server_close(house.server));
    assert_ok(house.answer);

    pool.size = sizeof(pool) + 1;
    assert_error(
        reactor_server_open(&house.server, &where, &service, &options, &house),
        -EINVAL);
}

static _Atomic unsigned slow_calls;
static char slow_data[1];

static void note_slow(void *user_data, const char *kind, void *callback_data,
                      int64_t took_ns)
{
    (void)kind;
    (void)callback_data;
    (void)took_ns;
    if (user_data == slow_data)
        atomic_fetch_add(&slow_calls, 1);
}

static void its_loops_are_as_they_were_ordered(void **state)
{
    struct reactor_loop_options loop = REACTOR_LOOP_OPTIONS_INIT;
    struct reactor_server_options options = options_of(MODEL_LOOPS);
    struct reactor_server_service service = house_service();
    struct reactor_address where = local_address(0);
    struct house house = {.works = false};

    (void)state;
    loop.slow_ns = 1;
    loop.slow = note_slow;
    loop.user_data = slow_data;
    options.loop = &loop;
    house_open(&house, &where, &service, &options);
    assert_ok(reactor_server_close(house.server));
    assert_true(atomic_load(&slow_calls) >= HOUSE_LOOPS);
}

static void count_told(void *user_data, int error)
{
    (void)user_data;
    (void)error;
}

static void its_listeners_are_as_they_were_ordered(void **state)
{
    struct reactor_listener_options listener = REACTOR_LISTENER_OPTIONS_INIT;
    struct reactor_server_options options = options_of(MODEL_LOOPS);
    struct reactor_server_service service = house_service();
    struct reactor_address where = local_address(0);
    struct house house = {.works = false};

    (void)state;
    options.listener = &listener;
    listener.told = count_told; /* which is the service's, by another name */
    listener.flags = 0x80;
    assert_error(
        reactor_server_open(&house.server, &where, &service, &options, &house),
        -EINVAL);
    listener.flags = 0;
    listener.size = sizeof(listener) + 1;
    assert_error(
        reactor_server_open(&house.server, &where, &service, &options, &house),
        -EINVAL);
    listener.size = offsetof(struct reactor_listener_options, limit);
    house_open(&house, &where, &service, &options);
    assert_ok(reactor_server_close(house.server));
}
static void ticks_come_on_every_loop(void **state)
{
    struct reactor_server_options options = options_of(MODEL_LOOPS);
    struct reactor_server_service service = house_service();
    struct reactor_address where = local_address(0);
    struct reactor_loop *loop = open_loop();
    struct house house = {.works = false};
    unsigned i;

    (void)state;
    options.tick_ns = 1000000;
    options.name = "ticker";
    options.flags = REACTOR_SERVER_PINNED;
    if (reactor_server_open(&house.server, &where, &service, &options,
                            &house) == -ENOTSUP) {
        options.flags = 0;
        house_open(&house, &where, &service, &options);
    }
    for (i = 0; i < HOUSE_LOOPS; i++)
        await_others(house.rooms[i].calls[HOUSE_TICK] >= 3);
    assert_ok(reactor_server_close(house.server));
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(the_same_service_answers_in_every_model),
        CLAIM_WITHOUT_REACTOR(the_model_says_who_runs_the_jobs),
        CLAIM_WITHOUT_REACTOR(each_loop_has_a_thread_of_its_own),
        CLAIM_WITHOUT_REACTOR(a_command_reaches_the_loop_that_it_is_for),
        CLAIM_WITHOUT_REACTOR(numbers_are_of_one_loop_or_of_all),
        CLAIM_WITHOUT_REACTOR(numbers_of_who_was_handed_over),
        CLAIM_WITHOUT_REACTOR(its_pools_are_as_they_were_ordered),
        CLAIM_WITHOUT_REACTOR(its_loops_are_as_they_were_ordered),
        CLAIM_WITHOUT_REACTOR(its_listeners_are_as_they_were_ordered),
        CLAIM_WITHOUT_REACTOR(ticks_come_on_every_loop),
    };

    return run_claims(claims);
}
