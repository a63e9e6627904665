/* SPDX-License-Identifier: MIT */
/* Waits, and what the model has to say of their events. */
#include "model/world.h"

#include "support/claim.h"

#include <limits.h>
#include <string.h>

/* For everything that can be ready at once, ghosts included. */
#define ROOM (MODEL_HANDLES + WORLD_GHOSTS_MAX + 1)

static const int capacities[] = {1, 1, 2, 5, 17, ROOM, ROOM, INT_MAX};

/* A variant of both that takes no time. */
#define ONLY_LOOK 5

/* Where something is due, a wait may be as long as it likes. */
static int wait_for_what_is_due(struct reactor *reactor,
                                struct reactor_event *events, int capacity,
                                unsigned variant)
{
    switch (variant % 5) {
    case 0:
        return reactor_wait(reactor, events, capacity, 0);
    case 1:
        return reactor_wait(reactor, events, capacity, 1000);
    case 2:
        return reactor_wait(reactor, events, capacity, -1);
    case 3:
        return reactor_wait_until(reactor, events, capacity, reactor_now_ns());
    default:
        return reactor_wait_until(reactor, events, capacity, REACTOR_FOREVER);
    }
}

/* Most only look, and the others come to nothing, but never early. */
static int wait_for_nothing(struct world *world, struct reactor_event *events,
                            int capacity, unsigned variant)
{
    struct reactor *reactor = world->reactor;
    int64_t deadline = reactor_now_ns();
    int count;

    switch (variant % 32) {
    case 0:
        deadline += 1000000;
        count = reactor_wait(reactor, events, capacity, 1);
        break;
    case 1:
        deadline += 100000;
        count = reactor_wait_until(reactor, events, capacity, deadline);
        break;
    default:
        count = reactor_wait(reactor, events, capacity, 0);
    }
    if (count == 0 && reactor_now_ns() < deadline)
        world_complain(world, "a wait ends early");
    return count;
}

static void report(struct world *world, const struct reactor_event *event)
{
    struct model *model = &world->model;
    const char *wrong;
    int i = 0;

    while (i < MODEL_HANDLES && world_number((size_t)i) != event->handle)
        i++;
    if (event->handle == REACTOR_INVALID_HANDLE)
        wrong = model_report_wake(model, event);
    else if (i == MODEL_HANDLES)
        wrong = "a handle that was never registered";
    else
        wrong = model_report(model, &model->handles[i], event);
    if (wrong != NULL)
        world_complain(world, "handle %d, readiness 0x%x: %s", i,
                       (unsigned)event->readiness, wrong);
}

/* kqueue does not go on for the last eighth of the room. */
static bool may_leave_some(const struct model *model, int count, int capacity)
{
    int most = (int)model_registered(model) + 1;
    int useful = capacity < most ? capacity : most;

    return strcmp(reactor_backend_name(), "kqueue") == 0 &&
           useful - count <= useful / 8;
}

static void wait_with(struct world *world, int capacity, unsigned variant)
{
    struct reactor_event events[ROOM];
    struct model *model = &world->model;
    size_t missing;
    int count;
    int i;

    if (model_owed(model) > 0 || model->shut_down)
        count = wait_for_what_is_due(world->reactor, events, capacity, variant);
    else
        count = wait_for_nothing(world, events, capacity, variant);

    if (model->shut_down) {
        if (count != -ECANCELED)
            world_complain(world, "a wait after shutdown: %d", count);
        return;
    }
    if (count < 0 || count > capacity || count > ROOM) {
        world_complain(world, "a wait for %d events: %d", capacity, count);
        return;
    }
    for (i = 0; i < count; i++)
        report(world, &events[i]);
    missing = model_owed(model);
    if (missing > 0 &&
        (count == 0 || (capacity >= ROOM && model->ghosts == 0 &&
                        !may_leave_some(model, count, capacity))))
        world_complain(world, "%d events, and %u more are owed", count,
                       (unsigned)missing);
    model_wait_end(model);
}

void apply_wait(struct world *world, size_t i, unsigned argument)
{
    (void)i;
    wait_with(world, capacities[argument % COUNT_OF(capacities)],
              argument / COUNT_OF(capacities));
}

/* Rule 9 of the contract; whatever is registered counts as ready here. */
void apply_take_turns(struct world *world, size_t handle, unsigned argument)
{
    int capacity = 1 + (int)(argument % ROOM);
    struct model *model = &world->model;
    unsigned first = model->wait;
    size_t ready = model_registered(model) + model->ghosts + 1;
    size_t turns = 2 * ((ready + (size_t)capacity - 1) / (size_t)capacity);
    size_t i;

    (void)handle;
    for (; turns > 0 && !world->disagrees; turns--)
        wait_with(world, capacity, ONLY_LOOK);
    if (model->shut_down)
        return;
    for (i = 0; i < MODEL_HANDLES; i++)
        if (model->handles[i].owed != 0 &&
            model->handles[i].reported_by < first)
            world_complain(world, "handle %u was never in turn", (unsigned)i);
    if (model->wake_owed)
        world_complain(world, "the wake was never in turn");
}
