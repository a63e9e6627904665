/* SPDX-License-Identifier: MIT */
/* The ring that the io_uring backend stands on. */
#include "backend/io_uring_ring.h"

#include "support/claim.h"

/* What one submission was given must not be found in the place by another. */
static void a_submission_is_handed_out_clean(void **state)
{
    struct io_uring_sqe clean;
    struct ri_ring ring;
    unsigned i;

    (void)state;
    memset(&clean, 0, sizeof(clean));
    assert_ok(ri_ring_open(&ring));
    for (i = 0; i < 3 * RI_RING_SUBMISSIONS; i++) {
        struct io_uring_sqe *submission;

        if (ri_ring_room(&ring) == 0) {
            if (!ring.is_enabled)
                assert_ok(ri_ring_enable(&ring));
            assert_ok(ri_ring_enter(&ring, 0, -1));
            ri_ring_take(&ring, ri_ring_completions(&ring));
        }
        submission = ri_ring_submission(&ring);
        assert_memory_equal(submission, &clean, sizeof(clean));
        io_uring_prep_nop(submission);
        submission->flags = IOSQE_CQE_SKIP_SUCCESS;
        submission->ioprio = 0;
        submission->user_data = UINT64_MAX;
    }
    ri_ring_close(&ring, false);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_submission_is_handed_out_clean),
    };

    return run_claims(claims);
}
