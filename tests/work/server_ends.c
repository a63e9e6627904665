/* SPDX-License-Identifier: MIT */
/* How a server starts, or not; and how it ends. */
#include "work/house.h"

#include <stdlib.h>
#include <string.h>

/* ---- How it starts ---- */

static void a_loop_that_can_not_start_is_the_end_of_all(void **state)
{
    struct reactor_server_options options = options_of(MODEL_LOOPS);
    struct reactor_server_service service = house_service();
    struct reactor_address where = local_address(0);
    struct house house = {.fails_to_start = 2};

    (void)state;
    service.stopping = house_stopping;
    assert_error(
        reactor_server_open(&house.server, &where, &service, &options, &house),
        -EPROTOTYPE);
    assert_null(house.server);
    assert_int_equal(house_count(&house, HOUSE_STARTED), 3);
    assert_int_equal(house_count(&house, HOUSE_STOPPING), 2);
}

static void stop_at_once(struct house *house, struct room *room,
                         enum house_call call)
{
    (void)house;
    if (call == HOUSE_STARTED)
        (void)reactor_loop_stop(reactor_shard_loop(room->shard));
}

static void loops_that_end_at_once_are_no_server(void **state)
{
    struct reactor_server_service service = house_service();
    struct reactor_address where = local_address(0);
    size_t m;

    (void)state;
    for (m = 0; m < model_count; m++) {
        struct reactor_server_options options = options_of(&models[m]);
        struct house house = {.then = stop_at_once};

        assert_error(reactor_server_open(&house.server, &where, &service,
                                         &options, &house),
                     -ECANCELED);
        assert_null(house.server);
    }
}

static void an_address_that_is_taken_is_told(void **state)
{
    struct reactor_server_service service = house_service();
    struct listener taken = open_listener();
    struct reactor_address where = local_address((int)taken.port);
    size_t m;

    (void)state;
    for (m = 0; m < model_count; m++) {
        struct reactor_server_options options = options_of(&models[m]);
        struct house house = {.works = false};

        assert_error(reactor_server_open(&house.server, &where, &service,
                                         &options, &house),
                     -EADDRINUSE);
        assert_null(house.server);
    }
    close_handle(taken.handle);
}

/* Though the loops of each share theirs. */
static void two_servers_share_an_address_only_if_they_want_to(void **state)
{
    struct reactor_listener_options listener = REACTOR_LISTENER_OPTIONS_INIT;
    struct reactor_server_options options = options_of(MODEL_LOOPS);
    struct reactor_server_service service = house_service();
    struct house first = {.works = false}, second = {.works = false};
    int error;

    (void)state;
    house_open_as(&first, MODEL_LOOPS, 0);
    assert_error(reactor_server_open(&second.server, &first.address, &service,
                                     &options, &second),
                 -EADDRINUSE);
    options.listener = &listener;
    listener.flags = REACTOR_LISTEN_SHARED;
    error = reactor_server_open(&second.server, &first.address, &service,
                                &options, &second);
    assert_true(error == 0 || error == -ENOTSUP);
    assert_ok(reactor_server_close(second.server));
    assert_ok(reactor_server_close(first.server));
}

static void close_it(struct house *house, struct room *room,
                     enum house_call call)
{
    struct reactor_server *server = reactor_shard_server(room->shard);

    if (call == HOUSE_STARTED && reactor_server_join(server) == -EDEADLK)
        atomic_store(&house->answer, reactor_server_close(server));
}

static void a_loop_that_starts_can_not_close_the_server(void **state)
{
    struct house house = {.then = close_it};

    (void)state;
    house_open_as(&house, MODEL_LOOPS, 0);
    assert_error(house.answer, -EDEADLK);
    assert_ok(reactor_server_close(house.server));
}

static void a_handle_that_listens_is_taken_over(void **state)
{
    struct reactor_server_service service = house_service();
    struct talk *talk = calloc(1, sizeof(*talk));
    size_t m;

    (void)state;
    assert_non_null(talk);
    for (m = 0; m < model_count; m++) {
        struct reactor_server_options options = options_of(&models[m]);
        struct listener listener = open_listener();
        struct reactor_loop *loop = open_loop();
        struct house house = {.works = false};

        assert_ok(reactor_server_open_handle(&house.server, listener.handle,
                                             &service, &options, &house));
        assert_ok(reactor_server_address(house.server, &house.address));
        assert_int_equal(reactor_address_port(&house.address), listener.port);
        client_open(talk, loop, &house.address);
        client_says(talk);
        client_hears(talk);
        (void)reactor_server_close(house.server);
        reactor_loop_close(loop);
    }
    free(talk);
}

static void a_handle_stays_the_callers_where_it_fails(void **state)
{
    struct reactor_server_service service = house_service();
    struct pair pair = stream_pair();
    size_t m;

    (void)state;
    for (m = 0; m < model_count; m++) {
        struct reactor_server_options options = options_of(&models[m]);
        struct house house = {.works = false};

        assert_error(reactor_server_open_handle(&house.server, pair.mine,
                                                &service, &options, &house),
                     -EINVAL);
        assert_null(house.server);
        assert_error(reactor_server_open_handle(&house.server,
                                                REACTOR_INVALID_HANDLE,
                                                &service, &options, &house),
                     -EBADF);
    }
    close_pair(&pair); /* fails the claim if it is closed */
}

static void bad_arguments_are_refused(void **state)
{
    struct reactor_server_options options = REACTOR_SERVER_OPTIONS_INIT;
    struct reactor_server_service service = house_service();
    struct reactor_address where = local_address(0), empty;
    struct reactor_command command = {0};
    struct reactor_server *server = NULL;

    (void)state;
    memset(&empty, 0, sizeof(empty));
    assert_error(reactor_server_open(NULL, &where, &service, NULL, NULL),
                 -EINVAL);
    assert_error(reactor_server_open(&server, NULL, &service, NULL, NULL),
                 -EINVAL);
    assert_error(reactor_server_open(&server, &empty, &service, NULL, NULL),
                 -EINVAL);
    assert_error(reactor_server_open(&server, &where, NULL, NULL, NULL),
                 -EINVAL);
    service.accepted = NULL;
    assert_error(reactor_server_open(&server, &where, &service, NULL, NULL),
                 -EINVAL);
    service = house_service();
    service.size++;
    assert_error(reactor_server_open(&server, &where, &service, NULL, NULL),
                 -EINVAL);
    service.size = 0;
    assert_error(reactor_server_open(&server, &where, &service, NULL, NULL),
                 -EINVAL);
    service = house_service();
    options.model = (enum reactor_model)99;
    assert_error(reactor_server_open(&server, &where, &service, &options, NULL),
                 -EINVAL);
    options.model = REACTOR_MODEL_LOOP;
    options.size++;
    assert_error(reactor_server_open(&server, &where, &service, &options, NULL),
                 -EINVAL);
    options.size--;
    options.flags = 0x80;
    assert_error(reactor_server_open(&server, &where, &service, &options, NULL),
                 -EINVAL);
    options.flags = 0;
    options.loops = REACTOR_SHARDS_MAX + 1;
    assert_error(reactor_server_open(&server, &where, &service, &options, NULL),
                 -EINVAL);
    options.loops = 0;
    options.name = "eleven char";
    assert_error(reactor_server_open(&server, &where, &service, &options, NULL),
                 -EINVAL);
    options.name = NULL;
    options.tick_ns = -1;
    assert_error(reactor_server_open(&server, &where, &service, &options, NULL),
                 -EINVAL);
    options.size = 0;
    assert_error(reactor_server_open(&server, &where, &service, &options, NULL),
                 -EINVAL);
    assert_null(server);
    assert_error(reactor_server_shutdown(NULL, 0), -EINVAL);
    assert_error(reactor_server_join(NULL), -EINVAL);
    assert_error(reactor_server_send(NULL, 0, &command), -EINVAL);
    assert_ok(reactor_server_close(NULL));
    assert_error(reactor_server_address(NULL, &where), -EINVAL);
    assert_int_equal(reactor_server_count(NULL), 0);
}

static void an_older_program_has_smaller_structs(void **state)
{
    struct reactor_server_options options = options_of(MODEL_LOOPS);
    struct reactor_server_service service = house_service();
    struct reactor_address where = local_address(0);
    struct house house = {.works = false};

    (void)state;
    options.size = offsetof(struct reactor_server_options, flags);
    options.flags = 0x80; /* is beyond */
    service.size = offsetof(struct reactor_server_service, paused);
    house_open(&house, &where, &service, &options);
    assert_int_equal(reactor_server_count(house.server), HOUSE_LOOPS);
    assert_ok(reactor_server_close(house.server));
}

/* Who has come before waits until the last loop has started. */
static void check_that_all_have_started(struct house *house, struct room *room,
                                        enum house_call call)
{
    (void)room;
    if (call == HOUSE_ACCEPTED &&
        house_count(house, HOUSE_STARTED) != house->context)
        atomic_store(&house->answer, -1);
}

static void nobody_is_let_in_before_all_have_started(void **state)
{
    struct reactor_server_service service = house_service();
    size_t m;

    (void)state;
    for (m = 0; m < model_count; m++) {
        struct reactor_server_options options = options_of(&models[m]);
        struct house house = {.then = check_that_all_have_started};
        struct listener listener = open_listener();
        reactor_handle early = connect_to(&listener);

        house.context = models[m].loops > 0 ? models[m].loops : 1;
        assert_ok(reactor_server_open_handle(&house.server, listener.handle,
                                             &service, &options, &house));
        await_others(house_count(&house, HOUSE_ACCEPTED) == 1);
        assert_ok(house.answer);
        close_handle(early);
        (void)reactor_server_close(house.server);
    }
}

static void a_handle_stays_the_callers_where_a_loop_can_not_start(void **state)
{
    struct reactor_server_options options = options_of(MODEL_LOOPS);
    struct reactor_server_service service = house_service();
    struct listener listener = open_listener();
    struct house house = {.fails_to_start = 1};

    (void)state;
    assert_error(reactor_server_open_handle(&house.server, listener.handle,
                                            &service, &options, &house),
                 -EPROTOTYPE);
    close_handle(connect_to(&listener)); /* it listens as before */
    close_handle(listener.handle);
}

/* ---- How it ends ---- */

/* Those who wait to be accepted are told that nobody will. */
static void who_was_not_let_in_is_reset(void **state)
{
    struct talk *talks = calloc(4, sizeof(*talks));
    size_t m;
    unsigned i;

    (void)state;
    assert_non_null(talks);
    for (m = 0; m < 2; m++) {
        struct reactor_loop *loop = open_loop();
        struct house house = {.works = false};

        house_open_as(&house, &models[m], 1);
        clients_open(talks, 4, loop, &house.address);
        await_others(house_count(&house, HOUSE_ACCEPTED) == 1);
        assert_ok(reactor_server_shutdown(house.server, -1));
        for (i = 1; i < 4; i++)
            await_that(loop, talks[i].calls[TALK_CLOSED] == 1 ||
                                 talks[i].calls[TALK_ENDED] == 1);
        assert_int_equal(house_count(&house, HOUSE_ACCEPTED), 1);
        reactor_loop_close(loop);
        assert_ok(reactor_server_join(house.server));
        assert_ok(reactor_server_close(house.server));
    }
    free(talks);
}

static void look_at_listener(struct house *house, struct room *room,
                             enum house_call call)
{
    if (call == HOUSE_STOPPING)
        atomic_store(&house->answer, reactor_listener_pause(
                                         reactor_shard_listener(room->shard)));
}

static void it_listens_no_more_when_it_is_stopping(void **state)
{
    struct reactor_server_service service = house_service();
    size_t m;

    (void)state;
    service.stopping = house_stopping;
    for (m = 0; m < model_count; m++) {
        struct reactor_server_options options = options_of(&models[m]);
        struct house house = {.then = look_at_listener};
        struct reactor_address where = local_address(0);

        house_open(&house, &where, &service, &options);
        assert_ok(reactor_server_close(house.server));
        assert_error(house.answer, -ENOENT);
    }
}

static int join_too(void *context)
{
    return reactor_server_join(context);
}

/* Shut down several times, each time sooner; and others wait as well. */
static void many_may_shut_it_down_and_join_it(void **state)
{
    struct reactor_server_options options = options_of(MODEL_LOOPS);
    struct reactor_server_service service = house_service();
    struct reactor_address where = local_address(0);
    struct reactor_loop *loop = open_loop();
    struct house house = {.works = false};
    struct thread *threads[3];
    struct talk *talk = calloc(1, sizeof(*talk));
    size_t i;

    (void)state;
    assert_non_null(talk);
    service.stopping = house_stopping; /* and nothing is closed */
    house_open(&house, &where, &service, &options);
    client_open(talk, loop, &house.address);
    await_others(house_count(&house, HOUSE_ACCEPTED) == 1);
    for (i = 0; i < COUNT_OF(threads); i++)
        threads[i] = thread_start(join_too, house.server);
    assert_error(reactor_server_shutdown(house.server, -2), -EINVAL);
    assert_ok(reactor_server_shutdown(house.server, -1));
    await_others(house_count(&house, HOUSE_STOPPING) == HOUSE_LOOPS);
    (void)reactor_server_shutdown(house.server, PATIENCE_NS);
    (void)reactor_server_shutdown(house.server, 1000000);
    for (i = 0; i < COUNT_OF(threads); i++)
        assert_error(thread_join(threads[i]), -ETIMEDOUT);
    assert_error(reactor_server_close(house.server), -ETIMEDOUT);
    reactor_loop_close(loop);
    free(talk);
}

static void what_was_answered_is_written_before_the_end(void **state)
{
    struct talk *talks = calloc(6, sizeof(*talks));
    size_t m;
    unsigned i;

    (void)state;
    assert_non_null(talks);
    for (m = 0; m < model_count; m++) {
        struct reactor_loop *loop = open_loop();
        struct house house = {.works = false};

        house_open_as(&house, &models[m], 0);
        clients_open(talks, 6, loop, &house.address);
        for (i = 0; i < 6; i++) {
            client_says(&talks[i]);
            client_hears(&talks[i]);
        }
        assert_ok(reactor_server_shutdown(house.server, PATIENCE_NS));
        for (i = 0; i < 6; i++) {
            await_that(loop, talks[i].calls[TALK_ENDED] == 1);
            reactor_session_close(talks[i].session, 0);
            await_closed(&talks[i]);
            assert_closed(&talks[i], REACTOR_CLOSED_CLOSED, 0);
        }
        assert_ok(reactor_server_join(house.server));
        assert_int_equal(house_count(&house, HOUSE_CLOSED), 6);
        assert_ok(reactor_server_close(house.server));
        reactor_loop_close(loop);
    }
    free(talks);
}

static void who_is_there_at_the_deadline_is_shown_out(void **state)
{
    struct reactor_server_service service = house_service();
    struct talk *talks = calloc(6, sizeof(*talks));
    size_t m;

    (void)state;
    assert_non_null(talks);
    service.stopping = house_stopping; /* and nothing is closed */
    for (m = 0; m < model_count; m++) {
        struct reactor_server_options options = options_of(&models[m]);
        struct reactor_address where = local_address(0);
        struct reactor_command command = {0};
        struct reactor_loop *loop = open_loop();
        struct house house = {.works = false};

        house_open(&house, &where, &service, &options);
        clients_open(talks, 6, loop, &house.address);
        await_others(house_count(&house, HOUSE_ACCEPTED) >= 6);
        assert_ok(reactor_server_shutdown(house.server, 1000000));
        assert_error(reactor_server_join(house.server), -ETIMEDOUT);
        assert_int_equal(house_count(&house, HOUSE_STOPPING),
                         reactor_server_count(house.server));
        assert_int_equal(house_count(&house, HOUSE_CLOSED), 6);
        assert_error(reactor_server_send(house.server, 0, &command),
                     -ECANCELED);
        assert_error(reactor_server_shutdown(house.server, 0), -ECANCELED);
        assert_error(reactor_server_close(house.server), -ETIMEDOUT);
        reactor_loop_close(loop);
    }
    free(talks);
}

static void join_and_close(struct house *house, struct room *room,
                           enum house_call call)
{
    struct reactor_server *server = reactor_shard_server(room->shard);

    if (call != HOUSE_COMMAND)
        return;
    if (reactor_server_join(server) == -EDEADLK &&
        reactor_server_close(server) == -EDEADLK)
        atomic_store(&house->answer, -EDEADLK);
    (void)reactor_server_shutdown(server, 0);
}

static void a_loop_can_end_the_server_but_not_wait_for_it(void **state)
{
    struct house house = {.then = join_and_close};
    struct reactor_command command = {0};

    (void)state;
    house_open_as(&house, MODEL_LOOPS, 0);
    assert_ok(reactor_server_send(house.server, 1, &command));
    assert_ok(reactor_server_join(house.server));
    assert_error(house.answer, -EDEADLK);
    assert_ok(reactor_server_close(house.server));
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_loop_that_can_not_start_is_the_end_of_all),
        CLAIM_WITHOUT_REACTOR(loops_that_end_at_once_are_no_server),
        CLAIM_WITHOUT_REACTOR(an_address_that_is_taken_is_told),
        CLAIM_WITHOUT_REACTOR(
            two_servers_share_an_address_only_if_they_want_to),
        CLAIM_WITHOUT_REACTOR(a_loop_that_starts_can_not_close_the_server),
        CLAIM_WITHOUT_REACTOR(a_handle_that_listens_is_taken_over),
        CLAIM_WITHOUT_REACTOR(a_handle_stays_the_callers_where_it_fails),
        CLAIM_WITHOUT_REACTOR(bad_arguments_are_refused),
        CLAIM_WITHOUT_REACTOR(an_older_program_has_smaller_structs),
        CLAIM_WITHOUT_REACTOR(nobody_is_let_in_before_all_have_started),
        CLAIM_WITHOUT_REACTOR(
            a_handle_stays_the_callers_where_a_loop_can_not_start),
        CLAIM_WITHOUT_REACTOR(who_was_not_let_in_is_reset),
        CLAIM_WITHOUT_REACTOR(it_listens_no_more_when_it_is_stopping),
        CLAIM_WITHOUT_REACTOR(many_may_shut_it_down_and_join_it),
        CLAIM_WITHOUT_REACTOR(what_was_answered_is_written_before_the_end),
        CLAIM_WITHOUT_REACTOR(who_is_there_at_the_deadline_is_shown_out),
        CLAIM_WITHOUT_REACTOR(a_loop_can_end_the_server_but_not_wait_for_it),
    };

    return run_claims(claims);
}
