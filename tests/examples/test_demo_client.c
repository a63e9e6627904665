/* SPDX-License-Identifier: MIT */
/* The demo's client, at a server that answers in pieces. */
#include "demo/client.h"
#include "demo/message.h"
#include "support/doors.h"

#include <string.h>

/* Of portable.h, whose threads have the names of the tests'. */
uint32_t process_number(void);
uint32_t process_number(void)
{
    return 1;
}

/* ---- The server, on a loop of its own ---- */

struct server {
    struct reactor_loop *loop;
    struct reactor_listener listener;
    struct reactor_post more;
    struct talk talk;
    char message[MESSAGE_SIZE];
    bool has_message;
};

enum { FIRST_PIECE = 20 };

static void send_rest(void *user_data)
{
    struct server *server = user_data;

    assert_ok(reactor_session_write(server->talk.session,
                                    server->message + FIRST_PIECE,
                                    MESSAGE_SIZE - FIRST_PIECE));
}

static size_t receive(void *user_data, struct reactor_session *session,
                      const void *bytes, size_t size)
{
    struct talk *talk = user_data;
    struct server *server = talk->context;

    if (size < MESSAGE_SIZE)
        return 0;
    memcpy(server->message, bytes, MESSAGE_SIZE);
    server->has_message = true;
    assert_ok(reactor_session_write(session, bytes, FIRST_PIECE));
    return MESSAGE_SIZE;
}

static void let_in(void *user_data, reactor_handle handle,
                   const struct reactor_address *peer)
{
    struct reactor_session_options options = talk_options();
    struct server *server = user_data;

    (void)peer;
    options.data = receive;
    talk_open(&server->talk, server->loop, 's', handle, &options);
    server->talk.context = server;
}

static void server_open(struct server *server, struct reactor_address *out)
{
    struct reactor_address at = local_address(0);

    memset(server, 0, sizeof(*server));
    server->loop = open_loop();
    reactor_listener_init(&server->listener, server->loop, let_in, server);
    assert_ok(reactor_listener_start(&server->listener, &at, NULL));
    assert_ok(reactor_listener_address(&server->listener, out));
    reactor_post_init(&server->more, server->loop, send_rest, server);
}

/* ---- Both ---- */

struct stage {
    struct server server;
    struct client client;
    struct reactor_address address;
};

static void turn_both(struct stage *stage)
{
    assert_true(reactor_loop_turn(stage->server.loop, 0) >= 0);
    assert_true(reactor_loop_turn(stage->client.loop, 0) >= 0);
}

#define await_both(stage, condition)                                           \
    do {                                                                       \
        int64_t give_up_ns = reactor_now_ns() + PATIENCE_NS;                   \
                                                                               \
        while (!(condition)) {                                                 \
            assert_true(reactor_now_ns() < give_up_ns);                        \
            turn_both(stage);                                                  \
        }                                                                      \
    } while (0)

/* Until the message has come, and a piece of the answer has gone back. */
static void stage_open(struct stage *stage)
{
    memset(stage, 0, sizeof(*stage));
    server_open(&stage->server, &stage->address);
    assert_ok(client_open(&stage->client, 1, 1));
    stage->client.addresses = &stage->address;
    stage->client.address_count = 1;
    client_set_mode(&stage->client, CLIENT_CONNECTING);
    assert_ok(client_turn(&stage->client));
    client_set_mode(&stage->client, CLIENT_RESTING);
    await_both(stage, stage->server.has_message);
}

/* What the client has read of its connection, answers or not. */
static uint64_t received(const struct stage *stage)
{
    struct reactor_session_numbers numbers = {.size = sizeof(numbers)};

    assert_ok(reactor_session_numbers(stage->client.connections[0].session,
                                      &numbers));
    return numbers.received;
}

static void an_answer_in_pieces_is_one_answer(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    await_both(&stage, received(&stage) == FIRST_PIECE);
    assert_int_equal(stage.client.messages, 0);
    assert_int_equal(stage.client.lost, 0);
    assert_ok(reactor_post_send(&stage.server.more));
    await_both(&stage, stage.client.messages == 1);
    assert_int_equal(stage.client.altered, 0);
    assert_int_equal(stage.client.connected, 1);
    client_close(&stage.client);
    reactor_loop_close(stage.server.loop);
}

static void it_leaves_by_a_reset(void **state)
{
    struct stage stage;

    (void)state;
    stage_open(&stage);
    client_close(&stage.client);
    await_that(stage.server.loop, stage.server.talk.calls[TALK_CLOSED] +
                                          stage.server.talk.calls[TALK_ENDED] >
                                      0);
    if (resets_are_told())
        assert_closed(&stage.server.talk, REACTOR_CLOSED_ERROR, -ECONNRESET);
    reactor_loop_close(stage.server.loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(an_answer_in_pieces_is_one_answer),
        CLAIM_WITHOUT_REACTOR(it_leaves_by_a_reset),
    };

    return run_claims(claims);
}
