/* SPDX-License-Identifier: MIT */
/* What is done to the handles, not to the reactor. */
#include "model/world.h"

#include "support/claim.h"
#include "support/handles.h"

/* Before a peer's write would block. */
#define UNREAD_MAX 100

/* ---- What a number names ---- */

static bool has_peer(const struct model_handle *handle)
{
    return handle->object == MODEL_STREAM && !handle->peer_closed;
}

void apply_open(struct world *world, size_t i, unsigned argument)
{
    struct model_handle *handle = &world->model.handles[i];
    struct named_handle files[8];
    size_t count;
    struct pair pair;

    if (handle->object != MODEL_CLOSED)
        return;
    if (argument % 32 == 31) {
        count = open_unpollable(files, COUNT_OF(files));
        while (--count > 0)
            close_handle(files[count].handle);
        (void)move_to_number(files[0].handle, world_number(i));
        model_open(handle, MODEL_FILE);
        return;
    }
    pair = stream_pair();
    (void)move_to_number(pair.mine, world_number(i));
    world->peers[i] = pair.peer;
    world->filled[i] = 0;
    model_open(handle, MODEL_STREAM);
}

void apply_close(struct world *world, size_t i, unsigned argument)
{
    struct model_handle *handle = &world->model.handles[i];

    (void)argument;
    if (handle->object == MODEL_CLOSED)
        return;
    if (has_peer(handle))
        close_handle(world->peers[i]);
    close_handle(world_number(i));
    model_close(handle);
}

/* The ghost has something to say, if its peer can still make it. */
void apply_abandon(struct world *world, size_t i, unsigned argument)
{
    struct model_handle *handle = &world->model.handles[i];
    struct world_ghost *ghost;

    (void)argument;
    if (!has_peer(handle) || !handle->registered || handle->lost ||
        world->model.ghosts == WORLD_GHOSTS_MAX)
        return;
    if (!handle->peer_shut)
        send_byte(world->peers[i]);
    ghost = &world->ghosts[world->model.ghosts++];
    ghost->twin = duplicate(world_number(i));
    ghost->peer = world->peers[i];
    close_handle(world_number(i));
    model_close(handle);
}

void apply_lay(struct world *world, size_t i, unsigned argument)
{
    struct world_ghost *ghost;

    (void)i;
    if (world->model.ghosts == 0)
        return;
    ghost = &world->ghosts[argument % world->model.ghosts];
    close_handle(ghost->twin);
    close_handle(ghost->peer);
    *ghost = world->ghosts[--world->model.ghosts];
}

/* ---- Its stream ---- */

void apply_send(struct world *world, size_t i, unsigned argument)
{
    struct model_handle *handle = &world->model.handles[i];

    (void)argument;
    if (!has_peer(handle) || handle->peer_shut || handle->unread == UNREAD_MAX)
        return;
    send_byte(world->peers[i]);
    handle->unread++;
    model_changed(handle);
}

void apply_drain(struct world *world, size_t i, unsigned argument)
{
    struct model_handle *handle = &world->model.handles[i];
    size_t count;

    (void)argument;
    if (handle->object != MODEL_STREAM)
        return;
    count = drain(world_number(i));
    assert_int_equal(count, handle->unread);
    handle->unread = 0;
    model_changed(handle);
}

void apply_fill(struct world *world, size_t i, unsigned argument)
{
    struct model_handle *handle = &world->model.handles[i];

    (void)argument;
    if (!has_peer(handle))
        return;
    world->filled[i] += fill(world_number(i));
    handle->is_full = true;
    model_changed(handle);
}

void apply_make_room(struct world *world, size_t i, unsigned argument)
{
    struct model_handle *handle = &world->model.handles[i];

    (void)argument;
    if (!has_peer(handle))
        return;
    while (world->filled[i] > 0)
        world->filled[i] -= drain(world->peers[i]);
    handle->is_full = false;
    model_changed(handle);
}

void apply_shut_peer(struct world *world, size_t i, unsigned argument)
{
    struct model_handle *handle = &world->model.handles[i];
    struct pair pair = {world_number(i), world->peers[i]};

    (void)argument;
    if (!has_peer(handle))
        return;
    shut_writing(&pair);
    handle->peer_shut = true;
    model_changed(handle);
}

void apply_close_peer(struct world *world, size_t i, unsigned argument)
{
    struct model_handle *handle = &world->model.handles[i];

    if (!has_peer(handle))
        return;
    /* A reset leaves nothing that a stream is known by. */
    if (!closing_ends_both())
        apply_make_room(world, i, argument);
    close_handle(world->peers[i]);
    handle->peer_closed = true;
    model_changed(handle);
}
