/* SPDX-License-Identifier: MIT */
#include "support/handles.h"

#include "support/claim.h"
#include "support/expect.h"
#include "support/sockets.h"

#include <string.h>

/* What Wine's server keeps up with. */
#define HANDLES_MAX 2000

#define NUMBER_STEP 4

/* Numbers are looked at up to this many beyond the highest of ours. */
#define SPARE_NUMBERS (256 * NUMBER_STEP)

static SOCKET highest;

static SOCKET prepare(SOCKET handle)
{
    u_long yes = 1;

    assert_true(handle != INVALID_SOCKET);
    assert_true(SetHandleInformation((HANDLE)handle, HANDLE_FLAG_INHERIT, 0));
    assert_ok(ioctlsocket(handle, (long)FIONBIO, &yes));
    if (handle > highest)
        highest = handle;
    return handle;
}

/* A low number, for move_to_number(). */
static HANDLE reserved;

static HANDLE open_event(void)
{
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);

    assert_non_null(event);
    return event;
}

/* Once for the process, which ends with its own sockets open. */
static void start_winsock(void)
{
    WSADATA data;

    if (reserved != NULL)
        return;
    reserved = open_event();
    assert_ok(WSAStartup(MAKEWORD(2, 2), &data));
}

/* ---- Sockets: what sockets.c asks for ---- */

/* A byte that is sent is not kept back until others are acknowledged. */
static SOCKET send_at_once(SOCKET stream)
{
    int yes = 1;

    assert_ok(setsockopt(stream, IPPROTO_TCP, TCP_NODELAY, (const char *)&yes,
                         sizeof(yes)));
    return stream;
}

reactor_handle open_socket(int type)
{
    SOCKET handle;

    start_winsock();
    handle = prepare(socket(AF_INET, type, 0));
    return type == SOCK_STREAM ? send_at_once(handle) : handle;
}

reactor_handle prepare_accepted(reactor_handle stream)
{
    return send_at_once(prepare(stream));
}

bool is_connecting(void)
{
    return WSAGetLastError() == WSAEWOULDBLOCK;
}

void until_readable(reactor_handle handle)
{
    struct timeval patience = {PATIENCE_MS / 1000, 0};
    fd_set reading;

    FD_ZERO(&reading);
    FD_SET(handle, &reading);
    assert_int_equal(select(0, &reading, NULL, NULL, &patience), 1);
}

/* A refusal is what select() calls an exception. */
void until_connected(reactor_handle handle)
{
    struct timeval patience = {PATIENCE_MS / 1000, 0};
    fd_set writing, failing;

    FD_ZERO(&writing);
    FD_ZERO(&failing);
    FD_SET(handle, &writing);
    FD_SET(handle, &failing);
    assert_int_equal(select(0, NULL, &writing, &failing, &patience), 1);
}

void until_failed(reactor_handle handle)
{
    until_readable(handle);
}

static bool is_wine(void)
{
    return GetProcAddress(GetModuleHandleA("ntdll"), "wine_get_version") !=
           NULL;
}

/* The end is readable; so is what was sent before it, which is not enough. */
void until_ended(reactor_handle handle)
{
    int64_t end = reactor_now_ns() + (int64_t)PATIENCE_MS * 1000000;
    WSAPOLLFD polled = {.fd = handle, .events = POLLRDNORM};

    if (!ends_overtake_data()) {
        until_readable(handle);
        return;
    }
    do {
        assert_true(reactor_now_ns() < end);
        assert_int_equal(WSAPoll(&polled, 1, PATIENCE_MS), 1);
    } while ((polled.revents & (POLLHUP | POLLERR)) == 0);
}

/* ---- Making ---- */

struct pair stream_pair(void)
{
    return tcp_pair();
}

bool pipe_to_read(struct pair *out)
{
    (void)out;
    return false;
}

bool pipe_to_write(struct pair *out)
{
    (void)out;
    return false;
}

bool terminal_pair(struct pair *out)
{
    (void)out;
    return false;
}

/* A datagram socket that has sent to itself. */
bool anonymous_handle(reactor_handle *out)
{
    struct listener own = bind_any(SOCK_DGRAM);
    struct sockaddr_in address = loopback(own.port);

    assert_ok(
        connect(own.handle, (struct sockaddr *)&address, sizeof(address)));
    send_byte(own.handle);
    *out = own.handle;
    return true;
}

reactor_handle duplicate(reactor_handle handle)
{
    WSAPROTOCOL_INFOW info;

    assert_ok(WSADuplicateSocketW(handle, GetCurrentProcessId(), &info));
    return prepare(WSASocketW(info.iAddressFamily, info.iSocketType,
                              info.iProtocol, &info, 0, WSA_FLAG_OVERLAPPED));
}

/* Occupies numbers until it has this one; how many. */
static size_t occupy_up_to(reactor_handle number, HANDLE *out, size_t room)
{
    size_t count = 0;

    do
        out[count] = open_event();
    while ((reactor_handle)out[count++] != number && count < room);
    return count;
}

static bool is_socket(reactor_handle handle)
{
    int type;
    int size = sizeof(type);

    return getsockopt(handle, SOL_SOCKET, SO_TYPE, (char *)&type, &size) == 0;
}

/*
 * A system that likes low numbers gives out the one that was let go of last. To
 * duplicate a socket, it opens the process on the way, which takes the reserved
 * one.
 */
bool move_to_number(reactor_handle object, reactor_handle number)
{
    static HANDLE occupied[HANDLES_MAX];
    HANDLE self = GetCurrentProcess();
    reactor_handle moved;
    HANDLE twin;
    size_t count;
    DWORD flags;

    if (GetHandleInformation((HANDLE)number, &flags))
        close_handle(number);
    count = occupy_up_to(number, occupied, COUNT_OF(occupied));
    CloseHandle(occupied[--count]);
    if (is_socket(object)) {
        CloseHandle(reserved);
        moved = duplicate(object);
        reserved = open_event();
    } else {
        assert_true(DuplicateHandle(self, (HANDLE)object, self, &twin, 0, FALSE,
                                    DUPLICATE_SAME_ACCESS));
        moved = (reactor_handle)twin;
    }
    while (count > 0)
        CloseHandle(occupied[--count]);
    close_handle(moved == number ? object : moved);
    return moved == number;
}

reactor_handle nth_number(size_t n)
{
    return n * NUMBER_STEP;
}

reactor_handle highest_number(void)
{
    return nth_number(INTPTR_MAX / NUMBER_STEP);
}

reactor_handle closed_handle(void)
{
    SOCKET handle = open_socket(SOCK_STREAM);

    close_handle(handle);
    return handle;
}

static reactor_handle open_regular_file(void)
{
    char folder[MAX_PATH], path[MAX_PATH];

    assert_true(GetTempPathA(sizeof(folder), folder) > 0);
    assert_true(GetTempFileNameA(folder, "rct", 0, path) > 0);
    return (reactor_handle)CreateFileA(path, GENERIC_READ | GENERIC_WRITE, 0,
                                       NULL, OPEN_EXISTING,
                                       FILE_FLAG_DELETE_ON_CLOSE, NULL);
}

static reactor_handle open_null_device(void)
{
    return (reactor_handle)CreateFileA("NUL", GENERIC_READ | GENERIC_WRITE, 0,
                                       NULL, OPEN_EXISTING, 0, NULL);
}

/* One end of a pipe, the other one closed. */
static reactor_handle open_pipe(void)
{
    HANDLE reader, writer;

    assert_true(CreatePipe(&reader, &writer, NULL, 0));
    CloseHandle(writer);
    return (reactor_handle)reader;
}

size_t open_unpollable(struct named_handle *out, size_t room)
{
    const struct named_handle all[] = {
        {"regular file", open_regular_file()},
        {"null device", open_null_device()},
        {"pipe", open_pipe()},
    };

    assert_true(room >= COUNT_OF(all));
    memcpy(out, all, sizeof(all));
    return COUNT_OF(all);
}

/* ---- Changing ---- */

void close_handle(reactor_handle handle)
{
    if (closesocket(handle) == 0)
        return;
    assert_int_equal(WSAGetLastError(), WSAENOTSOCK);
    assert_true(CloseHandle((HANDLE)handle));
}

void send_byte(reactor_handle from)
{
    assert_int_equal(send(from, "x", 1, 0), 1);
}

size_t fill(reactor_handle handle)
{
    static const char block[4096];
    size_t total = 0;
    int count;

    while ((count = send(handle, block, sizeof(block), 0)) > 0)
        total += (size_t)count;
    assert_int_equal(WSAGetLastError(), WSAEWOULDBLOCK);
    return total;
}

size_t drain(reactor_handle handle)
{
    static char block[65536];
    size_t total = 0;
    int count;

    while ((count = recv(handle, block, sizeof(block), 0)) > 0)
        total += (size_t)count;
    return total;
}

/*
 * Wine ends an operation in the thread that began it. A socket closed by
 * another thread is kept open until that one has run, which may be asleep in
 * the wait.
 */
static void let_wine_catch_up(reactor_handle handle)
{
    WSAPOLLFD asked = {.fd = handle, .events = POLLRDNORM};

    (void)WSAPoll(&asked, 1, PATIENCE_MS);
}

bool is_at_end(reactor_handle handle)
{
    char byte;

    if (is_wine())
        let_wine_catch_up(handle);
    return recv(handle, &byte, 1, 0) == 0;
}

/* ---- Looking ---- */

/* Wine reads ahead to find the end, and so not beyond what is unread. */
bool ends_overtake_data(void)
{
    return !is_wine();
}

bool closing_forgets(void)
{
    return false;
}

bool pipes_take_priority(void)
{
    return true;
}

bool oneshots_are_looked_at(void)
{
    return true;
}

bool nesting_looks_again(void)
{
    return true;
}

bool closing_ends_both(void)
{
    return false;
}

bool full_stays_full(void)
{
    return false;
}

bool own_shutdown_is_seen(void)
{
    return false;
}

/* Wine's server takes the error away, and tells nobody. */
bool refusals_are_told(void)
{
    return !is_wine();
}

bool resets_are_told(void)
{
    return !is_wine();
}

bool is_readable(reactor_handle handle)
{
    struct timeval none = {0, 0};
    fd_set reading;

    FD_ZERO(&reading);
    FD_SET(handle, &reading);
    return select(0, &reading, NULL, NULL, &none) == 1;
}

size_t list_open_handles(reactor_handle *out, size_t room)
{
    size_t count = 0;
    SOCKET handle;

    for (handle = NUMBER_STEP; handle < highest + SPARE_NUMBERS;
         handle += NUMBER_STEP) {
        DWORD flags;

        if (GetHandleInformation((HANDLE)handle, &flags)) {
            if (count < room)
                out[count] = handle;
            count++;
        }
    }
    return count;
}

/* The first use of sockets leaves handles behind that are Winsock's own. */
size_t count_open_handles(void)
{
    static bool is_warm;

    if (!is_warm) {
        struct pair pair = tcp_pair();

        close_pair(&pair);
    }
    is_warm = true;
    return list_open_handles(NULL, 0);
}

size_t count_inheritable_handles(void)
{
    size_t count = 0;
    SOCKET handle;
    DWORD flags;

    for (handle = NUMBER_STEP; handle < highest + SPARE_NUMBERS;
         handle += NUMBER_STEP)
        if (GetHandleInformation((HANDLE)handle, &flags) &&
            (flags & HANDLE_FLAG_INHERIT) != 0)
            count++;
    return count;
}

size_t usable_handles(void)
{
    return HANDLES_MAX;
}
