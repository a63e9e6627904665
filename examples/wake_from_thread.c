/* SPDX-License-Identifier: MIT */
/*
 * Hands work to the thread of a reactor: the main thread reads lines, which
 * blocks, puts them into a queue and wakes; the reactor's thread prints them.
 * At the end of the input: shut down, join, close, in this order.
 *
 *     printf 'one\ntwo\nthree\n' | ./wake_from_thread
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "reactor.h"

struct job {
    struct job *next;
    char *line;
};

struct queue {
    pthread_mutex_t lock;
    struct job *first, **last;
};

struct worker {
    struct reactor *reactor;
    struct queue queue;
    int result;
};

/* Takes over `line`. */
static int hand_over(struct worker *worker, char *line)
{
    struct job *job = malloc(sizeof *job);

    if (job == NULL) {
        free(line);
        return -ENOMEM;
    }
    job->line = line;
    job->next = NULL;
    pthread_mutex_lock(&worker->queue.lock);
    *worker->queue.last = job;
    worker->queue.last = &job->next;
    pthread_mutex_unlock(&worker->queue.lock);
    /* Put it in, then wake: a wake that comes first may find nothing. */
    return reactor_wake(worker->reactor);
}

/* Many wakes may have become one: take whatever is there. */
static void do_jobs(struct queue *queue)
{
    struct job *job, *next;

    pthread_mutex_lock(&queue->lock);
    job = queue->first;
    queue->first = NULL;
    queue->last = &queue->first;
    pthread_mutex_unlock(&queue->lock);
    for (; job != NULL; job = next) {
        next = job->next;
        printf("got: %s", job->line);
        free(job->line);
        free(job);
    }
    fflush(stdout);
}

static void *work(void *argument)
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
    return NULL;
}

static int hand_over_lines(struct worker *worker)
{
    int error = 0;

    while (error == 0) {
        char *line = NULL;
        size_t size = 0;

        if (getline(&line, &size, stdin) < 0) {
            free(line);
            break;
        }
        error = hand_over(worker, line);
    }
    return error;
}

int main(void)
{
    struct worker worker = {.queue.lock = PTHREAD_MUTEX_INITIALIZER};
    pthread_t thread;
    int error;

    worker.queue.last = &worker.queue.first;
    error = reactor_open(&worker.reactor);
    if (error == 0)
        error = -pthread_create(&thread, NULL, work, &worker);
    if (error == 0) {
        error = hand_over_lines(&worker);
        reactor_shutdown(worker.reactor);
        pthread_join(thread, NULL);
        if (error == 0)
            error = worker.result;
    }
    reactor_close(worker.reactor);
    if (error < 0)
        fprintf(stderr, "wake_from_thread: %s\n", reactor_strerror(error));
    return error < 0 ? 1 : 0;
}
