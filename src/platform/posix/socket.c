/* SPDX-License-Identifier: MIT */
#include "platform/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

_Static_assert(IF_NAMESIZE <= RI_ZONE_SIZE, "there is room for every zone");

/* ---- Open and close ---- */

int ri_socket_make_ours(reactor_handle handle)
{
    int flags = fcntl(handle, F_GETFL);

    if (flags < 0 || fcntl(handle, F_SETFL, flags | O_NONBLOCK) != 0)
        return -errno;
    return 0;
}

#if !defined RI_HAVE_SOCK_CLOEXEC || !defined RI_HAVE_ACCEPT4
/* Before it is both, a fork in another thread may inherit it. */
static int make_new(int handle)
{
    if (fcntl(handle, F_SETFD, FD_CLOEXEC) != 0)
        return -errno;
    return ri_socket_make_ours(handle);
}
#endif

int ri_socket_open(const void *name, enum ri_socket_type type,
                   reactor_handle *out)
{
    int family = ((const struct sockaddr *)name)->sa_family;
    int native = type == RI_SOCKET_STREAM ? SOCK_STREAM : SOCK_DGRAM;
    int handle;

#ifdef RI_HAVE_SOCK_CLOEXEC
    handle = socket(family, native | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (handle < 0)
        return -errno;
#else
    int error;

    handle = socket(family, native, 0);
    if (handle < 0)
        return -errno;
    error = make_new(handle);
    if (error != 0) {
        close(handle);
        return error;
    }
#endif
    *out = handle;
    return 0;
}

/* Not again after EINTR: who has the number by then is not known. */
void ri_socket_close(reactor_handle handle)
{
    (void)close(handle);
}

/* ---- Listen ---- */

int ri_socket_bind(reactor_handle handle, const void *name, uint32_t size)
{
    return bind(handle, name, (socklen_t)size) == 0 ? 0 : -errno;
}

int ri_socket_listen(reactor_handle handle, uint32_t backlog)
{
    int most = INT32_MAX; /* listen(2): it is cut to what the system allows */

    if (backlog != 0 && backlog < (uint32_t)most)
        most = (int)backlog;
    return listen(handle, most) == 0 ? 0 : -errno;
}

static int get_option(reactor_handle handle, int option, int *value)
{
    socklen_t size = sizeof *value;

    return getsockopt(handle, SOL_SOCKET, option, value, &size) == 0 ? 0
                                                                     : -errno;
}

int ri_socket_is_listening(reactor_handle handle)
{
    int type = 0, listens = 1;
    int error = get_option(handle, SO_TYPE, &type);

    if (error != 0)
        return error;
    if (type != SOCK_STREAM)
        return -EINVAL;
#ifdef SO_ACCEPTCONN /* Darwin has the name, and answers ENOPROTOOPT */
    if (get_option(handle, SO_ACCEPTCONN, &listens) != 0)
        listens = 1;
#endif
    return listens != 0 ? 0 : -EINVAL;
}

static int native_accept(reactor_handle handle, struct sockaddr *name,
                         socklen_t *size)
{
#ifdef RI_HAVE_ACCEPT4
    return accept4(handle, name, size, SOCK_CLOEXEC | SOCK_NONBLOCK);
#else
    int accepted = accept(handle, name, size);

    if (accepted >= 0 && make_new(accepted) != 0) {
        int saved = errno;

        close(accepted);
        errno = saved;
        return -1;
    }
    return accepted;
#endif
}

/*
 * accept(2): on Linux errors that are pending on the new connection come from
 * here, and are to be treated like EAGAIN; EPERM is a firewall's, EPROTO of
 * systems with STREAMS.
 */
static int error_of_accept(reactor_handle handle, int error)
{
    switch (error) {
    case ECONNABORTED:
    case EPERM:
    case EPROTO:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
#ifdef ENONET
    case ENONET:
#endif
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case ECONNRESET:
    case ETIMEDOUT:
        return -ECONNABORTED;
    case EINVAL: /* BSD: gone before it was accepted; else it was shut down */
        return ri_socket_is_listening(handle) == 0 ? -ECONNABORTED : -EINVAL;
    case EWOULDBLOCK:
        return -EAGAIN;
    default:
        return -error;
    }
}

int ri_socket_accept(reactor_handle handle, reactor_handle *out, void *name,
                     uint32_t *size)
{
    socklen_t length = (socklen_t)*size;
    int accepted;

    do
        accepted = native_accept(handle, name, &length);
    while (accepted < 0 && errno == EINTR);
    if (accepted < 0)
        return error_of_accept(handle, errno);
    *out = accepted;
    *size = length <= sizeof(sa_family_t) ? 0 : (uint32_t)length;
    return 0;
}

/* ---- Connect ---- */

/*
 * An interrupted call goes on in the background (connect(2), POSIX). Of a Unix
 * socket EAGAIN means that the listener's backlog is full, and nothing goes on.
 */
int ri_socket_connect(reactor_handle handle, const void *name, uint32_t size)
{
    if (connect(handle, name, (socklen_t)size) == 0)
        return 0;
    return errno == EINTR ? -EINPROGRESS : -errno;
}

int ri_socket_error(reactor_handle handle)
{
    int error = 0;
    int failure = get_option(handle, SO_ERROR, &error);

    return failure != 0 ? failure : -error;
}

/* ---- Options ---- */

static int set(reactor_handle handle, int level, int option, int value)
{
    return setsockopt(handle, level, option, &value, sizeof value) == 0
               ? 0
               : -errno;
}

static int set_shared(reactor_handle handle, int value)
{
#if defined SO_REUSEPORT_LB /* FreeBSD: the plain one does not spread */
    return set(handle, SOL_SOCKET, SO_REUSEPORT_LB, value);
#elif defined __linux__ || defined __DragonFly__
    return set(handle, SOL_SOCKET, SO_REUSEPORT, value);
#else
    (void)handle;
    (void)value;
    return -ENOTSUP;
#endif
}

static int set_reset_at_close(reactor_handle handle, bool value)
{
    struct linger linger = {.l_onoff = value, .l_linger = 0};

    return setsockopt(handle, SOL_SOCKET, SO_LINGER, &linger, sizeof linger) ==
                   0
               ? 0
               : -errno;
}

/* ip(7) and ipv6(7); both for a socket that takes both. */
static int set_tell_errors(reactor_handle handle, int value)
{
#ifdef RI_HAVE_IP_RECVERR
    int error = set(handle, IPPROTO_IPV6, IPV6_RECVERR, value);
    int other = set(handle, IPPROTO_IP, IP_RECVERR, value);

    return error == 0 || other == 0 ? 0 : other;
#else
    (void)handle;
    (void)value;
    return -ENOTSUP;
#endif
}

int ri_socket_set(reactor_handle handle, enum ri_socket_option option,
                  bool value)
{
    switch (option) {
    case RI_SOCKET_REUSE_ADDRESS:
        return set(handle, SOL_SOCKET, SO_REUSEADDR, value);
    case RI_SOCKET_SHARED:
        return set_shared(handle, value);
    case RI_SOCKET_IPV6_ONLY:
        return set(handle, IPPROTO_IPV6, IPV6_V6ONLY, value);
    case RI_SOCKET_NO_DELAY:
        return set(handle, IPPROTO_TCP, TCP_NODELAY, value);
    case RI_SOCKET_KEEP_ALIVE:
        return set(handle, SOL_SOCKET, SO_KEEPALIVE, value);
    case RI_SOCKET_BROADCAST:
        return set(handle, SOL_SOCKET, SO_BROADCAST, value);
    case RI_SOCKET_RESET_AT_CLOSE:
        return set_reset_at_close(handle, value);
    case RI_SOCKET_TELL_ERRORS:
        return set_tell_errors(handle, value);
    }
    return -ENOTSUP;
}

/* ---- Names ---- */

/* A Unix socket without a name has its family only, or not even that. */
static int result_of_name(int result, socklen_t length, uint32_t *size)
{
    if (result != 0)
        return -errno;
    *size = length <= sizeof(sa_family_t) ? 0 : (uint32_t)length;
    return 0;
}

int ri_socket_name(reactor_handle handle, void *name, uint32_t *size)
{
    socklen_t length = (socklen_t)*size;
    int result = getsockname(handle, name, &length);

    return result_of_name(result, length, size);
}

int ri_socket_peer(reactor_handle handle, void *name, uint32_t *size)
{
    socklen_t length = (socklen_t)*size;
    int result = getpeername(handle, name, &length);

    return result_of_name(result, length, size);
}

/* ---- Zones ---- */

uint32_t ri_zone_parse(const char *text)
{
    return if_nametoindex(text);
}

void ri_zone_format(uint32_t zone, char *text)
{
    if (if_indextoname(zone, text) == NULL)
        (void)snprintf(text, RI_ZONE_SIZE, "%u", (unsigned)zone);
}

/* ---- Paths ---- */

int ri_socket_remove_path(const void *name, uint32_t size)
{
    const struct sockaddr_un *path = name;
    struct stat status;
    bool is_used;
    int error;

    if (path->sun_family != AF_UNIX || path->sun_path[0] == '\0')
        return -EINVAL;
    if (lstat(path->sun_path, &status) != 0)
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISSOCK(status.st_mode))
        return -EADDRINUSE;
    error = ri_name_is_listened_to(name, size, &is_used);
    if (error != 0)
        return error;
    if (is_used)
        return -EADDRINUSE;
    return unlink(path->sun_path) == 0 || errno == ENOENT ? 0 : -errno;
}
