/* SPDX-License-Identifier: MIT */
#include "support/handles.h"

#include "support/claim.h"
#include "support/expect.h"
#include "support/process.h"
#include "support/sockets.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/eventfd.h>
#endif
#if defined(__has_include)
#if __has_include(<sys/event.h>)
#include <sys/types.h>

#include <sys/event.h>
#endif
#endif

#define HANDLES_MAX 20000

static int prepare(int handle)
{
    assert_true(handle >= 0);
    assert_ok(fcntl(handle, F_SETFD, FD_CLOEXEC));
    assert_ok(fcntl(handle, F_SETFL, fcntl(handle, F_GETFL) | O_NONBLOCK));
    return handle;
}

/* ---- Sockets: what sockets.c asks for ---- */

reactor_handle open_socket(int type)
{
    return prepare(socket(AF_INET, type, 0));
}

reactor_handle prepare_accepted(reactor_handle stream)
{
    return prepare(stream);
}

bool is_connecting(void)
{
    return errno == EINPROGRESS;
}

/* Until poll(2) says one of the events, or hang-up, or error. */
static void until(int handle, int events)
{
    struct pollfd polled = {.fd = handle, .events = (short)events};

    assert_int_equal(poll(&polled, 1, PATIENCE_MS), 1);
}

void until_readable(reactor_handle handle)
{
    until(handle, POLLIN);
}

void until_connected(reactor_handle handle)
{
    until(handle, POLLOUT);
}

void until_ended(reactor_handle handle)
{
    until(handle, POLLIN);
}

void until_failed(reactor_handle handle)
{
    until(handle, 0);
}

/* ---- Making ---- */

struct pair stream_pair(void)
{
    int ends[2];

    assert_ok(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    return (struct pair){prepare(ends[0]), prepare(ends[1])};
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

void send_byte(reactor_handle from)
{
    assert_int_equal(write(from, "x", 1), 1);
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

static bool has_kqueue(void)
{
    return strcmp(reactor_backend_name(), "kqueue") == 0;
}

/* The BSDs have neither an EV_EOF nor a POLLERR for it. */
bool refusals_are_told(void)
{
#ifdef __linux__
    return !has_kqueue();
#else
    return false;
#endif
}

bool resets_are_told(void)
{
    return true;
}

bool closing_forgets(void)
{
    return has_kqueue();
}

bool pipes_take_priority(void)
{
    return !has_kqueue();
}

/* EV_DISPATCH is, EV_ONESHOT is not. */
bool oneshots_are_looked_at(void)
{
#if defined(EV_ONESHOT) && !defined(EV_DISPATCH)
    return !has_kqueue();
#else
    return true;
#endif
}

bool nesting_looks_again(void)
{
    return !has_kqueue();
}

bool is_readable(reactor_handle handle)
{
    struct pollfd polled = {.fd = handle, .events = POLLIN};

    return poll(&polled, 1, 0) == 1 && (polled.revents & POLLIN);
}

/* getrlimit(2) may promise more than macOS and FreeBSD give a process. */
static int handle_limit(void)
{
    int limit = getdtablesize();

    return limit < HANDLES_MAX ? limit : HANDLES_MAX;
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

size_t count_inheritable_handles(void)
{
    int limit = handle_limit();
    size_t count = 0;
    int handle;

    for (handle = 0; handle < limit; handle++) {
        int flags = fcntl(handle, F_GETFD);

        if (flags >= 0 && (flags & FD_CLOEXEC) == 0)
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
