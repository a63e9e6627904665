/* SPDX-License-Identifier: MIT */
/*
 * Several processes that listen to one socket, and one that looks after them:
 *
 * - A worker that has crashed is replaced, later each time that it does not
 *   live long; how many connections were lost with it is said.
 * - SIGTERM or SIGINT: they accept nobody any more, and finish with those who
 *   are connected.
 * - SIGHUP: the program is started anew, by its name, and inherits the socket,
 *   which is never closed: so nobody is refused. By SIGUSR2 it has this one
 *   stop; who has this one stop before has it stop, too.
 */
#define _DEFAULT_SOURCE /* the C library shows MAP_ANONYMOUS, and POSIX */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "models/echo.h"

#define LONG_LIFE_NS INT64_C(200000000) /* that start has not failed */
#define DELAY_MIN_NS INT64_C(10000000)
#define DELAY_MAX_NS INT64_C(2000000000)

static const int watched[4] = {SIGINT, SIGTERM, SIGHUP, SIGUSR2};
extern char **environ;

struct worker {
    struct supervisor *supervisor;
    struct reactor_child child;
    struct reactor_timer again;
    pid_t pid; /* 0: it does not run */
    int64_t started_ns, delay_ns;
    struct echo echo;
};

struct supervisor {
    const struct processes *processes;
    pid_t pid; /* its own */
    struct reactor_loop *loop;
    struct reactor_signal signals[4]; /* as in `watched` */
    struct reactor_child successor;
    pid_t successor_pid; /* 0: there is none */
    bool is_stopping;
    struct worker *workers;
    _Atomic unsigned *open; /* of each worker, shared with it */
};

/* ---- A worker ---- */

/* All signals are blocked; the supervisor's loop is the parent's. */
static int work(struct worker *worker, const sigset_t *all)
{
    const struct processes *processes = worker->supervisor->processes;
    struct reactor_server_options options = REACTOR_SERVER_OPTIONS_INIT;
    struct reactor_listener_options listener = REACTOR_LISTENER_OPTIONS_INIT;
    struct reactor_pool_options pool = REACTOR_POOL_OPTIONS_INIT;
    struct reactor_server *server;
    int error, number;

    reactor_loop_close(worker->supervisor->loop);
    options.listener = &listener;
    listener.burst = 1; /* the others shall have some, too */
    options.pool = &pool;
    pool.capacity = ECHO_JOBS_MAX;
    error = reactor_server_open_handle(&server, processes->handle,
                                       &echo_service, &options, &worker->echo);
    if (error < 0)
        return error;
    do { /* an orphan ends, too; a terminal's signals are not for it */
        alarm(1);
        (void)sigwait(all, &number);
    } while (number != SIGTERM && getppid() == worker->supervisor->pid);
    (void)reactor_server_shutdown(server, processes->drain_ns);
    (void)reactor_server_join(server);
    return reactor_server_close(server);
}

/* ---- The workers ---- */

static void start_worker(void *user_data, uint64_t missed)
{
    struct worker *worker = user_data;
    sigset_t all, before;

    (void)missed;
    atomic_store(worker->echo.open, 0);
    worker->started_ns = reactor_now_ns();
    sigfillset(&all);
    (void)sigprocmask(SIG_BLOCK, &all, &before);
    worker->pid = fork();
    if (worker->pid == 0)
        _exit(work(worker, &all) == 0 ? 0 : 1);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    if (worker->pid < 0 ||
        reactor_child_start(&worker->child, worker->pid) < 0) {
        worker->pid = 0;
        reactor_timer_start(&worker->again, DELAY_MAX_NS, 0);
        return;
    }
    printf("%d: worker %d\n", (int)getpid(), (int)worker->pid);
}

static void note_end(void *user_data, int exit_code, int signal_number)
{
    struct worker *worker = user_data;
    bool was_short = reactor_now_ns() - worker->started_ns < LONG_LIFE_NS;

    printf("%d: worker %d has ended (%d, signal %d), %u connections lost\n",
           (int)getpid(), (int)worker->pid, exit_code, signal_number,
           atomic_load(worker->echo.open));
    worker->pid = 0;
    if (worker->supervisor->is_stopping)
        return;
    worker->delay_ns = was_short ? 2 * worker->delay_ns : DELAY_MIN_NS;
    if (worker->delay_ns > DELAY_MAX_NS)
        worker->delay_ns = DELAY_MAX_NS;
    reactor_timer_start(&worker->again, worker->delay_ns, 0);
}

/* ---- Stop and reload ---- */

/* The loop ends when nothing keeps it alive: when the workers have. */
static void stop(void *user_data, int number, uint64_t count)
{
    struct supervisor *supervisor = user_data;
    unsigned i;

    (void)count;
    supervisor->is_stopping = true;
    if (number != SIGUSR2 && supervisor->successor_pid > 0)
        (void)kill(supervisor->successor_pid, SIGTERM);
    supervisor->successor_pid = 0;
    reactor_child_stop(&supervisor->successor);
    for (i = 0; i < supervisor->processes->count; i++) {
        reactor_timer_stop(&supervisor->workers[i].again);
        if (supervisor->workers[i].pid > 0)
            (void)kill(supervisor->workers[i].pid, SIGTERM);
    }
}

static void note_failure(void *user_data, int exit_code, int signal_number)
{
    struct supervisor *supervisor = user_data;

    supervisor->successor_pid = 0;
    (void)fprintf(stderr, "the successor has ended: %d, signal %d\n", exit_code,
                  signal_number);
}

/* It tells us to stop when it has taken over. */
static void reload(void *user_data, int number, uint64_t count)
{
    struct supervisor *supervisor = user_data;
    const struct processes *processes = supervisor->processes;
    char text[32];
    pid_t pid;

    (void)number;
    (void)count;
    if (supervisor->is_stopping || supervisor->successor_pid > 0)
        return;
    snprintf(text, sizeof text, "%d %d", (int)processes->handle, (int)getpid());
    if (fcntl(processes->handle, F_SETFD, 0) < 0 ||
        setenv(MODELS_HANDLE, text, 1) < 0 ||
        posix_spawnp(&pid, processes->arguments[0], NULL, NULL,
                     processes->arguments, environ) != 0 ||
        reactor_child_start(&supervisor->successor, pid) < 0)
        pid = 0;
    supervisor->successor_pid = pid;
    printf("%d: successor %d\n", (int)getpid(), (int)pid);
}

/* ---- Start ---- */

static int watch(struct supervisor *supervisor)
{
    int error = 0;
    unsigned i;

    (void)signal(SIGUSR2, SIG_IGN); /* one that comes too late */
    for (i = 0; i < 4 && error == 0; i++) {
        reactor_signal_init(&supervisor->signals[i], supervisor->loop,
                            watched[i] == SIGHUP ? reload : stop, supervisor);
        error = reactor_signal_start(&supervisor->signals[i], watched[i]);
        reactor_loop_release(supervisor->loop); /* they keep nothing alive */
    }
    return error;
}

static int start(struct supervisor *supervisor)
{
    const struct processes *processes = supervisor->processes;
    struct reactor_address address;
    char text[REACTOR_ADDRESS_TEXT_MAX] = "";
    unsigned i;
    int error = watch(supervisor);

    if (error == 0)
        error = reactor_address_of(processes->handle, &address);
    if (error < 0)
        return error;
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    (void)reactor_address_format(&address, text, sizeof text);
    printf("%d: listening on %s\n", (int)getpid(), text);
    reactor_child_init(&supervisor->successor, supervisor->loop, note_failure,
                       supervisor);
    for (i = 0; i < processes->count; i++) {
        struct worker *worker = &supervisor->workers[i];

        *worker = (struct worker){.supervisor = supervisor,
                                  .delay_ns = DELAY_MIN_NS,
                                  .echo.open = &supervisor->open[i]};
        reactor_child_init(&worker->child, supervisor->loop, note_end, worker);
        reactor_timer_init(&worker->again, supervisor->loop, start_worker,
                           worker);
        start_worker(worker, 0);
    }
    if (processes->predecessor == getppid())
        (void)kill(getppid(), SIGUSR2);
    return 0;
}

int processes_run(const struct processes *processes)
{
    struct supervisor supervisor = {.processes = processes, .pid = getpid()};
    int error = reactor_loop_open(&supervisor.loop, NULL);

    if (error < 0)
        return error;
    supervisor.open =
        mmap(NULL, processes->count * sizeof *supervisor.open,
             PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    supervisor.workers = calloc(processes->count, sizeof *supervisor.workers);
    error = -ENOMEM;
    if (supervisor.open != MAP_FAILED && supervisor.workers != NULL)
        error = start(&supervisor);
    if (error == 0)
        error = reactor_loop_run(supervisor.loop);
    reactor_loop_close(supervisor.loop);
    free(supervisor.workers);
    return error;
}
