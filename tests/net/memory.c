/* SPDX-License-Identifier: MIT */
/* What net allocates: nothing in the steady state, little for who is idle. */
#include "support/allocator.h"
#include "support/scale.h"
#include "support/talks.h"

#include <stdlib.h>
#include <string.h>

/* After so many rounds all that is needed has been there once. */
#define WARM_UP 3
#define ROUNDS  100

/* Answers with what it was sent. */
static void echo(struct talk *talk, enum talk_call call)
{
    if (call != TALK_DATA)
        return;
    assert_ok(reactor_session_write(talk->session, talk->bytes, 64));
    talk->size = 0;
}

static void ask(struct talk *talk, reactor_handle peer)
{
    char request[65], answer[65];

    memset(request, 'r', 64);
    request[64] = '\0';
    send_text(peer, request);
    await_text(talk->loop, peer, answer, 64);
    assert_string_equal(answer, request);
}

static void requests_allocate_nothing(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct pair pair = stream_pair();
    struct talk talk = {.then = echo};
    size_t calls = 0;
    int i;

    (void)state;
    talk_open(&talk, loop, 0, pair.mine, NULL);
    talk.then = echo;
    for (i = 0; i < WARM_UP + ROUNDS; i++) {
        if (i == WARM_UP)
            calls = allocation_calls();
        ask(&talk, pair.peer);
    }
    assert_int_equal(allocation_calls(), calls);
    close_handle(pair.peer);
    reactor_loop_close(loop);
}

/* ---- What waits ---- */

/* Until the system takes no more, and then twice of each size. */
static const size_t sizes[] = {1, 700, 5000, 20000, 70000, 300000, 1000000};

#define SIZES ((int)(sizeof(sizes) / sizeof(sizes[0])))

static size_t write_until_it_waits(struct reactor_session *session,
                                   const char *bytes)
{
    size_t written = 0;
    int i;

    while (reactor_session_waiting(session) == 0) {
        assert_ok(reactor_session_write(session, bytes, sizes[3]));
        written += sizes[3];
    }
    for (i = 0; i < 2 * SIZES; i++) {
        assert_ok(reactor_session_write(session, bytes, sizes[i % SIZES]));
        written += sizes[i % SIZES];
    }
    return written;
}

static void await_all(struct reactor_loop *loop, reactor_handle peer,
                      size_t size)
{
    char *text = malloc(size + 1);

    assert_non_null(text);
    await_text(loop, peer, text, size);
    free(text);
}

static void what_waits_again_and_again_allocates_nothing(void **state)
{
    struct reactor_session_options options = talk_options();
    struct reactor_loop *loop = open_loop();
    struct pair pair = stream_pair();
    char *bytes = calloc(sizes[SIZES - 1], 1);
    struct talk talk;
    size_t calls = 0;
    int i;

    (void)state;
    assert_non_null(bytes);
    options.high = UINT32_C(64) << 20;
    talk_open(&talk, loop, 0, pair.mine, &options);
    for (i = 0; i < WARM_UP + (int)scaled(20, 200); i++) {
        if (i == WARM_UP)
            calls = allocation_calls();
        await_all(loop, pair.peer, write_until_it_waits(talk.session, bytes));
    }
    /* Where the system takes now more and now less, a round may be the first
       that needs one block more. */
    assert_in_range(allocation_calls() - calls, 0, 3);
    free(bytes);
    close_handle(pair.peer);
    reactor_loop_close(loop);
}

/* ---- Idle ---- */

#define IDLE 100

/* What has been read and answered leaves nothing behind. */
static void who_is_idle_holds_no_buffer(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct pair pairs[IDLE];
    struct talk *talks = calloc(IDLE, sizeof(*talks));
    size_t live = 0, bytes = 0;
    int i;

    (void)state;
    assert_non_null(talks);
    for (i = 0; i < IDLE; i++) {
        if (i == 1) {
            live = live_allocations();
            bytes = allocated_bytes();
        }
        pairs[i] = stream_pair();
        talk_open(&talks[i], loop, 0, pairs[i].mine, NULL);
        talks[i].then = echo;
        ask(&talks[i], pairs[i].peer);
    }
    assert_in_range(live_allocations() - live, IDLE - 1, IDLE + 10);
    /* The tables that grow with their number have room for 128 of them. */
    assert_in_range((allocated_bytes() - bytes) / IDLE, 1, 800);
    for (i = 0; i < IDLE; i++)
        close_handle(pairs[i].peer);
    reactor_loop_close(loop);
    free(talks);
}

/* 20 MB wait; what is kept of it is a few. */
static void what_was_needed_once_goes_back(void **state)
{
    struct reactor_session_options options = talk_options();
    struct reactor_loop *loop = open_loop();
    struct pair pair = stream_pair();
    struct talk talk;
    char *bytes = calloc(sizes[SIZES - 1], 1);
    size_t live;
    int i;

    (void)state;
    assert_non_null(bytes);
    options.high = UINT32_C(64) << 20;
    talk_open(&talk, loop, 0, pair.mine, &options);
    live = live_allocations();
    for (i = 0; i < 20; i++)
        assert_ok(reactor_session_write(talk.session, bytes, sizes[SIZES - 1]));
    assert_true(live_allocations() - live > 10);
    reactor_session_abort(talk.session);
    await_closed(&talk);
    assert_true(live_allocations() - live < 5);
    free(bytes);
    close_handle(pair.peer);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(requests_allocate_nothing),
        CLAIM_WITHOUT_REACTOR(what_waits_again_and_again_allocates_nothing),
        CLAIM_WITHOUT_REACTOR(who_is_idle_holds_no_buffer),
        CLAIM_WITHOUT_REACTOR(what_was_needed_once_goes_back),
    };

    return run_claims(claims);
}
