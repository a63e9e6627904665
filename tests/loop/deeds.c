/* SPDX-License-Identifier: MIT */
#include "loop/deeds.h"

#include <string.h>

static void init(struct deeds *deeds, int i)
{
    struct reactor_loop *loop = deeds->loop;

    watch_init(&deeds->watches[i], loop, 0);
    reactor_timer_init(&deeds->timer[i], loop, on_time, &deeds->times[i]);
    reactor_hook_init(&deeds->hook[i], loop, on_hook, &deeds->hooks[i]);
    reactor_post_init(&deeds->post[i], loop, on_post, &deeds->posts[i]);
}

static void start(struct deeds *deeds, int i)
{
    struct watch *watch = &deeds->watches[i];

    assert_ok(reactor_handler_start(&watch->handler, watch->pair.mine,
                                    REACTOR_WRITABLE));
    reactor_timer_start(&deeds->timer[i], 0, 1);
    assert_ok(reactor_hook_start(&deeds->hook[i], REACTOR_AFTER_WAIT));
}

static void stop(struct deeds *deeds, int i)
{
    reactor_handler_stop(&deeds->watches[i].handler);
    reactor_timer_stop(&deeds->timer[i]);
    reactor_hook_stop(&deeds->hook[i]);
}

void deeds_begin(struct deeds *deeds, struct reactor_loop *loop)
{
    memset(deeds, 0, sizeof(*deeds));
    deeds->loop = loop;
    init(deeds, TO_START);
    init(deeds, TO_STOP);
    start(deeds, TO_STOP);
    watch_start(&deeds->to_update, loop, 0, REACTOR_READABLE);
}

static void count(const struct deeds *deeds, unsigned calls[3])
{
    calls[0] = deeds->watches[TO_STOP].probe.calls;
    calls[1] = deeds->times[TO_STOP].calls;
    calls[2] = deeds->hooks[TO_STOP].calls;
}

void deeds_do(struct deeds *deeds)
{
    if (deeds->times_done++ > 0)
        return;
    count(deeds, deeds->calls);
    stop(deeds, TO_STOP);
    start(deeds, TO_START);
    assert_ok(
        reactor_handler_update(&deeds->to_update.handler, REACTOR_WRITABLE));
    assert_ok(reactor_post_send(&deeds->post[TO_START]));
    assert_ok(reactor_post_send(&deeds->post[TO_STOP]));
    assert_int_equal(reactor_post_cancel(&deeds->post[TO_STOP]), 1);
}

static bool has_followed(const struct deeds *deeds)
{
    return deeds->watches[TO_START].probe.calls > 0 &&
           deeds->times[TO_START].calls > 0 &&
           deeds->hooks[TO_START].calls > 0 &&
           deeds->posts[TO_START].calls > 0 && deeds->to_update.probe.calls > 0;
}

void deeds_end(struct deeds *deeds)
{
    int64_t give_up_ns = reactor_now_ns() + PATIENCE_NS;
    unsigned calls[3];

    while (!has_followed(deeds)) { /* somebody is called in every turn */
        assert_true(reactor_now_ns() < give_up_ns);
        await_calls(deeds->loop);
    }
    assert_true(deeds->times_done > 0);
    assert_int_equal(deeds->to_update.probe.readiness, REACTOR_WRITABLE);
    assert_int_equal(deeds->posts[TO_START].calls, 1);
    assert_int_equal(deeds->posts[TO_STOP].calls, 0);
    count(deeds, calls);
    assert_memory_equal(calls, deeds->calls, sizeof(calls));
    stop(deeds, TO_START);
    watch_end(&deeds->watches[TO_START]);
    watch_end(&deeds->watches[TO_STOP]);
    watch_end(&deeds->to_update);
}
