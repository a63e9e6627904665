/* SPDX-License-Identifier: MIT */
/* Events: when they come, how often, and what they say. */
#include "check.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

/* ---- How often ---- */

static void a_level_is_reported_until_it_ends(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    int i;

    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ADD), 0);
    assert_silent(queue);
    send_byte(pair.peer);
    for (i = 0; i < 3; i++)
        (void)await(queue, pair.mine, EVFILT_READ);
    drain(pair.mine);
    assert_silent(queue);
    send_byte(pair.peer);
    (void)await(queue, pair.mine, EVFILT_READ);
    close_pair(pair);
}

static void clear_reports_each_arrival_once(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    int i;

    assert_int_equal(
        change_one(queue, pair.mine, EVFILT_READ, EV_ADD | EV_CLEAR), 0);
    for (i = 1; i < 4; i++) {
        send_byte(pair.peer);
        assert_int_equal(await(queue, pair.mine, EVFILT_READ).data, i);
        assert_silent(queue);
    }
    close_pair(pair);
}

static void clear_is_silent_when_the_arrival_was_taken(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();

    assert_int_equal(
        change_one(queue, pair.mine, EVFILT_READ, EV_ADD | EV_CLEAR), 0);
    send_byte(pair.peer);
    drain(pair.mine);
    assert_silent(queue);
    send_byte(pair.peer);
    (void)await(queue, pair.mine, EVFILT_READ);
    close_pair(pair);
}

static void adding_a_clear_knote_again_reports_again(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();

    assert_int_equal(
        change_one(queue, pair.mine, EVFILT_WRITE, EV_ADD | EV_CLEAR), 0);
    (void)await(queue, pair.mine, EVFILT_WRITE);
    assert_silent(queue);
    assert_int_equal(
        change_one(queue, pair.mine, EVFILT_WRITE, EV_ADD | EV_CLEAR), 0);
    (void)await(queue, pair.mine, EVFILT_WRITE);
    close_pair(pair);
}

static void oneshot_is_deleted_with_its_report(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();

    assert_int_equal(
        change_one(queue, pair.mine, EVFILT_READ, EV_ADD | EV_ONESHOT), 0);
    assert_silent(queue);
    send_byte(pair.peer);
    assert_true(await(queue, pair.mine, EVFILT_READ).flags & EV_ONESHOT);
    send_byte(pair.peer);
    assert_silent(queue);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_DELETE),
                     ENOENT);
    close_pair(pair);
}

/* As the BSDs have it: the knote is not looked at again when it is reported. */
static void oneshot_reports_what_was_there_when_it_was_added(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();

    send_byte(pair.peer);
    assert_int_equal(
        change_one(queue, pair.mine, EVFILT_READ, EV_ADD | EV_ONESHOT), 0);
    drain(pair.mine);
    assert_int_equal(await(queue, pair.mine, EVFILT_READ).data, 1);
    close_pair(pair);
}

#ifdef EV_DISPATCH
static void dispatch_disables_with_its_report(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    int i;

    assert_int_equal(
        change_one(queue, pair.mine, EVFILT_READ, EV_ADD | EV_DISPATCH), 0);
    for (i = 0; i < 3; i++) {
        send_byte(pair.peer);
        (void)await(queue, pair.mine, EVFILT_READ);
        send_byte(pair.peer);
        assert_silent(queue);
        assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_DISABLE),
                         0);
        assert_int_equal(change_one(queue, pair.mine, EVFILT_READ,
                                    i % 2 ? EV_ENABLE : EV_ADD | EV_ENABLE),
                         0);
        (void)await(queue, pair.mine, EVFILT_READ);
        drain(pair.mine);
        assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ENABLE),
                         0);
        assert_silent(queue);
    }
    close_pair(pair);
}
#endif

static void those_in_line_take_turns(void **state)
{
    enum { COUNT = 5 };
    int queue = queue_of(state);
    struct pair pairs[COUNT];
    struct kevent event;
    int i;

    for (i = 0; i < COUNT; i++) {
        pairs[i] = socket_pair();
        assert_int_equal(change_one(queue, pairs[i].mine, EVFILT_WRITE, EV_ADD),
                         0);
    }
    for (i = 0; i < 3 * COUNT; i++) {
        assert_int_equal(fetch(queue, &event, 1), 1);
        assert_int_equal(event.ident, pairs[i % COUNT].mine);
    }
    for (i = 0; i < COUNT; i++)
        close_pair(pairs[i]);
}

static void a_call_reports_a_knote_once(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    struct kevent events[8];

    assert_int_equal(change_one(queue, pair.mine, EVFILT_WRITE, EV_ADD), 0);
    assert_int_equal(change_one(queue, pair.peer, EVFILT_WRITE, EV_ADD), 0);
    assert_int_equal(fetch(queue, events, 8), 2);
    close_pair(pair);
}

static void what_finds_no_room_comes_with_the_next_call(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    struct kevent event;

    assert_int_equal(
        change_one(queue, pair.mine, EVFILT_WRITE, EV_ADD | EV_CLEAR), 0);
    assert_int_equal(
        change_one(queue, pair.peer, EVFILT_WRITE, EV_ADD | EV_CLEAR), 0);
    assert_int_equal(fetch(queue, &event, 1), 1);
    assert_int_equal(event.ident, pair.mine);
    assert_int_equal(fetch(queue, &event, 1), 1);
    assert_int_equal(event.ident, pair.peer);
    assert_silent(queue);
    close_pair(pair);
}

/* ---- What they say ---- */

static void low_water_is_kept(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    struct kevent add = change_of(pair.mine, EVFILT_READ, EV_ADD, 0);

    add.fflags = NOTE_LOWAT;
    add.data = 2;
    assert_int_equal(submit(queue, &add, 1), 0);
    send_byte(pair.peer);
    assert_silent(queue);
    send_byte(pair.peer);
    assert_int_equal(await(queue, pair.mine, EVFILT_READ).data, 2);
    drain(pair.mine);
    assert_int_equal(shutdown(pair.peer, SHUT_WR), 0);
    assert_true(await(queue, pair.mine, EVFILT_READ).flags & EV_EOF);
    close_pair(pair);
}

static void no_room_is_enough_for_a_high_mark(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    struct kevent add = change_of(pair.mine, EVFILT_WRITE, EV_ADD, 0);

    add.fflags = NOTE_LOWAT;
    add.data = INT_MAX;
    assert_int_equal(submit(queue, &add, 1), 0);
    assert_silent(queue);
    assert_int_equal(close(pair.peer), 0);
    assert_true(await(queue, pair.mine, EVFILT_WRITE).flags & EV_EOF);
    assert_int_equal(close(pair.mine), 0);
}

static void unread_data_comes_with_eof(void **state)
{
    int queue = queue_of(state);
    struct pair pairs[2] = {socket_pair(), tcp_pair()};
    int i;

    for (i = 0; i < 2; i++) {
        struct kevent event;

        send_byte(pairs[i].peer);
        assert_int_equal(shutdown(pairs[i].peer, SHUT_WR), 0);
        assert_int_equal(change_one(queue, pairs[i].mine, EVFILT_READ, EV_ADD),
                         0);
        event = await(queue, pairs[i].mine, EVFILT_READ);
        assert_true(event.flags & EV_EOF);
        assert_int_equal(event.data, 1);
        assert_int_equal(event.fflags, 0);
        drain(pairs[i].mine);
        event = await(queue, pairs[i].mine, EVFILT_READ);
        assert_true(event.flags & EV_EOF);
        assert_int_equal(event.data, 0);
        close_pair(pairs[i]);
    }
}

static void a_half_closed_socket_can_still_be_written(void **state)
{
    int queue = queue_of(state);
    struct pair pairs[2] = {socket_pair(), tcp_pair()};
    int i;

    for (i = 0; i < 2; i++) {
        assert_int_equal(shutdown(pairs[i].peer, SHUT_WR), 0);
        assert_int_equal(change_one(queue, pairs[i].mine, EVFILT_WRITE, EV_ADD),
                         0);
        assert_false(await(queue, pairs[i].mine, EVFILT_WRITE).flags & EV_EOF);
        close_pair(pairs[i]);
    }
}

static void its_own_shutdown_ends_writing(void **state)
{
    int queue = queue_of(state);
    struct pair pairs[2] = {socket_pair(), tcp_pair()};
    int i;

    for (i = 0; i < 2; i++) {
        assert_int_equal(
            change_one(queue, pairs[i].mine, EVFILT_WRITE, EV_ADD | EV_CLEAR),
            0);
        assert_false(await(queue, pairs[i].mine, EVFILT_WRITE).flags & EV_EOF);
        assert_int_equal(shutdown(pairs[i].mine, SHUT_WR), 0);
        assert_true(await(queue, pairs[i].mine, EVFILT_WRITE).flags & EV_EOF);
        assert_silent(queue);
        close_pair(pairs[i]);
    }
}

static void its_own_shutdown_ends_reading(void **state)
{
    int queue = queue_of(state);
    struct pair pair = tcp_pair();

    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ADD), 0);
    assert_int_equal(shutdown(pair.mine, SHUT_RD), 0);
    assert_true(await(queue, pair.mine, EVFILT_READ).flags & EV_EOF);
    close_pair(pair);
}

static void a_closed_peer_ends_both_directions(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    struct kevent events[3];

    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ADD), 0);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_WRITE, EV_ADD), 0);
    assert_int_equal(close(pair.peer), 0);
    assert_int_equal(fetch(queue, events, 3), 2);
    assert_true(events[0].flags & EV_EOF);
    assert_true(events[1].flags & EV_EOF);
    assert_int_equal(close(pair.mine), 0);
}

static void a_reset_is_eof_with_an_error(void **state)
{
    int queue = queue_of(state);
    struct pair pair = tcp_pair();
    struct linger at_once = {.l_onoff = 1};
    struct kevent event;

    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ADD), 0);
    assert_int_equal(
        setsockopt(pair.peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)),
        0);
    assert_int_equal(close(pair.peer), 0);
    event = await(queue, pair.mine, EVFILT_READ);
    assert_true(event.flags & EV_EOF);
    assert_int_equal(event.fflags, ECONNRESET);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_DELETE), 0);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_WRITE, EV_ADD), 0);
    event = await(queue, pair.mine, EVFILT_WRITE);
    assert_true(event.flags & EV_EOF);
    assert_int_not_equal(event.fflags, 0);
    assert_int_equal(close(pair.mine), 0);
}

static void a_socket_before_connect_is_silent(void **state)
{
    int queue = queue_of(state);
    int families[] = {AF_INET, AF_UNIX};
    int i;

    for (i = 0; i < 2; i++) {
        int descriptor = socket(families[i], SOCK_STREAM, 0);

        assert_true(descriptor >= 0);
        assert_int_equal(change_one(queue, descriptor, EVFILT_READ, EV_ADD), 0);
        assert_int_equal(change_one(queue, descriptor, EVFILT_WRITE, EV_ADD),
                         0);
        assert_silent(queue);
        assert_int_equal(close(descriptor), 0);
    }
}

static struct sockaddr_in address_of_nobody(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(
        bind(descriptor, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(
        getsockname(descriptor, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(close(descriptor), 0);
    return address;
}

static void a_refused_connect_is_eof_with_an_error(void **state)
{
    int queue = queue_of(state);
    struct sockaddr_in address = address_of_nobody();
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct kevent event;

    assert_int_equal(change_one(queue, descriptor, EVFILT_WRITE, EV_ADD), 0);
    (void)connect(descriptor, (struct sockaddr *)&address, sizeof(address));
    event = await(queue, descriptor, EVFILT_WRITE);
    assert_true(event.flags & EV_EOF);
    assert_int_not_equal(event.fflags, 0);
    assert_int_equal(close(descriptor), 0);
}

static void a_connect_is_writable_when_it_is_done(void **state)
{
    int queue = queue_of(state);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(
        bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size),
                     0);
    assert_int_equal(change_one(queue, listener, EVFILT_READ, EV_ADD), 0);
    assert_silent(queue);
    (void)connect(descriptor, (struct sockaddr *)&address, sizeof(address));
    (void)await(queue, listener, EVFILT_READ);
    assert_int_equal(change_one(queue, listener, EVFILT_READ, EV_DELETE), 0);
    assert_int_equal(change_one(queue, descriptor, EVFILT_WRITE, EV_ADD), 0);
    assert_false(await(queue, descriptor, EVFILT_WRITE).flags & EV_EOF);
    assert_int_equal(close(descriptor), 0);
    assert_int_equal(close(listener), 0);
}

static void a_datagram_makes_readable(void **state)
{
    int queue = queue_of(state);
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
    assert_int_equal(change_one(queue, ends[0], EVFILT_READ, EV_ADD), 0);
    assert_silent(queue);
    send_byte(ends[1]);
    (void)await(queue, ends[0], EVFILT_READ);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(ends[1]), 0);
}

/* ---- Pipes and files ---- */

static void a_pipe_without_writers_is_at_its_end(void **state)
{
    int queue = queue_of(state);
    struct pair pair = pipe_pair();
    struct kevent event;

    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ADD), 0);
    send_byte(pair.peer);
    assert_false(await(queue, pair.mine, EVFILT_READ).flags & EV_EOF);
    assert_int_equal(close(pair.peer), 0);
    event = await(queue, pair.mine, EVFILT_READ);
    assert_true(event.flags & EV_EOF);
    assert_int_equal(event.data, 1);
    assert_int_equal(close(pair.mine), 0);
}

static void a_pipe_without_readers_is_broken(void **state)
{
    int queue = queue_of(state);
    struct pair pair = pipe_pair();
    struct kevent event;

    assert_int_equal(
        change_one(queue, pair.peer, EVFILT_WRITE, EV_ADD | EV_CLEAR), 0);
    assert_false(await(queue, pair.peer, EVFILT_WRITE).flags & EV_EOF);
    assert_int_equal(close(pair.mine), 0);
    event = await(queue, pair.peer, EVFILT_WRITE);
    assert_true(event.flags & EV_EOF);
    assert_int_equal(event.fflags, 0);
    assert_int_equal(close(pair.peer), 0);
}

static void a_broken_pipe_takes_no_writer(void **state)
{
    int queue = queue_of(state);
    struct pair pair = pipe_pair();

    assert_int_equal(close(pair.mine), 0);
    assert_int_equal(change_one(queue, pair.peer, EVFILT_WRITE, EV_ADD),
                     KQUEUE_SHIM_BROKEN_PIPE);
    assert_int_equal(change_one(queue, pair.peer, EVFILT_WRITE, EV_DELETE),
                     ENOENT);
    assert_int_equal(change_one(queue, pair.peer, EVFILT_READ, EV_ADD), 0);
    assert_true(await(queue, pair.peer, EVFILT_READ).flags & EV_EOF);
    assert_int_equal(close(pair.peer), 0);
}

static void files_are_always_ready(void **state)
{
    static const char *const names[] = {"/dev/null", "/proc/self/exe"};
    int queue = queue_of(state);
    int i;

    for (i = 0; i < 2; i++) {
        int descriptor = open(names[i], O_RDONLY);

        assert_int_equal(change_one(queue, descriptor, EVFILT_READ, EV_ADD), 0);
        (void)await(queue, descriptor, EVFILT_READ);
        (void)await(queue, descriptor, EVFILT_READ);
        assert_int_equal(close(descriptor), 0);
        assert_silent(queue);
    }
}

#ifdef EVFILT_EXCEPT
static void urgent_data_is_exceptional(void **state)
{
    int queue = queue_of(state);
    struct pair pair = tcp_pair();
    struct kevent add = change_of(pair.mine, EVFILT_EXCEPT, EV_ADD, 0);
    char byte;

    add.fflags = NOTE_OOB;
    assert_int_equal(submit(queue, &add, 1), 0);
    send_byte(pair.peer);
    assert_silent(queue);
    assert_int_equal(send(pair.peer, "u", 1, MSG_OOB), 1);
    assert_int_equal(await(queue, pair.mine, EVFILT_EXCEPT).fflags, NOTE_OOB);
    assert_int_equal(recv(pair.mine, &byte, 1, MSG_OOB), 1);
    assert_silent(queue);
    close_pair(pair);
}
#endif

#ifdef EVFILT_USER
static int trigger(int queue, int ident, unsigned fflags)
{
    struct kevent change = change_of(ident, EVFILT_USER, 0, 0);

    change.fflags = NOTE_TRIGGER | fflags;
    return submit(queue, &change, 1);
}

static void triggers_of_a_user_event_are_one(void **state)
{
    int queue = queue_of(state);
    int i;

    assert_int_equal(trigger(queue, 77, 0), ENOENT);
    assert_int_equal(change_one(queue, 77, EVFILT_USER, EV_ADD | EV_CLEAR), 0);
    assert_silent(queue);
    for (i = 0; i < 3; i++)
        assert_int_equal(trigger(queue, 77, 0), 0);
    (void)await(queue, 77, EVFILT_USER);
    assert_silent(queue);
    assert_int_equal(trigger(queue, 77, 0), 0);
    (void)await(queue, 77, EVFILT_USER);
    assert_int_equal(change_one(queue, 77, EVFILT_USER, EV_DELETE), 0);
    assert_int_equal(trigger(queue, 77, 0), ENOENT);
}

static void a_user_event_without_clear_stays(void **state)
{
    int queue = queue_of(state);

    assert_int_equal(change_one(queue, 1, EVFILT_USER, EV_ADD), 0);
    assert_int_equal(trigger(queue, 1, 0), 0);
    (void)await(queue, 1, EVFILT_USER);
    (void)await(queue, 1, EVFILT_USER);
    assert_int_equal(change_one(queue, 1, EVFILT_USER, EV_CLEAR), 0);
    assert_silent(queue);
}

static void a_trigger_while_disabled_is_kept(void **state)
{
    int queue = queue_of(state);

    assert_int_equal(change_one(queue, 1, EVFILT_USER, EV_ADD | EV_DISABLE), 0);
    assert_int_equal(trigger(queue, 1, 0), 0);
    assert_silent(queue);
    assert_int_equal(change_one(queue, 1, EVFILT_USER, EV_ENABLE), 0);
    (void)await(queue, 1, EVFILT_USER);
}

static void fflags_of_a_user_event_are_combined(void **state)
{
    int queue = queue_of(state);

    assert_int_equal(change_one(queue, 1, EVFILT_USER, EV_ADD | EV_CLEAR), 0);
    assert_int_equal(trigger(queue, 1, NOTE_FFCOPY | 6), 0);
    assert_int_equal(await(queue, 1, EVFILT_USER).fflags, 6);
    assert_int_equal(trigger(queue, 1, NOTE_FFOR | 1), 0);
    assert_int_equal(await(queue, 1, EVFILT_USER).fflags, 7);
    assert_int_equal(trigger(queue, 1, NOTE_FFAND | 5), 0);
    assert_int_equal(await(queue, 1, EVFILT_USER).fflags, 5);
    assert_int_equal(trigger(queue, 1, NOTE_FFNOP | 8), 0);
    assert_int_equal(await(queue, 1, EVFILT_USER).fflags, 5);
}
#endif

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(a_level_is_reported_until_it_ends),
        CLAIM(clear_reports_each_arrival_once),
        CLAIM(clear_is_silent_when_the_arrival_was_taken),
        CLAIM(adding_a_clear_knote_again_reports_again),
        CLAIM(oneshot_is_deleted_with_its_report),
        CLAIM(oneshot_reports_what_was_there_when_it_was_added),
#ifdef EV_DISPATCH
        CLAIM(dispatch_disables_with_its_report),
#endif
        CLAIM(those_in_line_take_turns),
        CLAIM(a_call_reports_a_knote_once),
        CLAIM(what_finds_no_room_comes_with_the_next_call),
        CLAIM(low_water_is_kept),
        CLAIM(no_room_is_enough_for_a_high_mark),
        CLAIM(unread_data_comes_with_eof),
        CLAIM(a_half_closed_socket_can_still_be_written),
        CLAIM(its_own_shutdown_ends_writing),
        CLAIM(its_own_shutdown_ends_reading),
        CLAIM(a_closed_peer_ends_both_directions),
        CLAIM(a_reset_is_eof_with_an_error),
        CLAIM(a_socket_before_connect_is_silent),
        CLAIM(a_refused_connect_is_eof_with_an_error),
        CLAIM(a_connect_is_writable_when_it_is_done),
        CLAIM(a_datagram_makes_readable),
        CLAIM(a_pipe_without_writers_is_at_its_end),
        CLAIM(a_pipe_without_readers_is_broken),
        CLAIM(a_broken_pipe_takes_no_writer),
        CLAIM(files_are_always_ready),
#ifdef EVFILT_EXCEPT
        CLAIM(urgent_data_is_exceptional),
#endif
#ifdef EVFILT_USER
        CLAIM(triggers_of_a_user_event_are_one),
        CLAIM(a_user_event_without_clear_stays),
        CLAIM(a_trigger_while_disabled_is_kept),
        CLAIM(fflags_of_a_user_event_are_combined),
#endif
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(claims, NULL, NULL);
}
