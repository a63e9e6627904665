/* SPDX-License-Identifier: MIT */
/*
 * Handlers: what the reactor is told of them, and when. Starts and stops go to
 * it at once. Updates wait in a queue until the loop is about to wait, so that
 * those that cancel out cost nothing; and level-triggered interest that shrinks
 * isn't told at all before the kernel has reported what is unwanted by now.
 */
#include "loop/loop_state.h"

#include <assert.h>
#include <errno.h>

static struct ri_slot *slot_of(const struct reactor_handler *handler)
{
    return &handler->loop->handlers.slots.slots[handler->slot];
}

static void *token_of(const struct reactor_handler *handler)
{
    return ri_slot_token(handler->slot, slot_of(handler)->generation);
}

/* ---- What the kernel has, and what it is to have ---- */

static uint32_t interest_of(uint8_t mask)
{
    return mask & ~(uint32_t)RI_FLAGS;
}

/* The kernel has this interest; what of it is wanted need not be told. */
static void set_known(struct reactor_handler *handler, uint32_t interest)
{
    handler->known = (uint8_t)(interest | RI_FLAGS);
    /* With a trigger every change is to be told, as it re-arms. */
    handler->covered =
        (interest & RI_TRIGGERS) != 0 ? RI_FLAGS : handler->known;
}

/* Whether the kernel must hear of an update: it grows, or it re-arms. */
static bool must_be_told(const struct reactor_handler *handler)
{
    return (handler->wanted & ~(unsigned)handler->covered) != 0;
}

static void delist(struct reactor_handler *handler)
{
    if (handler->state != RI_HANDLER_SETTLED)
        ri_handler_delist(handler);
}

/*
 * Has the reactor do what is wanted. A refusal is told to the handler later;
 * the kernel then has nothing as far as we know, so that any update tells it
 * again.
 */
static int apply(struct reactor_loop *loop, struct reactor_handler *handler)
{
    void *token = token_of(handler);
    int error =
        ri_reactor_reregister_own(loop->reactor, handler->handle,
                                  interest_of(handler->wanted), token, token);

    if (error == -ECHILD)
        return error;
    if (error == 0) {
        set_known(handler, interest_of(handler->wanted));
        ri_handler_delist(handler);
        return 0;
    }
    if (error == -EBADF || error == -ENOENT) /* closed without a stop */
        (void)ri_reactor_deregister_own(loop->reactor, handler->handle, token);
    set_known(handler, 0);
    ri_handler_delist(handler);
    ri_handler_enlist(&loop->handlers.refused, handler, RI_HANDLER_REFUSED);
    loop->is_simple = false;
    return 0;
}

static bool is_to_be_applied(const struct reactor_handler *handler)
{
    return handler->state == RI_HANDLER_CHANGED
               ? must_be_told(handler)
               : handler->wanted != handler->known;
}

int ri_handlers_flush_queue(struct reactor_loop *loop)
{
    while (loop->handlers.queue != NULL) {
        struct reactor_handler *handler = loop->handlers.queue;
        int error = 0;

        if (is_to_be_applied(handler))
            error = apply(loop, handler);
        else
            ri_handler_delist(handler); /* it has cancelled out */
        if (error != 0)
            return error;
    }
    return 0;
}

/* ---- Start, update, stop ---- */

void reactor_handler_init(struct reactor_handler *handler,
                          struct reactor_loop *loop,
                          reactor_handler_fn *function, void *user_data)
{
    assert(handler != NULL && loop != NULL);
    assert(function != NULL);
    *handler = (struct reactor_handler){.loop = loop,
                                        .function = function,
                                        .user_data = user_data,
                                        .slot = RI_SLOT_NONE};
}

static void leave_slot(struct reactor_handler *handler)
{
    struct reactor_loop *loop = handler->loop;

    (void)ri_reactor_deregister_own(loop->reactor, handler->handle,
                                    token_of(handler));
    delist(handler);
    ri_slots_give_back(&loop->handlers.slots, handler->slot);
}

static void set_interest(struct reactor_handler *handler, uint32_t interest)
{
    set_known(handler, interest);
    handler->wanted = handler->known;
}

/* A slot of its own, so that nothing was done if the reactor refuses. */
static int start_anew(struct reactor_handler *handler, reactor_handle handle,
                      uint32_t interest)
{
    struct reactor_loop *loop = handler->loop;
    struct ri_slots *slots = &loop->handlers.slots;
    uint32_t generation;
    uint32_t index;
    int error = ri_slots_find_free(slots, &index);

    if (error != 0)
        return error;
    generation = ri_slot_generation_after(slots->slots[index].generation, 1);
    error = reactor_register(loop->reactor, handle, interest,
                             ri_slot_token(index, generation));
    if (error != 0)
        return error;
    ri_slots_take(slots, index, handler);
    if (handler->slot != RI_SLOT_NONE)
        leave_slot(handler);
    else
        loop->active++;
    handler->slot = index;
    handler->handle = handle;
    set_interest(handler, interest);
    return 0;
}

/* The same handle again: what was fetched of it so far finds nobody. */
static int start_again(struct reactor_handler *handler, uint32_t interest)
{
    struct ri_slot *slot = slot_of(handler);
    uint32_t generation = ri_slot_generation_after(slot->generation, 2);
    int error = ri_reactor_reregister_own(
        handler->loop->reactor, handler->handle, interest,
        ri_slot_token(handler->slot, generation), token_of(handler));

    if (error != 0)
        return error;
    slot->generation = generation;
    delist(handler);
    set_interest(handler, interest);
    return 0;
}

int reactor_handler_start(struct reactor_handler *handler,
                          reactor_handle handle, uint32_t interest)
{
    int error = -ENOENT;

    if (handler == NULL)
        return -EINVAL;
    if (handler->slot != RI_SLOT_NONE && handler->handle == handle)
        error = start_again(handler, interest);
    if (error == -ENOENT || error == -EBADF) /* or closed and opened again */
        error = start_anew(handler, handle, interest);
    return error;
}

static int refuse_interest(uint32_t interest)
{
    return (interest & ~(uint32_t)RI_INTEREST_ALL) != 0 ? -EINVAL : -ENOTSUP;
}

/* The loop of an idle handler may be gone. */
RI_NEVER_INLINE
static int refuse_idle(const struct reactor_handler *handler, uint32_t interest)
{
    if (handler == NULL || (interest & ~(uint32_t)RI_INTEREST_ALL) != 0)
        return -EINVAL;
    return (interest & ~ri_backend_supported_interest) != 0 ? -ENOTSUP
                                                            : -ENOENT;
}

static void note_change(struct reactor_loop *loop,
                        struct reactor_handler *handler)
{
    if (RI_UNLIKELY(ri_handler_is_rearmed(handler)))
        loop->is_simple = false; /* its events in this batch are dropped */
    if (handler->state == RI_HANDLER_CHANGED)
        return;
    delist(handler);
    ri_handler_enlist(&loop->handlers.queue, handler, RI_HANDLER_CHANGED);
}

int reactor_handler_update(struct reactor_handler *handler, uint32_t interest)
{
    struct reactor_loop *loop;

    if (RI_UNLIKELY(handler == NULL) ||
        RI_UNLIKELY(handler->slot == RI_SLOT_NONE))
        return refuse_idle(handler, interest);
    loop = handler->loop;
    if (RI_UNLIKELY((interest & loop->unsupported) != 0))
        return refuse_interest(interest);
    handler->wanted = (uint8_t)(interest | RI_FLAGS);
    if (must_be_told(handler))
        note_change(loop, handler);
    else if (handler->state >= RI_HANDLER_CHANGED)
        ri_handler_delist(handler); /* it has cancelled out */
    return 0;
}

void reactor_handler_stop(struct reactor_handler *handler)
{
    if (handler == NULL || handler->slot == RI_SLOT_NONE)
        return;
    leave_slot(handler);
    handler->slot = RI_SLOT_NONE;
    handler->loop->active--;
    if (handler->loop->active == 0)
        handler->loop->is_simple = false;
}

/* ---- What it is ---- */

reactor_handle reactor_handler_handle(const struct reactor_handler *handler)
{
    return reactor_handler_is_active(handler) ? handler->handle
                                              : REACTOR_INVALID_HANDLE;
}

uint32_t reactor_handler_interest(const struct reactor_handler *handler)
{
    return reactor_handler_is_active(handler) ? interest_of(handler->wanted)
                                              : 0;
}

int reactor_handler_is_active(const struct reactor_handler *handler)
{
    return handler != NULL && handler->slot != RI_SLOT_NONE;
}

/* ---- All of them ---- */

const struct reactor_handler *
ri_handlers_walk(const struct reactor_loop *loop,
                 const struct reactor_handler *previous)
{
    return ri_slots_next(&loop->handlers.slots,
                         previous != NULL ? previous->slot + 1 : 1);
}

void ri_handlers_destroy(struct reactor_loop *loop)
{
    struct ri_slots *slots = &loop->handlers.slots;
    struct reactor_handler *handler;
    uint32_t index = 1;

    while ((handler = ri_slots_next(slots, index)) != NULL) {
        index = handler->slot + 1;
        handler->slot = RI_SLOT_NONE;
        handler->state = RI_HANDLER_SETTLED;
    }
    ri_slots_destroy(slots);
}
