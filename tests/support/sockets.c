/* SPDX-License-Identifier: MIT */
/* What is the same of handles wherever there are sockets. */
#include "support/sockets.h"

#include "support/claim.h"

#include <string.h>

/* ---- Making ---- */

struct sockaddr_in loopback(unsigned port)
{
    struct sockaddr_in address;

    memset(&address, 0, sizeof(address));
    address.sin_family = AF_INET;
    address.sin_port = htons((uint16_t)port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

struct listener bind_any(int type)
{
    struct sockaddr_in address = loopback(0);
    socklen_t size = sizeof(address);
    reactor_handle handle = open_socket(type);

    assert_ok(bind(handle, (struct sockaddr *)&address, size));
    assert_ok(getsockname(handle, (struct sockaddr *)&address, &size));
    return (struct listener){handle, ntohs(address.sin_port)};
}

struct listener open_listener(void)
{
    struct listener listener = bind_any(SOCK_STREAM);

    assert_ok(listen(listener.handle, 128));
    return listener;
}

reactor_handle connect_to(const struct listener *listener)
{
    struct sockaddr_in address = loopback(listener->port);
    reactor_handle handle = open_socket(SOCK_STREAM);

    assert_true(connect(handle, (struct sockaddr *)&address, sizeof(address)) ==
                    0 ||
                is_connecting());
    until_connected(handle);
    return handle;
}

reactor_handle refused_connection(void)
{
    struct listener deaf = bind_any(SOCK_STREAM);
    reactor_handle handle = connect_to(&deaf);

    close_handle(deaf.handle);
    return handle;
}

/* A datagram socket that is connected takes datagrams of its peer only. */
struct pair datagram_pair(void)
{
    struct listener deaf = bind_any(SOCK_DGRAM);
    struct sockaddr_in address = loopback(deaf.port);
    struct pair pair = {open_socket(SOCK_DGRAM), deaf.handle};

    assert_ok(connect(pair.peer, (struct sockaddr *)&address, sizeof(address)));
    assert_ok(connect(pair.mine, (struct sockaddr *)&address, sizeof(address)));
    return pair;
}

bool deaf_datagram_pair(struct pair *out)
{
    if (refusals_are_told())
        *out = datagram_pair();
    return refusals_are_told();
}

struct pair tcp_pair(void)
{
    struct listener listener = open_listener();
    reactor_handle mine = connect_to(&listener);
    reactor_handle peer;

    until_readable(listener.handle);
    peer = accept(listener.handle, NULL, NULL);
    close_handle(listener.handle);
    return (struct pair){mine, prepare_accepted(peer)};
}

/* ---- Changing ---- */

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

void send_priority(reactor_handle from)
{
    assert_int_equal(send(from, "!", 1, MSG_OOB), 1);
}

void shut_writing(struct pair *pair)
{
    assert_ok(shutdown(pair->peer, SHUT_WR));
    until_ended(pair->mine);
}

void shut_own(struct pair *pair)
{
    assert_ok(shutdown(pair->mine, SHUT_RDWR));
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
                         (const void *)&at_once, sizeof(at_once)));
    close_peer(tcp);
}

void be_refused(struct pair *datagram)
{
    send_byte(datagram->mine);
    until_failed(datagram->mine);
}
