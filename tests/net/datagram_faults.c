/* SPDX-License-Identifier: MIT */
/*
 * Datagrams that the system does not take, or refuses later. The linker puts
 * the functions below in the place of the system's (CMakeLists.txt).
 */
#include "support/doors.h"

#include <string.h>
#include <sys/socket.h>

/* ---- The system's calls ---- */

static unsigned failures_left; /* so many calls to send fail */
static int failure;
static bool sends_one_at_a_time;
static unsigned receive_failures_left;

static unsigned sends, batch_sends; /* calls */
static unsigned receives, batch_receives;

struct mmsghdr;

/* The names are the linker's choice: ld(1), --wrap. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
ssize_t __real_sendmsg(int handle, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int handle, const struct msghdr *message, int flags);
int __real_sendmmsg(int handle, struct mmsghdr *messages, unsigned count,
                    int flags);
int __wrap_sendmmsg(int handle, struct mmsghdr *messages, unsigned count,
                    int flags);
ssize_t __real_recvmsg(int handle, struct msghdr *message, int flags);
ssize_t __wrap_recvmsg(int handle, struct msghdr *message, int flags);
int __real_recvmmsg(int handle, struct mmsghdr *messages, unsigned count,
                    int flags, struct timespec *timeout);
int __wrap_recvmmsg(int handle, struct mmsghdr *messages, unsigned count,
                    int flags, struct timespec *timeout);

static bool has_to_fail(unsigned *left)
{
    if (*left == 0)
        return false;
    (*left)--;
    errno = failure;
    return true;
}

ssize_t __wrap_sendmsg(int handle, const struct msghdr *message, int flags)
{
    sends++;
    return has_to_fail(&failures_left) ? -1
                                       : __real_sendmsg(handle, message, flags);
}

int __wrap_sendmmsg(int handle, struct mmsghdr *messages, unsigned count,
                    int flags)
{
    batch_sends++;
    if (has_to_fail(&failures_left))
        return -1;
    return __real_sendmmsg(handle, messages, sends_one_at_a_time ? 1 : count,
                           flags);
}

ssize_t __wrap_recvmsg(int handle, struct msghdr *message, int flags)
{
    receives++;
    if ((flags & MSG_PEEK) == 0 && has_to_fail(&receive_failures_left))
        return -1;
    return __real_recvmsg(handle, message, flags);
}

int __wrap_recvmmsg(int handle, struct mmsghdr *messages, unsigned count,
                    int flags, struct timespec *timeout)
{
    batch_receives++;
    return has_to_fail(&receive_failures_left)
               ? -1
               : __real_recvmmsg(handle, messages, count, flags, timeout);
}
/* NOLINTEND(bugprone-reserved-identifier) */

static void fail_sends(unsigned count, int error)
{
    failures_left = count;
    failure = error;
}

#define FOR_EVER 1000000000u

/* ---- The stage ---- */

struct two {
    struct reactor_loop *loop;
    struct box a, b; /* a sends to b */
};

static void two_open(struct two *two,
                     const struct reactor_datagram_options *options)
{
    memset(two, 0, sizeof(*two));
    fail_sends(0, 0);
    receive_failures_left = 0;
    sends_one_at_a_time = false;
    two->loop = open_loop();
    box_open(&two->a, two->loop, BOX_HERE, NULL, options);
    box_open(&two->b, two->loop, BOX_HERE, NULL, NULL);
}

static int send_of_size(const struct two *two, char name, size_t size)
{
    char bytes[64];

    memset(bytes, name, sizeof(bytes));
    return reactor_datagram_send(two->a.datagram, &two->b.address, bytes, size);
}

static void expect_names(const struct two *two, const char *names)
{
    size_t i;

    await_that(two->loop, two->b.received >= strlen(names));
    assert_int_equal(two->b.received, strlen(names));
    for (i = 0; names[i] != '\0'; i++)
        assert_int_equal(two->b.first[i][0], names[i]);
}

static void two_close(struct two *two)
{
    reactor_loop_close(two->loop);
    assert_int_equal(two->a.closed, 1);
    assert_int_equal(two->b.closed, 1);
}

/* ---- What the system does not take ---- */

static void what_is_not_taken_waits_in_order(void **state)
{
    struct two two;

    (void)state;
    two_open(&two, NULL);
    fail_sends(FOR_EVER, EAGAIN);
    assert_ok(send_of_size(&two, 'a', 3));
    assert_ok(send_of_size(&two, 'b', 0));
    assert_ok(send_of_size(&two, 'b', 5));
    assert_int_equal(reactor_datagram_waiting(two.a.datagram), 8);
    assert_true(reactor_loop_turn(two.loop, 0) >= 0);
    assert_int_equal(reactor_datagram_waiting(two.a.datagram), 8);
    fail_sends(0, 0);
    await_that(two.loop, two.b.received == 3);
    assert_int_equal(two.b.sizes[0], 3);
    assert_int_equal(two.b.sizes[1], 0);
    assert_int_equal(two.b.sizes[2], 5);
    assert_int_equal(reactor_datagram_waiting(two.a.datagram), 0);
    assert_int_equal(two.a.drained, 0); /* nothing was refused */
    assert_int_equal(two.a.failed, 0);
    assert_nobody(two.loop);
    two_close(&two);
}

static void more_than_may_wait_is_refused_until_drained(void **state)
{
    struct reactor_datagram_options options = box_options();
    struct two two;

    (void)state;
    options.high = 10;
    two_open(&two, &options);
    fail_sends(FOR_EVER, EWOULDBLOCK);
    assert_ok(send_of_size(&two, 'a', 20)); /* nothing waits: any size */
    assert_error(send_of_size(&two, 'x', 1), -EAGAIN);
    assert_error(send_of_size(&two, 'x', 0), -EAGAIN);
    assert_int_equal(reactor_datagram_waiting(two.a.datagram), 20);
    fail_sends(0, 0);
    await_that(two.loop, two.a.drained == 1);
    fail_sends(FOR_EVER, EWOULDBLOCK);
    assert_ok(send_of_size(&two, 'b', 4));
    assert_ok(send_of_size(&two, 'c', 6)); /* just that much */
    assert_error(send_of_size(&two, 'x', 1), -EAGAIN);
    assert_ok(send_of_size(&two, 'd', 0));
    fail_sends(0, 0);
    await_that(two.loop, two.a.drained == 2);
    await_that(two.loop, two.b.received == 4);
    assert_nobody(two.loop);
    assert_int_equal(two.a.drained, 2);
    two_close(&two);
}

/* They have no bytes, but take memory, too. */
static void empty_ones_do_not_wait_without_a_bound(void **state)
{
    struct two two;
    int count = 0;

    (void)state;
    two_open(&two, NULL);
    fail_sends(FOR_EVER, EAGAIN);
    while (send_of_size(&two, 'a', 0) == 0 && count < 2000)
        count++;
    assert_int_equal(count, 1024);
    assert_error(send_of_size(&two, 'a', 0), -EAGAIN);
    fail_sends(0, 0);
    await_that(two.loop, two.a.drained == 1);
    assert_ok(send_of_size(&two, 'a', 0));
    two_close(&two);
}

static void what_waits_is_lost_with_a_close(void **state)
{
    struct two two;

    (void)state;
    two_open(&two, NULL);
    fail_sends(FOR_EVER, EAGAIN);
    assert_ok(send_of_size(&two, 'a', 3));
    reactor_datagram_close(two.a.datagram);
    assert_int_equal(reactor_datagram_waiting(two.a.datagram), 0);
    assert_int_equal(reactor_datagram_handle(two.a.datagram),
                     REACTOR_INVALID_HANDLE);
    assert_int_equal(two.a.closed, 0);
    fail_sends(0, 0);
    await_that(two.loop, two.a.closed == 1);
    assert_nobody(two.loop);
    assert_int_equal(two.b.received, 0);
    two_close(&two);
}

static void send_five(struct box *box, enum box_call call)
{
    struct two *two = box->context;
    static const char names[] = "abcde";
    int i;

    if (call != BOX_RECEIVED || box->calls > 1)
        return;
    for (i = 0; names[i] != '\0'; i++)
        assert_ok(send_of_size(two, names[i], 1));
}

/* Less than the batch is sent. */
static void a_part_of_a_batch_is_no_loss(void **state)
{
    struct two two;

    (void)state;
    two_open(&two, NULL);
    sends_one_at_a_time = true;
    two.a.then = send_five;
    two.a.context = &two;
    box_send(&two.b, &two.a, "go");
    expect_names(&two, "abcde");
    two_close(&two);
}

/* One call each way, where there are recvmmsg(2) and sendmmsg(2). */
static void a_batch_is_one_call(void **state)
{
    struct two two;

    (void)state;
    two_open(&two, NULL);
    two.a.then = send_five;
    two.a.context = &two;
    box_send(&two.b, &two.a, "go");
    sends = batch_sends = 0;
    await_that(two.loop, two.a.received == 1);
    assert_true(batch_sends == 1 ? sends == 0 : batch_sends == 0 && sends == 5);
    receives = batch_receives = 0;
    await_that(two.loop, two.b.received == 5);
    assert_int_equal(two.b.calls, 1);
    assert_true(batch_receives == 1 ? receives == 0 : batch_receives == 0);
    two_close(&two);
}

/* ---- Errors ---- */

/* Linux says here what has become of an earlier datagram: this one goes. */
static void an_error_of_another_datagram_is_told_and_this_one_goes(void **state)
{
    struct two two;

    (void)state;
    two_open(&two, NULL);
    fail_sends(1, EHOSTUNREACH);
    assert_ok(send_of_size(&two, 'a', 1));
    assert_int_equal(two.a.failed, 0);
    await_that(two.loop, two.a.failed == 1);
    assert_error(two.a.error, -EHOSTUNREACH);
    expect_names(&two, "a");
    assert_nobody(two.loop);
    assert_int_equal(two.a.failed, 1);
    two_close(&two);
}

static void one_of_its_own_is_answered(void **state)
{
    static const int errors[] = {EACCES,   EHOSTUNREACH, ENETUNREACH,
                                 EMSGSIZE, ENOMEM,       EPERM};
    struct two two;
    size_t i;

    (void)state;
    two_open(&two, NULL);
    for (i = 0; i < COUNT_OF(errors); i++) {
        fail_sends(2, errors[i]);
        assert_error(send_of_size(&two, 'x', 1), -errors[i]);
        assert_int_equal(failures_left, 0);
    }
    fail_sends(1, EINTR);
    assert_ok(send_of_size(&two, 'a', 1));
    expect_names(&two, "a");
    assert_int_equal(two.a.failed, 0);
    two_close(&two);
}

/* In the queue it is in nobody's way. */
static void one_that_can_not_go_is_told_and_left_out(void **state)
{
    struct two two;

    (void)state;
    two_open(&two, NULL);
    sends_one_at_a_time = true;
    fail_sends(FOR_EVER, EAGAIN);
    assert_ok(send_of_size(&two, 'x', 1));
    assert_ok(send_of_size(&two, 'b', 1));
    assert_ok(send_of_size(&two, 'c', 1));
    fail_sends(2, EPERM);
    expect_names(&two, "bc");
    await_that(two.loop, two.a.failed == 1);
    assert_error(two.a.error, -EPERM);
    assert_nobody(two.loop);
    assert_int_equal(two.a.failed, 1);
    two_close(&two);
}

static void receiving_goes_on_after_an_error(void **state)
{
    struct two two;

    (void)state;
    two_open(&two, NULL);
    receive_failures_left = 1;
    failure = ECONNREFUSED;
    assert_ok(send_of_size(&two, 'a', 1));
    expect_names(&two, "a");
    assert_int_equal(two.b.failed, 1);
    assert_error(two.b.error, -ECONNREFUSED);
    receive_failures_left = 1;
    failure = EINTR;
    assert_ok(send_of_size(&two, 'a', 1));
    expect_names(&two, "aa");
    assert_int_equal(two.b.failed, 1);
    two_close(&two);
}

/* ---- Told by the network ---- */

/* IP_RECVERR, of Linux; not where a shim is another system's kqueue(2). */
static bool whom_is_told(void)
{
#ifdef __linux__
    return refusals_are_told();
#else
    return false;
#endif
}

static void who_sent_to_nobody_is_told_to_whom(void **state)
{
    const struct reactor_address nobody = deserted_address();
    struct two two;

    (void)state;
    if (!refusals_are_told())
        skip_because("nobody is told that a datagram was refused here");
    two_open(&two, NULL);
    assert_ok(reactor_datagram_send(two.a.datagram, &nobody, "a", 1));
    if (whom_is_told()) {
        await_that(two.loop, two.a.failed == 1);
        assert_error(two.a.error, -ECONNREFUSED);
        assert_true(two.a.knows_peer);
        assert_int_equal(reactor_address_is_equal(&two.a.peer, &nobody), 1);
    }
    box_send(&two.a, &two.a, "and goes on");
    await_that(two.loop, two.a.received == 1);
    assert_nobody(two.loop);
    two_close(&two);
}

static void close_it(struct box *box, enum box_call call)
{
    if (call == BOX_FAILED)
        reactor_datagram_close(box->datagram);
}

static void close_loop(struct box *box, enum box_call call)
{
    if (call == BOX_FAILED)
        reactor_loop_close(box->loop);
}

/* Several errors wait to be told. */
static void it_can_be_closed_at_the_first_error(void **state)
{
    const struct reactor_address nobody = deserted_address();
    int way, i;

    (void)state;
    for (way = 0; way < 2 && whom_is_told(); way++) {
        struct two two;

        two_open(&two, NULL);
        two.a.then = way == 0 ? close_it : close_loop;
        for (i = 0; i < 5; i++)
            assert_ok(reactor_datagram_send(two.a.datagram, &nobody, "a", 1));
        if (way == 0) {
            await_that(two.loop, two.a.closed == 1);
            two_close(&two);
        } else {
            assert_is_stopped(two.loop);
        }
        assert_int_equal(two.a.failed, 1);
        assert_int_equal(two.a.closed, 1);
    }
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(what_is_not_taken_waits_in_order),
        CLAIM_WITHOUT_REACTOR(more_than_may_wait_is_refused_until_drained),
        CLAIM_WITHOUT_REACTOR(empty_ones_do_not_wait_without_a_bound),
        CLAIM_WITHOUT_REACTOR(what_waits_is_lost_with_a_close),
        CLAIM_WITHOUT_REACTOR(a_part_of_a_batch_is_no_loss),
        CLAIM_WITHOUT_REACTOR(a_batch_is_one_call),
        CLAIM_WITHOUT_REACTOR(
            an_error_of_another_datagram_is_told_and_this_one_goes),
        CLAIM_WITHOUT_REACTOR(one_of_its_own_is_answered),
        CLAIM_WITHOUT_REACTOR(one_that_can_not_go_is_told_and_left_out),
        CLAIM_WITHOUT_REACTOR(receiving_goes_on_after_an_error),
        CLAIM_WITHOUT_REACTOR(who_sent_to_nobody_is_told_to_whom),
        CLAIM_WITHOUT_REACTOR(it_can_be_closed_at_the_first_error),
    };

    return run_claims(claims);
}
