/* SPDX-License-Identifier: MIT */
/*
 * Rules 7 and 8: a number that was closed and names another object now. `old`
 * is what it named, whose peer makes it readable, and which a duplicate may
 * keep alive; `fresh` is what it names.
 */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"

struct reuse {
    struct pair old;
    struct pair fresh; /* `mine` has the number of old.mine */
    reactor_handle twin;
};

static struct reuse prepare(void)
{
    struct reuse reuse = {.old = stream_pair(), .fresh = stream_pair()};

    reuse.twin = duplicate(reuse.old.mine);
    return reuse;
}

static void reuse_number(struct reuse *reuse)
{
    if (!move_to_number(reuse->fresh.mine, reuse->old.mine))
        skip_because("no handle has a number of our choice here");
    reuse->fresh.mine = reuse->old.mine;
}

static void end(struct reactor *reactor, struct reuse *reuse)
{
    retire_pair(reactor, &reuse->fresh);
    close_handle(reuse->old.peer);
    if (reuse->twin != REACTOR_INVALID_HANDLE)
        close_handle(reuse->twin);
}

/* At once, or after one wait. */
static void register_reused(struct reactor *reactor, reactor_handle handle,
                            uint32_t interest, void *user_data)
{
    int error = reactor_register(reactor, handle, interest, user_data);

    if (error == -EEXIST) {
        struct reactor_event event;

        assert_true(reactor_wait(reactor, &event, 1, 0) >= 0);
        error = reactor_register(reactor, handle, interest, user_data);
    }
    assert_ok(error);
}

/* Events are the new registration's, and only when it has some. */
static void assert_only_fresh(struct reactor *reactor, struct reuse *reuse)
{
    send_byte(reuse->old.peer);
    assert_silent(reactor);
    assert_idle(reactor);
    send_byte(reuse->fresh.peer);
    assert_ptr_equal(await_event(reactor, reuse->fresh.mine).user_data,
                     &reuse->fresh);
    drain(reuse->fresh.mine);
    assert_silent(reactor);
}

static void a_reused_number_is_registered_as_new(void **state)
{
    struct reactor *reactor = *state;
    int i;

    for (i = 0; i < TRIGGER_COUNT; i++) {
        struct reuse reuse;
        uint32_t interest = REACTOR_READABLE | triggers[i];

        if (!is_supported(interest))
            continue;
        reuse = prepare();
        assert_ok(
            reactor_register(reactor, reuse.old.mine, interest, &reuse.old));
        assert_ok(reactor_deregister(reactor, reuse.old.mine));
        reuse_number(&reuse);
        assert_ok(reactor_register(reactor, reuse.fresh.mine, interest,
                                   &reuse.fresh));
        assert_only_fresh(reactor, &reuse);
        end(reactor, &reuse);
    }
}

static void
a_number_reused_without_deregister_is_registered_as_new(void **state)
{
    struct reactor *reactor = *state;
    int i;

    for (i = 0; i < TRIGGER_COUNT; i++) {
        struct reuse reuse;
        uint32_t interest = REACTOR_READABLE | triggers[i];

        if (!is_supported(interest))
            continue;
        reuse = prepare();
        assert_ok(
            reactor_register(reactor, reuse.old.mine, interest, &reuse.old));
        reuse_number(&reuse);
        register_reused(reactor, reuse.fresh.mine, interest, &reuse.fresh);
        assert_only_fresh(reactor, &reuse);
        end(reactor, &reuse);
    }
}

static void what_the_old_one_had_pending_is_dropped(void **state)
{
    struct reactor *reactor = *state;
    struct reuse reuse = prepare();

    assert_ok(reactor_register(reactor, reuse.old.mine, REACTOR_READABLE,
                               &reuse.old));
    send_byte(reuse.old.peer);
    assert_ok(reactor_deregister(reactor, reuse.old.mine));
    reuse_number(&reuse);
    assert_ok(reactor_register(reactor, reuse.fresh.mine, REACTOR_READABLE,
                               &reuse.fresh));
    assert_only_fresh(reactor, &reuse);
    end(reactor, &reuse);
}

static void the_old_one_may_have_no_duplicate(void **state)
{
    struct reactor *reactor = *state;
    struct reuse reuse = prepare();

    close_handle(reuse.twin);
    reuse.twin = REACTOR_INVALID_HANDLE;
    assert_ok(reactor_register(reactor, reuse.old.mine, REACTOR_READABLE,
                               &reuse.old));
    send_byte(reuse.old.peer);
    reuse_number(&reuse);
    register_reused(reactor, reuse.fresh.mine, REACTOR_READABLE, &reuse.fresh);
    assert_silent(reactor);
    send_byte(reuse.fresh.peer);
    assert_ptr_equal(await_event(reactor, reuse.fresh.mine).user_data,
                     &reuse.fresh);
    end(reactor, &reuse);
}

static void a_deregister_clears_the_way_for_the_reused_number(void **state)
{
    struct reactor *reactor = *state;
    struct reuse reuse = prepare();

    assert_ok(reactor_register(reactor, reuse.old.mine, REACTOR_READABLE,
                               &reuse.old));
    reuse_number(&reuse);
    assert_ok(reactor_deregister(reactor, reuse.fresh.mine));
    assert_error(reactor_deregister(reactor, reuse.fresh.mine), -ENOENT);
    assert_ok(reactor_register(reactor, reuse.fresh.mine, REACTOR_READABLE,
                               &reuse.fresh));
    assert_only_fresh(reactor, &reuse);
    end(reactor, &reuse);
}

static void
a_failed_registration_of_a_reused_number_can_be_repeated(void **state)
{
    struct reactor *reactor = *state;
    struct reuse reuse = prepare();

    assert_ok(reactor_register(reactor, reuse.old.mine, REACTOR_READABLE,
                               &reuse.old));
    reuse_number(&reuse);
    assert_error(
        reactor_register(reactor, reuse.fresh.mine, REACTOR_WAKE, NULL),
        -EINVAL);
    register_reused(reactor, reuse.fresh.mine, REACTOR_READABLE, &reuse.fresh);
    assert_error(
        reactor_register(reactor, reuse.fresh.mine, REACTOR_READABLE, NULL),
        -EEXIST);
    assert_only_fresh(reactor, &reuse);
    end(reactor, &reuse);
}

/* Where the two can't be told apart, the way has to be cleared first. */
static void
what_cannot_be_told_apart_can_be_registered_after_a_deregister(void **state)
{
    struct reactor *reactor = *state;
    reactor_handle old;
    reactor_handle fresh;
    int error;

    if (!anonymous_handle(&old))
        skip_because("all objects can be told apart here");
    assert_ok(reactor_register(reactor, old, REACTOR_READABLE, &old));
    (void)anonymous_handle(&fresh);
    if (!move_to_number(fresh, old))
        skip_because("no handle has a number of our choice here");
    error = reactor_register(reactor, old, REACTOR_READABLE, &fresh);
    assert_true(error == 0 || error == -EEXIST);
    if (error != 0) {
        assert_ok(reactor_deregister(reactor, old));
        assert_ok(reactor_register(reactor, old, REACTOR_READABLE, &fresh));
    }
    assert_ptr_equal(await_event(reactor, old).user_data, &fresh);
    assert_ok(reactor_deregister(reactor, old));
    assert_silent(reactor);
    close_handle(old);
}

/* The wait comes while the number is nobody's. */
static void a_wait_between_the_two_clears_the_way_as_well(void **state)
{
    struct reactor *reactor = *state;
    reactor_handle old;
    reactor_handle fresh;

    if (!anonymous_handle(&old))
        skip_because("all objects can be told apart here");
    (void)anonymous_handle(&fresh);
    assert_ok(reactor_register(reactor, old, REACTOR_READABLE, &old));
    close_handle(old);
    assert_silent(reactor);
    if (!move_to_number(fresh, old))
        skip_because("no handle has a number of our choice here");
    assert_error(reactor_reregister(reactor, old, REACTOR_READABLE, &fresh),
                 -ENOENT);
    assert_ok(reactor_register(reactor, old, REACTOR_READABLE, &fresh));
    assert_ptr_equal(await_event(reactor, old).user_data, &fresh);
    assert_ok(reactor_deregister(reactor, old));
    close_handle(old);
}

/* Of the old one there is a ghost, and of others, too. */
static void what_was_not_registered_is_not_reported(void **state)
{
    struct reactor *reactor = *state;
    struct reuse reuse = prepare();
    struct reuse ghost = prepare();
    struct reactor_event event;

    assert_ok(reactor_register(reactor, reuse.old.mine, REACTOR_READABLE,
                               &reuse.old));
    assert_ok(
        reactor_register(reactor, ghost.old.mine, REACTOR_READABLE, NULL));
    reuse_number(&reuse);
    reuse_number(&ghost);
    assert_ok(reactor_deregister(reactor, ghost.fresh.mine));
    send_byte(reuse.fresh.peer);
    if (reactor_wait(reactor, &event, 1, 0) == 0) {
        send_byte(ghost.old.peer);
        assert_idle(reactor);
        assert_idle(reactor);
    } else {
        print_message("only numbers are known here\n");
    }
    end(reactor, &reuse);
    close_pair(&ghost.fresh);
    close_handle(ghost.old.peer);
    close_handle(ghost.twin);
}

/* The old object is back under its number before anything has noticed. */
static void a_refused_reregister_changes_nothing(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    reactor_handle twin = duplicate(pair.mine);
    struct reactor_event event;

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, &pair));
    close_handle(pair.mine);
    assert_error(reactor_reregister(reactor, pair.mine, REACTOR_WRITABLE, NULL),
                 -EBADF);
    if (!move_to_number(twin, pair.mine))
        skip_because("no handle has a number of our choice here");
    assert_silent(reactor);
    send_byte(pair.peer);
    if (closing_forgets()) {
        assert_silent(reactor);
    } else {
        event = await_event(reactor, pair.mine);
        assert_ptr_equal(event.user_data, &pair);
        assert_int_equal(event.readiness, REACTOR_READABLE);
    }
    retire_pair(reactor, &pair);
}

/* And what can be told apart is not taken for what was registered. */
static void a_reused_number_is_not_reregistered(void **state)
{
    struct reactor *reactor = *state;
    struct reuse reuse = prepare();

    assert_ok(reactor_register(reactor, reuse.old.mine, REACTOR_READABLE,
                               &reuse.old));
    reuse_number(&reuse);
    assert_error(reactor_reregister(reactor, reuse.fresh.mine, REACTOR_READABLE,
                                    &reuse.fresh),
                 -ENOENT);
    register_reused(reactor, reuse.fresh.mine, REACTOR_READABLE, &reuse.fresh);
    assert_only_fresh(reactor, &reuse);
    end(reactor, &reuse);
}

static void a_number_that_became_a_file_is_refused(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct named_handle unpollable[8];
    size_t count = open_unpollable(unpollable, COUNT_OF(unpollable));

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    if (!move_to_number(unpollable[0].handle, pair.mine))
        skip_because("no handle has a number of our choice here");
    assert_error(reactor_reregister(reactor, pair.mine, REACTOR_READABLE, NULL),
                 -ENOENT);
    assert_error(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL),
                 -EPERM);
    assert_ok(reactor_deregister(reactor, pair.mine));
    assert_error(reactor_deregister(reactor, pair.mine), -ENOENT);
    while (--count > 0)
        close_handle(unpollable[count].handle);
    close_pair(&pair);
    assert_works(reactor);
}

/* An event of the batch in hand is the caller's; the next wait knows better. */
static void a_number_reused_between_two_waits_is_reported_as_new(void **state)
{
    struct reactor *reactor = *state;
    struct reuse reuse = prepare();
    struct reactor_event event;
    int i;

    assert_ok(reactor_register(reactor, reuse.old.mine, REACTOR_READABLE,
                               &reuse.old));
    send_byte(reuse.old.peer);
    event = await_event(reactor, reuse.old.mine);
    assert_ptr_equal(event.user_data, &reuse.old);
    assert_ok(reactor_deregister(reactor, reuse.old.mine));
    reuse_number(&reuse);
    assert_ok(reactor_register(reactor, reuse.fresh.mine, REACTOR_WRITABLE,
                               &reuse.fresh));
    for (i = 0; i < 3; i++) {
        event = await_event(reactor, reuse.fresh.mine);
        assert_ptr_equal(event.user_data, &reuse.fresh);
        assert_int_equal(event.readiness, REACTOR_WRITABLE);
    }
    end(reactor, &reuse);
}

static void one_number_can_be_reused_over_and_over(void **state)
{
    struct reactor *reactor = *state;
    struct pair first = stream_pair();
    struct pair current = first;
    char tags[200];
    int i;

    for (i = 0; i < 200; i++) {
        struct pair next = stream_pair();

        assert_ok(
            reactor_register(reactor, first.mine, REACTOR_READABLE, &tags[i]));
        send_byte(current.peer);
        assert_ptr_equal(await_event(reactor, first.mine).user_data, &tags[i]);
        assert_ok(reactor_deregister(reactor, first.mine));
        close_handle(current.peer);
        if (!move_to_number(next.mine, first.mine))
            skip_because("no handle has a number of our choice here");
        current = next;
    }
    assert_silent(reactor);
    close_handle(current.peer);
    close_handle(first.mine);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(a_reused_number_is_registered_as_new),
        CLAIM(a_number_reused_without_deregister_is_registered_as_new),
        CLAIM(what_the_old_one_had_pending_is_dropped),
        CLAIM(the_old_one_may_have_no_duplicate),
        CLAIM(a_deregister_clears_the_way_for_the_reused_number),
        CLAIM(a_failed_registration_of_a_reused_number_can_be_repeated),
        CLAIM(what_cannot_be_told_apart_can_be_registered_after_a_deregister),
        CLAIM(a_wait_between_the_two_clears_the_way_as_well),
        CLAIM(what_was_not_registered_is_not_reported),
        CLAIM(a_refused_reregister_changes_nothing),
        CLAIM(a_reused_number_is_not_reregistered),
        CLAIM(a_number_that_became_a_file_is_refused),
        CLAIM(a_number_reused_between_two_waits_is_reported_as_new),
        CLAIM(one_number_can_be_reused_over_and_over),
    };

    return run_claims(claims);
}
