/* SPDX-License-Identifier: MIT */
#include "support/callbacks.h"

#include <string.h>

static void init(struct caller *caller, struct reactor_loop *loop)
{
    struct probe *probe = &caller->probe;

    reactor_handler_init(&caller->handler, loop, on_ready, probe);
    reactor_timer_init(&caller->timer, loop, on_time, probe);
    reactor_post_init(&caller->post, loop, on_post, probe);
    reactor_hook_init(&caller->hook, loop, on_hook, probe);
}

void caller_start(struct caller *caller, struct reactor_loop *loop,
                  enum callback_kind kind, char name,
                  void (*then)(struct probe *self))
{
    memset(caller, 0, sizeof(*caller));
    caller->probe = (struct probe){.name = name, .loop = loop, .then = then};
    caller->pair = stream_pair();
    init(caller, loop);
    switch (kind) {
    case IN_HANDLER:
        send_byte(caller->pair.peer);
        assert_ok(reactor_handler_start(&caller->handler, caller->pair.mine,
                                        REACTOR_READABLE));
        break;
    case IN_TIMER:
        reactor_timer_start(&caller->timer, 0, 0);
        break;
    case IN_POST:
        assert_ok(reactor_post_send(&caller->post));
        break;
    case IN_HOOK_BEFORE_WAIT:
        assert_ok(reactor_hook_start(&caller->hook, REACTOR_BEFORE_WAIT));
        break;
    case IN_HOOK_AFTER_WAIT:
        assert_ok(reactor_hook_start(&caller->hook, REACTOR_AFTER_WAIT));
        break;
    case CALLBACK_KINDS:
        fail();
    }
}

void caller_end(struct caller *caller)
{
    reactor_handler_stop(&caller->handler);
    reactor_timer_stop(&caller->timer);
    reactor_hook_stop(&caller->hook);
    close_pair(&caller->pair);
}
