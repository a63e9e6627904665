/* SPDX-License-Identifier: MIT */
/* Posts, as one thread sees them; post_threads.c has the others. */
#include "support/callbacks.h"
#include "support/loops.h"
#include "support/thread.h"

#include <stdlib.h>
#include <string.h>

/* So many posts, which write down a, b, c ... */
#define POSTS 5

struct row {
    struct reactor_post posts[POSTS];
    struct probe probes[POSTS];
};

static void row_init(struct row *row, struct reactor_loop *loop)
{
    int i;

    memset(row, 0, sizeof(*row));
    for (i = 0; i < POSTS; i++) {
        row->probes[i].name = (char)('a' + i);
        row->probes[i].loop = loop;
        reactor_post_init(&row->posts[i], loop, on_post, &row->probes[i]);
    }
}

static void row_send(struct row *row, const char *names)
{
    for (; *names != '\0'; names++)
        assert_ok(reactor_post_send(&row->posts[*names - 'a']));
}

/* ---- Order ---- */

static void they_are_called_in_the_order_of_sending(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct row row;

    (void)state;
    row_init(&row, loop);
    row_send(&row, "cabed");
    assert_int_equal(turn_once(loop), 5);
    assert_string_equal(journal, "cabed");
    reactor_loop_close(loop);
}

static void send_the_rest(struct probe *probe)
{
    row_send(probe->context, "dbce");
}

static void in_a_callback_too(void **state)
{
    int kind;

    (void)state;
    for (kind = 0; kind < CALLBACK_KINDS; kind++) {
        struct reactor_loop *loop = open_loop();
        struct caller caller;
        struct row row;

        row_init(&row, loop);
        row_send(&row, "a");
        caller_start(&caller, loop, (enum callback_kind)kind, 0, send_the_rest);
        caller.probe.context = &row;
        (void)turn_once(loop);
        caller_end(&caller);
        while (turn_once(loop) > 0)
            continue;
        assert_memory_equal(journal, "adbce", 5);
        reactor_loop_close(loop);
    }
}

static void between_turns_and_calls_of_prepare_too(void **state)
{
    struct reactor_loop *loop = open_loop();
    int64_t deadline_ns;
    struct row row;

    (void)state;
    row_init(&row, loop);
    row_send(&row, "e");
    assert_ok(reactor_loop_prepare(loop, &deadline_ns));
    row_send(&row, "d");
    assert_ok(reactor_loop_prepare(loop, &deadline_ns));
    assert_ok(reactor_loop_prepare(loop, &deadline_ns));
    row_send(&row, "cb");
    assert_int_equal(deadline_ns, 0);
    assert_int_equal(turn_once(loop), 4);
    assert_ok(reactor_loop_prepare(loop, &deadline_ns));
    row_send(&row, "ae");
    assert_int_equal(turn_once(loop), 2);
    assert_string_equal(journal, "edcbae");
    reactor_loop_close(loop);
}

/* ---- Once ---- */

static void sends_before_the_call_are_one(void **state)
{
    struct reactor_loop *loop = open_loop();
    int64_t deadline_ns;
    struct row row;

    (void)state;
    row_init(&row, loop);
    row_send(&row, "aaaba");
    assert_ok(reactor_loop_prepare(loop, &deadline_ns));
    row_send(&row, "ab");
    assert_int_equal(turn_once(loop), 2);
    assert_nobody(loop);
    row_send(&row, "aa");
    assert_int_equal(turn_once(loop), 1);
    assert_string_equal(journal, "aba");
    reactor_loop_close(loop);
}

static void send_again(struct probe *probe)
{
    if (probe->calls < 4) {
        assert_ok(reactor_post_send(probe->context));
        assert_ok(reactor_post_send(probe->context));
    }
}

static void
one_that_is_sent_in_its_function_comes_in_the_next_turn(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct row row;
    int i;

    (void)state;
    row_init(&row, loop);
    row.probes[0].then = send_again;
    row.probes[0].context = &row.posts[0];
    row_send(&row, "a");
    for (i = 0; i < 4; i++)
        assert_int_equal(turn_once(loop), 1);
    assert_nobody(loop);
    reactor_loop_close(loop);
}

static void free_own(void *user_data)
{
    free(user_data);
}

static void one_may_go_in_its_function(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_post *post = malloc(sizeof(*post));
    struct row row;

    (void)state;
    assert_non_null(post);
    row_init(&row, loop);
    reactor_post_init(post, loop, free_own, post);
    row_send(&row, "a");
    assert_ok(reactor_post_send(post));
    row_send(&row, "b");
    assert_int_equal(turn_once(loop), 3);
    assert_string_equal(journal, "ab");
    reactor_loop_close(loop);
}

static void one_may_be_bound_to_another_loop(void **state)
{
    struct reactor_loop *first = open_loop();
    struct reactor_loop *second = open_loop();
    struct row row;

    (void)state;
    row_init(&row, first);
    row_send(&row, "a");
    assert_int_equal(turn_once(first), 1);
    row_init(&row, second);
    row_send(&row, "a");
    assert_int_equal(turn_once(first), 0);
    assert_int_equal(turn_once(second), 1);
    reactor_loop_close(first);
    reactor_loop_close(second);
}

/* ---- Cancel ---- */

/* Of those in `sent`, the ones in `taken` are taken back. */
static void assert_taken_back(const char *sent, const char *taken,
                              const char *left)
{
    struct reactor_loop *loop = open_loop();
    struct row row;

    row_init(&row, loop);
    row_send(&row, sent);
    for (; *taken != '\0'; taken++) {
        assert_int_equal(reactor_post_cancel(&row.posts[*taken - 'a']), 1);
        assert_int_equal(reactor_post_cancel(&row.posts[*taken - 'a']), 0);
    }
    assert_int_equal(reactor_loop_alive(loop), *left != '\0');
    row_send(&row, "e"); /* to the end of what is left */
    assert_int_equal(turn_once(loop), strlen(left) + 1);
    assert_memory_equal(journal, left, strlen(left));
    assert_int_equal(journal[strlen(left)], 'e');
    reactor_loop_close(loop);
}

static void what_is_taken_back_is_not_called(void **state)
{
    (void)state;
    assert_taken_back("a", "a", "");
    assert_taken_back("abcd", "a", "bcd");
    assert_taken_back("abcd", "b", "acd");
    assert_taken_back("abcd", "d", "abc");
    assert_taken_back("abcd", "dcba", "");
    assert_taken_back("abcd", "bdac", "");
}

static void what_is_idle_is_not_taken_back(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct row row;

    (void)state;
    row_init(&row, loop);
    assert_int_equal(reactor_post_cancel(&row.posts[0]), 0);
    row_send(&row, "b");
    assert_int_equal(reactor_post_cancel(&row.posts[0]), 0);
    assert_int_equal(turn_once(loop), 1);
    assert_int_equal(reactor_post_cancel(&row.posts[1]), 0);
    reactor_loop_close(loop);
}

static void what_was_taken_back_can_be_sent_again(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct row row;
    int i;

    (void)state;
    row_init(&row, loop);
    for (i = 0; i < 3; i++) {
        row_send(&row, "ab");
        assert_int_equal(reactor_post_cancel(&row.posts[0]), 1);
        row_send(&row, "a");
        assert_int_equal(turn_once(loop), 2);
    }
    assert_string_equal(journal, "bababa");
    reactor_loop_close(loop);
}

static void take_back_the_others(struct probe *probe)
{
    struct row *row = probe->context;

    assert_int_equal(reactor_post_cancel(&row->posts[0]), 0); /* it is called */
    assert_int_equal(reactor_post_cancel(&row->posts[1]), 1);
    assert_int_equal(reactor_post_cancel(&row->posts[3]), 1);
}

static void in_a_callback_what_is_next_can_be_taken_back(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct row row;

    (void)state;
    row_init(&row, loop);
    row.probes[0].then = take_back_the_others;
    row.probes[0].context = &row;
    row_send(&row, "abcd");
    assert_int_equal(turn_once(loop), 2);
    assert_string_equal(journal, "ac");
    assert_nobody(loop);
    row_send(&row, "d");
    assert_int_equal(turn_once(loop), 1);
    reactor_loop_close(loop);
}

/* A cancel looks at what was sent; the loop still has to be woken for it. */
static int send_it(void *post)
{
    return reactor_post_send(post);
}

static void who_is_prepared_is_woken_after_a_cancel(void **state)
{
    struct reactor_loop *loop = open_loop();
    reactor_handle handle = reactor_loop_backend_handle(loop);
    int64_t deadline_ns;
    struct row row;

    (void)state;
    if (handle == REACTOR_INVALID_HANDLE) {
        reactor_loop_close(loop);
        skip_because("this backend has no handle of its own");
    }
    row_init(&row, loop);
    assert_ok(reactor_loop_prepare(loop, &deadline_ns));
    assert_int_equal(reactor_post_cancel(&row.posts[0]), 0);
    assert_false(is_readable(handle));
    assert_ok(thread_join(thread_start(send_it, &row.posts[1])));
    assert_true(is_readable(handle));
    assert_int_equal(reactor_post_cancel(&row.posts[1]), 1);
    assert_int_equal(turn_once(loop), 0);
    assert_ok(reactor_loop_prepare(loop, &deadline_ns));
    assert_false(is_readable(handle));
    row_send(&row, "c");
    assert_true(is_readable(handle));
    assert_int_equal(turn_once(loop), 1);
    reactor_loop_close(loop);
}

/* ---- A loop that is being closed ---- */

static void send_and_be_refused(struct probe *probe)
{
    struct row *row = probe->context;
    int i;

    reactor_loop_close(probe->loop);
    assert_error(reactor_post_send(&row->posts[4]), -ECANCELED);
    assert_error(reactor_post_send(&row->posts[4]), -ECANCELED);
    assert_int_equal(reactor_post_cancel(&row->posts[4]), 0);
    for (i = 0; i < 2; i++)
        assert_error(thread_join(thread_start(send_it, &row->posts[4])),
                     -ECANCELED);
    assert_ok(reactor_post_send(&row->posts[1])); /* it is pending already */
    assert_int_equal(reactor_post_cancel(&row->posts[2]), 1);
}

static void a_loop_that_is_being_closed_refuses_them(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct row row;

    (void)state;
    row_init(&row, loop);
    row.probes[0].then = send_and_be_refused;
    row.probes[0].context = &row;
    row_send(&row, "abcd");
    assert_is_stopped(loop);
    assert_string_equal(journal, "abd");
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(they_are_called_in_the_order_of_sending),
        CLAIM_WITHOUT_REACTOR(in_a_callback_too),
        CLAIM_WITHOUT_REACTOR(between_turns_and_calls_of_prepare_too),
        CLAIM_WITHOUT_REACTOR(sends_before_the_call_are_one),
        CLAIM_WITHOUT_REACTOR(
            one_that_is_sent_in_its_function_comes_in_the_next_turn),
        CLAIM_WITHOUT_REACTOR(one_may_go_in_its_function),
        CLAIM_WITHOUT_REACTOR(one_may_be_bound_to_another_loop),
        CLAIM_WITHOUT_REACTOR(what_is_taken_back_is_not_called),
        CLAIM_WITHOUT_REACTOR(what_is_idle_is_not_taken_back),
        CLAIM_WITHOUT_REACTOR(what_was_taken_back_can_be_sent_again),
        CLAIM_WITHOUT_REACTOR(in_a_callback_what_is_next_can_be_taken_back),
        CLAIM_WITHOUT_REACTOR(who_is_prepared_is_woken_after_a_cancel),
        CLAIM_WITHOUT_REACTOR(a_loop_that_is_being_closed_refuses_them),
    };

    return run_claims(claims);
}
