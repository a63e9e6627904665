/* SPDX-License-Identifier: MIT */
/* Posts: how cheap it is to have something called on a loop. */
#include "ledger.h"
#include "workload.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static void print_costs(const char *name, int64_t cpu_ns, int64_t wall_ns,
                        int64_t count)
{
    printf("cpu_ns %lld\n", (long long)cpu_ns);
    printf("%s_ns %.1f\n", name, (double)cpu_ns / (double)count);
    printf("%s_wall_ns %.1f\n", name, (double)wall_ns / (double)count);
}

static void check(int error)
{
    if (error != 0)
        ring_fail(error);
}

static bool is_over; /* closing may call what is pending */

static struct post *new_posts(int64_t count, struct engine *engine,
                              void (*call)(struct post *), int *error)
{
    char *posts = calloc((size_t)count, engine_post_size);
    int64_t i;

    *error = posts == NULL ? -ENOMEM : 0;
    for (i = 0; i < count && *error == 0; i++) {
        struct post *post = (void *)(posts + (size_t)i * engine_post_size);

        post->call = call;
        *error = engine_post_init(engine, post);
    }
    return (void *)posts;
}

static struct post *post_at(struct post *posts, int64_t index)
{
    return (void *)((char *)posts + (size_t)index * engine_post_size);
}

/* ---- coalesced ---- */

static void do_nothing(struct post *post)
{
    (void)post;
}

static int coalesce(struct engine *engine, struct post *post, int64_t sends)
{
    int64_t cpu = cpu_time_ns();
    int64_t wall = wall_time_ns();
    int64_t done;
    int64_t i;

    for (i = 0; i < sends; i++)
        check(engine_post_send(post));
    cpu = cpu_time_ns() - cpu;
    wall = wall_time_ns() - wall;
    done = ring_run(engine, 1);
    if (done < 0)
        return (int)done;
    print_costs("coalesced", cpu, wall, sends);
    return 0;
}

int measure_coalesced(const struct workload *workload)
{
    struct engine *engine;
    struct post *post;
    int error = engine_open(&engine, &ledger_allocator, true);

    if (error != 0)
        return error;
    post = new_posts(1, engine, do_nothing, &error);
    if (error == 0)
        error = coalesce(engine, post, workload->length);
    engine_close(engine);
    free(post);
    return error;
}

/* ---- own: a hundred posts, each sends itself again ---- */

#define OWN_POSTS 100

static void send_again(struct post *post)
{
    if (!is_over)
        check(engine_post_send(post));
}

static int run_own(struct engine *engine, struct post *posts, int64_t calls)
{
    int64_t cpu = cpu_time_ns();
    int64_t wall = wall_time_ns();
    int64_t done;
    int i;

    for (i = 0; i < OWN_POSTS; i++)
        check(engine_post_send(post_at(posts, i)));
    done = ring_run(engine, calls);
    if (done < 0)
        return (int)done;
    print_costs("own", cpu_time_ns() - cpu, wall_time_ns() - wall, done);
    return 0;
}

int measure_own(const struct workload *workload)
{
    struct engine *engine;
    struct post *posts;
    int error = engine_open(&engine, &ledger_allocator, true);

    if (error != 0)
        return error;
    posts = new_posts(OWN_POSTS, engine, send_again, &error);
    if (error == 0)
        error = run_own(engine, posts, workload->length);
    is_over = true;
    engine_close(engine);
    free(posts);
    return error;
}

/* ---- wake: two loops, on two threads, that post to each other ---- */

struct side {
    struct engine *engine;
    struct post *post; /* of this side; its call posts to the other one */
    int64_t calls;
    int64_t result;
};

static struct side sides[2];

static void send_there(struct post *post)
{
    if (!is_over)
        check(engine_post_send(sides[post == sides[0].post].post));
}

static void *run_side(void *context)
{
    struct side *side = context;

    side->result = engine_run(side->engine, side->calls);
    return NULL;
}

static int play(int64_t wakes)
{
    int64_t cpu = cpu_time_ns();
    int64_t wall = wall_time_ns();
    pthread_t thread;
    int64_t done;
    int i;

    for (i = 0; i < 2; i++)
        sides[i].calls = (wakes + 1) / 2;
    if (pthread_create(&thread, NULL, run_side, &sides[1]) != 0)
        return -EAGAIN;
    check(engine_post_send(sides[0].post));
    done = ring_run(sides[0].engine, sides[0].calls);
    pthread_join(thread, NULL);
    if (done < 0 || sides[1].result < 0)
        return (int)(done < 0 ? done : sides[1].result);
    print_costs("wake", cpu_time_ns() - cpu, wall_time_ns() - wall, 2 * done);
    return 0;
}

int measure_wake(const struct workload *workload)
{
    int opened = 0;
    int error = 0;

    while (opened < 2 && error == 0) {
        struct side *side = &sides[opened];

        error = engine_open(&side->engine, &ledger_allocator, true);
        if (error != 0)
            break;
        opened++;
        side->post = new_posts(1, side->engine, send_there, &error);
    }
    if (error == 0)
        error = play(workload->length);
    is_over = true;
    while (opened-- > 0) {
        engine_close(sides[opened].engine);
        free(sides[opened].post);
    }
    return error;
}
