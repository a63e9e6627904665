/* SPDX-License-Identifier: MIT */
#ifndef SUPPORT_KQUEUE_SHIM_H
#define SUPPORT_KQUEUE_SHIM_H

/*
 * kqueue(2) and kevent(2) on Linux, for the tests. README.md lists the manual
 * page point by point; what is not obvious:
 *
 * - A **knote** (descriptor, filter) is noticed by an edge of epoll(7): a queue
 *   has an epoll set for each filter, so that what wakes readers notices no
 *   writer. Those whose event is there stand in one line, first in, first out.
 *   kevent() walks that line once, looks again whether it is still so, and puts
 *   level-triggered ones back at its end. The BSDs do the same.
 * - Knotes belong to the descriptor, not to the file: close(2), dup2(2) and
 *   dup3(2) are replaced, and detach them.
 * - The queue's descriptor is the set of EVFILT_READ, and the other sets and an
 *   eventfd that is raised while somebody stands in line are in it: it can be
 *   polled, and watched by another queue.
 * - A child of fork(2) gets no queues: they are closed in it.
 * - Signals are blocked while the lock is held: a handler may call kevent().
 */
#include <sys/event.h>

#include <signal.h>
#include <stdbool.h>

enum kind {
    KIND_READ,
    KIND_WRITE,
#ifdef EVFILT_EXCEPT
    KIND_EXCEPT,
#endif
    KIND_USER,
    KINDS_OF_DESCRIPTORS = KIND_USER
};

enum file {
    FILE_OTHER,
    FILE_PIPE,
    FILE_SOCKET,
    FILE_STREAM_SOCKET,
    FILE_QUEUE
};

struct knote {
    struct kevent asked; /* as it was added, with what was modified since */
    struct kevent found; /* what a oneshot knote will report */
    struct knote *next;  /* of those of EVFILT_USER */
    struct knote *newer; /* in line */
    struct knote *older;
    struct queue *watched; /* if the file is a queue */
    uint32_t serial;
    enum kind kind;
    enum file file;
    bool is_in_line;
    bool is_disabled;
    bool is_always;    /* what epoll refuses is always ready */
    bool is_triggered; /* EVFILT_USER */
};

struct row {
    struct knote *knotes[KINDS_OF_DESCRIPTORS];
};

struct queue {
    struct queue *next;
    struct row *rows; /* by descriptor */
    size_t row_count;
    struct knote *user_knotes;
    struct knote line; /* a ring: .newer is the first */
    int in_line;
    int descriptor;
    int sets[KINDS_OF_DESCRIPTORS]; /* that of EVFILT_READ: a duplicate */
    int bell;                       /* an eventfd */
    bool is_ringing;
    bool is_closed;
    int users; /* threads in kevent() */
};

/* ---- kqueue.c ---- */

/* All else wants the lock. */
sigset_t shim_enter(void);
void shim_leave(const sigset_t *before);

extern struct queue *shim_queues;
struct queue *shim_find_queue(int descriptor);

/* Its descriptor is free afterwards; the rest goes with the last user. */
void shim_close_queue(struct queue *queue);

/* Forgets the queues of the parent, without touching them. */
void shim_close_inherited(void);

/* ---- knotes.c ---- */

struct knote *shim_find(const struct queue *queue, uintptr_t ident,
                        enum kind kind);

/* These answer 0 or the error. */
int shim_attach(struct queue *queue, const struct kevent *change,
                enum kind kind);
int shim_enable(struct queue *queue, struct knote *knote);

void shim_disable(struct queue *queue, struct knote *knote);
void shim_detach(struct queue *queue, struct knote *knote);

void shim_take_out(struct queue *queue, struct knote *knote);
void shim_put_last(struct queue *queue, struct knote *knote);

/* Puts the knote into line if its event is there. */
void shim_notice(struct queue *queue, struct knote *knote);

/* Does that with all those of which epoll tells. */
void shim_harvest(struct queue *queue);

/* Makes the bell agree with the line. */
void shim_ring(struct queue *queue);

/* ---- look.c ---- */

enum file shim_file_of(int descriptor);

/* The write end of a pipe that nobody reads, or the other way round. */
bool shim_is_broken_pipe(int descriptor);

/* True if the knote's event is there; it is in *out then. */
bool shim_look(const struct knote *knote, struct kevent *out);

/* ---- replaced.c ---- */

/* What libc's does. */
int shim_real_close(int descriptor);

#endif /* SUPPORT_KQUEUE_SHIM_H */
