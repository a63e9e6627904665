/* SPDX-License-Identifier: MIT */
#ifndef REACTOR_LOOP_H
#define REACTOR_LOOP_H

/**
 * @file loop.h
 * @brief The loop: calls a function when a handle is ready, a time has come,
 *        another thread has posted, a signal has arrived or a child has ended.
 *
 * A loop owns a reactor and dispatches what it reports (the Reactor pattern,
 * Schmidt 1995). Handlers, timers, posts, signals, children and hooks are
 * structs that live in your own; the loop allocates nothing for any but a
 * handler's slot. A sketch without its error checks (examples/ticker.c is
 * complete):
 *
 * @code
 *     static void tick(void *user_data, uint64_t missed)
 *     {
 *         puts("tick");
 *     }
 *
 *     reactor_loop_open(&loop, NULL);
 *     reactor_timer_init(&timer, loop, tick, NULL);
 *     reactor_timer_start(&timer, 0, 1000000000);
 *     reactor_loop_run(loop);
 *     reactor_loop_close(loop);
 * @endcode
 *
 * **Objects.** Each is bound to its loop by init, is idle or active (all zeros
 * is idle, as far as stop is concerned), and is yours: its memory has to stay
 * while it is active, and may go after stop has returned, inside its own
 * callback too. Fields are private. Start restarts what is active; stop is
 * idempotent and returns nothing. Closing the loop stops all that is left.
 *
 * **Callbacks** run one at a time on the thread that runs the loop. In one, all
 * starts, updates and stops are legal, for the object itself and for others,
 * and take effect at once: what was stopped is not called again, even if its
 * event has been fetched already. Leaving one by longjmp() or an exception is
 * not supported; debug builds notice it.
 *
 * **Threads.** A loop is used by one thread at a time. Only
 * reactor_post_send() and reactor_loop_stop() may be called from any thread.
 * What of them is in progress and has been noted by the loop is waited for by
 * reactor_loop_close(); that none begins while it runs, or after it, is the
 * caller's business (a hook of #REACTOR_BEFORE_CLOSE can end those who might).
 *
 * **Callbacks' parameters.** `user_data` is as given to init, to the options or
 * to reactor_loop_dump(). NULL for the object, the loop or the function of an
 * init is the caller's bug.
 *
 * **Errors** are negative errno values, as in reactor.h. NULL where it is not
 * allowed is -EINVAL. Every function that returns an error may also return
 * -ENOSYS, from the stub; what returns nothing does nothing there.
 */

#include <reactor.h>

#ifdef __cplusplus
extern "C" {
#endif

struct reactor_loop;

/* ---- Callbacks ---- */

/** A handle is ready. @param readiness  bits of reactor_event::readiness;
 *  only directions that are asked for now, and flags. */
typedef void reactor_handler_fn(void *user_data, uint32_t readiness);
/** A time has come. @param missed  periods that went by without a call. */
typedef void reactor_timer_fn(void *user_data, uint64_t missed);
/** A post has arrived. */
typedef void reactor_post_fn(void *user_data);
/** A signal has arrived. @param number  which one
 *  @param count  how often, at least, since the last call; 1 or more */
typedef void reactor_signal_fn(void *user_data, int number, uint64_t count);
/** A child process has ended. @param exit_code  what it returned, or -1; on
 *                    Windows the exit code as a signed number
 *  @param signal  the signal that ended it, or 0; with -1, 0 means that
 *                 somebody else has reaped it */
typedef void reactor_child_fn(void *user_data, int exit_code, int signal);
/** A loop has come by a hook's place. */
typedef void reactor_hook_fn(void *user_data);
/** A callback took longer than reactor_loop_options::slow_ns. It may use the
 *  loop like any other callback.
 *  @param kind  "handler", "timer", "post" (the completion of a job is one),
 *               "signal", "child" or "hook"
 *  @param callback_data  the user data of the slow callback; of a post that
 *                        delivers completions or commands, which may be
 *                        several of one pool or runtime, the library's own
 *  @param took_ns  nanoseconds */
typedef void reactor_slow_fn(void *user_data, const char *kind,
                             void *callback_data, int64_t took_ns);
/** A piece of a dump. @param text  whole lines; not terminated by a zero
 *  @param length  bytes */
typedef void reactor_write_fn(void *user_data, const char *text, size_t length);

/* ---- The loop ---- */

/** Keeps the histogram reactor_loop_numbers::lag: two clock reads a turn. */
#define REACTOR_MEASURE_LAG 0x01u

/** The most that reactor_loop_options::budget may be. */
#define REACTOR_BUDGET_MAX 65536u

/** How a loop is to be. Zeros, but for the size, are the defaults. */
struct reactor_loop_options {
    size_t size;     /**< sizeof(struct reactor_loop_options) */
    uint32_t budget; /**< so many handlers, timers and posts each are called
                          in a turn at most; 0: 256 */
    uint32_t flags;  /**< REACTOR_MEASURE_LAG */
    int64_t slow_ns; /**< a callback over this limit is told; 0: none is
                          measured */
    reactor_slow_fn *slow; /**< whom to tell; on the loop's thread */
    void *user_data;       /**< for `slow` */
};

/** The defaults. */
#define REACTOR_LOOP_OPTIONS_INIT                                              \
    {                                                                          \
        sizeof(struct reactor_loop_options), 0, 0, 0, NULL, NULL               \
    }

/**
 * Opens a loop, and the reactor below it.
 *
 * @param[out] out   receives the loop; untouched on failure. The caller ends it
 *                   with reactor_loop_close().
 * @param options    copied; NULL: the defaults. A size smaller than today's is
 *                   a program built for an earlier version.
 * @return 0; -EINVAL for a size of 0 or beyond what this version knows, a
 *   budget above #REACTOR_BUDGET_MAX, an unknown flag, a negative slow_ns, or
 *   one without `slow`; or an error of reactor_open().
 */
REACTOR_API int reactor_loop_open(struct reactor_loop **out,
                                  const struct reactor_loop_options *options);

/**
 * Closes a loop.
 *
 * From now on reactor_post_send() is refused with -ECANCELED. What had been
 * accepted is called, then the hooks of #REACTOR_BEFORE_CLOSE are, then all
 * that is active is stopped without a call. Handles stay open. Inside a
 * callback of the loop it is deferred: the running turn ends after this
 * callback, and reactor_loop_run() or reactor_loop_turn() returns with
 * everything closed and freed. In a child of fork() that inherited it, nothing
 * is called and only the child's copy is released.
 *
 * @param loop  NULL is a no-op; so is a second call inside a callback.
 */
REACTOR_API void reactor_loop_close(struct reactor_loop *loop);

/**
 * Runs turns until the loop is stopped or nothing keeps it alive.
 *
 * Active handlers, timers, signals and children keep it alive, posts that are
 * pending, and what reactor_loop_retain() has added.
 *
 * @param loop  the loop
 * @return 0 when nothing is alive; 1, which is no error, when it was stopped or
 *   closed in a callback; or
 *   -EINVAL  NULL,
 *   -ECHILD  inherited through fork(), see reactor_loop_after_fork(); also
 *            in the child of a fork() in a callback, after that callback,
 *   -EBUSY   called in a callback of this loop, or run by another thread,
 *   or an error of reactor_wait(): everything is as it was, and it can be run
 *   again.
 */
REACTOR_API int reactor_loop_run(struct reactor_loop *loop);

/**
 * Waits until something is to be called, and calls what is.
 *
 * A stop ends the wait. As long as reactor_loop_run() has not taken the stop,
 * every turn only looks: who calls turns asks reactor_loop_is_stopping().
 *
 * @param loop        the loop
 * @param timeout_ns  nanoseconds; -1 waits for ever, also if nothing is alive,
 *                    0 only looks. It is over no earlier.
 * @return the number of callbacks, hooks not counted, completions that a pool
 *   delivers together counted as one; or -EINVAL for NULL or
 *   another negative timeout, or an error of reactor_loop_run().
 */
REACTOR_API int reactor_loop_turn(struct reactor_loop *loop,
                                  int64_t timeout_ns);

/**
 * Ends reactor_loop_run(), the running one or else the next, after the turn it
 * is in. Any thread and any signal handler (async-signal-safe, errno
 * preserved); many before it is noticed are one.
 *
 * @param loop  the loop
 * @return 0, or -EINVAL, -ECHILD; or what the kernel answered to the wake: the
 *   stop is noted nevertheless, and noticed when the loop comes round.
 */
REACTOR_API int reactor_loop_stop(struct reactor_loop *loop);

/**
 * Whether a stop was asked for that reactor_loop_run() has not taken yet.
 * Loop's thread.
 *
 * @param loop  the loop
 * @return 1 or 0; -EINVAL for NULL.
 */
REACTOR_API int reactor_loop_is_stopping(struct reactor_loop *loop);

/**
 * Whether a loop can be used. Loop's thread.
 *
 * @param loop  the loop
 * @return 0; -EINVAL for NULL; -ECHILD if it was inherited through fork(), see
 *   reactor_loop_after_fork(); -ECANCELED if it is being closed.
 */
REACTOR_API int reactor_loop_status(struct reactor_loop *loop);

/**
 * Counts something as alive that the loop does not know of: work on another
 * thread whose result will be posted. Loop's thread.
 *
 * @param loop  the loop
 */
REACTOR_API void reactor_loop_retain(struct reactor_loop *loop);

/**
 * Takes one reactor_loop_retain() back. Once more than that, and an active
 * object (a signal that is watched in the background) does not count. Loop's
 * thread.
 *
 * @param loop  the loop
 */
REACTOR_API void reactor_loop_release(struct reactor_loop *loop);

/**
 * What keeps a loop alive. Loop's thread.
 *
 * @param loop  the loop
 * @return active objects plus retains less releases, 0 if that is negative;
 *   posts that are pending count as 1 together; -EINVAL for NULL.
 */
REACTOR_API int64_t reactor_loop_alive(struct reactor_loop *loop);

/**
 * The time of the turn, for those who can do with it: no system call, and
 * older than reactor_now_ns() by what the turn has taken. Loop's thread.
 *
 * @param loop  the loop
 * @return nanoseconds on the clock of reactor_now_ns(); -EINVAL for NULL. A
 *   loop that uses no timers reads the clock when it is asked, once a turn.
 */
REACTOR_API int64_t reactor_loop_now_ns(struct reactor_loop *loop);

/**
 * The loop of the calling thread, opened on first use with the defaults and
 * closed when the thread ends, or by reactor_loop_close() on that thread.
 * Returning from main() ends no thread: the main thread's has to be closed. In
 * a child of fork() it is the one that was inherited.
 *
 * @param[out] out  receives it; untouched on failure
 * @return 0, or an error of reactor_loop_open().
 */
REACTOR_API int reactor_loop_default(struct reactor_loop **out);

/**
 * Gives a child of fork() a loop of its own: reactor_after_fork() for loops.
 *
 * The thread that forks is the one that uses the loop, or no other is in a turn
 * of it but to wait. All that is active stays so. Posts that were pending in
 * the parent are called in both; one that another thread was just sending may
 * stay pending, until it is initialised again. Who waits from outside takes the
 * backend's handle, and prepares, anew.
 * Signals and children: as the parent watches them, the child does too, but its
 * own children only. Where a child watches the parent's children, they are
 * stopped without a call.
 *
 * @param loop  the loop
 * @return 0, or an error of reactor_after_fork(), -EINVAL for NULL included; it
 *   may be called again then.
 */
REACTOR_API int reactor_loop_after_fork(struct reactor_loop *loop);

/* ---- Nesting ---- */

/**
 * The handle by which another reactor or main loop waits for this one; see
 * reactor_backend_handle().
 *
 * @param loop  the loop
 * @return the handle, or #REACTOR_INVALID_HANDLE where the backend has none.
 */
REACTOR_API reactor_handle
reactor_loop_backend_handle(struct reactor_loop *loop);

/**
 * Makes a loop ready to be waited for from outside: calls the hooks of
 * #REACTOR_BEFORE_WAIT, tells the kernel the changes that are pending, and says
 * when the next turn is due. Then wait for the backend's handle until the
 * deadline, and call reactor_loop_turn() with 0. Call it again after using the
 * loop's objects outside its callbacks.
 *
 * @param loop              the loop
 * @param[out] deadline_ns  when to call reactor_loop_turn() even if the handle
 *                          is not readable: on the clock of reactor_now_ns();
 *                          0: now (also as long as a stop is not taken);
 *                          #REACTOR_FOREVER: never; untouched on failure. Who
 *                          waits in milliseconds rounds up.
 * @return 0, or an error of reactor_loop_run(). -ECANCELED: a hook has closed
 *   the loop, which is gone.
 */
REACTOR_API int reactor_loop_prepare(struct reactor_loop *loop,
                                     int64_t *deadline_ns);

/* ---- Handlers ---- */

/** Calls a function when a handle is ready. One handler for a handle, both
 *  directions in one. Private fields. */
struct reactor_handler {
    struct reactor_loop *loop;
    reactor_handler_fn *function;
    void *user_data;
    struct reactor_handler *next;
    struct reactor_handler **link;
    reactor_handle handle;
    uint32_t slot;
    uint32_t flags;
    uint8_t wanted;
    uint8_t covered;
    uint8_t known;
    uint8_t state;
};

/**
 * Binds a handler, which must not be active, to a loop. Nothing can fail.
 *
 * @param handler    the handler
 * @param loop       the loop
 * @param function   to be called
 * @param user_data  for the function
 */
REACTOR_API void reactor_handler_init(struct reactor_handler *handler,
                                      struct reactor_loop *loop,
                                      reactor_handler_fn *function,
                                      void *user_data);

/**
 * Starts watching a handle, in place of the one that was watched.
 *
 * The kernel knows it when the call returns. The handle stays the caller's, who
 * stops the handler **before** closing it.
 *
 * @param handler   the handler
 * @param handle    as for reactor_register()
 * @param interest  directions (none: paused) and trigger
 * @return 0, or an error of reactor_register(): -EEXIST if another handler of
 *   this loop has the handle; -ENOMEM also beyond 1,048,574 handlers where a
 *   pointer has 32 bits. The handler is as it was then.
 */
REACTOR_API int reactor_handler_start(struct reactor_handler *handler,
                                      reactor_handle handle, uint32_t interest);

/**
 * Changes the interest of an active handler; to the same level-triggered one it
 * costs nothing. As reactor_reregister(), but that changes are netted: what
 * cancels out before the loop waits costs nothing, and level-triggered interest
 * that shrinks stays with the kernel until it reports something unwanted.
 *
 * A change that the kernel refuses later is told, by a call with #REACTOR_ERROR
 * and all requested directions, though reading and writing may then say EAGAIN:
 * update again, or give up. Another update tries again. In an inherited
 * loop it is accepted, and made after reactor_loop_after_fork().
 *
 * @param handler   the handler
 * @param interest  the new directions (none: pause) and trigger
 * @return 0; -EINVAL for NULL or unknown bits; -ENOTSUP; -ENOENT if it is
 *   not active.
 */
REACTOR_API int reactor_handler_update(struct reactor_handler *handler,
                                       uint32_t interest);

/**
 * Stops watching, at once: the handle may be closed and the handler freed. In
 * an inherited loop too, where the parent is left undisturbed.
 *
 * @param handler  NULL or idle is a no-op
 */
REACTOR_API void reactor_handler_stop(struct reactor_handler *handler);

/**
 * @param handler  the handler
 * @return what it watches; #REACTOR_INVALID_HANDLE if it is idle or NULL.
 */
REACTOR_API reactor_handle
reactor_handler_handle(const struct reactor_handler *handler);

/**
 * @param handler  the handler
 * @return the interest it has asked for last; 0 if it is idle or NULL.
 */
REACTOR_API uint32_t
reactor_handler_interest(const struct reactor_handler *handler);

/**
 * @param handler  the handler
 * @return 1 if it is active; 0 if it is idle or NULL.
 */
REACTOR_API int
reactor_handler_is_active(const struct reactor_handler *handler);

/* ---- Timers ---- */

/** Calls a function when a time has come. Private fields. */
struct reactor_timer {
    struct reactor_loop *loop;
    reactor_timer_fn *function;
    void *user_data;
    int64_t deadline_ns;
    int64_t period_ns;
    struct reactor_timer *next;
    struct reactor_timer *previous;
    struct reactor_timer *child;
    uint64_t order;
    uint32_t place;
    uint32_t reserved;
};

/**
 * Binds a timer, which must not be active, to a loop. Nothing can fail.
 *
 * @param timer      the timer
 * @param loop       the loop
 * @param function   to be called
 * @param user_data  for the function
 */
REACTOR_API void reactor_timer_init(struct reactor_timer *timer,
                                    struct reactor_loop *loop,
                                    reactor_timer_fn *function,
                                    void *user_data);

/**
 * Starts or restarts a timer. It cannot fail.
 *
 * It is never early: the delay begins when this is called or, in a callback, at
 * the latest when the loop has called what there is to call in this turn. Of
 * timers that are due in the same nanosecond the one that was started first is
 * called first.
 *
 * How late it may be is in docs/semantics.md.
 *
 * @param timer      the timer; NULL is a no-op
 * @param delay_ns   nanoseconds; 0 or less: the next turn, never this one (a
 *                   hook before the wait is not in a turn yet); more than the
 *                   clock has left: never
 * @param period_ns  0 or less: once; else it is due again every so many
 *                   nanoseconds after its first deadline, whatever the calls
 *                   take. Of periods that go by meanwhile only the number is
 *                   told.
 */
REACTOR_API void reactor_timer_start(struct reactor_timer *timer,
                                     int64_t delay_ns, int64_t period_ns);

/**
 * Stops a timer: it is not called any more, and may be freed.
 *
 * @param timer  NULL or idle is a no-op
 */
REACTOR_API void reactor_timer_stop(struct reactor_timer *timer);

/**
 * @param timer  the timer
 * @return nanoseconds until it is due, 0 if it is; #REACTOR_FOREVER if that
 *   never comes; -1 if it is idle or NULL.
 */
REACTOR_API int64_t reactor_timer_remaining_ns(struct reactor_timer *timer);

/**
 * @param timer  the timer
 * @return when it is due, on the clock of reactor_now_ns(); #REACTOR_FOREVER
 *   if that never comes, or it is idle or NULL.
 */
REACTOR_API int64_t reactor_timer_deadline_ns(struct reactor_timer *timer);

/**
 * @param timer  the timer
 * @return 1 if it is active; 0 if it is idle or NULL. One-shot timers are idle
 *   in their own callback.
 */
REACTOR_API int reactor_timer_is_active(const struct reactor_timer *timer);

/* ---- Posts ---- */

/** Calls a function on the loop, on any thread's demand. Private fields. */
struct reactor_post {
    struct reactor_loop *loop;
    reactor_post_fn *function;
    void *user_data;
    struct reactor_post *next;
    uint32_t state;
    uint32_t reserved;
};

/**
 * Binds a post, which must not be pending, to a loop. Nothing can fail. Loop's
 * thread, or before the loop runs.
 *
 * @param post       the post
 * @param loop       the loop
 * @param function   to be called
 * @param user_data  for the function
 */
REACTOR_API void reactor_post_init(struct reactor_post *post,
                                   struct reactor_loop *loop,
                                   reactor_post_fn *function, void *user_data);

/**
 * Has the post's function called on the loop, once, in this turn or the next.
 *
 * It is lock-free. What the caller wrote before is visible to the function.
 * Sends before the function is called are one; from then on the next one counts
 * again, inside the function too. Posts that one thread alone has sent are
 * called in the order of its sending. Any thread.
 *
 * @param post  the post; its memory has to stay until the function was called
 *              or reactor_post_cancel() has returned, and the call of this
 *              function too
 * @return 0: it will be called, at the latest when the loop is closed (if it
 *   was pending already, and the loop is being closed, as the send that made
 *   it so turns out); or
 *   -EINVAL     NULL,
 *   -ECHILD     inherited through fork(),
 *   -ECANCELED  the loop is being closed,
 *   or what the kernel answered to the wake: it is pending nevertheless, and
 *   is called when the loop comes round.
 */
REACTOR_API int reactor_post_send(struct reactor_post *post);

/**
 * Takes a post back: it is not called, and may be freed if nobody sends it.
 * Loop's thread.
 *
 * @param post  NULL is a no-op
 * @return 1 if it was pending, else 0.
 */
REACTOR_API int reactor_post_cancel(struct reactor_post *post);

/* ---- Signals ---- */

/** Calls a function when a signal has arrived. Private fields. */
struct reactor_signal {
    struct reactor_loop *loop;
    reactor_signal_fn *function;
    void *user_data;
    struct reactor_signal *next;
    struct reactor_signal *previous;
    uint64_t seen;
    int32_t number;
    uint32_t reserved;
};

/**
 * Binds a signal watch, which must not be active, to a loop.
 *
 * @param signal     the watch
 * @param loop       the loop
 * @param function   to be called
 * @param user_data  for the function
 */
REACTOR_API void reactor_signal_init(struct reactor_signal *signal,
                                     struct reactor_loop *loop,
                                     reactor_signal_fn *function,
                                     void *user_data);

/**
 * Starts watching a signal, in place of the one that was watched. It keeps the
 * loop alive; for one in the background see reactor_loop_release().
 *
 * Several watches, in several loops and threads, may have the same one: all are
 * called. The first start in the process replaces the signal's disposition
 * (sigaction(2)), whose function is not called meanwhile; the last stop brings
 * the former one back. Signals that arrive before the start returns may be
 * told, too; those that have arrived when the loop is closed are not.
 *
 * On Windows there are SIGINT (Ctrl-C), SIGBREAK (Ctrl-Break) and SIGTERM (the
 * console is closed, or the system is shut down), through
 * SetConsoleCtrlHandler(). Of the last one the system waits for the handler to
 * return, and then ends the process; the loop has up to five seconds.
 *
 * @param signal  the watch
 * @param number  SIGTERM and the like
 * @return 0; -EINVAL if it can't be watched (SIGKILL, SIGSTOP, a fault like
 *   SIGSEGV, or no signal); -ECHILD; -ENOMEM; or what sigaction(2) answers.
 *   The watch is as it was then.
 */
REACTOR_API int reactor_signal_start(struct reactor_signal *signal, int number);

/**
 * Stops watching.
 *
 * @param signal  NULL or idle is a no-op
 */
REACTOR_API void reactor_signal_stop(struct reactor_signal *signal);

/* ---- Children ---- */

/** Calls a function when a child process has ended. Private fields. */
struct reactor_child {
    struct reactor_loop *loop;
    reactor_child_fn *function;
    void *user_data;
    struct reactor_child *next;
    struct reactor_child *previous;
    intptr_t process;
    struct reactor_handler handler;
    void *native;
    uint32_t state;
    uint32_t reserved;
};

/**
 * Binds a child watch, which must not be active, to a loop.
 *
 * @param child      the watch
 * @param loop       the loop
 * @param function   to be called, once
 * @param user_data  for the function
 */
REACTOR_API void reactor_child_init(struct reactor_child *child,
                                    struct reactor_loop *loop,
                                    reactor_child_fn *function,
                                    void *user_data);

/**
 * Starts watching a child of this process, in place of the one that was
 * watched. It may have ended already. On POSIX the loop reaps it (waitpid(2)):
 * nobody else must, and SIGCHLD must not be ignored. It takes a descriptor
 * (pidfd_open(2)); where there is none, SIGCHLD is watched as by
 * reactor_signal_start(). On Windows the handle, with the rights SYNCHRONIZE
 * and PROCESS_QUERY_INFORMATION, stays the caller's, open until the function is
 * called or the watch stopped.
 *
 * @param child    the watch
 * @param process  a pid; on Windows, a process HANDLE
 * @return 0; -EINVAL for what can't be a process; -ECHILD if it is no child of
 *   this process, or the loop was inherited; or an error of
 *   reactor_handler_start(). The watch is as it was then.
 */
REACTOR_API int reactor_child_start(struct reactor_child *child,
                                    intptr_t process);

/**
 * Stops watching; the child is reaped by the caller then.
 *
 * @param child  NULL or idle is a no-op
 */
REACTOR_API void reactor_child_stop(struct reactor_child *child);

/* ---- Hooks ---- */

/** Where a hook is called. */
enum reactor_hook_place {
    REACTOR_BEFORE_WAIT,  /**< last before the wait, and what it changes still
                               goes to the kernel */
    REACTOR_AFTER_WAIT,   /**< first after it */
    REACTOR_BEFORE_CLOSE, /**< once, when the loop is being closed; what is
                              started in it is stopped without a call */
    REACTOR_ON_RELEASE    /**< the last of all, also where none other is called:
                               in a child of fork() that closes what it
                               inherited. To release memory; of the loop only
                               stops may be called */
};

/** Calls a function in every turn. Hooks keep no loop alive. Private fields. */
struct reactor_hook {
    struct reactor_loop *loop;
    reactor_hook_fn *function;
    void *user_data;
    struct reactor_hook *next;
    struct reactor_hook *previous;
    uint32_t place;
    uint32_t reserved;
};

/**
 * Binds a hook, which must not be active, to a loop.
 *
 * @param hook       the hook
 * @param loop       the loop
 * @param function   to be called
 * @param user_data  for the function
 */
REACTOR_API void reactor_hook_init(struct reactor_hook *hook,
                                   struct reactor_loop *loop,
                                   reactor_hook_fn *function, void *user_data);

/**
 * Starts calling the hook; those of one place are called in start order. One
 * that is started in a hook's callback is not called in this round.
 *
 * @param hook   the hook
 * @param place  where
 * @return 0; -EINVAL for an unknown place.
 */
REACTOR_API int reactor_hook_start(struct reactor_hook *hook,
                                   enum reactor_hook_place place);

/**
 * Stops calling it.
 *
 * @param hook  NULL or idle is a no-op
 */
REACTOR_API void reactor_hook_stop(struct reactor_hook *hook);

/**
 * Finds a hook again: by its function, something that is kept for a loop.
 * Loop's thread.
 *
 * @param loop      the loop
 * @param place     where it is called
 * @param function  what is called
 * @return the user data of the first such hook; NULL if there is none.
 */
REACTOR_API void *reactor_hook_find(struct reactor_loop *loop,
                                    enum reactor_hook_place place,
                                    reactor_hook_fn *function);

/* ---- Numbers ---- */

/** So many classes has the histogram of lag. */
#define REACTOR_LAG_CLASSES 40

/** What a loop has counted since it was opened. */
struct reactor_loop_numbers {
    size_t size;        /**< sizeof(struct reactor_loop_numbers) */
    uint64_t turns;     /**< waits, those that only looked included */
    uint64_t events;    /**< reported by the reactor, wakes not counted */
    uint64_t callbacks; /**< of all kinds, hooks not counted */
    uint64_t wakes;     /**< waits that a wake has ended */
    uint64_t slow;      /**< callbacks over the limit */
    uint64_t lag[REACTOR_LAG_CLASSES]; /**< turns by what they took between two
                             waits: class n has those of 2^n to 2^(n+1) - 1 ns,
                             the first one less, the last one more as well */
};

/**
 * Copies the numbers. Loop's thread.
 *
 * @param loop         the loop
 * @param[in,out] out  its size says how much there is room for
 * @return 0; -EINVAL for NULL, or a size of 0 or beyond what this version
 *   knows.
 */
REACTOR_API int reactor_loop_numbers(struct reactor_loop *loop,
                                     struct reactor_loop_numbers *out);

/**
 * Describes a loop and all that is active in it, for humans: a line each. It
 * changes nothing and allocates nothing. Loop's thread.
 *
 * @param loop       the loop
 * @param write      receives the lines; must not change the loop
 * @param user_data  for `write`
 * @return 0, or -EINVAL.
 */
REACTOR_API int reactor_loop_dump(struct reactor_loop *loop,
                                  reactor_write_fn *write, void *user_data);

#ifdef __cplusplus
}
#endif

#endif /* REACTOR_LOOP_H */
