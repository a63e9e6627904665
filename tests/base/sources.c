/* SPDX-License-Identifier: MIT */
#include "base/sources.h"

struct ri_sources sources;

int sources_begin(void **state)
{
    claim_begin_bare(state);
    return ri_sources_init(&sources);
}

int sources_end(void **state)
{
    ri_sources_destroy(&sources);
    return claim_end(state);
}

struct ri_registration publish_at(uint32_t index, reactor_handle handle,
                                  uint32_t interest, void *user_data)
{
    struct ri_registration wanted = {
        .user_data = user_data,
        .handle = handle,
        .interest = interest,
        .index = index,
        .generation = ri_source_next_generation(ri_sources_at(&sources, index)),
    };

    ri_sources_publish(&sources, &wanted);
    return wanted;
}

struct ri_registration publish(reactor_handle handle, uint32_t interest,
                               void *user_data)
{
    uint32_t index;

    assert_ok(ri_sources_take(&sources, &index));
    return publish_at(index, handle, interest, user_data);
}

bool can_be_read(const struct ri_registration *registration)
{
    struct ri_token token = ri_token_of(registration);
    struct reactor_event event;

    return ri_source_read(ri_sources_find(&sources, token), token.generation,
                          &event, NULL);
}
