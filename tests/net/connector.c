/* SPDX-License-Identifier: MIT */
/* Connectors and look-ups: who answers, in time, or why nobody does. */
#include "support/doors.h"

#include <reactor/work.h>

#include "platform/socket.h"

#include <string.h>

/* ---- Connect ---- */

static void who_listens_is_reached(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct listener listener = open_listener();
    struct reactor_address to = local_address((int)listener.port), peer;
    struct reactor_connector connector;
    struct errand id = {0};

    (void)state;
    reactor_connector_init(&connector, loop, on_over, &id);
    assert_ok(reactor_connector_start(&connector, &to, 1, PATIENCE_NS));
    assert_int_equal(id.calls, 0);
    assert_runs_out(loop);
    assert_int_equal(id.calls, 1);
    assert_ok(id.error);
    assert_int_equal(reactor_address_is_equal(&id.peer, &to), 1);
    assert_ok(reactor_address_of_peer(id.handle, &peer));
    assert_int_equal(reactor_address_is_equal(&peer, &to), 1);
    close_handle(id.handle);
    close_handle(listener.handle);
    reactor_loop_close(loop);
}

static void nobody_there_is_told_precisely(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_address to = deserted_address();
    struct reactor_connector connector;
    struct errand id = {0};

    (void)state;
    reactor_connector_init(&connector, loop, on_over, &id);
    assert_ok(reactor_connector_start(&connector, &to, 1, PATIENCE_NS));
    assert_int_equal(id.calls, 0);
    assert_runs_out(loop);
    assert_int_equal(id.calls, 1);
    assert_error(id.error, -ECONNREFUSED);
    reactor_loop_close(loop);
}

static void the_next_address_is_tried_when_one_fails(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct listener listener = open_listener();
    struct reactor_address to[3] = {deserted_address(), deserted_address(),
                                    local_address((int)listener.port)};
    struct reactor_connector connector;
    struct errand id = {0};

    (void)state;
    reactor_connector_init(&connector, loop, on_over, &id);
    assert_ok(reactor_connector_start(&connector, to, 3, PATIENCE_NS));
    assert_runs_out(loop);
    assert_ok(id.error);
    assert_int_equal(reactor_address_is_equal(&id.peer, &to[2]), 1);
    close_handle(id.handle);
    close_handle(listener.handle);
    reactor_loop_close(loop);
}

/* An address of a family that can't be connected to from the first. */
static void the_error_is_that_of_the_first_address(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_address to[2] = {deserted_address()};
    struct reactor_connector connector;
    struct errand id = {0};

    (void)state;
    assert_ok(reactor_address_parse(&to[1], "unix:/nowhere/at/all"));
    reactor_connector_init(&connector, loop, on_over, &id);
    assert_ok(reactor_connector_start(&connector, to, 2, PATIENCE_NS));
    assert_runs_out(loop);
    assert_error(id.error, -ECONNREFUSED);
    reactor_loop_close(loop);
}

static void a_stopped_connector_is_silent(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct listener listener = open_listener();
    struct reactor_address to = local_address((int)listener.port);
    struct reactor_connector connector;
    struct errand id = {0};

    (void)state;
    reactor_connector_init(&connector, loop, on_over, &id);
    assert_ok(reactor_connector_start(&connector, &to, 1, PATIENCE_NS));
    reactor_connector_stop(&connector);
    reactor_connector_stop(&connector);
    reactor_connector_stop(NULL);
    assert_runs_out(loop);
    assert_int_equal(id.calls, 0);
    close_handle(listener.handle);
    reactor_loop_close(loop);
}

static void a_start_takes_the_place_of_the_former_one(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct listener listener = open_listener();
    struct reactor_address none = deserted_address();
    struct reactor_address to = local_address((int)listener.port);
    struct reactor_connector connector;
    struct errand id = {0};

    (void)state;
    reactor_connector_init(&connector, loop, on_over, &id);
    assert_ok(reactor_connector_start(&connector, &none, 1, PATIENCE_NS));
    assert_ok(reactor_connector_start(&connector, &to, 1, PATIENCE_NS));
    assert_runs_out(loop);
    assert_int_equal(id.calls, 1);
    assert_ok(id.error);
    close_handle(id.handle);
    close_handle(listener.handle);
    reactor_loop_close(loop);
}

static void start_again(struct errand *id)
{
    struct reactor_address none = deserted_address();

    if (id->calls < 3)
        assert_ok(reactor_connector_start(id->context, &none, 1, PATIENCE_NS));
}

static void it_can_be_started_in_its_callback(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_address none = deserted_address();
    struct reactor_connector connector;
    struct errand id = {.then = start_again, .context = &connector};

    (void)state;
    reactor_connector_init(&connector, loop, on_over, &id);
    assert_ok(reactor_connector_start(&connector, &none, 1, PATIENCE_NS));
    assert_runs_out(loop);
    assert_int_equal(id.calls, 3);
    reactor_loop_close(loop);
}

static void a_closing_loop_cancels_it(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct listener listener = open_listener();
    struct reactor_address to = local_address((int)listener.port);
    struct reactor_connector connector;
    struct errand id = {0};

    (void)state;
    reactor_connector_init(&connector, loop, on_over, &id);
    assert_ok(reactor_connector_start(&connector, &to, 1, PATIENCE_NS));
    reactor_loop_close(loop);
    assert_int_equal(id.calls, 1);
    assert_error(id.error, -ECANCELED);
    close_handle(listener.handle);
}

static void bad_arguments_are_refused(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_address to[65];
    struct reactor_connector connector;
    struct errand id = {0};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(to); i++)
        to[i] = local_address(9);
    reactor_connector_init(&connector, loop, on_over, &id);
    assert_error(reactor_connector_start(NULL, to, 1, 0), -EINVAL);
    assert_error(reactor_connector_start(&connector, NULL, 1, 0), -EINVAL);
    assert_error(reactor_connector_start(&connector, to, 0, 0), -EINVAL);
    assert_error(reactor_connector_start(&connector, to, 65, 0), -EINVAL);
    assert_error(reactor_connector_start(&connector, to, 1, -2), -EINVAL);
    memset(&to[1], 0, sizeof(to[1]));
    assert_error(reactor_connector_start(&connector, to, 2, 0), -EINVAL);
    assert_error(reactor_connector_start_host(&connector, NULL, "name", 1, 0),
                 -EINVAL);
    assert_error(reactor_connector_start_host(&connector, NULL, "::1", 1, -2),
                 -EINVAL);
    assert_runs_out(loop);
    assert_int_equal(id.calls, 0);
    reactor_loop_close(loop);
}

/* ---- Sessions that connect ---- */

static void a_session_connects_by_itself(void **state)
{
    struct reactor_session_options options = talk_options();
    struct reactor_loop *loop = open_loop();
    struct listener listener = open_listener();
    struct reactor_address to = local_address((int)listener.port);
    struct reactor_address none;
    struct talk talk;

    (void)state;
    memset(&talk, 0, sizeof(talk));
    talk.loop = loop;
    assert_ok(reactor_session_connect(&talk.session, loop, &to, 1, PATIENCE_NS,
                                      &options, &talk));
    assert_error(reactor_session_write(talk.session, "x", 1), -ENOTCONN);
    assert_error(reactor_session_finish(talk.session), -ENOTCONN);
    assert_int_equal(reactor_session_handle(talk.session),
                     REACTOR_INVALID_HANDLE);
    await_that(loop, talk.calls[TALK_CONNECTED] == 1);
    assert_ok(reactor_session_write(talk.session, "x", 1));
    assert_ok(
        reactor_address_of_peer(reactor_session_handle(talk.session), &none));
    close_handle(listener.handle);
    reactor_loop_close(loop);
    assert_closed(&talk, REACTOR_CLOSED_LOOP, -ECANCELED);
}

static void a_session_that_does_not_connect_is_closed(void **state)
{
    struct reactor_session_options options = talk_options();
    struct reactor_loop *loop = open_loop();
    struct reactor_address to = deserted_address();
    struct talk talk;

    (void)state;
    memset(&talk, 0, sizeof(talk));
    talk.loop = loop;
    assert_ok(reactor_session_connect(&talk.session, loop, &to, 1, PATIENCE_NS,
                                      &options, &talk));
    await_closed(&talk);
    assert_closed(&talk, REACTOR_CLOSED_CONNECT, -ECONNREFUSED);
    assert_int_equal(talk.calls[TALK_CONNECTED], 0);
    assert_runs_out(loop);
    reactor_loop_close(loop);
}

static void a_session_can_be_given_up_before(void **state)
{
    struct reactor_session_options options = talk_options();
    struct reactor_loop *loop = open_loop();
    struct listener listener = open_listener();
    struct reactor_address to = local_address((int)listener.port);
    struct talk talk;
    int way;

    (void)state;
    for (way = 0; way < 2; way++) {
        memset(&talk, 0, sizeof(talk));
        talk.loop = loop;
        assert_ok(reactor_session_connect(&talk.session, loop, &to, 1,
                                          PATIENCE_NS, &options, &talk));
        if (way == 0)
            reactor_session_abort(talk.session);
        else
            reactor_session_close(talk.session, -1);
        await_closed(&talk);
        assert_closed(&talk, REACTOR_CLOSED_ABORTED, -ECANCELED);
    }
    close_handle(listener.handle);
    reactor_loop_close(loop);
}

/* ---- Look-ups ---- */

static void numbers_need_no_worker(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_lookup lookup;
    struct errand id = {0};
    struct reactor_address expected = local_address(80);

    (void)state;
    reactor_lookup_init(&lookup, loop, on_found, &id);
    assert_ok(reactor_lookup_start(&lookup, NULL, "127.0.0.1", 80, -1));
    assert_int_equal(id.calls, 0);
    assert_runs_out(loop);
    assert_int_equal(id.calls, 1);
    assert_int_equal(id.found, 1);
    assert_int_equal(reactor_address_is_equal(&id.first, &expected), 1);
    assert_error(reactor_lookup_start(&lookup, NULL, "127.0.0.1:80", 1, -1),
                 -EINVAL);
    assert_error(reactor_lookup_start(&lookup, NULL, "[::1]", 1, -1), -EINVAL);
    assert_error(reactor_lookup_start(&lookup, NULL, "*", 1, -1), -EINVAL);
    reactor_loop_close(loop);
}

static struct errand look_up(const char *name)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_pool *pool;
    struct reactor_lookup lookup;
    struct errand id = {0};

    assert_ok(reactor_pool_open(&pool, NULL));
    reactor_lookup_init(&lookup, loop, on_found, &id);
    assert_ok(reactor_lookup_start(&lookup, pool, name, 80, -1));
    assert_runs_out(loop);
    assert_int_equal(id.calls, 1);
    reactor_pool_close(pool);
    reactor_loop_close(loop);
    return id;
}

static void names_are_looked_up_on_a_worker(void **state)
{
    struct errand id = look_up("localhost");

    (void)state;
    assert_ok(id.error);
    assert_int_equal(reactor_address_port(&id.first), 80);
}

static void names_that_can_not_be_are_told(void **state)
{
    int error = look_up("no such name").error;

    (void)state;
    assert_true(error == -ENOENT || error == -EAGAIN || error == -EIO);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(who_listens_is_reached),
        CLAIM_WITHOUT_REACTOR(nobody_there_is_told_precisely),
        CLAIM_WITHOUT_REACTOR(the_next_address_is_tried_when_one_fails),
        CLAIM_WITHOUT_REACTOR(the_error_is_that_of_the_first_address),
        CLAIM_WITHOUT_REACTOR(a_stopped_connector_is_silent),
        CLAIM_WITHOUT_REACTOR(a_start_takes_the_place_of_the_former_one),
        CLAIM_WITHOUT_REACTOR(it_can_be_started_in_its_callback),
        CLAIM_WITHOUT_REACTOR(a_closing_loop_cancels_it),
        CLAIM_WITHOUT_REACTOR(bad_arguments_are_refused),
        CLAIM_WITHOUT_REACTOR(a_session_connects_by_itself),
        CLAIM_WITHOUT_REACTOR(a_session_that_does_not_connect_is_closed),
        CLAIM_WITHOUT_REACTOR(a_session_can_be_given_up_before),
        CLAIM_WITHOUT_REACTOR(numbers_need_no_worker),
        CLAIM_WITHOUT_REACTOR(names_are_looked_up_on_a_worker),
        CLAIM_WITHOUT_REACTOR(names_that_can_not_be_are_told),
    };

    return run_claims(claims);
}
