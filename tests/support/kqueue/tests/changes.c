/* SPDX-License-Identifier: MIT */
/* Changes: what they do to knotes, and how they are answered. */
#include "check.h"

#include <fcntl.h>

static const struct timespec patience = {.tv_sec = PATIENCE_S};

static void add_reports_what_is_there_already(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();

    send_byte(pair.peer);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ADD), 0);
    assert_int_equal(await(queue, pair.mine, EVFILT_READ).data, 1);
    close_pair(pair);
}

static void filters_of_a_descriptor_are_apart(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();

    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ADD), 0);
    assert_silent(queue);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_WRITE, EV_ADD), 0);
    (void)await(queue, pair.mine, EVFILT_WRITE);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_WRITE, EV_DELETE), 0);
    assert_silent(queue);
    send_byte(pair.peer);
    (void)await(queue, pair.mine, EVFILT_READ);
    close_pair(pair);
}

static void delete_ends_reports(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();

    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ADD), 0);
    send_byte(pair.peer);
    (void)await(queue, pair.mine, EVFILT_READ);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_DELETE), 0);
    assert_silent(queue);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_DELETE),
                     ENOENT);
    close_pair(pair);
}

static void changes_of_what_is_not_there_are_enoent(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();

    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_DELETE),
                     ENOENT);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ENABLE),
                     ENOENT);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_DISABLE),
                     ENOENT);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, 0), ENOENT);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_WRITE, EV_ADD), 0);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_DELETE),
                     ENOENT);
    close_pair(pair);
}

/* On macOS only EV_ADD looks whether it is one. */
static void what_is_no_descriptor_is_ebadf(void **state)
{
    static const unsigned flags[] = {EV_ADD, EV_DELETE, EV_ENABLE, EV_DISABLE};
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    size_t i;

    close_pair(pair);
    for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        int error =
            flags[i] != EV_ADD && KQUEUE_SHIM_CLOSED_IS_ENOENT ? ENOENT : EBADF;

        assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, flags[i]),
                         error);
        assert_int_equal(change_one(queue, -1, EVFILT_WRITE, flags[i]), error);
    }
}

static void an_unknown_filter_is_einval(void **state)
{
    assert_int_equal(change_one(queue_of(state), 0, 99, EV_ADD), EINVAL);
}

static void what_is_no_queue_is_ebadf(void **state)
{
    struct pair pair = socket_pair();
    struct kevent event;

    (void)state;
    assert_int_equal(fetch(pair.mine, &event, 1), -1);
    assert_int_equal(errno, EBADF);
    assert_int_equal(fetch(-1, &event, 1), -1);
    assert_int_equal(errno, EBADF);
    close_pair(pair);
}

static void a_second_add_modifies_udata(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    struct kevent add = change_of(pair.mine, EVFILT_READ, EV_ADD, 1);
    struct kevent event;

    assert_int_equal(submit(queue, &add, 1), 0);
    add = change_of(pair.mine, EVFILT_READ, EV_ADD, UINTPTR_MAX);
    assert_int_equal(submit(queue, &add, 1), 0);
    send_byte(pair.peer);
    event = await(queue, pair.mine, EVFILT_READ);
    assert_true(udata_of(&event) == UINTPTR_MAX);
    close_pair(pair);
}

static void a_change_without_add_modifies_udata_where_it_does(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    struct kevent add = change_of(pair.mine, EVFILT_READ, EV_ADD, 1);
    struct kevent enable = change_of(pair.mine, EVFILT_READ, EV_ENABLE, 2);
    struct kevent event;

    assert_int_equal(submit(queue, &add, 1), 0);
    assert_int_equal(submit(queue, &enable, 1), 0);
    send_byte(pair.peer);
    event = await(queue, pair.mine, EVFILT_READ);
    assert_int_equal(udata_of(&event),
                     KQUEUE_SHIM_EVERY_CHANGE_MODIFIES ? 2 : 1);
    close_pair(pair);
}

static void a_second_add_does_not_change_the_trigger(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();

    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ADD), 0);
    assert_int_equal(
        change_one(queue, pair.mine, EVFILT_READ, EV_ADD | EV_CLEAR), 0);
    send_byte(pair.peer);
    assert_false(await(queue, pair.mine, EVFILT_READ).flags & EV_CLEAR);
    (void)await(queue, pair.mine, EVFILT_READ);
    close_pair(pair);
}

static void a_second_add_does_not_enable(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();

    send_byte(pair.peer);
    assert_int_equal(
        change_one(queue, pair.mine, EVFILT_READ, EV_ADD | EV_DISABLE), 0);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ADD), 0);
    assert_silent(queue);
    assert_int_equal(
        change_one(queue, pair.mine, EVFILT_READ, EV_ADD | EV_ENABLE), 0);
    (void)await(queue, pair.mine, EVFILT_READ);
    close_pair(pair);
}

static void disable_silences_and_enable_reports_again(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    int i;

    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ADD), 0);
    send_byte(pair.peer);
    for (i = 0; i < 3; i++) {
        (void)await(queue, pair.mine, EVFILT_READ);
        assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_DISABLE),
                         0);
        assert_silent(queue);
        send_byte(pair.peer);
        assert_silent(queue);
        assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ENABLE),
                         0);
    }
    close_pair(pair);
}

static void a_disabled_knote_can_be_deleted(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();

    assert_int_equal(
        change_one(queue, pair.mine, EVFILT_READ, EV_ADD | EV_DISABLE), 0);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_DELETE), 0);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_ENABLE),
                     ENOENT);
    close_pair(pair);
}

static void the_first_error_ends_a_call_without_room(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    struct kevent changes[3] = {
        change_of(pair.mine, EVFILT_READ, EV_ADD, 0),
        change_of(pair.mine, EVFILT_WRITE, EV_DELETE, 0),
        change_of(pair.peer, EVFILT_READ, EV_ADD, 0),
    };

    assert_int_equal(submit(queue, changes, 3), ENOENT);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_DELETE), 0);
    assert_int_equal(change_one(queue, pair.peer, EVFILT_READ, EV_DELETE),
                     ENOENT);
    close_pair(pair);
}

static void errors_are_events_where_there_is_room(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    struct kevent changes[3] = {
        change_of(pair.mine, EVFILT_WRITE, EV_ADD, 0),
        change_of(pair.mine, EVFILT_READ, EV_DELETE, 7),
        change_of(pair.peer, EVFILT_READ, EV_ADD, 0),
    };
    struct kevent events[3];

    /* There is room for the writable one, too, but errors come alone. */
    assert_int_equal(kevent(queue, changes, 3, events, 3, &patience), 1);
    assert_int_equal(events[0].ident, pair.mine);
    assert_int_equal((int)events[0].filter, EVFILT_READ);
    assert_int_equal(events[0].flags, EV_ERROR);
    assert_int_equal(events[0].data, ENOENT);
    assert_int_equal(udata_of(&events[0]), 7);
    assert_int_equal(change_one(queue, pair.peer, EVFILT_READ, EV_DELETE), 0);
    (void)await(queue, pair.mine, EVFILT_WRITE);
    close_pair(pair);
}

static void a_call_changes_first_and_fetches_then(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    struct kevent change = change_of(pair.mine, EVFILT_WRITE, EV_ADD, 3);
    struct kevent event;

    assert_int_equal(kevent(queue, &change, 1, &event, 1, &patience), 1);
    assert_int_equal(event.ident, pair.mine);
    assert_int_equal(udata_of(&event), 3);
    close_pair(pair);
}

static void events_may_overwrite_the_changes(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    struct kevent both[2] = {
        change_of(pair.mine, EVFILT_READ, EV_DELETE, 0),
        change_of(pair.peer, EVFILT_READ, EV_DELETE, 0),
    };

    assert_int_equal(kevent(queue, both, 2, both, 2, &patience), 2);
    assert_int_equal(both[0].ident, pair.mine);
    assert_int_equal(both[1].ident, pair.peer);
    assert_int_equal(both[1].data, ENOENT);
    close_pair(pair);
}

#ifdef EV_RECEIPT
static void receipts_answer_every_change_and_nothing_else(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    struct kevent both[3] = {
        change_of(pair.mine, EVFILT_WRITE, EV_ADD | EV_RECEIPT, 1),
        change_of(pair.mine, EVFILT_READ, EV_DELETE | EV_RECEIPT, 2),
        change_of(pair.peer, EVFILT_READ, EV_ADD | EV_RECEIPT, 3),
    };
    int i;

    assert_int_equal(kevent(queue, both, 3, both, 3, &patience), 3);
    for (i = 0; i < 3; i++) {
        assert_int_equal(both[i].flags, EV_ERROR);
        assert_int_equal(both[i].data, i == 1 ? ENOENT : 0);
        assert_int_equal(udata_of(&both[i]), i + 1);
    }
    (void)await(queue, pair.mine, EVFILT_WRITE);
    close_pair(pair);
}

static void a_receipt_without_room_ends_the_call(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();
    struct kevent both[2] = {
        change_of(pair.mine, EVFILT_READ, EV_ADD | EV_RECEIPT, 1),
        change_of(pair.peer, EVFILT_READ, EV_ADD | EV_RECEIPT, 2),
    };

    assert_int_equal(submit(queue, both, 2), 0);
    assert_int_equal(change_one(queue, pair.mine, EVFILT_READ, EV_DELETE), 0);
    assert_int_equal(change_one(queue, pair.peer, EVFILT_READ, EV_DELETE),
                     ENOENT);
    close_pair(pair);
}
#endif

static void the_eof_flag_of_a_change_is_ignored(void **state)
{
    int queue = queue_of(state);
    struct pair pair = socket_pair();

    assert_int_equal(
        change_one(queue, pair.mine, EVFILT_WRITE, EV_ADD | EV_EOF | EV_ERROR),
        0);
    assert_false(await(queue, pair.mine, EVFILT_WRITE).flags &
                 (EV_EOF | EV_ERROR));
    close_pair(pair);
}

static void a_queue_is_closed_on_exec_when_kqueue1_is_asked(void **state)
{
    int queue = queue_of(state);

    assert_int_equal(fcntl(queue, F_GETFD), 0);
#if KQUEUE_SHIM_HAS_KQUEUE1
    queue = kqueue1(O_CLOEXEC);
    assert_int_equal(fcntl(queue, F_GETFD), FD_CLOEXEC);
    assert_int_equal(close(queue), 0);
    assert_int_equal(kqueue1(O_APPEND), -1);
    assert_int_equal(errno, EINVAL);
#endif
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM(add_reports_what_is_there_already),
        CLAIM(filters_of_a_descriptor_are_apart),
        CLAIM(delete_ends_reports),
        CLAIM(changes_of_what_is_not_there_are_enoent),
        CLAIM(what_is_no_descriptor_is_ebadf),
        CLAIM(an_unknown_filter_is_einval),
        CLAIM(what_is_no_queue_is_ebadf),
        CLAIM(a_second_add_modifies_udata),
        CLAIM(a_change_without_add_modifies_udata_where_it_does),
        CLAIM(a_second_add_does_not_change_the_trigger),
        CLAIM(a_second_add_does_not_enable),
        CLAIM(disable_silences_and_enable_reports_again),
        CLAIM(a_disabled_knote_can_be_deleted),
        CLAIM(the_first_error_ends_a_call_without_room),
        CLAIM(errors_are_events_where_there_is_room),
        CLAIM(a_call_changes_first_and_fetches_then),
        CLAIM(events_may_overwrite_the_changes),
#ifdef EV_RECEIPT
        CLAIM(receipts_answer_every_change_and_nothing_else),
        CLAIM(a_receipt_without_room_ends_the_call),
#endif
        CLAIM(the_eof_flag_of_a_change_is_ignored),
        CLAIM(a_queue_is_closed_on_exec_when_kqueue1_is_asked),
    };

    return cmocka_run_group_tests(claims, NULL, NULL);
}
