/* SPDX-License-Identifier: MIT */
/* All that the system has, although the language is plain C11. */
#define _DEFAULT_SOURCE
#define _NETBSD_SOURCE

#include "portable.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BACKLOG = 1024, MOST_COUNTED = 1024 };

/* ---- TCP ---- */

static int result_of(ssize_t count)
{
    if (count >= 0)
        return (int)count;
    return errno == EWOULDBLOCK || errno == EINTR ? -EAGAIN : -errno;
}

static int close_failed(int handle)
{
    int error = errno;

    close(handle);
    return -error;
}

static int set_non_blocking(int handle)
{
    return fcntl(handle, F_SETFL, O_NONBLOCK);
}

int socket_listen(reactor_handle *out, const char *address, uint16_t port)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
    int yes = 1;

    if (inet_pton(AF_INET, address, &name.sin_addr) != 1)
        return -EINVAL;
    *out = socket(AF_INET, SOCK_STREAM, 0);
    if (*out < 0)
        return -errno;
    /* Connections of the last run may still linger on this port. */
    if (setsockopt(*out, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0 ||
        bind(*out, (struct sockaddr *)&name, sizeof name) < 0 ||
        listen(*out, BACKLOG) < 0 || set_non_blocking(*out) < 0)
        return close_failed(*out);
    return 0;
}

uint16_t socket_port(reactor_handle handle)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    socklen_t size = sizeof name;

    getsockname(handle, (struct sockaddr *)&name, &size);
    return ntohs(name.sin_port);
}

int socket_accept(reactor_handle *out, reactor_handle listener)
{
    *out = accept(listener, NULL, NULL);
    if (*out < 0)
        return result_of(-1);
    return set_non_blocking(*out) < 0 ? close_failed(*out) : 0;
}

int socket_receive(reactor_handle handle, void *bytes, size_t size)
{
    return result_of(recv(handle, bytes, size, 0));
}

int socket_send(reactor_handle handle, const void *bytes, size_t size)
{
    return result_of(send(handle, bytes, size, 0));
}

void socket_close(reactor_handle handle)
{
    close(handle);
}

/* ---- Commands ---- */

int command_start(struct command *command, const char *text)
{
    FILE *stream;

    errno = ENOMEM; /* popen says nothing when it is this */
    stream = popen(text, "r");
    if (stream == NULL)
        return -errno;
    command->process = stream;
    command->output = fileno(stream);
    return set_non_blocking(command->output) < 0 ? -errno : 0;
}

int command_read(const struct command *command, void *bytes, size_t size)
{
    return result_of(read(command->output, bytes, size));
}

void command_finish(struct command *command)
{
    pclose(command->process);
    command->process = NULL;
}

/* ---- Threads ---- */

struct thread {
    pthread_t native;
    void (*run)(void *argument);
    void *argument;
};

static void *enter(void *argument)
{
    struct thread *thread = argument;

    thread->run(thread->argument);
    return NULL;
}

int thread_start(struct thread **out, void (*run)(void *argument),
                 void *argument)
{
    struct thread *thread = malloc(sizeof *thread);
    int error;

    if (thread == NULL)
        return -ENOMEM;
    thread->run = run;
    thread->argument = argument;
    error = pthread_create(&thread->native, NULL, enter, thread);
    if (error != 0) {
        free(thread);
        return -error;
    }
    *out = thread;
    return 0;
}

void thread_join(struct thread *thread)
{
    pthread_join(thread->native, NULL);
    free(thread);
}

int64_t thread_cpu_ns(void)
{
    struct timespec cpu = {0, 0};

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
    return (int64_t)cpu.tv_sec * 1000000000 + cpu.tv_nsec;
}

void mutex_lock(struct mutex *mutex)
{
    pthread_mutex_lock(&mutex->native);
}

void mutex_unlock(struct mutex *mutex)
{
    pthread_mutex_unlock(&mutex->native);
}

void condition_wait(struct condition *condition, struct mutex *mutex)
{
    pthread_cond_wait(&condition->native, &mutex->native);
}

void condition_wake_all(struct condition *condition)
{
    pthread_cond_broadcast(&condition->native);
}

/* ---- The process ---- */

void ignore_lost_peers(void)
{
    struct sigaction action = {.sa_handler = SIG_IGN};

    sigaction(SIGPIPE, &action, NULL);
}

void handle_interrupts(void (*handler)(int signal_number))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* If that is refused, the soft limit stays. macOS has no hard limit and still
   takes no more than OPEN_MAX, which elsewhere is a small number. */
static void raise_handle_limit(const struct rlimit *limit)
{
    struct rlimit raised = *limit;

    raised.rlim_cur = limit->rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
        return;
#ifdef OPEN_MAX
    raised.rlim_cur = OPEN_MAX;
    if (raised.rlim_cur > limit->rlim_cur)
        setrlimit(RLIMIT_NOFILE, &raised);
#endif
}

size_t count_free_handles(void)
{
    struct rlimit limit;
    size_t most, used = 0;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return 0;
    raise_handle_limit(&limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    most = limit.rlim_cur > INT_MAX ? INT_MAX : (size_t)limit.rlim_cur;
    for (int handle = 0; handle < MOST_COUNTED && (size_t)handle < most;
         handle++)
        if (fcntl(handle, F_GETFD) >= 0)
            used++;
    return most - used;
}

uint32_t process_number(void)
{
    return (uint32_t)getpid();
}

bool output_is_terminal(void)
{
    return isatty(STDOUT_FILENO);
}
