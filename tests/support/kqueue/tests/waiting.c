/* SPDX-License-Identifier: MIT */
/* Waiting: timeouts, signals, and other threads. */
#include "check.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>

/* ---- Timeouts ---- */

static void a_zero_timeout_does_not_wait(void **state)
{
    assert_silent(queue_of(state));
}

static void a_timeout_is_never_early(void **state)
{
    int queue = queue_of(state);
    static const long nanoseconds[] = {1, 999, 1000001, 20000000};
    size_t i;

    for (i = 0; i < 4; i++) {
        struct timespec timeout = {.tv_nsec = nanoseconds[i]};
        struct timespec start;
        struct timespec end;
        struct kevent event;
        int64_t waited;

        clock_gettime(CLOCK_MONOTONIC, &start);
        assert_int_equal(kevent(queue, NULL, 0, &event, 1, &timeout), 0);
        clock_gettime(CLOCK_MONOTONIC, &end);
        waited = (end.tv_sec - start.tv_sec) * INT64_C(1000000000) +
                 end.tv_nsec - start.tv_nsec;
        assert_true(waited >= nanoseconds[i]);
        assert_true(waited < PATIENCE_S * INT64_C(1000000000));
    }
}

static void an_odd_timeout_is_einval(void **state)
{
    static const struct timespec odd[] = {
        {.tv_sec = -1}, {.tv_nsec = -1}, {.tv_nsec = 1000000000}};
    int queue = queue_of(state);
    struct kevent event;
    int i;

    for (i = 0; i < 3; i++) {
        assert_int_equal(kevent(queue, NULL, 0, &event, 1, &odd[i]), -1);
        assert_int_equal(errno, EINVAL);
    }
}

static void without_room_nothing_is_waited_for(void **state)
{
    assert_int_equal(kevent(queue_of(state), NULL, 0, NULL, 0, NULL), 0);
}

static void a_far_timeout_does_not_overflow(void **state)
{
    int queue = queue_of(state);
    struct timespec far = {.tv_sec = (time_t)INT64_MAX, .tv_nsec = 999999999};
    struct pair pair = socket_pair();
    struct kevent event;

    assert_int_equal(change_one(queue, pair.mine, EVFILT_WRITE, EV_ADD), 0);
    assert_int_equal(kevent(queue, NULL, 0, &event, 1, &far), 1);
    close_pair(pair);
}

/* ---- Threads ---- */

struct waiter {
    pthread_t thread;
    int queue;
    atomic_int tid;
    int64_t start_ms;
    int result;
    int error;
    struct kevent event;
};

static void *wait_in_thread(void *argument)
{
    struct waiter *waiter = argument;
    struct timespec patience = {.tv_sec = 2 * PATIENCE_S};

    atomic_store(&waiter->tid, (int)syscall(SYS_gettid));
    waiter->result =
        kevent(waiter->queue, NULL, 0, &waiter->event, 1, &patience);
    waiter->error = errno;
    return NULL;
}

static bool is_asleep(int tid)
{
    char path[64];
    char state = '?';
    FILE *file;

    (void)snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
    file = fopen(path, "r");
    if (file == NULL)
        return false;
    if (fscanf(file, "%*d %*s %c", &state) != 1)
        state = '?';
    (void)fclose(file);
    return state == 'S';
}

/* It may sleep on the lock as well, but only until it has it. */
static void begin_waiting(struct waiter *waiter, int queue)
{
    *waiter = (struct waiter){.queue = queue, .start_ms = milliseconds()};
    assert_int_equal(
        pthread_create(&waiter->thread, NULL, wait_in_thread, waiter), 0);
    while (atomic_load(&waiter->tid) == 0 ||
           !is_asleep(atomic_load(&waiter->tid)))
        assert_true(milliseconds() - waiter->start_ms < PATIENCE_S * 1000);
}

/* It could end by its timeout, but then it was not ended by the test. */
static void end_waiting(struct waiter *waiter)
{
    assert_int_equal(pthread_join(waiter->thread, NULL), 0);
    assert_true(milliseconds() - waiter->start_ms < PATIENCE_S * 1000);
}

static void an_arrival_ends_a_wait(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    struct waiter waiter;

    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ADD), 0);
    begin_waiting(&waiter, queue);
    send_byte(pair.peer);
    end_waiting(&waiter);
    assert_int_equal(waiter.result, 1);
    assert_int_equal(waiter.event.ident, pair.mine);
    close_pair(pair);
}

static void a_knote_added_during_a_wait_is_in_it(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    struct waiter waiter;

    begin_waiting(&waiter, queue);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ADD), 0);
    send_byte(pair.peer);
    end_waiting(&waiter);
    assert_int_equal(waiter.result, 1);
    assert_int_equal(waiter.event.ident, pair.mine);
    close_pair(pair);
}

static void a_ready_knote_added_during_a_wait_ends_it(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    struct waiter waiter;

    begin_waiting(&waiter, queue);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_WRITE, EV_ADD), 0);
    end_waiting(&waiter);
    assert_int_equal(waiter.result, 1);
    close_pair(pair);
}

static void a_knote_enabled_during_a_wait_ends_it(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    struct waiter waiter;

    assert_int_equal(
        change_one(queue, pair.mine, EVFILT_WRITE, EV_ADD | EV_DISABLE), 0);
    assert_silent(queue);
    begin_waiting(&waiter, queue);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_WRITE, EV_ENABLE), 0);
    end_waiting(&waiter);
    assert_int_equal(waiter.result, 1);
    close_pair(pair);
}

static void a_knote_deleted_during_a_wait_is_not_in_it(void **state)
{
    int queue = queue_of(state);
    struct pair pairs[2] = {socket_pair(), socket_pair()};
    struct waiter waiter;

    assert_int_equal(change_one(queue, pairs[0].mine, EVFILT_READ, EV_ADD), 0);
    assert_int_equal(change_one(queue, pairs[1].mine, EVFILT_READ, EV_ADD), 0);
    begin_waiting(&waiter, queue);
    assert_int_equal(change_one(queue, pairs[0].mine, EVFILT_READ, EV_DELETE),
                     0);
    send_byte(pairs[0].peer);
    send_byte(pairs[1].peer);
    end_waiting(&waiter);
    assert_int_equal(waiter.result, 1);
    assert_int_equal(waiter.event.ident, pairs[1].mine);
    close_pair(pairs[0]);
    close_pair(pairs[1]);
}

static void closing_the_queue_ends_a_wait(void **state)
{
    int queue = kqueue();
    struct waiter waiter;

    (void)state;
    begin_waiting(&waiter, queue);
    assert_int_equal(close(queue), 0);
    end_waiting(&waiter);
    assert_int_equal(waiter.result, -1);
    assert_int_equal(waiter.error, EBADF);
}

#ifdef EVFILT_USER
static void a_trigger_ends_a_wait(void **state)
{
    int queue = queue_of(state);
    struct kevent trigger = change_of(0, EVFILT_USER, 0, 0);
    struct waiter waiter;

    trigger.fflags = NOTE_TRIGGER;
    assert_int_equal(change_one(queue, 0, EVFILT_USER, EV_ADD | EV_CLEAR), 0);
    begin_waiting(&waiter, queue);
    assert_int_equal(submit(queue, &trigger, 1), 0);
    end_waiting(&waiter);
    assert_int_equal(waiter.result, 1);
}
#endif

/* ---- Signals ---- */

static int handler_queue;
static atomic_int handled;

static void handle(int number)
{
#ifdef EVFILT_USER
    struct kevent trigger = change_of(0, EVFILT_USER, 0, 0);

    trigger.fflags = NOTE_TRIGGER;
    if (handler_queue >= 0)
        (void)kevent(handler_queue, &trigger, 1, NULL, 0, NULL);
#endif
    (void)number;
    atomic_fetch_add(&handled, 1);
}

static void handle_signals(int queue)
{
    struct sigaction action = {.sa_handler = handle, .sa_flags = SA_RESTART};

    handler_queue = queue;
    atomic_store(&handled, 0);
    assert_int_equal(sigaction(SIGUSR1, &action, NULL), 0);
}

static void a_signal_ends_a_wait_with_eintr(void **state)
{
    struct waiter waiter;

    handle_signals(-1);
    begin_waiting(&waiter, queue_of(state));
    while (atomic_load(&handled) == 0)
        assert_int_equal(pthread_kill(waiter.thread, SIGUSR1), 0);
    end_waiting(&waiter);
    assert_int_equal(waiter.result, -1);
    assert_int_equal(waiter.error, EINTR);
}

#ifdef EVFILT_USER
struct pest {
    pthread_t victim;
    atomic_bool is_over;
};

static void *pester(void *argument)
{
    struct pest *pest = argument;

    while (!atomic_load(&pest->is_over))
        (void)pthread_kill(pest->victim, SIGUSR1);
    return NULL;
}

/* If it waited for a lock that its thread holds, that would be for ever. */
static void a_handler_can_trigger_at_any_time(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    struct pest pest = {.victim = pthread_self()};
    struct kevent event;
    pthread_t thread;
    int i;

    assert_int_equal(change_one(queue, 0, EVFILT_USER, EV_ADD | EV_CLEAR), 0);
    handle_signals(queue);
    (void)alarm(PATIENCE_S);
    assert_int_equal(pthread_create(&thread, NULL, pester, &pest), 0);
    for (i = 0; i < 2000 || atomic_load(&handled) == 0; i++) {
        assert_int_equal(change_one(queue, pair.mine, EVFILT_WRITE, EV_ADD), 0);
        assert_int_equal(change_one(queue, pair.mine, EVFILT_WRITE, EV_DELETE),
                         0);
    }
    atomic_store(&pest.is_over, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)alarm(0);
    assert_int_equal(fetch(queue, &event, 1), 1);
    assert_silent(queue);
    close_pair(pair);
}
#endif

/* ---- All at once ---- */

struct crowd {
    int queue;
    atomic_bool is_over;
    atomic_int failures;
};

static void *change_in_thread(void *argument)
{
    struct crowd *crowd = argument;
    int i;

    for (i = 0; i < 2000; i++) {
        struct pair pair = socket_pair();

        if (change_one(crowd->queue, pair.mine, EVFILT_READ, EV_ADD) != 0 ||
            change_one(crowd->queue, pair.mine, EVFILT_WRITE, EV_ADD) != 0 ||
            change_one(crowd->queue, pair.mine, EVFILT_WRITE, EV_DISABLE) !=
                0 ||
            change_one(crowd->queue, pair.peer, EVFILT_READ,
                       EV_ADD | EV_CLEAR) != 0)
            atomic_fetch_add(&crowd->failures, 1);
        send_byte(pair.peer);
        send_byte(pair.mine);
        close_pair(pair);
    }
    return NULL;
}

static void *wait_for_all(void *argument)
{
    struct crowd *crowd = argument;
    struct timespec timeout = {.tv_nsec = 1000000};

    while (!atomic_load(&crowd->is_over)) {
        struct kevent events[8];

        if (kevent(crowd->queue, NULL, 0, events, 8, &timeout) < 0)
            atomic_fetch_add(&crowd->failures, 1);
    }
    return NULL;
}

static void threads_change_and_wait_at_once(void **state)
{
    struct crowd crowd = {.queue = queue_of(state)};
    pthread_t waiters[2];
    pthread_t changers[2];
    int i;

    for (i = 0; i < 2; i++) {
        assert_int_equal(
            pthread_create(&waiters[i], NULL, wait_for_all, &crowd), 0);
        assert_int_equal(
            pthread_create(&changers[i], NULL, change_in_thread, &crowd), 0);
    }
    for (i = 0; i < 2; i++)
        assert_int_equal(pthread_join(changers[i], NULL), 0);
    atomic_store(&crowd.is_over, true);
    for (i = 0; i < 2; i++)
        assert_int_equal(pthread_join(waiters[i], NULL), 0);
    assert_int_equal(atomic_load(&crowd.failures), 0);
    assert_silent(crowd.queue);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(a_zero_timeout_does_not_wait),
        CLAIM(a_timeout_is_never_early),
        CLAIM(an_odd_timeout_is_einval),
        CLAIM(without_room_nothing_is_waited_for),
        CLAIM(a_far_timeout_does_not_overflow),
        CLAIM(an_arrival_ends_a_wait),
        CLAIM(a_knote_added_during_a_wait_is_in_it),
        CLAIM(a_ready_knote_added_during_a_wait_ends_it),
        CLAIM(a_knote_enabled_during_a_wait_ends_it),
        CLAIM(a_knote_deleted_during_a_wait_is_not_in_it),
        CLAIM(closing_the_queue_ends_a_wait),
#ifdef EVFILT_USER
        CLAIM(a_trigger_ends_a_wait),
#endif
        CLAIM(a_signal_ends_a_wait_with_eintr),
#ifdef EVFILT_USER
        CLAIM(a_handler_can_trigger_at_any_time),
#endif
        CLAIM(threads_change_and_wait_at_once),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
