/* SPDX-License-Identifier: MIT */
/* Slots and their tokens, on their own. */
#include "loop/slot.h"

#include "support/claim.h"

static struct reactor_handler handlers[64];

static void open_slots(struct ri_slots *slots)
{
    assert_ok(ri_slots_init(slots));
}

static uint32_t take(struct ri_slots *slots, struct reactor_handler *handler)
{
    uint32_t index;

    assert_ok(ri_slots_find_free(slots, &index));
    ri_slots_take(slots, index, handler);
    return index;
}

static void *token_at(const struct ri_slots *slots, uint32_t index)
{
    return ri_slot_token(index, slots->slots[index].generation);
}

static bool is_current(const struct ri_slots *slots, const void *token)
{
    return ri_slot_is_current(ri_slots_find(slots, token), token);
}

static void the_token_of_a_wake_is_nobodys(void **state)
{
    struct ri_slots slots;

    (void)state;
    open_slots(&slots);
    assert_false(is_current(&slots, NULL));
    take(&slots, &handlers[0]);
    assert_false(is_current(&slots, NULL));
    ri_slots_destroy(&slots);
}

static void a_token_leads_to_its_handler(void **state)
{
    struct ri_slots slots;
    uint32_t indices[64];
    uint32_t i;

    (void)state;
    open_slots(&slots);
    for (i = 0; i < COUNT_OF(indices); i++) /* it grows meanwhile */
        indices[i] = take(&slots, &handlers[i]);
    for (i = 0; i < COUNT_OF(indices); i++) {
        void *token = token_at(&slots, indices[i]);

        assert_true(is_current(&slots, token));
        assert_ptr_equal(ri_slots_find(&slots, token)->is.handler,
                         &handlers[i]);
    }
    ri_slots_destroy(&slots);
}

static void a_token_is_stale_when_its_slot_is_given_back(void **state)
{
    struct ri_slots slots;
    uint32_t index;
    void *first;

    (void)state;
    open_slots(&slots);
    index = take(&slots, &handlers[0]);
    first = token_at(&slots, index);
    ri_slots_give_back(&slots, index);
    assert_false(is_current(&slots, first));
    assert_int_equal(take(&slots, &handlers[1]), index);
    assert_false(is_current(&slots, first));
    assert_true(is_current(&slots, token_at(&slots, index)));
    ri_slots_destroy(&slots);
}

static void generations_come_round_to_the_same_kind(void **state)
{
    struct ri_slots slots;
    uint32_t index;
    int i;

    (void)state;
    open_slots(&slots);
    index = take(&slots, &handlers[0]);
    for (i = 0; i < 10000; i++) { /* more than there are with 32 bits */
        ri_slots_give_back(&slots, index);
        assert_null(ri_slots_next(&slots, 1));
        assert_int_equal(take(&slots, &handlers[0]), index);
        assert_ptr_equal(ri_slots_next(&slots, 1), &handlers[0]);
        assert_true(is_current(&slots, token_at(&slots, index)));
    }
    ri_slots_destroy(&slots);
}

static void a_walk_finds_those_that_are_taken(void **state)
{
    struct ri_slots slots;
    uint32_t indices[3];
    uint32_t i;

    (void)state;
    open_slots(&slots);
    for (i = 0; i < 3; i++)
        indices[i] = take(&slots, &handlers[i]);
    ri_slots_give_back(&slots, indices[1]);
    assert_ptr_equal(ri_slots_next(&slots, 1), &handlers[0]);
    assert_ptr_equal(ri_slots_next(&slots, indices[0] + 1), &handlers[2]);
    assert_null(ri_slots_next(&slots, indices[2] + 1));
    ri_slots_destroy(&slots);
}

/* As many as a pointer of 32 bits can tell apart; a wider one has no end. */
static void slots_that_tokens_cannot_name_are_refused(void **state)
{
    struct ri_slots slots;
    uint32_t index;
    uint32_t taken = 0;

    (void)state;
    if (RI_SLOT_INDEX_BITS > 20)
        skip_because("there are more slots than memory");
    open_slots(&slots);
    while (ri_slots_find_free(&slots, &index) == 0) {
        ri_slots_take(&slots, index, &handlers[0]);
        taken++;
    }
    assert_int_equal(taken, (1u << 20) - 2);
    assert_true(is_current(&slots, token_at(&slots, taken)));
    assert_error(ri_slots_find_free(&slots, &index), -ENOMEM);
    ri_slots_give_back(&slots, 7);
    assert_ok(ri_slots_find_free(&slots, &index));
    assert_int_equal(index, 7);
    ri_slots_destroy(&slots);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(the_token_of_a_wake_is_nobodys),
        CLAIM_WITHOUT_REACTOR(a_token_leads_to_its_handler),
        CLAIM_WITHOUT_REACTOR(a_token_is_stale_when_its_slot_is_given_back),
        CLAIM_WITHOUT_REACTOR(generations_come_round_to_the_same_kind),
        CLAIM_WITHOUT_REACTOR(a_walk_finds_those_that_are_taken),
        CLAIM_WITHOUT_REACTOR(slots_that_tokens_cannot_name_are_refused),
    };

    return run_claims(claims);
}
