/* SPDX-License-Identifier: MIT */
/* The doorbell: readable from the first ring until it is silenced. */
#include "platform/platform.h"

#include "support/claim.h"
#include "support/handles.h"
#include "support/process.h"

#include <fcntl.h>

static struct ri_doorbell bell;

static int begin(void **state)
{
    claim_begin_bare(state);
    return ri_doorbell_open(&bell);
}

static int end(void **state)
{
    ri_doorbell_close(&bell);
    return claim_end(state);
}

static void a_doorbell_is_silent_at_first(void **state)
{
    (void)state;
    assert_false(is_readable(bell.listen));
    assert_ok(ri_doorbell_silence(&bell));
    assert_false(is_readable(bell.listen));
}

static void a_ring_is_heard_until_it_is_silenced(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < 3; i++) {
        assert_ok(ri_doorbell_ring(&bell));
        assert_true(is_readable(bell.listen));
        assert_true(is_readable(bell.listen));
        assert_ok(ri_doorbell_silence(&bell));
        assert_false(is_readable(bell.listen));
    }
}

/* Some counts are multiples of what silencing reads at once. */
static void all_rings_are_silenced_together(void **state)
{
    static const int counts[] = {2, 63, 64, 65, 128, 1000};
    size_t k;
    int i;

    (void)state;
    for (k = 0; k < COUNT_OF(counts); k++) {
        for (i = 0; i < counts[k]; i++)
            assert_ok(ri_doorbell_ring(&bell));
        assert_ok(ri_doorbell_silence(&bell));
        assert_false(is_readable(bell.listen));
    }
}

static void a_doorbell_can_be_rung_for_ever(void **state)
{
    (void)state;
    (void)fill(bell.button);
    errno = EDOM;
    assert_ok(ri_doorbell_ring(&bell));
    assert_int_equal(errno, EDOM);
    assert_true(is_readable(bell.listen));
    assert_ok(ri_doorbell_silence(&bell));
    assert_false(is_readable(bell.listen));
}

static void a_broken_doorbell_says_so_and_keeps_errno(void **state)
{
    struct ri_doorbell swapped = {.listen = bell.button, .button = bell.listen};

    (void)state;
    errno = EDOM;
    assert_error(ri_doorbell_ring(&swapped), -EBADF);
    assert_int_equal(errno, EDOM);
    assert_error(ri_doorbell_silence(&swapped), -EBADF);
}

static void its_handles_are_nobody_else_s_and_never_block(void **state)
{
    const reactor_handle handles[] = {bell.listen, bell.button};
    size_t i;

    (void)state;
    for (i = 0; i < COUNT_OF(handles); i++) {
        assert_true(fcntl(handles[i], F_GETFD) & FD_CLOEXEC);
        assert_true(fcntl(handles[i], F_GETFL) & O_NONBLOCK);
    }
}

static void no_doorbell_without_handles(void **state)
{
    struct ri_doorbell none = {-2, -2};
    size_t left;

    (void)state;
    for (left = 0; left < 2; left++) {
        int error;

        limit_handles(left);
        error = ri_doorbell_open(&none);
        unlimit_handles();
        assert_error(error, -EMFILE);
        assert_int_equal(none.listen, -2);
        assert_int_equal(none.button, -2);
    }
}

#define DOORBELL_CLAIM(function)                                               \
    cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest claims[] = {
        DOORBELL_CLAIM(a_doorbell_is_silent_at_first),
        DOORBELL_CLAIM(a_ring_is_heard_until_it_is_silenced),
        DOORBELL_CLAIM(all_rings_are_silenced_together),
        DOORBELL_CLAIM(a_doorbell_can_be_rung_for_ever),
        DOORBELL_CLAIM(a_broken_doorbell_says_so_and_keeps_errno),
        DOORBELL_CLAIM(its_handles_are_nobody_else_s_and_never_block),
        CLAIM_WITHOUT_REACTOR(no_doorbell_without_handles),
    };

    return run_claims(claims);
}
