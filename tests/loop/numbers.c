/* SPDX-License-Identifier: MIT */
/* What a loop counts, what it measures when it is asked to, and its dump. */
#include "support/callbacks.h"
#include "support/loops.h"
#include "support/thread.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct reactor_loop_numbers numbers_of(struct reactor_loop *loop)
{
    struct reactor_loop_numbers numbers = {.size = sizeof(numbers)};

    assert_ok(reactor_loop_numbers(loop, &numbers));
    assert_int_equal(numbers.size, sizeof(numbers));
    return numbers;
}

/* ---- Counts ---- */

static void what_happens_is_counted(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_loop_numbers numbers = numbers_of(loop);
    struct caller callers[CALLBACK_KINDS];
    int kind;

    (void)state;
    assert_int_equal(numbers.turns + numbers.events + numbers.callbacks, 0);
    assert_int_equal(numbers.wakes + numbers.slow, 0);
    for (kind = 0; kind < CALLBACK_KINDS; kind++)
        caller_start(&callers[kind], loop, (enum callback_kind)kind, 'x', NULL);
    assert_int_equal(turn_once(loop), 3);
    numbers = numbers_of(loop);
    assert_int_equal(numbers.turns, 1);
    assert_int_equal(numbers.events, 1);
    assert_int_equal(numbers.callbacks, 3);
    assert_int_equal(numbers.wakes, 0);
    assert_int_equal(turn_once(loop), 1);
    numbers = numbers_of(loop);
    assert_int_equal(numbers.turns, 2);
    assert_int_equal(numbers.events, 2);
    assert_int_equal(numbers.callbacks, 4);
    for (kind = 0; kind < CALLBACK_KINDS; kind++)
        caller_end(&callers[kind]);
    reactor_loop_close(loop);
}

static void a_wake_is_no_event(void **state)
{
    struct reactor_loop *loop = open_loop();
    unsigned i;

    (void)state;
    for (i = 1; i <= 3; i++) {
        assert_ok(reactor_loop_stop(loop));
        assert_ok(reactor_loop_stop(loop));
        assert_int_equal(turn_once(loop), 0);
        assert_is_stopped(loop);
        assert_int_equal(numbers_of(loop).wakes, i);
        assert_int_equal(numbers_of(loop).events, 0);
    }
    reactor_loop_close(loop);
}

static void a_size_that_nobody_has_is_einval(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_loop_numbers numbers;

    (void)state;
    numbers.size = 0;
    assert_error(reactor_loop_numbers(loop, &numbers), -EINVAL);
    numbers.size = sizeof(numbers.size) - 1;
    assert_error(reactor_loop_numbers(loop, &numbers), -EINVAL);
    numbers.size = sizeof(numbers) + 1;
    assert_error(reactor_loop_numbers(loop, &numbers), -EINVAL);
    reactor_loop_close(loop);
}

static void a_smaller_size_gets_what_it_has_room_for(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_loop_numbers numbers;

    (void)state;
    assert_int_equal(turn_once(loop), 0);
    memset(&numbers, 0xff, sizeof(numbers));
    numbers.size = offsetof(struct reactor_loop_numbers, events);
    assert_ok(reactor_loop_numbers(loop, &numbers));
    assert_int_equal(numbers.size,
                     offsetof(struct reactor_loop_numbers, events));
    assert_int_equal(numbers.turns, 1);
    assert_true(numbers.events == UINT64_MAX);
    reactor_loop_close(loop);
}

/* ---- Lag ---- */

static void take_a_millisecond(struct probe *probe)
{
    int64_t end = reactor_now_ns() + 1100000;

    (void)probe;
    while (reactor_now_ns() < end)
        continue;
}

static uint64_t sum_of_lag(const struct reactor_loop_numbers *numbers)
{
    uint64_t sum = 0;
    int i;

    for (i = 0; i < REACTOR_LAG_CLASSES; i++)
        sum += numbers->lag[i];
    return sum;
}

static struct reactor_loop_numbers numbers_of_5_turns(uint32_t flags)
{
    struct reactor_loop_options options = REACTOR_LOOP_OPTIONS_INIT;
    struct reactor_loop_numbers numbers;
    struct reactor_loop *loop;
    struct caller caller;
    int i;

    options.flags = flags;
    loop = open_loop_with(&options);
    caller_start(&caller, loop, IN_HANDLER, 'h', take_a_millisecond);
    for (i = 0; i < 5; i++)
        assert_int_equal(turn_once(loop), 1);
    numbers = numbers_of(loop);
    caller_end(&caller);
    reactor_loop_close(loop);
    return numbers;
}

/* The last turn is still going on. */
static void what_a_turn_takes_is_classed_by_its_logarithm(void **state)
{
    struct reactor_loop_numbers numbers =
        numbers_of_5_turns(REACTOR_MEASURE_LAG);
    int i;

    (void)state;
    assert_int_equal(sum_of_lag(&numbers), 4);
    for (i = 0; i < 20; i++) /* 2^20 ns are the first over a millisecond */
        assert_int_equal(numbers.lag[i], 0);
}

static void without_being_asked_for_it_is_not_there(void **state)
{
    struct reactor_loop_numbers numbers = numbers_of_5_turns(0);

    (void)state;
    assert_int_equal(sum_of_lag(&numbers), 0);
}

/* ---- Slow callbacks ---- */

static const char *slow_kind;
static void *slow_data;
static int64_t slow_took_ns;
static unsigned slow_calls;
static char slow_own[1];

static void on_slow(void *user_data, const char *kind, void *callback_data,
                    int64_t took_ns)
{
    assert_ptr_equal(user_data, slow_own);
    slow_kind = kind;
    slow_data = callback_data;
    slow_took_ns = took_ns;
    slow_calls++;
}

static void a_slow_callback_is_told(void **state)
{
    static const char *const kinds[CALLBACK_KINDS] = {"handler", "timer",
                                                      "post", "hook", "hook"};
    struct reactor_loop_options options = REACTOR_LOOP_OPTIONS_INIT;
    int kind;

    (void)state;
    options.slow_ns = 1000000;
    options.slow = on_slow;
    options.user_data = slow_own;
    for (kind = 0; kind < CALLBACK_KINDS; kind++) {
        struct reactor_loop *loop = open_loop_with(&options);
        struct caller caller;

        slow_calls = 0;
        caller_start(&caller, loop, (enum callback_kind)kind, 'x',
                     take_a_millisecond);
        (void)turn_once(loop);
        assert_int_equal(slow_calls, 1);
        assert_string_equal(slow_kind, kinds[kind]);
        assert_ptr_equal(slow_data, &caller.probe);
        assert_true(slow_took_ns > 1000000);
        assert_int_equal(numbers_of(loop).slow, 1);
        caller_end(&caller);
        reactor_loop_close(loop);
    }
}

static void one_within_the_limit_is_not(void **state)
{
    struct reactor_loop_options options = REACTOR_LOOP_OPTIONS_INIT;
    struct reactor_loop *loop;
    struct caller caller;

    (void)state;
    slow_calls = 0;
    options.slow_ns = INT64_MAX;
    options.slow = on_slow;
    loop = open_loop_with(&options);
    caller_start(&caller, loop, IN_HANDLER, 'x', take_a_millisecond);
    assert_int_equal(turn_once(loop), 1);
    assert_int_equal(slow_calls, 0);
    assert_int_equal(numbers_of(loop).slow, 0);
    caller_end(&caller);
    reactor_loop_close(loop);
}

/* ---- Dump ---- */

static char dump[8192];

static void keep(void *user_data, const char *text, size_t length)
{
    size_t old = strlen(dump);

    assert_ptr_equal(user_data, dump);
    assert_true(length > 0 && text[length - 1] == '\n');
    assert_true(old + length < sizeof(dump));
    memcpy(&dump[old], text, length);
    dump[old + length] = '\0';
}

static void take_dump(struct reactor_loop *loop)
{
    dump[0] = '\0';
    assert_ok(reactor_loop_dump(loop, keep, dump));
}

static unsigned count_lines(const char *beginning)
{
    unsigned count = 0;
    const char *line;

    for (line = dump; *line != '\0'; line = strchr(line, '\n') + 1)
        count += strncmp(line, beginning, strlen(beginning)) == 0;
    return count;
}

static void all_that_is_active_is_in_the_dump(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct caller callers[CALLBACK_KINDS];
    char line[64];
    int kind;

    (void)state;
    take_dump(loop);
    assert_int_equal(count_lines(""), 1);
    assert_int_equal(count_lines("loop "), 1);
    assert_non_null(strstr(dump, reactor_backend_name()));
    for (kind = 0; kind < CALLBACK_KINDS; kind++)
        caller_start(&callers[kind], loop, (enum callback_kind)kind, 'x', NULL);
    take_dump(loop);
    assert_int_equal(count_lines(""), 6);
    snprintf(line, sizeof(line), "handler %p: handle %" PRIiPTR ", interest r,",
             (void *)&callers[0].handler, (intptr_t)callers[0].pair.mine);
    assert_int_equal(count_lines(line), 1);
    snprintf(line, sizeof(line), "timer %p: ", (void *)&callers[1].timer);
    assert_int_equal(count_lines(line), 1);
    snprintf(line, sizeof(line), "post %p: sent,", (void *)&callers[2].post);
    assert_int_equal(count_lines(line), 1);
    snprintf(line, sizeof(line), "hook %p: before wait,",
             (void *)&callers[3].hook);
    assert_int_equal(count_lines(line), 1);
    snprintf(line, sizeof(line), "hook %p: after wait,",
             (void *)&callers[4].hook);
    assert_int_equal(count_lines(line), 1);
    snprintf(line, sizeof(line), "user data %p\n", (void *)&callers[2].probe);
    assert_non_null(strstr(dump, line));
    assert_non_null(strstr(dump, "alive 3,"));
    assert_int_equal(turn_once(loop), 3);
    assert_string_equal(journal, "xxxxx");
    for (kind = 0; kind < CALLBACK_KINDS; kind++)
        caller_end(&callers[kind]);
    take_dump(loop);
    assert_int_equal(count_lines(""), 1);
    reactor_loop_close(loop);
}

static void dump_in_callback(struct probe *probe)
{
    assert_ok(reactor_post_send(probe->context));
    take_dump(probe->loop);
    assert_int_equal(count_lines("post "), 1);
    assert_non_null(strstr(dump, ": pending,"));
}

static void what_is_pending_is_in_it_too(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct reactor_post post;
    struct caller caller;

    (void)state;
    reactor_post_init(&post, loop, on_post, &(struct probe){.name = 'p'});
    caller_start(&caller, loop, IN_TIMER, 't', dump_in_callback);
    caller.probe.context = &post;
    assert_runs_out(loop);
    assert_string_equal(journal, "tp");
    caller_end(&caller);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(what_happens_is_counted),
        CLAIM_WITHOUT_REACTOR(a_wake_is_no_event),
        CLAIM_WITHOUT_REACTOR(a_size_that_nobody_has_is_einval),
        CLAIM_WITHOUT_REACTOR(a_smaller_size_gets_what_it_has_room_for),
        CLAIM_WITHOUT_REACTOR(what_a_turn_takes_is_classed_by_its_logarithm),
        CLAIM_WITHOUT_REACTOR(without_being_asked_for_it_is_not_there),
        CLAIM_WITHOUT_REACTOR(a_slow_callback_is_told),
        CLAIM_WITHOUT_REACTOR(one_within_the_limit_is_not),
        CLAIM_WITHOUT_REACTOR(all_that_is_active_is_in_the_dump),
        CLAIM_WITHOUT_REACTOR(what_is_pending_is_in_it_too),
    };

    return run_claims(claims);
}
