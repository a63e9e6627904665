/* SPDX-License-Identifier: MIT */
/* Hooks: where they are called, in which order, and what they may do. */
#include "loop/loop_state.h"
#include "support/callbacks.h"
#include "support/loops.h"

#include <string.h>

#define HOOKS 5

/* Hooks that write down a, b, c ... */
struct row {
    struct reactor_hook hooks[HOOKS];
    struct probe probes[HOOKS];
};

static const enum reactor_hook_place places[] = {
    REACTOR_BEFORE_WAIT, REACTOR_AFTER_WAIT, REACTOR_BEFORE_CLOSE};

static void row_init(struct row *row, struct reactor_loop *loop)
{
    int i;

    memset(row, 0, sizeof(*row));
    for (i = 0; i < HOOKS; i++) {
        row->probes[i].name = (char)('a' + i);
        row->probes[i].loop = loop;
        row->probes[i].context = row;
        reactor_hook_init(&row->hooks[i], loop, on_hook, &row->probes[i]);
    }
}

static void row_start(struct row *row, const char *names,
                      enum reactor_hook_place place)
{
    for (; *names != '\0'; names++)
        assert_ok(reactor_hook_start(&row->hooks[*names - 'a'], place));
}

static void row_stop(struct row *row, const char *names)
{
    for (; *names != '\0'; names++)
        reactor_hook_stop(&row->hooks[*names - 'a']);
}

/* The next turn calls these. */
static void assert_round(struct reactor_loop *loop, const char *names)
{
    forget_calls();
    (void)turn_once(loop);
    assert_string_equal(journal, names);
}

/* ---- Where ---- */

static void they_are_around_the_wait(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct caller handler;
    struct row row;

    (void)state;
    caller_start(&handler, loop, IN_HANDLER, 'h', NULL);
    row_init(&row, loop);
    row_start(&row, "a", REACTOR_AFTER_WAIT);
    row_start(&row, "b", REACTOR_BEFORE_WAIT);
    row_start(&row, "c", REACTOR_BEFORE_CLOSE);
    assert_round(loop, "bah");
    assert_round(loop, "bah");
    caller_end(&handler);
    forget_calls();
    reactor_loop_close(loop);
    assert_string_equal(journal, "c");
}

static void those_before_close_are_called_once(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct row row;

    (void)state;
    row_init(&row, loop);
    row_start(&row, "cab", REACTOR_BEFORE_CLOSE);
    assert_round(loop, "");
    reactor_loop_close(loop);
    assert_string_equal(journal, "cab");
    row_stop(&row, "abc");
}

static void what_is_no_place_is_einval(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct row row;

    (void)state;
    row_init(&row, loop);
    row_start(&row, "ab", REACTOR_BEFORE_WAIT);
    assert_error(reactor_hook_start(&row.hooks[0], (enum reactor_hook_place)4),
                 -EINVAL);
    assert_error(
        reactor_hook_start(&row.hooks[0], (enum reactor_hook_place) - 1),
        -EINVAL);
    assert_round(loop, "ab"); /* it is as it was */
    reactor_loop_close(loop);
}

static void they_keep_no_loop_alive(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct row row;
    size_t i;

    (void)state;
    row_init(&row, loop);
    for (i = 0; i < COUNT_OF(places); i++)
        assert_ok(reactor_hook_start(&row.hooks[i], places[i]));
    assert_int_equal(reactor_loop_alive(loop), 0);
    assert_runs_out(loop);
    assert_string_equal(journal, "");
    reactor_loop_close(loop);
}

/* ---- Order ---- */

static void they_are_called_in_start_order(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct row row;

    (void)state;
    row_init(&row, loop);
    row_start(&row, "cbdae", REACTOR_AFTER_WAIT);
    assert_round(loop, "cbdae");
    row_start(&row, "c", REACTOR_AFTER_WAIT); /* now the last */
    assert_round(loop, "bdaec");
    row_stop(&row, "d");
    row_stop(&row, "d");
    assert_round(loop, "baec");
    row_stop(&row, "bc");
    assert_round(loop, "ae");
    row_start(&row, "d", REACTOR_AFTER_WAIT);
    row_start(&row, "a", REACTOR_BEFORE_WAIT); /* elsewhere */
    assert_round(loop, "aed");
    row_stop(&row, "aed");
    assert_round(loop, "");
    reactor_loop_close(loop);
}

/* Rounds are counted in 32 bits. */
static void after_so_many_rounds_none_is_left_out(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct row row;

    (void)state;
    row_init(&row, loop);
    row_start(&row, "ab", REACTOR_AFTER_WAIT);
    assert_round(loop, "ab");
    loop->hooks.round -= 3; /* from here on each one is walked */
    assert_round(loop, "ab");
    assert_round(loop, "ab");
    assert_round(loop, "ab");
    reactor_loop_close(loop);
}

/* ---- Changes in a hook ---- */

static void stop_own(struct probe *probe)
{
    row_stop(probe->context, (const char[]){probe->name, '\0'});
}

static void stop_all(struct probe *probe)
{
    row_stop(probe->context, "abcde");
}

static void stop_next(struct probe *probe)
{
    row_stop(probe->context, (const char[]){(char)(probe->name + 1), '\0'});
}

static void stop_previous(struct probe *probe)
{
    row_stop(probe->context, (const char[]){(char)(probe->name - 1), '\0'});
}

static void instruct(struct probe *probe, void (*then)(struct probe *self))
{
    probe->then = then;
}

/* One round with c doing this, and the next without. */
static void assert_rounds(enum reactor_hook_place place,
                          void (*then)(struct probe *self), const char *first,
                          const char *second)
{
    struct reactor_loop *loop = open_loop();
    struct row row;

    row_init(&row, loop);
    row_start(&row, "abcd", place);
    instruct(&row.probes[2], then);
    assert_round(loop, first);
    instruct(&row.probes[2], NULL);
    assert_round(loop, second);
    reactor_loop_close(loop);
}

static void what_is_stopped_is_not_called_any_more(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        assert_rounds(places[i], stop_own, "abcd", "abd");
        assert_rounds(places[i], stop_next, "abc", "abc");
        assert_rounds(places[i], stop_previous, "abcd", "acd");
        assert_rounds(places[i], stop_all, "abc", "");
    }
}

static void start_new(struct probe *probe)
{
    row_start(probe->context, "e", REACTOR_AFTER_WAIT);
}

static void start_itself(struct probe *probe)
{
    row_start(probe->context, "c", REACTOR_AFTER_WAIT);
}

static void start_next_again(struct probe *probe)
{
    row_start(probe->context, "d", REACTOR_AFTER_WAIT);
}

static void start_first_again(struct probe *probe)
{
    row_start(probe->context, "a", REACTOR_AFTER_WAIT);
}

static void what_is_started_is_called_from_the_next_round_on(void **state)
{
    (void)state;
    assert_rounds(REACTOR_AFTER_WAIT, start_new, "abcd", "abcde");
    assert_rounds(REACTOR_AFTER_WAIT, start_itself, "abcd", "abdc");
    assert_rounds(REACTOR_AFTER_WAIT, start_next_again, "abc", "abcd");
    assert_rounds(REACTOR_AFTER_WAIT, start_first_again, "abcd", "bcda");
}

/* Before the wait, for after it: that is another round. */
static void one_for_the_other_place_is_called_in_this_turn(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct row row;

    (void)state;
    row_init(&row, loop);
    row_start(&row, "a", REACTOR_BEFORE_WAIT);
    row.probes[0].then = start_new;
    assert_round(loop, "ae");
    reactor_loop_close(loop);
}

static void start_again_everywhere(struct probe *probe)
{
    row_start(probe->context, "a", REACTOR_BEFORE_CLOSE);
    row_start(probe->context, "b", REACTOR_BEFORE_CLOSE);
    row_start(probe->context, "e", REACTOR_BEFORE_CLOSE);
}

static void a_hook_cannot_prolong_a_close(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct row row;

    (void)state;
    row_init(&row, loop);
    row_start(&row, "abc", REACTOR_BEFORE_CLOSE);
    row.probes[0].then = start_again_everywhere;
    row.probes[2].then = stop_own;
    reactor_loop_close(loop);
    assert_string_equal(journal, "ac");
    row_stop(&row, "abcde");
}

/* ---- What they change is in the wait ---- */

static void start_handler(struct probe *probe)
{
    struct watch *watch = probe->context;

    if (!reactor_handler_is_active(&watch->handler))
        assert_ok(reactor_handler_start(&watch->handler, watch->pair.mine,
                                        REACTOR_READABLE));
}

static void resume_handler(struct probe *probe)
{
    struct watch *watch = probe->context;

    assert_ok(reactor_handler_update(&watch->handler, REACTOR_READABLE));
}

static void start_timer(struct probe *probe)
{
    reactor_timer_start(probe->context, 0, 0);
}

static void send_post(struct probe *probe)
{
    assert_ok(reactor_post_send(probe->context));
}

/* One turn that waits for ever calls this hook, and what it has started. */
static void assert_in_this_wait(struct reactor_loop *loop,
                                void (*then)(struct probe *self), void *context)
{
    struct reactor_hook hook;
    struct probe probe = {.then = then, .context = context};

    forget_calls();
    reactor_hook_init(&hook, loop, on_hook, &probe);
    assert_ok(reactor_hook_start(&hook, REACTOR_BEFORE_WAIT));
    assert_int_equal(reactor_loop_turn(loop, -1), 1);
    assert_int_equal(probe.calls, 1);
    assert_string_equal(journal, "x");
    reactor_hook_stop(&hook);
}

static void what_they_change_before_the_wait_is_in_it(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct probe probe = {.name = 'x'};
    struct reactor_timer timer;
    struct reactor_post post;
    struct watch watch;

    (void)state;
    watch_init(&watch, loop, 'x');
    send_byte(watch.pair.peer);
    assert_in_this_wait(loop, start_handler, &watch);
    assert_ok(reactor_handler_update(&watch.handler, 0));
    assert_nobody(loop);
    assert_in_this_wait(loop, resume_handler, &watch);
    watch_end(&watch);
    reactor_timer_init(&timer, loop, on_time, &probe);
    assert_in_this_wait(loop, start_timer, &timer);
    reactor_post_init(&post, loop, on_post, &probe);
    assert_in_this_wait(loop, send_post, &post);
    reactor_loop_close(loop);
}

static void stop_handler(struct probe *probe)
{
    reactor_handler_stop(&((struct watch *)probe->context)->handler);
}

/* After the wait it is first: it can stop what the wait has reported. */
static void what_they_stop_after_the_wait_is_not_called(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct probe probe = {.then = stop_handler};
    struct reactor_hook hook;
    struct watch watch;

    (void)state;
    watch_start(&watch, loop, 'x', REACTOR_READABLE);
    send_byte(watch.pair.peer);
    probe.context = &watch;
    reactor_hook_init(&hook, loop, on_hook, &probe);
    assert_ok(reactor_hook_start(&hook, REACTOR_AFTER_WAIT));
    assert_int_equal(turn_once(loop), 0);
    assert_int_equal(probe.calls, 1);
    watch_end(&watch);
    reactor_loop_close(loop);
}

/* ---- Close ---- */

static void close_it(struct probe *probe)
{
    reactor_loop_close(probe->loop);
}

/* The rest of the round is left out; R1 for hooks is in close.c. */
static void a_close_ends_the_round(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        struct reactor_loop *loop = open_loop();
        struct row row;

        row_init(&row, loop);
        row_start(&row, "abc", places[i]);
        row_start(&row, "de", REACTOR_BEFORE_CLOSE);
        row.probes[1].then = close_it;
        row.probes[3].then = close_it; /* it is being closed already */
        assert_int_equal(reactor_loop_turn(loop, 0), 0);
        assert_string_equal(journal, "abde");
    }
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(they_are_around_the_wait),
        CLAIM_WITHOUT_REACTOR(those_before_close_are_called_once),
        CLAIM_WITHOUT_REACTOR(what_is_no_place_is_einval),
        CLAIM_WITHOUT_REACTOR(they_keep_no_loop_alive),
        CLAIM_WITHOUT_REACTOR(they_are_called_in_start_order),
        CLAIM_WITHOUT_REACTOR(after_so_many_rounds_none_is_left_out),
        CLAIM_WITHOUT_REACTOR(what_is_stopped_is_not_called_any_more),
        CLAIM_WITHOUT_REACTOR(what_is_started_is_called_from_the_next_round_on),
        CLAIM_WITHOUT_REACTOR(one_for_the_other_place_is_called_in_this_turn),
        CLAIM_WITHOUT_REACTOR(a_hook_cannot_prolong_a_close),
        CLAIM_WITHOUT_REACTOR(what_they_change_before_the_wait_is_in_it),
        CLAIM_WITHOUT_REACTOR(what_they_stop_after_the_wait_is_not_called),
        CLAIM_WITHOUT_REACTOR(a_close_ends_the_round),
    };

    return run_claims(claims);
}
