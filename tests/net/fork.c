/* SPDX-License-Identifier: MIT */
/*
 * Net and fork(): what a child inherits it can only close, and closing ends
 * nothing: not in the child, where nobody is called, and not for the parent.
 */
#include "net/estate.h"
#include "support/process.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* ---- In the child ---- */

static int expect_silence(const struct estate *estate)
{
    CHILD_EXPECT(*journal == '\0');
    CHILD_EXPECT(estate->connecting.calls == 0);
    CHILD_EXPECT(estate->numbering.calls == 0 && estate->naming.calls == 0);
    CHILD_EXPECT(estate->door.count == 0 && estate->path_door.count == 0);
    CHILD_EXPECT(estate->box.received == 0 && estate->box.closed == 0);
    return 0;
}

static int close_all(struct estate *estate)
{
    reactor_pool_close(estate->pool);
    reactor_loop_close(estate->loop);
    return expect_silence(estate);
}

static int only_close(void *context)
{
    return close_all(context);
}

static bool is_closed(reactor_handle handle)
{
    return fcntl(handle, F_GETFD) < 0;
}

static int have_no_handles_left(void *context)
{
    struct estate *estate = context;
    reactor_handle handles[] = {
        reactor_listener_handle(&estate->door.listener),
        reactor_listener_handle(&estate->path_door.listener),
        estate->pair.mine,
        estate->full_pair.mine,
        estate->pipe.mine,
        reactor_datagram_handle(estate->box.datagram),
    };
    size_t i;

    for (i = 0; i < COUNT_OF(handles); i++)
        CHILD_EXPECT(!is_closed(handles[i]));
    CHILD_EXPECT(close_all(estate) == 0);
    for (i = 0; i < COUNT_OF(handles); i++)
        CHILD_EXPECT(is_closed(handles[i]));
    return 0;
}

static int end_each_first(void *context)
{
    struct estate *estate = context;

    reactor_listener_stop(&estate->door.listener);
    reactor_listener_stop(&estate->path_door.listener);
    reactor_session_close(estate->talk.session, -1);
    reactor_session_abort(estate->full.session);
    reactor_session_close(estate->piped.session, 0);
    reactor_session_abort(estate->over.session);
    reactor_connector_stop(&estate->connector);
    reactor_lookup_stop(&estate->number);
    reactor_lookup_stop(&estate->name);
    reactor_datagram_close(estate->box.datagram);
    return close_all(estate);
}

static int abort_each_first(void *context)
{
    struct estate *estate = context;

    reactor_session_abort(estate->talk.session);
    reactor_session_abort(estate->piped.session);
    reactor_session_close(estate->full.session, -1);
    return close_all(estate);
}

/* What would change the connection is refused. */
static int be_refused_everything(void *context)
{
    struct estate *estate = context;
    struct reactor_session *session = estate->talk.session;
    struct reactor_address to = estate->door.address;
    struct reactor_listener listener;
    struct reactor_connector connector;
    struct reactor_datagram *datagram;
    struct reactor_lookup lookup;
    struct errand errand = {0};
    reactor_handle handle;

    CHILD_EXPECT(reactor_session_write(session, "x", 1) == -ECHILD);
    CHILD_EXPECT(reactor_session_finish(session) == -ECHILD);
    CHILD_EXPECT(reactor_session_hand_over(session, &handle, NULL, 0, NULL) !=
                 0);
    CHILD_EXPECT(reactor_session_open(NULL, estate->loop, estate->pair.peer,
                                      NULL, NULL) == -ECHILD);
    CHILD_EXPECT(reactor_session_connect(NULL, estate->loop, &to, 1, -1, NULL,
                                         NULL) == -ECHILD);
    CHILD_EXPECT(reactor_datagram_send(estate->box.datagram,
                                       &estate->box.address, "x",
                                       1) == -ECHILD);
    CHILD_EXPECT(reactor_datagram_open(&datagram, estate->loop, NULL, &to, NULL,
                                       NULL) == -ECHILD);
    reactor_listener_init(&listener, estate->loop, door_let_in, NULL);
    CHILD_EXPECT(reactor_listener_start(&listener, &to, NULL) != 0);
    CHILD_EXPECT(reactor_listener_start_handle(
                     &listener, estate->listener.handle, NULL) == -ECHILD);
    reactor_connector_init(&connector, estate->loop, on_over, &errand);
    CHILD_EXPECT(reactor_connector_start(&connector, &to, 1, -1) == -ECHILD);
    reactor_lookup_init(&lookup, estate->loop, on_found, &errand);
    CHILD_EXPECT(reactor_lookup_start(&lookup, NULL, "::1", 1, -1) == -ECHILD);
    CHILD_EXPECT(errand.calls == 0);
    return close_all(estate);
}

static void let_a_child(int (*run)(void *context))
{
    static struct estate estate;

    estate_open(&estate);
    assert_child(run, &estate);
    assert_goes_on(&estate);
    estate_close(&estate);
}

static void a_child_that_closes_all_ends_nothing(void **state)
{
    (void)state;
    let_a_child(only_close);
}

static void its_copies_of_the_handles_are_closed(void **state)
{
    (void)state;
    let_a_child(have_no_handles_left);
}

static void a_child_that_ends_each_ends_nothing(void **state)
{
    (void)state;
    let_a_child(end_each_first);
}

static void not_even_by_an_abort(void **state)
{
    (void)state;
    let_a_child(abort_each_first);
}

static void a_child_is_refused_all_else(void **state)
{
    (void)state;
    let_a_child(be_refused_everything);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_child_that_closes_all_ends_nothing),
        CLAIM_WITHOUT_REACTOR(its_copies_of_the_handles_are_closed),
        CLAIM_WITHOUT_REACTOR(a_child_that_ends_each_ends_nothing),
        CLAIM_WITHOUT_REACTOR(not_even_by_an_abort),
        CLAIM_WITHOUT_REACTOR(a_child_is_refused_all_else),
    };

    return run_claims(claims);
}
