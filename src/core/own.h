/* SPDX-License-Identifier: MIT */
#ifndef CORE_OWN_H
#define CORE_OWN_H

/*
 * The reactor as the loop uses it: a wait without what the loop knows already,
 * and changes of a registration that only its
 * owner may make. Who closes a registered handle may see its number registered
 * again by somebody else; the user data tells whose it is.
 */

#include "core/reactor_state.h"
#include "platform/platform.h"

/* As reactor_wait() without a timeout; the arguments are valid. */
int ri_reactor_wait(struct reactor *reactor, struct reactor_event *events,
                    int capacity);

/*
 * As reactor_reregister(), but -ENOENT unless the handle is registered with
 * user data `mine`.
 */
int ri_reactor_reregister_own(struct reactor *reactor, reactor_handle handle,
                              uint32_t interest, void *user_data, void *mine);

/*
 * As reactor_deregister(), with the same condition. In a child of fork() it
 * leaves the parent's kernel object alone, and reactor_after_fork() leaves the
 * handle out.
 */
int ri_reactor_deregister_own(struct reactor *reactor, reactor_handle handle,
                              void *mine);

#endif /* CORE_OWN_H */
