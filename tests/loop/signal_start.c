/* SPDX-License-Identifier: MIT */
/* A signal that arrives while the first watch of it starts. */
#include "support/loops.h"

#include <signal.h>

/* The names are the linker's choice: ld(1), --wrap. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
int __real_ri_signal_watch(int number);
int __wrap_ri_signal_watch(int number);

static int to_raise;

/* The former disposition is gone, and start has not returned yet. */
int __wrap_ri_signal_watch(int number)
{
    int error = __real_ri_signal_watch(number);

    if (error == 0 && number == to_raise)
        (void)raise(number);
    return error;
}

/* NOLINTEND(bugprone-reserved-identifier) */

static void what_arrives_while_a_watch_starts_is_told(void **state)
{
    struct reactor_loop *loop = open_loop();
    struct probe probe = {.name = 's'};
    struct reactor_signal watch;

    (void)state;
    reactor_signal_init(&watch, loop, on_signal, &probe);
    to_raise = SIGUSR1;
    assert_ok(reactor_signal_start(&watch, SIGUSR1));
    to_raise = 0;
    await_count(loop, &probe, 1);
    assert_int_equal(probe.number, SIGUSR1);
    reactor_signal_stop(&watch);
    reactor_loop_close(loop);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(what_arrives_while_a_watch_starts_is_told),
    };

    return run_claims(claims);
}
