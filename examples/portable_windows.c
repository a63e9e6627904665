/* SPDX-License-Identifier: MIT */
#define _WIN32_WINNT 0x0602 /* Windows 8 */

#include "portable.h"

#include <winsock2.h>
#include <ws2tcpip.h>

#include <errno.h>
#include <io.h>
#include <limits.h>
#include <process.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { BACKLOG = 1024, LONGEST_COMMAND = 1024 };

/* ---- TCP ---- */

/* The few that the examples tell apart, or that users are likely to meet. */
static int error_of_winsock(void)
{
    switch (WSAGetLastError()) {
    case WSAEWOULDBLOCK:
    case WSAEINTR:
        return -EAGAIN;
    case WSAEADDRINUSE:
        return -EADDRINUSE;
    case WSAECONNABORTED:
        return -ECONNABORTED;
    case WSAECONNREFUSED:
        return -ECONNREFUSED;
    case WSAECONNRESET:
        return -ECONNRESET;
    case WSAEMFILE:
        return -EMFILE;
    case WSAENOBUFS:
        return -ENOBUFS;
    case WSAEACCES: /* the port is somebody else's */
        return -EACCES;
    default:
        return -EIO;
    }
}

static int close_failed(SOCKET handle)
{
    int error = error_of_winsock();

    closesocket(handle);
    return error;
}

static int set_non_blocking(SOCKET handle)
{
    u_long yes = 1;

    return ioctlsocket(handle, (long)FIONBIO, &yes);
}

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};

    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

static int listen_at(reactor_handle *out, const struct sockaddr_in *address)
{
    int yes = 1;

    *out = socket(AF_INET, SOCK_STREAM, 0);
    if (*out == INVALID_SOCKET)
        return error_of_winsock();
    /* SO_REUSEADDR would let others take the port away. */
    if (setsockopt(*out, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (const char *)&yes,
                   sizeof yes) != 0 ||
        bind(*out, (const struct sockaddr *)address, sizeof *address) != 0 ||
        listen(*out, BACKLOG) != 0 || set_non_blocking(*out) != 0)
        return close_failed(*out);
    return 0;
}

int socket_listen(reactor_handle *out, const char *address, uint16_t port)
{
    struct sockaddr_in name = loopback(port);

    if (inet_pton(AF_INET, address, &name.sin_addr) != 1)
        return -EINVAL;
    return listen_at(out, &name);
}

uint16_t socket_port(reactor_handle handle)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    int size = sizeof name;

    getsockname(handle, (struct sockaddr *)&name, &size);
    return ntohs(name.sin_port);
}

int socket_accept(reactor_handle *out, reactor_handle listener)
{
    *out = accept(listener, NULL, NULL);
    if (*out == INVALID_SOCKET)
        return error_of_winsock();
    return set_non_blocking(*out) != 0 ? close_failed(*out) : 0;
}

int socket_receive(reactor_handle handle, void *bytes, size_t size)
{
    int count = recv(handle, bytes, size > INT_MAX ? INT_MAX : (int)size, 0);

    return count < 0 ? error_of_winsock() : count;
}

int socket_send(reactor_handle handle, const void *bytes, size_t size)
{
    int count = send(handle, bytes, size > INT_MAX ? INT_MAX : (int)size, 0);

    return count < 0 ? error_of_winsock() : count;
}

void socket_close(reactor_handle handle)
{
    closesocket(handle);
}

/* ---- Commands ---- */

/* A command prints into a socket as into a file, if that is not overlapped. */
static int open_output(reactor_handle *output, SOCKET *input)
{
    struct sockaddr_in address = loopback(0);
    reactor_handle listener;
    int error = listen_at(&listener, &address);

    if (error < 0)
        return error;
    address = loopback(socket_port(listener));
    *input = WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, 0, 0);
    if (*input == INVALID_SOCKET ||
        connect(*input, (struct sockaddr *)&address, sizeof address) != 0)
        error = error_of_winsock();
    else
        error = socket_accept(output, listener);
    if (error < 0 && *input != INVALID_SOCKET)
        closesocket(*input);
    closesocket(listener);
    return error;
}

static HANDLE run_shell(const char *text, SOCKET output)
{
    STARTUPINFOA setup = {
        .cb = sizeof setup,
        .dwFlags = STARTF_USESTDHANDLES,
        .hStdInput = GetStdHandle(STD_INPUT_HANDLE),
        .hStdOutput = (HANDLE)output,
        .hStdError = GetStdHandle(STD_ERROR_HANDLE),
    };
    PROCESS_INFORMATION process;
    char line[LONGEST_COMMAND];

    if (snprintf(line, sizeof line, "cmd /c %s", text) >= (int)sizeof line ||
        !SetHandleInformation((HANDLE)output, HANDLE_FLAG_INHERIT,
                              HANDLE_FLAG_INHERIT) ||
        !CreateProcessA(NULL, line, NULL, NULL, TRUE, 0, NULL, NULL, &setup,
                        &process))
        return NULL;
    CloseHandle(process.hThread);
    return process.hProcess;
}

int command_start(struct command *command, const char *text)
{
    reactor_handle output;
    SOCKET input;
    int error = open_output(&output, &input);

    if (error < 0)
        return error;
    SetHandleInformation((HANDLE)output, HANDLE_FLAG_INHERIT, 0);
    command->process = run_shell(text, input);
    command->output = output;
    closesocket(input);
    if (command->process != NULL)
        return 0;
    closesocket(output);
    return -EIO;
}

int command_read(const struct command *command, void *bytes, size_t size)
{
    return socket_receive(command->output, bytes, size);
}

void command_finish(struct command *command)
{
    closesocket(command->output);
    WaitForSingleObject(command->process, INFINITE);
    CloseHandle(command->process);
    command->process = NULL;
}

/* ---- Threads ---- */

struct thread {
    HANDLE native;
    void (*run)(void *argument);
    void *argument;
};

static unsigned __stdcall enter(void *argument)
{
    struct thread *thread = argument;

    thread->run(thread->argument);
    return 0;
}

int thread_start(struct thread **out, void (*run)(void *argument),
                 void *argument)
{
    struct thread *thread = malloc(sizeof *thread);

    if (thread == NULL)
        return -ENOMEM;
    thread->run = run;
    thread->argument = argument;
    thread->native = (HANDLE)_beginthreadex(NULL, 0, enter, thread, 0, NULL);
    if (thread->native == NULL) {
        free(thread);
        return -EAGAIN;
    }
    *out = thread;
    return 0;
}

void thread_join(struct thread *thread)
{
    WaitForSingleObject(thread->native, INFINITE);
    CloseHandle(thread->native);
    free(thread);
}

/* In units of 100 ns. */
static int64_t value_of(FILETIME time)
{
    return (int64_t)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

int64_t thread_cpu_ns(void)
{
    FILETIME begin, end, kernel = {0, 0}, user = {0, 0};

    GetThreadTimes(GetCurrentThread(), &begin, &end, &kernel, &user);
    return (value_of(kernel) + value_of(user)) * 100;
}

_Static_assert(sizeof(struct mutex) == sizeof(SRWLOCK) &&
                   sizeof(struct condition) == sizeof(CONDITION_VARIABLE),
               "both are a pointer, and NULL at first");

void mutex_lock(struct mutex *mutex)
{
    AcquireSRWLockExclusive((SRWLOCK *)&mutex->native);
}

void mutex_unlock(struct mutex *mutex)
{
    ReleaseSRWLockExclusive((SRWLOCK *)&mutex->native);
}

void condition_wait(struct condition *condition, struct mutex *mutex)
{
    SleepConditionVariableSRW((CONDITION_VARIABLE *)&condition->native,
                              (SRWLOCK *)&mutex->native, INFINITE, 0);
}

void condition_wake_all(struct condition *condition)
{
    WakeAllConditionVariable((CONDITION_VARIABLE *)&condition->native);
}

/* ---- The process ---- */

void ignore_lost_peers(void)
{
}

void handle_interrupts(void (*handler)(int signal_number))
{
    signal(SIGINT, handler);
    signal(SIGBREAK, handler);
}

/* There is no limit but memory. */
size_t count_free_handles(void)
{
    return INT_MAX;
}

uint32_t process_number(void)
{
    return GetCurrentProcessId();
}

bool output_is_terminal(void)
{
    return _isatty(_fileno(stdout)) != 0;
}
