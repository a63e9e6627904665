/* SPDX-License-Identifier: MIT */
/* What debuggers call the threads, and which processors they run on. */
#include "work/hosts.h"
#include "work/house.h"

#include "platform/platform.h"

#include <stdio.h>
#include <string.h>

#define PROCESSORS_MAX 1024

/* Where a thread finds itself. */
struct place {
    bool is_named;
    char name[64];
    size_t count; /* of its processors */
    uint32_t processors[PROCESSORS_MAX];
};

static struct place places[HOUSE_LOOPS];

static void look(struct place *place)
{
    place->is_named = thread_name(place->name, sizeof(place->name));
    place->count = thread_processors(place->processors, PROCESSORS_MAX);
}

static void look_around(struct host *host, enum host_call call)
{
    (void)host;
    if (call == HOST_STARTED)
        look(&places[0]);
}

static void look_around_there(struct house *house, struct room *room,
                              enum house_call call)
{
    (void)house;
    if (call == HOUSE_STARTED)
        look(&places[reactor_shard_index(room->shard)]);
}

/* How many processors the test has; it is skipped where that is unknown. */
static size_t look_for_processors(struct place *here)
{
    look(here);
    if (here->count == 0)
        skip_because("a thread can't ask for its processors");
    return here->count;
}

/* ---- Names ---- */

static void a_runtimes_thread_has_its_name(void **state)
{
    struct reactor_runtime_options options = REACTOR_RUNTIME_OPTIONS_INIT;
    struct host host = host_make();
    char name[] = "fifteen letters";

    (void)state;
    host.then = look_around;
    options.name = name;
    host_open(&host, &options);
    memset(name, 'x', sizeof(name)); /* it is copied */
    assert_ok(reactor_runtime_close(host.runtime));
    if (!places[0].is_named)
        skip_because("a thread can't ask for its name");
    assert_string_equal(places[0].name, "fifteen letters");
}

static void the_threads_of_a_server_are_numbered(void **state)
{
    struct reactor_server_options options = options_of(MODEL_LOOPS);
    struct reactor_server_service service = house_service();
    struct house house = {.then = look_around_there};
    struct reactor_address where = local_address(0);
    unsigned i;

    (void)state;
    options.name = "ten bytes!";
    house_open(&house, &where, &service, &options);
    assert_ok(reactor_server_close(house.server));
    if (!places[0].is_named)
        skip_because("a thread can't ask for its name");
    for (i = 0; i < HOUSE_LOOPS; i++) {
        char expected[16];

        snprintf(expected, sizeof(expected), "ten bytes!/%u", i);
        assert_string_equal(places[i].name, expected);
    }
}

/* ---- Processors ---- */

static void a_pinned_runtime_stays_on_its_processor(void **state)
{
    struct reactor_runtime_options options = REACTOR_RUNTIME_OPTIONS_INIT;
    static struct place here;
    size_t count = look_for_processors(&here);
    size_t i;

    (void)state;
    options.flags = REACTOR_RUNTIME_PINNED;
    for (i = 0; i < count; i++) {
        struct host host = host_make();

        host.then = look_around;
        options.processor = here.processors[i];
        host_open(&host, &options);
        assert_ok(reactor_runtime_close(host.runtime));
        assert_int_equal(places[0].count, 1);
        assert_int_equal(places[0].processors[0], here.processors[i]);
    }
}

static void another_may_run_on_all(void **state)
{
    static struct place here;
    size_t count = look_for_processors(&here);
    struct host host = host_make();

    (void)state;
    host.then = look_around;
    host_open(&host, NULL);
    assert_ok(reactor_runtime_close(host.runtime));
    assert_int_equal(places[0].count, count);
}

static void the_loops_of_a_server_take_processors_in_turn(void **state)
{
    struct reactor_server_options options = options_of(MODEL_LOOPS);
    struct reactor_server_service service = house_service();
    struct house house = {.then = look_around_there};
    struct reactor_address where = local_address(0);
    static struct place here;
    size_t count = look_for_processors(&here);
    size_t i;

    (void)state;
    options.flags |= REACTOR_SERVER_PINNED;
    house_open(&house, &where, &service, &options);
    assert_ok(reactor_server_close(house.server));
    for (i = 0; i < HOUSE_LOOPS; i++) {
        assert_int_equal(places[i].count, 1);
        assert_int_equal(places[i].processors[0], here.processors[i % count]);
    }
}

static void ignore_guest(void *user_data, struct reactor_shard *shard,
                         reactor_handle handle,
                         const struct reactor_address *peer)
{
    (void)user_data;
    (void)peer;
    reactor_handle_close(handle);
    reactor_listener_release(reactor_shard_listener(shard));
}

/* Returns how many loops a server has whose number is left open, or an error.
 */
static int count_loops(void *context)
{
    struct reactor_server_options options = REACTOR_SERVER_OPTIONS_INIT;
    struct reactor_server_service service = REACTOR_SERVER_SERVICE_INIT;
    const struct reactor_address *where = context;
    struct reactor_server *server;
    int result;

    service.accepted = ignore_guest;
    options.model = REACTOR_MODEL_LOOPS;
    result = reactor_server_open(&server, where, &service, &options, NULL);
    if (result != 0)
        return result;
    result = (int)reactor_server_count(server);
    (void)reactor_server_close(server);
    return result;
}

static void a_server_has_a_loop_for_each_processor(void **state)
{
    struct reactor_address where = local_address(0);
    static struct place here;
    size_t count = look_for_processors(&here);

    (void)state;
    assert_int_equal(count_loops(&where), count);
}

#ifdef __linux__

/* Those of the thread that opens it: taskset(1), cpuset(7). */
static int count_loops_on_one(void *context)
{
    int error = ri_thread_pin(ri_processor(0));

    return error == 0 ? count_loops(context) : error;
}

static void a_process_that_has_one_processor_gets_one_loop(void **state)
{
    struct reactor_address where = local_address(0);

    (void)state;
    assert_int_equal(thread_join(thread_start(count_loops_on_one, &where)), 1);
}

#endif

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_runtimes_thread_has_its_name),
        CLAIM_WITHOUT_REACTOR(the_threads_of_a_server_are_numbered),
        CLAIM_WITHOUT_REACTOR(a_pinned_runtime_stays_on_its_processor),
        CLAIM_WITHOUT_REACTOR(another_may_run_on_all),
        CLAIM_WITHOUT_REACTOR(the_loops_of_a_server_take_processors_in_turn),
        CLAIM_WITHOUT_REACTOR(a_server_has_a_loop_for_each_processor),
#ifdef __linux__
        CLAIM_WITHOUT_REACTOR(a_process_that_has_one_processor_gets_one_loop),
#endif
    };

    return run_claims(claims);
}
