/* SPDX-License-Identifier: MIT */
/*
 * Messages that threads send to a loop. Where a post is not a message, they go
 * into a queue with a mutex, whose first one sends a post: what the manuals of
 * the others advise.
 */
#include "ledger.h"
#include "workload.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

struct message {
    struct message *next;
    char content[48]; /* as large as a post that is one: a line of the cache */
};

static struct bench {
    struct engine *engine;
    struct post *posts; /* one for each message, or for all */
    struct message *messages;
    int64_t each; /* messages of one producer */
    int64_t total;
    int64_t received;
    _Atomic int go;

    pthread_mutex_t mutex; /* for what follows */
    struct message *first;
    struct message **last;
} bench = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* ---- The queue ---- */

static void queue_message(struct message *message)
{
    bool was_empty;

    message->next = NULL;
    pthread_mutex_lock(&bench.mutex);
    was_empty = bench.first == NULL;
    if (was_empty)
        bench.last = &bench.first;
    *bench.last = message;
    bench.last = &message->next;
    pthread_mutex_unlock(&bench.mutex);
    if (was_empty)
        (void)engine_post_send(bench.posts);
}

static void take_queued(struct post *post)
{
    const struct message *message;

    (void)post;
    pthread_mutex_lock(&bench.mutex);
    message = bench.first;
    bench.first = NULL;
    pthread_mutex_unlock(&bench.mutex);
    for (; message != NULL; message = message->next)
        bench.received++;
    if (bench.received == bench.total)
        engine_stop(bench.engine);
}

static void take_one(struct post *post)
{
    (void)post;
    if (++bench.received == bench.total)
        engine_stop(bench.engine);
}

/* ---- Both sides ---- */

static void *produce(void *context)
{
    int64_t from = *(const int64_t *)context * bench.each;
    int64_t i;

    while (atomic_load(&bench.go) == 0)
        continue;
    for (i = from; i < from + bench.each; i++)
        if (engine_has_messages)
            (void)engine_post_send(
                (void *)((char *)bench.posts + (size_t)i * engine_post_size));
        else
            queue_message(&bench.messages[i]);
    return NULL;
}

static int run_with_producers(pthread_t *threads, int64_t *numbers, int count)
{
    int64_t cpu;
    int64_t wall;
    int64_t done;
    int i;

    for (i = 0; i < count; i++) {
        numbers[i] = i;
        if (pthread_create(&threads[i], NULL, produce, &numbers[i]) != 0)
            return -EAGAIN; /* the process ends, and the others with it */
    }
    cpu = cpu_time_ns();
    wall = wall_time_ns();
    atomic_store(&bench.go, 1);
    done = engine_run(bench.engine, INT64_MAX);
    cpu = cpu_time_ns() - cpu;
    wall = wall_time_ns() - wall;
    for (i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    if (done < 0)
        return (int)done;
    printf("cpu_ns %lld\n", (long long)cpu);
    printf("message_ns %.1f\n", (double)cpu / (double)bench.total);
    printf("message_wall_ns %.1f\n", (double)wall / (double)bench.total);
    return 0;
}

static int prepare(void)
{
    size_t count = engine_has_messages ? (size_t)bench.total : 1;
    size_t i;
    int error = 0;

    bench.posts = calloc(count, engine_post_size);
    bench.messages = calloc((size_t)bench.total, sizeof(*bench.messages));
    if (bench.posts == NULL || bench.messages == NULL)
        return -ENOMEM;
    for (i = 0; i < count && error == 0; i++) {
        struct post *post =
            (void *)((char *)bench.posts + i * engine_post_size);

        post->call = engine_has_messages ? take_one : take_queued;
        error = engine_post_init(bench.engine, post);
    }
    return error;
}

int measure_messages(const struct workload *workload)
{
    int count = (int)workload->count;
    pthread_t *threads = calloc((size_t)count, sizeof(*threads));
    int64_t *numbers = calloc((size_t)count, sizeof(*numbers));
    int error = -ENOMEM;

    bench.each = workload->length / count;
    bench.total = bench.each * count;
    if (threads != NULL && numbers != NULL)
        error = engine_open(&bench.engine, &ledger_allocator, true);
    if (error == 0) {
        error = prepare();
        if (error == 0)
            error = run_with_producers(threads, numbers, count);
        engine_close(bench.engine);
    }
    free(bench.posts);
    free(bench.messages);
    free(threads);
    free(numbers);
    return error;
}
