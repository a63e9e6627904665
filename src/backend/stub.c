/* SPDX-License-Identifier: MIT */
/*
 * The stub: the whole of reactor.h for a system without a demultiplexer that
 * this library knows. It compiles with nothing but a C11 compiler, in place of
 * floors 1 to 3, and is what a port starts from (docs/porting.md). What would
 * need a demultiplexer answers -ENOSYS, after the arguments were looked at.
 */
#include <reactor.h>

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

#define INTEREST_ALL                                                           \
    (REACTOR_READABLE | REACTOR_WRITABLE | REACTOR_PRIORITY | REACTOR_EDGE |   \
     REACTOR_ONESHOT)

static int refuse(bool arguments_are_valid)
{
    return arguments_are_valid ? -ENOSYS : -EINVAL;
}

int reactor_open(struct reactor **out)
{
    return refuse(out != NULL);
}

void reactor_close(struct reactor *reactor)
{
    (void)reactor;
}

int reactor_register(struct reactor *reactor, reactor_handle handle,
                     uint32_t interest, void *user_data)
{
    (void)handle;
    (void)user_data;
    return refuse(reactor != NULL && (interest & ~INTEREST_ALL) == 0);
}

int reactor_reregister(struct reactor *reactor, reactor_handle handle,
                       uint32_t interest, void *user_data)
{
    return reactor_register(reactor, handle, interest, user_data);
}

int reactor_deregister(struct reactor *reactor, reactor_handle handle)
{
    (void)handle;
    return refuse(reactor != NULL);
}

int reactor_wait(struct reactor *reactor, struct reactor_event *events,
                 int capacity, int timeout_ms)
{
    return refuse(reactor != NULL && events != NULL && capacity >= 1 &&
                  timeout_ms >= -1);
}

int reactor_wait_until(struct reactor *reactor, struct reactor_event *events,
                       int capacity, int64_t deadline_ns)
{
    (void)deadline_ns;
    return refuse(reactor != NULL && events != NULL && capacity >= 1);
}

int reactor_wake(struct reactor *reactor)
{
    return refuse(reactor != NULL);
}

int reactor_shutdown(struct reactor *reactor)
{
    return refuse(reactor != NULL);
}

int reactor_after_fork(struct reactor *reactor)
{
    return refuse(reactor != NULL);
}

uint32_t reactor_supported_interest(void)
{
    return 0;
}

const char *reactor_backend_name(void)
{
    return "stub";
}

reactor_handle reactor_backend_handle(struct reactor *reactor)
{
    (void)reactor;
    return REACTOR_INVALID_HANDLE;
}

/*
 * C11 has only the wall clock: what it has reached once is not undercut. A flag
 * is the one atomic object that no machine needs a library for.
 */
static int64_t time_of_day_ns(void)
{
#ifdef TIME_UTC
    struct timespec now;

    if (timespec_get(&now, TIME_UTC) != TIME_UTC)
        return -ENOSYS;
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
#else /* older C libraries: whole seconds */
    return (int64_t)time(NULL) * 1000000000;
#endif
}

int64_t reactor_now_ns(void)
{
    static atomic_flag is_taken = ATOMIC_FLAG_INIT;
    static int64_t latest;
    int64_t result = time_of_day_ns();

    if (result < 0)
        return result;
    while (atomic_flag_test_and_set(&is_taken))
        continue;
    if (result < latest)
        result = latest;
    latest = result;
    atomic_flag_clear(&is_taken);
    return result;
}

/* Nothing is ever allocated, and no reactor is ever open. */
int reactor_set_allocator(void *(*allocate)(size_t),
                          void *(*reallocate)(void *, size_t),
                          void (*release)(void *))
{
    if ((allocate == NULL) != (reallocate == NULL) ||
        (allocate == NULL) != (release == NULL))
        return -EINVAL;
    return 0;
}
