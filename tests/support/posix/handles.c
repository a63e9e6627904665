/* SPDX-License-Identifier: MIT */
#include "support/handles.h"

#include "support/claim.h"
#include "support/expect.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/eventfd.h>
#endif

#define HANDLES_MAX 20000

static int prepare(int handle)
{
    assert_true(handle >= 0);
    assert_ok(fcntl(handle, F_SETFD, FD_CLOEXEC));
    assert_ok(fcntl(handle, F_SETFL, fcntl(handle, F_GETFL) | O_NONBLOCK));
    return handle;
}

/* Until poll(2) says one of the events, or hang-up, or error. */
static void until(int handle, int events)
{
    struct pollfd polled = {.fd = handle, .events = (short)events};

    assert_int_equal(poll(&polled, 1, PATIENCE_MS), 1);
}

/* ---- Making ---- */

struct pair stream_pair(void)
{
    int ends[2];

    assert_ok(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    return (struct pair){prepare(ends[0]), prepare(ends[1])};
}

static struct sockaddr_in loopback(unsigned port)
{
    struct sockaddr_in address;

    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/* Bound to a port of its own, which nobody listens on so far. */
static struct listener bind_any(int type)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof(address);
    int handle = prepare(socket(AF_INET, type, 0));

    assert_ok(bind(handle, (struct sockaddr *)&address, size));
    assert_ok(getsockname(handle, (struct sockaddr *)&address, &size));
    return (struct listener){handle, ntohs(address.sin_port)};
}

/* Returns when it has succeeded or failed. */
static int try_to_connect(const struct listener *listener)
{
    struct sockaddr_in address = loopback(listener->port);
    int handle = prepare(socket(AF_INET, SOCK_STREAM, 0));

    assert_true(connect(handle, (struct sockaddr *)&address, sizeof(address)) ==
                    0 ||
                errno == EINPROGRESS);
    until(handle, POLLOUT);
    return handle;
}

struct listener open_listener(void)
{
    struct listener listener = bind_any(SOCK_STREAM);

    assert_ok(listen(listener.handle, 128));
    return listener;
}

reactor_handle connect_to(const struct listener *listener)
{
    return try_to_connect(listener);
}

reactor_handle refused_connection(void)
{
    struct listener deaf = bind_any(SOCK_STREAM);
    int handle = try_to_connect(&deaf);

    close(deaf.handle);
    return handle;
}

/* A datagram socket that is connected takes datagrams of its peer only. */
bool deaf_datagram_pair(struct pair *out)
{
    struct listener deaf = bind_any(SOCK_DGRAM);
    struct sockaddr_in address = loopback(deaf.port);
    int handle = prepare(socket(AF_INET, SOCK_DGRAM, 0));

    assert_ok(
        connect(deaf.handle, (struct sockaddr *)&address, sizeof(address)));
    assert_ok(connect(handle, (struct sockaddr *)&address, sizeof(address)));
    *out = (struct pair){handle, deaf.handle};
    return true;
}

struct pair tcp_pair(void)
{
    struct listener listener = open_listener();
    int mine = try_to_connect(&listener);
    int peer;

    until(listener.handle, POLLIN);
    peer = accept(listener.handle, NULL, NULL);
    close(listener.handle);
    return (struct pair){mine, prepare(peer)};
}

bool pipe_to_read(struct pair *out)
{
    int ends[2];

    assert_ok(pipe(ends));
    *out = (struct pair){prepare(ends[0]), prepare(ends[1])};
    return true;
}

bool pipe_to_write(struct pair *out)
{
    pipe_to_read(out);
    *out = (struct pair){out->peer, out->mine};
    return true;
}

bool terminal_pair(struct pair *out)
{
    int peer = posix_openpt(O_RDWR | O_NOCTTY);
    struct termios mode;
    int mine;

    if (peer < 0)
        return false;
    assert_ok(grantpt(peer));
    assert_ok(unlockpt(peer));
    mine = open(ptsname(peer), O_RDWR | O_NOCTTY);
    *out = (struct pair){prepare(mine), prepare(peer)};
    assert_ok(tcgetattr(mine, &mode));
    mode.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    assert_ok(tcsetattr(mine, TCSANOW, &mode));
    return true;
}

bool anonymous_handle(reactor_handle *out)
{
#ifdef __linux__
    *out = prepare(eventfd(1, 0));
    return true;
#else
    (void)out;
    return false;
#endif
}

reactor_handle duplicate(reactor_handle handle)
{
    return prepare(dup(handle));
}

bool move_to_number(reactor_handle object, reactor_handle number)
{
    assert_int_equal(dup2(object, number), number);
    close(object);
    prepare(number);
    return true;
}

reactor_handle nth_number(size_t n)
{
    return (reactor_handle)n;
}

reactor_handle highest_number(void)
{
    return INT_MAX;
}

reactor_handle closed_handle(void)
{
    int handle = dup(STDERR_FILENO);

    assert_true(handle >= 0);
    close(handle);
    return handle;
}

/* The first block device that may be opened, or -1. */
static int open_block_device(void)
{
    DIR *devices = opendir("/dev");
    struct dirent *entry;
    int handle = -1;

    while (devices != NULL && handle < 0 && (entry = readdir(devices))) {
        struct stat status;

        if (fstatat(dirfd(devices), entry->d_name, &status, 0) == 0 &&
            S_ISBLK(status.st_mode))
            handle = openat(dirfd(devices), entry->d_name,
                            O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    }
    if (devices != NULL)
        closedir(devices);
    return handle;
}

static int open_regular_file(void)
{
    char path[] = "/tmp/reactor-test-XXXXXX";
    int handle = mkstemp(path);

    assert_true(handle >= 0);
    unlink(path);
    return handle;
}

size_t open_unpollable(struct named_handle *out, size_t room)
{
    const struct named_handle all[] = {
        {"regular file", open_regular_file()},
        {"directory", open("/", O_RDONLY | O_CLOEXEC)},
        {"null device", open("/dev/null", O_RDWR | O_CLOEXEC)},
        {"block device", open_block_device()},
    };
    size_t count = 0;
    size_t i;

    assert_true(room >= COUNT_OF(all));
    for (i = 0; i < COUNT_OF(all); i++) {
        if (all[i].handle >= 0)
            out[count++] = all[i];
        else
            print_message("no %s here\n", all[i].name);
    }
    return count;
}

/* ---- Changing ---- */

void close_handle(reactor_handle handle)
{
    assert_ok(close(handle));
}

void close_pair(const struct pair *pair)
{
    close_handle(pair->mine);
    if (pair->peer != REACTOR_INVALID_HANDLE)
        close_handle(pair->peer);
}

void retire_pair(struct reactor *reactor, const struct pair *pair)
{
    assert_ok(reactor_deregister(reactor, pair->mine));
    close_pair(pair);
}

void send_byte(reactor_handle from)
{
    assert_int_equal(write(from, "x", 1), 1);
}

void send_priority(reactor_handle from)
{
    assert_int_equal(send(from, "!", 1, MSG_OOB), 1);
}

size_t fill(reactor_handle handle)
{
    static const char block[4096];
    size_t total = 0;
    ssize_t count;

    while ((count = write(handle, block, sizeof(block))) > 0)
        total += (size_t)count;
    assert_int_equal(errno, EAGAIN);
    return total;
}

size_t drain(reactor_handle handle)
{
    char block[65536];
    size_t total = 0;
    ssize_t count;

    while ((count = read(handle, block, sizeof(block))) > 0)
        total += (size_t)count;
    return total;
}

bool is_at_end(reactor_handle handle)
{
    char byte;

    return read(handle, &byte, 1) == 0;
}

void shut_writing(struct pair *pair)
{
    assert_ok(shutdown(pair->peer, SHUT_WR));
    until(pair->mine, POLLIN);
}

void shut_own(struct pair *pair)
{
    assert_ok(shutdown(pair->mine, SHUT_RDWR));
}

void close_peer(struct pair *pair)
{
    close_handle(pair->peer);
    pair->peer = REACTOR_INVALID_HANDLE;
    until(pair->mine, POLLIN);
}

void reset_by_peer(struct pair *tcp)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    assert_ok(setsockopt(tcp->peer, SOL_SOCKET, SO_LINGER, &at_once,
                         sizeof(at_once)));
    close_peer(tcp);
}

void be_refused(struct pair *datagram)
{
    send_byte(datagram->mine);
    until(datagram->mine, 0);
}

/* ---- Looking ---- */

bool ends_overtake_data(void)
{
    return true;
}

bool closing_ends_both(void)
{
    return true;
}

bool full_stays_full(void)
{
    return true;
}

bool own_shutdown_is_seen(void)
{
    return true;
}

bool is_readable(reactor_handle handle)
{
    struct pollfd polled = {.fd = handle, .events = POLLIN};

    return poll(&polled, 1, 0) == 1 && (polled.revents & POLLIN);
}

static int handle_limit(void)
{
    struct rlimit limit;

    assert_ok(getrlimit(RLIMIT_NOFILE, &limit));
    return limit.rlim_cur < HANDLES_MAX ? (int)limit.rlim_cur : HANDLES_MAX;
}

size_t list_open_handles(reactor_handle *out, size_t room)
{
    int limit = handle_limit();
    size_t count = 0;
    int handle;

    for (handle = 0; handle < limit; handle++)
        if (fcntl(handle, F_GETFD) >= 0) {
            if (count < room)
                out[count] = handle;
            count++;
        }
    return count;
}

size_t count_open_handles(void)
{
    return list_open_handles(NULL, 0);
}

size_t usable_handles(void)
{
    return (size_t)handle_limit() - count_open_handles();
}
