/* SPDX-License-Identifier: MIT */
/* R1 and R2 of the robustness rows in callbacks of signals and children. */
#include "support/loops.h"
#include "support/process.h"

#include <signal.h>
#include <unistd.h>

struct world {
    struct reactor_loop *loop;
    struct reactor_signal signal;
    struct reactor_child child;
    struct probe signal_probe;
    struct probe child_probe;
};

static void world_open(struct world *world, void (*on_one)(struct probe *self),
                       void (*on_other)(struct probe *self))
{
    pid_t process = fork();

    if (process == 0)
        _exit(3);
    assert_true(process > 0);
    world->loop = open_loop();
    world->signal_probe = (struct probe){.loop = world->loop, .then = on_one};
    world->child_probe = (struct probe){.loop = world->loop, .then = on_other};
    reactor_signal_init(&world->signal, world->loop, on_signal,
                        &world->signal_probe);
    reactor_child_init(&world->child, world->loop, on_end, &world->child_probe);
    assert_ok(reactor_signal_start(&world->signal, SIGUSR1));
    assert_ok(reactor_child_start(&world->child, process));
}

/* ---- Run ---- */

static void be_refused_and_stop(struct probe *probe)
{
    int64_t deadline_ns;

    assert_error(reactor_loop_run(probe->loop), -EBUSY);
    assert_error(reactor_loop_turn(probe->loop, 0), -EBUSY);
    assert_error(reactor_loop_prepare(probe->loop, &deadline_ns), -EBUSY);
    assert_ok(reactor_loop_stop(probe->loop));
}

static void to_run_it_in_their_callbacks_is_ebusy(void **state)
{
    struct world world;

    (void)state;
    world_open(&world, be_refused_and_stop, be_refused_and_stop);
    while (world.child_probe.calls == 0)
        assert_is_stopped(world.loop);
    assert_int_equal(world.child_probe.number, 3);
    assert_ok(raise(SIGUSR1));
    while (world.signal_probe.calls == 0)
        assert_is_stopped(world.loop);
    assert_int_equal(world.signal_probe.calls, 1);
    assert_int_equal(world.child_probe.calls, 1);
    reactor_loop_close(world.loop);
}

/* ---- Close ---- */

static void close_it(struct probe *probe)
{
    reactor_loop_close(probe->loop);
    reactor_loop_close(probe->loop);
}

static void it_can_be_closed_in_a_signals_callback(void **state)
{
    struct world world;

    (void)state;
    world_open(&world, close_it, NULL);
    assert_ok(raise(SIGUSR1));
    assert_is_stopped(world.loop);
    assert_int_equal(world.signal_probe.calls, 1);
    if (world.child_probe.calls == 0) /* the loop has left it to us */
        assert_int_equal(child_finish((pid_t)world.child.process), 3);
    reactor_signal_stop(&world.signal);
    reactor_child_stop(&world.child);
}

static void it_can_be_closed_in_a_childs_callback(void **state)
{
    struct world world;

    (void)state;
    world_open(&world, NULL, close_it);
    assert_is_stopped(world.loop);
    assert_int_equal(world.child_probe.calls, 1);
    assert_int_equal(world.child_probe.number, 3);
    assert_int_equal(world.signal_probe.calls, 0);
    reactor_signal_stop(&world.signal);
    reactor_child_stop(&world.child);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(to_run_it_in_their_callbacks_is_ebusy),
        CLAIM_WITHOUT_REACTOR(it_can_be_closed_in_a_signals_callback),
        CLAIM_WITHOUT_REACTOR(it_can_be_closed_in_a_childs_callback),
    };

    return run_claims(claims);
}
