/* SPDX-License-Identifier: MIT */
#include "net/admission.h"

#include <errno.h>

static void consider(struct reactor_listener *listener)
{
    (void)reactor_handler_update(&listener->handler,
                                 listener->state == 0 ? REACTOR_READABLE : 0);
}

void ri_listener_set_state(struct reactor_listener *listener, uint32_t bit,
                           bool is_set)
{
    uint32_t state = is_set ? listener->state | bit : listener->state & ~bit;

    if (state == listener->state)
        return;
    listener->state = state;
    consider(listener);
}

bool ri_listener_accepts(const struct reactor_listener *listener)
{
    return listener->admission != NULL &&
           (listener->state & RI_LISTENER_PAUSED) == 0;
}

static int pause_or_resume(struct reactor_listener *listener, bool is_paused)
{
    if (listener == NULL)
        return -EINVAL;
    if (listener->admission == NULL)
        return -ENOENT;
    ri_listener_set_state(listener, RI_LISTENER_PAUSED, is_paused);
    return 0;
}

int reactor_listener_pause(struct reactor_listener *listener)
{
    return pause_or_resume(listener, true);
}

int reactor_listener_resume(struct reactor_listener *listener)
{
    return pause_or_resume(listener, false);
}

static void consider_limit(struct ri_admission *admission)
{
    if (admission->listener != NULL && admission->limit != 0)
        ri_listener_set_state(admission->listener, RI_LISTENER_FULL,
                              admission->open >= admission->limit);
}

void ri_admission_drop(struct ri_admission *admission)
{
    if (--admission->references == 0)
        ri_release(admission);
}

static void one_less(struct ri_admission *admission)
{
    if (admission->open > 0)
        admission->open--;
    consider_limit(admission);
}

struct ri_admission *ri_admission_of(struct reactor_listener *listener)
{
    struct ri_admission *admission =
        listener != NULL ? listener->admission : NULL;

    if (admission != NULL)
        admission->references++;
    return admission;
}

void ri_admission_release(struct ri_admission *admission)
{
    if (admission == NULL)
        return;
    one_less(admission);
    ri_admission_drop(admission);
}

void reactor_listener_release(struct reactor_listener *listener)
{
    if (listener != NULL && listener->admission != NULL)
        one_less(listener->admission);
}

void ri_admission_add(struct ri_admission *admission)
{
    admission->open++;
    consider_limit(admission);
}

/* ---- What it says of itself ---- */

int reactor_listener_address(const struct reactor_listener *listener,
                             struct reactor_address *out)
{
    if (listener == NULL || out == NULL)
        return -EINVAL;
    if (listener->admission == NULL)
        return -ENOENT;
    return reactor_address_of(reactor_handler_handle(&listener->handler), out);
}

reactor_handle reactor_listener_handle(const struct reactor_listener *listener)
{
    return listener != NULL ? reactor_handler_handle(&listener->handler)
                            : REACTOR_INVALID_HANDLE;
}

uint32_t reactor_listener_count(const struct reactor_listener *listener)
{
    const struct ri_admission *admission =
        listener != NULL ? listener->admission : NULL;

    return admission != NULL ? admission->open : 0;
}
