/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_FAMILY_H
#define SUPPORT_FAMILY_H

/* A reactor that a child is going to inherit, and what shows it undisturbed. */

#include "support/handles.h"

struct family {
    struct reactor *reactor;
    struct pair pair;  /* registered, with family_tag as user data */
    struct pair other; /* not registered */
};

extern char family_tag[1];

struct family found_family(struct reactor *reactor, uint32_t interest);
void dissolve_family(struct family *family);

/* Nothing is ready so far, and the reactor still does what it is for. */
void assert_undisturbed(struct family *family);

/* For a child, with a family: before reactor_after_fork() all is -ECHILD. */
int use_inherited(void *context);

#endif /* SUPPORT_FAMILY_H */
