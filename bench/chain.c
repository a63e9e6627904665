/* SPDX-License-Identifier: MIT */
#include "ledger.h"
#include "workload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- What a handler does beside its reading and writing ---- */

static void check(int error)
{
    if (error != 0)
        ring_fail(error);
}

static struct engine *engine;

static void readd(struct channel *channel)
{
    ring_pass_token(channel);
    check(engine_unwatch(channel));
    check(engine_watch(engine, channel));
}

static void toggle(struct channel *channel)
{
    check(engine_ask(channel, true));
    ring_pass_token(channel);
    check(engine_ask(channel, false));
}

/* As back-pressure does: who has the token is the one that reads. */
static void move(struct channel *channel)
{
    ring_pass_token(channel);
    check(engine_pause(channel));
    check(engine_resume(channel->next));
}

/* ---- In company: the loop has a timer and a post as well ---- */

static void do_nothing(struct timer *timer)
{
    (void)timer;
}

static void do_no_more(struct post *post)
{
    (void)post;
}

static struct timer *companion;
static struct post *visitor;

/* As a server has them: far from due, and not sent. */
static int invite(void)
{
    const int64_t an_hour_ns = INT64_C(3600000000000);
    int error;

    companion->call = do_nothing;
    visitor->call = do_no_more;
    error = engine_timer_init(engine, companion);
    if (error == 0)
        error = engine_timer_start(companion, an_hour_ns);
    return error != 0 ? error : engine_post_init(engine, visitor);
}

/* ---- Together with others ---- */

/* See ring_put_tokens(). */
static bool gets_token(const struct workload *workload, int place)
{
    int64_t before = place * workload->tokens % workload->count;

    return before == 0 || before > workload->count - workload->tokens;
}

static int prepare(struct ring *ring, const struct workload *workload,
                   void (*handle)(struct channel *))
{
    int error = ring_watch_all(ring, engine);
    int i;

    if (error == 0 && companion != NULL)
        error = invite();
    for (i = 0; i < ring->count && error == 0; i++) {
        struct channel *channel = ring_channel(ring, i);

        channel->handle = handle;
        if (handle == move && !gets_token(workload, i))
            error = engine_pause(channel);
    }
    return error != 0 ? error : ring_put_tokens(ring, (int)workload->tokens);
}

static int run(struct ring *ring, const struct workload *workload,
               void (*handle)(struct channel *))
{
    int64_t started;
    int64_t done;
    int error = prepare(ring, workload, handle);

    if (error != 0)
        return error;
    started = cpu_time_ns();
    done = ring_run(engine, workload->length);
    if (done < 0)
        return (int)done;
    printf("events %lld\n", (long long)done);
    printf("cpu_ns %lld\n", (long long)(cpu_time_ns() - started));
    return 0;
}

static int measure(const struct workload *workload,
                   void (*handle)(struct channel *))
{
    struct ring ring;
    int error = ring_open(&ring, workload->kind, (int)workload->count);

    if (error == 0)
        error = engine_open(&engine, &ledger_allocator, false);
    if (error != 0)
        return error;
    error = run(&ring, workload, handle);
    engine_close(engine);
    ring_close(&ring);
    return error;
}

int measure_chain(const struct workload *workload)
{
    return measure(workload, ring_pass_token);
}

int measure_company(const struct workload *workload)
{
    int error = -ENOMEM;

    companion = calloc(1, engine_timer_size);
    visitor = calloc(1, engine_post_size);
    if (companion != NULL && visitor != NULL)
        error = measure(workload, ring_pass_token);
    free(companion);
    free(visitor);
    return error;
}

int measure_readd(const struct workload *workload)
{
    return measure(workload, readd);
}

int measure_toggle(const struct workload *workload)
{
    return measure(workload, toggle);
}

int measure_move(const struct workload *workload)
{
    return measure(workload, move);
}
