/* SPDX-License-Identifier: MIT */
/*
 * What is io_uring's own: how many system calls things take, whom the ring
 * belongs to, when the kernel lets go of handles, and what is denied.
 */
#include "support/expect.h"
#include "support/fault.h"
#include "support/handles.h"
#include "support/thread.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TURNS 20
#define CROWD 200 /* within one call: less than the ballast */
#define STORM 400 /* not within one */
#define HORDE 900 /* not within three */

static void begin(void)
{
    fault_reset();
}

static unsigned count_calls(void)
{
    return fault_count(FAULT_io_uring_enter2);
}

static void wait_for_nothing(struct reactor *reactor)
{
    struct reactor_event event;

    assert_ok(reactor_wait(reactor, &event, 1, 0));
}

/* Not when the patience of a wait has run out. */
static void assert_is_soon_after(int64_t start)
{
    assert_true(reactor_now_ns() - start < PATIENCE_MS / 2 * INT64_C(1000000));
}

/* ---- System calls ---- */

static void make_ready(const struct pair *pairs, int count)
{
    int i;

    for (i = 0; i < count; i++)
        send_byte(pairs[i].peer);
}

static void make_unready(const struct pair *pairs, int count)
{
    int i;

    for (i = 0; i < count; i++)
        drain(pairs[i].mine);
}

static void assert_a_turn_is_one_call(struct reactor *reactor,
                                      uint32_t interest)
{
    static struct pair pairs[CROWD];
    static struct reactor_event events[CROWD + 1];
    unsigned before;
    int i;

    for (i = 0; i < CROWD; i++) {
        pairs[i] = stream_pair();
        assert_ok(reactor_register(reactor, pairs[i].mine, interest, NULL));
    }
    wait_for_nothing(reactor);
    begin();
    for (i = 0; i < TURNS; i++) {
        make_ready(pairs, CROWD);
        before = count_calls();
        assert_int_equal(reactor_wait(reactor, events, CROWD + 1, -1), CROWD);
        assert_int_equal(count_calls() - before, 1);
        make_unready(pairs, CROWD);
    }
    for (i = 0; i < CROWD; i++)
        retire_pair(reactor, &pairs[i]);
}

static void a_turn_with_level_is_one_call(void **state)
{
    assert_a_turn_is_one_call(*state, REACTOR_READABLE);
}

static void a_turn_with_edge_is_one_call(void **state)
{
    assert_a_turn_is_one_call(*state, REACTOR_READABLE | REACTOR_EDGE);
}

static struct pair chatty[STORM];

static void chat(void)
{
    make_ready(chatty, STORM);
}

/* It happens again before each entry, more often than a call can tell. */
static void a_wait_ends_though_edges_never_do(void **state)
{
    static struct reactor_event events[2 * STORM];
    struct reactor *reactor = *state;
    int i;

    if (usable_handles() < 2 * STORM + 100)
        skip_because("too few handles");
    for (i = 0; i < STORM; i++) {
        chatty[i] = stream_pair();
        assert_ok(reactor_register(reactor, chatty[i].mine,
                                   REACTOR_READABLE | REACTOR_EDGE, NULL));
    }
    wait_for_nothing(reactor);
    fault_before_enter = chat;
    for (i = 0; i < TURNS; i++) {
        unsigned before = count_calls();

        assert_int_equal(reactor_wait(reactor, events, 2 * STORM, PATIENCE_MS),
                         STORM);
        assert_in_range(count_calls() - before, 1, 5);
    }
    fault_before_enter = NULL;
    for (i = 0; i < STORM; i++)
        retire_pair(reactor, &chatty[i]);
}

/* The first calls make it so that later ones take more at a time. */
static void the_first_wait_reports_all_that_is_ready(void **state)
{
    struct reactor *reactor = *state;
    static struct pair pairs[HORDE];
    static struct reactor_event events[HORDE + 1];
    int i;

    if (usable_handles() < 2 * HORDE + 100)
        skip_because("too few handles");
    for (i = 0; i < HORDE; i++) {
        pairs[i] = stream_pair();
        assert_ok(reactor_register(reactor, pairs[i].mine,
                                   REACTOR_READABLE | REACTOR_EDGE, NULL));
    }
    wait_for_nothing(reactor);
    make_ready(pairs, HORDE);
    assert_int_equal(reactor_wait(reactor, events, HORDE + 1, 0), HORDE);
    for (i = 0; i < HORDE; i++)
        retire_pair(reactor, &pairs[i]);
}

static void changes_cost_no_call_of_their_own(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    begin();
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_ok(reactor_reregister(reactor, pair.mine, DIRECTIONS, NULL));
    assert_int_equal(count_calls(), 0);
    await_event(reactor, pair.mine);
    begin();
    assert_ok(reactor_reregister(reactor, pair.mine, REACTOR_WRITABLE, NULL));
    assert_int_equal(count_calls(), 0);
    await_event(reactor, pair.mine);
    assert_int_equal(count_calls(), 1);
    retire_pair(reactor, &pair);
}

static void a_deregistration_is_one_call_if_a_poll_is_in_flight(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    begin();
    assert_ok(reactor_deregister(reactor, pair.mine));
    assert_int_equal(count_calls(), 0);
    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    wait_for_nothing(reactor);
    begin();
    assert_ok(reactor_deregister(reactor, pair.mine));
    assert_int_equal(count_calls(), 1);
    close_handle(pair.mine);
    assert_true(is_at_end(pair.peer));
    close_handle(pair.peer);
}

/*
 * A poll that was ended while many others completed may end later than the one
 * that replaces it: the two must not be taken for each other, or each wait
 * would be for one completion too many.
 */
static void what_ends_late_is_not_taken_for_its_successor(void **state)
{
    struct reactor *reactor = *state;
    static struct pair pairs[HORDE];
    static struct reactor_event events[HORDE + 2];
    struct pair urgent;
    int64_t start;
    char byte;
    int i;

    if (usable_handles() < 2 * HORDE + 100)
        skip_because("too few handles");
    urgent = tcp_pair();
    assert_ok(reactor_register(reactor, urgent.mine, REACTOR_PRIORITY, NULL));
    for (i = 0; i < HORDE; i++) {
        pairs[i] = stream_pair();
        assert_ok(reactor_register(reactor, pairs[i].mine,
                                   REACTOR_READABLE | REACTOR_EDGE, NULL));
    }
    wait_for_nothing(reactor);
    send_byte(urgent.peer); /* its poll is a multishot from here on */
    wait_for_nothing(reactor);
    send_priority(urgent.peer);
    assert_int_equal(await_readiness(reactor, urgent.mine), REACTOR_PRIORITY);
    make_ready(pairs, HORDE);
    assert_int_equal(reactor_wait(reactor, events, 8, 0), 8);
    assert_int_equal(recv(urgent.mine, &byte, 1, MSG_OOB), 1);
    assert_int_equal(reactor_wait(reactor, events, 8, 0), 8);
    while (reactor_wait(reactor, events, HORDE + 2, 0) > 0)
        continue;
    assert_ok(reactor_wake(reactor));
    start = reactor_now_ns();
    assert_int_equal(reactor_wait(reactor, events, 8, PATIENCE_MS), 1);
    assert_int_equal(events[0].readiness, REACTOR_WAKE);
    assert_is_soon_after(start);
    for (i = 0; i < HORDE; i++)
        retire_pair(reactor, &pairs[i]);
    retire_pair(reactor, &urgent);
}

/* A deregistration finds the completions full, and makes room. */
static void many_deregistrations_are_seen_by_the_peers_at_once(void **state)
{
    struct reactor *reactor = *state;
    static struct pair pairs[4 * HORDE];
    int count = 4 * HORDE;
    int i;

    if (usable_handles() < 8 * HORDE + 100)
        skip_because("too few handles");
    for (i = 0; i < count; i++) {
        pairs[i] = stream_pair();
        assert_ok(reactor_register(reactor, pairs[i].mine,
                                   REACTOR_READABLE | REACTOR_EDGE, NULL));
    }
    wait_for_nothing(reactor);
    make_ready(pairs, count);
    for (i = 0; i < count; i++) {
        assert_ok(reactor_deregister(reactor, pairs[i].mine));
        drain(pairs[i].mine);
        close_handle(pairs[i].mine);
        assert_true(is_at_end(pairs[i].peer));
        close_handle(pairs[i].peer);
    }
}

/* It came with the deregistration, and is over. */
static void
a_level_that_completed_before_the_wait_is_looked_at_anew(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct pair other = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_ok(reactor_register(reactor, other.mine, REACTOR_READABLE, NULL));
    wait_for_nothing(reactor);
    send_byte(pair.peer);
    retire_pair(reactor, &other);
    drain(pair.mine);
    wait_for_nothing(reactor);
    send_byte(pair.peer);
    assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_READABLE);
    retire_pair(reactor, &pair);
}

/* ---- Wakes ---- */

static struct reactor *woken;

static void wake(void)
{
    (void)reactor_wake(woken);
}

/* As if another thread did it at the worst moment, every time. */
static void a_wake_at_each_entry_and_a_handle_take_turns(void **state)
{
    struct reactor_event event;
    struct pair pair = stream_pair();
    int64_t start;
    int wakes = 0;
    int i;

    woken = *state;
    assert_ok(reactor_register(woken, pair.mine, REACTOR_WRITABLE, NULL));
    fault_before_enter = wake;
    for (i = 0; i < 100; i++) {
        assert_int_equal(reactor_wait(woken, &event, 1, PATIENCE_MS), 1);
        wakes += event.readiness == REACTOR_WAKE;
    }
    assert_in_range(wakes, 30, 70);

    /* The last one is not forgotten, although the one before had its turn. */
    while (event.readiness != REACTOR_WAKE)
        assert_int_equal(reactor_wait(woken, &event, 1, PATIENCE_MS), 1);
    fault_before_enter = NULL;
    retire_pair(woken, &pair);
    start = reactor_now_ns();
    await_wake(woken);
    assert_is_soon_after(start);
}

/* ---- Another thread waits ---- */

static int wait_in_vain(void *reactor)
{
    struct reactor_event event;

    return reactor_wait(reactor, &event, 1, 0);
}

static void who_waits_next_lets_go_of_what_was_deregistered(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct pair other = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    assert_ok(reactor_register(reactor, other.mine, REACTOR_READABLE, NULL));
    assert_ok(thread_join(thread_start(wait_in_vain, reactor)));
    begin();
    assert_ok(reactor_deregister(reactor, pair.mine));
    close_handle(pair.mine);
    wait_for_nothing(reactor);
    assert_int_equal(fault_count(FAULT_io_uring_queue_init_params), 1);
    assert_true(is_at_end(pair.peer));
    send_byte(other.peer);
    await_event(reactor, other.mine);
    assert_int_equal(fault_count(FAULT_io_uring_queue_init_params), 1);
    close_handle(pair.peer);
    retire_pair(reactor, &other);
}

static void a_ring_that_cannot_be_replaced_loses_nothing(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    struct reactor_event event;

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, &pair));
    assert_ok(thread_join(thread_start(wait_in_vain, reactor)));
    send_byte(pair.peer);
    begin();
    fault_at(FAULT_io_uring_queue_init_params, 1, EMFILE, FAULT_ONCE);
    assert_error(reactor_wait(reactor, &event, 1, -1), -EMFILE);
    assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_READABLE);
    retire_pair(reactor, &pair);
}

/* ---- Close ---- */

static struct pair armed_pair(struct reactor *reactor)
{
    struct pair pair = stream_pair();

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, NULL));
    return pair;
}

static void assert_close_lets_go(struct reactor *reactor,
                                 const struct pair *pair)
{
    reactor_close(reactor);
    close_handle(pair->mine);
    assert_true(is_at_end(pair->peer));
    close_handle(pair->peer);
}

static void a_close_by_who_has_waited_lets_go_at_once(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = armed_pair(reactor);

    wait_for_nothing(reactor);
    *state = NULL;
    assert_close_lets_go(reactor, &pair);
}

static void a_close_by_another_thread_lets_go_as_well(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = armed_pair(reactor);

    assert_ok(thread_join(thread_start(wait_in_vain, reactor)));
    *state = NULL;
    assert_close_lets_go(reactor, &pair);
}

/* ---- What the kernel refuses ---- */

static void a_poll_that_is_refused_late_is_an_error(void **state)
{
    struct reactor *reactor = *state;
    struct pair pair = stream_pair();
    uint32_t readiness;

    assert_ok(reactor_register(reactor, pair.mine, REACTOR_READABLE, &pair));
    wait_for_nothing(reactor); /* the doorbell's poll is in flight now */
    assert_ok(reactor_reregister(reactor, pair.mine, DIRECTIONS, &pair));
    begin();
    fault_at(FAULT_io_uring_enter2, 1, FAULT_LATE, FAULT_ONCE);
    readiness = await_readiness(reactor, pair.mine);
    assert_int_equal(readiness, REACTOR_ERROR | DIRECTIONS);
    assert_int_equal(await_readiness(reactor, pair.mine), REACTOR_WRITABLE);
    retire_pair(reactor, &pair);
}

static void open_is_told(int kernels, int ours)
{
    struct reactor *untouched = (struct reactor *)&untouched;
    struct reactor *reactor = untouched;

    begin();
    fault_deny(FAULT_io_uring_queue_init_params, kernels);
    assert_error(reactor_open(&reactor), ours);
    assert_ptr_equal(reactor, untouched);
}

static void a_denied_ring_is_told_by_open(void **state)
{
    (void)state;
    open_is_told(EPERM, -EPERM);
    open_is_told(ENOSYS, -ENOSYS);
    open_is_told(EINVAL, -ENOSYS); /* a kernel that lacks what is asked for */
    begin();
}

/* As many a container has it. */
static int filter_out(unsigned call, unsigned error)
{
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {COUNT_OF(steps), steps};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0;
}

static void a_filter_of_system_calls_is_told_by_open(void **state)
{
    pid_t child = fork();
    int status = -1;

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        struct reactor *reactor;

        if (filter_out(SYS_io_uring_setup, EPERM) != 0)
            _exit(2);
        _exit(reactor_open(&reactor) != -EPERM);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(a_turn_with_level_is_one_call),
        CLAIM(a_turn_with_edge_is_one_call),
        CLAIM(a_wait_ends_though_edges_never_do),
        CLAIM(the_first_wait_reports_all_that_is_ready),
        CLAIM(changes_cost_no_call_of_their_own),
        CLAIM(a_deregistration_is_one_call_if_a_poll_is_in_flight),
        CLAIM(what_ends_late_is_not_taken_for_its_successor),
        CLAIM(many_deregistrations_are_seen_by_the_peers_at_once),
        CLAIM(a_level_that_completed_before_the_wait_is_looked_at_anew),
        CLAIM(a_wake_at_each_entry_and_a_handle_take_turns),
        CLAIM(who_waits_next_lets_go_of_what_was_deregistered),
        CLAIM(a_ring_that_cannot_be_replaced_loses_nothing),
        CLAIM(a_close_by_who_has_waited_lets_go_at_once),
        CLAIM(a_close_by_another_thread_lets_go_as_well),
        CLAIM(a_poll_that_is_refused_late_is_an_error),
        CLAIM_WITHOUT_REACTOR(a_denied_ring_is_told_by_open),
        CLAIM_WITHOUT_REACTOR(a_filter_of_system_calls_is_told_by_open),
    };

    fault_reset();
    return run_claims(claims);
}
