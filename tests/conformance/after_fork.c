/* SPDX-License-Identifier: MIT */
/* Rule 13 after reactor_after_fork(), in a program of one thread. */
#include "support/claim.h"
#include "support/expect.h"
#include "support/family.h"
#include "support/handles.h"
#include "support/process.h"

static int use_own(void *context)
{
    struct family *family = context;
    struct reactor *reactor = family->reactor;
    reactor_handle mine = family->pair.mine;
    struct reactor_event event;

    CHILD_EXPECT(reactor_after_fork(reactor) == 0);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, PATIENCE_MS) == 1);
    CHILD_EXPECT(event.handle == mine && event.user_data == family_tag);
    CHILD_EXPECT(event.readiness == REACTOR_READABLE);
    CHILD_EXPECT(reactor_after_fork(reactor) == 0);
    CHILD_EXPECT(reactor_register(reactor, mine, 0, NULL) == -EEXIST);
    CHILD_EXPECT(reactor_reregister(reactor, mine, REACTOR_WRITABLE, NULL) ==
                 0);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, PATIENCE_MS) == 1);
    CHILD_EXPECT(event.readiness == REACTOR_WRITABLE);
    CHILD_EXPECT(reactor_deregister(reactor, mine) == 0);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, SILENCE_MS) == 0);
    CHILD_EXPECT(reactor_wake(reactor) == 0);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, PATIENCE_MS) == 1);
    CHILD_EXPECT(event.readiness == REACTOR_WAKE);
    CHILD_EXPECT(reactor_wake(reactor) == 0);
    CHILD_EXPECT(reactor_shutdown(reactor) == 0);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, -1) == -ECANCELED);
    reactor_close(reactor);
    return 0;
}

/* The child finds data to read, and so does the parent, whatever it did. */
static void assert_both_find_data(struct reactor *reactor, uint32_t trigger,
                                  int (*child)(void *context))
{
    struct family family = found_family(reactor, REACTOR_READABLE | trigger);

    send_byte(family.pair.peer);
    assert_child(child, &family);
    assert_int_equal(await_readiness(reactor, family.pair.mine),
                     REACTOR_READABLE);
    drain(family.pair.mine);
    assert_ok(reactor_reregister(reactor, family.pair.mine, REACTOR_READABLE,
                                 family_tag));
    assert_undisturbed(&family);
    dissolve_family(&family);
}

static void after_fork_the_child_has_the_same_registrations(void **state)
{
    int i;

    for (i = 0; i < TRIGGER_COUNT; i++)
        if (is_supported(triggers[i]))
            assert_both_find_data(*state, triggers[i], use_own);
}

/* The reactor may by now have something of its own under that number. */
static int lose_a_handle(void *context)
{
    struct family *family = context;
    struct reactor *reactor = family->reactor;
    struct reactor_event events[4];
    int error;

    close_handle(family->pair.mine);
    CHILD_EXPECT(reactor_after_fork(reactor) == 0);
    CHILD_EXPECT(reactor_wait(reactor, events, 4, SILENCE_MS) == 0);
    error = reactor_deregister(reactor, family->pair.mine);
    CHILD_EXPECT(error == -EBADF || error == -ENOENT);
    CHILD_EXPECT(reactor_wake(reactor) == 0);
    CHILD_EXPECT(reactor_wait(reactor, events, 4, PATIENCE_MS) == 1);
    CHILD_EXPECT(events[0].readiness == REACTOR_WAKE);
    CHILD_EXPECT(reactor_wait(reactor, events, 4, SILENCE_MS) == 0);
    CHILD_EXPECT(reactor_register(reactor, family->other.mine, REACTOR_WRITABLE,
                                  NULL) == 0);
    CHILD_EXPECT(reactor_wait(reactor, events, 4, PATIENCE_MS) == 1);
    CHILD_EXPECT(events[0].handle == family->other.mine);
    reactor_close(reactor);
    return 0;
}

static void after_fork_handles_that_were_closed_are_gone(void **state)
{
    assert_both_find_data(*state, 0, lose_a_handle);
}

/* In the child the number is a file's, or nobody's at all. */
static int become_a_file(void *context)
{
    struct family *family = context;
    struct reactor *reactor = family->reactor;
    reactor_handle mine = family->pair.mine;
    struct named_handle unpollable[8];
    struct reactor_event event;

    (void)open_unpollable(unpollable, COUNT_OF(unpollable));
    CHILD_EXPECT(move_to_number(unpollable[0].handle, mine));
    CHILD_EXPECT(reactor_after_fork(reactor) == 0);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, SILENCE_MS) == 0);
    CHILD_EXPECT(reactor_deregister(reactor, mine) == -ENOENT);
    CHILD_EXPECT(reactor_register(reactor, mine, 0, NULL) == -EPERM);
    reactor_close(reactor);
    return 0;
}

static void after_fork_a_number_that_became_a_file_is_gone(void **state)
{
    struct family family = found_family(*state, REACTOR_READABLE);

    assert_child(become_a_file, &family);
    assert_undisturbed(&family);
    dissolve_family(&family);
}

#define MEMBER_COUNT 150

struct tribe {
    struct reactor *reactor;
    struct pair members[MEMBER_COUNT];
};

/* One in five is gone; the others have this, with its address as user data. */
static uint32_t interest_of(size_t member)
{
    static const uint32_t interests[] = {REACTOR_READABLE, DIRECTIONS, 0,
                                         REACTOR_WRITABLE | REACTOR_ONESHOT};

    return interests[member % 5];
}

static bool is_gone(size_t member)
{
    return member % 5 == 4;
}

static int check_tribe(void *context)
{
    struct tribe *tribe = context;
    struct reactor *reactor = tribe->reactor;
    struct reactor_event events[MEMBER_COUNT + 1];
    uint32_t seen[MEMBER_COUNT] = {0};
    size_t i;
    int count;

    CHILD_EXPECT(reactor_after_fork(reactor) == 0);
    count = reactor_wait(reactor, events, MEMBER_COUNT + 1, PATIENCE_MS);
    CHILD_EXPECT(count == MEMBER_COUNT / 5 * 3);
    while (count-- > 0) {
        struct pair *member = events[count].user_data;

        CHILD_EXPECT(events[count].handle == member->mine);
        seen[member - tribe->members] = events[count].readiness;
    }
    for (i = 0; i < MEMBER_COUNT; i++) {
        reactor_handle mine = tribe->members[i].mine;

        CHILD_EXPECT(is_gone(i) || seen[i] == (interest_of(i) & READINESS_ALL));
        CHILD_EXPECT(reactor_deregister(reactor, mine) ==
                     (is_gone(i) ? -ENOENT : 0));
    }
    CHILD_EXPECT(reactor_wait(reactor, events, 1, SILENCE_MS) == 0);
    reactor_close(reactor);
    return 0;
}

static void after_fork_each_of_many_is_as_it_was(void **state)
{
    static struct tribe tribe;
    size_t i;

    tribe.reactor = *state;
    for (i = 0; i < MEMBER_COUNT; i++) {
        tribe.members[i] = stream_pair();
        send_byte(tribe.members[i].peer);
        assert_ok(reactor_register(tribe.reactor, tribe.members[i].mine,
                                   is_gone(i) ? DIRECTIONS : interest_of(i),
                                   &tribe.members[i]));
    }
    for (i = 0; i < MEMBER_COUNT; i++)
        if (is_gone(i))
            assert_ok(reactor_deregister(tribe.reactor, tribe.members[i].mine));
    assert_child(check_tribe, &tribe);
    for (i = 0; i < MEMBER_COUNT; i++) {
        if (!is_gone(i))
            assert_ok(reactor_deregister(tribe.reactor, tribe.members[i].mine));
        close_pair(&tribe.members[i]);
    }
}

static int stay_silent(void *context)
{
    struct family *family = context;
    struct reactor *reactor = family->reactor;
    reactor_handle mine = family->pair.mine;
    struct reactor_event event;

    CHILD_EXPECT(reactor_after_fork(reactor) == 0);
    if (nesting_looks_again())
        CHILD_EXPECT(!is_readable(reactor_backend_handle(reactor)));
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, SILENCE_MS) == 0);
    CHILD_EXPECT(reactor_register(reactor, mine, 0, NULL) == -EEXIST);
    CHILD_EXPECT(reactor_reregister(reactor, mine, REACTOR_READABLE, NULL) ==
                 0);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, PATIENCE_MS) == 1);
    reactor_close(reactor);
    return 0;
}

static void after_fork_what_was_disarmed_or_paused_stays_so(void **state)
{
    struct family family =
        found_family(*state, REACTOR_READABLE | REACTOR_ONESHOT);

    send_byte(family.pair.peer);
    (void)await_event(family.reactor, family.pair.mine);
    assert_child(stay_silent, &family);
    assert_silent(family.reactor);
    assert_ok(reactor_reregister(family.reactor, family.pair.mine, 0, NULL));
    assert_child(stay_silent, &family);
    assert_silent(family.reactor);
    dissolve_family(&family);
}

/* A hang-up is what kernels report also to who asked for nothing, once. */
static int stay_silent_though_hung_up(void *context)
{
    struct family *family = context;
    struct reactor *reactor = family->reactor;
    reactor_handle mine = family->pair.mine;
    struct reactor_event event;

    CHILD_EXPECT(reactor_after_fork(reactor) == 0);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, SILENCE_MS) == 0);
    CHILD_EXPECT(!is_readable(reactor_backend_handle(reactor)));
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, SILENCE_MS) == 0);
    CHILD_EXPECT(reactor_reregister(reactor, mine, REACTOR_READABLE, NULL) ==
                 0);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, PATIENCE_MS) == 1);
    CHILD_EXPECT((event.readiness & REACTOR_READ_CLOSED) != 0);
    reactor_close(reactor);
    return 0;
}

static void after_fork_what_is_silent_does_not_report_a_hang_up(void **state)
{
    struct family family =
        found_family(*state, REACTOR_READABLE | REACTOR_ONESHOT);

    send_byte(family.pair.peer);
    (void)await_event(family.reactor, family.pair.mine);
    close_peer(&family.pair);
    assert_child(stay_silent_though_hung_up, &family);
    assert_ok(reactor_reregister(family.reactor, family.pair.mine, 0, NULL));
    assert_child(stay_silent_though_hung_up, &family);
    assert_silent(family.reactor);
    dissolve_family(&family);
}

static int stay_shut(void *context)
{
    struct family *family = context;
    struct reactor *reactor = family->reactor;
    struct reactor_event event;

    CHILD_EXPECT(reactor_after_fork(reactor) == 0);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, -1) == -ECANCELED);
    CHILD_EXPECT(reactor_register(reactor, family->other.mine, 0, NULL) ==
                 -ECANCELED);
    CHILD_EXPECT(reactor_deregister(reactor, family->pair.mine) == 0);
    CHILD_EXPECT(reactor_wake(reactor) == 0);
    reactor_close(reactor);
    return 0;
}

static void after_fork_a_shut_reactor_stays_shut(void **state)
{
    struct family family = found_family(*state, REACTOR_READABLE);

    assert_ok(reactor_shutdown(family.reactor));
    assert_child(stay_shut, &family);
    dissolve_family(&family);
}

static int have_no_wake(void *context)
{
    struct family *family = context;
    struct reactor *reactor = family->reactor;
    struct reactor_event event;

    CHILD_EXPECT(reactor_after_fork(reactor) == 0);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, SILENCE_MS) == 0);
    CHILD_EXPECT(reactor_wake(reactor) == 0);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, PATIENCE_MS) == 1);
    CHILD_EXPECT(event.readiness == REACTOR_WAKE);
    CHILD_EXPECT(reactor_wait(reactor, &event, 1, SILENCE_MS) == 0);
    reactor_close(reactor);
    return 0;
}

static void after_fork_a_pending_wake_is_the_parent_s_alone(void **state)
{
    struct family family = found_family(*state, REACTOR_READABLE);

    assert_ok(reactor_wake(family.reactor));
    assert_child(have_no_wake, &family);
    await_wake(family.reactor);
    assert_undisturbed(&family);
    dissolve_family(&family);
}

static int have_a_child(void *context)
{
    struct family *family = context;
    struct reactor_event event;

    CHILD_EXPECT(reactor_after_fork(family->reactor) == 0);
    CHILD_EXPECT(child_finish(child_start(use_inherited, family)) == 0);
    CHILD_EXPECT(child_finish(child_start(use_own, family)) == 0);
    CHILD_EXPECT(reactor_wait(family->reactor, &event, 1, PATIENCE_MS) == 1);
    CHILD_EXPECT(event.handle == family->pair.mine);
    reactor_close(family->reactor);
    return 0;
}

static void a_grandchild_is_one_more_child(void **state)
{
    assert_both_find_data(*state, 0, have_a_child);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(after_fork_the_child_has_the_same_registrations),
        CLAIM(after_fork_handles_that_were_closed_are_gone),
        CLAIM(after_fork_a_number_that_became_a_file_is_gone),
        CLAIM(after_fork_each_of_many_is_as_it_was),
        CLAIM(after_fork_what_was_disarmed_or_paused_stays_so),
        CLAIM(after_fork_what_is_silent_does_not_report_a_hang_up),
        CLAIM(after_fork_a_shut_reactor_stays_shut),
        CLAIM(after_fork_a_pending_wake_is_the_parent_s_alone),
        CLAIM(a_grandchild_is_one_more_child),
    };

    return run_claims(claims);
}
