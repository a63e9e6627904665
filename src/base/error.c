/* SPDX-License-Identifier: MIT */
/*
 * The library's errors in words. strerror(3) is neither thread-safe nor the
 * same on every system; this table is both.
 */
#include <reactor.h>

#include <errno.h>

#define ERRORS(X)                                                              \
    X(EACCES, "permission denied")                                             \
    X(EADDRINUSE, "address in use")                                            \
    X(EADDRNOTAVAIL, "address not available")                                  \
    X(EAFNOSUPPORT, "address family not supported")                            \
    X(EAGAIN, "not now, try again")                                            \
    X(EALREADY, "under way already")                                           \
    X(EBADF, "not an open handle")                                             \
    X(EBUSY, "busy: another thread is waiting, or a reactor is open")          \
    X(ECANCELED, "canceled, or shut down")                                     \
    X(ECHILD, "inherited through fork, reactor_after_fork() was not called")   \
    X(ECONNABORTED, "connection aborted")                                      \
    X(ECONNREFUSED, "connection refused")                                      \
    X(ECONNRESET, "connection reset by the peer")                              \
    X(EDEADLK, "would deadlock")                                               \
    X(EDESTADDRREQ, "a destination is missing")                                \
    X(EEXIST, "registered already")                                            \
    X(EFAULT, "bad address")                                                   \
    X(EHOSTUNREACH, "host unreachable")                                        \
    X(EINPROGRESS, "in progress")                                              \
    X(EINTR, "interrupted by a signal")                                        \
    X(EINVAL, "invalid argument")                                              \
    X(EIO, "input/output error")                                               \
    X(EISCONN, "connected already")                                            \
    X(ELOOP, "a cycle, or too deep a nesting, of reactors")                    \
    X(EMFILE, "no descriptor left in the process")                             \
    X(EMSGSIZE, "message too long")                                            \
    X(ENAMETOOLONG, "name too long")                                           \
    X(ENETDOWN, "network down")                                                \
    X(ENETUNREACH, "network unreachable")                                      \
    X(ENFILE, "no descriptor left in the system")                              \
    X(ENOBUFS, "no buffer space")                                              \
    X(ENODEV, "no such device")                                                \
    X(ENOENT, "not registered, or not found")                                  \
    X(ENOMEM, "out of memory")                                                 \
    X(ENOPROTOOPT, "protocol option not available")                            \
    X(ENOSPC, "no space, or the limit on watched handles is reached")          \
    X(ENOSYS, "not supported by this build or system")                         \
    X(ENOTCONN, "not connected")                                               \
    X(ENOTSOCK, "not a socket")                                                \
    X(ENOTSUP, "this backend or system cannot do that")                        \
    X(EPERM, "the handle cannot be waited for, or it is not permitted")        \
    X(EPIPE, "the other end, or this one, is closed")                          \
    X(EPROTONOSUPPORT, "protocol not supported")                               \
    X(EPROTOTYPE, "wrong protocol for the socket")                             \
    X(ERANGE, "out of range")                                                  \
    X(ETIMEDOUT, "timed out")

const char *reactor_strerror(int error)
{
    /* EWOULDBLOCK and EOPNOTSUPP are left out: often the same numbers. */
    switch (error) {
    case 0:
        return "success";
#define WORDS(name, words)                                                     \
    case -(name):                                                              \
        return #name ": " words;
        ERRORS(WORDS)
#undef WORDS
    default:
        return "unknown error";
    }
}
