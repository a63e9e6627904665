/* SPDX-License-Identifier: MIT */
/*
 * The calls of libc that end what a knote belongs to. A descriptor and its
 * knotes go in one step, so the lock is held while libc's is called.
 */
#include "shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

static int (*real_close)(int);
static int (*real_dup2)(int, int);
static int (*real_dup3)(int, int, int);

int shim_real_close(int descriptor)
{
    return real_close(descriptor);
}

static void detach_all(int descriptor)
{
    struct queue *queue;
    enum kind kind;

    for (queue = shim_queues; queue != NULL; queue = queue->next) {
        for (kind = 0; kind < KINDS_OF_DESCRIPTORS; kind++) {
            struct knote *knote = shim_find(queue, (uintptr_t)descriptor, kind);

            if (knote != NULL)
                shim_detach(queue, knote);
        }
        shim_ring(queue);
    }
}

/* True if it was a queue, and is closed. */
static bool let_go(int descriptor)
{
    struct queue *queue = shim_find_queue(descriptor);

    if (descriptor < 0)
        return false;
    detach_all(descriptor);
    if (queue == NULL)
        return false;
    shim_close_queue(queue);
    return true;
}

int close(int descriptor)
{
    sigset_t before = shim_enter();
    int result = let_go(descriptor) ? 0 : real_close(descriptor);

    shim_leave(&before);
    return result;
}

static bool replaces(int descriptor, int target)
{
    return descriptor != target && fcntl(descriptor, F_GETFD) >= 0;
}

int dup2(int descriptor, int target)
{
    sigset_t before = shim_enter();
    int result;

    if (replaces(descriptor, target))
        (void)let_go(target);
    result = real_dup2(descriptor, target);
    shim_leave(&before);
    return result;
}

int dup3(int descriptor, int target, int flags)
{
    sigset_t before = shim_enter();
    int result;

    if (replaces(descriptor, target))
        (void)let_go(target);
    result = real_dup3(descriptor, target, flags);
    shim_leave(&before);
    return result;
}

/* ---- fork(2) ---- */

static sigset_t before_fork;

static void prepare(void)
{
    before_fork = shim_enter();
}

static void in_parent(void)
{
    shim_leave(&before_fork);
}

static void in_child(void)
{
    shim_close_inherited();
    shim_leave(&before_fork);
}

/* ISO C has no cast from what dlsym() answers to a function. */
static void find_real(const char *name, void *pointer)
{
    *(void **)pointer = dlsym(RTLD_NEXT, name);
}

__attribute__((constructor)) static void begin(void)
{
    find_real("close", &real_close);
    find_real("dup2", &real_dup2);
    find_real("dup3", &real_dup3);
    (void)pthread_atfork(prepare, in_parent, in_child);
}
