/* SPDX-License-Identifier: MIT */
#ifndef PORTABLE_H
#define PORTABLE_H

/*
 * What the examples need of the system besides the library, for POSIX and for
 * Windows. What returns an int returns 0 or a count, or a negative errno value,
 * as the library does. All handles are non-blocking.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reactor.h"

#ifndef _WIN32
#include <pthread.h>
#endif

/* ---- TCP; on Windows only while a reactor is open ---- */

/* Port 0: any that is free. */
int socket_listen(reactor_handle *out, const char *address, uint16_t port);
uint16_t socket_port(reactor_handle handle);

/* -EAGAIN if nobody waits. */
int socket_accept(reactor_handle *out, reactor_handle listener);

/* How many bytes; 0 at the end of the stream; -EAGAIN if it would block. */
int socket_receive(reactor_handle handle, void *bytes, size_t size);
int socket_send(reactor_handle handle, const void *bytes, size_t size);

void socket_close(reactor_handle handle);

/* ---- Commands, by the system's shell ---- */

struct command {
    reactor_handle output; /* what it prints can be watched and read */
    void *process;         /* NULL: not running */
};

int command_start(struct command *command, const char *text);

/* As socket_receive(). */
int command_read(const struct command *command, void *bytes, size_t size);

/* Waits for its end. */
void command_finish(struct command *command);

/* ---- Threads ---- */

struct thread;

int thread_start(struct thread **out, void (*run)(void *argument),
                 void *argument);
void thread_join(struct thread *thread);

/* Processor time of the calling thread. */
int64_t thread_cpu_ns(void);

#ifdef _WIN32
/* SRWLOCK and CONDITION_VARIABLE, without the header that declares them. */
struct mutex {
    void *native;
};
struct condition {
    void *native;
};
/* clang-format off */
#define MUTEX_INITIALIZER     {NULL}
#define CONDITION_INITIALIZER {NULL}
#else
struct mutex {
    pthread_mutex_t native;
};
struct condition {
    pthread_cond_t native;
};
#define MUTEX_INITIALIZER     {PTHREAD_MUTEX_INITIALIZER}
#define CONDITION_INITIALIZER {PTHREAD_COND_INITIALIZER}
/* clang-format on */
#endif

void mutex_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);
void condition_wait(struct condition *condition, struct mutex *mutex);
void condition_wake_all(struct condition *condition);

/* ---- The process ---- */

/* A write to a lost peer is an error code from now on, and no signal. */
void ignore_lost_peers(void);

/* What Ctrl-C, or a request to end, does: a function, SIG_IGN or SIG_DFL. It
   runs as a signal handler, on Windows in a thread. With a loop there are
   signal watches instead. */
void handle_interrupts(void (*handler)(int signal_number));

/* How many handles may still be opened, after the limit was raised. */
size_t count_free_handles(void);

/* No other one that runs has it. */
uint32_t process_number(void);

bool output_is_terminal(void);

#endif
