/* SPDX-License-Identifier: MIT */
/*
 * The linker sends a call of f() to __wrap_f(), and makes f() itself known as
 * __real_f(): ld(1), --wrap. Those names are the linker's choice.
 */
#include "support/fault.h"

#include <fcntl.h>
#include <net/if.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef FAULT_LIBURING
#include <liburing.h>
#endif

#ifdef __linux__
#include <sys/epoll.h>
#include <sys/eventfd.h>
#endif

#if defined(__has_include)
#if __has_include(<execinfo.h>)
#include <execinfo.h>
#define HAVE_BACKTRACE
#endif
#if __has_include(<sys/event.h>)
#include <sys/types.h>

#include <sys/event.h>
#define HAVE_KQUEUE
#endif
#endif

/* ---- What fault.c asks of the system ---- */

void *fault_share(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    return memory != MAP_FAILED ? memory : NULL;
}

void fault_show(const char *text)
{
    (void)!write(-1, text, strlen(text));
}

int fault_callers(void **frames, int room)
{
#ifdef HAVE_BACKTRACE
    return backtrace(frames, room);
#else
    (void)frames;
    (void)room;
    return 0;
#endif
}

int fault_answer(int error)
{
    return error;
}

enum fault_transfer fault_transfer_of(enum fault_call call)
{
    switch ((int)call) {
    case FAULT_read:
    case FAULT_recv:
        return FAULT_TRANSFER_IN;
    case FAULT_send:
    case FAULT_sendmmsg:
    case FAULT_sendmsg:
    case FAULT_writev:
        return FAULT_TRANSFER_OUT;
    default:
        return FAULT_NO_TRANSFER;
    }
}

const int fault_passing_errors[] = {EAGAIN, EINTR};
const unsigned fault_passing_error_count = 2;

/* NOLINTBEGIN(bugprone-reserved-identifier) */

/* ---- Calls ---- */

static int fail(int error)
{
    errno = error;
    return -1;
}

#define DECLARE(type, call, parameters)                                        \
    type __real_##call parameters;                                             \
    type __wrap_##call parameters;

/* One that fails with -1 and errno. */
#define HOOK(call, parameters, arguments)                                      \
    DECLARE(int, call, parameters)                                             \
    int __wrap_##call parameters                                               \
    {                                                                          \
        int error = fault_of(FAULT_##call);                                    \
                                                                               \
        return error != 0 ? fail(error) : __real_##call arguments;             \
    }

/* One that returns the error's number. */
#define HOOK_NUMBER(call, parameters, arguments)                               \
    DECLARE(int, call, parameters)                                             \
    int __wrap_##call parameters                                               \
    {                                                                          \
        int error = fault_of(FAULT_##call);                                    \
                                                                               \
        return error != 0 ? error : __real_##call arguments;                   \
    }

HOOK(clock_gettime, (clockid_t id, struct timespec *out), (id, out))
HOOK(dup3, (int old, int number, int flags), (old, number, flags))
HOOK(fstat, (int handle, struct stat *out), (handle, out))
HOOK(pipe, (int ends[2]), (ends))
HOOK(pipe2, (int ends[2], int flags), (ends, flags))
HOOK(poll, (struct pollfd * polls, nfds_t count, int timeout),
     (polls, count, timeout))
HOOK(ppoll,
     (struct pollfd * polls, nfds_t count, const struct timespec *timeout,
      const sigset_t *mask),
     (polls, count, timeout, mask))
HOOK(sigaction,
     (int number, const struct sigaction *action, struct sigaction *former),
     (number, action, former))
HOOK(stat, (const char *path, struct stat *out), (path, out))
HOOK(waitid, (idtype_t type, id_t id, siginfo_t *info, int options),
     (type, id, info, options))

HOOK_NUMBER(pthread_atfork,
            (void (*before)(void), void (*parent)(void), void (*child)(void)),
            (before, parent, child))
HOOK_NUMBER(pthread_cond_init,
            (pthread_cond_t * condition, const pthread_condattr_t *attributes),
            (condition, attributes))
HOOK_NUMBER(pthread_key_create, (pthread_key_t * out, void (*destroy)(void *)),
            (out, destroy))
HOOK_NUMBER(pthread_mutex_init,
            (pthread_mutex_t * mutex, const pthread_mutexattr_t *attributes),
            (mutex, attributes))

/* Only what associates something needs memory. */
DECLARE(int, pthread_setspecific, (pthread_key_t key, const void *value))
int __wrap_pthread_setspecific(pthread_key_t key, const void *value)
{
    int error = value != NULL ? fault_of(FAULT_pthread_setspecific) : 0;

    return error != 0 ? error : __real_pthread_setspecific(key, value);
}

/* ---- Threads ---- */

static _Atomic int threads;

int fault_threads(void)
{
    return atomic_load(&threads);
}

struct thread_to_be {
    void *(*function)(void *);
    void *argument;
};

static void *run_thread(void *argument)
{
    struct thread_to_be thread = *(struct thread_to_be *)argument;
    void *result;

    free(argument);
    result = thread.function(thread.argument);
    atomic_fetch_sub(&threads, 1);
    return result;
}

DECLARE(int, pthread_create,
        (pthread_t * out, const pthread_attr_t *attributes,
         void *(*function)(void *), void *argument))
int __wrap_pthread_create(pthread_t *out, const pthread_attr_t *attributes,
                          void *(*function)(void *), void *argument)
{
    int error = fault_of(FAULT_pthread_create);
    struct thread_to_be *thread;

    if (!fault_is_inside())
        return __real_pthread_create(out, attributes, function, argument);
    thread = error == 0 ? malloc(sizeof(*thread)) : NULL;
    if (thread == NULL)
        return error != 0 ? error : EAGAIN;
    thread->function = function;
    thread->argument = argument;
    atomic_fetch_add(&threads, 1);
    error = __real_pthread_create(out, attributes, run_thread, thread);
    if (error != 0) {
        atomic_fetch_sub(&threads, 1);
        free(thread);
    }
    return error;
}

/* ---- Handles ---- */

/* The commands that only ask have no third argument. */
DECLARE(int, fcntl, (int handle, int command, ...))
int __wrap_fcntl(int handle, int command, ...)
{
    int error = fault_of(FAULT_fcntl);
    va_list arguments;
    int argument;

    if (error != 0)
        return fail(error);
    if (command == F_GETFD || command == F_GETFL)
        return __real_fcntl(handle, command);
    va_start(arguments, command);
    argument = va_arg(arguments, int);
    va_end(arguments);
    return __real_fcntl(handle, command, argument);
}

/* The handle is gone all the same (Linux, and POSIX leaves it open). */
DECLARE(int, close, (int handle))
int __wrap_close(int handle)
{
    int error = fault_of(FAULT_close);
    int result = __real_close(handle);

    return error != 0 ? fail(error) : result;
}

/* Short is what both an eventfd and a pipe can do: eight bytes. */
DECLARE(ssize_t, read, (int handle, void *buffer, size_t size))
ssize_t __wrap_read(int handle, void *buffer, size_t size)
{
    int error = fault_of(FAULT_read);

    if (error == FAULT_SHORT)
        return __real_read(handle, buffer, 8);
    return error != 0 ? fail(error) : __real_read(handle, buffer, size);
}

/*
 * EAGAIN means that something lies there already that was not read yet. So
 * that this is true, what is refused is written before.
 */
DECLARE(ssize_t, write, (int handle, const void *buffer, size_t size))
ssize_t __wrap_write(int handle, const void *buffer, size_t size)
{
    int error = fault_of(FAULT_write);
    ssize_t result = 0;

    if (error == 0 || error == EAGAIN)
        result = __real_write(handle, buffer, size);
    return error != 0 ? fail(error) : result;
}

/* ---- Sockets ---- */

HOOK(accept, (int handle, struct sockaddr *name, socklen_t *size),
     (handle, name, size))
HOOK(bind, (int handle, const struct sockaddr *name, socklen_t size),
     (handle, name, size))
HOOK(getpeername, (int handle, struct sockaddr *name, socklen_t *size),
     (handle, name, size))
HOOK(getsockname, (int handle, struct sockaddr *name, socklen_t *size),
     (handle, name, size))
HOOK(getsockopt,
     (int handle, int level, int option, void *value, socklen_t *size),
     (handle, level, option, value, size))
HOOK(listen, (int handle, int backlog), (handle, backlog))
HOOK(lstat, (const char *path, struct stat *out), (path, out))
HOOK(setsockopt,
     (int handle, int level, int option, const void *value, socklen_t size),
     (handle, level, option, value, size))
HOOK(socket, (int family, int type, int protocol), (family, type, protocol))
HOOK(unlink, (const char *path), (path))

#ifdef RI_HAVE_ACCEPT4
HOOK(accept4, (int handle, struct sockaddr *name, socklen_t *size, int flags),
     (handle, name, size, flags))
#endif

#ifdef RI_HAVE_SCHED_SETAFFINITY
HOOK(sched_getaffinity, (pid_t id, size_t size, cpu_set_t *out),
     (id, size, out))
HOOK(sched_setaffinity, (pid_t id, size_t size, const cpu_set_t *set),
     (id, size, set))
#endif

/* What was interrupted goes on. */
DECLARE(int, connect, (int handle, const struct sockaddr *name, socklen_t size))
int __wrap_connect(int handle, const struct sockaddr *name, socklen_t size)
{
    int error = fault_of(FAULT_connect);
    int result = 0;

    if (error == 0 || error == EINTR)
        result = __real_connect(handle, name, size);
    return error != 0 ? fail(error) : result;
}

/* ENOTCONN means that the connection is over: so it is ended before. */
DECLARE(int, shutdown, (int handle, int how))
int __wrap_shutdown(int handle, int how)
{
    int error = fault_of(FAULT_shutdown);

    if (error == ENOTCONN)
        (void)__real_shutdown(handle, SHUT_RDWR);
    return error != 0 ? fail(error) : __real_shutdown(handle, how);
}

/* Short is a byte, of a stream. */
DECLARE(ssize_t, recv, (int handle, void *buffer, size_t size, int flags))
ssize_t __wrap_recv(int handle, void *buffer, size_t size, int flags)
{
    int error = fault_of(FAULT_recv);

    if (error == FAULT_SHORT)
        return __real_recv(handle, buffer, 1, flags);
    return error != 0 ? fail(error) : __real_recv(handle, buffer, size, flags);
}

DECLARE(ssize_t, send, (int handle, const void *buffer, size_t size, int flags))
ssize_t __wrap_send(int handle, const void *buffer, size_t size, int flags)
{
    int error = fault_of(FAULT_send);

    if (error == FAULT_SHORT)
        return __real_send(handle, buffer, 1, flags);
    return error != 0 ? fail(error) : __real_send(handle, buffer, size, flags);
}

static bool is_stream(int handle)
{
    int type = 0;
    socklen_t size = sizeof(type);

    return __real_getsockopt(handle, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           type == SOCK_STREAM;
}

/* The first byte of pieces. */
static struct iovec first_byte(const struct iovec *pieces, size_t count)
{
    while (count > 1 && pieces->iov_len == 0) {
        pieces++;
        count--;
    }
    return (struct iovec){.iov_base = pieces->iov_base, .iov_len = 1};
}

DECLARE(ssize_t, sendmsg, (int handle, const struct msghdr *message, int flags))
ssize_t __wrap_sendmsg(int handle, const struct msghdr *message, int flags)
{
    int error = fault_of(FAULT_sendmsg);
    struct msghdr less = *message;
    struct iovec byte;

    if (error != FAULT_SHORT)
        return error != 0 ? fail(error)
                          : __real_sendmsg(handle, message, flags);
    if (is_stream(handle)) {
        byte = first_byte(message->msg_iov, message->msg_iovlen);
        less.msg_iov = &byte;
        less.msg_iovlen = 1;
    }
    return __real_sendmsg(handle, &less, flags);
}

DECLARE(ssize_t, writev, (int handle, const struct iovec *pieces, int count))
ssize_t __wrap_writev(int handle, const struct iovec *pieces, int count)
{
    int error = fault_of(FAULT_writev);
    struct iovec byte;

    if (error == FAULT_SHORT) {
        byte = first_byte(pieces, (size_t)count);
        return __real_writev(handle, &byte, 1);
    }
    return error != 0 ? fail(error) : __real_writev(handle, pieces, count);
}

/* Not of what tells errors only. */
DECLARE(ssize_t, recvmsg, (int handle, struct msghdr *message, int flags))
ssize_t __wrap_recvmsg(int handle, struct msghdr *message, int flags)
{
    int error = fault_of(FAULT_recvmsg);

    return error != 0 ? fail(error) : __real_recvmsg(handle, message, flags);
}

#ifdef RI_HAVE_RECVMMSG

DECLARE(int, recvmmsg,
        (int handle, struct mmsghdr *messages, unsigned count, int flags,
         struct timespec *timeout))
int __wrap_recvmmsg(int handle, struct mmsghdr *messages, unsigned count,
                    int flags, struct timespec *timeout)
{
    int error = fault_of(FAULT_recvmmsg);

    if (error == FAULT_SHORT)
        return __real_recvmmsg(handle, messages, 1, flags, timeout);
    return error != 0
               ? fail(error)
               : __real_recvmmsg(handle, messages, count, flags, timeout);
}

DECLARE(int, sendmmsg,
        (int handle, struct mmsghdr *messages, unsigned count, int flags))
int __wrap_sendmmsg(int handle, struct mmsghdr *messages, unsigned count,
                    int flags)
{
    int error = fault_of(FAULT_sendmmsg);

    if (error == FAULT_SHORT)
        return __real_sendmmsg(handle, messages, 1, flags);
    return error != 0 ? fail(error)
                      : __real_sendmmsg(handle, messages, count, flags);
}

#endif

/* ---- Names ---- */

static int code_of(int error)
{
    switch (error) {
    case EAGAIN:
        return EAI_AGAIN;
    case EIO:
        return EAI_FAIL;
    case ENOENT:
        return EAI_NONAME;
    case ENOMEM:
        return EAI_MEMORY;
    default:
        errno = error;
        return EAI_SYSTEM;
    }
}

/*
 * It is called on a worker, and what that makes of the answer is done by the
 * library as well.
 */
DECLARE(int, getaddrinfo,
        (const char *host, const char *service, const struct addrinfo *hints,
         struct addrinfo **out))
int __wrap_getaddrinfo(const char *host, const char *service,
                       const struct addrinfo *hints, struct addrinfo **out)
{
    int error, result;

    fault_enter();
    error = fault_of(FAULT_getaddrinfo);
    fault_leave();
    if (error != 0)
        return code_of(error);
    result = __real_getaddrinfo(host, service, hints, out);
    if (result == 0)
        fault_enter();
    return result;
}

DECLARE(void, freeaddrinfo, (struct addrinfo * list))
void __wrap_freeaddrinfo(struct addrinfo *list)
{
    fault_leave();
    __real_freeaddrinfo(list);
}

DECLARE(unsigned, if_nametoindex, (const char *name))
unsigned __wrap_if_nametoindex(const char *name)
{
    int error = fault_of(FAULT_if_nametoindex);

    if (error != 0)
        errno = error;
    return error != 0 ? 0 : __real_if_nametoindex(name);
}

DECLARE(char *, if_indextoname, (unsigned number, char *out))
char *__wrap_if_indextoname(unsigned number, char *out)
{
    int error = fault_of(FAULT_if_indextoname);

    if (error != 0)
        errno = error;
    return error != 0 ? NULL : __real_if_indextoname(number, out);
}

DECLARE(int, isatty, (int handle))
int __wrap_isatty(int handle)
{
    int error = fault_of(FAULT_isatty);

    if (error != 0)
        errno = error;
    return error != 0 ? 0 : __real_isatty(handle);
}

#ifdef __linux__

/* As the C library does it: six are passed on, whatever was given. */
DECLARE(long, syscall, (long number, ...))
long __wrap_syscall(long number, ...)
{
    int error = fault_of(FAULT_syscall);
    va_list list;
    long given[6];
    size_t i;

    if (error != 0)
        return fail(error);
    va_start(list, number);
    for (i = 0; i < sizeof(given) / sizeof(given[0]); i++)
        given[i] = va_arg(list, long);
    va_end(list);
    return __real_syscall(number, given[0], given[1], given[2], given[3],
                          given[4], given[5]);
}

HOOK(epoll_create1, (int flags), (flags))
HOOK(epoll_ctl, (int set, int what, int handle, struct epoll_event *event),
     (set, what, handle, event))
HOOK(eventfd, (unsigned count, int flags), (count, flags))

/* Short is one event. */
DECLARE(int, epoll_wait,
        (int set, struct epoll_event *events, int room, int timeout))
int __wrap_epoll_wait(int set, struct epoll_event *events, int room,
                      int timeout)
{
    int error = fault_of(FAULT_epoll_wait);

    if (error == FAULT_SHORT)
        return __real_epoll_wait(set, events, 1, timeout);
    return error != 0 ? fail(error)
                      : __real_epoll_wait(set, events, room, timeout);
}

DECLARE(int, epoll_pwait2,
        (int set, struct epoll_event *events, int room,
         const struct timespec *timeout, const sigset_t *mask))
int __wrap_epoll_pwait2(int set, struct epoll_event *events, int room,
                        const struct timespec *timeout, const sigset_t *mask)
{
    int error = fault_of(FAULT_epoll_pwait2);

    if (error == FAULT_SHORT)
        return __real_epoll_pwait2(set, events, 1, timeout, mask);
    return error != 0 ? fail(error)
                      : __real_epoll_pwait2(set, events, room, timeout, mask);
}

#endif

#ifdef HAVE_KQUEUE

HOOK(kqueue, (void), ())

#ifdef RI_HAVE_KQUEUE1
HOOK(kqueue1, (int flags), (flags))
#endif

#ifdef __NetBSD__
typedef size_t kevent_count;
#elif defined(KQUEUE_SHIM_COUNT)
typedef KQUEUE_SHIM_COUNT kevent_count;
#else
typedef int kevent_count;
#endif

DECLARE(int, kevent,
        (int queue, const struct kevent *changes, kevent_count count,
         struct kevent *events, kevent_count room,
         const struct timespec *timeout))

static bool is_trigger(const struct kevent *change)
{
#ifdef EVFILT_USER
    return change->filter == EVFILT_USER;
#else
    (void)change;
    return false;
#endif
}

/* Only what adds a knote needs memory, and what takes one away cannot fail. */
static bool can_fail(const struct kevent *changes, kevent_count count,
                     int error)
{
    const struct kevent *last;

    if (count == 0)
        return error != ENOMEM;
    last = &changes[count - 1];
    return (last->flags & EV_ADD) != 0 || (is_trigger(last) && error != ENOMEM);
}

static bool has_failed(const struct kevent *answers, kevent_count count)
{
    while (count-- > 0)
        if (answers[count].data != 0)
            return true;
    return false;
}

#define CHANGES_MAX 8 /* that the library makes by one call */

/*
 * Where every change has an answer, it is the last that fails, and the others
 * are made; but EACCES refuses the call. EINTR says that all are made, and
 * comes only if there is nothing to say.
 */
static int fail_changes(int queue, const struct kevent *changes,
                        kevent_count count, struct kevent *answers, int error)
{
    static const struct timespec at_once;
    kevent_count made = error == EINTR ? count : count - 1;
    struct kevent told[CHANGES_MAX];

    if (error == EACCES)
        return fail(error);
    if (made > 0 && __real_kevent(queue, changes, made, told,
                                  answers != NULL ? made : 0, &at_once) < 0)
        return -1;
    if (answers == NULL || (error == EINTR && !has_failed(told, made)))
        return fail(error);
    if (error != EINTR) {
        told[made] = changes[made];
        told[made].flags |= EV_ERROR;
        told[made].data = error;
    }
    memcpy(answers, told, (size_t)count * sizeof(told[0]));
    return (int)count;
}

void (*fault_before_wait)(void);
void (*fault_after_kevent)(bool has_changes);

/* Short is one event. */
static int call_kevent(int queue, const struct kevent *changes,
                       kevent_count count, struct kevent *events,
                       kevent_count room, const struct timespec *timeout)
{
    bool is_wait = count == 0;
    int error = fault_of(FAULT_kevent);

    if (!can_fail(changes, count, error))
        error = 0;
    if (error == FAULT_SHORT)
        return __real_kevent(queue, changes, count, events, is_wait ? 1 : room,
                             timeout);
    if (error != 0)
        return is_wait ? fail(error)
                       : fail_changes(queue, changes, count, events, error);
    return __real_kevent(queue, changes, count, events, room, timeout);
}

int __wrap_kevent(int queue, const struct kevent *changes, kevent_count count,
                  struct kevent *events, kevent_count room,
                  const struct timespec *timeout)
{
    int result;

    if (count == 0 && fault_before_wait != NULL)
        fault_before_wait();
    result = call_kevent(queue, changes, count, events, room, timeout);
    if (fault_after_kevent != NULL)
        fault_after_kevent(count > 0);
    return result;
}

#endif

#ifdef FAULT_LIBURING

void (*fault_before_enter)(void);

static struct io_uring *latest_ring;

static void spoil_last_submission(void)
{
    struct io_uring_sq *queue = &latest_ring->sq;

    queue->sqes[(queue->sqe_tail - 1) & queue->ring_mask].opcode = UINT8_MAX;
}

/* Short is a part of what there is to submit, and of what is waited for. */
DECLARE(int, io_uring_enter2,
        (unsigned ring, unsigned count, unsigned wanted, unsigned flags,
         void *wait, size_t size))
int __wrap_io_uring_enter2(unsigned ring, unsigned count, unsigned wanted,
                           unsigned flags, void *wait, size_t size)
{
    int error = fault_of(FAULT_io_uring_enter2);

    if (fault_before_enter != NULL)
        fault_before_enter();
    if (error == FAULT_SHORT)
        return __real_io_uring_enter2(ring, count / 2, 0, flags, wait, size);
    if (error == FAULT_LATE) {
        spoil_last_submission();
        error = 0;
    }
    return error != 0
               ? -error
               : __real_io_uring_enter2(ring, count, wanted, flags, wait, size);
}

/* Short are queues that overflow. */
DECLARE(int, io_uring_queue_init_params,
        (unsigned entries, struct io_uring *ring, struct io_uring_params *how))
int __wrap_io_uring_queue_init_params(unsigned entries, struct io_uring *ring,
                                      struct io_uring_params *how)
{
    int error = fault_of(FAULT_io_uring_queue_init_params);

    if (error == FAULT_SHORT) {
        entries = 2;
        how->cq_entries = 4;
    } else if (error != 0) {
        return -error;
    }
    latest_ring = ring;
    return __real_io_uring_queue_init_params(entries, ring, how);
}

DECLARE(int, io_uring_register,
        (unsigned ring, unsigned code, const void *what, unsigned count))
int __wrap_io_uring_register(unsigned ring, unsigned code, const void *what,
                             unsigned count)
{
    int error = fault_of(FAULT_io_uring_register);

    return error != 0 ? -error
                      : __real_io_uring_register(ring, code, what, count);
}

DECLARE(int, io_uring_register_files,
        (struct io_uring * ring, const int *files, unsigned count))
int __wrap_io_uring_register_files(struct io_uring *ring, const int *files,
                                   unsigned count)
{
    int error = fault_of(FAULT_io_uring_register_files);

    return error != 0 ? -error
                      : __real_io_uring_register_files(ring, files, count);
}

#endif

/* NOLINTEND(bugprone-reserved-identifier) */
