/* SPDX-License-Identifier: MIT */
#ifndef BASE_SOURCES_H
#define BASE_SOURCES_H

/* A table of sources of its own for each claim. */

#include "backend/source.h"

#include "support/claim.h"

#define SOURCES_CLAIM(function)                                                \
    cmocka_unit_test_setup_teardown(function, sources_begin, sources_end)

extern struct ri_sources sources;

int sources_begin(void **state);
int sources_end(void **state);

/* In place of what the source holds, or in a source of its own. */
struct ri_registration publish_at(uint32_t index, reactor_handle handle,
                                  uint32_t interest, void *user_data);
struct ri_registration publish(reactor_handle handle, uint32_t interest,
                               void *user_data);

/* By its token, as the waiting thread does it. */
bool can_be_read(const struct ri_registration *registration);

#endif /* BASE_SOURCES_H */
