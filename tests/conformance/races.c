/* SPDX-License-Identifier: MIT */
/* Rule 11 where it is narrow: one thread changes what another waits for. */
#include "support/claim.h"
#include "support/expect.h"
#include "support/handles.h"
#include "support/scale.h"
#include "support/thread.h"

#include <stdatomic.h>

#define NS_PER_MS 1000000

struct race {
    struct reactor *reactor;
    struct pair pairs[2]; /* `mine` is readable and writable */
    uint32_t interest;
    unsigned rounds;     /* at most, ... */
    int64_t deadline_ns; /* ... and for so long */
    _Atomic unsigned reported;
    _Atomic bool is_over;
};

static struct race prepare(struct reactor *reactor)
{
    struct race race = {.reactor = reactor,
                        .pairs = {stream_pair(), stream_pair()}};

    send_byte(race.pairs[0].peer);
    send_byte(race.pairs[1].peer);
    return race;
}

/*
 * Threads that take turns go as fast as the scheduler lets them, which may be
 * next to nothing on a busy machine.
 */
static void begin(struct race *race, unsigned rounds)
{
    race->rounds = rounds;
    race->deadline_ns =
        reactor_now_ns() + (int64_t)scaled(3000, 20000) * NS_PER_MS;
    atomic_store(&race->is_over, false);
}

static bool goes_on(const struct race *race, unsigned round)
{
    return round < race->rounds && reactor_now_ns() < race->deadline_ns;
}

static void clear(struct race *race)
{
    close_pair(&race->pairs[0]);
    close_pair(&race->pairs[1]);
}

/* ---- An event is all of one registration ---- */

static const uint32_t directions[2] = {REACTOR_READABLE, REACTOR_WRITABLE};
static char tags[2];

/* One handle, which is now this registration, now that one. */
static int swap_interests(void *context)
{
    struct race *race = context;
    unsigned i;
    int error = 0;

    for (i = 0; error == 0 && !atomic_load(&race->is_over); i++)
        error = reactor_reregister(race->reactor, race->pairs[0].mine,
                                   directions[i % 2] | race->interest,
                                   &tags[i % 2]);
    return error;
}

/* Whoever is looked at in the table of registrations, it may be the other. */
static int swap_handles(void *context)
{
    struct race *race = context;
    unsigned i;
    int error = 0;

    for (i = 0; error == 0 && !atomic_load(&race->is_over); i++) {
        reactor_handle handle = race->pairs[i % 2].mine;

        error =
            reactor_register(race->reactor, handle,
                             directions[i % 2] | race->interest, &tags[i % 2]);
        if (error == 0)
            error = reactor_deregister(race->reactor, handle);
    }
    return error;
}

static bool is_of_one_registration(const struct race *race,
                                   const struct reactor_event *event,
                                   bool same_handle)
{
    size_t which = event->user_data == &tags[0] ? 0 : 1;

    return event->user_data == &tags[which] &&
           event->readiness == directions[which] &&
           event->handle == race->pairs[same_handle ? 0 : which].mine;
}

static void assert_not_mixed(struct race *race, int (*swap)(void *),
                             bool same_handle)
{
    struct thread *thread;
    unsigned mixed = 0;
    unsigned i;
    int count = 0;

    begin(race, scaled(20000, 1000000));
    thread = thread_start(swap, race);
    for (i = 0; goes_on(race, i) && count >= 0; i++) {
        struct reactor_event event;

        count = reactor_wait(race->reactor, &event, 1, 0);
        if (count > 0 && !is_of_one_registration(race, &event, same_handle))
            mixed++;
    }
    atomic_store(&race->is_over, true);
    assert_ok(thread_join(thread));
    assert_in_range(count, 0, 1);
    assert_int_equal(mixed, 0);
}

static void an_event_is_never_a_mix_of_two_registrations(void **state)
{
    struct race race = prepare(*state);
    int i;

    for (i = 0; i < TRIGGER_COUNT; i++) {
        if (!is_supported(triggers[i]))
            continue;
        race.interest = triggers[i];
        assert_ok(reactor_register(race.reactor, race.pairs[0].mine,
                                   directions[0], &tags[0]));
        assert_not_mixed(&race, swap_interests, true);
        assert_ok(reactor_deregister(race.reactor, race.pairs[0].mine));
        assert_not_mixed(&race, swap_handles, false);
    }
    clear(&race);
}

/* ---- Nothing is lost between the kernel and the table ---- */

/* Returns when a wait has reported something since, or all is over. */
static void until_reported(struct race *race, unsigned before)
{
    while (atomic_load(&race->reported) == before &&
           !atomic_load(&race->is_over))
        thread_yield();
}

static int end_waits(struct race *race, int error)
{
    atomic_store(&race->is_over, true);
    (void)reactor_wake(race->reactor);
    return error;
}

/* What is ready is armed, and has to be reported before it is armed again. */
static int arm_again_and_again(void *context)
{
    struct race *race = context;
    unsigned i;
    int error = 0;

    for (i = 0; goes_on(race, i) && error == 0; i++) {
        unsigned before = atomic_load(&race->reported);

        error = reactor_reregister(race->reactor, race->pairs[0].mine,
                                   REACTOR_READABLE | race->interest, NULL);
        until_reported(race, before);
    }
    return end_waits(race, error);
}

/* The same for what is registered anew. */
static int register_again_and_again(void *context)
{
    struct race *race = context;
    unsigned i;
    int error = 0;

    for (i = 0; goes_on(race, i) && error == 0; i++) {
        unsigned before = atomic_load(&race->reported);

        error = reactor_register(race->reactor, race->pairs[1].mine,
                                 REACTOR_READABLE | race->interest, NULL);
        until_reported(race, before);
        if (error == 0)
            error = reactor_deregister(race->reactor, race->pairs[1].mine);
    }
    return end_waits(race, error);
}

static void assert_nothing_is_lost(struct race *race, int (*change)(void *))
{
    int i;

    for (i = 0; i < TRIGGER_COUNT; i++) {
        struct thread *thread;
        struct reactor_event event;
        int count = 1;

        if (!is_supported(triggers[i]))
            continue;
        race->interest = triggers[i];
        begin(race, scaled(3000, 100000));
        thread = thread_start(change, race);
        while (count == 1 && !atomic_load(&race->is_over)) {
            count = reactor_wait(race->reactor, &event, 1, PATIENCE_MS);
            atomic_fetch_add(&race->reported, 1);
        }
        atomic_store(&race->is_over, true);
        assert_ok(thread_join(thread));
        assert_int_equal(count, 1);
    }
}

static void what_another_thread_arms_is_never_lost(void **state)
{
    struct race race = prepare(*state);

    assert_ok(reactor_register(race.reactor, race.pairs[0].mine, 0, NULL));
    assert_nothing_is_lost(&race, arm_again_and_again);
    assert_ok(reactor_deregister(race.reactor, race.pairs[0].mine));
    clear(&race);
}

static void what_another_thread_registers_is_never_lost(void **state)
{
    struct race race = prepare(*state);

    assert_nothing_is_lost(&race, register_again_and_again);
    clear(&race);
}

/* ---- Time ---- */

static int change_all_the_time(void *context)
{
    struct race *race = context;
    struct pair idle = stream_pair();
    uint32_t other = is_supported(REACTOR_PRIORITY) ? REACTOR_PRIORITY : 0;
    int error = 0;

    while (error == 0 && !atomic_load(&race->is_over)) {
        error =
            reactor_register(race->reactor, idle.mine, REACTOR_READABLE, NULL);
        if (error == 0)
            error = reactor_reregister(race->reactor, idle.mine, other, NULL);
        if (error == 0)
            error = reactor_deregister(race->reactor, idle.mine);
    }
    close_pair(&idle);
    return error;
}

static void changes_neither_end_nor_stretch_a_wait(void **state)
{
    static const int timeouts_ms[] = {1, 3, 20, 100};
    struct race race = prepare(*state);
    struct thread *thread = thread_start(change_all_the_time, &race);
    struct reactor_event event;
    size_t i;

    for (i = 0; i < COUNT_OF(timeouts_ms); i++) {
        int64_t span = (int64_t)timeouts_ms[i] * NS_PER_MS;
        int64_t start = reactor_now_ns();
        int64_t end;

        assert_int_equal(reactor_wait(race.reactor, &event, 1, timeouts_ms[i]),
                         0);
        end = reactor_now_ns();
        assert_true(end >= start + span);
        assert_true(end < start + span + (int64_t)PATIENCE_MS * NS_PER_MS);
    }
    atomic_store(&race.is_over, true);
    assert_ok(thread_join(thread));
    clear(&race);
}

/* ---- Two that want to wait ---- */

static int wait_again_and_again(void *context)
{
    struct race *race = context;
    unsigned i;
    int count = 0;

    for (i = 0; goes_on(race, i) && (count >= 0 || count == -EBUSY); i++) {
        struct reactor_event event;

        count = reactor_wait(race->reactor, &event, 1, 0);
    }
    return count >= 0 || count == -EBUSY ? 0 : count;
}

static void who_comes_second_does_not_disturb_who_waits(void **state)
{
    struct race race = prepare(*state);
    struct thread *thread;

    begin(&race, scaled(200000, 5000000));
    thread = thread_start(wait_again_and_again, &race);
    assert_ok(wait_again_and_again(&race));
    assert_ok(thread_join(thread));
    assert_works(race.reactor);
    assert_ok(reactor_wake(race.reactor));
    await_wake(race.reactor);
    clear(&race);
}

/* Closed before they are deregistered: some kernels go on reporting them. */
static int raise_ghosts(void *context)
{
    struct race *race = context;
    int error = 0;

    while (error == 0 && !atomic_load(&race->is_over)) {
        struct pair pair = stream_pair();
        reactor_handle twin = duplicate(pair.mine);

        send_byte(pair.peer);
        error =
            reactor_register(race->reactor, pair.mine, REACTOR_READABLE, NULL);
        close_handle(pair.mine);
        if (error == 0)
            error = reactor_deregister(race->reactor, pair.mine);
        thread_yield();
        close_handle(pair.peer);
        close_handle(twin);
    }
    return error;
}

/* Nothing but the waits themselves orders what one leaves to the next. */
static void threads_can_take_turns_at_waiting_among_ghosts(void **state)
{
    struct race race = prepare(*state);
    struct thread *changer;
    struct thread *waiter;

    begin(&race, scaled(200000, 5000000));
    changer = thread_start(raise_ghosts, &race);
    waiter = thread_start(wait_again_and_again, &race);
    assert_ok(wait_again_and_again(&race));
    assert_ok(thread_join(waiter));
    atomic_store(&race.is_over, true);
    assert_ok(thread_join(changer));
    assert_idle(race.reactor);
    clear(&race);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(an_event_is_never_a_mix_of_two_registrations),
        CLAIM(what_another_thread_arms_is_never_lost),
        CLAIM(what_another_thread_registers_is_never_lost),
        CLAIM(changes_neither_end_nor_stretch_a_wait),
        CLAIM(who_comes_second_does_not_disturb_who_waits),
        CLAIM(threads_can_take_turns_at_waiting_among_ghosts),
    };

    return run_claims(claims);
}
