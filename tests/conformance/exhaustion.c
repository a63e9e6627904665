/* SPDX-License-Identifier: MIT */
/* Rule 14 as far as descriptors go: none are left. */
#include "support/allocator.h"
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"
#include "support/process.h"

#define HANDLES_LEFT_MAX 12

static void
open_without_handles_left_is_emfile_and_leaves_out_alone(void **state)
{
    char anything;
    struct reactor *const untouched = (void *)&anything;
    size_t handles = count_open_handles();
    size_t allocations = live_allocations();
    int error = -EMFILE;
    size_t left;

    (void)state;
    for (left = 0; left <= HANDLES_LEFT_MAX; left++) {
        struct reactor *reactor = untouched;
        int before = error;

        limit_handles(left);
        error = reactor_open(&reactor);
        if (error == 0)
            reactor_close(reactor);
        unlimit_handles();
        assert_true(error == -EMFILE || error == 0);
        if (error != 0) {
            assert_error(before, -EMFILE);
            assert_ptr_equal(reactor, untouched);
        }
        assert_int_equal(count_open_handles(), handles);
        assert_int_equal(live_allocations(), allocations);
    }
    assert_ok(error);
}

static void what_is_open_works_without_handles_left(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    int i;

    limit_handles(0);
    for (i = 0; i < 20; i++) {
        assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
        send_byte(pair.peer);
        (void)await_event(reactor, pair.mine);
        drain(pair.mine);
        assert_ok(reactor_wake(reactor));
        await_wake(reactor);
        assert_ok(reactor_deregister(reactor, pair.mine));
    }
    assert_ok(reactor_shutdown(reactor));
    unlimit_handles();
    close_pair(&pair);
}

#define PAIR_COUNT 40

/* The kernel may say that it is asked about more than there can be. */
static void a_limit_below_what_is_registered_does_no_lasting_harm(void **state)
{
    struct reactor *reactor = *state;
    struct pair pairs[PAIR_COUNT];
    struct reactor_event events[PAIR_COUNT];
    int count;
    size_t i;

    for (i = 0; i < PAIR_COUNT; i++) {
        pairs[i] = stream_pair();
        assert_ok(reactor_register(reactor, pairs[i].mine, REACTOR_WRITABLE,
                                   &pairs[i]));
    }
    limit_handle_numbers(PAIR_COUNT / 2);
    count = reactor_wait(reactor, events, PAIR_COUNT, 0);
    unlimit_handles();
    assert_true(count == PAIR_COUNT || count == -EINVAL);
    assert_int_equal(reactor_wait(reactor, events, PAIR_COUNT, 0), PAIR_COUNT);
    for (i = 0; i < PAIR_COUNT; i++)
        retire_pair(reactor, &pairs[i]);
}

/* A wait may say why it can't deal with it, but not forget anything. */
static void a_ghost_without_handles_left_does_no_lasting_harm(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct pair ghost = stream_pair();
    reactor_handle twin = duplicate(ghost.mine);
    struct reactor_event event;
    int i;

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, &pair));
    assert_ok(reactor_register(reactor, ghost.mine, REACTOR_READABLE, NULL));
    close_handle(ghost.mine);
    assert_ok(reactor_deregister(reactor, ghost.mine));
    send_byte(ghost.peer);
    limit_handles(0);
    for (i = 0; i < 20; i++) {
        int count = reactor_wait(reactor, &event, 1, 0);

        assert_true(count == 0 || count == -EMFILE);
    }
    send_byte(pair.peer);
    for (i = 0; i < 20; i++) {
        struct reactor_event events[4];

        assert_int_equal(reactor_wait(reactor, events, 4, 0), 1);
        assert_ptr_equal(events[0].user_data, &pair);
    }
    drain(pair.mine);
    unlimit_handles();
    assert_idle(reactor);
    send_byte(pair.peer);
    assert_ptr_equal(await_event(reactor, pair.mine).user_data, &pair);
    retire_pair(reactor, &pair);
    close_handle(ghost.peer);
    close_handle(twin);
}

struct inheritance {
    struct reactor *reactor;
    struct pair pair;
    size_t handles; /* the parent's; a child may have fewer at first */
};

static int run_out(void *context)
{
    struct inheritance *inheritance = context;
    struct reactor *reactor = inheritance->reactor;
    size_t handles = count_open_handles();
    struct reactor_event event;

    limit_handles(0);
    CHILD_EXPECT(reactor_after_fork(reactor) == -EMFILE);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, 0) == -ECHILD);
    CHILD_EXPECT(reactor_after_fork(reactor) == -EMFILE);
    unlimit_handles();
    CHILD_EXPECT(count_open_handles() == handles);
    CHILD_EXPECT(reactor_after_fork(reactor) == 0);
    CHILD_EXPECT(count_open_handles() == inheritance->handles);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, PATIENCE_MS) == 1);
    CHILD_EXPECT(event.user_data == inheritance);
    reactor_close(reactor);
    return 0;
}

static void after_fork_without_handles_left_can_be_repeated(void **state)
{
    struct inheritance inheritance = {*state, stream_pair(),
                                      count_open_handles()};
    struct pair *pair = &inheritance.pair;

    send_byte(pair->peer);
    assert_ok(reactor_register(inheritance.reactor, pair->mine,
                               REACTOR_READABLE, &inheritance));
    assert_child(run_out, &inheritance);
    retire_pair(inheritance.reactor, pair);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(
            open_without_handles_left_is_emfile_and_leaves_out_alone),
        CLAIM(what_is_open_works_without_handles_left),
        CLAIM(a_limit_below_what_is_registered_does_no_lasting_harm),
        CLAIM(a_ghost_without_handles_left_does_no_lasting_harm),
        CLAIM(after_fork_without_handles_left_can_be_repeated),
    };

    return run_claims(claims);
}
