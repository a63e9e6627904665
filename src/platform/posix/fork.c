/* SPDX-License-Identifier: MIT */
/*
 * A child is told by pthread_atfork(3) that it is one. The alternative, to ask
 * getpid(2), has been a system call in every glibc since 2.25: far too dear for
 * every wait.
 */
#include "platform/platform.h"

const bool ri_has_fork = true;

static struct {
    void (*before)(void);
    void (*after_in_parent)(void);
    void (*after_in_child)(void);
} watch;

static void before_fork(void)
{
    ri_process_lock();
    watch.before();
}

static void after_fork_in_parent(void)
{
    watch.after_in_parent();
    ri_process_unlock();
}

static void after_fork_in_child(void)
{
    watch.after_in_child();
    ri_process_unlock();
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
