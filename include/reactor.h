/* SPDX-License-Identifier: MIT */
#ifndef REACTOR_H
#define REACTOR_H

/**
 * @file reactor.h
 * @brief Readiness: one portable interface to epoll, kqueue, IOCP, io_uring
 *        and poll.
 *
 * A reactor watches handles (file descriptors; on Windows, sockets) and tells
 * which of them can be read or written without blocking. Register a handle
 * with an interest and a pointer of your own, wait, and get both back. A sketch
 * without its error checks (complete programs are in examples/):
 *
 * @code
 *     reactor_open(&reactor);
 *     reactor_register(reactor, socket, REACTOR_READABLE, connection);
 *     for (;;) {
 *         int count = reactor_wait(reactor, events, 64, -1);
 *
 *         for (int i = 0; i < count; i++)
 *             serve(events[i].user_data, events[i].readiness);
 *     }
 * @endcode
 *
 * **Errors.** A function that can fail returns 0 or a count on success and a
 * negative errno value on failure (`-EBADF`, `-EEXIST`; the same names on
 * every system). A failed call leaves everything as it was. errno itself
 * carries no meaning. Where several errors apply, the one returned is the
 * first of: EINVAL, ECHILD, EBUSY, ECANCELED, ENOTSUP, EBADF, EEXIST or
 * ENOENT, then the kernel's own.
 *
 * **Threads.** One thread waits at a time, not always the same one. Every call
 * but reactor_open(), reactor_close() and reactor_after_fork() may come from
 * any thread while it does, and takes effect in that very wait.
 *
 * **Drain.** Readiness is a hint: read, write or accept until the call says it
 * would block (EAGAIN), use non-blocking handles, and be ready for an event
 * that turns out to be nothing. With #REACTOR_EDGE draining is a duty.
 *
 * What differs from backend to backend is in docs/semantics.md.
 */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The version of this header; reactor_version() is the library's. */
#define REACTOR_VERSION_MAJOR 0
#define REACTOR_VERSION_MINOR 1
#define REACTOR_VERSION_PATCH 0
/** One number to compare: `#if REACTOR_VERSION >= REACTOR_VERSION_OF(0, 2, 0)`
 */
#define REACTOR_VERSION_OF(major, minor, patch)                                \
    ((major)*10000 + (minor)*100 + (patch))
#define REACTOR_VERSION                                                        \
    REACTOR_VERSION_OF(REACTOR_VERSION_MAJOR, REACTOR_VERSION_MINOR,           \
                       REACTOR_VERSION_PATCH)

/** Marks what the library exports. */
#if defined(_WIN32) && defined(REACTOR_BUILDING_SHARED)
#define REACTOR_API __declspec(dllexport)
#elif defined(_WIN32) && defined(REACTOR_SHARED)
#define REACTOR_API __declspec(dllimport)
#elif defined(__GNUC__)
#define REACTOR_API __attribute__((visibility("default")))
#else
#define REACTOR_API
#endif

/** What a reactor watches: a file descriptor; on Windows, a SOCKET. */
#ifdef _WIN32
typedef uintptr_t reactor_handle;
#else
typedef int reactor_handle;
#endif

/** No handle: in the event of a wake, and where there is none to return. */
#define REACTOR_INVALID_HANDLE ((reactor_handle)-1)

/** A deadline that never comes. */
#define REACTOR_FOREVER INT64_MAX

/* clang-format off */

/** @name Interest and readiness: the directions, and priority
 *  Asked for at (re)registration, answered in reactor_event::readiness. An
 *  interest with none of the three is **paused**: it stays registered and
 *  reports nothing, not even a hang-up, until it is reregistered.
 *  @{ */
#define REACTOR_READABLE     0x01u /**< read, accept or end of file: no wait */
#define REACTOR_WRITABLE     0x02u /**< write, or a connect that finished    */
#define REACTOR_PRIORITY     0x04u /**< urgent data (TCP) and the like       */
/** @} */

/** @name Interest only: the trigger
 *  Without either the registration is level-triggered: reported by every wait
 *  for as long as it is so. Both together mean oneshot.
 *  @{ */
#define REACTOR_EDGE         0x08u /**< report each change to ready, once    */
#define REACTOR_ONESHOT      0x10u /**< report once, then disarm until
                                        reregistered                         */
/** @} */

/** @name Readiness only
 *  An error or a hang-up needs no interest of its own. Besides its flag it
 *  sets every direction that was asked for, so that code which looks only at
 *  READABLE and WRITABLE calls read or write and learns of it there.
 *  @{ */
#define REACTOR_READ_CLOSED  0x20u /**< no more data will arrive after what
                                        is still unread                      */
#define REACTOR_WRITE_CLOSED 0x40u /**< writing can only fail                */
#define REACTOR_ERROR        0x80u /**< the handle has an error pending      */
#define REACTOR_WAKE         0x100u /**< reactor_wake() was called           */
/** @} */
/* clang-format on */

/** A demultiplexer of the operating system and what is registered with it. */
struct reactor;

/** What a wait reports: one registration, with all its readiness merged. */
struct reactor_event {
    void *user_data;       /**< as given at the last (re)registration */
    reactor_handle handle; /**< the registered handle */
    uint32_t readiness;    /**< REACTOR_READABLE ... REACTOR_WAKE */
};

/**
 * Opens a reactor.
 *
 * All descriptors it makes are close-on-exec. It may be opened on one thread
 * and waited on by another. On Windows it starts Winsock, and reactor_close()
 * lets go of it; who opens sockets earlier starts it as well.
 *
 * @param[out] out  receives the reactor; untouched on failure. The caller owns
 *                  it and ends it with reactor_close().
 * @return 0, or
 *   -EINVAL  `out` is NULL,
 *   -EMFILE or -ENFILE  no descriptor left in the process or system,
 *   -ENOMEM  no memory,
 *   -EPERM   the kernel's facility is denied to this process,
 *   -ENOSYS  this build has no demultiplexer (the stub), or the kernel lacks
 *            the one it was built for (io_uring).
 */
REACTOR_API int reactor_open(struct reactor **out);

/**
 * Closes a reactor and frees what it holds; registered handles stay open.
 *
 * No other call on the reactor may be in progress: with a thread waiting, the
 * order is reactor_shutdown(), join the thread, reactor_close(). In a child of
 * fork() it releases only the child's copy.
 *
 * @param reactor  NULL is a no-op.
 */
REACTOR_API void reactor_close(struct reactor *reactor);

/**
 * Starts watching a handle.
 *
 * Any thread, also while another waits: the running wait sees it. The handle
 * stays the caller's, who deregisters it **before** closing it. Closing first
 * is an error that is survived, see docs/semantics.md.
 *
 * @param reactor    the reactor
 * @param handle     an open handle that the system can wait for; each may be
 *                   registered once
 * @param interest   directions (none: paused) and trigger
 * @param user_data  comes back in every event; any value, NULL included
 * @return 0, or
 *   -EINVAL    NULL reactor, unknown or readiness-only bits in `interest`, or
 *              the reactor's own backend handle,
 *   -ECHILD    the reactor was inherited through fork(), see
 *              reactor_after_fork(),
 *   -ECANCELED the reactor was shut down,
 *   -ENOTSUP   a bit that is not in reactor_supported_interest(),
 *   -EBADF     negative, closed, or never opened,
 *   -EEXIST    registered already; that registration is left as it was,
 *   -EPERM     what never blocks cannot be waited for: regular file, directory,
 *              block device, null device; on Windows, anything but a socket,
 *   -ENOMEM    no memory,
 *   -ENOSPC    the system's limit on watches is reached, or this reactor has
 *              8,388,607 registrations,
 *   -ELOOP     a cycle, or too deep a nesting, of reactors,
 *   -ENOSYS    the stub.
 */
REACTOR_API int reactor_register(struct reactor *reactor, reactor_handle handle,
                                 uint32_t interest, void *user_data);

/**
 * Replaces the interest, trigger and user data of a registration.
 *
 * Readiness is looked at anew: what is ready now is reported by the next wait,
 * also with edge and oneshot triggers, also if nothing was changed. This is
 * what re-arms a oneshot and resumes a paused registration. Any thread.
 *
 * @param reactor    the reactor
 * @param handle     a registered handle
 * @param interest   the new directions (none: pause) and trigger
 * @param user_data  the new pointer to report
 * @return 0, or an error of reactor_register() other than -EEXIST and -EPERM;
 *   -ENOENT    an open handle that is not registered.
 */
REACTOR_API int reactor_reregister(struct reactor *reactor,
                                   reactor_handle handle, uint32_t interest,
                                   void *user_data);

/**
 * Stops watching a handle, at once.
 *
 * No wait that starts after the return reports the registration, and the
 * kernel keeps no reference: a close that follows is seen by the peer. What
 * `user_data` points to may be freed then, unless another thread is inside
 * reactor_wait() at that moment: that one wait may still return it. Any thread;
 * while another waits, that thread may pass through the kernel once.
 *
 * @param reactor  the reactor
 * @param handle   a registered handle. One that was closed meanwhile is removed
 *                 all the same and 0 returned.
 * @return 0 (also after reactor_shutdown()), or
 *   -EINVAL  NULL reactor,
 *   -ECHILD  inherited through fork(),
 *   -EBADF   not registered, and negative or closed,
 *   -ENOENT  not registered,
 *   -ENOSYS  the stub.
 */
REACTOR_API int reactor_deregister(struct reactor *reactor,
                                   reactor_handle handle);

/**
 * Waits until something is ready, for at most `timeout_ms`.
 *
 * It never returns early: a signal handler that runs meanwhile neither ends nor
 * stretches it. One thread at a time; what the events point to is guaranteed
 * only against changes that the caller itself synchronises with.
 *
 * @param reactor     the reactor
 * @param events      receives up to `capacity` events, one per registration;
 *                    may be written to beyond the number returned
 * @param capacity    room in `events`, at least 1. When more is ready, the rest
 *                    comes in turn: none of R ready handles waits for more than
 *                    2 * ceil(R / capacity) calls.
 * @param timeout_ms  milliseconds; -1 waits for ever, 0 only looks
 * @return the number of events; 0 when the time is over; or
 *   -EINVAL    NULL, `capacity` < 1, `timeout_ms` < -1,
 *   -ECHILD    inherited through fork(),
 *   -EBUSY     another thread is waiting,
 *   -ECANCELED the reactor was shut down,
 *   -EMFILE, -ENFILE, -ENOMEM, -ENOSPC  on epoll, after a registered handle was
 *              closed although a duplicate of it was open: what it takes to be
 *              rid of it could not be had (docs/semantics.md, "Closed without
 *              deregister"); on io_uring, when another thread waits than
 *              before: it takes a new ring. Nothing is lost, and the next wait
 *              tries again,
 *   -ENOSYS    the stub,
 *   or what the kernel answered.
 */
REACTOR_API int reactor_wait(struct reactor *reactor,
                             struct reactor_event *events, int capacity,
                             int timeout_ms);

/**
 * Like reactor_wait(), until a point in time and as precisely as the system's
 * timers allow.
 *
 * @param reactor      the reactor
 * @param events       receives the events
 * @param capacity     room in `events`, at least 1
 * @param deadline_ns  nanoseconds on the clock of reactor_now_ns(); one in the
 *                     past only looks, #REACTOR_FOREVER waits for ever
 * @return as reactor_wait().
 */
REACTOR_API int reactor_wait_until(struct reactor *reactor,
                                   struct reactor_event *events, int capacity,
                                   int64_t deadline_ns);

/**
 * Ends one wait, the running one or else the next.
 *
 * That wait reports an event whose readiness is #REACTOR_WAKE, with
 * #REACTOR_INVALID_HANDLE and NULL; other events may come with it. Calls that
 * come before it is delivered coalesce into it; none is lost. What the calling
 * thread wrote before is visible to the woken one.
 *
 * Any thread and any signal handler (async-signal-safe, errno preserved).
 *
 * @param reactor  the reactor
 * @return 0 (also after reactor_shutdown()); -EINVAL for NULL; -ECHILD when
 *   inherited through fork(); -ENOSYS from the stub; or what the kernel
 *   answered.
 */
REACTOR_API int reactor_wake(struct reactor *reactor);

/**
 * Ends the reactor's service for good: the running wait and every later one,
 * and every register and reregister, return -ECANCELED. Events that were
 * pending are not reported. deregister and wake go on returning 0.
 *
 * Any thread and any signal handler (async-signal-safe, errno preserved);
 * calling it again changes nothing.
 *
 * @param reactor  the reactor
 * @return as reactor_wake().
 */
REACTOR_API int reactor_shutdown(struct reactor *reactor);

/**
 * Gives a child of fork() a reactor of its own.
 *
 * Until then every call in the child but reactor_close() answers -ECHILD and
 * leaves the parent undisturbed; fork(2) is noticed through pthread_atfork(3),
 * vfork(), _Fork() and raw clone() are not. Afterwards the child's reactor has
 * the same registrations, less those whose handles were closed. What was
 * disarmed or paused stays so, a shut-down reactor stays shut, and a wake that
 * was pending in the parent is not carried over. No other call may be in
 * progress.
 *
 * Call it before the child opens anything after having closed a registered
 * handle: a number that names another object by now is taken for the handle.
 *
 * fork() waits until changes that other threads are making are complete, so it
 * must not be called from a signal handler that interrupts a call of this
 * library.
 *
 * @param reactor  the reactor
 * @return 0; without a fork since the reactor was opened, 0 and nothing is
 *   done; or -EINVAL for NULL, -EMFILE, -ENFILE, -ENOMEM, -ENOSPC as
 *   reactor_open() and reactor_register(): it may be called again then;
 *   -ENOTSUP on Windows; -ENOSYS from the stub.
 */
REACTOR_API int reactor_after_fork(struct reactor *reactor);

/**
 * The interest bits that this build's backend can honour.
 *
 * @return READABLE, WRITABLE, PRIORITY, EDGE and ONESHOT as supported; 0 for
 *   the stub. A bit outside it is refused with -ENOTSUP, never approximated.
 */
REACTOR_API uint32_t reactor_supported_interest(void);

/**
 * The name of this build's backend.
 *
 * @return "epoll", "kqueue", "io_uring", "iocp", "poll" or "stub".
 */
REACTOR_API const char *reactor_backend_name(void);

/**
 * A handle to wait for this reactor with another one, or with poll(2).
 *
 * It is readable while a wait would report something, wakes included. It stays
 * the reactor's: do not read, write or close it. Its number does not change
 * until reactor_close() or reactor_after_fork(). After a registered handle was
 * closed although a duplicate of it was open, who watches this one may have to
 * register it again (docs/semantics.md, "Closed without deregister").
 *
 * @param reactor  the reactor
 * @return the handle; #REACTOR_INVALID_HANDLE where the backend has none, for
 *   NULL, and in a child before reactor_after_fork().
 */
REACTOR_API reactor_handle reactor_backend_handle(struct reactor *reactor);

/**
 * The monotonic clock in which deadlines are given: it never jumps, and its
 * origin means nothing (CLOCK_MONOTONIC of clock_gettime(2) on POSIX,
 * CLOCK_UPTIME_RAW on macOS, QueryPerformanceCounter() on Windows).
 *
 * @return nanoseconds, never negative; a negative errno value if the system
 *   has no such clock, in which case reactor_open() fails too.
 */
REACTOR_API int64_t reactor_now_ns(void);

/**
 * A short English sentence about an error.
 *
 * @param error  a negative return value; 0 is "success"
 * @return a constant string, never NULL; the caller does not free it. Any
 *   thread, any signal handler.
 */
REACTOR_API const char *reactor_strerror(int error);

/**
 * The version of the library that is running.
 *
 * @return "MAJOR.MINOR.PATCH", constant.
 */
REACTOR_API const char *reactor_version(void);

/**
 * Replaces the allocator, for the whole process.
 *
 * The functions must behave as malloc(3), realloc(3) and free(3), from any
 * thread; a NULL from the first two is answered with -ENOMEM. No wait
 * allocates. Three NULLs bring back the C library's.
 *
 * @param allocate    as malloc(3)
 * @param reallocate  as realloc(3)
 * @param release     as free(3)
 * @return 0; -EINVAL if some but not all are NULL; -EBUSY while a reactor is
 *   open.
 */
REACTOR_API int reactor_set_allocator(void *(*allocate)(size_t size),
                                      void *(*reallocate)(void *memory,
                                                          size_t size),
                                      void (*release)(void *memory));

#ifdef __cplusplus
}
#endif

#endif /* REACTOR_H */
