/* SPDX-License-Identifier: MIT */
/*
 * Streams: sockets, and pipes and terminals. To the latter, write(2) is all
 * there is, which raises SIGPIPE when nobody reads any more; it is blocked in
 * this thread for the time of the call, and taken away if it came.
 */
#include "base/compiler.h"
#include "platform/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL /* Darwin: SO_NOSIGPIPE, which adopt() sets */
#define MSG_NOSIGNAL 0
#endif

/* ---- Adopt ---- */

static int inspect_socket(reactor_handle handle, int type,
                          struct ri_stream_traits *traits)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;

    if (type != SOCK_STREAM)
        return -EPERM;
    if (getpeername(handle, (struct sockaddr *)&peer, &size) != 0 &&
        errno != EINVAL) /* Darwin: it has been shut down */
        return -errno;
    *traits = (struct ri_stream_traits){
        .is_socket = true, .can_read = true, .can_write = true};
    return 0;
}

static bool is_stream(const struct stat *status)
{
    return S_ISFIFO(status->st_mode) || S_ISCHR(status->st_mode);
}

static int inspect_other(reactor_handle handle, int flags,
                         struct ri_stream_traits *traits)
{
    int mode = flags & O_ACCMODE;
    struct stat status;

    if (fstat(handle, &status) != 0)
        return -errno;
    if (S_ISSOCK(status.st_mode))
        return -ENOTSOCK; /* the system contradicts itself */
    if (!is_stream(&status))
        return -EPERM;
    *traits = (struct ri_stream_traits){
        .can_read = mode != O_WRONLY,
        .can_write = mode != O_RDONLY,
        .was_blocking = (flags & O_NONBLOCK) == 0,
    };
    return 0;
}

/* Most are sockets, which are asked about with fewest calls. */
static int inspect(reactor_handle handle, int flags,
                   struct ri_stream_traits *traits)
{
    int type = 0;
    socklen_t size = sizeof type;

    if (getsockopt(handle, SOL_SOCKET, SO_TYPE, &type, &size) == 0)
        return inspect_socket(handle, type, traits);
    return errno == ENOTSOCK ? inspect_other(handle, flags, traits) : -errno;
}

static void silence(reactor_handle handle)
{
#ifdef SO_NOSIGPIPE
    (void)setsockopt(handle, SOL_SOCKET, SO_NOSIGPIPE, &(int){1}, sizeof(int));
#else
    (void)handle;
#endif
}

int ri_stream_adopt(reactor_handle handle, struct ri_stream_traits *out)
{
    struct ri_stream_traits traits = {0};
    int flags = fcntl(handle, F_GETFL);
    int error;

    if (flags < 0)
        return -errno;
    error = inspect(handle, flags, &traits);
    if (error != 0)
        return error;
    if (traits.is_socket)
        silence(handle);
    if ((flags & O_NONBLOCK) == 0 &&
        fcntl(handle, F_SETFL, flags | O_NONBLOCK) != 0)
        return -errno;
    *out = traits;
    return 0;
}

void ri_stream_adopt_own(reactor_handle handle, struct ri_stream_traits *out)
{
    silence(handle);
    *out = (struct ri_stream_traits){
        .is_socket = true, .can_read = true, .can_write = true};
}

void ri_stream_give_back(reactor_handle handle,
                         const struct ri_stream_traits *traits)
{
    int flags;

    if (!traits->was_blocking)
        return;
    flags = fcntl(handle, F_GETFL);
    if (flags >= 0)
        (void)fcntl(handle, F_SETFL, flags & ~O_NONBLOCK);
}

/* ---- Read ---- */

/* Interrupted: who waits for readiness is told again. */
RI_NEVER_INLINE
static ptrdiff_t error_of_read(void)
{
    return errno == EWOULDBLOCK || errno == EINTR ? -EAGAIN : -errno;
}

RI_NEVER_INLINE
static ptrdiff_t read_other(reactor_handle handle, void *bytes, size_t size)
{
    ssize_t count = read(handle, bytes, size);
    ptrdiff_t error;

    if (count >= 0)
        return count;
    error = error_of_read(); /* isatty() has its own */
    /* A terminal without anybody at its other side has come to its end. */
    return error == -EIO && isatty(handle) ? 0 : error;
}

ptrdiff_t ri_stream_read(reactor_handle handle, bool is_socket, void *bytes,
                         size_t size)
{
    ssize_t count;

    if (!is_socket)
        return read_other(handle, bytes, size);
    count = recv(handle, bytes, size, 0);
    return count >= 0 ? count : error_of_read();
}

/* ---- Write ---- */

struct pipe_guard {
    sigset_t former;
    bool was_pending;
};

static void pipe_set(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGPIPE);
}

static void guard(struct pipe_guard *guard)
{
    sigset_t pending, pipe;

    pipe_set(&pipe);
    sigemptyset(&pending);
    (void)sigpending(&pending);
    guard->was_pending = sigismember(&pending, SIGPIPE) == 1;
    (void)pthread_sigmask(SIG_BLOCK, &pipe, &guard->former);
}

/* The signal is this thread's own: it is pending already, and sigwait(3) does
   not wait. */
static void take_pipe_signal(void)
{
    sigset_t pending, pipe;
    int number;

    sigemptyset(&pending);
    (void)sigpending(&pending);
    if (sigismember(&pending, SIGPIPE) != 1)
        return; /* it is ignored */
    pipe_set(&pipe);
    (void)sigwait(&pipe, &number);
}

static void unguard(const struct pipe_guard *guard, ssize_t count)
{
    int saved = errno;

    if (count < 0 && saved == EPIPE && !guard->was_pending)
        take_pipe_signal();
    (void)pthread_sigmask(SIG_SETMASK, &guard->former, NULL);
    errno = saved;
}

static ssize_t write_other(reactor_handle handle, const struct iovec *pieces,
                           int count)
{
    struct pipe_guard state;
    ssize_t written;

    guard(&state);
    written = writev(handle, pieces, count);
    unguard(&state, written);
    return written;
}

_Static_assert(RI_PIECES_MAX <= UCHAR_MAX, "their number fits a byte");

static ssize_t send_pieces(reactor_handle handle, struct iovec *pieces,
                           int count)
{
    struct msghdr message = {.msg_iov = pieces};

    message.msg_iovlen = (unsigned char)count; /* whatever its type */
    return sendmsg(handle, &message, MSG_NOSIGNAL);
}

/* Interrupted, or on loopback out of buffers: there is room later. */
RI_NEVER_INLINE
static ptrdiff_t error_of_write(void)
{
    return errno == EWOULDBLOCK || errno == EINTR || errno == ENOBUFS ? -EAGAIN
                                                                      : -errno;
}

static ptrdiff_t result_of_write(ssize_t written)
{
    return written >= 0 ? written : error_of_write();
}

/* const is lost: struct iovec is for reading, too. */
static struct iovec vector_of(const void *bytes, size_t size)
{
    struct iovec vector = {.iov_base = NULL, .iov_len = size};
    union {
        const void *in;
        void *out;
    } place = {.in = bytes};

    vector.iov_base = place.out;
    return vector;
}

RI_NEVER_INLINE
static ptrdiff_t write_bytes_to_other(reactor_handle handle, const void *bytes,
                                      size_t size)
{
    struct iovec vector = vector_of(bytes, size);

    return result_of_write(write_other(handle, &vector, 1));
}

ptrdiff_t ri_stream_write(reactor_handle handle, bool is_socket,
                          const void *bytes, size_t size)
{
    if (!is_socket)
        return write_bytes_to_other(handle, bytes, size);
    return result_of_write(send(handle, bytes, size, MSG_NOSIGNAL));
}

ptrdiff_t ri_stream_write_pieces(reactor_handle handle, bool is_socket,
                                 const struct ri_piece *pieces, int count)
{
    struct iovec vectors[RI_PIECES_MAX];
    int i;

    for (i = 0; i < count; i++)
        vectors[i] = vector_of(pieces[i].bytes, pieces[i].size);
    return result_of_write(is_socket ? send_pieces(handle, vectors, count)
                                     : write_other(handle, vectors, count));
}

int ri_stream_finish(reactor_handle handle)
{
    return shutdown(handle, SHUT_WR) == 0 ? 0 : -errno;
}
