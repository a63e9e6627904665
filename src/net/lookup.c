/* SPDX-License-Identifier: MIT */
/*
 * Look-ups: a job that asks the system, and its way back. What belongs to the
 * job outlives the look-up that is stopped, as nothing can interrupt the
 * worker.
 */
#include "net/net_state.h"

#include <reactor/work.h>

#include <assert.h>
#include <errno.h>
#include <string.h>

#define HOST_MAX 255 /* RFC 1035, 2.3.4 */

/* More are left out: nobody tries so many. */
#define ADDRESSES_MAX 64u

struct looking {
    struct ri_member member; /* the first: one is the other */
    struct ri_net *net;
    struct reactor_lookup *lookup; /* NULL: nobody waits any more */
    struct reactor_job job;
    bool is_with_worker;
    struct ri_later later; /* a number needs no worker */
    struct reactor_timer deadline;
    int port;

    /* The worker's until the completion. */
    int error;
    size_t count;
    struct reactor_address *addresses;
    char host[HOST_MAX + 1];
};

/* ---- On the worker ---- */

static void found(void *context, const void *name, uint32_t size)
{
    struct looking *looking = context;
    struct reactor_address *addresses;

    if (looking->error != 0 || looking->count == ADDRESSES_MAX)
        return;
    addresses = ri_reallocate(looking->addresses,
                              (looking->count + 1) * sizeof(*addresses));
    if (addresses == NULL) {
        looking->error = -ENOMEM;
        return;
    }
    looking->addresses = addresses;
    if (reactor_address_from_native(&addresses[looking->count], name, size) ==
            0 &&
        reactor_address_set_port(&addresses[looking->count], looking->port) ==
            0)
        looking->count++;
}

static void look_up(void *user_data)
{
    struct looking *looking = user_data;
    int error = ri_names_look_up(looking->host, found, looking);

    if (looking->error == 0)
        looking->error = error;
    if (looking->error == 0 && looking->count == 0)
        looking->error = -ENOENT;
}

/* ---- On the loop ---- */

static void destroy(struct looking *looking)
{
    ri_release(looking->addresses);
    ri_release(looking);
}

/* The look-up is idle, and what belongs to the job is on its own. */
static struct reactor_lookup *part(struct looking *looking)
{
    struct reactor_lookup *lookup = looking->lookup;

    ri_net_part(&looking->member);
    ri_net_forget(looking->net, &looking->later);
    reactor_timer_stop(&looking->deadline);
    looking->lookup = NULL;
    lookup->state = NULL;
    return lookup;
}

/* A worker that nobody waits for keeps no loop alive. */
static void abandon(struct looking *looking)
{
    if (!looking->is_with_worker) {
        destroy(looking);
        return;
    }
    (void)reactor_job_cancel(&looking->job);
    reactor_loop_release(looking->net->loop);
}

static void tell(struct reactor_lookup *lookup, struct ri_net *net, int error,
                 const struct reactor_address *addresses, size_t count)
{
    ri_net_begin(net);
    lookup->function(lookup->user_data, error, error == 0 ? addresses : NULL,
                     error == 0 ? count : 0);
    ri_net_end(net);
}

static void give_up(struct looking *looking, int error)
{
    struct reactor_lookup *lookup = part(looking);
    struct ri_net *net = looking->net;

    abandon(looking);
    tell(lookup, net, error, NULL, 0);
}

static void finish(struct looking *looking, int error)
{
    tell(part(looking), looking->net, error, looking->addresses,
         looking->count);
    destroy(looking);
}

static void complete(void *user_data, int status)
{
    struct looking *looking = user_data;

    if (looking->lookup == NULL) {
        reactor_loop_retain(looking->job.loop);
        destroy(looking);
        return;
    }
    finish(looking, status != 0 ? status : looking->error);
}

static void run_later(struct ri_later *later)
{
    finish(RI_OWNER_OF(later, struct looking, later), 0);
}

static void on_deadline(void *user_data, uint64_t missed)
{
    (void)missed;
    give_up(user_data, -ETIMEDOUT);
}

static void leave(struct ri_member *member, enum ri_leave how)
{
    struct looking *looking = (struct looking *)member;

    if (how == RI_LEAVE_CLOSED) {
        give_up(looking, -ECANCELED);
    } else {
        (void)part(looking); /* the job is the parent's */
        destroy(looking);
    }
}

/* ---- Start and stop ---- */

void reactor_lookup_init(struct reactor_lookup *lookup,
                         struct reactor_loop *loop, reactor_lookup_fn *function,
                         void *user_data)
{
    assert(lookup != NULL && loop != NULL);
    assert(function != NULL);
    *lookup = (struct reactor_lookup){
        .loop = loop, .function = function, .user_data = user_data};
}

/* Whether `host` is a number, without a port. */
static bool parse_number(const char *host, int port,
                         struct reactor_address *out)
{
    const char *colon = strchr(host, ':');

    if (host[0] == '[' || host[0] == '*' ||
        (colon != NULL && strchr(colon + 1, ':') == NULL))
        return false;
    return reactor_address_parse(out, host) == 0 &&
           reactor_address_set_port(out, port) == 0;
}

static int begin(struct looking *looking, struct reactor_pool *pool)
{
    struct reactor_address number;
    int error;

    if (parse_number(looking->host, looking->port, &number)) {
        looking->addresses = ri_allocate(sizeof(number));
        if (looking->addresses == NULL)
            return -ENOMEM;
        looking->addresses[0] = number;
        looking->count = 1;
        ri_net_put_off(looking->net, &looking->later);
        return 0;
    }
    if (pool == NULL)
        return -EINVAL;
    reactor_job_init(&looking->job, looking->net->loop, look_up, complete,
                     looking);
    (void)reactor_job_set_lane(&looking->job, REACTOR_LOOKUP_LANE);
    error = reactor_pool_submit(pool, &looking->job);
    looking->is_with_worker = error == 0;
    return error;
}

int reactor_lookup_start(struct reactor_lookup *lookup,
                         struct reactor_pool *pool, const char *host, int port,
                         int64_t timeout_ns)
{
    struct looking *looking;
    struct ri_net *net;
    size_t length;
    int error;

    if (lookup == NULL || host == NULL || host[0] == '\0' || port < 0 ||
        port > UINT16_MAX || timeout_ns < -1)
        return -EINVAL;
    length = strlen(host);
    if (length > HOST_MAX)
        return -EINVAL;
    error = ri_net_of(lookup->loop, &net);
    if (error != 0)
        return error;
    looking = ri_allocate(sizeof(*looking));
    if (looking == NULL)
        return -ENOMEM;
    *looking = (struct looking){.member.leave = leave,
                                .net = net,
                                .lookup = lookup,
                                .later.run = run_later,
                                .port = port};
    memcpy(looking->host, host, length + 1);
    reactor_timer_init(&looking->deadline, lookup->loop, on_deadline, looking);
    error = begin(looking, pool);
    if (error != 0) {
        destroy(looking);
        return error;
    }
    reactor_lookup_stop(lookup);
    lookup->state = looking;
    ri_net_join(net, &looking->member);
    if (timeout_ns >= 0)
        reactor_timer_start(&looking->deadline, timeout_ns, 0);
    return 0;
}

void reactor_lookup_stop(struct reactor_lookup *lookup)
{
    struct looking *looking;

    if (lookup == NULL || lookup->state == NULL)
        return;
    looking = lookup->state;
    (void)part(looking);
    if (reactor_loop_status(lookup->loop) == -ECHILD)
        destroy(looking);
    else
        abandon(looking);
}
