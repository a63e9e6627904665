/* SPDX-License-Identifier: MIT */
/* Handlers: which one an event is for, and what of it is told. */
#include "loop/loop_state.h"

static void call_measured(struct reactor_loop *loop,
                          struct reactor_handler *handler, uint32_t readiness)
{
    bool is_internal = (handler->flags & RI_INTERNAL) != 0;
    void *user_data = handler->user_data;
    int64_t began = is_internal ? 0 : ri_call_begin(loop);

    handler->function(user_data, readiness);
    ri_call_end(loop, "handler", user_data, began);
}

static inline void call(struct reactor_loop *loop,
                        struct reactor_handler *handler, uint32_t readiness)
{
    if (RI_UNLIKELY(loop->slow_ns != 0))
        call_measured(loop, handler, readiness);
    else
        handler->function(handler->user_data, readiness);
}

/* An event whose slot is not, or not any more, what it was for. */
RI_NEVER_INLINE
static void drop_stale(struct reactor_loop *loop,
                       const struct reactor_event *event)
{
    if (event->readiness == REACTOR_WAKE) {
        loop->numbers.wakes++;
        loop->numbers.events--;
    }
}

/*
 * An event of a handler that is in a list, or with nothing in it that is
 * wanted. What is about to be re-armed is looked at anew then, so that it is
 * reported once, for what was asked for last.
 */
RI_NEVER_INLINE
static bool is_dropped(struct reactor_loop *loop,
                       struct reactor_handler *handler, uint32_t readiness)
{
    if (handler->state == RI_HANDLER_CHANGED && ri_handler_is_rearmed(handler))
        return true;
    if ((readiness & RI_INTEREST_READINESS) != 0)
        return false;
    /* Who asked for no direction, but for priority, hears of an end by flags.
     */
    if (readiness != 0 && handler->wanted == handler->known &&
        (handler->wanted & RI_INTEREST_READINESS) != 0)
        return false;
    if (handler->state == RI_HANDLER_SETTLED)
        ri_handler_enlist(&loop->handlers.queue, handler, RI_HANDLER_UNWANTED);
    return true;
}

uint32_t ri_handlers_dispatch(struct reactor_loop *loop)
{
    uint32_t called = 0;

    while (loop->event < loop->events_end) {
        const struct reactor_event *event = loop->event++;
        const struct ri_slot *slot =
            ri_slots_find(&loop->handlers.slots, event->user_data);
        struct reactor_handler *handler = slot->is.handler;
        uint32_t readiness;

        if (RI_UNLIKELY(!ri_slot_is_current(slot, event->user_data))) {
            drop_stale(loop, event);
            continue;
        }
        readiness = event->readiness & handler->wanted;
        if (RI_UNLIKELY(handler->state != RI_HANDLER_SETTLED ||
                        (readiness & RI_INTEREST_READINESS) == 0) &&
            is_dropped(loop, handler, readiness))
            continue;
        called++;
        call(loop, handler, readiness);
        if (ri_turn_is_over(loop))
            break;
    }
    return called;
}

/* The usual event of a simple loop, in as few steps as can be. */
static bool dispatch_simply(struct reactor_loop *loop,
                            const struct reactor_event *event)
{
    const struct ri_slot *slot =
        ri_slots_find(&loop->handlers.slots, event->user_data);
    struct reactor_handler *handler = slot->is.handler;
    uint32_t readiness;

    if (RI_UNLIKELY(!ri_slot_is_current(slot, event->user_data)))
        return false;
    readiness = event->readiness & handler->wanted;
    if (RI_UNLIKELY((readiness & RI_INTEREST_READINESS) == 0))
        return false;
    loop->numbers.callbacks++;
    handler->function(handler->user_data, readiness);
    return true;
}

int ri_handlers_run(struct reactor_loop *loop)
{
    while (loop->is_simple && !ri_is_stopping(loop)) {
        int count = ri_handlers_flush(loop);

        if (count == 0 && loop->is_simple)
            count =
                ri_reactor_wait(loop->reactor, loop->events, (int)loop->budget);
        if (count <= 0)
            return count;
        loop->numbers.turns++;
        loop->numbers.events += (unsigned)count;
        loop->event = loop->events;
        loop->events_end = loop->events + count;
        do {
            if (!dispatch_simply(loop, loop->event))
                return 0;
            loop->event++;
        } while (loop->event < loop->events_end && loop->is_simple &&
                 !RI_UNLIKELY(ri_is_inherited(loop->reactor)));
    }
    return 0;
}

uint32_t ri_handlers_tell_refused(struct reactor_loop *loop)
{
    struct ri_handlers *handlers = &loop->handlers;
    uint32_t called = 0;

    /* What these calls change is refused, if it is, in the next turn. */
    while (handlers->refused != NULL && !ri_turn_is_over(loop)) {
        struct reactor_handler *handler = handlers->refused;

        ri_handler_delist(handler);
        called++;
        call(loop, handler,
             REACTOR_ERROR | (handler->wanted & RI_INTEREST_READINESS));
    }
    return called;
}
