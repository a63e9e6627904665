/* SPDX-License-Identifier: MIT */
/*
 * A child is told by pthread_atfork(3) that it is one. The alternative, to ask
 * getpid(2), has been a system call in every glibc since 2.25: far too dear for
 * every wait.
 */
#include "platform/posix/signal_handlers.h"

#include "platform/platform.h"

#include <signal.h>

const bool ri_has_fork = true;

static struct {
    void (*before)(void);
    void (*after_in_parent)(void);
    void (*after_in_child)(void);
} watch;

/* With the process lock held. */
static sigset_t mask_before;

/*
 * No handler of a signal runs in the child before it has been told: it would
 * wake the parent's reactors.
 */
static void before_fork(void)
{
    sigset_t all;
    sigset_t before;

    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    ri_process_lock();
    mask_before = before;
    watch.before();
}

static void end_fork(void)
{
    sigset_t before = mask_before;

    ri_process_unlock();
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void after_fork_in_parent(void)
{
    watch.after_in_parent();
    end_fork();
}

static void after_fork_in_child(void)
{
    ri_signals_forget_handlers();
    watch.after_in_child();
    end_fork();
}

int ri_fork_watch(void (*before)(void), void (*after_in_parent)(void),
                  void (*after_in_child)(void))
{
    int error;

    if (watch.before != NULL)
        return 0;
    error =
        pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
    if (error != 0)
        return -error;
    watch.before = before;
    watch.after_in_parent = after_in_parent;
    watch.after_in_child = after_in_child;
    return 0;
}
