/* SPDX-License-Identifier: MIT */
/*
 * Connectors (RFC 8305). The addresses are put in order, families in turn; one
 * attempt after the other is begun, when the former has failed or has had its
 * time; the first that is connected ends all others.
 */
#include "net/net_state.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#define ADDRESSES_MAX 64u
#define STAGGER_NS    (250 * RI_NS_PER_MS) /* RFC 8305, 5 */

struct connecting;

struct attempt {
    struct connecting *connecting;
    struct reactor_handler handler;
    struct reactor_address address;
};

struct connecting {
    struct ri_member member; /* the first: one is the other */
    struct ri_net *net;
    struct reactor_connector *connector;
    struct reactor_lookup lookup;
    struct reactor_timer deadline;
    struct reactor_timer stagger;
    struct ri_later later; /* it is over already */
    struct attempt *attempts;
    size_t count;
    size_t begun;
    size_t failed;
    struct attempt *winner; /* or NULL */
    reactor_handle handle;  /* the winner's */
    size_t error_of;        /* the first attempt that has failed, by order */
    int error;
};

/* ---- The end ---- */

static void close_attempt(struct attempt *attempt)
{
    reactor_handle handle = reactor_handler_handle(&attempt->handler);

    if (handle == REACTOR_INVALID_HANDLE)
        return;
    reactor_handler_stop(&attempt->handler);
    ri_socket_close(handle);
}

static void destroy(struct connecting *connecting)
{
    size_t i;

    reactor_lookup_stop(&connecting->lookup);
    reactor_timer_stop(&connecting->deadline);
    reactor_timer_stop(&connecting->stagger);
    ri_net_forget(connecting->net, &connecting->later);
    ri_net_part(&connecting->member);
    for (i = 0; i < connecting->begun; i++)
        close_attempt(&connecting->attempts[i]);
    if (connecting->handle != REACTOR_INVALID_HANDLE)
        ri_socket_close(connecting->handle);
    connecting->connector->state = NULL;
    ri_release(connecting->attempts);
    ri_release(connecting);
}

/* The connector is idle before it is called. */
static void finish(struct connecting *connecting, int error)
{
    struct reactor_connector *connector = connecting->connector;
    reactor_handle handle = REACTOR_INVALID_HANDLE;
    struct ri_net *net = connecting->net;
    struct reactor_address peer = {0};

    if (error == 0) {
        peer = connecting->winner->address;
        handle = connecting->handle;
        connecting->handle = REACTOR_INVALID_HANDLE;
    }
    destroy(connecting);
    ri_net_begin(net);
    connector->function(connector->user_data, error, handle,
                        error == 0 ? &peer : NULL);
    ri_net_end(net);
}

static void leave(struct ri_member *member, enum ri_leave how)
{
    struct connecting *connecting = (struct connecting *)member;

    if (how == RI_LEAVE_CLOSED)
        finish(connecting, -ECANCELED);
    else
        destroy(connecting);
}

/* ---- Attempts ---- */

static void note_failure(struct connecting *connecting, size_t which, int error)
{
    connecting->failed++;
    if (connecting->error == 0 || which < connecting->error_of) {
        connecting->error = error;
        connecting->error_of = which;
    }
}

static void win(struct attempt *attempt, reactor_handle handle)
{
    attempt->connecting->winner = attempt;
    attempt->connecting->handle = handle;
}

static void on_ready(void *user_data, uint32_t readiness);

/* 0: it is under way, or has won; or why it has failed. */
static int begin(struct attempt *attempt)
{
    const struct reactor_address *address = &attempt->address;
    reactor_handle handle;
    int error = ri_socket_open(address->storage, RI_SOCKET_STREAM, &handle);

    if (error != 0)
        return error;
    error = ri_socket_connect(handle, address->storage, address->size);
    if (error == 0) {
        win(attempt, handle);
        return 0;
    }
    if (error == -EINPROGRESS)
        error =
            reactor_handler_start(&attempt->handler, handle, REACTOR_WRITABLE);
    if (error != 0)
        ri_socket_close(handle);
    return error;
}

/* Until one is under way. */
static void begin_next(struct connecting *connecting)
{
    while (connecting->begun < connecting->count) {
        size_t which = connecting->begun++;
        int error = begin(&connecting->attempts[which]);

        if (error == 0)
            break;
        note_failure(connecting, which, error);
    }
    if (connecting->begun < connecting->count && connecting->winner == NULL)
        reactor_timer_start(&connecting->stagger, STAGGER_NS, 0);
    else
        reactor_timer_stop(&connecting->stagger);
}

/* There are no attempts before the look-up is over. */
static bool is_over(const struct connecting *connecting)
{
    return connecting->winner != NULL ||
           (connecting->count > 0 && connecting->failed == connecting->count);
}

static void finish_if_over(struct connecting *connecting)
{
    if (is_over(connecting))
        finish(connecting, connecting->winner != NULL ? 0 : connecting->error);
}

/* What was over before it, and only waited for its turn to be told, counts. */
static void on_deadline(void *user_data, uint64_t missed)
{
    struct connecting *connecting = user_data;

    (void)missed;
    if (is_over(connecting))
        finish_if_over(connecting);
    else
        finish(connecting, -ETIMEDOUT);
}

static void on_stagger(void *user_data, uint64_t missed)
{
    struct connecting *connecting = user_data;

    (void)missed;
    begin_next(connecting);
    finish_if_over(connecting);
}

static void on_ready(void *user_data, uint32_t readiness)
{
    struct attempt *attempt = user_data;
    struct connecting *connecting = attempt->connecting;
    reactor_handle handle = reactor_handler_handle(&attempt->handler);
    int error = ri_socket_error(handle);

    if (error == 0 && (readiness & REACTOR_ERROR) != 0)
        error = -ENOMEM; /* the kernel has refused to watch it */
    reactor_handler_stop(&attempt->handler);
    if (error == 0) {
        win(attempt, handle);
    } else {
        ri_socket_close(handle);
        note_failure(connecting, (size_t)(attempt - connecting->attempts),
                     error);
        begin_next(connecting);
    }
    finish_if_over(connecting);
}

static void run_later(struct ri_later *later)
{
    finish_if_over(RI_OWNER_OF(later, struct connecting, later));
}

/* ---- Order ---- */

/* The next address of that family, or not of it, from *from on; or count. */
static size_t find(const struct reactor_address *addresses, size_t count,
                   size_t from, enum reactor_family family, bool is_of_it)
{
    while (from < count &&
           (reactor_address_family(&addresses[from]) == family) != is_of_it)
        from++;
    return from;
}

/* Families in turn, beginning with that of the first (RFC 8305, 4). */
static void put_in_order(struct attempt *attempts,
                         const struct reactor_address *addresses, size_t count)
{
    enum reactor_family family = reactor_address_family(&addresses[0]);
    size_t next[2] = {find(addresses, count, 0, family, false),
                      find(addresses, count, 0, family, true)};
    bool is_of_it = true;
    size_t i;

    for (i = 0; i < count; i++) {
        if (next[is_of_it] == count)
            is_of_it = !is_of_it;
        attempts[i].address = addresses[next[is_of_it]];
        next[is_of_it] =
            find(addresses, count, next[is_of_it] + 1, family, is_of_it);
        is_of_it = !is_of_it;
    }
}

static int take_addresses(struct connecting *connecting,
                          const struct reactor_address *addresses, size_t count)
{
    struct attempt *attempts = ri_allocate(count * sizeof(*attempts));
    size_t i;

    if (attempts == NULL)
        return -ENOMEM;
    for (i = 0; i < count; i++) {
        attempts[i] = (struct attempt){.connecting = connecting};
        reactor_handler_init(&attempts[i].handler, connecting->net->loop,
                             on_ready, &attempts[i]);
    }
    put_in_order(attempts, addresses, count);
    connecting->attempts = attempts;
    connecting->count = count;
    return 0;
}

/* ---- Start and stop ---- */

void reactor_connector_init(struct reactor_connector *connector,
                            struct reactor_loop *loop,
                            reactor_connect_fn *function, void *user_data)
{
    assert(connector != NULL && loop != NULL);
    assert(function != NULL);
    *connector = (struct reactor_connector){
        .loop = loop, .function = function, .user_data = user_data};
}

static void on_looked_up(void *user_data, int error,
                         const struct reactor_address *addresses, size_t count)
{
    struct connecting *connecting = user_data;

    if (error == 0)
        error = take_addresses(connecting, addresses,
                               count < ADDRESSES_MAX ? count : ADDRESSES_MAX);
    if (error != 0) {
        finish(connecting, error);
        return;
    }
    begin_next(connecting);
    finish_if_over(connecting);
}

static int create(struct reactor_connector *connector, struct connecting **out)
{
    struct connecting *connecting;
    struct ri_net *net;
    int error = ri_net_of(connector->loop, &net);

    if (error != 0)
        return error;
    connecting = ri_allocate(sizeof(*connecting));
    if (connecting == NULL)
        return -ENOMEM;
    *connecting = (struct connecting){.member.leave = leave,
                                      .net = net,
                                      .connector = connector,
                                      .later.run = run_later,
                                      .handle = REACTOR_INVALID_HANDLE};
    reactor_lookup_init(&connecting->lookup, net->loop, on_looked_up,
                        connecting);
    reactor_timer_init(&connecting->deadline, net->loop, on_deadline,
                       connecting);
    reactor_timer_init(&connecting->stagger, net->loop, on_stagger, connecting);
    *out = connecting;
    return 0;
}

/* In place of the former one. */
static void announce(struct connecting *connecting, int64_t timeout_ns)
{
    struct reactor_connector *connector = connecting->connector;

    reactor_connector_stop(connector);
    connector->state = connecting;
    ri_net_join(connecting->net, &connecting->member);
    if (timeout_ns >= 0)
        reactor_timer_start(&connecting->deadline, timeout_ns, 0);
}

static bool are_valid(const struct reactor_address *addresses, size_t count)
{
    size_t i;

    if (addresses == NULL || count == 0 || count > ADDRESSES_MAX)
        return false;
    for (i = 0; i < count; i++)
        if (addresses[i].size == 0)
            return false;
    return true;
}

int reactor_connector_start(struct reactor_connector *connector,
                            const struct reactor_address *addresses,
                            size_t count, int64_t timeout_ns)
{
    struct connecting *connecting;
    int error;

    if (connector == NULL || timeout_ns < -1 || !are_valid(addresses, count))
        return -EINVAL;
    error = create(connector, &connecting);
    if (error != 0)
        return error;
    error = take_addresses(connecting, addresses, count);
    if (error != 0) {
        ri_release(connecting);
        return error;
    }
    announce(connecting, timeout_ns);
    begin_next(connecting);
    if (is_over(connecting))
        ri_net_put_off(connecting->net, &connecting->later);
    return 0;
}

int reactor_connector_start_host(struct reactor_connector *connector,
                                 struct reactor_pool *pool, const char *host,
                                 int port, int64_t timeout_ns)
{
    struct connecting *connecting;
    int error;

    if (connector == NULL || timeout_ns < -1)
        return -EINVAL;
    error = create(connector, &connecting);
    if (error != 0)
        return error;
    error = reactor_lookup_start(&connecting->lookup, pool, host, port, -1);
    if (error != 0) {
        ri_release(connecting);
        return error;
    }
    announce(connecting, timeout_ns);
    return 0;
}

void reactor_connector_stop(struct reactor_connector *connector)
{
    if (connector != NULL && connector->state != NULL)
        destroy(connector->state);
}
