/* SPDX-License-Identifier: MIT */
/* What is in the way of a server's listeners, and whose its path is. */
#include "work/house.h"

#include "support/path.h"
#include "support/process.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- Descriptors ---- */

/* What `paused` was told, by whichever shard. */
static struct {
    _Atomic unsigned calls;
    _Atomic int first, last;
} told;

static void note(void *user_data, struct reactor_shard *shard, int error)
{
    (void)user_data;
    (void)shard;
    if (atomic_load(&told.calls) == 0)
        atomic_store(&told.first, error);
    atomic_store(&told.last, error);
    atomic_fetch_add(&told.calls, 1);
}

static void
a_handle_that_is_closed_is_refused_whoever_has_its_number(void **state)
{
    struct reactor_server_service service = house_service();
    struct house house = {.works = false};
    int closed = dup(STDIN_FILENO);

    (void)state;
    assert_true(closed >= 0);
    assert_ok(close(closed));
    assert_error(reactor_server_open_handle(&house.server, closed, &service,
                                            NULL, &house),
                 -EBADF);
}

static void who_can_not_be_let_in_waits_and_the_service_is_told(void **state)
{
    size_t m;

    (void)state;
    for (m = 0; m < model_count; m++) {
        struct reactor_server_options options = options_of(&models[m]);
        struct reactor_server_service service = house_service();
        struct reactor_address where = local_address(0);
        struct house house = {.works = false};
        int client;

        memset(&told, 0, sizeof(told));
        service.paused = note;
        house_open(&house, &where, &service, &options);
        client = socket(AF_INET, SOCK_STREAM, 0);
        assert_true(client >= 0);
        limit_handles(0);
        assert_ok(connect(client, (struct sockaddr *)house.address.storage,
                          (socklen_t)house.address.size));
        await_others(told.calls == 1);
        assert_error(told.first, -EMFILE);
        assert_int_equal(house_count(&house, HOUSE_ACCEPTED), 0);
        unlimit_handles();
        await_others(house_count(&house, HOUSE_ACCEPTED) == 1);
        await_others(told.calls == 2);
        assert_ok(told.last);
        close_handle(client);
        (void)reactor_server_close(house.server);
    }
}

/* ---- Paths ---- */

/* One loop accepts for all: a path can have one listener only. */
static void a_path_is_served_by_every_loop_and_removed(void **state)
{
    struct reactor_listener_options listener = REACTOR_LISTENER_OPTIONS_INIT;
    struct talk *talks = calloc(6, sizeof(*talks));
    size_t m;
    unsigned i;

    (void)state;
    assert_non_null(talks);
    listener.flags = REACTOR_LISTEN_REPLACE;
    for (m = 0; m < model_count; m++) {
        struct reactor_server_options options = options_of(&models[m]);
        struct reactor_server_service service = house_service();
        struct reactor_address where = address_from(path_address);
        struct reactor_loop *loop = open_loop();
        struct house house = {.works = false};
        unsigned loops;

        options.listener = &listener;
        house_open(&house, &where, &service, &options);
        loops = reactor_server_count(house.server);
        clients_open(talks, 6, loop, &house.address);
        for (i = 0; i < 6; i++)
            client_says(&talks[i]);
        for (i = 0; i < 6; i++)
            client_hears(&talks[i]);
        for (i = 0; i < loops; i++)
            assert_int_equal(house.rooms[i].calls[HOUSE_ACCEPTED], 6 / loops);
        clients_leave(talks, 6);
        (void)reactor_server_close(house.server);
        assert_int_equal(access(path_name, F_OK), -1);
        reactor_loop_close(loop);
    }
    free(talks);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(
            a_handle_that_is_closed_is_refused_whoever_has_its_number),
        CLAIM_WITHOUT_REACTOR(
            who_can_not_be_let_in_waits_and_the_service_is_told),
        CLAIM_WITH_PATH(a_path_is_served_by_every_loop_and_removed),
    };

    return run_claims(claims);
}
