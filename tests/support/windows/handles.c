/* SPDX-License-Identifier: MIT */
#include "support/handles.h"

#include "support/claim.h"
#include "support/expect.h"

#include <winsock2.h>
#include <ws2tcpip.h>

#include <string.h>

/* What Wine's server keeps up with. */
#define HANDLES_MAX 2000

#define NUMBER_STEP 4

/* Numbers are looked at up to this many beyond the highest of ours. */
#define SPARE_NUMBERS (256 * NUMBER_STEP)

static SOCKET highest;

/* What until() waits for. */
enum sign { SIGN_READABLE, SIGN_CONNECTED };

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

static SOCKET open_socket(int type)
{
    start_winsock();
    return prepare(socket(AF_INET, type, 0));
}

/* A byte that is sent is not kept back until others are acknowledged. */
static SOCKET send_at_once(SOCKET stream)
{
    int yes = 1;

    assert_ok(setsockopt(stream, IPPROTO_TCP, TCP_NODELAY, (const char *)&yes,
                         sizeof(yes)));
    return stream;
}

/* Connected means: or refused, which select() calls an exception. */
static void until(SOCKET handle, enum sign sign)
{
    struct timeval patience = {PATIENCE_MS / 1000, 0};
    fd_set reading, writing, failing;

    FD_ZERO(&reading);
    FD_ZERO(&writing);
    FD_ZERO(&failing);
    if (sign == SIGN_READABLE) {
        FD_SET(handle, &reading);
    } else {
        FD_SET(handle, &writing);
        FD_SET(handle, &failing);
    }
    assert_int_equal(select(0, &reading, &writing, &failing, &patience), 1);
}

static bool is_wine(void)
{
    return GetProcAddress(GetModuleHandleA("ntdll"), "wine_get_version") !=
           NULL;
}

/* The end is readable; so is what was sent before it, which is not enough. */
static void until_ended(SOCKET handle)
{
    int64_t end = reactor_now_ns() + (int64_t)PATIENCE_MS * 1000000;
    WSAPOLLFD polled = {.fd = handle, .events = POLLRDNORM};

    if (!ends_overtake_data()) {
        until(handle, SIGN_READABLE);
        return;
    }
    do {
        assert_true(reactor_now_ns() < end);
        assert_int_equal(WSAPoll(&polled, 1, PATIENCE_MS), 1);
    } while ((polled.revents & (POLLHUP | POLLERR)) == 0);
}

/* ---- Making ---- */

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
    int size = sizeof(address);
    SOCKET handle = open_socket(type);

    assert_ok(bind(handle, (struct sockaddr *)&address, size));
    assert_ok(getsockname(handle, (struct sockaddr *)&address, &size));
    return (struct listener){handle, ntohs(address.sin_port)};
}

/* Returns when it has succeeded or failed. */
static SOCKET try_to_connect(const struct listener *listener)
{
    struct sockaddr_in address = loopback(listener->port);
    SOCKET handle = open_socket(SOCK_STREAM);

    assert_true(connect(handle, (struct sockaddr *)&address, sizeof(address)) ==
                    0 ||
                WSAGetLastError() == WSAEWOULDBLOCK);
    until(handle, SIGN_CONNECTED);
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
    SOCKET handle = try_to_connect(&deaf);

    close_handle(deaf.handle);
    return handle;
}

/* A datagram socket that is connected takes datagrams of its peer only. */
bool deaf_datagram_pair(struct pair *out)
{
    struct listener deaf;
    struct sockaddr_in address;

    if (is_wine()) /* its server takes the error away, and tells nobody */
        return false;
    deaf = bind_any(SOCK_DGRAM);
    address = loopback(deaf.port);
    *out = (struct pair){open_socket(SOCK_DGRAM), deaf.handle};
    assert_ok(connect(out->peer, (struct sockaddr *)&address, sizeof(address)));
    assert_ok(connect(out->mine, (struct sockaddr *)&address, sizeof(address)));
    return true;
}

struct pair tcp_pair(void)
{
    struct listener listener = open_listener();
    SOCKET mine = try_to_connect(&listener);
    SOCKET peer;

    until(listener.handle, SIGN_READABLE);
    peer = accept(listener.handle, NULL, NULL);
    close_handle(listener.handle);
    return (struct pair){send_at_once(mine), send_at_once(prepare(peer))};
}

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
    assert_int_equal(send(from, "x", 1, 0), 1);
}

void send_priority(reactor_handle from)
{
    assert_int_equal(send(from, "!", 1, MSG_OOB), 1);
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

bool is_at_end(reactor_handle handle)
{
    char byte;

    return recv(handle, &byte, 1, 0) == 0;
}

void shut_writing(struct pair *pair)
{
    assert_ok(shutdown(pair->peer, SD_SEND));
    until_ended(pair->mine);
}

void shut_own(struct pair *pair)
{
    assert_ok(shutdown(pair->mine, SD_BOTH));
}

void close_peer(struct pair *pair)
{
    close_handle(pair->peer);
    pair->peer = REACTOR_INVALID_HANDLE;
    until_ended(pair->mine);
}

void reset_by_peer(struct pair *tcp)
{
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};

    assert_ok(setsockopt(tcp->peer, SOL_SOCKET, SO_LINGER,
                         (const char *)&at_once, sizeof(at_once)));
    close_peer(tcp);
}

void be_refused(struct pair *datagram)
{
    send_byte(datagram->mine);
    until(datagram->mine, SIGN_READABLE);
}

/* ---- Looking ---- */

/* Wine reads ahead to find the end, and so not beyond what is unread. */
bool ends_overtake_data(void)
{
    return !is_wine();
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

size_t usable_handles(void)
{
    return HANDLES_MAX;
}
