/* SPDX-License-Identifier: MIT */
#include "support/loops.h"

#include "support/thread.h"

#include "loop/loop_state.h"

#include <string.h>

/* ---- Who is called ---- */

char journal[JOURNAL_MAX + 1];
static size_t journal_length;
static int calls_made;

bool awaits_by_run;
static struct reactor_loop *awaited; /* is stopped by the first call */

void forget_calls(void)
{
    memset(journal, 0, sizeof(journal));
    journal_length = 0;
}

/* Without the wake, which would come in between next time. */
static void stop_quietly(struct reactor_loop *loop)
{
    atomic_store(&loop->stopping, 1);
}

static void call(struct probe *probe)
{
    probe->calls++;
    calls_made++;
    if (awaited != NULL)
        stop_quietly(awaited);
    awaited = NULL;
    if (probe->name != 0 && journal_length < JOURNAL_MAX)
        journal[journal_length++] = probe->name;
    if (probe->then != NULL)
        probe->then(probe); /* the probe may be gone afterwards */
}

void on_ready(void *probe, uint32_t readiness)
{
    ((struct probe *)probe)->readiness = readiness;
    call(probe);
}

void on_time(void *probe, uint64_t missed)
{
    ((struct probe *)probe)->missed = missed;
    call(probe);
}

void on_post(void *probe)
{
    call(probe);
}

void on_hook(void *probe)
{
    call(probe);
}

void on_signal(void *probe, int number, uint64_t count)
{
    ((struct probe *)probe)->number = number;
    ((struct probe *)probe)->missed = count;
    call(probe);
}

void on_end(void *probe, int exit_code, int signal)
{
    ((struct probe *)probe)->number = exit_code;
    ((struct probe *)probe)->signal = signal;
    call(probe);
}

/* ---- Loops ---- */

struct reactor_loop *open_loop_with(const struct reactor_loop_options *options)
{
    struct reactor_loop *loop = NULL;

    forget_calls();
    assert_ok(reactor_loop_open(&loop, options));
    assert_non_null(loop);
    return loop;
}

struct reactor_loop *open_loop(void)
{
    return open_loop_with(NULL);
}

static void fail_with_journal(int result, const char *file, int line)
{
    print_error("turn: %d; called: \"%s\"\n", result, journal);
    _fail(file, line);
}

int turn_once_at(struct reactor_loop *loop, const char *file, int line)
{
    int count = reactor_loop_turn(loop, 0);

    if (count < 0)
        fail_with_journal(count, file, line);
    return count;
}

static int run_until_called(struct reactor_loop *loop)
{
    int before = calls_made;
    int result;

    awaited = loop;
    result = reactor_loop_run(loop);
    awaited = NULL;
    return result == 1 ? calls_made - before : result;
}

int await_calls_at(struct reactor_loop *loop, const char *file, int line)
{
    int count = awaits_by_run ? run_until_called(loop)
                              : reactor_loop_turn(loop, PATIENCE_NS);

    if (count <= 0)
        fail_with_journal(count, file, line);
    return count;
}

void await_count_at(struct reactor_loop *loop, const struct probe *probe,
                    unsigned count, const char *file, int line)
{
    while (probe->calls < count)
        await_calls_at(loop, file, line);
    if (probe->calls != count)
        fail_with_journal((int)probe->calls, file, line);
}

void assert_nobody_at(struct reactor_loop *loop, const char *file, int line)
{
    int count = reactor_loop_turn(loop, SILENCE_NS);

    if (count != 0)
        fail_with_journal(count, file, line);
}

/* ---- Posts ---- */

int send_one_by_one(struct reactor_post *post, const _Atomic unsigned *received,
                    unsigned times)
{
    unsigned i;

    for (i = 1; i <= times; i++) {
        if (reactor_post_send(post) != 0)
            return -1;
        while (atomic_load(received) < i)
            thread_yield();
    }
    return 0;
}

/* ---- Handlers ---- */

void watch_init(struct watch *watch, struct reactor_loop *loop, char name)
{
    memset(watch, 0, sizeof(*watch));
    watch->probe.name = name;
    watch->probe.loop = loop;
    watch->pair = stream_pair();
    reactor_handler_init(&watch->handler, loop, on_ready, &watch->probe);
}

void watch_start(struct watch *watch, struct reactor_loop *loop, char name,
                 uint32_t interest)
{
    watch_init(watch, loop, name);
    assert_ok(
        reactor_handler_start(&watch->handler, watch->pair.mine, interest));
}

void watch_end(struct watch *watch)
{
    reactor_handler_stop(&watch->handler);
    close_pair(&watch->pair);
}
