/* SPDX-License-Identifier: MIT */
/* Row T2 of the robustness plan: which clock. */
#include "support/claim.h"
#include "support/thread.h"

/* So it does not jump with the wall clock. */
static void the_clock_is_the_system_s_monotonic_one(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < 100; i++) {
        int64_t before = monotonic_ns();
        int64_t now = reactor_now_ns();

        assert_true(before <= now);
        assert_true(now <= monotonic_ns());
    }
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(the_clock_is_the_system_s_monotonic_one),
    };

    return run_claims(claims);
}
