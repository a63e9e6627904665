/* SPDX-License-Identifier: MIT */
#ifndef REACTOR_WORK_H
#define REACTOR_WORK_H

/**
 * @file work.h
 * @brief Work beside the loop: a pool of threads that run jobs, whose
 *        completions run on the loop that submitted them; runtimes, which are
 *        loops on threads of their own; and servers, of one such loop or
 *        several.
 *
 * What would block a loop, or take long, is a **job**: it runs on a worker, and
 * its **completion** on the loop, like any other callback. A sketch without its
 * error checks (examples/offload.c is complete):
 *
 * @code
 *     static void compute(void *user_data) { ... }                  // worker
 *     static void finished(void *user_data, int status) { ... }     // loop
 *
 *     reactor_pool_open(&pool, NULL);
 *     reactor_job_init(&job, loop, compute, finished, work);
 *     reactor_pool_submit(pool, &job);
 *     reactor_loop_run(loop);
 *     reactor_pool_close(pool);
 * @endcode
 *
 * A **runtime** has a thread, and a loop on it that calls the functions of a
 * **service**; from other threads it is sent **commands**, and shut down:
 *
 * @code
 *     static void command(void *user_data, struct reactor_command *command)
 *     { ... }                                                  // its thread
 *
 *     struct reactor_service service = REACTOR_SERVICE_INIT;
 *     service.command = command;
 *     reactor_runtime_open(&runtime, &service, NULL, user_data);
 *     reactor_runtime_send(runtime, &order.command);           // any thread
 *     reactor_runtime_shutdown(runtime, 1000000000);
 *     reactor_runtime_join(runtime);
 *     reactor_runtime_close(runtime);
 * @endcode
 *
 * A **server** listens, and serves who connects with one such loop or several,
 * its **shards**. Its service is written once; the **model** says how it is run
 * (examples/models/ and examples/hash_server.c are complete):
 *
 * @code
 *     static void accepted(void *user_data, struct reactor_shard *shard,
 *                          reactor_handle handle,
 *                          const struct reactor_address *peer)
 *     { ... }              // opens a session on reactor_shard_loop(shard)
 *
 *     struct reactor_server_service service = REACTOR_SERVER_SERVICE_INIT;
 *     struct reactor_server_options options = REACTOR_SERVER_OPTIONS_INIT;
 *     service.accepted = accepted;
 *     options.model = REACTOR_MODEL_LOOPS;
 *     reactor_server_open(&server, &address, &service, &options, user_data);
 *     ...
 *     reactor_server_shutdown(server, 10000000000);
 *     reactor_server_join(server);
 *     reactor_server_close(server);
 * @endcode
 *
 * **Exactly once.** For each submit that has returned 0 the completion is
 * called exactly once, on the job's loop: with 0 if the job was run, with
 * -ECANCELED if it was not. A job is under way from its submission until its
 * completion is called. A loop with jobs under way is alive, and closing it
 * cancels those that no worker has begun and waits for the rest: all their
 * completions are called before it is gone.
 *
 * **Threads.** All calls for a job come from the thread of its loop; a pool may
 * have jobs of any number of loops and threads. Pools and loops are closed in
 * any order. What controls a runtime or a server may be called by any thread;
 * services are called on the threads of their loops, and what they use there is
 * that thread's, as always. Who closes a runtime or a server is the last to use
 * it, and none of its own threads.
 *
 * **Fork.** A child of fork() has none of the workers: it can only close the
 * pool, and does so before it closes a loop for which it has not called
 * reactor_loop_after_fork(). Jobs that are under way are the parent's; in the
 * child no completion is called, they keep no loop alive once the pool is
 * closed, and have to be initialised again. So who forks in a completion closes
 * the pool in the child, and the loop or calls reactor_loop_after_fork(). The
 * child of a job ends with its worker's function; that of a job on the loop
 * (#REACTOR_POOL_ON_LOOP) is like that of a completion: nothing else is called,
 * and reactor_loop_run() returns -ECHILD. One that is forked while a loop with
 * jobs is being closed leaves both as they are (_exit(2), exec(2)).
 *
 * Nor has a child the threads of runtimes and servers: to send, to shut down,
 * to join and to close is -ECHILD there. A close frees what it can, and calls
 * nobody; the loops stay as they are, with copies of their handles, until
 * _exit(2) or exec(2). A child that is forked in a callback of such a loop ends
 * with that thread, when the callback returns: so it does there what it wants,
 * and _exit(2)s or exec(2)s; it must not close the runtime or the server there.
 *
 * **Errors** are negative errno values, as in reactor.h; every function that
 * returns an error may also return -ENOSYS, from the stub.
 */

#include <reactor/net.h>

#ifdef __cplusplus
extern "C" {
#endif

struct reactor_pool;

/** The work of a job; on a worker. @param user_data  as given to init */
typedef void reactor_job_fn(void *user_data);

/** A job is over; on its loop. It is not under way any more, and may be
 *  submitted again or freed.
 *  @param status  0: it was run; -ECANCELED: it was not */
typedef void reactor_completion_fn(void *user_data, int status);

/** No workers: jobs are run by the loop that submits them, a few in a turn,
 *  between its other callbacks. So code that submits jobs runs without threads
 *  as well. Such a pool serves one loop until that is closed, and is used on
 *  its thread alone. */
#define REACTOR_POOL_ON_LOOP 0x01u

/** The most lanes of a pool. */
#define REACTOR_POOL_LANES       8u
/** The most workers of a pool. */
#define REACTOR_POOL_WORKERS_MAX 1024u

/** How a pool is to be. Zeros, but for the size, are the defaults. */
struct reactor_pool_options {
    size_t size;       /**< sizeof(struct reactor_pool_options) */
    uint32_t workers;  /**< threads; 0: 4 */
    uint32_t capacity; /**< so many jobs may wait for a worker; 0: 1024 */
    /** So many workers at most run a lane's jobs at the same time; 0: all. A
     *  lane for slow jobs that is limited leaves the others workers. */
    uint32_t lane_limit[REACTOR_POOL_LANES];
    uint32_t flags;    /**< REACTOR_POOL_ON_LOOP */
    uint32_t reserved; /**< 0 */
};

/** The defaults. */
#define REACTOR_POOL_OPTIONS_INIT                                              \
    {                                                                          \
        sizeof(struct reactor_pool_options), 0, 0, {0}, 0, 0                   \
    }

/** A piece of work, yours, embedded in a struct of yours. Private fields. */
struct reactor_job {
    struct reactor_loop *loop;
    reactor_job_fn *function;
    reactor_completion_fn *completion;
    void *user_data;
    void *account;
    struct reactor_job *next;
    struct reactor_job *previous;
    uint32_t state;
    uint32_t lane;
};

/**
 * Opens a pool and starts its workers; all signals are blocked in them.
 *
 * @param[out] out  receives the pool; untouched on failure, when no thread is
 *                  left. The caller ends it with reactor_pool_close().
 * @param options   copied; NULL: the defaults. A size smaller than today's is
 *                  a program built for an earlier version.
 * @return 0; -EINVAL for NULL, a size of 0 or beyond what this version knows,
 *   an unknown flag, or more than #REACTOR_POOL_WORKERS_MAX workers; -ENOMEM;
 * or -EAGAIN, the system has no more threads (pthread_create(3)).
 */
REACTOR_API int reactor_pool_open(struct reactor_pool **out,
                                  const struct reactor_pool_options *options);

/**
 * Closes a pool: submits are refused, jobs that wait are cancelled, those that
 * run are waited for, and the workers are joined. Completions that are due
 * still come, on their loops, which may be closed meanwhile. Any thread, once,
 * but not in a job of this pool; in a completion, too. When it returns the pool
 * must not be used any more.
 *
 * @param pool  NULL is a no-op
 */
REACTOR_API void reactor_pool_close(struct reactor_pool *pool);

/**
 * As reactor_pool_close(), but all jobs that were accepted are run first: with
 * #REACTOR_POOL_ON_LOOP in here, and then they must not close their loop.
 *
 * @param pool  NULL is a no-op
 */
REACTOR_API void reactor_pool_drain_and_close(struct reactor_pool *pool);

/**
 * Binds a job, which must not be under way, to a loop and to lane 0. Nothing
 * can fail.
 *
 * @param job         the job
 * @param loop        where the completion is to run
 * @param function    to be called on a worker
 * @param completion  to be called on the loop
 * @param user_data   for both
 */
REACTOR_API void reactor_job_init(struct reactor_job *job,
                                  struct reactor_loop *loop,
                                  reactor_job_fn *function,
                                  reactor_completion_fn *completion,
                                  void *user_data);

/**
 * Chooses the lane of a job that is not under way.
 *
 * @param job   the job
 * @param lane  0 to #REACTOR_POOL_LANES - 1
 * @return 0; -EINVAL for NULL or another lane; -EBUSY if it is under way.
 */
REACTOR_API int reactor_job_set_lane(struct reactor_job *job, uint32_t lane);

/**
 * Hands a job to the workers. Jobs of a lane begin in the order of their
 * submission; lanes take turns. What the caller wrote before is visible to the
 * job, and what that wrote to its completion. The thread of the job's loop.
 *
 * @param pool  the pool
 * @param job   the job; its memory has to stay until its completion is called
 * @return 0; or
 *   -EINVAL     NULL, or the pool runs on another loop,
 *   -ECHILD     the pool or the loop was inherited through fork(),
 *   -EBUSY      the job is under way already,
 *   -ECANCELED  the pool is being closed, or the loop (while that is in
 *               progress a job may also be accepted, and is cancelled then),
 *   -EAGAIN     as many wait as the pool has capacity for: submit again after
 *               a completion,
 *   -ENOMEM     only with the first job of a loop.
 */
REACTOR_API int reactor_pool_submit(struct reactor_pool *pool,
                                    struct reactor_job *job);

/**
 * Takes a job back that no worker has begun; its completion is called with
 * -ECANCELED. The thread of the job's loop.
 *
 * @param job  the job
 * @return 0, and the completion is called later, not in here; -EBUSY if a
 *   worker has begun it, or it was cancelled before; -ENOENT if it is not under
 *   way; -EINVAL for NULL; -ECHILD as in reactor_pool_submit().
 */
REACTOR_API int reactor_job_cancel(struct reactor_job *job);

/* ---- Runtimes ---- */

/** A loop on a thread of its own, and what controls it from others. */
struct reactor_runtime;

/** The longest name of a thread, without the zero: that of Linux
 *  (pthread_setname_np(3)). */
#define REACTOR_THREAD_NAME_MAX 15

/** Something for a service to do; yours, embedded in a struct of yours, which
 *  says what. Private fields; all zeros is idle. */
struct reactor_command {
    struct reactor_command *next;
    uint32_t state;
    uint32_t kind;
};

/** The loop is open, and nothing has run on it. Commands that are sent in here
 *  arrive, also if it fails.
 *  @return 0; or a negative errno value, which ends the runtime, and which
 *    reactor_runtime_open() returns (a positive one is made negative) */
typedef int reactor_started_fn(void *user_data,
                               struct reactor_runtime *runtime);

/** A command has arrived. It is idle, and the callee's: it may be sent again or
 *  freed. */
typedef void reactor_command_fn(void *user_data,
                                struct reactor_command *command);

/** The loop can't run: reactor_loop_run() has returned an error.
 *  @return 0: try again; anything else: the runtime ends with this error */
typedef int reactor_error_fn(void *user_data, int error);

/** The runtime is to end: now what keeps the loop alive is to be ended. It goes
 *  on until nothing does, or the time is over.
 *  @param drain_ns  nanoseconds that are left; 0: none; -1: no end is set */
typedef void reactor_stopping_fn(void *user_data, int64_t drain_ns);

/**
 * What runs on a runtime's loop. All functions are callbacks of the loop, on
 * its thread, with the user data of the runtime. Each may be NULL: `started`
 * succeeds then, an error ends the runtime, and others do nothing.
 */
struct reactor_service {
    size_t size;                   /**< sizeof(struct reactor_service) */
    reactor_started_fn *started;   /**< the first of all */
    reactor_command_fn *command;   /**< up to the last moment */
    reactor_timer_fn *tick;        /**< every reactor_runtime_options::tick_ns;
                                        it keeps nothing alive */
    reactor_error_fn *error;       /**< of the loop */
    reactor_stopping_fn *stopping; /**< once, if `started` has succeeded and
                                        not closed the loop */
};

/** A service that does nothing. */
#define REACTOR_SERVICE_INIT                                                   \
    {                                                                          \
        sizeof(struct reactor_service), NULL, NULL, NULL, NULL, NULL           \
    }

/** The thread stays on one processor, reactor_runtime_options::processor. */
#define REACTOR_RUNTIME_PINNED 0x01u

/** How a runtime is to be. Zeros, but for the size, are the defaults. */
struct reactor_runtime_options {
    size_t size;      /**< sizeof(struct reactor_runtime_options) */
    const char *name; /**< of the thread, for debuggers, where threads have
                           names; at most #REACTOR_THREAD_NAME_MAX bytes;
                           NULL: none */
    const struct reactor_loop_options *loop; /**< NULL: the defaults */
    int64_t tick_ns;    /**< nanoseconds between ticks; 0: none */
    uint32_t flags;     /**< REACTOR_RUNTIME_... */
    uint32_t processor; /**< the system's number of it */
};

/** The defaults. */
#define REACTOR_RUNTIME_OPTIONS_INIT                                           \
    {                                                                          \
        sizeof(struct reactor_runtime_options), NULL, NULL, 0, 0, 0            \
    }

/**
 * Starts a thread, opens a loop on it, and calls `started`. All signals are
 * blocked on the thread.
 *
 * @param[out] out   receives the runtime; untouched on failure, when no thread
 *                   is left. The caller ends it with reactor_runtime_close().
 * @param service    copied; NULL: one that does nothing
 * @param options    copied; NULL: the defaults
 * @param user_data  for the service
 * @return 0; -EINVAL for NULL, an unknown flag or size, a longer name, a
 *   negative tick, or a processor that is not there; -ENOTSUP where threads
 *   can't be pinned; -ENOMEM; -EAGAIN, the system has no more threads; an error
 *   of reactor_loop_open(); or what `started` has returned.
 */
REACTOR_API int reactor_runtime_open(
    struct reactor_runtime **out, const struct reactor_service *service,
    const struct reactor_runtime_options *options, void *user_data);

/**
 * Has `command` called with a command. What the caller wrote before is visible
 * to it. Commands that one thread has sent arrive in their order. Any thread,
 * also the runtime's; it is lock-free.
 *
 * @param runtime  the runtime
 * @param command  its memory has to stay until it arrives
 * @return 0: it arrives, exactly once; or
 *   -EINVAL     NULL,
 *   -EBUSY      it is under way already, and what was written before this
 *               call is visible to it, too,
 *   -ECHILD     the runtime was inherited through fork(),
 *   -ECANCELED  its loop is closed,
 *   or what the kernel answered to the wake: it is under way nevertheless, and
 *   arrives when the loop comes round.
 */
REACTOR_API int reactor_runtime_send(struct reactor_runtime *runtime,
                                     struct reactor_command *command);

/**
 * Has a runtime end: `stopping` is called, behind the commands that the caller
 * has sent before, and the loop runs until nothing keeps it alive. What does
 * when the time is over is ended with the loop (reactor_loop_close()). Commands
 * arrive meanwhile. Called again it can only shorten the time. Any thread, also
 * the runtime's.
 *
 * @param runtime   the runtime
 * @param drain_ns  nanoseconds; 0: `stopping` is called, and no more; -1: as
 *                  long as it takes
 * @return 0; -EINVAL for NULL or another negative time; -ECHILD; -ECANCELED if
 *   its loop is closed; or what the kernel answered to the wake, as in
 *   reactor_runtime_send().
 */
REACTOR_API int reactor_runtime_shutdown(struct reactor_runtime *runtime,
                                         int64_t drain_ns);

/**
 * Waits until a runtime has ended: its loop is closed, and no function of its
 * service is called any more. Any other thread; also several, and several
 * times.
 *
 * @param runtime  the runtime
 * @return 0: it was stopped, and nothing was alive any more (or
 *   reactor_loop_stop() was called); -ETIMEDOUT: the time was over before;
 *   -ECANCELED: a callback has closed the loop; or the error of the loop with
 *   which it has ended. -EINVAL for NULL; -EDEADLK on its own thread; -ECHILD.
 */
REACTOR_API int reactor_runtime_join(struct reactor_runtime *runtime);

/**
 * Shuts a runtime down in no time, unless it has ended, joins it, and frees it.
 * Any other thread, once, when no other will use it any more. In a child of
 * fork(), which has not its thread, the loop is left as it is.
 *
 * @param runtime  NULL is a no-op
 * @return as reactor_runtime_join(); with -EDEADLK nothing is done.
 */
REACTOR_API int reactor_runtime_close(struct reactor_runtime *runtime);

/**
 * @param runtime  the runtime
 * @return its loop, on its own thread; NULL if the loop is closed or was
 *   inherited through fork(), or on another thread.
 */
REACTOR_API struct reactor_loop *
reactor_runtime_loop(struct reactor_runtime *runtime);

/* ---- Servers ---- */

/** Listens to an address and serves who connects, with one loop or several, on
 *  threads of its own. */
struct reactor_server;

/** One of a server's loops, with its listener and its pool. */
struct reactor_shard;

/** How a server is run; the service is the same. The fourth model, several
 *  processes with a server or a loop each, listens to one socket that they
 *  inherit: reactor_server_open_handle() and examples/models/. */
enum reactor_model {
    REACTOR_MODEL_LOOP, /**< one loop, on which jobs are run, too */
    REACTOR_MODEL_POOL, /**< one loop, and a pool whose workers run the jobs */
    REACTOR_MODEL_LOOPS /**< several loops; each has connections of its own, and
                             runs its jobs */
};

/** The most loops of a server. */
#define REACTOR_SHARDS_MAX      1024u
/** The longest name of a server, without the zero: a number comes behind it. */
#define REACTOR_SERVER_NAME_MAX 10

/** As #reactor_started_fn, for one loop. Nobody is accepted before all of them
 *  have started. */
typedef int reactor_shard_started_fn(void *user_data,
                                     struct reactor_shard *shard);
/** Somebody has connected, as #reactor_accept_fn.
 *  @param handle  the callee's: for a session on the shard's loop, with the
 *                 shard's listener in its options */
typedef void reactor_shard_accept_fn(void *user_data,
                                     struct reactor_shard *shard,
                                     reactor_handle handle,
                                     const struct reactor_address *peer);
/** The listener pauses or goes on, as #reactor_listener_fn. */
typedef void reactor_shard_paused_fn(void *user_data,
                                     struct reactor_shard *shard, int error);
/** As #reactor_command_fn. */
typedef void reactor_shard_command_fn(void *user_data,
                                      struct reactor_shard *shard,
                                      struct reactor_command *command);
/** As #reactor_timer_fn. */
typedef void reactor_shard_tick_fn(void *user_data, struct reactor_shard *shard,
                                   uint64_t missed);
/** As #reactor_error_fn. */
typedef int reactor_shard_error_fn(void *user_data, struct reactor_shard *shard,
                                   int error);
/** As #reactor_stopping_fn; its listener has been stopped. */
typedef void reactor_shard_stopping_fn(void *user_data,
                                       struct reactor_shard *shard,
                                       int64_t drain_ns);

/**
 * What a server does. All functions get the server's user data, and are called
 * on the thread of the shard: those of several shards at the same time. All but
 * `accepted` may be NULL, as in struct reactor_service; without `stopping` all
 * sessions of the loop are closed, and have the time that is left to write what
 * waits, and their peers to end: reactor_session_close_all().
 */
struct reactor_server_service {
    size_t size; /**< sizeof(struct reactor_server_service) */
    reactor_shard_started_fn *started;
    reactor_shard_accept_fn *accepted;
    reactor_shard_paused_fn *paused;
    reactor_shard_command_fn *command;
    reactor_shard_tick_fn *tick;
    reactor_shard_error_fn *error;
    reactor_shard_stopping_fn *stopping;
};

/** A service that accepts nobody yet. */
#define REACTOR_SERVER_SERVICE_INIT                                            \
    {                                                                          \
        sizeof(struct reactor_server_service), NULL, NULL, NULL, NULL, NULL,   \
            NULL, NULL                                                         \
    }

/** One loop accepts for all, and when it ends the others are shut down; it
 * hands each connection to the one that has the fewest. Without it each loop
 * accepts for itself, where the system spreads connections
 * (#REACTOR_LISTEN_SHARED), which it does at random; elsewhere one does it all
 * the same. A loop that has ended, or whose listener is paused, is handed none.
 */
#define REACTOR_SERVER_HAND_OVER 0x01u
/** Each loop stays on one of the processors that the process may use, in
 *  turn. */
#define REACTOR_SERVER_PINNED    0x02u

/** How a server is to be. Zeros, but for the size, are the defaults. */
struct reactor_server_options {
    size_t size; /**< sizeof(struct reactor_server_options) */
    enum reactor_model model;
    uint32_t loops;   /**< of #REACTOR_MODEL_LOOPS; 0: as many as processors
                           that the process may use */
    uint32_t flags;   /**< REACTOR_SERVER_... */
    const char *name; /**< of the threads, "NAME/0" and so on; at most
                           #REACTOR_SERVER_NAME_MAX bytes; NULL: none */
    int64_t tick_ns;  /**< nanoseconds between ticks; 0: none */
    const struct reactor_loop_options *loop;         /**< NULL: the defaults */
    const struct reactor_pool_options *pool;         /**< the same; for what
                             runs on its loop the number of workers plays no
                             part */
    const struct reactor_listener_options *listener; /**< the same; `limit` is
                             that of each loop, and `told` plays no part */
};

/** The defaults. */
#define REACTOR_SERVER_OPTIONS_INIT                                            \
    {                                                                          \
        sizeof(struct reactor_server_options), REACTOR_MODEL_LOOP, 0, 0, NULL, \
            0, NULL, NULL, NULL                                                \
    }

/**
 * Opens a server: its loops run, and accept, when this returns.
 *
 * @param[out] out   receives the server; untouched on failure, when no thread
 *                   is left. The caller ends it with reactor_server_close().
 * @param address    to listen to; port 0: one that is free, see
 *                   reactor_server_address(). It is the server's alone, unless
 *                   the listener's flags have #REACTOR_LISTEN_SHARED
 * @param service    copied
 * @param options    copied; NULL: the defaults
 * @param user_data  for the service
 * @return 0; -EINVAL for NULL, `accepted` included, an unknown model, flag or
 *   size, more loops than #REACTOR_SHARDS_MAX, a negative tick, or a longer
 *   name; or an error of
 *   reactor_runtime_open(), reactor_pool_open() or reactor_listener_start();
 *   or what `started` has returned.
 */
REACTOR_API int reactor_server_open(
    struct reactor_server **out, const struct reactor_address *address,
    const struct reactor_server_service *service,
    const struct reactor_server_options *options, void *user_data);

/**
 * As reactor_server_open(), for a socket that listens already: inherited, or
 * handed over. With several loops one accepts for all.
 *
 * @param[out] out   receives the server; untouched on failure
 * @param handle     the server's from now on; on failure still the caller's
 * @param service    copied
 * @param options    copied; NULL: the defaults
 * @param user_data  for the service
 * @return as reactor_server_open(), or an error of
 *   reactor_listener_start_handle().
 */
REACTOR_API int
reactor_server_open_handle(struct reactor_server **out, reactor_handle handle,
                           const struct reactor_server_service *service,
                           const struct reactor_server_options *options,
                           void *user_data);

/**
 * Has all loops end, as reactor_runtime_shutdown(): they stop listening
 * (connections that nobody has accepted are reset), and `stopping` is called.
 * Any thread, also theirs.
 *
 * @param server    the server
 * @param drain_ns  nanoseconds; 0: at once; -1: as long as it takes
 * @return 0; -EINVAL; -ECHILD; -ECANCELED if all have ended; or what the kernel
 *   answered to a wake, as in reactor_runtime_send().
 */
REACTOR_API int reactor_server_shutdown(struct reactor_server *server,
                                        int64_t drain_ns);

/**
 * Waits until all loops have ended. Any thread but theirs, and not in a job.
 *
 * @param server  the server
 * @return 0, or an error of the first of them that has one: see
 *   reactor_runtime_join().
 */
REACTOR_API int reactor_server_join(struct reactor_server *server);

/**
 * Shuts a server down in no time, unless it has ended, joins it, and frees it:
 * see reactor_runtime_close().
 *
 * @param server  NULL is a no-op
 * @return as reactor_server_join(); with -EDEADLK nothing is done.
 */
REACTOR_API int reactor_server_close(struct reactor_server *server);

/** @param server    the server
 *  @param[out] out  receives the address that it listens to, or has
 *  @return 0; -EINVAL */
REACTOR_API int reactor_server_address(const struct reactor_server *server,
                                       struct reactor_address *out);

/** @param server  the server
 *  @return how many loops it has */
REACTOR_API uint32_t reactor_server_count(const struct reactor_server *server);

/**
 * Sends a command to one of the loops: see reactor_runtime_send().
 *
 * @param server   the server
 * @param index    which one, from 0
 * @param command  its memory has to stay until it arrives
 * @return as reactor_runtime_send(); -EINVAL if there is no such loop.
 */
REACTOR_API int reactor_server_send(struct reactor_server *server,
                                    uint32_t index,
                                    struct reactor_command *command);

/** In the place of an index: all together. */
#define REACTOR_ALL_SHARDS UINT32_MAX

/** What the loops of a server have counted. */
struct reactor_server_numbers {
    size_t size;        /**< sizeof(struct reactor_server_numbers) */
    uint64_t accepted;  /**< connections, those that were handed over with whom
                             they were handed to */
    uint64_t open;      /**< of them, now: see reactor_listener_count() */
    uint64_t turns;     /**< as in struct reactor_loop_numbers */
    uint64_t events;    /**< the same */
    uint64_t callbacks; /**< the same */
    uint64_t wakes;     /**< the same */
};

/**
 * Copies the numbers of one loop, or the sums of all: `accepted` as it is, the
 * others as they were when it last began to wait, or was closed. Any thread, as
 * long as the server is not closed; in a child of fork(), too.
 *
 * @param server       the server
 * @param index        which one, from 0; or #REACTOR_ALL_SHARDS
 * @param[in,out] out  its size says how much there is room for
 * @return 0; -EINVAL for NULL, if there is no such loop, or for a size of 0 or
 *   beyond what this version knows.
 */
REACTOR_API int reactor_server_numbers(const struct reactor_server *server,
                                       uint32_t index,
                                       struct reactor_server_numbers *out);

/* ---- Shards, on their own threads ---- */

/** @param shard  the shard
 *  @return its server; in `started` it may not be used yet */
REACTOR_API struct reactor_server *
reactor_shard_server(const struct reactor_shard *shard);

/** @param shard  the shard
 *  @return its number, from 0 */
REACTOR_API uint32_t reactor_shard_index(const struct reactor_shard *shard);

/** @param shard  the shard
 *  @return its loop */
REACTOR_API struct reactor_loop *
reactor_shard_loop(const struct reactor_shard *shard);

/** @param shard  the shard
 *  @return its listener, for reactor_session_options::listener; whose functions
 *    are the server's to call, but those that pause, resume, release or count.
 *    Where one loop accepts for all it has no handle, and when it is paused
 *    those who are on their way still come. */
REACTOR_API struct reactor_listener *
reactor_shard_listener(struct reactor_shard *shard);

/** @param shard  the shard
 *  @return the pool for its jobs, whose completions come back to its loop: the
 *    model says who runs them */
REACTOR_API struct reactor_pool *
reactor_shard_pool(const struct reactor_shard *shard);

/** @param shard  the shard
 *  @return what was set last; NULL to begin with */
REACTOR_API void *reactor_shard_user_data(const struct reactor_shard *shard);

/** @param shard      the shard
 *  @param user_data  of this shard, beside that of the server */
REACTOR_API void reactor_shard_set_user_data(struct reactor_shard *shard,
                                             void *user_data);

#ifdef __cplusplus
}
#endif

#endif /* REACTOR_WORK_H */
