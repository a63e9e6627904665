/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_POSIX_FAULT_CALLS_H
#define SUPPORT_POSIX_FAULT_CALLS_H

/*
 * EFAULT and EINVAL are in although the library's arguments rule them out, as
 * proof that the answer is passed on. Left out are errors of commands that it
 * doesn't give to fcntl(2), and the many of stat(2) that are like ENOENT. EINTR
 * is in wherever a signal can do it, and EPERM where a filter of seccomp(2) may
 * be what refuses to open something. EINVAL of io_uring_queue_init_params(3) is
 * for fault/io_uring.c: it means that the kernel is too old. What kevent(2)
 * says of a descriptor (EBADF, ENOENT, EPIPE) it says when it is so:
 * fault/kqueue.c. syscall(2) is pidfd_open(2).
 */

#include <errno.h>

/* clang-format off */
#define FAULT_CALLS(X)                                                         \
    X(accept,             EAGAIN, EBADF, ECONNABORTED, EINTR, EINVAL, EMFILE,  \
                          ENFILE, ENOBUFS, ENOMEM)                             \
    X(accept4,            EAGAIN, EBADF, ECONNABORTED, EINTR, EINVAL, EMFILE,  \
                          ENFILE, ENOBUFS, ENOMEM, EPERM, EPROTO)              \
    X(bind,               EACCES, EADDRINUSE, EADDRNOTAVAIL, EBADF, EINVAL,    \
                          ENOMEM)                                              \
    X(clock_gettime,      EINVAL, EPERM)                                       \
    X(close,              EBADF, EINTR, EIO)                                   \
    X(connect,            EACCES, EADDRNOTAVAIL, EBADF, ECONNREFUSED, EINTR,   \
                          ENETUNREACH, ETIMEDOUT)                              \
    X(dup3,               EBADF, EBUSY, EINTR, EINVAL, EMFILE)                 \
    X(epoll_create1,      EINVAL, EMFILE, ENFILE, ENOMEM, EPERM)               \
    X(epoll_ctl,          EBADF, EEXIST, EINVAL, ELOOP, ENOENT, ENOMEM,        \
                          ENOSPC, EPERM)                                       \
    X(epoll_pwait2,       EBADF, EFAULT, EINTR, EINVAL, ENOSYS, EPERM,         \
                          FAULT_SHORT)                                         \
    X(epoll_wait,         EBADF, EFAULT, EINTR, EINVAL, FAULT_SHORT)           \
    X(eventfd,            EINVAL, EMFILE, ENFILE, ENODEV, ENOMEM, EPERM)       \
    X(fcntl,              EBADF, EINVAL)                                       \
    X(fstat,              EBADF, ENOMEM, EOVERFLOW)                            \
    X(getaddrinfo,        EAGAIN, EIO, EMFILE, ENOENT, ENOMEM)                 \
    X(getpeername,        EBADF, EINVAL, ENOBUFS, ENOTCONN, ENOTSOCK)          \
    X(getsockname,        EBADF, EINVAL, ENOBUFS, ENOTSOCK)                    \
    X(getsockopt,         EBADF, EINVAL, ENOPROTOOPT, ENOTSOCK)                \
    X(if_indextoname,     ENXIO)                                               \
    X(if_nametoindex,     ENODEV)                                              \
    X(io_uring_enter2,    EAGAIN, EBADF, EBUSY, EINTR, ENOMEM, FAULT_SHORT)    \
    X(io_uring_queue_init_params,                                              \
                          EMFILE, ENFILE, ENOMEM, ENOSYS, EPERM, FAULT_SHORT)  \
    X(io_uring_register,  EBADFD, EINVAL, ENOMEM)                              \
    X(io_uring_register_files,                                                 \
                          EINVAL, EMFILE, ENOMEM)                              \
    X(isatty,             EBADF, ENOTTY)                                       \
    X(kevent,             EACCES, EINTR, ENOMEM, FAULT_SHORT)                  \
    X(kqueue,             EMFILE, ENFILE, ENOMEM)                              \
    X(kqueue1,            EINVAL, EMFILE, ENFILE, ENOMEM)                      \
    X(listen,             EADDRINUSE, EBADF, ENOTSOCK, EOPNOTSUPP)             \
    X(lstat,              EACCES, ELOOP, ENOENT, ENOMEM)                       \
    X(pipe,               EMFILE, ENFILE, EPERM)                               \
    X(pipe2,              EINVAL, EMFILE, ENFILE, EPERM)                       \
    X(poll,               EFAULT, EINTR, EINVAL, ENOMEM)                       \
    X(ppoll,              EFAULT, EINTR, EINVAL, ENOMEM)                       \
    X(pthread_atfork,     ENOMEM)                                              \
    X(pthread_cond_init,  EAGAIN, ENOMEM)                                      \
    X(pthread_create,     EAGAIN, EINVAL, EPERM)                               \
    X(pthread_key_create, EAGAIN, ENOMEM)                                      \
    X(pthread_mutex_init, EAGAIN, ENOMEM, EPERM)                               \
    X(pthread_setspecific,                                                     \
                          EINVAL, ENOMEM)                                      \
    X(read,               EAGAIN, EBADF, EINTR, EINVAL, EIO, FAULT_SHORT)      \
    X(recv,               EAGAIN, EBADF, ECONNRESET, EINTR, EINVAL, ENOMEM,    \
                          ENOTCONN, ETIMEDOUT, FAULT_SHORT)                    \
    X(recvmmsg,           EAGAIN, EBADF, ECONNREFUSED, EINTR, EINVAL, ENOMEM,  \
                          FAULT_SHORT)                                         \
    X(recvmsg,            EAGAIN, EBADF, ECONNREFUSED, EINTR, EINVAL, ENOMEM)  \
    X(sched_getaffinity,  EFAULT, EINVAL, EPERM)                               \
    X(sched_setaffinity,  EFAULT, EINVAL, EPERM, ESRCH)                        \
    X(send,               EACCES, EAGAIN, EBADF, ECONNRESET, EINTR, EINVAL,    \
                          ENOBUFS, ENOMEM, ENOTCONN, EPIPE, FAULT_SHORT)       \
    X(sendmmsg,           EACCES, EAGAIN, EBADF, ECONNREFUSED, EINTR, EINVAL,  \
                          EMSGSIZE, ENOMEM, FAULT_SHORT)                       \
    X(sendmsg,            EACCES, EAGAIN, EBADF, ECONNRESET, EINTR, EINVAL,    \
                          ENOBUFS, ENOMEM, EPIPE, FAULT_SHORT)                 \
    X(setsockopt,         EBADF, EINVAL, ENOMEM, ENOPROTOOPT, ENOTSOCK)        \
    X(shutdown,           EBADF, EINVAL, ENOTCONN, ENOTSOCK)                   \
    X(sigaction,          EINVAL)                                              \
    X(socket,             EACCES, EAFNOSUPPORT, EINVAL, EMFILE, ENFILE,        \
                          ENOBUFS, ENOMEM)                                     \
    X(stat,               EACCES, ELOOP, ENOENT, ENOMEM)                       \
    X(syscall,            EINVAL, EMFILE, ENFILE, ENODEV, ENOMEM, ENOSYS,      \
                          EPERM, ESRCH)                                        \
    X(unlink,             EACCES, EBUSY, EIO, ENOENT, EROFS)                   \
    X(waitid,             ECHILD, EINTR, EINVAL)                               \
    X(write,              EAGAIN, EBADF, EINTR, EINVAL, EIO, ENOSPC, EPIPE)    \
    X(writev,             EAGAIN, EBADF, EINTR, EINVAL, EIO, ENOSPC, EPIPE,    \
                          FAULT_SHORT)
/* clang-format on */

#endif /* SUPPORT_POSIX_FAULT_CALLS_H */
