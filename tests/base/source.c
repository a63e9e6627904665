/* SPDX-License-Identifier: MIT */
/* A source and its generations. */
#include "base/sources.h"

static void what_was_published_is_read(void **state)
{
    struct ri_registration registration = publish(7, REACTOR_READABLE, &state);
    struct ri_registration found =
        ri_sources_registration(&sources, registration.index);
    struct reactor_event event = {.user_data = NULL};
    uint32_t interest = 0;

    assert_true(ri_source_read(ri_sources_at(&sources, registration.index),
                               registration.generation, &event, &interest));
    assert_ptr_equal(event.user_data, &state);
    assert_int_equal(event.handle, 7);
    assert_int_equal(interest, REACTOR_READABLE);
    assert_ptr_equal(found.user_data, &state);
    assert_int_equal(found.handle, 7);
    assert_int_equal(found.interest, REACTOR_READABLE);
    assert_int_equal(found.index, registration.index);
    assert_int_equal(found.generation, registration.generation);
}

static void a_replaced_registration_is_not_read(void **state)
{
    struct ri_registration first = publish(7, REACTOR_READABLE, NULL);
    struct ri_registration second =
        publish_at(first.index, 7, REACTOR_READABLE, NULL);

    (void)state;
    assert_false(can_be_read(&first));
    assert_true(can_be_read(&second));
}

static void a_retired_registration_is_not_read(void **state)
{
    struct ri_registration first = publish(7, REACTOR_READABLE, NULL);
    struct ri_registration second;

    (void)state;
    ri_sources_retire(&sources, first.index);
    assert_false(can_be_read(&first));
    second = publish(7, REACTOR_READABLE, NULL);
    assert_int_equal(second.index, first.index);
    assert_false(can_be_read(&first));
    assert_true(can_be_read(&second));
}

/* The spare bit is the backend's; the lowest says that it is registered. */
static void a_registration_s_generation_has_the_spare_bit_clear(void **state)
{
    struct ri_registration registration = publish(7, 0, NULL);
    int i;

    (void)state;
    for (i = 0; i < 20; i++) {
        uint32_t before = registration.generation;

        assert_int_equal(before & 1, 1);
        assert_int_equal(before & RI_GENERATION_SPARE_BIT, 0);
        if (i % 3 == 0)
            ri_sources_retire(&sources, registration.index);
        registration = i % 3 == 0 ? publish(7, 0, NULL)
                                  : publish_at(registration.index, 7, 0, NULL);
        assert_int_not_equal(registration.generation, before);
    }
}

static void generations_begin_anew_after_the_last(void **state)
{
    struct ri_registration registration = publish(7, 0, NULL);
    struct ri_source *source = ri_sources_at(&sources, registration.index);
    struct ri_registration next;

    (void)state;
    registration.generation = UINT32_MAX - 2;
    atomic_store(&source->generation, registration.generation);
    assert_true(can_be_read(&registration));
    next = publish_at(registration.index, 7, 0, NULL);
    assert_int_equal(next.generation, 1);
    assert_false(can_be_read(&registration));
    assert_true(can_be_read(&next));
}

static void a_change_that_is_given_back_leaves_no_trace(void **state)
{
    struct ri_registration first = publish(7, REACTOR_READABLE, NULL);
    uint32_t changes = ri_sources_changes(&sources);
    uint32_t index;
    uint32_t again;

    (void)state;
    assert_ok(ri_sources_take(&sources, &index));
    assert_int_not_equal(index, first.index);
    ri_sources_give_back(&sources, index);
    assert_int_equal(ri_sources_changes(&sources), changes);
    assert_int_equal(ri_sources_registered(&sources), 1);
    assert_true(can_be_read(&first));
    assert_ok(ri_sources_take(&sources, &again));
    assert_int_equal(again, index);
}

static void every_change_is_counted(void **state)
{
    struct ri_registration first = publish(7, 0, NULL);
    struct ri_registration second = publish(8, 0, NULL);
    uint32_t changes = ri_sources_changes(&sources);

    (void)state;
    assert_int_equal(ri_sources_registered(&sources), 2);
    (void)publish_at(first.index, 7, REACTOR_READABLE, NULL);
    assert_int_equal(ri_sources_changes(&sources), changes + 1);
    assert_int_equal(ri_sources_registered(&sources), 2);
    ri_sources_retire(&sources, second.index);
    assert_int_equal(ri_sources_changes(&sources), changes + 2);
    assert_int_equal(ri_sources_registered(&sources), 1);
}

static void a_disarmed_oneshot_is_armed_by_the_next_change(void **state)
{
    struct ri_registration first = publish(7, REACTOR_ONESHOT, NULL);
    struct ri_source *source = ri_sources_at(&sources, first.index);

    (void)state;
    assert_false(ri_source_is_disarmed(source));
    ri_source_disarm(source, first.generation);
    assert_true(ri_source_is_disarmed(source));
    (void)publish_at(first.index, 7, REACTOR_ONESHOT, NULL);
    assert_false(ri_source_is_disarmed(source));
    ri_source_disarm(source, first.generation);
    assert_false(ri_source_is_disarmed(source));
}

static void nobody_s_source_is_never_registered(void **state)
{
    struct ri_token nobodys = RI_TOKEN_NOBODYS;
    struct ri_registration somebodys;
    struct reactor_event event;
    uint32_t index = 0;

    (void)state;
    assert_true(ri_token_is_nobodys(nobodys));
    assert_null(ri_sources_next(&sources, &index));
    somebodys = publish(7, 0, NULL);
    assert_false(ri_token_is_nobodys(ri_token_of(&somebodys)));
    assert_false(ri_source_read(ri_sources_find(&sources, nobodys),
                                nobodys.generation, &event, NULL));
}

/* ---- Readiness ---- */

static void readiness_is_completed_as_far_as_it_was_asked_for(void **state)
{
    static const struct {
        uint32_t flag;
        uint32_t sets;
    } rules[] = {
        {REACTOR_READ_CLOSED, REACTOR_READABLE},
        {REACTOR_WRITE_CLOSED, REACTOR_WRITABLE},
        {REACTOR_ERROR, REACTOR_READABLE | REACTOR_WRITABLE},
        {REACTOR_PRIORITY, REACTOR_PRIORITY},
        {REACTOR_READABLE, REACTOR_READABLE},
    };
    size_t i;
    uint32_t interest;

    (void)state;
    for (i = 0; i < COUNT_OF(rules); i++)
        for (interest = 0; interest <= RI_INTEREST_ALL; interest++)
            assert_int_equal(
                ri_readiness_complete(rules[i].flag, interest),
                ((rules[i].flag & ~(uint32_t)RI_INTEREST_READINESS) |
                 (rules[i].sets & interest)));
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        SOURCES_CLAIM(what_was_published_is_read),
        SOURCES_CLAIM(a_replaced_registration_is_not_read),
        SOURCES_CLAIM(a_retired_registration_is_not_read),
        SOURCES_CLAIM(a_registration_s_generation_has_the_spare_bit_clear),
        SOURCES_CLAIM(generations_begin_anew_after_the_last),
        SOURCES_CLAIM(a_change_that_is_given_back_leaves_no_trace),
        SOURCES_CLAIM(every_change_is_counted),
        SOURCES_CLAIM(a_disarmed_oneshot_is_armed_by_the_next_change),
        SOURCES_CLAIM(nobody_s_source_is_never_registered),
        SOURCES_CLAIM(readiness_is_completed_as_far_as_it_was_asked_for),
    };

    return run_claims(claims);
}
