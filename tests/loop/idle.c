/* SPDX-License-Identifier: MIT */
/* What is idle has nothing to do with a loop: none yet, or none any more. */
#include "support/callbacks.h"
#include "support/loops.h"

struct objects {
    struct reactor_handler handler;
    struct reactor_timer timer;
    struct reactor_post post;
    struct reactor_signal signal;
    struct reactor_child child;
    struct reactor_hook hook;
};

static void stop_all(struct objects *objects)
{
    reactor_handler_stop(&objects->handler);
    reactor_timer_stop(&objects->timer);
    assert_int_equal(reactor_post_cancel(&objects->post), 0);
    reactor_signal_stop(&objects->signal);
    reactor_child_stop(&objects->child);
    reactor_hook_stop(&objects->hook);
}

static void zeros_can_be_stopped(void **state)
{
    struct objects objects = {.handler = {.loop = NULL}};

    (void)state;
    stop_all(&objects);
}

static void what_a_loop_has_left_can_be_stopped_after_it(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct probe probe = {.name = 'x'};
    struct objects objects;

    (void)state;
    reactor_handler_init(&objects.handler, loop, on_ready, &probe);
    reactor_timer_init(&objects.timer, loop, on_time, &probe);
    reactor_post_init(&objects.post, loop, on_post, &probe);
    reactor_signal_init(&objects.signal, loop, on_signal, &probe);
    reactor_child_init(&objects.child, loop, on_end, &probe);
    reactor_hook_init(&objects.hook, loop, on_hook, &probe);
    reactor_timer_start(&objects.timer, 0, 0);
    assert_ok(reactor_post_send(&objects.post));
    assert_ok(reactor_hook_start(&objects.hook, REACTOR_AFTER_WAIT));
    reactor_loop_close(loop);
    stop_all(&objects);
    assert_error(reactor_handler_update(&objects.handler, REACTOR_READABLE),
                 -ENOENT);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(zeros_can_be_stopped),
        CLAIM_WITHOUT_REACTOR(what_a_loop_has_left_can_be_stopped_after_it),
    };

    return run_claims(claims);
}
