/* SPDX-License-Identifier: MIT */
#include "loop/loop_state.h"

#include <assert.h>
#include <errno.h>

/* What `place` says of a hook that is idle. */
#define NO_PLACE UINT32_MAX

void reactor_hook_init(struct reactor_hook *hook, struct reactor_loop *loop,
                       reactor_hook_fn *function, void *user_data)
{
    assert(hook != NULL && loop != NULL);
    assert(function != NULL);
    *hook = (struct reactor_hook){.loop = loop,
                                  .function = function,
                                  .user_data = user_data,
                                  .place = NO_PLACE};
}

int reactor_hook_start(struct reactor_hook *hook, enum reactor_hook_place place)
{
    struct ri_hooks *hooks;

    if (hook == NULL || (uint32_t)place >= RI_HOOK_PLACES)
        return -EINVAL;
    reactor_hook_stop(hook);
    hooks = &hook->loop->hooks;
    hook->loop->is_simple = false;
    hook->place = (uint32_t)place;
    hook->reserved = hooks->round; /* of this one it is left out */
    hook->next = NULL;
    hook->previous = hooks->last[place];
    if (hook->previous != NULL)
        hook->previous->next = hook;
    else
        hooks->first[place] = hook;
    hooks->last[place] = hook;
    return 0;
}

void reactor_hook_stop(struct reactor_hook *hook)
{
    struct ri_hooks *hooks;

    if (hook == NULL || hook->place == NO_PLACE || hook->loop == NULL)
        return;
    hooks = &hook->loop->hooks;
    if (hooks->next == hook)
        hooks->next = hook->next;
    if (hook->previous != NULL)
        hook->previous->next = hook->next;
    else
        hooks->first[hook->place] = hook->next;
    if (hook->next != NULL)
        hook->next->previous = hook->previous;
    else
        hooks->last[hook->place] = hook->previous;
    hook->place = NO_PLACE;
}

void *reactor_hook_find(struct reactor_loop *loop,
                        enum reactor_hook_place place,
                        reactor_hook_fn *function)
{
    const struct reactor_hook *hook;

    if (loop == NULL || (uint32_t)place >= RI_HOOK_PLACES)
        return NULL;
    hook = loop->hooks.first[place];
    while (hook != NULL && hook->function != function)
        hook = hook->next;
    return hook != NULL ? hook->user_data : NULL;
}

static void call(struct reactor_loop *loop, struct reactor_hook *hook)
{
    void *user_data = hook->user_data;
    int64_t began = ri_call_begin(loop);

    hook->function(user_data);
    ri_call_end(loop, "hook", user_data, began);
}

/* Those of a closing go on though the loop is being closed. */
static bool is_over(const struct reactor_loop *loop,
                    enum reactor_hook_place place)
{
    if (place == REACTOR_ON_RELEASE)
        return false;
    return place == REACTOR_BEFORE_CLOSE ? ri_is_inherited(loop->reactor)
                                         : ri_turn_is_over(loop);
}

void ri_hooks_walk(struct reactor_loop *loop, enum reactor_hook_place place)
{
    struct ri_hooks *hooks = &loop->hooks;

    hooks->round++;
    hooks->next = hooks->first[place];
    while (hooks->next != NULL && !is_over(loop, place)) {
        struct reactor_hook *hook = hooks->next;

        hooks->next = hook->next;
        if (hook->reserved != hooks->round) {
            hook->reserved = hooks->round - 1; /* the round wraps */
            call(loop, hook);
        }
    }
    hooks->next = NULL;
}

void ri_hooks_stop_all(struct reactor_loop *loop)
{
    int place;

    for (place = 0; place < RI_HOOK_PLACES; place++)
        while (loop->hooks.first[place] != NULL)
            reactor_hook_stop(loop->hooks.first[place]);
}
