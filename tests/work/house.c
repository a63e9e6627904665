/* SPDX-License-Identifier: MIT */
#include "work/house.h"

#include <stdlib.h>
#include <string.h>

/* ---- The service ---- */

_Thread_local char house_place[1];

unsigned house_count(const struct house *house, enum house_call call)
{
    unsigned count = 0, i;

    for (i = 0; i < HOUSE_LOOPS; i++)
        count += atomic_load(&house->rooms[i].calls[call]);
    return count;
}

static struct room *room_of(struct house *house, struct reactor_shard *shard)
{
    return &house->rooms[reactor_shard_index(shard)];
}

static void called(struct house *house, struct reactor_shard *shard,
                   enum house_call call)
{
    struct room *room = room_of(house, shard);

    if (house->then != NULL)
        house->then(house, room, call);
    atomic_fetch_add(&room->calls[call], 1);
}

static int on_started(void *user_data, struct reactor_shard *shard)
{
    struct house *house = user_data;
    struct room *room = room_of(house, shard);

    room->shard = shard;
    room->place = house_place;
    reactor_shard_set_user_data(shard, room);
    called(house, shard, HOUSE_STARTED);
    return house->fails_to_start != 0 &&
                   house_count(house, HOUSE_STARTED) > house->fails_to_start
               ? -EPROTOTYPE
               : 0;
}

/* A session that may be gone when its answer is there. */
struct request {
    struct reactor_job job;
    struct house *house;
    struct room *room;
    uint64_t session;
    size_t size;
    char bytes[64];
};

static void work(void *user_data)
{
    struct request *request = user_data;

    atomic_fetch_add(house_place == request->room->place
                         ? &request->house->on_loop
                         : &request->house->on_worker,
                     1);
}

static void answer(void *user_data, int status)
{
    struct request *request = user_data;
    struct reactor_session *session = reactor_session_find(
        reactor_shard_loop(request->room->shard), request->session);

    if (status == 0 && session != NULL)
        (void)reactor_session_write(session, request->bytes, request->size);
    free(request);
}

/* The user data of a session is its house and its room. */
struct guest {
    struct house *house;
    struct room *room;
};

static size_t submit(struct guest *guest, struct reactor_session *session,
                     const void *bytes, size_t size)
{
    struct request *request = calloc(1, sizeof(*request));

    if (request == NULL || size > sizeof(request->bytes)) {
        free(request);
        return 0;
    }
    request->house = guest->house;
    request->room = guest->room;
    request->session = reactor_session_id(session);
    request->size = size;
    memcpy(request->bytes, bytes, size);
    reactor_job_init(&request->job, reactor_shard_loop(guest->room->shard),
                     work, answer, request);
    if (reactor_pool_submit(reactor_shard_pool(guest->room->shard),
                            &request->job) != 0)
        free(request);
    return size;
}

static size_t on_data(void *user_data, struct reactor_session *session,
                      const void *bytes, size_t size)
{
    struct guest *guest = user_data;

    if (guest->house->works)
        return submit(guest, session, bytes, size);
    return reactor_session_write(session, bytes, size) == 0 ? size : 0;
}

static void on_closed(void *user_data, struct reactor_session *session,
                      enum reactor_closed reason, int error)
{
    struct guest *guest = user_data;

    (void)session;
    (void)reason;
    (void)error;
    called(guest->house, guest->room->shard, HOUSE_CLOSED);
    free(guest);
}

static void on_accepted(void *user_data, struct reactor_shard *shard,
                        reactor_handle handle,
                        const struct reactor_address *peer)
{
    struct reactor_session_options options = REACTOR_SESSION_OPTIONS_INIT;
    struct house *house = user_data;
    struct guest *guest = calloc(1, sizeof(*guest));

    (void)peer;
    options.data = on_data;
    options.closed = on_closed;
    options.listener = reactor_shard_listener(shard);
    if (guest != NULL)
        *guest = (struct guest){house, reactor_shard_user_data(shard)};
    if (guest == NULL || reactor_session_open(NULL, reactor_shard_loop(shard),
                                              handle, &options, guest) != 0) {
        reactor_handle_close(handle);
        reactor_listener_release(options.listener);
        free(guest);
        return;
    }
    called(house, shard, HOUSE_ACCEPTED);
}

static void on_command(void *user_data, struct reactor_shard *shard,
                       struct reactor_command *command)
{
    (void)command;
    called(user_data, shard, HOUSE_COMMAND);
}

static void on_tick(void *user_data, struct reactor_shard *shard,
                    uint64_t missed)
{
    (void)missed;
    called(user_data, shard, HOUSE_TICK);
}

void house_stopping(void *user_data, struct reactor_shard *shard,
                    int64_t drain_ns)
{
    (void)drain_ns;
    called(user_data, shard, HOUSE_STOPPING);
}

struct reactor_server_service house_service(void)
{
    struct reactor_server_service service = REACTOR_SERVER_SERVICE_INIT;

    service.started = on_started;
    service.accepted = on_accepted;
    service.command = on_command;
    service.tick = on_tick;
    return service;
}

/* ---- Models ---- */

const struct model models[] = {
    {REACTOR_MODEL_LOOP, 0, 0},
    {REACTOR_MODEL_POOL, 0, 0},
    {REACTOR_MODEL_LOOPS, HOUSE_LOOPS, 0},
    {REACTOR_MODEL_LOOPS, HOUSE_LOOPS, REACTOR_SERVER_HAND_OVER},
};

const size_t model_count = COUNT_OF(models);

struct reactor_server_options options_of(const struct model *model)
{
    struct reactor_server_options options = REACTOR_SERVER_OPTIONS_INIT;

    options.model = model->model;
    options.loops = model->loops;
    options.flags = model->flags;
    return options;
}

void house_open(struct house *house, const struct reactor_address *where,
                const struct reactor_server_service *service,
                const struct reactor_server_options *options)
{
    assert_ok(
        reactor_server_open(&house->server, where, service, options, house));
    assert_ok(reactor_server_address(house->server, &house->address));
}

void house_open_as(struct house *house, const struct model *model,
                   uint32_t limit)
{
    struct reactor_listener_options listener = REACTOR_LISTENER_OPTIONS_INIT;
    struct reactor_server_options options = options_of(model);
    struct reactor_server_service service = house_service();
    struct reactor_address where = local_address(0);

    listener.limit = limit;
    options.listener = &listener;
    house_open(house, &where, &service, &options);
}

uint64_t house_open_at(const struct house *house, uint32_t index)
{
    struct reactor_server_numbers numbers = {.size = sizeof(numbers)};

    assert_ok(reactor_server_numbers(house->server, index, &numbers));
    return numbers.open;
}

/* ---- Clients ---- */

void client_open(struct talk *talk, struct reactor_loop *loop,
                 const struct reactor_address *address)
{
    struct reactor_session_options options = talk_options();

    *talk = (struct talk){.loop = loop};
    assert_ok(reactor_session_connect(&talk->session, loop, address, 1,
                                      PATIENCE_NS, &options, talk));
    await_that(loop, talk->calls[TALK_CONNECTED] == 1);
}

void clients_open(struct talk *talks, unsigned count, struct reactor_loop *loop,
                  const struct reactor_address *address)
{
    unsigned i;

    for (i = 0; i < count; i++)
        client_open(&talks[i], loop, address);
}

void client_says(struct talk *talk)
{
    assert_ok(reactor_session_write(talk->session, "hello", 5));
}

void client_hears(struct talk *talk)
{
    await_that(talk->loop, talk->size == 5);
    assert_memory_equal(talk->bytes, "hello", 5);
}

void clients_leave(struct talk *talks, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++)
        reactor_session_abort(talks[i].session);
    for (i = 0; i < count; i++)
        await_closed(&talks[i]);
}
