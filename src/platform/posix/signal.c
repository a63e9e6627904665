/* SPDX-License-Identifier: MIT */
/*
 * sigaction(2), for the whole process. The handler walks the list of ports
 * without a lock. Who removes a port waits until every handler is over that may
 * have seen it, and newer ones do not prolong this: handlers count themselves
 * in one of two places, and new ones are sent to the other before the one is
 * waited for (P. E. McKenney, "Sleepable RCU", 2006). A handler that runs on
 * the waiting thread itself is over when that goes on.
 */
#include "platform/posix/signal_handlers.h"

#include "platform/platform.h"

#include <errno.h>
#include <signal.h>

#ifdef _SIG_MAXSIG /* FreeBSD: NSIG leaves out real-time signals */
#define NUMBERS (_SIG_MAXSIG + 1)
#else
#define NUMBERS NSIG
#endif

_Static_assert(ATOMIC_POINTER_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2,
               "a handler may use atomics");

const int ri_signal_numbers = NUMBERS;
const int ri_child_signal = SIGCHLD;

static _Atomic(struct ri_signal_port *) ports;

static struct {
    _Atomic unsigned place; /* of the two, for new ones: the lowest bit */
    _Atomic unsigned count[2];
} handlers;

/* Under the process lock. */
static struct {
    struct sigaction former;
    unsigned users;
    bool is_ours;
} signals[NUMBERS];

/* ---- The handler ---- */

static void on_signal(int number)
{
    int saved = errno;
    unsigned place = atomic_load(&handlers.place) & 1;
    struct ri_signal_port *port;

    atomic_fetch_add(&handlers.count[place], 1);
    for (port = atomic_load(&ports); port != NULL;
         port = atomic_load(&port->next))
        port->arrived(port, number);
    atomic_fetch_sub(&handlers.count[place], 1);
    errno = saved;
}

/*
 * Twice: a handler may have been told its place long before it counts itself,
 * so that both have to be seen empty.
 */
static void wait_for_handlers(void)
{
    int i;

    for (i = 0; i < 2; i++) {
        unsigned place = atomic_fetch_add(&handlers.place, 1) & 1;

        while (atomic_load(&handlers.count[place]) != 0)
            ri_thread_yield();
    }
}

void ri_signals_forget_handlers(void)
{
    atomic_store(&handlers.count[0], 0);
    atomic_store(&handlers.count[1], 0);
}

/* ---- Ports ---- */

void ri_signal_port_add(struct ri_signal_port *port)
{
    ri_process_lock();
    atomic_store(&port->next, atomic_load(&ports));
    atomic_store(&ports, port);
    ri_process_unlock();
}

void ri_signal_port_remove(struct ri_signal_port *port)
{
    _Atomic(struct ri_signal_port *) *link = &ports;

    ri_process_lock();
    while (atomic_load(link) != port)
        link = &atomic_load(link)->next;
    atomic_store(link, atomic_load(&port->next));
    wait_for_handlers();
    ri_process_unlock();
}

/* ---- Dispositions ---- */

int ri_signal_check(int number)
{
    if (number <= 0 || number >= NUMBERS)
        return -EINVAL;
    switch (number) {
    case SIGKILL:
    case SIGSTOP:
    case SIGSEGV: /* of these a handler that returns is called for ever */
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
        return -EINVAL;
    default:
        return 0;
    }
}

/*
 * Nothing interrupts the handler, so that none who waits for it waits for
 * something else. It runs on the thread's alternate stack if there is one: the
 * usual one may be small where threads share one, as those of Go do.
 */
static int install(int number)
{
    struct sigaction action = {.sa_handler = on_signal,
                               .sa_flags = SA_RESTART | SA_ONSTACK};

    sigfillset(&action.sa_mask);
    if (sigaction(number, &action, &signals[number].former) != 0)
        return -errno;
    signals[number].is_ours = true;
    return 0;
}

int ri_signal_watch(int number)
{
    int error = 0;

    ri_process_lock();
    if (!signals[number].is_ours)
        error = install(number);
    if (error == 0)
        signals[number].users++;
    ri_process_unlock();
    return error;
}

/* If the former one is refused ours stays, and is found by the next watch. */
void ri_signal_unwatch(int number)
{
    ri_process_lock();
    signals[number].users--;
    if (signals[number].users == 0 &&
        sigaction(number, &signals[number].former, NULL) == 0)
        signals[number].is_ours = false;
    ri_process_unlock();
}
