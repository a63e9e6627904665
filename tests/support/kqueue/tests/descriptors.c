/* SPDX-License-Identifier: MIT */
/* Descriptors: what happens to knotes and queues when they close or fork. */
#include "check.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

static void close_detaches(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    struct pair next;

    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ADD), 0);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_WRITE, EV_ADD), 0);
    send_byte(pair.peer);
    close_pair(pair);
    assert_silent(queue);
    next = socket_pair();
    assert_int_equal(next.mine, pair.mine);
    assert_silent(queue);
    assert_int_equal(change_one(queue, next.mine, EVFILT_WRITE, EV_DELETE),
                     ENOENT);
    close_pair(next);
}

static void close_detaches_while_a_duplicate_lives(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    int duplicate = dup(pair.mine);

    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ADD), 0);
    assert_int_equal(close(pair.mine), 0);
    send_byte(pair.peer);
    assert_silent(queue);
    assert_int_equal(change_one(queue, duplicate, EVFILT_READ, EV_ADD), 0);
    (void)await(queue, duplicate, EVFILT_READ);
    assert_int_equal(close(duplicate), 0);
    assert_int_equal(close(pair.peer), 0);
}

static void a_number_that_is_used_again_has_no_knote(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    int number = pair.mine;
    int duplicate;

    assert_int_equal(change_one(queue, number, EVFILT_READ, EV_ADD), 0);
    assert_int_equal(
        change_one(queue, number, EVFILT_WRITE, EV_ADD | EV_DISABLE), 0);
    duplicate = fcntl(number, F_DUPFD, number + 100);
    assert_int_equal(close(number), 0);
    assert_int_equal(fcntl(duplicate, F_DUPFD, number), number);
    send_byte(pair.peer);
    assert_silent(queue);
    assert_int_equal(change_one(queue, number, EVFILT_READ, EV_ENABLE), ENOENT);
    assert_int_equal(change_one(queue, number, EVFILT_WRITE, EV_ENABLE),
                     ENOENT);
    assert_int_equal(change_one(queue, number, EVFILT_READ, EV_ADD), 0);
    (void)await(queue, number, EVFILT_READ);
    assert_int_equal(close(duplicate), 0);
    close_pair(pair);
}

static void dup2_detaches_what_it_replaces(void **state)
{
    int queue = queue_of(state);
    struct pair pairs[2] = {socket_pair(), socket_pair()};
    int i;

    for (i = 0; i < 2; i++) {
        assert_int_equal(change_one(queue, pairs[0].mine, EVFILT_WRITE, EV_ADD),
                         0);
        if (i == 0)
            (void)dup2(pairs[1].mine, pairs[0].mine);
        else
            (void)dup3(pairs[1].mine, pairs[0].mine, O_CLOEXEC);
        assert_silent(queue);
        assert_int_equal(
            change_one(queue, pairs[0].mine, EVFILT_WRITE, EV_DELETE), ENOENT);
    }
    close_pair(pairs[0]);
    close_pair(pairs[1]);
}

static void a_refused_dup2_detaches_nothing(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();

    assert_int_equal(change_one(queue, pair.mine, EVFILT_WRITE, EV_ADD), 0);
    assert_int_equal(dup2(-1, pair.mine), -1);
    assert_int_equal(dup2(pair.mine, pair.mine), pair.mine);
    (void)await(queue, pair.mine, EVFILT_WRITE);
    close_pair(pair);
}

static void queues_are_apart(void **state)
{
    int queue = queue_of(state);
    int other = kqueue();
    struct pair pair = socket_pair();

    assert_int_equal(change_one(queue, pair.mine, EVFILT_WRITE, EV_ADD), 0);
    assert_int_equal(change_one(other, pair.mine, EVFILT_WRITE, EV_DELETE),
                     ENOENT);
    assert_silent(other);
    assert_int_equal(change_one(other, pair.mine, EVFILT_WRITE, EV_ADD), 0);
    assert_int_equal(close(pair.mine), 0);
    assert_silent(queue);
    assert_silent(other);
    assert_int_equal(close(other), 0);
    assert_int_equal(close(pair.peer), 0);
}

static void a_closed_queue_is_gone(void **state)
{
    int queue = kqueue();
    int next;
    struct pair pair = socket_pair();
    struct kevent event;

    (void)state;
    assert_int_equal(change_one(queue, pair.mine, EVFILT_WRITE, EV_ADD), 0);
    assert_int_equal(close(queue), 0);
    assert_int_equal(close(queue), -1);
    assert_int_equal(errno, EBADF);
    assert_int_equal(fetch(queue, &event, 1), -1);
    assert_int_equal(errno, EBADF);
    next = kqueue();
    assert_int_equal(next, queue);
    assert_silent(next);
    assert_int_equal(close(next), 0);
    close_pair(pair);
}

static int lowest_free(void)
{
    int descriptor = dup(STDOUT_FILENO);

    assert_int_equal(close(descriptor), 0);
    return descriptor;
}

static void a_queue_leaves_no_descriptors(void **state)
{
    int before = lowest_free();
    int queue = kqueue();

    (void)state;
    assert_int_equal(queue, before);
    assert_int_equal(close(queue), 0);
    assert_int_equal(lowest_free(), before);
}

/* ---- Nested queues ---- */

static bool is_readable(int descriptor)
{
    struct pollfd asked = {.fd = descriptor, .events = POLLIN};

    return poll(&asked, 1, 0) == 1;
}

static void a_queue_is_readable_while_somebody_is_in_line(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();

    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ADD), 0);
    assert_false(is_readable(queue));
    send_byte(pair.peer);
    assert_true(is_readable(queue));
    (void)await(queue, pair.mine, EVFILT_READ);
    assert_true(is_readable(queue));
    drain(pair.mine);
    /* The line is walked by kevent(2) alone, on the BSDs, too. */
    assert_true(is_readable(queue));
    assert_silent(queue);
    assert_false(is_readable(queue));
    close_pair(pair);
}

static void
a_disabled_knote_makes_readable_where_it_gets_into_line(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();

    send_byte(pair.peer);
    assert_int_equal(
        change_one(queue, pair.mine, EVFILT_READ, EV_ADD | EV_DISABLE), 0);
    assert_int_equal(is_readable(queue), KQUEUE_SHIM_QUEUES_DISABLED);
    assert_silent(queue);
    assert_false(is_readable(queue));
    send_byte(pair.peer);
    assert_false(is_readable(queue));
    close_pair(pair);
}

static void a_queue_watches_a_queue(void **state)
{
    int outer = queue_of(state);
    int inner = kqueue();
    struct pair pair = socket_pair();
    int i;

    assert_int_equal(change_one(outer, inner, EVFILT_READ, EV_ADD), 0);
    assert_int_equal(change_one(inner, pair.mine, EVFILT_READ, EV_ADD), 0);
    for (i = 0; i < 3; i++) {
        assert_silent(outer);
        send_byte(pair.peer);
        (void)await(outer, inner, EVFILT_READ);
        (void)await(outer, inner, EVFILT_READ);
        (void)await(inner, pair.mine, EVFILT_READ);
        drain(pair.mine);
        assert_silent(inner);
    }
    assert_int_equal(close(inner), 0);
    assert_silent(outer);
    close_pair(pair);
}

static void a_queue_watches_no_queue_s_writing(void **state)
{
    int queue = queue_of(state);
    int inner = kqueue();

    assert_int_equal(change_one(queue, inner, EVFILT_WRITE, EV_ADD), EINVAL);
    assert_int_equal(change_one(queue, queue, EVFILT_READ, EV_ADD), EINVAL);
    assert_int_equal(close(inner), 0);
}

/* ---- fork(2) ---- */

/* In the child; the bits of what is wrong. */
static int wrongs_in_child(int queue, const struct pair *pair)
{
    struct kevent event;
    int wrongs = 0;
    int own;

    if (fcntl(queue, F_GETFD) >= 0)
        wrongs |= 1;
    if (fetch(queue, &event, 1) != -1 || errno != EBADF)
        wrongs |= 2;
    own = kqueue();
    if (own != queue)
        wrongs |= 4;
    if (change_one(own, pair->mine, EVFILT_READ, EV_DELETE) != ENOENT)
        wrongs |= 8;
    if (change_one(own, pair->mine, EVFILT_WRITE, EV_ADD) != 0 ||
        fetch(own, &event, 1) != 1)
        wrongs |= 16;
    return wrongs;
}

static void a_child_gets_no_queue(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    int status;
    pid_t child;

    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ADD), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(wrongs_in_child(queue, &pair));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_silent(queue);
    send_byte(pair.peer);
    (void)await(queue, pair.mine, EVFILT_READ);
    close_pair(pair);
}

/* ---- Many ---- */

/* Pairs: a knote for each direction of both ends. */
static int scale(void)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max < 11000 ? limit.rlim_max : 11000;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    return ((int)limit.rlim_cur - 100) / 2 < 5000
               ? ((int)limit.rlim_cur - 100) / 2
               : 5000;
}

static void watch_both_ways(int queue, int descriptor)
{
    assert_int_equal(
        change_one(queue, descriptor, EVFILT_READ, EV_ADD | EV_CLEAR), 0);
    assert_int_equal(
        change_one(queue, descriptor, EVFILT_WRITE, EV_ADD | EV_ONESHOT), 0);
}

static void fetch_all(int queue, int count)
{
    struct kevent events[256];

    while (count > 0) {
        int fetched = fetch(queue, events, 256);

        assert_true(fetched > 0);
        count -= fetched;
    }
    assert_int_equal(count, 0);
}

static void twenty_thousand_knotes_are_quick(void **state)
{
    int queue = queue_of(state);
    int count = scale();
    struct pair *pairs = calloc((size_t)count, sizeof(*pairs));
    int64_t start = milliseconds();
    struct kevent event;
    int i;

    for (i = 0; i < count; i++) {
        pairs[i] = socket_pair();
        watch_both_ways(queue, pairs[i].mine);
        watch_both_ways(queue, pairs[i].peer);
    }
    fetch_all(queue, 2 * count);
    assert_silent(queue);
    assert_int_equal(change_one(queue, pairs[0].mine, EVFILT_WRITE, EV_ADD), 0);
    for (i = 0; i < 10000; i++)
        assert_int_equal(fetch(queue, &event, 1), 1);
    for (i = 0; i < count; i++)
        close_pair(pairs[i]);
    assert_true(milliseconds() - start < PATIENCE_S * 1000);
    free(pairs);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(close_detaches),
        CLAIM(close_detaches_while_a_duplicate_lives),
        CLAIM(a_number_that_is_used_again_has_no_knote),
        CLAIM(dup2_detaches_what_it_replaces),
        CLAIM(a_refused_dup2_detaches_nothing),
        CLAIM(queues_are_apart),
        CLAIM(a_closed_queue_is_gone),
        CLAIM(a_queue_leaves_no_descriptors),
        CLAIM(a_queue_is_readable_while_somebody_is_in_line),
        CLAIM(a_disabled_knote_makes_readable_where_it_gets_into_line),
        CLAIM(a_queue_watches_a_queue),
        CLAIM(a_queue_watches_no_queue_s_writing),
        CLAIM(a_child_gets_no_queue),
        CLAIM(twenty_thousand_knotes_are_quick),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
