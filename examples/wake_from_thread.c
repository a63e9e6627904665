/* SPDX-License-Identifier: MIT */
/*
 * Hands work to the thread of a reactor: the main thread reads lines, which
 * blocks, puts them into a queue and wakes; the reactor's thread prints them.
 * At the end of the input: shut down, join, close, in this order.
 *
 *     printf 'one\ntwo\nthree\n' | ./wake_from_thread
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "portable.h"
#include "reactor.h"

struct job {
    struct job *next;
    char line[256]; /* a longer one is more than one job */
};

struct queue {
    struct mutex lock;
    struct job *first, **last;
};

struct worker {
    struct reactor *reactor;
    struct queue queue;
    int result;
};

/* Takes over the job. */
static int hand_over(struct worker *worker, struct job *job)
{
    job->next = NULL;
    mutex_lock(&worker->queue.lock);
    *worker->queue.last = job;
    worker->queue.last = &job->next;
    mutex_unlock(&worker->queue.lock);
    /* Put it in, then wake: a wake that comes first may find nothing. */
    return reactor_wake(worker->reactor);
}

/* Many wakes may have become one: take whatever is there. */
static void do_jobs(struct queue *queue)
{
    struct job *job, *next;

    mutex_lock(&queue->lock);
    job = queue->first;
    queue->first = NULL;
    queue->last = &queue->first;
    mutex_unlock(&queue->lock);
    for (; job != NULL; job = next) {
        next = job->next;
        printf("got: %s", job->line);
        free(job);
    }
    fflush(stdout);
}

static void work(void *argument)
{
    struct worker *worker = argument;
    struct reactor_event events[8];
    int count;

    while ((count = reactor_wait(worker->reactor, events, 8, -1)) >= 0)
        for (int i = 0; i < count; i++)
            if (events[i].readiness & REACTOR_WAKE)
                do_jobs(&worker->queue);
    /* A shutdown overtakes the wakes that came before it; the queue does not
       forget what they were for. */
    do_jobs(&worker->queue);
    worker->result = count == -ECANCELED ? 0 : count;
}

static int hand_over_lines(struct worker *worker)
{
    int error = 0;

    while (error == 0) {
        struct job *job = malloc(sizeof *job);

        if (job == NULL)
            return -ENOMEM;
        if (fgets(job->line, sizeof job->line, stdin) == NULL) {
            free(job);
            break;
        }
        error = hand_over(worker, job);
    }
    return error;
}

int main(void)
{
    struct worker worker = {.queue.lock = MUTEX_INITIALIZER};
    struct thread *thread;
    int error;

    worker.queue.last = &worker.queue.first;
    error = reactor_open(&worker.reactor);
    if (error == 0)
        error = thread_start(&thread, work, &worker);
    if (error == 0) {
        error = hand_over_lines(&worker);
        reactor_shutdown(worker.reactor);
        thread_join(thread);
        if (error == 0)
            error = worker.result;
    }
    reactor_close(worker.reactor);
    if (error < 0)
        fprintf(stderr, "wake_from_thread: %s\n", reactor_strerror(error));
    return error < 0 ? 1 : 0;
}
