/* SPDX-License-Identifier: MIT */
/*
 * A common door: the first shard accepts for all, and hands each connection to
 * the shard that has the fewest.
 *
 * How many a shard has is what it published last and what is still on its way
 * to it. A shard counts as taken what it has published among the open ones, in
 * this order: whoever reads them the other way round sees a connection once or
 * twice, never not at all. So a limit is kept.
 *
 * When no shard has room the door pauses; who was accepted by then (a shard may
 * have closed meanwhile) is held until one has. The door says that it is full,
 * and then looks again; a shard publishes, and then looks whether it is full.
 */
#include "work/server_state.h"

#include <errno.h>

struct parcel {
    struct ri_errand errand;
    struct ri_guest guest;
};

/* ---- Whom to ---- */

static uint64_t load_of(struct reactor_shard *shard)
{
    uint64_t taken = atomic_load(&shard->taken);

    return atomic_load(&shard->numbers.open) + atomic_load(&shard->given) -
           taken;
}

static bool has_room(struct reactor_shard *shard, uint64_t load)
{
    uint32_t limit = shard->server->listener_options.limit;

    return !atomic_load(&shard->is_closed) && (limit == 0 || load < limit);
}

/* The one with the fewest; of equals each in turn. NULL: there is no room. */
static struct reactor_shard *choose(struct reactor_server *server)
{
    struct reactor_shard *best = NULL;
    uint64_t least = UINT64_MAX;
    uint32_t i;

    for (i = 0; i < server->count; i++) {
        struct reactor_shard *shard =
            &server->shards[(server->next + i) % server->count];
        uint64_t load = load_of(shard);

        if (load < least && has_room(shard, load)) {
            least = load;
            best = shard;
        }
    }
    if (best != NULL)
        server->next = best->index + 1;
    return best;
}

/* ---- Hand over ---- */

static void deliver(struct reactor_shard *shard, const struct ri_guest *guest)
{
    if (shard->listener.admission != NULL)
        ri_listener_give(&shard->listener, guest->handle, &guest->peer);
    else
        reactor_handle_close(guest->handle); /* it is stopping */
}

static void open_parcel(struct reactor_shard *shard, struct ri_errand *errand)
{
    struct parcel *parcel = (struct parcel *)errand;

    deliver(shard, &parcel->guest);
    shard->arrived++;
    ri_release(parcel);
}

/* 0; -ECANCELED: its loop has ended; -ENOMEM. */
static int send_to(struct reactor_shard *shard, const struct ri_guest *guest)
{
    struct parcel *parcel = ri_allocate(sizeof(*parcel));

    if (parcel == NULL)
        return -ENOMEM;
    *parcel = (struct parcel){.errand.command.kind = RI_COMMAND_ERRAND,
                              .errand.run = open_parcel,
                              .guest = *guest};
    atomic_fetch_add(&shard->given, 1);
    if (reactor_runtime_send(shard->runtime, &parcel->errand.command) !=
        -ECANCELED)
        return 0;
    atomic_fetch_sub(&shard->given, 1);
    atomic_store(&shard->is_closed, true);
    ri_release(parcel);
    return -ECANCELED;
}

static int keep(struct reactor_shard *first, const struct ri_guest *guest)
{
    if (!has_room(first, load_of(first)))
        return -EAGAIN;
    atomic_fetch_add(&first->given, 1);
    first->arrived++;
    deliver(first, guest);
    return 0;
}

/* What can't be sent for want of memory stays here. 0; -EAGAIN: no room. */
static int hand_over(struct reactor_server *server,
                     const struct ri_guest *guest)
{
    struct reactor_shard *first = &server->shards[0];
    int error = -ECANCELED;

    while (error == -ECANCELED) {
        struct reactor_shard *shard = choose(server);

        if (shard == NULL)
            return -EAGAIN;
        error = shard == first ? -ENOMEM : send_to(shard, guest);
    }
    return error == 0 ? 0 : keep(first, guest);
}

/* ---- Room ---- */

/* Who is held goes first; then whether there is room for another one. */
static bool has_any_room(struct reactor_server *server)
{
    struct ri_guest held = server->held;
    uint32_t next;
    bool is_room;

    server->held.handle = REACTOR_INVALID_HANDLE;
    if (held.handle != REACTOR_INVALID_HANDLE &&
        hand_over(server, &held) != 0) {
        server->held = held;
        return false;
    }
    next = server->next;
    is_room = choose(server) != NULL;
    server->next = next;
    return is_room;
}

static void look(struct reactor_server *server)
{
    if (server->door.admission == NULL)
        return;
    if (!has_any_room(server)) {
        (void)reactor_listener_pause(&server->door);
        atomic_store(&server->is_full, true);
        if (!has_any_room(server))
            return;
    }
    atomic_store(&server->is_full, false);
    (void)reactor_listener_resume(&server->door);
}

void ri_door_look(struct reactor_shard *first, struct ri_errand *errand)
{
    (void)errand;
    look(first->server);
}

void ri_door_consider(struct reactor_shard *shard)
{
    struct reactor_server *server = shard->server;

    atomic_store(&shard->is_closed, !ri_listener_accepts(&shard->listener));
    atomic_store(&shard->taken, shard->arrived);
    if (!atomic_load(&server->is_full) || !has_room(shard, load_of(shard)))
        return;
    (void)reactor_runtime_send(server->shards[0].runtime, &shard->room.command);
}

static void on_accept(void *user_data, reactor_handle handle,
                      const struct reactor_address *peer)
{
    struct reactor_shard *first = user_data;
    struct reactor_server *server = first->server;
    const struct ri_guest guest = {.handle = handle, .peer = *peer};

    if (hand_over(server, &guest) != 0)
        server->held = guest;
    look(server);
}

void ri_door_stop(struct reactor_server *server)
{
    reactor_listener_stop(&server->door);
    if (server->held.handle != REACTOR_INVALID_HANDLE)
        reactor_handle_close(server->held.handle);
    server->held.handle = REACTOR_INVALID_HANDLE;
}

/* ---- Start ---- */

static void on_paused(void *user_data, int error)
{
    struct reactor_shard *first = user_data;
    struct reactor_server *server = first->server;

    if (server->service.paused != NULL)
        server->service.paused(server->user_data, first, error);
}

int ri_door_start(struct reactor_shard *shard)
{
    struct reactor_server *server = shard->server;
    struct reactor_listener_options options = server->listener_options;
    int error;

    options.limit = 0;
    options.told = on_paused;
    reactor_listener_init(&server->door, shard->loop, on_accept, shard);
    error =
        server->handle != REACTOR_INVALID_HANDLE
            ? reactor_listener_start_handle(&server->door, server->handle,
                                            &options)
            : reactor_listener_start(&server->door, &server->address, &options);
    return error == 0 ? reactor_listener_pause(&server->door) : error;
}
