/* SPDX-License-Identifier: MIT */
/* Floor 1 but for the doorbell: clock, memory, handles, threads. */
#include "platform/platform.h"

#include "support/allocator.h"
#include "support/claim.h"
#include "support/handles.h"
#include "support/thread.h"

#include <limits.h>
#include <stdatomic.h>
#include <string.h>

/* ---- Clock ---- */

static void the_clock_counts_nanoseconds_and_never_goes_back(void **state)
{
    int64_t first = ri_clock_now_ns();
    int64_t before = first;
    unsigned steps = 0;

    (void)state;
    assert_true(first > 0);
    while (before < first + 20 * RI_NS_PER_MS) {
        int64_t now = ri_clock_now_ns();

        assert_true(now >= before);
        steps += now != before;
        before = now;
    }
    assert_true(steps > 20); /* finer than a millisecond */
}

/* ---- Memory ---- */

static void memory_comes_from_the_allocator_that_is_set(void **state)
{
    size_t calls = allocation_calls();
    char *memory = ri_allocate(3);

    (void)state;
    assert_non_null(memory);
    memcpy(memory, "ab", 3);
    assert_int_equal(live_allocations(), 1);
    memory = ri_reallocate(memory, 100000);
    assert_non_null(memory);
    assert_string_equal(memory, "ab");
    assert_int_equal(allocation_calls(), calls + 2);
    ri_release(memory);
    assert_int_equal(live_allocations(), 0);
}

static void a_refused_reallocation_leaves_the_memory_alone(void **state)
{
    char *memory = ri_allocate(3);

    (void)state;
    assert_non_null(memory);
    memcpy(memory, "ab", 3);
    limit_allocations(0);
    assert_null(ri_allocate(1));
    assert_null(ri_reallocate(memory, 100));
    limit_allocations(SIZE_MAX);
    assert_string_equal(memory, "ab");
    ri_release(memory);
}

static void nothing_can_be_released(void **state)
{
    (void)state;
    ri_release(NULL);
    assert_int_equal(live_allocations(), 0);
}

static void three_nulls_are_the_c_library(void **state)
{
    size_t calls = allocation_calls();
    void *memory;

    (void)state;
    ri_set_allocator(NULL, NULL, NULL);
    memory = ri_reallocate(ri_allocate(1), 2);
    assert_non_null(memory);
    ri_release(memory);
    assert_int_equal(allocation_calls(), calls);
    ri_set_allocator(count_allocate, count_reallocate, count_release);
}

/* ---- Handles ---- */

/* Numbers of handles are multiples of four on Windows. */
#define HIGH_NUMBER (INT_MAX - 3)

static void negative_numbers_are_no_handles(void **state)
{
    (void)state;
    assert_error(ri_handle_check((reactor_handle)-1), -EBADF);
    assert_error(ri_handle_check((reactor_handle)INT_MIN), -EBADF);
    assert_ok(ri_handle_check(0));
    assert_ok(ri_handle_check(HIGH_NUMBER));
}

static void a_closed_handle_is_known_as_such(void **state)
{
    reactor_handle closed = closed_handle();
    struct pair pair = stream_pair();
    uint32_t identity = 7;

    (void)state;
    assert_ok(ri_handle_is_open(pair.mine));
    close_pair(&pair);
    assert_error(ri_handle_is_open(closed), -EBADF);
    assert_error(ri_handle_inspect(closed, &identity), -EBADF);
    assert_error(ri_handle_inspect(HIGH_NUMBER, &identity), -EBADF);
    assert_int_equal(identity, 7);
}

static void what_cannot_be_waited_for_is_eperm(void **state)
{
    struct named_handle handles[8];
    size_t count = open_unpollable(handles, COUNT_OF(handles));
    uint32_t identity = 7;

    (void)state;
    while (count-- > 0) {
        assert_error(ri_handle_inspect(handles[count].handle, &identity),
                     -EPERM);
        assert_int_equal(identity, 7);
        close_handle(handles[count].handle);
    }
}

static uint32_t identity_of(reactor_handle handle)
{
    uint32_t identity;

    assert_ok(ri_handle_inspect(handle, &identity));
    return identity;
}

static void an_object_keeps_its_identity_under_another_number(void **state)
{
    struct pair pair = stream_pair();
    reactor_handle twin = duplicate(pair.mine);
    uint32_t identity = identity_of(pair.mine);

    (void)state;
    assert_int_equal(identity_of(twin), identity);
    send_byte(pair.peer);
    shut_writing(&pair);
    assert_int_equal(identity_of(pair.mine), identity);
    close_handle(twin);
    close_pair(&pair);
}

/* One in 2^32 would be alike by chance: of these, one in a million runs. */
static void objects_have_identities_of_their_own(void **state)
{
    struct pair pairs[45];
    reactor_handle handles[2 * COUNT_OF(pairs)];
    size_t i;
    size_t k;

    (void)state;
    for (i = 0; i < COUNT_OF(pairs); i++) {
        bool is_pipe = i % 2 == 1 && pipe_to_read(&pairs[i]);

        if (!is_pipe)
            pairs[i] = stream_pair();
        handles[2 * i] = pairs[i].mine;
        handles[2 * i + 1] = is_pipe ? pairs[0].mine : pairs[i].peer;
    }
    for (i = 0; i < COUNT_OF(handles); i++)
        for (k = 0; k < i; k++)
            if (handles[i] != handles[k])
                assert_int_not_equal(identity_of(handles[i]),
                                     identity_of(handles[k]));
    for (i = 0; i < COUNT_OF(pairs); i++)
        close_pair(&pairs[i]);
}

/* ---- Threads ---- */

static struct ri_mutex mutex;
static struct ri_condition condition;
static _Atomic int waiting;
static bool may_go;

static int wait_for_leave(void *context)
{
    (void)context;
    ri_mutex_lock(&mutex);
    atomic_fetch_add(&waiting, 1);
    while (!may_go)
        ri_condition_wait(&condition, &mutex);
    ri_mutex_unlock(&mutex);
    return 0;
}

/* Who counts in with the lock held has let go of it only by waiting. */
static void a_condition_wakes_everyone_who_waits(void **state)
{
    struct thread *threads[4];
    size_t i;

    (void)state;
    assert_ok(ri_mutex_init(&mutex));
    assert_ok(ri_condition_init(&condition));
    for (i = 0; i < COUNT_OF(threads); i++)
        threads[i] = thread_start(wait_for_leave, NULL);
    while (atomic_load(&waiting) < (int)COUNT_OF(threads))
        thread_yield();
    ri_mutex_lock(&mutex);
    may_go = true;
    ri_condition_wake_all(&condition);
    ri_mutex_unlock(&mutex);
    for (i = 0; i < COUNT_OF(threads); i++)
        assert_ok(thread_join(threads[i]));
    ri_condition_destroy(&condition);
    ri_mutex_destroy(&mutex);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(the_clock_counts_nanoseconds_and_never_goes_back),
        CLAIM_WITHOUT_REACTOR(memory_comes_from_the_allocator_that_is_set),
        CLAIM_WITHOUT_REACTOR(a_refused_reallocation_leaves_the_memory_alone),
        CLAIM_WITHOUT_REACTOR(nothing_can_be_released),
        CLAIM_WITHOUT_REACTOR(three_nulls_are_the_c_library),
        CLAIM_WITHOUT_REACTOR(negative_numbers_are_no_handles),
        CLAIM_WITHOUT_REACTOR(a_closed_handle_is_known_as_such),
        CLAIM_WITHOUT_REACTOR(what_cannot_be_waited_for_is_eperm),
        CLAIM_WITHOUT_REACTOR(
            an_object_keeps_its_identity_under_another_number),
        CLAIM_WITHOUT_REACTOR(objects_have_identities_of_their_own),
        CLAIM_WITHOUT_REACTOR(a_condition_wakes_everyone_who_waits),
    };

    return run_claims(claims);
}
