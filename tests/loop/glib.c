/* SPDX-License-Identifier: MIT */
/* A loop inside the main loop of GLib, as a GSource. */
#include "support/loops.h"
#include "support/thread.h"

#include <glib.h>
#include <stdatomic.h>
#include <string.h>

/* ---- The source ---- */

struct nest {
    GSource source; /* first: GLib allocates it with what follows */
    struct reactor_loop *loop;
    int64_t deadline_ns;
    gpointer tag;
};

/* When the loop is due in milliseconds, rounded up; -1: never. */
static gint time_left_ms(int64_t deadline_ns)
{
    int64_t left_ns;

    if (deadline_ns == REACTOR_FOREVER)
        return -1;
    left_ns = deadline_ns == 0 ? 0 : deadline_ns - reactor_now_ns();
    return left_ns <= 0 ? 0 : (gint)((left_ns + 999999) / 1000000);
}

static gboolean prepare(GSource *source, gint *timeout_ms)
{
    struct nest *nest = (struct nest *)source;

    assert_ok(reactor_loop_prepare(nest->loop, &nest->deadline_ns));
    *timeout_ms = time_left_ms(nest->deadline_ns);
    return *timeout_ms == 0;
}

static gboolean check(GSource *source)
{
    struct nest *nest = (struct nest *)source;

    return (g_source_query_unix_fd(source, nest->tag) & G_IO_IN) != 0 ||
           time_left_ms(nest->deadline_ns) == 0;
}

static gboolean dispatch(GSource *source, GSourceFunc function, gpointer data)
{
    (void)function;
    (void)data;
    assert_in_range(reactor_loop_turn(((struct nest *)source)->loop, 0), 0,
                    1000);
    return G_SOURCE_CONTINUE;
}

static GSourceFuncs functions = {
    .prepare = prepare, .check = check, .dispatch = dispatch};

/* ---- The main loop ---- */

struct world {
    GMainContext *context;
    GMainLoop *main;
    struct nest *nest;
    struct reactor_loop *loop;
};

static bool world_open(struct world *world)
{
    reactor_handle handle;

    world->loop = open_loop();
    handle = reactor_loop_backend_handle(world->loop);
    if (handle == REACTOR_INVALID_HANDLE) {
        reactor_loop_close(world->loop);
        return false;
    }
    world->context = g_main_context_new();
    world->main = g_main_loop_new(world->context, FALSE);
    world->nest = (struct nest *)g_source_new(&functions, sizeof(struct nest));
    world->nest->loop = world->loop;
    world->nest->tag =
        g_source_add_unix_fd(&world->nest->source, handle, G_IO_IN);
    (void)g_source_attach(&world->nest->source, world->context);
    return true;
}

static void world_close(struct world *world)
{
    g_source_destroy(&world->nest->source);
    g_source_unref(&world->nest->source);
    g_main_loop_unref(world->main);
    g_main_context_unref(world->context);
    reactor_loop_close(world->loop);
}

static gboolean lose_patience(gpointer main)
{
    print_error("nothing has ended the main loop; called: \"%s\"\n", journal);
    g_main_loop_quit(main);
    return G_SOURCE_REMOVE;
}

static GSource *add_timeout(struct world *world, guint delay_ms,
                            GSourceFunc function, gpointer data)
{
    GSource *source = g_timeout_source_new(delay_ms);

    g_source_set_callback(source, function, data, NULL);
    (void)g_source_attach(source, world->context);
    return source;
}

static void remove_source(GSource *source)
{
    g_source_destroy(source);
    g_source_unref(source);
}

static void world_run(struct world *world)
{
    GSource *end = add_timeout(world, PATIENCE_MS, lose_patience, world->main);

    g_main_loop_run(world->main);
    remove_source(end);
}

static void quit(struct probe *probe)
{
    g_main_loop_quit(((struct world *)probe->context)->main);
}

#define open_or_skip(world)                                                    \
    do {                                                                       \
        if (!world_open(world))                                                \
            skip_because("this backend has no handle of its own");             \
    } while (0)

/* ---- Claims ---- */

static void a_timer_is_called_and_not_early(void **state)
{
    struct world world;
    struct probe probe = {.name = 't', .then = quit, .context = &world};
    struct reactor_timer timer;
    int64_t began = monotonic_ns();

    (void)state;
    open_or_skip(&world);
    reactor_timer_init(&timer, world.loop, on_time, &probe);
    reactor_timer_start(&timer, 5000000, 0);
    world_run(&world);
    assert_string_equal(journal, "t");
    assert_true(monotonic_ns() - began >= 5000000);
    world_close(&world);
}

static void a_handler_is_called(void **state)
{
    struct world world;
    struct watch watch;

    (void)state;
    open_or_skip(&world);
    watch_start(&watch, world.loop, 'h', REACTOR_READABLE);
    watch.probe.then = quit;
    watch.probe.context = &world;
    send_byte(watch.pair.peer);
    world_run(&world);
    assert_true(watch.probe.calls > 0);
    watch_end(&watch);
    world_close(&world);
}

struct sender {
    struct world *world;
    struct reactor_post post;
    _Atomic unsigned received;
    unsigned times;
};

static void receive(void *user_data)
{
    struct sender *sender = user_data;

    if (atomic_fetch_add(&sender->received, 1) + 1 == sender->times)
        g_main_loop_quit(sender->world->main);
}

static int send_them(void *context)
{
    struct sender *sender = context;

    return send_one_by_one(&sender->post, &sender->received, sender->times);
}

static void posts_of_another_thread_are_called(void **state)
{
    struct world world;
    struct sender sender = {.world = &world, .times = 100};
    struct thread *thread;

    (void)state;
    open_or_skip(&world);
    reactor_post_init(&sender.post, world.loop, receive, &sender);
    thread = thread_start(send_them, &sender);
    world_run(&world);
    assert_ok(thread_join(thread));
    assert_int_equal(sender.received, 100);
    world_close(&world);
}

static gboolean send_from_glib(gpointer post)
{
    assert_ok(reactor_post_send(post));
    return G_SOURCE_CONTINUE;
}

static void quit_after_five(struct probe *probe)
{
    if (probe->calls == 5)
        quit(probe);
}

/* Its callbacks use the loop, which is prepared before the next wait. */
static void a_timeout_of_glib_goes_on_beside(void **state)
{
    struct world world;
    struct probe probe = {
        .name = 'p', .then = quit_after_five, .context = &world};
    struct reactor_post post;
    GSource *timeout;

    (void)state;
    open_or_skip(&world);
    reactor_post_init(&post, world.loop, on_post, &probe);
    timeout = add_timeout(&world, 1, send_from_glib, &post);
    world_run(&world);
    assert_string_equal(journal, "ppppp");
    remove_source(timeout);
    world_close(&world);
}

static gboolean do_nothing(gpointer data)
{
    (void)data;
    return G_SOURCE_REMOVE;
}

/* GLib keeps what it has made once. */
static int warm_up(void **state)
{
    GMainContext *context = g_main_context_new();
    GSource *source = g_idle_source_new();

    g_source_set_callback(source, do_nothing, NULL, NULL);
    (void)g_source_attach(source, context);
    (void)g_main_context_iteration(context, FALSE);
    remove_source(source);
    g_main_context_unref(context);
    return claims_begin(state);
}

int main(void)
{
    const struct CMUnitTest claims[] = {
        CLAIM_WITHOUT_REACTOR(a_timer_is_called_and_not_early),
        CLAIM_WITHOUT_REACTOR(a_handler_is_called),
        CLAIM_WITHOUT_REACTOR(posts_of_another_thread_are_called),
        CLAIM_WITHOUT_REACTOR(a_timeout_of_glib_goes_on_beside),
    };

    return cmocka_run_group_tests(claims, warm_up, claims_end);
}
