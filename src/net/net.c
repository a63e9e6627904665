/* SPDX-License-Identifier: MIT */
#include "base/compiler.h"
#include "net/session_state.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static void leave(void *user_data);
static void release(void *user_data);

void reactor_handle_close(reactor_handle handle)
{
    if (handle != REACTOR_INVALID_HANDLE)
        ri_socket_close(handle);
}

/* ---- Open and find ---- */

struct ri_net *ri_net_find(struct reactor_loop *loop)
{
    return reactor_hook_find(loop, REACTOR_ON_RELEASE, release);
}

static void run_later(void *user_data, uint64_t missed);

static int open_net(struct reactor_loop *loop, struct ri_net **out)
{
    int64_t now = reactor_loop_now_ns(loop);
    struct ri_net *net;

    if (now < 0)
        return (int)now;
    net = ri_allocate(sizeof(*net));
    if (net == NULL)
        return -ENOMEM;
    memset(net, 0, offsetof(struct ri_net, stage.bytes));
    memset(&net->first_later, 0,
           sizeof(*net) - offsetof(struct ri_net, first_later));
    net->loop = loop;
    net->now_ns = now;
    net->forks = ri_fork_count();
    reactor_timer_init(&net->later, loop, run_later, net);
    reactor_hook_init(&net->closing, loop, leave, net);
    reactor_hook_init(&net->release, loop, release, net);
    (void)reactor_hook_start(&net->closing, REACTOR_BEFORE_CLOSE);
    (void)reactor_hook_start(&net->release, REACTOR_ON_RELEASE);
    *out = net;
    return 0;
}

int ri_net_of(struct reactor_loop *loop, struct ri_net **out)
{
    struct ri_net *net;
    int error = reactor_loop_status(loop);

    if (error != 0)
        return error;
    net = ri_net_find(loop);
    if (net == NULL)
        return open_net(loop, out);
    *out = net;
    return 0;
}

/* ---- Close ---- */

static void let_all_leave(struct ri_net *net, enum ri_leave how)
{
    while (net->members != NULL)
        net->members->leave(net->members, how);
}

static void run_all(struct ri_net *net);

/*
 * The loop is being closed. What was put off is called before what is open: it
 * was over earlier.
 */
static void leave(void *user_data)
{
    struct ri_net *net = user_data;

    run_all(net);
    let_all_leave(net, RI_LEAVE_CLOSED);
    run_all(net);
}

/* There are members left only in a child of fork(), where leave() was not
   called. */
static void release(void *user_data)
{
    struct ri_net *net = user_data;

    let_all_leave(net, RI_LEAVE_INHERITED);
    reactor_hook_stop(&net->closing);
    reactor_hook_stop(&net->release);
    reactor_timer_stop(&net->later);
    ri_block_give(&net->stock, net->stage.spare);
    ri_stock_release(&net->stock);
    ri_release(net->scratch);
    ri_release(net->sessions.slots);
    ri_release(net->sessions.free);
    assert(net->types == NULL);
    ri_release(net);
}

void ri_net_join(struct ri_net *net, struct ri_member *member)
{
    member->next = net->members;
    member->link = &net->members;
    if (member->next != NULL)
        member->next->link = &member->next;
    net->members = member;
}

void ri_net_part(struct ri_member *member)
{
    if (member->link == NULL)
        return;
    *member->link = member->next;
    if (member->next != NULL)
        member->next->link = member->link;
    member->link = NULL;
}

/* ---- Put off ---- */

void ri_net_put_off(struct ri_net *net, struct ri_later *later)
{
    if (later->is_due)
        return;
    later->is_due = true;
    later->next = NULL;
    if (net->first_later == NULL) {
        net->first_later = later;
        reactor_timer_start(&net->later, 0, 0);
    } else {
        net->last_later->next = later;
    }
    net->last_later = later;
    net->later_count++;
}

void ri_net_forget(struct ri_net *net, struct ri_later *later)
{
    struct ri_later **link = &net->first_later;
    struct ri_later *previous = NULL;

    if (!later->is_due)
        return;
    while (*link != later) {
        previous = *link;
        link = &previous->next;
    }
    *link = later->next;
    if (net->last_later == later)
        net->last_later = previous;
    net->later_count--;
    later->is_due = false;
}

static void run_first(struct ri_net *net)
{
    struct ri_later *later = net->first_later;

    net->first_later = later->next;
    if (net->first_later == NULL)
        net->last_later = NULL;
    net->later_count--;
    later->is_due = false;
    later->run(later);
}

static void run_all(struct ri_net *net)
{
    while (net->first_later != NULL)
        run_first(net);
}

/*
 * Those that are put off meanwhile have their turn in the next one. When a
 * callback closes the loop the rest is leave()'s; when it forks, the child's,
 * if it makes the loop its own.
 */
static void run_later(void *user_data, uint64_t missed)
{
    struct ri_net *net = user_data;
    unsigned count = net->later_count;
    int status = 0;

    (void)missed;
    for (; count > 0 && net->later_count > 0 && status == 0; count--) {
        run_first(net);
        status = reactor_loop_status(net->loop);
    }
    if (net->later_count > 0)
        reactor_timer_start(&net->later, 0, 0);
}

/* ---- Gathered ---- */

/* The loop knows; it may have been made the child's own. */
bool ri_net_was_forked(struct ri_net *net)
{
    if (reactor_loop_status(net->loop) == -ECHILD)
        return true;
    net->forks = ri_fork_count();
    return false;
}

RI_NEVER_INLINE
static void flush_gathered(struct ri_net *net)
{
    while (net->gathered != NULL) {
        struct ri_gathered *gathered = net->gathered;

        net->gathered = gathered->next;
        gathered->is_listed = false;
        gathered->flush(gathered);
    }
}

/* In a child that a callback has forked it is the parent's to send: whoever has
   it in a queue drops it there. */
void ri_net_flush(struct ri_net *net)
{
    if (ri_net_is_inherited(net)) {
        net->stage.session = NULL;
        net->stage.size = 0;
    }
    if (net->stage.size > 0)
        ri_session_send_stage(&net->stage);
    if (net->gathered != NULL)
        flush_gathered(net);
}
